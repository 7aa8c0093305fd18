//! An agent: a person at an endpoint.
//!
//! ```text
//! availability (chosen)     logged out ─member added▶ available ─paused in one▶ partly ─in all▶ paused
//! activity (derived)        the highest that holds of: unreachable, three-way, consulting, on hold,
//!                           on call, dialing, dead call, ringing, not responding, wrap-up, idle
//! ```
//!
//! Availability comes from queue memberships and their pauses, which are the PBX's. Activity is
//! computed from the legs that calls tell of, never toggled by two events: a leg that is gone takes
//! its part of the activity with it. Each change of a pause reason begins a new interval. Wrap-up is
//! ours, per queue: Asterisk raises no event for it. A pause asked for "after this call" is ours too: it
//! stands in the state until the last leg that a pause would cut into is gone, and is sent then.

mod activity;
pub mod actor;
pub mod messages;
pub mod policy;
pub mod state;
#[cfg(test)]
mod state_tests;
pub mod verbs;

pub use messages::LegNews;
pub use state::AgentState;
