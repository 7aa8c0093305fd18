//! Conversations with assistants that are over, as history keeps them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actors::ai::{Line, Who};

use crate::history::{AiLine, AiSession, AiTurn};
use crate::links::voices::{Ended, How, Turn};

/// The row of one that ended now.
pub(super) fn session(ended: &Ended) -> AiSession {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let began = i64::try_from(now.saturating_sub(ended.took).as_micros()).unwrap_or(i64::MAX);
    let told = |of: fn(&crate::links::voices::Caller) -> &String| ended.caller.as_ref().map(of).cloned();
    AiSession {
        pbx: ended.pbx.clone(),
        id: ended.id.clone(),
        uniqueid: told(|caller| &caller.uniqueid).unwrap_or_default(),
        began,
        took_ms: ms(ended.took),
        caller_number: told(|caller| &caller.number).unwrap_or_default(),
        called: told(|caller| &caller.called).unwrap_or_default(),
        assistant: ended.assistant.to_string(),
        version: None,
        how: how(ended.how).into(),
        mouth: ended.engines.mouth.to_string(),
        ears: ended.engines.ears.to_string(),
        mind: ended.engines.mind.to_string(),
        lines: ended.lines.iter().map(line).collect(),
        turns: ended.turns.iter().map(turn).collect(),
    }
}

fn line(line: &Line) -> AiLine {
    let who = match line.who {
        Who::Caller => "caller",
        Who::Keys => "keys",
        Who::Assistant => "assistant",
        Who::Supervisor => "supervisor",
        Who::Tool => "tool",
    };
    AiLine {
        who: who.into(),
        text: line.text.to_string(),
        at_ms: ms(line.at),
        confidence: line.confidence.map(i16::from),
        interrupted: line.interrupted,
    }
}

fn turn(turn: &Turn) -> AiTurn {
    AiTurn {
        t_speech_end: turn.speech_end.map(ms),
        t_decided: ms(turn.decided),
        t_stt_final: turn.stt_final.map(ms),
        t_llm_first: turn.llm_first.map(ms),
        t_tts_first: turn.tts_first.map(ms),
        t_audio_out: turn.audio_out.map(ms),
        interrupted_at_ms: turn.interrupted_at_ms.map(i64::from),
        heard: turn.heard.to_string(),
        said: turn.said.to_string(),
        played: turn.played.to_string(),
        tools: turn.tools.iter().map(ToString::to_string).collect(),
        tokens_in: turn.tokens_in.into(),
        tokens_out: turn.tokens_out.into(),
    }
}

const fn how(how: How) -> &'static str {
    match how {
        How::Gone => "gone",
        How::Hangup => "hangup",
        How::Fallback => "fallback",
        How::Unknown => "unknown",
        How::BrokeOff => "broke_off",
        How::SentOn => "sent_on",
    }
}

fn ms(took: Duration) -> i64 {
    i64::try_from(took.as_millis()).unwrap_or(i64::MAX)
}
