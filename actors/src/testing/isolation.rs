//! A fault in one call of a thousand is nobody else's: every other call ends exactly as an oracle
//! without actors says.

use std::collections::BTreeSet;
use std::sync::Arc;

use asterisk::ami::{Event, Message as Frame};
use asterisk::fixtures;
use bytes::Bytes;

use super::TestFloor;
use super::differential::{assert_same_after_faults, board, events, oracle, settings};
use super::five::alone;
use crate::keys::PbxName;
use crate::replay::Floor;
use crate::supervision::{Kind, Meta, Notice, State, fault, listen, restarts_total};
use crate::view::{Table, Trust, View};

const CALLS: usize = 1_000;

fn thousand() -> Vec<Frame> {
    copies(CALLS, CALLS)
}

/// A recorded call between two phones, copied so many times with ids of its own, between so many
/// pairs of phones, all at once: the first event of each, the second of each ...
fn copies(calls: usize, pairs: usize) -> Vec<Frame> {
    let capture = fixtures::load(22, "simple_call").unwrap();
    let frames: Vec<String> = events(&capture.connections[0])
        .iter()
        .map(|frame| String::from_utf8(frame.bytes().to_vec()).unwrap())
        .filter(|text| text.contains("\r\nUniqueid: ") || text.contains("\r\nBridgeUniqueid: "))
        .collect();
    let values = |names: &[&str]| -> BTreeSet<String> {
        let lines = frames.iter().flat_map(|f| f.lines());
        let found = lines.filter_map(|l| l.split_once(": ")).filter(|(name, _)| names.contains(name));
        found.map(|(_, value)| value.to_owned()).filter(|v| !v.is_empty()).collect()
    };
    let ids = values(&["Uniqueid", "DestUniqueid", "Linkedid", "DestLinkedid"]);
    let channels = values(&["Channel", "DestChannel"]);
    let bridges = values(&["BridgeUniqueid"]);
    assert!(ids.len() == 2 && channels.len() == 2 && bridges.len() == 1, "{ids:?} {channels:?} {bridges:?}");
    let copy = |text: &str, n: usize| {
        let mut text = text.to_owned();
        for (k, id) in ids.iter().enumerate() {
            let second = id.split_once('.').unwrap().0;
            text = text.replace(&format!(": {id}\r\n"), &format!(": {second}.{}\r\n", 100_000 + 2 * n + k));
        }
        for (k, channel) in channels.iter().enumerate() {
            text = text.replace(channel.as_str(), &format!("PJSIP/{}-{n:08x}", 20_000 + 2 * (n % pairs) + k));
        }
        for bridge in &bridges {
            text = text.replace(bridge.as_str(), &format!("{n:08x}-0000-0000-0000-000000000000"));
        }
        Frame::new(Bytes::from(text))
    };
    frames.iter().flat_map(|text| (0..calls).map(move |n| copy(text, n))).collect()
}

/// Name of the actor of a copy.
fn call(n: usize) -> String {
    let capture = fixtures::load(22, "simple_call").unwrap();
    let first = events(&capture.connections[0]);
    let second = first.iter().find_map(|frame| match Event::read(frame) {
        Ok(Event::Newchannel(e)) => e.chan.uniqueid.split_once('.').map(|(s, _)| s.to_owned()),
        _ => None,
    });
    format!("call/lab~0~{}.{}", second.unwrap(), 100_000 + 2 * n)
}

fn calls(floor: &TestFloor) -> Vec<Arc<Meta>> {
    floor.tree.entities.workers().into_iter().filter(|m| m.kind() == Kind::Call).collect()
}

#[test]
fn f31_a_panic_in_one_call_of_a_thousand_leaves_all_of_them_exact() {
    alone(|| async {
        let frames = thousand();
        let middle = frames.len() / 2;
        let (mut pure, floor) = (Floor::new(settings()), TestFloor::start(settings()));
        pure.connected();
        let before = restarts_total(Kind::Call);
        let set = fault::set(&format!("panic:call:BridgeEnter@{}#1", call(500))).unwrap();
        for part in [&frames[..middle], &frames[middle..]] {
            for frame in part {
                pure.message(frame);
                floor.event(frame.clone());
            }
            floor.settled().await;
            assert_same_after_faults("half way and at the end", &floor, &pure);
        }
        assert_eq!(set.left(), Some(0), "it struck");
        assert_eq!(restarts_total(Kind::Call) - before, 1, "and only there");
        assert_eq!(floor.history.of(&PbxName("lab".into())).len(), CALLS);
    });
}

#[test]
fn f33_a_hundred_calls_with_a_poison_event_are_degraded_and_nine_hundred_are_exact() {
    alone(|| async {
        let frames = thousand();
        let (mut pure, floor) = (Floor::new(settings()), TestFloor::start(settings()));
        pure.connected();
        // up to where all talk, so that rows are there to compare
        let talking =
            frames.iter().rposition(|f| matches!(Event::read(f), Ok(Event::BridgeEnter(_)))).unwrap();
        let victims: BTreeSet<String> = (0..100).map(|n| call(n * 10)).collect();
        let faults: Vec<_> =
            victims.iter().map(|name| fault::set(&format!("panic:call:DialBegin@{name}")).unwrap()).collect();
        for frame in &frames[..=talking] {
            pure.message(frame);
            floor.event(frame.clone());
        }
        floor.settled().await;
        drop(faults);
        let (ours, theirs) = (board(&floor), oracle(&pure));
        let mut degraded = 0;
        for (key, row) in theirs.iter().filter(|((table, _), _)| *table == Table::Calls) {
            let View::Call(expected) = row else { unreachable!() };
            let Some(View::Call(shown)) = ours.get(key) else { panic!("{key:?} is missing") };
            if victims.contains(&format!("call/{}", expected.id)) {
                assert_eq!(shown.trust, Trust::Degraded, "{}", shown.id);
                degraded += 1;
            } else {
                assert_eq!(shown, expected);
            }
        }
        assert_eq!((degraded, ours.len()), (100, theirs.len()));
        for meta in calls(&floor) {
            let expected = if victims.contains(meta.name()) { 2 } else { 0 };
            assert_eq!((meta.restarts(), meta.state()), (expected, State::Running), "{}", meta.name());
        }
        assert_eq!(floor.counters.undelivered(), 0);
    });
}

#[test]
fn f33_a_call_that_fails_on_everything_is_set_aside_alone_and_its_row_goes_with_it() {
    alone(|| async {
        let frames = thousand();
        let floor = TestFloor::start(settings());
        let victim = call(7);
        let noticed: Arc<parking_lot::Mutex<Vec<Notice>>> = Arc::default();
        let notices = noticed.clone();
        listen(move |notice| notices.lock().push(notice.clone()));
        let faults: Vec<_> = ["Newstate", "DialBegin", "BridgeEnter", "Newexten"]
            .iter()
            .map(|event| fault::set(&format!("panic:call:{event}@{victim}")).unwrap())
            .collect();
        let ended = frames.iter().position(|f| matches!(Event::read(f), Ok(Event::Hangup(_)))).unwrap();
        for frame in &frames[..ended] {
            floor.event(frame.clone());
        }
        floor.settled().await;
        drop(faults);
        let meta = floor.actor(&victim).unwrap();
        assert_eq!(meta.state(), State::SetAside);
        assert_eq!(floor.tree.entities.set_aside_total(), 1);
        let row = floor.rows(Table::Calls).remove(victim.trim_start_matches("call/"));
        assert!(
            matches!(row, Some(View::Call(call)) if call.trust == Trust::Degraded),
            "listed, as it was last"
        );
        let aside = |n: &Notice| matches!(n, Notice::SetAside { actor, cause, .. } if *actor == victim && cause.to_string().contains("injected panic"));
        assert_eq!(noticed.lock().iter().filter(|n| aside(n)).count(), 1, "an alarm is made of this");
        for frame in &frames[ended..] {
            floor.event(frame.clone());
        }
        floor.settled().await;
        assert!(floor.rows(Table::Calls).is_empty(), "nothing is left of any call");
        assert_eq!(floor.history.of(&PbxName("lab".into())).len(), CALLS, "nor is its record lost");
        let busy = |view: &View| matches!(view, View::Agent(agent) if agent.call.is_some());
        assert!(!floor.rows(Table::Agents).values().any(busy), "nor does anyone stay on it");
        assert!(floor.counters.undelivered() > 0);
    });
}

/// Run with `--release --ignored --nocapture`: what the way from the feed to the board's inbox costs,
/// and what a live call does, without sockets and pages.
#[actix::test]
#[ignore = "a measure: cargo test --release -p vigie-actors speed_of -- --ignored --nocapture"]
async fn speed_of_the_actors() {
    fn resident_kb() -> usize {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|l| l.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
    for (calls, pairs) in [(1_000, 1_000), (10_000, 500), (10_000, 10_000)] {
        let frames = copies(calls, pairs);
        let talking =
            frames.iter().rposition(|f| matches!(Event::read(f), Ok(Event::BridgeEnter(_)))).unwrap();
        let floor = TestFloor::start(settings());
        let before = resident_kb();
        let began = std::time::Instant::now();
        let mut busy = std::time::Duration::ZERO;
        for (part, frames) in [&frames[..=talking], &frames[talking + 1..]].into_iter().enumerate() {
            let began = std::time::Instant::now();
            for (n, frame) in frames.iter().enumerate() {
                floor.event(frame.clone());
                if n % 256 == 0 {
                    tokio::task::yield_now().await;
                }
            }
            while floor.counters.events()
                < if part == 0 { talking as u64 + 1 } else { (talking + 1 + frames.len()) as u64 }
            {
                tokio::task::yield_now().await;
            }
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            busy += began.elapsed();
            if part == 0 {
                tokio::time::sleep(std::time::Duration::from_secs(3)).await;
                while floor.board.publish() {}
                let kb = resident_kb().saturating_sub(before);
                println!(
                    "{calls} calls live between {pairs} pairs: {} bytes each with agents and rows",
                    kb * 1024 / calls
                );
            }
        }
        let rate = frames.len() as f64 / busy.as_secs_f64();
        println!("{calls} calls: {} events, {rate:.0} events/s, {:?} in all", frames.len(), began.elapsed());
    }
}
