//! One channel's conversation with who leads it.

use std::collections::VecDeque;

use super::super::truth::{ChanRef, Micros, Text};

/// Commands that may wait, and bytes of one line; who sends more is closed.
const MOST_WAITING: usize = 1_000;
const LONGEST_LINE: usize = 64 * 1024;

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The channel.
    pub at: ChanRef,
    /// Where the dialplan handed it over.
    pub request: Text,
    /// How far it is.
    pub stage: Stage,
    /// The channel was hung up: who leads it was told so, and most commands are refused.
    pub dead: bool,
    /// The connection is gone; what runs is ended first.
    pub closed: bool,
    /// Of what ran last: a timer of an earlier command is void.
    pub turn: u64,
    lines: VecDeque<String>,
    partial: Vec<u8>,
}

/// How far a session is.
#[derive(Debug, Clone)]
pub(crate) enum Stage {
    /// There is no connection yet.
    Connecting,
    /// Nothing runs.
    Idle,
    /// A command runs.
    Busy(Busy),
}

/// A command that runs.
#[derive(Debug, Clone)]
pub(crate) struct Busy {
    /// `CommandId` of its events.
    pub id: u32,
    /// As it came.
    pub line: String,
    /// What it does.
    pub does: Does,
}

/// What a command does while it runs.
#[derive(Debug, Clone)]
pub(crate) enum Does {
    /// It is answered at once.
    Nothing,
    /// `STREAM FILE`, `GET OPTION`: so many ms are heard from then on, until one of these keys.
    Plays {
        /// From.
        since: Micros,
        /// Length of the sound.
        ms: u64,
        /// Keys that end it.
        until: String,
    },
    /// `SAY`: the same, without a place where it ended.
    Says(String),
    /// `WAIT FOR DIGIT`.
    Waits,
    /// `GET DATA`: keys that came, at most so many, each within so many ms.
    Gathers {
        /// Keys so far.
        got: String,
        /// At most.
        most: usize,
        /// For each of them.
        each_ms: u64,
    },
    /// `RECORD FILE`.
    Records {
        /// Without its format.
        file: String,
        /// After the beep.
        since: Micros,
        /// Keys that end it.
        until: String,
    },
    /// `EXEC` of what takes a time of its own: `Wait`, `Playback`.
    Sleeps,
    /// `EXEC` of `Dial` or `Queue`, which say when they are over.
    Connects,
}

impl Session {
    /// Of a channel that was handed over there.
    pub(crate) fn new(at: ChanRef, request: &str) -> Self {
        Self {
            at,
            request: request.into(),
            stage: Stage::Connecting,
            dead: false,
            closed: false,
            turn: 0,
            lines: VecDeque::new(),
            partial: Vec::new(),
        }
    }

    /// Takes bytes; false when they are too many.
    pub(crate) fn hear(&mut self, bytes: &[u8]) -> bool {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.partial.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.partial);
                self.lines
                    .push_back(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned());
            }
        }
        self.lines.len() <= MOST_WAITING && self.partial.len() <= LONGEST_LINE
    }

    /// The next command, when none runs.
    pub(crate) fn next(&mut self) -> Option<String> {
        if matches!(self.stage, Stage::Idle) { self.lines.pop_front() } else { None }
    }

    /// What runs.
    pub(crate) fn does(&self) -> Option<&Does> {
        match &self.stage {
            Stage::Busy(busy) => Some(&busy.does),
            Stage::Connecting | Stage::Idle => None,
        }
    }
}
