//! A call as a supervisor sees it.

use serde_json::json;

use super::{Floor, SOON, on_both};
use crate::support::asterisk::Version;
use crate::support::board::text;

on_both!(
    a_call_appears_talks_holds_and_is_gone,
    a_transfer_by_the_phone_shows_who_transferred,
    a_busy_phone_is_a_call_that_ends
);

fn a_call_appears_talks_holds_and_is_gone(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002"]);
    floor.phones.dial("1001", "1002", "caller");
    floor.looks.until("a ringing phone", SOON, |board| {
        let mut legs = board.calls().flat_map(|call| call["legs"].as_array().cloned().unwrap_or_default());
        legs.find(|leg| leg["endpoint"] == floor.endpoint("1002").as_str() && leg["phase"] == "ringing")
    });
    floor.phones.take("1002", "callee");
    floor.phones.answer("callee");

    let call = floor.looks.until("two legs that talk", SOON, |board| {
        board
            .calls()
            .find(|call| {
                call["phase"] == "talking" && call["legs"].as_array().is_some_and(|legs| legs.len() == 2)
            })
            .cloned()
    });
    assert_eq!(call["direction"], "internal");
    assert_eq!(call["caller"]["number"], "1001");
    assert_eq!(call["called"], "1002");
    assert_eq!(
        call["talking"].as_array().map(Vec::len),
        Some(1),
        "one group of people hears each other: {call}"
    );
    floor.channels_agree();
    for phone in ["1001", "1002"] {
        let endpoint = floor.endpoint(phone);
        floor.looks.until("both agents on the call", SOON, |board| {
            (board.agent(&endpoint)["activity"] == "on_call").then_some(())
        });
    }

    let held = floor.phones.command(json!({"do": "hold", "call": "caller"}));
    assert_eq!(held["code"], 200, "Asterisk did not take the hold");
    let id = text(&call["id"]);
    floor.looks.until("a call on hold", SOON, |board| {
        (board.last("calls", &id)?["phase"] == "on_hold").then_some(())
    });
    floor.phones.command(json!({"do": "unhold", "call": "caller"}));
    floor.looks.until("a call that talks again", SOON, |board| {
        (board.last("calls", &id)?["phase"] == "talking").then_some(())
    });

    floor.phones.hang_up("callee");
    floor.all_is_quiet();
    let last = floor.looks.now().last("calls", &id).cloned().expect("the call was seen");
    assert!(
        last["answered_ms"].as_i64() >= last["started_ms"].as_i64(),
        "it rang before it was answered: {last}"
    );
}

fn a_transfer_by_the_phone_shows_who_transferred(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002", "1003"]);
    floor.phones.set("1003", "auto", json!(["answer", 0]));
    let id = floor.two_talk();
    floor.phones.command(json!({"do": "refer", "call": "caller", "to": "1003"}));
    floor.phones.take("1003", "third");
    floor.phones.wait("third", "up");

    let (by, endpoints) = (floor.endpoint("1001"), [floor.endpoint("1002"), floor.endpoint("1003")]);
    floor.looks.until("1002 and 1003 in one call, transferred by 1001", SOON, |board| {
        let call = board.last("calls", &id)?;
        let transfer = call["transfers"].as_array()?.first()?;
        let alive = call["legs"]
            .as_array()?
            .iter()
            .filter(|leg| leg["phase"] == "up" && endpoints.iter().any(|e| leg["endpoint"] == e.as_str()));
        (transfer["kind"] == "blind"
            && transfer["by"] == by.as_str()
            && transfer["success"] == true
            && alive.count() == 2)
            .then_some(())
    });
    floor.phones.hang_up("third");
    floor.all_is_quiet();
}

fn a_busy_phone_is_a_call_that_ends(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002"]);
    floor.phones.set("1002", "auto", json!(["reject", 486]));
    floor.phones.dial("1001", "1002", "caller");
    floor.phones.wait("caller", "ended");
    floor.all_is_quiet();
    let idle = floor.endpoint("1002");
    floor.looks.until("1002 idle", SOON, |board| (board.agent(&idle)["activity"] == "idle").then_some(()));
}
