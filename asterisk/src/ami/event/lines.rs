//! The lines of one event, read once, and the shape that every healthy event has (S02, F10).

use super::{Head, ShapeError};

/// One header line.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    /// Before the colon; empty when there is none.
    pub(super) name: &'a [u8],
    /// After the colon and one space.
    pub(super) value: &'a [u8],
    /// The message from the start of this line.
    pub(super) from_here: &'a [u8],
}

/// Headers of which a second one is a sign of a forged message.
const SINGLE: [&str; 5] = ["Event", "Privilege", "Channel", "Uniqueid", "Linkedid"];

/// Walks over the header lines after `Event: ...` and watches the shape meanwhile.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    line_feeds: memchr::Memchr<'a>,
    start: usize,
    index: usize,
    /// One bit for each of [`SINGLE`] that was seen.
    seen: u8,
    duplicate: Option<&'static str>,
    privilege_second: bool,
    action_id: Option<&'a [u8]>,
    timestamp: Option<&'a [u8]>,
}

impl<'a> Lines<'a> {
    /// Of the bytes of a message that starts with `Event: `.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            line_feeds: memchr::memchr_iter(b'\n', bytes),
            start: 0,
            index: 0,
            seen: 0,
            duplicate: None,
            privilege_second: false,
            action_id: None,
            timestamp: None,
        }
    }

    /// The next header line, `None` at the empty line. A line ends at CR LF only (F07).
    #[inline]
    pub(super) fn next(&mut self) -> Option<Line<'a>> {
        let line = loop {
            let line_feed = self.line_feeds.next()?;
            if line_feed > self.start && self.bytes[line_feed - 1] == b'\r' {
                let from_here = &self.bytes[self.start..];
                let text = &self.bytes[self.start..line_feed - 1];
                self.start = line_feed + 1;
                if text.is_empty() {
                    return None;
                }
                break split(text, from_here);
            }
        };
        match (line.name.len(), line.name) {
            (5, b"Event") => self.single(0),
            (9, b"Privilege") => {
                self.privilege_second |= self.index == 1;
                self.single(1);
            }
            (7, b"Channel") => self.single(2),
            (8, b"Uniqueid") => self.single(3),
            (8, b"Linkedid") => self.single(4),
            (8, b"ActionID") if self.action_id.is_none() => self.action_id = Some(line.value),
            (9, b"Timestamp") if self.timestamp.is_none() => self.timestamp = Some(line.value),
            _ => {}
        }
        self.index += 1;
        Some(line)
    }

    #[inline]
    fn single(&mut self, which: usize) {
        let bit = 1 << which;
        if self.seen & bit != 0 {
            self.duplicate.get_or_insert(SINGLE[which]);
        }
        self.seen |= bit;
    }

    /// After the last line: no header that must stand once stands twice, and `Privilege` comes
    /// second unless the message answers an action.
    #[inline]
    pub(super) fn check(&self, event: &str) -> Result<(), ShapeError> {
        if let Some(header) = self.duplicate {
            return Err(ShapeError::duplicate(event, header));
        }
        if !self.privilege_second && self.action_id.is_none() {
            return Err(ShapeError::privilege(event));
        }
        Ok(())
    }

    /// What every event has.
    pub(super) fn head(&self) -> Head<'a> {
        Head { timestamp: self.timestamp, action_id: self.action_id, privilege_second: self.privilege_second }
    }

    /// Goes over a `VarSet` for its shape alone; gives the variable's name.
    pub(super) fn skim(&mut self, event: &'static str) -> Result<Option<&'a [u8]>, ShapeError> {
        const CHANNEL: u8 = 1 << 2;
        const UNIQUEID: u8 = 1 << 3;
        let (mut variable, mut value) = (None, false);
        while let Some(line) = self.next() {
            match (line.name.len(), line.name) {
                (8, b"Variable") if variable.is_none() => variable = Some(line.value),
                (5, b"Value") => value = true,
                _ => {}
            }
        }
        self.check(event)?;
        match (variable, value, self.seen & CHANNEL != 0, self.seen & UNIQUEID != 0) {
            (None, ..) => Err(ShapeError::missing(event, "", "Variable")),
            (_, false, ..) => Err(ShapeError::missing(event, "", "Value")),
            (_, _, true, false) => Err(ShapeError::missing(event, "", "Uniqueid")),
            (_, _, false, true) => Err(ShapeError::missing(event, "", "Channel")),
            (variable, ..) => Ok(variable),
        }
    }
}

#[inline]
fn split<'a>(text: &'a [u8], from_here: &'a [u8]) -> Line<'a> {
    match colon(text) {
        Some(at) => {
            let value = &text[at + 1..];
            Line { name: &text[..at], value: value.strip_prefix(b" ").unwrap_or(value), from_here }
        }
        None => Line { name: b"", value: text, from_here },
    }
}

/// Where the first colon is, eight bytes at a time: names are too short for a call to be worth it.
#[inline]
fn colon(text: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    let mut chunks = text.chunks_exact(8);
    let mut at = 0;
    for chunk in &mut chunks {
        // a byte of `word` is zero where there is a colon; the lowest high bit marks the first such
        let Ok(bytes) = chunk.try_into() else { break };
        let word = u64::from_le_bytes(bytes) ^ (ONES * b':' as u64);
        let zero = word.wrapping_sub(ONES) & !word & HIGH;
        if zero != 0 {
            return Some(at + zero.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    chunks.remainder().iter().position(|b| *b == b':').map(|n| at + n)
}

#[cfg(test)]
mod tests {
    use super::colon;

    #[test]
    fn the_first_colon_is_found_wherever_it_stands() {
        for length in 0..40 {
            for at in 0..length {
                let mut text = vec![0xba_u8; length];
                text[at] = b':';
                assert_eq!(colon(&text), Some(at));
                text[length - 1] = b':';
                assert_eq!(colon(&text), Some(at));
            }
            assert_eq!(colon(&vec![b';'; length]), None);
            assert_eq!(colon(&vec![0x39; length]), None);
        }
    }
}
