//! The shapes on the board, which are also its JSON (REST and WebSocket).
//!
//! Times are milliseconds since 1970 UTC **on the PBX's clock**; [`PbxView::clock_offset_ms`] maps
//! them to ours. A duration is never sent: who looks counts from the start time. Absent is `null`,
//! never a made-up value.
//! Where a time is only the latest that it can be, the row names it in `at_least`. Ids are opaque text, stable for the life of the entity.

mod agent;
mod at_least;
mod call;
mod desk;
mod flow;
mod leg;
mod pbx;
mod queue;
mod said;
mod session;
mod trunk;

use compact_str::CompactString;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use agent::{Activity, AgentView, Availability, MembershipView, PauseLaterView};
pub use at_least::{AtLeast, Since};
pub use call::{
    CallPhase, CallView, Direction, ParkedView, QueueOutcome, QueueStintView, TransferKind, TransferView,
};
pub use desk::{DeskView, HandView, ListenedView, MessageView};
pub use flow::{FlowEnd, FlowView, FlowVisitView};
pub use leg::{LegPhase, LegView, SpyMode};
pub use pbx::{AlarmView, ComparisonView, LinkPhase, PbxView};
pub use queue::{QueueMemberView, QueueView, WaitingView};
pub use said::Said;
pub use session::{AiSessionView, SaidBy, SessionLineView, SessionPhase};
pub use trunk::{Reachability, Registration, TrunkView};

/// Short text of a view.
pub type Text = CompactString;

/// How far an entity may be believed; the worst that holds is shown.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize, Deserialize,
)]
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

/// A number and a name, as received (untrusted text).
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Party {
    /// Number, or empty.
    #[schemars(with = "String")]
    pub number: Text,
    /// Name, or empty.
    #[schemars(with = "String")]
    pub name: Text,
}

/// Any row of the board.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
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
    /// What is said to an agent, and his raised hand.
    Desk(DeskView),
    /// A conversation with an assistant.
    Session(AiSessionView),
}

/// Which table of the board a row stands in; also its name in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize)]
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
    /// `desks`
    Desks,
    /// `sessions`
    Sessions,
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
            Self::Desk(_) => Table::Desks,
            Self::Session(_) => Table::Sessions,
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
            Self::Desk(v) => &v.id,
            Self::Session(v) => &v.id,
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
            Self::Desk(v) => Some(&v.pbx),
            Self::Session(v) => Some(&v.pbx),
            Self::Alarm(_) => None,
        }
    }

    /// How far the row may be believed; a PBX, an alarm and a conversation speak for themselves.
    pub fn trust(&self) -> Option<Trust> {
        match self {
            Self::Pbx(_) | Self::Alarm(_) | Self::Desk(_) | Self::Session(_) => None,
            Self::Call(v) => Some(v.trust),
            Self::Agent(v) => Some(v.trust),
            Self::Queue(v) => Some(v.trust),
            Self::Trunk(v) => Some(v.trust),
        }
    }

    /// Sets it; nothing happens to a PBX or an alarm.
    pub fn set_trust(&mut self, trust: Trust) {
        match self {
            Self::Pbx(_) | Self::Alarm(_) | Self::Desk(_) | Self::Session(_) => {}
            Self::Call(v) => v.trust = trust,
            Self::Agent(v) => v.trust = trust,
            Self::Queue(v) => v.trust = trust,
            Self::Trunk(v) => v.trust = trust,
        }
    }
}

impl Table {
    /// Every table, in the order of the board's JSON.
    pub const ALL: [Self; 8] = [
        Self::Pbxs,
        Self::Calls,
        Self::Agents,
        Self::Queues,
        Self::Trunks,
        Self::Alarms,
        Self::Desks,
        Self::Sessions,
    ];

    /// Its name in JSON and in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pbxs => "pbxs",
            Self::Calls => "calls",
            Self::Agents => "agents",
            Self::Queues => "queues",
            Self::Trunks => "trunks",
            Self::Alarms => "alarms",
            Self::Desks => "desks",
            Self::Sessions => "sessions",
        }
    }
}
