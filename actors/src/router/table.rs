//! The pure routing table: who is who, one hash look-up for most events.

use crate::call::Guests;
use crate::view::Text;

/// A call's place in the table; used again after [`Delivery::Over`] or as `from` of an absorption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallNo(pub u32);

/// An agent's place; never used again within an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AgentNo(pub u32);

/// A queue's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueueNo(pub u32);

/// A trunk's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrunkNo(pub u32);

/// What to do with an event, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Delivery {
    /// Start a call; its Linkedid is [`Table::linkedid`](super::table) of that number.
    StartCall(CallNo, Text),
    /// Hand the event to that call.
    Call(CallNo),
    /// Tell that call who else is in a bridge it just entered (after the event).
    Guests(CallNo, Box<Guests>),
    /// The first call ends and hands its state to the second, which absorbs it.
    Absorb {
        /// The younger.
        from: CallNo,
        /// The older.
        into: CallNo,
    },
    /// The last leg of that call hung up: nothing more will come for it.
    Over(CallNo),
    /// Start an agent at that endpoint.
    StartAgent(AgentNo, Text),
    /// Hand the event to that agent.
    Agent(AgentNo),
    /// Start a queue of that name.
    StartQueue(QueueNo, Text),
    /// Hand the event to that queue.
    Queue(QueueNo),
    /// Start a trunk at that endpoint.
    StartTrunk(TrunkNo, Text),
    /// Hand the event to that trunk.
    Trunk(TrunkNo),
    /// Ask that call to tell again what it knows of legs at that endpoint: somebody new listens.
    Retell(CallNo, Text),
    /// The event breaks a guarantee that Asterisk gives; the call (if one is meant) is unconfirmed.
    Violation(Option<CallNo>, Box<str>),
}
