//! One conversation, as an explicit machine.
//!
//! ```text
//! Identifying ─▶ Greeting ─▶ Listening ⇄ UserSpeaking ─▶ Thinking ⇄ ToolCall
//!                               ▲                            ▼
//!                               └───────────────────────── Speaking ─▶ UserSpeaking (interrupted)
//! any ─▶ Transferring ─▶ Human ─▶ Listening (handed back)      any ─▶ Closing ─▶ Closed
//! ```

mod caller;
mod time;
mod tools;

use std::sync::Arc;
use std::time::Duration;

use crate::ai::assistant::Assistant;
use crate::ai::events::{Act, Generation, Input, Next, Order, Part, Phase};
use crate::ai::playing::{Playing, Position};
use crate::ai::transcript::{Line, Transcript, Who};
use crate::view::Text;

/// Things that went wrong in a row until a human is called.
const MOST_FAILURES: u8 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Identifying,
    Greeting,
    Listening {
        since: Duration,
    },
    UserSpeaking {
        silent_since: Option<Duration>,
    },
    /// `asked`: the words are understood, and an answer is wanted.
    Thinking {
        since: Duration,
        fillers: u8,
        asked: bool,
    },
    /// `whole`: nothing more comes of it; `answer`: a model's, not a phrase of the assistant's own.
    Speaking {
        whole: bool,
        answer: bool,
        since: Duration,
    },
    ToolCall {
        since: Duration,
        fillers: u8,
    },
    /// `ringing`: what was to be said before is said.
    Transferring {
        since: Duration,
        ringing: bool,
    },
    Human,
    Closing {
        since: Duration,
        next: Next,
    },
    Closed,
}

/// One conversation.
#[derive(Debug)]
pub struct Session {
    assistant: Arc<Assistant>,
    state: State,
    generation: Generation,
    playing: Playing,
    transcript: Transcript,
    acts: Vec<Act>,
    /// The time of what happens now, since the session began.
    at: Duration,
    /// How far what is played was played.
    position: Position,
    /// Since when what is said now is said.
    prompt_since: Duration,
    /// Since when the caller speaks.
    speech: Option<Duration>,
    /// From when the whole of it is counted.
    counted_from: Duration,
    /// He spoke, long enough, while nobody listened for a turn.
    unheard: bool,
    /// The beginning of a turn that he went on with.
    begun: String,
    keys: String,
    last_key: Duration,
    reminded: bool,
    anger: u8,
    failures: u8,
    /// Times that tools were wanted since the caller said something.
    rounds: u8,
    /// What follows when the answer was heard.
    ends: Option<Next>,
}

impl Session {
    /// Begins: the greeting is said at once, whoever it is.
    pub fn begin(assistant: Arc<Assistant>) -> (Self, Vec<Act>) {
        let greeting = assistant.phrases.greeting.clone();
        Self::saying(assistant, State::Identifying, greeting)
    }

    /// That is said alone, and then the caller goes there: he is not listened to, and nobody is asked for him.
    pub fn notice(assistant: Arc<Assistant>, text: Text, next: Next) -> (Self, Vec<Act>) {
        Self::saying(assistant, State::Closing { since: Duration::ZERO, next }, text)
    }

    fn saying(assistant: Arc<Assistant>, state: State, first: Text) -> (Self, Vec<Act>) {
        let mut this = Self {
            assistant,
            state,
            generation: Generation(1),
            playing: Playing::default(),
            transcript: Transcript::default(),
            acts: Vec::new(),
            at: Duration::ZERO,
            position: Position::default(),
            prompt_since: Duration::ZERO,
            speech: None,
            counted_from: Duration::ZERO,
            unheard: false,
            begun: String::new(),
            keys: String::new(),
            last_key: Duration::ZERO,
            reminded: false,
            anger: 0,
            failures: 0,
            rounds: 0,
            ends: None,
        };
        this.say(first);
        let acts = std::mem::take(&mut this.acts);
        (this, acts)
    }

    /// Where it stands.
    pub fn phase(&self) -> Phase {
        match self.state {
            State::Identifying => Phase::Identifying,
            State::Greeting => Phase::Greeting,
            State::Listening { .. } => Phase::Listening,
            State::UserSpeaking { .. } => Phase::UserSpeaking,
            State::Thinking { .. } => Phase::Thinking,
            State::Speaking { .. } => Phase::Speaking,
            State::ToolCall { .. } => Phase::ToolCall,
            State::Transferring { .. } => Phase::Transferring,
            State::Human => Phase::Human,
            State::Closing { .. } => Phase::Closing,
            State::Closed => Phase::Closed,
        }
    }

    /// What was said so far, as it was heard.
    pub fn transcript(&self) -> &[Line] {
        self.transcript.lines()
    }

    /// Lines of the transcript before those that are kept.
    pub fn forgotten(&self) -> usize {
        self.transcript.gone()
    }

    /// What is said now belongs to it; what is older is nobody's.
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// Something happens, at that time since the session began, while so much was played of what is said.
    pub fn on(&mut self, input: Input, at: Duration, position: Position) -> Vec<Act> {
        // a clock that went back would wake deadlines for ever
        self.at = self.at.max(at);
        self.position = position;
        match input {
            _ if self.state == State::Closed => {}
            Input::Gone => {
                self.silence();
                self.state = State::Closed;
            }
            Input::Identified => self.identified(),
            Input::SpeechBegan => self.speech_began(),
            Input::SpeechEnded => self.speech_ended(),
            Input::Words { text, confidence, last } => self.words(&text, confidence, last),
            Input::Key(key) => self.key(key),
            Input::Sentence(generation, text) => {
                if generation == self.generation && self.answers() {
                    self.say(text);
                    self.state = State::Speaking { whole: false, answer: true, since: self.at };
                }
            }
            Input::Answered(generation) => self.answered(generation),
            Input::Ends(generation, next) => self.ends(generation, next),
            Input::ToolsWanted(generation, names) => self.tools_wanted(generation, &names),
            Input::ToolsDone(generation, tools, after) => self.tools_done(generation, tools, after),
            Input::Welcome(text) => {
                if matches!(self.state, State::Identifying | State::Greeting) {
                    self.say(text);
                }
            }
            Input::Failed(generation, part) => self.failed_part(generation, part),
            Input::Heard(number) => self.heard(number),
            Input::Connected => {
                if let State::Transferring { .. } = self.state {
                    self.silence();
                    self.state = State::Human;
                }
            }
            Input::NotConnected => {
                if let State::Transferring { .. } = self.state {
                    self.close(&self.assistant.phrases.sorry.clone(), Next::Fallback);
                }
            }
            Input::Ordered(order) => self.ordered(order),
            Input::Time => self.time(),
        }
        std::mem::take(&mut self.acts)
    }

    fn answers(&self) -> bool {
        matches!(
            self.state,
            State::Thinking { asked: true, .. }
                | State::Speaking { whole: false, .. }
                | State::ToolCall { .. }
        )
    }

    fn say(&mut self, text: Text) {
        if self.playing.is_over() {
            self.prompt_since = self.at;
        }
        let number = self.playing.add(text.clone());
        self.acts.push(Act::Say { generation: self.generation, number, text });
    }

    /// What is said is broken off; what was heard of it stands in the transcript.
    fn silence(&mut self) {
        self.ends = None;
        let (whole, broken) = self.playing.hush(self.position);
        for sentence in whole {
            self.transcript.add(Who::Assistant, sentence.text, self.at, None);
        }
        if let Some(sentence) = broken {
            self.transcript.add_broken_off(&sentence.text, self.position, self.at);
        }
        self.generation.0 += 1;
        self.acts.push(Act::Hush(self.generation));
    }

    fn identified(&mut self) {
        if self.state != State::Identifying {
            return;
        }
        self.acts.push(Act::OpenEars);
        self.state = State::Greeting;
        self.said_all();
    }

    fn answered(&mut self, generation: Generation) {
        if generation != self.generation {
            return;
        }
        match &mut self.state {
            State::Speaking { whole, .. } => {
                *whole = true;
                self.said_all();
            }
            State::Thinking { asked: true, .. } => self.failed(),
            _ => {}
        }
    }

    fn failed_part(&mut self, generation: Generation, part: Part) {
        match part {
            // deaf, he can still press keys; and a second time a human is called
            // while he goes on there will be more
            Part::Ears if self.speech.is_some() && matches!(self.state, State::UserSpeaking { .. }) => {}
            Part::Ears if self.talks() => self.failed(),
            Part::Mind | Part::Voice if generation == self.generation && self.talks() => self.failed(),
            Part::Ears | Part::Mind | Part::Voice => {}
        }
    }

    fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
        if self.failures >= MOST_FAILURES {
            return self.hand_over();
        }
        self.silence();
        self.say(self.assistant.phrases.sorry.clone());
        self.state = State::Speaking { whole: true, answer: false, since: self.at };
    }

    fn heard(&mut self, number: u32) {
        for sentence in self.playing.heard_up_to(number) {
            self.transcript.add(Who::Assistant, sentence.text, self.at, None);
        }
        self.said_all();
    }

    /// What follows when everything that was said was heard.
    fn said_all(&mut self) {
        if !self.playing.is_over() {
            return;
        }
        match &mut self.state {
            State::Greeting | State::Speaking { whole: true, .. } => {
                if let Some(next) = self.ends.take() {
                    return self.goes(next);
                }
                // one that was heard to its end: what failed before it is mended
                if let State::Speaking { answer: true, .. } = self.state {
                    self.failures = 0;
                }
                // who spoke while he was answered has a turn
                let unheard = std::mem::take(&mut self.unheard);
                self.state = match self.speech {
                    Some(_) => State::UserSpeaking { silent_since: None },
                    None if unheard => State::UserSpeaking { silent_since: Some(self.at) },
                    None => State::Listening { since: self.at },
                };
            }
            State::Transferring { ringing: ringing @ false, since } => {
                *ringing = true;
                *since = self.at;
                self.acts.push(Act::Connect);
            }
            State::Closing { next, .. } => {
                let next = *next;
                self.end(next);
            }
            _ => {}
        }
    }

    fn hand_over(&mut self) {
        self.silence();
        self.state = State::Transferring { since: self.at, ringing: false };
        self.say(self.assistant.phrases.handing_over.clone());
    }

    fn close(&mut self, last_words: &Text, next: Next) {
        self.silence();
        self.state = State::Closing { since: self.at, next };
        self.say(last_words.clone());
    }

    fn end(&mut self, next: Next) {
        self.silence();
        self.state = State::Closed;
        self.acts.push(Act::End(next));
    }

    fn ordered(&mut self, order: Order) {
        match order {
            Order::Whisper(text) => {
                self.transcript.add(Who::Supervisor, text, self.at, None);
            }
            Order::Say(text) if self.talks() => {
                self.silence();
                self.say(text);
                self.state = State::Speaking { whole: true, answer: false, since: self.at };
            }
            Order::TakeOver if !matches!(self.state, State::Closing { .. }) => {
                self.silence();
                self.state = State::Human;
            }
            Order::HandBack if self.state == State::Human => {
                self.failures = 0;
                self.anger = 0;
                self.counted_from = self.at;
                self.state = State::Listening { since: self.at };
            }
            Order::Transfer if self.talks() => self.hand_over(),
            Order::End => self.close(&self.assistant.phrases.goodbye.clone(), Next::Hangup),
            Order::Say(_) | Order::TakeOver | Order::HandBack | Order::Transfer => {}
        }
    }
}
