//! What the caller does: he speaks, presses keys, interrupts.

use super::{Session, State};
use crate::ai::events::Act;
use crate::ai::transcript::Who;
use crate::view::Text;

/// Angry words until a human is called.
const MOST_ANGER: u8 = 3;
/// Keys of one answer.
const MOST_KEYS: usize = 32;
/// Letters of one turn.
const MOST_SAID: usize = 4_000;

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
        let spoke = self.speech.take().is_some_and(|since| self.at >= since + self.assistant.times.barge_in);
        match &mut self.state {
            State::UserSpeaking { silent_since } => *silent_since = Some(self.at),
            State::Thinking { asked: true, .. } | State::ToolCall { .. } => self.unheard |= spoke,
            State::Speaking { .. } if self.playing.is_over() => self.unheard |= spoke,
            _ => {}
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
                // he goes on: that was the beginning
                if self.speech.is_some() && !text.is_empty() {
                    self.begun = self.begun_with(text);
                } else if text.is_empty() && self.begun.is_empty() {
                    self.not_understood();
                } else {
                    let said = self.begun_with(text);
                    self.turn(&said);
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

    fn begun_with(&mut self, text: &str) -> String {
        let mut said = std::mem::take(&mut self.begun);
        if !said.is_empty() && !text.is_empty() {
            said.push(' ');
        }
        said.push_str(text);
        // who never ends says nothing more that matters
        if said.len() > MOST_SAID { said.chars().take(MOST_SAID).collect() } else { said }
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
        let said_words = words_of(said);
        let has = |phrases: &[Text]| -> usize {
            let wanted = phrases.iter().map(|phrase| words_of(phrase)).filter(|words| !words.is_empty());
            wanted.map(|words| said_words.matches(&words).count()).sum()
        };
        let anger = has(&self.assistant.words.anger);
        self.anger = self.anger.saturating_add(u8::try_from(anger).unwrap_or(u8::MAX));
        if has(&self.assistant.words.human) > 0 || self.anger >= MOST_ANGER {
            return self.hand_over();
        }
        self.think(said);
    }

    pub(super) fn think(&mut self, said: &str) {
        self.rounds = 0;
        self.state = State::Thinking { since: self.at, fillers: 0, asked: true };
        self.acts.push(Act::Think { generation: self.generation, said: said.into() });
    }
}

/// Its words, small, each with a space before and one behind it.
fn words_of(text: &str) -> String {
    let small = text.to_lowercase();
    let words = small.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.flat_map(|word| [" ", word, " "]).collect()
}
