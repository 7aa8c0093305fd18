//! Conversations with assistants, whichever way the caller's voice comes.
//!
//! ```text
//! whoever carries the sound (audiosocket, audio_stream) ⇄ Play, Hearing
//!        │ began to speak, key, heard to its end, gone        ▲ sentences, silence, the end
//!        ▼                                                    │
//!    Talk (actor) ── ai::Session ── Mouth, Ears, Mind (`voice`) ── Channel: whose call, where he goes next
//! ```
//!
//! * `talk` is one conversation: an actor, which drives the machine of `actors::ai`; `work` is what engines do for it,
//!   `errands` what tools do;
//! * `floor` tells whoever shows conversations what is new of one, and takes supervisors' orders;
//! * `play` is what is said, `hearing` what is heard (`steady`: what is a tone and no voice), both 20 ms of 8 kHz at a time;
//! * `turns` is what each turn took, and what was said in it;
//! * `shared` is what the conversation and whoever carries the sound have together: no sound goes through a mailbox;
//! * `clock` is the clock of every transport and what the caller says on its way, `rates` lies between 8 kHz and the other side's;
//! * [`Channel`] is what the PBX knows of the caller and does with him.
//!
//! What does not live here: sockets.

mod clock;
mod errands;
mod floor;
mod hearing;
mod listening;
mod play;
mod rates;
mod shared;
mod steady;
mod talk;
mod turns;
mod work;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actors::ai::SessionTold;
use actors::view::Text;

pub(in crate::links) use clock::{Clock, Intake, TICK};
pub(in crate::links) use play::FRAME;
pub(in crate::links) use rates::Widen;
pub(in crate::links) use shared::{FromMedia, Gone, Shared};
pub(in crate::links) use talk::{Begins, Talk};
pub use turns::Turn;

use crate::voice::{EngineNames, Ready};

/// What will be known, or done. Dropping it gives it up.
pub(in crate::links) type Later<T> = Pin<Box<dyn Future<Output = T>>>;

/// Who talks with an assistant, as the PBX tells of him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// His channel's name; `None` while only that of the voice is known.
    pub channel: Option<String>,
    /// Of the channel that was told of.
    pub uniqueid: String,
    /// His number; empty: not told.
    pub number: String,
    /// His name; empty: not told.
    pub name: String,
    /// What he called; empty: not told.
    pub called: String,
    /// The assistant that he is for; empty: his PBX's.
    pub assistant: String,
}

/// The caller's channel: whose it is, and where it goes.
pub(in crate::links) trait Channel {
    /// What is known now.
    fn known(&self) -> Option<Caller>;

    /// What is known once it is; for ever when it never is.
    fn told(&self) -> Later<Caller>;

    /// The PBX is told where the caller goes when his voice ends, `fallback` being the place where humans are;
    /// whether it took that. `None`: there is nothing to tell.
    fn goes(&self, how: How, fallback: Option<&str>) -> Option<Later<bool>>;
}

/// Who answers.
pub trait Host: Send + Sync {
    /// That caller of that PBX, of whom nothing may be known yet; `None`: nobody can, now.
    fn assistant(&self, pbx: &str, caller: Option<&Caller>) -> Option<Arc<Ready>>;

    /// Whether it depends on the caller who answers him: then it is worth a moment to know him.
    fn chooses(&self) -> bool {
        false
    }

    /// A conversation is over. Must not block.
    fn ended(&self, ended: Ended);

    /// Something is new of a conversation; the last says that it is over. Must not block.
    fn told(&self, _told: SessionTold) {}
}

/// A conversation that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// From that PBX.
    pub pbx: String,
    /// By which its voice came: a UUID.
    pub id: String,
    /// Whose it was; `None`: the PBX never told.
    pub caller: Option<Caller>,
    /// With that assistant.
    pub assistant: Text,
    /// Which of its versions; `None`: it has none.
    pub version: Option<i32>,
    /// How.
    pub how: How,
    /// What was said.
    pub lines: Vec<actors::ai::Line>,
    /// What each turn of it took.
    pub turns: Vec<Turn>,
    /// Who spoke, heard and thought.
    pub engines: EngineNames,
    /// From its beginning to its end.
    pub took: Duration,
    /// Frames of the caller's that no ear heard: it was too slow for them.
    pub unheard_frames: u64,
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
    /// The PBX never told whose call it is.
    Unknown,
    /// A fault of ours: the dialplan goes on with the caller.
    BrokeOff,
    /// A supervisor sends the caller to another node of his flow.
    SentOn,
}
