//! Callers of a real Asterisk walk the same flows where AMI alone is open: `AGI(agi:async)`.

use serde_json::{Value, json};

use super::walks::{Line, Over, line, way};
use super::{SOON, on_both};
use crate::support::asterisk::Version;

on_both!(a_caller_walks_over_ami_and_comes_to_every_end, f42_who_lost_vigie_goes_back_to_the_dialplan);

/// His walk, once it is over: his way and how it ended.
fn went(line: &Line, id: &str) -> (String, Value) {
    let past = line.past(id, 1);
    let walk = &past["flows"][0];
    assert_eq!(walk["called"], "0170000001");
    (way(walk), walk["how"].clone())
}

fn id(call: &Value) -> String {
    call["id"].as_str().expect("an id").to_owned()
}

fn until_waiting(line: &Line) {
    line.floor.looks.until("a caller in support", SOON, |board| {
        board.calls().find(|c| c["phase"] == "waiting" && c["queue"]["name"] == "support").map(|_| ())
    });
}

fn a_caller_walks_over_ami_and_comes_to_every_end(version: Version) {
    let mut line = line(version, &["1001", "1002"], Over::Ami);
    // sent on in the middle of what is said, by a key of his own to somebody, and he hangs up himself
    let channel = line.calls();
    let call = id(&line.until_at(0, "welcome"));
    let menu = json!({"channel": channel, "node": "menu"});
    assert_eq!(line.floor.done("/api/calls/to_node", &menu)["outcome"], "moved");
    line.floor.phones.command(json!({"do": "dtmf", "call": "caller", "digits": "1"}));
    line.floor.phones.take("1002", "desk");
    assert_eq!(line.floor.refused("/api/calls/to_node", &menu), (409, "connected_by_flow".into()));
    line.floor.phones.answer("desk");
    line.floor.until_talking("1001", "1002");
    line.floor.phones.hang_up("caller");
    assert_eq!(went(&line, &call), ("s:out welcome:sent_on menu:out-1 desk:".into(), json!("connected")));

    // nobody answers: the flow goes on, and hangs up
    line.floor.phones.set("1002", "auto", json!(["reject", 486]));
    let channel = line.calls();
    let call = id(&line.until_at(0, "welcome"));
    line.floor.done("/api/calls/to_node", &json!({"channel": channel, "node": "desk"}));
    line.floor.phones.wait("caller", "ended");
    assert_eq!(went(&line, &call), ("s:out welcome:sent_on desk:out bye:".into(), json!("hung_up")));

    // hung up in the middle
    line.calls();
    let call = id(&line.until_at(0, "welcome"));
    line.floor.phones.hang_up("caller");
    assert_eq!(went(&line, &call), ("s:out welcome:".into(), json!("abandoned")));

    // taken to a queue
    let channel = line.calls();
    let call = id(&line.until_at(0, "welcome"));
    let to = json!({"channel": channel, "queue": "support"});
    assert_eq!(line.floor.done("/api/queues/move", &to)["outcome"], "moved");
    until_waiting(&line);
    line.floor.phones.hang_up("caller");
    assert_eq!(went(&line, &call), ("s:out welcome:".into(), json!("taken_away")));
    line.floor.all_is_quiet();
}

fn f42_who_lost_vigie_goes_back_to_the_dialplan(version: Version) {
    let mut line = line(version, &["1001"], Over::Ami);
    let channel = line.calls();
    line.until_at(0, "welcome");
    line.floor.done("/api/calls/to_node", &json!({"channel": channel, "node": "quiet"}));
    line.until_at(0, "quiet");
    line.starts_again();
    until_waiting(&line);
    line.floor.phones.hang_up("caller");
    line.floor.all_is_quiet();
}
