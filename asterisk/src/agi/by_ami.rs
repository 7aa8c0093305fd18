//! AsyncAGI: the same commands and answers over AMI, for a channel that the dialplan put there with `AGI(agi:async)`.
//!
//! ```text
//! AsyncAGIStart ─▶ Environment      AsyncAGIExec ─▶ the answer to the command of that CommandId      AsyncAGIEnd
//! action AGI: Channel, Command, CommandID
//! ```
//!
//! A command waits in Asterisk until the one before is done. An answer is whole in its event, so that no caller's text
//! can be the answer to another command; one with a header that stands twice is believed in nothing (S11).

use super::Command;
use super::environment::{Building, Environment, EnvironmentError};
use super::reply::{LAST_OF_USAGE, Line, Reply};
use crate::ami::{Action, ActionError, Message};

/// What an event says of a channel there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It came: its environment, or why that is none.
    Began(Result<Environment, EnvironmentError>),
    /// A command was run.
    Answered {
        /// As it was named when it was sent; empty when it had no name.
        id: String,
        /// What it led to.
        reply: Reply,
    },
    /// It is there no more: hung up, sent elsewhere, or let go.
    Ended,
}

/// The channel's Uniqueid and what is said of it; `None`: no event of AsyncAGI.
pub fn read(event: &Message) -> Option<(String, Told)> {
    let told = match event.event() {
        "AsyncAGIStart" => Told::Began(environment(event)),
        "AsyncAGIExec" => answered(event),
        "AsyncAGIEnd" => Told::Ended,
        _ => return None,
    };
    Some((event.text("Uniqueid")?.into_owned(), told))
}

fn environment(event: &Message) -> Result<Environment, EnvironmentError> {
    let text = only(event, "Env").and_then(decoded).ok_or(EnvironmentError::NotAgi)?;
    // whose it is stands in its last line, which a caller with a long name could push out
    let whole = text.strip_suffix("\n\n").ok_or(EnvironmentError::Cut)?;
    let mut building = Building::default();
    for line in whole.split('\n').take_while(|line| !line.is_empty()) {
        building.take(line)?;
    }
    building.take("")?.ok_or(EnvironmentError::NotAgi)
}

fn answered(event: &Message) -> Told {
    // more than one: which of them is Asterisk's cannot be told
    let names = event.headers().filter(|(name, _)| name.eq_ignore_ascii_case(b"CommandId")).count();
    let id = only(event, "CommandId").map(|id| String::from_utf8_lossy(id).into_owned());
    let reply = match only(event, "Result").and_then(decoded) {
        Some(text) if names < 2 => reply(&text),
        _ => Reply::Spoilt,
    };
    Told::Answered { id: id.unwrap_or_else(|| last(event)), reply }
}

/// A forged header stands before Asterisk's own.
fn last(event: &Message) -> String {
    let all = event.headers().filter(|(name, _)| name.eq_ignore_ascii_case(b"CommandId"));
    all.last().map(|(_, id)| String::from_utf8_lossy(id).into_owned()).unwrap_or_default()
}

fn reply(text: &str) -> Reply {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    match (Line::read(first), rest) {
        (Line::Whole(reply), "") => reply,
        (Line::Usage, rest) if rest.is_empty() || rest.ends_with(LAST_OF_USAGE) => Reply::Usage,
        // a value with a line break, or one that was cut
        _ => Reply::Spoilt,
    }
}

/// The value of a header that stands once.
fn only<'a>(event: &'a Message, name: &str) -> Option<&'a [u8]> {
    let mut all = event.headers().filter(|(own, _)| own.eq_ignore_ascii_case(name.as_bytes()));
    let (_, value) = all.next()?;
    all.next().is_none().then_some(value)
}

/// Percents and two digits to bytes; bytes that are no UTF-8 become U+FFFD.
fn decoded(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(*rest.next()?).to_digit(16).and_then(|d| u8::try_from(d).ok());
                digit()? << 4 | digit()?
            }
            other => *other,
        });
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

impl Action {
    /// Has that command run on a channel in AsyncAGI; its answer bears that name. A command of more than some 1,000
    /// bytes is none for AMI.
    ///
    /// # Errors
    /// Which header it is that cannot be sent.
    pub fn agi(uniqueid: &str, command: &Command, id: &str) -> Result<Self, ActionError> {
        let line = command.bytes();
        let line = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line));
        Self::new("AGI").exact("Channel", uniqueid)?.header("Command", line)?.header("CommandID", id)
    }
}
