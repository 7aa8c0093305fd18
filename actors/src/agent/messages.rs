//! What reaches an agent (and a trunk) besides events: news of legs, told by their calls.

use std::sync::Arc;

use crate::keys::{CallKey, Micros};
use crate::view::{LegPhase, Party, Text};

/// A leg as its call sees it now. A whole picture each time, so that a repeated or lost one does no
/// harm: the next sets it right.
#[derive(Debug, Clone, PartialEq)]
pub struct LegNews {
    /// When it became so.
    pub at: Micros,
    /// Uniqueid.
    pub uniqueid: Text,
    /// Channel name.
    pub channel: Text,
    /// The call it belongs to (now: calls merge).
    pub call: Arc<CallKey>,
    /// What it does; [`LegPhase::Ended`] is the last news of a leg.
    pub phase: LegPhase,
    /// Since when.
    pub phase_since: Micros,
    /// It does so since then or before: met on attaching or after a gap.
    pub bound: bool,
    /// It calls out: its dialplan dials somebody now.
    pub dialing: bool,
    /// The queue that rang it.
    pub queue: Option<Text>,
    /// When the caller came whom it serves; without a queue, when the leg began.
    pub arrived: Micros,
    /// That queue rang it in vain (`AgentRingNoAnswer`).
    pub missed: bool,
    /// It shared a bridge with somebody at some time.
    pub talked: bool,
    /// Others in its conversation now, Local halves not counted.
    pub others: u16,
    /// Who, when it is one.
    pub with: Option<Party>,
    /// It is Up in a bridge that the other side left.
    pub dead: bool,
    /// It is in a conference.
    pub in_conference: bool,
    /// It listens to somebody.
    pub spying: bool,
    /// Name of the party at this leg.
    pub party: Party,
}
