//! Typed views of events and list items: what Asterisk said, checked for its shape.
//!
//! [`Event::read`] goes over the lines of a [`Message`] once and gives slices of it: nothing is
//! copied, nothing is allocated (the two largest views are boxed). Structs are named as Asterisk
//! names the event, fields as the headers in snake_case; a channel is one [`Chan`], a bridge one
//! [`Bridge`], a queue member one [`Member`]. An event that is not known here is kept as [`Other`].
//!
//! A [`ShapeError`] means that no healthy Asterisk sent this (S02, F10): a mandatory header is
//! missing, `Event`, `Privilege`, `Channel`, `Uniqueid` or `Linkedid` stands twice, `Privilege` is
//! not the second line although the message answers no action. Other headers do repeat in healthy
//! traffic; the first counts.
//!
//! What stands in a healthy shape may still be a lie: Asterisk does not escape all that a caller
//! supplies. Whether the channel named exists is for those who hold the calls to say.

mod bridges;
mod channels;
mod field;
mod lines;
mod lists;
mod queues;
mod shape;
mod shared;
mod snapshot;
mod system;
mod value;

pub use bridges::*;
pub use channels::*;
pub use lists::*;
pub use queues::*;
pub use shape::{Fault, ShapeError};
pub use shared::SharedEvent;
pub use snapshot::{Bridge, Chan, Member};
pub use system::*;
pub use value::Value;

use self::lines::Lines;
use super::{Kind, Message};

/// What every event has beside its own headers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Head<'a> {
    /// `Timestamp`: seconds since 1970 with six decimals on the PBX's clock. Absent from list items,
    /// from `FullyBooted`, and where manager.conf says `timestampevents = no`.
    pub timestamp: Option<&'a [u8]>,
    /// Present in list items, and in `OriginateResponse` and `UserEvent` of any AMI client.
    pub action_id: Option<&'a [u8]>,
    /// `Privilege` is the second line, as in everything that is no answer to an action.
    pub privilege_second: bool,
}

impl Head<'_> {
    /// It answers no action and belongs to no list, whatever waits for one.
    pub fn is_unasked(&self) -> bool {
        self.privilege_second && self.action_id.is_none()
    }
}

/// An event that has no view of its own here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Other<'a> {
    /// Its name; never empty.
    pub name: &'a str,
}

impl<'a> Other<'a> {
    fn read(name: &'a str, lines: &mut Lines<'a>) -> Result<Self, ShapeError> {
        while lines.next().is_some() {}
        lines.check(name)?;
        Ok(Self { name })
    }
}

macro_rules! events {
    (plain: $($name:ident)*; boxed: $($large:ident)*;) => {
        /// One event or list item.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        #[allow(missing_docs, clippy::large_enum_variant)] // each view says what it is
        pub enum Event<'a> {
            $($name($name<'a>),)*
            $($large(Box<$large<'a>>),)*
            Other(Other<'a>),
        }

        impl<'a> Event<'a> {
            /// Its name, as Asterisk writes it.
            pub fn name(&self) -> &'a str {
                match self {
                    $(Self::$name(_) => stringify!($name),)*
                    $(Self::$large(_) => stringify!($large),)*
                    Self::Other(other) => other.name,
                }
            }

            /// The same for an event with a view here; `Other` for one without.
            pub fn known_name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($name),)*
                    $(Self::$large(_) => stringify!($large),)*
                    Self::Other(_) => "Other",
                }
            }

            fn read_lines(name: &'a str, lines: &mut Lines<'a>) -> Result<Self, ShapeError> {
                match (name.len(), name) {
                    $((len, stringify!($name)) if len == stringify!($name).len() => {
                        $name::read(lines).map(Self::$name)
                    })*
                    $((len, stringify!($large)) if len == stringify!($large).len() => {
                        $large::read(lines).map(Box::new).map(Self::$large)
                    })*
                    _ => Other::read(name, lines).map(Self::Other),
                }
            }
        }

        /// The names of all events that have a view here.
        pub const KNOWN: &[&str] = &[$(stringify!($name),)* $(stringify!($large),)*];
    };
}

events! {
    plain:
    VarSet Newexten DeviceStateChange QueueMemberStatus Newstate Newchannel Hangup NewConnectedLine
    BridgeEnter BridgeLeave SoftHangupRequest HangupRequest DialBegin DialState DialEnd BridgeCreate
    BridgeDestroy Cdr NewCallerid NewAccountCode Rename Hold Unhold MusicOnHoldStart MusicOnHoldStop
    DTMFBegin DTMFEnd Pickup ChanSpyStart ChanSpyStop MixMonitorStart MixMonitorStop MixMonitorMute
    MonitorStart MonitorStop OriginateResponse UserEvent BridgeMerge BridgeVideoSourceUpdate
    LocalBridge LocalOptimizationEnd BlindTransfer ParkedCall ParkedCallTimeOut ParkedCallGiveUp
    ParkedCallSwap UnParkedCall ConfbridgeStart ConfbridgeEnd ConfbridgeJoin ConfbridgeLeave
    ConfbridgeMute ConfbridgeUnmute ConfbridgeTalking ConfbridgeRecord ConfbridgeStopRecord
    QueueCallerJoin QueueCallerLeave QueueCallerAbandon AgentCalled AgentConnect AgentComplete
    AgentDump AgentRingNoAnswer QueueMemberAdded QueueMemberRemoved QueueMemberPause
    QueueMemberPenalty QueueMemberRinginuse QueueParams QueueMember QueueEntry ExtensionStatus
    PeerStatus ContactStatus Registry FullyBooted Shutdown Reload EndpointList ContactList
    ContactStatusDetail PeerEntry OutboundRegistrationDetail RegistryEntry CoreShowChannel Status
    BridgeListItem BridgeInfoChannel BridgeInfoComplete ConfbridgeList ConfbridgeListRooms;
    boxed:
    AttendedTransfer LocalOptimizationBegin;
}

impl<'a> Event<'a> {
    /// Reads an event or a list item, or says how its shape is wrong.
    pub fn read(message: &'a Message) -> Result<Self, ShapeError> {
        Self::read_with_head(message).map(|(_, event)| event)
    }

    /// Reads an event that is known to answer no action of ours: an ActionID in it does not excuse a
    /// `Privilege` that is not second (S02). What [`Session`](super::Session) gives out as an event is
    /// that already.
    pub fn read_unasked(message: &'a Message) -> Result<Self, ShapeError> {
        let (head, event) = Self::read_with_head(message)?;
        if head.privilege_second { Ok(event) } else { Err(ShapeError::privilege(event.name())) }
    }

    /// Reads it for who hears of variables only when they are called `variable`: any other `VarSet`,
    /// which on a busy PBX is every second event, is checked for its shape and given out as
    /// [`Other`].
    pub fn read_for(message: &'a Message, variable: &str) -> Result<(Head<'a>, Self), ShapeError> {
        const NAME: &str = "VarSet";
        if message.event() != NAME {
            return Self::read_with_head(message);
        }
        let mut lines = Lines::new(message.bytes());
        if lines.skim(NAME)? == Some(variable.as_bytes()) {
            return Self::read_with_head(message);
        }
        Ok((lines.head(), Self::Other(Other { name: NAME })))
    }

    /// Reads it with what every event has.
    pub fn read_with_head(message: &'a Message) -> Result<(Head<'a>, Self), ShapeError> {
        if message.kind() != Kind::Event {
            return Err(ShapeError::not_an_event());
        }
        let name = message.event();
        if name.is_empty() {
            return Err(ShapeError::not_an_event());
        }
        let mut lines = Lines::new(message.bytes());
        let event = Self::read_lines(name, &mut lines)?;
        Ok((lines.head(), event))
    }
}
