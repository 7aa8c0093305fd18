//! `/api/assistants/{id}`: what of it answers callers.

use actix_web::{HttpRequest, HttpResponse, web};

use super::{book, by, change, found, sees, shown, writes};
use crate::assistants::{Gravity, Version, Write};
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::acts::Act;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::people::parse;
use crate::http::shapes::assistants::{AssistantVersionForm, AssistantVersionShown};

/// `POST .../publish` `{"note"?}`: 200 with the assistant; 409 with what is wrong. It answers once it can speak.
pub(in crate::http) async fn draft(
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let assistants = writes(&site, &caller)?;
    found(&*book(assistants)?, &id)?;
    let note = note(Fields::read(&request, payload).await?)?;
    let act = Act::new("publish_assistant", &id).with("note", note.as_str());
    let after = change(assistants, &site, &caller, act, Some(&id), |book| {
        let faults = assistants.judge(&found(book, &id)?.draft);
        let broken: Vec<_> = faults.into_iter().filter(|fault| fault.gravity == Gravity::Broken).collect();
        if !broken.is_empty() {
            return Err(ApiError::AssistantFaulty(broken));
        }
        Ok(Write::PublishDraft(id.clone(), by(&caller, note.clone())))
    })
    .await?;
    Ok(HttpResponse::Ok().json(shown(&site, assistants, found(&after, &id)?)))
}

/// `GET .../versions`: the newest first.
pub(in crate::http) async fn versions(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let assistants = sees(&site, &caller)?;
    let published = found(&*book(assistants)?, &id)?.published;
    let all = assistants.versions(&id).await?;
    let one =
        |version: Version| AssistantVersionShown { published: published == Some(version.version), version };
    Ok(HttpResponse::Ok().json(all.into_iter().map(one).collect::<Vec<_>>()))
}

/// `GET .../versions/{n}`: what it was.
pub(in crate::http) async fn version_one(
    path: web::Path<(String, String)>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let (id, n) = path.into_inner();
    let assistants = sees(&site, &caller)?;
    found(&*book(assistants)?, &id)?;
    let version: i32 = n.parse().map_err(|_| ApiError::NotFound)?;
    let form = assistants.form(&id, version).await?.ok_or(ApiError::NotFound)?;
    Ok(HttpResponse::Ok().json(AssistantVersionForm { version, form }))
}

/// `POST .../versions/{n}/publish` `{"note"?}`: 200 with the assistant. What this server has no engine for any more is not
/// published again.
pub(in crate::http) async fn version(
    request: HttpRequest,
    payload: web::Payload,
    path: web::Path<(String, String)>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let (id, n) = path.into_inner();
    let assistants = writes(&site, &caller)?;
    found(&*book(assistants)?, &id)?;
    let n: i32 = n.parse().map_err(|_| ApiError::NotFound)?;
    let note = note(Fields::read(&request, payload).await?)?;
    // versions are not changed: what it is now it is when it is written
    let form = assistants.form(&id, n).await?.ok_or(ApiError::NotFound)?;
    let mut faults = assistants.judge(&form);
    faults.retain(|fault| fault.gravity == Gravity::Broken);
    if !faults.is_empty() {
        return Err(ApiError::AssistantFaulty(faults));
    }
    let act = Act::new("publish_assistant", &id).with("of", n).with("note", note.as_str());
    let write = Write::PublishVersion(id.clone(), n, by(&caller, note.clone()));
    let after = change(assistants, &site, &caller, act, Some(&id), |_| Ok(write)).await?;
    Ok(HttpResponse::Ok().json(shown(&site, assistants, found(&after, &id)?)))
}

fn note(mut fields: Fields) -> Result<String, ApiError> {
    let note = fields.text("note", |text| parse::plain(text, 200)).unwrap_or_default();
    fields.end()?;
    Ok(note)
}
