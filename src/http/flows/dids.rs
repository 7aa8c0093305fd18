//! `/api/dids`: called numbers.

use actix_web::{HttpRequest, HttpResponse, web};

use super::super::acts::Act;
use super::super::listing::no_parameters;
use super::drawing::new_id;
use super::{book, change, flows};
use crate::flows::{Did, DidChange, FlowBook, MOST_DIDS, Write};
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::people::parse;

/// `GET /api/dids`: all, by number.
pub(in crate::http) async fn list(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let book = book(&site, &caller)?;
    let mut all: Vec<_> = book.dids.values().collect();
    all.sort_by_key(|did| (&did.number, &did.id));
    Ok(HttpResponse::Ok().json(all))
}

/// `POST /api/dids` `{"id"?, "number", "description", "trunkId", "ivrFlowId"}`: 201 with the number.
pub(in crate::http) async fn add(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    flows(&site, &caller)?;
    let wanted = read(Fields::read(&request, payload).await?, None)?;
    let after = change(&site, &caller, noted("add_did", &wanted), None, |book| {
        if book.dids.contains_key(&wanted.id) {
            return Err(ApiError::Taken("id"));
        }
        if book.dids.len() >= MOST_DIDS {
            return Err(ApiError::Conflict(
                "too_many_dids",
                "there are 5,000 numbers already: take one away first",
            ));
        }
        may_be(book, &wanted)?;
        Ok(Write::AddDid(wanted.clone()))
    });
    Ok(HttpResponse::Created().json(found(&*after.await?, &wanted.id)?))
}

/// `PUT /api/dids/{id}`: 200 with the number; what is absent stays.
pub(in crate::http) async fn set(
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let known = book(&site, &caller)?;
    let before = found(&known, &id)?;
    let fields = Fields::read(&request, payload).await?;
    let wanted = read(fields.clone(), Some(before))?;
    let after = change(&site, &caller, noted("set_did", &wanted), None, |book| {
        let wanted = read(fields, Some(found(book, &id)?))?;
        may_be(book, &wanted)?;
        Ok(Write::SetDid(wanted))
    });
    Ok(HttpResponse::Ok().json(found(&*after.await?, &id)?))
}

/// `DELETE /api/dids/{id}`: 204.
pub(in crate::http) async fn remove(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let known = book(&site, &caller)?;
    let act = Act::new("remove_did", &id).with("number", found(&known, &id)?.number.as_str());
    change(&site, &caller, act, None, |_| Ok(Write::RemoveDid(id.clone()))).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn found<'a>(book: &'a FlowBook, id: &str) -> Result<&'a Did, ApiError> {
    book.dids.get(id).map(|did| &**did).ok_or(ApiError::NotFound)
}

/// Whether no other number is the same, and its flow is there.
fn may_be(book: &FlowBook, wanted: &DidChange) -> Result<(), ApiError> {
    if book.did_of(&wanted.number).is_some_and(|other| other.id != wanted.id) {
        return Err(ApiError::Taken("number"));
    }
    match &wanted.ivr_flow_id {
        Some(flow) if !book.flows.contains_key(flow) => {
            Err(ApiError::field("ivrFlowId", "names something that does not exist"))
        }
        _ => Ok(()),
    }
}

fn read(mut fields: Fields, before: Option<&Did>) -> Result<DidChange, ApiError> {
    let id = fields.text("id", parse::id);
    if let (Some(before), Some(id)) = (before, &id)
        && *id != before.id
    {
        fields.wrong("id", "another than in the address");
    }
    let number = match before {
        None => fields.required("number", called),
        Some(before) => Some(fields.text("number", called).unwrap_or_else(|| before.number.clone())),
    };
    let description = fields.text("description", |text| parse::plain(text, 200));
    let trunk_id = fields.kept("trunkId", before.and_then(|did| did.trunk_id.clone()), parse::id);
    let ivr_flow_id = fields.kept("ivrFlowId", before.and_then(|did| did.ivr_flow_id.clone()), parse::id);
    fields.ignore(&["createdAt", "updatedAt"]);
    fields.end()?;
    Ok(DidChange {
        id: match (before, id) {
            (Some(before), _) => before.id.clone(),
            (None, Some(id)) => id,
            (None, None) => new_id("did")?,
        },
        number: number.unwrap_or_default(),
        description: description.or_else(|| before.map(|did| did.description.clone())).unwrap_or_default(),
        trunk_id,
        ivr_flow_id,
    })
}

/// A called number as people and providers write it.
pub(in crate::http) fn called(text: &str) -> Result<String, String> {
    let bare = text.strip_prefix('+').unwrap_or(text);
    let sign = |b: u8| b.is_ascii_alphanumeric() || b"*#".contains(&b);
    let sound = bare.bytes().next().is_some_and(sign)
        && bare.len() <= 40
        && bare.bytes().all(|b| sign(b) || b"_ ().-".contains(&b));
    if sound { Ok(text.to_owned()) } else { Err("expected a number such as +33 1 23 45 67 89".to_owned()) }
}

fn noted<'a>(name: &'static str, did: &'a DidChange) -> Act<'a> {
    Act::new(name, &did.id).with("number", did.number.as_str()).with("flow", did.ivr_flow_id.clone())
}
