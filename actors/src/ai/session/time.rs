//! When something is due by itself, and what happens then.

use std::time::Duration;

use super::{Session, State};
use crate::ai::events::{Act, Next};

/// Longer than any sentence plays: who is not told that it was heard goes on without.
const LONGEST_SENTENCE: Duration = Duration::from_secs(60);
/// Nobody speaks so long without a breath: music, or a crowd.
const LONGEST_SPEECH: Duration = Duration::from_secs(30);

impl Session {
    /// When [`Input::Time`] is due, since the session began; `None` when it is over.
    pub fn deadline(&self) -> Option<Duration> {
        let times = &self.assistant.times;
        let own = match self.state {
            State::Closed => return None,
            State::Human => None,
            State::Closing { since, .. } => return Some(since + times.closing),
            State::Identifying => Some(times.identify),
            State::Greeting => self.interrupts_at(),
            State::Speaking { since, .. } => {
                let stuck = since + times.think + LONGEST_SENTENCE;
                Some(self.interrupts_at().map_or(stuck, |at| at.min(stuck)))
            }
            State::Listening { since } => Some(since + times.silence),
            State::UserSpeaking { silent_since } => {
                let keys = (!self.keys.is_empty()).then(|| self.last_key + times.digits);
                let words = silent_since.map(|since| since + times.end_of_turn);
                let endless = self.speech.map(|since| since + LONGEST_SPEECH);
                keys.or(words).or(endless)
            }
            State::Thinking { since, fillers, .. } | State::ToolCall { since, fillers } => {
                let filler = self.assistant.phrases.fillers.get(usize::from(fillers));
                let filler = filler.map(|_| since + times.filler * 4_u32.pow(u32::from(fillers.min(8))));
                Some(filler.unwrap_or(Duration::MAX).min(since + times.think))
            }
            State::Transferring { since, .. } => Some(since + times.connect),
        };
        [own, self.whole()].into_iter().flatten().min()
    }

    /// When the whole of it is over; who is being brought to a human, or has one, is not cut off.
    fn whole(&self) -> Option<Duration> {
        let stays = matches!(self.state, State::Human | State::Transferring { .. });
        (!stays).then_some(self.counted_from + self.assistant.times.whole)
    }

    /// When who speaks now interrupts what is said.
    pub(super) fn interrupts_at(&self) -> Option<Duration> {
        let times = &self.assistant.times;
        let since = self.speech?.max(self.prompt_since + times.deaf);
        (!self.playing.is_over()).then(|| since + times.barge_in)
    }

    /// Nobody waits in silence: the filler of that number, unless something is being said.
    fn fill(&mut self, number: u8) {
        let filler = self.assistant.phrases.fillers.get(usize::from(number)).cloned();
        if let Some(filler) = filler.filter(|_| self.playing.is_over()) {
            self.say(filler);
        }
    }

    pub(super) fn time(&mut self) {
        if self.deadline().is_none_or(|due| self.at < due) {
            return;
        }
        let times = self.assistant.times.clone();
        match self.state {
            State::Closing { next, .. } => self.end(next),
            State::Closed | State::Human => {}
            // he has talked long enough with a machine
            _ if self.whole().is_some_and(|due| self.at >= due) => self.hand_over(),
            State::Identifying if self.assistant.takes_unknown => self.identified(),
            State::Identifying => self.end(Next::Fallback),
            State::Greeting => self.interrupt(),
            State::Speaking { .. } if self.interrupts_at().is_some_and(|due| self.at >= due) => {
                self.interrupt()
            }
            // the voice never said that it was heard
            State::Speaking { .. } => self.failed(),
            State::Listening { .. } if self.reminded => self.hand_over(),
            State::Listening { .. } => {
                self.reminded = true;
                self.say(self.assistant.phrases.reminder.clone());
                self.state = State::Speaking { whole: true, answer: false, since: self.at };
            }
            State::UserSpeaking { .. } if !self.keys.is_empty() => self.keys_over(),
            State::UserSpeaking { .. } => {
                self.speech = None;
                self.acts.push(Act::FinishTurn);
                self.state = State::Thinking { since: self.at, fillers: 0, asked: false };
            }
            State::Thinking { since, .. } | State::ToolCall { since, .. }
                if self.at >= since + times.think =>
            {
                self.failed();
            }
            State::Thinking { since, fillers, asked } => {
                self.state = State::Thinking { since, fillers: fillers.saturating_add(1), asked };
                self.fill(fillers);
            }
            State::ToolCall { since, fillers } => {
                self.state = State::ToolCall { since, fillers: fillers.saturating_add(1) };
                self.fill(fillers);
            }
            State::Transferring { ringing: true, .. } => {
                self.close(&self.assistant.phrases.sorry.clone(), Next::Fallback);
            }
            // its announcement was never heard: he is not kept for it
            State::Transferring { .. } => self.end(Next::Fallback),
        }
    }
}
