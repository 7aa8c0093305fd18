//! One leg: its state, its place in the dialplan, what it is doing.

use smallvec::SmallVec;

use super::{BridgeRef, EndpointId, Micros, QueueId, Text};

/// A slot and who was in it: a reference that outlives its object finds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChanRef {
    pub(super) slot: u32,
    pub(super) serial: u64,
}

/// A number and a name; an empty one is written `<unknown>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// The number.
    pub num: Text,
    /// The name.
    pub name: Text,
}

impl Party {
    /// A party of that number and name.
    pub fn new(num: &str, name: &str) -> Self {
        Self { num: num.into(), name: name.into() }
    }
}

/// Asterisk's `ChannelState`, with its own numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ChannelState {
    /// Made, nothing sent yet.
    Down = 0,
    /// Calling us: the far end hears ringing.
    Ring = 4,
    /// We ring it.
    Ringing = 5,
    /// Answered.
    Up = 6,
}

impl ChannelState {
    /// `ChannelStateDesc`.
    pub fn desc(self) -> &'static str {
        match self {
            Self::Down => "Down",
            Self::Ring => "Ring",
            Self::Ringing => "Ringing",
            Self::Up => "Up",
        }
    }
}

/// What the last events said of a channel; the next ones are made of the difference, as
/// Asterisk's own snapshots are.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Context, extension and priority.
    pub place: (Text, Text, u32),
    /// Whether an application was known.
    pub app: bool,
    /// Caller.
    pub caller: Party,
    /// Connected line.
    pub connected: Party,
    /// Channel state.
    pub state: Option<ChannelState>,
}

/// A dialled leg being rung or talked to by `Dial`.
#[derive(Debug, Clone, Copy)]
pub struct Dial {
    /// The leg dialled.
    pub callee: ChanRef,
    /// When.
    pub since: Micros,
    /// When it answered.
    pub answered: Option<Micros>,
}

/// A caller in `Queue`, waiting or talking to a member.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Which queue.
    pub queue: QueueId,
    /// Entered when.
    pub since: Micros,
    /// Position at entry.
    pub first_position: u32,
    /// Legs rung now.
    pub ringing: SmallVec<[ChanRef; 2]>,
    /// Since when they ring.
    pub ring_since: Micros,
    /// Seconds that he waits at most.
    pub max_wait_s: u32,
    /// Before those of a lower one (`QUEUE_PRIO`).
    pub priority: u8,
    /// Option `c`: when the agent hangs up, he goes on.
    pub goes_on: bool,
    /// How many times members were rung: a timer of an earlier ring is void.
    pub round: u32,
    /// The member who answered, and when.
    pub agent: Option<(ChanRef, Micros)>,
}

/// What a channel's own thread is doing.
#[derive(Debug, Clone, Default)]
pub enum Job {
    /// Nothing: a dialled leg, or a channel between two steps.
    #[default]
    Leg,
    /// `Dial`.
    Dial(Dial),
    /// `Queue`.
    Queue(Box<Waiting>),
    /// `Park`: stands in the parking bridge.
    Parked,
    /// `ConfBridge`.
    Conference,
    /// Talks in a bridge that no `Dial` or `Queue` of its own made (retrieved, picked up).
    Bridged,
    /// `Echo`, `MusicOnHold`, `Wait`: until somebody hangs up.
    Media,
    /// `ChanSpy` of that channel.
    Spy(ChanRef),
}

/// One line of call records in the making.
#[derive(Debug, Clone)]
pub struct CdrPart {
    /// Channel dialled, or empty.
    pub destination: Text,
    /// Extension dialled.
    pub exten: Text,
    /// Context.
    pub context: Text,
    /// Application and its data.
    pub app: (Text, Text),
    /// From.
    pub start: Micros,
    /// Answered at.
    pub answer: Option<Micros>,
    /// Until, once ended.
    pub end: Option<Micros>,
    /// `ANSWERED`, `NO ANSWER`, `BUSY`, `FAILED`.
    pub disposition: &'static str,
}

/// One leg.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Itself.
    pub at: ChanRef,
    /// `PJSIP/1001-0000002a`.
    pub name: Text,
    /// `<seconds>.<counter>`.
    pub uniqueid: Text,
    /// The Uniqueid of the call's first channel.
    pub linkedid: Text,
    /// Age of the Linkedid: the lower, the older.
    pub link_age: u64,
    /// Whose leg.
    pub endpoint: EndpointId,
    /// State.
    pub state: ChannelState,
    /// Caller.
    pub caller: Party,
    /// Connected line.
    pub connected: Party,
    /// Dialplan context.
    pub context: Text,
    /// Extension.
    pub exten: Text,
    /// Priority.
    pub priority: u32,
    /// Account code.
    pub account: Text,
    /// Channel variable `SITE`, shown with every event (`channelvars`).
    pub site: Text,
    /// Channel variable `CAMPAIGN`, likewise.
    pub campaign: Text,
    /// Other variables, set over AMI or by applications worth asking for.
    pub vars: Vec<(Text, Text)>,
    /// Application.
    pub app: Text,
    /// Its data.
    pub data: Text,
    /// Bridge it stands in.
    pub bridge: Option<BridgeRef>,
    /// Made when.
    pub created: Micros,
    /// Answered when.
    pub answered: Option<Micros>,
    /// A `MixMonitor` runs on it.
    pub recorded: bool,
    /// Its peer put it on hold.
    pub held: bool,
    /// What it does.
    pub job: Job,
    /// The channel whose `Dial` or `Queue` made it.
    pub dialled_by: Option<ChanRef>,
    /// Records in the making.
    pub cdr: Vec<CdrPart>,
    /// Hangup cause, once somebody gave one.
    pub cause: Option<u16>,
    /// SIP status behind it.
    pub tech_cause: Option<u16>,
    /// It runs through the dialplan (a dialled leg does not, until it is transferred).
    pub threaded: bool,
    /// How its last `Dial` ended.
    pub dial_status: &'static str,
    /// What was dialled when it came.
    pub dnid: Text,
    /// The conversation that leads it.
    pub agi: Option<u64>,
    /// What was told of it.
    pub told: Told,
}

/// Variables of one channel; further ones are not kept.
const MAX_VARIABLES: usize = 128;

impl Channel {
    /// The value of a variable that is kept.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.vars.iter().find(|(own, _)| &**own == name).map(|(_, value)| &**value)
    }

    /// Keeps a variable; an empty one is none.
    pub fn keep(&mut self, name: &str, value: &str) {
        let known = self.vars.iter().position(|(own, _)| &**own == name);
        match known {
            Some(known) if value.is_empty() => drop(self.vars.swap_remove(known)),
            Some(known) => self.vars[known].1 = value.into(),
            None if !value.is_empty() && self.vars.len() < MAX_VARIABLES => {
                self.vars.push((name.into(), value.into()));
            }
            None => {}
        }
    }
}
