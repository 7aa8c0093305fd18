//! `/api/users`.

use std::collections::HashSet;

use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::{StreamExt, stream};
use serde_json::{Map, Value};

use super::super::acts::Act;
use super::super::auth::accounts;
use super::super::listing::no_parameters;
use super::groups::may_change;
use super::{Decided, change, change_then, changeable, could_be, is_self, own_role, parse, reached};
use crate::access::Accounts;
use crate::auth::{Right, Role, Scope, secrets};
use crate::config::Secret;
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::shapes::users::{Added, AddedMany, OneTime, OneTimeOf};
use crate::people::{Directory, PasswordChange, Person, User, UserChange, Write};

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
    let (wanted, told) = wanted.ready(&site).await?;
    let user = &wanted.change;
    let act =
        Act::new("add_user", &user.id).with("role", user.role.name()).with("login", user.login_id.as_str());
    let done = change(&site, &caller, act, |caller| {
        wanted.allowed(caller, None)?;
        Ok(Write::AddUsers(vec![user.clone()]))
    });
    let directory = done.await?;
    let person = directory.people.get(&user.id).ok_or(ApiError::NotFound)?;
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
    let (mut users, mut told) = (Vec::new(), Vec::new());
    let mut ready = stream::iter(all).map(|wanted| wanted.ready(&site)).buffered(HASHED_AT_ONCE).enumerate();
    while let Some((n, done)) = ready.next().await {
        let (wanted, password) = done.map_err(|problem| of_user(n, problem))?;
        let id = wanted.change.id.clone();
        told.extend(password.map(|one_time_password| OneTime { id, one_time_password }));
        users.push(wanted);
    }
    drop(ready);
    let ids: Vec<_> = users.iter().map(|user| user.change.id.clone()).collect();
    let act = Act::new("add_users", "").with("users", ids);
    change(&site, &caller, act, |caller| {
        for (n, user) in users.iter().enumerate() {
            user.allowed(caller, None).map_err(|problem| of_user(n, problem))?;
        }
        Ok(Write::AddUsers(users.into_iter().map(|user| user.change).collect()))
    })
    .await?;
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
    let plan = |caller: &Caller| {
        let before = changeable(caller, Right::ManagePeople, &id)?;
        let wanted = Wanted::read(fields.clone(), Some(&before.user))?;
        wanted.allowed(caller, Some(&before))?;
        if wanted.password.is_some() {
            could_be(caller, &before)?;
        }
        Ok::<_, ApiError>((before, wanted))
    };
    let (before, wanted) = plan(&caller)?;
    let (Wanted { change: UserChange { password, .. }, .. }, _) = wanted.clone().ready(&site).await?;
    let new_password = password != PasswordChange::Keep;
    let noted = said(&wanted.change, &before.user, new_password);
    let act = Act { name: "set_user", on: &id, with: noted.clone() };
    let decide = |caller: &Caller| {
        let (before, wanted) = plan(caller)?;
        let user = UserChange { password: password.clone(), ..wanted.change };
        let with = said(&user, &before.user, new_password);
        let with = if with == noted { Map::new() } else { with };
        Ok(Decided { write: Write::SetUser(Box::new(user)), with })
    };
    let done = change_then(&site, &caller, act, decide, |accounts, after| {
        let active = after.people.get(id.as_str()).is_some_and(|person| person.user.is_active);
        if new_password || !active {
            accounts.sessions.end_all(&id, None);
        }
    });
    let directory = done.await?;
    let person = directory.people.get(id.as_str()).ok_or(ApiError::NotFound)?;
    Ok(HttpResponse::Ok().json(&person.user))
}

/// What of a change the log says.
fn said(change: &UserChange, before: &User, new_password: bool) -> Map<String, Value> {
    let mut with = Map::new();
    let mut say = |name: &str, value: Value| drop(with.insert(name.to_owned(), value));
    if change.role != before.role {
        say("role", change.role.name().into());
        say("role_before", before.role.name().into());
    }
    if change.is_active != before.is_active {
        say("active", change.is_active.into());
    }
    if change.site_id != before.site_id {
        say("site", change.site_id.clone().into());
        say("site_before", before.site_id.clone().into());
    }
    if new_password {
        say("password", "changed".into());
    }
    with
}

/// `DELETE /api/users/{id}`: 204; 400 while he may still log in, 403 of a SuperAdmin.
pub(in crate::http) async fn remove(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let plan = |caller: &Caller| {
        let person = changeable(caller, Right::ManagePeople, &id)?;
        if is_self(caller, &id) {
            return Err(ApiError::Forbidden("oneself", "nobody takes himself away"));
        }
        if person.user.role == Role::SuperAdmin {
            let words = "a SuperAdmin is not taken away: give him another role first";
            return Err(ApiError::Forbidden("superadmin_stays", words));
        }
        if person.user.is_active {
            return Err(ApiError::StillActive);
        }
        Ok::<_, ApiError>(person)
    };
    let act = Act::new("remove_user", &id).with("login", plan(&caller)?.user.login_id.as_str());
    let decide = |caller: &Caller| plan(caller).map(|_| Write::RemoveUser(id.clone()));
    change_then(&site, &caller, act, decide, |accounts, _| accounts.sessions.end_all(&id, None)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// `POST /api/users/{id}/one-time-password`: 200 `{"loginId", "oneTimePassword"}`: told once, and good for
/// choosing an own one only. His sessions end.
pub(in crate::http) async fn one_time_password(
    id: web::Path<String>,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let plan = |caller: &Caller| {
        let person = changeable(caller, Right::ManagePeople, &id)?;
        if is_self(caller, &id) {
            return Err(ApiError::Forbidden("oneself", "change your own password instead"));
        }
        could_be(caller, &person)?;
        Ok::<_, ApiError>(person)
    };
    plan(&caller)?;
    let made = secrets::readable::<16>().map_err(|e| ApiError::Internal(e.to_string()))?;
    let passwords = &accounts(&site)?.passwords;
    let hash = passwords.hash(Secret::new(made.clone()), Vec::new()).await?.map_err(ApiError::weak)?;
    let act = Act::new("one_time_password", &id);
    let decide = |caller: &Caller| {
        plan(caller)?;
        Ok(Write::SetPassword { user: id.clone(), to: PasswordChange::Given(hash), but: None })
    };
    let end = |accounts: &Accounts, _: &Directory| accounts.sessions.end_all(&id, None);
    let directory = change_then(&site, &caller, act, decide, end).await?;
    let person = directory.people.get(id.as_str()).ok_or(ApiError::NotFound)?;
    Ok(HttpResponse::Ok().json(OneTimeOf { login_id: person.user.login_id.clone(), one_time_password: made }))
}

fn once_each(mut names: Vec<String>) -> Vec<String> {
    names.sort_unstable();
    names.dedup();
    names
}

/// A user as a client wants him.
#[derive(Clone)]
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
    async fn ready(mut self, site: &Site) -> Result<(Self, Option<String>), ApiError> {
        let failed = |e: std::io::Error| ApiError::Internal(e.to_string());
        let (password, told) = match (self.password.take(), self.is_new) {
            (Some(password), _) => (password, None),
            (None, false) => return Ok((self, None)),
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
        Ok((self, told))
    }
}
