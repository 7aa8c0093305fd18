//! Prompts that somebody speaks into his own phone: it is rung, records what he says until `#` or until he hangs up, and
//! plays it to him. What was said becomes a prompt when the phone has hung up.
//!
//! ```text
//! POST ─▶ rings ─▶ recording ─leg ends─▶ is there sound? ─ yes ─▶ done (a prompt)   no ─▶ failed
//! ```
//!
//! Which are under way is kept in memory: what was being spoken when Vigie ended is spoken anew.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use actix_web::{HttpRequest, HttpResponse, web};
use actors::command::Endpoint;
use actors::keys::PbxName;
use actors::view::{Table, View};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::access::Caller;
use super::body::Fields;
use super::error::ApiError;
use super::flows::drawing::new_id;
use super::listing::no_parameters;
use super::people::parse;
use super::prompts::{by, kept, language, made_of, may_be};
use super::shapes::prompts::{Speaking, SpeakingState};
use super::{Site, verbs};
use crate::prompts::{Kind, Language, New, Prompt};

/// That are remembered: those under way, and what became of the last.
const MOST: usize = 50;
/// Somebody is at it; more at once are refused.
const MOST_AT_ONCE: usize = 10;
/// How often it is looked whether a phone has hung up.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// An order is told as done before the board shows it: under load by that much.
const SHOWN_WITHIN: Duration = Duration::from_secs(5);
/// Longer than ten minutes and their sound again.
const LONGEST: Duration = Duration::from_secs(1_300);

/// What is being spoken, the oldest first.
#[derive(Default)]
pub(super) struct Spoken(Mutex<VecDeque<Speaking>>);

impl Spoken {
    fn begin(&self, one: Speaking) -> Result<(), ApiError> {
        let mut all = self.0.lock();
        if all.iter().filter(|one| one.state == SpeakingState::Recording).count() >= MOST_AT_ONCE {
            return Err(ApiError::Busy("several prompts are being spoken already; try again soon"));
        }
        if all.len() >= MOST {
            let over = all.iter().position(|one| one.state != SpeakingState::Recording);
            over.and_then(|at| all.remove(at));
        }
        all.push_back(one);
        Ok(())
    }

    fn end(&self, id: &str, state: SpeakingState, why: Option<&'static str>, prompt: Option<String>) {
        if let Some(one) = self.0.lock().iter_mut().find(|one| one.id == id) {
            (one.state, one.why, one.prompt) = (state, why, prompt);
        }
    }
}

/// `GET /api/prompts/by_phone`: what is being spoken, and what became of the last.
pub(super) async fn list(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    kept(&site, &caller)?;
    let all: Vec<Speaking> = site.spoken.0.lock().iter().cloned().collect();
    Ok(HttpResponse::Ok().json(all))
}

/// `POST /api/prompts/by_phone` `{"name", "language"?, "agent"?}`: 202 once the phone was answered and records.
pub(super) async fn speak(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    kept(&site, &caller)?;
    let mut fields = Fields::read(&request, payload).await?;
    let name = fields.required("name", parse::title).unwrap_or_default();
    let language = fields.text("language", language).unwrap_or_default();
    let agent = fields.text("agent", verbs::phone);
    fields.end()?;
    may_be(&site, &caller, &name)?;
    let (pbx, phone) = match agent {
        Some(phone) => phone,
        None => verbs::own_phone(&caller)?,
    };
    let pbx = verbs::may_ring(&site, &caller, pbx, phone.clone()).await?;
    let pbx = pbx.or_else(|| pbx_of(&site, &phone)).ok_or(ApiError::NoSuchAgent)?;
    let messages = site.parts.messages.clone().ok_or(ApiError::NothingKept)?;
    let (path, file) = messages.speaking(&pbx.0).await.ok_or(ApiError::Conflict(
        "no_plain_path",
        "the folder VIGIE_SOUNDS, as the PBX sees it, has other signs in its path than letters, digits and / _ . -",
    ))?;
    let one = Speaking {
        id: new_id("speaking")?,
        name,
        language,
        by: by(&caller),
        state: SpeakingState::Recording,
        why: None,
        prompt: None,
    };
    // there is a place for it before a phone rings for nothing
    site.spoken.begin(one.clone())?;
    let answer = HttpResponse::Accepted().json(&one);
    let (tell, told) = oneshot::channel();
    // it goes on when who asked is gone
    actix_web::rt::spawn(async move {
        let channel = match verbs::speak(&site, &caller, pbx.clone(), phone, path).await {
            Ok(done) => done.channel.unwrap_or_default(),
            Err(problem) => {
                site.spoken.end(&one.id, SpeakingState::Failed, Some(problem.slug()), None);
                let _ = tell.send(Err(problem));
                return;
            }
        };
        let _ = tell.send(Ok(()));
        until_gone(&site, &pbx, &channel).await;
        let Some(sound) = messages.spoken(&pbx.0, &file).await else {
            site.spoken.end(&one.id, SpeakingState::Failed, Some("nothing_said"), None);
            return;
        };
        let new = New { kind: Kind::Recorded, text: None, by: by(&caller), sound };
        match named(&site, &caller, &one.name, one.language, new).await {
            Ok(prompt) => site.spoken.end(&one.id, SpeakingState::Done, None, Some(prompt.id.clone())),
            Err(problem) => site.spoken.end(&one.id, SpeakingState::Failed, Some(problem.slug()), None),
        }
    });
    told.await.map_err(|_| ApiError::Internal("whoever recorded is gone".into()))??;
    Ok(answer)
}

/// Under that name, or where somebody took it meanwhile, under that name and a number: nobody speaks in vain.
async fn named(
    site: &Site,
    caller: &Caller,
    name: &str,
    language: Language,
    new: New,
) -> Result<std::sync::Arc<Prompt>, ApiError> {
    let is_free = may_be(site, caller, name).is_ok();
    let short: String = name.chars().take(90).collect();
    let other = (2..100).map(|n| format!("{short} ({n})")).find(|name| may_be(site, caller, name).is_ok());
    let name = if is_free { name.to_owned() } else { other.unwrap_or_else(|| name.to_owned()) };
    made_of(site, caller, kept(site, caller)?, &name, language, new).await
}

/// Until the leg of that name, which is on the board or comes there in a moment, has ended.
async fn until_gone(site: &Site, pbx: &PbxName, channel: &str) {
    let began = Instant::now();
    // whether it is there, and lives
    let look = || {
        let mut legs =
            site.parts.board.lines(Table::Calls).into_iter().filter_map(|line| match &*line.view {
                View::Call(call) if call.pbx == pbx.0 => {
                    call.legs.iter().find(|leg| leg.channel == channel).map(|leg| leg.ended_ms.is_none())
                }
                _ => None,
            });
        legs.next()
    };
    while look().is_none() && began.elapsed() < SHOWN_WITHIN {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    while look() == Some(true) && began.elapsed() < LONGEST {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Where that phone is, when one PBX alone has it.
fn pbx_of(site: &Site, phone: &Endpoint) -> Option<PbxName> {
    let lines = site.parts.board.lines(Table::Agents);
    let mut all = lines.iter().filter_map(|line| match &*line.view {
        View::Agent(agent) if agent.endpoint == phone.as_str() => Some(PbxName(agent.pbx.clone())),
        _ => None,
    });
    let first = all.next()?;
    all.next().is_none().then_some(first)
}
