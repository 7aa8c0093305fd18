//! A consultation of ours, its events in every order that two threads of Asterisk can give them.

use std::fmt::Write;
use std::sync::Arc;

use asterisk::ami::{Event, Message};

use super::CallState;
use crate::fact::Outbox;
use crate::keys::{CallKey, Epoch, Micros, PbxName};
use crate::settings::Settings;

/// The two who talk: who called, and who was called.
const CALLER: (&str, &str) = ("PJSIP/1001-00000001", "1795224500.1");
const CALLED: (&str, &str) = ("PJSIP/1002-00000002", "1795224500.2");

type Who = (&'static str, &'static str);

fn message(event: &str, who: Who, more: &[(&str, &str)]) -> Message {
    let mut text = format!(
        "Event: {event}\r\nPrivilege: call,all\r\nChannel: {}\r\nChannelState: 6\r\nCallerIDNum: 1\r\n\
         Uniqueid: {}\r\nLinkedid: {}\r\n",
        who.0, who.1, CALLER.1
    );
    for (name, value) in more {
        write!(text, "{name}: {value}\r\n").expect("text");
    }
    Message::new((text + "\r\n").into_bytes().into())
}

fn bridge(event: &str, who: Who) -> Message {
    let of = [
        ("BridgeUniqueid", "b"),
        ("BridgeType", "basic"),
        ("BridgeTechnology", "simple_bridge"),
        ("BridgeCreator", "<unknown>"),
        ("BridgeName", "<unknown>"),
        ("BridgeNumChannels", "2"),
    ];
    message(event, who, &of)
}

fn newexten(who: Who, exten: &str, application: &str) -> Message {
    message("Newexten", who, &[("Extension", exten), ("Application", application), ("AppData", "")])
}

fn talking() -> CallState {
    let key = CallKey { pbx: PbxName("p".into()), epoch: Epoch(1), linkedid: CALLER.1.into() };
    let mut call = CallState::new(Arc::new(Settings::new(PbxName("p".into()))), key, Micros(0));
    let before = [
        message("Newchannel", CALLER, &[("Exten", "1002")]),
        newexten(CALLER, "1002", "Dial"),
        message("Newchannel", CALLED, &[("Exten", "")]),
        newexten(CALLED, "", "AppDial"),
        bridge("BridgeEnter", CALLED),
        bridge("BridgeEnter", CALLER),
    ];
    tell(&mut call, &before.iter().collect::<Vec<_>>());
    call
}

fn tell(call: &mut CallState, messages: &[&Message]) {
    let mut out = Outbox::default();
    for m in messages {
        let at = Micros(call.now.0 + 1000);
        call.event(&Event::read(m).expect("a healthy event"), at, &mut out);
    }
}

/// All ways to put two lists together that keep the order of each.
fn together<'m>(one: &'m [Message], two: &'m [Message]) -> Vec<Vec<&'m Message>> {
    match (one, two) {
        ([], rest) | (rest, []) => vec![rest.iter().collect()],
        ([first, more @ ..], [second, others @ ..]) => {
            let begun = |by: &'m Message, rest: Vec<Vec<&'m Message>>| {
                rest.into_iter().map(move |order| std::iter::once(by).chain(order).collect())
            };
            begun(first, together(more, two)).chain(begun(second, together(one, others))).collect()
        }
    }
}

/// What Asterisk tells of a leg that it takes out of its bridge and sends elsewhere: the extension may
/// show before it leaves, after it, or not before it runs there.
fn sent(who: Who, exten: &str, runs: &str) -> [Vec<Message>; 3] {
    let before = if who == CALLER { "Dial" } else { "AppDial" };
    let shows = || newexten(who, exten, before);
    let (leaves, arrives) = (|| bridge("BridgeLeave", who), || newexten(who, exten, runs));
    [vec![shows(), leaves(), arrives()], vec![leaves(), shows(), arrives()], vec![leaves(), arrives()]]
}

#[test]
fn who_consults_and_who_waits_meanwhile_were_transferred_by_nobody_in_whatever_order_it_is_told() {
    let mut orders = 0;
    for (consults, waits) in [(CALLER, CALLED), (CALLED, CALLER)] {
        for one in sent(consults, "1003", "Dial") {
            for two in sent(waits, super::verbs::ON_HOLD, "Answer") {
                for order in together(&one, &two) {
                    let mut call = talking();
                    tell(&mut call, &order);
                    let names: Vec<_> = order.iter().map(|m| format!("{m:?}")).collect();
                    assert!(call.transfers.is_empty(), "{:?} after {names:#?}", call.transfers);
                    orders += 1;
                }
            }
        }
    }
    assert_eq!(orders, 2 * (4 * 20 + 4 * 10 + 6));
}

#[test]
fn a_redirect_of_somebody_else_s_is_one() {
    for one in sent(CALLER, "1003", "Dial") {
        let mut call = talking();
        tell(&mut call, &one.iter().collect::<Vec<_>>());
        let to: Vec<_> = call.transfers.iter().map(|t| t.to.as_str()).collect();
        assert_eq!(to, ["1003"]);
    }
}
