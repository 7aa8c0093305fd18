//! What holds whatever the link does to a stream: repeats, swaps and losses of whole messages.

use asterisk::ami::Message;
use asterisk::fixtures::{self, Capture};
use proptest::prelude::*;

use super::Floor;
use crate::keys::PbxName;
use crate::settings::Settings;

fn floor_of<'a>(messages: impl IntoIterator<Item = &'a Message>) -> Floor {
    let mut floor = Floor::new(Settings::new(PbxName("test".into())));
    floor.connected();
    for message in messages {
        floor.message(message);
        floor.check();
    }
    floor
}

/// Captures in which something happens, one connection each.
fn busy() -> Vec<(Capture, Vec<Message>)> {
    let all = fixtures::all().expect("captures");
    all.into_iter()
        .filter(|c| c.connections.len() == 1 && c.json.contains("\"BridgeEnter\""))
        .map(|c| {
            let messages = c.connections[0].messages().expect("a capture decodes");
            (c, messages)
        })
        .collect()
}

fn told(floor: &Floor) -> String {
    let report = floor.report();
    let calls = (&report.history, &report.board.calls, &report.board.queues, &report.board.trunks);
    serde_json::to_string_pretty(&calls).expect("JSON")
}

#[test]
fn f14_an_event_sent_three_times_counts_once() {
    for (capture, messages) in busy() {
        let once = told(&floor_of(&messages));
        let thrice = told(&floor_of(messages.iter().flat_map(|m| [m, m, m])));
        assert!(once == thrice, "{}/{}: {}", capture.version, capture.name, first_difference(&once, &thrice));
    }
}

/// A connection that breaks at any event, which nobody then sees, is no fault of the PBX.
#[test]
fn f01_an_event_lost_between_two_connections_breaks_no_guarantee() {
    const MATTERS: [&str; 6] =
        ["DialEnd", "BridgeLeave", "BridgeDestroy", "ParkedCall", "BridgeEnter", "DialBegin"];
    let mut cuts = 0;
    for (capture, messages) in busy() {
        let lost = |m: &&Message| MATTERS.contains(&m.event());
        for (at, _) in messages.iter().enumerate().filter(|(_, m)| lost(m)) {
            let mut floor = floor_of(&messages[..at]);
            floor.connected();
            messages[at + 1..].iter().for_each(|m| floor.message(m));
            let broken = floor.report().violations;
            assert!(broken.is_empty(), "{}/{} cut at {at}: {broken:?}", capture.version, capture.name);
            cuts += 1;
        }
    }
    assert!(cuts > 500, "only {cuts} cuts");
}

fn first_difference(a: &str, b: &str) -> String {
    let n = a.lines().zip(b.lines()).take_while(|(a, b)| a == b).count();
    let from = n.saturating_sub(8);
    let part = |text: &str| text.lines().skip(from).take(14).collect::<Vec<_>>().join("\n");
    format!("\n{}\n---- became\n{}", part(a), part(b))
}

/// Moves each message by less than a window of the stream's own time, as a relay with several
/// paths would.
fn reordered(messages: &[Message], window_us: i64, seed: u64) -> Vec<Message> {
    let mut at = 0;
    let mut random = seed | 1;
    let mut keyed: Vec<(i64, Message)> = messages
        .iter()
        .map(|m| {
            at = m.timestamp().and_then(crate::keys::Micros::parse).map_or(at, |t| t.0);
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (at + (random % window_us.unsigned_abs().max(1)) as i64, m.clone())
        })
        .collect();
    keyed.sort_by_key(|(at, _)| *at);
    keyed.into_iter().map(|(_, m)| m).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn f11_events_out_of_order_leave_no_phantom(which in 0usize..1000, window_ms in 1i64..2000, seed in any::<u64>()) {
        let captures = busy();
        let (capture, messages) = &captures[which % captures.len()];
        let floor = floor_of(&reordered(messages, window_ms * 1000, seed));
        prop_assert_eq!(floor.live().count(), 0, "{}/{}: a call is left", capture.version, &capture.name);
        let legs: usize = floor.report().history.iter().map(|c| c.legs.len()).sum();
        let whole: usize = floor_of(messages).report().history.iter().map(|c| c.legs.len()).sum();
        prop_assert!(legs <= whole, "{}/{}: {} legs of {}", capture.version, &capture.name, legs, whole);
    }

    #[test]
    fn f13_lost_events_break_nothing_of_ours(which in 0usize..1000, loss in 1u64..50, seed in any::<u64>()) {
        let captures = busy();
        let (_, messages) = &captures[which % captures.len()];
        let mut random = seed | 1;
        let kept: Vec<&Message> = messages.iter().filter(|_| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % 100 >= loss
        }).collect();
        floor_of(kept);
    }

    #[test]
    fn two_captures_at_once_are_told_as_each_alone(a in 0usize..1000, b in 0usize..1000, seed in any::<u64>()) {
        let captures = busy();
        let (one, two) = (&captures[a % captures.len()], &captures[b % captures.len()]);
        // ids of one version do not repeat, those of two versions may
        prop_assume!(one.0.name != two.0.name && one.0.version == two.0.version);
        // two calls in one parking lot do share a bridge
        prop_assume!(!(one.0.name.starts_with("park") && two.0.name.starts_with("park")));
        let mut apart: Vec<String> = [one, two]
            .iter()
            .flat_map(|(_, m)| floor_of(m).report().history)
            .map(|c| serde_json::to_string(&c).expect("JSON"))
            .collect();
        let (mut x, mut y) = (one.1.iter().peekable(), two.1.iter().peekable());
        let mut mixed = Vec::new();
        let mut random = seed | 1;
        while x.peek().is_some() || y.peek().is_some() {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            mixed.extend(if random % 2 == 0 { x.next() } else { y.next() });
        }
        let together = floor_of(mixed).report();
        let mut together: Vec<String> =
            together.history.iter().map(|c| serde_json::to_string(c).expect("JSON")).collect();
        apart.sort();
        together.sort();
        prop_assert_eq!(apart, together, "{} with {}", &one.0.name, &two.0.name);
    }
}

#[test]
fn f12_a_call_whose_hangup_is_lost_stays_until_two_listings_miss_it() {
    let capture = fixtures::load(22, "simple_call").expect("capture");
    let messages = capture.connections[0].messages().expect("a capture decodes");
    let floor = floor_of(messages.iter().filter(|m| m.event() != "Hangup"));
    assert_eq!(floor.live().count(), 1);
    let mut call = floor.live().next().expect("a call").clone();
    let mut out = crate::fact::Outbox::default();
    let asked = crate::keys::Micros(i64::MAX / 2);
    let ids: Vec<String> = call.live_uniqueids().map(str::to_owned).collect();
    for id in &ids {
        assert_eq!(call.not_listed(id, 1, asked, &mut out), None);
    }
    assert!(!call.is_over());
    for id in &ids {
        assert!(call.not_listed(id, 2, asked, &mut out).is_some_and(|words| words.ends_with("is gone")));
    }
    assert!(call.is_over() && out.changed);
}

/// Run with `--release --ignored --nocapture`: what table and states cost without sockets and actors.
#[test]
#[ignore = "a measure: cargo test --release -p vigie-actors speed_of -- --ignored --nocapture"]
fn speed_of_the_states() {
    use crate::keys::Micros;
    let captures = busy();
    let mut states = std::time::Duration::ZERO;
    let mut routing = std::time::Duration::ZERO;
    let mut events = 0u64;
    for (_, messages) in &captures {
        let read: Vec<_> = messages
            .iter()
            .filter_map(|m| asterisk::ami::Event::read_with_head(m).ok())
            .filter_map(|(head, e)| Some((head.timestamp.and_then(Micros::parse)?, e)))
            .collect();
        for _ in 0..20 {
            let mut floor = Floor::new(Settings::new(PbxName("t".into())));
            let began = std::time::Instant::now();
            for (at, e) in &read {
                floor.deliver(e, *at);
            }
            states += began.elapsed();
            let settings = std::sync::Arc::new(Settings::new(PbxName("t".into())));
            let mut table = crate::router::Table::new(settings, crate::keys::Epoch::default());
            let mut deliveries = Vec::new();
            let began = std::time::Instant::now();
            for (at, e) in &read {
                table.route(e, *at, &mut deliveries);
                deliveries.clear();
            }
            routing += began.elapsed();
            events += read.len() as u64;
        }
    }
    let per = |d: std::time::Duration| d.as_nanos() as f64 / events as f64;
    println!("{events} events: {:.0} ns each, of which routing {:.0} ns", per(states), per(routing));
    println!("CallState {} B, Leg {} B", size_of::<crate::call::CallState>(), crate::call::leg_size());
}
