//! One of the answers that are expected, or none: a grammar for each question, and a judge.
//!
//! ```text
//! 8 kHz ─a little noise─▶ 16 kHz ─┬─▶ the grammar ──score─┐
//!                                 └─▶ any phones ──score──┴─▶ margin for each frame of speech ─▶ taken, or rejected
//! ```
//!
//! A grammar always hears one of its answers. How much worse the same sound fits it than a row of any phones tells whether
//! that answer was said: measured over 48 English answers of three synthetic voices and 36 other sentences, a margin of 4
//! takes 44 and none of the others; French words in English phones take a margin of 0: 30 of 40, and 2 of 30 others.
//! No human voice and no noise of a street was measured.

use std::collections::HashMap;
use std::path::Path;

use worker::protocol::RATE;

use crate::engines::sphinx::{Segment, Sphinx};
use crate::words::{self, Words};
use worker::rate::resample;

/// Debian's `pocketsphinx-en-us`.
const MODEL: &str = "/usr/share/pocketsphinx/model/en-us";
/// Of the decoder's words; then it is full.
const MOST_WORDS: usize = 20_000;
/// Words of one answer.
const MOST_OF_ONE: usize = 12;
/// What digital silence is not: it would be heard as something of its own.
const NOISE: i16 = 30;
/// Samples a second, of the model.
const WIDE: u32 = 16_000;
/// Frames of 10 ms of speech that an answer has at least.
const SHORTEST: i32 = 8;
/// Margin from which an answer is taken, and from which it is sure.
const ENGLISH: i32 = 4;
const FRENCH: i32 = 0;
const SURE: i32 = 24;
const PHONES: [&str; 39] = [
    "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY",
    "JH", "K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y",
    "Z", "ZH",
];
const DIGITS: [(&str, char); 11] = [
    ("zero", '0'),
    ("oh", '0'),
    ("one", '1'),
    ("two", '2'),
    ("three", '3'),
    ("four", '4'),
    ("five", '5'),
    ("six", '6'),
    ("seven", '7'),
    ("eight", '8'),
    ("nine", '9'),
];
/// Stands for spoken digits among what is expected.
const ANY_DIGITS: &str = "#";

/// What was heard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) text: String,
    pub(crate) confidence: u8,
    pub(crate) margin: i16,
    pub(crate) rejected: bool,
}

pub(crate) struct Ears {
    sphinx: Sphinx,
    english: Words,
    french: Words,
    /// Names of the decoder's by language and word.
    named: HashMap<(bool, String), Option<String>>,
    /// What stands behind a name.
    said: HashMap<String, String>,
}

impl Ears {
    pub(crate) fn open() -> Result<Self, String> {
        let model = Path::new(MODEL);
        let english = Words::english(&model.join("cmudict-en-us.dict"))?;
        let mut sphinx = Sphinx::open(&model.join("en-us"))?;
        let mut any = Vec::with_capacity(PHONES.len());
        for phone in PHONES {
            if !sphinx.add_word(&format!("p{phone}"), phone) {
                return Err(format!("{MODEL} has no phone {phone}"));
            }
            any.push(format!("p{phone}"));
        }
        if !sphinx.add_grammar(c"phones", &grammar(&format!("( {} )+", any.join(" | ")))) {
            return Err("libpocketsphinx does not take the phones".to_owned());
        }
        let (french, named, said) = (Words::french(), HashMap::new(), HashMap::new());
        Ok(Self { sphinx, english, french, named, said })
    }

    /// Which of these was said.
    pub(crate) fn understand(
        &mut self,
        language: &str,
        expects: &[String],
        sound: &[i16],
    ) -> Result<Heard, String> {
        let french = match language {
            "fr" => true,
            "en" => false,
            other => return Err(format!("no words of `{other}` are known")),
        };
        let mut answers: Vec<String> = Vec::new();
        for phrase in expects {
            answers.extend(self.answer(french, phrase).filter(|answer| !answers.contains(answer)));
        }
        if answers.is_empty() {
            return Err(format!("none of the {} answers that are expected is a known word", expects.len()));
        }
        if !self.sphinx.add_grammar(c"answers", &grammar(&answers.join(" | "))) {
            return Err("libpocketsphinx does not take the answers".to_owned());
        }
        let wide = resample(&noisy(sound), RATE, WIDE)?;
        let Some(heard) = self.sphinx.decode(c"answers", &wide)? else { return Ok(nothing()) };
        let Some(any) = self.sphinx.decode(c"phones", &wide)? else { return Ok(nothing()) };
        Ok(self.judge(french, &heard, &any))
    }

    fn judge(&self, french: bool, heard: &[Segment], any: &[Segment]) -> Heard {
        let score = |of: &[Segment]| of.iter().map(|part| i64::from(part.score)).sum::<i64>();
        let words = || heard.iter().filter_map(|part| Some((self.said.get(name(&part.word))?, part.frames)));
        let frames: i32 = words().map(|(_, frames)| frames).sum();
        let all: Vec<&str> = words().map(|(word, _)| word.as_str()).collect();
        let text = if all.iter().all(|word| word.len() == 1) { all.concat() } else { all.join(" ") };
        if frames < 1 {
            return nothing();
        }
        let margin = (score(heard) - score(any)) / i64::from(frames);
        let margin = margin.clamp(i64::from(i16::MIN), i64::from(i16::MAX));
        let margin = i16::try_from(margin).unwrap_or(i16::MIN);
        let least = if french { FRENCH } else { ENGLISH };
        let rejected = i32::from(margin) < least || frames < SHORTEST;
        // from 50 where it is just taken to 95 where it is sure
        let share = (i32::from(margin) - least).clamp(0, SURE - least) * 45 / (SURE - least);
        let confidence = if rejected { 0 } else { u8::try_from(50 + share).unwrap_or(50) };
        Heard { text, confidence, margin, rejected }
    }

    /// It as a part of a grammar; `None`: with a word that is not known.
    fn answer(&mut self, french: bool, phrase: &str) -> Option<String> {
        if phrase == ANY_DIGITS {
            if french {
                return None;
            }
            let digits: Option<Vec<String>> =
                DIGITS.iter().map(|(word, _)| self.named(false, word)).collect();
            for ((_, digit), name) in DIGITS.iter().zip(digits.iter().flatten()) {
                self.said.insert(name.clone(), digit.to_string());
            }
            return digits.map(|digits| format!("( {} )+", digits.join(" | ")));
        }
        let words = words::of(phrase);
        if words.is_empty() || words.len() > MOST_OF_ONE {
            return None;
        }
        let names: Option<Vec<String>> = words.iter().map(|word| self.named(french, word)).collect();
        names.map(|names| names.join(" "))
    }

    /// The decoder's name for a word: what comes from outside never stands in a grammar.
    fn named(&mut self, french: bool, word: &str) -> Option<String> {
        if let Some(name) = self.named.get(&(french, word.to_owned())) {
            return name.clone();
        }
        if self.named.len() >= MOST_WORDS {
            return None;
        }
        let ways = if french { self.french.ways(word) } else { self.english.ways(word) };
        let name = format!("w{}", self.named.len());
        let mut takes = ways.into_iter().flatten().enumerate();
        let taken = ways.is_some()
            && takes.all(|(n, phones)| {
                let way = if n == 0 { name.clone() } else { format!("{name}({})", n + 1) };
                self.sphinx.add_word(&way, phones)
            });
        let name = taken.then_some(name);
        if let Some(name) = &name {
            self.said.insert(name.clone(), word.to_owned());
        }
        self.named.insert((french, word.to_owned()), name.clone());
        name
    }
}

fn nothing() -> Heard {
    Heard { rejected: true, ..Heard::default() }
}

fn grammar(answers: &str) -> String {
    format!("#JSGF V1.0;\ngrammar g;\npublic <g> = {answers} ;\n")
}

/// Without `(2)`, by which the decoder tells ways to say a word apart.
fn name(word: &str) -> &str {
    word.split_once('(').map_or(word, |(name, _)| name)
}

/// With a noise that is the same each time.
fn noisy(sound: &[i16]) -> Vec<i16> {
    let mut state = 0x2545_f491_u32;
    let noise = |sample: &i16| {
        // xorshift
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let width = u32::from(NOISE.unsigned_abs()) * 2 + 1;
        let noise = i16::try_from(state % width).unwrap_or(0) - NOISE;
        sample.saturating_add(noise)
    };
    sound.iter().map(noise).collect()
}
