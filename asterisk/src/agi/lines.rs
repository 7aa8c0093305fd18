//! Bytes to lines. Asterisk ends a line with LF; a CR before it is no part of the line.

use std::borrow::Cow;

use bytes::BytesMut;
use memchr::memchr;

/// Bytes of one line, its end aside. A variable's value is the longest that comes.
const MOST: usize = 16 * 1024;

/// A line passed 16 KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong;

/// Finds lines in a buffer, looking at every byte once.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// So many bytes of the buffer hold no line end.
    looked_at: usize,
}

impl Lines {
    /// Where the first line ends; `None` when its end has not come yet. What is before it, and it, must have left the
    /// buffer when this is called again.
    ///
    /// # Errors
    /// [`TooLong`]: the connection must be closed.
    pub(super) fn end(&mut self, buffer: &BytesMut) -> Result<Option<usize>, TooLong> {
        let found = memchr(b'\n', &buffer[self.looked_at.min(buffer.len())..]).map(|at| at + self.looked_at);
        if found.unwrap_or(buffer.len()) > MOST {
            return Err(TooLong);
        }
        self.looked_at = if found.is_some() { 0 } else { buffer.len() };
        Ok(found)
    }
}

/// A line without its end; bytes that are no UTF-8 become U+FFFD.
pub(super) fn text(line: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line))
}
