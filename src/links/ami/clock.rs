//! The PBX's clock against ours, and how late its events arrive.

use std::time::Duration;

use actors::keys::Micros;

use super::machine::At;

/// The offset is the least difference of the last one to two of these.
const WINDOW: Duration = Duration::from_secs(30);
/// A ping's answer this quick tells the PBX's clock well enough to notice that it was set.
const QUICK: Duration = Duration::from_millis(500);
const CLOCK_WAS_SET: i64 = 1_000_000;

/// Differences "our clock minus theirs", µs. The least of a window is the offset (plus the way of
/// the fastest message); what an event has above it is its delay on the way to us.
#[derive(Debug, Default)]
pub(super) struct Clock {
    window_since: At,
    least: Option<i64>,
    least_before: Option<i64>,
    last_event: Option<i64>,
}

impl Clock {
    /// An event was read at `now` (`ours`), made by the PBX at `theirs`.
    pub(super) fn event(&mut self, now: At, ours: Micros, theirs: Micros) {
        let difference = ours.0.saturating_sub(theirs.0);
        self.last_event = Some(difference);
        self.sample(now, difference);
    }

    /// A ping was answered.
    pub(super) fn pong(&mut self, now: At, ours: Micros, theirs: Micros, round_trip: Duration) {
        let difference = ours.0.saturating_sub(theirs.0);
        let was_set = self.least().is_some_and(|least| difference - least > CLOCK_WAS_SET);
        if was_set && round_trip < QUICK {
            *self = Self { window_since: now, ..Self::default() };
        }
        self.sample(now, difference);
        if round_trip < QUICK {
            // Nothing waits on the way any more.
            self.last_event = None;
        }
    }

    fn sample(&mut self, now: At, difference: i64) {
        if now >= self.window_since + WINDOW {
            self.least_before = self.least.take();
            self.window_since = now;
        }
        self.least = Some(self.least.map_or(difference, |least| least.min(difference)));
    }

    fn least(&self) -> Option<i64> {
        self.least.into_iter().chain(self.least_before).min()
    }

    /// Our clock minus the PBX's.
    pub(super) fn offset_ms(&self) -> Option<i64> {
        self.least().map(|us| us.div_euclid(1000))
    }

    /// An instant of our clock on theirs; 0 while nothing is known of it.
    pub(super) fn theirs(&self, ours: Micros) -> Micros {
        self.least().map_or(Micros(0), |least| Micros(ours.0.saturating_sub(least)))
    }

    /// How much later than the fastest message the last event arrived.
    pub(super) fn lag(&self) -> Option<Duration> {
        let lag = self.last_event?.saturating_sub(self.least()?);
        Some(Duration::from_micros(u64::try_from(lag).unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: i64) -> Micros {
        Micros(seconds * 1_000_000)
    }

    #[test]
    fn the_offset_is_the_least_difference_and_the_lag_what_is_above_it() {
        let mut clock = Clock::default();
        clock.event(At::from_secs(0), s(1010), s(1000));
        assert_eq!(clock.offset_ms(), Some(10_000));
        clock.event(At::from_secs(5), s(1018), s(1005));
        assert_eq!(clock.lag(), Some(Duration::from_secs(3)));
        clock.event(At::from_secs(6), s(1016), s(1006));
        assert_eq!(clock.lag(), Some(Duration::ZERO));
    }

    #[test]
    fn a_clock_that_is_set_back_is_noticed_at_the_next_quick_ping() {
        let mut clock = Clock::default();
        clock.event(At::from_secs(0), s(1010), s(1000));
        clock.event(At::from_secs(1), s(1011), s(1));
        assert!(clock.lag() > Some(Duration::from_secs(900)));
        clock.pong(At::from_secs(2), s(1012), s(2), Duration::from_millis(2));
        assert_eq!((clock.offset_ms(), clock.lag()), (Some(1_010_000), None));
    }

    #[test]
    fn old_differences_are_forgotten() {
        let mut clock = Clock::default();
        clock.event(At::from_secs(0), s(10), s(10));
        for t in 1..=3 {
            clock.event(At::from_secs(31 * t), s(100), s(95));
        }
        assert_eq!(clock.offset_ms(), Some(5000));
    }
}
