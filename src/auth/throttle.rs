//! Guesses get slower (S40), and never for the owner of an account at his own address.
//!
//! Three counts: of the pair account and address, of the address (one who tries many accounts), of the
//! account (many who try one account). Beyond its free tries each doubles the pause, from 1 s to 5 min. The
//! counts of the account and of the address do not hold for who comes from where the owner of the account came
//! from before: so strangers can slow each other, and not him, nor a hall behind one address each other by what
//! they mistype. Those two lose a failure a minute. The clock comes in as an argument.

use std::time::{Duration, Instant};

use ahash::AHashMap;
use parking_lot::Mutex;

/// Failures without a pause, of each count.
const FREE_PAIR: u32 = 5;
const FREE_ADDRESS: u32 = 40;
const FREE_ACCOUNT: u32 = 15;
const FREE_CROWD: u32 = 500;
/// One failure of an address or of an account is forgotten each.
const EASES: Duration = Duration::from_secs(60);
const LONGEST: Duration = Duration::from_secs(300);
/// A count without failures for so long is forgotten.
const FORGET: Duration = Duration::from_secs(3600);
/// Counts kept. Beyond them those go, the quietest first, that were never at a pause; one that was stays for its
/// hour, so that no flood of other names and addresses frees who guessed. (Whoever makes one go that was at none
/// wins fewer than its free tries, for thousands that he makes.)
const MOST: usize = 50_000;
/// How often it is looked for those that may go.
const TIDY_EVERY: Duration = Duration::from_secs(1);
/// Addresses remembered of one account.
const MOST_KNOWN: usize = 16;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Pair(String, String),
    Address(String),
    Account(String),
    /// All for whom there is no place.
    Crowd,
}

impl Key {
    fn free(&self) -> u32 {
        match self {
            Self::Pair(..) => FREE_PAIR,
            Self::Address(_) => FREE_ADDRESS,
            Self::Account(_) => FREE_ACCOUNT,
            Self::Crowd => FREE_CROWD,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Count {
    failures: u32,
    last: Instant,
    until: Option<Instant>,
    /// What `until` was before the last try, which a success takes back.
    before: Option<Instant>,
}

#[derive(Default)]
struct Kept {
    counts: AHashMap<Key, Count>,
    known: AHashMap<String, Vec<String>>,
    tidied: Option<Instant>,
}

/// See the module.
#[derive(Default)]
pub struct Throttle(Mutex<Kept>);

impl Throttle {
    /// Whether a try may be made now; else how long to wait. The try counts as a failure until
    /// [`Throttle::succeeded`], so that many at once do not slip through.
    ///
    /// # Errors
    /// The pause that is left.
    pub fn tries(&self, account: &str, address: &str, now: Instant) -> Result<(), Duration> {
        let account = folded(account);
        let mut kept = self.0.lock();
        let known = kept.knows(&account, address);
        let mut keys = vec![Key::Pair(account.clone(), address.to_owned())];
        if !known {
            keys.extend([Key::Address(address.to_owned()), Key::Account(account)]);
        }
        if kept.counts.len() + keys.len() > MOST && keys.iter().any(|key| !kept.counts.contains_key(key)) {
            kept.tidy(now);
            if kept.counts.len() + keys.len() > MOST && !known {
                keys.retain(|key| kept.counts.contains_key(key));
                keys.push(Key::Crowd);
            }
        }
        let pause = keys.iter().filter_map(|key| kept.counts.get(key)?.until).max();
        if let Some(left) = pause.and_then(|until| until.checked_duration_since(now)).filter(|d| !d.is_zero())
        {
            return Err(left);
        }
        for key in keys {
            let (free, eases) = (key.free(), !matches!(key, Key::Pair(..)));
            let new = Count { failures: 0, last: now, until: None, before: None };
            let count = kept.counts.entry(key).or_insert(new);
            let quiet = now.saturating_duration_since(count.last);
            if quiet > FORGET {
                count.failures = 0;
            } else if eases {
                let eased = u32::try_from(quiet.as_secs() / EASES.as_secs()).unwrap_or(u32::MAX);
                count.failures = count.failures.saturating_sub(eased);
            }
            count.failures = count.failures.saturating_add(1);
            count.last = now;
            count.before = count.until;
            let doublings = count.failures.checked_sub(free);
            count.until = doublings.map(|n| now + LONGEST.min(Duration::from_secs(1 << n.min(20))));
        }
        Ok(())
    }

    /// That try was the owner's: his counts end, and his address is known from now on.
    pub fn succeeded(&self, account: &str, address: &str) {
        let account = folded(account);
        let mut kept = self.0.lock();
        // others may guess behind the same address: its count goes back by this one try only
        kept.take_back(&account, address);
        kept.counts.remove(&Key::Pair(account.clone(), address.to_owned()));
        kept.know(account, address);
    }

    /// That try was no guess, and nobody was let in: it does not count, and those before it still do.
    pub fn takes_back(&self, account: &str, address: &str) {
        self.0.lock().take_back(&folded(account), address);
    }

    /// The owner came from there before: read from what is stored at the start.
    pub fn knows(&self, account: &str, address: &str) {
        self.0.lock().know(folded(account), address);
    }
}

impl Kept {
    fn knows(&self, account: &str, address: &str) -> bool {
        self.known.get(account).is_some_and(|all| all.iter().any(|a| a == address))
    }

    fn take_back(&mut self, account: &str, address: &str) {
        let mut keys = vec![Key::Pair(account.to_owned(), address.to_owned())];
        // those were not counted for who is known there
        if !self.knows(account, address) {
            keys.extend([Key::Address(address.to_owned()), Key::Account(account.to_owned())]);
        }
        for key in keys {
            if let Some(count) = self.counts.get_mut(&key) {
                count.failures = count.failures.saturating_sub(1);
                count.until = count.before;
            }
        }
    }

    fn know(&mut self, account: String, address: &str) {
        let known = self.known.entry(account).or_default();
        known.retain(|a| a != address);
        known.push(address.to_owned());
        if known.len() > MOST_KNOWN {
            known.remove(0);
        }
    }

    fn tidy(&mut self, now: Instant) {
        // all of them are looked at: not for each try while nothing can go
        if self.tidied.is_some_and(|at| now.saturating_duration_since(at) < TIDY_EVERY) {
            return;
        }
        self.tidied = Some(now);
        self.counts.retain(|_, count| now.saturating_duration_since(count.last) < FORGET);
        let mut lasts: Vec<_> =
            self.counts.values().filter(|count| count.until.is_none()).map(|count| count.last).collect();
        if self.counts.len() < MOST / 2 || lasts.is_empty() {
            return;
        }
        let half = lasts.len() / 2;
        let (_, middle, _) = lasts.select_nth_unstable(half);
        let middle = *middle;
        self.counts.retain(|_, count| count.last > middle || count.until.is_some());
    }
}

/// One account under all spellings of its login; a hostile name is cut.
fn folded(account: &str) -> String {
    account.to_lowercase().chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(s: u64) -> Duration {
        Duration::from_secs(s)
    }

    #[test]
    fn s40_the_fifth_failure_begins_a_pause_that_doubles() {
        let (throttle, mut now) = (Throttle::default(), Instant::now());
        let mut pauses = Vec::new();
        for _ in 0..16 {
            match throttle.tries("marie", "192.0.2.1", now) {
                Ok(()) => {}
                Err(left) => {
                    pauses.push(left.as_secs());
                    now += left;
                    assert_eq!(throttle.tries("MARIE", "192.0.2.1", now), Ok(()));
                }
            }
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }

    #[test]
    fn s40_a_strangers_guesses_do_not_lock_the_owner_out() {
        let (throttle, mut now) = (Throttle::default(), Instant::now());
        throttle.tries("marie", "192.0.2.7", now).unwrap();
        throttle.succeeded("marie", "192.0.2.7");
        for n in 0..200 {
            let _ = throttle.tries("marie", &format!("198.51.100.{n}"), now);
            now += Duration::from_millis(1);
        }
        assert!(throttle.tries("marie", "203.0.113.1", now).is_err(), "another stranger waits");
        assert_eq!(throttle.tries("marie", "192.0.2.7", now), Ok(()), "she does not");
    }

    #[test]
    fn s40_a_try_that_is_taken_back_neither_counts_nor_frees_who_guessed() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for _ in 1..FREE_PAIR {
            throttle.tries("marie", "192.0.2.1", now).unwrap();
        }
        for _ in 0..20 {
            throttle.tries("marie", "192.0.2.1", now).unwrap();
            throttle.takes_back("Marie", "192.0.2.1");
        }
        throttle.tries("marie", "192.0.2.1", now).unwrap();
        assert!(throttle.tries("marie", "192.0.2.1", now).is_err(), "the fifth that counts");
    }

    #[test]
    fn s40_an_owner_who_is_let_in_frees_no_stranger_at_his_address() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        throttle.knows("marie", "192.0.2.1");
        for n in 0..FREE_ADDRESS {
            throttle.tries(&format!("s{n}"), "192.0.2.1", now).unwrap();
        }
        throttle.tries("marie", "192.0.2.1", now).unwrap();
        throttle.succeeded("marie", "192.0.2.1");
        assert!(throttle.tries("another", "192.0.2.1", now).is_err());
    }

    #[test]
    fn s40_one_address_that_tries_many_accounts_is_slowed() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let tried =
            (0..200).filter(|n| throttle.tries(&format!("user{n}"), "192.0.2.1", now).is_ok()).count();
        assert_eq!(tried, FREE_ADDRESS as usize);
        assert_eq!(throttle.tries("user1", "192.0.2.2", now), Ok(()), "others are not");
    }

    #[test]
    fn s40_what_a_hall_mistypes_locks_nobody_of_it_out() {
        let (throttle, mut now) = (Throttle::default(), Instant::now());
        let hall = "192.0.2.1";
        for n in 0..50 {
            throttle.knows(&format!("agent{n}"), hall);
        }
        for n in 0..50 {
            // each mistypes once and then does not
            let agent = format!("agent{n}");
            assert_eq!(throttle.tries(&agent, hall, now), Ok(()));
            assert_eq!(throttle.tries(&agent, hall, now), Ok(()));
            throttle.succeeded(&agent, hall);
        }
        // strangers at the same address wait, and one who is new there is let in once it was quiet
        let strangers = (0..100).filter(|n| throttle.tries(&format!("s{n}"), hall, now).is_ok()).count();
        assert_eq!(strangers, FREE_ADDRESS as usize);
        assert_eq!(throttle.tries("agent7", hall, now), Ok(()), "the owner does not");
        now += EASES * 10;
        for n in 0..5 {
            let new = format!("new{n}");
            assert_eq!(throttle.tries(&new, hall, now), Ok(()));
            throttle.succeeded(&new, hall);
        }
    }

    #[test]
    fn s40_a_flood_of_names_stays_within_bounds() {
        let throttle = Throttle::default();
        let now = Instant::now();
        for n in 0..60_000_u32 {
            let _ = throttle.tries(&format!("u{n}"), &format!("a{n}"), now + Duration::from_micros(n.into()));
        }
        assert!(throttle.0.lock().counts.len() <= MOST + 3);
        let _ = seconds(1);
    }

    #[test]
    fn s40_a_flood_of_names_and_addresses_frees_no_guesser_and_stops_no_owner() {
        let throttle = Throttle::default();
        let mut now = Instant::now();
        throttle.knows("marie", "192.0.2.7");
        for _ in 0..FREE_PAIR {
            throttle.tries("marie", "192.0.2.1", now).unwrap();
        }
        now += seconds(10);
        for n in 0..200_000_u32 {
            let _ = throttle.tries(&format!("u{n}"), &format!("a{n}"), now + Duration::from_micros(n.into()));
        }
        now += TIDY_EVERY * 2;
        throttle.tries("marie", "192.0.2.1", now).unwrap();
        let pause = throttle.tries("marie", "192.0.2.1", now).unwrap_err();
        assert!(pause >= seconds(2), "his count went on: {pause:?}");
        assert!(throttle.0.lock().counts.len() <= MOST + 3);
        assert_eq!(throttle.tries("marie", "192.0.2.7", now), Ok(()), "the owner is none of the crowd");
    }
}
