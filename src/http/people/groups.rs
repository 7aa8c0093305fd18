//! `/api/user-groups`.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, web};

use super::super::acts::Act;
use super::super::listing::no_parameters;
use super::{change, parse};
use crate::auth::{Right, Scope, secrets};
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::people::{Group, GroupChange, Write};

/// Members of one group.
const MOST: usize = 5_000;

fn found(caller: &Caller, right: Right, id: &str) -> Result<Group, ApiError> {
    let group = caller.who().directory().groups.get(id);
    let sight = caller.who().sight(right);
    group.filter(|group| sight.group(group)).map(|group| (**group).clone()).ok_or(ApiError::NotFound)
}

/// `GET /api/user-groups`: those within reach, by name.
pub(in crate::http) async fn list(request: HttpRequest, caller: Caller) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let sight = caller.who().sight(Right::People);
    let mut groups: Vec<_> =
        caller.who().directory().groups.values().filter(|group| sight.group(group)).collect();
    groups.sort_by_key(|group| (group.name.to_lowercase(), &group.id));
    Ok(HttpResponse::Ok().json(groups))
}

/// `GET /api/user-groups/{id}`.
pub(in crate::http) async fn one(id: web::Path<String>, caller: Caller) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(found(&caller, Right::People, &id)?))
}

/// `POST /api/user-groups` `{"id"?, "name", "memberIds"}`: 201 with the group.
pub(in crate::http) async fn add(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let group = read(Fields::read(&request, payload).await?, None)?;
    may_be(&caller, &group)?;
    let done = change(&site, &caller, noted("add_group", &group), |caller| {
        may_be(caller, &group)?;
        Ok(Write::AddGroup(group.clone()))
    });
    Ok(HttpResponse::Created().json(done.await?.groups.get(&group.id)))
}

/// `PUT /api/user-groups/{id}`: 200 with the group; members are a whole set.
pub(in crate::http) async fn set(
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    let plan = |caller: &Caller| {
        let before = found(caller, Right::ManageGroups, &id)?;
        may_change(caller, &id)?;
        let group = read(fields.clone(), Some(&before))?;
        may_be(caller, &group)?;
        Ok::<_, ApiError>(group)
    };
    let group = plan(&caller)?;
    let act = noted("set_group", &group);
    let done = change(&site, &caller, act, |caller| Ok(Write::SetGroup(plan(caller)?)));
    Ok(HttpResponse::Ok().json(done.await?.groups.get(&group.id)))
}

/// `DELETE /api/user-groups/{id}`: 204, with the rights that were given on it.
pub(in crate::http) async fn remove(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let plan = |caller: &Caller| {
        let group = found(caller, Right::ManageGroups, &id)?;
        may_change(caller, &id)?;
        Ok::<_, ApiError>(group)
    };
    let act = Act::new("remove_group", &id).with("name", plan(&caller)?.name);
    change(&site, &caller, act, |caller| plan(caller).map(|group| Write::RemoveGroup(group.id))).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Who is in a group on which rights were given is under them: that is for who gives rights.
pub(super) fn may_change(caller: &Caller, id: &str) -> Result<(), ApiError> {
    let scope = Scope::Group(id.to_owned());
    let mut people = caller.who().directory().people.values();
    let given = people.any(|person| person.grants.iter().any(|(_, on)| *on == scope));
    let may_give = caller.who().reach(Right::ManageGrants).is_some_and(|reach| reach.covers(&scope));
    if given && !may_give {
        return Err(ApiError::Forbidden(
            "rights_on_group",
            "rights were given on this group: who gives rights changes it",
        ));
    }
    Ok(())
}

fn read(mut fields: Fields, before: Option<&Group>) -> Result<GroupChange, ApiError> {
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
    let members: BTreeSet<String> =
        fields.texts("memberIds", MOST, parse::id).unwrap_or_default().into_iter().collect();
    fields.ignore(&["createdAt", "updatedAt"]);
    fields.end()?;
    let id = match (before, id) {
        (Some(before), _) => before.id.clone(),
        (None, Some(id)) => id,
        (None, None) => format!("ug-{}", secrets::id().map_err(|e| ApiError::Internal(e.to_string()))?),
    };
    Ok(GroupChange { id, name: name.unwrap_or_default(), member_ids: members.into_iter().collect() })
}

/// Whether he may make it so.
fn may_be(caller: &Caller, group: &GroupChange) -> Result<(), ApiError> {
    let who = caller.who();
    let all = who.reach(Right::ManageGroups).is_some_and(|reach| reach.all);
    let sight = who.sight(Right::ManageGroups);
    let within = |user: &String| who.directory().people.get(user).is_some_and(|person| sight.person(person));
    // an unknown user and a foreign one are told alike
    if !group.member_ids.iter().all(within) {
        return Err(ApiError::field("memberIds", "expected users whom you reach"));
    }
    if !all && group.member_ids.is_empty() {
        return Err(ApiError::field("memberIds", "expected at least one: an empty group would be nobody's"));
    }
    Ok(())
}

fn noted<'a>(name: &'static str, group: &'a GroupChange) -> Act<'a> {
    Act::new(name, &group.id).with("name", group.name.as_str()).with("members", group.member_ids.clone())
}
