//! What people say to an agent, his raised hand, and that somebody listens to him: `/api/agents/{id}/messages`, `/api/agents/{id}/hand`.
//!
//! All are a row of the board (`desks`), so that every page that may see the agent has them at once. They
//! are of the moment: kept in memory, bounded, gone with a restart.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::{HttpRequest, HttpResponse, web};
use actors::board::{Board, Urgency};
use actors::keys::Micros;
use actors::view::{DeskView, HandView, ListenedView, MessageView, Table, Text, View};
use ahash::AHashMap;
use parking_lot::Mutex;
use serde_json::json;

use super::Site;
use super::access::{Caller, refused};
use super::acts::Act;
use super::body::Fields;
use super::error::ApiError;
use crate::access::Access;
use crate::auth::Right;

/// Messages that an agent has at once; the oldest goes for a new one.
const MOST_MESSAGES: usize = 20;
/// Agents that have a desk at once.
const MOST_DESKS: usize = 10_000;
/// Letters of a message.
const LONGEST: usize = 500;
/// Letters of a name, and of why a hand is raised.
const LONGEST_NAME: usize = 100;
/// A message that was read stays so long.
const READ_STAYS: i64 = 12 * 3600 * 1_000_000;

/// What stands on each desk; the board shows it.
#[derive(Debug, Default)]
pub(super) struct Desks {
    rows: Mutex<AHashMap<Text, DeskView>>,
    messages: AtomicU64,
}

impl Desks {
    /// Changes an agent's desk and shows it; an empty one is taken off the board.
    fn change(
        &self,
        board: &Board,
        id: &str,
        pbx: &Text,
        work: impl FnOnce(&mut DeskView),
    ) -> Result<(), ApiError> {
        let mut rows = self.rows.lock();
        if !rows.contains_key(id) && rows.len() >= MOST_DESKS {
            return Err(ApiError::Busy("too many agents have messages already"));
        }
        let empty =
            || DeskView { id: id.into(), pbx: pbx.clone(), hand: None, listened: None, messages: Vec::new() };
        let desk = rows.entry(id.into()).or_insert_with(empty);
        let old = now().0.saturating_sub(READ_STAYS);
        desk.messages.retain(|message| message.read_ms.is_none_or(|read| read.0 > old));
        work(desk);
        // under the lock, so that what is shown last is what was said last
        if desk.hand.is_none() && desk.listened.is_none() && desk.messages.is_empty() {
            rows.remove(id);
            board.remove(Table::Desks, id, Urgency::Urgent);
        } else {
            board.put(View::Desk(desk.clone()), Urgency::Urgent);
        }
        Ok(())
    }

    /// Who is listened to now and shall know it: PBX and mode by the agent's id.
    pub(super) fn listened(&self, board: &Board, now_heard: &AHashMap<Text, (Text, &'static str)>) {
        let mut changed: Vec<(Text, Text, Option<&'static str>)> = Vec::new();
        {
            let rows = self.rows.lock();
            let mode = |id: &Text| rows.get(id)?.listened.as_ref().map(|listened| listened.mode.as_str());
            let begun = now_heard.iter().filter(|(id, (_, how))| mode(id) != Some(how));
            changed.extend(begun.map(|(id, (pbx, how))| (id.clone(), pbx.clone(), Some(*how))));
            let over = rows.values().filter(|row| row.listened.is_some() && !now_heard.contains_key(&row.id));
            changed.extend(over.map(|row| (row.id.clone(), row.pbx.clone(), None)));
        }
        for (id, pbx, how) in changed {
            let shown = self.change(board, &id, &pbx, |desk| {
                let since_ms = desk.listened.as_ref().map_or_else(now, |listened| listened.since_ms);
                desk.listened = how.map(|mode| ListenedView { since_ms, mode: mode.into() });
            });
            if shown.is_err() {
                log::warn!("too many desks: {id} is not told that somebody listens");
            }
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
            let number = site.desks.messages.fetch_add(1, Ordering::Relaxed) + 1;
            let message =
                MessageView { id: number, from: from.into(), text: text.into(), at_ms: now(), read_ms: None };
            site.desks.change(&site.parts.board, &id, &pbx, |desk| {
                desk.messages.push(message);
                let many = desk.messages.len().saturating_sub(MOST_MESSAGES);
                desk.messages.drain(..many);
            })?;
            Ok(number)
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
    site.desks.change(&site.parts.board, &id, &pbx, |desk| {
        for message in &mut desk.messages {
            message.read_ms.get_or_insert_with(now);
        }
    })?;
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
    site.desks.change(&site.parts.board, &id, &pbx, |desk| {
        // raised again it stands since it was raised first
        let since_ms = desk.hand.as_ref().map_or_else(now, |hand| hand.since_ms);
        desk.hand = raised.then(|| HandView { since_ms, text: text.into() });
    })?;
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
fn name_of(site: &Site, caller: &Caller) -> Option<String> {
    let Access::Accounts(_) = &site.parts.access else { return None };
    let person = caller.who().directory().people.get(caller.who().id())?;
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

/// Our clock.
fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
