//! Recorded streams through the same pure states as live ones, without actors: what `vigie replay`
//! prints, what tests of the states drive, and what a capture of a fault is looked at with.
//!
//! ```text
//! capture ─Decoder─▶ messages ─▶ Floor { Table, CallState, AgentState, QueueState, TrunkState } ─▶ Report
//! ```
//!
//! No clock: time is the `Timestamp` of the last message that had one. Nothing ends by itself.

#[cfg(test)]
mod captures;
mod floor;
#[cfg(test)]
mod golden;
mod known;
#[cfg(test)]
mod moments;
#[cfg(test)]
mod properties;
mod report;
mod restart;
#[cfg(test)]
mod shares;
#[cfg(test)]
mod stories;

pub use floor::Floor;
pub use report::{Board, Report};
