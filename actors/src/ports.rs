//! What the actors need from outside and what outside calls: no socket stands here.

use std::time::Duration;

use actix::Message as ActixMessage;
use asterisk::ami::event::SharedEvent;
use asterisk::ami::{Action, Message};
use compact_str::CompactString;

use crate::command::{Refusal, Verb};
use crate::keys::{Epoch, Micros};
use crate::view::Said;

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
    /// No live link: nothing was sent.
    LinkDown,
    /// The link dropped before the answer came: whether it was done is unknown.
    LinkLost,
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
    Event(SharedEvent),
    /// Events in a row that nobody here listens to.
    Unheard(Unheard),
    /// The link changed its state.
    Link(LinkChange),
    /// A whole set of listings, to be compared with what we hold; answered with [`Compared`].
    Listing(Box<Listing>),
    /// What the account and the dialplan lack for some verbs.
    Abilities(Box<Abilities>),
    /// What the PBX says of one doubtful channel.
    Probe(Box<Probe>),
    /// What the PBX says of one queue: its `QueueParams`, `QueueMember` and `QueueEntry` items, all
    /// of them; empty when it has no such queue.
    Queue(Box<QueueProbe>),
}

/// Events in a row that were left out, since nobody listens to them ([`unheard`](crate::router::unheard)).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unheard {
    /// How many.
    pub count: u32,
    /// When the last was, on the PBX's clock; 0 when none told.
    pub last: Micros,
}

impl Unheard {
    /// One more.
    pub fn add(&mut self, at: Micros) {
        self.count += 1;
        self.last = self.last.max(at);
    }
}

/// What the account and the dialplan of a PBX lack; what could not be asked is not in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Actions that `ListCommands` does not name.
    pub no_action: Vec<&'static str>,
    /// Contexts that `ShowDialPlan` does not find.
    pub no_context: Vec<&'static str>,
}

impl Abilities {
    /// Why that verb cannot work there.
    pub fn refuse(&self, verb: Verb) -> Option<Refusal> {
        let lacks = |action: &&&'static str| self.no_action.contains(*action);
        if let Some(action) = verb.actions().iter().find(lacks) {
            return Some(Refusal::Account(action));
        }
        let context = verb.context().filter(|c| self.no_context.contains(c));
        context.map(Refusal::Dialplan)
    }
}

/// The answer to `Status` of one channel.
#[derive(Debug)]
pub struct Probe {
    /// The Uniqueid that was asked about.
    pub uniqueid: CompactString,
    /// Its channel name, as asked.
    pub channel: CompactString,
    /// On the PBX's clock, when it was asked.
    pub asked_at: Micros,
    /// The `Status` item, or `None` when the PBX has no such channel: that ends it (unless an event
    /// came since). The item's own Uniqueid may be another's, when the name was used anew.
    pub status: Option<Message>,
}

/// The answer to `QueueStatus` of one queue.
#[derive(Debug)]
pub struct QueueProbe {
    /// Its name.
    pub queue: CompactString,
    /// On the PBX's clock, when it was asked.
    pub asked_at: Micros,
    /// Its items.
    pub items: Vec<Message>,
}

/// What those behind a link ask of it, besides actions. Sent with `do_send` within the PBX's
/// arbiter; the link has a budget and drops what passes it, counted.
#[derive(Debug)]
pub enum AskLink {
    /// The link sent something malformed (words): list and compare everything.
    Suspect(Said),
    /// This channel is doubtful or unknown: ask for it alone, answered by [`FeedItem::Probe`].
    Channel {
        /// Its Uniqueid.
        uniqueid: CompactString,
        /// Its name.
        channel: CompactString,
    },
    /// This queue is doubtful: answered by [`FeedItem::Queue`].
    Queue(CompactString),
    /// What the comparison with a [`Listing`] gave.
    Compared(Box<Compared>),
}

impl ActixMessage for AskLink {
    type Result = ();
}

/// What the comparison with a [`Listing`] gave.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Of which round.
    pub round: u8,
    /// Channels compared.
    pub channels: u32,
    /// Queue members and callers compared.
    pub queue_entries: u32,
    /// Devices, registrations and contacts compared.
    pub devices: u32,
    /// What differed; in round 1 only what a second look must confirm keeps the link from being
    /// live.
    pub differences: u32,
    /// The first of them in words, 20 at most.
    pub examples: Vec<Said>,
    /// Something is missing from the listing that we hold: a second listing must confirm it.
    pub look_again: bool,
}

/// A new state of the link, as the router and those behind it need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkChange {
    /// Connection lost or silent: everything of this PBX is as it was.
    Stale,
    /// Connected to that boot of the PBX. Another epoch than before ends all that was (F17, F18).
    Epoch(Epoch),
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
    pub asked_at: Micros,
    /// The link was away before: what no listing tells may have changed meanwhile.
    pub after_gap: bool,
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

impl Compared {
    /// Adds another part of the same comparison.
    pub fn add(&mut self, part: Self) {
        self.channels += part.channels;
        self.queue_entries += part.queue_entries;
        self.devices += part.devices;
        self.differences += part.differences;
        self.examples.extend(part.examples);
        self.look_again |= part.look_again;
    }

    /// Both rounds of one comparison: what was compared at first, and every difference once.
    pub fn then(mut self, second: Self) -> Self {
        self.round = second.round;
        self.differences += second.differences;
        self.examples.extend(second.examples);
        self.look_again = second.look_again;
        self
    }
}
