//! Verbs on agents over REST, and orders that are repeated under one key.

use std::time::Duration;

use actors::board::Limits;
use actors::command::{AgentAct, Order, QueueName, Reason, Refusal};
use serde_json::json;

use super::site::{Answer, Reply, Site};

const JSON: &str = "Content-Type: application/json\r\n";

fn act(site: &Site, n: usize) -> (Option<String>, String, AgentAct) {
    let asked = site.told.asked.lock();
    let Order::Agent(endpoint, act) = &asked[n].order else { panic!("on an agent") };
    let pbx = asked[n].pbx.as_ref().map(|pbx| pbx.0.to_string());
    (pbx, endpoint.as_str().to_owned(), act.clone())
}

#[test]
fn an_agent_is_named_by_his_endpoint_or_by_the_id_of_his_row() {
    let site = Site::start();
    let body = r#"{"agent":"PJSIP/1001","queue":"support","reason":"déjeuner","after_call":true}"#;
    let reply = site.post("/api/agents/pause", body);
    assert_eq!(
        reply.json(),
        json!({"ok": true, "outcome": "hangup", "agent": "PJSIP/1001", "queue": "support"})
    );
    let pause = AgentAct::Pause {
        queue: Some(QueueName::parse("support").unwrap()),
        reason: Some(Reason::parse("déjeuner").unwrap()),
        after_call: true,
    };
    assert_eq!(act(&site, 0), (None, "PJSIP/1001".into(), pause));
    assert_eq!(site.post("/api/agents/unpause", r#"{"agent":"paris~PJSIP/1001"}"#).status, 200);
    assert_eq!(act(&site, 1), (Some("paris".into()), "PJSIP/1001".into(), AgentAct::Unpause { queue: None }));
    for (path, body) in [
        ("login", r#"{"agent":"SIP/alice","queue":"sales","penalty":3}"#),
        ("logout", r#"{"agent":"SIP/alice"}"#),
        ("penalty", r#"{"agent":"SIP/alice","penalty":0}"#),
    ] {
        assert_eq!(site.post(&format!("/api/agents/{path}"), body).status, 200, "{path}");
    }
}

#[test]
fn a_body_that_is_not_right_names_what_is_wrong_and_reaches_nobody() {
    let site = Site::start();
    for (path, body, told) in [
        ("pause", r#"{}"#, "422 bad_value"),
        ("pause", r#"{"agent":"1001"}"#, "422 bad_value"),
        ("pause", r#"{"agent":"Local/1001"}"#, "422 bad_value"),
        ("pause", r#"{"agent":"PJSIP/1001\r\nAction: Hangup"}"#, "422 bad_value"),
        ("pause", r#"{"agent":"PJSIP/1001","reason":"a\nb"}"#, "422 bad_value"),
        ("pause", r#"{"agent":"PJSIP/1001","after_call":"yes"}"#, "422 bad_value"),
        ("pause", r#"{"agent":"PJSIP/1001","queue":"a,b"}"#, "422 bad_value"),
        ("login", r#"{"agent":"PJSIP/1001"}"#, "422 bad_value"),
        ("login", r#"{"agent":"PJSIP/1001","queue":"q","application":"System"}"#, "422 bad_value"),
        ("penalty", r#"{"agent":"PJSIP/1001"}"#, "422 bad_value"),
        ("penalty", r#"{"agent":"PJSIP/1001","penalty":-1}"#, "422 bad_value"),
        ("pause", r#"{"agent":"paris~PJSIP/1001","pbx":"lyon"}"#, "404 no_such_agent"),
        ("hangup", r#"{"agent":"PJSIP/1001"}"#, "404 not_found"),
    ] {
        assert_eq!(site.post(&format!("/api/agents/{path}"), body).told(), told, "{path} {body}");
    }
    assert!(site.told.asked.lock().is_empty());
    assert_eq!(site.get("/api/agents/pause").told(), "405 method_not_allowed");
    assert_eq!(site.get("/api/agents/dance").told(), "404 not_found");
}

fn with_key(site: &Site, key: &str, body: &str) -> Reply {
    site.post_with("/api/calls/hangup", body, &format!("{JSON}Idempotency-Key: {key}\r\n"))
}

#[test]
fn the_same_order_under_the_same_key_is_done_once() {
    let site = Site::start();
    let first = with_key(&site, "k-1", r#"{"channel":"PJSIP/1001-00000062","cause":17}"#);
    let again = with_key(&site, "k-1", r#"{ "cause": 17, "channel": "PJSIP/1001-00000062" }"#);
    assert_eq!((first.status, first.json()), (again.status, again.json()));
    assert_eq!(site.told.asked.lock().len(), 1);
    let other = with_key(&site, "k-1", r#"{"channel":"PJSIP/1001-00000062","cause":16}"#);
    assert_eq!(other.told(), "409 key_used");
    assert_eq!(with_key(&site, "k-2", r#"{"channel":"PJSIP/1001-00000062","cause":16}"#).status, 200);
    assert_eq!(site.told.asked.lock().len(), 2);
    for bad in ["", "a b", &"x".repeat(129)] {
        assert_eq!(with_key(&site, bad, r#"{"channel":"PJSIP/1-1"}"#).told(), "422 bad_value", "{bad:?}");
    }
}

#[test]
fn what_became_unknown_is_not_done_again_and_what_was_not_sent_may_be() {
    let site = Site::with(|s| s.verb_deadline = Duration::from_millis(200), Limits::default());
    let body = r#"{"channel":"PJSIP/1001-00000062"}"#;
    *site.told.answer.lock() = Answer::Never;
    std::thread::scope(|threads| {
        let both = [(), ()].map(|()| threads.spawn(|| with_key(&site, "unknown", body).told()));
        for one in both {
            assert_eq!(one.join().unwrap(), "504 timed_out");
        }
    });
    *site.told.answer.lock() = Answer::Done;
    assert_eq!(with_key(&site, "unknown", body).told(), "504 timed_out", "whether it was done is unknown");
    assert_eq!(site.told.asked.lock().len(), 1);
    *site.told.answer.lock() = Answer::Refuse(Refusal::LinkDown);
    assert_eq!(with_key(&site, "away", body).told(), "503 link_down");
    *site.told.answer.lock() = Answer::Done;
    assert_eq!(with_key(&site, "away", body).status, 200);
    assert_eq!(site.told.asked.lock().len(), 3);
}
