//! What happened, as figures take it: facts without what no figure needs. Times are µs since 1970 UTC on
//! the PBX's clock.

use actors::call::contact;
use actors::fact::{Fact, What};
use actors::keys::PbxName;
use actors::view::{Activity, Availability, QueueOutcome};
use serde::{Deserialize, Serialize};

/// One thing that happened. What has no word here is as in [`What`].
#[allow(missing_docs)] // the fields are the facts' own
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    /// A caller's stay in a queue is over.
    Stay(Stay),
    /// A phone's leg is over.
    Contact(Contact),
    /// An agent wrapped up after a queue's call.
    WrapUp(WrapUp),
    /// An interval of the first axis of an agent begins.
    Availability {
        pbx: String,
        endpoint: String,
        at: i64,
        availability: Availability,
        reason: Option<String>,
    },
    /// An interval of the second axis begins.
    Activity {
        pbx: String,
        endpoint: String,
        at: i64,
        activity: Activity,
        queue: Option<String>,
        arrived: Option<i64>,
        ends: Option<i64>,
    },
    /// An agent is a member of that queue from now on, or no more.
    Membership { pbx: String, queue: String, endpoint: String, at: i64, member: bool },
    /// That PBX is followed from now on, or no more. Of another run than before: who was what is not known
    /// until it is told again.
    Watched { pbx: String, run: i64, at: i64, on: bool },
}

/// A caller's stay in a queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stay {
    /// PBX name.
    pub pbx: String,
    /// Boot of the PBX, seconds since 1970.
    pub epoch: i64,
    /// Linkedid of the call, as it was then.
    pub linkedid: String,
    /// Uniqueid of who stood there.
    pub uniqueid: String,
    /// Queue.
    pub queue: String,
    /// Joined, or was refused.
    pub joined: i64,
    /// Out of the line.
    pub left: i64,
    /// How.
    pub outcome: QueueOutcome,
    /// Endpoint of the agent who took him.
    pub agent: Option<String>,
    /// How long he waited is not known: he was served already when the call was met.
    pub met: bool,
}

/// A phone's leg.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// PBX name.
    pub pbx: String,
    /// Boot of the PBX, seconds since 1970.
    pub epoch: i64,
    /// Linkedid of the call, as it was then.
    pub linkedid: String,
    /// Uniqueid of the leg.
    pub uniqueid: String,
    /// `PJSIP/1001`
    pub endpoint: String,
    /// The queue that rang it.
    pub queue: Option<String>,
    /// The caller joined that queue; without one, the leg began.
    pub arrived: i64,
    /// It began to ring, or to dial.
    pub started: i64,
    /// Up.
    pub answered: Option<i64>,
    /// Gone.
    pub ended: i64,
    /// With the customer's side and not on hold, µs.
    pub talk: i64,
    /// Holding him, µs.
    pub hold: i64,
    /// How often.
    pub holds: i16,
    /// With another than the queue's caller, µs.
    pub consult: i64,
    /// He transferred his caller away.
    pub transferred: bool,
    /// The queue rang it in vain.
    pub missed: bool,
    /// Times and durations are bounds.
    pub met: bool,
}

/// A wrap-up that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct WrapUp {
    /// PBX name.
    pub pbx: String,
    /// Whose.
    pub endpoint: String,
    /// After a call of that queue.
    pub queue: String,
    /// When the caller came.
    pub arrived: i64,
    /// The call was over.
    pub since: i64,
    /// The wrap-up was.
    pub until: i64,
}

impl Stay {
    /// Of a fact.
    pub fn of(stay: &contact::QueueStay) -> Self {
        Self {
            pbx: stay.call.pbx.0.to_string(),
            epoch: stay.call.epoch.0,
            linkedid: stay.call.linkedid.to_string(),
            uniqueid: stay.uniqueid.to_string(),
            queue: stay.queue.to_string(),
            joined: stay.joined.0,
            left: stay.left.0,
            outcome: stay.outcome,
            agent: stay.agent.as_ref().map(ToString::to_string),
            met: stay.met,
        }
    }

    /// An agent took him who is known: `app_queue` counts his wait.
    pub fn was_taken(&self) -> bool {
        self.outcome == QueueOutcome::Answered && self.agent.is_some()
    }

    /// How long he waited, µs; `None` when that is not known.
    pub fn waited(&self) -> Option<i64> {
        (!self.met).then(|| (self.left - self.joined).max(0))
    }
}

impl Contact {
    /// Of a fact.
    pub fn of(contact: &contact::Contact) -> Self {
        Self {
            pbx: contact.call.pbx.0.to_string(),
            epoch: contact.call.epoch.0,
            linkedid: contact.call.linkedid.to_string(),
            uniqueid: contact.uniqueid.to_string(),
            endpoint: contact.endpoint.to_string(),
            queue: contact.queue.as_ref().map(ToString::to_string),
            arrived: contact.arrived.0,
            started: contact.started.0,
            answered: contact.answered.map(|at| at.0),
            ended: contact.ended.0,
            talk: contact.talk,
            hold: contact.hold,
            holds: i16::try_from(contact.holds).unwrap_or(i16::MAX),
            consult: contact.consult,
            transferred: contact.transferred,
            missed: contact.missed,
            met: contact.met,
        }
    }
}

impl Happened {
    /// Of a fact; `None` where no figure is made of it.
    pub fn of(pbx: &PbxName, fact: &Fact) -> Option<Self> {
        let (pbx, at) = (pbx.0.to_string(), fact.at.0);
        Some(match &fact.what {
            What::CallEnded(..) | What::Walk(_) | What::Visit(_) => return None,
            What::QueueStay(stay) => Self::Stay(Stay::of(stay)),
            What::Contact(contact) => Self::Contact(Contact::of(contact)),
            What::Availability { endpoint, availability, reason } => Self::Availability {
                pbx,
                endpoint: endpoint.to_string(),
                at,
                availability: *availability,
                reason: reason.as_ref().map(ToString::to_string),
            },
            What::Activity { endpoint, activity, queue, arrived, ends } => Self::Activity {
                pbx,
                endpoint: endpoint.to_string(),
                at,
                activity: *activity,
                queue: queue.as_ref().map(ToString::to_string),
                arrived: arrived.map(|at| at.0),
                ends: ends.map(|at| at.0),
            },
            What::Membership { queue, endpoint, member, .. } => Self::Membership {
                pbx,
                queue: queue.to_string(),
                endpoint: endpoint.to_string(),
                at,
                member: *member,
            },
        })
    }
}
