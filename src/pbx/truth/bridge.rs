//! Where channels meet: bridges, parking spaces, conference rooms.

use smallvec::SmallVec;

use super::{ChanRef, Micros, Text};

/// The same for a bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BridgeRef {
    pub(super) slot: u32,
    pub(super) serial: u64,
}

/// What a bridge is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BridgeKind {
    /// Two parties.
    Basic,
    /// A conference room.
    Conference(Text),
    /// A parking lot.
    Parking(Text),
}

/// Channels that hear each other.
#[derive(Debug, Clone)]
pub struct Bridge {
    /// Itself.
    pub at: BridgeRef,
    /// `BridgeUniqueid`.
    pub uuid: Text,
    /// What for.
    pub kind: BridgeKind,
    /// Who is in it, oldest first.
    pub channels: SmallVec<[ChanRef; 2]>,
    /// A conference's announcer stands in it; it is counted and never shown, as on Asterisk.
    pub announcer: bool,
}

impl Bridge {
    /// `BridgeNumChannels`.
    pub fn num_channels(&self) -> usize {
        self.channels.len() + usize::from(self.announcer)
    }
}

/// A call set aside.
#[derive(Debug, Clone)]
pub struct Parked {
    /// Who.
    pub channel: ChanRef,
    /// `701` ...
    pub space: u32,
    /// Who parked it: `PJSIP/1001`.
    pub parker: Text,
    /// Since when.
    pub since: Micros,
    /// Seconds until it comes back.
    pub timeout_s: u32,
}

/// A conference room in use.
#[derive(Debug, Clone)]
pub struct Room {
    /// Its number.
    pub number: Text,
    /// Its bridge.
    pub bridge: BridgeRef,
    /// Locked.
    pub locked: bool,
    /// Who is in it: channel, muted, since.
    pub people: Vec<(ChanRef, bool, Micros)>,
}
