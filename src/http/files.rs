//! The page: the files of `static/`, read from disk in a debug build and from the binary otherwise.

use actix_web::http::Method;
use actix_web::http::header::{self, ETag, EntityTag, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;

use super::error::ApiError;

#[derive(RustEmbed)]
#[folder = "static/"]
#[allow_missing = true]
struct Files;

/// A file by its path; `/` is `index.html`.
pub(super) async fn file(
    request: HttpRequest,
    wanted: Option<web::Header<IfNoneMatch>>,
) -> Result<HttpResponse, ApiError> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(ApiError::MethodNotAllowed("GET, HEAD"));
    }
    let path = match request.path().trim_start_matches('/') {
        "" => "index.html",
        path => path,
    };
    named(path, wanted)
}

/// The file of that path.
pub(super) fn named(path: &str, wanted: Option<web::Header<IfNoneMatch>>) -> Result<HttpResponse, ApiError> {
    let kind = kind(path).ok_or(ApiError::NotFound)?;
    // rust-embed itself keeps a path inside its folder in debug; a plain name needs no more (S26)
    if path.split('/').any(|part| part.is_empty() || part.starts_with('.')) || path.contains('\\') {
        return Err(ApiError::NotFound);
    }
    let file = Files::get(path).ok_or(ApiError::NotFound)?;
    let hash = file.metadata.sha256_hash();
    let tag = EntityTag::new_weak(hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect());
    let mut response = HttpResponse::Ok();
    response.insert_header(ETag(tag.clone())).insert_header((header::CACHE_CONTROL, "no-cache"));
    if wanted.is_some_and(|wanted| super::board::is_known(&wanted, &tag)) {
        return Ok(response.status(actix_web::http::StatusCode::NOT_MODIFIED).finish());
    }
    Ok(response.content_type(kind).body(file.data.into_owned()))
}

/// The type of a file by its ending; other files are not served.
fn kind(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}
