//! `GET /api/exports/{calls,stays,legs,states,activities}.csv`: rows of a period, in pieces.
//!
//! Asked as figures are (`from`, `to`, `zone`, `day_start`, `pbx`, `queue`, `endpoint`); `X-Total-Rows` says how many
//! will come, so that who counts lines knows how far it is. Closing the connection stops it. `bom=true` puts the mark
//! in front by which some spreadsheets know UTF-8.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;

use super::Site;
use super::access::Caller;
use super::acts::Act;
use super::error::ApiError;
use super::figures::Question;
use super::history::within;
use crate::auth::Right;
use crate::history::{Export, Kind, MOST_ROWS, Refused, Wanted};

pub(super) async fn export(
    request: HttpRequest,
    name: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let kind = name.strip_suffix(".csv").and_then(Kind::parse).ok_or(ApiError::NotFound)?;
    let question = Question::read(request.query_string(), &site)?;
    let reader = site.parts.history.as_ref().ok_or(ApiError::NothingKept)?;
    site.throttle.export(&caller)?;
    let wanted = Wanted {
        kind,
        period: question.period,
        calendar: question.calendar.clone(),
        pbx: question.pbx.clone(),
        queue: question.queue.clone(),
        endpoint: question.endpoint.clone(),
        within: within(&caller, Right::Export),
    };
    let act = Act::new("export", &name).with("from_ms", question.period.from / 1000);
    let act = act.with("to_ms", question.period.to / 1000);
    let begun = async { reader.export(wanted).await.map_err(told) };
    let export = act.run(&site, &caller, begun).await?;
    log::info!("export: {} rows of {name}", export.rows);
    let day = question.calendar.day_at(question.period.from).map(|day| day.to_string()).unwrap_or_default();
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8; header=present")
        .insert_header(("X-Total-Rows", export.rows.to_string()))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"vigie-{day}-{name}\"")))
        .body(Pieces { export, mark: question.bom }))
}

fn told(refused: Refused) -> ApiError {
    match refused {
        Refused::Unavailable(why) => why.into(),
        Refused::TooMany(rows) => ApiError::field(
            "from",
            format!("expected a period of at most {MOST_ROWS} rows; this one has {rows}"),
        ),
    }
}

/// The body of an export.
struct Pieces {
    export: Export,
    /// The mark of UTF-8 is still to come.
    mark: bool,
}

impl MessageBody for Pieces {
    type Error = std::io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<std::io::Result<Bytes>>> {
        if std::mem::take(&mut self.mark) {
            return Poll::Ready(Some(Ok(Bytes::from_static("\u{feff}".as_bytes()))));
        }
        self.export.pieces.poll_recv(cx).map(|piece| {
            piece.map(|piece| {
                // cut short, so that nobody takes a part for the whole
                piece.map_err(|why| {
                    log::warn!("export: {why}");
                    std::io::Error::other("the export was cut short")
                })
            })
        })
    }
}
