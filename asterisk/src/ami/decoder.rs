//! Bytes to frames.
//!
//! * A line ends at CR LF and nowhere else, so a line feed that a caller supplied never makes a
//!   header (S02, F07; Asterisk itself puts one at the end of a value in the answer to `Park`).
//! * A message ends at an empty line. That one may be a line feed alone, which no caller can place
//!   there: `CoreShowChannelMap` ends its items so (Asterisk issue 761). More empty lines between
//!   messages are skipped.
//! * Every byte is looked at once, however small the pieces are, and every limit is noticed at the
//!   byte that passes it: what arrives in pieces yields what it yields when it arrives whole.

use std::fmt;

use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr_iter;

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

const BANNER: &[u8] = b"Asterisk Call Manager/";

/// What comes out of a decoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// First line of the connection.
    Banner(Banner),
    /// Everything after it.
    Message(Message),
}

/// Framing is lost or a limit was passed: the connection must be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// The first line is not an AMI banner.
    NotAmi,
    /// A line passed [`Limits::line`], this many bytes.
    LineTooLong(usize),
    /// A message passed [`Limits::headers`], this many.
    TooManyHeaders(usize),
    /// A message passed [`Limits::message`], this many bytes.
    MessageTooLong(usize),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAmi => f.write_str("the first line is not an AMI banner"),
            Self::LineTooLong(limit) => write!(f, "a line of more than {limit} bytes"),
            Self::TooManyHeaders(limit) => write!(f, "a message of more than {limit} headers"),
            Self::MessageTooLong(limit) => write!(f, "a message of more than {limit} bytes"),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Cuts what was read into frames. One decoder serves one connection; after an error it yields
/// that error for ever.
///
/// Call [`next`](Self::next) until it gives `None` after each read, so that the buffer never holds
/// more than the message limit and one read.
#[derive(Debug, Default)]
pub struct Decoder {
    limits: Limits,
    banner_seen: bool,
    /// Bytes of the buffer that were looked at.
    scanned: usize,
    /// Where the line that is not whole yet begins.
    line_start: usize,
    /// Header lines of the message that is not whole yet.
    headers: usize,
    skipped: u64,
    failed: Option<DecodeError>,
}

impl Decoder {
    /// A decoder for a new connection: the banner comes first.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// The next frame, or `None` when `buf` holds no whole one. `buf` must be the same each time, its
    /// content only appended to.
    pub fn next(&mut self, buf: &mut BytesMut) -> Result<Option<Frame>, DecodeError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let result = if self.banner_seen { self.message(buf) } else { self.banner(buf) };
        self.failed = result.as_ref().err().copied();
        result
    }

    /// Forgets the connection and what is left of it in `buf`, half a message perhaps (F02); gives
    /// the number of bytes thrown away.
    pub fn reset(&mut self, buf: &mut BytesMut) -> usize {
        let thrown_away = buf.len();
        buf.clear();
        *self = Self::new(self.limits);
        thrown_away
    }

    /// Bytes of empty lines between messages, so far.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    fn banner(&mut self, buf: &mut BytesMut) -> Result<Option<Frame>, DecodeError> {
        let known = buf.len().min(BANNER.len());
        if buf[..known] != BANNER[..known] {
            return Err(DecodeError::NotAmi);
        }
        let ends = |at: &usize| buf[..*at].ends_with(b"\r");
        let end = memchr_iter(b'\n', &buf[self.scanned..]).map(|at| self.scanned + at).find(ends);
        self.scanned = end.unwrap_or(buf.len());
        if self.scanned > self.limits.line + 1 {
            return Err(DecodeError::LineTooLong(self.limits.line));
        }
        let Some(end) = end else { return Ok(None) };
        self.banner_seen = true;
        self.scanned = 0;
        let mut line = buf.split_to(end + 1).freeze();
        line.truncate(end - 1);
        Ok(Some(Frame::Banner(Banner(line))))
    }

    fn message(&mut self, buf: &mut BytesMut) -> Result<Option<Frame>, DecodeError> {
        if self.headers == 0 {
            self.skip_empty_lines(buf);
        }
        for at in memchr_iter(b'\n', &buf[self.scanned..]).map(|at| self.scanned + at) {
            match &buf[self.line_start..at] {
                [] | [b'\r'] => {
                    self.within_message(at + 1)?;
                    (self.scanned, self.line_start, self.headers) = (0, 0, 0);
                    return Ok(Some(Frame::Message(Message::new(buf.split_to(at + 1).freeze()))));
                }
                [.., b'\r'] => {
                    self.within_line(at)?;
                    self.within_message(at + 1)?;
                    self.headers += 1;
                    if self.headers > self.limits.headers {
                        return Err(DecodeError::TooManyHeaders(self.limits.headers));
                    }
                    self.line_start = at + 1;
                }
                _ => {} // a line feed inside a value
            }
        }
        self.scanned = buf.len();
        self.within_line(self.scanned)?;
        self.within_message(self.scanned)?;
        Ok(None)
    }

    fn skip_empty_lines(&mut self, buf: &mut BytesMut) {
        let mut bytes = 0;
        loop {
            match &buf[bytes..] {
                [b'\r', b'\n', ..] => bytes += 2,
                [b'\n', ..] => bytes += 1,
                _ => break,
            }
        }
        buf.advance(bytes);
        self.skipped += bytes as u64;
        self.scanned = self.scanned.saturating_sub(bytes);
    }

    /// The current line, of which everything before `at` is known, its CR perhaps included. Of two
    /// limits that one piece passes, the one passed first counts.
    fn within_line(&self, at: usize) -> Result<(), DecodeError> {
        let last = self.line_start + self.limits.line + 1;
        if at > last && last <= self.limits.message {
            return Err(DecodeError::LineTooLong(self.limits.line));
        }
        Ok(())
    }

    fn within_message(&self, bytes: usize) -> Result<(), DecodeError> {
        if bytes > self.limits.message {
            return Err(DecodeError::MessageTooLong(self.limits.message));
        }
        Ok(())
    }
}
