//! The peer's stream again, in our own process, for the oracle and for choosing victims.

use std::collections::BTreeMap;

use crate::oracle::Oracle;
use crate::stream::Stream;
use crate::template::Template;

/// Renders what the peer renders and gives every frame to the oracle.
pub(crate) struct Mirror<'a> {
    stream: Stream<'a>,
    oracle: Oracle,
    out: Vec<u8>,
}

impl<'a> Mirror<'a> {
    /// Of a peer with the same arguments, its ramp included.
    pub(crate) fn new(templates: &'a [Template], calls: usize, seed: u64) -> Self {
        let stream = Stream::new(templates, calls, 300_000, seed);
        let mut mirror = Self { stream, oracle: Oracle::default(), out: Vec::new() };
        for slot in 0..calls {
            mirror.stream.ramp(slot, &mut mirror.out);
            mirror.flush(|_, _| ());
        }
        mirror
    }

    /// `n` more frames; gives the event and the Linkedid of each.
    pub(crate) fn steps(&mut self, n: u64, mut seen: impl FnMut(&str, &str)) {
        for _ in 0..n {
            self.stream.step(&mut self.out);
        }
        self.flush(&mut seen);
    }

    /// `n` more frames of one slot.
    pub(crate) fn steps_of(&mut self, slot: usize, n: u64) {
        for _ in 0..n {
            self.stream.step_of(slot, &mut self.out);
        }
        self.flush(|_, _| ());
    }

    /// Linkedid of the call in that slot now.
    pub(crate) fn linkedid(&self, slot: usize) -> String {
        self.stream.linkedid(slot)
    }

    /// What should stand on the board.
    pub(crate) fn lines(&self) -> BTreeMap<String, String> {
        self.oracle.lines()
    }

    fn flush(&mut self, mut seen: impl FnMut(&str, &str)) {
        let text = String::from_utf8_lossy(&self.out);
        for frame in text.split_terminator("\r\n\r\n") {
            let field = |name: &str| {
                frame.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or("")
            };
            seen(field("Event"), field("Linkedid"));
            self.oracle.frame(frame);
        }
        self.out.clear();
    }
}
