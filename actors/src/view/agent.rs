//! An agent, on two axes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AtLeast, Party, Text, Trust};
use crate::keys::Micros;

/// Chosen by the agent (or for him).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, JsonSchema, Serialize, Deserialize)]
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
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize, Deserialize,
)]
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
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct AgentView {
    /// `pbx~endpoint`.
    #[schemars(with = "String")]
    pub id: Text,
    /// PBX name.
    #[schemars(with = "String")]
    pub pbx: Text,
    /// `PJSIP/1001`.
    #[schemars(with = "String")]
    pub endpoint: Text,
    /// Member name, else caller id name, else the endpoint.
    #[schemars(with = "String")]
    pub name: Text,
    /// First axis.
    pub availability: Availability,
    /// Since when.
    pub availability_since_ms: Micros,
    /// Pause reason, as given.
    #[schemars(with = "Option<String>")]
    pub pause_reason: Option<Text>,
    /// A pause that is to come once his call is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_after_call: Option<PauseLaterView>,
    /// Second axis.
    pub activity: Activity,
    /// Since when.
    pub activity_since_ms: Micros,
    /// Id of the call he is on.
    #[schemars(with = "Option<String>")]
    pub call: Option<Text>,
    /// Queue that call came from.
    #[schemars(with = "Option<String>")]
    pub call_queue: Option<Text>,
    /// Who he talks to.
    pub with: Option<Party>,
    /// End of the wrap-up, when in it.
    pub wrap_up_until_ms: Option<Micros>,
    /// Queues he is in.
    pub memberships: Vec<MembershipView>,
    /// Asterisk's word for the device: `NOT_INUSE`, `RINGING`, ... or empty.
    #[schemars(with = "String")]
    pub device: Text,
    /// Which of these times are bounds: it began then or before.
    #[serde(skip_serializing_if = "AtLeast::is_none")]
    pub at_least: AtLeast,
    /// How far to believe this.
    pub trust: Trust,
}

/// A pause that is to come.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct PauseLaterView {
    /// In that queue only; in all when `null`.
    #[schemars(with = "Option<String>")]
    pub queue: Option<Text>,
    /// Why.
    #[schemars(with = "Option<String>")]
    pub reason: Option<Text>,
    /// Asked for.
    pub since_ms: Micros,
}

/// An agent in one queue.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct MembershipView {
    /// Queue name.
    #[schemars(with = "String")]
    pub queue: Text,
    /// The member's interface there (may be a `Local/` one).
    #[schemars(with = "String")]
    pub interface: Text,
    /// Paused there.
    pub paused: bool,
    /// Why.
    #[schemars(with = "Option<String>")]
    pub reason: Option<Text>,
    /// Since when paused (or not).
    pub since_ms: Option<Micros>,
    /// Penalty.
    pub penalty: i32,
    /// Calls taken, as the PBX counts.
    pub calls_taken: u32,
}
