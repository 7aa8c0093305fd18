//! Where a caller stands, told from all that he said.

use std::collections::BTreeMap;

use super::data::{Answer, Dialogue, Ends, MOST_STEPS, State};

/// Times in a row that he is not understood until a human is called.
const MOST_FAILURES: u8 = 2;
/// Stands for spoken digits among what is expected.
const ANY_DIGITS: &str = "#";
const DIGITS: [(&str, &str); 11] = [
    ("zero", "0"),
    ("oh", "0"),
    ("one", "1"),
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
];

/// How it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Human,
    Goodbye,
}

/// What follows on what he said last.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    /// To be said.
    pub(super) says: Vec<String>,
    /// And then.
    pub(super) end: Option<End>,
    state: Option<&'a State>,
    anywhere: &'a [Answer],
}

impl Turn<'_> {
    /// The answers that make sense now.
    pub(super) fn expects(&self) -> Vec<String> {
        let Some(state) = self.state else { return Vec::new() };
        let answers = state.answers.iter().chain(self.anywhere);
        let mut all: Vec<String> = answers.flat_map(|answer| answer.words.iter().cloned()).collect();
        all.extend(state.digits.is_some().then(|| ANY_DIGITS.to_owned()));
        all
    }
}

/// After these lines of his, from the start.
pub(super) fn walk<'a, 't>(dialogue: &'a Dialogue, said: impl Iterator<Item = &'t str>) -> Turn<'a> {
    let (mut at, mut failures) = (dialogue.start.as_str(), 0);
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    let mut turn =
        Turn { says: Vec::new(), end: None, state: dialogue.states.get(at), anywhere: &dialogue.anywhere };
    for text in said {
        turn.says.clear();
        // whoever stays after an end begins anew: he was asked what else there is
        if turn.end.take().is_some() {
            at = &dialogue.start;
        }
        let Some(state) = dialogue.states.get(at) else { break };
        match understood(state, &dialogue.anywhere, text, &mut kept) {
            Some(to) => {
                failures = 0;
                at = enter(dialogue, to, &kept, &mut turn);
            }
            None => {
                failures += 1;
                if failures >= MOST_FAILURES {
                    turn.end = Some(End::Human);
                    failures = 0;
                } else {
                    turn.says.push(state.keys.clone());
                }
            }
        }
        turn.state = dialogue.states.get(if turn.end.is_some() { dialogue.start.as_str() } else { at });
    }
    turn
}

/// What is said on the way to the state that asks, or ends.
fn enter<'a>(
    dialogue: &'a Dialogue,
    to: &'a str,
    kept: &BTreeMap<String, String>,
    turn: &mut Turn<'a>,
) -> &'a str {
    let mut at = to;
    for _ in 0..=MOST_STEPS {
        let Some(state) = dialogue.states.get(at) else { return at };
        turn.says.extend(state.say.iter().map(|text| filled(text, kept)));
        turn.end = state.end.map(|end| match end {
            Ends::Transfer => End::Human,
            Ends::Hangup => End::Goodbye,
        });
        match &state.to {
            Some(to) => at = to,
            None => return at,
        }
    }
    at
}

fn understood<'a>(
    state: &'a State,
    anywhere: &'a [Answer],
    text: &str,
    kept: &mut BTreeMap<String, String>,
) -> Option<&'a str> {
    let said = plain(text);
    let digits: String = said.split_whitespace().collect();
    if let Some(of) = &state.digits
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (of.least..=of.most).contains(&digits.len())
    {
        kept.insert(of.keep.clone(), digits);
        return Some(&of.to);
    }
    let by_key = |answer: &&Answer| answer.key.is_some_and(|key| text.trim() == key.to_string());
    let answer = state.answers.iter().chain(anywhere).find(by_key);
    let answer = answer.or_else(|| by_words(state.answers.iter().chain(anywhere), &said))?;
    kept.extend(answer.keep.iter().map(|(name, value)| (name.clone(), value.clone())));
    Some(&answer.to)
}

/// The answer with the longest words that were said; with two as long nobody knows which.
fn by_words<'a>(answers: impl Iterator<Item = &'a Answer>, said: &str) -> Option<&'a Answer> {
    let said = format!(" {said} ");
    let mut best: Option<(usize, &Answer, bool)> = None;
    for answer in answers {
        let lengths = answer.words.iter().map(|words| plain(words));
        let own = lengths.filter(|words| said.contains(&format!(" {words} "))).map(|words| words.len()).max();
        best = match (own, best) {
            (Some(own), None) => Some((own, answer, true)),
            (Some(own), Some((most, ..))) if own > most => Some((own, answer, true)),
            (Some(own), Some((most, other, _))) if own == most => Some((most, other, other.to == answer.to)),
            (_, best) => best,
        };
    }
    best.filter(|(.., alone)| *alone).map(|(_, answer, _)| answer)
}

/// Small words with one space between them, digits as digits.
pub(super) fn plain(text: &str) -> String {
    let small = text.to_lowercase();
    let words = small.split(|letter: char| !(letter.is_alphanumeric() || letter == '\''));
    let digit = |word| DIGITS.iter().find(|(name, _)| *name == word).map_or(word, |(_, digit)| *digit);
    words.filter(|word| !word.is_empty()).map(digit).collect::<Vec<_>>().join(" ")
}

fn filled(text: &str, kept: &BTreeMap<String, String>) -> String {
    let mut out = text.to_owned();
    for (name, value) in kept {
        out = out.replace(&format!("{{{name}}}"), value);
    }
    out
}
