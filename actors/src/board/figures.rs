//! What the board counts about itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper ends of the delay buckets, µs; a last one has no end.
pub const LATENCY_BUCKETS_US: [u64; 12] =
    [250, 500, 1_000, 2_000, 3_000, 5_000, 10_000, 25_000, 50_000, 100_000, 500_000, 2_000_000];

/// Counters, read by `/metrics` without a lock.
#[derive(Debug, Default)]
pub struct Figures {
    /// Publications.
    pub published: AtomicU64,
    /// Rows serialised.
    pub rows_serialised: AtomicU64,
    /// Changes that left the row's JSON as it was.
    pub unchanged: AtomicU64,
    /// Past publications dropped because history has a maximum.
    pub ring_evictions: AtomicU64,
    /// Rows refused because the board is full.
    pub rows_refused: AtomicU64,
    /// Rows that could not be written as JSON.
    pub rows_broken: AtomicU64,
    /// Snapshots built.
    pub snapshots: AtomicU64,
    /// Delays from an event's receipt to its publication, per bucket of [`LATENCY_BUCKETS_US`].
    buckets: [AtomicU64; LATENCY_BUCKETS_US.len() + 1],
    sum_us: AtomicU64,
}

impl Figures {
    pub(super) fn delay(&self, delay: Duration) {
        let us = u64::try_from(delay.as_micros()).unwrap_or(u64::MAX);
        let bucket = LATENCY_BUCKETS_US.partition_point(|end| *end < us);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    /// Delays per bucket (not cumulated) and their sum in µs.
    pub fn delays(&self) -> ([u64; LATENCY_BUCKETS_US.len() + 1], u64) {
        (
            std::array::from_fn(|n| self.buckets[n].load(Ordering::Relaxed)),
            self.sum_us.load(Ordering::Relaxed),
        )
    }
}
