//! Figures: what queues and agents did, today from memory and in any other period from what is stored.
//!
//! | Address | |
//! |---|---|
//! | `GET /api/figures/queues`, `/api/figures/agents` | every figure of each, and of all together |
//! | `GET /api/figures/queues/{id}/{figure}`, `/api/figures/agents/{id}/{figure}` | its formula, and the calls behind it |
//! | `GET /api/figures/formulas` | every formula in words |
//!
//! What they are asked stands in `question.rs`.

mod behind;
mod question;

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use actors::view::{Table, View};
use schemars::JsonSchema;
use serde::Serialize;

pub(super) use behind::{Part, agent, queue};
pub(super) use question::Question;

use super::Site;
use super::access::Caller;
use super::error::ApiError;
use super::listing::no_parameters;
use super::theirs::Theirs;
use crate::auth::Right;
use crate::figures::{AgentDay, Book, FORMULAS, Figure, Formula, Place, Report, StateTime, Sums, VERSION};

/// Of which period and by which rules; a part of every answer.
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Asked {
    version: u32,
    zone: String,
    day_start: String,
    from_ms: i64,
    /// Until then it is counted: of a period that goes on, now.
    to_ms: i64,
    interval: crate::figures::Charge,
    threshold_ms: i64,
    short_abandon_ms: i64,
    /// `live`: from memory; `stored`: from the database.
    source: &'static str,
    as_of_ms: i64,
    /// `false`: what was stored of today before the start is not in it yet.
    whole: bool,
}

/// What a queue did.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "QueueFigures")]
pub(super) struct QueueRow {
    id: String,
    pbx: String,
    queue: String,
    /// Of those that ended.
    longest_wait_ms: i64,
    asterisk_hold_time_s: Option<i64>,
    figures: BTreeMap<&'static str, Figure>,
}

/// What an agent did.
#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "AgentFigures")]
pub(super) struct AgentRow {
    id: String,
    pbx: String,
    endpoint: String,
    name: String,
    states: Vec<StateTime>,
    unknown_ms: i64,
    figures: BTreeMap<&'static str, Figure>,
}

#[derive(JsonSchema, Serialize)]
/// Rows, and all of them together.
#[schemars(rename = "Figures_of_{Row}")]
pub(super) struct Told<Row: Serialize, Total: Serialize> {
    #[serde(flatten)]
    asked: Asked,
    rows: Vec<Row>,
    total: Total,
}

fn figures_of(sums: &Sums, has: fn(&Formula) -> bool) -> BTreeMap<&'static str, Figure> {
    FORMULAS.iter().filter(|formula| has(formula)).map(|f| (f.name, sums.figure(f))).collect()
}

/// `GET /api/figures/formulas`
pub(super) async fn formulas(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let formulas: Vec<_> = FORMULAS.iter().map(said).collect();
    Ok(HttpResponse::Ok().json(serde_json::json!({"version": VERSION, "formulas": formulas})))
}

fn said(formula: &Formula) -> serde_json::Value {
    serde_json::json!({
        "name": formula.name, "family": formula.family, "unit": formula.unit, "of_queues": formula.of_queues,
        "of_agents": formula.of_agents, "formula": formula.words.formula, "numerator": formula.words.numerator,
        "denominator": formula.words.denominator,
    })
}

/// `GET /api/figures/queues`
pub(super) async fn queues(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let question = Question::of_site(request.query_string(), &site, &caller)?;
    let theirs = Theirs::of(&caller, Right::Figures);
    let (asked, mut report) = counted(&site, &question).await?;
    for line in site.parts.board.lines(Table::Queues) {
        // a queue to which nobody came today is there, with zeros
        if let View::Queue(queue) = &*line.view {
            report.queues.entry((queue.pbx.to_string(), queue.name.to_string())).or_default();
        }
    }
    let wanted = |place: &Place| question.wants_queue(place) && theirs.queue(place);
    let total = report.of_queues(wanted);
    let wanted = report.queues.iter().filter(|(place, _)| wanted(place));
    let rows = wanted.map(|((pbx, queue), sums)| queue_row(pbx, queue, sums)).collect();
    let total = serde_json::json!({
        "longest_wait_ms": total.longest_wait_ms(), "figures": figures_of(&total, |f| f.of_queues),
    });
    Ok(HttpResponse::Ok().json(Told { asked, rows, total }))
}

fn queue_row(pbx: &str, queue: &str, sums: &Sums) -> QueueRow {
    QueueRow {
        id: format!("{pbx}~{queue}"),
        pbx: pbx.to_owned(),
        queue: queue.to_owned(),
        longest_wait_ms: sums.longest_wait_ms(),
        asterisk_hold_time_s: sums.hold_time_s(),
        figures: figures_of(sums, |f| f.of_queues),
    }
}

/// `GET /api/figures/agents`
pub(super) async fn agents(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let question = Question::of_site(request.query_string(), &site, &caller)?;
    let theirs = Theirs::of(&caller, Right::Figures);
    let (asked, report) = counted(&site, &question).await?;
    let mut total = Sums::default();
    let mut rows = Vec::new();
    for (place, day) in report.agents {
        // a phone that nothing is known of but its legs is nobody's desk
        if question.wants_agent(&place) && theirs.agent(&place) && !day.states.is_empty() {
            total.add(&day.sums);
            rows.push(agent_row(&site, place, day));
        }
    }
    let total = serde_json::json!({"figures": figures_of(&total, |f| f.of_agents)});
    Ok(HttpResponse::Ok().json(Told { asked, rows, total }))
}

fn agent_row(site: &Site, (pbx, endpoint): Place, day: AgentDay) -> AgentRow {
    let id = format!("{pbx}~{endpoint}");
    let name = site.parts.board.line(Table::Agents, &id).and_then(|line| match &*line.view {
        View::Agent(agent) => Some(agent.name.to_string()),
        _ => None,
    });
    AgentRow {
        name: name.unwrap_or_else(|| endpoint.clone()),
        id,
        pbx,
        endpoint,
        states: day.states,
        unknown_ms: day.unknown_ms,
        figures: figures_of(&day.sums, |f| f.of_agents),
    }
}

/// The figures of the period that was asked for: today's as they are kept, others from what is stored.
async fn counted(site: &Site, question: &Question) -> Result<(Asked, Report), ApiError> {
    if question.is_live {
        let live = site.parts.figures.as_ref().ok_or(ApiError::NothingKept)?;
        let today = live.today(question.now);
        let asked = question.asked("live", today.at, today.period, today.whole && today.dropped == 0);
        return Ok((asked, today.report.clone()));
    }
    let reader = site.parts.history.as_ref().ok_or(ApiError::NothingKept)?;
    let mut book = Book::new(question.period, question.rules, question.charge);
    let (period, now) = (question.until_now(), question.now);
    reader.summed(&mut book, now).await?;
    Ok((question.asked("stored", now, period, true), book.report(period.to)))
}
