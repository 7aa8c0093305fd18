//! `/api/ivr-flows/{id}`: what of it callers walk.

use actix_web::{HttpRequest, HttpResponse, web};

use super::super::acts::Act;
use super::ivr::shown;
use super::{book, by, change, flows, found, known};
use crate::flows::Write;
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::people::parse;
use crate::http::shapes::flows::VersionShown;

/// `GET .../faults`: of what was drawn last.
pub(in crate::http) async fn faults(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let book = book(&site, &caller)?;
    Ok(HttpResponse::Ok().json(known::faults(found(&book, &id)?, &book, &site.parts.board)))
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
    let after = change(&site, &caller, act, Some(&id), |book| {
        let faults = known::faults(found(book, &id)?, book, &site.parts.board);
        if !faults.is_empty() {
            return Err(ApiError::Faulty(faults));
        }
        Ok(Write::PublishDraft(id.clone(), by(&caller, note.clone())))
    });
    Ok(HttpResponse::Ok().json(shown(found(&*after.await?, &id)?)))
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

fn note(mut fields: Fields) -> Result<String, ApiError> {
    let note = fields.text("note", |text| parse::plain(text, 200)).unwrap_or_default();
    fields.end()?;
    Ok(note)
}
