//! What each turn of a conversation took, and what was said and heard in it.
//!
//! ```text
//! he stops ── the wait until he has finished ──▶ decided ─ears─▶ understood ─mind─▶ first sentence ─voice─▶ sound ─▶ first frame out
//! ```

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use actors::ai::{Act, Input, Line, Who};
use actors::view::Text;

use super::play::Played;

/// Turns that are kept; the oldest go.
const MOST: usize = 200;

/// One turn: times are since the conversation began, `None` where it did not come to that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turn {
    /// He stopped speaking, as it was noticed; none for keys.
    pub speech_end: Option<Duration>,
    /// It was decided that he has finished.
    pub decided: Duration,
    /// What he said was understood, or was not.
    pub stt_final: Option<Duration>,
    /// The first sentence of the answer came.
    pub llm_first: Option<Duration>,
    /// Its sound came.
    pub tts_first: Option<Duration>,
    /// Its first frame went to the caller.
    pub audio_out: Option<Duration>,
    /// So much of the answer had gone to the caller when it was silenced, ms.
    pub interrupted_at_ms: Option<u32>,
    /// What the caller said, or his keys.
    pub heard: Text,
    /// What was answered.
    pub said: Text,
    /// What the caller heard of it, and whatever else was said to him in that turn.
    pub played: Text,
    /// Tools that the answer wanted, by name.
    pub tools: Vec<Text>,
    /// What the model read, as it counts.
    pub tokens_in: u32,
    /// What it wrote.
    pub tokens_out: u32,
}

/// One that goes on.
#[derive(Default)]
struct Open {
    turn: Turn,
    /// Sentences of the answer: the first one, and the last.
    sentences: Option<(u32, u32)>,
    said: Vec<Text>,
    /// Nothing more of it is to be said.
    over: bool,
}

/// See the module.
#[derive(Default)]
pub(super) struct Turns {
    all: VecDeque<Turn>,
    open: Option<Open>,
    speech_end: Option<Duration>,
    /// What is being worked on is a sentence of the model's.
    by_mind: bool,
}

impl Turns {
    /// Before the machine is told.
    pub(super) fn input(&mut self, input: &Input, at: Duration) {
        self.by_mind = matches!(input, Input::Sentence(..));
        match (input, &mut self.open) {
            (Input::SpeechBegan, _) => self.speech_end = None,
            (Input::SpeechEnded, _) => self.speech_end = Some(at),
            (Input::Words { last: true, .. }, Some(open)) => {
                open.turn.stt_final.get_or_insert(at);
            }
            (Input::Sentence(..), Some(open)) => {
                open.turn.llm_first.get_or_insert(at);
            }
            _ => {}
        }
    }

    /// What the machine wants done; `lines` as they are then, `played` before anything is silenced.
    pub(super) fn act(
        &mut self,
        act: &Act,
        at: Duration,
        began: Instant,
        lines: &[Line],
        played: &VecDeque<Played>,
    ) {
        match act {
            // one whose answer was not asked for yet goes on: he had more to say
            Act::FinishTurn => match &mut self.open {
                Some(open) if open.turn.stt_final.is_none() && open.sentences.is_none() => {
                    (open.turn.decided, open.turn.speech_end) = (at, self.speech_end);
                }
                _ => self.opens(at, self.speech_end, began, lines, played),
            },
            Act::Think { .. } => {
                // keys are understood as they are
                let spoken = self.open.as_ref().is_some_and(|open| open.sentences.is_none() && !open.over);
                if !spoken {
                    self.opens(at, None, began, lines, played);
                }
            }
            Act::Say { number, text, .. } if self.by_mind => {
                let Some(open) = &mut self.open else { return };
                let first = open.sentences.map_or(*number, |(first, _)| first);
                open.sentences = Some((first, *number));
                open.said.push(text.clone());
            }
            Act::Hush(_) => {
                if let Some(open) = &mut self.open {
                    open.silenced(began, played);
                }
            }
            Act::OpenEars | Act::Say { .. } | Act::RunTools(_) | Act::Connect | Act::End(_) => {}
        }
    }

    /// That sentence has its sound.
    pub(super) fn spoken(&mut self, number: u32, at: Duration) {
        if let Some(open) = &mut self.open
            && open.sentences.is_some_and(|(first, _)| first == number)
        {
            open.turn.tts_first.get_or_insert(at);
        }
    }

    /// What an answer cost.
    pub(super) fn cost(&mut self, tokens_in: u32, tokens_out: u32) {
        if let Some(open) = &mut self.open {
            open.turn.tokens_in = open.turn.tokens_in.saturating_add(tokens_in);
            open.turn.tokens_out = open.turn.tokens_out.saturating_add(tokens_out);
        }
    }

    /// All of them; nothing is added any more.
    pub(super) fn finish(&mut self, began: Instant, lines: &[Line], played: &VecDeque<Played>) -> Vec<Turn> {
        self.closes(began, lines, played, Duration::MAX);
        std::mem::take(&mut self.all).into()
    }

    fn opens(
        &mut self,
        at: Duration,
        speech_end: Option<Duration>,
        began: Instant,
        lines: &[Line],
        played: &VecDeque<Played>,
    ) {
        self.closes(began, lines, played, at);
        let turn = Turn { decided: at, speech_end, ..Turn::default() };
        self.open = Some(Open { turn, ..Open::default() });
    }

    fn closes(&mut self, began: Instant, lines: &[Line], played: &VecDeque<Played>, until: Duration) {
        let Some(mut open) = self.open.take() else { return };
        open.went_out(began, played);
        let Open { mut turn, said, .. } = open;
        let of = |line: &&Line| (turn.decided..until).contains(&line.at);
        let told = |whose: fn(Who) -> bool| -> Vec<Text> {
            lines.iter().filter(of).filter(|line| whose(line.who)).map(|line| line.text.clone()).collect()
        };
        let heard = joined(&told(|who| matches!(who, Who::Caller | Who::Keys)));
        let played = joined(&told(|who| who == Who::Assistant));
        let tools = told(|who| who == Who::Tool);
        (turn.heard, turn.said, turn.played, turn.tools) = (heard, joined(&said), played, tools);
        if self.all.len() == MOST {
            self.all.pop_front();
        }
        self.all.push_back(turn);
    }
}

impl Open {
    fn went_out(&mut self, began: Instant, played: &VecDeque<Played>) {
        let Some((first, _)) = self.sentences else { return };
        if let Some(out) = played.iter().find(|one| one.number == first) {
            self.turn.audio_out.get_or_insert(out.at.saturating_duration_since(began));
        }
    }

    /// How far it was, if it was not at its end.
    fn silenced(&mut self, began: Instant, played: &VecDeque<Played>) {
        self.went_out(began, played);
        let Some((first, last)) = self.sentences else { return };
        let all = || played.iter().filter(|one| (first..=last).contains(&one.number));
        let whole = all().any(|one| one.number == last && one.whole);
        if !whole && !std::mem::replace(&mut self.over, true) && self.turn.audio_out.is_some() {
            self.turn.interrupted_at_ms = Some(all().map(|one| one.ms).fold(0, u32::saturating_add));
        }
    }
}

fn joined(all: &[Text]) -> Text {
    let all: Vec<&str> = all.iter().map(Text::as_ref).collect();
    all.join(" ").into()
}

#[cfg(test)]
mod tests {
    use actors::ai::Generation;

    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn line(who: Who, text: &str, at: u64) -> Line {
        Line { who, text: text.into(), at: MS(at), confidence: None, interrupted: false, tool: None }
    }

    fn say(number: u32, text: &str) -> Act {
        Act::Say { generation: Generation(1), number, text: text.into() }
    }

    #[test]
    fn a_turn_has_its_times_what_was_said_and_how_far_it_was_heard() {
        let (mut turns, began, nothing) = (Turns::default(), Instant::now(), VecDeque::new());
        turns.input(&Input::SpeechEnded, MS(1_000));
        turns.act(&Act::FinishTurn, MS(1_700), began, &[], &nothing);
        turns.input(&Input::Words { text: "dead".into(), confidence: None, last: true }, MS(1_900));
        let think = Act::Think { generation: Generation(1), said: "dead".into() };
        turns.act(&think, MS(1_900), began, &[], &nothing);
        turns.input(&Input::Time, MS(2_000));
        turns.act(&say(2, "let me see"), MS(2_000), began, &[], &nothing);
        for (number, text, at) in [(3, "one two", 2_200), (4, "three", 2_300)] {
            turns.input(&Input::Sentence(Generation(1), text.into()), MS(at));
            turns.act(&say(number, text), MS(at), began, &[], &nothing);
            turns.spoken(number, MS(at + 50));
        }
        turns.cost(7, 5);
        let out = |number, at: u64, ms, whole| Played { number, at: began + MS(at), ms, whole };
        let played =
            VecDeque::from([out(2, 2_010, 400, true), out(3, 2_500, 700, true), out(4, 3_200, 140, false)]);
        let lines = [
            line(Who::Caller, "dead", 1_900),
            line(Who::Assistant, "one two", 3_200),
            line(Who::Keys, "9", 5_000),
        ];
        turns.act(&Act::Hush(Generation(2)), MS(3_340), began, &lines, &played);
        // keys are a turn of their own
        let think = Act::Think { generation: Generation(2), said: "9".into() };
        turns.act(&think, MS(5_000), began, &lines, &played);
        let all = turns.finish(began, &lines, &played);
        let first = Turn {
            speech_end: Some(MS(1_000)),
            decided: MS(1_700),
            stt_final: Some(MS(1_900)),
            llm_first: Some(MS(2_200)),
            tts_first: Some(MS(2_250)),
            audio_out: Some(MS(2_500)),
            interrupted_at_ms: Some(840),
            heard: "dead".into(),
            said: "one two three".into(),
            played: "one two".into(),
            tools: Vec::new(),
            tokens_in: 7,
            tokens_out: 5,
        };
        let second = Turn { decided: MS(5_000), heard: "9".into(), ..Turn::default() };
        assert_eq!(all, [first, second]);
    }

    #[test]
    fn an_answer_that_was_heard_whole_was_not_interrupted_and_the_oldest_turns_go() {
        let (mut turns, began) = (Turns::default(), Instant::now());
        let played = VecDeque::from([Played { number: 1, at: began, ms: 500, whole: true }]);
        for n in 0..=MOST as u64 {
            turns.act(&Act::FinishTurn, MS(n * 10), began, &[], &played);
            turns.input(&Input::Sentence(Generation(1), "one".into()), MS(n * 10 + 1));
            turns.act(&say(1, "one"), MS(n * 10 + 1), began, &[], &played);
            turns.act(&Act::Hush(Generation(2)), MS(n * 10 + 5), began, &[], &played);
        }
        let all = turns.finish(began, &[], &played);
        assert_eq!((all.len(), all[0].decided), (MOST, MS(10)));
        assert!(all.iter().all(|turn| turn.interrupted_at_ms.is_none() && turn.audio_out.is_some()));
    }
}
