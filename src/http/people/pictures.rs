//! `/api/users/me/picture` and `/api/users/{id}/picture`.

use actix_web::{HttpRequest, HttpResponse, web};

use super::super::acts::Act;
use super::super::auth::accounts;
use super::super::listing::{parameters_once, shown};
use super::{change, reached};
use crate::auth::Right;
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::people::{MOST_BYTES, NoPicture, Picture, Write};

/// Largest body: a picture as base64, and what front ends put around it.
pub(in crate::http) const PICTURE_BYTES: usize = 5 << 20;

/// `PUT /api/users/me/picture` `{"pictureUrl": "data:image/...;base64,..."}`: 200 with the user. 400 when it is none,
/// 413 above 2,000,000 bytes.
pub(in crate::http) async fn set(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read_up_to(PICTURE_BYTES, &request, payload).await?;
    let url = fields.text("pictureUrl", |url| Ok(url.to_owned()));
    fields.end()?;
    let url = url.ok_or(ApiError::NoPicture("missing"))?;
    let picture = Picture::of_data_url(&url).map_err(|why| match why {
        NoPicture::NoDataUrl => ApiError::NoPicture("expected data:image/...;base64,..."),
        NoPicture::UnknownKind => ApiError::NoPicture("expected PNG, JPEG, GIF or WebP"),
        NoPicture::TooLarge => ApiError::TooLarge(MOST_BYTES),
    })?;
    show(&site, &caller, "set_own_picture", Some(picture)).await
}

/// `DELETE /api/users/me/picture`: 200 with the user.
pub(in crate::http) async fn remove(caller: Caller, site: web::Data<Site>) -> Result<HttpResponse, ApiError> {
    show(&site, &caller, "remove_own_picture", None).await
}

async fn show(
    site: &Site,
    caller: &Caller,
    act: &'static str,
    picture: Option<Picture>,
) -> Result<HttpResponse, ApiError> {
    let id = caller.who().person().ok_or(ApiError::NoAccounts)?.user.id.clone();
    let directory =
        change(site, caller, Act::new(act, &id), |_| Ok(Write::SetPicture { user: id.clone(), picture }))
            .await?;
    Ok(HttpResponse::Ok().json(&directory.people.get(&id).ok_or(ApiError::NotFound)?.user))
}

/// `GET /api/users/{id}/picture`: his own, and of whom he sees; 204 where there is none. `v` makes another
/// address of another picture, so that a page that is open shows it; it is not looked at otherwise.
pub(in crate::http) async fn one(
    request: HttpRequest,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    for (name, value) in parameters_once(request.query_string())? {
        match name.as_str() {
            "v" if value.len() == 16 && value.bytes().all(|byte| byte.is_ascii_hexdigit()) => {}
            "v" => return Err(ApiError::field("v", "expected 16 hexadecimal digits")),
            _ => return Err(ApiError::field(shown(&name), "unknown parameter")),
        }
    }
    let own = caller.who().person().ok_or(ApiError::NoAccounts)?;
    let user = if own.user.id == *id {
        own.user.clone()
    } else {
        reached(&caller, Right::People, &id).map_err(|_| ApiError::NotFound)?.user.clone()
    };
    if user.profile_picture_url.is_none() {
        return Ok(HttpResponse::NoContent().finish());
    }
    match accounts(&site)?.people.picture(&id).await? {
        Some(picture) => Ok(HttpResponse::Ok().content_type(picture.kind).body(picture.bytes)),
        None => Ok(HttpResponse::NoContent().finish()),
    }
}
