//! Who is answered at all, and how every answer is dressed.

use std::net::SocketAddr;

use super::site::{Answer, Site};

const HANGUP: &str = r#"{"channel":"PJSIP/1001-00000062"}"#;

#[test]
fn s46_another_name_for_this_machine_is_not_answered() {
    let site = Site::start();
    for host in
        ["evil.example", "localhost.evil.example", "10.0.0.1", "127.0.0.1.nip.io", "evil.example:80", ""]
    {
        for path in ["/api/board", "/", "/metrics", "/ws"] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            assert_eq!(site.ask(&request).told(), "421 wrong_host", "{host} {path}");
        }
    }
    let without = site.ask("GET /api/board HTTP/1.0\r\n\r\n");
    assert_eq!(without.told(), "421 wrong_host");
    for host in ["localhost", "LOCALHOST:8080", "127.0.0.1", "[::1]:80"] {
        let request = format!("GET /api/health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(site.ask(&request).status, 200, "{host}");
    }
}

#[test]
fn s45_the_page_of_another_site_hangs_up_nothing() {
    let site = Site::start();
    let from = |headers: &str| {
        let headers = format!("Content-Type: application/json\r\n{headers}");
        site.post_with("/api/calls/hangup", HANGUP, &headers).told()
    };
    let addr = site.addr;
    for origin in [
        "http://evil.example".to_owned(),
        "null".into(),
        format!("https://{addr}"),
        format!("http://localhost:{}", addr.port()),
        format!("http://{addr}.evil.example"),
        format!("http://evil.example/{addr}"),
        format!("http://127.0.0.1:{}", addr.port().wrapping_add(1)),
    ] {
        assert_eq!(from(&format!("Origin: {origin}\r\n")), "403 foreign_origin", "{origin}");
    }
    assert_eq!(from("Sec-Fetch-Site: cross-site\r\n"), "403 foreign_origin");
    assert_eq!(from("Sec-Fetch-Site: same-site\r\n"), "403 foreign_origin");
    assert!(site.told.asked.lock().is_empty(), "nothing of it reached an actor");
    assert_eq!(from(&format!("Origin: http://{addr}\r\nSec-Fetch-Site: same-origin\r\n")), "200");
}

#[test]
fn a_bug_in_a_handler_is_a_500_with_an_id_and_the_server_goes_on() {
    let site = Site::start();
    *site.told.answer.lock() = Answer::Panic;
    let reply = site.post("/api/calls/hangup", HANGUP);
    assert_eq!(reply.told(), "500 internal");
    let message = reply.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("under e-"), "{message}");
    assert!(!message.contains("a bug in a handler"), "nothing of the inside is told");
    *site.told.answer.lock() = Answer::Done;
    assert_eq!(site.post("/api/calls/hangup", HANGUP).status, 200);
}

#[test]
fn s59_every_answer_has_the_security_headers() {
    let site = Site::start();
    *site.told.answer.lock() = Answer::Panic;
    let replies = [
        site.get("/"),
        site.get("/main.js"),
        site.get("/nothing"),
        site.get("/api/board"),
        site.get("/api/board/calls?x=1"),
        site.get("/api/nothing"),
        site.get("/metrics"),
        site.get("/ws"),
        site.get("/api/calls/hangup"),
        site.post("/api/calls/hangup", "{"),
        site.post("/api/calls/hangup", HANGUP),
        site.post("/", ""),
        site.ask("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
    ];
    for reply in replies {
        let policy = reply.header("content-security-policy").unwrap_or_default();
        assert!(
            policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
            "{reply:?}"
        );
        assert!(!policy.contains("unsafe-inline"));
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{reply:?}");
        let page = reply
            .header("content-type")
            .is_some_and(|kind| kind.contains("html") || kind.contains("javascript"));
        assert_eq!(
            reply.header("cache-control"),
            Some(if page { "no-cache" } else { "no-store" }),
            "{reply:?}"
        );
    }
}

#[test]
fn without_accounts_nothing_but_loopback_is_served() {
    for addr in ["127.0.0.1:8080", "127.3.2.1:1", "[::1]:8080"] {
        assert!(vigie::http::loopback_only(addr.parse::<SocketAddr>().unwrap()).is_ok(), "{addr}");
    }
    for addr in ["0.0.0.0:8080", "192.168.1.5:8080", "[::]:8080", "[::ffff:127.0.0.1]:8080"] {
        let words = vigie::http::loopback_only(addr.parse::<SocketAddr>().unwrap()).unwrap_err();
        assert!(words.contains("HTTP_ADDR") && words.contains("VIGIE_AUTH is off"), "{words}");
    }
}
