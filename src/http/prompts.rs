//! What callers hear, over REST. Who has the right `flows` everywhere sees and changes all of it.
//!
//! A file is sent as the body, bare: it has no name that could be taken for a path, and what it is is read from it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{self, ByteRangeSpec, ContentEncoding, Header, Range};
use actix_web::{HttpRequest, HttpResponse, web};
use tokio::sync::Semaphore;

use super::Site;
use super::access::Caller;
use super::acts::Act;
use super::body::Fields;
use super::error::ApiError;
use super::flows::drawing::new_id;
use super::listing::{no_parameters, parameters, shown};
use super::messages;
use super::people::parse;
use super::shapes::prompts::PromptsShown;
use crate::auth::Right;
use crate::prompts::{
    Denied, Kind, Language, MOST_BYTES, MOST_LETTERS, New, Prompt, PromptBook, Prompts, Sound, Use,
};

/// How long a file may take to come.
const SENT_WITHIN: Duration = Duration::from_secs(60);
/// How long one waits for another's file to be read.
const READ_WITHIN: Duration = Duration::from_secs(20);
/// Files that are decoded at once: the floor comes first.
static DECODING: Semaphore = Semaphore::const_new(1);

/// `GET /api/prompts`: all, by name, and whether there is a voice.
pub(super) async fn list(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let prompts = kept(&site, &caller)?;
    let book = prompts.now().ok_or(ApiError::DatabaseAway)?;
    let mut all: Vec<&Prompt> = book.prompts.values().map(|prompt| &**prompt).collect();
    all.sort_by_key(|prompt| (prompt.name.to_lowercase(), &prompt.id));
    Ok(HttpResponse::Ok().json(PromptsShown { voice: prompts.has_voice(), prompts: all }))
}

/// `GET /api/prompts/{id}`.
pub(super) async fn one(
    request: HttpRequest,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let known = book(&site, &caller)?;
    let prompt: &Prompt = found(&known, &id)?;
    Ok(HttpResponse::Ok().json(prompt))
}

/// `POST /api/prompts?name=&language=` with a file: 201 with the prompt.
pub(super) async fn upload(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let prompts = kept(&site, &caller)?;
    let (name, language) = named(request.query_string())?;
    may_be(&site, &caller, &name)?;
    let new = New { kind: Kind::Uploaded, text: None, by: by(&caller), sound: sound(payload).await? };
    made(&site, &caller, prompts, &name, language, new).await
}

/// `POST /api/prompts/spoken` `{"name", "language"?, "text"}`: 201 with the prompt.
pub(super) async fn speak(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let prompts = kept(&site, &caller)?;
    let mut fields = Fields::read(&request, payload).await?;
    let name = fields.required("name", parse::title);
    let language = fields.text("language", language).unwrap_or_default();
    let text = fields.required("text", sentence);
    fields.end()?;
    let (name, text) = (name.unwrap_or_default(), text.unwrap_or_default());
    may_be(&site, &caller, &name)?;
    if !prompts.has_voice() {
        return Err(ApiError::Conflict("no_voice", "no voice is installed here: see VIGIE_VOICE"));
    }
    let spoken = prompts.speak(&text, language).await;
    let sound = spoken.map_err(|why| ApiError::field("text", why))?;
    let new = New { kind: Kind::Spoken, text: Some(text), by: by(&caller), sound };
    made(&site, &caller, prompts, &name, language, new).await
}

/// `POST /api/prompts/recorded` `{"name", "language"?, "message"}`: 201 with the prompt, which says what was said in that
/// message.
pub(super) async fn recorded(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let prompts = kept(&site, &caller)?;
    let mut fields = Fields::read(&request, payload).await?;
    let name = fields.required("name", parse::title).unwrap_or_default();
    let language = fields.text("language", language).unwrap_or_default();
    let message = fields.required("message", parse::id).unwrap_or_default();
    fields.end()?;
    may_be(&site, &caller, &name)?;
    let Some(sound) = messages::sound_of(&site, &caller, &message).await? else {
        return Err(ApiError::field("message", "names something that does not exist"));
    };
    let new = New { kind: Kind::Recorded, text: None, by: by(&caller), sound: decoded(sound).await? };
    made(&site, &caller, prompts, &name, language, new).await
}

/// `PUT /api/prompts/{id}` `{"name"?, "language"?}`: 200 with the prompt.
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
    let name = fields.text("name", parse::title).unwrap_or_else(|| before.name.clone());
    let language = fields.text("language", language).unwrap_or(before.language);
    fields.end()?;
    let act = Act::new("set_prompt", &id).with("name", name.as_str());
    let after = act.run(&site, &caller, async { Ok(prompts.name(&id, &name, language).await?) }).await?;
    Ok(HttpResponse::Ok().json(&*after))
}

/// `PUT /api/prompts/{id}/sound` with a file: 200 with the prompt. Who hears the one before hears it to its end.
pub(super) async fn replace(
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let (prompts, known) = (kept(&site, &caller)?, book(&site, &caller)?);
    let before = found(&known, &id)?;
    let new = New { kind: Kind::Uploaded, text: None, by: by(&caller), sound: sound(payload).await? };
    let act = Act::new("replace_prompt", &id).with("name", before.name.as_str()).with("ms", new.sound.ms());
    let after = act.run(&site, &caller, async { Ok(prompts.replace(&id, new).await?) }).await?;
    Ok(HttpResponse::Ok().json(&*after))
}

/// `DELETE /api/prompts/{id}`: 204; 409 with the flows that name it.
pub(super) async fn remove(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let (prompts, known) = (kept(&site, &caller)?, book(&site, &caller)?);
    let act = Act::new("remove_prompt", &id).with("name", found(&known, &id)?.name.as_str());
    act.run(&site, &caller, async { Ok(prompts.remove(&id).await?) }).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `GET /api/prompts/{id}/uses`: the flows that name it.
pub(super) async fn uses(
    request: HttpRequest,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let (prompts, known) = (kept(&site, &caller)?, book(&site, &caller)?);
    Ok(HttpResponse::Ok().json(prompts.uses(found(&known, &id)?).await?))
}

/// `GET /api/prompts/{id}/sound`: a WAV, or the part that `Range` names.
pub(super) async fn hear(
    request: HttpRequest,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let (prompts, known) = (kept(&site, &caller)?, book(&site, &caller)?);
    let bytes = prompts.sound(found(&known, &id)?).await?.ok_or(ApiError::NotFound)?;
    Ok(wav(&request, bytes))
}

/// Sound, or the one part of it that is asked for.
pub(super) fn wav(request: &HttpRequest, bytes: Vec<u8>) -> HttpResponse {
    let all = bytes.len() as u64;
    let asked = match Range::parse(request) {
        Ok(Range::Bytes(parts)) if request.headers().contains_key(header::RANGE) => parts,
        _ => Vec::new(),
    };
    let mut answer = HttpResponse::Ok();
    answer
        .content_type("audio/wav")
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // parts of it are counted in its own bytes
        .insert_header(ContentEncoding::Identity);
    match asked[..] {
        [ref part] => match ByteRangeSpec::to_satisfiable_range(part, all) {
            Some((from, to)) => {
                answer.status(actix_web::http::StatusCode::PARTIAL_CONTENT);
                answer.insert_header((header::CONTENT_RANGE, format!("bytes {from}-{to}/{all}")));
                #[expect(clippy::cast_possible_truncation, reason = "within its length")]
                let (from, to) = (from as usize, to as usize);
                answer.body(web::Bytes::from(bytes).slice(from..=to))
            }
            None => {
                answer.status(actix_web::http::StatusCode::RANGE_NOT_SATISFIABLE);
                answer.insert_header((header::CONTENT_RANGE, format!("bytes */{all}")));
                answer.finish()
            }
        },
        _ => answer.body(bytes),
    }
}

/// Whether he may, and where prompts are kept.
pub(super) fn kept<'a>(site: &'a Site, caller: &Caller) -> Result<&'a Arc<Prompts>, ApiError> {
    if !caller.who().reach(Right::Flows).is_some_and(|reach| reach.all) {
        return Err(ApiError::NoRight(Right::Flows));
    }
    site.parts.prompts.as_ref().ok_or(ApiError::NothingKept)
}

pub(super) fn book(site: &Site, caller: &Caller) -> Result<Arc<PromptBook>, ApiError> {
    kept(site, caller)?.now().ok_or(ApiError::DatabaseAway)
}

pub(super) fn found<'a>(book: &'a PromptBook, id: &str) -> Result<&'a Arc<Prompt>, ApiError> {
    book.prompts.get(id).ok_or(ApiError::NotFound)
}

/// Before a file is read for nothing.
pub(super) fn may_be(site: &Site, caller: &Caller, name: &str) -> Result<(), ApiError> {
    if book(site, caller)?.named(name).is_some() { Err(ApiError::Taken("name")) } else { Ok(()) }
}

pub(super) fn by(caller: &Caller) -> String {
    caller.who().id().to_owned()
}

async fn made(
    site: &Site,
    caller: &Caller,
    prompts: &Prompts,
    name: &str,
    language: Language,
    new: New,
) -> Result<HttpResponse, ApiError> {
    let made = made_of(site, caller, prompts, name, language, new).await?;
    Ok(HttpResponse::Created().json(&*made))
}

/// The same, for who answers otherwise.
pub(super) async fn made_of(
    site: &Site,
    caller: &Caller,
    prompts: &Prompts,
    name: &str,
    language: Language,
    new: New,
) -> Result<Arc<Prompt>, ApiError> {
    let id = new_id("prompt")?;
    let act = Act::new("add_prompt", &id).with("name", name).with("kind", new.kind.word());
    let act = act.with("ms", new.sound.ms());
    act.run(site, caller, async { Ok(prompts.add(&id, name, language, new).await?) }).await
}

/// Name and language, from the query.
fn named(query: &str) -> Result<(String, Language), ApiError> {
    let (mut name, mut spoken, mut bad) = (None, None, BTreeMap::new());
    for (key, value) in parameters(query)? {
        let told = match key.as_str() {
            "name" if name.is_none() => parse::title(&value).map(|value| name = Some(value)),
            "language" if spoken.is_none() => language(&value).map(|value| spoken = Some(value)),
            "name" | "language" => Err("given twice".to_owned()),
            _ => Err("unknown parameter".to_owned()),
        };
        if let Err(why) = told {
            bad.insert(shown(&key), why);
        }
    }
    match name {
        Some(name) if bad.is_empty() => Ok((name, spoken.unwrap_or_default())),
        _ => {
            bad.entry("name".to_owned()).or_insert_with(|| "missing".to_owned());
            Err(ApiError::BadFields(bad))
        }
    }
}

pub(super) fn language(text: &str) -> Result<Language, String> {
    let known = [Language::French, Language::English].into_iter().find(|known| known.word() == text);
    known.ok_or_else(|| "expected fr or en".to_owned())
}

fn sentence(text: &str) -> Result<String, String> {
    let sound = text.chars().count() <= MOST_LETTERS
        && !text.trim().is_empty()
        && !text.chars().any(char::is_control);
    let expected = || format!("expected 1 to {MOST_LETTERS} letters on one line");
    if sound { Ok(text.trim().to_owned()) } else { Err(expected()) }
}

/// The file that is sent, as Asterisk plays it.
async fn sound(payload: web::Payload) -> Result<Sound, ApiError> {
    decoded(sent(payload).await?).await
}

/// What is sent, whole.
pub(super) async fn sent(payload: web::Payload) -> Result<Vec<u8>, ApiError> {
    match tokio::time::timeout(SENT_WITHIN, payload.to_bytes_limited(MOST_BYTES)).await {
        Err(_) => Err(ApiError::TooSlow),
        Ok(Err(_)) => Err(ApiError::TooLarge(MOST_BYTES)),
        Ok(Ok(Err(problem))) => Err(ApiError::field("body", problem.to_string())),
        Ok(Ok(Ok(bytes))) => Ok(bytes.to_vec()),
    }
}

/// It as Asterisk plays it.
pub(super) async fn decoded(bytes: Vec<u8>) -> Result<Sound, ApiError> {
    let busy = || ApiError::Busy("another file is being read; try again soon");
    let turn = tokio::time::timeout(READ_WITHIN, DECODING.acquire()).await;
    let _turn = turn.ok().and_then(Result::ok).ok_or_else(busy)?;
    let decoded = web::block(move || Sound::decode(bytes)).await.map_err(|_| busy())?;
    decoded.map_err(|why| ApiError::field("body", why.words()))
}

/// Which flows, with whether their draft or what callers walk names it.
pub(super) fn by_flow(uses: &[Use]) -> BTreeMap<String, String> {
    let one = |of: &Use| {
        let places = match (of.draft, of.published) {
            (true, true) => "draft and published",
            (_, true) => "published",
            (_, false) => "draft",
        };
        (of.id.clone(), format!("{}: {places}", of.name))
    };
    uses.iter().map(one).collect()
}

impl From<Denied> for ApiError {
    fn from(why: Denied) -> Self {
        match why {
            Denied::Taken => Self::Taken("name"),
            Denied::TooMany => {
                Self::Conflict("too_many_prompts", "there are 500 prompts already: take one away first")
            }
            Denied::Gone => Self::NotFound,
            Denied::Used(uses) => Self::PromptUsed(uses),
            Denied::Unknowable => Self::OutcomeUnknown,
            Denied::Unavailable(why) => why.into(),
        }
    }
}
