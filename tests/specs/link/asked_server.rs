//! A server that a flow asks: one that is slow, broken, endless, or that sends elsewhere.

use actors::ivr::{HttpAsk, Method};
use vigie::config::HttpHost;
use vigie::errands::{Hosts, LONGEST_ANSWER, ask_server};

use crate::support::tiny_server::TinyServer;

fn ask(hosts: &Hosts, url: String, timeout_ms: u32) -> Result<(u16, String), String> {
    let headers = vec![("X-Caller".to_owned(), "0612345678".to_owned())];
    let ask = HttpAsk { method: Method::Post, url, headers, body: Some("{}".into()), timeout_ms };
    let asked = actix::System::new().block_on(ask_server(hosts, ask));
    asked.map(|answer| (answer.status, String::from_utf8_lossy(&answer.body).into_owned()))
}

#[test]
fn a_server_that_is_slow_broken_or_endless_is_given_up() {
    let server = TinyServer::start();
    let here = HttpHost { host: "127.0.0.1".into(), port: Some(server.port), below: false };
    let hosts = Hosts::new(Some(vec![here]));
    let told = |path: &str, timeout_ms: u32| ask(&hosts, server.url(path), timeout_ms);
    let (status, body) = told("/good?x=%2F", 10_000).expect("it answers");
    assert!(status == 200 && body.contains("Alice"), "{status} {body}");
    let asked = server.asked().remove(0).to_lowercase();
    for line in ["post /good?x=%2f http/1.1", "x-caller: 0612345678", "content-type: application/json"] {
        assert!(asked.contains(line), "{line}: {asked}");
    }
    assert_eq!(told("/error", 10_000).map(|(status, _)| status), Ok(500));
    assert_eq!(told("/slow", 200), Err("no answer within 200 ms".into()));
    let broken = told("/broken", 10_000).expect_err("less than it said");
    assert!(broken.contains("broke off"), "{broken}");
    let huge = told("/huge", 10_000).expect_err("more than is read");
    assert!(huge.contains("cannot be read"), "at {LONGEST_ANSWER} bytes: {huge}");
    let refused =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    let nobody = Hosts::new(Some(vec![HttpHost { host: "127.0.0.1".into(), port: None, below: false }]));
    assert!(ask(&nobody, format!("http://{refused}/"), 10_000).is_err(), "nobody listens there");
}

#[test]
fn s18_a_server_sends_nobody_elsewhere_and_this_machine_is_asked_only_when_it_is_named() {
    let server = TinyServer::start();
    let here = HttpHost { host: "127.0.0.1".into(), port: None, below: false };
    let moved = ask(&Hosts::new(Some(vec![here])), server.url("/moved"), 10_000).map(|(status, _)| status);
    assert_eq!((moved, server.asked().len()), (Ok(302), 1), "it says so, and nobody goes there");
    for url in [
        server.url("/good"),
        format!("http://localhost:{}/good", server.port),
        format!("http://[::ffff:127.0.0.1]:{}/good", server.port),
        format!("http://2130706433:{}/good", server.port),
        "http://169.254.169.254/latest/meta-data".into(),
        "file:///etc/passwd".into(),
        "gopher://127.0.0.1/".into(),
        "/good".into(),
        "http:///good".into(),
    ] {
        assert!(ask(&Hosts::default(), url.clone(), 10_000).is_err(), "{url}");
    }
    assert_eq!(server.asked().len(), 1, "none of these came here");
}
