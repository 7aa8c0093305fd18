//! Vigie comes, or comes back, in the middle of calls: what it shows is what Asterisk lists.

use serde_json::json;

use super::{Floor, SOON, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};

on_both!(vigie_attached_in_the_middle_of_calls_shows_what_asterisk_lists);

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
    let compared = &board.pbx()["comparison"];
    assert!(compared["channels"].as_u64() >= Some(7), "the comparison is shown: {compared}");

    for call in ["caller", "1004", "1005", "1006", "customer"] {
        floor.phones.hang_up(call);
    }
    floor.all_is_quiet();
    assert_eq!(floor.looks.now().queue("support")["waiting"], json!([]));
}
