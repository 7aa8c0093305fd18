//! A flow that the caller of a call walks, or walked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Text;
use crate::keys::Micros;

/// One walk. Times are on the PBX's clock, as everywhere on the board: those of the walk's own clock are moved by
/// the difference of both when it tells of them.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
pub struct FlowView {
    /// Of the channel that walks.
    #[schemars(with = "String")]
    pub uniqueid: Text,
    /// Id of the flow; empty where the called number has none.
    #[schemars(with = "String")]
    pub flow: Text,
    /// Its name.
    #[schemars(with = "String")]
    pub name: Text,
    /// Handed over.
    pub began_ms: Micros,
    /// Over; `null` while he walks.
    pub ended_ms: Option<Micros>,
    /// How it ended; `null` while he walks.
    pub how: Option<FlowEnd>,
    /// In words, where it failed.
    #[schemars(with = "Option<String>")]
    pub why: Option<Text>,
    /// Nodes he was at, the last 20; while he walks, he is at the last.
    pub visits: Vec<FlowVisitView>,
    /// Nodes before these.
    pub earlier: u32,
}

/// A stay at a node.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
pub struct FlowVisitView {
    /// Its id within the flow.
    #[schemars(with = "String")]
    pub node: Text,
    /// Its name.
    #[schemars(with = "String")]
    pub name: Text,
    /// Arrived.
    pub at_ms: Micros,
    /// Left; `null` while he is there.
    pub left_ms: Option<Micros>,
    /// By which port; `null` while he is there, and where the flow ended. `sent_on`: a supervisor's doing.
    #[schemars(with = "Option<String>")]
    pub port: Option<Text>,
    /// What he pressed for it; `null` where it is no key's.
    #[schemars(with = "Option<String>")]
    pub key: Option<Text>,
}

/// How a walk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowEnd {
    /// He hung up.
    Abandoned,
    /// He talked to whom the flow connected him to.
    Connected,
    /// The flow hung up.
    HungUp,
    /// He left a message.
    Message,
    /// He was asked for a message and left none.
    NoMessage,
    /// A port led nowhere.
    NoExit,
    /// It went on for too long.
    TooLong,
    /// A supervisor took him elsewhere.
    TakenAway,
    /// Something was wrong: the dialplan goes on with him.
    Failed,
    /// What walked it was killed, or failed: the dialplan goes on with him.
    BrokeOff,
}

impl FlowView {
    /// Where he is now; `None` when it is over.
    pub fn now(&self) -> Option<&FlowVisitView> {
        self.visits.last().filter(|_| self.ended_ms.is_none())
    }

    /// How many nodes he was at.
    pub fn seen(&self) -> usize {
        self.earlier as usize + self.visits.len()
    }
}
