//! The last ended calls, until the journal keeps them all.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;

use crate::call::record::CallRecord;
use crate::fact::{Fact, What};
use crate::keys::PbxName;

/// Ended calls of all PBXs, newest last; the oldest goes first.
#[derive(Debug)]
pub struct History {
    most: usize,
    kept: Mutex<VecDeque<(PbxName, CallRecord)>>,
    facts: AtomicU64,
}

impl Default for History {
    fn default() -> Self {
        Self::new(1_000)
    }
}

impl History {
    /// Keeps that many.
    pub fn new(most: usize) -> Self {
        Self { most, kept: Mutex::default(), facts: AtomicU64::new(0) }
    }

    /// Takes note of a fact.
    pub(crate) fn note(&self, pbx: &PbxName, fact: Fact) {
        self.facts.fetch_add(1, Relaxed);
        let What::CallEnded(record) = fact.what else { return };
        let mut kept = self.kept.lock();
        if kept.len() >= self.most {
            kept.pop_front();
        }
        if self.most > 0 {
            kept.push_back((pbx.clone(), *record));
        }
    }

    /// Facts of all kinds so far.
    pub fn facts(&self) -> u64 {
        self.facts.load(Relaxed)
    }

    /// The records kept of that PBX, in the order they ended.
    pub fn of(&self, pbx: &PbxName) -> Vec<CallRecord> {
        self.kept.lock().iter().filter(|(name, _)| name == pbx).map(|(_, record)| record.clone()).collect()
    }
}
