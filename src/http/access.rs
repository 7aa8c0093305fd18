//! Who asks, and whether he may: each route passes here, by the rules of its address (`routes.rs`).
//!
//! A request shows one of: `Authorization: Bearer`, the session cookie (then what changes something must
//! carry `X-Vigie: 1` too, which no form of another site can send, S45), for `/ws` a ticket. Whose session is
//! over, or who shows nothing, is told the same (401). A refusal for want of a right is
//! audited, within a budget.

use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};

use super::Site;
use super::error::ApiError;
use super::routes::{Need, Rule};
use crate::access::{Access, Accounts, Who};
use crate::auth::{Right, secrets};
use crate::config::Doors;
use crate::people::Directory;

/// Name of the session cookie.
pub(super) const COOKIE: &str = "vigie_session";
/// What a page sends with what changes something.
const OWN_HEADER: HeaderName = HeaderName::from_static("x-vigie");

/// Who asks, for handlers: they cannot be reached without.
#[derive(Clone)]
pub(super) struct Caller(Rc<Seen>);

struct Seen {
    who: Who,
    address: String,
}

impl Caller {
    /// Who.
    pub(super) fn who(&self) -> &Who {
        &self.0.who
    }

    /// From where.
    pub(super) fn address(&self) -> &str {
        &self.0.address
    }

    /// The same one with his rights in that picture of people.
    ///
    /// # Errors
    /// When he is no more, or his session is over.
    pub(super) fn as_of(&self, accounts: &Accounts, directory: &Arc<Directory>) -> Result<Self, ApiError> {
        let who = accounts.as_of(self.who(), directory).ok_or(ApiError::NotLoggedIn)?;
        Ok(Self(Rc::new(Seen { who, address: self.address().to_owned() })))
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or(ApiError::NotLoggedIn))
    }
}

/// The middleware of one address.
pub(super) async fn authorise(
    rules: &[&'static Rule],
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let method_reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let method = match request.method() {
        &Method::HEAD => "GET",
        other => other.as_str(),
    };
    // another method is answered 405 by the address itself
    let Some(rule) = rules.iter().find(|rule| rule.method == method) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let site = request.app_data::<web::Data<Site>>().cloned().ok_or(ApiError::NotLoggedIn)?;
    let caller = admit(&site, rule, &request).await?;
    if let Some(caller) = caller.clone() {
        request.extensions_mut().insert(caller);
    }
    let answering = next.call(request);
    let answer = if method_reads { answering.await? } else { to_its_end(answering).await? };
    // he had the right, and wanted more than it gives
    if let (Access::Accounts(accounts), Some(caller), Need::May(right)) =
        (&site.parts.access, caller, rule.need)
        && let Some(ApiError::Forbidden(slug, _)) =
            answer.response().error().and_then(|e| e.as_error::<ApiError>())
    {
        let on = answer.request().path();
        accounts
            .refused(right.slug(), caller.who().id(), on, caller.address(), slug)
            .await
            .map_err(ApiError::from)?;
    }
    Ok(answer.map_into_boxed_body())
}

/// An act goes on when the client goes away: half of one would be done and not noted, or noted and not known
/// to who listens.
async fn to_its_end<T: 'static>(act: impl Future<Output = T> + 'static) -> T {
    match actix_web::rt::spawn(act).await {
        Ok(answer) => answer,
        // told as any handler's panic is
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => std::future::pending().await, // the server is stopping: nobody hears an answer
        },
    }
}

async fn admit(site: &Site, rule: &Rule, request: &ServiceRequest) -> Result<Option<Caller>, ApiError> {
    let address = address_of(&site.doors, request.request());
    let caller = |who: Who| Caller(Rc::new(Seen { who, address: address.clone() }));
    let accounts = match &site.parts.access {
        Access::Open => return Ok(Some(caller(Who::anybody()))),
        Access::Accounts(accounts) => accounts,
    };
    let right = match rule.need {
        // whether it lives is asked by who watches it, as often as he likes
        Need::Nobody if rule.tells_health() => return Ok(None),
        Need::Nobody => return site.throttle.request_from(&address).map(|()| None),
        Need::Metrics if may_measure(site, request) => return Ok(None),
        Need::Metrics => Some(Right::System),
        Need::Anybody => None,
        Need::Ticket => Some(Right::See),
        Need::May(right) => Some(right),
    };
    if !accounts.is_known() {
        return Err(ApiError::AccountsUnknown);
    }
    let who = identify(accounts, rule, request).or_else(|refused| {
        site.throttle.request_from(&address)?;
        Err(refused)
    })?;
    site.throttle.request_of(who.id())?;
    if let Some(right) = right.filter(|right| who.reach(*right).is_none()) {
        refused(accounts, &who, right, rule.path, &address).await?;
        return Err(ApiError::NoRight(right));
    }
    Ok(Some(caller(who)))
}

fn identify(accounts: &Accounts, rule: &Rule, request: &ServiceRequest) -> Result<Who, ApiError> {
    let headers = request.headers();
    if let Some(token) = bearer(headers) {
        return accounts.by_token(token).ok_or(ApiError::NotLoggedIn);
    }
    if rule.need == Need::Ticket {
        // not the cookie: a page of another site could have the browser send it
        let query = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
        let ticket =
            query.ok().and_then(|all| all.into_inner().into_iter().find(|(name, _)| name == "ticket"));
        return ticket.and_then(|(_, ticket)| accounts.by_ticket(&ticket)).ok_or(ApiError::NotLoggedIn);
    }
    let cookie = cookie(request.request(), COOKIE).ok_or(ApiError::NotLoggedIn)?;
    let who = accounts.by_cookie(&cookie).ok_or(ApiError::NotLoggedIn)?;
    if rule.method != "GET" && headers.get(OWN_HEADER).is_none_or(|value| value != "1") {
        return Err(ApiError::NoOwnHeader);
    }
    Ok(who)
}

/// Notes that he wanted what he may not.
pub(super) async fn refused(
    accounts: &Accounts,
    who: &Who,
    right: Right,
    on: &str,
    address: &str,
) -> Result<(), ApiError> {
    accounts.refused(right.slug(), who.id(), on, address, "no_right").await?;
    Ok(())
}

/// The token of `Authorization: Bearer`; a second such header makes none.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION);
    let (value, None) = (all.next()?, all.next()) else { return Some("") };
    // what is no text is no token either, and must not fall through to the cookie
    let Ok(value) = value.to_str() else { return Some("") };
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A cookie that came once.
pub(super) fn cookie(request: &HttpRequest, name: &str) -> Option<String> {
    let mut found = None;
    for value in request.headers().get_all(header::COOKIE) {
        for pair in value.to_str().ok()?.split(';') {
            let Some((key, value)) = pair.trim().split_once('=') else { continue };
            if key == name && found.replace(value.to_owned()).is_some() {
                return None;
            }
        }
    }
    found
}

/// The client's address, as throttling and the audit log know it.
pub(super) fn address_of(doors: &Doors, request: &HttpRequest) -> String {
    let forwarded = request.headers().get_all("x-forwarded-for").last().and_then(|value| value.to_str().ok());
    doors.client(request.peer_addr().map(|peer| peer.ip()), forwarded)
}

/// From this machine itself, or with the token.
fn may_measure(site: &Site, request: &ServiceRequest) -> bool {
    let token = site.metrics_token.as_ref().zip(bearer(request.headers()));
    let given = token.is_some_and(|(token, given)| {
        let hash = |text: &str| secrets::sha256(text.as_bytes());
        secrets::same(&hash(token.reveal()), &hash(given))
    });
    given || is_from_here(request.request())
}

/// From this machine itself, and not through a proxy on it.
pub(super) fn is_from_here(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let forwarded = headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded");
    !forwarded && request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback())
}
