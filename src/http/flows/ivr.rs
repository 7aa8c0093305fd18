//! `/api/ivr-flows`: what is drawn.

use actix_web::{HttpRequest, HttpResponse, web};
use actors::ivr::Gravity;
use serde_json::Value;

use super::super::acts::Act;
use super::super::listing::no_parameters;
use super::drawing::{Wanted, new_id, read};
use super::{BODY, book, by, change, flows, found};
use crate::flows::{FlowBook, FlowChange, MOST_FLOWS, Publish, StoredFlow, Write, judge};
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::shapes::flows::FlowShown;

/// As front ends know it, with how it stands.
pub(super) fn shown(flow: &StoredFlow) -> FlowShown<'_> {
    let part = |name: &str| flow.draft.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    FlowShown {
        id: &flow.id,
        name: &flow.name,
        nodes: part("nodes"),
        connections: part("connections"),
        created_at: &flow.created_at,
        updated_at: &flow.updated_at,
        published: flow.published,
        changed: flow.changed,
        is_default: flow.is_default,
        faults: &flow.faults,
    }
}

/// `GET /api/ivr-flows`: all, by name.
pub(in crate::http) async fn list(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let book = book(&site, &caller)?;
    let mut all: Vec<_> = book.flows.values().map(|flow| shown(flow)).collect();
    all.sort_by_key(|flow| (flow.name.to_lowercase(), flow.id));
    Ok(HttpResponse::Ok().json(all))
}

/// `GET /api/ivr-flows/{id}`.
pub(in crate::http) async fn one(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(shown(found(&*book(&site, &caller)?, &id)?)))
}

/// `POST /api/ivr-flows` `{"id"?, "name", "nodes", "connections", "draft"?}`: 201 with the flow.
pub(in crate::http) async fn add(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    flows(&site, &caller)?;
    let wanted = read(Fields::read_up_to(BODY, &request, payload).await?, None)?;
    let publish = publish_at_once(&caller, &wanted);
    let act = noted("add_flow", &wanted);
    let after = change(&site, &caller, act, Some(&wanted.id), |book| {
        may_be(book, &wanted.id)?;
        Ok(Write::AddFlow(written(&wanted, publish)))
    });
    Ok(HttpResponse::Created().json(shown(found(&*after.await?, &wanted.id)?)))
}

/// `PUT /api/ivr-flows/{id}`: 200 with the flow; what is absent stays.
pub(in crate::http) async fn set(
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let known = book(&site, &caller)?;
    let fields = Fields::read_up_to(BODY, &request, payload).await?;
    let planned = read(fields.clone(), Some(found(&known, &id)?))?;
    let act = noted("set_flow", &planned);
    let after = change(&site, &caller, act, Some(&id), |book| {
        let before = found(book, &id)?;
        let wanted = read(fields, Some(before))?;
        if wanted.base.as_ref().is_some_and(|base| *base != before.updated_at) {
            return Err(ApiError::Conflict(
                "flow_changed",
                "somebody saved this flow since you read it: look at it before you replace it",
            ));
        }
        let is_published = !before.changed && before.draft == wanted.draft;
        let publish = publish_at_once(&caller, &wanted).filter(|_| !is_published);
        Ok(Write::SetFlow(written(&wanted, publish)))
    });
    Ok(HttpResponse::Ok().json(shown(found(&*after.await?, &id)?)))
}

/// `DELETE /api/ivr-flows/{id}`: 204; numbers that led to it lead to none.
pub(in crate::http) async fn remove(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let known = book(&site, &caller)?;
    let act = Act::new("remove_flow", &id).with("name", found(&known, &id)?.name.as_str());
    change(&site, &caller, act, None, |_| Ok(Write::RemoveFlow(id.clone()))).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/ivr-flows/{id}/duplicate`: 201 with the copy.
pub(in crate::http) async fn duplicate(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    found(&*book(&site, &caller)?, &id)?;
    let copy = new_id("ivr-flow")?;
    let act = Act::new("duplicate_flow", &id).with("to", copy.as_str());
    let after = change(&site, &caller, act, Some(&copy), |book| {
        let before = found(book, &id)?;
        may_be(book, &copy)?;
        let name = copied(&before.name);
        let mut draft = before.draft.clone();
        draft["id"] = copy.as_str().into();
        draft["name"] = name.as_str().into();
        let stays_draft = before.published.is_none();
        let wanted = Wanted { id: copy.clone(), name, draft, stays_draft, base: None };
        let publish = publish_at_once(&caller, &wanted);
        Ok(Write::AddFlow(written(&wanted, publish)))
    });
    Ok(HttpResponse::Created().json(shown(found(&*after.await?, &copy)?)))
}

/// Within the length of a name.
fn copied(name: &str) -> String {
    let kept: String = name.chars().take(90).collect();
    format!("{} (copy)", kept.trim_end())
}

/// Whether there is room, and the id is free.
fn may_be(book: &FlowBook, id: &str) -> Result<(), ApiError> {
    if book.flows.contains_key(id) {
        return Err(ApiError::Taken("id"));
    }
    if book.flows.len() >= MOST_FLOWS {
        return Err(ApiError::Conflict("too_many_flows", "there are 200 flows already: take one away first"));
    }
    Ok(())
}

/// Who asks publishes it with this, where it can be walked.
fn publish_at_once(caller: &Caller, wanted: &Wanted) -> Option<Publish> {
    let is_broken = || judge(&wanted.draft).1.iter().any(|fault| fault.gravity == Gravity::Broken);
    (!wanted.stays_draft && !is_broken()).then(|| by(caller, String::new()))
}

fn written(wanted: &Wanted, publish: Option<Publish>) -> FlowChange {
    FlowChange { id: wanted.id.clone(), name: wanted.name.clone(), draft: wanted.draft.clone(), publish }
}

fn noted<'a>(name: &'static str, wanted: &'a Wanted) -> Act<'a> {
    let nodes = wanted.draft["nodes"].as_array().map_or(0, Vec::len);
    Act::new(name, &wanted.id).with("name", wanted.name.as_str()).with("nodes", nodes)
}
