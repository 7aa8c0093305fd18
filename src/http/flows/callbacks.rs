//! `/api/callbacks`: who wants to be called back, and what became of it. Requests are nobody's before they are taken:
//! whoever may have a station call sees them all.

use actix_web::{HttpRequest, HttpResponse, web};

use super::super::acts::Act;
use super::super::listing::{parameters_once, shown};
use crate::errands::{Callback, Callbacks, NotTaken, Outcome, State};
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::people::parse;

fn callbacks(site: &Site) -> Result<&Callbacks, ApiError> {
    let errands = site.parts.errands.as_ref().ok_or(ApiError::NothingKept)?;
    Ok(errands.callbacks())
}

/// `GET /api/callbacks?state=`: those that wait or are taken, or those that stand so; the most urgent first.
pub(in crate::http) async fn list(
    request: HttpRequest,
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
    Ok(HttpResponse::Ok().json(callbacks(&site)?.list(state).await?))
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
    let id = id.unwrap_or_default();
    let on = id.to_string();
    let by = caller.who().id().to_owned();
    let work = async { Ok::<Callback, ApiError>(callbacks(&site)?.take(id, &by).await?) };
    let taken = Act::new("take_callback", &on).run(&site, &caller, work).await?;
    Ok(HttpResponse::Ok().json(taken))
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
    Ok(HttpResponse::Ok().json(act.run(&site, &caller, work).await?))
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
