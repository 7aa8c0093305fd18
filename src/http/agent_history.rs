//! `GET /api/history/agents/{pbx~endpoint}`: an agent's sessions and intervals in a period, and their sums.

use actix_web::{HttpRequest, HttpResponse, web};

use super::Site;
use super::access::Caller;
use super::error::ApiError;
use super::figures::Question;
use super::theirs::Theirs;
use crate::auth::Right;
use crate::figures::Book;
use crate::history::Scope;

/// `from`, `to`, `zone`, `day_start`: today unless told. What is missing between two intervals is unknown.
pub(super) async fn agent(
    request: HttpRequest,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let question = Question::read(request.query_string(), &site)?;
    let Some((pbx, endpoint)) = id.split_once('~').filter(|_| !id.contains('\0')) else {
        return Err(ApiError::NotFound);
    };
    Theirs::of(&caller, Right::History).only_agent(pbx, endpoint)?;
    let reader = site.parts.history.as_ref().ok_or(ApiError::NothingKept)?;
    let mut book = Book::new(question.period, question.rules, question.charge).with_spans();
    let scope = Scope { pbx: Some(pbx), queue: None, endpoint: Some(endpoint) };
    reader.states(question.period, question.now, scope, |happened| book.take(happened)).await?;
    let until = question.until_now();
    let mut report = book.report(until.to);
    let day = report.agents.remove(&(pbx.to_owned(), endpoint.to_owned()));
    let whole = (until.to - until.from) / 1000;
    let (sessions, spans, states, unknown) = day
        .map_or_else(|| (vec![], vec![], vec![], whole), |d| (d.sessions, d.spans, d.states, d.unknown_ms));
    Ok(HttpResponse::Ok().json(serde_json::json!({
        "id": *id, "asked": question.asked("stored", question.now, until, true), "sessions": sessions, "intervals": spans,
        "states": states, "unknown_ms": unknown,
    })))
}
