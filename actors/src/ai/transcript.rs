//! What was said, by whom, as it was heard.

use std::sync::Arc;
use std::time::Duration;

use super::events::ToolUse;
use super::playing::Position;
use crate::view::Text;

/// Lines that are kept; the oldest go.
const MOST: usize = 500;

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
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

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Who said it.
    pub who: Who,
    /// Of the assistant's: what the caller heard of it.
    pub text: Text,
    /// Since the session began.
    pub at: Duration,
    /// Of a recogniser, in percent.
    pub confidence: Option<u8>,
    /// The caller spoke into it.
    pub interrupted: bool,
    /// Of a tool's: what it was asked, and what came of it.
    pub tool: Option<Arc<ToolUse>>,
}

#[derive(Debug, Default)]
pub(super) struct Transcript {
    lines: Vec<Line>,
    /// The oldest, which are not kept any more.
    gone: usize,
}

impl Transcript {
    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Lines before these.
    pub(super) fn gone(&self) -> usize {
        self.gone
    }

    pub(super) fn add(&mut self, who: Who, text: impl Into<Text>, at: Duration, confidence: Option<u8>) {
        if self.lines.len() >= MOST {
            self.lines.remove(0);
            self.gone += 1;
        }
        self.lines.push(Line { who, text: text.into(), at, confidence, interrupted: false, tool: None });
    }

    /// Its text is its name.
    pub(super) fn add_tool(&mut self, tool: Arc<ToolUse>, at: Duration) {
        self.add(Who::Tool, tool.name.as_str(), at, None);
        if let Some(line) = self.lines.last_mut() {
            line.tool = Some(tool);
        }
    }

    /// A sentence of the assistant's that was broken off.
    pub(super) fn add_broken_off(&mut self, text: &str, heard: Position, at: Duration) {
        let part = heard_of(text, heard);
        if part.is_empty() {
            return;
        }
        self.add(Who::Assistant, part, at, None);
        if let Some(line) = self.lines.last_mut() {
            line.interrupted = true;
        }
    }
}

/// The words of a sentence that were heard, by how far it was played: whole words, the last one left out.
fn heard_of(text: &str, position: Position) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (played, whole) = (u64::from(position.ms), u64::from(position.of_ms.max(1)));
    let count = (words.len() as u64).saturating_mul(played.min(whole)) / whole;
    words[..words.len().min(usize::try_from(count).unwrap_or(usize::MAX))].join(" ")
}
