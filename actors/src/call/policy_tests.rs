//! The policy against a tiny model of what a person knows of a channel.

use std::sync::Arc;

use asterisk::ami::{Event, Message};
use proptest::prelude::*;

use super::{CallState, Verdict};
use crate::command::{CallAct, Destination};
use crate::fact::Outbox;
use crate::keys::{CallKey, Epoch, Micros, PbxName};
use crate::settings::Settings;
use crate::shell::orders::Progress;

/// What may happen to the one channel of the model.
#[derive(Debug, Clone, Copy)]
enum Step {
    Ring,
    Answer,
    Sent,
    Hangup,
}

/// All that the model knows.
#[derive(Debug, Default, Clone, Copy)]
struct Model {
    up: bool,
    gone: bool,
}

fn message(event: &str, state: u8, exten: &str) -> Message {
    let more = match event {
        "Hangup" => "Cause: 16\r\n",
        "Newexten" => "Extension: 900\r\nApplication: Echo\r\nAppData: \r\n",
        _ => "",
    };
    let text = format!(
        "Event: {event}\r\nPrivilege: call,all\r\nChannel: PJSIP/1001-00000001\r\nChannelState: {state}\r\n\
         CallerIDNum: 1001\r\nExten: {exten}\r\nUniqueid: 1795224500.1\r\nLinkedid: 1795224500.1\r\n{more}\r\n"
    );
    Message::new(text.into_bytes().into())
}

fn call_after(steps: &[Step]) -> (CallState, Model) {
    let key = CallKey { pbx: PbxName("p".into()), epoch: Epoch(1), linkedid: "1795224500.1".into() };
    let settings = Arc::new(Settings::new(PbxName("p".into())));
    let mut call = CallState::new(settings, key, Micros(0));
    let mut model = Model::default();
    let mut out = Outbox::default();
    let mut at = 0;
    let mut tell = |call: &mut CallState, m: Message| {
        at += 1;
        call.event(&Event::read(&m).expect("a healthy event"), Micros(at), &mut out);
    };
    tell(&mut call, message("Newchannel", 4, "1002"));
    for step in steps {
        let state = if model.up { 6 } else { 4 };
        match step {
            Step::Ring => tell(&mut call, message("Newstate", state, "1002")),
            Step::Answer => {
                tell(&mut call, message("Newstate", 6, "1002"));
                model.up |= !model.gone;
            }
            Step::Sent => tell(&mut call, message("Newexten", state, "900")),
            Step::Hangup => {
                tell(&mut call, message("Hangup", state, "1002"));
                model.gone = true;
            }
        }
    }
    (call, model)
}

fn transfer() -> CallAct {
    CallAct::Transfer { destination: Destination::parse("900").expect("an extension"), context: None }
}

const CHANNEL: &str = "PJSIP/1001-00000001";
const UNIQUEID: &str = "1795224500.1";

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![Just(Step::Ring), Just(Step::Answer), Just(Step::Sent), Just(Step::Hangup)]
}

proptest! {
    #[test]
    fn a_verb_is_accepted_exactly_when_the_channel_can_do_it(steps in prop::collection::vec(step(), 0..12)) {
        let (call, model) = call_after(&steps);
        let accepted = Verdict::Accept { uniqueid: UNIQUEID.into() };
        let hangup = call.decide(CHANNEL, &CallAct::Hangup { cause: 16 });
        prop_assert_eq!(hangup, if model.gone { Verdict::Already("already_hung_up") } else { accepted.clone() });
        match call.decide(CHANNEL, &transfer()) {
            Verdict::Accept { uniqueid } => prop_assert!(model.up && !model.gone && uniqueid == UNIQUEID),
            Verdict::Refuse("already_ended", _) => prop_assert!(model.gone),
            Verdict::Refuse("not_answered", _) => prop_assert!(!model.up && !model.gone),
            other => prop_assert!(false, "{other:?}"),
        }
        prop_assert_eq!(call.shows(UNIQUEID, &CallAct::Hangup { cause: 16 }, Micros(0), true) == Progress::Done("hangup"), model.gone);
        prop_assert_eq!(call.is_over(), model.gone);
    }
}

#[test]
fn a_transfer_is_done_when_the_channel_shows_the_extension_after_it_was_asked() {
    let (call, _) = call_after(&[Step::Answer]);
    assert_eq!(call.shows(UNIQUEID, &transfer(), Micros(0), true), Progress::Open);
    let (call, _) = call_after(&[Step::Answer, Step::Sent]);
    assert_eq!(call.shows(UNIQUEID, &transfer(), Micros(3), true), Progress::Done("redirected"));
    assert_eq!(call.shows(UNIQUEID, &transfer(), Micros(4), true), Progress::Open, "that was before");
}

/// Asterisk shows where it will send a channel before it looks whether there is such an extension: the
/// new extension with the application that still runs (recorded on 16 and 22).
#[test]
fn a_transfer_to_an_extension_that_does_not_exist_is_not_done() {
    let newexten = |exten: &str, application: &str| {
        let text = String::from_utf8(message("Newexten", 6, exten).bytes().to_vec()).expect("text");
        let text = text.replace("Extension: 900", &format!("Extension: {exten}"));
        Message::new(text.replace("Echo", application).into_bytes().into())
    };
    let after = |last: &Message| {
        let (mut call, _) = call_after(&[Step::Answer]);
        let mut out = Outbox::default();
        let all = [newexten("1002", "Dial"), newexten("900", "Dial"), last.clone()];
        for (at, m) in (10..).zip(&all) {
            call.event(&Event::read(m).expect("a healthy event"), Micros(at), &mut out);
            if at == 11 {
                let shown = call.shows(UNIQUEID, &transfer(), Micros(11), true);
                assert_eq!(shown, Progress::Sent("redirected"), "only on its way");
            }
        }
        call.shows(UNIQUEID, &transfer(), Micros(11), true)
    };
    assert_eq!(after(&newexten("900", "Echo")), Progress::Done("redirected"));
    assert_eq!(after(&newexten("900", "Dial")), Progress::Done("redirected"), "the same application again");
    let failed = after(&message("Hangup", 6, "900"));
    let Progress::Failed(words) = &failed else { panic!("{failed:?}") };
    assert!(words.contains("cause 16") && words.contains("900"));
}

#[test]
fn s08_a_name_that_is_no_channel_of_the_call_is_refused() {
    let (call, _) = call_after(&[Step::Answer]);
    for name in ["PJSIP/1001-00000002", "/PJSIP.*/", "", "PJSIP/1001-0000000"] {
        assert!(matches!(call.decide(name, &transfer()), Verdict::Refuse("no_such_channel", _)), "{name:?}");
    }
}

#[test]
fn half_of_a_local_pair_is_hung_up_but_never_transferred() {
    let capture = asterisk::fixtures::load(22, "ami_atxfer").expect("capture");
    let mut floor = crate::replay::Floor::new(Settings::new(PbxName("p".into())));
    floor.connected();
    for m in capture.connections[0].messages().expect("a capture decodes") {
        floor.message(&m);
        if m.event() == "LocalBridge" {
            break;
        }
    }
    let call = floor.live().next().expect("a call");
    let half = "Local/1003@from-phones-00000016;1";
    assert!(matches!(call.decide(half, &transfer()), Verdict::Refuse("local_channel", _)));
    assert!(matches!(call.decide(half, &CallAct::Hangup { cause: 16 }), Verdict::Accept { .. }));
}
