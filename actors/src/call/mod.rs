//! A call: the channels of one Linkedid, from the first to the last.
//!
//! ```text
//!  Newchannel ─▶ dialing ─▶ ringing ─▶ talking ⇄ on hold ─▶ ended
//!                  │ ▲         ▲          │
//!                  ▼ │         │          ├─▶ parked ─▶ (retrieved or timed out) talking, ringing
//!      in an application ─▶ waiting ──────┘
//! ```
//!
//! The word for the whole is computed from the legs, the bridges and the queue stay; no event sets
//! it. Two calls that meet become one: the older survives and absorbs the other's legs, talks,
//! transfers and queue stays. Local halves are legs like others, hidden from who talks to whom by
//! walking through their pair.

pub mod actor;
mod bridges;
mod consults;
#[cfg(test)]
mod consults_tests;
pub mod contact;
mod events;
mod flows;
mod leg_list;
mod legs;
mod listing;
mod merge;
pub mod messages;
mod news;
pub mod policy;
#[cfg(test)]
mod policy_tests;
mod queue_listing;
mod queue_stint;
pub mod record;
mod shows;
pub mod state;
mod transfers;
pub mod verbs;
mod view;

pub use flows::FlowNews;
pub use listing::ListedChannel;
pub use messages::{Difference, Guest, Guests};
pub use policy::Verdict;
pub use state::CallState;
pub(crate) use transfers::successor;

/// Nearly every call has one bridge, one talk, one stay in a queue: no room is kept for more.
fn push_few<T>(list: &mut Vec<T>, item: T) {
    if list.len() == list.capacity() && list.len() < 3 {
        list.reserve_exact(1);
    }
    list.push(item);
}

#[cfg(test)]
pub(crate) fn leg_size() -> usize {
    size_of::<legs::Leg>()
}
