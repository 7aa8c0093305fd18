//! `/api/users`.

use std::collections::HashSet;
use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::{StreamExt, stream};

use super::super::acts::Act;
use super::super::auth::accounts;
use super::super::listing::no_parameters;
use super::groups::may_change;
use super::{changeable, could_be, is_self, own_role, parse, reached};
use crate::auth::{Right, Role, Scope, secrets};
use crate::config::Secret;
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::shapes::users::{Added, AddedMany, OneTime, OneTimeOf};
use crate::people::{PasswordChange, Person, User, UserChange};

/// Passwords of one request that are worked on at a time.
const HASHED_AT_ONCE: usize = 2;
/// Users of one request.
const MOST_AT_ONCE: usize = 500;
/// Largest body of many users.
pub(in crate::http) const BULK_BYTES: usize = 1 << 20;

/// `GET /api/users`: those within reach, by name.
pub(in crate::http) async fn list(request: HttpRequest, caller: Caller) -> Result<HttpResponse, ApiError> {
    no_parameters(request.query_string())?;
    let sight = caller.who().sight(Right::People);
    let people = caller.who().directory().people.values().filter(|person| sight.person(person));
    let mut users: Vec<&User> = people.map(|person| &person.user).collect();
    users.sort_by_key(|user| (user.last_name.to_lowercase(), user.first_name.to_lowercase(), &user.id));
    Ok(HttpResponse::Ok().json(users))
}

/// `GET /api/users/{id}`.
pub(in crate::http) async fn one(id: web::Path<String>, caller: Caller) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(&reached(&caller, Right::People, &id)?.user))
}

/// `POST /api/users`: 201 with the user. Without a `password` he is given one that is told once, as
/// `oneTimePassword`, and that he changes at his first login.
pub(in crate::http) async fn add(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    let wanted = Wanted::read(fields, None)?;
    wanted.allowed(&caller, None)?;
    let (change, told) = wanted.ready(&site).await?;
    let act = Act::new("add_user", &change.id)
        .with("role", change.role.name())
        .with("login", change.login_id.as_str());
    act.run(&site, &caller, store(&site, std::slice::from_ref(&change))).await?;
    let person = shown(&site, &change.id)?;
    Ok(HttpResponse::Created().json(Added { user: &person.user, one_time_password: told }))
}

/// `POST /api/users/bulk` `{"users": [...]}`: all or none; 201 `{"success": true}`.
pub(in crate::http) async fn add_many(
    request: HttpRequest,
    payload: web::Payload,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let mut fields = Fields::read_up_to(BULK_BYTES, &request, payload).await?;
    let values = fields.list("users", MOST_AT_ONCE);
    fields.end()?;
    let mut all = Vec::new();
    for (n, value) in values.unwrap_or_default().into_iter().enumerate() {
        let fields =
            Fields::of(value).ok_or_else(|| ApiError::field(format!("users[{n}]"), "expected an object"))?;
        let wanted = Wanted::read(fields, None).map_err(|problem| of_user(n, problem))?;
        wanted.allowed(&caller, None).map_err(|problem| of_user(n, problem))?;
        all.push(wanted);
    }
    if all.is_empty() {
        return Err(ApiError::field("users", "expected at least one"));
    }
    none_is_taken(&caller, &all)?; // the store would say so too, but only after a hash for each password
    let (mut changes, mut told) = (Vec::new(), Vec::new());
    let mut ready = stream::iter(all).map(|wanted| wanted.ready(&site)).buffered(HASHED_AT_ONCE).enumerate();
    while let Some((n, done)) = ready.next().await {
        let (change, password) = done.map_err(|problem| of_user(n, problem))?;
        let id = change.id.clone();
        told.extend(password.map(|one_time_password| OneTime { id, one_time_password }));
        changes.push(change);
    }
    drop(ready);
    let ids: Vec<_> = changes.iter().map(|change| change.id.clone()).collect();
    let act = Act::new("add_users", "").with("users", ids);
    act.run(&site, &caller, store(&site, &changes)).await?;
    Ok(HttpResponse::Created().json(AddedMany { success: true, one_time_passwords: told }))
}

/// What is wrong with the n-th of many.
fn of_user(n: usize, problem: ApiError) -> ApiError {
    match problem {
        ApiError::BadFields(fields) => ApiError::BadFields(
            fields.into_iter().map(|(name, why)| (format!("users[{n}].{name}"), why)).collect(),
        ),
        other => other,
    }
}

fn none_is_taken(caller: &Caller, all: &[Wanted]) -> Result<(), ApiError> {
    let directory = caller.who().directory();
    let (mut ids, mut logins) = (HashSet::new(), HashSet::new());
    for Wanted { change, .. } in all {
        if directory.people.contains_key(&change.id) || !ids.insert(&change.id) {
            return Err(ApiError::Taken("id"));
        }
        if directory.by_login(&change.login_id).is_some() || !logins.insert(change.login_id.to_lowercase()) {
            return Err(ApiError::Taken("loginId"));
        }
    }
    Ok(())
}

async fn store(site: &Site, changes: &[UserChange]) -> Result<(), ApiError> {
    let people = &accounts(site)?.people;
    people.store.add_users(changes).await?;
    people.refresh().await?;
    Ok(())
}

/// `PUT /api/users/{id}`: 200 with the user. What is absent stays, but `groupIds` and `campaignIds`, which
/// are whole sets.
pub(in crate::http) async fn set(
    request: HttpRequest,
    payload: web::Payload,
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let fields = Fields::read(&request, payload).await?;
    let before = changeable(&caller, Right::ManagePeople, &id)?;
    let wanted = Wanted::read(fields, Some(&before.user))?;
    wanted.allowed(&caller, Some(&before))?;
    if wanted.password.is_some() {
        could_be(&caller, &before)?;
    }
    let (change, _) = wanted.ready(&site).await?;
    let mut act = Act::new("set_user", &change.id);
    if change.role != before.user.role {
        act = act.with("role", change.role.name()).with("role_before", before.user.role.name());
    }
    if change.is_active != before.user.is_active {
        act = act.with("active", change.is_active);
    }
    if change.site_id != before.user.site_id {
        act = act.with("site", change.site_id.clone()).with("site_before", before.user.site_id.clone());
    }
    let new_password = change.password != PasswordChange::Keep;
    if new_password {
        act = act.with("password", "changed");
    }
    act.run(&site, &caller, async {
        let accounts = accounts(&site)?;
        accounts.people.store.set_user(&change).await?;
        if new_password || !change.is_active {
            accounts.sessions.end_all(&change.id, None, "changed").await;
        }
        accounts.people.refresh().await?;
        Ok(())
    })
    .await?;
    Ok(HttpResponse::Ok().json(&shown(&site, &change.id)?.user))
}

/// `DELETE /api/users/{id}`: 204; 409 while he may still log in.
pub(in crate::http) async fn remove(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let person = changeable(&caller, Right::ManagePeople, &id)?;
    if is_self(&caller, &id) {
        return Err(ApiError::Forbidden("oneself", "nobody takes himself away"));
    }
    if person.user.role == Role::SuperAdmin && own_role(&caller)? != Role::SuperAdmin {
        return Err(ApiError::Forbidden("higher_role", "that user has a higher role than yours"));
    }
    if person.user.is_active {
        return Err(ApiError::Conflict("still_active", "disable the user before taking him away"));
    }
    Act::new("remove_user", &id)
        .with("login", person.user.login_id.as_str())
        .run(&site, &caller, async {
            let accounts = accounts(&site)?;
            accounts.sessions.end_all(&id, None, "removed").await;
            accounts.people.store.remove_user(&id).await?;
            accounts.people.refresh().await?;
            Ok(())
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/users/{id}/one-time-password`: 200 `{"loginId", "oneTimePassword"}`: told once, and good for
/// choosing an own one only. His sessions end.
pub(in crate::http) async fn one_time_password(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let person = changeable(&caller, Right::ManagePeople, &id)?;
    if is_self(&caller, &id) {
        return Err(ApiError::Forbidden("oneself", "change your own password instead"));
    }
    could_be(&caller, &person)?;
    let accounts = accounts(&site)?;
    let made = secrets::readable::<16>().map_err(|e| ApiError::Internal(e.to_string()))?;
    let hash =
        accounts.passwords.hash(Secret::new(made.clone()), Vec::new()).await?.map_err(ApiError::weak)?;
    Act::new("one_time_password", &id)
        .run(&site, &caller, async {
            accounts.people.store.give_password(&id, &hash).await?;
            accounts.sessions.end_all(&id, None, "password").await;
            accounts.people.refresh().await?;
            Ok(())
        })
        .await?;
    Ok(HttpResponse::Ok().json(OneTimeOf { login_id: person.user.login_id.clone(), one_time_password: made }))
}

fn shown(site: &Site, id: &str) -> Result<Arc<Person>, ApiError> {
    let directory = accounts(site)?.people.now().ok_or(ApiError::AccountsUnknown)?;
    directory.people.get(id).cloned().ok_or(ApiError::NotFound)
}

fn once_each(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

/// A user as a client wants him.
struct Wanted {
    change: UserChange,
    password: Option<Secret>,
    is_new: bool,
}

impl Wanted {
    fn read(mut fields: Fields, before: Option<&User>) -> Result<Self, ApiError> {
        let is_new = before.is_none();
        let id = fields.text("id", parse::id);
        if let (Some(before), Some(id)) = (before, &id)
            && *id != before.id
        {
            fields.wrong("id", "another than in the address");
        }
        let login = match before {
            None => fields.required("loginId", parse::login),
            Some(before) => {
                Some(fields.text("loginId", parse::login).unwrap_or_else(|| before.login_id.clone()))
            }
        };
        let role = |text: &str| {
            let expected = || "expected Agent, Superviseur, Administrateur or SuperAdmin".to_owned();
            Role::of(text).ok_or_else(expected)
        };
        let role = match before {
            None => fields.required("role", role),
            Some(before) => Some(fields.text("role", role).unwrap_or(before.role)),
        };
        let old = |of: fn(&User) -> &String| before.map(|user| of(user).clone());
        let optional = |of: fn(&User) -> &Option<String>| before.and_then(|user| of(user).clone());
        let change = UserChange {
            id: match (before, id) {
                (Some(before), _) => before.id.clone(),
                (None, Some(id)) => id,
                (None, None) => {
                    format!("user-{}", secrets::id().map_err(|e| ApiError::Internal(e.to_string()))?)
                }
            },
            login_id: login.unwrap_or_default(),
            first_name: fields.kept("firstName", old(|u| &u.first_name), parse::name).unwrap_or_default(),
            last_name: fields.kept("lastName", old(|u| &u.last_name), parse::name).unwrap_or_default(),
            email: fields.kept("email", optional(|u| &u.email), parse::email),
            role: role.unwrap_or(Role::Agent),
            is_active: fields.flag("isActive").unwrap_or_else(|| before.is_none_or(|user| user.is_active)),
            site_id: fields.kept("siteId", optional(|u| &u.site_id), parse::id),
            agent_profile_id: fields.kept("agentProfileId", optional(|u| &u.agent_profile_id), parse::id),
            mobile_number: fields.kept("mobileNumber", optional(|u| &u.mobile_number), parse::phone),
            use_mobile_as_station: fields
                .flag("useMobileAsStation")
                .unwrap_or_else(|| before.is_some_and(|user| user.use_mobile_as_station)),
            planning_enabled: fields
                .flag("planningEnabled")
                .unwrap_or_else(|| before.is_some_and(|user| user.planning_enabled)),
            campaign_ids: fields.texts("campaignIds", 1_000, parse::id).unwrap_or_default(),
            group_ids: once_each(fields.texts("groupIds", 200, parse::id).unwrap_or_default()),
            password: PasswordChange::Keep,
        };
        let password = fields.kept("password", None, parse::any_text).map(Secret::new);
        fields.ignore(&[
            "createdAt",
            "updatedAt",
            "profilePictureUrl",
            "mustChangePassword",
            "oneTimePassword",
        ]);
        fields.end()?;
        Ok(Self { change, password, is_new })
    }

    /// Whether he may make him so.
    fn allowed(&self, caller: &Caller, before: Option<&Person>) -> Result<(), ApiError> {
        let (wanted, own) = (&self.change, own_role(caller)?);
        if wanted.role > own {
            return Err(ApiError::Forbidden("higher_role", "nobody gives a higher role than his own"));
        }
        let directory = caller.who().directory();
        if let Some(before) = before {
            let changes_role = wanted.role != before.user.role;
            if is_self(caller, &wanted.id) && (changes_role || !wanted.is_active) {
                return Err(ApiError::Forbidden(
                    "oneself",
                    "nobody changes his own role or disables himself",
                ));
            }
            let was_last = before.user.role == Role::SuperAdmin
                && before.user.is_active
                && directory.active(Role::SuperAdmin) == 1;
            if was_last && (changes_role || !wanted.is_active) {
                return Err(ApiError::Conflict("last_superadmin", "the last active SuperAdmin stays one"));
            }
        }
        let groups_before: HashSet<_> = before.iter().flat_map(|before| &before.user.group_ids).collect();
        let groups: HashSet<_> = wanted.group_ids.iter().collect();
        for group in groups.symmetric_difference(&groups_before) {
            may_change(caller, group)?;
        }
        let Some(reach) = caller.who().reach(Right::ManagePeople) else {
            return Err(ApiError::NoRight(Right::ManagePeople));
        };
        if reach.all {
            return Ok(());
        }
        // who manages a part leaves people in it, and makes nobody his equal
        let within = wanted.site_id.as_ref().is_some_and(|id| reach.covers(&Scope::Site(id.clone())));
        if !within {
            return Err(ApiError::field("siteId", "expected a site that you manage"));
        }
        if wanted.role >= own {
            return Err(ApiError::Forbidden(
                "higher_role",
                "who manages a part gives lower roles than his own only",
            ));
        }
        let given = |group: &String| before.is_some_and(|before| before.user.group_ids.contains(group));
        let foreign = |group: &&String| !given(group) && !reach.covers(&Scope::Group((*group).clone()));
        if wanted.group_ids.iter().find(foreign).is_some() {
            return Err(ApiError::field("groupIds", "expected groups that you manage"));
        }
        Ok(())
    }

    /// With the password's hash; and the password, when it was made here.
    async fn ready(mut self, site: &Site) -> Result<(UserChange, Option<String>), ApiError> {
        let failed = |e: std::io::Error| ApiError::Internal(e.to_string());
        let (password, told) = match (self.password.take(), self.is_new) {
            (Some(password), _) => (password, None),
            (None, false) => return Ok((self.change, None)),
            (None, true) => {
                let made = secrets::readable::<16>().map_err(failed)?;
                (Secret::new(made.clone()), Some(made))
            }
        };
        let change = &mut self.change;
        let names = vec![change.login_id.clone(), change.first_name.clone(), change.last_name.clone()];
        let hash = accounts(site)?.passwords.hash(password, names).await?.map_err(ApiError::weak)?;
        change.password = match told {
            Some(_) => PasswordChange::Given(hash),
            None => PasswordChange::Own(hash),
        };
        Ok((self.change, told))
    }
}
