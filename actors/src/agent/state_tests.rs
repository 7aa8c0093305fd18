//! The two axes of an agent, event by event.

use std::sync::Arc;

use asterisk::ami::{Event, Message};

use super::{AgentState, LegNews};
use crate::fact::{Outbox, What};
use crate::keys::{CallKey, Epoch, Micros, PbxName};
use crate::settings::Settings;
use crate::view::{Activity, Availability, LegPhase, Party};

const SECOND: i64 = 1_000_000;

struct Desk {
    agent: AgentState,
    out: Outbox,
}

impl Desk {
    fn new() -> Self {
        let mut settings = Settings::new(PbxName("p".into()));
        settings.wrap_up_of = vec![("support".into(), 10)];
        Self {
            agent: AgentState::new(Arc::new(settings), "PJSIP/1001".into(), Micros(0)),
            out: Outbox::default(),
        }
    }

    fn member(&mut self, event: &str, queue: &str, paused: u8, reason: &str, at: i64) {
        let text = format!(
            "Event: {event}\r\nPrivilege: agent,all\r\nQueue: {queue}\r\nMemberName: Alice\r\n\
             Interface: PJSIP/1001\r\nStateInterface: PJSIP/1001\r\nPaused: {paused}\r\nPausedReason: {reason}\r\n\r\n"
        );
        let message = Message::new(text.into_bytes().into());
        self.agent.event(&Event::read(&message).expect("a healthy event"), Micros(at), &mut self.out);
    }

    fn leg(&mut self, uniqueid: &str, phase: LegPhase, queue: Option<&str>, at: i64) {
        let news = LegNews {
            at: Micros(at),
            uniqueid: uniqueid.into(),
            channel: format!("PJSIP/1001-{uniqueid}").into(),
            call: Arc::new(CallKey { pbx: PbxName("p".into()), epoch: Epoch(1), linkedid: uniqueid.into() }),
            phase,
            phase_since: Micros(at),
            bound: false,
            dialing: false,
            queue: queue.map(Into::into),
            arrived: Micros(at),
            missed: false,
            talked: phase == LegPhase::Up || phase == LegPhase::Ended,
            others: u16::from(phase == LegPhase::Up),
            with: None,
            dead: false,
            in_conference: false,
            spying: false,
            party: Party::default(),
        };
        self.agent.leg(&Arc::new(news), Micros(at), &mut self.out);
    }

    fn activity(&self) -> Activity {
        self.agent.view().activity
    }
}

#[test]
fn paused_in_one_of_two_queues_is_partly_paused() {
    let mut desk = Desk::new();
    assert_eq!(desk.agent.view().availability, Availability::LoggedOut);
    desk.member("QueueMemberAdded", "support", 0, "", 1);
    desk.member("QueueMemberAdded", "sales", 0, "", 2);
    assert_eq!(desk.agent.view().availability, Availability::Available);
    desk.member("QueueMemberPause", "sales", 1, "lunch", 3);
    let view = desk.agent.view();
    assert_eq!(
        (view.availability, view.pause_reason.as_deref()),
        (Availability::PartlyPaused, Some("lunch"))
    );
    desk.member("QueueMemberPause", "support", 1, "lunch", 4);
    assert_eq!(desk.agent.view().availability, Availability::Paused);
    desk.member("QueueMemberRemoved", "support", 1, "", 5);
    desk.member("QueueMemberRemoved", "sales", 1, "", 6);
    assert_eq!(desk.agent.view().availability, Availability::LoggedOut);
}

#[test]
fn each_reason_of_a_pause_is_an_interval() {
    let mut desk = Desk::new();
    desk.member("QueueMemberAdded", "support", 0, "", 1);
    desk.member("QueueMemberPause", "support", 1, "lunch", 2);
    desk.member("QueueMemberPause", "support", 1, "meeting", 3);
    let since = |fact: &crate::fact::Fact| matches!(fact.what, What::Availability { .. }).then_some(fact.at);
    let intervals: Vec<_> = desk.out.facts.iter().filter_map(since).collect();
    assert_eq!(intervals, [Micros(1), Micros(2), Micros(3)]);
    assert_eq!(desk.agent.view().availability_since_ms, Micros(3));
}

#[test]
fn f14_a_repeated_pause_begins_nothing() {
    let mut desk = Desk::new();
    desk.member("QueueMemberPause", "support", 1, "lunch", 2);
    desk.out.clear();
    desk.member("QueueMemberPause", "support", 1, "lunch", 9);
    assert!(desk.out.facts.is_empty());
    assert_eq!(desk.agent.view().availability_since_ms, Micros(2));
}

#[test]
fn wrap_up_ends_by_a_pause_by_a_call_or_by_its_timer() {
    let wrapping = || {
        let mut desk = Desk::new();
        desk.member("QueueMemberAdded", "support", 0, "", 1);
        desk.leg("1.1", LegPhase::Up, Some("support"), 2);
        desk.leg("1.1", LegPhase::Ended, Some("support"), SECOND);
        assert_eq!(desk.activity(), Activity::WrapUp);
        assert_eq!(desk.agent.next_deadline(), Some(Micros(11 * SECOND)));
        desk
    };
    let mut paused = wrapping();
    paused.member("QueueMemberPause", "support", 1, "lunch", 2 * SECOND);
    assert_eq!((paused.activity(), paused.agent.next_deadline()), (Activity::Idle, None));

    let mut called = wrapping();
    called.leg("1.2", LegPhase::Ringing, None, 2 * SECOND);
    assert_eq!(called.activity(), Activity::Ringing);
    called.leg("1.2", LegPhase::Ended, None, 3 * SECOND);
    assert_eq!(called.activity(), Activity::WrapUp, "a call that only rang does not end it");
    called.leg("1.3", LegPhase::Up, None, 4 * SECOND);
    called.leg("1.3", LegPhase::Ended, None, 5 * SECOND);
    assert_eq!(called.activity(), Activity::Idle);

    let mut timed = wrapping();
    timed.agent.tick(Micros(11 * SECOND), &mut timed.out);
    assert_eq!(
        (timed.activity(), timed.agent.view().activity_since_ms),
        (Activity::Idle, Micros(11 * SECOND))
    );
}

#[test]
fn a_direct_call_has_no_wrap_up() {
    let mut desk = Desk::new();
    desk.leg("1.1", LegPhase::Up, None, 2);
    desk.leg("1.1", LegPhase::Ended, None, 3);
    assert_eq!(desk.activity(), Activity::Idle);
}

#[test]
fn two_open_legs_are_a_consultation_whichever_ends_first() {
    let mut desk = Desk::new();
    desk.leg("1.1", LegPhase::Up, None, 1);
    desk.leg("1.1", LegPhase::Holding, None, 2);
    assert_eq!(desk.activity(), Activity::OnHold);
    desk.leg("1.2", LegPhase::Up, None, 3);
    assert_eq!(desk.activity(), Activity::Consulting);
    desk.leg("1.1", LegPhase::Ended, None, 4);
    assert_eq!(desk.activity(), Activity::OnCall);
    desk.leg("1.2", LegPhase::Ended, None, 5);
    assert_eq!(desk.activity(), Activity::Idle);
}

#[test]
fn a_lost_end_of_a_leg_is_mended_by_the_next_picture_and_nothing_is_counted_twice() {
    let mut desk = Desk::new();
    desk.leg("1.1", LegPhase::Ringing, None, 1);
    desk.leg("1.1", LegPhase::Ringing, None, 1);
    desk.leg("1.1", LegPhase::Up, None, 2);
    desk.leg("1.1", LegPhase::Ended, None, 3);
    desk.leg("1.1", LegPhase::Ended, None, 3);
    assert_eq!((desk.activity(), desk.agent.view().call), (Activity::Idle, None));
}
