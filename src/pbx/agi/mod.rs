//! FastAGI, Asterisk's side: what a channel says to the server that leads it, and what it makes of the commands.
//!
//! ```text
//! dialplan ─AGI─▶ Session ──Tell──▶ server.rs, handover.rs ──socket──▶ whoever leads callers
//!                    ▲ │ one command at a time            ◀──lines───┘
//!    caller's keys ──┘ └──verbs──▶ Exchange (`exchange/agi.rs`): plays, waits, dials, queues in virtual time
//! ```
//!
//! * [`words`]: lines to commands, as Asterisk 22 reads them: quoting, counts of arguments, 510, 511, 520;
//! * [`environment`]: what is said first;
//! * [`session`]: one channel's conversation;
//! * [`sounds`]: how long a sound is: those of Asterisk's core sounds, and files on disk where the server looks.
//!
//! What is not here: `DATABASE`, `SPEECH`, `RECEIVE`, `SEND` and `GOSUB` commands (510), and applications that the
//! built-in PBX has not (result -2). Nobody hears a sound. `Dial` of a `Local` channel rings what its extension
//! would ring, without the two channels in between.

pub(crate) mod environment;
pub(crate) mod session;
pub mod sounds;
pub(crate) mod words;

use std::collections::BTreeMap;
use std::net::SocketAddr;

pub(crate) use session::{Does, Session, Stage};
pub use sounds::Sounds;

/// Where the dialplan hands callers over.
#[derive(Clone, PartialEq, Eq)]
pub struct Handover {
    /// Who leads them.
    pub to: SocketAddr,
    /// Said in the address: `?token=`.
    pub token: Option<String>,
}

impl std::fmt::Debug for Handover {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handover").field("to", &self.to).finish_non_exhaustive()
    }
}

impl Handover {
    /// `agi://127.0.0.1:4573/0170000900`
    pub fn address(&self, called: &str) -> String {
        let token = self.token.as_ref().map(|token| format!("?token={token}")).unwrap_or_default();
        format!("agi://{}/{called}{token}", self.to)
    }
}

/// What the sockets are to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tell {
    /// Connect that session.
    Connect(u64, SocketAddr),
    /// Send it that.
    Bytes(u64, Vec<u8>),
    /// End its connection, after what was said.
    Close(u64),
}

/// All sessions of an exchange.
#[derive(Debug, Clone, Default)]
pub struct Sessions {
    pub(super) all: BTreeMap<u64, Session>,
    pub(super) made: u64,
    pub(super) said: Vec<Tell>,
    /// How long sounds are, and where messages go.
    pub sounds: Sounds,
}

impl Sessions {
    /// What the sockets are to do now, in order.
    pub fn take_said(&mut self) -> Vec<Tell> {
        std::mem::take(&mut self.said)
    }

    /// Conversations now.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    pub(super) fn say(&mut self, id: u64, text: &str) {
        self.said.push(Tell::Bytes(id, format!("{text}\n").into_bytes()));
    }
}
