//! What comes from outside, typed: nothing reaches Asterisk unchecked.

use std::fmt;

use compact_str::CompactString;

/// An exact channel name, never a pattern (S08): `PJSIP/1001-00000062`, `Local/9@x-00000001;2`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChannelName(CompactString);

/// Where to: an extension, or a number as a person writes it. What is dialled is what
/// [`crate::numbers`] makes of it, never this text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Destination(CompactString);

/// A dialplan context: 1 to 79 of `A-Za-z0-9_-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ContextName(CompactString);

/// An endpoint, which is where a phone is: `PJSIP/1001`, `SIP/alice`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint(CompactString);

/// A queue's name: 1 to 79 of `A-Za-z0-9_.-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct QueueName(CompactString);

/// A file of sound on the PBX's side, without its end: an absolute path of plain characters. In a variable of the
/// dialplan it is itself: no comma, no `$`, no quote.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SoundFile(CompactString);

/// Why somebody pauses: 1 to 79 bytes without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reason(CompactString);

/// Keys of a phone: 1 to 32 of `0-9A-D*#`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Digits(CompactString);

/// What an assistant is to say or to know: 1 to 1,000 bytes without control characters. What is said to a caller is his
/// and the centre's: it is never printed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Words(CompactString);

/// Id of a node of a flow: 1 to 100 bytes without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NodeId(CompactString);

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

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words({})", self.0.len())
    }
}

impl Words {
    /// Checks the shape.
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let text = text.trim();
        let ok = (1..=1_000).contains(&text.len()) && !text.chars().any(char::is_control);
        let bad = BadValue { field: "text", expected: "1 to 1000 bytes of text without control characters" };
        if ok { Ok(Self(text.into())) } else { Err(bad) }
    }

    /// As it is said.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// S38: what a caller types may be a card number, so it is never printed.
impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digits({})", self.0.len())
    }
}

fn checked(
    text: &str,
    most: usize,
    allowed: impl Fn(u8) -> bool,
    field: &'static str,
    expected: &'static str,
) -> Result<CompactString, BadValue> {
    let ok = (1..=most).contains(&text.len()) && text.bytes().all(allowed);
    if ok { Ok(text.into()) } else { Err(BadValue { field, expected }) }
}

impl ChannelName {
    /// Checks the shape; whether the channel lives is another question.
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let bad =
            BadValue { field: "channel", expected: "an exact channel name such as PJSIP/1001-00000062" };
        let body = text.strip_suffix(";1").or_else(|| text.strip_suffix(";2")).unwrap_or(text);
        if is_endpoint(body) { Ok(Self(text.into())) } else { Err(bad) }
    }

    /// As Asterisk writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Technology, slash, name.
fn is_endpoint(text: &str) -> bool {
    let Some((tech, rest)) = text.split_once('/') else { return false };
    (2..=16).contains(&tech.len())
        && tech.bytes().all(|b| b.is_ascii_alphanumeric())
        && (1..=80).contains(&rest.len())
        && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.@:+-/".contains(&b))
}

impl Destination {
    /// Checks the shape: an extension, or digits with separators between them. Whether it may be dialled
    /// is for the rules of numbers.
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let expected = "an extension, or a number such as 0612345678 or +33612345678";
        if crate::numbers::is_number_like(text) {
            return Ok(Self(text.into()));
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"*#+_.-".contains(&b);
        checked(text, 64, allowed, "destination", expected).map(Self)
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ContextName {
    /// Checks the shape.
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_-".contains(&b);
        checked(text, 79, allowed, "context", "1 to 79 characters of A-Z a-z 0-9 _ -").map(Self)
    }

    /// As in the dialplan.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SoundFile {
    /// Checks the shape.
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let expected = "an absolute path of letters, digits and / _ . - alone";
        let bad = BadValue { field: "file", expected };
        if !text.starts_with('/') || text.split('/').any(|part| part == "..") {
            return Err(bad);
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"/_.-".contains(&b);
        checked(text, 200, allowed, "file", expected).map(Self)
    }

    /// As the PBX finds it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Endpoint {
    /// Checks the shape.
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let ok = is_endpoint(text) && !text.starts_with("Local/") && !text.contains(['@', ':', '+']);
        let bad = BadValue { field: "station", expected: "an endpoint such as PJSIP/1001" };
        if ok { Ok(Self(text.into())) } else { Err(bad) }
    }

    /// Technology and name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl QueueName {
    /// Checks the shape.
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
        checked(text, 79, allowed, "queue", "1 to 79 characters of A-Z a-z 0-9 _ . -").map(Self)
    }

    /// As in queues.conf.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Reason {
    /// Checks the shape.
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let ok = (1..=79).contains(&text.len()) && !text.chars().any(char::is_control) && text.trim() == text;
        let bad = BadValue {
            field: "reason",
            expected: "1 to 79 bytes without control characters and without spaces around",
        };
        if ok { Ok(Self(text.into())) } else { Err(bad) }
    }

    /// As shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl NodeId {
    /// Checks the shape.
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let ok = (1..=100).contains(&text.len()) && !text.chars().any(char::is_control);
        let bad = BadValue { field: "node", expected: "the id of a node of the flow" };
        if ok { Ok(Self(text.into())) } else { Err(bad) }
    }

    /// As in the flow.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Digits {
    /// Checks the shape.
    pub fn parse(text: &str) -> Result<Self, BadValue> {
        let allowed = |b: u8| b.is_ascii_digit() || b"ABCD*#".contains(&b);
        checked(text, 32, allowed, "digits", "1 to 32 of 0-9 A-D * #").map(Self)
    }

    /// One by one.
    pub fn each(&self) -> impl Iterator<Item = char> + '_ {
        self.0.chars()
    }
}
