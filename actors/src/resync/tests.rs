//! A PBX that answers from a table, and what the plan makes of it.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::*;
use crate::keys::{Epoch, Micros};
use crate::ports::{ActionFailure, Answer, Listing};
use asterisk::ami::Message;

fn message(text: &str) -> Message {
    Message::new(Bytes::from(text.replace('\n', "\r\n") + "\r\n"))
}

fn ok(response: &str, items: &[&str]) -> Result<Answer, ActionFailure> {
    Ok(Answer {
        response: message(&format!("Response: Success\n{response}")),
        items: items.iter().map(|i| message(i)).collect(),
    })
}

fn refused(words: &str) -> Result<Answer, ActionFailure> {
    Err(ActionFailure::Refused(words.to_owned()))
}

/// What a plan did: the actions asked, what they told, the listings given as one.
type Course = (Vec<&'static str>, Vec<Told>, Listing);

/// Runs a plan; actions that are not in the table are unknown to that PBX.
fn run(plan: &mut Plan, pbx: &BTreeMap<&str, Result<Answer, ActionFailure>>) -> Course {
    let (mut asked, mut told, mut all) = (Vec::new(), Vec::new(), Listing::default());
    loop {
        let action = match plan.next_step() {
            Next::Ask(action) => action,
            Next::Give(listing) => {
                let l = *listing;
                all.round = l.round;
                all.asked_at = l.asked_at;
                all.channels = all.channels.or(l.channels);
                all.bridges = all.bridges.or(l.bridges);
                all.queues = all.queues.or(l.queues);
                all.endpoints = all.endpoints.or(l.endpoints);
                all.conferences = all.conferences.or(l.conferences);
                continue;
            }
            Next::Done => return (asked, told, all),
        };
        asked.push(action.name());
        let mut answer = pbx.get(action.name()).cloned();
        if action.get("Context").is_some_and(|context| context != "vigie-spy") {
            answer = Some(refused("Did not find context x"));
        }
        match plan.answered(answer.unwrap_or_else(|| refused("Invalid/unknown command: X. Use Action: L"))) {
            Told::Nothing | Told::Clock(_) => {}
            other => told.push(other),
        }
    }
}

fn asterisk_16() -> BTreeMap<&'static str, Result<Answer, ActionFailure>> {
    BTreeMap::from([
        ("Ping", ok("Ping: Pong\nTimestamp: 1795225234.945529\n", &[])),
        ("CoreStatus", ok("CoreStartupDate: 2026-11-21\nCoreStartupTime: 01:26:50\n", &[])),
        ("CoreSettings", ok("AsteriskVersion: 16.28.0~dfsg-0+deb11u4\n", &[])),
        ("ListCommands", ok("Hangup: Hangup channel.  (Priv: system,call,all)\nRedirect: x\n", &[])),
        ("ShowDialPlan", ok("", &[])),
        ("CoreShowChannels", ok("", &["Event: CoreShowChannel\nUniqueid: 1.1\n"])),
        ("Status", ok("", &["Event: Status\nUniqueid: 1.1\n"])),
        ("BridgeList", ok("", &["Event: BridgeListItem\nBridgeUniqueid: b1\n"])),
        ("BridgeInfo", ok("", &["Event: BridgeInfoChannel\nUniqueid: 1.1\n"])),
        ("QueueStatus", ok("", &[])),
        ("DeviceStateList", ok("", &[])),
        ("SIPpeers", ok("", &["Event: PeerEntry\nObjectName: 1001\n"])),
        ("SIPshowregistry", ok("", &[])),
        ("ParkedCalls", ok("", &[])),
        ("ConfbridgeListRooms", refused("No active conferences.")),
    ])
}

#[test]
fn a_pbx_with_chan_sip_is_listed_whole_and_pjsip_is_not_missed() {
    let mut plan = Plan::first_look();
    let (asked, told, listing) = run(&mut plan, &asterisk_16());
    assert!(asked.contains(&"BridgeInfo") && asked.contains(&"SIPshowregistry"));
    assert!(!asked.contains(&"PJSIPShowContacts"), "{asked:?}");
    let [Told::Epoch(epoch), Told::Version(version), Told::Abilities(lacks)] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!((*epoch, version.as_str()), (Epoch(1_795_224_410), "Asterisk 16.28.0"));
    assert!(lacks.no_action.contains(&"Originate") && !lacks.no_action.contains(&"Hangup"));
    assert_eq!(lacks.no_context, ["vigie-wait", "vigie-queue"]);
    assert!(plan.unknown().is_empty(), "{:?}", plan.unknown());
    assert_eq!(listing.asked_at, Micros(1_795_225_234_945_529));
    assert_eq!(listing.bridges.unwrap()[0].1.len(), 1);
    assert_eq!(listing.endpoints.unwrap().len(), 1);
    assert_eq!(listing.conferences.unwrap().len(), 0, "no active conference is an empty list");
}

#[test]
fn f22_a_broken_list_of_channels_proves_nothing() {
    for failure in [ActionFailure::Incomplete, ActionFailure::TimedOut, ActionFailure::LinkDown] {
        let mut pbx = asterisk_16();
        pbx.insert("CoreShowChannels", Err(failure));
        let mut plan = Plan::first_look();
        let (_, told, listing) = run(&mut plan, &pbx);
        assert!(told.iter().any(|t| matches!(t, Told::Broken(_))), "{told:?}");
        assert!(listing.channels.is_none());
    }
}

#[test]
fn f22_another_broken_list_leaves_its_part_out() {
    let mut pbx = asterisk_16();
    pbx.insert("QueueStatus", Err(ActionFailure::Incomplete));
    pbx.insert("BridgeInfo", Err(ActionFailure::TimedOut));
    let mut plan = Plan::first_look();
    let (_, _, listing) = run(&mut plan, &pbx);
    assert!(listing.queues.is_none() && listing.bridges.is_none() && listing.channels.is_some());
}

#[test]
fn what_the_account_may_not_ask_is_said_in_a_sentence() {
    let mut pbx = asterisk_16();
    pbx.insert("PJSIPShowEndpoints", refused("Permission denied"));
    pbx.insert("PJSIPShowContacts", refused("Permission denied"));
    let mut plan = Plan::first_look();
    let (_, _, listing) = run(&mut plan, &pbx);
    assert!(plan.unknown().is_empty(), "no phone there uses PJSIP");
    assert!(listing.endpoints.is_some());
    pbx.insert("DeviceStateList", ok("", &["Event: DeviceStateChange\nDevice: PJSIP/1001\n"]));
    let mut plan = Plan::first_look();
    let (_, _, listing) = run(&mut plan, &pbx);
    assert_eq!(
        &*plan.unknown()[0],
        "The account may not ask for PJSIPShowEndpoints: phones that never registered. It would need `write = system`."
    );
    assert_eq!(plan.unknown().len(), 2);
    assert!(listing.endpoints.is_none(), "those of chan_sip alone are not all");
}

#[test]
fn a_verb_that_the_account_may_not_use_is_said_in_a_sentence() {
    let mut pbx = asterisk_16();
    pbx.insert("ListCommands", ok("Hangup: x\n", &[]));
    let mut plan = Plan::first_look();
    run(&mut plan, &pbx);
    let unknown = plan.unknown();
    assert_eq!(
        (unknown.len(), unknown[0].slug, &*unknown[0].with),
        (1, "may_not_send", &["Redirect".into()][..])
    );
    assert_eq!(&*unknown[0], "The account may not send Redirect: calls cannot be transferred from here.");
}

#[test]
fn a_second_look_asks_for_what_may_have_ended_only() {
    let mut plan = Plan::second_look();
    let (asked, _, listing) = run(&mut plan, &asterisk_16());
    assert_eq!(asked, ["Ping", "CoreShowChannels", "Status", "Ping", "QueueStatus"]);
    assert_eq!(listing.round, 2);
}

#[test]
fn a_boot_that_is_not_complete_has_no_epoch() {
    let status = "Response: Success\nCoreStartupDate: 1970-01-01\nCoreStartupTime: 00:00:00\n";
    assert_eq!(epoch_of(&message(status)), None);
    let leap = "Response: Success\nCoreStartupDate: 2000-02-29\nCoreStartupTime: 23:59:59\n";
    assert_eq!(epoch_of(&message(leap)), Some(Epoch(951_868_799)));
}
