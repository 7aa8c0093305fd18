//! A queue: who waits in which order, its members, what became of those who waited.
//!
//! ```text
//! caller: ──Waiting──▶ in line ──Left──▶ out ──Closed(outcome)──▶ counted once
//! member: ──QueueMemberAdded, listed, or any member event──▶ member ──QueueMemberRemoved──▶ gone
//! ```
//!
//! Callers are told by their calls, since only a call knows whether a caller hung up or the queue
//! timed out (`QueueCallerAbandon` is sent for both). Members come from the PBX's member events.

pub mod actor;
pub mod messages;
pub mod state;

pub use messages::CallerNews;
pub use state::QueueState;
