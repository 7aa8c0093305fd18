//! What a change of the link does to the floor, and comparing with listings.

use asterisk::ami::Message as Frame;
use bytes::Bytes;

use super::differential::settings;
use super::five::alone;
use super::{Channel, TestFloor, channel_event};
use crate::keys::{Epoch, Micros, PbxName};
use crate::ports::{AskLink, Compared, FeedItem, LinkChange, Listing, Probe};
use crate::supervision::State;
use crate::view::{Table, Trust, View};

const ONE: Channel<'static> = Channel {
    name: "PJSIP/1001-00000001",
    uniqueid: "1.1",
    linkedid: "1.1",
    state: 6,
    number: "1001",
    exten: "1002",
};

const TWO: Channel<'static> =
    Channel { name: "PJSIP/1002-00000002", uniqueid: "2.2", linkedid: "2.2", number: "1002", ..ONE };

async fn floor() -> TestFloor {
    let floor = TestFloor::start(settings());
    floor.feed(FeedItem::Link(LinkChange::Epoch(Epoch(7))));
    floor.event(channel_event("Newchannel", 1_000, &ONE, &[]));
    floor.event(channel_event("Newchannel", 2_000, &TWO, &[]));
    floor.feed(FeedItem::Link(LinkChange::Live));
    floor.settled().await;
    floor
}

fn trusts(floor: &TestFloor) -> Vec<Trust> {
    let trust = |view: View| if let View::Call(call) = view { call.trust } else { unreachable!() };
    floor.rows(Table::Calls).into_values().map(trust).collect()
}

/// A list item as CoreShowChannels or Status gives it.
fn item(name: &str, channel: &Channel<'_>) -> Frame {
    let event = channel_event(name, 0, channel, &[("Application", "Dial"), ("BridgeId", "")]);
    let text = String::from_utf8(event.bytes().to_vec()).unwrap();
    let lines =
        text.split_inclusive("\r\n").filter(|l| !l.starts_with("Privilege") && !l.starts_with("Timestamp"));
    let mut text: String = lines.collect();
    text = text.replacen("\r\n", "\r\nActionID: v-1\r\n", 1);
    Frame::new(Bytes::from(text))
}

fn listing(round: u8, channels: &[&Channel<'_>]) -> FeedItem {
    let channels = Some(channels.iter().map(|c| item("CoreShowChannel", c)).collect());
    FeedItem::Listing(Box::new(Listing {
        round,
        asked_at: Micros(10_000_000),
        channels,
        ..Listing::default()
    }))
}

fn compared(floor: &TestFloor) -> Compared {
    let asks = &mut floor.sent.borrow_mut().asks;
    let at = asks.iter().position(|ask| matches!(ask, AskLink::Compared(_))).expect("the link is answered");
    let AskLink::Compared(compared) = asks.remove(at) else { unreachable!() };
    *compared
}

#[test]
fn f01_everything_is_kept_and_stale_while_the_link_is_down() {
    alone(|| async {
        let floor = floor().await;
        assert_eq!(trusts(&floor), [Trust::Live, Trust::Live]);
        floor.feed(FeedItem::Link(LinkChange::Stale));
        floor.settled().await;
        assert_eq!(trusts(&floor), [Trust::Stale, Trust::Stale]);
        floor.feed(FeedItem::Link(LinkChange::Epoch(Epoch(7))));
        floor.settled().await;
        assert_eq!(trusts(&floor), [Trust::Stale, Trust::Stale], "connected is not yet compared");
        floor.feed(FeedItem::Link(LinkChange::Live));
        floor.settled().await;
        assert_eq!(trusts(&floor), [Trust::Live, Trust::Live]);
    });
}

#[test]
fn f17_another_boot_of_the_pbx_ends_its_calls_at_the_last_proven_instant() {
    alone(|| async {
        let floor = floor().await;
        floor.feed(FeedItem::Link(LinkChange::Stale));
        floor.feed(FeedItem::Link(LinkChange::Epoch(Epoch(8))));
        floor.settled().await;
        assert!(floor.rows(Table::Calls).is_empty());
        let records = floor.history.of(&PbxName("lab".into()));
        assert_eq!(records.len(), 2);
        assert!(records.iter().all(|r| r.ended.map(|e| e.0) == Some(Micros(2_000_000))), "{records:?}");
        assert_eq!(floor.counters.calls_live(), 0);
        let agents = floor.rows(Table::Agents);
        let idle = |v: &View| matches!(v, View::Agent(a) if a.call.is_none());
        assert!(agents.len() == 2 && agents.values().all(idle), "{agents:?}");
    });
}

#[test]
fn f18_an_id_used_again_after_a_restart_is_another_call() {
    alone(|| async {
        let floor = floor().await;
        floor.feed(FeedItem::Link(LinkChange::Epoch(Epoch(8))));
        floor.event(channel_event("Newchannel", 9_000, &ONE, &[]));
        floor.settled().await;
        let rows: Vec<_> = floor.rows(Table::Calls).into_keys().collect();
        assert_eq!(rows, ["lab~8~1.1"]);
        assert_eq!(floor.history.of(&PbxName("lab".into())).len(), 2);
    });
}

#[test]
fn f12_a_channel_missing_from_two_listings_is_gone_and_from_one_it_is_not() {
    alone(|| async {
        let floor = floor().await;
        floor.feed(listing(1, &[&ONE]));
        floor.settled().await;
        let first = compared(&floor);
        assert_eq!((first.round, first.channels, first.look_again), (1, 1, true));
        assert_eq!(floor.rows(Table::Calls).len(), 2);
        floor.feed(listing(2, &[&ONE]));
        floor.settled().await;
        let second = compared(&floor);
        assert_eq!((second.round, second.differences, second.look_again), (2, 1, false));
        assert!(second.examples[0].contains("PJSIP/1002-00000002"), "{second:?}");
        assert_eq!(floor.rows(Table::Calls).into_keys().collect::<Vec<_>>(), ["lab~7~1.1"]);
        assert_eq!(floor.counters.calls_live(), 1);
        assert_eq!(floor.history.of(&PbxName("lab".into())).len(), 1);
    });
}

#[test]
fn f12_a_call_that_broke_an_invariant_is_unconfirmed_until_the_pbx_answers() {
    alone(|| async {
        let floor = floor().await;
        let other = Channel { name: "PJSIP/1002-00000009", ..TWO };
        floor.event(channel_event(
            "Hangup",
            5_000,
            &other,
            &[("Cause", "16"), ("Cause-txt", "Normal Clearing")],
        ));
        floor.settled().await;
        assert_eq!(
            trusts(&floor),
            [Trust::Live, Trust::Unconfirmed],
            "from the doubt on, not from an answer on"
        );
        let asked = |ask: &AskLink| matches!(ask, AskLink::Channel { uniqueid, .. } if uniqueid == "2.2");
        assert!(floor.sent.borrow().asks.iter().any(asked), "the PBX is asked at once");
        let answer = |status: Option<Frame>| {
            let (uniqueid, channel) = (TWO.uniqueid.into(), TWO.name.into());
            FeedItem::Probe(Box::new(Probe { uniqueid, channel, asked_at: Micros(8_000_000), status }))
        };
        floor.feed(answer(Some(Frame::new(Bytes::from_static(b"Event: Status\r\nActionID: v-1\r\n\r\n")))));
        floor.settled().await;
        assert_eq!(
            trusts(&floor),
            [Trust::Live, Trust::Unconfirmed],
            "an answer without a shape proves nothing"
        );
        floor.feed(answer(Some(item("Status", &TWO))));
        floor.settled().await;
        assert_eq!(trusts(&floor), [Trust::Live, Trust::Live], "the PBX has it: confirmed");
        floor.event(channel_event("Hangup", 7_000, &other, &[("Cause", "16")]));
        floor.settled().await;
        assert_eq!(trusts(&floor), [Trust::Live, Trust::Unconfirmed]);
        floor.feed(answer(None));
        floor.settled().await;
        assert_eq!(floor.rows(Table::Calls).into_keys().collect::<Vec<_>>(), ["lab~7~1.1"], "it was a ghost");
    });
}

#[test]
fn f13_a_channel_that_only_the_listing_shows_is_there_afterwards() {
    alone(|| async {
        let floor = floor().await;
        let three = Channel { name: "PJSIP/1003-00000003", uniqueid: "3.3", linkedid: "3.3", ..ONE };
        floor.feed(listing(1, &[&ONE, &TWO, &three]));
        floor.settled().await;
        let compared = compared(&floor);
        assert_eq!((compared.channels, compared.look_again), (3, false), "{compared:?}");
        assert_eq!(floor.rows(Table::Calls).len(), 3);
        assert!(floor.rows(Table::Agents).contains_key("lab~PJSIP/1003"));
    });
}

#[test]
fn f22_a_listing_without_channels_proves_nothing_about_them() {
    alone(|| async {
        let floor = floor().await;
        for round in [1, 2] {
            let listing = Listing { round, asked_at: Micros(10_000_000), ..Listing::default() };
            floor.feed(FeedItem::Listing(Box::new(listing)));
        }
        floor.settled().await;
        assert!(!compared(&floor).look_again);
        assert_eq!(floor.rows(Table::Calls).len(), 2);
    });
}

#[test]
fn f13_an_event_of_an_unknown_channel_makes_a_provisional_call_that_is_asked_about() {
    alone(|| async {
        let floor = floor().await;
        let three = Channel { name: "PJSIP/1003-00000003", uniqueid: "3.3", linkedid: "3.3", ..ONE };
        floor.event(channel_event("Newstate", 5_000, &three, &[]));
        floor.settled().await;
        assert!(trusts(&floor).contains(&Trust::Provisional), "{:?}", trusts(&floor));
        let asked = |ask: &AskLink| matches!(ask, AskLink::Channel { uniqueid, channel } if uniqueid == "3.3" && channel == three.name);
        assert_eq!(floor.sent.borrow().asks.iter().filter(|ask| asked(ask)).count(), 1);
        let gone = Probe {
            uniqueid: "3.3".into(),
            channel: three.name.into(),
            asked_at: Micros(6_000_000),
            status: None,
        };
        floor.feed(FeedItem::Probe(Box::new(gone)));
        floor.settled().await;
        assert_eq!(floor.rows(Table::Calls).len(), 2, "the PBX has no such channel");
    });
}

#[test]
fn f10_s02_a_malformed_event_makes_the_link_suspect_and_reaches_nobody() {
    alone(|| async {
        let floor = floor().await;
        let forged = channel_event("Hangup", 5_000, &ONE, &[("Cause", "16"), ("Uniqueid", "2.2")]);
        floor.event(forged);
        floor.settled().await;
        assert_eq!(floor.counters.malformed(), 1);
        assert_eq!(trusts(&floor), [Trust::Suspect, Trust::Suspect]);
        assert!(floor.sent.borrow().asks.iter().any(|ask| matches!(ask, AskLink::Suspect(_))));
        floor.feed(listing(1, &[&ONE, &TWO]));
        floor.settled().await;
        let compared = compared(&floor);
        assert_eq!((compared.differences, compared.look_again), (0, false), "{compared:?}");
        floor.feed(FeedItem::Link(LinkChange::Live));
        floor.settled().await;
        assert_eq!(trusts(&floor), [Trust::Live, Trust::Live]);
    });
}

#[test]
fn f33_an_agent_that_was_set_aside_is_taken_back_when_everything_is_compared() {
    alone(|| async {
        let floor = floor().await;
        let set = crate::supervision::fault::set("panic:agent:leg@agent/lab~PJSIP/1001").unwrap();
        for at in 3..6 {
            let state = if at % 2 == 0 { 6 } else { 5 };
            let name = ["PJSIP/1001-0000000a", "PJSIP/1001-0000000b", "PJSIP/1001-0000000c"][at - 3];
            let ids = ["3.3", "4.4", "5.5"];
            let other = Channel { name, uniqueid: ids[at - 3], linkedid: ids[at - 3], state, ..ONE };
            floor.event(channel_event("Newchannel", at as i64 * 1_000, &other, &[]));
        }
        floor.settled().await;
        drop(set);
        let aside = |floor: &TestFloor| floor.actor("agent/lab~PJSIP/1001").map(|m| m.state());
        assert_eq!(aside(&floor), Some(State::SetAside));
        floor.feed(listing(1, &[&ONE, &TWO]));
        floor.settled().await;
        assert_eq!(aside(&floor), Some(State::Running));
        let row = floor.rows(Table::Agents).remove("lab~PJSIP/1001");
        assert!(matches!(row, Some(View::Agent(agent)) if agent.trust == Trust::Degraded));
    });
}
