//! What the actors of one PBX share on their arbiter.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant as Wall};

use actix::prelude::*;
use compact_str::format_compact;
use tokio::time::Instant;

use super::counters::{PbxCounters, add};
use super::desk::Desk;
use super::history::History;
use super::sessions::Held;
use super::slots::{Slot, Slots};
use super::walks::Walks;
use crate::agent::AgentState;
use crate::agent::actor::AgentInput;
use crate::board::{Board, Urgency};
use crate::call::CallState;
use crate::call::actor::{Await, CallInput, GiveUp, Given};
use crate::command::{BadValue, ContextName};
use crate::fact::{Fact, Outbox, Tell};
use crate::keys::{CallKey, Epoch, Micros};
use crate::numbers::Numbers;
use crate::ports::{AskLink, SendAction};
use crate::queue::actor::QueueInput;
use crate::queue::{CallerNews, QueueState};
use crate::router::table::{At, Delivery, Table};
use crate::settings::Settings;
use crate::shell::{Entity, Flush, HandOver, Lasting, Over, Shell, Take};
use crate::supervision::{Kind, Memory, Node, Spec, start};
use crate::trunk::TrunkState;
use crate::trunk::actor::TrunkInput;
use crate::view::{Table as Rows, Text};

/// Where a transfer may go.
#[derive(Debug, Clone, Default)]
pub struct Contexts {
    /// When the command names no context; without it, that of the call's own phones.
    pub default: Option<ContextName>,
    /// What a command may name besides.
    pub allowed: Vec<ContextName>,
}

impl Contexts {
    /// The same for somebody whose site has a context of its own.
    pub fn choose_for(
        &self,
        own: Option<&Text>,
        asked: Option<&ContextName>,
        phones: Option<ContextName>,
    ) -> Result<ContextName, BadValue> {
        match own.and_then(|own| ContextName::parse(own).ok()) {
            Some(own) if asked.is_none_or(|asked| *asked == own) => Ok(own),
            _ => self.choose(asked, phones),
        }
    }

    /// The context to use, or why not. `phones`: where the phones of that call dial.
    pub fn choose(
        &self,
        asked: Option<&ContextName>,
        phones: Option<ContextName>,
    ) -> Result<ContextName, BadValue> {
        match (asked, self.default.as_ref().or(phones.as_ref())) {
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => Err(BadValue {
                field: "context",
                expected: "a transfer_context in the settings of this PBX, since no phone is on this call",
            }),
            (Some(asked), default) if default == Some(asked) || self.allowed.contains(asked) => {
                Ok(asked.clone())
            }
            (Some(_), _) => {
                Err(BadValue { field: "context", expected: "a context that transfers may go to" })
            }
        }
    }
}

/// What the actors of one PBX need from outside.
pub struct Parts {
    /// The PBX as configured.
    pub settings: Arc<Settings>,
    /// Where transfers may go.
    pub contexts: Contexts,
    /// Which numbers may be dialled.
    pub numbers: Arc<Numbers>,
    /// Where views go.
    pub board: Arc<Board>,
    /// Where records of ended calls go.
    pub history: Arc<History>,
    /// What is counted.
    pub counters: Arc<PbxCounters>,
    /// Where actions go.
    pub actions: Recipient<SendAction>,
    /// Where doubts go.
    pub doubts: Recipient<AskLink>,
}

/// See the module.
pub struct Shard {
    pub(crate) settings: Arc<Settings>,
    pub(crate) contexts: Contexts,
    pub(crate) numbers: Arc<Numbers>,
    /// What waits for calls that are to come.
    pub(crate) desk: Rc<Desk>,
    /// Callers who walk flows.
    pub(crate) walks: Walks,
    /// Callers who talk with assistants.
    pub(crate) sessions: Held,
    began: Instant,
    salt: std::hash::RandomState,
    made: Cell<u64>,
    pub(crate) board: Arc<Board>,
    pub(crate) counters: Arc<PbxCounters>,
    pub(crate) actions: Recipient<SendAction>,
    pub(crate) doubts: Recipient<AskLink>,
    history: Arc<History>,
    /// Supervisor of the entities.
    node: Arc<Node>,
    pub(crate) table: RefCell<Table>,
    pub(crate) calls: RefCell<Slots<CallState>>,
    pub(crate) agents: RefCell<Slots<AgentState>>,
    pub(crate) queues: RefCell<Slots<QueueState>>,
    pub(crate) trunks: RefCell<Slots<TrunkState>>,
    /// Whether the link is connected; commands need it.
    pub(crate) link_up: Cell<bool>,
    /// One outbox for all, since one works at a time; it keeps its room.
    pub(crate) outbox: Cell<Outbox>,
    urgent: RefCell<Vec<(Kind, u32)>>,
    soon: RefCell<Vec<(Kind, u32)>>,
    /// Last event on the PBX's clock, and ours then.
    clock: Cell<(Micros, Option<Instant>)>,
    received: Cell<Wall>,
    busy: Cell<bool>,
    /// How many were set aside when they were last looked for.
    set_aside_shown: Cell<u64>,
    turn: Cell<usize>,
}

/// What the Uniqueids begin with that we choose for channels of ours.
pub const OUR_LEGS: &str = "vigie-";

/// Turns of 20 ms in which everybody is looked at once for being quiet.
const QUIET_TURNS: usize = 50;

impl Shard {
    /// Of a PBX of which nothing is known yet.
    pub fn new(parts: Parts, node: Arc<Node>) -> Rc<Self> {
        Rc::new(Self {
            table: RefCell::new(Table::new(parts.settings.clone(), Epoch::default())),
            settings: parts.settings,
            contexts: parts.contexts,
            numbers: parts.numbers,
            desk: Rc::default(),
            walks: Walks::default(),
            sessions: Held::default(),
            began: Instant::now(),
            salt: std::hash::RandomState::new(),
            made: Cell::new(0),
            board: parts.board,
            counters: parts.counters,
            actions: parts.actions,
            doubts: parts.doubts,
            history: parts.history,
            node,
            calls: RefCell::default(),
            agents: RefCell::default(),
            queues: RefCell::default(),
            trunks: RefCell::default(),
            link_up: Cell::new(false),
            outbox: Cell::default(),
            urgent: RefCell::default(),
            soon: RefCell::default(),
            clock: Cell::new((Micros::default(), None)),
            received: Cell::new(Wall::now()),
            busy: Cell::new(false),
            set_aside_shown: Cell::new(0),
            turn: Cell::new(0),
        })
    }

    /// Time on the PBX's clock, as far as its events and ours tell.
    pub fn now(&self) -> Micros {
        let (at, then) = self.clock.get();
        let passed = then.map_or(0, |then| i64::try_from(then.elapsed().as_micros()).unwrap_or(i64::MAX));
        Micros(at.0.saturating_add(passed))
    }

    /// Since this was made, on our clock.
    pub(crate) fn uptime(&self) -> Duration {
        self.began.elapsed()
    }

    /// A Uniqueid that no channel had before: made by us for one that is to come.
    pub(crate) fn new_uniqueid(&self) -> Text {
        let n = self.made.get() + 1;
        self.made.set(n);
        let salt = std::hash::BuildHasher::hash_one(&self.salt, n);
        format_compact!("{OUR_LEGS}{salt:016x}-{n}")
    }

    /// Time of the last event, on the PBX's clock.
    pub fn last_event(&self) -> Micros {
        self.clock.get().0
    }

    /// When the bytes that are worked on now were taken, for the delay to the screen.
    pub fn received(&self) -> Wall {
        self.received.get()
    }

    /// A chunk of events begins.
    pub(crate) fn receive(&self) {
        self.received.set(Wall::now());
    }

    /// An event said what time it is there. Only forward: F11, F53.
    pub(crate) fn set_clock(&self, at: Micros) {
        if at > self.clock.get().0 {
            self.clock.set((at, None));
        }
    }

    /// The chunk is done: from here on our own clock counts. One reading a chunk, none an event.
    pub(crate) fn anchor_clock(&self) {
        let (at, then) = self.clock.get();
        if then.is_none() {
            self.clock.set((at, Some(Instant::now())));
        }
    }

    pub(crate) fn fact(&self, fact: Fact) {
        self.history.note(&self.settings.pbx, fact);
    }

    pub(crate) fn tell(self: &Rc<Self>, tell: Tell) {
        match tell {
            Tell::Endpoint(endpoint, news) => {
                let at = self.table.borrow().at(&endpoint);
                match at {
                    At::Agent(no) => self.send(&self.agents, no.0, AgentInput::Leg(Arc::new(news))),
                    At::Trunk(no) => self.send(&self.trunks, no.0, TrunkInput::Leg(Box::new(news))),
                    At::Nobody => {}
                }
            }
            Tell::Queue(name, news) => {
                let mut started = Vec::new();
                let no = self.table.borrow_mut().queue(&name, &mut started);
                for delivery in started {
                    if let Delivery::StartQueue(no, name) = delivery {
                        self.start_queue(no.0, &name, told_at(&news));
                    }
                }
                self.send(&self.queues, no.0, QueueInput::Caller(Box::new(news)));
            }
        }
    }

    /// Hands an input to an actor; one that was killed is started anew from its memory, for one set
    /// aside it is counted.
    pub(crate) fn send<E: Entity>(self: &Rc<Self>, slots: &RefCell<Slots<E>>, no: u32, input: E::Input) {
        let dead = match slots.borrow().get(no) {
            None => {
                add(&self.counters.undelivered);
                return;
            }
            Some(slot) if slot.lives() => {
                slot.addr.do_send(Take(input));
                return;
            }
            Some(slot) => slot.is_set_aside(),
        };
        if dead {
            add(&self.counters.undelivered);
            return;
        }
        self.start_again(slots, no);
        if let Some(slot) = slots.borrow().get(no) {
            slot.addr.do_send(Take(input));
        }
    }

    /// Starts an actor anew from what outlived the one before.
    pub(crate) fn start_again<E: Entity>(self: &Rc<Self>, slots: &RefCell<Slots<E>>, no: u32) {
        let Some(old) = slots.borrow_mut().take(no) else { return };
        self.node.forget(old.meta.id());
        let slot = self.start_slot(old.meta.name(), no, old.memory, old.side);
        slots.borrow_mut().put(no, slot);
    }

    fn start_slot<E: Entity>(
        self: &Rc<Self>,
        name: &str,
        no: u32,
        memory: Rc<Memory<E>>,
        side: Rc<E::Side>,
    ) -> Slot<E> {
        let (kept, kept_side) = (memory.clone(), side.clone());
        let (addr, meta) = start(&self.node, Spec::entity(E::KIND, name), |ctx, meta| {
            Shell::from_memory(Lasting {
                meta: meta.clone(),
                memory,
                shard: self.clone(),
                no,
                me: ctx.address(),
                side,
            })
        });
        Slot { addr, memory: kept, meta, side: kept_side }
    }

    fn start_new<E: Entity>(self: &Rc<Self>, slots: &RefCell<Slots<E>>, name: &str, no: u32, state: E) {
        let slot = self.start_slot(name, no, Rc::new(Memory::new(state)), Rc::default());
        slots.borrow_mut().put(no, slot);
    }

    pub(crate) fn start_call(self: &Rc<Self>, no: u32, linkedid: Text, at: Micros) {
        let key = CallKey { pbx: self.settings.pbx.clone(), epoch: self.table.borrow().epoch(), linkedid };
        let name = format_compact!("call/{key}");
        self.start_new(&self.calls, &name, no, CallState::new(self.settings.clone(), key, at));
    }

    pub(crate) fn start_agent(self: &Rc<Self>, no: u32, endpoint: Text, at: Micros) {
        let name = format_compact!("agent/{}~{endpoint}", self.settings.pbx);
        let state = AgentState::new(self.settings.clone(), endpoint, at);
        self.start_new(&self.agents, &name, no, state);
    }

    pub(crate) fn start_queue(self: &Rc<Self>, no: u32, queue: &Text, at: Micros) {
        let name = format_compact!("queue/{}~{queue}", self.settings.pbx);
        let state = QueueState::new(self.settings.clone(), queue.clone(), at);
        self.start_new(&self.queues, &name, no, state);
    }

    pub(crate) fn start_trunk(self: &Rc<Self>, no: u32, endpoint: Text) {
        let name = format_compact!("trunk/{}~{endpoint}", self.settings.pbx);
        let state = TrunkState::new(self.settings.clone(), endpoint);
        self.start_new(&self.trunks, &name, no, state);
    }

    /// Two calls met: the first gives its state to the second and leaves.
    pub(crate) fn absorb(self: &Rc<Self>, from: u32, into: u32, at: Micros) {
        let Some(younger) = self.calls.borrow_mut().take(from) else { return };
        let state = HandOver::default();
        if younger.lives() {
            younger.addr.do_send(GiveUp(state.clone()));
        } else {
            // set aside or killed: what its memory holds is all there is
            let (call, _) = younger.memory.recover(&younger.meta);
            self.board.remove(Rows::Calls, &call.id(), Urgency::Urgent);
            state.fill(Given::of(CallState::clone(&call), &younger.side));
            self.node.forget(younger.meta.id());
        }
        if let Some(older) = self.calls.borrow().get(into) {
            older.addr.do_send(Await { from: state, at });
        }
    }

    /// The last leg of that call is gone. Of one set aside or killed, its memory tells the rest: no
    /// record is lost and nobody stays on a call that is over.
    pub(crate) fn call_over(self: &Rc<Self>, no: u32) {
        let Some(slot) = self.calls.borrow_mut().take(no) else { return };
        if slot.lives() {
            slot.addr.do_send(Over);
            return;
        }
        let (mut call, _) = slot.memory.recover(&slot.meta);
        let mut out = Outbox::default();
        Rc::make_mut(&mut call).ended_by_restart(self.last_event(), &mut out);
        out.facts.drain(..).for_each(|fact| self.fact(fact));
        out.tells.drain(..).for_each(|tell| self.tell(tell));
        self.board.remove(Rows::Calls, &call.id(), Urgency::Urgent);
        self.node.forget(slot.meta.id());
    }

    /// Before everything is compared: those set aside get another chance, from their memory.
    pub(crate) fn take_back_set_aside(self: &Rc<Self>) {
        fn back<E: Entity>(shard: &Rc<Shard>, slots: &RefCell<Slots<E>>) {
            let aside: Vec<u32> =
                slots.borrow().iter().filter(|(_, s)| s.is_set_aside()).map(|(no, _)| no).collect();
            aside.into_iter().for_each(|no| shard.start_again(slots, no));
        }
        back(self, &self.calls);
        back(self, &self.agents);
        back(self, &self.queues);
        back(self, &self.trunks);
    }

    /// The PBX restarted: its calls ended with it, everybody else goes on without legs.
    pub(crate) fn pbx_restarted(self: &Rc<Self>, calls: impl Iterator<Item = u32>) {
        let last_proven = self.last_event();
        for no in calls {
            self.send(&self.calls, no, CallInput::Restarted(last_proven));
            self.call_over(no);
        }
        self.each(&self.agents, || AgentInput::Restarted(last_proven));
        self.each(&self.queues, || QueueInput::Restarted(last_proven));
        self.each(&self.trunks, || TrunkInput::Restarted(last_proven));
    }

    /// Everything was compared and is live.
    pub(crate) fn confirm_all(self: &Rc<Self>) {
        self.each(&self.calls, || CallInput::Confirmed);
        self.each(&self.agents, || AgentInput::Confirmed);
        self.each(&self.queues, || QueueInput::Confirmed);
        self.each(&self.trunks, || TrunkInput::Confirmed);
    }

    fn each<E: Entity>(self: &Rc<Self>, slots: &RefCell<Slots<E>>, input: impl Fn() -> E::Input) {
        let all: Vec<u32> = slots.borrow().iter().map(|(no, _)| no).collect();
        for no in all {
            self.send(slots, no, input());
        }
    }

    /// That actor's row changed: it is asked for at the end of the chunk, or within 20 ms.
    pub(crate) fn dirty(&self, kind: Kind, no: u32, urgent: bool) {
        let list = if urgent { &self.urgent } else { &self.soon };
        list.borrow_mut().push((kind, no));
    }

    /// The last chunk was full: there is more to read.
    pub(crate) fn busy(&self, busy: bool) {
        self.busy.set(busy);
    }

    /// Whether rows are kept back: there is more to read, and nobody would publish them yet.
    fn holds_back(&self) -> bool {
        self.busy.get() && !self.board.is_hungry(self.received.get())
    }

    /// Asks all whose row somebody waits for; whether there were any.
    pub(crate) fn flush_urgent(&self) -> bool {
        if self.holds_back() {
            return false;
        }
        let any = !self.urgent.borrow().is_empty();
        self.ask_for(&self.urgent);
        any
    }

    /// Every 20 ms: asks all others, lets the quiet rest, shows those who were set aside since.
    pub(crate) fn flush_soon(&self) {
        if !self.holds_back() {
            self.ask_for(&self.soon);
        }
        let turn = self.turn.get();
        self.turn.set(turn.wrapping_add(1));
        self.calls.borrow().rest(QUIET_TURNS, turn);
        self.agents.borrow().rest(QUIET_TURNS, turn);
        self.queues.borrow().rest(QUIET_TURNS, turn);
        self.trunks.borrow().rest(QUIET_TURNS, turn);
        let total = self.node.set_aside_total();
        if total != self.set_aside_shown.replace(total) {
            self.show_set_aside(&self.calls);
            self.show_set_aside(&self.agents);
            self.show_set_aside(&self.queues);
            self.show_set_aside(&self.trunks);
        }
    }

    /// An actor that is set aside cannot show itself: its row is its last state, degraded.
    fn show_set_aside<E: Entity>(&self, slots: &RefCell<Slots<E>>) {
        for (_, slot) in slots.borrow().iter().filter(|(_, slot)| slot.is_set_aside()) {
            let (mut state, _) = slot.memory.recover(&slot.meta);
            Rc::make_mut(&mut state).degrade();
            self.board.put(state.view(), Urgency::Urgent);
        }
    }

    fn ask_for(&self, list: &RefCell<Vec<(Kind, u32)>>) {
        fn ask<E: Entity>(slots: &RefCell<Slots<E>>, no: u32) {
            if let Some(slot) = slots.borrow().get(no) {
                slot.addr.do_send(Flush);
            }
        }
        for (kind, no) in list.borrow_mut().drain(..) {
            match kind {
                Kind::Call => ask(&self.calls, no),
                Kind::Agent => ask(&self.agents, no),
                Kind::Queue => ask(&self.queues, no),
                Kind::Trunk => ask(&self.trunks, no),
                Kind::Router
                | Kind::Registry
                | Kind::Link
                | Kind::Publisher
                | Kind::Ivr
                | Kind::Ai
                | Kind::Supervisor
                | Kind::Other => {}
            }
        }
    }
}

/// When that happened.
fn told_at(news: &CallerNews) -> Micros {
    match news {
        CallerNews::Waiting { joined, .. }
        | CallerNews::Replaced { joined, .. }
        | CallerNews::Closed { joined, .. } => *joined,
        CallerNews::Left { at, .. } => *at,
    }
}
