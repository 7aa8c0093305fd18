//! The last ended calls, and the way of every fact to who keeps it for good.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;

use crate::call::record::CallRecord;
use crate::fact::{Fact, What};
use crate::keys::PbxName;

/// Who keeps facts for good. Called on the PBX's own thread: it must not wait for anything.
pub trait Journal: Send + Sync {
    /// Takes note of it.
    fn note(&self, pbx: &PbxName, fact: &Fact);
}

/// Ended calls of all PBXs, newest last; the oldest goes first.
pub struct History {
    journal: Option<Arc<dyn Journal>>,
    most: usize,
    kept: Mutex<VecDeque<(PbxName, Arc<CallRecord>)>>,
    facts: AtomicU64,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("History").field("most", &self.most).finish_non_exhaustive()
    }
}

impl Default for History {
    fn default() -> Self {
        Self::new(1_000)
    }
}

impl History {
    /// Keeps that many.
    pub fn new(most: usize) -> Self {
        Self { journal: None, most, kept: Mutex::default(), facts: AtomicU64::new(0) }
    }

    /// The same; every fact goes to that journal too.
    pub fn with_journal(most: usize, journal: Arc<dyn Journal>) -> Self {
        Self { journal: Some(journal), ..Self::new(most) }
    }

    /// Takes note of a fact.
    pub(crate) fn note(&self, pbx: &PbxName, fact: Fact) {
        self.facts.fetch_add(1, Relaxed);
        if let Some(journal) = &self.journal {
            journal.note(pbx, &fact);
        }
        let What::CallEnded(_, record) = fact.what else { return };
        let mut kept = self.kept.lock();
        if kept.len() >= self.most {
            kept.pop_front();
        }
        if self.most > 0 {
            kept.push_back((pbx.clone(), record));
        }
    }

    /// Facts of all kinds so far.
    pub fn facts(&self) -> u64 {
        self.facts.load(Relaxed)
    }

    /// The records kept of that PBX, in the order they ended.
    pub fn of(&self, pbx: &PbxName) -> Vec<CallRecord> {
        self.kept
            .lock()
            .iter()
            .filter(|(name, _)| name == pbx)
            .map(|(_, record)| CallRecord::clone(record))
            .collect()
    }
}
