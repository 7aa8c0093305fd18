//! What is shown: the whole board, and one table with filter, sort and pages.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, ETag, EntityTag, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, web};
use actors::board::Board;
use actors::view::{Table, View};
use bytes::Bytes;

use super::Site;
use super::access::Caller;
use super::body::Sliced;
use super::error::ApiError;
use super::listing;
use crate::auth::Right;

/// `GET /api/board`: everything, from the rows' own bytes. The tag is the run and the sequence
/// number; `now_ms` alone does not make it another.
pub(super) async fn whole(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
    known: Option<web::Header<IfNoneMatch>>,
) -> Result<HttpResponse, ApiError> {
    listing::no_parameters(request.query_string())?;
    let board = &of(&site, &caller)?;
    let tag = |seq: u64| EntityTag::new_weak(format!("{}-{seq}", board.run()));
    let now = tag(board.seq());
    if known.is_some_and(|known| is_known(&known, &now)) {
        return Ok(HttpResponse::build(StatusCode::NOT_MODIFIED).insert_header(ETag(now)).finish());
    }
    let snapshot = board.snapshot();
    let parts = vec![Bytes::from(snapshot.head(false)), snapshot.tables.clone().into_bytes()];
    Ok(HttpResponse::Ok()
        .content_type(ContentType::json())
        .insert_header(ETag(tag(snapshot.seq)))
        .body(Sliced(parts)))
}

/// Whether the client has that one already.
pub(super) fn is_known(known: &IfNoneMatch, tag: &EntityTag) -> bool {
    match known {
        IfNoneMatch::Any => true,
        IfNoneMatch::Items(tags) => tags.iter().any(|known| known.weak_eq(tag)),
    }
}

/// `GET /api/board/{table}`: a JSON array of rows; in headers its totals, and which PBXs it knows nothing of.
pub(super) async fn table(
    request: HttpRequest,
    name: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let table =
        Table::ALL.into_iter().find(|table| table.name() == name.as_str()).ok_or(ApiError::NotFound)?;
    let board = &of(&site, &caller)?;
    let page = listing::page(table, request.query_string(), || (board.seq(), board.lines(table)))?;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::json())
        .insert_header(("X-Total-Count", page.total))
        .insert_header(("X-Page", page.page))
        .insert_header(("X-Limit", page.limit))
        .insert_header(("X-Has-Next", page.has_next.to_string()))
        .insert_header(("X-Run", board.run().as_str()))
        .insert_header(("X-Seq", page.seq))
        .insert_header(("X-Unknown-Pbxs", unknown_pbxs(board)))
        .insert_header((
            "Access-Control-Expose-Headers",
            "X-Total-Count, X-Page, X-Limit, X-Has-Next, X-Run, X-Seq, X-Unknown-Pbxs",
        ))
        .body(Sliced(vec![page.rows])))
}

/// The board as the caller sees it.
fn of(site: &Site, caller: &Caller) -> Result<Arc<Board>, ApiError> {
    let reach = caller.who().reach(Right::See).cloned().unwrap_or_default();
    let board =
        site.boards.of(&reach).map_err(|_| ApiError::Busy("too many different boards are shown already"))?;
    Ok(board.1)
}

/// PBXs of which nothing is known yet, so that a table without their rows is not taken for an empty one.
fn unknown_pbxs(board: &Board) -> String {
    let lines = board.lines(Table::Pbxs);
    let mut names: Vec<&str> = lines
        .iter()
        .filter_map(|line| match &*line.view {
            View::Pbx(pbx) if pbx.known_since_ms.is_none() => Some(pbx.id.as_str()),
            _ => None,
        })
        .collect();
    names.sort_unstable();
    names.join(", ")
}
