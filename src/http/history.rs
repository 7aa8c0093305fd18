//! What happened: a list of calls, and one of them whole.

use std::collections::BTreeMap;

use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::Site;
use super::access::Caller;
use super::acts::Act;
use super::body::Fields;
use super::desk::name_of;
use super::done;
use super::error::ApiError;
use super::listing::{no_parameters, number, parameters, shown};
use crate::auth::Right;
use crate::db::Unavailable;
use crate::history::{Reader, Search, Within};

/// Calls of one answer.
const MOST: usize = 500;
const USUAL: u16 = 50;
const LONGEST_VALUE: usize = 200;

/// `GET /api/history/calls`: the newest first. `from`, `to` (ms since 1970), `q` (a part of the
/// caller's number or name, or of what he called), `queue`, `endpoint`, `direction`, `talked`, `pbx`,
/// `limit` (50, at most 500) and `after` (what `next` of the page before said).
pub(super) async fn calls(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let mut search = read(request.query_string())?;
    search.within = within(&caller, Right::History);
    let reader = reader(&site)?;
    site.throttle.rows(&caller, usize::from(search.limit))?;
    let found = reader.calls(&search).await?;
    Ok(HttpResponse::Ok().json(found))
}

/// `GET /api/history/calls/{pbx~epoch~linkedid}`: legs, talks, transfers and stays in queues, as
/// `vigie replay` prints them, who wants it kept, and who of Vigie's people did what to it.
pub(super) async fn call(
    request: HttpRequest,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let (pbx, epoch, linkedid) = parts(&id)?;
    match reader(&site)?.call(pbx, epoch, linkedid, within(&caller, Right::History).as_ref()).await? {
        Some(record) => {
            let record = done::with_acts(&site, &caller, pbx, record).await?;
            Ok(HttpResponse::Ok().content_type(ContentType::json()).body(record))
        }
        None => Err(ApiError::NotFound),
    }
}

/// Which call an id names.
pub(super) fn parts(id: &str) -> Result<(&str, i64, &str), ApiError> {
    // a Linkedid holds no ~, the name of a PBX neither
    let mut parts = id.splitn(3, '~');
    match (parts.next(), parts.next().map(str::parse::<i64>), parts.next()) {
        (Some(pbx), Some(Ok(epoch)), Some(linkedid)) if !id.contains('\0') => Ok((pbx, epoch, linkedid)),
        _ => Err(ApiError::NotFound),
    }
}

/// `PUT /api/history/calls/{id}/hold` `{"reason"}`: neither it nor its recordings are deleted when they are too old.
pub(super) async fn hold(
    request: HttpRequest,
    id: web::Path<String>,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let reason = fields.required("reason", |reason| {
        let sound = (1..=500).contains(&reason.trim().len()) && !reason.chars().any(char::is_control);
        if sound {
            Ok(reason.trim().to_owned())
        } else {
            Err("expected 1 to 500 bytes: why it must be kept".to_owned())
        }
    });
    fields.end()?;
    let Some(reason) = reason else { return Err(ApiError::field("reason", "missing")) };
    let (reader, by) = (reader(&site)?, name_of(&site, &caller).unwrap_or_default());
    let call = theirs(&caller, reader, &id).await?;
    let act = Act::new("hold_call", &id).with("reason", reason.as_str());
    let holding = async { Ok(reader.hold(&call.pbx, call.epoch, &call.linkedid, &reason, &by).await?) };
    // it may have been deleted just now
    let hold = act.run(&site, &caller, holding).await?.ok_or(ApiError::NotFound)?;
    Ok(HttpResponse::Ok().json(serde_json::json!({"id": *id, "hold": hold})))
}

/// `DELETE /api/history/calls/{id}/hold`
pub(super) async fn release(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let reader = reader(&site)?;
    let call = theirs(&caller, reader, &id).await?;
    let releasing = async { Ok(reader.release(&call.pbx, call.epoch, &call.linkedid).await?) };
    Act::new("release_call", &id).run(&site, &caller, releasing).await?;
    Ok(HttpResponse::Ok().json(serde_json::json!({"id": *id, "hold": null})))
}

/// A call that is kept.
struct Kept {
    pbx: String,
    epoch: i64,
    linkedid: String,
}

/// The call that he may hold; of an id that became part of another call, that one.
async fn theirs(caller: &Caller, reader: &Reader, id: &str) -> Result<Kept, ApiError> {
    #[derive(Deserialize)]
    struct Record {
        linkedid: Option<String>,
    }
    let (pbx, epoch, linkedid) = parts(id)?;
    let reach = within(caller, Right::Hold);
    let record = reader.call(pbx, epoch, linkedid, reach.as_ref()).await?.ok_or(ApiError::NotFound)?;
    let record: Record = serde_json::from_str(&record).map_err(|e| ApiError::Internal(e.to_string()))?;
    let linkedid = record.linkedid.unwrap_or_else(|| linkedid.to_owned());
    Ok(Kept { pbx: pbx.to_owned(), epoch, linkedid })
}

/// What of what happened that right of the caller reaches: calls of the endpoints and queues that are his today.
pub(super) fn within(caller: &Caller, right: Right) -> Option<Within> {
    let sight = caller.who().sight(right);
    (!sight.is_everything()).then(|| Within { endpoints: sight.endpoints(), queues: sight.queues() })
}

pub(super) fn reader(site: &Site) -> Result<&Reader, ApiError> {
    site.parts.history.as_ref().ok_or(ApiError::NothingKept)
}

fn read(query: &str) -> Result<Search, ApiError> {
    let mut search = Search { limit: USUAL, ..Search::default() };
    let mut bad = BTreeMap::new();
    let mut seen = Vec::new();
    for (name, value) in parameters(query)? {
        let problem =
            if seen.contains(&name) { Err("given twice") } else { parameter(&mut search, &name, &value) };
        if let Err(reason) = problem {
            bad.insert(shown(&name), reason.to_owned());
        }
        seen.push(name);
    }
    if bad.is_empty() { Ok(search) } else { Err(ApiError::BadFields(bad)) }
}

fn parameter(search: &mut Search, name: &str, value: &str) -> Result<(), &'static str> {
    let text = || {
        let sound = !value.is_empty() && value.len() <= LONGEST_VALUE && !value.chars().any(char::is_control);
        if sound {
            Ok(Some(value.to_owned()))
        } else {
            Err("expected 1 to 200 bytes without control characters")
        }
    };
    match name {
        "from" => search.from_ms = Some(instant(value)?),
        "to" => search.to_ms = Some(instant(value)?),
        "q" => search.words = text()?,
        "queue" => search.queue = text()?,
        "endpoint" => search.endpoint = text()?,
        "pbx" => search.pbx = text()?,
        "direction" if ["inbound", "outbound", "internal"].contains(&value) => search.direction = text()?,
        "direction" => return Err("expected inbound, outbound or internal"),
        "talked" => search.talked = Some(value.parse().map_err(|_| "expected true or false")?),
        "limit" => {
            let limit = number(value, MOST).and_then(|n| u16::try_from(n).ok());
            search.limit = limit.ok_or("expected a whole number from 1 to 500")?;
        }
        "after" => search.after = Some(place(value).ok_or("expected what `next` of the page before said")?),
        _ => return Err("unknown parameter"),
    }
    Ok(())
}

/// Milliseconds since 1970, of this side of the year 5138.
fn instant(value: &str) -> Result<i64, &'static str> {
    let expected = "expected milliseconds since 1970";
    value.parse::<i64>().ok().filter(|ms| (0..100_000_000_000_000).contains(ms)).ok_or(expected)
}

fn place(value: &str) -> Option<(i64, String)> {
    let (micros, linkedid) = value.split_once('~')?;
    let micros = micros.parse().ok().filter(|us| (0..100_000_000_000_000_000).contains(us))?;
    let sound =
        !linkedid.is_empty() && linkedid.len() <= LONGEST_VALUE && !linkedid.chars().any(char::is_control);
    sound.then(|| (micros, linkedid.to_owned()))
}

impl From<Unavailable> for ApiError {
    fn from(why: Unavailable) -> Self {
        match why {
            // the log has the words: they may name hosts and users
            Unavailable::Away(_) => Self::DatabaseAway,
            Unavailable::Busy => Self::Busy("too many questions wait for the database"),
        }
    }
}
