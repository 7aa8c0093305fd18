//! Who gets what, with channels made up here.

use std::sync::Arc;

use asterisk::ami::{Event, Message};

use super::{CallNo, Delivery, Table};
use crate::keys::{Epoch, Micros, PbxName};
use crate::settings::Settings;

struct Router {
    table: Table,
    at: i64,
}

impl Router {
    fn new() -> Self {
        let settings = Arc::new(Settings::new(PbxName("p".into())));
        Self { table: Table::new(settings, Epoch(1)), at: 1_795_224_500_000_000 }
    }

    fn route(
        &mut self,
        event: &str,
        channel: &str,
        uniqueid: &str,
        linkedid: &str,
        more: &str,
    ) -> Vec<Delivery> {
        let text = format!(
            "Event: {event}\r\nPrivilege: call,all\r\n{more}Channel: {channel}\r\nChannelState: 6\r\n\
             Uniqueid: {uniqueid}\r\nLinkedid: {linkedid}\r\nCause: 16\r\n\r\n"
        );
        let message = Message::new(text.into_bytes().into());
        let mut out = Vec::new();
        self.at += 1000;
        self.table.route(&Event::read(&message).expect("a healthy event"), Micros(self.at), &mut out);
        out.retain(|d| !matches!(d, Delivery::StartAgent(..) | Delivery::StartTrunk(..)));
        out
    }

    fn new_channel(&mut self, channel: &str, uniqueid: &str, linkedid: &str) -> Vec<Delivery> {
        self.route("Newchannel", channel, uniqueid, linkedid, "")
    }
}

const BASIC: &str =
    "BridgeUniqueid: b1\r\nBridgeType: basic\r\nBridgeTechnology: simple_bridge\r\nBridgeNumChannels: 2\r\n";

#[test]
fn a_channel_goes_to_the_call_of_its_linkedid() {
    let mut r = Router::new();
    let made = r.new_channel("PJSIP/1001-1", "1795224500.1", "1795224500.1");
    assert_eq!(made, [Delivery::StartCall(CallNo(0), "1795224500.1".into()), Delivery::Call(CallNo(0))]);
    assert_eq!(r.new_channel("PJSIP/1002-2", "1795224500.2", "1795224500.1"), [Delivery::Call(CallNo(0))]);
    assert_eq!(
        r.route("Newstate", "PJSIP/1002-2", "1795224500.2", "1795224500.1", ""),
        [Delivery::Call(CallNo(0))]
    );
    assert_eq!(r.table.call_of_channel("PJSIP/1002-2"), Some(CallNo(0)));
}

#[test]
fn the_ninth_is_older_than_the_tenth() {
    let mut r = Router::new();
    r.new_channel("PJSIP/a-1", "1795224500.10", "1795224500.10");
    r.new_channel("PJSIP/b-2", "1795224500.9", "1795224500.9");
    r.route("BridgeEnter", "PJSIP/a-1", "1795224500.10", "1795224500.10", BASIC);
    let met = r.route("BridgeEnter", "PJSIP/b-2", "1795224500.9", "1795224500.9", BASIC);
    assert_eq!(met, [Delivery::Absorb { from: CallNo(0), into: CallNo(1) }, Delivery::Call(CallNo(1))]);
    assert_eq!(r.table.linkedid(CallNo(1)).map(AsRef::as_ref), Some("1795224500.9"));
    // what still shows the absorbed Linkedid reaches the survivor
    assert_eq!(r.new_channel("PJSIP/c-3", "1795224501.3", "1795224500.10"), [Delivery::Call(CallNo(1))]);
}

#[test]
fn a_channel_that_shows_another_linkedid_takes_its_call_along() {
    let mut r = Router::new();
    r.new_channel("PJSIP/a-1", "1795224500.1", "1795224500.1");
    r.new_channel("PJSIP/b-2", "click-42", "click-42");
    let moved = r.route("Newstate", "PJSIP/b-2", "click-42", "1795224500.1", "");
    assert_eq!(moved, [Delivery::Absorb { from: CallNo(1), into: CallNo(0) }, Delivery::Call(CallNo(0))]);
    // a late event with the younger Linkedid moves nothing
    assert_eq!(
        r.route("Newstate", "PJSIP/a-1", "1795224500.1", "1795224509.1", ""),
        [Delivery::Call(CallNo(0))]
    );
}

#[test]
fn members_of_a_conference_stay_calls_of_their_own_and_see_each_other() {
    let mut r = Router::new();
    let base = BASIC.replace("basic", "base");
    r.new_channel("PJSIP/a-1", "1795224500.1", "1795224500.1");
    r.new_channel("PJSIP/b-2", "1795224500.2", "1795224500.2");
    r.route("BridgeEnter", "PJSIP/a-1", "1795224500.1", "1795224500.1", &base);
    let second = r.route("BridgeEnter", "PJSIP/b-2", "1795224500.2", "1795224500.2", &base);
    let sees = |delivery: &Delivery, call: u32, guest: &str| match delivery {
        Delivery::Guests(no, guests) => *no == CallNo(call) && guests.guests[0].uniqueid == guest,
        _ => false,
    };
    assert_eq!(second[0], Delivery::Call(CallNo(1)));
    assert!(sees(&second[1], 0, "1795224500.2") && sees(&second[2], 1, "1795224500.1"), "{second:?}");
    let gone = r.route("BridgeLeave", "PJSIP/b-2", "1795224500.2", "1795224500.2", &base);
    assert_eq!(gone, [Delivery::Call(CallNo(1)), Delivery::Call(CallNo(0))]);
}

#[test]
fn the_last_hangup_ends_the_call_and_what_comes_after_makes_no_phantom() {
    let mut r = Router::new();
    r.new_channel("PJSIP/a-1", "1795224500.1", "1795224500.1");
    let end = r.route("Hangup", "PJSIP/a-1", "1795224500.1", "1795224500.1", "");
    assert_eq!(end, [Delivery::Call(CallNo(0)), Delivery::Over(CallNo(0))]);
    assert_eq!(r.route("Newstate", "PJSIP/a-1", "1795224500.1", "1795224500.1", ""), []);
    assert!(matches!(
        r.route("Hangup", "PJSIP/a-1", "1795224500.1", "1795224500.1", "")[..],
        [Delivery::Violation(None, _)]
    ));
    assert_eq!((r.table.live_calls(), r.table.live_channels(), r.table.unrouted()), (0, 0, 2));
}

#[test]
fn s02_a_hangup_that_names_another_channel_than_its_id_ends_nothing() {
    let mut r = Router::new();
    r.new_channel("PJSIP/victim-7", "1795224500.1", "1795224500.1");
    let forged = r.route("Hangup", "PJSIP/other-1", "1795224500.1", "1795224500.1", "");
    assert!(matches!(forged[..], [Delivery::Violation(Some(CallNo(0)), _)]), "{forged:?}");
    assert_eq!(r.table.live_channels(), 1);
}

#[test]
fn f18_the_same_uniqueid_in_another_boot_is_another_channel() {
    let mut r = Router::new();
    for boot in 0..10_000 {
        let made = r.new_channel("PJSIP/a-1", "1795224500.1", "1795224500.1");
        assert!(matches!(made[0], Delivery::StartCall(..)), "boot {boot}: {made:?}");
        let open = r.table.restarted(Epoch(boot + 2));
        assert_eq!((open.len(), r.table.live_calls()), (1, 0));
    }
}

#[test]
fn f13_an_unknown_channel_makes_a_call_and_is_a_violation_only_if_it_is_young() {
    let mut r = Router::new();
    r.new_channel("PJSIP/c-1", "1795224499.1", "1795224499.1");
    let old = r.route("Newstate", "PJSIP/a-1", "1795224400.1", "1795224400.1", "");
    assert_eq!(old.len(), 2, "made before we looked on: {old:?}");
    r.at += 10_000_000;
    let young = r.route("Newstate", "PJSIP/b-2", "1795224505.1", "1795224505.1", "");
    assert_eq!(young.len(), 2, "its Newchannel may still come");
    r.at += 2_000_000;
    let told = r.route("Newstate", "PJSIP/a-1", "1795224400.1", "1795224400.1", "");
    assert!(
        matches!(&told[0], Delivery::Violation(Some(_), words) if words.contains("Newchannel")),
        "{told:?}"
    );
}

#[test]
fn l23_a_member_is_the_phone_behind_his_interface() {
    let mut r = Router::new();
    for (interface, state, expected) in [
        ("PJSIP/1001", "PJSIP/1001", "PJSIP/1001"),
        ("Local/1002@agents/n", "PJSIP/1002", "PJSIP/1002"),
        ("Local/1002@agents/n", "hint:1002@ext-local", "PJSIP/1002"),
        ("Local/9@elsewhere", "hint:9@ext-local", "Local/9@elsewhere"),
    ] {
        let text = format!(
            "Event: QueueMemberStatus\r\nPrivilege: agent,all\r\nQueue: q\r\nMemberName: x\r\nInterface: {interface}\r\n\
             StateInterface: {state}\r\n\r\n"
        );
        let message = Message::new(text.into_bytes().into());
        let mut out = Vec::new();
        r.table.route(&Event::read(&message).expect("a healthy event"), Micros(r.at), &mut out);
        let agent = out.iter().find_map(|d| if let Delivery::Agent(no) = d { Some(*no) } else { None });
        let endpoint = r.table.agent_endpoint(agent.expect("an agent")).map(AsRef::as_ref);
        assert_eq!(endpoint, Some(expected), "{interface} {state}");
    }
}
