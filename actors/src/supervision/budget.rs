//! Counting restarts in a sliding window, and the pauses between them.

use std::time::Duration;

use smallvec::SmallVec;
use tokio::time::Instant;

use super::spec::Budget;

/// The pauses before the first, second, third ... restart of a window; the last one stays.
const PAUSES_MS: [u64; 4] = [0, 50, 100, 200];

/// Restarts within the last period.
#[derive(Debug, Default)]
pub(super) struct Window {
    at: SmallVec<[Instant; 4]>,
}

impl Window {
    /// Books a restart: the pause before it, or `None` when the budget is used up.
    pub(super) fn book(&mut self, budget: Budget, now: Instant, seed: u64) -> Option<Duration> {
        self.forget_before(budget, now);
        if self.at.len() >= usize::from(budget.restarts) {
            return None;
        }
        let pause = PAUSES_MS.get(self.at.len()).or(PAUSES_MS.last()).copied().unwrap_or_default();
        self.at.push(now);
        Some(Duration::from_micros(pause * 1000 + jitter_us(pause, seed)))
    }

    /// Restarts that still count.
    pub(super) fn used(&mut self, budget: Budget, now: Instant) -> usize {
        self.forget_before(budget, now);
        self.at.len()
    }

    /// Starts counting anew.
    pub(super) fn clear(&mut self) {
        self.at.clear();
    }

    fn forget_before(&mut self, budget: Budget, now: Instant) {
        self.at.retain(|at| now.duration_since(*at) < budget.period);
    }
}

/// Up to a quarter of the pause, so that many that failed together do not come back together.
fn jitter_us(pause_ms: u64, seed: u64) -> u64 {
    let mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31);
    (pause_ms * 250).checked_sub(1).map_or(0, |most| mixed % (most + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_restart_is_at_once_and_the_fourth_in_five_seconds_is_refused() {
        let budget = Budget::default();
        let start = Instant::now();
        let mut window = Window::default();
        assert_eq!(window.book(budget, start, 1), Some(Duration::ZERO));
        let second = window.book(budget, start, 1).unwrap();
        assert!((50..63).contains(&second.as_millis()), "{second:?}");
        let third = window.book(budget, start, 1).unwrap();
        assert!((100..126).contains(&third.as_millis()), "{third:?}");
        assert_eq!(window.book(budget, start + Duration::from_secs(4), 1), None);
        assert_eq!(window.book(budget, start + Duration::from_secs(5), 1), Some(Duration::ZERO));
    }
}
