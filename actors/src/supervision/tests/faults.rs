//! What happens to an actor that fails.

use super::*;

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
        matches!(&fault.reason, Reason::Panicked(w, l) if w == "the till jams" && l.contains("tests/mod.rs"))
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
            one.addr.send(Ask::Sleep(Duration::from_millis(2000))).await
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
