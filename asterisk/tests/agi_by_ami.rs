//! AsyncAGI as real Asterisks speak it, and what a caller's text cannot do there.
#![allow(clippy::unwrap_used)] // tests

use asterisk::agi::by_ami::{Told, read};
use asterisk::agi::{Command, EnvironmentError, Reply, Success, Text, Variable};
use asterisk::ami::{Action, ActionError, Message};
use asterisk::fixtures;

/// All that an Asterisk of that version told of one channel.
fn told(version: u8) -> Vec<(String, Told)> {
    let capture = fixtures::load(version, "agi_async").unwrap();
    capture.connections[0].messages().unwrap().iter().filter_map(read).collect()
}

#[test]
fn real_ones_are_read_from_the_beginning_to_the_end() {
    for version in fixtures::VERSIONS {
        let all = told(version);
        let (uniqueid, Told::Began(Ok(environment))) = &all[0] else { panic!("{all:?}") };
        assert_eq!(environment.uniqueid(), uniqueid);
        assert_eq!((environment.called(), environment.is_async()), (Some("791"), true));
        assert!(environment.get("agi_version").unwrap().starts_with(&version.to_string()));
        let answers: Vec<_> = all[1..].iter().map(|(_, told)| told.clone()).collect();
        let done = |n: u32, result: &str, data: Option<&str>| Told::Answered {
            id: format!("cmd-{n}"),
            reply: Reply::Done(Success {
                result: result.into(),
                data: data.map(Into::into),
                ..Success::default()
            }),
        };
        let of = |n: u32, reply| Told::Answered { id: format!("cmd-{n}"), reply };
        let expected = [
            done(0, "1", None),
            done(1, "1", None),
            done(2, "1", Some("a: b")),
            done(3, "0", None),
            of(4, Reply::Unknown),
            of(5, Reply::Usage),
            done(6, "0", None),
            Told::Ended,
        ];
        assert_eq!(answers, expected, "{version}");
        assert!(all.iter().all(|(of, _)| of == uniqueid));
    }
}

fn event(name: &str, more: &str) -> Message {
    let text = format!("Event: {name}\r\nPrivilege: agi,all\r\nUniqueid: 1.1\r\n{more}\r\n");
    Message::new(text.into_bytes().into())
}

#[test]
fn s11_a_header_that_stands_twice_or_is_no_text_spoils_the_answer() {
    for forged in [
        "Result: 200%20result%3D0%0A\r\nResult: 200%20result%3D49%0A\r\nCommandId: a\r\n",
        "Result: 200%20result%3D0%0A\r\nCommandId: b\r\nCommandId: a\r\n",
        "Result: 200%20result%3D0%2\r\nCommandId: a\r\n",
        "Result: 200%20result%3D1%20(a%0A200%20result%3D1)%0A\r\nCommandId: a\r\n",
        "Result: nonsense\r\nCommandId: a\r\n",
        "CommandId: a\r\n",
    ] {
        let spoilt = Told::Answered { id: "a".into(), reply: Reply::Spoilt };
        assert_eq!(read(&event("AsyncAGIExec", forged)), Some(("1.1".into(), spoilt)), "{forged}");
    }
    let twice = "Env: agi_request%3A%20async%0A%0A\r\nEnv: agi_request%3A%20async%0A%0A\r\n";
    let no = Told::Began(Err(EnvironmentError::NotAgi));
    assert_eq!(read(&event("AsyncAGIStart", twice)), Some(("1.1".into(), no)));
    assert_eq!(read(&event("Hangup", "")), None);
}

#[test]
fn an_environment_that_asterisk_cut_is_believed_in_nothing() {
    let env = "Env: agi_request%3A%20async%0Aagi_channel%3A%20SIP%2Fa%0Aagi_uniqueid%3A%201.1%0Aagi_arg_1%3A%200170\r\n";
    // without its argument it would be taken for ours
    for cut in [env.to_owned(), env.replace("%0Aagi_arg_1%3A%200170", "%0A")] {
        let no = Told::Began(Err(EnvironmentError::Cut));
        assert_eq!(read(&event("AsyncAGIStart", &cut)), Some(("1.1".into(), no)), "{cut}");
    }
    let env = env.replace("%200170\r", "%200170%0A%0A\r");
    let Some((_, Told::Began(Ok(environment)))) = read(&event("AsyncAGIStart", &env)) else { panic!() };
    assert_eq!(environment.called(), Some("0170"), "the argument says what was called");
}

#[test]
fn s12_what_is_sent_is_one_line_or_nothing() {
    let value = |text: &str| Text::new(text).unwrap();
    let set = |text: &str| Command::set_variable(&Variable::new("A").unwrap(), &value(text)).unwrap();
    let action = Action::agi("1795224850.533", &set("a \"b\""), "id-1").unwrap();
    let mut sent = Vec::new();
    action.encode("7", &mut sent).unwrap();
    let lines = "Action: AGI\r\nActionID: 7\r\nChannel: 1795224850.533\r\n\
                 Command: SET VARIABLE A \"a \\\"b\\\"\"\r\nCommandID: id-1\r\n\r\n";
    assert_eq!(String::from_utf8(sent).unwrap(), lines);
    assert_eq!(Action::agi("1\r\nAction: x", &set("a"), "id"), Err(ActionError::ControlByte("Channel")));
    assert_eq!(Action::agi("", &set("a"), "id"), Err(ActionError::NotExact("Channel")));
    let long = set(&"x".repeat(1_500));
    assert_eq!(Action::agi("1.1", &long, "id"), Err(ActionError::LineTooLong("Command")));
}
