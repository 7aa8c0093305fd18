//! Every recorded capture against the count that was made on its stream by other means.

use std::collections::BTreeMap;

use asterisk::fixtures::{self, Capture};
use serde_json::Value;

use super::{Floor, Report};
use crate::keys::PbxName;
use crate::settings::Settings;

pub(super) fn replayed(capture: &Capture) -> Report {
    let mut floor = Floor::new(Settings::new(PbxName("test".into())));
    for connection in &capture.connections {
        floor.connection(&connection.bytes).expect("a capture decodes");
    }
    floor.report()
}

/// Sums and lists of `measured_from_stream` over all connections of a capture.
#[derive(Default)]
struct Measured {
    calls: u64,
    channels: u64,
    peak: u64,
    frames: u64,
    hangups: Vec<(String, u64)>,
    pairs: BTreeMap<String, f64>,
}

fn measured(capture: &Capture) -> Measured {
    let json: Value = serde_json::from_str(&capture.json).expect("JSON");
    let mut sum = Measured::default();
    for file in json["files"].as_array().expect("files") {
        let m = &file["measured_from_stream"];
        sum.calls += m["distinct_linkedid_at_creation"].as_u64().unwrap_or(0);
        sum.channels += m["channels_created"].as_u64().unwrap_or(0);
        sum.peak = sum.peak.max(m["peak_channels"].as_u64().unwrap_or(0));
        sum.frames += m["frames"].as_u64().unwrap_or(0);
        for h in m["hangups"].as_array().into_iter().flatten() {
            sum.hangups.push((h[0].as_str().unwrap_or("").to_owned(), h[1].as_u64().unwrap_or(0)));
        }
        for (pair, seconds) in m["bridged_pairs_seconds"].as_object().into_iter().flatten() {
            if !pair.contains("Local/") {
                *sum.pairs.entry(pair.clone()).or_default() += seconds.as_f64().unwrap_or(0.0);
            }
        }
    }
    sum.hangups.sort();
    sum
}

/// What does not fit, in words.
fn differences(capture: &Capture) -> Vec<String> {
    let report = replayed(capture);
    let expected = measured(capture);
    let mut wrong = Vec::new();
    let mut check = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            wrong.push(format!("{}/{}: {what} {ours}, measured {theirs}", capture.version, capture.name));
        }
    };
    let calls: Vec<_> = report.history.iter().chain(&report.board.calls).collect();
    let merged: usize = calls.iter().map(|c| c.merged.len()).sum();
    check("calls", (calls.len() + merged).to_string(), expected.calls.to_string());
    let legs: Vec<_> = calls.iter().flat_map(|c| &c.legs).collect();
    check("legs", legs.len().to_string(), expected.channels.to_string());
    let mut hangups: Vec<(String, u64)> = legs
        .iter()
        .filter(|l| l.ended.is_some())
        .map(|l| (l.endpoint.to_string(), u64::from(l.cause.unwrap_or(0))))
        .collect();
    hangups.sort();
    check("hangups", format!("{hangups:?}"), format!("{:?}", expected.hangups));
    check("peak", report.peak.channels.to_string(), expected.peak.to_string());
    check("frames", report.messages.to_string(), expected.frames.to_string());
    let mut talks: BTreeMap<String, f64> = BTreeMap::new();
    for talk in calls.iter().flat_map(|c| &c.talks) {
        *talks.entry(format!("{} <-> {}", talk.a, talk.b)).or_default() += talk.seconds;
    }
    for pair in talks.keys().chain(expected.pairs.keys()) {
        let ours = talks.get(pair).copied().unwrap_or(0.0);
        let theirs = expected.pairs.get(pair).copied().unwrap_or(0.0);
        // the count knows only who shared one bridge; talk through a Local pair is in golden.rs
        let through_local = legs.iter().any(|l| l.endpoint.starts_with("Local/"));
        if (ours - theirs).abs() > 0.25 && !(through_local && ours > theirs) {
            check(&format!("talk of {pair}"), format!("{ours:.3}"), format!("{theirs:.3}"));
        }
    }
    check("violations", format!("{:#?}", report.violations), "[]".into());
    check("unknown events", format!("{:?}", report.unknown_events), "{}".into());
    wrong
}

#[test]
fn every_capture_of_a_healthy_asterisk_is_told_as_it_was_measured() {
    let captures = fixtures::all().expect("captures");
    assert!(captures.len() >= 104, "only {} captures", captures.len());
    let wrong: Vec<String> = captures.iter().flat_map(differences).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_event_of_a_healthy_asterisk_is_unknown_or_a_violation() {
    for version in fixtures::VERSIONS {
        let mut floor = Floor::new(Settings::new(PbxName("test".into())));
        floor.connection(&fixtures::shapes(version).expect("shapes").bytes).expect("it decodes");
        let report = floor.report();
        assert!(report.violations.is_empty(), "{version}: {:#?}", report.violations);
        assert!(report.unknown_events.is_empty(), "{version}: {:?}", report.unknown_events);
    }
}

#[test]
fn at_the_end_of_the_files_a_talk_has_lasted_until_the_clock() {
    let capture = fixtures::load(22, "simultaneous_calls").expect("capture");
    let mut floor = Floor::new(Settings::new(PbxName("test".into())));
    floor.connected();
    let messages = capture.connections[0].messages().expect("a capture decodes");
    for message in messages.iter().take_while(|m| m.event() != "BridgeLeave") {
        floor.message(message);
    }
    let calls = floor.report().board.calls;
    assert_eq!(calls.len(), 3);
    for call in calls {
        let answered = call.answered.expect("a call that talks").0;
        let lasted = (floor.now().0 - answered.0) as f64 / 1e6;
        assert!((lasted - call.talks[0].seconds).abs() < 0.1, "{lasted} {:?}", call.talks);
    }
}

#[test]
fn a_second_connection_at_the_same_time_tells_nothing_new() {
    let capture = fixtures::load(22, "attended_transfer_refer").expect("capture");
    let once = replayed(&capture);
    let mut floor = Floor::new(Settings::new(PbxName("test".into())));
    for _ in 0..2 {
        floor.connection(&capture.connections[0].bytes).expect("a capture decodes");
    }
    let twice = floor.report();
    assert_eq!((&twice.history, &twice.violations), (&once.history, &once.violations));
    assert_eq!(twice.messages, 2 * once.messages);
}

#[test]
fn an_account_that_is_told_of_queues_only_meets_no_violation() {
    let mut floor = Floor::new(Settings::new(PbxName("test".into())));
    floor.connected();
    let capture = fixtures::load(22, "queue_answered").expect("capture");
    for message in capture.connections[0].messages().expect("a capture decodes") {
        if message.text("Privilege").is_none_or(|p| !p.starts_with("call") && !p.starts_with("dialplan")) {
            floor.message(&message);
        }
    }
    assert_eq!(floor.report().violations, Vec::<String>::new());
}

#[test]
fn a_broken_guarantee_is_named() {
    let without = |event: &str, scenario: &str| {
        let capture = fixtures::load(22, scenario).expect("capture");
        let mut floor = Floor::new(Settings::new(PbxName("test".into())));
        floor.connected();
        let mut left_out = false;
        for message in capture.connections[0].messages().expect("a capture decodes") {
            let skip = message.event() == event && !left_out && floor.peak_channels > 0;
            if skip {
                left_out = true;
            } else {
                floor.message(&message);
            }
        }
        floor.report().violations.join("; ")
    };
    for (event, words) in [
        ("BridgeLeave", "did not leave bridge"),
        ("BridgeCreate", "was not announced by a BridgeCreate"),
        ("DialEnd", "no DialEnd"),
    ] {
        let told = without(event, "blind_transfer_refer");
        assert!(told.contains(words), "without {event}: {told:?}");
    }
    let told = without("ParkedCall", "park_ami_timeout");
    assert!(told.contains("without a ParkedCall"), "{told:?}");
}

#[test]
fn what_a_file_held_in_vain_is_counted() {
    let capture = fixtures::load(22, "simple_call").expect("capture");
    let bytes = &capture.connections[0].bytes;
    let mut floor = Floor::new(Settings::new(PbxName("test".into())));
    floor.connection(bytes).expect("a capture decodes");
    assert_eq!((floor.left_over(), floor.told_before()), (0, 0));
    floor.connection(bytes).expect("a capture decodes");
    assert!(floor.told_before() > 0, "the same once more is older than the end of what was read");
    let mut floor = Floor::new(Settings::new(PbxName("test".into())));
    floor.connection(&bytes[..bytes.len() - 10]).expect("a cut capture decodes");
    assert!(floor.left_over() > 0);
}
