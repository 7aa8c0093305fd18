//! A supervisor: its children in the order they started, and what it does when one fails.
//!
//! It is no actor: what it decides it decides on the thread of the child that failed, under its own
//! lock, and siblings on any thread are told by an order and a wake-up. So there is no mailbox that
//! could be full and no supervisor that could be restarted itself.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::Duration;

use compact_str::CompactString;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::budget::Window;
use super::guard::Decision;
use super::meta::{Meta, Order, State, next_id};
use super::notice::{Notice, tell};
use super::spec::{AutoShutdown, Budget, Reason, Strategy};

/// Actors set aside that one supervisor lists; the oldest is forgotten first.
const MOST_SET_ASIDE: usize = 1_000;
/// The longest pause between two attempts of the root to start a part again.
const LONGEST_RETRY: Duration = Duration::from_secs(30);
/// A part that ran this long since its last start is taken to be well again.
const WELL_AGAIN: Duration = Duration::from_secs(60);
/// After the deadline of an ordered stop, how long a kill may take before the actor counts as held.
const KILL_GRACE: Duration = Duration::from_secs(1);

/// What a supervisor must know before it has children.
#[derive(Debug, Clone)]
pub struct NodeSpec {
    /// `pbx/<name>`.
    pub name: CompactString,
    /// Who is restarted with a child that failed.
    pub strategy: Strategy,
    /// More restarts than that within that time and it gives up: one level up decides.
    pub intensity: Budget,
    /// Whether the end of significant children is its own.
    pub auto_shutdown: AutoShutdown,
    /// Children are many and alike: they are stopped all at once.
    pub alike: bool,
}

impl NodeSpec {
    /// One for one, 3 restarts in 5 s.
    pub fn new(name: impl Into<CompactString>) -> Self {
        Self {
            name: name.into(),
            strategy: Strategy::OneForOne,
            intensity: Budget::default(),
            auto_shutdown: AutoShutdown::Never,
            alike: false,
        }
    }
}

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartState {
    /// As it should be.
    Running,
    /// Given up by itself; waits for the next attempt.
    Degraded,
    /// Being stopped, or stopped.
    Stopped,
}

#[derive(Debug, Clone)]
enum Child {
    Worker(Arc<Meta>),
    Part(Arc<Node>),
}

#[derive(Debug)]
struct Inner {
    children: BTreeMap<u64, Child>,
    set_aside: VecDeque<u64>,
    window: Window,
    state: PartState,
    root_cause: Option<Reason>,
    /// Attempts of the root in a row to start this part again.
    attempts: u32,
    started: Instant,
}

/// A supervisor.
#[derive(Debug)]
pub struct Node {
    id: u64,
    spec: NodeSpec,
    parent: Weak<Node>,
    set_aside_total: AtomicU64,
    inner: Mutex<Inner>,
}

/// How an ordered shutdown went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stopped {
    /// Stopped within their deadline.
    pub in_time: usize,
    /// Killed after it.
    pub killed: usize,
    /// Still on their thread, which something holds; they end as soon as it lets go.
    pub held: usize,
}

impl Node {
    /// The top: it never stops the process.
    pub fn root(name: &str) -> Arc<Self> {
        super::hook::install();
        Self::make(NodeSpec::new(name), Weak::new())
    }

    /// A supervisor below this one, started after its present children.
    pub fn part(self: &Arc<Self>, spec: NodeSpec) -> Arc<Self> {
        let node = Self::make(spec, Arc::downgrade(self));
        self.inner.lock().children.insert(node.id, Child::Part(node.clone()));
        node
    }

    fn make(spec: NodeSpec, parent: Weak<Self>) -> Arc<Self> {
        let inner = Inner {
            children: BTreeMap::new(),
            set_aside: VecDeque::new(),
            window: Window::default(),
            state: PartState::Running,
            root_cause: None,
            attempts: 0,
            started: Instant::now(),
        };
        Arc::new(Self {
            id: next_id(),
            spec,
            parent,
            set_aside_total: AtomicU64::new(0),
            inner: Mutex::new(inner),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// Running, degraded, stopped.
    pub fn state(&self) -> PartState {
        self.inner.lock().state
    }

    /// The first fault of the series that made it give up.
    pub fn root_cause(&self) -> Option<Reason> {
        self.inner.lock().root_cause.clone()
    }

    /// Actors set aside since it began.
    pub fn set_aside_total(&self) -> u64 {
        self.set_aside_total.load(Relaxed)
    }

    /// Restarts that still count against its intensity.
    pub fn restarts_in_window(&self) -> (usize, Budget) {
        let used = self.inner.lock().window.used(self.spec.intensity, Instant::now());
        (used, self.spec.intensity)
    }

    /// Its actors, in the order they started; those set aside too.
    pub fn workers(&self) -> Vec<Arc<Meta>> {
        let children = self.children();
        children.into_iter().filter_map(|c| if let Child::Worker(m) = c { Some(m) } else { None }).collect()
    }

    /// The supervisors below it, in the order they started.
    pub fn parts(&self) -> Vec<Arc<Node>> {
        let children = self.children();
        children.into_iter().filter_map(|c| if let Child::Part(n) = c { Some(n) } else { None }).collect()
    }

    /// Its actor of that id.
    pub(super) fn worker(&self, id: u64) -> Option<Arc<Meta>> {
        match self.inner.lock().children.get(&id) {
            Some(Child::Worker(meta)) => Some(meta.clone()),
            Some(Child::Part(_)) | None => None,
        }
    }

    /// Ends every actor below without asking.
    pub fn kill(&self) {
        self.stop_taking();
        self.order_all(Order::Kill);
    }

    /// Ends one actor below without asking; `false` when there is none of that id.
    pub fn kill_one(&self, id: u64) -> bool {
        self.children().into_iter().any(|child| match child {
            Child::Worker(meta) if meta.id() == id => {
                meta.order(Order::Kill);
                true
            }
            Child::Worker(_) => false,
            Child::Part(node) => node.kill_one(id),
        })
    }

    /// Forgets an actor that was set aside.
    pub fn forget(&self, id: u64) {
        let forgotten = {
            let mut inner = self.inner.lock();
            if !inner.set_aside.contains(&id) {
                return;
            }
            inner.set_aside.retain(|aside| *aside != id);
            inner.children.remove(&id)
        };
        if let Some(Child::Worker(child)) = forgotten {
            tell(&Notice::Forgotten { actor: child.name().into() });
        }
    }

    /// Stops all that is below in the reverse order of starting, each within its deadline.
    pub async fn shutdown(self: &Arc<Self>) -> Stopped {
        self.stop_taking();
        let mut stopped = Stopped::default();
        let children = self.children();
        if self.spec.alike {
            for child in &children {
                if let Child::Worker(meta) = child {
                    meta.order(Order::Stop);
                }
            }
        }
        for child in children.iter().rev() {
            match child {
                Child::Worker(meta) => stop_worker(meta, &mut stopped).await,
                Child::Part(node) => {
                    let below = Box::pin(node.shutdown()).await;
                    stopped.in_time += below.in_time;
                    stopped.killed += below.killed;
                    stopped.held += below.held;
                }
            }
        }
        stopped
    }

    fn stop_taking(&self) {
        self.inner.lock().state = PartState::Stopped;
    }

    fn children(&self) -> Vec<Child> {
        self.inner.lock().children.values().cloned().collect()
    }

    fn order_all(&self, order: Order) {
        for child in self.children() {
            match child {
                Child::Worker(meta) => meta.order(order),
                Child::Part(node) => node.order_all(order),
            }
        }
    }

    pub(super) fn adopt(&self, meta: &Arc<Meta>) {
        let stopped = {
            let mut inner = self.inner.lock();
            inner.children.insert(meta.id(), Child::Worker(meta.clone()));
            inner.state == PartState::Stopped
        };
        if stopped {
            meta.order(Order::Kill);
        }
    }

    /// A child charged to this supervisor ended and is to be restarted: now, after a pause, or not
    /// before one level up says so.
    pub(super) fn child_failed(self: &Arc<Self>, child: &Meta, reason: &Reason) -> Decision {
        let now = Instant::now();
        let booked = {
            let mut inner = self.inner.lock();
            if inner.state == PartState::Stopped {
                return Decision::End;
            }
            if inner.window.used(self.spec.intensity, now) == 0 {
                inner.root_cause = Some(reason.clone());
            }
            inner.window.book(self.spec.intensity, now, child.id())
        };
        match booked {
            // the intensity is everybody's, the pause its own: a sibling's faults do not delay it
            Some(pause) => {
                self.restart_siblings(child.id());
                Decision::Restart(child.book(self.spec.intensity, now).unwrap_or(pause))
            }
            None => {
                self.give_up();
                Decision::Park
            }
        }
    }

    fn restart_siblings(&self, failed: u64) {
        let with_it = |id: u64| match self.spec.strategy {
            Strategy::OneForOne => false,
            Strategy::RestForOne => id > failed,
            Strategy::OneForAll => id != failed,
        };
        let children: Vec<_> = self
            .inner
            .lock()
            .children
            .iter()
            .filter(|(id, _)| with_it(**id))
            .map(|(_, c)| c.clone())
            .collect();
        for child in children {
            match child {
                Child::Worker(meta) => meta.order(Order::Restart),
                Child::Part(node) => node.order_all(Order::Restart),
            }
        }
    }

    /// Its intensity is used up: all below wait, and one level up decides when they go on.
    fn give_up(self: &Arc<Self>) {
        let cause = {
            let mut inner = self.inner.lock();
            inner.state = PartState::Degraded;
            inner.root_cause.clone().unwrap_or(Reason::Normal)
        };
        self.order_all(Order::Park);
        let cause = Reason::Escalated(Box::new(cause.root_cause().clone()));
        log::error!("part={} gave up: {cause}", self.name());
        match self.parent.upgrade() {
            Some(parent) => parent.part_failed(self, cause),
            None => self.retry_later(cause),
        }
    }

    /// A part below gave up. The root retries it for ever; any other supervisor restarts it within
    /// its own intensity, then gives up itself.
    fn part_failed(self: &Arc<Self>, part: &Arc<Self>, cause: Reason) {
        if self.parent.upgrade().is_none() {
            part.retry_later(cause);
            return;
        }
        let booked = {
            let mut inner = self.inner.lock();
            let now = Instant::now();
            if inner.window.used(self.spec.intensity, now) == 0 {
                inner.root_cause = Some(cause.clone());
            }
            inner.window.book(self.spec.intensity, now, part.id)
        };
        match booked {
            Some(pause) => {
                self.restart_siblings(part.id);
                part.revive_after(pause, cause);
            }
            None => self.give_up(),
        }
    }

    fn retry_later(self: &Arc<Self>, cause: Reason) {
        let pause = {
            let mut inner = self.inner.lock();
            if inner.started.elapsed() > WELL_AGAIN {
                inner.attempts = 0;
            }
            let pause = Duration::from_secs(1) * 2_u32.saturating_pow(inner.attempts.min(10));
            inner.attempts += 1;
            pause.min(LONGEST_RETRY)
        };
        self.revive_after(pause, cause);
    }

    fn revive_after(self: &Arc<Self>, pause: Duration, cause: Reason) {
        tell(&Notice::Degraded { part: self.spec.name.clone(), cause, retry_in: pause });
        let node = self.clone();
        actix::spawn(async move {
            tokio::time::sleep(pause).await;
            node.revive();
        });
    }

    /// Starts all below again, in the order they first started.
    fn revive(&self) {
        {
            let mut inner = self.inner.lock();
            if inner.state == PartState::Stopped {
                return;
            }
            inner.state = PartState::Running;
            inner.window.clear();
            inner.started = Instant::now();
        }
        for child in self.children() {
            match child {
                Child::Worker(meta) if matches!(meta.state(), State::SetAside | State::Ended) => {}
                Child::Worker(meta) => meta.order(Order::Restart),
                Child::Part(node) => node.revive(),
            }
        }
        log::warn!("part={} started again", self.name());
        tell(&Notice::Recovered { part: self.spec.name.clone() });
    }

    pub(super) fn child_ended(self: &Arc<Self>, child: &Meta, reason: &Reason) {
        let aside = matches!(reason, Reason::BudgetUsedUp(_));
        let shut = {
            let mut inner = self.inner.lock();
            if aside {
                inner.set_aside.push_back(child.id());
                if inner.set_aside.len() > MOST_SET_ASIDE
                    && let Some(oldest) = inner.set_aside.pop_front()
                {
                    inner.children.remove(&oldest);
                }
            } else {
                inner.children.remove(&child.id());
            }
            child.spec().significant && inner.state == PartState::Running && match self.spec.auto_shutdown {
                AutoShutdown::Never => false,
                AutoShutdown::AnySignificant => true,
                AutoShutdown::AllSignificant => !inner.children.values().any(
                    |c| matches!(c, Child::Worker(m) if m.spec().significant && m.state() != State::SetAside),
                ),
            }
        };
        if aside {
            self.set_aside_total.fetch_add(1, Relaxed);
            log::error!("actor={} set aside: {reason}", child.name());
            tell(&Notice::SetAside { actor: child.name().into(), kind: child.kind(), cause: reason.clone() });
        }
        if shut {
            let node = self.clone();
            actix::spawn(async move {
                node.shutdown().await;
            });
        }
    }
}

async fn stop_worker(meta: &Meta, stopped: &mut Stopped) {
    if matches!(meta.state(), State::SetAside | State::Ended) {
        return;
    }
    meta.order(Order::Stop);
    if meta.wait_end(meta.spec().shutdown).await {
        stopped.in_time += 1;
        return;
    }
    meta.order(Order::Kill);
    if meta.wait_end(KILL_GRACE).await {
        stopped.killed += 1;
    } else {
        stopped.held += 1;
    }
}
