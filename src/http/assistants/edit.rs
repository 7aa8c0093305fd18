//! `/api/assistants`: what is written.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::read::{BODY, Wanted, read};
use super::{book, change, found, row, sees, shown, writes};
use crate::assistants::{AssistantBook, AssistantChange, MOST_ASSISTANTS, StoredAssistant, Write};
use crate::config::TOOLS;
use crate::flows::FlowBook;
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::acts::Act;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::flows::drawing::new_id;
use crate::http::listing::no_parameters;
use crate::http::shapes::assistants::EnginesShown;

/// `GET /api/assistants`: all, by name, with how each stands.
pub(in crate::http) async fn list(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let assistants = sees(&site, &caller)?;
    let book = book(assistants)?;
    let mut all: Vec<_> = book.assistants.values().map(|one| row(assistants, one)).collect();
    all.sort_by_key(|one| (one.name.to_lowercase(), one.id));
    Ok(HttpResponse::Ok().json(all))
}

/// `GET /api/assistants/{id}`.
pub(in crate::http) async fn one(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let assistants = sees(&site, &caller)?;
    Ok(HttpResponse::Ok().json(shown(&site, assistants, found(&*book(assistants)?, &id)?)))
}

/// `GET /api/assistant-engines`: what may be named on this server.
pub(in crate::http) async fn offered(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let offered = writes(&site, &caller)?.offered();
    Ok(HttpResponse::Ok().json(EnginesShown {
        mouths: &offered.mouths,
        ears: &offered.ears,
        minds: &offered.minds,
        with_voices: &offered.voices,
        tools: &TOOLS,
    }))
}

/// `POST /api/assistants` `{"id"?, "name", ...}`: 201 with the assistant; nothing of it is published.
pub(in crate::http) async fn add(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let assistants = writes(&site, &caller)?;
    let Wanted { id, form, .. } = read(Fields::read_up_to(BODY, &request, payload).await?, None)?;
    let id = id.map_or_else(|| new_id("assistant"), Ok)?;
    let act = Act::new("add_assistant", &id).with("name", form.name.as_str());
    let after = change(assistants, &site, &caller, act, None, |book| {
        if book.assistants.contains_key(&id) {
            return Err(ApiError::Taken("id"));
        }
        if book.assistants.len() >= MOST_ASSISTANTS {
            return Err(ApiError::Conflict(
                "too_many_assistants",
                "there are 200 assistants already: take one away first",
            ));
        }
        Ok(Write::Add(AssistantChange { id: id.clone(), form: named_alone(form, book, &id)? }))
    });
    Ok(HttpResponse::Created().json(shown(&site, assistants, found(&*after.await?, &id)?)))
}

/// `PUT /api/assistants/{id}`: 200 with the assistant; what is absent stays, and so does what is published.
pub(in crate::http) async fn set(
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let assistants = writes(&site, &caller)?;
    let known = book(assistants)?;
    let fields = Fields::read_up_to(BODY, &request, payload).await?;
    let planned = read(fields.clone(), Some((&id, &found(&known, &id)?.draft)))?;
    let act = Act::new("set_assistant", &id).with("name", planned.form.name.as_str());
    let after = change(assistants, &site, &caller, act, None, |book| {
        let before = found(book, &id)?;
        let wanted = read(fields, Some((&id, &before.draft)))?;
        if wanted.base.as_ref().is_some_and(|base| *base != before.updated_at) {
            return Err(ApiError::Conflict(
                "assistant_changed",
                "somebody saved this assistant since you read it: look at it before you replace it",
            ));
        }
        Ok(Write::Set(AssistantChange { id: id.clone(), form: named_alone(wanted.form, book, &id)? }))
    });
    Ok(HttpResponse::Ok().json(shown(&site, assistants, found(&*after.await?, &id)?)))
}

/// `POST /api/assistants/{id}/check`: what would be wrong with it so; nothing is stored.
pub(in crate::http) async fn check(
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let assistants = writes(&site, &caller)?;
    let known = book(assistants)?;
    let before = found(&known, &id)?;
    let fields = Fields::read_up_to(BODY, &request, payload).await?;
    let draft = read(fields, Some((&id, &before.draft)))?.form;
    let of = StoredAssistant { draft, ..(**before).clone() };
    Ok(HttpResponse::Ok().json(super::faults(&site, assistants, &of)))
}

/// `DELETE /api/assistants/{id}`: 204; 409 while callers are led to it.
pub(in crate::http) async fn remove(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let assistants = writes(&site, &caller)?;
    let known = book(assistants)?;
    let act = Act::new("remove_assistant", &id).with("name", found(&known, &id)?.draft.name.as_str());
    let flows = site.parts.flows.as_ref().and_then(|flows| flows.now());
    change(assistants, &site, &caller, act, None, |book| {
        let before = found(book, &id)?;
        let mut used: Vec<(String, String)> = Vec::new();
        if before.is_default {
            used.push(("default".to_owned(), "callers who are nobody's are led to it".to_owned()));
        }
        if !before.numbers.is_empty() {
            let numbers: Vec<&str> = before.numbers.iter().take(10).map(String::as_str).collect();
            used.push(("numbers".to_owned(), numbers.join(", ")));
        }
        let of_flows = flows.as_deref().map(|flows| naming(flows, &id)).unwrap_or_default();
        used.extend(of_flows);
        if !used.is_empty() {
            return Err(ApiError::AssistantUsed(used.into_iter().collect()));
        }
        Ok(Write::Remove(id.clone()))
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Flows that bring callers to it, as they were drawn last: id and name.
fn naming(flows: &FlowBook, id: &str) -> Vec<(String, String)> {
    let names = |node: &Value| {
        let texts = node["content"].as_object().into_iter().flat_map(|content| content.values());
        node["type"] == "ai" && texts.filter_map(Value::as_str).any(|text| text == id)
    };
    let named = flows
        .flows
        .values()
        .filter(|flow| flow.draft["nodes"].as_array().is_some_and(|nodes| nodes.iter().any(names)));
    named.map(|flow| (flow.id.clone(), flow.name.clone())).collect()
}

/// No other has that name: the dialplan may use it.
fn named_alone(
    form: crate::assistants::Form,
    book: &AssistantBook,
    id: &str,
) -> Result<crate::assistants::Form, ApiError> {
    let is_other = |other: &&std::sync::Arc<StoredAssistant>| {
        other.id != id && other.draft.name.to_lowercase() == form.name.to_lowercase()
    };
    match book.assistants.values().find(is_other) {
        Some(_) => Err(ApiError::Taken("name")),
        None => Ok(form),
    }
}
