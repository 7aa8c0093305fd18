//! The truth of the built-in PBX: what exists right now, and nothing else.
//!
//! Channels, bridges, queues with their members and callers, endpoints (phones and trunks), parked
//! calls and conference rooms. No clock, no socket, no rendering: [`super::exchange`] changes it,
//! [`super::wire`] writes events and list items from it, so that both always agree.

use std::sync::Arc;

use ahash::AHashMap;
use smallvec::SmallVec;

/// Short text that many owners share.
pub type Text = Arc<str>;

/// Microseconds since the Unix epoch, on the PBX's own clock.
pub type Micros = u64;

/// A slot and who was in it: a reference that outlives its object finds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChanRef {
    slot: u32,
    serial: u64,
}

/// The same for a bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BridgeRef {
    slot: u32,
    serial: u64,
}

/// Index of a phone or a trunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointId(pub u32);

/// Index of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueueId(pub u16);

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
#[derive(Debug)]
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
    /// What was told of it.
    pub told: Told,
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
#[derive(Debug)]
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

/// How a queue picks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// All of the lowest penalty.
    RingAll,
    /// Longest without a call of this queue.
    LeastRecent,
    /// Fewest calls.
    FewestCalls,
    /// In turn.
    RrMemory,
}

impl Strategy {
    /// As Asterisk writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::RingAll => "ringall",
            Self::LeastRecent => "leastrecent",
            Self::FewestCalls => "fewestcalls",
            Self::RrMemory => "rrmemory",
        }
    }
}

/// A member of one queue.
#[derive(Debug, Clone)]
pub struct Member {
    /// Whose phone.
    pub endpoint: EndpointId,
    /// Name in the queue.
    pub name: Text,
    /// `PJSIP/1001`.
    pub interface: Text,
    /// Penalty.
    pub penalty: u32,
    /// Paused.
    pub paused: bool,
    /// Why.
    pub reason: Text,
    /// Calls taken.
    pub calls_taken: u32,
    /// End of the last one, seconds since the epoch.
    pub last_call: u64,
    /// Last pause, seconds.
    pub last_pause: u64,
    /// Since when, seconds.
    pub login_time: u64,
    /// Talks to a caller of this queue.
    pub in_call: bool,
    /// Added over AMI.
    pub dynamic: bool,
}

/// A queue.
#[derive(Debug)]
pub struct Queue {
    /// Name.
    pub name: Text,
    /// Extension.
    pub exten: Text,
    /// How it picks.
    pub strategy: Strategy,
    /// Callers waiting, first first.
    pub callers: Vec<ChanRef>,
    /// Members, in the order they were added.
    pub members: Vec<Member>,
    /// Seconds a member is rung.
    pub ring_s: u32,
    /// Seconds between two tries.
    pub retry_s: u32,
    /// Seconds a caller waits at most.
    pub max_wait_s: u32,
    /// Seconds a member is left alone after a call.
    pub wrapup_s: u32,
    /// Seconds of the service level.
    pub level_s: u32,
    /// Ring members in use too.
    pub ring_in_use: bool,
    /// `Holdtime`: Asterisk's rolling mean, seconds.
    pub hold_mean: u32,
    /// `TalkTime`, likewise.
    pub talk_mean: u32,
    /// Completed.
    pub completed: u32,
    /// Abandoned.
    pub abandoned: u32,
    /// Completed within the level.
    pub completed_in_level: u32,
    /// Abandoned within the level.
    pub abandoned_in_level: u32,
    /// Next member for `rrmemory`.
    pub turn: usize,
    /// `Queue:name` told last.
    pub told_callers: bool,
    /// Members that are neither paused nor in use.
    pub free: u32,
    /// `Queue:name_avail` told last: somebody free.
    pub told_free: bool,
}

/// A call set aside.
#[derive(Debug)]
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
#[derive(Debug)]
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

/// Everything that exists.
#[derive(Debug, Default)]
pub struct Truth {
    channels: Vec<Option<Channel>>,
    free_channels: Vec<u32>,
    by_name: AHashMap<Text, ChanRef>,
    bridges: Vec<Option<Bridge>>,
    free_bridges: Vec<u32>,
    /// Phones and trunks.
    pub endpoints: Vec<Endpoint>,
    endpoint_by_name: AHashMap<Text, EndpointId>,
    /// Queues.
    pub queues: Vec<Queue>,
    /// Parked calls.
    pub parked: Vec<Parked>,
    /// Rooms in use.
    pub rooms: Vec<Room>,
    /// The parking bridge, once something was parked.
    pub parking: Option<BridgeRef>,
    /// Channels made since the boot: names, Uniqueids.
    pub made: u64,
    live: usize,
}

impl Truth {
    /// Puts a channel in; `build` gets its reference.
    pub fn add_channel(&mut self, build: impl FnOnce(ChanRef) -> Channel) -> ChanRef {
        let slot = self.free_channels.pop().unwrap_or_else(|| {
            self.channels.push(None);
            (self.channels.len() - 1) as u32
        });
        let at = ChanRef { slot, serial: self.made };
        self.made += 1;
        let channel = build(at);
        self.by_name.insert(channel.name.clone(), at);
        if let Some(endpoint) = self.endpoints.get_mut(channel.endpoint.0 as usize) {
            endpoint.channels.push(at);
        }
        self.channels[slot as usize] = Some(channel);
        self.live += 1;
        at
    }

    /// Takes a channel out.
    pub fn remove_channel(&mut self, at: ChanRef) -> Option<Channel> {
        self.chan(at)?;
        let channel = self.channels.get_mut(at.slot as usize)?.take()?;
        self.free_channels.push(at.slot);
        self.by_name.remove(&channel.name);
        if let Some(endpoint) = self.endpoints.get_mut(channel.endpoint.0 as usize) {
            endpoint.channels.retain(|c| *c != at);
        }
        self.live -= 1;
        Some(channel)
    }

    /// The channel, while it lives.
    pub fn chan(&self, at: ChanRef) -> Option<&Channel> {
        self.channels.get(at.slot as usize)?.as_ref().filter(|c| c.at == at)
    }

    /// The same, to change it.
    pub fn chan_mut(&mut self, at: ChanRef) -> Option<&mut Channel> {
        self.channels.get_mut(at.slot as usize)?.as_mut().filter(|c| c.at == at)
    }

    /// By its exact name.
    pub fn by_name(&self, name: &str) -> Option<ChanRef> {
        self.by_name.get(name).copied()
    }

    /// All channels.
    pub fn channels(&self) -> impl Iterator<Item = &Channel> {
        self.channels.iter().flatten()
    }

    /// How many.
    pub fn live_channels(&self) -> usize {
        self.live
    }

    /// Puts a bridge in; `serial` tells it from earlier ones in the same slot.
    pub fn add_bridge(&mut self, serial: u64, uuid: Text, kind: BridgeKind) -> BridgeRef {
        let slot = self.free_bridges.pop().unwrap_or_else(|| {
            self.bridges.push(None);
            (self.bridges.len() - 1) as u32
        });
        let at = BridgeRef { slot, serial };
        self.bridges[slot as usize] =
            Some(Bridge { at, uuid, kind, channels: SmallVec::new(), announcer: false });
        at
    }

    /// Takes a bridge out.
    pub fn remove_bridge(&mut self, at: BridgeRef) -> Option<Bridge> {
        self.bridge(at)?;
        self.free_bridges.push(at.slot);
        self.bridges.get_mut(at.slot as usize)?.take()
    }

    /// The bridge, while it lives.
    pub fn bridge(&self, at: BridgeRef) -> Option<&Bridge> {
        self.bridges.get(at.slot as usize)?.as_ref().filter(|b| b.at == at)
    }

    /// The same, to change it.
    pub fn bridge_mut(&mut self, at: BridgeRef) -> Option<&mut Bridge> {
        self.bridges.get_mut(at.slot as usize)?.as_mut().filter(|b| b.at == at)
    }

    /// All bridges.
    pub fn bridges(&self) -> impl Iterator<Item = &Bridge> {
        self.bridges.iter().flatten()
    }

    /// Puts a phone or a trunk in.
    pub fn add_endpoint(&mut self, endpoint: Endpoint) -> EndpointId {
        let id = EndpointId(self.endpoints.len() as u32);
        self.endpoint_by_name.insert(endpoint.name.clone(), id);
        self.endpoints.push(endpoint);
        id
    }

    /// By name: `1001`.
    pub fn endpoint_named(&self, name: &str) -> Option<EndpointId> {
        self.endpoint_by_name.get(name).copied()
    }

    /// The endpoint.
    pub fn endpoint(&self, id: EndpointId) -> Option<&Endpoint> {
        self.endpoints.get(id.0 as usize)
    }

    /// The same, to change it.
    pub fn endpoint_mut(&mut self, id: EndpointId) -> Option<&mut Endpoint> {
        self.endpoints.get_mut(id.0 as usize)
    }

    /// The queue.
    pub fn queue(&self, id: QueueId) -> Option<&Queue> {
        self.queues.get(id.0 as usize)
    }

    /// A membership, by its place.
    pub fn member_mut(&mut self, queue: QueueId, place: usize) -> Option<&mut Member> {
        self.queue_mut(queue)?.members.get_mut(place)
    }

    /// Whether a member could be rung, its wrap-up aside.
    pub fn is_free(&self, member: &Member) -> bool {
        !member.paused && self.endpoint(member.endpoint).is_some_and(|e| e.told == DeviceState::NotInUse)
    }

    /// The same, to change it.
    pub fn queue_mut(&mut self, id: QueueId) -> Option<&mut Queue> {
        self.queues.get_mut(id.0 as usize)
    }

    /// By name.
    pub fn queue_named(&self, name: &str) -> Option<QueueId> {
        self.queues.iter().position(|q| &*q.name == name).map(|i| QueueId(i as u16))
    }

    /// The state of a device, computed from its channels as `chan_pjsip` does: held only when all
    /// are, busy for a phone with two calls.
    pub fn device_state(&self, id: EndpointId) -> DeviceState {
        let Some(endpoint) = self.endpoint(id) else { return DeviceState::Unavailable };
        if !endpoint.reachable && endpoint.channels.is_empty() {
            return DeviceState::Unavailable;
        }
        let (mut ringing, mut used, mut held) = (0, 0, 0);
        for channel in endpoint.channels.iter().filter_map(|c| self.chan(*c)) {
            match channel.state {
                ChannelState::Ringing => ringing += 1,
                ChannelState::Down => {}
                ChannelState::Ring | ChannelState::Up if channel.held => held += 1,
                ChannelState::Ring | ChannelState::Up => used += 1,
            }
        }
        let busy = endpoint.kind == EndpointKind::Phone && used + held > 1;
        match (ringing > 0, used > 0, held > 0) {
            _ if busy => DeviceState::Busy,
            (true, true, _) | (true, _, true) => DeviceState::RingInUse,
            (true, false, false) => DeviceState::Ringing,
            (false, true, _) => DeviceState::InUse,
            (false, false, true) => DeviceState::OnHold,
            (false, false, false) => DeviceState::NotInUse,
        }
    }

    /// The other channel of a two-party bridge.
    pub fn peer(&self, at: ChanRef) -> Option<ChanRef> {
        let bridge = self.bridge(self.chan(at)?.bridge?)?;
        (bridge.kind == BridgeKind::Basic).then(|| bridge.channels.iter().copied().find(|c| *c != at))?
    }
}
