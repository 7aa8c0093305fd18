//! Hanging up and transferring over REST: shapes, refusals, and what never reaches a PBX.

use std::time::Duration;

use actors::board::Limits;
use actors::command::{BadValue, CallAct, Order, Refusal};
use serde_json::json;

use super::site::{Answer, Site};

fn act(site: &Site, n: usize) -> CallAct {
    match &site.told.asked.lock()[n].order {
        Order::Channel(_, act) => act.clone(),
        other => panic!("on a channel: {other:?}"),
    }
}

#[test]
fn a_channel_is_hung_up_and_the_answer_names_it() {
    let site = Site::start();
    let reply = site.post("/api/calls/hangup", r#"{"channel":"PJSIP/1001-00000062"}"#);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json(), json!({"ok": true, "outcome": "hangup", "channel": "PJSIP/1001-00000062"}));
    assert_eq!(act(&site, 0), CallAct::Hangup { cause: 16 });
    site.post("/api/calls/hangup", r#"{"channel":"Local/9@x-00000001;2","cause":17,"pbx":"paris"}"#);
    let asked = site.told.asked.lock();
    assert!(matches!(&asked[1].order, Order::Channel(_, CallAct::Hangup { cause: 17 })));
    assert_eq!(asked[1].pbx.as_ref().unwrap().0, "paris");
}

#[test]
fn a_channel_is_transferred_and_the_answer_says_where_to() {
    let site = Site::start();
    let body = r#"{"channel":"PJSIP/1001-00000062","destination":"1003","context":"from-phones"}"#;
    let reply = site.post("/api/calls/transfer", body);
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.json(),
        json!({"ok": true, "outcome": "hangup", "channel": "PJSIP/1001-00000062", "destination": "1003"})
    );
    let CallAct::Transfer { destination, context } = &act(&site, 0) else { panic!("a transfer") };
    assert_eq!((destination.as_str(), context.as_ref().unwrap().as_str()), ("1003", "from-phones"));
}

#[test]
fn each_refusal_has_its_status_and_its_name() {
    let site = Site::start();
    for (refusal, told) in [
        (Refusal::NoSuchChannel, "404 no_such_channel"),
        (Refusal::Ambiguous, "409 ambiguous"),
        (Refusal::State("already_ending", "the channel is being hung up"), "409 already_ending"),
        (Refusal::NotAllowed(BadValue { field: "context", expected: "an allowed context" }), "422 bad_value"),
        (Refusal::Pbx("Channel does not exist".into()), "502 pbx_refused"),
        (Refusal::LinkDown, "503 link_down"),
        (Refusal::LinkLost, "503 link_lost"),
        (Refusal::Busy, "503 busy"),
        (Refusal::TimedOut, "504 timed_out"),
    ] {
        *site.told.answer.lock() = Answer::Refuse(refusal);
        let reply = site.post("/api/calls/hangup", r#"{"channel":"PJSIP/1001-00000062"}"#);
        assert_eq!(reply.told(), told);
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
    *site.told.answer.lock() = Answer::Refuse(Refusal::Pbx("Channel does not exist".into()));
    let reply = site.post("/api/calls/hangup", r#"{"channel":"PJSIP/1001-00000062"}"#);
    assert_eq!(reply.json()["message"], "the PBX refused: Channel does not exist");
}

#[test]
fn an_answer_that_never_comes_is_a_timeout_and_too_many_are_refused_at_once() {
    let deadline = Duration::from_millis(300);
    let site = Site::with(|s| (s.verb_deadline, s.verbs_at_once) = (deadline, 1), Limits::default());
    *site.told.answer.lock() = Answer::Never;
    let body = r#"{"channel":"PJSIP/1001-00000062"}"#;
    std::thread::scope(|threads| {
        let first = threads.spawn(|| site.post("/api/calls/hangup", body).told());
        while site.told.asked.lock().is_empty() {
            std::thread::yield_now();
        }
        assert_eq!(site.post("/api/calls/hangup", body).told(), "503 busy");
        assert_eq!(first.join().unwrap(), "504 timed_out");
    });
    assert_eq!(site.told.asked.lock().len(), 1);
    assert_eq!(site.post("/api/calls/hangup", body).told(), "504 timed_out", "the place is free again");
}

#[test]
fn a_body_that_is_not_right_names_what_is_wrong() {
    let site = Site::start();
    for (body, told, field) in [
        ("{", "400 malformed_json", ""),
        ("", "400 malformed_json", ""),
        ("[]", "422 bad_value", "body"),
        ("{}", "422 bad_value", "channel"),
        (r#"{"channel":null}"#, "422 bad_value", "channel"),
        (r#"{"channel":7}"#, "422 bad_value", "channel"),
        (r#"{"channel":"PJSIP/1-1","role":"admin"}"#, "422 bad_value", "role"),
        (r#"{"channel":"PJSIP/1-1","Channel":"PJSIP/1-2"}"#, "422 bad_value", "Channel"),
        (r#"{"channel":"PJSIP/1-1","channel":"PJSIP/2-2"}"#, "422 bad_value", "channel"),
        (r#"{"channel":"PJSIP/1-1","cause":0}"#, "422 bad_value", "cause"),
        (r#"{"channel":"PJSIP/1-1","cause":128}"#, "422 bad_value", "cause"),
        (r#"{"channel":"PJSIP/1-1","cause":"16"}"#, "422 bad_value", "cause"),
        (r#"{"channel":"PJSIP/1-1","cause":16.5}"#, "422 bad_value", "cause"),
        (r#"{"channel":"PJSIP/1-1","destination":"100"}"#, "422 bad_value", "destination"),
    ] {
        let reply = site.post("/api/calls/hangup", body);
        assert_eq!(reply.told(), told, "{body}");
        if !field.is_empty() {
            assert!(reply.json()["details"][field].is_string(), "{body}: {}", reply.text());
        }
    }
    let long = format!("{{\"channel\":\"{}\"}}", "a".repeat(70_000));
    assert_eq!(site.post("/api/calls/hangup", &long).told(), "413 too_large");
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    assert_eq!(site.post_with("/api/calls/hangup", "channel=PJSIP/1-1", form).told(), "415 not_json");
    assert_eq!(site.get("/api/calls/hangup").told(), "405 method_not_allowed");
    assert!(site.told.asked.lock().is_empty(), "nothing of it reached an actor");
}

#[test]
fn s01_line_breaks_reach_nobody() {
    let site = Site::start();
    let vectors = [
        "1000\r\nAction: Command\r\nCommand: core show version",
        "1000\r\n\r\nAction: Originate\r\nChannel: Local/9@x\r\nApplication: System\r\nData: id\r\n\r\n",
        "x\nVariable: A=B",
        "x\rActionID: y",
        "x\u{2028}y",
        "x\u{85}y",
        "x%0d%0aA: b",
        "x\\r\\nA: b",
        "x&#13;&#10;A: b",
        "x\0y",
        &"a".repeat(1100),
    ];
    for vector in vectors {
        for channel in [vector.to_owned(), format!("PJSIP/{vector}-00000001"), format!("/{vector}")] {
            let reply = site.post("/api/calls/hangup", &json!({"channel": channel}).to_string());
            assert!([404, 422].contains(&reply.status), "channel {channel:?}: {}", reply.status);
            if channel.bytes().any(|b| b < 0x20 || b == 0x7f) {
                assert_eq!(reply.told(), "422 bad_value", "{channel:?}");
            }
        }
        for field in ["destination", "context", "pbx"] {
            let mut body = json!({"channel": "PJSIP/1001-00000062", "destination": "1003"});
            body[field] = vector.into();
            if field == "pbx" && !vector.chars().any(char::is_control) && vector.len() <= 64 {
                continue; // compared with configured names only, never sent
            }
            let reply = site.post("/api/calls/transfer", &body.to_string());
            assert_eq!(reply.told(), "422 bad_value", "{field} {vector:?}");
            assert!(reply.json()["details"][field].is_string());
        }
        let name = json!({"channel": "PJSIP/1001-00000062", vector: "x"}).to_string();
        assert_eq!(site.post("/api/calls/hangup", &name).told(), "422 bad_value");
    }
    let mut many = json!({"channel": "PJSIP/1001-00000062"});
    for n in 0..140 {
        many[format!("Variable{n}")] = "A=B".into();
    }
    assert_eq!(site.post("/api/calls/hangup", &many.to_string()).told(), "422 bad_value");
    assert!(site.told.asked.lock().is_empty(), "nothing of it reached an actor");
}

#[test]
fn s08_a_pattern_hangs_up_nobody() {
    let site = Site::start();
    for (channel, told) in [
        ("/.*/", "404 no_such_channel"),
        ("/^SIP.*$/", "404 no_such_channel"),
        ("/^.*$/", "404 no_such_channel"),
        ("", "422 bad_value"),
        ("all", "422 bad_value"),
        ("PJSIP/.*", "422 bad_value"),
        ("PJSIP/1001-00000062;3", "422 bad_value"),
        ("PJSIP/1001 -00000062", "422 bad_value"),
        ("PJSIP/1001&PJSIP/1002", "422 bad_value"),
    ] {
        for path in ["/api/calls/hangup", "/api/calls/transfer"] {
            let mut body = json!({"channel": channel});
            if path.ends_with("transfer") {
                body["destination"] = "1003".into();
            }
            assert_eq!(site.post(path, &body.to_string()).told(), told, "{path} {channel}");
        }
    }
    assert!(site.told.asked.lock().is_empty(), "nothing of it reached an actor");
}

#[test]
fn s10_extensions_and_contexts_have_asterisks_own_size() {
    let site = Site::start();
    let transfer = |destination: &str, context: Option<&str>| {
        let mut body = json!({"channel": "PJSIP/1001-00000062", "destination": destination});
        if let Some(context) = context {
            body["context"] = context.into();
        }
        site.post("/api/calls/transfer", &body.to_string()).status
    };
    let mut reached = 0;
    for (length, status) in
        [(0, 422), (1, 200), (20, 200), (21, 200), (64, 200), (65, 422), (79, 422), (80, 422), (4096, 422)]
    {
        assert_eq!(transfer(&"1".repeat(length), None), status, "a destination of {length}");
        reached += usize::from(status == 200);
    }
    for (length, status) in [(0, 422), (1, 200), (20, 200), (21, 200), (79, 200), (80, 422), (4096, 422)] {
        assert_eq!(transfer("1003", Some(&"c".repeat(length))), status, "a context of {length}");
        reached += usize::from(status == 200);
    }
    for digit in ('\u{660}'..='\u{669}').chain(['\u{ff0b}', '\u{ff10}', '²']) {
        assert_eq!(transfer(&format!("10{digit}"), None), 422, "{digit}");
        assert_eq!(transfer("1003", Some(&format!("c{digit}"))), 422, "{digit}");
    }
    for hostile in [
        "500&PJSIP/trunk/0899",
        "100@evil",
        "100/n",
        "100,30,U(x)",
        "100^1",
        "100;ext=9",
        "1 00",
        "${X}",
        "%2b",
    ] {
        assert_eq!(transfer(hostile, None), 422, "{hostile}");
    }
    assert_eq!(site.told.asked.lock().len(), reached, "only the good ones reached an actor");
}
