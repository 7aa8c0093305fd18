//! What an answer wants done: the server decides whether it is, and the model says something to what came of it.

use std::sync::Arc;

use super::{Session, State};
use crate::ai::events::{Act, After, Generation, Next, Phase, ToolUse};
use crate::view::Text;

/// Times that a model may want tools before it says something to the caller (S17).
const MOST_ROUNDS: u8 = 4;

impl Session {
    pub(super) fn tools_wanted(&mut self, generation: Generation, names: &[Text]) {
        if generation != self.generation || !self.answers() {
            return;
        }
        self.rounds += 1;
        if names.is_empty() || self.rounds > MOST_ROUNDS {
            return self.failed();
        }
        self.acts.push(Act::RunTools(generation));
        self.state = State::ToolCall { since: self.at, fillers: 0 };
    }

    pub(super) fn tools_done(&mut self, generation: Generation, tools: Vec<Arc<ToolUse>>, after: After) {
        // what was done was done, also when the caller has gone on meanwhile
        for tool in tools {
            self.transcript.add_tool(tool, self.at);
        }
        if generation != self.generation || self.phase() != Phase::ToolCall {
            return;
        }
        match after {
            After::GoOn => {
                self.state = State::Thinking { since: self.at, fillers: 0, asked: true };
                self.acts.push(Act::Think { generation, said: Text::default() });
            }
            After::Transfer => self.ends(generation, Next::Fallback),
            After::Hangup => self.ends(generation, Next::Hangup),
        }
    }

    /// The answer is the assistant's last.
    pub(super) fn ends(&mut self, generation: Generation, next: Next) {
        if generation != self.generation || !self.answers() {
            return;
        }
        if self.playing.is_over() {
            return self.goes(next);
        }
        self.state = State::Speaking { whole: true, answer: true, since: self.at };
        self.ends = Some(next);
    }

    /// The answer was the last.
    pub(super) fn goes(&mut self, next: Next) {
        match next {
            Next::Fallback => self.hand_over(),
            Next::Hangup => self.close(&self.assistant.phrases.goodbye.clone(), Next::Hangup),
        }
    }
}
