//! Every verb with what refuses it, by name: state, right of the account, dialplan, link. `GET /api/verbs` says
//! the same before it is tried.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Floor, SOON, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};

on_both!(
    a_leg_that_rings_is_only_hung_up,
    who_is_alone_has_nobody_to_be_taken_from,
    a_leg_in_a_call_of_two_waits_in_no_queue_room_or_lot,
    what_an_account_may_not_send_is_refused_before_anything_rings,
    each_context_that_the_dialplan_lacks_takes_its_verbs_away,
    nothing_is_done_without_a_link,
    an_agent_is_in_a_queue_or_not,
);

/// A body for each verb on a channel, all of it well formed.
fn on_channel(floor: &Floor, channel: &str) -> BTreeMap<&'static str, (&'static str, Value)> {
    let station = floor.endpoint("1003");
    let more = |field: &str, value: Value| {
        let mut body = json!({"channel": channel});
        body[field] = value;
        body
    };
    let plain = json!({"channel": channel});
    let to = |verb: &'static str, path: &'static str, body: Value| (verb, (path, body));
    BTreeMap::from([
        to("hangup", "/api/calls/hangup", plain.clone()),
        to("transfer", "/api/calls/transfer", more("destination", json!("1003"))),
        to("consult", "/api/calls/consult", more("destination", json!("1003"))),
        to("complete", "/api/calls/complete", plain.clone()),
        to("cancel", "/api/calls/cancel", plain.clone()),
        to("park", "/api/calls/park", plain.clone()),
        to("retrieve", "/api/calls/retrieve", more("station", json!(station))),
        to("listen", "/api/calls/listen", more("station", json!(station))),
        to("whisper", "/api/calls/whisper", more("station", json!(station))),
        to("barge", "/api/calls/barge", more("station", json!(station))),
        to("stop_listening", "/api/calls/stop_listening", plain.clone()),
        to("take_over", "/api/calls/take_over", more("station", json!(station))),
        to("dtmf", "/api/calls/dtmf", more("digits", json!("1"))),
        to("record_start", "/api/calls/record_start", plain.clone()),
        to("record_stop", "/api/calls/record_stop", plain.clone()),
        to("record_pause", "/api/calls/record_pause", plain.clone()),
        to("record_resume", "/api/calls/record_resume", plain.clone()),
        to("kick", "/api/calls/kick", plain),
        to("mute", "/api/calls/mute", more("on", json!(true))),
        to("to_node", "/api/calls/to_node", more("node", json!("menu"))),
        to("pick", "/api/queues/pick", more("station", json!(station))),
        to("move", "/api/queues/move", more("queue", json!("sales"))),
    ])
}

/// The same for each verb on an agent.
fn on_agent(agent: &str, queue: Option<&str>) -> BTreeMap<&'static str, (&'static str, Value)> {
    let body = |more: Value| {
        let mut body = json!({"agent": agent});
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        if let (Some(queue), None) = (queue, body.get("queue")) {
            body["queue"] = json!(queue);
        }
        body
    };
    BTreeMap::from([
        ("pause", ("/api/agents/pause", body(json!({"reason": "lunch"})))),
        ("unpause", ("/api/agents/unpause", body(json!({})))),
        ("login", ("/api/agents/login", body(json!({"queue": queue.unwrap_or("sales")})))),
        ("logout", ("/api/agents/logout", body(json!({})))),
        ("penalty", ("/api/agents/penalty", body(json!({"penalty": 3})))),
    ])
}

/// Each of them is refused by that name, and was announced so where something is announced.
fn refused(
    floor: &Floor,
    all: &BTreeMap<&'static str, (&'static str, Value)>,
    told: (u16, &str),
    verbs: &[&str],
) {
    for verb in verbs {
        let (path, body) = &all[verb];
        assert_eq!(floor.refused(path, body), (told.0, told.1.to_owned()), "{verb} {body}");
    }
}

/// `GET /api/verbs` gives that reason for each.
fn announced(floor: &Floor, channel: &str, told: &str, verbs: &[&str]) {
    let (status, rows) = floor.vigie.get(&format!("/api/verbs?channel={}", channel.replace('/', "%2F")));
    assert_eq!(status, 200, "{rows}");
    let rows = rows.as_array().expect("a list");
    for verb in verbs {
        let row = rows.iter().find(|row| row["verb"] == *verb).expect("every verb is there");
        assert_eq!(row["error"].as_str().unwrap_or("ok"), told, "{row}");
    }
}

fn a_leg_that_rings_is_only_hung_up(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002", "1003"]);
    floor.phones.dial("1001", "1002", "caller");
    floor.phones.take("1002", "callee");
    let channel = floor.channel_of("1002");
    let all = on_channel(&floor, &channel);
    let not_up = [
        "transfer",
        "consult",
        "complete",
        "cancel",
        "park",
        "listen",
        "whisper",
        "barge",
        "take_over",
        "dtmf",
    ];
    for (told, verbs) in [
        ("not_answered", &not_up[..]),
        ("not_parked", &["retrieve"]),
        ("not_in_conference", &["kick", "mute"]),
        ("not_waiting", &["pick", "move"]),
        ("not_in_flow", &["to_node"]),
        ("not_listening", &["stop_listening"]),
        ("account_may_not", &["record_start"]),
        ("not_recorded", &["record_pause", "record_resume"]),
    ] {
        refused(&floor, &all, (409, told), verbs);
    }
    announced(&floor, &channel, "not_answered", &not_up);
    assert_eq!(floor.done("/api/calls/hangup", &all["hangup"].1)["outcome"], "hangup");
    floor.phones.wait("callee", "ended");
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}

fn who_is_alone_has_nobody_to_be_taken_from(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1003"]);
    floor.phones.dial("1001", "600", "alone");
    floor.phones.wait("alone", "up");
    let channel = floor.channel_of("1001");
    floor.looks.until("a conference of one", SOON, |board| {
        board.calls().find(|call| call["conference"] == "600").map(|_| ())
    });
    let all = on_channel(&floor, &channel);
    refused(&floor, &all, (409, "not_two_parties"), &["consult", "park", "take_over"]);
    refused(&floor, &all, (409, "not_consulting"), &["complete", "cancel"]);
    announced(&floor, &channel, "not_two_parties", &["consult", "park", "take_over"]);
    floor.phones.hang_up("alone");
    floor.all_is_quiet();
}

fn a_leg_in_a_call_of_two_waits_in_no_queue_room_or_lot(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002", "1003"]);
    floor.two_talk();
    let channel = floor.channel_of("1001");
    let all = on_channel(&floor, &channel);
    refused(&floor, &all, (409, "not_in_conference"), &["kick", "mute"]);
    refused(&floor, &all, (409, "not_waiting"), &["pick", "move"]);
    refused(&floor, &all, (409, "not_parked"), &["retrieve"]);
    refused(&floor, &all, (409, "not_consulting"), &["complete", "cancel"]);
    refused(&floor, &all, (409, "not_recorded"), &["record_pause", "record_resume"]);
    let gone = format!("{}-000000ff", floor.endpoint("1001"));
    let ghosts = on_channel(&floor, &gone);
    let every: Vec<_> = ghosts.keys().copied().filter(|verb| *verb != "record_start").collect();
    refused(&floor, &ghosts, (404, "no_such_channel"), &every);
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}

fn what_an_account_may_not_send_is_refused_before_anything_rings(version: Version) {
    let pbx = Asterisk::start(version);
    pbx.revoke("originate");
    pbx.revoke("agent");
    let mut phones = Phones::at(&pbx);
    for phone in ["1001", "1002", "1003"] {
        phones.phone(phone, json!("ring"));
    }
    let mut floor = Floor::attach(pbx, phones);
    floor.two_talk();
    let channel = floor.channel_of("1002");
    let all = on_channel(&floor, &channel);
    let rings = ["listen", "whisper", "barge", "take_over", "pick", "retrieve"];
    let told = (409, "account_may_not");
    refused(&floor, &all, told, &rings);
    announced(&floor, &channel, told.1, &rings);
    let call = json!({"agent": floor.endpoint("1003"), "destination": "1002"});
    assert_eq!(floor.refused("/api/calls/originate", &call), (told.0, told.1.to_owned()));
    let agents = on_agent(&floor.endpoint("1003"), Some("support"));
    refused(&floor, &agents, told, &["pause", "unpause", "login", "logout", "penalty"]);
    assert_eq!(floor.pbx.channels().len(), 2, "nothing rang");
    assert_eq!(
        floor.done("/api/calls/hangup", &all["hangup"].1)["outcome"],
        "hangup",
        "what it may, it does"
    );
    floor.phones.wait("caller", "ended");
    floor.all_is_quiet();
}

fn each_context_that_the_dialplan_lacks_takes_its_verbs_away(version: Version) {
    let etc = tempfile::tempdir().expect("a folder");
    std::fs::write(etc.path().join("extensions_vigie.conf"), "; nothing\n").expect("a file");
    let pbx = Asterisk::start_with_etc(version, etc.path().to_path_buf());
    let mut phones = Phones::at(&pbx);
    for phone in ["1001", "1002", "1003"] {
        phones.phone(phone, json!("ring"));
    }
    let mut floor = Floor::attach(pbx, phones);
    floor.two_talk();
    let channel = floor.channel_of("1002");
    let all = on_channel(&floor, &channel);
    let verbs = ["listen", "whisper", "barge", "consult", "take_over", "pick", "retrieve", "move"];
    refused(&floor, &all, (409, "no_context"), &verbs);
    announced(&floor, &channel, "no_context", &verbs);
    floor.until_talking("1001", "1002");
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}

fn nothing_is_done_without_a_link(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002", "1003"]);
    floor.two_talk();
    let all = on_channel(&floor, &floor.channel_of("1002"));
    let agents = on_agent(&floor.endpoint("1001"), Some("support"));
    floor.pbx.kill();
    floor.looks.until("a link that is not live", SOON, |board| (board.pbx()["link"] != "live").then_some(()));
    let every: Vec<_> = all.keys().copied().collect();
    refused(&floor, &all, (503, "link_down"), &every);
    let every: Vec<_> = agents.keys().copied().collect();
    refused(&floor, &agents, (503, "link_down"), &every);
    let call = json!({"agent": floor.endpoint("1003"), "destination": "1002"});
    assert_eq!(floor.refused("/api/calls/originate", &call), (503, "link_down".into()));
}

fn an_agent_is_in_a_queue_or_not(version: Version) {
    let floor = Floor::open(version, &["1001", "1002"]);
    let everywhere = on_agent(&floor.endpoint("1006"), None);
    floor.done("/api/agents/login", &everywhere["login"].1);
    assert_eq!(floor.done("/api/agents/login", &everywhere["login"].1)["outcome"], "logged_in", "again");
    assert_eq!(
        floor.done("/api/agents/unpause", &everywhere["unpause"].1)["outcome"],
        "unpaused",
        "never was"
    );
    let elsewhere = on_agent(&floor.endpoint("1006"), Some("support"));
    refused(&floor, &elsewhere, (409, "not_a_member"), &["pause", "unpause", "penalty"]);
    assert_eq!(floor.done("/api/agents/logout", &everywhere["logout"].1)["outcome"], "logged_out");
    assert_eq!(floor.done("/api/agents/logout", &everywhere["logout"].1)["outcome"], "logged_out", "again");
    refused(&floor, &everywhere, (409, "logged_out"), &["pause", "unpause", "penalty"]);
    let nobody = on_agent(&floor.endpoint("1999"), Some("support"));
    refused(&floor, &nobody, (404, "no_such_agent"), &["pause", "unpause", "login", "logout", "penalty"]);
    for (field, value) in [("queue", "a,b"), ("queue", "a\r\nb"), ("reason", "a\nb")] {
        let mut body = json!({"agent": floor.endpoint("1001"), "reason": "lunch"});
        body[field] = json!(value);
        assert_eq!(floor.refused("/api/agents/pause", &body), (422, "bad_value".into()), "{field} {value:?}");
    }
}
