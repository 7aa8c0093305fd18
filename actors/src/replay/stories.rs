//! What a supervisor would say of calls that no capture shows, recorded on Asterisk 16 and 22: Local
//! queue members, transfers by feature code, redirects, a gap, a crash.

use asterisk::fixtures;

use super::Report;
use super::golden::told;

/// A scenario without a JSON: nothing may be wrong with it either.
fn story(version: u8, name: &str) -> Report {
    let mut floor = super::Floor::new(crate::settings::Settings::new(crate::keys::PbxName("test".into())));
    for connection in fixtures::story(version, name).expect("story") {
        floor.connection(&connection.bytes).expect("a story decodes");
    }
    let report = floor.report();
    assert!(report.violations.is_empty(), "{version}/{name}: {:#?}", report.violations);
    assert!(report.unknown_events.is_empty(), "{version}/{name}: {:?}", report.unknown_events);
    report
}

fn check_story(name: &str, expected: &str) {
    for version in fixtures::VERSIONS {
        assert_eq!(told(&story(version, name)), expected, "{version}/{name}");
    }
}

#[test]
fn a_queue_member_behind_a_local_pair_is_the_phone_he_answers() {
    check_story(
        "queue_local_opt",
        "internal 1006 to 521, loco answered by 1002 after 0.5, legs 1006 1002@from-phones;1 1002@from-phones;2 1002, 1002-1006 2",
    );
}

#[test]
fn an_agent_behind_a_lasting_local_pair_talks_only_until_he_transfers() {
    check_story(
        "queue_local_transfer",
        "internal 1006 to 520, locn answered by 1001 after 0.5, legs 1006 1001@from-phones;1 1001@from-phones;2 1001 1004, 1001-1006 3, 1004-1006 1.5, blind by 1001 to 1004",
    );
}

#[test]
fn a_queue_that_times_out_into_another_is_two_stays() {
    check_story(
        "queue_then_queue",
        "internal 1006 to 523, two timeout after 2, loco answered by 1002 after 0.5, legs 1006 1003 1002@from-phones;1 1002@from-phones;2 1002, 1002-1006 1",
    );
}

#[test]
fn a_caller_who_leaves_by_a_key_did_not_abandon() {
    check_story("queue_key_exit", "internal 1006 to 522, two other after 0.5, legs 1006 1003");
}

#[test]
fn a_waiting_caller_who_is_redirected_did_not_time_out() {
    check_story(
        "queue_redirect_waiting",
        "internal 1006 to 522, two other after 0.5, legs 1006 1003 1004, 1004-1006 1, redirect by nobody to 1004",
    );
}

#[test]
fn an_agent_consults_and_hands_his_caller_over() {
    check_story(
        "queue_attended_by_agent",
        "internal 1006 to 522, two answered by 1003 after 0.5, legs 1006 1003 1004@from-phones;1 1004@from-phones;2 1004, 1003-1006 3, 1003-1004 1.5, 1004-1006 1.5, attended by 1003 to 1004",
    );
}

#[test]
fn an_attended_transfer_by_feature_code() {
    check_story(
        "atxfer_dtmf",
        "internal 1001 to 1002, legs 1001 1002 1003@from-phones;1 1003@from-phones;2 1003, 1001-1002 2.5, 1001-1003 1.5, 1002-1003 1.5, attended by 1001 to 1003",
    );
}

#[test]
fn an_attended_transfer_that_ends_while_the_target_rings() {
    check_story(
        "atxfer_dtmf_ringing",
        "internal 1001 to 1002, legs 1001 1002 1003@from-phones;1 1003@from-phones;2 1003, 1001-1002 2.5, 1002-1003 1, attended by 1001 to 1003",
    );
}

#[test]
fn a_refused_consultation_is_no_transfer() {
    check_story(
        "atxfer_dtmf_refused",
        "internal 1001 to 1002, legs 1001 1002 1003@from-phones;1 1003@from-phones;2 1003, 1001-1002 5.5",
    );
}

#[test]
fn a_transfer_that_becomes_three_parties() {
    check_story(
        "atxfer_threeway",
        "internal 1001 to 1002, legs 1001 1002 1003@from-phones;1 1003@from-phones;2 1003, 1001-1002 4, 1001-1003 3, 1002-1003 2.5, attended by 1001 to 1003",
    );
}

#[test]
fn an_agent_behind_a_lasting_local_pair_consults_a_queue() {
    check_story(
        "local_agent_to_queue",
        "internal 1006 to 533, lnestn answered by 1002 after 0, two4 answered by 1004 after 0.5, legs 1006 1713@lab;1 1713@lab;2 1002 540@from-phones;1 540@from-phones;2 1004, 1002-1006 1.5, 1002-1004 0.5, 1004-1006 1, attended by 1002 to 540",
    );
}

#[test]
fn an_agent_behind_a_lasting_local_pair_makes_it_three_parties() {
    check_story(
        "local_agent_threeway",
        "internal 1006 to 533, lnestn answered by 1002 after 0, legs 1006 1713@lab;1 1713@lab;2 1002 1004@from-phones;1 1004@from-phones;2 1004, 1002-1006 2.5, 1002-1004 2, 1004-1006 1.5, attended by 1002 to 1004",
    );
}

#[test]
fn who_was_called_can_transfer_too() {
    check_story(
        "attended_refer_from_called",
        "internal 1001 to 1002, with 1 merged, legs 1001 1002 1002 1003, 1001-1002 2, 1002-1003 1, 1001-1003 2, attended by 1002 to 1003",
    );
}

#[test]
fn who_is_transferred_takes_the_transferers_place_in_the_queue() {
    check_story(
        "attended_refer_to_queue",
        "internal 1001 to 1002, with 1 merged, two answered by 1003 after 1.5, legs 1001 1002 1001 1003, 1001-1002 1, 1002-1003 1.5, attended by 1001 to 522",
    );
}

#[test]
fn an_attended_transfer_to_an_application() {
    check_story(
        "attended_refer_to_echo",
        "internal 1001 to 1002, with 1 merged, legs 1001 1002 1001, 1001-1002 1.5, attended by 1001 to 690",
    );
}

#[test]
fn who_is_transferred_into_a_conference_takes_the_transferers_seat() {
    check_story(
        "attended_refer_to_conference",
        concat!(
            "internal 1004 to 600, legs 1004, 1001-1004 1, 1002-1004 1\n",
            "internal 1001 to 600, with 1 merged, legs 1001 1001 1002, 1001-1002 0.5, attended by 1001 to 600"
        ),
    );
}

#[test]
fn a_waiting_call_handed_to_the_one_consulted_goes_on_waiting() {
    check_story(
        "attended_refer_out_of_queue",
        "internal 1001 to 540, with 1 merged, two4 answered by 1004 after 1.5, legs 1001 1004 1001 1002, 1001-1002 0.5, 1002-1004 1, attended by 1001 to 1002",
    );
}

#[test]
fn an_agent_hands_his_caller_to_another_queue_and_the_legs_that_swap_are_no_redirect() {
    check_story(
        "queue_agent_to_waiting_queue",
        "in 0611111111 to 0170000003, with 1 merged, three answered by 1002 after 0.5, two4 answered by 1004 after 1, legs trunk-a 1003 1002 1001 1002 1004, 1002-trunk-a 1, 1004-trunk-a 1, attended by 1002 to 540",
    );
}

#[test]
fn a_refused_attended_transfer_of_two_calls_is_told_once() {
    check_story(
        "attended_refer_refused",
        concat!(
            "internal 1001 to 690, legs 1001, attended by 1001 to 540 failed\n",
            "internal 1001 to 540, two4 abandoned after 1, legs 1001 1004"
        ),
    );
}

#[test]
fn a_talk_of_two_calls_stands_once_whoever_was_transferred_into_them() {
    check_story(
        "transferee_into_conference",
        concat!(
            "internal 1001 to 690, with 1 merged, legs 1001 1001 1002, 1001-1002 0.5, 1002-1004 1, attended by 1001 to 690\n",
            "internal 1004 to 600, legs 1004"
        ),
    );
}

#[test]
fn an_agent_behind_two_lasting_local_pairs_hands_over() {
    check_story(
        "local_pairs_attended",
        "internal 1001 to 1711, with 1 merged, legs 1001 1712@lab;1 1712@lab;2 1713@lab;1 1713@lab;2 1002 1002 1004, 1001-1002 1.5, 1002-1004 0.5, 1001-1004 1, attended by 1002 to 1004",
    );
}

#[test]
fn a_queue_call_that_the_members_phone_forwards_is_taken_by_the_phone_behind() {
    check_story(
        "queue_member_forwards",
        "internal 1006 to 538, one3 answered by 1002 after 0.5, legs 1006 1003 1002@from-phones;1 1002@from-phones;2 1002, 1002-1006 1",
    );
}

#[test]
fn who_picks_up_for_a_member_behind_a_local_pair_is_the_agent() {
    for version in fixtures::VERSIONS {
        let report = story(version, "queue_local_pickup");
        let stay = &report.history[0].queues[0];
        assert!(stay.agent.as_ref().is_some_and(|a| a.ends_with("/1005")), "{version}: {stay:?}");
    }
}

#[test]
fn a_waiting_caller_who_is_parked_waits_no_more_and_nobody_says_how_the_ringing_ends() {
    check_story(
        "park_ami_waiting",
        concat!(
            "internal 1001 to 690, with 1 merged, legs 1001 1003, 1001-1006 0.5, 1001-1003 1\n",
            "internal 1006 to 540, two4 other after 0.5, legs 1006 1004"
        ),
    );
}

#[test]
fn an_account_without_the_dialplan_tells_a_time_out_from_a_hangup() {
    for version in fixtures::VERSIONS {
        let report = story(version, "queue_without_dialplan");
        let outcomes: Vec<_> = report.history.iter().filter_map(|c| c.queues[0].outcome).collect();
        use crate::view::QueueOutcome::{Abandoned, Answered, Timeout};
        assert_eq!(outcomes, [Answered, Timeout, Abandoned], "{version}");
    }
}

#[test]
fn calls_met_under_way_are_followed_to_their_end() {
    check_story(
        "mid_call",
        concat!(
            "internal 1006 to , three answered by 1003 after 2, legs 1003 1006, 1003-1006 1.5\n",
            "internal 1005 to 600, legs 1005\n",
            "internal 1001 to , legs 1001 1002 1004, 1002-1004 0.5, blind by 1001 to 1004\n",
            "internal 1004 to , legs 1004"
        ),
    );
}

#[test]
fn a_blind_transfer_into_a_queue() {
    check_story(
        "blind_to_queue",
        "internal 1001 to 1002, two answered by 1003 after 0.5, legs 1001 1002 1003, 1001-1002 0.5, 1002-1003 1, blind by 1001 to 522",
    );
}

#[test]
fn a_call_parked_by_feature_code() {
    check_story(
        "park_dtmf",
        "internal 1001 to 1002, with 1 merged, legs 1001 1002 1003, 1001-1002 1, 1002-1003 1.5",
    );
}

#[test]
fn who_barges_in_is_no_partner() {
    check_story(
        "spy_barge",
        concat!(
            "internal 1001 to 1002, legs 1001 1002, 1001-1002 1.5\n",
            "internal 1006 to *31001, legs 1006"
        ),
    );
}

#[test]
fn a_redirect_of_the_called_side() {
    check_story(
        "redirect_called",
        "internal 1001 to 1002, legs 1001 1002 1003, 1001-1002 0.5, 1002-1003 1, redirect by nobody to 1003",
    );
}

#[test]
fn a_redirect_of_a_caller_while_it_rings() {
    check_story(
        "redirect_ringing",
        "internal 1001 to 1002, legs 1001 1002 1003, 1001-1003 1, redirect by nobody to 1003",
    );
}

#[test]
fn of_two_phones_that_ring_one_answers() {
    check_story("ring_group", "internal 1003 to 670, legs 1003 1001 1002, 1001-1003 1");
}

#[test]
fn a_call_that_begins_with_a_local_pair() {
    check_story(
        "originate_local",
        "internal 1001 to 1001, legs 1001@from-phones;1 1001@from-phones;2 1001 1002, 1001-1002 1.5",
    );
}

#[test]
fn two_local_pairs_in_a_row_are_one_conversation() {
    check_story(
        "originate_two_locals",
        "internal 1001 to 1001, locn answered by 1001 after 0.5, legs 1001@from-phones;1 1001@from-phones;2 1001 1001@from-phones;1 1001@from-phones;2 1001, 1001-1001 1",
    );
}

#[test]
fn a_member_of_a_conference_behind_a_local_pair() {
    check_story(
        "conf_local",
        concat!(
            "internal 1001 to 600, legs 1001, 1001-1002 2.5\n",
            "internal 1002 to 602, legs 1002 600@features-lab;1 600@features-lab;2"
        ),
    );
}

#[test]
fn members_of_two_conferences_that_a_local_pair_joins_talk() {
    check_story(
        "conferences_joined_by_local",
        concat!(
            "internal 1001 to 600, legs 1001, 1001-1002 2.5, 1001-1003 1\n",
            "internal 1002 to 610, legs 1002, 1002-1003 1.5\n",
            "internal  to 600, legs 600@lab;1 600@lab;2\n",
            "internal 1003 to 610, legs 1003"
        ),
    );
}

#[test]
fn two_members_of_a_conference_behind_local_pairs_talk() {
    check_story(
        "conference_of_locals",
        concat!(
            "internal 1004 to 600, legs 1004, 1001-1004 1, 1002-1004 1.5\n",
            "internal 1001 to 1001, legs 1001@from-phones;1 1001@from-phones;2 1001, 1001-1002 1\n",
            "internal 1002 to 1002, legs 1002@from-phones;1 1002@from-phones;2 1002"
        ),
    );
}

#[test]
fn both_legs_of_a_redirect_are_told() {
    for version in fixtures::VERSIONS {
        let report = story(version, "redirect_both");
        let mut to: Vec<_> = report.history[0].transfers.iter().map(|t| t.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, ["600", "690"]);
    }
}

#[test]
fn after_a_gap_what_two_listings_miss_is_gone_and_what_they_show_is_there() {
    for version in fixtures::VERSIONS {
        let report = story(version, "gap");
        let called: Vec<_> = report.history.iter().map(|c| c.legs.len()).collect();
        assert_eq!(called, [2, 2, 2]);
        assert!(report.board.calls.is_empty());
        let lost = &report.history[1];
        assert!(lost.legs.iter().all(|l| l.ended.is_some() && l.cause.is_none()), "{lost:?}");
        assert!(report.history[0].talks[0].seconds > 3.0, "the call that went on was followed");
    }
}

#[test]
fn f17_a_crash_ends_what_was_open_at_the_last_proven_instant() {
    for version in fixtures::VERSIONS {
        let report = story(version, "kill9");
        assert!(report.board.calls.is_empty());
        assert_eq!(report.history.len(), 3);
        assert!(report.history[..2].iter().flat_map(|c| &c.legs).all(|l| l.cause.is_none()));
        assert_eq!(report.history[1].queues[0].outcome, Some(crate::view::QueueOutcome::Other));
        assert_eq!(report.history[2].hangup_cause, Some(16));
    }
}
