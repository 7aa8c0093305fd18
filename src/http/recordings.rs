//! Recordings of a past call: which there are, and one of them, to be played.

use actix_files::NamedFile;
use actix_web::http::header::ContentEncoding;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::Site;
use super::access::Caller;
use super::acts::Act;
use super::error::ApiError;
use super::history::{parts, reader, within};
use super::listing::no_parameters;
use crate::auth::Right;
use crate::recordings::{Found, Of};

/// What of a record is needed here.
#[derive(Deserialize)]
struct Record {
    started: f64,
    ended: Option<f64>,
    legs: Vec<Leg>,
}

#[derive(Deserialize)]
struct Leg {
    uniqueid: String,
}

/// `GET /api/history/calls/{id}/recordings`: `{"reachable", "complete", "recordings": [{"n", "name", "type", "bytes"}]}`.
pub(super) async fn list(
    request: HttpRequest,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let (_, found) = found(&site, &caller, &id).await?;
    Ok(HttpResponse::Ok().json(found))
}

/// `GET /api/history/calls/{id}/recordings/{n}`: its sound, or the part that `Range` names.
pub(super) async fn hear(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let (id, n) = path.into_inner();
    let n: usize = n.parse().map_err(|_| ApiError::NotFound)?;
    let (of, found) = found(&site, &caller, &id).await?;
    let recording = found.recordings.into_iter().find(|one| one.n == n).ok_or(ApiError::NotFound)?;
    let act = Act::new("hear_recording", &id).with("n", n).with("file", recording.name.as_str());
    let opened = act
        .run(&site, &caller, async {
            let (recordings, wanted) = (site.parts.recordings.clone(), recording.clone());
            let opened = web::block(move || recordings.open(&of.pbx, &wanted)).await;
            opened.map_err(|_| ApiError::Busy("too many files are being read"))?.map_err(|problem| {
                log::warn!("recording {}: {problem}", recording.name);
                ApiError::NotFound
            })
        })
        .await?;
    let failed = |problem: std::io::Error| ApiError::Internal(problem.to_string());
    let mut file = NamedFile::from_file(opened, &recording.name).map_err(failed)?;
    if let Ok(kind) = recording.kind.parse() {
        file = file.set_content_type(kind);
    }
    // parts of it are counted in its own bytes
    Ok(file.set_content_encoding(ContentEncoding::Identity).into_response(&request))
}

/// The recordings of a call whose recordings he may hear.
async fn found(site: &web::Data<Site>, caller: &Caller, id: &str) -> Result<(Of, Found), ApiError> {
    let (pbx, epoch, linkedid) = parts(id)?;
    let theirs = within(caller, Right::Recordings);
    let record = reader(site)?.call(pbx, epoch, linkedid, theirs.as_ref()).await?;
    let record = record.ok_or(ApiError::NotFound)?;
    let record: Record = serde_json::from_str(&record).map_err(|e| ApiError::Internal(e.to_string()))?;
    let of = Of {
        pbx: pbx.to_owned(),
        uniqueids: record.legs.into_iter().map(|leg| leg.uniqueid).collect(),
        started: record.started,
        ended: record.ended.unwrap_or(record.started),
    };
    let (recordings, asked) = (site.parts.recordings.clone(), of.clone());
    let found = web::block(move || recordings.find(&asked)).await;
    Ok((of, found.map_err(|_| ApiError::Busy("too many files are being read"))?))
}
