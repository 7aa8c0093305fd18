//! How much one client may ask: of requests so many that nobody waits for another's flood (S50), of what happened
//! so much that a script that pulls everything is stopped within a minute and a person who reads is not (S55).

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::access::Caller;
use super::error::ApiError;

/// What is kept of a client.
struct Bucket {
    /// What it may still take.
    left: f64,
    at: Instant,
    rate: Rate,
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
/// Strangers that are remembered, each for as long as it has asked more than it may go on asking.
const MOST_STRANGERS: usize = 10_000;
/// How often it is looked for those who need not be remembered any more.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Whom a bucket is of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Client {
    /// One person is one client, wherever he asks from.
    User(String),
    /// Of nobody known: an address (of IPv6 a network).
    Stranger(String),
    /// All strangers for whom there is no place.
    Crowd,
}

impl Client {
    fn of(caller: &Caller) -> Self {
        match caller.who().id() {
            "" => Self::Stranger(caller.address().to_owned()),
            id => Self::User(id.to_owned()),
        }
    }
}

/// Buckets of users, as many as there are accounts, and of strangers, who come in any number.
///
/// A bucket is forgotten only when it is full again, which is what a new one is: so no flood of others frees
/// who was stopped. When too many are not full, new strangers share one, and users notice nothing.
#[derive(Default)]
struct Buckets {
    users: HashMap<(&'static str, Client), Bucket>,
    strangers: HashMap<(&'static str, Client), Bucket>,
    looked: Option<Instant>,
}

impl Buckets {
    fn of(&mut self, what: &'static str, client: Client, rate: Rate, now: Instant) -> &mut Bucket {
        let new = Bucket { left: rate.most, at: now, rate };
        if let Client::User(_) = client {
            return self.users.entry((what, client)).or_insert(new);
        }
        let mut key = (what, client);
        if self.strangers.len() >= MOST_STRANGERS && !self.strangers.contains_key(&key) {
            self.tidy(now);
            if self.strangers.len() >= MOST_STRANGERS {
                key.1 = Client::Crowd;
            }
        }
        self.strangers.entry(key).or_insert(new)
    }

    fn tidy(&mut self, now: Instant) {
        if self.looked.is_some_and(|looked| now.saturating_duration_since(looked) < LOOK_EVERY) {
            return;
        }
        self.looked = Some(now);
        self.strangers.retain(|_, bucket| bucket.filled(now) < bucket.rate.most);
        self.users.retain(|_, bucket| bucket.filled(now) < bucket.rate.most);
    }
}

impl Bucket {
    /// What it holds by then.
    fn filled(&self, now: Instant) -> f64 {
        let more = now.saturating_duration_since(self.at).as_secs_f64() * self.rate.per_s;
        (self.left + more).min(self.rate.most)
    }
}

/// See the module.
#[derive(Default)]
pub(super) struct Throttle {
    buckets: Mutex<Buckets>,
}

impl Throttle {
    /// A list of that many rows at most is to be given.
    pub(super) fn rows(&self, caller: &Caller, rows: usize) -> Result<(), ApiError> {
        self.take(Client::of(caller), "rows", ROWS, rows as f64, Instant::now())
    }

    /// An export is to begin.
    pub(super) fn export(&self, caller: &Caller) -> Result<(), ApiError> {
        self.take(Client::of(caller), "exports", EXPORTS, 1.0, Instant::now())
    }

    /// A request of that user.
    pub(super) fn request_of(&self, user: &str) -> Result<(), ApiError> {
        self.take(Client::User(user.to_owned()), "requests", REQUESTS, 1.0, Instant::now())
    }

    /// A request of nobody known, at that address.
    pub(super) fn request_from(&self, address: &str) -> Result<(), ApiError> {
        self.take(Client::Stranger(address.to_owned()), "requests", REQUESTS, 1.0, Instant::now())
    }

    fn take(
        &self,
        client: Client,
        what: &'static str,
        rate: Rate,
        n: f64,
        now: Instant,
    ) -> Result<(), ApiError> {
        let mut buckets = self.buckets.lock();
        let bucket = buckets.of(what, client, rate, now);
        (bucket.left, bucket.at) = (bucket.filled(now), now);
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
    use super::*;

    fn user(id: &str) -> Client {
        Client::User(id.into())
    }

    #[test]
    fn s55_a_script_that_pulls_everything_is_stopped_within_a_minute_and_a_reader_is_not() {
        let throttle = Throttle::default();
        let start = Instant::now();
        let pull = |who: &str, at: u64, rows: f64| {
            throttle.take(user(who), "rows", ROWS, rows, start + Duration::from_millis(at)).is_ok()
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
            throttle.take(user(who), "requests", REQUESTS, 1.0, start + Duration::from_millis(at)).is_ok()
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
            |at: u64| throttle.take(user("a"), "exports", EXPORTS, 1.0, start + Duration::from_secs(at));
        assert!((0..6).all(|_| export(0).is_ok()));
        let Err(ApiError::TooMuch(seconds)) = export(0) else { panic!("refused") };
        assert_eq!(seconds, 120);
        assert!(export(120).is_ok());
    }

    #[test]
    fn s50_a_flood_of_addresses_frees_nobody_who_was_stopped_and_stays_within_bounds() {
        let throttle = Throttle::default();
        let start = Instant::now();
        let ask = |client: Client, at: u64| {
            throttle.take(client, "requests", REQUESTS, 1.0, start + Duration::from_millis(at)).is_ok()
        };
        let stranger = |n: u32| Client::Stranger(format!("192.0.2.{n}"));
        while ask(stranger(0), 0) {}
        while ask(user("192.0.2.1"), 0) {}
        assert!(ask(stranger(1), 0), "an address is nobody's id");
        let answered = (1..60_000).filter(|n| ask(stranger(*n), 1)).count();
        assert_eq!(answered, MOST_STRANGERS - 1 + 3_000, "those without a place share one");
        assert!(!ask(stranger(0), 2) && !ask(user("192.0.2.1"), 2), "who was stopped stays so");
        assert!(ask(user("another"), 2), "who is known is none of the crowd");
        assert!(throttle.buckets.lock().strangers.len() <= MOST_STRANGERS + 1);
        // once they are quiet there is place again
        assert!(ask(stranger(100_000), 2_000));
        assert_eq!(
            throttle.buckets.lock().strangers.len(),
            3,
            "of the stopped one, the crowd and the new one"
        );
    }
}
