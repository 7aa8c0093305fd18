//! FastAGI: Asterisk hands a caller over, and he walks a flow.
//!
//! ```text
//! listener ─accepted─▶ Conversation (actor) ─environment─▶ Guide ─▶ Walk
//!                           ▲  └─ one command, one write ─▶ Asterisk
//!                           └──── its answer ◀──────────────────┘
//! ```
//!
//! * the port takes connections of the configured PBXs only, and of those that say the token where there is one
//!   (S13); who says nothing is gone after 5 s (F39);
//! * each caller has an actor of his own: what breaks in one touches no other;
//! * `wire` is its connection, `walking` what it makes of an answer;
//! * what it tells the call, and what a supervisor asks of it, goes over `teller`;
//! * which flow is walked is [`Guide`]', what a node may dial and play the [`World`](actors::ivr::World)'s.
//!
//! Where no port can be opened AMI carries the same ([`by_ami`]).
//!
//! Invariants: a command is one write with its line end (F43); a caller whose flow failed goes back to the dialplan
//! without `VIGIE_DONE`; every conversation ends with one [`Ended`].

pub mod by_ami;
mod conversation;
mod port;
mod teller;
mod walking;
mod wire;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actors::ivr::{Ask, End, Flow, Told, Variables, Visit, World};
use actors::registry::WalkLine;
use asterisk::agi::Environment;

pub use port::{Counters, Peer, Port, Settings};

/// What others say, later.
pub type Telling = Pin<Box<dyn Future<Output = Told>>>;

/// Which flow a caller walks.
pub trait Guide: Send + Sync {
    /// By what Asterisk said first; `None` when there is none.
    fn flow(&self, pbx: &str, environment: &Environment) -> Option<Arc<Flow>>;

    /// What nodes of that PBX may play and dial.
    fn world(&self, pbx: &str) -> Arc<dyn World + Send + Sync>;

    /// Where the call that he is on is told where he stands; `None` where nobody follows that PBX.
    fn line(&self, _pbx: &str) -> Option<WalkLine> {
        None
    }

    /// Asks others what a node wants to know, and says what they say, within 20 s.
    fn ask(&self, pbx: &str, ask: Ask) -> Telling;

    /// Over AMI: whether the account of that PBX may send commands, as the last one showed. Must not block.
    fn may_send(&self, _pbx: &str, _may: bool) {}

    /// A conversation is over. Must not block.
    fn ended(&self, ended: Ended);
}

/// A conversation that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// From that PBX.
    pub pbx: String,
    /// Of the channel.
    pub uniqueid: String,
    /// What was called.
    pub called: String,
    /// Id of the flow; `None` when there was none.
    pub flow: Option<String>,
    /// Where he was, the last node last.
    pub visits: Vec<Visit>,
    /// What was known of the call; secrets among it are marked.
    pub variables: Variables,
    /// How it ended.
    pub end: End,
    /// From the environment to the end.
    pub took: Duration,
}
