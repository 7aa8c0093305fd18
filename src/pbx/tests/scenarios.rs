//! Each kind of call happens in the order it happens on a real Asterisk 22: the names of the
//! events of each channel, in the order the channels appear, are those of the capture.
//!
//! Left out, since they are not about the order of a call: variables, test and security events,
//! RTP reports, DTMF. An event is counted for the channel it is about, not for the one it only
//! mentions as `Dest`.

use std::collections::BTreeMap;

use asterisk::ami::Message;

use super::super::agi::Handover;
use super::super::exchange::Fate;
use super::*;

/// Roles in which a channel takes part in an event.
const ROLES: [&str; 8] = [
    "Channel",
    "TransfererChannel",
    "TransfereeChannel",
    "OrigTransfererChannel",
    "SecondTransfererChannel",
    "TransferTargetChannel",
    "ParkeeChannel",
    "RetrieverChannel",
];

/// Channel by channel, in order of appearance: its endpoint and the names of its events.
fn story(all: &[Message]) -> Vec<(String, Vec<String>)> {
    let mut order: Vec<String> = Vec::new();
    let mut events: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for message in all {
        let noise = ["VarSet", "TestEvent", "RTCPSent", "RTCPReceived", "DTMFBegin", "DTMFEnd", "Cdr"];
        if message.event().is_empty() || noise.contains(&message.event()) || message.get("ActionID").is_some()
        {
            continue;
        }
        for role in ROLES {
            let Some(channel) = message.text(role) else { continue };
            if message.event() == "Newchannel" {
                order.push(channel.to_string());
            }
            let mut name = message.event().to_owned();
            for detail in ["DialStatus", "Application", "Cause", "Reason"] {
                if let Some(value) = message.text(detail) {
                    name = format!("{name} {value}");
                }
            }
            events.entry(channel.into_owned()).or_default().push(name);
        }
    }
    order
        .into_iter()
        .map(|channel| {
            let endpoint = channel.rsplit_once('-').map_or("", |(e, _)| e).to_owned();
            (endpoint, events.remove(&channel).unwrap_or_default())
        })
        .collect()
}

/// What is left out or moved in the capture, with its reason, before it is compared.
type Known = fn(&mut Vec<(String, Vec<String>)>);

fn compare(lab: Lab, capture: &str, known: Known) {
    let recorded = asterisk::fixtures::load(22, capture).unwrap();
    let mut expected = story(&recorded.connections[0].messages().unwrap());
    known(&mut expected);
    let got = story(&messages(lab.x.out.bytes()));
    let lines = |story: &[(String, Vec<String>)]| -> Vec<String> {
        story.iter().flat_map(|(e, all)| all.iter().map(move |name| format!("{e} {name}"))).collect()
    };
    let (expected, got) = (lines(&expected), lines(&got));
    if let Some(at) = (0..expected.len().max(got.len())).find(|i| expected.get(*i) != got.get(*i)) {
        let from = at.saturating_sub(4);
        panic!(
            "{capture}, line {at}\nrecorded: {:#?}\ngot: {:#?}",
            expected.iter().skip(from).take(9).collect::<Vec<_>>(),
            got.iter().skip(from).take(9).collect::<Vec<_>>()
        );
    }
}

fn as_recorded(_: &mut Vec<(String, Vec<String>)>) {}

/// Two phones talk: the caller's leg and the other.
fn talk(lab: &mut Lab, from: &str, to: &str) -> (ChanRef, ChanRef) {
    let caller = lab.dials(from, to);
    lab.wait(0.3);
    let leg = lab.leg(to);
    lab.x.answer(leg);
    (caller, leg)
}

#[test]
fn a_simple_call() {
    let mut lab = Lab::new();
    let (caller, _) = talk(&mut lab, "1001", "1002");
    lab.wait(3.0);
    lab.x.hang_up(caller, Fate::Phone);
    compare(lab, "simple_call", as_recorded);
}

#[test]
fn a_call_refused_as_busy() {
    let mut lab = Lab::new();
    lab.dials("1001", "1002");
    let leg = lab.leg("1002");
    lab.x.reject(leg, 17, 486);
    compare(lab, "busy", |story| {
        // The phone of the capture refuses before it rings.
        story[0].1.retain(|e| e != "DialState RINGING");
        story[0].1.insert(5, "DialState RINGING".into());
        story[1].1.insert(3, "Newstate".into());
    });
}

#[test]
fn a_call_nobody_answers() {
    let mut lab = Lab::new();
    lab.dials("1001", "1002");
    lab.wait(21.0);
    compare(lab, "no_answer", as_recorded);
}

#[test]
fn a_caller_who_gives_up() {
    let mut lab = Lab::new();
    let caller = lab.dials("1001", "1002");
    lab.wait(1.5);
    lab.x.hang_up(caller, Fate::Phone);
    compare(lab, "cancel", as_recorded);
}

#[test]
fn a_call_held_and_taken_back_by_both() {
    let mut lab = Lab::new();
    let (caller, leg) = talk(&mut lab, "1001", "1002");
    for by in [caller, leg] {
        lab.x.hold(by);
        lab.wait(1.0);
        lab.x.unhold(by);
    }
    lab.x.hang_up(caller, Fate::Phone);
    compare(lab, "hold_unhold", as_recorded);
}

#[test]
fn a_call_out_through_a_trunk() {
    let mut lab = Lab::new();
    let caller = lab.dials("1001", "00612345678");
    let leg = lab.leg("trunk-a");
    lab.x.answer(leg);
    lab.wait(2.0);
    lab.x.hang_up(caller, Fate::Phone);
    compare(lab, "trunk_outbound_ok", as_recorded);
}

/// A caller in `support` whom that member answers.
fn queue_call(lab: &mut Lab, member: &str) -> (ChanRef, ChanRef) {
    let caller = lab.trunk_calls("0170000001");
    lab.wait(1.0);
    let leg = lab.leg(member);
    lab.x.answer(leg);
    (caller, leg)
}

#[test]
fn a_queue_call_answered_and_ended_by_the_agent() {
    let mut lab = Lab::new();
    let (_, leg) = queue_call(&mut lab, "1001");
    lab.wait(3.0);
    lab.x.hang_up(leg, Fate::Phone);
    compare(lab, "queue_answered", as_recorded);
}

#[test]
fn a_queue_call_that_rings_two_agents_and_is_ended_by_the_caller() {
    let mut lab = Lab::new();
    lab.x.set_penalty(Some("support"), "PJSIP/1002", 0).unwrap();
    let caller = lab.trunk_calls("0170000001");
    lab.wait(1.0);
    let leg = lab.leg("1002");
    lab.x.answer(leg);
    lab.wait(1.5);
    lab.x.hang_up(caller, Fate::Phone);
    compare(lab, "queue_ringall_two_agents", |story| {
        // The capture rings 1002 first: the order of a hash table.
        story.swap(1, 2);
    });
}

#[test]
fn a_caller_who_abandons_a_queue() {
    let mut lab = Lab::new();
    let caller = lab.trunk_calls("0170000001");
    lab.wait(2.5);
    lab.x.hang_up(caller, Fate::Phone);
    compare(lab, "queue_abandon", as_recorded);
}

#[test]
fn a_queue_that_times_out() {
    let mut lab = Lab::new();
    // The first of two idle members of a `leastrecent` queue: the capture rings 1005.
    lab.x.pause(Some("sales"), "PJSIP/1004", true, "").unwrap();
    lab.trunk_calls("0170000002");
    lab.wait(7.0);
    compare(lab, "queue_timeout", as_recorded);
}

#[test]
fn an_agent_who_does_not_answer_is_rung_again() {
    let mut lab = Lab::new();
    for other in ["PJSIP/1002", "PJSIP/1003"] {
        lab.x.pause(None, other, true, "").unwrap();
    }
    let caller = lab.trunk_calls("0170000001");
    lab.wait(13.0);
    lab.x.hang_up(caller, Fate::Phone);
    compare(lab, "queue_agent_no_answer", as_recorded);
}

#[test]
fn a_blind_transfer_by_the_phone() {
    let mut lab = Lab::new();
    let (caller, _) = talk(&mut lab, "1001", "1002");
    lab.wait(1.0);
    lab.x.blind_transfer(caller, None, "1003").unwrap();
    lab.wait(0.5);
    let third = lab.leg("1003");
    lab.x.answer(third);
    lab.wait(2.0);
    lab.x.hang_up(third, Fate::Phone);
    compare(lab, "blind_transfer_refer", as_recorded);
}

#[test]
fn a_blind_transfer_over_ami() {
    let mut lab = Lab::new();
    let (caller, _) = talk(&mut lab, "1001", "1002");
    let name = lab.name(caller);
    lab.act(&format!("Action: BlindTransfer\r\nChannel: {name}\r\nContext: from-phones\r\nExten: 1003\r\n"));
    let third = lab.leg("1003");
    lab.x.answer(third);
    lab.wait(2.0);
    lab.x.hang_up(third, Fate::Phone);
    compare(lab, "ami_blind_transfer", as_recorded);
}

#[test]
fn an_attended_transfer_by_the_phone() {
    let mut lab = Lab::new();
    let (first, leg) = talk(&mut lab, "1001", "1002");
    lab.x.hold(first);
    let (second, _) = talk(&mut lab, "1001", "1003");
    lab.wait(1.0);
    lab.x.attended_transfer(first, second).unwrap();
    lab.wait(2.0);
    lab.x.hang_up(leg, Fate::Phone);
    compare(lab, "attended_transfer_refer", as_recorded);
}

#[test]
fn a_redirect_over_ami() {
    let mut lab = Lab::new();
    let caller = lab.trunk_calls("0170001001");
    let leg = lab.leg("1001");
    lab.x.answer(leg);
    lab.wait(1.0);
    let name = lab.name(caller);
    let redirect = |exten| {
        format!(
            "Action: Redirect\r\nChannel: {name}\r\nContext: from-phones\r\nExten: {exten}\r\nPriority: 1\r\n"
        )
    };
    lab.act(&redirect("1002"));
    let leg = lab.leg("1002");
    lab.wait(0.4);
    lab.x.answer(leg);
    lab.wait(1.0);
    lab.act(&redirect("690"));
    lab.wait(1.0);
    lab.x.hang_up(caller, Fate::Phone);
    compare(lab, "ami_redirect", as_recorded);
}

#[test]
fn a_hangup_over_ami() {
    let mut lab = Lab::new();
    let (caller, _) = talk(&mut lab, "1001", "1002");
    lab.wait(0.6);
    let name = lab.name(caller);
    lab.act(&format!("Action: Hangup\r\nChannel: {name}\r\nCause: 21\r\n"));
    compare(lab, "ami_hangup", |story| {
        // The second call is hung up by a regular expression, which is not offered here.
        story.truncate(2);
    });
}

#[test]
fn a_call_parked_by_transfer_and_fetched() {
    let mut lab = Lab::new();
    let (caller, _) = talk(&mut lab, "1001", "1002");
    lab.wait(0.8);
    lab.x.blind_transfer(caller, None, "700").unwrap();
    lab.wait(1.5);
    let by = lab.dials("1003", "701");
    lab.wait(1.5);
    lab.x.hang_up(by, Fate::Phone);
    compare(lab, "park_unpark", as_recorded);
}

#[test]
fn a_call_parked_over_ami_that_comes_back() {
    let mut lab = Lab::new();
    let caller = lab.trunk_calls("0170001001");
    let leg = lab.leg("1001");
    lab.x.answer(leg);
    lab.wait(0.8);
    let (channel, parker) = (lab.name(caller), lab.name(leg));
    lab.act(&format!("Action: Park\r\nChannel: {channel}\r\nTimeoutChannel: {parker}\r\nTimeout: 3000\r\n"));
    lab.wait(3.1);
    let leg = lab.leg("1001");
    lab.x.answer(leg);
    lab.wait(1.0);
    lab.x.hang_up(caller, Fate::Phone);
    compare(lab, "park_ami_timeout", as_recorded);
}

/// Calls told apart at the end, as the capture's own count says.
fn calls_at_the_end(capture: &str) -> u64 {
    let json = asterisk::fixtures::load(22, capture).unwrap().json;
    let facts: serde_json::Value = serde_json::from_str(&json).unwrap();
    facts["files"][0]["measured_from_stream"]["distinct_linkedid_final"].as_u64().unwrap()
}

fn calls_told(lab: &Lab) -> u64 {
    let mut last = BTreeMap::new();
    for message in messages(lab.x.out.bytes()) {
        if let (Some(channel), Some(linkedid)) = (message.text("Channel"), message.text("Linkedid")) {
            last.insert(channel.into_owned(), linkedid.into_owned());
        }
    }
    let calls: std::collections::BTreeSet<String> = last.into_values().collect();
    calls.len() as u64
}

#[test]
fn a_talk_makes_two_calls_one_and_a_conference_or_a_parking_lot_does_not() {
    let mut lab = Lab::new();
    for phone in ["1001", "1002", "1003"] {
        lab.dials(phone, "600");
    }
    assert_eq!(calls_told(&lab), calls_at_the_end("conference"));
    let mut lab = Lab::new();
    lab.dials("1004", "700");
    lab.dials("1005", "700");
    assert_eq!(calls_told(&lab), 2);
    let mut lab = Lab::new();
    let (caller, _) = talk(&mut lab, "1001", "1002");
    lab.x.blind_transfer(caller, None, "700").unwrap();
    lab.dials("1003", "701");
    lab.x.shut_down(false);
    assert_eq!(calls_told(&lab), calls_at_the_end("park_unpark"));
}

#[test]
fn a_call_that_a_server_leads() {
    let mut lab = Lab::new();
    lab.x.truth.handover = Some(Handover { to: ([127, 0, 0, 1], 4573).into(), token: None });
    let phone = lab.phone("1001");
    lab.x.truth.endpoint_mut(phone).unwrap().context = "vigie-flows".into();
    let caller = lab.dials("1001", "790");
    lab.x.agi_connected(1);
    for line in
        ["VERBOSE \"session started\" 1", "SET VARIABLE FLOW \"main menu\"", "GET VARIABLE CALLERID(num)"]
    {
        lab.x.agi_heard(1, format!("{line}\n").as_bytes());
    }
    lab.x.agi_heard(1, b"GET VARIABLE NOSUCHVAR\nEXEC Set CAMPAIGN=ivr:\nGET DATA beep 4000 2\n");
    lab.wait(1.0);
    lab.x.press(caller, '4');
    lab.x.press(caller, '2');
    lab.x.agi_heard(1, b"STREAM FILE hello-world \"12*\"\n");
    lab.wait(1.2);
    lab.x.agi_heard(1, b"CHANNEL STATUS\nSET VARIABLE RESULT \"done\"\nHANGUP\n");
    lab.x.agi_closed(1);
    compare(lab, "agi_fastagi_ivr", as_recorded);
}

#[test]
fn a_conference_of_three() {
    let mut lab = Lab::new();
    let people = ["1001", "1002", "1003"].map(|phone| lab.dials(phone, "600"));
    for muted in ["ConfbridgeMute", "ConfbridgeUnmute"] {
        let name = lab.name(people[1]);
        lab.act(&format!("Action: {muted}\r\nConference: 600\r\nChannel: {name}\r\n"));
    }
    for at in people {
        lab.x.hang_up(at, Fate::Phone);
    }
    compare(lab, "conference", |story| {
        // Two threads tell about one person: their order changes from one to the next.
        for pair in [["ConfbridgeJoin", "BridgeEnter"], ["ConfbridgeLeave", "HangupRequest"]] {
            let events = &mut story[1].1;
            let place = events.windows(2).position(|two| two == pair).expect("in that order");
            events.swap(place, place + 1);
        }
        // 1003 is kicked there, which is not offered here: it hangs up like the others.
        story[2] = (story[2].0.clone(), story[0].1.clone());
    });
}
