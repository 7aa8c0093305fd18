//! What a conversation tells the floor of itself, and what it is ordered: messages between two threads.

use std::time::Duration;

use actix::{Message, Recipient};
use tokio::sync::oneshot;

use super::{Line, Order, Phase, Who};
use crate::command::Refusal;
use crate::keys::Micros;
use crate::view::{SaidBy, SessionLineView, SessionPhase, Text};

/// Who talks with an assistant, as the PBX tells of him.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionCaller {
    /// His channel's name; `None` while only that of the voice is known.
    pub channel: Option<Text>,
    /// Of the channel that was told of.
    pub uniqueid: Text,
    /// His number, or empty.
    pub number: Text,
    /// His name, or empty.
    pub name: Text,
    /// What he called, or empty.
    pub called: Text,
}

/// What is new of a conversation. Times are on our clock.
#[derive(Clone, Message)]
#[rtype(result = "()")]
pub struct SessionTold {
    /// The PBX that the caller comes from.
    pub pbx: Text,
    /// By which his voice came.
    pub id: Text,
    /// Id of the assistant.
    pub assistant: Text,
    /// Its name.
    pub name: Text,
    /// In which it speaks.
    pub language: Text,
    /// `None`: the PBX has not told.
    pub caller: Option<SessionCaller>,
    /// It began.
    pub began: Micros,
    /// Where it stands.
    pub phase: Phase,
    /// Since when.
    pub since: Micros,
    /// Of the caller.
    pub turns: u32,
    /// What models read and wrote.
    pub tokens: (u64, u64),
    /// Of the last turn.
    pub latency: Option<Duration>,
    /// New lines.
    pub lines: Vec<SessionLineView>,
    /// There is nothing more to tell.
    pub is_over: bool,
    /// Who takes orders for it.
    pub orders: Recipient<SessionOrder>,
}

/// An order to a conversation.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub enum SessionOrder {
    /// What a supervisor wants, and whether it is done: `Ok` is what shows it.
    Do(Order, oneshot::Sender<Result<&'static str, Refusal>>),
    /// Whether that would be done now.
    May(Order, oneshot::Sender<Result<&'static str, Refusal>>),
    /// The caller goes elsewhere by a verb on his call: when his voice ends next, he did not hang up.
    TakenAway,
    /// His call is over while a human had it.
    CallOver,
}

impl SessionLineView {
    /// The line in that place, of a conversation that began then.
    pub fn of(line: &Line, n: usize, began: Micros, latency: Option<Duration>) -> Self {
        let at = i64::try_from(line.at.as_micros()).unwrap_or(i64::MAX);
        Self {
            n: n as u64,
            who: match line.who {
                Who::Caller => SaidBy::Caller,
                Who::Keys => SaidBy::Keys,
                Who::Assistant => SaidBy::Assistant,
                Who::Supervisor => SaidBy::Supervisor,
                Who::Tool => SaidBy::Tool,
            },
            text: line.text.clone(),
            at_ms: Micros(began.0.saturating_add(at)),
            confidence: line.confidence,
            interrupted: line.interrupted,
            latency_ms: latency.map(whole_ms),
            arguments: line.tool.as_ref().map(|tool| tool.arguments.clone()),
            result: line.tool.as_ref().map(|tool| tool.result.clone()),
        }
    }
}

pub(crate) fn whole_ms(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

impl From<Phase> for SessionPhase {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Identifying => Self::Identifying,
            Phase::Greeting => Self::Greeting,
            Phase::Listening => Self::Listening,
            Phase::UserSpeaking => Self::UserSpeaking,
            Phase::Thinking => Self::Thinking,
            Phase::Speaking => Self::Speaking,
            Phase::ToolCall => Self::ToolCall,
            Phase::Transferring => Self::Transferring,
            Phase::Human => Self::Human,
            Phase::Closing => Self::Closing,
            Phase::Closed => Self::Closed,
        }
    }
}
