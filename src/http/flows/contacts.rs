//! `/api/flow-contacts`: who calls from which number, for the nodes that look it up.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::super::acts::Act;
use super::super::listing::{parameters_once, shown};
use super::flows;
use crate::errands::{Contact, Contacts, MOST_FIELDS};
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::people::parse;

/// Letters of one field.
const LONGEST: usize = 500;

/// Whether he may, and where they are kept.
fn contacts<'a>(site: &'a Site, caller: &Caller) -> Result<&'a Contacts, ApiError> {
    flows(site, caller)?;
    let errands = site.parts.errands.as_ref().ok_or(ApiError::NothingKept)?;
    Ok(errands.contacts())
}

/// `GET /api/flow-contacts?after=`: 500 of them, by number, after that one.
pub(in crate::http) async fn list(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let contacts = contacts(&site, &caller)?;
    let mut after = String::new();
    for (name, value) in parameters_once(request.query_string())? {
        match name.as_str() {
            "after" if is_number(&value) => after = value,
            "after" => return Err(ApiError::field("after", "expected a number, as it was answered")),
            _ => return Err(ApiError::field(shown(&name), "unknown parameter")),
        }
    }
    Ok(HttpResponse::Ok().json(contacts.page(&after).await?))
}

fn is_number(text: &str) -> bool {
    let rest = text.strip_prefix('+').unwrap_or(text);
    rest.len() <= 40 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*#_.-".contains(&byte))
}

/// `POST /api/flow-contacts` `{"number", "name"?, "data"?}`: 200 with it, in place of the one of that number.
pub(in crate::http) async fn put(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let contacts = contacts(&site, &caller)?;
    let mut fields = Fields::read(&request, payload).await?;
    let number = fields.required("number", super::dids::called);
    let name = fields.text("name", |text| parse::plain(text, 200)).unwrap_or_default();
    let data = fields.json("data", texts);
    fields.end()?;
    let number = contacts.canonical(&number.unwrap_or_default()).to_string();
    let data = data.and_then(|data| serde_json::from_value(data).ok()).unwrap_or_default();
    let contact = Contact { number, name, data };
    let work = async {
        if contacts.put(&contact).await? {
            return Ok(());
        }
        Err(ApiError::Conflict("too_many_contacts", "there are a million contacts already"))
    };
    Act::new("set_flow_contact", &contact.number).run(&site, &caller, work).await?;
    Ok(HttpResponse::Ok().json(&contact))
}

/// `DELETE /api/flow-contacts/{id}`: 204; the id is its number.
pub(in crate::http) async fn remove(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let contacts = contacts(&site, &caller)?;
    let number = contacts.canonical(&id);
    // PostgreSQL holds none
    if number.contains('\0') {
        return Err(ApiError::NotFound);
    }
    let work = async { if contacts.remove(&number).await? { Ok(()) } else { Err(ApiError::NotFound) } };
    Act::new("remove_flow_contact", &number).run(&site, &caller, work).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Texts by name.
fn texts(value: &Value) -> Result<(), String> {
    let expected =
        || Err(format!("expected at most {MOST_FIELDS} texts of at most {LONGEST} letters, by name"));
    let Ok(all) = serde_json::from_value::<BTreeMap<String, String>>(value.clone()) else {
        return expected();
    };
    let short = |text: &str, most: usize| parse::plain(text, most).is_ok();
    let sound = all.len() <= MOST_FIELDS
        && all.iter().all(|(name, text)| !name.is_empty() && short(name, 40) && short(text, LONGEST));
    if sound { Ok(()) } else { expected() }
}
