//! Vigie comes, or comes back, in the middle of calls: what it shows is what Asterisk lists.

use std::time::Instant;

use serde_json::{Value, json};

use super::{Floor, SOON, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};

on_both!(
    vigie_attached_in_the_middle_of_calls_shows_what_asterisk_lists,
    a_served_caller_met_under_way_is_his_queues
);

fn vigie_attached_in_the_middle_of_calls_shows_what_asterisk_lists(version: Version) {
    let pbx = Asterisk::start(version);
    let mut phones = Phones::at(&pbx);
    for phone in ["1001", "1002", "1003", "1004", "1005", "1006"] {
        phones.phone(phone, json!("ring"));
    }
    phones.provider(&pbx, "trunk-a", json!("ring"));
    phones.dial("1001", "1002", "caller");
    phones.take("1002", "callee");
    phones.answer("callee");
    phones.wait("caller", "up");
    for (phone, number) in [("1004", "600"), ("1005", "600"), ("1006", "700")] {
        phones.dial(phone, number, phone);
        phones.wait(phone, "up");
    }
    phones.dial_in("trunk-a", "0612345678", "0170000001", "customer");
    phones.take("1003", "rung"); // 1001 and 1002 are busy, and support rings nobody who is

    let mut floor = Floor::attach(pbx, phones);
    let theirs = floor.pbx.channels();
    assert_eq!(theirs.len(), 7, "{theirs:?}");
    floor.looks.until("every channel that Asterisk lists, and no other", SOON, |board| {
        (board.channels() == theirs).then_some(())
    });
    let board = floor.looks.now();
    for phase in ["talking", "conference", "parked", "waiting"] {
        assert!(board.calls().any(|call| call["phase"] == phase), "no call is {phase}");
    }
    assert_eq!(board.queue("support")["waiting"][0]["party"]["number"], "0612345678");
    assert_eq!(board.agent(&floor.endpoint("1001"))["activity"], "on_call");
    assert_eq!(board.agent(&floor.endpoint("1003"))["activity"], "ringing");
    for (phone, called) in [("1001", "1002"), ("1004", "600")] {
        let endpoint = floor.endpoint(phone);
        let call = board
            .calls()
            .find(|call| {
                let first = call["legs"].as_array().into_iter().flatten();
                first
                    .into_iter()
                    .any(|leg| leg["uniqueid"] == call["linkedid"] && leg["endpoint"] == endpoint.as_str())
            })
            .expect("its call");
        assert_eq!(call["called"], called, "what was dialled is listed");
        assert_eq!(call["at_least"], json!(["answered_ms", "phase_since_ms"]), "since when is not");
        assert_eq!(call["recording"], Value::Null, "nor whether it is recorded");
        assert!(call["unseen_until_ms"].is_number());
    }
    let compared = &board.pbx()["comparison"];
    assert!(compared["channels"].as_u64() >= Some(7), "the comparison is shown: {compared}");

    for call in ["caller", "1004", "1005", "1006", "customer"] {
        floor.phones.hang_up(call);
    }
    floor.all_is_quiet();
    assert_eq!(floor.looks.now().queue("support")["waiting"], json!([]));
}

fn a_served_caller_met_under_way_is_his_queues(version: Version) {
    let pbx = Asterisk::start(version);
    let mut phones = Phones::at(&pbx);
    phones.phone("1001", json!("ring"));
    phones.provider(&pbx, "trunk-a", json!("ring"));
    phones.dial_in("trunk-a", "0612345678", "0170000001", "customer");
    phones.take("1001", "agent");
    phones.answer("agent");
    phones.wait("agent", "up");
    let bridged = |pbx: &Asterisk| pbx.cli("core show channels concise").matches("AppQueue").count() == 1;
    let deadline = Instant::now() + SOON;
    while !(bridged(&pbx) && pbx.cli("bridge show all").contains("simple_bridge")) {
        assert!(Instant::now() < deadline, "Asterisk never put them together");
    }

    let mut floor = Floor::attach(pbx, phones);
    let alice = floor.endpoint("1001");
    let (agent, call) = floor.looks.until("Alice serving support", SOON, |board| {
        let agent = board.agent(&alice);
        let call = board.calls().next()?;
        (agent["call_queue"] == "support" && call["phase"] == "talking")
            .then(|| (agent.clone(), call.clone()))
    });
    assert_eq!(agent["activity"], "on_call");
    assert_eq!(agent["at_least"], json!(["availability_since_ms", "activity_since_ms"]));
    assert_eq!((&call["called"], &call["queue"]["name"]), (&json!("0170000001"), &json!("support")));
    assert_eq!((&call["queue"]["outcome"], &call["queue"]["joined_ms"]), (&json!("answered"), &Value::Null));
    assert_eq!(call["queue"]["agent"], alice.as_str());
    floor.phones.hang_up("customer");
    floor.all_is_quiet();
}
