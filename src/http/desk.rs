//! What people say to an agent, his raised hand, and that somebody listens to him: `/api/agents/{id}/messages`, `/api/agents/{id}/hand`.
//!
//! All are a row of the board (`desks`), so that every page that may see the agent has them at once; where and
//! how long they are kept is said in `crate::desks`.

use std::sync::Weak;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use actors::view::{Table, Text, View};
use serde_json::json;

use super::Site;
use super::access::{Caller, refused};
use super::acts::Act;
use super::body::Fields;
use super::error::ApiError;
use crate::access::Access;
use crate::auth::Right;
use crate::desks::{Change, NotDone};

/// Letters of a message.
const LONGEST: usize = 500;
/// Letters of a name, and of why a hand is raised.
const LONGEST_NAME: usize = 100;
/// How often it is tried to read them, as long as they are not known.
const TRY: Duration = Duration::from_secs(1);
/// After so many tries what has become too old goes.
const SWEEP: u32 = 3600;

/// Reads the desks as soon as the database is there.
pub(super) async fn follow(site: Weak<Site>) {
    for n in 1u32.. {
        let Some(site) = site.upgrade() else { return };
        if n % SWEEP == 0 {
            site.desks.sweep();
        }
        if !site.desks.is_known() {
            // why it is away is said where it is prepared
            let _ = site.desks.load(&site.parts.board).await;
        }
        drop(site);
        tokio::time::sleep(TRY).await;
    }
}

impl From<NotDone> for ApiError {
    fn from(why: NotDone) -> Self {
        match why {
            NotDone::TooMany => Self::Busy("too many agents have messages already"),
            NotDone::Unavailable(why) => why.into(),
        }
    }
}

/// `POST /api/agents/{id}/messages` `{"text", "from"?}`: 201 `{"ok": true, "id"}`. Who wrote it is who is
/// logged in; `from` counts where nobody logs in.
pub(super) async fn message(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let text = fields.required("text", said(LONGEST));
    let from = fields.text("from", said(LONGEST_NAME));
    fields.end()?;
    let Some(text) = text else { return Err(ApiError::field("text", "missing")) };
    let pbx = agent(&site, &caller, Right::Message, &id).await?;
    let from = name_of(&site, &caller).or(from).unwrap_or_default();
    let act = Act::new("message", id.as_str());
    let number = act
        .run(&site, &caller, async {
            let message = Change::Message { from, text };
            Ok(site.desks.change(&site.parts.board, &id, &pbx, message).await?)
        })
        .await?;
    Ok(HttpResponse::Created().json(json!({"ok": true, "id": number})))
}

/// `POST /api/agents/{id}/messages/read` `{}`: he has read what is there, which only he can say; 200 `{"ok": true}`.
pub(super) async fn read(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    Fields::read(&request, payload).await?.end()?;
    let pbx = agent(&site, &caller, Right::See, &id).await?;
    only_himself(&site, &caller, &id)?;
    site.desks.change(&site.parts.board, &id, &pbx, Change::Read).await?;
    Ok(HttpResponse::Ok().json(json!({"ok": true})))
}

/// `POST /api/agents/{id}/hand` `{"raised", "text"?}`: 200 `{"ok": true, "raised"}`. He raises it himself; who sees
/// him may lower it.
pub(super) async fn hand(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let raised = fields.flag("raised");
    let text = fields.text("text", said(LONGEST_NAME)).unwrap_or_default();
    fields.end()?;
    let Some(raised) = raised else { return Err(ApiError::field("raised", "missing")) };
    let pbx = agent(&site, &caller, Right::See, &id).await?;
    if raised {
        only_himself(&site, &caller, &id)?;
    }
    let change = if raised { Change::Raise(text) } else { Change::Lower };
    site.desks.change(&site.parts.board, &id, &pbx, change).await?;
    Ok(HttpResponse::Ok().json(json!({"ok": true, "raised": raised})))
}

/// The PBX of an agent whom the caller reaches with that right.
async fn agent(site: &Site, caller: &Caller, right: Right, id: &str) -> Result<Text, ApiError> {
    let board = &site.parts.board;
    let line = board.line(Table::Agents, id).ok_or(ApiError::NoSuchAgent)?;
    let View::Agent(agent) = &*line.view else { return Err(ApiError::NoSuchAgent) };
    if caller.who().sight(right).agent(agent) {
        return Ok(agent.pbx.clone());
    }
    if !caller.who().sight(Right::See).agent(agent) {
        return Err(ApiError::NoSuchAgent);
    }
    if let Access::Accounts(accounts) = &site.parts.access {
        refused(accounts, caller.who(), right, id, caller.address()).await?;
    }
    Err(ApiError::NoRight(right))
}

/// 403 unless the caller sits at that agent's station; without accounts nobody knows who does.
fn only_himself(site: &Site, caller: &Caller, id: &str) -> Result<(), ApiError> {
    let Access::Accounts(_) = &site.parts.access else { return Ok(()) };
    let (pbx, endpoint) = id.split_once('~').ok_or(ApiError::NoSuchAgent)?;
    let there = caller.who().directory().at_endpoint(pbx, endpoint);
    if there.is_some_and(|person| person.user.id == caller.who().id()) {
        return Ok(());
    }
    Err(ApiError::Forbidden("only_himself", "only the agent himself can do that"))
}

/// The name of who is logged in.
pub(super) fn name_of(site: &Site, caller: &Caller) -> Option<String> {
    let Access::Accounts(_) = &site.parts.access else { return None };
    name_of_user(caller, caller.who().id())
}

/// The name of a user, by his id.
pub(super) fn name_of_user(caller: &Caller, id: &str) -> Option<String> {
    let person = caller.who().directory().people.get(id)?;
    let name = format!("{} {}", person.user.first_name, person.user.last_name);
    let name = name.trim();
    Some(if name.is_empty() { person.user.login_id.clone() } else { name.to_owned() })
}

/// Words of so many letters at most, without controls but the end of a line.
fn said(most: usize) -> impl Fn(&str) -> Result<String, String> {
    move |text| {
        let text = text.trim();
        let sound = !text.is_empty() && text.chars().count() <= most;
        if sound && !text.chars().any(|c| c.is_control() && c != '\n') {
            Ok(text.to_owned())
        } else {
            Err(format!("expected 1 to {most} letters without control characters"))
        }
    }
}
