//! One AMI message: its headers, in order, as slices of what was read.

use std::borrow::Cow;

use bytes::Bytes;
use memchr::memmem;

/// What the first line of a message says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `Event: ...` (also the items of a list, which carry an ActionID)
    Event,
    /// `Response: ...`
    Response,
    /// Anything else: a sign that the stream was tampered with (S02).
    Other,
}

/// A whole message, from its first line to its empty line. Cloning is cheap; keeping one keeps the
/// read buffer it was cut from, so whatever outlives the event must be copied out.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    bytes: Bytes,
    kind: Kind,
}

impl Message {
    /// Wraps one frame: header lines ended by CR LF, then one empty line.
    pub fn new(bytes: Bytes) -> Self {
        let kind = if bytes.starts_with(b"Event: ") {
            Kind::Event
        } else if bytes.starts_with(b"Response: ") {
            Kind::Response
        } else {
            Kind::Other
        };
        Self { bytes, kind }
    }

    /// What the first line says.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The frame as received, its empty line included.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The event's name, or `""` for anything else (a name with a control character is none).
    pub fn event(&self) -> &str {
        match self.kind {
            Kind::Event => {
                let name = self.bytes.get(7..self.first_line_end()).unwrap_or_default();
                if name.iter().any(u8::is_ascii_control) {
                    return "";
                }
                std::str::from_utf8(name).unwrap_or("")
            }
            Kind::Response | Kind::Other => "",
        }
    }

    /// Whether the second line is `Privilege`, as in every event that answers no action.
    pub fn privilege_is_second(&self) -> bool {
        self.bytes.get(self.first_line_end() + 2..).is_some_and(|rest| rest.starts_with(b"Privilege:"))
    }

    /// Where the CR LF of the first line is; a line feed alone ends no line.
    fn first_line_end(&self) -> usize {
        memchr::memchr_iter(b'\n', &self.bytes)
            .find(|at| self.bytes[..*at].ends_with(b"\r"))
            .map_or(self.bytes.len(), |at| at - 1)
    }

    /// The `Timestamp` of an event: seconds since 1970 with six decimals on the PBX's clock. It is the
    /// third line, where nothing a caller supplies stands before it.
    pub fn timestamp(&self) -> Option<&[u8]> {
        let (_, value) = self.headers().nth(2).filter(|(name, _)| *name == b"Timestamp")?;
        Some(value)
    }

    /// Headers in order: name and raw value. A line without a colon has an empty name.
    pub fn headers(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        Lines { rest: &self.bytes }.map(split_header)
    }

    /// The first header of that name (ASCII case is ignored), as raw bytes.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.headers().find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes())).map(|(_, v)| v)
    }

    /// The same as text; bytes that are not UTF-8 (Asterisk 16 sends some) become U+FFFD.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.get(name).map(String::from_utf8_lossy)
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Message({:?})", String::from_utf8_lossy(&self.bytes))
    }
}

struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];
    fn next(&mut self) -> Option<&'a [u8]> {
        let end = memmem::find(self.rest, b"\r\n")?;
        let line = &self.rest[..end];
        self.rest = &self.rest[end + 2..];
        (!line.is_empty()).then_some(line)
    }
}

fn split_header(line: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b':', line) {
        Some(at) => {
            let value = &line[at + 1..];
            (&line[..at], value.strip_prefix(b" ").unwrap_or(value))
        }
        None => (b"", line),
    }
}
