//! The two verbs: hang up and transfer a live channel.
//!
//! What comes in is parsed into the typed values of `actors::command` before anything else happens:
//! a value that is not exactly right reaches no actor and no PBX (S01, S08, S10).

use std::sync::atomic::Ordering;

use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, web};
use actors::command::{BadValue, ChannelName, Command, ContextName, Destination, Verb};
use actors::keys::PbxName;
use actors::view::{Table, View};
use serde_json::json;

use super::Site;
use super::access::{Caller, refused};
use super::acts::Act;
use super::body::Fields;
use super::error::ApiError;
use crate::access::Access;
use crate::auth::Right;

/// Q.850 16, normal clearing.
const NORMAL_CLEARING: u16 = 16;

/// `POST /api/calls/hangup` `{"channel", "cause"?, "pbx"?}`: 200 `{"ok":true,"channel"}`.
pub(super) async fn hangup(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let channel = fields.required("channel", channel);
    let pbx = fields.text("pbx", pbx);
    let cause = fields.number("cause", 1, 127).unwrap_or(NORMAL_CLEARING);
    fields.end()?;
    let channel = channel.flatten().ok_or(ApiError::NoSuchChannel)?;
    let answer = json!({"ok": true, "channel": channel.as_str()});
    run(&site, &caller, Right::Hangup, Command { pbx, channel, verb: Verb::Hangup { cause } }).await?;
    Ok(ok(&answer))
}

/// `POST /api/calls/transfer` `{"channel", "destination", "context"?, "pbx"?}`:
/// 200 `{"ok":true,"channel","destination"}`.
pub(super) async fn transfer(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let channel = fields.required("channel", channel);
    let destination = fields.required("destination", |text| Destination::parse(text).map_err(expected));
    let context = fields.text("context", |text| ContextName::parse(text).map_err(expected));
    let pbx = fields.text("pbx", pbx);
    fields.end()?;
    let channel = channel.flatten().ok_or(ApiError::NoSuchChannel)?;
    let Some(destination) = destination else { return Err(ApiError::field("destination", "missing")) };
    let answer = json!({"ok": true, "channel": channel.as_str(), "destination": destination.as_str()});
    let verb = Verb::Transfer { destination, context };
    run(&site, &caller, Right::Transfer, Command { pbx, channel, verb }).await?;
    Ok(ok(&answer))
}

/// An exact channel name; `None` for a pattern, which no live channel is called (S08: `/.*/` would
/// have Asterisk hang up everybody).
fn channel(text: &str) -> Result<Option<ChannelName>, String> {
    if text.starts_with('/') && text.bytes().all(|b| (0x20..0x7f).contains(&b)) && text.len() <= 100 {
        return Ok(None);
    }
    ChannelName::parse(text).map(Some).map_err(expected)
}

fn pbx(text: &str) -> Result<PbxName, String> {
    let ok = (1..=64).contains(&text.len()) && !text.chars().any(char::is_control);
    if ok { Ok(PbxName(text.into())) } else { Err("expected the configured name of a PBX".into()) }
}

fn expected(bad: BadValue) -> String {
    format!("expected {}", bad.expected)
}

async fn run(site: &Site, caller: &Caller, right: Right, mut command: Command) -> Result<(), ApiError> {
    let _place = Place::take(site)?;
    within(site, caller, right, &mut command).await?;
    let act = describe(right, &command).with("pbx", command.pbx.as_ref().map(|pbx| pbx.0.to_string()));
    let channel = command.channel.clone();
    let outcome = act
        .on(channel.as_str())
        .run(site, caller, async {
            let sent = site.parts.commands.send(command);
            match tokio::time::timeout(site.settings.verb_deadline, sent).await {
                Ok(outcome) => outcome.map_err(ApiError::from),
                Err(_) => Err(ApiError::TimedOut),
            }
        })
        .await;
    if log::log_enabled!(log::Level::Info) {
        let what = format!("{} {}", right.slug(), channel.as_str());
        match &outcome {
            Ok(done) => log::info!("{what}: {}", done.outcome),
            Err(problem) => log::info!("{what}: refused, {}", problem.slug()),
        }
    }
    outcome.map(drop)
}

/// Whether that right of the caller reaches the channel's call. One that he does not even see is not there for
/// him; of two with the name, on two PBXs, only his own can be meant.
async fn within(site: &Site, caller: &Caller, right: Right, command: &mut Command) -> Result<(), ApiError> {
    let (may, sees) = (caller.who().sight(right), caller.who().sight(Right::See));
    if may.is_everything() {
        return Ok(());
    }
    let board = &site.parts.board;
    let mut seen = false;
    for line in board.lines(Table::Calls) {
        let View::Call(call) = &*line.view else { continue };
        let on_pbx = command.pbx.as_ref().is_none_or(|pbx| pbx.0 == call.pbx);
        let has =
            call.legs.iter().any(|leg| leg.ended_ms.is_none() && leg.channel == command.channel.as_str());
        if !on_pbx || !has {
            continue;
        }
        if may.sees(&line.view, board) {
            command.pbx = Some(PbxName(call.pbx.clone()));
            return Ok(());
        }
        seen |= sees.sees(&line.view, board);
    }
    if !seen {
        return Err(ApiError::NoSuchChannel);
    }
    if let Access::Accounts(accounts) = &site.parts.access {
        refused(accounts, caller.who(), right, command.channel.as_str(), caller.address()).await?;
    }
    Err(ApiError::NoRight(right))
}

fn describe(right: Right, command: &Command) -> Act<'static> {
    let act = Act::new(right.slug(), "");
    match &command.verb {
        Verb::Hangup { cause } => act.with("cause", *cause),
        Verb::Transfer { destination, .. } => act.with("destination", destination.as_str()),
    }
}

fn ok(answer: &serde_json::Value) -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::json()).body(answer.to_string())
}

/// One of the places for verbs that wait; given back when dropped.
struct Place<'a>(&'a Site);

impl<'a> Place<'a> {
    fn take(site: &'a Site) -> Result<Self, ApiError> {
        let place = Self(site);
        if site.verbs.fetch_add(1, Ordering::AcqRel) >= site.settings.verbs_at_once {
            return Err(ApiError::Busy("too many commands wait already; nothing was done"));
        }
        Ok(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.verbs.fetch_sub(1, Ordering::AcqRel);
    }
}
