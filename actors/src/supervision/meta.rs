//! The control block of one actor: what others may read of it, and order it, without a message.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, OnceLock, Weak};
use std::task::Waker;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::budget::Window;
use super::node::Node;
use super::spec::{Budget, Charge, Kind, Reason, Spec};
use super::watchdog::Beat;

/// What an actor is doing, as a supervisor sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// Handling messages.
    Running = 0,
    /// Waiting before a restart.
    Pausing = 1,
    /// Stopped with its supervisor; waits to be started again, its mailbox kept.
    Parked = 2,
    /// Used up its budget: ended, listed.
    SetAside = 3,
    /// Ended.
    Ended = 4,
}

impl State {
    fn from_byte(byte: u8) -> Self {
        match byte {
            0 => Self::Running,
            1 => Self::Pausing,
            2 => Self::Parked,
            3 => Self::SetAside,
            _ => Self::Ended,
        }
    }

    /// In one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Pausing => "pausing",
            Self::Parked => "parked",
            Self::SetAside => "set_aside",
            Self::Ended => "ended",
        }
    }
}

/// What a supervisor asks of an actor. The higher replaces the lower that was not yet obeyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Order {
    None = 0,
    Park = 1,
    Restart = 2,
    Stop = 3,
    Kill = 4,
}

/// A fault, as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What happened.
    pub reason: Reason,
    /// While handling that message.
    pub message: &'static str,
    /// Id in the log line of the panic; 0 for an error that was reported.
    pub error_id: u64,
}

#[derive(Debug, Default)]
struct Faults {
    window: Window,
    /// Of the current series: the root cause.
    first: Option<Fault>,
    last: Option<Fault>,
}

/// One actor as its supervisor, the watchdog and the admin screen see it.
#[derive(Debug)]
pub struct Meta {
    id: u64,
    spec: Spec,
    parent: Weak<Node>,
    state: AtomicU8,
    polling: AtomicBool,
    message: Mutex<&'static str>,
    messages: AtomicU64,
    busy_ns: AtomicU64,
    restarts: AtomicU64,
    faults: Mutex<Option<Box<Faults>>>,
    leaving: Mutex<Option<Box<Reason>>>,
    order: AtomicU8,
    waker: OnceLock<Waker>,
    ended: Notify,
}

static IDS: AtomicU64 = AtomicU64::new(1);
static RESTARTS: [AtomicU64; Kind::ALL.len()] = [const { AtomicU64::new(0) }; Kind::ALL.len()];

/// Restarts of actors of that kind since the process began.
pub fn restarts_total(kind: Kind) -> u64 {
    RESTARTS.get(kind as usize).map_or(0, |n| n.load(Relaxed))
}

pub(super) fn next_id() -> u64 {
    IDS.fetch_add(1, Relaxed)
}

impl Meta {
    pub(super) fn new(spec: Spec, parent: &Arc<Node>) -> Arc<Self> {
        Arc::new(Self {
            id: next_id(),
            spec,
            parent: Arc::downgrade(parent),
            state: AtomicU8::new(State::Running as u8),
            polling: AtomicBool::new(false),
            message: Mutex::new(""),
            messages: AtomicU64::new(0),
            busy_ns: AtomicU64::new(0),
            restarts: AtomicU64::new(0),
            faults: Mutex::new(None),
            leaving: Mutex::new(None),
            order: AtomicU8::new(Order::None as u8),
            waker: OnceLock::new(),
            ended: Notify::new(),
        })
    }

    /// Unique in the process; grows in the order of starting.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// `call/<id>`.
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// What kind of actor.
    pub fn kind(&self) -> Kind {
        self.spec.kind
    }

    /// How it was to be started, restarted and stopped.
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Running, pausing, parked, set aside, ended.
    pub fn state(&self) -> State {
        State::from_byte(self.state.load(SeqCst))
    }

    /// It is on its thread right now.
    pub fn is_polling(&self) -> bool {
        self.polling.load(Relaxed)
    }

    /// The message it handles, or handled last.
    pub fn message(&self) -> &'static str {
        *self.message.lock()
    }

    /// Messages begun.
    pub fn messages(&self) -> u64 {
        self.messages.load(Relaxed)
    }

    /// Time on its thread, estimated from one poll in 64.
    pub fn busy(&self) -> Duration {
        Duration::from_nanos(self.busy_ns.load(Relaxed))
    }

    /// Restarts since it was started.
    pub fn restarts(&self) -> u64 {
        self.restarts.load(Relaxed)
    }

    /// Restarts that still count against its own budget, and that budget; `None` when its
    /// supervisor's counts.
    pub fn restarts_in_window(&self) -> Option<(usize, Budget)> {
        let Charge::Own(budget) = self.spec.charge else { return None };
        let used = self.faults.lock().as_mut().map_or(0, |f| f.window.used(budget, Instant::now()));
        Some((used, budget))
    }

    /// The last fault.
    pub fn last_fault(&self) -> Option<Fault> {
        self.faults.lock().as_ref().and_then(|f| f.last.clone())
    }

    /// The first fault of the current series: the root cause.
    pub fn first_fault(&self) -> Option<Fault> {
        self.faults.lock().as_ref().and_then(|f| f.first.clone())
    }

    /// To be called by the actor before it works on a message: names it for the panic hook, the
    /// watchdog and the tables.
    pub fn handling(&self, message: &'static str) {
        *self.message.lock() = message;
        // one writer: the actor's own thread
        self.messages.store(self.messages.load(Relaxed) + 1, Relaxed);
    }

    /// To be called by the actor before `ctx.stop()`: why it stops. Without it the end is normal.
    pub fn leave(&self, reason: Reason) {
        *self.leaving.lock() = Some(Box::new(reason));
    }

    pub(super) fn take_leave(&self) -> Option<Reason> {
        self.leaving.lock().take().map(|reason| *reason)
    }

    pub(super) fn parent(&self) -> Option<Arc<Node>> {
        self.parent.upgrade()
    }

    pub(super) fn set_state(&self, state: State) {
        self.state.store(state as u8, SeqCst);
        if matches!(state, State::SetAside | State::Ended) {
            self.ended.notify_waiters();
        }
    }

    pub(super) fn order(&self, order: Order) {
        self.order.fetch_max(order as u8, SeqCst);
        if let Some(waker) = self.waker.get() {
            waker.wake_by_ref();
        }
    }

    pub(super) fn take_order(&self) -> Order {
        if self.order.load(Relaxed) == Order::None as u8 {
            return Order::None;
        }
        match self.order.swap(Order::None as u8, SeqCst) {
            1 => Order::Park,
            2 => Order::Restart,
            3 => Order::Stop,
            4 => Order::Kill,
            _ => Order::None,
        }
    }

    /// The task of an actor never changes, so its first waker is good for life.
    pub(super) fn remember_waker(&self, waker: &Waker) {
        let _ = self.waker.set(waker.clone());
    }

    pub(super) fn note_fault(&self, fault: Fault) {
        let mut faults = self.faults.lock();
        let faults = faults.get_or_insert_default();
        if faults.first.is_none() {
            faults.first = Some(fault.clone());
        }
        faults.last = Some(fault);
    }

    /// Books a restart on its own budget: the pause before it, or the root cause when there is
    /// none left. A window that had run empty begins a new series.
    pub(super) fn book(&self, budget: Budget, now: Instant) -> Result<Duration, Reason> {
        let mut faults = self.faults.lock();
        let faults = faults.get_or_insert_default();
        if faults.window.used(budget, now) == 0 {
            faults.first.clone_from(&faults.last);
        }
        let seed = self.id ^ self.restarts.load(Relaxed);
        match faults.window.book(budget, now, seed) {
            Some(pause) => Ok(pause),
            None => Err(faults.first.as_ref().map_or(Reason::Normal, |f| f.reason.clone())),
        }
    }

    pub(super) fn count_restart(&self) {
        self.restarts.fetch_add(1, Relaxed);
        if let Some(n) = RESTARTS.get(self.spec.kind as usize) {
            n.fetch_add(1, Relaxed);
        }
    }

    pub(super) fn add_busy(&self, time: Duration) {
        let ns = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.busy_ns.store(self.busy_ns.load(Relaxed).saturating_add(ns), Relaxed);
    }

    /// Waits until it has ended or was set aside; `false` when that took longer.
    pub(super) async fn wait_end(&self, most: Duration) -> bool {
        let over = || matches!(self.state(), State::SetAside | State::Ended);
        tokio::time::timeout(most, async {
            loop {
                let woken = self.ended.notified();
                if over() {
                    return;
                }
                woken.await;
            }
        })
        .await
        .is_ok()
    }
}

/// What this thread runs now.
pub(super) struct Here {
    current: RefCell<Option<Arc<Meta>>>,
    beat: Arc<Beat>,
    sample: Cell<u32>,
    panic: RefCell<Option<Place>>,
}

/// Where the last panic of this thread began, left by the panic hook for the kernel.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) location: compact_str::CompactString,
    pub(super) error_id: u64,
}

thread_local! {
    static HERE: Here = Here {
        current: RefCell::new(None),
        beat: Beat::register(),
        sample: Cell::new(0),
        panic: RefCell::new(None),
    };
}

/// One poll in this many is timed.
const TIMED: u32 = 64;

/// Runs `work` as that actor: the panic hook and the watchdog know whose work it is. The block is
/// moved in and out, so that this costs no reference count.
pub(super) fn run_as<T>(slot: &mut Option<Arc<Meta>>, work: impl FnOnce() -> T) -> T {
    if HERE.try_with(|_| ()).is_err() {
        return work(); // the thread ends and drops what was on it
    }
    HERE.with(|here| {
        let sample = here.sample.get().wrapping_add(1);
        here.sample.set(sample);
        let began = sample.is_multiple_of(TIMED).then(std::time::Instant::now);
        if let Some(meta) = slot.as_ref() {
            meta.polling.store(true, Relaxed);
            here.beat.enter(meta.id);
        }
        *here.current.borrow_mut() = slot.take();
        let result = work();
        *slot = here.current.borrow_mut().take();
        here.beat.leave();
        if let Some(meta) = slot.as_ref() {
            meta.polling.store(false, Relaxed);
            if let Some(began) = began {
                meta.add_busy(began.elapsed() * TIMED);
            }
        }
        result
    })
}

/// The actor that runs on this thread now. Never panics: the panic hook asks.
pub(super) fn current() -> Option<Arc<Meta>> {
    HERE.try_with(|here| here.current.try_borrow().ok().and_then(|c| c.clone())).ok().flatten()
}

pub(super) fn leave_place(place: Place) {
    let _ = HERE.try_with(|here| {
        if let Ok(mut slot) = here.panic.try_borrow_mut() {
            *slot = Some(place);
        }
    });
}

pub(super) fn take_place() -> Option<Place> {
    HERE.with(|here| here.panic.borrow_mut().take())
}

/// This thread's beat.
pub(super) fn beat() -> Arc<Beat> {
    HERE.with(|here| here.beat.clone())
}
