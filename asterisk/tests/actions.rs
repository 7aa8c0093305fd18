//! Nothing that is sent can be forged by a value in it (S01, S06, S08).
#![allow(clippy::unwrap_used)] // tests

use asterisk::ami::{Action, ActionError, LONGEST_LINE, MOST_HEADERS, Target};

/// The injection vectors that must not reach the wire: V1 to V4, the last of V5, V6.
fn refused_everywhere() -> Vec<String> {
    vec![
        "1000\r\nAction: Command\r\nCommand: core show version".into(),
        "1000\r\n\r\nAction: Originate\r\nChannel: Local/9@x\r\nApplication: System\r\nData: id\r\n\r\n"
            .into(),
        "x\nVariable: A=B".into(),
        "x\rActionID: y".into(),
        "x\0y".into(),
        "a".repeat(1100),
        "x\x7f".into(),
        "\tx".into(),
        "x\x1b[31m".into(),
    ]
}

/// The rest of V5: no line ends for Asterisk, so they are text.
const ONLY_TEXT: [&str; 5] = ["x\u{2028}y", "x\u{85}y", "x%0d%0aA: b", "x\\r\\nA: b", "x&#13;&#10;A: b"];

const TO: Target<'static> = Target { context: "from-phones", exten: "1003", priority: 1 };

type Build = fn(&str) -> Result<Action, ActionError>;

/// Every text field of every action.
const FIELDS: [(&str, Build); 24] = [
    ("Username", |v| Action::login(v, "k")),
    ("Key", |v| Action::login("u", v)),
    ("Username", |v| Action::login_plain(v, "s")),
    ("Secret", |v| Action::login_plain("u", v)),
    ("EventMask", Action::events),
    ("Filter", Action::filter),
    ("Channel", Action::status_of),
    ("BridgeUniqueid", Action::bridge_info),
    ("Queue", Action::queue_status_of),
    ("Conference", Action::confbridge_list),
    ("Channel", |v| Action::getvar(Some(v), "SITE")),
    ("Channel", |v| Action::hangup(v, 16)),
    ("Channel", |v| Action::redirect(v, TO, None)),
    ("Context", |v| Action::redirect("PJSIP/1-1", Target { context: v, ..TO }, None)),
    ("Exten", |v| Action::redirect("PJSIP/1-1", Target { exten: v, ..TO }, None)),
    ("ExtraChannel", |v| Action::redirect("PJSIP/1-1", TO, Some((v, TO)))),
    ("ExtraContext", |v| Action::redirect("PJSIP/1-1", TO, Some(("PJSIP/2-2", Target { context: v, ..TO })))),
    ("ExtraExten", |v| Action::redirect("PJSIP/1-1", TO, Some(("PJSIP/2-2", Target { exten: v, ..TO })))),
    ("Channel", |v| Action::blind_transfer(v, "c", "1")),
    ("Context", |v| Action::blind_transfer("PJSIP/1-1", v, "1")),
    ("Exten", |v| Action::blind_transfer("PJSIP/1-1", "c", v)),
    ("Channel", |v| Action::atxfer(v, "c", "1")),
    ("Exten", |v| Action::atxfer("PJSIP/1-1", "c", v)),
    ("Free", |v| Action::new("Free").header("Free", v)),
];

fn lines(action: &Action, id: &str) -> Vec<String> {
    let mut out = Vec::new();
    action.encode(id, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.ends_with("\r\n\r\n") && text.matches("\r\n\r\n").count() == 1);
    text.trim_end().split("\r\n").map(str::to_owned).collect()
}

#[test]
fn s01_no_value_can_carry_a_line_break_in_any_text_field() {
    for (field, build) in FIELDS {
        for vector in refused_everywhere() {
            match build(&vector) {
                Err(ActionError::ControlByte(header) | ActionError::LineTooLong(header)) => {
                    assert_eq!(header, field);
                }
                other => panic!("{field}: {vector:?}: {other:?}"),
            }
        }
        for vector in ONLY_TEXT {
            let action = build(vector).unwrap();
            let lines = lines(&action, "v-a-1");
            let expected = format!("{field}: {vector}");
            assert_eq!(lines.iter().filter(|line| **line == expected).count(), 1, "{field}");
            assert!(lines.iter().all(|line| !line.contains(['\r', '\n', '\0'])));
        }
    }
}

#[test]
fn s01_the_encoder_is_a_second_barrier() {
    for vector in refused_everywhere() {
        let mut out = Vec::new();
        let refused = Action::ping().encode(&vector, &mut out);
        assert!(
            matches!(
                refused,
                Err(ActionError::ControlByte("ActionID") | ActionError::LineTooLong("ActionID"))
            ),
            "{refused:?}"
        );
        assert_eq!(out, b"", "nothing is written of an action that is refused");
    }
}

#[test]
fn s01_lines_and_headers_stop_where_asterisk_stops() {
    let longest = "a".repeat(LONGEST_LINE - "Free: ".len());
    let action = Action::new("Free").header("Free", longest.clone()).unwrap();
    assert_eq!(lines(&action, "v-a-1")[2].len(), LONGEST_LINE);
    let longer = Action::new("Free").header("Free", format!("{longest}a"));
    assert_eq!(longer, Err(ActionError::LineTooLong("Free")));
    // V6: 140 variables
    let mut action = Action::new("Originate");
    let mut refused = None;
    for n in 0..140 {
        match action.clone().header("Variable", format!("V{n}=x")) {
            Ok(more) => action = more,
            Err(e) => refused = refused.or(Some(e)),
        }
    }
    assert_eq!(refused, Some(ActionError::TooManyHeaders));
    assert!(lines(&action, "v-a-1").len() <= MOST_HEADERS);
}

#[test]
fn s08_a_channel_is_an_exact_name_never_a_pattern() {
    for pattern in ["/^.*$/", "/.*/", "/^SIP.*$/", ""] {
        assert_eq!(Action::hangup(pattern, 16), Err(ActionError::NotExact("Channel")));
        assert_eq!(Action::redirect(pattern, TO, None), Err(ActionError::NotExact("Channel")));
        assert_eq!(Action::status_of(pattern), Err(ActionError::NotExact("Channel")));
    }
    let action = Action::hangup("Local/1003@from-phones-00000016;1", 16).unwrap();
    let expected =
        ["Action: Hangup", "ActionID: v-a-1", "Channel: Local/1003@from-phones-00000016;1", "Cause: 16"];
    assert_eq!(lines(&action, "v-a-1"), expected);
}

#[test]
fn s06_a_variable_is_a_plain_name_never_a_function() {
    for name in ["SHELL(id)", "${SHELL(id)}", "", "1A", "A B", "A=B", "é", &"A".repeat(65)] {
        assert_eq!(Action::getvar(None, name), Err(ActionError::NotExact("Variable")), "{name}");
    }
    let action = Action::getvar(Some("PJSIP/1-1"), "QUEUESTATUS").unwrap();
    assert_eq!(lines(&action, "x")[2..], ["Channel: PJSIP/1-1", "Variable: QUEUESTATUS"]);
}

#[test]
fn s51_secrets_do_not_show_in_debug_output() {
    let login = Action::login("vigie", "canary-key").unwrap();
    let plain = Action::login_plain("vigie", "canary-secret").unwrap();
    for shown in [format!("{login:?}"), format!("{plain:#?}")] {
        assert!(!shown.contains("canary") && shown.contains("vigie"), "{shown}");
    }
    let error = Action::login_plain("vigie", "canary\n").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[test]
fn a_redirect_of_both_parties_names_both() {
    let action = Action::redirect("PJSIP/1-1", TO, Some(("PJSIP/2-2", TO))).unwrap();
    assert_eq!(
        lines(&action, "v-a-1")[2..],
        [
            "Channel: PJSIP/1-1",
            "Context: from-phones",
            "Exten: 1003",
            "Priority: 1",
            "ExtraChannel: PJSIP/2-2",
            "ExtraContext: from-phones",
            "ExtraExten: 1003",
            "ExtraPriority: 1"
        ]
    );
}
