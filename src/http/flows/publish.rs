//! `/api/ivr-flows/{id}`: what of it callers walk.

use actix_web::{HttpRequest, HttpResponse, web};
use actors::ivr::Gravity;
use serde_json::Value;

use super::super::acts::Act;
use super::drawing::read;
use super::ivr::shown;
use super::{BODY, book, by, change, flows, found, known};
use crate::flows::Write;
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::people::parse;
use crate::http::shapes::flows::{DrawingShown, PublishedShown, VersionShown};

/// `GET .../faults`: of what was drawn last.
pub(in crate::http) async fn faults(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let book = book(&site, &caller)?;
    let draft = &found(&book, &id)?.draft;
    Ok(HttpResponse::Ok().json(known::faults(draft, &id, &book, &site.parts)))
}

/// `POST .../check`: of what might be drawn; nothing is stored.
pub(in crate::http) async fn check(
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let book = book(&site, &caller)?;
    let before = found(&book, &id)?;
    let fields = Fields::read_up_to(BODY, &request, payload).await?;
    let draft = read(fields, Some(before))?.draft;
    Ok(HttpResponse::Ok().json(known::faults(&draft, &id, &book, &site.parts)))
}

/// `GET .../versions/{n}`: what it was.
pub(in crate::http) async fn drawn(
    path: web::Path<(String, String)>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let (id, n) = path.into_inner();
    found(&*book(&site, &caller)?, &id)?;
    let n: i32 = n.parse().map_err(|_| ApiError::NotFound)?;
    let drawing = flows(&site, &caller)?.drawing(&id, n).await?.ok_or(ApiError::NotFound)?;
    let part = |name: &str| drawing.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    Ok(HttpResponse::Ok().json(DrawingShown {
        version: n,
        name: drawing.get("name").and_then(Value::as_str).unwrap_or_default(),
        nodes: part("nodes"),
        connections: part("connections"),
    }))
}

/// `GET .../versions`: the newest first.
pub(in crate::http) async fn versions(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let book = book(&site, &caller)?;
    let published = found(&book, &id)?.published;
    let all = flows(&site, &caller)?.versions(&id).await?;
    let one = |version: crate::flows::Version| VersionShown {
        published: published == Some(version.version),
        version,
    };
    Ok(HttpResponse::Ok().json(all.into_iter().map(one).collect::<Vec<_>>()))
}

/// `POST .../publish` `{"note"?}`: 200 with the flow; 409 with what is wrong.
pub(in crate::http) async fn draft(
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    found(&*book(&site, &caller)?, &id)?;
    let note = note(Fields::read(&request, payload).await?)?;
    let act = Act::new("publish_flow", &id).with("note", note.as_str());
    let mut warnings = Vec::new();
    let after = change(&site, &caller, act, Some(&id), |book| {
        let faults = known::faults(&found(book, &id)?.draft, &id, book, &site.parts);
        let (told, faults): (Vec<_>, Vec<_>) =
            faults.into_iter().partition(|fault| fault.gravity == Gravity::Warning);
        if !faults.is_empty() {
            return Err(ApiError::Faulty(faults));
        }
        warnings = told;
        Ok(Write::PublishDraft(id.clone(), by(&caller, note.clone())))
    })
    .await?;
    let flow = shown(found(&after, &id)?);
    Ok(HttpResponse::Ok().json(PublishedShown { flow, warnings }))
}

/// `POST .../versions/{n}/publish` `{"note"?}`: 200 with the flow. What is flawed and was published before may be again:
/// it is better than what it replaces.
pub(in crate::http) async fn version(
    request: HttpRequest,
    payload: web::Payload,
    path: web::Path<(String, String)>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let (id, n) = path.into_inner();
    found(&*book(&site, &caller)?, &id)?;
    let n: i32 = n.parse().map_err(|_| ApiError::NotFound)?;
    let note = note(Fields::read(&request, payload).await?)?;
    let act = Act::new("publish_flow", &id).with("of", n).with("note", note.as_str());
    let write = Write::PublishVersion(id.clone(), n, by(&caller, note.clone()));
    let after = change(&site, &caller, act, Some(&id), |_| Ok(write)).await?;
    Ok(HttpResponse::Ok().json(shown(found(&after, &id)?)))
}

/// `PUT .../default`: 200 with the flow.
pub(in crate::http) async fn default(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let known = book(&site, &caller)?;
    let act = Act::new("default_flow", &id).with("name", found(&known, &id)?.name.as_str());
    let after = change(&site, &caller, act, None, |_| Ok(Write::Default(id.clone()))).await?;
    Ok(HttpResponse::Ok().json(shown(found(&after, &id)?)))
}

/// `DELETE .../default`: 200 with the flow, also when it was not the default one.
pub(in crate::http) async fn no_default(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let known = book(&site, &caller)?;
    let act = Act::new("no_default_flow", &id).with("name", found(&known, &id)?.name.as_str());
    let after = change(&site, &caller, act, None, |_| Ok(Write::NoDefault(id.clone()))).await?;
    Ok(HttpResponse::Ok().json(shown(found(&after, &id)?)))
}

fn note(mut fields: Fields) -> Result<String, ApiError> {
    let note = fields.text("note", |text| parse::plain(text, 200)).unwrap_or_default();
    fields.end()?;
    Ok(note)
}
