//! The same five tests for each kind of actor: it panics, reports an error, freezes, quits, is
//! killed. In each the floor must end as if nothing had happened (F31 to F36).

use std::sync::Arc;
use std::time::Duration;

use asterisk::ami::{Event, Message as Frame};
use asterisk::fixtures;

use super::TestFloor;
use super::differential::{events, settings};
use crate::command::{CallAct, ChannelName, Command, Refusal};
use crate::replay::Floor;
use crate::supervision::{Kind, Meta, State, Watchdog, fault};

/// A stream in which every kind of entity works: an inbound call waits in a queue, an agent takes it.
fn stream() -> Vec<Frame> {
    let capture = fixtures::load(22, "queue_answered").unwrap();
    events(&capture.connections[0])
}

/// What each kind is hit on, and a part of the name of the one that is hit.
struct Victim {
    kind: Kind,
    message: &'static str,
    name: &'static str,
}

const VICTIMS: [Victim; 5] = [
    Victim { kind: Kind::Call, message: "QueueCallerJoin", name: "call/lab~0~" },
    Victim { kind: Kind::Agent, message: "leg", name: "agent/lab~PJSIP/1001" },
    Victim { kind: Kind::Queue, message: "caller", name: "queue/lab~support" },
    Victim { kind: Kind::Trunk, message: "leg", name: "trunk/lab~PJSIP/trunk-a" },
    Victim { kind: Kind::Router, message: "AgentConnect", name: "router/lab" },
];

fn pure() -> Floor {
    let mut floor = Floor::new(settings());
    floor.connected();
    stream().iter().for_each(|frame| floor.message(frame));
    floor
}

/// Plays the stream with a fault set; the floor must end as the pure states do.
async fn survives(victim: &Victim, fault: &str) -> TestFloor {
    let kind = victim.kind.name();
    let text = format!("{fault}:{kind}:{}@{}#1", victim.message, victim.name);
    let set = fault::set(&text).unwrap();
    let floor = TestFloor::start(settings());
    for frame in stream() {
        floor.event(frame);
        // one at a time, so that the fault strikes in the middle of the stream
        tokio::task::yield_now().await;
    }
    floor.settled().await;
    assert_eq!(set.left(), Some(0), "{text}: it struck");
    assert_floor(&text, &floor);
    floor
}

fn assert_floor(what: &str, floor: &TestFloor) {
    super::differential::assert_same_after_faults(what, floor, &pure());
    assert_eq!(floor.counters.undelivered(), 0, "{what}");
}

#[test]
fn f31_f32_a_panic_in_any_kind_of_actor_changes_nothing_on_the_floor() {
    alone(|| async {
        for victim in &VICTIMS {
            let floor = survives(victim, "panic").await;
            let hit: Vec<_> = all(&floor).into_iter().filter(|m| m.last_fault().is_some()).collect();
            assert!(hit.len() <= 1, "only the one that was meant: {:?}", names(&hit));
        }
    });
}

#[test]
fn an_error_in_any_kind_of_actor_restarts_it_and_loses_nothing() {
    alone(|| async {
        for victim in &VICTIMS {
            survives(victim, "error").await;
        }
    });
}

#[test]
fn an_actor_of_any_kind_that_quits_is_there_again_for_the_next_event() {
    alone(|| async {
        for victim in &VICTIMS {
            survives(victim, "quit").await;
        }
    });
}

#[test]
fn an_actor_of_any_kind_that_is_killed_goes_on_from_its_memory() {
    alone(|| async {
        for victim in &VICTIMS {
            let floor = TestFloor::start(settings());
            let frames = stream();
            let half = frames.iter().position(|f| name_of(f) == "AgentConnect").unwrap();
            for frame in &frames[..half] {
                floor.event(frame.clone());
            }
            floor.settled().await;
            let meta = floor.actor(victim.name).unwrap();
            assert!(floor.root.kill_one(meta.id()));
            floor.settled().await;
            let permanent = victim.kind == Kind::Router;
            let after = if permanent { State::Running } else { State::Ended };
            assert_eq!((meta.state(), meta.restarts()), (after, u64::from(permanent)), "{}", victim.name);
            for frame in &frames[half..] {
                floor.event(frame.clone());
            }
            floor.settled().await;
            assert_floor(victim.name, &floor);
        }
    });
}

#[test]
fn f36_an_actor_of_any_kind_that_freezes_is_named_and_then_all_goes_on() {
    let _one = ONE.lock();
    for victim in &VICTIMS {
        let kind = victim.kind.name();
        type Both = (Arc<crate::supervision::Node>, fault::Set);
        let shared: Arc<parking_lot::Mutex<Option<Both>>> = Arc::default();
        let (to, name) = (shared.clone(), victim.name);
        let (thaw, thawed) = tokio::sync::oneshot::channel();
        let worker = std::thread::spawn(move || {
            actix::System::new().block_on(async move {
                let floor = TestFloor::start(settings());
                let set = fault::set(&format!("freeze:{kind}@{name}#1")).unwrap();
                *to.lock() = Some((floor.root.clone(), set));
                for frame in stream() {
                    floor.event(frame);
                }
                thawed.await.unwrap();
                floor.settled().await;
                assert_floor(name, &floor);
            });
        });
        let began = std::time::Instant::now();
        let (root, frozen) = loop {
            if let Some(both) = shared.lock().take() {
                break both;
            }
            assert!(began.elapsed() < Duration::from_secs(30));
            std::thread::yield_now();
        };
        let watchdog = Watchdog::start(&root).unwrap();
        let mut named = false;
        while !named && began.elapsed() < Duration::from_secs(30) {
            named = watchdog.held().iter().any(|held| held.actor.contains(name));
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(frozen.left(), Some(0), "it froze");
        drop(frozen);
        thaw.send(()).unwrap();
        assert!(named, "{name} was named while it was frozen");
        worker.join().unwrap();
    }
}

#[test]
fn f34_a_command_survives_a_panic_an_error_or_a_quit_of_the_registry() {
    alone(|| async {
        for fault in ["panic", "error", "quit"] {
            let floor = live_call().await;
            let set = fault::set(&format!("{fault}:registry:command@registry/lab#1")).unwrap();
            let outcome = hung_up(&floor).await;
            assert_eq!(outcome.map(|done| done.outcome), Ok("hangup"), "{fault}");
            assert_eq!(set.left(), Some(0));
            assert_eq!(floor.sent.borrow().actions.len(), 1, "{fault}: sent once");
        }
    });
}

#[test]
fn a_registry_that_is_killed_is_there_again_for_the_next_command() {
    alone(|| async {
        let floor = live_call().await;
        let meta = floor.actor("registry/lab").unwrap();
        assert!(floor.root.kill_one(meta.id()));
        assert_eq!(hung_up(&floor).await.map(|done| done.outcome), Ok("hangup"));
        assert_eq!(meta.restarts(), 1);
    });
}

#[test]
fn f33_a_command_that_the_registry_cannot_bear_is_refused_and_the_next_is_taken() {
    alone(|| async {
        let floor = live_call().await;
        let set = fault::set("panic:registry:command@registry/lab#2").unwrap();
        assert_eq!(floor.registry.command(hangup()).await, Err(Refusal::Busy));
        assert_eq!(set.left(), Some(0));
        assert!(floor.sent.borrow().actions.is_empty());
        assert_eq!(hung_up(&floor).await.map(|done| done.outcome), Ok("hangup"));
    });
}

#[test]
fn f33_an_event_that_a_router_cannot_bear_is_skipped_counted_and_compared() {
    alone(|| async {
        let floor = TestFloor::start(settings());
        let set = fault::set("panic:router:HangupRequest@router/lab#2").unwrap();
        let frames = stream();
        for frame in &frames {
            floor.event(frame.clone());
        }
        floor.settled().await;
        if set.left() == Some(0) {
            assert_eq!(floor.counters.skipped(), 1);
            assert!(
                floor.sent.borrow().asks.iter().any(|ask| matches!(ask, crate::ports::AskLink::Suspect(_)))
            );
        } else {
            panic!("the stream has a HangupRequest");
        }
    });
}

/// Asks for the hangup, and has the PBX show it once the action is out.
async fn hung_up(floor: &TestFloor) -> Result<crate::command::Done, Refusal> {
    let registry = floor.registry.clone();
    let asked = actix::spawn(async move { registry.command(hangup()).await });
    floor.settled().await;
    floor.event(hangup_event());
    asked.await.unwrap()
}

async fn live_call() -> TestFloor {
    let floor = TestFloor::start(settings());
    floor.feed(crate::ports::FeedItem::Link(crate::ports::LinkChange::Epoch(crate::keys::Epoch(1))));
    let channel = channel();
    floor.event(super::channel_event("Newchannel", 1_000, &channel, &[]));
    floor.settled().await;
    floor
}

fn channel() -> super::Channel<'static> {
    super::Channel {
        name: "PJSIP/1001-00000001",
        uniqueid: "1.1",
        linkedid: "1.1",
        state: 6,
        number: "1001",
        exten: "1002",
    }
}

fn hangup() -> Command {
    let channel = ChannelName::parse("PJSIP/1001-00000001").unwrap();
    Command::channel(channel, CallAct::Hangup { cause: 16 })
}

fn hangup_event() -> Frame {
    super::channel_event("Hangup", 2_000, &channel(), &[("Cause", "16"), ("Cause-txt", "Normal Clearing")])
}

fn name_of(frame: &Frame) -> &'static str {
    Event::read(frame).map_or("", |event| event.known_name())
}

fn all(floor: &TestFloor) -> Vec<Arc<Meta>> {
    floor.tree.entities.workers().into_iter().chain(floor.tree.spine.workers()).collect()
}

fn names(metas: &[Arc<Meta>]) -> Vec<String> {
    metas.iter().map(|m| m.name().to_owned()).collect()
}

/// Faults are known to the whole process: tests that set them go one after the other.
static ONE: parking_lot::Mutex<()> = parking_lot::Mutex::new(());

/// See [`ONE`].
pub(super) fn alone<F: Future<Output = ()>>(test: impl FnOnce() -> F) {
    let _one = ONE.lock();
    actix::System::new().block_on(async {
        tokio::time::pause();
        test().await;
    });
}

/// Every capture, each time with one fault in one actor of each kind at a place chosen by a seed: the
/// floor ends as if nothing had happened, merges and hand-overs included.
#[test]
fn f31_f32_one_fault_anywhere_in_any_recorded_stream_changes_nothing_on_the_floor() {
    alone(|| async {
        let mut struck = 0;
        for (seed, capture) in fixtures::all().unwrap().into_iter().enumerate() {
            let frames = events(&capture.connections[0]);
            if frames.is_empty() {
                continue;
            }
            let mut pure = Floor::new(settings());
            pure.connected();
            frames.iter().for_each(|frame| pure.message(frame));
            for round in 0..4 {
                let pick = |n: usize| name_of(&frames[(seed * 31 + round * 17 + n * 101) % frames.len()]);
                let what = ["panic", "error"][(seed + round) % 2];
                let call = ["absorb", "guests", "retell", "Hangup"][round];
                let texts = [
                    format!("{what}:call:{call}@call/#1"),
                    format!("{what}:agent:leg@agent/#1"),
                    "panic:queue:caller@queue/#1".to_owned(),
                    "panic:trunk:leg@trunk/#1".to_owned(),
                    format!("{what}:router:{}@router/#1", pick(1)),
                ];
                let sets: Vec<_> = texts.iter().map(|text| fault::set(text).unwrap()).collect();
                let floor = TestFloor::start(settings());
                for frame in &frames {
                    floor.event(frame.clone());
                }
                floor.settled().await;
                struck += sets.iter().filter(|set| set.left() == Some(0)).count();
                let name = format!("{} {} {texts:?}", capture.version, capture.name);
                super::differential::assert_same_after_faults(&name, &floor, &pure);
            }
        }
        assert!(struck > 500, "{struck} faults struck");
    });
}
