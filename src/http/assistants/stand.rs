//! `/api/assistants/{id}`: what holds at once and is no part of a version: whether it is paused, for whom it is.

use std::collections::HashSet;

use actix_web::{HttpRequest, HttpResponse, web};

use super::{book, change, found, pauses, shown, writes};
use crate::assistants::{MOST_NUMBERS, Write};
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::acts::Act;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::flows::dids::called;

/// `POST .../pause`: 200 with the assistant; new callers go to its fallback.
pub(in crate::http) async fn pause(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    paused(&id, true, caller, &site).await
}

/// `POST .../resume`: 200 with the assistant.
pub(in crate::http) async fn resume(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    paused(&id, false, caller, &site).await
}

async fn paused(id: &str, paused: bool, caller: Caller, site: &Site) -> Result<HttpResponse, ApiError> {
    let assistants = pauses(site, &caller)?;
    let known = book(assistants)?;
    let name = if paused { "pause_assistant" } else { "resume_assistant" };
    let act = Act::new(name, id).with("name", found(&known, id)?.draft.name.as_str());
    let after = change(assistants, site, &caller, act, None, |book| {
        // whoever comes second finds it done
        let is_so = found(book, id)?.paused == paused;
        Ok(if is_so { Write::Nothing } else { Write::Paused(id.to_owned(), paused) })
    })
    .await?;
    Ok(HttpResponse::Ok().json(shown(site, assistants, found(&after, id)?)))
}

/// `PUT .../default`: 200 with the assistant.
pub(in crate::http) async fn default(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let assistants = writes(&site, &caller)?;
    let known = book(assistants)?;
    let act = Act::new("default_assistant", &id).with("name", found(&known, &id)?.draft.name.as_str());
    let after = change(assistants, &site, &caller, act, None, |_| Ok(Write::Default(id.clone()))).await?;
    Ok(HttpResponse::Ok().json(shown(&site, assistants, found(&after, &id)?)))
}

/// `DELETE .../default`: 200 with the assistant, also when it was not the default one.
pub(in crate::http) async fn no_default(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let assistants = writes(&site, &caller)?;
    let known = book(assistants)?;
    let act = Act::new("no_default_assistant", &id).with("name", found(&known, &id)?.draft.name.as_str());
    let after = change(assistants, &site, &caller, act, None, |_| Ok(Write::NoDefault(id.clone()))).await?;
    Ok(HttpResponse::Ok().json(shown(&site, assistants, found(&after, &id)?)))
}

/// `PUT .../numbers` `{"numbers"}`: 200 with the assistant; each is one assistant's, in whatever spelling.
pub(in crate::http) async fn numbers(
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let assistants = writes(&site, &caller)?;
    let known = book(assistants)?;
    found(&known, &id)?;
    let mut fields = Fields::read(&request, payload).await?;
    let numbers = fields.texts("numbers", MOST_NUMBERS, called);
    let mut seen = HashSet::new();
    let is_twice = |number: &String| !seen.insert(known.canonical(number));
    if numbers.is_none() {
        fields.needs("numbers");
    } else if numbers.iter().flatten().any(is_twice) {
        fields.wrong("numbers", "one is given twice");
    }
    fields.end()?;
    let numbers = numbers.unwrap_or_default();
    let act = Act::new("assistant_numbers", &id).with("numbers", numbers.clone());
    let after = change(assistants, &site, &caller, act, None, |book| {
        found(book, &id)?;
        let is_others = |number: &String| book.owner(number).is_some_and(|owner| owner.id != *id);
        if numbers.iter().any(is_others) {
            return Err(ApiError::Taken("numbers"));
        }
        Ok(Write::Numbers(id.clone(), numbers))
    })
    .await?;
    Ok(HttpResponse::Ok().json(shown(&site, assistants, found(&after, &id)?)))
}
