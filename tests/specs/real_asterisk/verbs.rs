//! Hang up and transfer over REST: the answer says what the PBX did.

use serde_json::json;

use super::{Floor, SOON, on_both};
use crate::support::asterisk::Version;

on_both!(
    a_hangup_is_answered_when_the_call_is_down,
    a_blind_transfer_reaches_the_third_phone,
    a_transfer_to_an_extension_that_does_not_exist_is_told_as_failed,
    an_unknown_channel_is_not_found,
    s08_channel_regex_hangs_nobody_up,
    s01_line_breaks_never_reach_the_pbx,
);

fn a_hangup_is_answered_when_the_call_is_down(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002"]);
    floor.two_talk();
    let channel = floor.channel_of("1002");
    let (status, body) = floor.vigie.post("/api/calls/hangup", &json!({"channel": channel}));
    assert_eq!((status, &body["ok"], &body["channel"]), (200, &json!(true), &json!(channel)), "{body}");
    let left: Vec<_> = floor.pbx.channels().into_iter().filter(|(name, _)| *name == channel).collect();
    assert!(left.is_empty(), "answered as done, yet Asterisk still lists {left:?}");
    floor.phones.wait("callee", "ended");
    floor.phones.wait("caller", "ended");
    floor.all_is_quiet();
}

fn a_transfer_to_an_extension_that_does_not_exist_is_told_as_failed(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002"]);
    floor.two_talk();
    let channel = floor.channel_of("1001");
    let (status, body) =
        floor.vigie.post("/api/calls/transfer", &json!({"channel": channel, "destination": "4999"}));
    assert_eq!((status, &body["error"]), (502, &json!("pbx_refused")), "{body}");
    assert!(body["message"].as_str().is_some_and(|words| words.contains("4999")), "{body}");
    floor.phones.wait("caller", "ended");
    floor.phones.wait("callee", "ended");
    floor.all_is_quiet();
}

fn a_blind_transfer_reaches_the_third_phone(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002", "1003"]);
    floor.phones.set("1003", "auto", json!(["answer", 0]));
    floor.two_talk();
    let channel = floor.channel_of("1001");
    let (status, body) =
        floor.vigie.post("/api/calls/transfer", &json!({"channel": channel, "destination": "1003"}));
    assert_eq!((status, &body["ok"], &body["destination"]), (200, &json!(true), &json!("1003")), "{body}");
    floor.phones.take("1003", "third");
    floor.phones.wait("third", "up");
    floor.phones.wait("callee", "ended");

    let pair = [floor.endpoint("1001"), floor.endpoint("1003")];
    floor.looks.until("1001 and 1003 talking", SOON, |board| {
        board.calls().find_map(|call| {
            let up = call["legs"]
                .as_array()?
                .iter()
                .filter(|leg| leg["phase"] == "up" && pair.iter().any(|e| leg["endpoint"] == e.as_str()));
            (up.count() == 2 && call["phase"] == "talking").then_some(())
        })
    });
    floor.channels_agree();
    floor.phones.hang_up("third");
    floor.all_is_quiet();
}

fn an_unknown_channel_is_not_found(version: Version) {
    let floor = Floor::open(version, &[]);
    let ghost = format!("{}-00000042", floor.endpoint("1001"));
    for (path, body) in [
        ("/api/calls/hangup", json!({"channel": ghost})),
        ("/api/calls/transfer", json!({"channel": ghost, "destination": "1002"})),
    ] {
        let (status, answer) = floor.vigie.post(path, &body);
        assert_eq!((status, &answer["error"]), (404, &json!("no_such_channel")), "{path}: {answer}");
    }
}

fn s08_channel_regex_hangs_nobody_up(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002"]);
    let id = floor.two_talk();
    for pattern in ["/.*/", "/^.*$/", "/^P?J?SIP.*$/"] {
        let (status, answer) = floor.vigie.post("/api/calls/hangup", &json!({"channel": pattern}));
        assert!(matches!(status, 404 | 422), "{pattern} was answered with {status}: {answer}");
    }
    assert_eq!(floor.pbx.channels().len(), 2, "a pattern hung somebody up");
    assert!(floor.looks.now().last("calls", &id).is_some_and(|call| call["phase"] == "talking"));
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}

fn s01_line_breaks_never_reach_the_pbx(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002"]);
    floor.two_talk();
    let channel = floor.channel_of("1001");
    for poison in ["1002\r\nAction: Hangup", "1002\n\nAction: Logoff", "1002\rActionID: y", "1002\0"] {
        let (status, answer) =
            floor.vigie.post("/api/calls/transfer", &json!({"channel": channel, "destination": poison}));
        assert_eq!(status, 422, "{poison:?}: {answer}");
        let (status, answer) =
            floor.vigie.post("/api/calls/hangup", &json!({"channel": format!("{channel}{poison}")}));
        assert!(matches!(status, 404 | 422), "{poison:?}: {status} {answer}");
    }
    assert_eq!(floor.pbx.channels().len(), 2, "a line break did something");
}
