//! Messages to an agent and his raised hand.

use std::time::{Duration, Instant};

use actors::keys::Micros;
use actors::view::{Activity, AgentView, AtLeast, Availability, Trust, View};
use serde_json::{Value, json};

use super::site::{Reply, Site};

const AT: &str = "/api/agents/paris~PJSIP%2F1001";

fn floor() -> Site {
    let site = Site::start();
    site.show(View::Agent(AgentView {
        id: "paris~PJSIP/1001".into(),
        pbx: "paris".into(),
        endpoint: "PJSIP/1001".into(),
        name: "Alice".into(),
        availability: Availability::Available,
        availability_since_ms: Micros(0),
        pause_reason: None,
        pause_after_call: None,
        activity: Activity::Idle,
        activity_since_ms: Micros(0),
        call: None,
        call_queue: None,
        with: None,
        wrap_up_until_ms: None,
        memberships: Vec::new(),
        device: "NOT_INUSE".into(),
        at_least: AtLeast::default(),
        trust: Trust::Live,
    }));
    site
}

/// The desks on the board, once they are as asked for.
fn desks(site: &Site, seen: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let rows = site.get("/api/board/desks").json();
        let rows = rows.as_array().expect("rows").clone();
        if seen(&rows) {
            return rows;
        }
        assert!(Instant::now() < end, "{rows:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn post(site: &Site, what: &str, body: &Value) -> Reply {
    site.post(&format!("{AT}/{what}"), &body.to_string())
}

#[test]
fn a_message_stands_on_the_agents_desk_until_long_after_he_has_read_it() {
    let site = floor();
    let reply = post(&site, "messages", &json!({"text": " the client of 10:00 is yours ", "from": "Sophie"}));
    assert_eq!((reply.status, reply.json()), (201, json!({"ok": true, "id": 1})));
    let rows = desks(&site, |rows| rows.len() == 1);
    let message = &rows[0]["messages"][0];
    assert_eq!(
        (message["from"].as_str(), message["text"].as_str()),
        (Some("Sophie"), Some("the client of 10:00 is yours"))
    );
    assert_eq!(
        (&rows[0]["id"], &message["read_ms"], &rows[0]["hand"]),
        (&json!("paris~PJSIP/1001"), &Value::Null, &Value::Null)
    );
    assert_eq!(post(&site, "messages/read", &json!({})).status, 200);
    desks(&site, |rows| rows[0]["messages"][0]["read_ms"].is_i64());
}

#[test]
fn the_oldest_message_goes_when_there_are_too_many() {
    let site = floor();
    for n in 0..25 {
        assert_eq!(post(&site, "messages", &json!({"text": format!("{n}")})).status, 201);
    }
    let rows = desks(&site, |rows| rows.len() == 1 && rows[0]["messages"][19]["text"] == "24");
    let messages = rows[0]["messages"].as_array().expect("messages");
    assert_eq!((messages.len(), &messages[0]["text"]), (20, &json!("5")));
}

#[test]
fn a_hand_is_raised_since_the_first_time_and_lowered() {
    let site = floor();
    assert_eq!(
        post(&site, "hand", &json!({"raised": true, "text": "angry caller"})).json(),
        json!({"ok": true, "raised": true})
    );
    let first = desks(&site, |rows| rows.len() == 1)[0]["hand"].clone();
    assert_eq!(first["text"], "angry caller");
    post(&site, "hand", &json!({"raised": true}));
    let again = desks(&site, |rows| rows[0]["hand"]["text"] == "")[0]["hand"].clone();
    assert_eq!(first["since_ms"], again["since_ms"]);
    post(&site, "hand", &json!({"raised": false}));
    desks(&site, <[Value]>::is_empty);
}

#[test]
fn what_is_not_right_names_what_is_wrong_and_changes_nothing() {
    let site = floor();
    for (what, body, told) in [
        ("messages", json!({}), "422 bad_value"),
        ("messages", json!({"text": "  "}), "422 bad_value"),
        ("messages", json!({"text": "a\u{0}b"}), "422 bad_value"),
        ("messages", json!({"text": "x".repeat(501)}), "422 bad_value"),
        ("messages", json!({"text": "a", "to": "b"}), "422 bad_value"),
        ("messages/read", json!({"all": true}), "422 bad_value"),
        ("hand", json!({"raised": "yes"}), "422 bad_value"),
        ("hand", json!({}), "422 bad_value"),
    ] {
        assert_eq!(post(&site, what, &body).told(), told, "{what} {body}");
    }
    assert_eq!(
        site.post("/api/agents/paris~PJSIP%2F1009/hand", r#"{"raised":true}"#).told(),
        "404 no_such_agent"
    );
    assert_eq!(site.get(&format!("{AT}/hand")).told(), "405 method_not_allowed");
    assert!(desks(&site, |_| true).is_empty());
}
