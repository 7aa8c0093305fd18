//! Commands on agents: what is sent, what shows it done, and the pause that waits for the end of a call.

use std::cell::Cell;
use std::rc::Rc;

use super::differential::settings;
use super::five::alone;
use super::{Channel, Script, TestFloor, channel_event, frame, success};
use crate::command::{AgentAct, Command, Done, Endpoint, QueueName, Reason, Refusal};
use crate::keys::Epoch;
use crate::ports::{ActionFailure, FeedItem, LinkChange};
use crate::registry::Contexts;
use crate::view::{Table, View};

const PHONE: Channel<'static> = Channel {
    name: "PJSIP/1001-00000001",
    uniqueid: "1.1",
    linkedid: "1.1",
    state: 6,
    number: "1001",
    exten: "1002",
};

fn member(
    event: &str,
    at_ms: i64,
    queue: &str,
    paused: bool,
    reason: &str,
    penalty: &str,
) -> asterisk::ami::Message {
    frame(
        event,
        at_ms,
        &[
            ("Queue", queue),
            ("MemberName", "Alice"),
            ("Interface", "PJSIP/1001"),
            ("StateInterface", "PJSIP/1001"),
            ("Membership", "dynamic"),
            ("Penalty", penalty),
            ("CallsTaken", "0"),
            ("LastCall", "0"),
            ("LastPause", "0"),
            ("InCall", "0"),
            ("Status", "1"),
            ("Paused", if paused { "1" } else { "0" }),
            ("PausedReason", reason),
            ("Ringinuse", "0"),
        ],
    )
}

/// Alice in support and sales.
async fn floor(script: Script) -> TestFloor {
    let floor = TestFloor::start_with(settings(), Contexts::default(), script);
    floor.feed(FeedItem::Link(LinkChange::Epoch(Epoch(1))));
    for queue in ["support", "sales"] {
        floor.event(member("QueueMemberAdded", 1_000, queue, false, "", "0"));
    }
    floor.settled().await;
    floor
}

fn says(answer: Result<(), ActionFailure>) -> Script {
    Box::new(move |_| Some(answer.clone().map(|()| success())))
}

fn ask(floor: &TestFloor, act: AgentAct) -> tokio::task::JoinHandle<Result<Done, Refusal>> {
    let registry = floor.registry.clone();
    let command = Command::agent(Endpoint::parse("PJSIP/1001").unwrap(), act);
    actix::spawn(async move { registry.command(command).await })
}

fn queue(name: &str) -> Option<QueueName> {
    Some(QueueName::parse(name).unwrap())
}

fn pause(name: Option<&str>, after_call: bool) -> AgentAct {
    let reason = Some(Reason::parse("déjeuner").unwrap());
    AgentAct::Pause { queue: name.and_then(queue), reason, after_call }
}

fn pending(floor: &TestFloor) -> Option<String> {
    let rows = floor.rows(Table::Agents);
    let View::Agent(agent) = rows.values().next().unwrap() else { panic!("an agent") };
    agent.pause_after_call.as_ref().and_then(|later| later.reason.as_ref().map(ToString::to_string))
}

#[test]
fn a_pause_in_all_queues_is_done_when_all_of_them_show_it() {
    alone(|| async {
        let floor = floor(says(Ok(()))).await;
        let asked = ask(&floor, pause(None, false));
        floor.settled().await;
        let sent = floor.sent.borrow().actions.clone();
        assert_eq!(sent.len(), 1, "{sent:?}");
        assert!(
            sent[0].contains("Interface: PJSIP/1001\r\nPaused: true\r\nReason: déjeuner\r\n"),
            "{sent:?}"
        );
        floor.event(member("QueueMemberPause", 2_000, "support", true, "déjeuner", "0"));
        floor.settled().await;
        assert!(!asked.is_finished(), "in one of two queues");
        floor.event(member("QueueMemberPause", 2_001, "sales", true, "déjeuner", "0"));
        assert_eq!(asked.await.unwrap(), Ok(Done::of("paused")));
        assert_eq!(ask(&floor, pause(None, false)).await.unwrap(), Ok(Done::of("paused")), "already so");
        assert_eq!(floor.sent.borrow().actions.len(), 1);
    });
}

#[test]
fn a_pause_after_the_call_waits_for_its_end_and_is_shown() {
    alone(|| async {
        let floor = floor(says(Ok(()))).await;
        floor.event(channel_event("Newchannel", 2_000, &PHONE, &[]));
        floor.settled().await;
        assert_eq!(ask(&floor, pause(None, true)).await.unwrap(), Ok(Done::of("pending")));
        floor.settled().await;
        assert_eq!(pending(&floor).as_deref(), Some("déjeuner"));
        assert!(floor.sent.borrow().actions.is_empty(), "he is on a call");
        floor.event(channel_event("Hangup", 3_000, &PHONE, &[("Cause", "16")]));
        floor.settled().await;
        let sent = floor.sent.borrow().actions.clone();
        assert!(sent.len() == 1 && sent[0].contains("Paused: true\r\nReason: déjeuner"), "{sent:?}");
        for queue in ["support", "sales"] {
            floor.event(member("QueueMemberPause", 3_001, queue, true, "déjeuner", "0"));
        }
        floor.settled().await;
        assert_eq!(pending(&floor), None);
        assert_eq!(floor.sent.borrow().actions.len(), 1, "once");
    });
}

#[test]
fn a_pause_after_the_call_survives_a_panic_and_a_lost_link_and_can_be_taken_back() {
    alone(|| async {
        let floor = floor(says(Ok(()))).await;
        floor.event(channel_event("Newchannel", 2_000, &PHONE, &[]));
        floor.settled().await;
        ask(&floor, pause(None, true)).await.unwrap().unwrap();
        let set = crate::supervision::fault::set("panic:agent:leg@1001#1").unwrap();
        floor.feed(FeedItem::Link(LinkChange::Stale));
        floor.event(channel_event("Hangup", 3_000, &PHONE, &[("Cause", "16")]));
        floor.settled().await;
        assert_eq!(set.left(), Some(0), "it panicked");
        assert_eq!(pending(&floor).as_deref(), Some("déjeuner"), "the link is away: it waits on");
        assert!(floor.sent.borrow().actions.is_empty());
        floor.feed(FeedItem::Link(LinkChange::Live));
        floor.settled().await;
        assert_eq!(floor.sent.borrow().actions.len(), 1);

        let floor = self::floor(says(Ok(()))).await;
        floor.event(channel_event("Newchannel", 2_000, &PHONE, &[]));
        floor.settled().await;
        ask(&floor, pause(None, true)).await.unwrap().unwrap();
        let back = ask(&floor, AgentAct::Unpause { queue: None }).await.unwrap();
        assert_eq!(back, Ok(Done::of("unpaused")));
        floor.event(channel_event("Hangup", 3_000, &PHONE, &[("Cause", "16")]));
        floor.settled().await;
        assert!(pending(&floor).is_none() && floor.sent.borrow().actions.is_empty());
    });
}

#[test]
fn a_pause_after_the_call_is_asked_for_again_when_the_pbx_was_busy() {
    alone(|| async {
        let (told, mut tries) = (Rc::new(Cell::new(0)), 0);
        let count = told.clone();
        let script: Script = Box::new(move |_| {
            tries += 1;
            count.set(tries);
            Some(if tries == 1 { Err(ActionFailure::Busy) } else { Ok(success()) })
        });
        let floor = floor(script).await;
        floor.event(channel_event("Newchannel", 2_000, &PHONE, &[]));
        floor.settled().await;
        ask(&floor, pause(None, true)).await.unwrap().unwrap();
        floor.event(channel_event("Hangup", 3_000, &PHONE, &[("Cause", "16")]));
        while told.get() < 2 {
            floor.settled().await;
        }
        for queue in ["support", "sales"] {
            floor.event(member("QueueMemberPause", 3_001, queue, true, "déjeuner", "0"));
        }
        floor.settled().await;
        assert_eq!((pending(&floor), told.get()), (None, 2), "once more and no oftener");
    });
}

#[test]
fn l33_who_is_paused_everywhere_is_added_paused() {
    alone(|| async {
        let floor = floor(says(Ok(()))).await;
        let login = |name: &str| AgentAct::Login { queue: QueueName::parse(name).unwrap(), penalty: Some(3) };
        let asked = ask(&floor, login("vip"));
        floor.settled().await;
        let sent = floor.sent.borrow().actions[0].clone();
        assert!(
            sent.contains("Queue: vip\r\n") && sent.contains("Penalty: 3\r\nPaused: false\r\n"),
            "{sent}"
        );
        floor.event(member("QueueMemberAdded", 2_000, "vip", false, "", "3"));
        assert_eq!(asked.await.unwrap(), Ok(Done::of("logged_in")));
        assert_eq!(ask(&floor, login("vip")).await.unwrap(), Ok(Done::of("logged_in")), "already so");
        for queue in ["support", "sales", "vip"] {
            floor.event(member("QueueMemberPause", 3_000, queue, true, "lunch", "0"));
        }
        floor.settled().await;
        let _asked = ask(&floor, login("night"));
        floor.settled().await;
        let sent = floor.sent.borrow().actions[1].clone();
        assert!(sent.contains("Paused: true\r\nReason: lunch\r\n"), "{sent}");
    });
}

#[test]
fn logging_out_and_weighing_are_done_when_they_show() {
    alone(|| async {
        let floor = floor(says(Ok(()))).await;
        let weigh = ask(&floor, AgentAct::Penalty { queue: queue("sales"), penalty: 7 });
        floor.settled().await;
        floor.event(member("QueueMemberPenalty", 2_000, "sales", false, "", "7"));
        assert_eq!(weigh.await.unwrap(), Ok(Done::of("weighed")));
        let out = ask(&floor, AgentAct::Logout { queue: None });
        floor.settled().await;
        assert_eq!(floor.sent.borrow().actions.len(), 3, "one removal a queue");
        for queue in ["support", "sales"] {
            floor.event(member("QueueMemberRemoved", 3_000, queue, false, "", "0"));
        }
        assert_eq!(out.await.unwrap(), Ok(Done::of("logged_out")));
        let refused = ask(&floor, pause(None, false)).await.unwrap();
        assert!(matches!(refused, Err(Refusal::State("logged_out", _))), "{refused:?}");
        let refused = ask(&floor, pause(Some("support"), false)).await.unwrap();
        assert!(matches!(refused, Err(Refusal::State("not_a_member", _))), "{refused:?}");
    });
}

#[test]
fn what_the_pbx_refuses_and_who_does_not_exist() {
    alone(|| async {
        let floor = floor(says(Err(ActionFailure::Refused("Permission denied".into())))).await;
        let refused = ask(&floor, pause(None, false)).await.unwrap();
        assert_eq!(refused, Err(Refusal::Pbx("Permission denied".into())));
        let nobody = Command::agent(Endpoint::parse("PJSIP/1999").unwrap(), pause(None, false));
        assert_eq!(floor.registry.command(nobody).await, Err(Refusal::NoSuchAgent));
        floor.feed(FeedItem::Link(LinkChange::Stale));
        floor.settled().await;
        assert_eq!(ask(&floor, pause(None, false)).await.unwrap(), Err(Refusal::LinkDown));
    });
}
