//! `/api/sites`.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::super::acts::Act;
use super::super::listing::no_parameters;
use super::{change, has_a_part, parse};
use crate::auth::{Right, Scope, secrets};
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::{Site as Server, SiteShape};
use crate::people::{SiteChange, Write};

/// Trunks, and queues, of one site.
const MOST: usize = 500;

fn reaches(caller: &Caller, right: Right, id: &str) -> bool {
    let own = caller.who().person().and_then(|person| person.user.site_id.as_deref()) == Some(id);
    let reach = caller.who().reach(right);
    reach.is_some_and(|reach| reach.covers(&Scope::Site(id.to_owned()))) || own && right == Right::People
}

fn found(caller: &Caller, right: Right, id: &str) -> Result<SiteShape, ApiError> {
    let site = caller.who().directory().sites.get(id).filter(|_| reaches(caller, right, id));
    site.map(|site| (**site).clone()).ok_or(ApiError::NotFound)
}

/// `GET /api/sites`: those within reach, by name.
pub(in crate::http) async fn list(request: HttpRequest, caller: Caller) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let all = caller.who().directory().sites.values();
    let mut sites: Vec<_> = all.filter(|site| reaches(&caller, Right::People, &site.id)).collect();
    sites.sort_by_key(|site| (site.name.to_lowercase(), &site.id));
    Ok(HttpResponse::Ok().json(sites))
}

/// `GET /api/sites/{id}`.
pub(in crate::http) async fn one(id: web::Path<String>, caller: Caller) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(found(&caller, Right::People, &id)?))
}

/// `POST /api/sites`: 201 with the site.
pub(in crate::http) async fn add(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Server>,
) -> Result<HttpResponse, ApiError> {
    let wanted = read(Fields::read(&request, payload).await?, None)?;
    let may = |caller: &Caller| match caller.who().reach(Right::ManageSites) {
        Some(reach) if reach.all => Ok(()),
        _ => Err(ApiError::NoRight(Right::ManageSites)),
    };
    may(&caller)?;
    let done = change(&site, &caller, noted("add_site", &wanted), |caller| {
        may(caller)?;
        Ok(Write::AddSite(Box::new(wanted.clone())))
    });
    Ok(HttpResponse::Created().json(done.await?.sites.get(&wanted.id)))
}

/// `PUT /api/sites/{id}`: 200 with the site; what is absent stays.
pub(in crate::http) async fn set(
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Server>,
) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    let plan = |caller: &Caller| {
        let before = found(caller, Right::ManageSites, &id)?;
        let wanted = read(fields.clone(), Some(&before))?;
        if has_a_part(caller, Right::ManageSites) && moves_borders(&wanted, &before) {
            let words = "what belongs to a site, and what may be dialled and heard there, is for who manages all sites";
            return Err(ApiError::Forbidden("site_borders", words));
        }
        Ok::<_, ApiError>(wanted)
    };
    let wanted = plan(&caller)?;
    let act = noted("set_site", &wanted);
    let done = change(&site, &caller, act, |caller| Ok(Write::SetSite(Box::new(plan(caller)?))));
    Ok(HttpResponse::Ok().json(done.await?.sites.get(&wanted.id)))
}

/// Whether it says who sees and dials what: with that, who manages one site would reach beyond it.
fn moves_borders(change: &SiteChange, before: &SiteShape) -> bool {
    let same = change.trunks == before.trunks
        && change.queues == before.queues
        && change.outbound_context == before.outbound_context
        && change.transfer_context == before.transfer_context
        && change.listening_reason == before.listening_reason
        && change.listening_told == before.listening_told
        && change.numbers == before.numbers;
    !same
}

/// `DELETE /api/sites/{id}`: 204; its users stay, without a site.
pub(in crate::http) async fn remove(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Server>,
) -> Result<HttpResponse, ApiError> {
    let plan = |caller: &Caller| found(caller, Right::ManageSites, &id);
    let act = Act::new("remove_site", &id).with("name", plan(&caller)?.name);
    change(&site, &caller, act, |caller| plan(caller).map(|site| Write::RemoveSite(site.id))).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn read(mut fields: Fields, before: Option<&SiteShape>) -> Result<SiteChange, ApiError> {
    let id = fields.text("id", parse::id);
    if let (Some(before), Some(id)) = (before, &id)
        && *id != before.id
    {
        fields.wrong("id", "another than in the address");
    }
    let name = match before {
        None => fields.required("name", parse::title),
        Some(before) => Some(fields.text("name", parse::title).unwrap_or_else(|| before.name.clone())),
    };
    let text = |of: fn(&SiteShape) -> &String, otherwise: &str| {
        before.map_or_else(|| otherwise.to_owned(), |site| of(site).clone())
    };
    let optional = |of: fn(&SiteShape) -> &Option<String>| before.and_then(|site| of(site).clone());
    let list = |of: fn(&SiteShape) -> &Vec<String>| before.map(|site| of(site).clone()).unwrap_or_default();
    let change = SiteChange {
        id: match (before, id) {
            (Some(before), _) => before.id.clone(),
            (None, Some(id)) => id,
            (None, None) => format!("site-{}", secrets::id().map_err(|e| ApiError::Internal(e.to_string()))?),
        },
        name: name.unwrap_or_default(),
        ip_address: fields.kept("ipAddress", optional(|s| &s.ip_address), parse::address),
        physical_extensions: fields
            .json("physicalExtensions", parse::array)
            .or_else(|| before.map(|site| site.physical_extensions.clone()))
            .unwrap_or_else(|| json!([])),
        direct_media_enabled: fields
            .flag("directMediaEnabled")
            .unwrap_or_else(|| before.is_some_and(|site| site.direct_media_enabled)),
        time_zone: fields
            .text("timeZone", parse::zone)
            .unwrap_or_else(|| text(|s| &s.time_zone, "Europe/Paris")),
        day_start: fields.text("dayStart", parse::time).unwrap_or_else(|| text(|s| &s.day_start, "00:00")),
        trunks: fields.texts("trunks", MOST, parse::trunk).unwrap_or_else(|| list(|s| &s.trunks)),
        queues: fields.texts("queues", MOST, parse::queue).unwrap_or_else(|| list(|s| &s.queues)),
        outbound_context: fields.kept("outboundContext", optional(|s| &s.outbound_context), parse::context),
        transfer_context: fields.kept("transferContext", optional(|s| &s.transfer_context), parse::context),
        listening_reason: fields
            .flag("listeningReason")
            .unwrap_or_else(|| before.is_none_or(|site| site.listening_reason)),
        listening_told: fields
            .flag("listeningTold")
            .unwrap_or_else(|| before.is_some_and(|site| site.listening_told)),
        numbers: fields
            .json("numbers", parse::numbers)
            .or_else(|| before.map(|site| site.numbers.clone()))
            .unwrap_or_else(|| json!({})),
    };
    fields.ignore(&["createdAt", "updatedAt"]);
    fields.end()?;
    Ok(change)
}

fn noted<'a>(name: &'static str, site: &'a SiteChange) -> Act<'a> {
    Act::new(name, &site.id)
        .with("name", site.name.as_str())
        .with("trunks", site.trunks.clone())
        .with("queues", site.queues.clone())
        .with("listeningReason", site.listening_reason)
        .with("listeningTold", site.listening_told)
}
