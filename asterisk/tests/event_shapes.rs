//! What has the shape of a healthy event and what has not (S02, F10).
#![allow(clippy::unwrap_used)] // tests

use std::collections::BTreeMap;

use asterisk::ami::event::{Event, Fault, KNOWN};
use asterisk::ami::{Kind, Message};
use asterisk::fixtures;

fn message(text: &str) -> Message {
    Message::new(text.to_owned().into())
}

/// A healthy Hangup, to be spoiled.
const HANGUP: &str = "Event: Hangup\r\nPrivilege: call,all\r\nTimestamp: 1795224799.157893\r\n\
    Channel: PJSIP/1001-00000001\r\nChannelState: 6\r\nChannelStateDesc: Up\r\nCallerIDNum: 1001\r\n\
    CallerIDName: Alice\r\nConnectedLineNum: <unknown>\r\nConnectedLineName: <unknown>\r\nLanguage: fr\r\n\
    AccountCode: \r\nContext: from-phones\r\nExten: 1002\r\nPriority: 1\r\nUniqueid: 1.7\r\nLinkedid: 1.7\r\n\
    ChanVariable: SITE=paris\r\nChanVariable: CAMPAIGN=\r\nCause: 16\r\nCause-txt: Normal Clearing\r\n\r\n";

fn fault_of(text: &str) -> Option<Fault> {
    let message = message(text);
    let read = Event::read(&message);
    read.err().map(|e| e.fault())
}

#[test]
fn no_event_of_a_healthy_asterisk_has_a_wrong_shape() {
    for capture in fixtures::all().unwrap() {
        let facts: serde_json::Value = serde_json::from_str(&capture.json).unwrap();
        for (connection, file) in capture.connections.iter().zip(facts["files"].as_array().unwrap()) {
            let mut counted: BTreeMap<String, u64> = BTreeMap::new();
            for message in connection.messages().unwrap() {
                match (message.kind(), Event::read(&message)) {
                    (Kind::Event, Ok(event)) => *counted.entry(event.name().to_owned()).or_default() += 1,
                    (Kind::Response, Err(_)) => {}
                    (_, read) => panic!("{} {}: {read:?}\n{message:?}", capture.version, connection.file),
                }
            }
            let recorded: BTreeMap<String, u64> =
                serde_json::from_value(file["measured_from_stream"]["events"].clone()).unwrap();
            assert_eq!(counted, recorded, "{} {}", capture.version, connection.file);
        }
    }
}

/// Views whose event no real Asterisk was ever made to send here: they are read as their neighbours.
const NEVER_SEEN: [&str; 3] = ["Rename", "ParkedCallSwap", "AgentDump"];

#[test]
fn every_view_was_read_from_a_real_asterisk() {
    let mut seen = std::collections::BTreeSet::new();
    let captures = fixtures::all().unwrap().into_iter().flat_map(|c| c.connections);
    let shapes = fixtures::VERSIONS.map(|v| fixtures::shapes(v).unwrap());
    for connection in captures.chain(shapes) {
        for message in connection.messages().unwrap().iter().filter(|m| m.kind() == Kind::Event) {
            match Event::read(message) {
                Ok(event) => seen.insert(event.name().to_owned()),
                Err(e) => panic!("{}: {e}\n{message:?}", connection.file),
            };
        }
    }
    let unseen: Vec<_> = KNOWN.iter().filter(|name| !seen.contains(**name)).collect();
    assert_eq!(unseen, NEVER_SEEN.iter().collect::<Vec<_>>());
}

#[test]
fn every_event_with_a_view_is_read_as_that_view() {
    for name in KNOWN {
        let text = format!("Event: {name}\r\nActionID: x\r\n\r\n");
        let message = message(&text);
        match Event::read(&message) {
            Ok(event) => assert_eq!(event.name(), *name),
            Err(e) => {
                assert_eq!(e.event(), *name);
                assert!(matches!(e.fault(), Fault::Missing(..)), "{e}");
            }
        }
        assert!(!matches!(Event::read(&message), Ok(Event::Other(_))), "{name}");
    }
}

#[test]
fn an_event_is_read_with_all_it_says() {
    let message = message(HANGUP);
    let (head, event) = Event::read_with_head(&message).unwrap();
    assert_eq!(head.timestamp, Some(&b"1795224799.157893"[..]));
    assert_eq!(head.action_id, None);
    let Event::Hangup(hangup) = event else { panic!("{event:?}") };
    assert_eq!((hangup.chan.channel, hangup.chan.state), ("PJSIP/1001-00000001", 6));
    assert_eq!((hangup.chan.uniqueid, hangup.chan.linkedid), ("1.7", "1.7"));
    assert_eq!(hangup.chan.caller_name.text(), "Alice");
    assert!(hangup.chan.connected_num.is_empty(), "<unknown> is nobody");
    assert_eq!(hangup.chan.variable("SITE").unwrap().bytes(), b"paris");
    assert_eq!(hangup.chan.variables().count(), 2);
    assert_eq!((hangup.cause, hangup.cause_txt), (Some(16), "Normal Clearing"));
}

#[test]
fn f10_an_unknown_event_is_kept_with_its_name() {
    let message = message("Event: SomethingNew\r\nPrivilege: call,all\r\nFoo: bar\r\n\r\n");
    assert_eq!(Event::read(&message).unwrap().name(), "SomethingNew");
    assert!(matches!(Event::read(&message), Ok(Event::Other(_))));
}

#[test]
fn f10_a_missing_mandatory_header_is_named() {
    for (line, header) in [
        ("Channel: PJSIP/1001-00000001\r\n", "Channel"),
        ("ChannelState: 6\r\n", "ChannelState"),
        ("Uniqueid: 1.7\r\n", "Uniqueid"),
        ("Linkedid: 1.7\r\n", "Linkedid"),
    ] {
        assert_eq!(fault_of(&HANGUP.replace(line, "")), Some(Fault::Missing("", header)));
        let emptied = HANGUP.replace(line, &format!("{header}: \r\n"));
        assert_eq!(fault_of(&emptied), Some(Fault::Malformed("", header)));
    }
}

#[test]
fn f10_a_second_identity_header_is_named() {
    for line in
        ["Event: Hangup", "Privilege: call,all", "Channel: PJSIP/x-1", "Uniqueid: 1.7", "Linkedid: 1.7"]
    {
        let header = line.split(':').next().unwrap();
        let doubled = HANGUP.replace("Cause: 16\r\n", &format!("Cause: 16\r\n{line}\r\n"));
        let message = message(&doubled);
        let fault = Event::read(&message).unwrap_err().fault();
        assert!(matches!(fault, Fault::Duplicate(h) if h == header), "{header}: {fault:?}");
    }
    let repeated = HANGUP.replace("Cause: 16\r\n", "Cause: 16\r\nChanVariable: SITE=paris\r\n");
    assert_eq!(fault_of(&repeated), None, "other headers do repeat");
}

#[test]
fn s02_privilege_comes_second_unless_the_event_answers_an_action() {
    let late = HANGUP
        .replace("Privilege: call,all\r\n", "")
        .replace("Cause: 16\r\n", "Privilege: call,all\r\nCause: 16\r\n");
    assert_eq!(fault_of(&late), Some(Fault::PrivilegeNotSecond));
    let item = late.replace("Cause: 16\r\n", "Cause: 16\r\nActionID: v-1-2\r\n");
    assert_eq!(fault_of(&item), None);
    let unasked = message(&item);
    assert_eq!(Event::read_unasked(&unasked).unwrap_err().fault(), Fault::PrivilegeNotSecond);
}

/// V7: the value of one header closes the event and opens another.
#[test]
fn s02_v7_both_halves_of_a_split_event_have_a_wrong_shape() {
    let head = "Event: Newchannel\r\nPrivilege: call,all\r\nChannel: PJSIP/t-01\r\nChannelState: 4\r\n\
        CallerIDNum: 06\r\n\r\n";
    let tail = "Event: Hangup\r\nPrivilege: call,all\r\nChannel: PJSIP/victim-07\r\nUniqueid: 1.7\r\n\
        Linkedid: 1.7\r\nCause: 16\r\nCallerIDName: B\r\nContext: sip\r\nUniqueid: 2.1\r\nLinkedid: 2.1\r\n\r\n";
    assert_eq!(fault_of(head), Some(Fault::Missing("", "Uniqueid")));
    assert_eq!(fault_of(tail), Some(Fault::Duplicate("Uniqueid")));
}

/// V8: the same without the empty line.
#[test]
fn s02_v8_an_identity_put_before_the_real_one_is_a_duplicate() {
    let forged = HANGUP.replace("CallerIDNum: 1001\r\n", "CallerIDNum: 06\r\nUniqueid: 1.7\r\n");
    assert_eq!(fault_of(&forged), Some(Fault::Duplicate("Uniqueid")));
}

/// V8 in a UserEvent: its body may hold any header, so none of it counts for the channel.
#[test]
fn s02_v8_a_header_put_into_a_user_event_says_nothing_about_its_channel() {
    let snapshot = HANGUP.split("Cause: 16").next().unwrap().replace("Event: Hangup", "Event: UserEvent");
    let text = format!("{snapshot}UserEvent: Login\r\nName: Bob\r\nAgent: 101\r\nExten: 9\r\n\r\n");
    let message = message(&text);
    let Ok(Event::UserEvent(event)) = Event::read(&message) else { panic!("{message:?}") };
    assert_eq!(event.chan.unwrap().exten.bytes(), b"1002");
    assert_eq!(event.user_event.bytes(), b"Login");
    assert_eq!(event.body().count(), 3);
    assert_eq!(event.get("Agent").unwrap().bytes(), b"101");
    let forged = text.replace("Agent: 101\r\n", "Agent: 101\r\nUniqueid: 9.9\r\n");
    assert_eq!(fault_of(&forged), Some(Fault::Duplicate("Uniqueid")));
}

#[test]
fn a_global_variable_has_no_channel() {
    let message = message(
        "Event: VarSet\r\nPrivilege: dialplan,all\r\nChannel: none\r\nUniqueid: none\r\n\
         Variable: TECH\r\nValue: PJSIP\r\n\r\n",
    );
    let Ok(Event::VarSet(set)) = Event::read(&message) else { panic!() };
    assert_eq!(set.chan, None);
    assert_eq!(set.value.bytes(), b"PJSIP");
}

/// Who listens to one variable only is given the others without their fields, and no fault is missed.
#[test]
fn a_variable_nobody_listens_to_is_checked_for_its_shape_alone() {
    let text = "Event: VarSet\r\nPrivilege: dialplan,all\r\nTimestamp: 1795224504.250000\r\n\
         Channel: PJSIP/1001-00000001\r\nChannelState: 6\r\nUniqueid: 1.7\r\nLinkedid: 1.7\r\n\
         Variable: QUEUESTATUS\r\nValue: TIMEOUT\r\n\r\n";
    let heard = message(text);
    assert!(matches!(Event::read_for(&heard, "QUEUESTATUS").unwrap().1, Event::VarSet(_)));
    let (head, event) = Event::read_for(&heard, "DIALSTATUS").unwrap();
    assert_eq!((event.name(), event.known_name()), ("VarSet", "Other"));
    assert_eq!(head, Event::read_with_head(&heard).unwrap().0);
    for gone in [
        "Variable: QUEUESTATUS\r\n",
        "Value: TIMEOUT\r\n",
        "Uniqueid: 1.7\r\n",
        "Privilege: dialplan,all\r\n",
    ] {
        let broken = message(&text.replacen(gone, "", 1));
        let fault = Event::read_for(&broken, "DIALSTATUS").map(|(head, _)| head.privilege_second);
        assert_ne!(fault, Ok(true), "without {gone:?}");
    }
    let doubled = message(&text.replace("Value: ", "Uniqueid: 9.9\r\nValue: "));
    assert_eq!(Event::read_for(&doubled, "DIALSTATUS").unwrap_err().fault(), Fault::Duplicate("Uniqueid"));
}
