//! What was said with assistants in a past call: for those who may hear its recordings.

use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Site;
use super::access::Caller;
use super::error::ApiError;
use super::history::{parts, reader, within};
use super::listing::no_parameters;
use crate::auth::Right;

/// `GET /api/history/calls/{id}/sessions`: `{"sessions": [{"lines", "turns", ...}]}`.
pub(super) async fn of_call(
    request: HttpRequest,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let (pbx, epoch, linkedid) = parts(&id)?;
    let theirs = within(&caller, Right::Recordings);
    let told = reader(&site)?.ai_sessions(pbx, epoch, linkedid, theirs.as_ref()).await?;
    let told = told.ok_or(ApiError::NotFound)?;
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(told))
}
