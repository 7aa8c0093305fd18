//! What a person may ask, and every way it can end.
//!
//! A [`Command`] is a verb with typed values, on a live channel or on an agent. [`Verb`] is its name
//! alone, which a right is given for.

mod values;
mod verb;

pub use values::{
    BadValue, ChannelName, ContextName, Destination, Digits, Endpoint, NodeId, QueueName, Reason, SoundFile,
    Words,
};
pub use verb::Verb;

use crate::keys::PbxName;
use crate::numbers::By;
pub use crate::view::SpyMode;

/// What to do to a live channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallAct {
    /// Hang the channel up with that Q.850 cause (1 to 127; 16 is normal clearing).
    Hangup {
        /// Q.850 cause.
        cause: u16,
    },
    /// Send the channel to an extension (AMI `Redirect`, priority 1); the context is the link's
    /// configured default unless given and allowed.
    Transfer {
        /// Extension or number.
        destination: Destination,
        /// Context.
        context: Option<ContextName>,
    },
    /// Put the other party on hold and call somebody, from this leg.
    Consult {
        /// Extension or number.
        destination: Destination,
        /// Context.
        context: Option<ContextName>,
    },
    /// Join the party on hold with whom this leg consults.
    Complete,
    /// Back to the party on hold.
    Cancel,
    /// Set the leg aside; whoever is with it is let go.
    Park,
    /// A parked leg to that phone.
    Retrieve {
        /// Which phone.
        station: Endpoint,
    },
    /// Hear the leg and whoever is with it.
    Spy {
        /// And speak to whom.
        mode: SpyMode,
        /// The phone that hears.
        station: Endpoint,
    },
    /// This leg, which hears another, no longer does.
    StopListening,
    /// Whoever is with this leg goes on with that phone.
    TakeOver {
        /// Which phone.
        station: Endpoint,
    },
    /// Keys, as if the other side had pressed them.
    Dtmf {
        /// Which.
        digits: Digits,
    },
    /// Its recording.
    Record(Recording),
    /// Out of its conference.
    Kick,
    /// Silent in its conference, or no longer.
    Mute {
        /// Silent.
        on: bool,
    },
    /// A waiting caller to that phone.
    Pick {
        /// Which phone.
        station: Endpoint,
    },
    /// A caller in a flow to another node of it.
    ToNode {
        /// Which.
        node: NodeId,
    },
    /// A waiting caller to that queue, or one in a flow.
    Move {
        /// Which queue.
        queue: QueueName,
    },
}

/// What to do to a conversation with an assistant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionAct {
    /// The assistant uses it for its next answer; the caller does not hear it.
    Whisper {
        /// What.
        text: Words,
    },
    /// The assistant says it to the caller.
    Say {
        /// What.
        text: Words,
    },
    /// The caller goes on with that phone; the assistant is silent.
    TakeOver {
        /// Which phone.
        station: Endpoint,
    },
    /// The assistant has him again.
    HandBack,
    /// To the human whom the assistant would call.
    Transfer,
    /// Goodbye.
    End,
}

/// What to do to a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recording {
    /// Begin one.
    Start,
    /// End it.
    Stop,
    /// Leave out what is said from now on.
    Pause,
    /// Take it up again.
    Resume,
}

/// What to do to an agent, in one queue or (without one) in all of his.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentAct {
    /// No more calls for him.
    Pause {
        /// Which queue.
        queue: Option<QueueName>,
        /// Why.
        reason: Option<Reason>,
        /// Only once the call he is on is over.
        after_call: bool,
    },
    /// Calls for him again; also takes back a pause that was to come.
    Unpause {
        /// Which queue.
        queue: Option<QueueName>,
    },
    /// Makes him a member. Where he is paused in his other queues he is added paused, so that no call
    /// slips through (L33).
    Login {
        /// Which queue.
        queue: QueueName,
        /// 0 is served first.
        penalty: Option<u16>,
    },
    /// No longer a member.
    Logout {
        /// Which queue.
        queue: Option<QueueName>,
    },
    /// Weighs him.
    Penalty {
        /// Which queue.
        queue: Option<QueueName>,
        /// 0 is served first.
        penalty: u16,
    },
}

/// On whom, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// On a live channel.
    Channel(ChannelName, CallAct),
    /// On the agent at that endpoint.
    Agent(Endpoint, AgentAct),
    /// Call somebody from that phone.
    Originate(Endpoint, Originate),
    /// Ring that phone and record there what is said into it.
    Speak(Endpoint, SoundFile),
}

/// A call from a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Originate {
    /// Whom.
    pub destination: Destination,
    /// Where that is dialled; the configured default without one.
    pub context: Option<ContextName>,
    /// Not from the phone but from this number, which is called first.
    pub mobile: Option<Destination>,
}

/// Whom verbs are done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// A live channel.
    Channel(ChannelName),
    /// An agent.
    Agent(Endpoint),
}

impl Order {
    /// Its name.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Channel(_, act) => act.verb(),
            Self::Agent(_, act) => act.verb(),
            // a phone is rung: the same right, the same action
            Self::Originate(..) | Self::Speak(..) => Verb::Originate,
        }
    }
}

/// An order, where it is to be carried out and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// On which PBX; needed only when two have such a channel or agent.
    pub pbx: Option<PbxName>,
    /// Who asks, for the rules of numbers.
    pub by: By,
    /// What.
    pub order: Order,
}

impl CallAct {
    /// Its name.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Hangup { .. } => Verb::Hangup,
            Self::Transfer { .. } => Verb::Transfer,
            Self::Consult { .. } => Verb::Consult,
            Self::Complete => Verb::Complete,
            Self::Cancel => Verb::Cancel,
            Self::Park => Verb::Park,
            Self::Retrieve { .. } => Verb::Retrieve,
            Self::Spy { mode: SpyMode::Listen, .. } => Verb::Listen,
            Self::Spy { mode: SpyMode::Whisper, .. } => Verb::Whisper,
            Self::Spy { mode: SpyMode::Barge, .. } => Verb::Barge,
            Self::StopListening => Verb::StopListening,
            Self::TakeOver { .. } => Verb::TakeOver,
            Self::Dtmf { .. } => Verb::Dtmf,
            Self::Record(Recording::Start) => Verb::RecordStart,
            Self::Record(Recording::Stop) => Verb::RecordStop,
            Self::Record(Recording::Pause) => Verb::RecordPause,
            Self::Record(Recording::Resume) => Verb::RecordResume,
            Self::Kick => Verb::Kick,
            Self::Mute { .. } => Verb::Mute,
            Self::Pick { .. } => Verb::Pick,
            Self::Move { .. } => Verb::Move,
            Self::ToNode { .. } => Verb::ToNode,
        }
    }
}

impl AgentAct {
    /// Its name.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Pause { .. } => Verb::Pause,
            Self::Unpause { .. } => Verb::Unpause,
            Self::Login { .. } => Verb::Login,
            Self::Logout { .. } => Verb::Logout,
            Self::Penalty { .. } => Verb::Penalty,
        }
    }
}

impl Command {
    /// On a channel, by nobody in particular.
    pub fn channel(channel: ChannelName, act: CallAct) -> Self {
        Self { pbx: None, by: By::default(), order: Order::Channel(channel, act) }
    }

    /// On an agent, by nobody in particular.
    pub fn agent(endpoint: Endpoint, act: AgentAct) -> Self {
        Self { pbx: None, by: By::default(), order: Order::Agent(endpoint, act) }
    }

    /// The name of what is asked.
    pub fn verb(&self) -> Verb {
        self.order.verb()
    }
}

/// The event that shows it done was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// What shows it, for the caller: `hangup`, `redirected`, `already_hung_up`, `paused`, `pending`.
    pub outcome: &'static str,
    /// The channel that it made, by its name.
    pub channel: Option<compact_str::CompactString>,
}

impl Done {
    /// With that word.
    pub fn of(outcome: &'static str) -> Self {
        Self { outcome, channel: None }
    }
}

/// Why it was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No such live channel (404).
    NoSuchChannel,
    /// No such agent (404).
    NoSuchAgent,
    /// Two PBXs have a channel or agent of that name: say which (409).
    Ambiguous,
    /// The state of the call forbids it (409): a stable slug and words.
    State(&'static str, &'static str),
    /// The account in `manager.conf` may not send that action (409).
    Account(&'static str),
    /// The dialplan has no such context (409).
    Dialplan(&'static str),
    /// A value that this PBX does not allow (422).
    NotAllowed(BadValue),
    /// The PBX refused, in its own words (502).
    Pbx(String),
    /// No live link to that PBX: nothing was sent (503).
    LinkDown,
    /// Sent, but the link dropped before the answer: whether it was done is unknown (503).
    LinkLost,
    /// Too much waits already (503).
    Busy,
    /// Sent, but no event showed it in time (504).
    TimedOut,
}

impl From<crate::ports::ActionFailure> for Refusal {
    fn from(failure: crate::ports::ActionFailure) -> Self {
        use crate::ports::ActionFailure;
        match failure {
            ActionFailure::LinkDown => Self::LinkDown,
            ActionFailure::LinkLost => Self::LinkLost,
            ActionFailure::TimedOut => Self::TimedOut,
            ActionFailure::Busy => Self::Busy,
            ActionFailure::Refused(words) => Self::Pbx(words),
            ActionFailure::Incomplete => Self::Pbx("the answer was not whole".into()),
        }
    }
}

impl From<asterisk::ami::ActionError> for Refusal {
    fn from(error: asterisk::ami::ActionError) -> Self {
        use asterisk::ami::ActionError;
        let field = match error {
            ActionError::NotExact(field)
            | ActionError::ControlByte(field)
            | ActionError::LineTooLong(field) => field,
            ActionError::TooManyHeaders => "channel",
        };
        Self::NotAllowed(BadValue { field, expected: "a value that AMI can carry" })
    }
}

impl From<crate::numbers::NumberRefusal> for Refusal {
    fn from(refusal: crate::numbers::NumberRefusal) -> Self {
        match refusal {
            crate::numbers::NumberRefusal::Malformed(expected) => {
                Self::NotAllowed(BadValue { field: "destination", expected })
            }
            other => Self::State(other.slug(), other.words()),
        }
    }
}
