//! What the kernel promises, tried on toy actors.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use parking_lot::Mutex;

use super::*;

/// A till: it adds what it is given and reports each sum once.
#[derive(Debug, Clone, Default, PartialEq)]
struct Till {
    sum: u32,
    degraded: bool,
}

#[derive(Message)]
#[rtype(result = "u32")]
enum Ask {
    Add(u32),
    Panic(Arc<Mutex<u32>>),
    Fail,
    Quit,
    Sleep(Duration),
}

#[derive(Debug, Clone)]
enum Input {
    Add(u32),
    Panic(Arc<Mutex<u32>>),
}

impl Machine for Till {
    type Input = Input;
    type Out = Vec<u32>;

    fn apply(&mut self, input: &Input, out: &mut Vec<u32>) {
        match input {
            Input::Add(n) => self.sum += n,
            Input::Panic(left) => {
                self.sum += 5_000_000; // half changed
                let panics = {
                    let mut left = left.lock();
                    let now = *left > 0;
                    *left = left.saturating_sub(1);
                    now
                };
                assert!(!panics, "the till jams");
                self.sum = self.sum - 5_000_000 + 1000;
            }
        }
        out.push(self.sum);
    }
    fn name(input: &Input) -> &'static str {
        match input {
            Input::Add(_) => "Add",
            Input::Panic(_) => "Panic",
        }
    }
    fn keep(input: Input) -> Input {
        input
    }
    fn weight(_: &Input) -> usize {
        100
    }
    fn raw(input: &Input, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("{input:?};").as_bytes());
    }
    fn degrade(&mut self) {
        self.degraded = true;
    }
}

type Log = Rc<RefCell<Vec<u32>>>;

struct Toy {
    meta: Arc<Meta>,
    memory: Rc<Memory<Till>>,
    till: Rc<Till>,
    again: bool,
    log: Log,
    starts: Rc<RefCell<u32>>,
    panics_in_drop: Option<Arc<Mutex<u32>>>,
}

impl Toy {
    fn work(&mut self) {
        let mut sums = Vec::new();
        self.memory.apply(&mut self.till, &mut sums);
        for sum in sums.into_iter().skip(self.memory.sent()) {
            self.memory.sending();
            self.log.borrow_mut().push(sum);
        }
        self.memory.done(&self.till);
    }
}

impl Drop for Toy {
    fn drop(&mut self) {
        if let Some(left) = &self.panics_in_drop {
            let now = *left.lock() > 0;
            *left.lock() = 0;
            assert!(!now, "the old till jams when thrown away");
        }
    }
}

impl Actor for Toy {
    type Context = Context<Self>;
    fn started(&mut self, _: &mut Context<Self>) {
        *self.starts.borrow_mut() += 1;
        if std::mem::take(&mut self.again) {
            self.memory.try_again();
            self.work();
        }
    }
}

impl Supervised for Toy {
    fn restarting(&mut self, _: &mut Context<Self>) {
        let (till, again) = self.memory.recover(&self.meta);
        *self = Self {
            till,
            again,
            meta: self.meta.clone(),
            memory: self.memory.clone(),
            log: self.log.clone(),
            starts: self.starts.clone(),
            panics_in_drop: self.panics_in_drop.clone(),
        };
    }
}

impl Handler<Ask> for Toy {
    type Result = u32;
    fn handle(&mut self, ask: Ask, ctx: &mut Context<Self>) -> u32 {
        let input = match ask {
            Ask::Add(n) => Input::Add(n),
            Ask::Panic(left) => Input::Panic(left),
            Ask::Fail => {
                self.meta.handling("Fail");
                self.meta.leave(Reason::Failure("out of paper".into()));
                ctx.stop();
                return self.till.sum;
            }
            Ask::Quit => {
                self.meta.handling("Quit");
                self.meta.leave(Reason::Quit);
                ctx.stop();
                return self.till.sum;
            }
            Ask::Sleep(time) => {
                self.meta.handling("Sleep");
                std::thread::sleep(time);
                return self.till.sum;
            }
        };
        self.meta.handling(Till::name(&input));
        if self.memory.begin(input) {
            self.work();
        } else {
            Rc::make_mut(&mut self.till).degrade();
        }
        self.till.sum
    }
}

struct Seen {
    addr: Addr<Toy>,
    meta: Arc<Meta>,
    memory: Rc<Memory<Till>>,
    log: Log,
    starts: Rc<RefCell<u32>>,
    drop_panics: Arc<Mutex<u32>>,
}

fn toy(node: &Arc<Node>, spec: Spec) -> Seen {
    let memory = Rc::new(Memory::new(Till::default()));
    let log = Log::default();
    let starts = Rc::new(RefCell::new(0));
    let drop_panics = Arc::new(Mutex::new(0));
    let (addr, meta) = start(node, spec, |_, meta| Toy {
        meta: meta.clone(),
        memory: memory.clone(),
        till: Rc::default(),
        again: false,
        log: log.clone(),
        starts: starts.clone(),
        panics_in_drop: Some(drop_panics.clone()),
    });
    Seen { addr, meta, memory, log, starts, drop_panics }
}

fn entity(node: &Arc<Node>, name: &str) -> Seen {
    toy(node, Spec::entity(Kind::Other, name))
}

fn times(n: u32) -> Arc<Mutex<u32>> {
    Arc::new(Mutex::new(n))
}

async fn until(what: impl Fn() -> bool) {
    for _ in 0..10_000 {
        if what() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("it did not happen in time");
}

#[actix::test]
async fn f31_a_panic_keeps_the_address_the_queued_messages_and_the_event_itself() {
    let root = Node::root("f31");
    let one = entity(&root, "toy/f31");
    let other = entity(&root, "toy/f31-other");
    one.addr.do_send(Ask::Add(1));
    one.addr.do_send(Ask::Panic(times(1)));
    for n in 2..=40 {
        one.addr.do_send(Ask::Add(n)); // more than the mailbox's 16
        other.addr.do_send(Ask::Add(n));
    }
    assert_eq!(one.addr.send(Ask::Add(0)).await, Ok(1000 + (1..=40).sum::<u32>()));
    assert_eq!(one.meta.restarts(), 1);
    assert_eq!(*one.starts.borrow(), 2);
    assert_eq!(*other.starts.borrow(), 1);
    // each sum was reported once, in order
    let sums: Vec<u32> = one.log.borrow().clone();
    assert_eq!(sums.len(), 42);
    assert!(sums.windows(2).all(|w| w[0] <= w[1]), "{sums:?}");
    let fault = one.meta.last_fault().unwrap();
    assert_eq!(fault.message, "Panic");
    assert!(
        matches!(&fault.reason, Reason::Panicked(w, l) if w == "the till jams" && l.contains("tests.rs"))
    );
}

#[actix::test]
async fn f33_a_poison_event_is_tried_once_more_then_skipped_and_quarantined() {
    let root = Node::root("f33");
    let one = entity(&root, "toy/f33");
    one.addr.do_send(Ask::Add(7));
    one.addr.do_send(Ask::Panic(times(u32::MAX)));
    assert_eq!(one.addr.send(Ask::Add(1)).await, Ok(8));
    assert_eq!(one.meta.restarts(), 2);
    assert_eq!(one.meta.state(), State::Running);
    let kept: Vec<_> = quarantine::kept().into_iter().filter(|p| p.actor == "toy/f33").collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].message, "Panic");
    assert!(kept[0].event.starts_with(b"Panic("), "{:?}", kept[0].event);
    assert_eq!(kept[0].before, "Add(7);");
    assert!(kept[0].error_id > 0);
    assert!(one.memory.recover(&one.meta).0.degraded, "the view says that an event was skipped");
}

#[actix::test]
async fn f33_an_actor_that_goes_on_failing_is_set_aside_and_its_neighbour_never_notices() {
    tokio::time::pause();
    let root = Node::root("aside");
    let one = entity(&root, "toy/aside");
    let other = entity(&root, "toy/aside-other");
    for _ in 0..3 {
        one.addr.do_send(Ask::Panic(times(u32::MAX)));
    }
    until(|| one.meta.state() == State::SetAside).await;
    assert_eq!(one.meta.restarts(), 3, "three restarts in five seconds and no more");
    assert!(!one.addr.connected());
    assert_eq!(other.addr.send(Ask::Add(3)).await, Ok(3));
    assert_eq!(other.meta.restarts(), 0);
    assert_eq!(root.set_aside_total(), 1);
    let row = table::rows(&root).into_iter().find(|r| r.path == "aside > toy/aside").unwrap();
    assert_eq!((row.state, row.restarts), ("set_aside", 3));
    assert!(row.root_cause.unwrap().contains("the till jams"));
    root.forget(one.meta.id());
    assert_eq!(root.workers().len(), 1);
}

#[actix::test]
async fn f33_the_same_kind_skipped_three_times_is_not_tried_any_more() {
    tokio::time::pause();
    let root = Node::root("breaker");
    let one = entity(&root, "toy/breaker");
    for _ in 0..3 {
        one.addr.do_send(Ask::Panic(times(u32::MAX)));
        assert!(one.addr.send(Ask::Add(1)).await.is_ok());
        tokio::time::sleep(Duration::from_secs(6)).await;
    }
    assert_eq!(one.meta.restarts(), 6);
    let left = times(u32::MAX);
    one.addr.do_send(Ask::Panic(left.clone()));
    assert_eq!(one.addr.send(Ask::Add(1)).await, Ok(4));
    assert_eq!(*left.lock(), u32::MAX, "the handler was not entered");
    assert_eq!(one.meta.restarts(), 6);
}

#[actix::test]
async fn an_effect_that_was_out_before_the_fault_is_not_sent_again() {
    let root = Node::root("effects");
    let one = entity(&root, "toy/effects");
    one.addr.do_send(Ask::Add(1));
    assert_eq!(one.addr.send(Ask::Add(2)).await, Ok(3));
    let memory = Memory::new(Till { sum: 3, degraded: false });
    assert!(memory.begin(Input::Add(4)));
    let mut till = Rc::new(Till { sum: 3, degraded: false });
    let mut out = Vec::new();
    memory.apply(&mut till, &mut out);
    memory.sending(); // out, then the fault
    let (mut rebuilt, again) = memory.recover(&one.meta);
    assert!(again && rebuilt.sum == 3);
    let mut out = Vec::new();
    memory.apply(&mut rebuilt, &mut out);
    assert_eq!((rebuilt.sum, out.len(), memory.sent()), (7, 1, 1));
}

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
async fn a_second_panic_while_the_broken_state_is_thrown_away_does_not_end_the_process() {
    let root = Node::root("double");
    let one = entity(&root, "toy/double");
    *one.drop_panics.lock() = 1;
    one.addr.do_send(Ask::Add(1));
    one.addr.do_send(Ask::Panic(times(1)));
    assert_eq!(one.addr.send(Ask::Add(1)).await, Ok(1002));
    assert_eq!(*one.drop_panics.lock(), 0);
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
async fn f35_a_full_mailbox_refuses_at_once_and_loses_nothing_that_it_took() {
    let root = Node::root("f35");
    let one = entity(&root, "toy/f35");
    let neighbour = entity(&root, "toy/f35-neighbour");
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..100 {
        match one.addr.try_send(Ask::Add(1)) {
            Ok(()) => taken += 1,
            Err(SendError::Full(_)) => refused += 1,
            Err(SendError::Closed(_)) => panic!("closed"),
        }
    }
    assert!(taken >= 16 && refused >= 80, "{taken} taken, {refused} refused");
    assert_eq!(neighbour.addr.send(Ask::Add(1)).await, Ok(1));
    until(|| one.memory.since() > 0 || one.log.borrow().len() == taken as usize).await;
    assert_eq!(one.addr.send(Ask::Add(0)).await, Ok(taken));
}

#[test]
fn f36_a_frozen_handler_is_named_by_the_watchdog_and_others_go_on() {
    let root = Node::root("f36");
    let watchdog = Watchdog::start(&root).unwrap();
    let notices: Arc<Mutex<Vec<Notice>>> = Arc::default();
    let heard = notices.clone();
    listen(move |n| heard.lock().push(n.clone()));
    let (root_too, began) = (root.clone(), std::time::Instant::now());
    let frozen = std::thread::spawn(move || {
        System::new().block_on(async move {
            let one = entity(&root_too, "toy/frozen");
            one.addr.send(Ask::Sleep(Duration::from_millis(900))).await
        })
    });
    let mut named = None;
    while named.is_none() && began.elapsed() < Duration::from_secs(5) {
        named = watchdog.held().into_iter().find(|h| h.actor == "toy/frozen");
        std::thread::sleep(Duration::from_millis(5));
    }
    let named = named.expect("named while it was frozen");
    assert_eq!(named.message, "Sleep");
    assert!(watchdog.ready(), "not yet an alarm");
    // another thread of actors does not notice
    System::new().block_on(async {
        let other = entity(&root, "toy/not-frozen");
        assert_eq!(other.addr.send(Ask::Add(1)).await, Ok(1));
    });
    assert!(!frozen.is_finished());
    assert_eq!(frozen.join().unwrap(), Ok(0));
    let deadline = std::time::Instant::now() + Duration::from_secs(5);
    let freed =
        || notices.lock().iter().any(|n| matches!(n, Notice::Freed { actor, .. } if actor == "toy/frozen"));
    while !freed() && std::time::Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(freed(), "and that it let go");
    let heard = notices.lock();
    let mine = heard
        .iter()
        .filter(|n| matches!(n, Notice::Held { actor, alarm, .. } if actor == "toy/frozen" && !alarm));
    assert_eq!(mine.count(), 1, "one warning, not one a look");
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

#[actix::test]
async fn named_faults_strike_whom_they_name() {
    let root = Node::root("faults");
    let one = entity(&root, "toy/named-fault");
    assert!(fault::point(&one.meta, "Add").is_none());
    let set = fault::set("error:other:Add@toy/named-fault#1").unwrap();
    assert!(fault::point(&one.meta, "Sub").is_none());
    assert_eq!(fault::point(&one.meta, "Add"), Some(fault::Injected::Error));
    assert!(fault::point(&one.meta, "Add").is_none(), "only once");
    drop(set);
    for wrong in ["", "panic", "panic:", "boom:call", "sleep:call", "sleep:call:5", "panic:call:Hangup#x"] {
        assert!(fault::set(wrong).is_err(), "{wrong}");
    }
}
