//! The Asterisk Manager link of one PBX.
//!
//! ```text
//! a thread of its own: socket ─▶ decoder ─▶ what is listened to ─▶ Reader's queue
//! router ─poll_next─▶ Link ── Machine (state, no clock)     Reader's queue ─▶ session ─▶ events to the router
//! actors ─SendAction, AskLink─▶ LinkActor ─▶ Link           Sync (list, compare)   Doubts (ask of one)   Report (row, alarms)
//! ```
//!
//! * [`Machine`] decides when to open, log in, ping, list, give up; everything else obeys it.
//! * [`Link`] moves what was read, on the arbiter of its PBX; it is the [`Feed`](actors::ports::Feed) that
//!   the router reads, and outlives the router's restarts.
//! * [`Tap`] tells of channels in AsyncAGI whoever serves them (`links::agi`);
//! * [`Sightings`] says whose voice comes under which UUID (`links::audiosocket`);
//! * [`LinkActor`] is where actions and doubts come in.
//!
//! Invariants: a secret leaves only as the MD5 answer to a challenge; an answer goes to the action
//! that asked and to no other; a list that is not whole is never used; no full list on a timer;
//! whatever waits (actions, bytes to write, doubts) has a maximum and a counter for what is refused.

mod clock;
mod doubt;
mod handle;
mod heartbeat;
mod io;
mod link;
mod machine;
mod reader;
mod report;
mod rights;
mod sightings;
mod socket;
mod sync;
mod tap;

pub use handle::LinkActor;
pub use link::Link;
pub use machine::{At, Do, Machine};
pub use report::LinkCounters;
pub use sightings::{Sighting, Sightings};
pub use socket::check;
pub use tap::{Standing, Tap, Tapped};
