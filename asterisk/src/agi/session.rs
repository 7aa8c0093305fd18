//! One connection: its environment, then one command and its answer at a time.
//!
//! A value that a caller chose may hold a line break, and Asterisk writes it as it is: the rest of it would be
//! read as the answer to the next command. So when the first line of such a value is here, a second command is
//! sent whose answer nobody can guess, and everything before that answer belongs to the value (F41). Not both at
//! once: Asterisk 16 leaves a second command of one write lying until a third comes.

use std::fmt;

use bytes::{Buf, BytesMut};

use super::command::Command;
use super::environment::{Building, Environment, EnvironmentError};
use super::lines::{Lines, text};
use super::reply::{LAST_OF_USAGE, Line, Reply};

/// Lines of one answer.
const MOST_LINES: usize = 256;

/// What a connection said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// First, and once.
    Environment(Environment),
    /// To the command that was sent.
    Reply(Reply),
    /// The caller is gone: once. Commands that need no channel are still answered.
    Hangup,
    /// Bytes for one write, before the answer can be told.
    Write(Vec<u8>),
}

/// Why a connection must be closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgiError {
    /// No environment.
    Environment(EnvironmentError),
    /// A line of more than 16 KiB.
    TooLong,
    /// An answer of more than 256 lines.
    Endless,
    /// A line that is no answer, or one to nothing.
    OutOfStep,
}

impl fmt::Display for AgiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(why) => write!(f, "no AGI environment: {why}"),
            Self::TooLong => f.write_str("a line of more than 16 KiB"),
            Self::Endless => write!(f, "an answer of more than {MOST_LINES} lines"),
            Self::OutOfStep => f.write_str("a line that is no answer to what was sent"),
        }
    }
}

impl std::error::Error for AgiError {}

/// Why nothing can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendError {
    /// The environment is not whole yet.
    TooEarly,
    /// The command before was not answered yet.
    Waiting,
    /// The connection failed.
    Over,
}

#[derive(Debug)]
enum Stage {
    Environment(Building),
    Idle,
    /// One line is the answer, or begins it.
    Asked,
    /// The usage of a command comes.
    Usage {
        lines: usize,
    },
    /// One line begins a value.
    AskedForValue,
    /// Lines before the fence's answer are the value's.
    Fenced {
        fence: String,
        lines: Vec<Line>,
    },
    Over,
}

/// See the module.
#[derive(Debug)]
pub struct Session {
    lines: Lines,
    stage: Stage,
    /// What no caller knows.
    secret: String,
    fences: u64,
    hung_up: bool,
    /// To be said next.
    says_so: bool,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("line")
    }
}

impl Session {
    /// With letters and digits that nobody can guess.
    pub fn new(secret: &str) -> Self {
        let secret = secret.chars().filter(char::is_ascii_alphanumeric).collect();
        Self {
            lines: Lines::default(),
            stage: Stage::Environment(Building::default()),
            secret,
            fences: 0,
            hung_up: false,
            says_so: false,
        }
    }

    /// The bytes of that command, for one write.
    ///
    /// # Errors
    /// When it is not its turn.
    pub fn send(&mut self, command: &Command) -> Result<Vec<u8>, SendError> {
        match self.stage {
            Stage::Idle => {}
            Stage::Environment(_) => return Err(SendError::TooEarly),
            Stage::Asked | Stage::AskedForValue | Stage::Usage { .. } | Stage::Fenced { .. } => {
                return Err(SendError::Waiting);
            }
            Stage::Over => return Err(SendError::Over),
        }
        self.stage = if command.reads_foreign_text() { Stage::AskedForValue } else { Stage::Asked };
        Ok(command.bytes())
    }

    /// Whether Asterisk said that the caller is gone.
    pub fn has_hung_up(&self) -> bool {
        self.hung_up
    }

    /// What came, one at a time; `None`: more must come first.
    ///
    /// # Errors
    /// When the connection must be closed; every later call says so too.
    pub fn receive(&mut self, buffer: &mut BytesMut) -> Result<Option<Heard>, AgiError> {
        if std::mem::take(&mut self.says_so) {
            return Ok(Some(Heard::Hangup));
        }
        loop {
            let heard = match self.lines.end(buffer) {
                Ok(None) => return Ok(None),
                Ok(Some(end)) => {
                    let heard = self.line(&text(&buffer[..end]));
                    buffer.advance(end + 1);
                    heard
                }
                Err(_) => Err(AgiError::TooLong),
            };
            match heard {
                Ok(None) => {}
                Ok(Some(heard)) => return Ok(Some(heard)),
                Err(why) => {
                    self.stage = Stage::Over;
                    return Err(why);
                }
            }
        }
    }

    fn line(&mut self, text: &str) -> Result<Option<Heard>, AgiError> {
        match &mut self.stage {
            Stage::Environment(building) => {
                let environment = building.take(text).map_err(AgiError::Environment)?;
                if environment.is_some() {
                    self.stage = Stage::Idle;
                }
                return Ok(environment.map(Heard::Environment));
            }
            Stage::Usage { lines } => {
                *lines += 1;
                if text == LAST_OF_USAGE {
                    self.stage = Stage::Idle;
                    return Ok(Some(Heard::Reply(Reply::Usage)));
                }
                return if *lines > MOST_LINES { Err(AgiError::Endless) } else { Ok(None) };
            }
            Stage::Fenced { fence, lines } if text == fence => {
                let lines = std::mem::take(lines);
                self.stage = Stage::Idle;
                return self.fenced(lines).map(Some);
            }
            Stage::Fenced { lines, .. } => {
                if lines.len() == MOST_LINES {
                    return Err(AgiError::Endless);
                }
                lines.push(Line::read(text));
                return Ok(None);
            }
            Stage::Over => return Err(AgiError::OutOfStep),
            Stage::Idle | Stage::Asked | Stage::AskedForValue => {}
        }
        match (Line::read(text), &self.stage) {
            (Line::Hangup, _) if !self.hung_up => {
                self.hung_up = true;
                Ok(Some(Heard::Hangup))
            }
            (Line::Hangup, _) => Ok(None),
            (Line::Whole(reply), Stage::Asked) => {
                self.stage = Stage::Idle;
                Ok(Some(Heard::Reply(reply)))
            }
            (line @ (Line::Whole(Reply::Done(_)) | Line::Broken), Stage::AskedForValue) => {
                self.fences += 1;
                let fence = format!("vigie-{}-{}", self.secret, self.fences);
                let bytes = format!("GET FULL VARIABLE \"{fence}\"\n").into_bytes();
                self.stage = Stage::Fenced { fence: format!("200 result=1 ({fence})"), lines: vec![line] };
                Ok(Some(Heard::Write(bytes)))
            }
            (Line::Whole(reply), Stage::AskedForValue) => {
                self.stage = Stage::Idle;
                Ok(Some(Heard::Reply(reply)))
            }
            (Line::Usage, Stage::Asked | Stage::AskedForValue) => {
                self.stage = Stage::Usage { lines: 0 };
                Ok(None)
            }
            _ => Err(AgiError::OutOfStep),
        }
    }

    /// What stood before the fence's answer: one line, and perhaps the word that the caller is gone. Nobody can
    /// forge that word here: a value is always followed by a parenthesis.
    fn fenced(&mut self, mut lines: Vec<Line>) -> Result<Heard, AgiError> {
        let told = lines.len() == 2 && matches!(lines.last(), Some(Line::Hangup));
        if told {
            lines.pop();
        }
        self.says_so = told && !self.hung_up;
        self.hung_up |= told;
        match (lines.len(), lines.pop()) {
            (1, Some(Line::Whole(reply))) => Ok(Heard::Reply(reply)),
            _ => Ok(Heard::Reply(Reply::Spoilt)),
        }
    }
}
