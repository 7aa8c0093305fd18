//! Bytes of an event socket into messages.

use std::fmt;

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem;

use super::heard::Fields;

/// Bytes of the lines before the blank one.
pub const LONGEST_HEAD: usize = 16_384;
/// Bytes of a body: an event with all variables of a channel has some thousand.
pub const LONGEST_BODY: usize = 1 << 20;

/// Why a connection must be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventSocketError {
    /// No blank line within [`LONGEST_HEAD`].
    HeadTooLong,
    /// A `Content-Length` that is no number up to [`LONGEST_BODY`].
    NoLength,
}

impl fmt::Display for EventSocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeadTooLong => write!(f, "no blank line within {LONGEST_HEAD} bytes: no event socket"),
            Self::NoLength => write!(f, "a Content-Length that is no number up to {LONGEST_BODY}"),
        }
    }
}

impl std::error::Error for EventSocketError {}

/// A message as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub(super) head: Fields,
    pub(super) body: Bytes,
}

/// One connection's.
#[derive(Debug, Default)]
pub struct Decoder {
    /// Bytes in which no blank line is.
    looked_at: usize,
    /// The head whose body is not there yet, and how long that is.
    waits: Option<(Fields, usize)>,
    failed: Option<EventSocketError>,
}

impl Decoder {
    /// Of a connection that is new.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one message out of `buffer`; nothing when it is not whole yet.
    ///
    /// # Errors
    /// When it is no event socket; the same each time from then on.
    pub fn receive(&mut self, buffer: &mut BytesMut) -> Result<Option<Message>, EventSocketError> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        let message = self.next(buffer);
        self.failed = message.as_ref().err().copied();
        message
    }

    fn next(&mut self, buffer: &mut BytesMut) -> Result<Option<Message>, EventSocketError> {
        let (head, length) = match self.waits.take() {
            Some(waits) => waits,
            None => {
                let Some(head) = self.head(buffer)? else { return Ok(None) };
                let length = match head.get("Content-Length") {
                    None => 0,
                    Some(text) => match text.parse::<usize>() {
                        Ok(length) if length <= LONGEST_BODY => length,
                        _ => return Err(EventSocketError::NoLength),
                    },
                };
                (head, length)
            }
        };
        if buffer.len() < length {
            self.waits = Some((head, length));
            return Ok(None);
        }
        let body = buffer.split_to(length).freeze();
        Ok(Some(Message { head, body }))
    }

    fn head(&mut self, buffer: &mut BytesMut) -> Result<Option<Fields>, EventSocketError> {
        if self.looked_at == 0 {
            let blank = buffer.iter().take_while(|byte| **byte == b'\n').count();
            buffer.advance(blank);
        }
        let from = self.looked_at.saturating_sub(1);
        let Some(end) = memmem::find(&buffer[from..], b"\n\n").map(|at| from + at) else {
            self.looked_at = buffer.len();
            return if buffer.len() > LONGEST_HEAD + 1 {
                Err(EventSocketError::HeadTooLong)
            } else {
                Ok(None)
            };
        };
        if end > LONGEST_HEAD {
            return Err(EventSocketError::HeadTooLong);
        }
        self.looked_at = 0;
        let head = Fields::read(&buffer.split_to(end));
        buffer.advance(2);
        Ok(Some(head))
    }
}
