//! What the board shows in the middle of a call, the same on Asterisk 16 and 22.

use asterisk::fixtures;

use super::Floor;
use crate::agent::AgentState;
use crate::keys::PbxName;
use crate::settings::Settings;
use crate::view::{Activity, AgentView, Availability, CallPhase, CallView, LegPhase, Registration};

/// The floor after the `nth` event of that name.
fn after(version: u8, scenario: &str, event: &str, nth: usize, wrap_up_s: u32) -> Floor {
    let capture = fixtures::load(version, scenario).expect("capture");
    let mut settings = Settings::new(PbxName("test".into()));
    settings.wrap_up_s = wrap_up_s;
    let mut floor = Floor::new(settings);
    floor.connected();
    let mut seen = 0;
    for message in capture.connections[0].messages().expect("a capture decodes") {
        floor.message(&message);
        seen += usize::from(message.event() == event);
        if seen == nth {
            return floor;
        }
    }
    panic!("{version}/{scenario} has {seen} events {event}");
}

fn on_both(scenario: &str, event: &str, nth: usize, check: impl Fn(&Floor)) {
    for version in fixtures::VERSIONS {
        check(&after(version, scenario, event, nth, 0));
    }
}

fn first_call(floor: &Floor) -> CallView {
    let mut views: Vec<CallView> = floor.live().map(crate::call::CallState::view).collect();
    views.sort_by_key(|v| v.started_ms);
    views.remove(0)
}

fn agent(floor: &Floor, number: &str) -> AgentView {
    let found = floor.agents().iter().map(AgentState::view).find(|v| v.endpoint.ends_with(number));
    found.unwrap_or_else(|| panic!("agent {number} is on the floor"))
}

#[test]
fn a_call_rings_then_talks_and_both_agents_show_it() {
    on_both("simple_call", "DialState", 1, |floor| {
        let call = first_call(floor);
        assert_eq!((call.phase, call.legs[1].phase), (CallPhase::Ringing, LegPhase::Ringing));
        assert_eq!(agent(floor, "/1001").activity, Activity::Dialing);
        assert_eq!(agent(floor, "/1002").activity, Activity::Ringing);
    });
    on_both("simple_call", "BridgeEnter", 2, |floor| {
        let call = first_call(floor);
        assert_eq!(call.phase, CallPhase::Talking);
        assert_eq!(call.talking, [[call.legs[0].uniqueid.clone(), call.legs[1].uniqueid.clone()]]);
        let one = agent(floor, "/1001");
        assert_eq!((one.activity, one.call), (Activity::OnCall, Some(call.id)));
        assert_eq!(one.with.expect("somebody").number, "1002");
    });
    on_both("simple_call", "Hangup", 2, |floor| {
        assert_eq!(floor.live().count(), 0);
        assert_eq!(agent(floor, "/1001").activity, Activity::Idle);
        assert_eq!(agent(floor, "/1002").call, None);
    });
}

#[test]
fn who_holds_is_on_hold_and_the_other_still_talks() {
    on_both("hold_unhold", "Hold", 1, |floor| {
        let call = first_call(floor);
        assert_eq!((call.phase, call.legs[0].phase), (CallPhase::OnHold, LegPhase::Holding));
        assert_eq!(agent(floor, "/1001").activity, Activity::OnHold);
        assert_eq!(agent(floor, "/1002").activity, Activity::OnCall);
    });
    on_both("hold_unhold", "Unhold", 1, |floor| assert_eq!(first_call(floor).phase, CallPhase::Talking));
}

#[test]
fn a_consultation_on_a_second_call_is_consulting() {
    on_both("attended_transfer_refer", "BridgeEnter", 4, |floor| {
        assert_eq!(floor.live().count(), 2);
        assert_eq!(agent(floor, "/1001").activity, Activity::Consulting);
    });
    on_both("attended_transfer_refer", "AttendedTransfer", 1, |floor| {
        assert_eq!(floor.live().count(), 1, "the transfer joins both calls at once");
        assert_eq!(first_call(floor).merged.len(), 1);
    });
}

#[test]
fn a_caller_waits_in_line_until_an_agent_takes_him() {
    on_both("queue_answered", "AgentCalled", 1, |floor| {
        let call = first_call(floor);
        assert_eq!(call.phase, CallPhase::Waiting);
        let queue = floor.queues()[0].view();
        assert_eq!((queue.name.as_str(), queue.waiting.len(), queue.offered), ("support", 1, 1));
        assert_eq!((&queue.waiting[0].call, queue.waiting[0].position), (&call.id, 1));
        assert_eq!(queue.waiting[0].party.number, "0612345678");
        assert!(call.legs[0].trunk && floor.trunks()[0].view().legs == 1);
    });
    on_both("queue_answered", "BridgeEnter", 2, |floor| {
        let queue = floor.queues()[0].view();
        assert_eq!((queue.waiting.len(), queue.answered, queue.abandoned), (0, 1, 0));
        let one = agent(floor, "/1001");
        assert_eq!((one.activity, one.call_queue.as_deref()), (Activity::OnCall, Some("support")));
        assert_eq!(one.with.expect("the caller").number, "0612345678");
    });
}

#[test]
fn wrap_up_is_ours_and_ends_with_its_timer() {
    for version in fixtures::VERSIONS {
        let mut floor = after(version, "queue_answered", "Hangup", 2, 30);
        let one = agent(&floor, "/1001");
        assert_eq!((one.activity, one.call_queue.as_deref()), (Activity::WrapUp, Some("support")));
        let until = one.wrap_up_until_ms.expect("an end");
        assert_eq!(until.0 - one.activity_since_ms.0, 30_000_000);
        floor.tick(crate::keys::Micros(until.0 - 1));
        assert_eq!(agent(&floor, "/1001").activity, Activity::WrapUp);
        floor.tick(until);
        let one = agent(&floor, "/1001");
        assert_eq!((one.activity, one.activity_since_ms), (Activity::Idle, until));
    }
}

#[test]
fn an_agent_who_was_rung_in_vain_is_not_responding() {
    on_both("queue_agent_no_answer", "Hangup", 1, |floor| {
        assert_eq!(agent(floor, "/1001").activity, Activity::NotResponding);
        assert_eq!(first_call(floor).phase, CallPhase::Waiting);
    });
    // and ringing again shows as ringing
    on_both("queue_agent_no_answer", "DialState", 2, |floor| {
        assert_eq!(agent(floor, "/1001").activity, Activity::Ringing);
    });
}

#[test]
fn a_pause_names_its_reason_in_its_queue() {
    on_both("queue_pause_unpause", "QueueMemberPause", 1, |floor| {
        let one = agent(floor, "/1001");
        assert_eq!(one.availability, Availability::Paused);
        assert!(one.pause_reason.is_some() && one.memberships[0].paused);
    });
    on_both("queue_pause_unpause", "QueueMemberPause", 2, |floor| {
        let one = agent(floor, "/1001");
        assert_eq!((one.availability, one.pause_reason), (Availability::Available, None));
    });
}

#[test]
fn a_parked_call_says_where() {
    on_both("park_ami_timeout", "ParkedCall", 1, |floor| {
        let parked = first_call(floor).parked.expect("parked");
        assert_eq!((parked.lot.as_str(), parked.space.as_str()), ("default", "701"));
        assert_eq!(parked.until_ms.expect("an end").0 - parked.since_ms.0, 3_000_000);
        assert_eq!(floor.report().board.parking.len(), 1);
    });
    on_both("park_ami_timeout", "ParkedCallTimeOut", 1, |floor| assert_eq!(first_call(floor).parked, None));
}

#[test]
fn a_conference_shows_its_members_and_who_is_muted() {
    on_both("conference", "ConfbridgeMute", 1, |floor| {
        assert!(floor.live().all(|c| c.view().phase == CallPhase::Conference));
        let muted: Vec<_> =
            floor.live().flat_map(|c| c.view().legs).filter(|l| l.muted).map(|l| l.endpoint).collect();
        assert!(muted.len() == 1 && muted[0].ends_with("/1002"), "{muted:?}");
        let board = floor.report().board;
        assert_eq!((board.conferences.len(), board.conferences[0].channels.len()), (1, 3));
        assert_eq!(first_call(floor).talking[0].len(), 3);
        assert_eq!(agent(floor, "/1001").activity, Activity::OnCall);
    });
}

#[test]
fn a_listener_is_attached_to_the_leg_he_listens_to() {
    for scenario in ["chanspy_listen", "chanspy_whisper"] {
        on_both(scenario, "ChanSpyStart", 1, |floor| {
            let spied = first_call(floor);
            let spy =
                floor.live().map(crate::call::CallState::view).max_by_key(|v| v.started_ms).expect("a spy");
            assert_eq!(spy.legs[0].spies_on.as_ref(), Some(&spied.legs[0].uniqueid));
            assert_eq!(spied.talking[0].len(), 2);
        });
        on_both(scenario, "ChanSpyStop", 1, |floor| {
            assert!(floor.live().flat_map(|c| c.view().legs).all(|l| l.spies_on.is_none()));
        });
    }
}

#[test]
fn a_recorded_call_says_so() {
    on_both("mixmonitor_dialplan", "MixMonitorStart", 1, |floor| {
        let call = first_call(floor);
        assert_eq!((call.recording, call.legs[0].recorded), (Some(true), Some(true)));
    });
}

#[test]
fn a_phone_that_unregisters_is_unreachable_until_it_is_back() {
    on_both("peer_register_unregister", "DeviceStateChange", 1, |floor| {
        assert_eq!(agent(floor, "/1006").activity, Activity::Unreachable);
    });
    for version in fixtures::VERSIONS {
        let floor =
            super::captures::replayed(&fixtures::load(version, "peer_register_unregister").expect("capture"));
        let one = floor.board.agents.iter().find(|a| a.endpoint.ends_with("/1006")).expect("1006");
        assert_eq!(one.activity, Activity::Idle);
    }
}

#[test]
fn a_refused_registration_is_rejected_and_another_trunk_is_not_touched() {
    on_both("trunk_registration_refused_then_ok", "Registry", 2, |floor| {
        let trunk = floor
            .trunks()
            .iter()
            .map(crate::trunk::TrunkState::view)
            .find(|t| t.endpoint.ends_with("trunk-a"));
        assert_eq!(trunk.expect("trunk-a").registration, Registration::Rejected);
    });
}
