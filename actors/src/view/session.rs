//! A conversation of a caller with an assistant, which stands on the floor like an agent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Party, Text};
use crate::keys::Micros;

/// One conversation, for as long as it lasts. Times are on the PBX's clock, as everywhere on the board: those of our own
/// clock are moved by the difference of both when it tells of them. What is said is not in the row: who may listen asks
/// for it.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct AiSessionView {
    /// `pbx~UUID`.
    #[schemars(with = "String")]
    pub id: Text,
    /// The PBX that the caller comes from.
    #[schemars(with = "String")]
    pub pbx: Text,
    /// Id of the assistant.
    #[schemars(with = "String")]
    pub assistant: Text,
    /// Its name.
    #[schemars(with = "String")]
    pub assistant_name: Text,
    /// In which it speaks: `fr`, `en`.
    #[schemars(with = "String")]
    pub language: Text,
    /// Id of the call; `null` while it is not known.
    #[schemars(with = "Option<String>")]
    pub call: Option<Text>,
    /// Of the caller's channel; `null` while the PBX has not told.
    #[schemars(with = "Option<String>")]
    pub uniqueid: Option<Text>,
    /// The caller's channel; `null` while the PBX has not told.
    #[schemars(with = "Option<String>")]
    pub channel: Option<Text>,
    /// Who calls.
    pub caller: Party,
    /// What he called, or empty.
    #[schemars(with = "String")]
    pub called: Text,
    /// Where the conversation stands.
    pub phase: SessionPhase,
    /// In that phase since.
    pub since_ms: Micros,
    /// It began.
    pub began_ms: Micros,
    /// Turns of the caller's so far.
    pub turns: u32,
    /// Lines of its transcript so far.
    pub lines: u64,
    /// What models read for it, as they count it; 0 where they do not say.
    pub tokens_in: u64,
    /// What models wrote for it.
    pub tokens_out: u64,
    /// From the end of the caller's last turn to the first sound of the answer; `null` before there was one.
    pub latency_ms: Option<u32>,
    /// The phone that took the caller over; `null` while the assistant has him.
    #[schemars(with = "Option<String>")]
    pub taken_by: Option<Text>,
}

/// Where a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionPhase {
    /// The PBX has not told yet whose call it is; the greeting plays already.
    Identifying,
    /// The greeting plays.
    Greeting,
    /// The caller may speak.
    Listening,
    /// He does, or presses keys.
    UserSpeaking,
    /// What he said is being understood, or answered.
    Thinking,
    /// The answer plays.
    Speaking,
    /// A tool works for the answer.
    ToolCall,
    /// A human is being called.
    Transferring,
    /// A human has the call; the assistant is silent.
    Human,
    /// The last words play.
    Closing,
    /// It is over.
    Closed,
}

/// Who said a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SaidBy {
    /// The caller, in words.
    Caller,
    /// The caller, by keys.
    Keys,
    /// The assistant.
    Assistant,
    /// A supervisor to the assistant: the caller hears nothing of it.
    Supervisor,
    /// What a tool did.
    Tool,
}

/// One line of a transcript.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct SessionLineView {
    /// Its place among all, from 0.
    pub n: u64,
    /// Who said it.
    pub who: SaidBy,
    /// Of the assistant's: what the caller heard of it. Of a tool's: its name.
    #[schemars(with = "String")]
    pub text: Text,
    /// When.
    pub at_ms: Micros,
    /// Of a recogniser, in percent.
    pub confidence: Option<u8>,
    /// The caller spoke into it.
    pub interrupted: bool,
    /// Of the first of an answer: from the end of the caller's turn to its first sound.
    pub latency_ms: Option<u32>,
    /// Of a tool's: what it was asked, JSON.
    pub arguments: Option<String>,
    /// Of a tool's: what the model was told.
    pub result: Option<String>,
}
