//! `/api/audio-files`: prompts as front ends of before know them. What they send is a prompt like any other, and what
//! they are shown are all prompts.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Site;
use super::access::Caller;
use super::acts::Act;
use super::body::Fields;
use super::error::ApiError;
use super::form;
use super::listing::no_parameters;
use super::people::parse;
use super::prompts::{book, by, decoded, found, kept, made_of, may_be, sent};
use super::shapes::prompts::AudioFile;
use crate::prompts::{Kind, Language, New};

/// `GET /api/audio-files`: all, by name.
pub(super) async fn list(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let book = book(&site, &caller)?;
    let mut all: Vec<AudioFile> = book.prompts.values().map(|prompt| AudioFile::of(prompt)).collect();
    all.sort_by_key(|file| (file.name.to_lowercase(), file.id.clone()));
    Ok(HttpResponse::Ok().json(all))
}

/// `POST /api/audio-files` with a form of `audioFile` and `name`: 201. Its `duration` is measured, not believed.
pub(super) async fn upload(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let prompts = kept(&site, &caller)?;
    let body = sent(payload).await?;
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let parts = form::parts(kind, &body).map_err(ApiError::NotSound)?;
    let part = |wanted: &str| parts.iter().find(|(name, _)| name == wanted).map(|(_, content)| *content);
    let name = part("name").ok_or_else(|| ApiError::field("name", "missing"))?;
    let name = std::str::from_utf8(name).map_err(|_| "expected UTF-8".to_owned());
    let name = name.and_then(parse::title).map_err(|why| ApiError::field("name", why))?;
    let file = part("audioFile").ok_or_else(|| ApiError::field("audioFile", "missing"))?;
    may_be(&site, &caller, &name)?;
    let sound = match decoded(file.to_vec()).await {
        Err(ApiError::BadFields(_)) => {
            return Err(ApiError::NotSound("the file is neither WAV nor MP3 that can be read, or too long"));
        }
        sound => sound?,
    };
    let new = New { kind: Kind::Uploaded, text: None, by: by(&caller), sound };
    let made = made_of(&site, &caller, prompts, &name, Language::default(), new).await?;
    Ok(HttpResponse::Created().json(AudioFile::of(&made)))
}

/// `PUT /api/audio-files/{id}` `{"name"}`: 200.
pub(super) async fn set(
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let (prompts, known) = (kept(&site, &caller)?, book(&site, &caller)?);
    let before = found(&known, &id)?;
    let mut fields = Fields::read(&request, payload).await?;
    let name = fields.required("name", parse::title).unwrap_or_default();
    // what it was shown comes back
    fields.ignore(&["id", "fileName", "duration", "size", "uploadDate", "createdAt", "updatedAt"]);
    fields.end()?;
    let act = Act::new("set_prompt", &id).with("name", name.as_str());
    let after =
        act.run(&site, &caller, async { Ok(prompts.name(&id, &name, before.language).await?) }).await?;
    Ok(HttpResponse::Ok().json(AudioFile::of(&after)))
}
