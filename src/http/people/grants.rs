//! Rights beyond the role: `/api/users/{id}/grants`, and which there are.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value};

use super::super::acts::Act;
use super::super::auth::rights as held;
use super::super::listing::no_parameters;
use super::{Decided, change, changeable, is_self, own_role, reached};
use crate::auth::{Right, Role, Scope};
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::shapes::people::{Grant, Grants, Scope as ShownScope, Verb};
use crate::people::{Person, Write};

/// Rights given to one user.
const MOST: usize = 500;

/// `GET /api/rights`: every verb that a right can be given for; `intrusive` ones come with no role.
pub(in crate::http) async fn rights(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let one = |right: &Right| Verb { verb: *right, intrusive: right.is_intrusive() };
    Ok(HttpResponse::Ok().json(Right::ALL.iter().map(one).collect::<Vec<_>>()))
}

/// `GET /api/users/{id}/grants`: `{"grants": [{"verb", "scope": {"kind", "id"}}], "holds": [{"verb", "scopes"}]}`:
/// what was given to him, and what he has with his role.
pub(in crate::http) async fn of_user(
    id: web::Path<String>,
    caller: Caller,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(shown(&*reached(&caller, Right::ManageGrants, &id)?)))
}

fn shown(person: &Person) -> Grants {
    let one = |(right, scope): &(Right, Scope)| Grant {
        verb: *right,
        scope: ShownScope { kind: scope.kind(), id: scope.id().to_owned() },
    };
    Grants { grants: person.grants.iter().map(one).collect(), holds: held(&person.rights) }
}

/// `PUT /api/users/{id}/grants` `{"grants": [...]}`: these and no others; 200 as `GET`.
pub(in crate::http) async fn set(
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read(&request, payload).await?;
    let values = fields.list("grants", MOST);
    fields.end()?;
    may_set(&caller, &id)?;
    let Some(values) = values else { return Err(ApiError::field("grants", "missing")) };
    let mut wanted = BTreeSet::new();
    for (n, value) in values.into_iter().enumerate() {
        wanted.insert(read(value).map_err(|why| ApiError::field(format!("grants[{n}]"), why))?);
    }
    let plan = |caller: &Caller| {
        let before: BTreeSet<_> = may_set(caller, &id)?.grants.iter().cloned().collect();
        // what he could not give he cannot take either
        for (right, scope) in wanted.symmetric_difference(&before) {
            may_give(caller, *right, scope)?;
        }
        for (right, scope) in wanted.difference(&before) {
            let at = || format!("{} {}", right.slug(), scope.id());
            exists(caller, scope).map_err(|why| ApiError::field("grants", format!("{}: {why}", at())))?;
        }
        Ok::<_, ApiError>(before)
    };
    let before = plan(&caller)?;
    let act = Act::new("set_grants", &id).with("grants", words(&wanted)).with("before", words(&before));
    let done = change(&site, &caller, act, |caller| {
        let (now, mut with) = (plan(caller)?, Map::new());
        if now != before {
            with.insert("before".into(), words(&now).into());
        }
        let grants = wanted.iter().cloned().collect();
        Ok(Decided { write: Write::SetGrants { user: id.to_string(), grants }, with })
    });
    let directory = done.await?;
    Ok(HttpResponse::Ok().json(shown(directory.people.get(id.as_str()).ok_or(ApiError::NotFound)?)))
}

/// For the log.
fn words(grants: &BTreeSet<(Right, Scope)>) -> Vec<String> {
    let one = |(right, scope): &(Right, Scope)| format!("{} {} {}", right.slug(), scope.kind(), scope.id());
    grants.iter().map(|grant| one(grant).trim_end().to_owned()).collect()
}

/// Whose rights he may set.
fn may_set(caller: &Caller, id: &str) -> Result<Arc<Person>, ApiError> {
    let person = changeable(caller, Right::ManageGrants, id)?;
    if is_self(caller, id) && own_role(caller)? != Role::SuperAdmin {
        return Err(ApiError::Forbidden("oneself", "nobody gives rights to himself"));
    }
    Ok(person)
}

fn may_give(caller: &Caller, right: Right, scope: &Scope) -> Result<(), ApiError> {
    let covers = |right| caller.who().reach(right).is_some_and(|reach| reach.covers(scope));
    if covers(Right::ManageGrants) && (right.is_intrusive() || covers(right)) {
        return Ok(());
    }
    Err(ApiError::Forbidden("not_yours_to_give", "a right is given where one has it, and may give rights"))
}

fn exists(caller: &Caller, scope: &Scope) -> Result<(), &'static str> {
    let directory = caller.who().directory();
    let known = match scope {
        // queues are the PBX's: one may be configured tomorrow
        Scope::All | Scope::Queue(_) => true,
        Scope::Site(id) => directory.sites.contains_key(id),
        Scope::Group(id) => directory.groups.contains_key(id),
    };
    if known { Ok(()) } else { Err("names something that does not exist") }
}

fn read(value: Value) -> Result<(Right, Scope), String> {
    const EXPECTED: &str = "expected {\"verb\", \"scope\": {\"kind\", \"id\"}}";
    let Value::Object(mut grant) = value else { return Err(EXPECTED.into()) };
    let (verb, scope) = (grant.remove("verb"), grant.remove("scope"));
    if let Some((name, _)) = grant.into_iter().next() {
        return Err(format!("{}: unknown field", name.chars().take(64).collect::<String>()));
    }
    let verb = verb.as_ref().and_then(Value::as_str).ok_or(EXPECTED)?;
    let right = Right::of(verb).ok_or("verb: expected one of /api/rights")?;
    let Some(Value::Object(mut scope)) = scope else { return Err(EXPECTED.into()) };
    let (kind, id) = (scope.remove("kind"), scope.remove("id"));
    if let Some((name, _)) = scope.into_iter().next() {
        return Err(format!("scope.{}: unknown field", name.chars().take(64).collect::<String>()));
    }
    let kind = kind.as_ref().and_then(Value::as_str).ok_or(EXPECTED)?;
    let id = match &id {
        None => "",
        Some(Value::String(id)) => id,
        Some(_) => return Err("scope.id: expected text".into()),
    };
    let sound = id.len() <= 200 && !id.chars().any(char::is_control) && (kind != "queue" || id.contains('~'));
    let scope = Scope::of(kind, id).filter(|_| sound);
    Ok((right, scope.ok_or("scope: expected all, or site, group or queue (pbx~queue) with an id")?))
}
