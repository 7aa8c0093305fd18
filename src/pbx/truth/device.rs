//! Phones and trunks, and the state of a device.

use smallvec::SmallVec;

use super::{ChanRef, Party, QueueId, Text};

/// Index of a phone or a trunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointId(pub u32);

/// Asterisk's device states, with the numbers `app_queue` shows in `Status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum DeviceState {
    /// Registered and free.
    NotInUse = 1,
    /// On a call.
    InUse = 2,
    /// On as many calls as it takes.
    Busy = 3,
    /// Not registered or not reachable.
    Unavailable = 5,
    /// Ringing.
    Ringing = 6,
    /// On a call and ringing.
    RingInUse = 7,
    /// Put on hold by the other side.
    OnHold = 8,
}

impl DeviceState {
    /// `State` of `DeviceStateChange`.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotInUse => "NOT_INUSE",
            Self::InUse => "INUSE",
            Self::Busy => "BUSY",
            Self::Unavailable => "UNAVAILABLE",
            Self::Ringing => "RINGING",
            Self::RingInUse => "RINGINUSE",
            Self::OnHold => "ONHOLD",
        }
    }

    /// `DeviceState` of `EndpointList`.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotInUse => "Not in use",
            Self::InUse => "In use",
            Self::Busy => "Busy",
            Self::Unavailable => "Unavailable",
            Self::Ringing => "Ringing",
            Self::RingInUse => "Ring+Inuse",
            Self::OnHold => "On Hold",
        }
    }
}

/// Registration of a trunk at its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Accepted.
    Registered,
    /// Refused, or no answer.
    Rejected,
}

/// Phone or trunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointKind {
    /// A desk.
    Phone,
    /// A provider.
    Trunk,
}

/// A phone or a trunk.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// `1001`, `trunk-a`.
    pub name: Text,
    /// `PJSIP/1001`.
    pub interface: Text,
    /// Which.
    pub kind: EndpointKind,
    /// Caller it shows.
    pub party: Party,
    /// Where it stands.
    pub site: Text,
    /// Context its calls start in.
    pub context: Text,
    /// Its contact.
    pub uri: Text,
    /// Round trip of the last qualify, in microseconds.
    pub rtt_us: u32,
    /// The contact answers.
    pub reachable: bool,
    /// Registration at the provider (trunks).
    pub registration: Registration,
    /// Device state told last.
    pub told: DeviceState,
    /// Its channels.
    pub channels: SmallVec<[ChanRef; 2]>,
    /// Queues it is a member of, with its place among the members.
    pub memberships: SmallVec<[(QueueId, usize); 2]>,
}
