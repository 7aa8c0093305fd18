//! Which addresses are open to whom: every one of the table of rules; `matrix` asks them in every role.

use serde_json::json;
use vigie::http::{Need, RULES};

use super::desk::{Desk, PASSWORD, Pass, until};

/// An address with something in the place of its parameters that nobody has.
fn filled(path: &str) -> String {
    path.replace("{table}", "calls").replace("{id}", "nobody-has-this")
}

#[test]
fn s53_without_a_login_nothing_is_open_but_what_says_so() {
    let desk = Desk::start();
    let nobody = Pass::default();
    for rule in RULES {
        let body = (rule.method != "GET").then(|| json!({}));
        let reply = desk.ask(&nobody, rule.method, &filled(rule.path), body.as_ref());
        match rule.need {
            // from this machine
            Need::Metrics => assert_eq!(reply.status, 200, "{}", rule.path),
            // it says so of a missing refresh token
            Need::Nobody if rule.path == "/api/auth/refresh" => {}
            Need::Nobody => assert_ne!(reply.told(), "401 not_logged_in", "{}", rule.path),
            Need::Anybody | Need::Ticket | Need::May(_) => {
                assert_eq!(reply.told(), "401 not_logged_in", "{} {}", rule.method, rule.path);
            }
        }
    }
    let open: Vec<_> = RULES.iter().filter(|rule| rule.need == Need::Nobody).map(|rule| rule.path).collect();
    assert_eq!(
        open,
        [
            "/api/health",
            "/api/ready",
            "/api/docs",
            "/api/auth/state",
            "/api/auth/setup",
            "/api/auth/login",
            "/api/auth/refresh"
        ]
    );
    for page in ["/", "/main.js", "/style/theme.css"] {
        assert_eq!(desk.get(&nobody, page).status, 200, "{page}");
    }
    let metrics = format!(
        "GET /metrics HTTP/1.1\r\nHost: {}\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n",
        desk.server.address
    );
    assert_eq!(desk.raw(&metrics).told(), "401 not_logged_in", "through a proxy");
}

#[test]
fn s53_metrics_from_elsewhere_need_the_token() {
    let token = "canary-metrics-token-1";
    let desk = Desk::with(&[("VIGIE_METRICS_TOKEN", token)]);
    let ask = |headers: &str| {
        let request = format!(
            "GET /metrics HTTP/1.1\r\nHost: {}\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n{headers}\r\n",
            desk.server.address
        );
        desk.raw(&request).status
    };
    assert_eq!(ask(""), 401);
    assert_eq!(ask("Authorization: Bearer canary-metrics-token-2\r\n"), 401);
    assert_eq!(ask(&format!("Authorization: Bearer {token}\r\n")), 200);
    assert!(!desk.server.log().contains(token));
}

#[test]
fn s59_answers_about_people_are_kept_by_no_cache() {
    let (desk, root) = Desk::set_up();
    for path in ["/api/auth/me", "/api/users", "/api/audit", "/api/nothing"] {
        let reply = desk.get(&root, path);
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
        assert!(reply.header("content-security-policy").is_some(), "{path}");
    }
}

#[test]
fn s46_s59_behind_tls_cookies_and_names_are_those_of_the_configured_origin() {
    let desk = Desk::with(&[("VIGIE_ORIGINS", "https://vigie.example.com"), ("VIGIE_PROXIES", "127.0.0.1")]);
    let root = desk.first();
    let body = json!({"loginId": "root", "password": PASSWORD}).to_string();
    let ask = |host: &str, origin: &str| {
        desk.raw(&format!(
            "POST /api/auth/login HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nX-Forwarded-For: 198.51.100.7\r\n\
             Connection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    };
    let reply = ask("vigie.example.com", "https://vigie.example.com");
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(reply.headers("set-cookie").iter().all(|cookie| cookie.contains("Secure")), "{reply:?}");
    assert!(reply.header("strict-transport-security").is_some());
    assert_eq!(ask("vigie.example.com", "http://vigie.example.com").told(), "403 foreign_origin");
    assert_eq!(ask("evil.example", "https://vigie.example.com").told(), "421 wrong_host");
    until("the login in the log", || {
        let log = desk.get(&root, "/api/audit").json();
        let all = log["entries"].as_array().cloned().unwrap_or_default();
        all.iter().any(|e| e["act"] == "login" && e["from"] == "198.51.100.7")
    });
    let ready = |headers: &str| {
        let request = format!(
            "GET /api/ready HTTP/1.1\r\nHost: vigie.example.com\r\nConnection: close\r\n{headers}\r\n"
        );
        desk.raw(&request).status
    };
    assert!([200, 503].contains(&ready("X-Forwarded-For: 198.51.100.7\r\n")), "no login is needed");
}
