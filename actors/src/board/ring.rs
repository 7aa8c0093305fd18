//! The past publications, for those who come back and for those who are slow.

use std::collections::VecDeque;

use ahash::AHashSet;
use bytestring::ByteString;
use parking_lot::Mutex;

use super::frame::{self, Change, Entry};
use crate::view::{Table, Text};

/// Frames sent one by one before a client that lags gets one merged frame instead.
const ONE_BY_ONE: usize = 3;
/// Bytes of past frames merged into one; what is left makes the next one.
const MERGE_BYTES: usize = 96 << 10;
/// Merged frames remembered, since many clients lag by the same gap.
const MERGED_KEPT: usize = 8;

/// What a client gets next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It has everything.
    UpToDate,
    /// The next frame; with it the client is at `seq`.
    Frame {
        /// Sequence number it leads to.
        seq: u64,
        /// `{"type":"changes", ...}`, shared by everyone who gets it.
        frame: ByteString,
    },
    /// History no longer reaches (or its number is none of ours): it needs a snapshot.
    Lost,
}

pub(super) struct Publication {
    pub(super) after: u64,
    pub(super) seq: u64,
    pub(super) now_ms: i64,
    pub(super) frame: ByteString,
    pub(super) entries: Vec<Entry>,
}

impl Publication {
    fn cost(&self) -> usize {
        self.frame.len() + self.entries.capacity() * std::mem::size_of::<Entry>() + 64
    }
}

pub(super) struct Ring {
    past: VecDeque<Publication>,
    bytes: usize,
    max_bytes: usize,
    max_count: usize,
    merged: Mutex<VecDeque<(u64, u64, ByteString)>>,
}

impl Ring {
    pub(super) fn new(max_bytes: usize, max_count: usize) -> Self {
        Self { past: VecDeque::new(), bytes: 0, max_bytes, max_count, merged: Mutex::default() }
    }

    /// Adds the newest; gives back those that had to leave, oldest first.
    pub(super) fn push(&mut self, publication: Publication) -> Vec<Publication> {
        self.bytes += publication.cost();
        self.past.push_back(publication);
        let mut evicted = Vec::new();
        while self.past.len() > 1 && (self.bytes > self.max_bytes || self.past.len() > self.max_count) {
            if let Some(old) = self.past.pop_front() {
                self.bytes -= old.cost();
                evicted.push(old);
            }
        }
        evicted
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn news(&self, run: &str, after: u64) -> News {
        let (Some(first), Some(last)) = (self.past.front(), self.past.back()) else {
            return if after == 0 { News::UpToDate } else { News::Lost };
        };
        if after == last.seq {
            return News::UpToDate;
        }
        if after > last.seq || after < first.after {
            return News::Lost;
        }
        // numbers in the ring follow each other without a gap
        let from = (after - first.after) as usize;
        let behind = self.past.len() - from;
        let Some(next) = self.past.get(from) else { return News::Lost };
        if behind <= ONE_BY_ONE {
            return News::Frame { seq: next.seq, frame: next.frame.clone() };
        }
        self.merge(run, from)
    }

    /// Every row that changed after that number and up to that one; `None` when history does not reach.
    pub(super) fn touched(&self, after: u64, until: u64) -> Option<Vec<(Table, Text)>> {
        if after == until {
            return Some(Vec::new());
        }
        let first = self.past.front()?;
        if after > until || after < first.after {
            return None;
        }
        let (from, to) = ((after - first.after) as usize, (until - first.after) as usize);
        let mut seen: AHashSet<(Table, &Text)> = AHashSet::new();
        let entries = self.past.iter().take(to).skip(from).flat_map(|publication| &publication.entries);
        seen.extend(entries.map(|entry| (entry.table, &entry.id)));
        Some(seen.into_iter().map(|(table, id)| (table, id.clone())).collect())
    }

    /// The latest row of everything that changed since, in one frame: calls never vanish, what a
    /// row was in between does.
    fn merge(&self, run: &str, from: usize) -> News {
        let (mut until, mut bytes) = (from, 0);
        while let Some(publication) = self.past.get(until) {
            bytes += publication.frame.len();
            if until > from && bytes > MERGE_BYTES {
                break;
            }
            until += 1;
        }
        let (Some(oldest), Some(newest)) = (self.past.get(from), self.past.get(until - 1)) else {
            return News::Lost;
        };
        let (after, seq) = (oldest.after, newest.seq);
        let mut merged = self.merged.lock();
        if let Some((.., frame)) = merged.iter().find(|(a, s, _)| (*a, *s) == (after, seq)) {
            return News::Frame { seq, frame: frame.clone() };
        }
        let mut seen: AHashSet<(Table, &Text)> = AHashSet::new();
        let mut rows = Vec::new();
        for publication in self.past.range(from..until).rev() {
            for entry in &publication.entries {
                if seen.insert((entry.table, &entry.id)) {
                    let json =
                        entry.at.as_ref().map(|at| &publication.frame[at.start as usize..at.end as usize]);
                    rows.push(Change { table: entry.table, id: &entry.id, json });
                }
            }
        }
        let (frame, _) = frame::changes(run, after, seq, newest.now_ms, &rows);
        if merged.len() == MERGED_KEPT {
            merged.pop_front();
        }
        merged.push_back((after, seq, frame.clone()));
        News::Frame { seq, frame }
    }
}
