//! What figures are made of, from captures of real Asterisks: each stay in a queue is told once and as the record
//! has it, each leg's time is what the bridges say, and talk, hold and consultation do not overlap.

use std::sync::Arc;

use asterisk::fixtures::{self, Connection};

use super::Floor;
use crate::call::contact::{Contact, QueueStay};
use crate::fact::What;
use crate::keys::PbxName;
use crate::settings::Settings;

/// Stays, and the last that was told of each leg.
struct Shares {
    floor: Floor,
    stays: Vec<Arc<QueueStay>>,
    contacts: Vec<Arc<Contact>>,
}

fn shares(connections: &[Connection]) -> Shares {
    let mut floor = Floor::new(Settings::new(PbxName("test".into())));
    for connection in connections {
        floor.connection(&connection.bytes).expect("a capture decodes");
    }
    let (mut stays, mut contacts): (Vec<Arc<QueueStay>>, Vec<Arc<Contact>>) = (Vec::new(), Vec::new());
    for fact in std::mem::take(&mut floor.facts) {
        match fact.what {
            What::QueueStay(stay) => stays.push(stay),
            What::Contact(contact) => match contacts.iter_mut().find(|c| c.uniqueid == contact.uniqueid) {
                Some(known) => *known = contact,
                None => contacts.push(contact),
            },
            _ => {}
        }
    }
    Shares { floor, stays, contacts }
}

/// To half a second, as people would count it.
fn halves(micros: i64) -> f64 {
    (micros as f64 / 500_000.0).round() / 2.0
}

impl Shares {
    /// `1003 two 3 + 0 + 1.5 transferred`: talk, hold, consultation.
    fn told(&self) -> String {
        let one = |c: &Arc<Contact>| {
            let name = c.endpoint.split('/').next_back().unwrap_or_default();
            let (talk, hold, consult) = (halves(c.talk), halves(c.hold), halves(c.consult));
            let queue = c.queue.as_deref().unwrap_or("-");
            let mut words = format!("{name} {queue} {talk} + {hold} + {consult}");
            for (flag, word) in
                [(c.transferred, " transferred"), (c.missed, " in vain"), (c.answered.is_none(), " rung")]
            {
                words.push_str(if flag { word } else { "" });
            }
            words
        };
        self.contacts.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

#[test]
fn every_stay_that_a_record_has_was_told_once_and_alike() {
    let mut compared = 0;
    for capture in fixtures::all().expect("captures") {
        let mut shares = shares(&capture.connections);
        let recorded: usize = shares.floor.history.iter().map(|call| call.queues.len()).sum();
        for call in &shares.floor.history {
            for stay in &call.queues {
                let same = |told: &Arc<QueueStay>| {
                    let wait = (!told.met).then_some((told.left.0 - told.joined.0).max(0) as f64 / 1e6);
                    told.queue == stay.name
                        && Some(told.outcome) == stay.outcome
                        && wait == stay.wait_s
                        && told.agent == stay.agent
                };
                let place = shares.stays.iter().position(same);
                let at = place.unwrap_or_else(|| panic!("{}/{}: {stay:?}", capture.version, capture.name));
                shares.stays.remove(at);
                compared += 1;
            }
        }
        // what is left is of calls that go on
        let live: usize = shares.floor.live().map(|call| call.stints.len()).sum();
        assert!(shares.stays.len() <= live, "{}/{}: {:?}", capture.version, capture.name, shares.stays);
        assert!(recorded + live >= shares.stays.len());
    }
    assert!(compared > 20, "captures with queues: {compared} stays");
}

#[test]
fn no_leg_is_charged_for_more_than_it_was_up() {
    let mut charged = 0;
    for capture in fixtures::all().expect("captures") {
        for contact in shares(&capture.connections).contacts {
            let up = contact.answered.map_or(0, |at| contact.ended.0 - at.0);
            let sum = contact.talk + contact.hold + contact.consult;
            assert!(sum <= up.max(0), "{}/{}: {contact:?}", capture.version, capture.name);
            charged += usize::from(sum > 0);
        }
    }
    assert!(charged > 50, "{charged} legs");
}

fn check(name: &str, expected: &str) {
    for version in fixtures::VERSIONS {
        let capture = fixtures::load(version, name).expect("a capture");
        assert_eq!(shares(&capture.connections).told(), expected, "{version}/{name}");
    }
}

fn check_story(name: &str, expected: &str) {
    for version in fixtures::VERSIONS {
        let story = fixtures::story(version, name).expect("a story");
        assert_eq!(shares(&story).told(), expected, "{version}/{name}");
    }
}

#[test]
fn an_agent_who_consults_and_hands_over_talked_consulted_and_transferred() {
    check_story(
        "queue_attended_by_agent",
        "1003 two 1.5 + 1.5 + 1.5 transferred, 1006 - 4.5 + 0 + 0, 1004 - 3 + 0 + 0",
    );
}

#[test]
fn l26_behind_a_lasting_local_pair_an_agent_is_charged_until_he_transfers() {
    check_story(
        "queue_local_transfer",
        "1001 locn 1.5 + 1.5 + 0 transferred, 1006 - 4.5 + 0 + 0, 1004 - 1.5 + 0 + 0",
    );
}

#[test]
fn a_plain_queue_call() {
    check("queue_answered", "1001 support 3 + 0 + 0");
}

#[test]
fn a_leg_that_a_queue_rang_in_vain_is_told_as_such() {
    check("queue_agent_no_answer", "1001 support 0 + 0 + 0 in vain rung, 1001 support 0 + 0 + 0 rung");
}

#[test]
fn a_hold_is_no_talk() {
    // from Hold to Unhold, or to leaving the bridge: 1001 for 1.52 s on both; 1002 for 1.54 s on 16, 1.02 s on 22
    for (version, expected) in
        [(16, "1001 - 2.5 + 1.5 + 0, 1002 - 2.5 + 1.5 + 0"), (22, "1001 - 2.5 + 1.5 + 0, 1002 - 3 + 1 + 0")]
    {
        let capture = fixtures::load(version, "hold_unhold").expect("a capture");
        assert_eq!(shares(&capture.connections).told(), expected, "{version}");
    }
}
