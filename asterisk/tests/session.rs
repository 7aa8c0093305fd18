//! Answers reach who asked, whole or not at all (F21, F22, L12).
#![allow(clippy::unwrap_used)] // tests

use std::collections::BTreeMap;
use std::time::Duration;

use asterisk::ami::session::{Failure, NotSent, Received, Reply, Session, SessionLimits};
use asterisk::ami::{Action, Message};
use asterisk::fixtures;

const DEADLINE: Duration = Duration::from_secs(5);

fn message(text: &str) -> Message {
    Message::new(format!("{}\r\n\r\n", text.replace('\n', "\r\n")).into())
}

fn session() -> Session<u32> {
    Session::new("a1", SessionLimits::default())
}

/// Sends an action and gives its ActionID.
fn send(session: &mut Session<u32>, token: u32) -> String {
    let mut out = Vec::new();
    session.send(&Action::new("Ping"), token, DEADLINE, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    text.lines().find_map(|line| line.strip_prefix("ActionID: ")).unwrap().to_owned()
}

#[track_caller]
fn answer(received: Received<u32>) -> (u32, Result<Reply, Failure>) {
    match received {
        Received::Answer(token, result) => (token, result),
        other => panic!("{other:?}"),
    }
}

/// Begins a list, gives it that many items, then ends it saying `told`.
fn list(items: usize, told: &str) -> Result<Reply, Failure> {
    let mut session = session();
    let id = send(&mut session, 7);
    let start = format!("Response: Success\nActionID: {id}\nEventList: start");
    assert!(matches!(session.receive(message(&start)), Received::Part));
    for n in 0..items {
        let item = match n % 3 {
            0 => format!("Event: CoreShowChannel\nActionID: {id}\nChannel: c"),
            1 => format!("Event: QueueMember\nQueue: q\nActionID: {id}"),
            _ => format!("Event: Status\nPrivilege: Call\nChannel: c\nActionID: {id}"),
        };
        assert!(matches!(session.receive(message(&item)), Received::Part));
        let news = message("Event: Hangup\nPrivilege: call,all\nChannel: c");
        assert!(matches!(session.receive(news), Received::Event(_)), "an event between two items");
    }
    let end = format!("Event: AnyComplete\nActionID: {id}\nEventList: Complete{told}");
    answer(session.receive(message(&end))).1
}

#[test]
fn f22_a_list_is_given_out_whole_or_not_at_all() {
    assert_eq!(list(5, "\nListItems: 5").unwrap().items.len(), 5);
    assert_eq!(list(0, "\nListItems: 0").unwrap().items.len(), 0);
    assert_eq!(list(3, "").unwrap().items.len(), 3, "a list that tells no count");
    assert_eq!(list(5, "\nListItems: 6"), Err(Failure::Incomplete));
    assert_eq!(list(5, "\nListItems: 4"), Err(Failure::Incomplete));
    assert_eq!(list(5, "\nListItems: many"), Err(Failure::Incomplete));
}

#[test]
fn f22_a_cancelled_or_endless_list_is_not_given_out() {
    let mut session = Session::new("a", SessionLimits { items: 2, ..SessionLimits::default() });
    let id = send(&mut session, 1);
    session.receive(message(&format!("Response: Success\nActionID: {id}\nEventList: start")));
    let item = format!("Event: CoreShowChannel\nActionID: {id}\nChannel: c");
    assert!(matches!(session.receive(message(&item)), Received::Part));
    assert!(matches!(session.receive(message(&item)), Received::Part));
    assert_eq!(answer(session.receive(message(&item))), (1, Err(Failure::Incomplete)));
    assert!(matches!(session.receive(message(&item)), Received::Stray), "the rest finds nobody");

    let id = send(&mut session, 2);
    session.receive(message(&format!("Response: Success\nActionID: {id}\nEventList: start")));
    let end = format!("Event: XComplete\nActionID: {id}\nEventList: cancelled\nListItems: 0");
    assert_eq!(answer(session.receive(message(&end))), (2, Err(Failure::Incomplete)));
    assert_eq!(session.strays().incomplete, 2);
}

#[test]
fn l12_all_that_waits_fails_at_once_when_the_link_drops() {
    let mut session = session();
    let id = send(&mut session, 1);
    session.receive(message(&format!("Response: Success\nActionID: {id}\nEventList: start")));
    send(&mut session, 2);
    send(&mut session, 3);
    assert_eq!(session.disconnected(), [1, 2, 3]);
    assert_eq!((session.waiting(), session.next_deadline()), (0, None));
    let news = message("Event: Hangup\nPrivilege: call,all\nActionID: v-a1-1");
    assert!(matches!(session.receive(news), Received::Event(_)), "no list is open any more");
}

#[test]
fn f21_an_action_that_is_never_answered_is_given_up_at_its_deadline() {
    let mut session = session();
    let mut out = Vec::new();
    session.send(&Action::new("Ping"), 1, Duration::from_millis(300), &mut out).unwrap();
    session.send(&Action::new("Ping"), 2, Duration::from_millis(200), &mut out).unwrap();
    assert_eq!(session.next_deadline(), Some(Duration::from_millis(200)));
    assert!(session.expire(Duration::from_millis(199)).is_empty());
    assert_eq!(session.expire(Duration::from_millis(200)), [2]);
    assert_eq!(session.expire(Duration::from_secs(9)), [1]);
    let late = session.receive(message("Response: Success\nActionID: v-a1-1"));
    assert!(matches!(late, Received::Stray));
    assert_eq!((session.strays().late, session.strays().timed_out), (1, 2));
}

#[test]
fn f21_an_answer_that_is_doubled_or_meant_for_another_reaches_nobody() {
    let mut session = session();
    let id = send(&mut session, 7);
    for other in
        ["x", "v-a1-2", "v-a1-0", "v-a2-1", "v-a1-1x", "v-a1- 1", "V-A1-1", "1", "v-a1-99999999999999999999"]
    {
        let stray = session.receive(message(&format!("Response: Success\nActionID: {other}")));
        assert!(matches!(stray, Received::Stray), "{other}");
    }
    assert!(matches!(session.receive(message("Response: Success")), Received::Stray));
    let good = format!("Response: Success\nActionID: {id}");
    assert_eq!(answer(session.receive(message(&good))).0, 7);
    assert!(matches!(session.receive(message(&good)), Received::Stray));
}

/// The short form of F21's figure: 100,000 actions, some never answered, some twice, shuffled.
#[test]
fn f21_no_answer_is_matched_to_another_action() {
    let mut session: Session<u32> = Session::new("n", SessionLimits::default());
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let mut open: Vec<(String, u32)> = Vec::new();
    let mut old: Vec<String> = Vec::new();
    let mut answered = 0;
    for token in 0..100_000 {
        let now = Duration::from_millis(u64::from(token));
        if token % 64 == 0 {
            session.expire(now.saturating_sub(DEADLINE));
        }
        let mut out = Vec::new();
        match session.send(&Action::new("Ping"), token, now, &mut out) {
            Ok(()) => {
                let text = String::from_utf8(out).unwrap();
                let id = text.lines().find_map(|l| l.strip_prefix("ActionID: ")).unwrap().to_owned();
                open.push((id, token));
            }
            Err((back, NotSent::Busy)) => assert_eq!(back, token),
            Err(other) => panic!("{other:?}"),
        }
        while open.len() > 500 {
            let (id, token) = open.swap_remove(random(open.len() as u64) as usize);
            if random(10) == 0 {
                continue; // never answered
            }
            let text = format!("Response: Success\nActionID: {id}\nPing: {token}");
            match session.receive(message(&text)) {
                Received::Answer(got, Ok(reply)) => {
                    assert_eq!(got, token);
                    assert_eq!(reply.response.get("Ping"), Some(token.to_string().as_bytes()));
                    answered += 1;
                }
                Received::Stray => {} // after its deadline
                other => panic!("{other:?}"),
            }
            old.push(id);
            let again = &old[random(old.len() as u64) as usize];
            let twice = session.receive(message(&format!("Response: Error\nActionID: {again}")));
            assert!(matches!(twice, Received::Stray), "{again}");
        }
    }
    assert!(answered > 80_000, "{answered}");
}

#[test]
fn a_refusal_carries_the_words_of_the_pbx() {
    let mut session = session();
    let id = send(&mut session, 1);
    let refused = message(&format!("Response: Error\nActionID: {id}\nMessage: Permission denied"));
    assert_eq!(answer(session.receive(refused)), (1, Err(Failure::Refused("Permission denied".into()))));
}

/// 22 answers `VoicemailUsersList` with a Success and no list.
#[test]
fn a_success_without_a_list_is_an_answer_without_items() {
    let mut session = session();
    let id = send(&mut session, 1);
    let success = message(&format!("Response: Success\nActionID: {id}\nMessage: There are no users"));
    assert_eq!(answer(session.receive(success)).1.unwrap().items, []);
}

#[test]
fn passwords_that_a_list_brings_are_not_kept() {
    let mut session = session();
    for told in [1, 2] {
        let id = send(&mut session, 1);
        session.receive(message(&format!("Response: Success\nActionID: {id}\nEventList: start")));
        let item = format!("Event: OutboundRegistrationDetail\nActionID: {id}\nObjectName: trunk-a");
        session.receive(message(&item));
        let auth = format!("Event: AuthDetail\nActionID: {id}\nPassword: canary");
        session.receive(message(&auth));
        let end = format!("Event: XComplete\nActionID: {id}\nEventList: Complete\nListItems: {told}");
        assert_eq!(answer(session.receive(message(&end))).1.unwrap().items, [message(&item)]);
    }
}

#[test]
fn an_event_that_carries_an_action_id_stays_an_event() {
    let mut session = session();
    let id = send(&mut session, 1);
    for event in [
        format!("Event: UserEvent\nPrivilege: user,all\nUserEvent: FromAmi\nActionID: {id}"),
        "Event: OriginateResponse\nPrivilege: call,all\nActionID: of-another".to_owned(),
    ] {
        assert!(matches!(session.receive(message(&event)), Received::Event(_)));
    }
    assert_eq!(session.waiting(), 1);
}

#[test]
fn s02_what_no_healthy_asterisk_sends_is_told_apart() {
    let mut session = session();
    send(&mut session, 1);
    for odd in [
        "Event: Hangup\nChannel: PJSIP/x-1\nPrivilege: call,all",
        "Event: Hangup\nActionID: guessed-1\nChannel: PJSIP/x-1",
        "Channel: PJSIP/x-1\nUniqueid: 1.7",
    ] {
        assert!(matches!(session.receive(message(odd)), Received::Odd(_)), "{odd}");
    }
    let late_item = "Event: CoreShowChannel\nActionID: v-a1-1\nChannel: c";
    assert!(matches!(session.receive(message(late_item)), Received::Stray), "of no open list");
}

#[test]
fn what_waits_is_bounded() {
    let mut session = Session::new("a", SessionLimits { waiting: 2, ..SessionLimits::default() });
    send(&mut session, 1);
    send(&mut session, 2);
    let mut out = Vec::new();
    assert_eq!(session.send(&Action::new("Ping"), 3, DEADLINE, &mut out), Err((3, NotSent::Busy)));
    assert_eq!(out, b"");
}

#[test]
fn an_id_never_carries_what_its_name_was_made_of() {
    let mut session = Session::new("a\r\nAction: Logoff\r\n-b", SessionLimits::default());
    assert_eq!(send(&mut session, 1), "v-aActionLogoffb-1");
}

/// Every action of every capture, answered as the real PBX answered it.
#[test]
fn every_recorded_answer_reaches_its_action() {
    for capture in fixtures::all().unwrap() {
        let facts: serde_json::Value = serde_json::from_str(&capture.json).unwrap();
        for (connection, file) in capture.connections.iter().zip(facts["files"].as_array().unwrap()) {
            let mut ids: BTreeMap<String, String> = BTreeMap::new();
            let mut session: Session<String> = Session::new("x", SessionLimits::default());
            for sent in file["actions_sent"].as_array().unwrap() {
                let lines = sent[1].as_array().unwrap().iter().filter_map(|l| l.as_str());
                let recorded: Vec<_> = lines.filter_map(|l| l.strip_prefix("ActionID: ")).collect();
                let [recorded] = recorded[..] else { continue }; // protocol_errors sends two, or none
                let mut out = Vec::new();
                session.send(&Action::new("Ping"), recorded.to_owned(), DEADLINE, &mut out).unwrap();
                let ours = format!("v-x-{}", ids.len() + 1);
                ids.insert(recorded.to_owned(), ours);
            }
            let mut answered = 0;
            for message in connection.messages().unwrap() {
                let (ours, message) = match message.text("ActionID").and_then(|id| ids.get(&*id)) {
                    Some(ours) => {
                        let id = message.text("ActionID").unwrap();
                        let text = String::from_utf8_lossy(message.bytes());
                        let text =
                            text.replace(&format!("ActionID: {id}\r\n"), &format!("ActionID: {ours}\r\n"));
                        (true, Message::new(text.into()))
                    }
                    None => (false, message),
                };
                match session.receive(message) {
                    Received::Answer(_, Ok(_) | Err(Failure::Refused(_))) if ours => answered += 1,
                    Received::Event(_) => {}
                    Received::Part if ours => {}
                    Received::Stray if !ours => {} // the login, and ids as odd as `protocol_errors` tries
                    other => panic!("{} {}: {other:?}", capture.version, connection.file),
                }
            }
            assert_eq!(answered + session.waiting(), ids.len(), "{}", connection.file);
            assert_eq!(session.strays().incomplete, 0);
        }
    }
}

/// Every list that a real Asterisk gives is whole by our rule.
#[test]
fn f22_no_list_of_a_healthy_asterisk_is_taken_for_incomplete() {
    for version in fixtures::VERSIONS {
        let mut session: Session<u64> = Session::new("s", SessionLimits::default());
        let mut out = Vec::new();
        for number in 1..=200 {
            session.send(&Action::ping(), number, DEADLINE, &mut out).unwrap();
        }
        let mut lists = 0;
        for message in fixtures::shapes(version).unwrap().messages().unwrap() {
            // the script's ids are s1, s2 ...
            let text = String::from_utf8_lossy(message.bytes()).replace("ActionID: s", "ActionID: v-s-");
            match session.receive(Message::new(text.into())) {
                Received::Answer(_, Ok(reply)) => lists += usize::from(!reply.items.is_empty()),
                Received::Answer(_, Err(Failure::Refused(_))) | Received::Event(_) | Received::Part => {}
                other => panic!("{version}: {other:?}"),
            }
        }
        assert!(lists >= 15, "{version}: {lists}");
        assert_eq!(session.strays(), Default::default());
    }
}
