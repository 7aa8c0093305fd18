//! What a supervisor does with its children, and how they end.

use super::*;

#[actix::test]
async fn f34_a_part_that_uses_up_its_restarts_is_parked_and_tried_again_by_the_root() {
    tokio::time::pause();
    let root = Node::root("f34");
    let mut spec = NodeSpec::new("pbx/f34");
    spec.strategy = Strategy::RestForOne;
    let part = root.part(spec);
    let link = toy(&part, Spec::permanent(Kind::Link, "link/f34"));
    let router = toy(&part, Spec::permanent(Kind::Router, "router/f34"));
    let elsewhere = root.part(NodeSpec::new("pbx/f34-other"));
    let other = toy(&elsewhere, Spec::permanent(Kind::Router, "router/f34-other"));
    for _ in 0..2 {
        link.addr.do_send(Ask::Panic(times(u32::MAX)));
    }
    until(|| part.state() == PartState::Degraded).await;
    assert_eq!((link.meta.state(), router.meta.state()), (State::Parked, State::Parked));
    router.addr.do_send(Ask::Add(9)); // kept while parked
    assert_eq!(other.addr.send(Ask::Add(1)).await, Ok(1), "another PBX does not notice");
    until(|| part.state() == PartState::Running).await;
    assert_eq!(router.addr.send(Ask::Add(1)).await, Ok(10));
    assert_eq!(link.addr.send(Ask::Add(1)).await, Ok(1));
    assert!(matches!(part.root_cause(), Some(Reason::Panicked(w, _)) if w == "the till jams"));
    assert_eq!(other.meta.restarts(), 0);
}

#[actix::test]
async fn rest_for_one_restarts_those_started_after_and_one_for_all_all() {
    let root = Node::root("strategies");
    let mut spec = NodeSpec::new("rest");
    spec.strategy = Strategy::RestForOne;
    let rest = root.part(spec);
    let three: Vec<_> =
        ["a", "b", "c"].into_iter().map(|n| toy(&rest, Spec::permanent(Kind::Other, n))).collect();
    for t in &three {
        assert_eq!(t.addr.send(Ask::Add(1)).await, Ok(1));
    }
    three[1].addr.do_send(Ask::Panic(times(1)));
    until(|| *three[2].starts.borrow() == 2).await;
    assert_eq!(three.iter().map(|t| *t.starts.borrow()).collect::<Vec<_>>(), [1, 2, 2]);

    let mut spec = NodeSpec::new("all");
    spec.strategy = Strategy::OneForAll;
    let all = root.part(spec);
    let two: Vec<_> = ["d", "e"].into_iter().map(|n| toy(&all, Spec::permanent(Kind::Other, n))).collect();
    assert_eq!(two[0].addr.send(Ask::Add(1)).await, Ok(1));
    two[1].addr.do_send(Ask::Panic(times(1)));
    until(|| *two[0].starts.borrow() == 2).await;
    assert_eq!(*two[1].starts.borrow(), 2);
    assert_eq!(two[0].addr.send(Ask::Add(1)).await, Ok(2), "rebuilt, not emptied");
}

#[actix::test]
async fn an_error_restarts_a_quit_or_a_kill_ends_the_transient_and_restarts_the_permanent() {
    let root = Node::root("ends");
    let call = entity(&root, "toy/transient");
    let router = toy(&root, Spec::permanent(Kind::Other, "toy/permanent"));
    let agi = toy(&root, Spec::temporary(Kind::Other, "toy/temporary"));

    call.addr.do_send(Ask::Add(2));
    call.addr.do_send(Ask::Fail);
    assert_eq!(call.addr.send(Ask::Add(1)).await, Ok(3));
    assert_eq!(call.meta.last_fault().unwrap().reason, Reason::Failure("out of paper".into()));

    router.addr.do_send(Ask::Quit);
    assert_eq!(router.addr.send(Ask::Add(5)).await, Ok(5));
    assert_eq!(*router.starts.borrow(), 2);
    call.addr.do_send(Ask::Quit);
    until(|| call.meta.state() == State::Ended).await;
    assert!(!call.addr.connected());

    agi.addr.do_send(Ask::Panic(times(1)));
    until(|| agi.meta.state() == State::Ended).await;
    assert_eq!(*agi.starts.borrow(), 1);

    let other = entity(&root, "toy/killed");
    assert!(root.kill_one(router.meta.id()) && root.kill_one(other.meta.id()));
    until(|| other.meta.state() == State::Ended).await;
    assert_eq!(router.addr.send(Ask::Add(1)).await, Ok(6));
    assert_eq!(*router.starts.borrow(), 3);
    root.kill();
    until(|| router.meta.state() == State::Ended).await;
    assert!(root.workers().is_empty());
}

#[actix::test]
async fn shutdown_goes_in_reverse_order_and_kills_after_the_deadline() {
    struct Stubborn(bool, Rc<RefCell<Vec<&'static str>>>, &'static str);
    impl Actor for Stubborn {
        type Context = Context<Self>;
        fn stopping(&mut self, _: &mut Context<Self>) -> Running {
            if self.0 {
                return Running::Continue;
            }
            self.1.borrow_mut().push(self.2);
            Running::Stop
        }
    }
    impl Supervised for Stubborn {}
    tokio::time::pause();
    let root = Node::root("shutdown");
    let ended = Rc::new(RefCell::new(Vec::new()));
    let mut held = Vec::new();
    for (name, stubborn) in [("link", false), ("router", false), ("mule", true), ("registry", false)] {
        let ended = ended.clone();
        let (addr, _) =
            start(&root, Spec::permanent(Kind::Other, name), |_, _| Stubborn(stubborn, ended, name));
        held.push(addr);
    }
    let began = tokio::time::Instant::now();
    let stopped = root.shutdown().await;
    assert_eq!(*ended.borrow(), ["registry", "router", "link"]);
    assert_eq!(stopped, Stopped { in_time: 3, killed: 1, held: 0 });
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    let late = entity(&root, "toy/late");
    until(|| late.meta.state() == State::Ended).await;
}

#[actix::test]
async fn a_significant_child_that_ends_takes_its_supervisor_along() {
    let root = Node::root("significant");
    let mut spec = NodeSpec::new("call and its sessions");
    spec.auto_shutdown = AutoShutdown::AnySignificant;
    let unit = root.part(spec);
    let session = entity(&unit, "toy/session");
    let call = toy(&unit, Spec { significant: true, ..Spec::entity(Kind::Other, "toy/call") });
    assert_eq!(session.addr.send(Ask::Add(1)).await, Ok(1));
    call.addr.do_send(Ask::Quit);
    until(|| session.meta.state() == State::Ended).await;
    assert_eq!(unit.state(), PartState::Stopped);
}

#[actix::test]
async fn f37_two_actors_that_wait_for_each_other_get_an_error_by_their_deadline() {
    struct Waits(Option<Recipient<Hello>>);
    #[derive(Message)]
    #[rtype(result = "bool")]
    struct Hello;
    #[derive(Message)]
    #[rtype(result = "()")]
    struct Know(Recipient<Hello>);
    impl Actor for Waits {
        type Context = Context<Self>;
    }
    impl Supervised for Waits {}
    impl Handler<Know> for Waits {
        type Result = ();
        fn handle(&mut self, know: Know, _: &mut Context<Self>) {
            self.0 = Some(know.0);
        }
    }
    impl Handler<Hello> for Waits {
        type Result = AtomicResponse<Self, bool>;
        fn handle(&mut self, _: Hello, _: &mut Context<Self>) -> Self::Result {
            let other = self.0.clone();
            let asks = async move {
                let Some(other) = other else { return false };
                matches!(tokio::time::timeout(Duration::from_secs(2), other.send(Hello)).await, Ok(Ok(_)))
            };
            AtomicResponse::new(Box::pin(asks.into_actor(self)))
        }
    }
    tokio::time::pause();
    let root = Node::root("f37");
    let (a, _) = start(&root, Spec::entity(Kind::Other, "toy/a"), |_, _| Waits(None));
    let (b, _) = start(&root, Spec::entity(Kind::Other, "toy/b"), |_, _| Waits(None));
    a.do_send(Know(b.clone().recipient()));
    b.do_send(Know(a.clone().recipient()));
    let began = tokio::time::Instant::now();
    assert_eq!(a.send(Hello).await, Ok(false), "the deadline, not a wait for ever");
    assert!(began.elapsed() <= Duration::from_millis(2100));
}

#[actix::test]
async fn an_actor_whose_last_address_is_dropped_ends_normally() {
    let root = Node::root("dropped");
    let one = entity(&root, "toy/dropped");
    assert_eq!(one.addr.send(Ask::Add(1)).await, Ok(1));
    let meta = one.meta.clone();
    drop(one.addr);
    until(|| meta.state() == State::Ended).await;
    assert!(root.workers().is_empty());
}
