//! `GET /api/verbs?channel=...` or `?agent=...`: which verbs may be done now, why not, and how long the answer
//! may take (`waits_ms`), whether one who listens must say why (`reason`).
//!
//! The one thing that a reader asks an actor for: what may be done is decided by whoever would do it, so
//! that a button is never enabled by another rule than the one that refuses.

use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, web};
use actors::command::{ChannelName, Verb, Whom};
use actors::keys::PbxName;
use actors::view::{FlowView, Table, View};
use serde_json::{Value, json};

use super::Site;
use super::orders;
use super::reach::{self, Reaches};
use crate::auth::Right;
use crate::http::access::Caller;
use crate::http::error::ApiError;

/// Nodes of the flow that a channel walks, as it is published now: `[{"id", "name"}]`.
fn nodes(site: &Site, pbx: Option<&PbxName>, channel: &ChannelName) -> Value {
    let lines = site.parts.board.lines(Table::Calls);
    let flow = lines.iter().find_map(|line| match &*line.view {
        View::Call(call) if pbx.is_none_or(|pbx| pbx.0 == call.pbx) => {
            let leg =
                call.legs.iter().find(|leg| leg.ended_ms.is_none() && leg.channel == channel.as_str())?;
            let walks = |walk: &&FlowView| walk.uniqueid == leg.uniqueid && walk.now().is_some();
            call.flows.iter().rev().find(walks).map(|walk| walk.flow.clone())
        }
        _ => None,
    });
    let book = site.parts.flows.as_ref().and_then(|flows| flows.now());
    let walkable = flow.zip(book).and_then(|(id, book)| book.flows.get(id.as_str())?.walkable().cloned());
    let nodes = walkable.iter().flat_map(|flow| flow.nodes());
    nodes.map(|node| json!({"id": node.id, "name": node.name})).collect()
}

/// 200 `[{"verb", "path", "ok", "waits_ms", "error"?, "message"?, "nodes"?}]`, of one PBX.
pub(in crate::http) async fn which(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let query = web::Query::<Vec<(String, String)>>::from_query(request.query_string())
        .map_err(|_| ApiError::field("query", "expected channel or agent"))?;
    let (mut pbx, mut channel, mut agent) = (None, None, None);
    for (name, value) in query.into_inner() {
        let wrong = |reason: String| ApiError::field(name.clone(), reason);
        match name.as_str() {
            "pbx" if pbx.is_none() => pbx = Some(orders::pbx(&value).map_err(wrong)?),
            "channel" if channel.is_none() => channel = Some(orders::channel(&value).map_err(wrong)?),
            "agent" if agent.is_none() => agent = Some(orders::agent(&value).map_err(wrong)?),
            _ => return Err(wrong("unknown, or given twice".into())),
        }
    }
    let (whom, missing) = match (channel, agent) {
        (Some(channel), None) => {
            (Whom::Channel(channel.ok_or(ApiError::NoSuchChannel)?), ApiError::NoSuchChannel)
        }
        (None, Some((of, endpoint))) => {
            pbx = of.or(pbx);
            (Whom::Agent(endpoint), ApiError::NoSuchAgent)
        }
        _ => return Err(ApiError::field("channel", "expected either channel or agent")),
    };
    // what he does not see is not there for him
    let Reaches::Yes(pbx) = reach::reaches(&site, &caller, Right::See, &whom, pbx) else {
        return Err(missing);
    };
    let mut answers = site.parts.commands.which(pbx.clone(), whom.clone()).await;
    let Some((_, verbs)) = answers.pop() else { return Err(missing) };
    if !answers.is_empty() {
        return Err(actors::command::Refusal::Ambiguous.into());
    }
    let rows: Vec<Value> = verbs
        .into_iter()
        .map(|(verb, refusal)| {
            let group = orders::Group::ALL.into_iter().find(|group| group.has(verb));
            let path = group.map(|group| format!("/api/{}/{}", group.slug(), verb.slug()));
            let right = reach::right_of(verb);
            let may = matches!(reach::reaches(&site, &caller, right, &whom, pbx.clone()), Reaches::Yes(_));
            let refusal = if may { refusal.map(ApiError::from) } else { Some(ApiError::NoRight(right)) };
            let mut row = json!({
                "verb": verb.slug(), "path": path, "ok": refusal.is_none(),
                "waits_ms": super::deadline(&site, verb).as_millis(),
            });
            if let (true, Whom::Channel(channel)) = (super::heard::listens(verb), &whom) {
                let rule = super::heard::rule(&site, &caller, pbx.as_ref(), channel);
                row["reason"] = json!(if rule.reason { "required" } else { "optional" });
            }
            if let (Verb::ToNode, None, Whom::Channel(channel)) = (verb, &refusal, &whom) {
                row["nodes"] = nodes(&site, pbx.as_ref(), channel);
            }
            if let Some(why) = refusal {
                row["error"] = json!(why.slug());
                row["message"] = json!(why.to_string());
            }
            row
        })
        .collect();
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(Value::Array(rows).to_string()))
}
