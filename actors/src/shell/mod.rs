//! The one shell around every entity: mailbox in, effects out, faults survived.
//!
//! ```text
//! Take(input) ─▶ memory (written down) ─▶ pure state ─▶ facts, tells ─▶ memory (done) ─▶ dirty? ─▶ Flush ─▶ board
//! ```
//!
//! What an entity does stands in its `state.rs`; what it takes and how it shows, in its `actor.rs`,
//! which implements [`Entity`]. The shell knows neither.

mod handover;
pub mod orders;
mod tally;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;

pub use handover::HandOver;
pub use tally::{Tallied, Tally};

use crate::board::Urgency;
use crate::fact::Outbox;
use crate::keys::Micros;
use crate::registry::Shard;
#[cfg(any(test, feature = "fault-injection"))]
use crate::supervision::Reason;
use crate::supervision::{Kind, Machine, Memory, Meta};
use crate::view::{Table, Text, View};

/// What the shell must know of an entity.
pub trait Entity: Machine<Input: Send, Out = Outbox> + Unpin {
    /// Its kind.
    const KIND: Kind;
    /// Where its row stands.
    const TABLE: Table;
    /// What its actor keeps beside the state, and keeps over a restart.
    type Side: Default + 'static;

    /// Its row.
    fn view(&self) -> View;
    /// The id of its row.
    fn id(&self) -> Text;
    /// When time itself changes it next, on the PBX's clock.
    fn next_deadline(&self) -> Option<Micros> {
        None
    }
    /// The input that says so.
    fn tick(at: Micros) -> Self::Input;
    /// After each input: what is to be done besides facts and tells.
    fn after(_shell: &mut Shell<Self>, _ctx: &mut Context<Shell<Self>>) {}
    /// After the start and each restart, once the input in flight was tried again.
    fn ready(_shell: &mut Shell<Self>, _ctx: &mut Context<Shell<Self>>) {}
}

/// An input for an entity.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Take<I: Send>(pub I);

/// Show yourself on the board, if anything changed.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Flush;

/// Nothing happens to you: take a checkpoint, so that the inputs kept since the last can be freed.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Rest;

/// Nothing more will come: take the row off the board, leave.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Over;

/// Leave without a word: another actor has your state, or the PBX has no such thing any more.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct Leave;

/// How much of the state is not on the board yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Dirty {
    No,
    Soon,
    Urgent,
}

/// What survives a restart of the actor.
pub struct Lasting<E: Entity> {
    /// Control block.
    pub meta: Arc<Meta>,
    /// Checkpoint and inputs since.
    pub memory: Rc<Memory<E>>,
    /// The PBX's other entities, the board, the clock.
    pub shard: Rc<Shard>,
    /// Its place in the registry.
    pub no: u32,
    /// Its own address: the last one dropped elsewhere does not end it.
    pub me: Addr<Shell<E>>,
    /// See [`Entity::Side`].
    pub side: Rc<E::Side>,
}

impl<E: Entity> Clone for Lasting<E> {
    fn clone(&self) -> Self {
        Self {
            meta: self.meta.clone(),
            memory: self.memory.clone(),
            shard: self.shard.clone(),
            no: self.no,
            me: self.me.clone(),
            side: self.side.clone(),
        }
    }
}

/// The actor of one entity.
pub struct Shell<E: Entity> {
    /// What survives a restart.
    pub lasting: Lasting<E>,
    /// Shared with the checkpoint until the next input.
    state: Rc<E>,
    try_again: bool,
    dirty: Cell<Dirty>,
    /// When the oldest event was received that is not on the board yet.
    dirty_since: Cell<Instant>,
    alarm: Option<(Micros, SpawnHandle)>,
}

impl<E: Entity> Shell<E> {
    /// From its memory: as new, or after another actor of the same entity was killed.
    pub fn from_memory(lasting: Lasting<E>) -> Self {
        let (state, try_again) = lasting.memory.recover(&lasting.meta);
        let dirty_since = Cell::new(lasting.shard.received());
        Self { state, try_again, lasting, dirty: Cell::new(Dirty::No), dirty_since, alarm: None }
    }

    /// The state, to read.
    pub fn state(&self) -> &E {
        &self.state
    }

    /// Works on an input, written down first.
    pub fn take(&mut self, input: E::Input, ctx: &mut Context<Self>) {
        self.lasting.meta.handling(E::name(&input));
        if self.lasting.memory.begin(input) {
            self.work(ctx);
        } else {
            Rc::make_mut(&mut self.state).degrade();
            self.lasting.memory.checkpoint(&self.state);
            self.mark(Dirty::Urgent);
        }
    }

    fn work(&mut self, ctx: &mut Context<Self>) {
        #[cfg(any(test, feature = "fault-injection"))]
        if !self.survives_fault_point(ctx) {
            return;
        }
        let mut out = self.lasting.shard.outbox.take();
        self.lasting.memory.apply(&mut self.state, &mut out);
        if !(out.facts.is_empty() && out.tells.is_empty()) {
            self.send(&mut out);
        }
        self.lasting.memory.done(&self.state);
        if out.urgent {
            self.mark(Dirty::Urgent);
        } else if out.changed {
            self.mark(Dirty::Soon);
        }
        out.clear();
        self.lasting.shard.outbox.set(out);
        self.arm(ctx);
        E::after(self, ctx);
    }

    /// Facts, then tells; those that were out before a fault are not sent again.
    fn send(&self, out: &mut Outbox) {
        let Lasting { memory, shard, .. } = &self.lasting;
        let mut skip = memory.sent();
        for fact in out.facts.drain(..) {
            if skip > 0 {
                skip -= 1;
            } else {
                memory.sending();
                shard.fact(fact);
            }
        }
        for tell in out.tells.drain(..) {
            if skip > 0 {
                skip -= 1;
            } else {
                memory.sending();
                shard.tell(tell);
            }
        }
    }

    fn mark(&self, how: Dirty) {
        let before = self.dirty.get();
        if how > before {
            let shard = &self.lasting.shard;
            if before == Dirty::No {
                self.dirty_since.set(shard.received());
            }
            self.dirty.set(how);
            shard.dirty(E::KIND, self.lasting.no, how == Dirty::Urgent);
        }
    }

    fn flush(&self) {
        let urgency = match self.dirty.replace(Dirty::No) {
            Dirty::No => return,
            Dirty::Soon => Urgency::Soon,
            Dirty::Urgent => Urgency::Urgent,
        };
        self.lasting.shard.board.put_received(self.state.view(), urgency, self.dirty_since.get());
    }

    /// Takes its row off the board and leaves.
    pub fn leave(&self, ctx: &mut Context<Self>) {
        let shard = &self.lasting.shard;
        shard.board.remove(E::TABLE, &self.state.id(), Urgency::Urgent);
        self.dirty.set(Dirty::No);
        ctx.stop();
    }

    /// Gives the state away.
    pub fn give(&self) -> E {
        E::clone(&self.state)
    }

    /// Wakes up for the next thing that time itself changes.
    fn arm(&mut self, ctx: &mut Context<Self>) {
        let next = self.state.next_deadline();
        if self.alarm.map(|(at, _)| at) == next {
            return;
        }
        if let Some((_, timer)) = self.alarm.take() {
            ctx.cancel_future(timer);
        }
        if let Some(at) = next {
            let micros = at.0.saturating_sub(self.lasting.shard.now().0).max(0);
            let wait = Duration::from_micros(u64::try_from(micros).unwrap_or_default());
            let timer = ctx.run_later(wait, move |shell, ctx| {
                shell.alarm = None;
                shell.take(E::tick(at), ctx);
            });
            self.alarm = Some((at, timer));
        }
    }

    #[cfg(any(test, feature = "fault-injection"))]
    fn survives_fault_point(&self, ctx: &mut Context<Self>) -> bool {
        use crate::supervision::fault::{Injected, point};
        let message = self.lasting.meta.message();
        let reason = match point(&self.lasting.meta, message) {
            None => return true,
            Some(Injected::Error) => Reason::Failure("injected error".into()),
            Some(Injected::Quit) => Reason::Quit,
        };
        self.lasting.meta.leave(reason);
        ctx.stop();
        false
    }
}

impl<E: Entity> Actor for Shell<E> {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        if std::mem::take(&mut self.try_again)
            && let Some(name) = self.lasting.memory.in_flight()
        {
            self.lasting.meta.handling(name);
            self.lasting.memory.try_again();
            self.work(ctx);
        }
        // that it exists; after a fault, what was not shown before it, and that it is degraded
        self.mark(if self.lasting.meta.restarts() > 0 { Dirty::Urgent } else { Dirty::Soon });
        self.arm(ctx);
        E::ready(self, ctx);
    }
}

impl<E: Entity> Supervised for Shell<E> {
    fn restarting(&mut self, _: &mut Context<Self>) {
        *self = Self::from_memory(self.lasting.clone());
    }
}

impl<E: Entity> Handler<Take<E::Input>> for Shell<E> {
    type Result = ();
    fn handle(&mut self, take: Take<E::Input>, ctx: &mut Context<Self>) {
        self.take(take.0, ctx);
    }
}

impl<E: Entity> Handler<Flush> for Shell<E> {
    type Result = ();
    fn handle(&mut self, _: Flush, _: &mut Context<Self>) {
        self.flush();
    }
}

impl<E: Entity> Handler<Rest> for Shell<E> {
    type Result = ();
    fn handle(&mut self, _: Rest, _: &mut Context<Self>) {
        self.lasting.memory.checkpoint(&self.state);
    }
}

impl<E: Entity> Handler<Over> for Shell<E> {
    type Result = ();
    fn handle(&mut self, _: Over, ctx: &mut Context<Self>) {
        self.leave(ctx);
    }
}

impl<E: Entity> Handler<Leave> for Shell<E> {
    type Result = ();
    fn handle(&mut self, _: Leave, ctx: &mut Context<Self>) {
        self.leave(ctx);
    }
}
