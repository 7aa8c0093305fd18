//! How long actors were away: from a fault to the end of the first turn after the restart, in which
//! the message in flight was tried again and the queued ones were handled.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;

/// Times kept for percentiles; the oldest go first.
const KEPT: usize = 16_384;

static LAST: Mutex<VecDeque<u32>> = Mutex::new(VecDeque::new());
static TOTAL: AtomicU64 = AtomicU64::new(0);
static TOTAL_US: AtomicU64 = AtomicU64::new(0);

pub(super) fn took(away: Duration) {
    let us = u32::try_from(away.as_micros()).unwrap_or(u32::MAX);
    TOTAL.fetch_add(1, Relaxed);
    TOTAL_US.fetch_add(u64::from(us), Relaxed);
    let mut last = LAST.lock();
    if last.len() == KEPT {
        last.pop_front();
    }
    last.push_back(us);
}

/// How many recoveries there were in this process, and the sum of their times in µs.
pub fn recoveries() -> (u64, u64) {
    (TOTAL.load(Relaxed), TOTAL_US.load(Relaxed))
}

/// The last of them, µs each, oldest first; taken out.
pub fn take_recovery_times_us() -> Vec<u32> {
    LAST.lock().drain(..).collect()
}
