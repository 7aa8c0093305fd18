//! Guarantees of Asterisk that seem broken, until what was missing had a second to come.
//!
//! Asterisk publishes channels, bridges, dials and parking by different threads: an event may pass
//! another by some microseconds (16 sends a `ParkedCall` after the `BridgeEnter` that it precedes).
//! What comes late was no violation; what never comes is one.

use std::collections::VecDeque;

use crate::keys::Micros;
use crate::view::Text;

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// The `Newchannel` of a channel.
    Newchannel,
    /// The `BridgeLeave` of a channel that hung up.
    BridgeLeave,
    /// The `DialEnd` of a channel that hung up.
    DialEnd,
    /// The `BridgeCreate` of a bridge.
    BridgeCreate,
    /// The `ParkedCall` of a channel in a parking lot.
    ParkedCall,
}

/// How long, in µs of the PBX's clock.
const PATIENCE: i64 = 1_000_000;
/// Doubts at once; beyond it the oldest is a violation at once.
const MAX: usize = 10_000;

#[derive(Debug)]
struct Doubt {
    due: Micros,
    what: Missing,
    id: Text,
    words: Box<str>,
}

#[derive(Debug, Default)]
pub(super) struct Doubts {
    waiting: VecDeque<Doubt>,
}

impl Doubts {
    pub(super) fn add(&mut self, what: Missing, id: &str, words: String, at: Micros) {
        let due = Micros(at.0.saturating_add(PATIENCE));
        self.waiting.push_back(Doubt { due, what, id: id.into(), words: words.into() });
    }

    /// It came.
    pub(super) fn came(&mut self, what: Missing, id: &str) {
        if !self.waiting.is_empty() {
            self.waiting.retain(|d| d.what != what || d.id != id);
        }
    }

    /// The next that waited long enough: whose, and words.
    pub(super) fn overdue(&mut self, at: Micros) -> Option<(Text, Box<str>)> {
        let first = self.waiting.front()?;
        if first.due > at && self.waiting.len() <= MAX {
            return None;
        }
        self.waiting.pop_front().map(|d| (d.id, d.words))
    }

    /// Words of those that still wait.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.waiting.iter().map(|d| &*d.words)
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }
}
