//! What reaches a queue besides events: news of its callers, told by their calls.

use std::sync::Arc;

use crate::keys::{CallKey, Micros};
use crate::view::{Party, QueueOutcome, Text};

/// A caller of a queue. Repeating one does no harm: a stay is named by its Uniqueid and its start.
#[derive(Debug, Clone, PartialEq)]
pub enum CallerNews {
    /// Waits at that place (also when the place or the call changed).
    Waiting {
        /// His channel's Uniqueid.
        uniqueid: Text,
        /// His channel.
        channel: Text,
        /// His call.
        call: Arc<CallKey>,
        /// Who.
        party: Party,
        /// Place, 1 first.
        position: u32,
        /// Since.
        joined: Micros,
    },
    /// Another channel took his place in the line.
    Replaced {
        /// Uniqueid of who waited.
        uniqueid: Text,
        /// Since when.
        joined: Micros,
        /// Uniqueid of who waits now.
        by: Text,
    },
    /// Is out of the line; how it ended may not be known yet.
    Left {
        /// His channel's Uniqueid.
        uniqueid: Text,
        /// Since when he had waited.
        joined: Micros,
        /// When.
        at: Micros,
    },
    /// How it ended is known.
    Closed {
        /// His channel's Uniqueid.
        uniqueid: Text,
        /// Since when he had waited.
        joined: Micros,
        /// How.
        outcome: QueueOutcome,
        /// Endpoint of the agent who took him.
        agent: Option<Text>,
    },
}
