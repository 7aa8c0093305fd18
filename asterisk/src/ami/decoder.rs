//! Bytes to frames.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem;

use super::Message;

/// What one connection may cost us before it is refused.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one line, its CR LF aside.
    pub line: usize,
    /// Headers of one message.
    pub headers: usize,
    /// Bytes of one message.
    pub message: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { line: 64 * 1024, headers: 512, message: 256 * 1024 }
    }
}

/// `Asterisk Call Manager/11.0.0`: the first line of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner(pub Bytes);

/// What comes out of a decoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// First line of the connection.
    Banner(Banner),
    /// Everything after it.
    Message(Message),
}

/// Framing is lost or a limit was passed: the connection must be closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// The first line is not an AMI banner.
    NotAmi,
    /// A line passed [`Limits::line`].
    LineTooLong,
    /// A message passed [`Limits::headers`].
    TooManyHeaders,
    /// A message passed [`Limits::message`].
    MessageTooLong,
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotAmi => "the first line is not an AMI banner",
            Self::LineTooLong => "a line passes the limit",
            Self::TooManyHeaders => "a message passes the limit of headers",
            Self::MessageTooLong => "a message passes the limit of bytes",
        })
    }
}

impl std::error::Error for DecodeError {}

/// Cuts what was read into frames; keeps where it stopped looking, so that a message that arrives
/// in many pieces is not searched again from its start.
#[derive(Debug, Default)]
pub struct Decoder {
    limits: Limits,
    banner_seen: bool,
    searched: usize,
}

impl Decoder {
    /// A decoder for a new connection: the banner comes first.
    pub fn new(limits: Limits) -> Self {
        Self { limits, banner_seen: false, searched: 0 }
    }

    /// The next frame, or `None` when `buf` holds no whole one.
    pub fn next(&mut self, buf: &mut BytesMut) -> Result<Option<Frame>, DecodeError> {
        if !self.banner_seen {
            let Some(end) = memmem::find(buf, b"\r\n") else {
                return if buf.len() > self.limits.line { Err(DecodeError::LineTooLong) } else { Ok(None) };
            };
            let line = buf.split_to(end).freeze();
            buf.advance(2);
            if !line.starts_with(b"Asterisk Call Manager/") {
                return Err(DecodeError::NotAmi);
            }
            self.banner_seen = true;
            return Ok(Some(Frame::Banner(Banner(line))));
        }
        while self.searched == 0 && buf.starts_with(b"\r\n") {
            buf.advance(2);
        }
        let from = self.searched.saturating_sub(3);
        match memmem::find(&buf[from..], b"\r\n\r\n") {
            Some(at) => {
                self.searched = 0;
                let bytes = buf.split_to(from + at + 4).freeze();
                Ok(Some(Frame::Message(Message::new(bytes))))
            }
            None if buf.len() > self.limits.message => Err(DecodeError::MessageTooLong),
            None => {
                self.searched = buf.len();
                Ok(None)
            }
        }
    }
}
