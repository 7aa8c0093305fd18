//! `/api/callbacks`: who wants to be called back, and what became of it. Requests are nobody's before they are taken:
//! whoever may have a station call sees them all.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use actors::command::{Destination, Done, Endpoint};
use actors::keys::PbxName;
use actors::view::{CallPhase, Table, View};

use super::super::acts::Act;
use super::super::desk::name_of_user;
use super::super::listing::{no_parameters, parameters_once, shown};
use super::super::verbs;
use crate::errands::{Callback, Callbacks, NotTaken, Outcome, State};
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::people::parse;
use crate::http::shapes::errands::{CallingShown, DueShown, PhoneShown};

/// How often it is looked whether who called still talks: well within the time after which a request is due again.
const LOOKED_AFTER: Duration = Duration::from_secs(60);

fn callbacks(site: &Site) -> Result<&Callbacks, ApiError> {
    let errands = site.parts.errands.as_ref().ok_or(ApiError::NothingKept)?;
    Ok(errands.callbacks())
}

/// `GET /api/callbacks?state=`: those that wait or are taken, or those that stand so; the most urgent first.
pub(in crate::http) async fn list(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let mut state = None;
    for (name, value) in parameters_once(request.query_string())? {
        match name.as_str() {
            "state" => {
                let known = State::of(&value);
                let known =
                    known.ok_or_else(|| ApiError::field("state", "expected open, taken, done or failed"))?;
                state = Some(known);
            }
            _ => return Err(ApiError::field(shown(&name), "unknown parameter")),
        }
    }
    let all = callbacks(&site)?.list(state).await?;
    let all: Vec<Callback> = all.into_iter().map(|one| named(&site, &caller, one)).collect();
    Ok(HttpResponse::Ok().json(all))
}

/// `GET /api/callbacks/due`: how many wait, and by which phone who asks would call them.
pub(in crate::http) async fn due(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    // a page that is open where nothing is kept asks as well
    let counts = match &site.parts.errands {
        Some(errands) => Some(errands.callbacks().counts().await?),
        None => None,
    };
    let kept = counts.is_some();
    let counts = counts.unwrap_or_default();
    let (who, me) = (caller.who(), caller.who().id());
    let phones = who.directory().stations.iter().filter(|station| station.user_id == me);
    let shown = DueShown {
        kept,
        now_ms: jiff::Timestamp::now().as_millisecond(),
        me,
        version: &counts.version,
        due: counts.due,
        later: counts.later,
        taken: counts.taken.values().sum(),
        mine: counts.taken.get(me).copied().unwrap_or_default(),
        phones: phones.map(|one| PhoneShown { pbx: &one.pbx, endpoint: &one.endpoint }).collect(),
    };
    Ok(HttpResponse::Ok().json(shown))
}

/// `POST /api/callbacks/call` `{"id", "agent"?}`: takes it, rings the phone of who asks, or that one, and then dials
/// the number, by the rules of the verb `originate`. 200 when the number is being dialled. Whose phone was not answered
/// has taken it still. Asked twice under one `Idempotency-Key` it is dialled once.
pub(in crate::http) async fn call(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let about = format!("callbacks/call {}", fields.print());
    let id = fields.required("id", number).unwrap_or_default();
    let agent = fields.text("agent", verbs::phone);
    fields.end()?;
    let (there, asks) = (site.clone(), caller.clone());
    let work = async move { calls(&there, &asks, id, agent).await };
    let started = verbs::once(&site, &caller, &request, about, work).await?;
    let callback = callbacks(&site)?.one(id).await?.ok_or(ApiError::NotFound)?;
    let callback = named(&site, &caller, callback);
    Ok(HttpResponse::Ok().json(CallingShown { callback, started: started.as_deref() }))
}

async fn calls(
    site: &web::Data<Site>,
    caller: &Caller,
    id: i64,
    agent: Option<(Option<PbxName>, Endpoint)>,
) -> Result<Done, ApiError> {
    let (pbx, endpoint) = match agent {
        Some(phone) => phone,
        None => verbs::own_phone(caller)?,
    };
    // before anything is his
    let pbx = verbs::may_ring(site, caller, pbx, endpoint.clone()).await?;
    let taken = taken(site, caller, id).await?;
    let destination = Destination::parse(&taken.number)
        .map_err(|_| ApiError::Conflict("not_a_number", "what he called from cannot be dialled"))?;
    let done = verbs::originate(site, caller, pbx, endpoint, destination).await?;
    if let Some(channel) = &done.channel {
        actix_web::rt::spawn(stays_his(site.clone(), id, caller.who().id().to_owned(), channel.to_string()));
    }
    Ok(done)
}

/// While they talk it stays with who called, however long that is.
async fn stays_his(site: web::Data<Site>, id: i64, by: String, channel: String) {
    loop {
        actix_web::rt::time::sleep(LOOKED_AFTER).await;
        let talks = site.parts.board.lines(Table::Calls).iter().any(|line| match &*line.view {
            View::Call(call) => {
                call.phase != CallPhase::Ended && call.legs.iter().any(|leg| leg.channel == channel)
            }
            _ => false,
        });
        let Ok(callbacks) = callbacks(&site) else { return };
        if !talks || matches!(callbacks.keep(id, &by).await, Ok(false)) {
            return;
        }
    }
}

/// Names of who and what it is about, as they are now.
fn named(site: &Site, caller: &Caller, mut callback: Callback) -> Callback {
    let flows = site.parts.flows.as_ref().and_then(|flows| flows.now());
    if let Some(flow) = flows.as_ref().and_then(|book| book.flows.get(&callback.flow_id)) {
        callback.flow_name.clone_from(&flow.name);
    }
    let name = |id: &str| name_of_user(caller, id).unwrap_or_default();
    callback.taken_by_name = name(&callback.taken_by);
    for tried in &mut callback.tries {
        tried.by_name = name(&tried.by);
    }
    callback
}

async fn taken(site: &Site, caller: &Caller, id: i64) -> Result<Callback, ApiError> {
    let on = id.to_string();
    let by = caller.who().id().to_owned();
    let work = async { Ok::<Callback, ApiError>(callbacks(site)?.take(id, &by).await?) };
    Act::new("take_callback", &on).run(site, caller, work).await
}

/// `POST /api/callbacks/take` `{"id"}`: 200 with the request; 409 when somebody else has it.
pub(in crate::http) async fn take(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let id = fields.required("id", number);
    fields.end()?;
    let taken = taken(&site, &caller, id.unwrap_or_default()).await?;
    Ok(HttpResponse::Ok().json(named(&site, &caller, taken)))
}

/// `POST /api/callbacks/outcome` `{"id", "outcome", "remark"?}`: 200 with the request as it stands then.
pub(in crate::http) async fn outcome(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let id = fields.required("id", number);
    let outcome = fields.required("outcome", |word| {
        let words = "expected reached, no_answer, busy, wrong_number, not_wanted or later";
        Outcome::of(word).ok_or_else(|| words.to_owned())
    });
    let remark = fields.text("remark", |text| parse::plain(text, 200)).unwrap_or_default();
    fields.end()?;
    let (id, outcome) = (id.unwrap_or_default(), outcome.unwrap_or(Outcome::Later));
    let on = id.to_string();
    let by = caller.who().id().to_owned();
    let act = Act::new("close_callback", &on).with("outcome", outcome.word()).with("remark", remark.as_str());
    let work = async { Ok::<Callback, ApiError>(callbacks(&site)?.close(id, &by, outcome, &remark).await?) };
    let closed = act.run(&site, &caller, work).await?;
    Ok(HttpResponse::Ok().json(named(&site, &caller, closed)))
}

/// As the list shows it.
fn number(text: &str) -> Result<i64, String> {
    let sound = (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| sound).ok_or_else(|| "expected the id of a request".to_owned())
}

impl From<NotTaken> for ApiError {
    fn from(why: NotTaken) -> Self {
        match why {
            NotTaken::Gone => Self::NotFound,
            NotTaken::NotYours => Self::Conflict(
                "callback_not_yours",
                "somebody else has it, or it is over: read the list anew",
            ),
            NotTaken::Unavailable(why) => why.into(),
        }
    }
}
