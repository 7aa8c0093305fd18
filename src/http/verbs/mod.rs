//! Verbs: `POST /api/calls/<verb>`, `/api/agents/<verb>`, `/api/queues/<verb>`.
//!
//! What comes in is parsed into the typed values of `actors::command` before anything else happens:
//! a value that is not exactly right reaches no actor and no PBX (S01, S08, S10). The answer is
//! `{"ok": true, "outcome", ...}` with the values asked for, once an event of the PBX shows it done.
//!
//! `Idempotency-Key`: the same key with the same body is done once ([`once`]).

mod heard;
mod kept;
mod later;
mod once;
mod orders;
mod reach;
pub(super) mod watch;
mod which;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, web};
use actors::command::{
    CallAct, Command, Destination, Done, Endpoint, Order, Originate, Reason, Refusal, SoundFile, Verb, Whom,
};
use actors::keys::PbxName;
use actors::numbers::By;
use actors::view::Text;
use serde_json::{Map, Value, json};

use super::Site;
use super::access::Caller;
use super::body::Fields;
use super::error::ApiError;
use crate::auth::Right;

use later::Later;
pub(super) use once::Once;
use once::{Answer, Turn};
use orders::Group;
pub(super) use orders::agent as phone;
pub use reach::by_rules;
pub(super) use reach::plan as number_plan;
pub(super) use which::which;

/// A phone is rung that much longer than anything else takes.
const RINGS: Duration = Duration::from_secs(40);

/// `POST /api/calls/{verb}`
pub(super) async fn call(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    answer(Group::Calls, &request, payload, caller, site).await
}

/// `POST /api/agents/{verb}`
pub(super) async fn agent(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    answer(Group::Agents, &request, payload, caller, site).await
}

/// `POST /api/queues/{verb}`
pub(super) async fn queue(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    answer(Group::Queues, &request, payload, caller, site).await
}

async fn answer(
    group: Group,
    request: &HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let verb = request
        .path()
        .rsplit('/')
        .next()
        .and_then(Verb::from_slug)
        .filter(|v| group.has(*v))
        .ok_or(ApiError::NotFound)?;
    let mut fields = Fields::read(request, payload).await?;
    let print = fields.print();
    let key = once::key(request)?;
    let mut echo = Map::new();
    let (pbx, order) = orders::read(verb, &mut fields, &mut echo);
    let reason = heard::listens(verb).then(|| orders::reason(&mut fields)).flatten();
    fields.end()?;
    let order = order?;
    // a key is its owner's: nobody gets what another was answered
    let key = key.map(|key| format!("{} {key}", caller.who().id()));
    let about = format!("{}/{} {print}", group.slug(), verb.slug());
    if let Some(key) = &key
        && let Some(entry) = site.once.known(key, &about)?
    {
        // what he ended is not within his reach any more, and still his to know
        return Ok(told_so(echo, entry.outcome().await?));
    }
    let mut command = Command { pbx, by: By::default(), order };
    reach::within(&site, &caller, reach::right_of(verb), &mut command).await?;
    command.by = reach::by(&site, &caller, &command)?;
    let told = match &command.order {
        Order::Channel(channel, CallAct::Spy { .. }) => {
            let rule = heard::rule(&site, &caller, command.pbx.as_ref(), channel);
            if rule.reason && reason.is_none() {
                return Err(ApiError::field("reason", "missing: say why you listen"));
            }
            rule.told
        }
        _ => Vec::new(),
    };
    let command = Asked { command, reason, told };
    let done = match key {
        None => run(&site, &caller, command).await.map(Into::into),
        Some(key) => {
            let (there, caller) = (site.clone(), caller.clone());
            once_only(&site, key, about, async move { run(&there, &caller, command).await }).await
        }
    }?;
    Ok(told_so(echo, done))
}

/// What another address than a verb's own has done, once for each `Idempotency-Key` of who asks; the channel that it
/// made. `about`: the address, and what its fields come to.
pub(super) async fn once(
    site: &web::Data<Site>,
    caller: &Caller,
    request: &HttpRequest,
    about: String,
    work: impl Future<Output = Result<Done, ApiError>> + 'static,
) -> Result<Option<String>, ApiError> {
    let Some(key) = once::key(request)? else { return Ok(work.await?.channel.map(Into::into)) };
    let key = format!("{} {key}", caller.who().id());
    if let Some(entry) = site.once.known(&key, &about)? {
        return Ok(entry.outcome().await?.channel);
    }
    Ok(once_only(site, key, about, work).await?.channel)
}

/// The phone of who asks, the first that he has.
pub(super) fn own_phone(caller: &Caller) -> Result<(Option<PbxName>, Endpoint), ApiError> {
    let none = || ApiError::Conflict("no_phone", "you have no phone here: name one");
    let (who, user) = (caller.who(), caller.who().id());
    let mut all =
        who.directory().stations.iter().filter(|station| !user.is_empty() && station.user_id == user);
    let station = all.next().ok_or_else(none)?;
    let endpoint = Endpoint::parse(&station.endpoint).map_err(|_| none())?;
    Ok((Some(PbxName(station.pbx.as_str().into())), endpoint))
}

/// Whether he may have that phone call, and on which PBX it is.
pub(super) async fn may_ring(
    site: &Site,
    caller: &Caller,
    pbx: Option<PbxName>,
    phone: Endpoint,
) -> Result<Option<PbxName>, ApiError> {
    reach::on_right(site, caller, Right::Originate, &Whom::Agent(phone), pbx).await
}

/// What the verb `originate` does, for another address than its own.
pub(super) async fn originate(
    site: &Site,
    caller: &Caller,
    pbx: Option<PbxName>,
    phone: Endpoint,
    destination: Destination,
) -> Result<Done, ApiError> {
    let call = Originate { destination, context: None, mobile: None };
    let mut command = Command { pbx, by: By::default(), order: Order::Originate(phone, call) };
    reach::within(site, caller, Right::Originate, &mut command).await?;
    command.by = reach::by(site, caller, &command)?;
    run(site, caller, Asked { command, reason: None, told: Vec::new() }).await
}

/// Rings that phone, which then records what is said into it.
pub(super) async fn speak(
    site: &Site,
    caller: &Caller,
    pbx: PbxName,
    phone: Endpoint,
    file: SoundFile,
) -> Result<Done, ApiError> {
    let command = Command { pbx: Some(pbx), by: By::default(), order: Order::Speak(phone, file) };
    run(site, caller, Asked { command, reason: None, told: Vec::new() }).await
}

/// 200, with what was asked for.
fn told_so(mut echo: Map<String, Value>, done: Answer) -> HttpResponse {
    echo.insert("ok".into(), json!(true));
    echo.insert("outcome".into(), json!(done.outcome));
    if let Some(channel) = done.channel {
        echo.insert("started".into(), json!(channel));
    }
    HttpResponse::Ok().content_type(ContentType::json()).body(Value::Object(echo).to_string())
}

/// The first with that key runs it, also when its client goes away; the others get what it got.
async fn once_only(
    site: &web::Data<Site>,
    key: String,
    about: String,
    work: impl Future<Output = Result<Done, ApiError>> + 'static,
) -> Result<Answer, ApiError> {
    let (entry, first) = match site.once.take(key, about)? {
        Turn::First(entry) => (entry, true),
        Turn::Again(entry) => (entry, false),
    };
    if first {
        let (site, entry) = (site.clone(), Arc::clone(&entry));
        actix_web::rt::spawn(async move {
            let outcome = match site.once.begin(&entry).await {
                Ok(()) => work.await,
                Err(problem) => Err(problem),
            };
            site.once.done(&entry, outcome);
        });
    }
    entry.outcome().await
}

/// What is asked for, with what concerns nobody but us.
struct Asked {
    command: Command,
    /// Why somebody listens.
    reason: Option<Reason>,
    /// Ids and PBX of those who see that somebody does.
    told: Vec<(Text, Text)>,
}

async fn run(site: &Site, caller: &Caller, asked: Asked) -> Result<Done, ApiError> {
    let Asked { command, reason, told } = asked;
    let _place = Place::take(site)?;
    let deadline = deadline(site, command.verb());
    let what = log::log_enabled!(log::Level::Info).then(|| describe(&command));
    let sent = async {
        let sent = site.parts.commands.send(command.clone());
        tokio::time::timeout(deadline, sent).await.unwrap_or(Err(Refusal::TimedOut))
    };
    let mut act = reach::act(&command);
    if let Some(reason) = &reason {
        act = act.with("reason", reason.as_str());
    }
    let later = Later::of(site, &command);
    let work = async {
        if let Some(later) = &later {
            later.store().await?;
        }
        let outcome = sent.await.map_err(ApiError::from);
        if let Some(later) = &later {
            later.answered(&outcome).await?;
        }
        outcome
    };
    let outcome = act.run(site, caller, work).await;
    if let Ok(Done { channel: Some(leg), .. }) = &outcome
        && heard::listens(command.verb())
    {
        site.listening.began(caller, command.verb(), leg, told);
        watch::tell(site);
    }
    if let Some(what) = what {
        match &outcome {
            Ok(done) => log::info!("{what}: {}", done.outcome),
            Err(problem) => log::info!("{what}: refused, {}", problem.slug()),
        }
    }
    outcome
}

/// How long a verb may take until it is answered in any case.
fn deadline(site: &Site, verb: Verb) -> Duration {
    site.settings.verb_deadline + if verb.rings() { RINGS } else { Duration::ZERO }
}

/// Never the values: they may hold numbers, reasons and keys that somebody pressed.
fn describe(command: &Command) -> String {
    let on = match &command.order {
        Order::Channel(channel, _) => channel.as_str(),
        Order::Agent(endpoint, _) | Order::Originate(endpoint, _) | Order::Speak(endpoint, _) => {
            endpoint.as_str()
        }
    };
    format!("{} {on}", command.verb().slug())
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
