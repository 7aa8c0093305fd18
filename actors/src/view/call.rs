//! A call and what happened on it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AtLeast, FlowView, LegView, Party, Text, Trust};
use crate::keys::Micros;

/// Where a call comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, JsonSchema, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, JsonSchema, Serialize, Deserialize)]
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
    /// On hold in `vigie-wait`, and who was to come back for him is gone.
    LeftAlone,
    /// In a conference.
    Conference,
    /// No leg is left.
    Ended,
}

/// One call.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct CallView {
    /// `pbx~epoch~linkedid`.
    #[schemars(with = "String")]
    pub id: Text,
    /// PBX name.
    #[schemars(with = "String")]
    pub pbx: Text,
    /// The oldest Linkedid.
    #[schemars(with = "String")]
    pub linkedid: Text,
    /// Linkedids that were calls of their own and were absorbed.
    #[schemars(with = "Vec<String>")]
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
    #[schemars(with = "String")]
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
    #[schemars(with = "Vec<Vec<String>>")]
    pub talking: Vec<Vec<Text>>,
    /// The queue its caller waits in or was served by last.
    pub queue: Option<QueueStintView>,
    /// Where it is parked.
    pub parked: Option<Box<ParkedView>>,
    /// Name of the conference its leg is in.
    #[schemars(with = "Option<String>")]
    pub conference: Option<Text>,
    /// A leg is being recorded; `null` where that was not seen: no listing tells it.
    pub recording: Option<bool>,
    /// Transfers so far.
    pub transfers: Vec<TransferView>,
    /// Flows that its channels walk or walked, the last 8; absent when there is none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<FlowView>,
    /// End of the last stretch in which the call was not followed: it was met under way, or the link
    /// was away. What no listing tells (recording, mute, hold, transfers) may have changed in it.
    pub unseen_until_ms: Option<Micros>,
    /// Which of these times are bounds: it began then or before.
    #[serde(skip_serializing_if = "AtLeast::is_none")]
    pub at_least: AtLeast,
    /// How far to believe this.
    pub trust: Trust,
}

/// How a stay in a queue ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, JsonSchema, Serialize, Deserialize)]
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

/// A caller's stay in a queue. His place in the line stands in the queue's row, which alone follows it.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct QueueStintView {
    /// Queue name.
    #[schemars(with = "String")]
    pub name: Text,
    /// Joined; `null` when that was not seen: he was served already when the call was met.
    pub joined_ms: Option<Micros>,
    /// Left; where joining was not seen, then or before.
    pub left_ms: Option<Micros>,
    /// How; `null` while waiting.
    pub outcome: Option<QueueOutcome>,
    /// Interface of the agent who took it.
    #[schemars(with = "Option<String>")]
    pub agent: Option<Text>,
}

/// A parked call.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct ParkedView {
    /// Parking lot.
    #[schemars(with = "String")]
    pub lot: Text,
    /// Space to dial.
    #[schemars(with = "String")]
    pub space: Text,
    /// Since.
    pub since_ms: Micros,
    /// Comes back at.
    pub until_ms: Option<Micros>,
}

/// How a transfer was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// Without talking first.
    Blind,
    /// After a consultation.
    Attended,
    /// By AMI `Redirect` (ours or another's).
    Redirect,
    /// Somebody at the desk took the party from the agent, to his own phone.
    TakenOver,
}

/// A transfer that happened.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct TransferView {
    /// How.
    pub kind: TransferKind,
    /// Endpoint that transferred; `null` when nobody on the call did.
    #[schemars(with = "Option<String>")]
    pub by: Option<Text>,
    /// Where to.
    #[schemars(with = "String")]
    pub to: Text,
    /// It worked.
    pub success: bool,
    /// When.
    pub at_ms: Micros,
}
