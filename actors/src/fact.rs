//! What a state machine says happened, and what one input made of it.
//!
//! A fact is never merged or dropped; later the journal, history and figures are made of them.
//! What only the board needs is not a fact: the shell reads the view when something `changed`.

use std::sync::Arc;

use crate::agent::LegNews;
use crate::call::contact::{Contact, QueueStay};
use crate::call::record::CallRecord;
use crate::keys::{CallKey, Micros};
use crate::queue::CallerNews;
use crate::view::{Activity, Availability, FlowEnd, FlowVisitView, Text};

/// Something that happened, on the PBX's clock.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// When.
    pub at: Micros,
    /// What.
    pub what: What,
}

/// The closed list of what can happen.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A call is over: which, and its whole record.
    CallEnded(CallKey, Arc<CallRecord>),
    /// A caller's stay in a queue is over.
    QueueStay(Arc<QueueStay>),
    /// A phone's leg is over; told again when more of it becomes known.
    Contact(Arc<Contact>),
    /// An agent's availability or pause reason changed: a new interval begins.
    Availability {
        /// `PJSIP/1001`
        endpoint: Text,
        /// From now on.
        availability: Availability,
        /// Pause reason.
        reason: Option<Text>,
    },
    /// What an agent does changed: a new interval begins.
    Activity {
        /// `PJSIP/1001`
        endpoint: Text,
        /// From now on.
        activity: Activity,
        /// The queue whose call it is about (wrap-up after one of them, too).
        queue: Option<Text>,
        /// Of a wrap-up: when the caller came whom he served.
        arrived: Option<Micros>,
        /// Of a wrap-up: when its timer ends it, if nothing does before.
        ends: Option<Micros>,
    },
    /// A caller began to walk a flow; told again when that is over.
    Walk(Arc<WalkFact>),
    /// He left a node of it.
    Visit(Arc<VisitFact>),
    /// A member was added to (or taken out of) a queue.
    Membership {
        /// Queue.
        queue: Text,
        /// The member's interface.
        interface: Text,
        /// The agent's endpoint behind it.
        endpoint: Text,
        /// In or out.
        member: bool,
    },
}

/// A walk through a flow. Its key is the channel with when it began.
#[derive(Debug, Clone, PartialEq)]
pub struct WalkFact {
    /// As the call was named then: calls merge. Of a channel that no event ever showed, named by its Uniqueid.
    pub call: CallKey,
    /// Of the channel.
    pub uniqueid: Text,
    /// When.
    pub began: Micros,
    /// Id of the flow that he walked last; empty where he had none.
    pub flow: Text,
    /// Its name.
    pub name: Text,
    /// What he called.
    pub called: Text,
    /// When and how it ended, and why where it failed; `None` while he walks.
    pub ended: Option<(Micros, FlowEnd, Option<Text>)>,
}

/// A stay at a node that is over, by its place in the walk.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitFact {
    /// As the call was named then.
    pub call: CallKey,
    /// Of the channel.
    pub uniqueid: Text,
    /// When the walk began.
    pub began: Micros,
    /// From 0.
    pub n: usize,
    /// Id of the flow.
    pub flow: Text,
    /// Node, name, times, port.
    pub visit: FlowVisitView,
}

/// What to tell another entity.
#[derive(Debug, Clone, PartialEq)]
pub enum Tell {
    /// To the agent or the trunk at that endpoint, if there is one.
    Endpoint(Text, LegNews),
    /// To that queue.
    Queue(Text, CallerNews),
}

/// What one input made of an entity. The shell empties it, and uses it again for the next.
#[derive(Debug, Default)]
pub struct Outbox {
    /// For the journal.
    pub facts: Vec<Fact>,
    /// For other entities, in order.
    pub tells: Vec<Tell>,
    /// The view differs from before.
    pub changed: bool,
    /// A supervisor must see it at once: new call, ring, answer, hangup, pause, queue join or leave.
    pub urgent: bool,
}

impl Outbox {
    /// As new, keeping its room.
    pub fn clear(&mut self) {
        self.facts.clear();
        self.tells.clear();
        self.changed = false;
        self.urgent = false;
    }

    /// The view changed.
    pub fn change(&mut self) {
        self.changed = true;
    }

    /// The view changed and must be seen at once.
    pub fn urge(&mut self) {
        self.changed = true;
        self.urgent = true;
    }

    /// Adds a fact.
    pub fn fact(&mut self, at: Micros, what: What) {
        self.facts.push(Fact { at, what });
    }
}
