//! Figures: what queues and agents did in a period, from facts.
//!
//! ```text
//! facts ─▶ Happened ─▶ Book { queue ─▶ Sums, agent ─▶ Desk } ─▶ Report
//!            ▲            ▲
//!  live: as they are told │ a period: as the database has them
//! ```
//!
//! One piece of code for both (L35): a [`Book`] takes what happened, in the order of its time, and knows
//! neither where it comes from nor what time it is. Each figure is a [`Formula`]: what one stay in a
//! queue, or one leg of an agent, adds to its numerator and to its denominator. So the calls behind a
//! number are those for which its formula says so (L37), and sums of several queues are sums.
//!
//! A period that is read from what is stored is summed there: things that no formula tells apart come as one with
//! their number ([`Stays`], [`Contacts`]), and the same formulas count them.
//!
//! An empty denominator gives no number. What was not followed is unknown time, and no state's.
//! What does not live here: SQL (`history`), HTTP, and who may see what.

mod alike;
mod book;
mod desk;
mod formula;
mod formulas;
mod happened;
mod live;
mod period;
mod sums;
#[cfg(test)]
mod tests;
mod wrap_up;

pub use alike::{Contacts, Stays, Summed, hold_time};
pub use book::{Book, Place, Report};
pub use desk::{AgentDay, InQueues, Session, Span, State, StateTime};
pub use formula::{Charge, Family, Formula, Rules, Share, Unit, VERSION, Words};
pub use formulas::{FORMULAS, formula};
pub use happened::{Contact, Happened, Stay, WrapUp};
pub use live::{Live, Today};
pub use period::{Calendar, Period};
pub use sums::{Figure, Sums};
