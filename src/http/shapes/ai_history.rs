//! Conversations with assistants, of a past call.

use schemars::JsonSchema;
use serde::Serialize;

use super::history::{CALL, KEPT_AWAY};
use crate::http::openapi::Shape;

/// Conversations of a call, the oldest first.
#[derive(Serialize, JsonSchema)]
struct KeptAiSessions {
    sessions: Vec<KeptAiSession>,
}

/// One conversation.
#[derive(Serialize, JsonSchema)]
struct KeptAiSession {
    /// By which the voice came.
    id: String,
    /// Of the caller's channel.
    uniqueid: String,
    /// Seconds since 1970.
    began: f64,
    took_ms: i64,
    /// Its id.
    assistant: String,
    /// Of the assistant.
    version: Option<i32>,
    how: AiEnd,
    summary: Option<String>,
    /// What spoke, heard and thought; empty where nothing did.
    mouth: String,
    ears: String,
    mind: String,
    tokens_in: i64,
    tokens_out: i64,
    /// `null`: nobody said what a token costs.
    cost: Option<f64>,
    lines: Vec<KeptAiLine>,
    turns: Vec<KeptAiTurn>,
}

/// How it ended.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code)] // described, and written by the database
enum AiEnd {
    /// The caller hung up.
    Gone,
    /// The assistant had nothing more to say.
    Hangup,
    /// To a human.
    Fallback,
    /// The PBX never told whose call it was.
    Unknown,
    /// A fault.
    BrokeOff,
}

/// Who said a line.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code)] // described, and written by the database
enum AiWho {
    Caller,
    /// The caller, by keys.
    Keys,
    Assistant,
    /// To the assistant alone.
    Supervisor,
    Tool,
}

/// A line.
#[derive(Serialize, JsonSchema)]
struct KeptAiLine {
    who: AiWho,
    /// Of the assistant's: what the caller heard of it.
    text: String,
    /// Since the conversation began.
    at_ms: i64,
    /// Of the recogniser, percent.
    confidence: Option<i16>,
    /// The caller spoke into it.
    interrupted: bool,
}

/// A turn: times are ms since the conversation began, `null` where it did not come to that.
#[derive(Serialize, JsonSchema)]
struct KeptAiTurn {
    /// The caller stopped speaking.
    t_speech_end: Option<i64>,
    /// It was decided that he has finished.
    t_decided: i64,
    /// He was understood.
    t_stt_final: Option<i64>,
    /// The first sentence of the answer.
    t_llm_first: Option<i64>,
    /// Its sound.
    t_tts_first: Option<i64>,
    /// Its first frame.
    t_audio_out: Option<i64>,
    /// So much of the answer had been heard when the caller spoke into it.
    interrupted_at_ms: Option<i64>,
    /// What the caller said.
    heard: String,
    /// What was answered.
    said: String,
    /// What he heard of it.
    played: String,
    tools: Vec<String>,
    tokens_in: i64,
    tokens_out: i64,
}

pub(in crate::http) const SESSIONS: Shape = Shape::gives::<KeptAiSessions>(
    "What was said with assistants in an ended call, and how long each turn took.",
)
.at(CALL)
.refuses(KEPT_AWAY);
