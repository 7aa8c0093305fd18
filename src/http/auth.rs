//! Getting in and out: `/api/auth`. Shapes as existing front ends know them.

use actix_web::cookie::time::Duration as CookieAge;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde_json::{Value, json};

use super::Site;
use super::access::{COOKIE, Caller, address_of, cookie};
use super::body::Fields;
use super::error::ApiError;
use super::people::parse;
use super::shapes::auth::{Held, Me, Refreshed, Said, State, Ticket, Welcome};
use crate::access::{Access, Accounts, Login};
use crate::auth::sessions::LONGEST;
use crate::auth::{Reach, Rights, Role};
use crate::config::Secret;
use crate::people::{PasswordChange, UserChange};

/// Name of the refresh token's cookie, as existing front ends have it.
const REFRESH: &str = "refreshToken";
/// Nothing else gets the refresh token.
const REFRESH_PATH: &str = "/api/auth";

/// The accounts; 404 where there are none.
pub(super) fn accounts(site: &Site) -> Result<&Accounts, ApiError> {
    match &site.parts.access {
        Access::Accounts(accounts) => Ok(accounts),
        Access::Open => Err(ApiError::NoAccounts),
    }
}

/// `GET /api/auth/state`: what a page shows first. `accounts` says whether people log in here; `ready` whether
/// that is possible now; `setup` whether the first account is awaited.
pub(super) async fn state(site: web::Data<Site>) -> HttpResponse {
    let state = match &site.parts.access {
        Access::Open => State { accounts: false, ready: true, setup: false },
        Access::Accounts(accounts) => {
            State { accounts: true, ready: accounts.is_known(), setup: accounts.setup.is_open() }
        }
    };
    HttpResponse::Ok().json(state)
}

/// `POST /api/auth/login` `{"loginId", "password"}`: 200 `{user, accessToken}` with the cookies.
pub(super) async fn login(
    request: HttpRequest,
    payload: web::Payload,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let accounts = accounts(&site)?;
    let mut fields = Fields::read(&request, payload).await?;
    let login = fields.required("loginId", parse::any_text);
    let password = fields.required("password", parse::any_text).map(Secret::new);
    fields.end()?;
    let (Some(login), Some(password)) = (login, password) else { return Err(ApiError::WrongLogin) };
    let address = address_of(&site.doors, &request);
    let entered = accounts.log_in(&login, password, &address).await?;
    Ok(welcome(HttpResponse::Ok(), &site, &request, &entered))
}

/// `POST /api/auth/setup` `{"code", "loginId", "password", "firstName"?, "lastName"?}`: the first account, and
/// its first login. 201 as a login.
pub(super) async fn setup(
    request: HttpRequest,
    payload: web::Payload,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let accounts = accounts(&site)?;
    let mut fields = Fields::read(&request, payload).await?;
    let code = fields.required("code", parse::any_text);
    let login = fields.required("loginId", parse::login);
    let password = fields.required("password", parse::any_text).map(Secret::new);
    let first_name = fields.text("firstName", parse::name).unwrap_or_default();
    let last_name = fields.text("lastName", parse::name).unwrap_or_default();
    fields.end()?;
    let (Some(code), Some(login), Some(password)) = (code, login, password) else {
        return Err(ApiError::WrongCode);
    };
    if !accounts.setup.is_open() {
        return Err(ApiError::SetUpAlready);
    }
    let address = address_of(&site.doors, &request);
    accounts.may_try("setup code", &address)?;
    if !accounts.setup.is(&code) {
        accounts.refused("setup", "", &login, &address, "wrong_code").await?;
        return Err(ApiError::WrongCode);
    }
    accounts.was_right("setup code", &address);
    let names = vec![login.clone(), first_name.clone(), last_name.clone()];
    let hash = accounts.passwords.hash(password, names).await?.map_err(ApiError::weak)?;
    let id = "user-first".to_owned();
    let first = UserChange {
        id: id.clone(),
        login_id: login.clone(),
        first_name,
        last_name,
        role: Role::SuperAdmin,
        is_active: true,
        password: PasswordChange::Own(hash),
        ..UserChange::default()
    };
    accounts.note("setup", &id, &login, &address, "asked").await?;
    let directory = accounts.people.add_first(first).await?;
    accounts.note("setup", &id, &login, &address, "done").await?;
    let person = directory.people.get(&id).cloned().ok_or(ApiError::DatabaseAway)?;
    let entered = accounts.let_in(person, &address).await?.ok_or(ApiError::WrongLogin)?;
    Ok(welcome(HttpResponse::Created(), &site, &request, &entered))
}

fn welcome(
    mut answer: HttpResponseBuilder,
    site: &Site,
    request: &HttpRequest,
    login: &Login,
) -> HttpResponse {
    let secure = is_secure(site, request);
    answer
        .cookie(made(COOKIE, &login.begun.cookie, "/", secure))
        .cookie(made(REFRESH, &login.begun.refresh, REFRESH_PATH, secure))
        .json(Welcome { user: &login.person.user, access_token: &login.access })
}

/// `POST /api/auth/refresh`: 200 `{accessToken}` and the next refresh token; 401 when it is over.
pub(super) async fn refresh(request: HttpRequest, site: web::Data<Site>) -> Result<HttpResponse, ApiError> {
    let accounts = accounts(&site)?;
    let token = cookie(&request, REFRESH).ok_or(ApiError::NotLoggedIn)?;
    if !accounts.is_known() {
        return Err(ApiError::AccountsUnknown);
    }
    let address = address_of(&site.doors, &request);
    let Some((access, next)) = accounts.refresh(&token, &address).await? else {
        return Err(ApiError::NotLoggedIn);
    };
    let mut answer = HttpResponse::Ok();
    if let Some(next) = next {
        answer.cookie(made(REFRESH, &next, REFRESH_PATH, is_secure(&site, &request)));
    }
    Ok(answer.json(Refreshed { access_token: access }))
}

/// `POST /api/auth/logout`: the session is over, here and on its sockets. 200 `{message}`.
pub(super) async fn logout(
    request: HttpRequest,
    caller: Caller,
    site: web::Data<Site>,
) -> Result<HttpResponse, ApiError> {
    let accounts = accounts(&site)?;
    let session = caller.who().session().unwrap_or_default();
    accounts.note("logout", caller.who().id(), session, caller.address(), "done").await?;
    let kept = accounts.sessions.end(session, "logout").await;
    kept.map_err(|problem| ApiError::Internal(format!("over until a restart: {problem}")))?;
    let secure = is_secure(&site, &request);
    let mut over = [made(COOKIE, "", "/", secure), made(REFRESH, "", REFRESH_PATH, secure)];
    over.iter_mut().for_each(Cookie::make_removal);
    let [own, refresh] = over;
    Ok(HttpResponse::Ok().cookie(own).cookie(refresh).json(Said { message: "logged out" }))
}

/// `POST /api/auth/ticket`: 200 `{"ticket", "expires_in_s": 30}`, good once for `/ws?ticket=`.
pub(super) async fn ticket(caller: Caller, site: web::Data<Site>) -> Result<HttpResponse, ApiError> {
    let ticket = accounts(&site)?.ticket(caller.who())?;
    let expires_in_s = crate::auth::ticket::LIFETIME.as_secs();
    Ok(HttpResponse::Ok().json(Ticket { ticket, expires_in_s }))
}

/// `GET /api/auth/me`: 200 `{user, rights: [{verb, scopes: [{kind, id}]}]}`; `user` is null without accounts.
pub(super) async fn me(caller: Caller) -> HttpResponse {
    let who = caller.who();
    let user = who.person().map(|person| &person.user);
    HttpResponse::Ok().json(Me { user, rights: rights(who.rights()) })
}

/// Each right, and how far it reaches.
pub(super) fn rights(rights: &Rights) -> Vec<Held> {
    rights.iter().map(|(verb, reach)| Held { verb, scopes: scopes(reach) }).collect()
}

/// What a reach is made of; `own` is the user himself.
fn scopes(reach: &Reach) -> Vec<Value> {
    let of = |kind: &'static str| move |id: &String| json!({"kind": kind, "id": id});
    let all = reach.all.then(|| json!({"kind": "all", "id": ""}));
    let named = reach.sites.iter().map(of("site")).chain(reach.groups.iter().map(of("group")));
    let queues = reach.queues.iter().map(of("queue"));
    all.into_iter().chain(named).chain(queues).chain(reach.own.iter().map(of("own"))).collect()
}

fn made<'a>(name: &'a str, value: &'a str, path: &'static str, secure: bool) -> Cookie<'a> {
    // the server ends what is not used; a wall that is open all the time keeps its cookie
    let age = CookieAge::seconds(i64::try_from(LONGEST.as_secs()).unwrap_or(0));
    Cookie::build(name, value)
        .path(path)
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(secure)
        .max_age(age)
        .finish()
}

fn is_secure(site: &Site, request: &HttpRequest) -> bool {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    host.is_some_and(|host| site.doors.is_secure(host))
}
