//! Each message has the headers that Asterisk 22 gives it, in the same order.

use std::collections::{BTreeMap, BTreeSet};

use asterisk::ami::{Kind, Message};

use super::super::agi::Handover;
use super::*;

/// A message's headers in order, as one line. The name of a channel inside a header is left out;
/// `UserEvent` carries what its sender likes after its own headers.
fn shape(message: &Message) -> String {
    let mut names: Vec<String> = Vec::new();
    for (name, value) in message.headers() {
        let name = String::from_utf8_lossy(name);
        let name = name.split('(').next().unwrap_or("").to_owned();
        let last = name == "UserEvent";
        names.push(if names.is_empty() {
            format!("{name}={}", String::from_utf8_lossy(value))
        } else {
            name
        });
        if last && message.event() == "UserEvent" {
            break;
        }
    }
    names.join(" ")
}

fn recorded() -> BTreeMap<String, BTreeSet<String>> {
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut connections = vec![asterisk::fixtures::shapes(22).unwrap()];
    for name in asterisk::fixtures::names(22).unwrap() {
        connections.extend(asterisk::fixtures::load(22, &name).unwrap().connections);
    }
    for connection in connections {
        for message in connection.messages().unwrap() {
            known.entry(message.event().to_owned()).or_default().insert(shape(&message));
        }
    }
    known
}

/// Everything it knows to say: a long life, and a script for what happens rarely.
fn sent() -> Vec<Message> {
    let mut life = lived(7, 1_800);
    let mut all = messages(life.exchange.out.bytes());
    life.exchange.out.clear();
    let listings = [
        "CoreStatus",
        "CoreSettings",
        "CoreShowChannels",
        "Status",
        "BridgeList",
        "QueueStatus",
        "QueueSummary",
        "DeviceStateList",
        "PJSIPShowEndpoints",
        "PJSIPShowContacts",
        "PJSIPShowRegistrationsOutbound",
        "ParkedCalls",
        "ConfbridgeListRooms",
        "Ping",
    ];
    let mut lab = Lab { x: life.exchange };
    let bridge = lab.x.truth.bridges().next().unwrap().uuid.clone();
    for listing in listings {
        all.extend(lab.act(&format!("Action: {listing}\r\n")));
    }
    all.extend(lab.act(&format!("Action: BridgeInfo\r\nBridgeUniqueid: {bridge}\r\n")));
    let mut lab = Lab::new();
    let first = lab.dials("1001", "600");
    lab.dials("1002", "600");
    let name = lab.name(first);
    for action in ["MixMonitor", "StopMixMonitor"] {
        all.extend(lab.act(&format!("Action: {action}\r\nChannel: {name}\r\n")));
    }
    for action in ["ConfbridgeListRooms\r\n", "ConfbridgeList\r\nConference: 600\r\n"] {
        all.extend(lab.act(&format!("Action: {action}")));
    }
    lab.act(&format!("Action: ConfbridgeMute\r\nConference: 600\r\nChannel: {name}\r\n"));
    lab.act(&format!("Action: ConfbridgeUnmute\r\nConference: 600\r\nChannel: {name}\r\n"));
    let parked = lab.dials("1003", "700");
    all.extend(lab.act("Action: ParkedCalls\r\n"));
    lab.x.hang_up(parked, super::super::exchange::Fate::Phone);
    lab.dials("1003", "700");
    lab.wait(50.0);
    for action in [
        "QueueAdd\r\nQueue: support\r\nInterface: PJSIP/1006\r\nPenalty: 2\r\nPaused: true\r\nReason: café\r\n",
        "QueuePenalty\r\nQueue: support\r\nInterface: PJSIP/1006\r\nPenalty: 1\r\n",
        "QueueRemove\r\nQueue: support\r\nInterface: PJSIP/1006\r\n",
        "Originate\r\nActionID: o\r\nChannel: PJSIP/1004\r\nContext: from-phones\r\nExten: 1005\r\nPriority: 1\r\n\
         Async: true\r\nCallerID: Clic <0170001001>\r\nAccount: a\r\nVariable: NOTE=x\r\n",
        "Originate\r\nActionID: o\r\nChannel: PJSIP/9999\r\nApplication: Wait\r\nData: 1\r\nAsync: true\r\n",
        "UserEvent\r\nUserEvent: Note\r\nHeader1: x\r\n",
    ] {
        all.extend(lab.act(&format!("Action: {action}")));
    }
    let leg = lab.leg("1004");
    lab.x.answer(leg);
    lab.x.truth.handover = Some(Handover { to: ([127, 0, 0, 1], 4573).into(), token: None });
    let led = lab.trunk_calls("0170000900");
    lab.x.agi_connected(1);
    lab.x.agi_heard(1, b"GET DATA beep 3000 2\n");
    lab.x.press(led, '4');
    lab.x.press(led, '2');
    lab.x.reload();
    lab.x.shut_down(true);
    all.extend(messages(lab.x.out.bytes()));
    all
}

#[test]
fn every_message_has_the_headers_of_asterisk_22_in_its_order() {
    let known = recorded();
    let mut events = BTreeSet::new();
    let mut wrong = BTreeMap::new();
    for message in sent() {
        let event = message.event().to_owned();
        let shape = shape(&message);
        let like = known.get(&event).is_some_and(|shapes| shapes.contains(&shape));
        if !like {
            let nearest: Vec<&String> = known.get(&event).into_iter().flatten().take(3).collect();
            wrong.entry(shape.clone()).or_insert_with(|| format!("{shape}\n  recorded: {nearest:#?}"));
        }
        if message.kind() == Kind::Event {
            events.insert(event);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.into_values().collect::<Vec<_>>().join("\n"));
    for must in [
        "AGIExecEnd",
        "AGIExecStart",
        "AgentCalled",
        "AgentComplete",
        "AgentConnect",
        "AgentRingNoAnswer",
        "AttendedTransfer",
        "BlindTransfer",
        "BridgeInfoComplete",
        "Cdr",
        "ConfbridgeEnd",
        "ConfbridgeMute",
        "ContactStatus",
        "CoreShowChannel",
        "DTMFBegin",
        "DTMFEnd",
        "DialState",
        "Hold",
        "MixMonitorStart",
        "MixMonitorStop",
        "NewCallerid",
        "OriginateResponse",
        "ParkedCallGiveUp",
        "ParkedCallTimeOut",
        "PeerStatus",
        "QueueCallerAbandon",
        "QueueEntry",
        "QueueMemberAdded",
        "QueueMemberPause",
        "QueueMemberPenalty",
        "QueueMemberRemoved",
        "Registry",
        "Reload",
        "Shutdown",
        "SoftHangupRequest",
        "Status",
        "UnParkedCall",
        "UserEvent",
        "VarSet",
    ] {
        assert!(events.contains(must), "no {must} was sent: the comparison proves nothing about it");
    }
}

#[test]
fn every_event_is_read_by_the_codec_without_a_fault_of_shape() {
    for message in sent() {
        if message.kind() == Kind::Event {
            let read = asterisk::ami::Event::read(&message);
            assert!(read.is_ok(), "{read:?}: {message:?}");
        }
    }
}
