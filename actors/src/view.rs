//! The shapes on the board, which are also its JSON (REST and WebSocket).
//!
//! Times are milliseconds since 1970 UTC **on the PBX's clock**; [`PbxView::clock_offset_ms`] maps
//! them to ours. A duration is never sent: who looks counts from the start time. Absent is `null`,
//! never a made-up value. Ids are opaque text, stable for the life of the entity.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::keys::Micros;

/// Short text of a view.
pub type Text = CompactString;

/// How far an entity may be believed; the worst that holds is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// What the PBX does, as far as its events tell.
    #[default]
    Live,
    /// Seen in passing, not yet described by the PBX.
    Provisional,
    /// It broke an invariant and is being compared with the PBX.
    Unconfirmed,
    /// An event of it was skipped after it made its actor fail twice.
    Degraded,
    /// Its link sent something malformed; being compared.
    Suspect,
    /// Its link is down or late: this is how it was.
    Stale,
}

/// Where a call comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The first leg's endpoint is a trunk.
    Inbound,
    /// Another leg's is.
    Outbound,
    /// None is.
    #[default]
    Internal,
}

/// What a call does as a whole, for one word on the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallPhase {
    /// No leg answered and none rings yet.
    #[default]
    Dialing,
    /// A called leg rings.
    Ringing,
    /// A caller waits in a queue.
    Waiting,
    /// Answered, with nobody: a prompt, an IVR, echo, music.
    InApplication,
    /// Two parties or more share a bridge.
    Talking,
    /// A party holds.
    OnHold,
    /// Parked.
    Parked,
    /// In a conference.
    Conference,
    /// No leg is left.
    Ended,
}

/// A number and a name, as received (untrusted text).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Party {
    /// Number, or empty.
    pub number: Text,
    /// Name, or empty.
    pub name: Text,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallView {
    /// `pbx~epoch~linkedid`.
    pub id: Text,
    /// PBX name.
    pub pbx: Text,
    /// The oldest Linkedid.
    pub linkedid: Text,
    /// Linkedids that were calls of their own and were absorbed.
    pub merged: Vec<Text>,
    /// One word for the whole.
    pub phase: CallPhase,
    /// Since when that word holds.
    pub phase_since_ms: Micros,
    /// Inbound, outbound, internal.
    pub direction: Direction,
    /// Of the first leg.
    pub caller: Party,
    /// The first extension that the first leg asked for.
    pub called: Text,
    /// First channel seen.
    pub started_ms: Micros,
    /// First leg Up.
    pub answered_ms: Option<Micros>,
    /// Last channel gone.
    pub ended_ms: Option<Micros>,
    /// Every channel, Local halves too; ended legs stay until the call ends.
    pub legs: Vec<LegView>,
    /// Who hears whom now: groups of Uniqueids that are not Local, through Local pairs as well.
    pub talking: Vec<Vec<Text>>,
    /// The queue its caller waits in or was served by last.
    pub queue: Option<QueueStintView>,
    /// Where it is parked.
    pub parked: Option<ParkedView>,
    /// Name of the conference its leg is in.
    pub conference: Option<Text>,
    /// Any leg is being recorded.
    pub recording: bool,
    /// Transfers so far.
    pub transfers: Vec<TransferView>,
    /// How far to believe this.
    pub trust: Trust,
}

/// What one leg does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LegPhase {
    /// Created, nothing happened yet.
    #[default]
    Down,
    /// It calls: Asterisk's `Ring`.
    Dialing,
    /// The phone rings: Asterisk's `Ringing`.
    Ringing,
    /// Answered.
    Up,
    /// Answered and holding.
    Holding,
    /// Gone.
    Ended,
}

/// One channel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LegView {
    /// Uniqueid.
    pub uniqueid: Text,
    /// Channel name, as the verbs want it.
    pub channel: Text,
    /// The channel without its unique tail.
    pub endpoint: Text,
    /// Half of a Local pair: hidden by default.
    pub local: bool,
    /// Id of the agent at that endpoint, if it is an agent's.
    pub agent: Option<Text>,
    /// The endpoint is a trunk's.
    pub trunk: bool,
    /// What it does.
    pub phase: LegPhase,
    /// Since when.
    pub phase_since_ms: Micros,
    /// The leg's own caller id.
    pub party: Party,
    /// Dialplan application it runs, `Queue`, `Dial`, or empty.
    pub application: Text,
    /// First seen.
    pub started_ms: Micros,
    /// Up.
    pub answered_ms: Option<Micros>,
    /// Gone.
    pub ended_ms: Option<Micros>,
    /// Hangup cause.
    pub cause: Option<u16>,
    /// It listens to, whispers to or barges into this Uniqueid.
    pub spies_on: Option<Text>,
    /// It is being recorded.
    pub recorded: bool,
    /// Muted in its conference.
    pub muted: bool,
}

/// How a stay in a queue ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum QueueOutcome {
    /// An agent took it.
    Answered,
    /// The caller hung up.
    Abandoned,
    /// `Queue()` timed out.
    Timeout,
    /// Nobody to wait for at the door.
    JoinEmpty,
    /// Nobody left to wait for.
    LeaveEmpty,
    /// The queue was full.
    Full,
    /// Taken out of the queue by another.
    Withdrawn,
    /// Left with a key, continued elsewhere, or unknown.
    Other,
}

/// A caller's stay in a queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueueStintView {
    /// Queue name.
    pub name: Text,
    /// Place, 1 first; `null` once out.
    pub position: Option<u32>,
    /// Joined.
    pub joined_ms: Micros,
    /// Left.
    pub left_ms: Option<Micros>,
    /// How; `null` while waiting.
    pub outcome: Option<QueueOutcome>,
    /// Interface of the agent who took it.
    pub agent: Option<Text>,
}

/// A parked call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParkedView {
    /// Parking lot.
    pub lot: Text,
    /// Space to dial.
    pub space: Text,
    /// Since.
    pub since_ms: Micros,
    /// Comes back at.
    pub until_ms: Option<Micros>,
}

/// How a transfer was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// Without talking first.
    Blind,
    /// After a consultation.
    Attended,
    /// By AMI `Redirect` (ours or another's).
    Redirect,
}

/// A transfer that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TransferView {
    /// How.
    pub kind: TransferKind,
    /// Endpoint that transferred; `null` when nobody on the call did.
    pub by: Option<Text>,
    /// Where to.
    pub to: Text,
    /// It worked.
    pub success: bool,
    /// When.
    pub at_ms: Micros,
}

/// Chosen by the agent (or for him).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// Member of no queue.
    #[default]
    LoggedOut,
    /// Member of a queue and paused in none.
    Available,
    /// Paused in some of his queues but not all.
    PartlyPaused,
    /// Paused in all his queues.
    Paused,
}

/// Derived from live legs, never a flag that two events toggle. The highest that holds is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Nothing.
    #[default]
    Idle,
    /// After a queue call, our own timer per queue.
    WrapUp,
    /// Was rung by a queue and did not answer; until he acts.
    NotResponding,
    /// His phone rings.
    Ringing,
    /// His leg is up and nobody is with him.
    DeadCall,
    /// He calls and waits for an answer.
    Dialing,
    /// Talking.
    OnCall,
    /// The other is on hold.
    OnHold,
    /// Two legs up: consulting.
    Consulting,
    /// Three parties in his bridge.
    ThreeWay,
    /// The phone is not registered or does not answer OPTIONS.
    Unreachable,
}

/// One agent: a person at an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AgentView {
    /// `pbx~endpoint`.
    pub id: Text,
    /// PBX name.
    pub pbx: Text,
    /// `PJSIP/1001`.
    pub endpoint: Text,
    /// Member name, else caller id name, else the endpoint.
    pub name: Text,
    /// First axis.
    pub availability: Availability,
    /// Since when.
    pub availability_since_ms: Micros,
    /// Pause reason, as given.
    pub pause_reason: Option<Text>,
    /// Second axis.
    pub activity: Activity,
    /// Since when.
    pub activity_since_ms: Micros,
    /// Id of the call he is on.
    pub call: Option<Text>,
    /// Queue that call came from.
    pub call_queue: Option<Text>,
    /// Who he talks to.
    pub with: Option<Party>,
    /// End of the wrap-up, when in it.
    pub wrap_up_until_ms: Option<Micros>,
    /// Queues he is in.
    pub memberships: Vec<MembershipView>,
    /// Asterisk's word for the device: `NOT_INUSE`, `RINGING`, ... or empty.
    pub device: Text,
    /// How far to believe this.
    pub trust: Trust,
}

/// An agent in one queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MembershipView {
    /// Queue name.
    pub queue: Text,
    /// The member's interface there (may be a `Local/` one).
    pub interface: Text,
    /// Paused there.
    pub paused: bool,
    /// Why.
    pub reason: Option<Text>,
    /// Since when paused (or not).
    pub since_ms: Option<Micros>,
    /// Penalty.
    pub penalty: i32,
    /// Calls taken, as the PBX counts.
    pub calls_taken: u32,
}

/// One queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueueView {
    /// `pbx~queue`.
    pub id: Text,
    /// PBX name.
    pub pbx: Text,
    /// Queue name.
    pub name: Text,
    /// `ringall`, `leastrecent` ...; empty until listed.
    pub strategy: Text,
    /// Service level threshold in seconds, as the PBX has it; `null` until listed.
    pub service_level_s: Option<u32>,
    /// Callers, first in line first.
    pub waiting: Vec<WaitingView>,
    /// Members.
    pub members: Vec<QueueMemberView>,
    /// Since when the counts below run.
    pub counts_since_ms: Micros,
    /// Entered since then.
    pub offered: u32,
    /// Taken by an agent.
    pub answered: u32,
    /// Caller hung up while waiting.
    pub abandoned: u32,
    /// Left by time-out, key, empty queue or a transfer.
    pub flowed_out: u32,
    /// How far to believe this.
    pub trust: Trust,
}

/// A caller in a queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WaitingView {
    /// Place, 1 first.
    pub position: u32,
    /// Uniqueid of his channel.
    pub uniqueid: Text,
    /// Channel name.
    pub channel: Text,
    /// Call id, empty until known.
    pub call: Text,
    /// Who.
    pub party: Party,
    /// Joined.
    pub joined_ms: Micros,
}

/// A member of a queue.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueueMemberView {
    /// Interface.
    pub interface: Text,
    /// Member name.
    pub name: Text,
    /// Id of the agent, if known as one.
    pub agent: Option<Text>,
    /// Asterisk's device status, 0 to 8.
    pub status: u8,
    /// Paused here.
    pub paused: bool,
    /// Why.
    pub reason: Option<Text>,
    /// Penalty.
    pub penalty: i32,
    /// On a call of this queue.
    pub in_call: bool,
    /// Calls taken, as the PBX counts.
    pub calls_taken: u32,
    /// End of the last call, whole seconds on the PBX.
    pub last_call_ms: Option<Micros>,
}

/// What a trunk's registration says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// No listing and no event told.
    #[default]
    Unknown,
    /// It does not register.
    None,
    /// Registered with the provider.
    Registered,
    /// Not registered.
    Unregistered,
    /// The provider refuses.
    Rejected,
}

/// Whether the other side answers OPTIONS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reachability {
    /// Not told, or not qualified.
    #[default]
    Unknown,
    /// It answers.
    Reachable,
    /// It does not.
    Unreachable,
}

/// One trunk.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrunkView {
    /// `pbx~endpoint`.
    pub id: Text,
    /// PBX name.
    pub pbx: Text,
    /// `PJSIP/trunk-a`.
    pub endpoint: Text,
    /// Registration.
    pub registration: Registration,
    /// Since when.
    pub registration_since_ms: Option<Micros>,
    /// OPTIONS.
    pub reachability: Reachability,
    /// Since when.
    pub reachability_since_ms: Option<Micros>,
    /// Round trip of the last OPTIONS, µs.
    pub round_trip_us: Option<u32>,
    /// Live legs on it.
    pub legs: u32,
    /// Most at once since we look.
    pub legs_peak: u32,
    /// Asterisk's word for the device, or empty.
    pub device: Text,
    /// How far to believe this.
    pub trust: Trust,
}

/// The state of a PBX's link.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPhase {
    /// TCP or TLS is being opened.
    #[default]
    Connecting,
    /// Logging in.
    Authenticating,
    /// Listing and comparing.
    Syncing,
    /// What is shown is what happens.
    Live,
    /// Silent for too long, or late.
    Stale,
    /// Not connected; retried every second at least.
    Down,
    /// The PBX refuses the login; retried with growing pauses up to 30 s.
    Refused,
}

/// One PBX and our link to it. Its times are on **our** clock.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PbxView {
    /// The configured name.
    pub id: Text,
    /// Link state.
    pub link: LinkPhase,
    /// Since when, our clock.
    pub since_ms: Micros,
    /// Why it is down or refused, in words an administrator can use; empty otherwise.
    pub problem: Text,
    /// `Asterisk 22.10.1`, or empty.
    pub version: Text,
    /// Boot, seconds since 1970 on its clock; 0 until known.
    pub epoch: i64,
    /// Last byte read, our clock.
    pub last_read_ms: Option<Micros>,
    /// Our clock minus the PBX's, ms; `null` until an event carried a Timestamp.
    pub clock_offset_ms: Option<i64>,
    /// Last comparison with the PBX's own listings.
    pub comparison: Option<ComparisonView>,
    /// The link sent something malformed and is not yet compared again.
    pub suspect: bool,
    /// AMI secret travels unencrypted outside loopback (S07 override).
    pub plain_text: bool,
    /// What this account or this PBX does not tell, one sentence each.
    pub unknown: Vec<Text>,
}

/// "312 channels compared, 0 differences".
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparisonView {
    /// When it ended, our clock.
    pub at_ms: Micros,
    /// How long it took, ms.
    pub took_ms: i64,
    /// Channels compared.
    pub channels: u32,
    /// Queue members and callers compared.
    pub queue_entries: u32,
    /// Devices, registrations and contacts compared.
    pub devices: u32,
    /// What differed and was set right.
    pub differences: u32,
    /// The first of them in words, 20 at most.
    pub examples: Vec<Text>,
}

/// An alarm: a beginning, an end, words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlarmView {
    /// Stable id.
    pub id: Text,
    /// `link_down`, `suspect_link`, `actor_set_aside`, `arbiter_held` ...
    pub kind: Text,
    /// Id of what it is about.
    pub subject: Text,
    /// Words, English; the page translates by kind.
    pub text: Text,
    /// Began, our clock.
    pub began_ms: Micros,
    /// Ended, our clock.
    pub ended_ms: Option<Micros>,
}

/// Any row of the board.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum View {
    /// A PBX and its link.
    Pbx(PbxView),
    /// A call.
    Call(CallView),
    /// An agent.
    Agent(AgentView),
    /// A queue.
    Queue(QueueView),
    /// A trunk.
    Trunk(TrunkView),
    /// An alarm.
    Alarm(AlarmView),
}

/// Which table of the board a row stands in; also its name in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// `pbxs`
    Pbxs,
    /// `calls`
    Calls,
    /// `agents`
    Agents,
    /// `queues`
    Queues,
    /// `trunks`
    Trunks,
    /// `alarms`
    Alarms,
}

impl View {
    /// The table it stands in.
    pub fn table(&self) -> Table {
        match self {
            Self::Pbx(_) => Table::Pbxs,
            Self::Call(_) => Table::Calls,
            Self::Agent(_) => Table::Agents,
            Self::Queue(_) => Table::Queues,
            Self::Trunk(_) => Table::Trunks,
            Self::Alarm(_) => Table::Alarms,
        }
    }

    /// Its id, unique within the table.
    pub fn id(&self) -> &Text {
        match self {
            Self::Pbx(v) => &v.id,
            Self::Call(v) => &v.id,
            Self::Agent(v) => &v.id,
            Self::Queue(v) => &v.id,
            Self::Trunk(v) => &v.id,
            Self::Alarm(v) => &v.id,
        }
    }

    /// The PBX it belongs to; alarms belong to none.
    pub fn pbx(&self) -> Option<&Text> {
        match self {
            Self::Pbx(v) => Some(&v.id),
            Self::Call(v) => Some(&v.pbx),
            Self::Agent(v) => Some(&v.pbx),
            Self::Queue(v) => Some(&v.pbx),
            Self::Trunk(v) => Some(&v.pbx),
            Self::Alarm(_) => None,
        }
    }

    /// How far the row may be believed; a PBX and an alarm speak for themselves.
    pub fn trust(&self) -> Option<Trust> {
        match self {
            Self::Pbx(_) | Self::Alarm(_) => None,
            Self::Call(v) => Some(v.trust),
            Self::Agent(v) => Some(v.trust),
            Self::Queue(v) => Some(v.trust),
            Self::Trunk(v) => Some(v.trust),
        }
    }

    /// Sets it; nothing happens to a PBX or an alarm.
    pub fn set_trust(&mut self, trust: Trust) {
        match self {
            Self::Pbx(_) | Self::Alarm(_) => {}
            Self::Call(v) => v.trust = trust,
            Self::Agent(v) => v.trust = trust,
            Self::Queue(v) => v.trust = trust,
            Self::Trunk(v) => v.trust = trust,
        }
    }
}

impl Table {
    /// Every table, in the order of the board's JSON.
    pub const ALL: [Self; 6] =
        [Self::Pbxs, Self::Calls, Self::Agents, Self::Queues, Self::Trunks, Self::Alarms];

    /// Its name in JSON and in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pbxs => "pbxs",
            Self::Calls => "calls",
            Self::Agents => "agents",
            Self::Queues => "queues",
            Self::Trunks => "trunks",
            Self::Alarms => "alarms",
        }
    }
}
