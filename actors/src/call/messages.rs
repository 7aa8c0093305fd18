//! What reaches a call besides events.

use crate::keys::Micros;
use crate::view::Text;

/// A leg of another call in a bridge where this call has a leg too (a conference).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// Uniqueid.
    pub uniqueid: Text,
    /// Channel name.
    pub channel: Text,
    /// Linkedid of its call.
    pub linkedid: Text,
}

/// Who else is in a bridge that a leg of this call just entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guests {
    /// Bridge id.
    pub bridge: Text,
    /// When.
    pub at: Micros,
    /// Legs of other calls.
    pub guests: Vec<Guest>,
}

/// What a comparison with a listing found: words, for the supervisor.
pub type Difference = String;
