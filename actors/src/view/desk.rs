//! What people say to an agent, and that he asks for help. Times here are on our clock.

use serde::Serialize;

use super::Text;
use crate::keys::Micros;

/// An agent's desk: his raised hand and the messages to him. It stands on the board while there is one of
/// these.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeskView {
    /// Id of the agent.
    pub id: Text,
    /// His PBX.
    pub pbx: Text,
    /// He asks for help.
    pub hand: Option<HandView>,
    /// To him, the oldest first.
    pub messages: Vec<MessageView>,
}

/// A raised hand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HandView {
    /// Raised, our clock.
    pub since_ms: Micros,
    /// Why, in his words, or empty.
    pub text: Text,
}

/// A message to an agent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MessageView {
    /// Unique; of a server that keeps nothing, within its run.
    pub id: u64,
    /// Who wrote it, or empty.
    pub from: Text,
    /// What.
    pub text: Text,
    /// Written, our clock.
    pub at_ms: Micros,
    /// He has read it, our clock.
    pub read_ms: Option<Micros>,
}
