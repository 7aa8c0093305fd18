//! What a supervisor's actions do to a call, in the words and the order of a real Asterisk 22.

use asterisk::ami::Message;

use super::*;

fn words(messages: &[Message]) -> String {
    let first = messages.first().expect("an answer");
    let text = |header| first.text(header).map(std::borrow::Cow::into_owned).unwrap_or_default();
    format!("{}: {}", text("Response"), text("Message"))
}

fn told(lab: &mut Lab) -> Vec<Message> {
    let all = messages(lab.x.out.bytes());
    lab.x.out.clear();
    all
}

/// Names of events, where they are of that channel as it listens.
fn spied(all: &[Message], spy: &str) -> Vec<String> {
    let of = |m: &&Message| m.text("SpyerChannel").is_some_and(|c| c == spy);
    all.iter().filter(of).map(|m| m.event().to_owned()).collect()
}

/// 1001 talks to 1002.
fn two_talk(lab: &mut Lab) -> (ChanRef, ChanRef) {
    let caller = lab.dials("1001", "1002");
    let callee = lab.leg("1002");
    lab.x.answer(callee);
    (caller, callee)
}

fn originate(lab: &mut Lab, context: &str, exten: &str, on: &str) -> ChanRef {
    let answer = lab.act(&format!(
        "Action: Originate\r\nChannel: PJSIP/1006\r\nContext: {context}\r\nExten: {exten}\r\nPriority: 1\r\n\
         ChannelId: chosen-1\r\nAsync: true\r\nVariable: VIGIE_SPY={on}\r\n"
    ));
    assert_eq!(words(&answer), "Success: Originate successfully queued");
    let leg = lab.leg("1006");
    assert_eq!(&*lab.x.truth.chan(leg).unwrap().uniqueid, "chosen-1");
    lab.x.answer(leg);
    leg
}

#[test]
fn a_spy_starts_changes_its_mode_and_ends_with_its_channel() {
    let mut lab = Lab::new();
    let (_, callee) = two_talk(&mut lab);
    let target = lab.name(callee);
    let spy = originate(&mut lab, "vigie-spy", "listen", &target);
    let own = lab.name(spy);
    assert_eq!(spied(&told(&mut lab), &own), ["ChanSpyStart"]);
    assert_eq!(&*lab.x.truth.chan(spy).unwrap().data, format!("{target},quES"));
    let whisper = "Context: vigie-spy\r\nExten: whisper\r\nPriority: 1\r\n";
    lab.act(&format!("Action: Redirect\r\nChannel: {own}\r\n{whisper}"));
    assert_eq!(spied(&told(&mut lab), &own), ["ChanSpyStop", "ChanSpyStart"]);
    assert_eq!(&*lab.x.truth.chan(spy).unwrap().data, format!("{target},quESw"));
    lab.x.hang_up(callee, super::super::exchange::Fate::Phone);
    assert_eq!(spied(&told(&mut lab), &own), ["ChanSpyStop"]);
    assert!(lab.x.truth.chan(spy).is_none(), "nobody is left to hear");
}

#[test]
fn two_channels_are_put_together_and_who_was_with_them_is_let_go() {
    let mut lab = Lab::new();
    let (caller, callee) = two_talk(&mut lab);
    let own = originate(&mut lab, "vigie-wait", "vigie-wait", "");
    let [one, other, gone] = [caller, own, callee].map(|c| lab.name(c));
    let bridge =
        |a: &str, b: &str| format!("Action: Bridge\r\nChannel1: {a}\r\nChannel2: {b}\r\nTone: no\r\n");
    assert_eq!(words(&lab.act(&bridge(&one, &other))), "Success: Channels have been bridged");
    assert_eq!(lab.x.truth.peer(caller), Some(own));
    assert!(lab.x.truth.by_name(&gone).is_none());
    assert_eq!(words(&lab.act(&bridge("x", &other))), "Error: Channel1 does not exist: x");
    assert_eq!(words(&lab.act(&bridge(&one, "y"))), "Error: Channel2 does not exist: y");
}

#[test]
fn the_rest_is_answered_in_asterisks_words() {
    let mut lab = Lab::new();
    let (_, callee) = two_talk(&mut lab);
    let channel = lab.name(callee);
    for (action, told) in [
        ("ShowDialPlan\r\nContext: nowhere".to_owned(), "Error: Did not find context nowhere"),
        ("ShowDialPlan\r\nContext: vigie-spy".to_owned(), "Success: DialPlan list will follow"),
        ("PlayDTMF\r\nChannel: x\r\nDigit: 1".to_owned(), "Error: Channel not found"),
        (format!("PlayDTMF\r\nChannel: {channel}\r\nDigit: 1"), "Success: DTMF successfully queued"),
        ("ConfbridgeKick\r\nConference: 600\r\nChannel: x".to_owned(), "Error: No active conferences."),
        (format!("MixMonitorMute\r\nChannel: {channel}\r\nState: 1"), "Error: Cannot set mute flag"),
        (format!("MixMonitor\r\nChannel: {channel}\r\nFile: a.wav"), "Success: "),
        (format!("MixMonitorMute\r\nChannel: {channel}\r\nState: 1"), "Success: "),
    ] {
        assert_eq!(words(&lab.act(&format!("Action: {action}\r\n"))), told, "{action}");
    }
    let room = lab.dials("1003", "600");
    let who = lab.name(room);
    let kick = format!("Action: ConfbridgeKick\r\nConference: 600\r\nChannel: {who}\r\n");
    assert_eq!(words(&lab.act(&kick)), "Success: User kicked");
    assert!(lab.x.truth.chan(room).is_none() && lab.x.truth.rooms.is_empty());
}
