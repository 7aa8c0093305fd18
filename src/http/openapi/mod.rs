//! The description of the API, made from the table of rules: `GET /api/openapi.json`, and `GET /api/docs` for people.
//!
//! ```text
//! routes.rs: method, path, right, limit, shape ─▶ document.rs ─▶ openapi.json ─▶ static/docs, the tests' matrix
//!                    types that handlers write ─▶ schemars ──┘
//! ```
//!
//! A row of the table has no meaning without its shape (`shape.rs`; the shapes themselves stand in `http/shapes`). What
//! every address with such a rule can answer is added here (`refusals.rs`).

mod document;
mod refusals;
mod shape;
mod socket;

use std::sync::LazyLock;

use actix_web::http::header::{ContentType, IfNoneMatch};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;

use super::error::ApiError;
use super::files;
use super::listing::no_parameters;

pub(super) use shape::{Answer, Parameter, SchemaOf, Shape, Values, Variant, schema_of};

static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| document::document().to_string().into());

/// `GET /api/openapi.json`
pub(super) async fn json(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(DOCUMENT.clone()))
}

/// `GET /api/docs`: the page that shows it. What it shows it asks for itself, as whoever is logged in.
pub(super) async fn page(wanted: Option<web::Header<IfNoneMatch>>) -> Result<HttpResponse, ApiError> {
    files::named("docs/index.html", wanted)
}
