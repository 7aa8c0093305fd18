//! How much one client may ask: of requests so many that nobody waits for another's flood (S50), of what happened
//! so much that a script that pulls everything is stopped within a minute and a person who reads is not (S55).

use std::collections::HashMap;
use std::time::Instant;

use parking_lot::Mutex;

use super::access::Caller;
use super::error::ApiError;

/// What is kept of a client.
#[derive(Clone, Copy)]
struct Bucket {
    /// What it may still take.
    left: f64,
    at: Instant,
}

/// So much at once, so much more a second.
#[derive(Clone, Copy)]
struct Rate {
    most: f64,
    per_s: f64,
}

/// Rows of lists: forty of the longest pages, then one every six seconds.
const ROWS: Rate = Rate { most: 20_000.0, per_s: 80.0 };
/// Exports: six, then one every two minutes.
const EXPORTS: Rate = Rate { most: 6.0, per_s: 1.0 / 120.0 };
/// Requests of any kind: a page with all its questions, a program that asks all the time; no more.
const REQUESTS: Rate = Rate { most: 3_000.0, per_s: 100.0 };
/// Clients that are remembered; when there are more, those that were not heard longest start anew.
const MOST_CLIENTS: usize = 10_000;

/// See the module.
#[derive(Default)]
pub(super) struct Throttle {
    buckets: Mutex<HashMap<(&'static str, String), Bucket>>,
}

impl Throttle {
    /// A list of that many rows at most is to be given.
    pub(super) fn rows(&self, caller: &Caller, rows: usize) -> Result<(), ApiError> {
        self.take(caller, "rows", ROWS, rows as f64)
    }

    /// An export is to begin.
    pub(super) fn export(&self, caller: &Caller) -> Result<(), ApiError> {
        self.take(caller, "exports", EXPORTS, 1.0)
    }

    /// A request of that user, or of nobody known at that address.
    pub(super) fn request(&self, who: &str) -> Result<(), ApiError> {
        self.take_at(who.to_owned(), "requests", REQUESTS, 1.0, Instant::now())
    }

    fn take(&self, caller: &Caller, what: &'static str, rate: Rate, n: f64) -> Result<(), ApiError> {
        // one person is one client, wherever he asks from
        let who = if caller.who().id().is_empty() { caller.address() } else { caller.who().id() };
        self.take_at(who.to_owned(), what, rate, n, Instant::now())
    }

    fn take_at(
        &self,
        who: String,
        what: &'static str,
        rate: Rate,
        n: f64,
        now: Instant,
    ) -> Result<(), ApiError> {
        let mut buckets = self.buckets.lock();
        if buckets.len() >= MOST_CLIENTS {
            let oldest = buckets.iter().min_by_key(|(_, bucket)| bucket.at).map(|(who, _)| who.clone());
            oldest.map(|who| buckets.remove(&who));
        }
        let bucket = buckets.entry((what, who)).or_insert(Bucket { left: rate.most, at: now });
        let more = now.saturating_duration_since(bucket.at).as_secs_f64() * rate.per_s;
        (bucket.left, bucket.at) = ((bucket.left + more).min(rate.most), now);
        if bucket.left < n {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a small number of seconds
            return Err(ApiError::TooMuch(((n - bucket.left) / rate.per_s).ceil() as u32));
        }
        bucket.left -= n;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn s55_a_script_that_pulls_everything_is_stopped_within_a_minute_and_a_reader_is_not() {
        let throttle = Throttle::default();
        let start = Instant::now();
        let pull = |who: &str, at: u64, rows: f64| {
            throttle.take_at(who.into(), "rows", ROWS, rows, start + Duration::from_millis(at)).is_ok()
        };
        // ten pages of 500 a second
        let stopped = (0..600).find(|n| !pull("script", n * 100, 500.0)).expect("it is stopped");
        assert!(stopped < 60, "after {stopped} pages");
        // a page of 50 every second, for ten minutes
        assert!((0..600).all(|n| pull("reader", n * 1000, 50.0)));
        assert!(!pull("script", 61_000, 6_000.0) && pull("script", 400_000, 500.0), "it may go on slowly");
    }

    #[test]
    fn s50_a_flood_of_requests_is_refused_and_others_are_not() {
        let throttle = Throttle::default();
        let start = Instant::now();
        let ask = |who: &str, at: u64| {
            throttle.take_at(who.into(), "requests", REQUESTS, 1.0, start + Duration::from_millis(at)).is_ok()
        };
        let refused = (0..4_000).filter(|_| !ask("flood", 0)).count();
        assert_eq!(refused, 1_000);
        assert!(ask("other", 0) && !ask("flood", 5) && ask("flood", 20));
        assert!((0..60_000).step_by(20).all(|at| ask("fifty a second", at)));
    }

    #[test]
    fn s55_who_exports_all_the_time_is_told_when_to_come_back() {
        let throttle = Throttle::default();
        let start = Instant::now();
        let export =
            |at: u64| throttle.take_at("a".into(), "exports", EXPORTS, 1.0, start + Duration::from_secs(at));
        assert!((0..6).all(|_| export(0).is_ok()));
        let Err(ApiError::TooMuch(seconds)) = export(0) else { panic!("refused") };
        assert_eq!(seconds, 120);
        assert!(export(120).is_ok());
    }
}
