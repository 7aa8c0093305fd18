//! The supervision kernel: what happens when an actor breaks. OTP's rules on actix.
//!
//! ```text
//! start ──▶ Guard (one future) ── owns ──▶ actix ContextFut ── owns ──▶ actor + mailbox
//!             │  catch_unwind around each poll; obeys orders: restart, park, stop, kill
//!             ├─ Meta    what others may read of the actor, and where orders arrive
//!             ├─ Node    its supervisor: strategy, intensity, escalation, ordered shutdown
//!             └─ Memory  checkpoint + inputs since + input in flight: outlives the actor
//! ```
//!
//! # What is guaranteed
//!
//! **Ordering.** Messages of one sender to one actor are handled in the order sent, before and after
//! a restart alike: the event that failed is tried again *before* the next message is taken.
//!
//! **What a panic loses.** With a [`Memory`]: nothing at first; if the same input fails twice, that
//! input, which is quarantined (kept, written out, the actor's view marked degraded). Without one:
//! the message being handled; a pending `send` of it answers `MailboxError::Closed`. Never a queued
//! message, never another actor's.
//!
//! **What a restart keeps.** The address, the mailbox, every queued message, the name, the counters.
//! **What it drops.** Timers, streams and spawned futures of the actor (its `started` runs again and
//! re-arms them), and its state, which `Supervised::restarting` must replace as a whole.
//!
//! **Budgets.** An entity has its own: 3 restarts in 5 s, after 0, 50, 100, 200 ms and some jitter.
//! Used up, it is *set aside*: ended, listed with its root cause; nobody else notices. Link, router
//! and registry use their supervisor's intensity; used up, all of that part wait (their mailboxes
//! kept) and one level up decides. The root never gives up: it says *degraded* and tries again after
//! 1, 2, 4 ... 30 s.
//!
//! **Ends.** [`Reason`] is closed. Normal and quit end a transient actor; a permanent one comes back.
//! Killed ends a transient one, whose queued messages are lost with it; a permanent one comes back,
//! unless its supervisor was stopped. The first fault of a series is kept as its root cause.
//!
//! **Shutdown.** In the reverse order of starting, each within its deadline, then killed. Those alike
//! (calls) are stopped at once. An actor that holds its thread cannot be killed before it lets go; it
//! is counted as *held* and the shutdown goes on.
//!
//! **Breaker.** When an actor skipped the same kind of input three times at the same place, it does
//! not try that kind any more. It is per actor, since one bad call must not make others blind.
//!
//! # What is not contained
//!
//! Stack overflow, an allocation that fails, `abort`; two panics at once, the second in a `Drop` run
//! by the unwind of the first (the *state* is not dropped by the unwind, so it cannot do that; locals
//! of a handler can); a deadlock; an actor that never yields holds its arbiter: the [`Watchdog`] names
//! it, nothing moves it.
//!
//! What we rely on in actix 0.13.5, held by the tests here: `ContextFut` may be polled again after its
//! poll unwound; `ContextFut::restart` keeps mailbox and address and runs `started` again; a
//! terminated context runs neither `stopping` nor `stopped` when dropped.

mod budget;
#[cfg(any(test, feature = "fault-injection"))]
pub mod fault;
mod guard;
mod hook;
mod memory;
mod meta;
mod node;
mod notice;
pub mod quarantine;
mod recovery;
mod spec;
pub mod table;
#[cfg(test)]
mod tests;
mod watchdog;

pub use guard::start;
pub use memory::{Machine, Memory};
pub use meta::{Fault, Meta, State, restarts_total};
pub use node::{Node, NodeSpec, PartState, Stopped};
pub use notice::{Notice, listen};
pub use recovery::{recoveries, take_recovery_times_us};
pub use spec::{AutoShutdown, Budget, Charge, Kind, Reason, Restart, Spec, Strategy};
pub use watchdog::{Held, Watchdog, tick_here};
