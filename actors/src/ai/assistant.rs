//! One version of an assistant, as a session needs it.

use std::time::Duration;

use crate::view::Text;

/// A session keeps its version to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assistant {
    /// Its id, `after-sales`.
    pub id: Text,
    /// As it is called on the floor.
    pub name: Text,
    /// What it says of itself.
    pub phrases: Phrases,
    /// How long it waits.
    pub times: Times,
    /// What of a caller's words leads to a human.
    pub words: Words,
    /// Whether it speaks with callers whose call is not known (S14): no provider is opened for them otherwise.
    pub takes_unknown: bool,
}

/// Spoken ahead, and played without asking anybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrases {
    /// First.
    pub greeting: Text,
    /// To who says nothing.
    pub reminder: Text,
    /// While an answer takes long, in order.
    pub fillers: Vec<Text>,
    /// What was said was not understood, or something failed.
    pub sorry: Text,
    /// Before a human is called.
    pub handing_over: Text,
    /// Last.
    pub goodbye: Text,
}

/// Limits of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// For the AMI to tell whose call it is.
    pub identify: Duration,
    /// Of silence after which the caller has finished.
    pub end_of_turn: Duration,
    /// Of speech that interrupts.
    pub barge_in: Duration,
    /// From the beginning of what is said, in which nobody interrupts: it may be an echo.
    pub deaf: Duration,
    /// Without an answer until the first filler; each further one after the fourfold of it.
    pub filler: Duration,
    /// For an answer, and for a tool.
    pub think: Duration,
    /// Without a word from the caller until the reminder, and again until the end.
    pub silence: Duration,
    /// Between two keys of one answer.
    pub digits: Duration,
    /// For a human to answer.
    pub connect: Duration,
    /// For the last words.
    pub closing: Duration,
    /// For the whole of it.
    pub whole: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            identify: Duration::from_millis(1_500),
            end_of_turn: Duration::from_millis(700),
            barge_in: Duration::from_millis(250),
            deaf: Duration::from_millis(300),
            filler: Duration::from_millis(900),
            think: Duration::from_secs(10),
            silence: Duration::from_secs(10),
            digits: Duration::from_secs(2),
            connect: Duration::from_secs(60),
            closing: Duration::from_secs(5),
            whole: Duration::from_secs(600),
        }
    }
}

/// Words of callers, in small letters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// One is enough: `conseiller`, `agent`.
    pub human: Vec<Text>,
    /// Three are: a caller who is angry talks to a human.
    pub anger: Vec<Text>,
    /// The key that calls a human at any moment.
    pub human_key: Option<char>,
}
