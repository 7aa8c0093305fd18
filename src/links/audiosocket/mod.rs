//! AudioSocket: Asterisk brings the voice of a caller, and an assistant answers him.
//!
//! ```text
//! listener ─UUID, once─▶ media (a task: reads at once, writes 20 ms every 20 ms) ⇄ Play, Hearing
//!                            │ began to speak, key, heard to its end, gone        ▲ sentences, silence, the end
//!                            ▼                                                    │
//!                        Talk (actor) ── ai::Session ── Mouth, Ears, Mind (`voice`) ── AMI: whose call, where he goes next
//! ```
//!
//! * the port takes connections of the configured PBXs only; the first frame is a UUID, within 2 s, that was never used
//!   (F44, S14); AMI says whose it is ([`Sightings`](crate::links::ami::Sightings)) while the greeting plays;
//! * `media` owns the socket (`wire`): no audio goes through a mailbox, and nothing that an actor, a voice or a model does makes the
//!   reader wait or a frame late;
//! * `play` is what is said, `hearing` what is heard, `rates` what lies between 8 kHz and the other side's;
//! * `talk` is the conversation: one actor for each, which drives the machine of `actors::ai`.
//!
//! Invariants: one frame, one write (F45); silence from the UUID on (F48); what waits is bounded, the oldest goes (F46); the
//! last frame is 0x00, also when the actor breaks, so that the dialplan goes on with the caller. A caller who is to be hung up
//! on has `VIGIE_DONE` = 1; without it the dialplan brings him to a human, at `VIGIE_NEXT` where the settings name a place.

mod hearing;
mod media;
mod play;
mod port;
mod rates;
mod steady;
mod talk;
mod wire;
mod work;

use std::sync::Arc;
use std::time::Duration;

use actix::Recipient;
use actors::ports::SendAction;
use actors::view::Text;

pub use port::{Counters, Peer, Port};

use crate::links::ami::Sightings;
use crate::voice::Ready;

/// The link of one PBX, as far as it concerns assistants.
#[derive(Clone, Default)]
pub struct Line {
    /// Whose voice comes under which UUID.
    pub sightings: Sightings,
    /// Where actions go; `None`: nowhere, and the dialplan alone says where callers go next.
    pub actions: Option<Recipient<SendAction>>,
}

/// Who answers.
pub trait Host: Send + Sync {
    /// Callers of that PBX; `None`: nobody can, now.
    fn assistant(&self, pbx: &str) -> Option<Arc<Ready>>;

    /// A conversation is over. Must not block.
    fn ended(&self, ended: Ended);
}

/// A conversation that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// From that PBX.
    pub pbx: String,
    /// By which its voice came.
    pub uuid: String,
    /// Of the channel that AMI told of; `None`: it told of none.
    pub uniqueid: Option<String>,
    /// With that assistant.
    pub assistant: Text,
    /// How.
    pub how: How,
    /// What was said.
    pub lines: Vec<actors::ai::Line>,
    /// From the UUID to the end.
    pub took: Duration,
}

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The caller hung up, or the connection broke.
    Gone,
    /// The assistant had nothing more to say.
    Hangup,
    /// The caller goes to a human.
    Fallback,
    /// AMI never told whose call it is.
    Unknown,
    /// A fault of ours: the dialplan goes on with the caller.
    BrokeOff,
}
