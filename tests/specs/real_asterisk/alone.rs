//! Nobody stays in `vigie-wait` unseen: who is left alone there is shown, is an alarm, and can be brought out.

use std::time::Duration;

use serde_json::json;

use super::{Floor, SOON, on_both};
use crate::support::asterisk::Version;
use crate::support::server::keyed;

on_both!(
    who_is_left_alone_on_hold_is_an_alarm_until_he_is_retrieved,
    who_is_picked_by_a_phone_that_hangs_up_waits_again,
);

/// Longer than an alarm takes to be one.
const ALARMED: Duration = Duration::from_secs(25);

fn who_is_left_alone_on_hold_is_an_alarm_until_he_is_retrieved(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002", "1003", "1004"]);
    floor.phones.set("1004", "auto", json!(["answer", 0]));
    floor.two_talk();
    let (customer, agent) = (floor.channel_of("1001"), floor.channel_of("1002"));
    let retrieve = json!({"channel": customer, "station": floor.endpoint("1004")});
    floor.done("/api/calls/consult", &json!({"channel": agent, "destination": "1003"}));
    floor.phones.take("1003", "consulted");
    assert_eq!(floor.refused("/api/calls/retrieve", &retrieve).1, "not_parked", "somebody consults for him");

    floor.phones.hang_up("callee");
    floor.looks.until("a customer who is left alone", SOON, |board| {
        board.calls().find(|call| call["phase"] == "left_alone").map(|_| ())
    });
    let alarm = |over: bool| {
        floor.looks.until(&format!("an alarm, over: {over}"), ALARMED, |board| {
            let mut alarms = board.rows("alarms").filter(|alarm| alarm["kind"] == "left_alone");
            alarms.find(|alarm| alarm["ended_ms"].is_null() != over).cloned()
        })
    };
    let told = alarm(false);
    assert_eq!(told["with"], json!(["1001"]), "{told}");
    assert_eq!(floor.done("/api/calls/retrieve", &retrieve)["outcome"], "connected");
    floor.until_talking("1001", "1004");
    alarm(true);
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}

fn who_is_picked_by_a_phone_that_hangs_up_waits_again(version: Version) {
    // nobody of support is registered: its caller waits
    let mut floor = Floor::open(version, &["1005", "1006"]);
    let mut waited_again = 0;
    for round in 0..10 {
        if floor.looks.now().channels().is_empty() {
            floor.phones.dial("1005", "500", &format!("calls-{round}"));
        }
        waits_in_support(&floor);
        let body = json!({"channel": floor.channel_of("1005"), "station": floor.endpoint("1006")});
        let address = floor.vigie.address.clone();
        let asks =
            std::thread::spawn(move || keyed(&address, "/api/queues/pick", &body, &format!("round-{round}")));
        let phone = format!("picks-{round}");
        floor.phones.take("1006", &phone);
        floor.phones.answer(&phone);
        floor.phones.hang_up(&phone);
        let (status, answer) = asks.join().expect("who asked").expect("an answer");
        if status == 200 {
            // the two were together for an instant before he hung up: that caller was served
            assert_eq!(answer["outcome"], "connected");
            floor.vigie.post("/api/calls/hangup", &json!({"channel": answer["channel"]}));
            floor.all_is_quiet();
            continue;
        }
        waits_in_support(&floor);
        floor.looks.until("the caller alone", SOON, |board| (board.channels().len() == 1).then_some(()));
        waited_again += 1;
        if waited_again == 2 {
            break;
        }
    }
    assert_eq!(waited_again, 2, "he was served each time, by a phone that hung up at once");
    floor.done("/api/calls/hangup", &json!({"channel": floor.channel_of("1005")}));
    floor.all_is_quiet();
}

fn waits_in_support(floor: &Floor) {
    floor.looks.until("a caller in support", SOON, |board| {
        let mut calls = board.calls().filter(|call| call["phase"] == "waiting");
        calls.find(|call| call["queue"]["name"] == "support").map(|_| ())
    });
}
