//! A figure's formula in words, its two sides, and the calls behind them (L37).

use actix_web::{HttpRequest, HttpResponse, web};
use actors::view::QueueOutcome;
use schemars::JsonSchema;
use serde::Serialize;

use super::question::Question;
use super::said;
use crate::auth::Right;
use crate::figures::{Contacts, Formula, Happened, Rules, Share, Stays, Sums, Unit, formula};
use crate::history::Scope;
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::error::ApiError;
use crate::http::theirs::Theirs;

/// Whose figure.
#[derive(Clone, Copy)]
enum Of {
    Queue,
    Agent,
}

/// One of those that the figure is made of.
#[derive(Debug, JsonSchema, Serialize)]
pub(in crate::http) struct Part {
    /// `stay`: a caller's stay in the queue; `leg`: an agent's leg; `wrap_up`.
    kind: &'static str,
    /// Id of the call, as it was called then.
    call: Option<String>,
    queue: Option<String>,
    agent: Option<String>,
    /// The caller came.
    arrived_ms: i64,
    ended_ms: i64,
    /// How long the caller waited; `null` where that is not known.
    waited_ms: Option<i64>,
    outcome: Option<QueueOutcome>,
    /// What it adds above the line, in the figure's unit.
    numerator: i64,
    /// What it adds below.
    denominator: i64,
}

/// `GET /api/figures/queues/{pbx~queue}/{figure}`
pub(in crate::http) async fn queue(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let (id, figure) = path.into_inner();
    answer(&request, Of::Queue, &id, &figure, &caller, &site).await
}

/// `GET /api/figures/agents/{pbx~endpoint}/{figure}`: the slash of the endpoint is written `%2F`.
pub(in crate::http) async fn agent(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let (id, figure) = path.into_inner();
    answer(&request, Of::Agent, &id, &figure, &caller, &site).await
}

async fn answer(
    request: &HttpRequest,
    of: Of,
    id: &str,
    figure: &str,
    caller: &Caller,
    site: &Site,
) -> Result<HttpResponse, ApiError> {
    let found = formula(figure).filter(|formula| match of {
        Of::Queue => formula.of_queues,
        Of::Agent => formula.of_agents,
    });
    let (Some(formula), Some((pbx, name))) = (found, id.split_once('~')) else {
        return Err(ApiError::NotFound);
    };
    if id.contains('\0') {
        return Err(ApiError::NotFound);
    }
    let theirs = Theirs::of(caller, Right::Figures);
    match of {
        Of::Queue => theirs.only_queue(pbx, name),
        Of::Agent => theirs.only_agent(pbx, name),
    }?;
    let question = Question::of_site(request.query_string(), site, caller)?;
    let reader = site.parts.history.as_ref().ok_or(ApiError::NothingKept)?;
    site.throttle.rows(caller, question.limit)?;
    let scope = match of {
        Of::Queue => Scope { pbx: Some(pbx), queue: Some(name), endpoint: None },
        Of::Agent => Scope { pbx: Some(pbx), queue: None, endpoint: Some(name) },
    };
    let mut list = List::new(formula, &question);
    let mut book = crate::figures::Book::new(question.period, question.rules, question.charge);
    reader
        .behind(question.period, question.charge, scope, |happened| {
            book.take(&happened);
            list.take(&happened);
        })
        .await?;
    let until = question.until_now();
    if formula.is_of_time() {
        // whose time it is stands in intervals, not in calls
        let whose = Scope { queue: None, ..scope };
        reader.states(question.period, question.now, whose, |happened| book.take(happened)).await?;
    }
    let report = book.report(until.to);
    let place = (pbx.to_owned(), name.to_owned());
    let sums = match of {
        Of::Queue => report.queues.get(&place).cloned(),
        Of::Agent => report.agents.get(&place).map(|day| day.sums.clone()),
    };
    let value = sums.unwrap_or_else(Sums::default).figure(formula);
    Ok(HttpResponse::Ok().json(serde_json::json!({
        "id": id, "definition": said(formula), "figure": value, "asked": question.asked("stored", question.now, until, true),
        "calls": list.parts, "total": list.total, "page": question.page, "limit": question.limit,
        "has_next": list.total > question.page.saturating_mul(question.limit),
    })))
}

/// One page of them.
struct List<'a> {
    formula: &'a Formula,
    rules: Rules,
    skip: usize,
    limit: usize,
    total: usize,
    parts: Vec<Part>,
}

impl<'a> List<'a> {
    fn new(formula: &'a Formula, question: &Question) -> Self {
        let skip = (question.page - 1).saturating_mul(question.limit);
        Self { formula, rules: question.rules, skip, limit: question.limit, total: 0, parts: Vec::new() }
    }

    fn take(&mut self, happened: &Happened) {
        let (share, part): (Share, fn(&Happened) -> Option<Part>) = match happened {
            Happened::Stay(stay) => ((self.formula.stays)(&Stays::one(stay), &self.rules), part),
            Happened::Contact(contact) => {
                ((self.formula.contacts)(&Contacts::one(contact), &self.rules), part)
            }
            Happened::WrapUp(w) => ((self.formula.wrap_up)((w.until - w.since).max(0)), part),
            _ => return,
        };
        if share == (0, 0) {
            return;
        }
        self.total += 1;
        if self.total > self.skip && self.parts.len() < self.limit {
            let in_ms = matches!(self.formula.unit, Unit::Ms | Unit::TotalMs);
            let numerator = if in_ms { share.0 / 1000 } else { share.0 };
            let part = part(happened);
            self.parts.extend(part.map(|part| Part { numerator, denominator: share.1, ..part }));
        }
    }
}

fn part(happened: &Happened) -> Option<Part> {
    Some(match happened {
        Happened::Stay(s) => Part {
            kind: "stay",
            call: Some(format!("{}~{}~{}", s.pbx, s.epoch, s.linkedid)),
            queue: Some(s.queue.clone()),
            agent: s.agent.clone(),
            arrived_ms: s.joined / 1000,
            ended_ms: s.left / 1000,
            waited_ms: s.waited().map(|us| us / 1000),
            outcome: Some(s.outcome),
            numerator: 0,
            denominator: 0,
        },
        Happened::Contact(c) => Part {
            kind: "leg",
            call: Some(format!("{}~{}~{}", c.pbx, c.epoch, c.linkedid)),
            queue: c.queue.clone(),
            agent: Some(c.endpoint.clone()),
            arrived_ms: c.arrived / 1000,
            ended_ms: c.ended / 1000,
            waited_ms: c
                .answered
                .filter(|_| !c.met && c.queue.is_some())
                .map(|at| (at - c.arrived).max(0) / 1000),
            outcome: None,
            numerator: 0,
            denominator: 0,
        },
        Happened::WrapUp(w) => Part {
            kind: "wrap_up",
            call: None,
            queue: Some(w.queue.clone()),
            agent: Some(w.endpoint.clone()),
            arrived_ms: w.arrived / 1000,
            ended_ms: w.until / 1000,
            waited_ms: None,
            outcome: None,
            numerator: 0,
            denominator: 0,
        },
        _ => return None,
    })
}
