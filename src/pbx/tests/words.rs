//! Answers in Asterisk 22's own words.

use asterisk::ami::Message;

use super::*;

/// What 22 answered in a capture, by ActionID.
fn recorded(capture: &str) -> Vec<(String, String)> {
    let capture = asterisk::fixtures::load(22, capture).unwrap();
    let mut answers = Vec::new();
    for message in capture.connections[0].messages().unwrap() {
        if let (Some(response), Some(id)) = (message.text("Response"), message.text("ActionID"))
            && message.event().is_empty()
        {
            answers.push((id.into_owned(), format!("{response}: {}", words(&message))));
        }
    }
    answers
}

fn words(message: &Message) -> String {
    message.text("Message").map(|m| m.into_owned()).unwrap_or_default()
}

fn answered(lab: &mut Lab, action: &str) -> String {
    let answers = lab.act(action);
    let first = answers.first().expect("an answer");
    format!("{}: {}", first.text("Response").unwrap_or_default(), words(first))
}

/// Each action is answered as the capture's action of that id was.
fn check(lab: &mut Lab, capture: &str, actions: &[(&str, String)]) {
    let recorded = recorded(capture);
    for (id, action) in actions {
        let expected = &recorded.iter().find(|(known, _)| known == id).expect("recorded").1;
        assert_eq!(&answered(lab, &format!("Action: {action}\r\n")), expected, "{action}");
    }
}

#[test]
fn bad_actions_are_refused_in_the_words_of_22() {
    let mut lab = Lab::new();
    let plain = |id, action: &str| (id, action.to_owned());
    check(
        &mut lab,
        "protocol_errors",
        &[
            plain("a2", "NoSuchAction"),
            plain("a3", "Hangup"),
            plain("a4", "Originate"),
            plain("a5", "QueueAdd"),
            plain("a12", "Filter\r\nOperation: Add\r\nFilter: !Event: RTCP.*"),
        ],
    );
    check(
        &mut lab,
        "listings_busy",
        &[
            plain("a26", "MeetmeListRooms"),
            plain("a28", "LocalChannels"),
            plain("a5", "CoreShowChannels"),
            plain("a6", "Status"),
            plain("a7", "QueueStatus"),
            plain("a8", "QueueSummary"),
            plain("a9", "DeviceStateList"),
            plain("a12", "ParkedCalls"),
            plain("a14", "BridgeList"),
            plain("a29", "PJSIPShowEndpoints"),
            plain("a32", "PJSIPShowContacts"),
            plain("a35", "PJSIPShowRegistrationsOutbound"),
        ],
    );
}

#[test]
fn hangup_redirect_transfer_and_park_answer_in_the_words_of_22() {
    let mut lab = Lab::new();
    let caller = lab.dials("1001", "1002");
    let leg = lab.leg("1002");
    lab.x.answer(leg);
    let name = lab.name(caller);
    check(
        &mut lab,
        "ami_blind_transfer",
        &[("a2", format!("BlindTransfer\r\nChannel: {name}\r\nContext: from-phones\r\nExten: 1003"))],
    );
    check(
        &mut lab,
        "ami_redirect",
        &[(
            "a4",
            "Redirect\r\nChannel: PJSIP/none-00000000\r\nContext: from-phones\r\nExten: 690\r\nPriority: 1"
                .to_owned(),
        )],
    );
    let name = lab.name(leg);
    check(
        &mut lab,
        "ami_redirect",
        &[(
            "a2",
            format!("Redirect\r\nChannel: {name}\r\nContext: from-phones\r\nExten: 690\r\nPriority: 1"),
        )],
    );
    check(
        &mut lab,
        "ami_hangup",
        &[
            ("a2", format!("Hangup\r\nChannel: {name}\r\nCause: 21")),
            ("a4", "Hangup\r\nChannel: PJSIP/1001-deadbeef".to_owned()),
        ],
    );
    let caller = lab.trunk_calls("0170001001");
    let leg = lab.leg("1001");
    lab.x.answer(leg);
    let (caller, leg) = (lab.name(caller), lab.name(leg));
    check(
        &mut lab,
        "park_ami_timeout",
        &[(
            "a2",
            format!(
                "Park\r\nChannel: {caller}\r\nTimeoutChannel: {leg}\r\nTimeout: 3000\r\nParkinglot: default"
            ),
        )],
    );
}

#[test]
fn pauses_penalties_and_conferences_answer_in_the_words_of_22() {
    let mut lab = Lab::new();
    let pause = |paused, who: &str| {
        format!("QueuePause\r\nInterface: PJSIP/{who}\r\nPaused: {paused}\r\nQueue: support")
    };
    check(
        &mut lab,
        "queue_pause_unpause",
        &[("a2", pause(true, "1001")), ("a3", pause(false, "1001")), ("a6", pause(true, "9999"))],
    );
    check(
        &mut lab,
        "queue_ringall_two_agents",
        &[("a2", "QueuePenalty\r\nInterface: PJSIP/1002\r\nPenalty: 0\r\nQueue: support".to_owned())],
    );
    assert_eq!(answered(&mut lab, "Action: ConfbridgeListRooms\r\n"), "Error: No active conferences.");
    let first = lab.dials("1001", "600");
    let name = lab.name(first);
    check(
        &mut lab,
        "conference",
        &[
            ("a2", "ConfbridgeListRooms".to_owned()),
            ("a3", "ConfbridgeList\r\nConference: 600".to_owned()),
            ("a4", format!("ConfbridgeMute\r\nConference: 600\r\nChannel: {name}")),
            ("a5", format!("ConfbridgeUnmute\r\nConference: 600\r\nChannel: {name}")),
            ("a9", "ConfbridgeList\r\nConference: 999".to_owned()),
        ],
    );
}

#[test]
fn originate_answers_in_the_words_of_22() {
    let mut lab = Lab::new();
    check(
        &mut lab,
        "originate_failures",
        &[
            ("a2", "Originate\r\nChannel: PJSIP/1001\r\nAsync: true\r\nApplication: Wait\r\nData: 1".to_owned()),
            ("a6", "Originate\r\nAsync: true\r\nApplication: Wait\r\nData: 1".to_owned()),
            (
                "a9",
                "Originate\r\nChannel: PJSIP/1001\r\nContext: from-phones\r\nExten: zzz\r\nPriority: 1\r\nAsync: true"
                    .to_owned(),
            ),
        ],
    );
}
