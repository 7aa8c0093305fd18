//! Bytes to lines. Asterisk ends a line with LF; a CR before it is no part of the line.

use bytes::{Buf, BytesMut};
use memchr::memchr;

/// Bytes of one line, its end aside. A variable's value is the longest that comes.
const MOST: usize = 16 * 1024;

/// A line passed 16 KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

/// Cuts lines off a buffer, looking at every byte once.
#[derive(Debug, Default)]
pub struct Lines {
    /// So many bytes of the buffer hold no line end.
    looked_at: usize,
}

impl Lines {
    /// The next whole line; `None` when its end has not come yet. Bytes that are no UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// [`TooLong`]: the connection must be closed.
    pub fn next(&mut self, buffer: &mut BytesMut) -> Result<Option<String>, TooLong> {
        let found = memchr(b'\n', &buffer[self.looked_at.min(buffer.len())..]).map(|at| at + self.looked_at);
        let end = found.unwrap_or(buffer.len());
        if end > MOST {
            return Err(TooLong);
        }
        let Some(end) = found else {
            self.looked_at = buffer.len();
            return Ok(None);
        };
        self.looked_at = 0;
        let line = buffer.split_to(end);
        buffer.advance(1);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        Ok(Some(String::from_utf8_lossy(line).into_owned()))
    }
}
