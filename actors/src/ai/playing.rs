//! What is being said: sentences in order, and how far the caller has heard them.

use std::collections::VecDeque;

use crate::view::Text;

/// How far what is played was played.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    /// The number of the sentence, as it was given with it.
    pub sentence: u32,
    /// What of it went to the caller, in ms.
    pub ms: u32,
    /// How long it is, in ms.
    pub of_ms: u32,
}

/// One sentence on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sentence {
    pub(super) number: u32,
    pub(super) text: Text,
}

/// Sentences of one generation that were not heard to their end yet.
#[derive(Debug, Default)]
pub(super) struct Playing {
    sentences: VecDeque<Sentence>,
    /// Of the whole session.
    number: u32,
}

impl Playing {
    pub(super) fn add(&mut self, text: Text) -> u32 {
        self.number += 1;
        self.sentences.push_back(Sentence { number: self.number, text });
        self.number
    }

    pub(super) fn is_over(&self) -> bool {
        self.sentences.is_empty()
    }

    /// Those that were heard whole: up to that one.
    pub(super) fn heard_up_to(&mut self, number: u32) -> Vec<Sentence> {
        let whole = self.sentences.iter().take_while(|sentence| sentence.number <= number).count();
        self.sentences.drain(..whole).collect()
    }

    /// Nothing more of it is heard: what was heard whole, and what was broken off.
    pub(super) fn hush(&mut self, position: Position) -> (Vec<Sentence>, Option<Sentence>) {
        let whole = self.heard_up_to(position.sentence.saturating_sub(1));
        let broken = self.sentences.drain(..).next().filter(|sentence| sentence.number == position.sentence);
        (whole, broken)
    }
}
