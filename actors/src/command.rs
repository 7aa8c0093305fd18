//! What a person may ask of a live call, and every way it can end.
//!
//! The values are typed so that nothing from outside reaches Asterisk unchecked: an exact channel
//! name, never a pattern (S08); an extension and a context of Asterisk's own size (S10).

use std::fmt;

use compact_str::CompactString;

use crate::keys::PbxName;

/// An exact channel name: `PJSIP/1001-00000062`, `Local/9@x-00000001;2`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChannelName(CompactString);

/// Where to transfer to: 1 to 64 of `0-9A-Za-z*#+_.-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Destination(CompactString);

/// A dialplan context: 1 to 79 of `A-Za-z0-9_-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ContextName(CompactString);

/// Why a value was refused: which field, what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadValue {
    /// `channel`, `destination`, `context`, `cause`.
    pub field: &'static str,
    /// In words, lowercase.
    pub expected: &'static str,
}

impl fmt::Display for BadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}", self.field, self.expected)
    }
}

impl std::error::Error for BadValue {}

impl ChannelName {
    /// Checks the shape; whether the channel lives is another question.
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let bad =
            BadValue { field: "channel", expected: "an exact channel name such as PJSIP/1001-00000062" };
        let body = text.strip_suffix(";1").or_else(|| text.strip_suffix(";2")).unwrap_or(text);
        let Some((tech, rest)) = body.split_once('/') else { return Err(bad) };
        let tech_ok = (2..=16).contains(&tech.len()) && tech.bytes().all(|b| b.is_ascii_alphanumeric());
        let rest_ok = (1..=80).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.@:+-/".contains(&b));
        if tech_ok && rest_ok { Ok(Self(text.into())) } else { Err(bad) }
    }

    /// As Asterisk writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Destination {
    /// Checks the shape.
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let ok = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"*#+_.-".contains(&b));
        if ok {
            Ok(Self(text.into()))
        } else {
            Err(BadValue { field: "destination", expected: "1 to 64 characters of 0-9 A-Z a-z * # + _ . -" })
        }
    }

    /// As dialled.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ContextName {
    /// Checks the shape.
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let ok = (1..=79).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
        if ok {
            Ok(Self(text.into()))
        } else {
            Err(BadValue { field: "context", expected: "1 to 79 characters of A-Z a-z 0-9 _ -" })
        }
    }

    /// As in the dialplan.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb {
    /// Hang the channel up with that Q.850 cause (1 to 127; 16 is normal clearing).
    Hangup {
        /// Q.850 cause.
        cause: u16,
    },
    /// Send the channel to an extension (AMI `Redirect`, priority 1); the context is the link's
    /// configured default unless given and allowed.
    Transfer {
        /// Extension.
        destination: Destination,
        /// Context.
        context: Option<ContextName>,
    },
}

/// A verb on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// On which PBX; needed only when two have a channel of that name.
    pub pbx: Option<PbxName>,
    /// On which channel.
    pub channel: ChannelName,
    /// What.
    pub verb: Verb,
}

/// The event that shows it done was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// What shows it, for the caller: `hangup`, `redirected`, `already_hung_up`.
    pub outcome: &'static str,
}

/// Why it was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No such live channel (404).
    NoSuchChannel,
    /// Two PBXs have a channel of that name: say which (409).
    Ambiguous,
    /// The state of the call forbids it (409): a stable slug and words.
    State(&'static str, &'static str),
    /// A value that this PBX does not allow (422).
    NotAllowed(BadValue),
    /// The PBX refused, in its own words (502).
    Pbx(String),
    /// No live link to that PBX: nothing was sent (503).
    LinkDown,
    /// Sent, but the link dropped before the answer: whether it was done is unknown (503).
    LinkLost,
    /// Too much waits already (503).
    Busy,
    /// Sent, but no event showed it in time (504).
    TimedOut,
}
