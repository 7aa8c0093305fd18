//! What people say to an agent, and that he asks for help. Times here are on our clock.

use schemars::JsonSchema;
use serde::Serialize;

use super::Text;
use crate::keys::Micros;

/// An agent's desk: his raised hand, that he is listened to, and the messages to him. It stands on the board
/// while there is one of these.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct DeskView {
    /// Id of the agent.
    #[schemars(with = "String")]
    pub id: Text,
    /// His PBX.
    #[schemars(with = "String")]
    pub pbx: Text,
    /// He asks for help.
    pub hand: Option<HandView>,
    /// Somebody listens to him, where his site says that he shall know.
    pub listened: Option<ListenedView>,
    /// To him, the oldest first.
    pub messages: Vec<MessageView>,
}

/// A raised hand.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct HandView {
    /// Raised, our clock.
    pub since_ms: Micros,
    /// Why, in his words, or empty.
    #[schemars(with = "String")]
    pub text: Text,
}

/// Somebody listens to an agent.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct ListenedView {
    /// Since, our clock.
    pub since_ms: Micros,
    /// And speaks: `listen` (to nobody), `whisper` (to him), `barge` (to both sides).
    #[schemars(with = "String")]
    pub mode: Text,
}

/// A message to an agent.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct MessageView {
    /// Unique; of a server that keeps nothing, within its run.
    pub id: u64,
    /// Who wrote it, or empty.
    #[schemars(with = "String")]
    pub from: Text,
    /// What.
    #[schemars(with = "String")]
    pub text: Text,
    /// Written, our clock.
    pub at_ms: Micros,
    /// He has read it, our clock.
    pub read_ms: Option<Micros>,
}
