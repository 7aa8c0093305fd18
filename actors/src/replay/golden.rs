//! What a supervisor would say of each shape of call, the same on Asterisk 16 and 22.

use asterisk::fixtures;

use super::Report;
use super::captures::replayed;
use crate::call::record::{CallRecord, TransferResult};
use crate::view::Direction;

/// One line a call; technologies are cut off, durations are in half seconds.
pub(super) fn told(report: &Report) -> String {
    report.history.iter().chain(&report.board.calls).map(line).collect::<Vec<_>>().join("\n")
}

fn line(c: &CallRecord) -> String {
    let name = |endpoint: &str| endpoint.split_once('/').map_or(endpoint, |(_, name)| name).to_owned();
    let mut words = vec![format!(
        "{} {} to {}",
        match c.direction {
            Direction::Inbound => "in",
            Direction::Outbound => "out",
            Direction::Internal => "internal",
        },
        c.caller.number,
        c.called
    )];
    if !c.merged.is_empty() {
        words.push(format!("with {} merged", c.merged.len()));
    }
    for q in &c.queues {
        let outcome = q.outcome.map_or("waiting".into(), |o| format!("{o:?}").to_lowercase());
        let by = q.agent.as_deref().map_or(String::new(), |a| format!(" by {}", name(a)));
        words.push(format!("{} {outcome}{by} after {}", q.name, halves(q.wait_s.unwrap_or(0.0))));
    }
    let legs: Vec<String> = c.legs.iter().map(|l| name(&l.endpoint)).collect();
    words.push(format!("legs {}", legs.join(" ")));
    for t in &c.talks {
        words.push(format!("{}-{} {}", name(&t.a), name(&t.b), halves(t.seconds)));
    }
    for t in &c.transfers {
        let by = t.by.as_deref().map_or("nobody".into(), name);
        let result = if t.result == TransferResult::Success { "" } else { " failed" };
        words.push(format!("{:?} by {by} to {}{result}", t.kind, t.to).to_lowercase());
    }
    words.join(", ")
}

fn halves(seconds: f64) -> f64 {
    ((seconds + 0.25) * 2.0).floor() / 2.0
}

fn check(name: &str, expected: &str) {
    for version in fixtures::VERSIONS {
        let capture = fixtures::load(version, name).expect("capture");
        let ours = told(&replayed(&capture));
        assert_eq!(ours, expected, "{version}/{name}");
    }
}

#[test]
fn a_plain_call_has_two_legs_and_one_talk() {
    check("simple_call", "internal 1001 to 1002, legs 1001 1002, 1001-1002 3");
}

#[test]
fn a_blind_transfer_by_phone_names_who_did_it() {
    check(
        "blind_transfer_refer",
        "internal 1001 to 1002, legs 1001 1002 1003, 1001-1002 1, 1002-1003 2, blind by 1001 to 1003",
    );
}

#[test]
fn a_blind_transfer_by_feature_code_names_who_did_it() {
    check(
        "blind_transfer_dtmf",
        "internal 1001 to 1002, legs 1001 1002 1003, 1001-1002 3.5, 1002-1003 1.5, blind by 1001 to 1003",
    );
}

#[test]
fn a_blind_transfer_over_ami_is_its_channels() {
    check(
        "ami_blind_transfer",
        "internal 1001 to 1002, legs 1001 1002 1003, 1001-1002 1, 1002-1003 1.5, blind by 1001 to 1003",
    );
}

#[test]
fn an_attended_transfer_by_phone_joins_two_calls() {
    check(
        "attended_transfer_refer",
        "internal 1001 to 1002, with 1 merged, legs 1001 1002 1001 1003, 1001-1002 1.5, 1001-1003 1, 1002-1003 2, attended by 1001 to 1003",
    );
}

#[test]
fn an_attended_transfer_through_a_local_pair_shows_the_consultation() {
    check(
        "ami_atxfer",
        "internal 1001 to 1002, legs 1001 1002 1003@from-phones;1 1003@from-phones;2 1003, 1001-1002 1, 1001-1003 1.5, 1002-1003 1.5, attended by 1001 to 1003",
    );
}

#[test]
fn a_redirect_is_seen_by_its_effects_and_is_nobodys() {
    check(
        "ami_redirect",
        "in 0612345678 to 0170001001, legs trunk-a 1001 1002, 1001-trunk-a 1, 1002-trunk-a 1, redirect by nobody to 1002, redirect by nobody to 690",
    );
}

#[test]
fn a_parked_call_joins_who_fetches_it() {
    check(
        "park_unpark",
        "internal 1001 to 1002, with 1 merged, legs 1001 1002 1003, 1001-1002 1, 1002-1003 1.5, blind by 1001 to 700",
    );
}

#[test]
fn a_parked_call_that_comes_back_is_no_transfer() {
    check("park_ami_timeout", "in 0612345678 to 0170001001, legs trunk-a 1001 1001, 1001-trunk-a 2");
}

#[test]
fn a_picked_up_call_is_one_call_and_who_rang_never_talked() {
    check("call_pickup", "internal 1001 to 1002, with 1 merged, legs 1001 1002 1003, 1001-1003 1.5");
}

#[test]
fn members_of_a_conference_are_calls_of_their_own_and_each_pair_counts_once() {
    check(
        "conference",
        concat!(
            "internal 1001 to 600, legs 1001, 1001-1003 0.5, 1001-1002 1.5\n",
            "internal 1002 to 600, legs 1002, 1002-1003 0.5\n",
            "internal 1003 to 600, legs 1003",
        ),
    );
}

#[test]
fn who_listens_is_no_partner() {
    check(
        "chanspy_listen",
        concat!(
            "internal 1001 to 1002, legs 1001 1002, 1001-1002 2.5\n",
            "internal 1006 to *11001, legs 1006",
        ),
    );
}

#[test]
fn a_queue_call_that_is_answered() {
    check(
        "queue_answered",
        "in 0612345678 to 0170000001, support answered by 1001 after 1, legs trunk-a 1001, 1001-trunk-a 3",
    );
}

#[test]
fn a_queue_that_times_out_is_not_abandoned() {
    check("queue_timeout", "in 0612345678 to 0170000002, sales timeout after 6, legs trunk-a 1005");
}

#[test]
fn a_caller_who_hangs_up_while_waiting_abandoned() {
    check("queue_abandon", "in 0612345678 to 0170000001, support abandoned after 2.5, legs trunk-a 1001");
}

#[test]
fn an_empty_queue_turns_away_at_the_door() {
    check("queue_join_empty", "internal 1006 to 502, empty joinempty after 0, legs 1006");
}

#[test]
fn an_agent_who_does_not_answer_is_rung_again() {
    check(
        "queue_agent_no_answer",
        "in 0612345678 to 0170000001, support abandoned after 13, legs trunk-a 1001 1001",
    );
}

#[test]
fn of_two_agents_who_ring_one_answers() {
    check(
        "queue_ringall_two_agents",
        "in 0612345678 to 0170000001, support answered by 1002 after 1, legs trunk-a 1002 1001, 1002-trunk-a 1.5",
    );
}

#[test]
fn a_busy_agent_is_not_rung() {
    check(
        "queue_ringinuse_no",
        concat!(
            "internal 1001 to 1004, legs 1001 1004, 1001-1004 1.5\n",
            "in 0612345678 to 0170000001, support answered by 1002 after 0.5, legs trunk-a 1002, 1002-trunk-a 1",
        ),
    );
}

#[test]
fn click_to_call_is_one_call() {
    check("originate_click_to_call", "internal 0170001001 to 1002, legs 1001 1002, 1001-1002 1.5");
}

#[test]
fn a_call_through_a_trunk_is_outbound() {
    check("trunk_outbound_ok", "out 1001 to 00612345678, legs 1001 trunk-a, 1001-trunk-a 2");
}

#[test]
fn a_restart_ends_what_was_open() {
    check(
        "restart_clean_mid_call",
        concat!(
            "internal 1001 to 1002, legs 1001 1002, 1001-1002 1\n",
            "in 0612345678 to 0170000001, support abandoned after 1, legs trunk-a 1003",
        ),
    );
}
