//! Callers who walk a flow, told by who walks for them, and the calls they are on.

use std::time::Duration;

use actix::prelude::*;

use super::differential::settings;
use super::five::alone;
use super::{Channel, TestFloor, channel_event};
use crate::command::{CallAct, ChannelName, Command, Done, NodeId, Refusal};
use crate::fact::What;
use crate::ivr::{CannotGo, Stays, WalkOrder, WalkTold};
use crate::keys::{Epoch, Micros};
use crate::ports::{FeedItem, LinkChange};
use crate::supervision::fault;
use crate::view::{CallView, FlowEnd, FlowView, FlowVisitView, Table, Trust, View};

const CALLER: Channel<'static> = Channel {
    name: "PJSIP/trunk-00000001",
    uniqueid: "1795224504.1",
    linkedid: "1795224504.1",
    state: 6,
    number: "0612345678",
    exten: "0170000001",
};

/// Takes orders for a walk, and says what it is told to.
struct Walker {
    says: Result<(), CannotGo>,
    asked: std::rc::Rc<std::cell::RefCell<Vec<String>>>,
}

impl Actor for Walker {
    type Context = Context<Self>;
}

impl Handler<WalkOrder> for Walker {
    type Result = ();
    fn handle(&mut self, order: WalkOrder, _: &mut Context<Self>) {
        match order {
            WalkOrder::ToNode { node, answer } => {
                self.asked.borrow_mut().push(node.to_string());
                let _ = answer.send(self.says);
            }
            WalkOrder::TakenAway => self.asked.borrow_mut().push("taken away".into()),
        }
    }
}

fn walker() -> Addr<Walker> {
    Walker { says: Ok(()), asked: std::rc::Rc::default() }.start()
}

/// Nodes from that place on, each left by `out` but the last.
fn told(by: &Addr<Walker>, walk: u64, from: usize, nodes: &[&str]) -> WalkTold {
    let at = |n: usize| Micros(1_700_000_000_000_000 + n as i64 * 1_000_000);
    let visits = nodes.iter().enumerate().map(|(n, node)| {
        let is_last = n + 1 == nodes.len();
        FlowVisitView {
            node: (*node).into(),
            name: format!("The {node}").into(),
            at_ms: at(from + n),
            left_ms: (!is_last).then(|| at(from + n + 1)),
            port: (!is_last).then(|| "out".into()),
            key: None,
        }
    });
    WalkTold {
        uniqueid: CALLER.uniqueid.into(),
        walk,
        began: at(0),
        called: "0170000001".into(),
        back: "from-trunk,0170000001,1".into(),
        flow: "f".into(),
        name: "Welcome".into(),
        from,
        visits: visits.collect(),
        ended: None,
        orders: by.clone().recipient(),
    }
}

fn ended(mut told: WalkTold, how: FlowEnd) -> WalkTold {
    told.ended = Some((Micros(1_700_000_100_000_000), how, None));
    told
}

fn floor() -> TestFloor {
    let floor = TestFloor::start(settings());
    floor.feed(FeedItem::Link(LinkChange::Epoch(Epoch(1))));
    floor
}

fn calls_in(floor: &TestFloor, at_ms: i64) {
    floor.event(channel_event("Newchannel", at_ms, &CALLER, &[]));
}

fn hangs_up(floor: &TestFloor, at_ms: i64) {
    floor.event(channel_event(
        "Hangup",
        at_ms,
        &CALLER,
        &[("Cause", "16"), ("Cause-txt", "Normal Clearing")],
    ));
}

fn call(floor: &TestFloor) -> CallView {
    let rows = floor.rows(Table::Calls);
    match rows.get("lab~1~1795224504.1") {
        Some(View::Call(call)) => call.clone(),
        other => panic!("{other:?} of {:?}", rows.keys()),
    }
}

fn way(walk: &FlowView) -> Vec<(&str, Option<&str>)> {
    walk.visits.iter().map(|visit| (visit.node.as_str(), visit.port.as_deref())).collect()
}

/// What was journalled, a line each.
fn journal(floor: &TestFloor) -> Vec<String> {
    let line = |what: &What| match what {
        What::Walk(walk) => format!("{} {:?}", walk.call, walk.ended.as_ref().map(|(_, how, _)| *how)),
        What::Visit(stay) => {
            format!("{} {} {} {:?}", stay.call, stay.n, stay.visit.node, stay.visit.port.as_deref())
        }
        other => panic!("{other:?}"),
    };
    floor.walked.facts().iter().map(line).collect()
}

fn to_node(node: &str) -> Command {
    let node = NodeId::parse(node).unwrap();
    Command::channel(ChannelName::parse(CALLER.name).unwrap(), CallAct::ToNode { node })
}

#[test]
fn a_caller_in_a_flow_shows_on_his_call_and_is_journalled() {
    alone(|| async {
        let (floor, by) = (floor(), walker());
        calls_in(&floor, 1_795_224_504_000);
        floor.settled().await;
        assert_eq!(call(&floor).flows, []);
        floor.actors.walks.tell(told(&by, 1, 0, &["start", "hello"]));
        floor.settled().await;
        let shown = call(&floor);
        let walk = &shown.flows[0];
        assert_eq!((walk.flow.as_str(), walk.name.as_str(), walk.ended_ms), ("f", "Welcome", None));
        assert_eq!(way(walk), [("start", Some("out")), ("hello", None)]);
        assert_eq!(walk.now().map(|now| now.name.as_str()), Some("The hello"));
        let moved = walk.visits[0].at_ms.0 - walk.began_ms.0;
        assert!(moved.abs() < 1_000_000, "both times were moved alike: {moved}");
        floor.actors.walks.tell(told(&by, 1, 1, &["hello", "menu"]));
        floor.actors.walks.tell(ended(told(&by, 1, 2, &["menu"]), FlowEnd::Abandoned));
        floor.settled().await;
        let shown = call(&floor);
        let walk = &shown.flows[0];
        assert_eq!(way(walk), [("start", Some("out")), ("hello", Some("out")), ("menu", None)]);
        assert_eq!((walk.how, walk.now()), (Some(FlowEnd::Abandoned), None));
        let key = "lab~1~1795224504.1";
        let expected = [
            format!("{key} None"),
            format!("{key} 0 start Some(\"out\")"),
            format!("{key} 1 hello Some(\"out\")"),
            format!("{key} 2 menu None"),
            format!("{key} Some(Abandoned)"),
        ];
        assert_eq!(journal(&floor), expected);
        assert_eq!(floor.actors.shard.walks.known(), 0, "nothing of it is kept");
    });
}

#[test]
fn f39_a_walk_that_is_told_before_its_call_is_shown_when_the_call_comes() {
    alone(|| async {
        let (floor, by) = (floor(), walker());
        floor.actors.walks.tell(told(&by, 1, 0, &["start", "hello"]));
        floor.actors.walks.tell(told(&by, 1, 1, &["hello", "menu"]));
        floor.settled().await;
        assert_eq!((floor.rows(Table::Calls).len(), journal(&floor)), (0, Vec::new()));
        calls_in(&floor, 1_795_224_504_000);
        floor.settled().await;
        assert_eq!(
            way(&call(&floor).flows[0]),
            [("start", Some("out")), ("hello", Some("out")), ("menu", None)]
        );
        floor.actors.walks.tell(told(&by, 1, 2, &["menu", "bye"]));
        floor.settled().await;
        assert_eq!(way(&call(&floor).flows[0]).last(), Some(&("bye", None)));
        assert_eq!(journal(&floor).len(), 4, "the walk, and three nodes that he left");
    });
}

#[test]
fn a_walk_whose_call_comes_and_goes_in_one_breath_is_journalled_with_it() {
    alone(|| async {
        let (floor, by) = (floor(), walker());
        floor.actors.walks.tell(ended(told(&by, 1, 0, &["start", "bye"]), FlowEnd::HungUp));
        floor.settled().await;
        calls_in(&floor, 1_795_224_504_000);
        hangs_up(&floor, 1_795_224_505_000);
        floor.settled().await;
        assert_eq!(journal(&floor).last().unwrap(), "lab~1~1795224504.1 Some(HungUp)");
        assert_eq!(floor.actors.shard.walks.known(), 0);
    });
}

#[test]
fn an_end_that_is_told_after_the_call_is_over_is_journalled_with_it() {
    alone(|| async {
        let (floor, by) = (floor(), walker());
        calls_in(&floor, 1_795_224_504_000);
        floor.settled().await;
        floor.actors.walks.tell(told(&by, 1, 0, &["start", "hello"]));
        floor.settled().await;
        hangs_up(&floor, 1_795_224_505_000);
        floor.settled().await;
        assert_eq!(floor.rows(Table::Calls).len(), 0);
        floor.actors.walks.tell(ended(told(&by, 1, 1, &["hello"]), FlowEnd::Abandoned));
        floor.settled().await;
        let all = journal(&floor);
        assert_eq!(all[2..], ["lab~1~1795224504.1 1 hello None", "lab~1~1795224504.1 Some(Abandoned)"]);
        assert_eq!(floor.rows(Table::Calls).len(), 0, "no row comes back");
    });
}

#[test]
fn f31_a_fault_of_the_calls_actor_loses_nothing_of_its_flows() {
    alone(|| async {
        for fault in ["panic:call:flow@1795224504.1#1", "error:call:flow@1795224504.1#1"] {
            let (floor, by) = (floor(), walker());
            calls_in(&floor, 1_795_224_504_000);
            floor.actors.walks.tell(told(&by, 1, 0, &["start", "hello"]));
            floor.settled().await;
            let set = fault::set(fault).unwrap();
            floor.actors.walks.tell(told(&by, 1, 1, &["hello", "menu"]));
            floor.settled().await;
            assert_eq!(set.left(), Some(0), "{fault}: it struck");
            let shown = call(&floor);
            let whole = [("start", Some("out")), ("hello", Some("out")), ("menu", None)];
            assert_eq!((way(&shown.flows[0]).as_slice(), shown.trust), (&whole[..], Trust::Live), "{fault}");
            let meta = floor.actor("call/lab~1~1795224504.1").unwrap();
            assert!(floor.tree.entities.kill_one(meta.id()), "{fault}");
            floor.actors.walks.tell(told(&by, 1, 2, &["menu", "bye"]));
            floor.settled().await;
            assert_eq!(way(&call(&floor).flows[0]).len(), 4, "{fault}: also when it was killed");
        }
    });
}

#[test]
fn what_a_call_shows_of_its_flows_is_bounded() {
    alone(|| async {
        let (floor, by) = (floor(), walker());
        calls_in(&floor, 1_795_224_504_000);
        for walk in 0..10 {
            let mut last = told(&by, walk, 0, &["start"; 30]);
            last.began = Micros(last.began.0 + walk as i64);
            floor.actors.walks.tell(ended(last, FlowEnd::TooLong));
        }
        floor.settled().await;
        let shown = call(&floor);
        assert_eq!(shown.flows.len(), 8);
        assert!(shown.flows.iter().all(|walk| walk.visits.len() == 20 && walk.earlier == 10));
        assert_eq!(journal(&floor).len(), 10 * 31, "the journal has all");
    });
}

#[test]
fn a_walk_whose_channel_never_comes_is_given_up_and_journalled_by_itself() {
    alone(|| async {
        let (floor, by) = (floor(), walker());
        floor.actors.walks.tell(ended(told(&by, 1, 0, &["start"]), FlowEnd::Abandoned));
        floor.settled().await;
        assert_eq!((floor.actors.shard.walks.known(), journal(&floor).len()), (1, 0));
        tokio::time::sleep(Duration::from_secs(700)).await;
        assert_eq!((floor.actors.shard.walks.known(), journal(&floor).len()), (0, 2));
        calls_in(&floor, 1_795_224_504_000);
        floor.settled().await;
        assert_eq!(call(&floor).flows, [], "nobody waits for it any more");
    });
}

#[test]
fn who_walks_and_goes_without_a_word_broke_off() {
    alone(|| async {
        let floor = floor();
        calls_in(&floor, 1_795_224_504_000);
        // an actor that never runs
        let ctx = Context::new();
        floor.actors.walks.tell(told(&ctx.address(), 2, 0, &["start"]));
        floor.settled().await;
        drop(ctx);
        tokio::time::sleep(Duration::from_secs(30)).await;
        floor.settled().await;
        let shown = call(&floor);
        assert_eq!(shown.flows[0].how, Some(FlowEnd::BrokeOff));
        assert_eq!(journal(&floor).last().unwrap(), "lab~1~1795224504.1 Some(BrokeOff)");
    });
}

#[test]
fn a_walk_goes_along_when_two_calls_become_one() {
    alone(|| async {
        let (floor, by) = (floor(), walker());
        calls_in(&floor, 1_795_224_504_000);
        floor.actors.walks.tell(told(&by, 1, 0, &["start", "hello"]));
        floor.settled().await;
        let older = Channel {
            name: "PJSIP/1001-00000000",
            uniqueid: "1795224503.9",
            linkedid: "1795224503.9",
            ..CALLER
        };
        floor.event(channel_event("Newchannel", 1_795_224_505_000, &older, &[]));
        let joined = Channel { linkedid: older.linkedid, ..CALLER };
        floor.event(channel_event(
            "Newexten",
            1_795_224_506_000,
            &joined,
            &[("Extension", "1"), ("Application", "NoOp"), ("AppData", "")],
        ));
        floor.settled().await;
        floor.actors.walks.tell(told(&by, 1, 1, &["hello", "menu"]));
        floor.settled().await;
        let rows = floor.rows(Table::Calls);
        let Some(View::Call(one)) = rows.get("lab~1~1795224503.9") else { panic!("{:?}", rows.keys()) };
        assert_eq!((rows.len(), way(&one.flows[0]).len()), (1, 3));
    });
}

#[test]
fn a_caller_is_sent_to_another_node_by_a_key_in_his_place() {
    alone(|| async {
        let (floor, by) = (floor(), walker());
        calls_in(&floor, 1_795_224_504_000);
        floor.actors.walks.tell(told(&by, 1, 0, &["start", "menu"]));
        floor.settled().await;
        let registry = floor.registry.clone();
        let asked = actix::spawn(async move { registry.command(to_node("menu")).await });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!asked.is_finished(), "he was there before: that is not it");
        let sent = floor.sent.borrow().actions.clone();
        assert!(
            sent[0].starts_with("Action: PlayDTMF\r\n") && sent[0].contains("Digit: D\r\nReceive: true\r\n"),
            "{sent:?}"
        );
        floor.actors.walks.tell(told(&by, 1, 1, &["menu", "menu"]));
        assert_eq!(asked.await.unwrap(), Ok(Done::of("moved")));
        // what runs is not to be ended
        assert_eq!(floor.registry.command(to_node("bye")).await, Ok(Done::of("pending")));
        floor.actors.walks.tell(ended(told(&by, 1, 2, &["menu"]), FlowEnd::Abandoned));
        floor.settled().await;
        let refused = floor.registry.command(to_node("bye")).await;
        assert!(matches!(refused, Err(Refusal::State("not_in_flow", _))), "{refused:?}");
    });
}

#[test]
fn who_walks_may_refuse_and_nothing_is_pressed() {
    alone(|| async {
        let floor = floor();
        calls_in(&floor, 1_795_224_504_000);
        for (walk, says, slug) in [
            (1, CannotGo::NoSuchNode, "no_such_node"),
            (2, CannotGo::Stays(Stays::Connected), "connected_by_flow"),
            (3, CannotGo::Stays(Stays::Recording), "leaves_message"),
            (4, CannotGo::Stays(Stays::Ending), "flow_over"),
        ] {
            let by = Walker { says: Err(says), asked: std::rc::Rc::default() }.start();
            let mut begins = told(&by, walk, 0, &["start"]);
            begins.began = Micros(begins.began.0 + walk as i64);
            floor.actors.walks.tell(begins);
            floor.settled().await;
            match floor.registry.command(to_node("menu")).await {
                Err(Refusal::State(why, _)) => assert_eq!(why, slug),
                other => panic!("{slug}: {other:?}"),
            }
        }
        assert_eq!(floor.sent.borrow().actions.len(), 0);
    });
}

#[test]
fn a_caller_who_is_sent_to_an_extension_or_a_queue_is_taken_away_and_did_not_hang_up() {
    alone(|| async {
        let asked = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let (floor, by) = (floor(), Walker { says: Ok(()), asked: asked.clone() }.start());
        calls_in(&floor, 1_795_224_504_000);
        floor.actors.walks.tell(told(&by, 1, 0, &["start", "menu"]));
        floor.settled().await;
        let queue = crate::command::QueueName::parse("support").unwrap();
        let moves = Command::channel(ChannelName::parse(CALLER.name).unwrap(), CallAct::Move { queue });
        let registry = floor.registry.clone();
        let waits = actix::spawn(async move { registry.command(moves).await });
        floor.settled().await;
        let sent = floor.sent.borrow().actions.clone();
        assert!(sent[0].contains("Variable: VIGIE_QUEUE_BEFORE\r\nValue: \r\n"), "{sent:?}");
        assert!(sent[1].contains("Variable: VIGIE_FLOW\r\nValue: from-trunk,0170000001,1\r\n"), "{sent:?}");
        assert!(sent[2].contains("Context: vigie-queue\r\nExten: support\r\n"), "{sent:?}");
        assert_eq!(*asked.borrow(), ["taken away"]);
        hangs_up(&floor, 1_795_224_505_000);
        assert!(matches!(waits.await.unwrap(), Err(Refusal::State("already_ended", _))));
    });
}

#[test]
fn a_walk_that_is_told_before_a_leg_of_another_call_is_shown_on_that_call() {
    alone(|| async {
        let (floor, by) = (floor(), walker());
        let older = Channel {
            name: "PJSIP/1001-00000000",
            uniqueid: "1795224503.9",
            linkedid: "1795224503.9",
            ..CALLER
        };
        floor.event(channel_event("Newchannel", 1_795_224_503_000, &older, &[]));
        floor.actors.walks.tell(told(&by, 1, 0, &["start", "hello"]));
        floor.settled().await;
        let leg = Channel { linkedid: older.linkedid, ..CALLER };
        floor.event(channel_event("Newchannel", 1_795_224_504_000, &leg, &[]));
        floor.settled().await;
        let rows = floor.rows(Table::Calls);
        let Some(View::Call(one)) = rows.get("lab~1~1795224503.9") else { panic!("{:?}", rows.keys()) };
        assert_eq!(way(&one.flows[0]), [("start", Some("out")), ("hello", None)]);
        assert_eq!(journal(&floor)[0], "lab~1~1795224503.9 None");
    });
}
