//! What the caller does: he speaks, presses keys, interrupts.

use super::{Session, State};
use crate::ai::events::Act;
use crate::ai::transcript::Who;
use crate::view::Text;

/// Angry words until a human is called.
const MOST_ANGER: u8 = 3;
/// Keys of one answer.
const MOST_KEYS: usize = 32;

impl Session {
    pub(super) fn speech_began(&mut self) {
        self.speech.get_or_insert(self.at);
        match &mut self.state {
            State::Listening { .. } => self.state = State::UserSpeaking { silent_since: None },
            State::UserSpeaking { silent_since } => *silent_since = None,
            // he goes on: what he says belongs to the same turn
            State::Thinking { asked: false, .. } => self.state = State::UserSpeaking { silent_since: None },
            _ => {}
        }
    }

    pub(super) fn speech_ended(&mut self) {
        self.speech = None;
        if let State::UserSpeaking { silent_since } = &mut self.state {
            *silent_since = Some(self.at);
        }
    }

    pub(super) fn interrupt(&mut self) {
        self.silence();
        let silent_since = self.speech.is_none().then_some(self.at);
        self.state = State::UserSpeaking { silent_since };
    }

    pub(super) fn words(&mut self, text: &str, confidence: Option<u8>, last: bool) {
        let text = text.trim();
        if let State::Greeting | State::Speaking { .. } = self.state
            && !text.is_empty()
            && self.at >= self.prompt_since + self.assistant.times.deaf
        {
            self.interrupt();
        }
        if !last {
            return;
        }
        if !text.is_empty() {
            self.transcript.add(Who::Caller, text, self.at, confidence);
        }
        match self.state {
            State::Listening { .. } | State::UserSpeaking { .. } | State::Thinking { asked: false, .. } => {
                if text.is_empty() {
                    self.not_understood()
                } else {
                    self.turn(text)
                }
            }
            // he said more before he was answered: what is being thought of is old
            State::Thinking { asked: true, .. } | State::ToolCall { .. } if !text.is_empty() => {
                self.silence();
                self.turn(text);
            }
            _ => {}
        }
    }

    fn not_understood(&mut self) {
        // the engine gave up on a noise while he speaks: there will be more
        if self.speech.is_none() {
            self.failed();
        }
    }

    pub(super) fn key(&mut self, key: char) {
        if !self.talks() {
            return;
        }
        if self.assistant.words.human_key == Some(key) && self.keys.is_empty() {
            self.transcript.add(Who::Keys, key.to_string(), self.at, None);
            return self.hand_over();
        }
        if !self.playing.is_over() || !matches!(self.state, State::UserSpeaking { .. }) {
            self.interrupt();
        }
        self.last_key = self.at;
        if key == '#' || self.keys.len() >= MOST_KEYS {
            return self.keys_over();
        }
        self.keys.push(key);
    }

    pub(super) fn keys_over(&mut self) {
        let keys = std::mem::take(&mut self.keys);
        if keys.is_empty() {
            return;
        }
        self.transcript.add(Who::Keys, keys.as_str(), self.at, None);
        self.think(&keys);
    }

    /// Whether the assistant has the caller.
    pub(super) fn talks(&self) -> bool {
        !matches!(
            self.state,
            State::Identifying
                | State::Transferring { .. }
                | State::Human
                | State::Closing { .. }
                | State::Closed
        )
    }

    /// He has said something whole.
    fn turn(&mut self, said: &str) {
        self.reminded = false;
        let small = said.to_lowercase();
        let has = |words: &[Text]| {
            small
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| words.iter().any(|one| one == word))
                .count()
        };
        let anger = has(&self.assistant.words.anger);
        self.anger = self.anger.saturating_add(u8::try_from(anger).unwrap_or(u8::MAX));
        if has(&self.assistant.words.human) > 0 || self.anger >= MOST_ANGER {
            return self.hand_over();
        }
        self.think(said);
    }

    pub(super) fn think(&mut self, said: &str) {
        self.state = State::Thinking { since: self.at, fillers: 0, asked: true };
        let whispers = std::mem::take(&mut self.whispers);
        self.acts.push(Act::Think { generation: self.generation, said: said.into(), whispers });
    }
}
