//! AudioSocket: Asterisk brings the voice of a caller, and an assistant answers him.
//!
//! ```text
//! listener ─UUID, once─▶ media (a task: reads at once, writes 20 ms every 20 ms) ⇄ the conversation (`links::voices`)
//! ```
//!
//! * the port takes connections of the configured PBXs only; the first frame is a UUID, within 2 s, that was never used
//!   (F44, S14); AMI says whose it is ([`Sightings`](crate::links::ami::Sightings)) while the greeting plays (`channel`);
//! * `media` owns the socket (`wire`): nothing that an actor, a voice or a model does makes the reader wait or a frame late.
//!
//! Invariants: one frame, one write (F45); silence from the UUID on (F48); what waits is bounded, the oldest goes (F46); the
//! last frame is 0x00, also when the actor breaks, so that the dialplan goes on with the caller. A caller who is to be hung up
//! on has `VIGIE_DONE` = 1; without it the dialplan brings him to a human, at `VIGIE_NEXT` where the settings name a place.

mod channel;
mod media;
mod port;
mod wire;

pub use channel::Line;
pub use port::{Counters, Peer, Port};
