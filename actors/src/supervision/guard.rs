//! The future around an actor: where a panic stops, and where its supervisor's orders arrive.
//!
//! It owns actix's own `ContextFut`, which survives the unwind; so the address, the mailbox and every
//! queued message survive a restart. `ContextFut::restart` drops timers, streams and spawned
//! futures and calls `Supervised::restarting`, in which the actor replaces itself.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};

use actix::dev::ContextFut;
use actix::prelude::*;
use compact_str::CompactString;
use tokio::time::{Instant, Sleep};

use super::meta::{Fault, Meta, Order, State, run_as, take_place};
use super::node::Node;
use super::spec::{Charge, Reason, Restart, Spec};

/// Starts an actor on this arbiter, supervised by that node.
pub fn start<A>(
    node: &Arc<Node>,
    spec: Spec,
    make: impl FnOnce(&mut Context<A>, &Arc<Meta>) -> A,
) -> (Addr<A>, Arc<Meta>)
where
    A: Actor<Context = Context<A>> + Supervised,
{
    super::hook::install();
    let mut ctx = Context::<A>::new();
    ctx.set_mailbox_capacity(spec.mailbox);
    let addr = ctx.address();
    let meta = Meta::new(spec, node);
    let actor = make(&mut ctx, &meta);
    node.adopt(&meta);
    let guard = Guard {
        fut: Some(ctx.into_future(actor)),
        meta: Some(meta.clone()),
        phase: Phase::Fresh,
        ending: None,
        failed: None,
    };
    // boxed: a task's own block is aligned to 128 bytes, for which the allocator would give a larger one
    actix::spawn(Box::pin(guard));
    (addr, meta)
}

enum Phase {
    Fresh,
    Running,
    Pausing(Pin<Box<Sleep>>),
    Parked,
}

struct Guard<A: Actor<Context = Context<A>> + Supervised> {
    fut: Option<ContextFut<A, Context<A>>>,
    /// Moved to the thread's `CURRENT` while the actor runs.
    meta: Option<Arc<Meta>>,
    phase: Phase,
    /// Set once it was ordered to stop: how it then ends.
    ending: Option<Box<Reason>>,
    /// When it failed, until it has worked again.
    failed: Option<Instant>,
}

/// What is to happen to an actor that ended or failed.
pub(super) enum Decision {
    Restart(std::time::Duration),
    Park,
    SetAside(Reason),
    End,
}

impl<A: Actor<Context = Context<A>> + Supervised> Future for Guard<A> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<()> {
        let this = self.get_mut();
        if let (Phase::Fresh, Some(meta)) = (&this.phase, this.meta.as_ref()) {
            meta.remember_waker(cx.waker());
            this.phase = Phase::Running;
        }
        loop {
            if let Some(end) = this.obey() {
                return this.end(end);
            }
            match &mut this.phase {
                Phase::Parked => return Poll::Pending,
                Phase::Pausing(sleep) => {
                    std::task::ready!(sleep.as_mut().poll(cx));
                    if let Some(end) = this.restart() {
                        return this.end(end);
                    }
                    continue;
                }
                Phase::Fresh | Phase::Running => {}
            }
            let reason = match this.run(cx) {
                Ok(Poll::Pending) => {
                    this.recovered();
                    return Poll::Pending;
                }
                Ok(Poll::Ready(())) => {
                    let reason = this.meta().take_leave().unwrap_or(Reason::Normal);
                    if !reason.is_fault() {
                        this.recovered();
                    }
                    reason
                }
                Err(panic) => this.panicked(panic),
            };
            if reason.is_fault() && this.failed.is_none() {
                this.failed = Some(Instant::now());
            }
            if let Some(end) = this.settle(reason) {
                return this.end(end);
            }
        }
    }
}

impl<A: Actor<Context = Context<A>> + Supervised> Guard<A> {
    fn meta(&self) -> &Meta {
        // only empty while `run_as` works, which gives it back before it returns
        self.meta.as_deref().unwrap_or_else(|| unreachable!("control block not given back"))
    }

    /// It has worked a whole turn: if it had failed before, that is over.
    fn recovered(&mut self) {
        if let Some(failed) = self.failed.take() {
            super::recovery::took(failed.elapsed());
        }
    }

    /// Obeys the supervisor; the reason when that ends the actor.
    fn obey(&mut self) -> Option<Reason> {
        match self.meta().take_order() {
            Order::None => None,
            // killed by hand, what must always be there comes back; with its supervisor it does not
            Order::Kill if self.meta().spec().restart == Restart::Permanent => self.settle(Reason::Killed),
            Order::Kill => Some(Reason::Killed),
            Order::Stop => {
                self.ending = Some(Box::new(Reason::Quit));
                match (&self.phase, &mut self.fut) {
                    (Phase::Running, Some(fut)) => {
                        fut.ctx().stop();
                        None
                    }
                    _ => Some(Reason::Quit),
                }
            }
            Order::Park => {
                self.park();
                None
            }
            Order::Restart => self.restart(),
        }
    }

    fn run(&mut self, cx: &mut TaskContext<'_>) -> std::thread::Result<Poll<()>> {
        let fut = &mut self.fut;
        run_as(&mut self.meta, || {
            catch_unwind(AssertUnwindSafe(|| match fut {
                Some(fut) => Pin::new(fut).poll(cx),
                None => Poll::Ready(()),
            }))
        })
    }

    /// Starts the actor anew in place; the reason when that ends it. A panic while its state is
    /// rebuilt is a fault like any other.
    fn restart(&mut self) -> Option<Reason> {
        self.phase = Phase::Running;
        self.meta().set_state(State::Running);
        let _ = self.meta().take_leave();
        self.meta().count_restart();
        let fut = &mut self.fut;
        let restarted = run_as(&mut self.meta, || {
            catch_unwind(AssertUnwindSafe(|| fut.as_mut().is_some_and(ContextFut::restart)))
        });
        match restarted {
            Ok(true) => None,
            Ok(false) => Some(Reason::Normal), // nobody holds its address any more
            Err(panic) => {
                let reason = self.panicked(panic);
                self.settle(reason)
            }
        }
    }

    fn panicked(&mut self, payload: Box<dyn std::any::Any + Send>) -> Reason {
        let words = payload_words(payload.as_ref());
        // a payload whose own drop panics must not take the arbiter with it
        let _ = catch_unwind(AssertUnwindSafe(move || drop(payload)));
        let place = take_place();
        let location = place.as_ref().map_or_else(|| "unknown".into(), |p| p.location.clone());
        let reason = Reason::Panicked(words, location);
        let meta = self.meta();
        meta.note_fault(Fault {
            reason: reason.clone(),
            message: meta.message(),
            error_id: place.map_or(0, |p| p.error_id),
        });
        reason
    }

    /// Decides what follows from that end; the reason when it is for good.
    fn settle(&mut self, reason: Reason) -> Option<Reason> {
        if let Some(ending) = self.ending.take() {
            return Some(if reason.is_fault() { reason } else { *ending });
        }
        let meta = self.meta();
        if let Reason::Failure(words) = &reason {
            log::error!("actor={} message={} failed: {words}", meta.name(), meta.message());
            meta.note_fault(Fault { reason: reason.clone(), message: meta.message(), error_id: 0 });
        }
        match self.decide(&reason) {
            Decision::End => Some(reason),
            Decision::SetAside(why) => Some(why),
            Decision::Park => {
                self.park();
                None
            }
            Decision::Restart(pause) if pause.is_zero() => self.restart(),
            Decision::Restart(pause) => {
                self.meta().set_state(State::Pausing);
                self.phase = Phase::Pausing(Box::pin(tokio::time::sleep(pause)));
                None
            }
        }
    }

    fn decide(&self, reason: &Reason) -> Decision {
        let meta = self.meta();
        let restarts = match meta.spec().restart {
            Restart::Permanent => true,
            Restart::Transient => reason.is_fault(),
            Restart::Temporary => false,
        };
        if !restarts {
            return Decision::End;
        }
        match meta.spec().charge {
            Charge::Own(budget) => match meta.book(budget, Instant::now()) {
                Ok(pause) => Decision::Restart(pause),
                Err(first) => Decision::SetAside(Reason::BudgetUsedUp(Box::new(first))),
            },
            Charge::Supervisor => meta.parent().map_or(Decision::End, |node| node.child_failed(meta, reason)),
        }
    }

    fn park(&mut self) {
        self.phase = Phase::Parked;
        self.meta().set_state(State::Parked);
    }

    /// Lets go of everything. Terminated first, so that actix does not run `stopping` on a state
    /// that a panic may have left half changed.
    fn end(&mut self, reason: Reason) -> Poll<()> {
        let fut = self.fut.take();
        let _ = run_as(&mut self.meta, || {
            catch_unwind(AssertUnwindSafe(move || {
                if let Some(mut fut) = fut {
                    fut.ctx().terminate();
                }
            }))
        });
        let meta = self.meta();
        let aside = matches!(reason, Reason::BudgetUsedUp(_));
        meta.set_state(if aside { State::SetAside } else { State::Ended });
        if let Some(node) = meta.parent() {
            node.child_ended(meta, &reason);
        }
        Poll::Ready(())
    }
}

/// The arbiter went away with the actor on it.
impl<A: Actor<Context = Context<A>> + Supervised> Drop for Guard<A> {
    fn drop(&mut self) {
        if self.fut.is_some() {
            let _ = self.end(Reason::Killed);
        }
    }
}

fn payload_words(payload: &(dyn std::any::Any + Send)) -> CompactString {
    if let Some(words) = payload.downcast_ref::<&'static str>() {
        CompactString::from(*words)
    } else if let Some(words) = payload.downcast_ref::<String>() {
        CompactString::from(words.as_str())
    } else {
        CompactString::const_new("no message")
    }
}
