//! What the dialplan does with callers while Vigie is there, and when it is not.

use std::time::{Duration, Instant};

use serde_json::json;

use super::walks::{Line, Over, line, way};
use super::{SOON, on_both};
use crate::support::asterisk::Version;

on_both!(f42_the_sample_dialplan_falls_back_to_its_queue_and_the_usual_one_works_as_it_stands);

/// Until Asterisk itself says that somebody waits in the sample's queue, or nobody: Vigie is away.
fn until_waiting(line: &Line, somebody: bool) {
    let end = Instant::now() + SOON;
    loop {
        let told = line.floor.pbx.cli("queue show support");
        if told.contains("No Callers") != somebody {
            return;
        }
        assert!(Instant::now() < end, "{told}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn f42_the_sample_dialplan_falls_back_to_its_queue_and_the_usual_one_works_as_it_stands(version: Version) {
    let mut line = line(version, &["1001"], Over::Sample);
    line.floor.pbx.cli("dialplan add extension 9004,1,Goto(from-sip-provider,0170000002,1) into from-phones");
    line.floor.phones.dial("1001", "9004", "plain");
    line.floor.phones.wait("plain", "up");
    let call = line.until_at(0, "welcome");
    line.floor.phones.hang_up("plain");
    let past = line.past(call["id"].as_str().expect("an id"), 1);
    assert_eq!(
        (way(&past["flows"][0]).as_str(), &past["flows"][0]["how"]),
        ("s:out welcome:", &json!("abandoned"))
    );

    let channel = line.calls();
    line.until_at(0, "welcome");
    line.floor.done("/api/calls/to_node", &json!({"channel": channel, "node": "quiet"}));
    line.until_at(0, "quiet");
    line.floor.vigie.crash();
    until_waiting(&line, true);
    line.floor.phones.hang_up("caller");
    until_waiting(&line, false);
    // and who comes while it is away
    line.floor.phones.dial("1001", "9003", "late");
    until_waiting(&line, true);
    line.floor.phones.hang_up("late");
    until_waiting(&line, false);
}
