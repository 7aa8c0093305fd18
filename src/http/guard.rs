//! What every request and every answer passes: whose name was asked for, from which site, what the
//! browser may do with the answer, and a handler's panic, which becomes a 500 with an id.
//!
//! A page elsewhere may make its reader's browser send requests here (S45, S46), under our name or under
//! one that it had resolved to us (DNS rebinding), with the reader's cookies where there are accounts. So
//! only our own names are answered ([`Doors`]), and what changes something or opens a socket must come from
//! our own page, or from no page at all.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web;

use super::Site;
use super::error::ApiError;
use crate::config::Doors;

const POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// The middleware; see the module.
pub(super) async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let site = request.app_data::<web::Data<Site>>().cloned().ok_or(ApiError::WrongHost)?;
    check(&site.doors, &request)?;
    let api = !is_page(request.match_info().as_str());
    let secure = site.doors.is_secure(host_of(&request));
    let path = request.path().to_owned();
    match Caught(Box::pin(next.call(request))).await {
        Ok(Ok(mut response)) => {
            protect(response.headers_mut(), api);
            if secure {
                response
                    .headers_mut()
                    .insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TLS_ONLY));
            }
            Ok(response.map_into_boxed_body())
        }
        Ok(Err(problem)) => {
            let mut response = problem.error_response();
            protect(response.headers_mut(), api);
            if secure {
                response
                    .headers_mut()
                    .insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TLS_ONLY));
            }
            Err(InternalError::from_response(problem, response).into())
        }
        Err(words) => {
            let id = error_id();
            log::error!("a handler of {path} failed, error id {id}: {words}");
            Err(ApiError::Internal(id).into())
        }
    }
}

/// Where browsers come over TLS they shall come in no other way, for half a year.
const TLS_ONLY: &str = "max-age=15552000";

/// The name that was asked for; `check` has seen that there is one.
fn host_of(request: &ServiceRequest) -> &str {
    request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}

fn is_page(path: &str) -> bool {
    !(path.starts_with("/api") || path == "/metrics" || path == "/ws")
}

fn check(doors: &Doors, request: &ServiceRequest) -> Result<(), ApiError> {
    let headers = request.headers();
    let mut hosts = headers.get_all(header::HOST);
    let (host, second) = (hosts.next().and_then(|host| host.to_str().ok()), hosts.next());
    let asked = request.uri().authority().map(|authority| authority.as_str());
    let host = match (host, second) {
        (Some(host), None) if doors.answers(host) && asked.is_none_or(|asked| doors.answers(asked)) => host,
        _ => return Err(ApiError::WrongHost),
    };
    // by what is asked for and not by its address, which can be written in many ways
    let upgrades = headers.contains_key(header::UPGRADE);
    let only_reads = matches!(*request.method(), Method::GET | Method::HEAD) && !upgrades;
    if only_reads || comes_from_here(doors, headers, host) { Ok(()) } else { Err(ApiError::ForeignOrigin) }
}

/// No page at all (a program sends no `Origin`), or our own under the name that was asked for.
fn comes_from_here(doors: &Doors, headers: &HeaderMap, host: &str) -> bool {
    let mut origins = headers.get_all(header::ORIGIN);
    let same = match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => origin.to_str().is_ok_and(|origin| doors.admits(origin, host)),
        (Some(_), Some(_)) => false,
    };
    let site = headers.get(HeaderName::from_static("sec-fetch-site"));
    same && site.is_none_or(|site| site == "same-origin" || site == "none")
}

/// Puts the security headers on an answer (S59).
pub(super) fn protect(headers: &mut HeaderMap, api: bool) {
    let mut put = |name: &'static str, value: &'static str| {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    };
    put("content-security-policy", POLICY);
    put("x-content-type-options", "nosniff");
    put("x-frame-options", "DENY");
    put("referrer-policy", "no-referrer");
    put("cross-origin-opener-policy", "same-origin");
    put("cross-origin-resource-policy", "same-origin");
    if api {
        put("cache-control", "no-store");
    }
}

/// A future whose panic is a value. Nothing of it is used after the panic, so nothing half-done is
/// seen; what handlers share is behind locks that hold a copy's time.
struct Caught<F>(Pin<Box<F>>);

impl<F: Future> Future for Caught<F> {
    type Output = Result<F::Output, String>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match std::panic::catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(cx))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Err(panic) => {
                let words = panic
                    .downcast_ref::<&str>()
                    .map(|words| (*words).to_owned())
                    .or_else(|| panic.downcast_ref::<String>().cloned());
                Poll::Ready(Err(words.unwrap_or_else(|| "a panic without words".into())))
            }
        }
    }
}

fn error_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("e-{:x}-{}", since.as_millis(), NEXT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s45_only_our_own_page_or_no_page_may_change_something() {
        let from = |origin: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
            comes_from_here(&Doors::default(), &headers, "localhost:8080")
        };
        assert!(from("http://localhost:8080"));
        for origin in [
            "null",
            "",
            "http://localhost",
            "http://localhost:8081",
            "https://localhost:8080",
            "http://127.0.0.1:8080",
            "http://localhost:8080.evil.example",
            "http://evil.example",
            "http://evil.example/localhost:8080",
            "http://localhost:8080@evil.example",
            "file://",
        ] {
            assert!(!from(origin), "{origin}");
        }
        assert!(
            comes_from_here(&Doors::default(), &HeaderMap::new(), "localhost:8080"),
            "a program, not a page"
        );
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("sec-fetch-site"), HeaderValue::from_static("cross-site"));
        assert!(!comes_from_here(&Doors::default(), &headers, "localhost:8080"));
        let mut headers = HeaderMap::new();
        headers.append(header::ORIGIN, HeaderValue::from_static("http://localhost:8080"));
        headers.append(header::ORIGIN, HeaderValue::from_static("http://evil.example"));
        assert!(!comes_from_here(&Doors::default(), &headers, "localhost:8080"), "two origins");
    }
}
