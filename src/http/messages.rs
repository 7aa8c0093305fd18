//! What callers left, over REST: messages of sites that the right `voicemail` reaches. Hearing and deleting one are
//! audited acts.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::Site;
use super::access::Caller;
use super::acts::Act;
use super::error::ApiError;
use super::listing::no_parameters;
use super::prompts::wav;
use crate::auth::Right;
use crate::messages::{Message, Messages, Sites};

/// `GET /api/messages`: the newest 500.
pub(super) async fn list(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    Ok(HttpResponse::Ok().json(messages(&site)?.list(&sites(&caller)).await?))
}

/// `GET /api/messages/{id}/sound`: a WAV, or the part that `Range` names.
pub(super) async fn hear(
    request: HttpRequest,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let message = found(&site, &caller, &id).await?;
    let act = Act::new("hear_message", &id).with("caller", message.caller.as_str());
    let bytes =
        act.run(&site, &caller, async { messages(&site)?.sound(&message).await.ok_or(ApiError::NotFound) });
    Ok(wav(&request, bytes.await?))
}

/// `PUT /api/messages/{id}/heard`: 200 with the message; who was first stays.
pub(super) async fn heard(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    found(&site, &caller, &id).await?;
    let act = Act::new("mark_message", &id);
    act.run(&site, &caller, async { Ok(messages(&site)?.heard(&id, caller.who().id()).await?) }).await?;
    Ok(HttpResponse::Ok().json(found(&site, &caller, &id).await?))
}

/// `DELETE /api/messages/{id}`: 204; row and file are gone.
pub(super) async fn remove(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let message = found(&site, &caller, &id).await?;
    let act = Act::new("remove_message", &id).with("caller", message.caller.as_str());
    act.run(&site, &caller, async {
        let gone = messages(&site)?.remove(&message).await?;
        if gone { Ok(()) } else { Err(ApiError::NotFound) }
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What is said in a message that he may hear.
pub(super) async fn sound_of(site: &Site, caller: &Caller, id: &str) -> Result<Option<Vec<u8>>, ApiError> {
    let messages = messages(site)?;
    match messages.one(id, &sites(caller)).await? {
        Some(message) => Ok(messages.sound(&message).await),
        None => Ok(None),
    }
}

fn messages(site: &Site) -> Result<&Arc<Messages>, ApiError> {
    site.parts.messages.as_ref().ok_or(ApiError::NothingKept)
}

/// Whose messages he may hear: the address itself asks for the right.
fn sites(caller: &Caller) -> Sites {
    match caller.who().reach(Right::Voicemail) {
        Some(reach) if reach.all => Sites::All,
        Some(reach) => Sites::Of(reach.sites.iter().cloned().collect()),
        None => Sites::Of(Vec::new()),
    }
}

async fn found(site: &Site, caller: &Caller, id: &str) -> Result<Message, ApiError> {
    // no text of the database holds one
    if id.contains('\0') {
        return Err(ApiError::NotFound);
    }
    messages(site)?.one(id, &sites(caller)).await?.ok_or(ApiError::NotFound)
}
