//! What the actors need from outside and what outside calls: no socket stands here.

use std::time::Duration;

use actix::Message as ActixMessage;
use asterisk::ami::{Action, Message};

/// Ask a PBX's link to send an action and give back what the PBX answered.
#[derive(Debug)]
pub struct SendAction {
    /// What to send; the link adds the ActionID.
    pub action: Action,
    /// How long the answer may take.
    pub deadline: Duration,
}

/// What the PBX said.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The `Response: Success` (or `Goodbye`) message.
    pub response: Message,
    /// The items of a list, without its `...Complete`.
    pub items: Vec<Message>,
}

/// Why there is no good answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionFailure {
    /// No live link: nothing was sent, or the link dropped while waiting.
    LinkDown,
    /// The PBX did not answer in time.
    TimedOut,
    /// The PBX answered `Response: Error` with this `Message`.
    Refused(String),
    /// A list ended without being whole, or its count does not fit: not to be trusted (F22).
    Incomplete,
    /// Too many actions wait already.
    Busy,
}

impl ActixMessage for SendAction {
    type Result = Result<Answer, ActionFailure>;
}

/// What a router reads: one PBX's connection, whatever socket is behind it. It outlives a restart
/// of the router, which asks it again and loses nothing.
pub trait Feed: 'static {
    /// The next item, in the order of the connection. Never ends: a lost connection is an item.
    fn poll_next(&mut self, cx: &mut std::task::Context<'_>) -> std::task::Poll<FeedItem>;
}

/// One thing that a connection tells, in order.
#[derive(Debug)]
pub enum FeedItem {
    /// An event that belongs to no answer of ours.
    Event(Message),
    /// The link changed its state.
    Link(LinkChange),
    /// A whole set of listings, to be compared with what we hold.
    Listing(Box<Listing>),
}

/// A new state of the link, as the router and those behind it need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkChange {
    /// Connection lost or silent: everything of this PBX is as it was.
    Stale,
    /// Connected to that boot of the PBX. Another epoch than before ends all that was (F17, F18).
    Epoch(crate::keys::Epoch),
    /// Compared and live again.
    Live,
}

/// What the PBX lists of itself at about one instant. An absent part was not asked or not whole:
/// it proves nothing (F22).
#[derive(Debug, Default)]
pub struct Listing {
    /// 1 for the first look; 2 for the second, which alone may end what is missing twice.
    pub round: u8,
    /// On the PBX's clock as far as it is known, when the first list was asked for.
    pub asked_at: crate::keys::Micros,
    /// `CoreShowChannel` items.
    pub channels: Option<Vec<Message>>,
    /// `Status` items, which tell more of a channel (16: `Linkedid`, `BridgeID`, `Application`).
    pub status: Option<Vec<Message>>,
    /// `BridgeInfoChannel` items with the bridge's id, for each bridge listed.
    pub bridges: Option<Vec<(String, Vec<Message>)>>,
    /// `QueueParams`, `QueueMember`, `QueueEntry` items.
    pub queues: Option<Vec<Message>>,
    /// `DeviceStateChange` items.
    pub devices: Option<Vec<Message>>,
    /// `ContactList`/`ContactStatusDetail` (PJSIP) or `PeerEntry` (chan_sip) items.
    pub contacts: Option<Vec<Message>>,
    /// `OutboundRegistrationDetail` (PJSIP) or `RegistryEntry` (chan_sip) items.
    pub registrations: Option<Vec<Message>>,
    /// `EndpointList` (PJSIP) or `PeerEntry` (chan_sip) items.
    pub endpoints: Option<Vec<Message>>,
    /// `ParkedCall` items.
    pub parked: Option<Vec<Message>>,
    /// `ConfbridgeList` items of every room.
    pub conferences: Option<Vec<Message>>,
}
