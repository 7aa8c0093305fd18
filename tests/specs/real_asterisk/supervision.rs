//! What a supervisor does to calls under way, each with what Asterisk itself says of it afterwards.

use serde_json::{Value, json};

use super::{Floor, SOON, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};

on_both!(
    a_supervisor_listens_whispers_barges_and_nothing_rings_anew,
    a_phone_is_rung_for_one_order_at_a_time,
    a_supervisor_takes_over_the_caller,
    a_phone_that_is_not_answered_changes_nothing_for_the_caller,
    an_attended_transfer_is_started_completed_and_cancelled,
    a_call_is_parked_and_retrieved,
    a_call_is_recorded_paused_and_stopped,
    s38_a_recording_of_the_dialplan_is_paused_with_least_rights,
    keys_are_pressed_on_a_leg,
    somebody_is_muted_and_kicked_out_of_a_conference,
    a_waiting_caller_is_moved_and_picked,
    a_caller_whom_an_agent_took_meanwhile_is_not_picked_from_him,
    what_the_dialplan_lacks_is_said_by_name,
);

/// Application and data that a channel runs, as Asterisk's CLI has them.
fn runs(floor: &Floor, channel: &str) -> String {
    let shown = floor.pbx.cli(&format!("core show channel {channel}"));
    let line = |name: &str| {
        let found = shown.lines().find(|l| l.trim_start().starts_with(name));
        found.and_then(|l| l.split_once(':')).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    format!("{}({})", line("Application:"), line("Data:"))
}

fn verbs(floor: &Floor, whom: &str, who: &str) -> Vec<(String, String)> {
    let (status, answer) = floor.vigie.get(&format!("/api/verbs?{whom}={}", who.replace('/', "%2F")));
    assert_eq!(status, 200, "{answer}");
    let row = |v: &Value| {
        let why = if v["ok"] == true { "ok" } else { v["error"].as_str().unwrap_or("?") };
        (v["verb"].as_str().unwrap_or("?").to_owned(), why.to_owned())
    };
    answer.as_array().expect("a list").iter().map(row).collect()
}

fn why(floor: &Floor, channel: &str, verb: &str) -> String {
    verbs(floor, "channel", channel)
        .into_iter()
        .find(|(v, _)| v == verb)
        .map(|(_, why)| why)
        .unwrap_or_default()
}

fn a_supervisor_listens_whispers_barges_and_nothing_rings_anew(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002", "1003"]);
    floor.phones.set("1003", "auto", json!(["answer", 0]));
    floor.two_talk();
    let (agent, station) = (floor.channel_of("1002"), floor.endpoint("1003"));
    let body = json!({"channel": agent, "station": station});
    let mut own = String::new();
    for (verb, data) in [("listen", "quES"), ("whisper", "quESw"), ("barge", "quESB"), ("listen", "quES")] {
        let answer = floor.done(&format!("/api/calls/{verb}"), &body);
        assert_eq!(answer["outcome"], verb, "{answer}");
        let leg = answer["started"].as_str().expect("the supervisor's leg").to_owned();
        assert!(own.is_empty() || own == leg, "the same leg all along: {own} {leg}");
        assert_eq!(runs(&floor, &leg), format!("ChanSpy({agent},{data})"), "L38");
        floor.looks.until("a leg that is heard so", SOON, |board| {
            let legs = board.calls().flat_map(|c| c["legs"].as_array().cloned().unwrap_or_default());
            legs.filter(|one| one["channel"] == leg.as_str() && one["spies_how"] == verb).map(|_| ()).next()
        });
        own = leg;
    }
    floor.phones.take("1003", "own");
    floor.looks.until("a leg that listens", SOON, |board| {
        let legs = board.calls().flat_map(|c| c["legs"].as_array().cloned().unwrap_or_default());
        legs.filter(|leg| leg["channel"] == own.as_str() && leg["spies_on"].is_string()).map(|_| ()).next()
    });
    assert_eq!(why(&floor, &own, "transfer"), "listening");
    assert_eq!(
        floor.refused("/api/calls/listen", &json!({"channel": own, "station": station})).1,
        "listening"
    );
    assert_eq!(
        floor.refused("/api/calls/listen", &json!({"channel": agent, "station": floor.endpoint("1002")})),
        (409, "own_call".into())
    );
    assert_eq!(
        floor.refused("/api/calls/listen", &json!({"channel": agent, "station": floor.endpoint("1999")})),
        (404, "no_such_agent".into())
    );
    assert_eq!(floor.done("/api/calls/stop_listening", &json!({"channel": own}))["outcome"], "stopped");
    floor.phones.wait("own", "ended");
    floor.until_talking("1001", "1002");
    assert_eq!(
        floor.refused("/api/calls/stop_listening", &json!({"channel": agent})),
        (409, "not_listening".into())
    );
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}

fn a_phone_is_rung_for_one_order_at_a_time(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002", "1003"]);
    floor.two_talk();
    let (on, station) = (floor.channel_of("1002"), floor.endpoint("1003"));
    let body = json!({"channel": on, "station": station});
    let Floor { vigie, phones, .. } = &mut floor;
    let (status, answer) = std::thread::scope(|scope| {
        let first = scope.spawn(|| vigie.post("/api/calls/listen", &body));
        phones.take("1003", "own");
        for verb in ["listen", "barge", "take_over"] {
            let (status, answer) = vigie.post(&format!("/api/calls/{verb}"), &body);
            assert_eq!(
                (status, answer["error"].as_str()),
                (409, Some("station_ringing")),
                "{verb}: {answer}"
            );
        }
        phones.answer("own");
        first.join().expect("an answer")
    });
    assert_eq!((status, &answer["outcome"]), (200, &json!("listen")), "{answer}");
    assert_eq!(floor.done("/api/calls/whisper", &body)["started"], answer["started"], "the same leg");
    floor.phones.hang_up("own");
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}

fn a_supervisor_takes_over_the_caller(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002", "1003"]);
    floor.phones.set("1003", "auto", json!(["answer", 0]));
    for listens_first in [true, false] {
        floor.two_talk();
        let body = json!({"channel": floor.channel_of("1002"), "station": floor.endpoint("1003")});
        if listens_first {
            floor.done("/api/calls/listen", &body);
        }
        assert_eq!(floor.done("/api/calls/take_over", &body)["outcome"], "connected");
        floor.phones.take("1003", "own");
        floor.phones.wait("callee", "ended");
        floor.until_talking("1001", "1003");
        let his = floor.endpoint("1003");
        floor.looks.until("that it was a take over, by whom and to where", SOON, |board| {
            let transfers = board.calls().find_map(|call| {
                let transfers = call["transfers"].as_array()?;
                (!transfers.is_empty()).then(|| transfers.clone())
            })?;
            let so =
                |t: &Value| t["kind"] == "taken_over" && t["by"] == his.as_str() && t["to"] == his.as_str();
            (transfers.len() == 1 && so(&transfers[0])).then_some(())
        });
        floor.phones.hang_up("own");
        floor.phones.wait("caller", "ended");
        floor.all_is_quiet();
    }
}

fn a_phone_that_is_not_answered_changes_nothing_for_the_caller(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002", "1003"]);
    floor.phones.set("1003", "auto", json!(["reject", 486]));
    floor.two_talk();
    let body = json!({"channel": floor.channel_of("1002"), "station": floor.endpoint("1003")});
    assert_eq!(floor.refused("/api/calls/take_over", &body), (409, "station_busy".into()));
    let body = json!({"channel": floor.channel_of("1002"), "station": floor.endpoint("1004")});
    let (status, name) = floor.refused("/api/calls/listen", &body);
    assert!(status == 409 && name.starts_with("station_"), "{name}: nobody is registered there");
    floor.until_talking("1001", "1002");
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}

fn an_attended_transfer_is_started_completed_and_cancelled(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002", "1003"]);
    for (from, to) in [("1002", "1001"), ("1001", "1002")] {
        for end in ["cancel", "complete"] {
            floor.two_talk();
            let channel = floor.channel_of(from);
            let body = json!({"channel": channel, "destination": "1003"});
            assert_eq!(
                floor.refused("/api/calls/complete", &body_of(&channel)),
                (409, "not_consulting".into())
            );
            assert_eq!(floor.done("/api/calls/consult", &body)["outcome"], "consulting", "{from} {end}");
            floor.phones.take("1003", "third");
            let held = floor.channel_of(to);
            assert!(runs(&floor, &held).starts_with("MusicOnHold"), "{}", runs(&floor, &held));
            assert_eq!(
                floor.refused("/api/calls/complete", &body_of(&channel)),
                (409, "not_answered".into())
            );
            assert_eq!(floor.refused("/api/calls/consult", &body).0, 409);
            if end == "complete" {
                floor.phones.answer("third");
                floor.until_talking(from, "1003");
                assert_eq!(floor.done("/api/calls/complete", &body_of(&channel))["outcome"], "transferred");
                floor.until_talking(to, "1003");
                let by = floor.endpoint(from);
                floor.looks.until("one attended transfer and no other", SOON, |board| {
                    let transfers = board.calls().next()?["transfers"].as_array()?.clone();
                    let so =
                        |t: &Value| t["kind"] == "attended" && t["to"] == "1003" && t["by"] == by.as_str();
                    (transfers.len() == 1 && so(&transfers[0])).then_some(())
                });
                floor.phones.hang_up("third");
            } else {
                assert_eq!(floor.done("/api/calls/cancel", &body_of(&channel))["outcome"], "cancelled");
                floor.until_talking(from, to);
                floor.phones.wait("third", "ended");
                let transfers = floor.looks.now().calls().next().map(|call| call["transfers"].clone());
                assert_eq!(transfers, Some(json!([])), "nobody was transferred");
                floor.phones.hang_up("caller");
            }
            floor.all_is_quiet();
        }
    }
}

fn body_of(channel: &str) -> Value {
    json!({"channel": channel})
}

fn a_call_is_parked_and_retrieved(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002", "1003"]);
    floor.phones.set("1003", "auto", json!(["answer", 0]));
    floor.two_talk();
    let channel = floor.channel_of("1001");
    assert_eq!(
        floor
            .refused("/api/calls/retrieve", &json!({"channel": channel, "station": floor.endpoint("1003")}))
            .1,
        "not_parked"
    );
    assert_eq!(floor.done("/api/calls/park", &body_of(&channel))["outcome"], "parked");
    floor.phones.wait("callee", "ended");
    assert!(floor.pbx.cli("parking show default").contains(&channel));
    assert_eq!(floor.refused("/api/calls/park", &body_of(&channel)), (409, "already_parked".into()));
    let body = json!({"channel": channel, "station": floor.endpoint("1003")});
    assert_eq!(floor.done("/api/calls/retrieve", &body)["outcome"], "connected");
    floor.until_talking("1001", "1003");
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}

fn a_call_is_recorded_paused_and_stopped(version: Version) {
    let pbx = Asterisk::start(version);
    pbx.grant("system"); // the line that the sample account offers
    let mut phones = Phones::at(&pbx);
    for phone in ["1001", "1002"] {
        phones.phone(phone, json!("ring"));
    }
    let mut floor = Floor::attach(pbx, phones);
    floor.two_talk();
    let channel = floor.channel_of("1002");
    let ask = |verb: &str| floor.done(&format!("/api/calls/{verb}"), &body_of(&channel))["outcome"].clone();
    assert_eq!(floor.refused("/api/calls/record_pause", &body_of(&channel)), (409, "not_recorded".into()));
    for (verb, outcome) in [
        ("record_start", "recording"),
        ("record_start", "recording"),
        ("record_pause", "paused"),
        ("record_resume", "recording"),
        ("record_stop", "not_recording"),
        ("record_stop", "not_recording"),
    ] {
        assert_eq!(ask(verb), outcome, "{verb}");
    }
    let elsewhere = json!({"channel": channel, "file": "/etc/x"});
    assert_eq!(floor.refused("/api/calls/record_start", &elsewhere), (422, "bad_value".into()));
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}

/// With the account as it is shipped: what the dialplan records is paused and stopped, but nothing is begun.
fn s38_a_recording_of_the_dialplan_is_paused_with_least_rights(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002"]);
    floor.phones.dial("1001", "641002", "caller");
    floor.phones.take("1002", "callee");
    floor.phones.answer("callee");
    floor.until_talking("1001", "1002");
    let channel = floor.channel_of("1001");
    for (verb, outcome) in
        [("record_pause", "paused"), ("record_resume", "recording"), ("record_stop", "not_recording")]
    {
        assert_eq!(
            floor.done(&format!("/api/calls/{verb}"), &body_of(&channel))["outcome"],
            outcome,
            "{verb}"
        );
    }
    assert_eq!(floor.refused("/api/calls/record_start", &body_of(&channel)), (409, "account_may_not".into()));
    assert_eq!(why(&floor, &channel, "record_start"), "account_may_not");
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}

fn keys_are_pressed_on_a_leg(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002"]);
    floor.two_talk();
    let body = json!({"channel": floor.channel_of("1002"), "digits": "12#"});
    assert_eq!(floor.done("/api/calls/dtmf", &body)["outcome"], "sent");
    let log = floor.vigie.log();
    assert!(!log.contains("12#"), "S38: what is pressed may be a card number");
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}

fn somebody_is_muted_and_kicked_out_of_a_conference(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002"]);
    for (phone, call) in [("1001", "one"), ("1002", "two")] {
        floor.phones.dial(phone, "600", call);
        floor.phones.wait(call, "up");
    }
    let channel = floor.channel_of("1002");
    floor.looks.until("a conference of two", SOON, |board| {
        (board.calls().filter(|call| call["conference"] == "600").count() == 2).then_some(())
    });
    for (on, outcome) in [(true, "muted"), (true, "muted"), (false, "unmuted")] {
        assert_eq!(floor.done("/api/calls/mute", &json!({"channel": channel, "on": on}))["outcome"], outcome);
    }
    assert_eq!(floor.done("/api/calls/kick", &body_of(&channel))["outcome"], "kicked");
    floor.phones.wait("two", "ended");
    floor.phones.hang_up("one");
    floor.all_is_quiet();
}

fn a_waiting_caller_is_moved_and_picked(version: Version) {
    // nobody of support is registered: its caller waits
    let mut floor = Floor::open(version, &["1005", "1006"]);
    floor.phones.set("1006", "auto", json!(["answer", 0]));
    floor.phones.dial("1005", "500", "caller");
    let waits = |floor: &Floor, queue: &str| {
        floor.looks.until(&format!("a caller in {queue}"), SOON, |board| {
            board.calls().find(|c| c["phase"] == "waiting" && c["queue"]["name"] == queue).map(|_| ())
        });
    };
    waits(&floor, "support");
    let channel = floor.channel_of("1005");
    let to = |queue: &str| json!({"channel": channel, "queue": queue});
    assert_eq!(floor.done("/api/queues/move", &to("support"))["outcome"], "moved", "already there");
    let (status, name) = floor.refused("/api/queues/move", &to("a,b"));
    assert_eq!((status, name.as_str()), (422, "bad_value"));
    assert_eq!(floor.refused("/api/queues/move", &to("nosuch")), (409, "no_such_queue".into()));
    // nobody is in that one, and the caller comes back to where he was
    assert_eq!(floor.refused("/api/queues/move", &to("empty")), (409, "queue_took_nobody".into()));
    waits(&floor, "support");
    floor.phones.phone("1004", json!("ring"));
    assert_eq!(floor.done("/api/queues/move", &to("sales"))["outcome"], "moved");
    waits(&floor, "sales");
    let body = json!({"channel": channel, "station": floor.endpoint("1006")});
    assert_eq!(floor.done("/api/queues/pick", &body)["outcome"], "connected");
    floor.until_talking("1005", "1006");
    assert_eq!(floor.refused("/api/queues/pick", &body), (409, "not_waiting".into()));
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}

fn a_caller_whom_an_agent_took_meanwhile_is_not_picked_from_him(version: Version) {
    let mut floor = Floor::open(version, &["1005", "1006"]);
    floor.phones.dial("1005", "500", "caller");
    let channel = floor.channel_of("1005");
    floor.looks.until("a caller in support", SOON, |board| {
        board.calls().find(|c| c["phase"] == "waiting" && c["queue"]["name"] == "support").map(|_| ())
    });
    let body = json!({"channel": channel, "station": floor.endpoint("1006")});
    let Floor { vigie, phones, looks, .. } = &mut floor;
    let (status, answer) = std::thread::scope(|scope| {
        let picking = scope.spawn(|| vigie.post("/api/queues/pick", &body));
        phones.take("1006", "own");
        phones.phone("1002", json!(["answer", 0]));
        looks.until("an agent who took him", SOON * 2, |board| {
            board.calls().find(|c| c["queue"]["outcome"] == "answered").map(|_| ())
        });
        phones.answer("own");
        picking.join().expect("an answer")
    });
    assert_eq!((status, answer["error"].as_str()), (409, Some("not_waiting")), "{answer}");
    floor.phones.wait("own", "ended");
    floor.until_talking("1005", "1002");
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}

fn what_the_dialplan_lacks_is_said_by_name(version: Version) {
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
    let body = json!({"channel": channel, "station": floor.endpoint("1003")});
    for verb in ["listen", "whisper", "barge", "take_over"] {
        assert_eq!(floor.refused(&format!("/api/calls/{verb}"), &body), (409, "no_context".into()), "{verb}");
        assert_eq!(why(&floor, &channel, verb), "no_context");
    }
    assert_eq!(why(&floor, &channel, "hangup"), "ok");
    assert_eq!(why(&floor, &channel, "kick"), "not_in_conference");
    let agent = verbs(&floor, "agent", &floor.endpoint("1002"));
    assert!(agent.contains(&("pause".into(), "ok".into())), "{agent:?}");
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}
