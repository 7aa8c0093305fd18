//! `/api/tickets`: what callers told assistants. They are nobody's: whoever may have a station call sees them all.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Site;
use super::access::Caller;
use super::acts::Act;
use super::body::Fields;
use super::error::ApiError;
use super::listing::{parameters_once, shown};
use crate::tickets::{State, Ticket, Tickets};

/// As the list takes and gives them.
const STATES: &str = "expected open, transferred, resolved or failed";

fn tickets(site: &Site) -> Result<&Tickets, ApiError> {
    site.parts.tickets.as_ref().ok_or(ApiError::NothingKept)
}

/// `GET /api/tickets?state=&number=&before=`: the newest first, 500 at most.
pub(super) async fn list(request: HttpRequest, site: web::Data<Site>) -> Result<HttpResponse, ApiError> {
    let (mut state, mut number, mut before) = (None, None, None);
    for (name, value) in parameters_once(request.query_string())? {
        match name.as_str() {
            "state" => state = Some(State::of(&value).ok_or_else(|| ApiError::field("state", STATES))?),
            "number" => number = Some(caller_number(&value).map_err(|why| ApiError::field("number", why))?),
            "before" => before = Some(id(&value).map_err(|why| ApiError::field("before", why))?),
            _ => return Err(ApiError::field(shown(&name), "unknown parameter")),
        }
    }
    let errands = site.parts.errands.as_ref().ok_or(ApiError::NothingKept)?;
    let number = number.map(|number| errands.contacts().canonical(&number));
    let all = tickets(&site)?.list(state, number.as_deref(), before).await?;
    Ok(HttpResponse::Ok().json(all))
}

/// `POST /api/tickets/state` `{"id", "state"}`: 200 with the ticket as it stands then.
pub(super) async fn stands(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let id = fields.required("id", id).unwrap_or_default();
    let state = fields.required("state", |word| State::of(word).ok_or_else(|| STATES.to_owned()));
    fields.end()?;
    let (state, on) = (state.unwrap_or(State::Open), id.to_string());
    let work = async {
        let set = tickets(&site)?.stands(id, state).await?;
        set.ok_or(ApiError::NotFound)
    };
    let ticket: Ticket =
        Act::new("ticket_state", &on).with("state", state.word()).run(&site, &caller, work).await?;
    Ok(HttpResponse::Ok().json(ticket))
}

fn caller_number(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_alphanumeric() || b"*#_.-".contains(&b));
    let sound = plain && (1..=39).contains(&digits.len());
    sound.then(|| text.to_owned()).ok_or_else(|| "expected a number that somebody called from".to_owned())
}

/// As the list shows it.
fn id(text: &str) -> Result<i64, String> {
    let sound = (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| sound).ok_or_else(|| "expected the number of a ticket".to_owned())
}
