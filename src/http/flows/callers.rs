//! `/api/ivr-flows/{id}/callers`: who stands where now, and by which ports they left today.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use actors::view::{Table, View};

use super::super::listing::no_parameters;
use super::{book, found};
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::error::ApiError;
use crate::http::shapes::flows::{AtNode, FlowCallers, LeftBy, NodeCallers};

/// Callers of one node that are named.
const MOST_NAMED: usize = 100;

/// Those who are in it now are on the board; those who left, in the journal.
pub(in crate::http) async fn callers(
    request: HttpRequest,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    found(&*book(&site, &caller)?, &id)?;
    let reader = site.parts.history.as_ref().ok_or(ApiError::NothingKept)?;
    let today = site.parts.figures.as_ref().map_or(0, |live| live.period().from);
    let mut nodes: BTreeMap<String, NodeCallers> = BTreeMap::new();
    for left in reader.left(&id, today).await? {
        let node = nodes.entry(left.node.clone()).or_insert_with(|| nobody(&left.node));
        node.left.push(LeftBy { port: left.port, callers: left.callers });
    }
    for line in site.parts.board.lines(Table::Calls) {
        let View::Call(call) = &*line.view else { continue };
        for walk in call.flows.iter().filter(|walk| walk.flow == id.as_str()) {
            let Some(now) = walk.now() else { continue };
            let node = nodes.entry(now.node.to_string()).or_insert_with(|| nobody(&now.node));
            node.now += 1;
            node.callers.push(AtNode { call: call.id.to_string(), since_ms: now.at_ms.millis() });
        }
    }
    let mut nodes: Vec<_> = nodes.into_values().collect();
    for node in &mut nodes {
        node.callers.sort_by_key(|at| at.since_ms);
        node.callers.truncate(MOST_NAMED);
    }
    let shown =
        FlowCallers { id: id.into_inner(), since_ms: today / 1000, behind: reader.is_behind(), nodes };
    Ok(HttpResponse::Ok().json(shown))
}

fn nobody(node: &str) -> NodeCallers {
    NodeCallers { node: node.to_owned(), now: 0, callers: Vec::new(), left: Vec::new() }
}
