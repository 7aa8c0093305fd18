//! What reaches a call besides events.

use crate::keys::Micros;
use crate::view::Text;

/// A leg of another call in a bridge where this call has a leg too (a conference), or in one that Local
/// pairs of other calls join to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// Uniqueid.
    pub uniqueid: Text,
    /// Channel name.
    pub channel: Text,
    /// The oldest Linkedid of its call.
    pub linkedid: Text,
}

/// Who else is in a bridge that a leg of this call is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guests {
    /// Bridge id.
    pub bridge: Text,
    /// When.
    pub at: Micros,
    /// Legs of other calls.
    pub guests: Vec<Guest>,
    /// These and no others, or these besides those known.
    pub all: bool,
}

/// What a comparison with a listing found and set right, for the supervisor.
pub type Difference = crate::view::Said;
