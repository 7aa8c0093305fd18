//! What one PBX's actors count, read by `/metrics` without asking them.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counters of one PBX; one writer, its arbiter.
#[derive(Debug, Default)]
pub struct PbxCounters {
    pub(crate) events: AtomicU64,
    pub(crate) unrouted: AtomicU64,
    pub(crate) calls_live: AtomicU64,
    pub(crate) malformed: AtomicU64,
    pub(crate) violations: AtomicU64,
    pub(crate) undelivered: AtomicU64,
    pub(crate) skipped: AtomicU64,
}

/// One writer, so no locked instruction is needed.
pub(crate) fn add(counter: &AtomicU64) {
    counter.store(counter.load(Relaxed) + 1, Relaxed);
}

impl PbxCounters {
    /// Events read by the router.
    pub fn events(&self) -> u64 {
        self.events.load(Relaxed)
    }

    /// Events of channels that are gone already, or that belong to nobody.
    pub fn unrouted(&self) -> u64 {
        self.unrouted.load(Relaxed)
    }

    /// Calls that live now.
    pub fn calls_live(&self) -> u64 {
        self.calls_live.load(Relaxed)
    }

    /// Events whose shape no healthy Asterisk sends.
    pub fn malformed(&self) -> u64 {
        self.malformed.load(Relaxed)
    }

    /// Broken guarantees of the event stream.
    pub fn violations(&self) -> u64 {
        self.violations.load(Relaxed)
    }

    /// Inputs for an actor that is set aside.
    pub fn undelivered(&self) -> u64 {
        self.undelivered.load(Relaxed)
    }

    /// Items that the router skipped because they made it fail twice.
    pub fn skipped(&self) -> u64 {
        self.skipped.load(Relaxed)
    }
}
