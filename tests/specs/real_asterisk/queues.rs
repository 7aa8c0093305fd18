//! Callers who wait, and how it ends; agents who pause.

use serde_json::json;

use super::{Floor, SOON, on_both};
use crate::support::asterisk::Version;
use crate::support::board::{Board, text};

on_both!(
    a_caller_from_outside_waits_and_is_answered,
    a_caller_who_gives_up_is_abandoned,
    a_caller_whom_the_queue_lets_go_timed_out,
    a_pause_is_seen_with_its_reason,
    an_agent_logs_in_to_a_second_queue_and_out_again,
);

/// Somebody dials the number of a queue; gives the id of his call once the queue shows him waiting.
fn somebody_waits(floor: &mut Floor, number: &str, queue: &str) -> String {
    floor.phones.provider(&floor.pbx, "trunk-a", json!("ring"));
    floor.phones.dial_in("trunk-a", "0612345678", number, "customer");
    floor.looks.until("a caller in the queue", SOON, |board| {
        let waiting = board.queue(queue)["waiting"].as_array()?.first()?;
        let call = text(&waiting["call"]);
        (waiting["party"]["number"] == "0612345678" && !call.is_empty()).then_some(call)
    })
}

fn a_caller_from_outside_waits_and_is_answered(version: Version) {
    let mut floor = Floor::open(version, &["1001"]);
    let id = somebody_waits(&mut floor, "0170000001", "support");
    let alice = floor.endpoint("1001");
    floor.looks.until("Alice's phone rings", SOON, |board| {
        (board.agent(&alice)["activity"] == "ringing").then_some(())
    });
    floor.phones.take("1001", "agent");
    floor.phones.answer("agent");

    let row = floor.looks.until("Alice talks to him", SOON, |board| {
        let row = board.agent(&alice);
        let talks = row["activity"] == "on_call" && row["call_queue"] == "support";
        (talks && row["with"]["number"] == "0612345678").then(|| row.clone())
    });
    assert_eq!((&row["name"], &row["call"]), (&json!("Alice Martin"), &json!(id)));
    floor.looks.until("the queue counts an answered call", SOON, |board| {
        let queue = board.queue("support");
        (queue["answered"] == 1 && queue["waiting"] == json!([])).then_some(())
    });
    let call = floor.looks.now().last("calls", &id).cloned().unwrap_or_default();
    assert_eq!(
        (&call["direction"], &call["queue"]["outcome"], &call["queue"]["agent"]),
        (&json!("inbound"), &json!("answered"), &json!(alice)),
        "{call}"
    );

    floor.phones.hang_up("agent");
    floor.phones.wait("customer", "ended");
    floor.all_is_quiet();
    floor.looks.until("Alice's call is over", SOON, |board| {
        matches!(board.agent(&alice)["activity"].as_str(), Some("idle" | "wrap_up")).then_some(())
    });
}

fn a_caller_who_gives_up_is_abandoned(version: Version) {
    let mut floor = Floor::open(version, &["1001"]);
    somebody_waits(&mut floor, "0170000001", "support");
    floor.phones.hang_up("customer");
    floor.all_is_quiet();
    floor.looks.until("an abandon, not a time-out", SOON, |board| {
        let queue = board.queue("support");
        (queue["offered"] == 1 && queue["abandoned"] == 1 && queue["flowed_out"] == 0).then_some(())
    });
}

fn a_caller_whom_the_queue_lets_go_timed_out(version: Version) {
    let mut floor = Floor::open(version, &["1004"]);
    somebody_waits(&mut floor, "0170000002", "sales");
    floor.phones.wait("customer", "ended");
    floor.all_is_quiet();
    floor.looks.until("a time-out, not an abandon", SOON, |board| {
        let queue = board.queue("sales");
        (queue["offered"] == 1 && queue["abandoned"] == 0 && queue["flowed_out"] == 1).then_some(())
    });
}

fn a_pause_is_seen_with_its_reason(version: Version) {
    let mut floor = Floor::open(version, &["1001"]);
    let alice = floor.endpoint("1001");
    floor.phones.dial("1001", "*45", "pause");
    floor.looks.until("Alice paused for lunch", SOON, |board| {
        let row = board.agent(&alice);
        (row["availability"] == "paused" && row["pause_reason"] == "déjeuner").then_some(())
    });
    floor.phones.wait("pause", "ended");
    floor.phones.dial("1001", "*46", "unpause");
    floor.looks.until("Alice is back", SOON, |board| {
        let row = board.agent(&alice);
        (row["availability"] == "available" && row["pause_reason"].is_null()).then_some(())
    });
    floor.all_is_quiet();
}

fn an_agent_logs_in_to_a_second_queue_and_out_again(version: Version) {
    let mut floor = Floor::open(version, &["1001"]);
    let alice = floor.endpoint("1001");
    let queues = |board: &Board| {
        let memberships = board.agent(&alice)["memberships"].as_array().cloned().unwrap_or_default();
        memberships.iter().map(|m| text(&m["queue"])).collect::<Vec<_>>()
    };
    floor.looks.until("Alice in support", SOON, |board| (queues(board) == ["support"]).then_some(()));
    floor.phones.dial("1001", "*47", "login");
    floor.looks.until("Alice in both queues", SOON, |board| {
        let mut names = queues(board);
        names.sort();
        (names == ["sales", "support"]).then_some(())
    });
    floor.phones.wait("login", "ended");
    floor.phones.dial("1001", "*48", "logout");
    floor.looks.until("Alice in support only", SOON, |board| (queues(board) == ["support"]).then_some(()));
}
