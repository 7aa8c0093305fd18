//! A queue, who waits in it and who serves it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Party, Text, Trust};
use crate::keys::Micros;

/// One queue.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct QueueView {
    /// `pbx~queue`.
    #[schemars(with = "String")]
    pub id: Text,
    /// PBX name.
    #[schemars(with = "String")]
    pub pbx: Text,
    /// Queue name.
    #[schemars(with = "String")]
    pub name: Text,
    /// `ringall`, `leastrecent` ...; empty until listed.
    #[schemars(with = "String")]
    pub strategy: Text,
    /// Service level threshold in seconds, as the PBX has it; `null` until listed.
    pub service_level_s: Option<u32>,
    /// Callers, first in line first.
    pub waiting: Vec<WaitingView>,
    /// Members.
    pub members: Vec<Arc<QueueMemberView>>,
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
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct WaitingView {
    /// Place, 1 first.
    pub position: u32,
    /// Uniqueid of his channel.
    #[schemars(with = "String")]
    pub uniqueid: Text,
    /// Channel name.
    #[schemars(with = "String")]
    pub channel: Text,
    /// Call id, empty until known.
    #[schemars(with = "String")]
    pub call: Text,
    /// Who.
    pub party: Party,
    /// Joined.
    pub joined_ms: Micros,
}

/// A member of a queue.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct QueueMemberView {
    /// Interface.
    #[schemars(with = "String")]
    pub interface: Text,
    /// Member name.
    #[schemars(with = "String")]
    pub name: Text,
    /// Id of the agent, if known as one.
    #[schemars(with = "Option<String>")]
    pub agent: Option<Text>,
    /// Asterisk's device status, 0 to 8.
    pub status: u8,
    /// Paused here.
    pub paused: bool,
    /// Why.
    #[schemars(with = "Option<String>")]
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
