//! `Idempotency-Key`: what was asked once is done once, however often the question is repeated.
//!
//! The answer of an order that was sent is kept for an hour and given again to the same key with the same
//! body; another body under the same key is refused. An order that was refused before anything was sent
//! leaves its key free, so that the same order may be tried again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actors::command::Done;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::super::error::ApiError;

const HEADER: &str = "Idempotency-Key";
/// Longest key.
const LONGEST: usize = 128;
/// How long an answer is kept.
const LIFETIME: Duration = Duration::from_secs(3_600);
/// Keys at once; the oldest that is answered makes room.
const MOST: usize = 10_000;
/// And of one user: his own make room, never another's.
const MOST_OF_ONE: usize = 1_000;

/// What an order is: group, verb, and what its fields come to.
type About = (&'static str, &'static str, u64);

/// The keys of the last hour.
#[derive(Default)]
pub(crate) struct Once {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    entries: HashMap<String, Arc<Entry>>,
    by_age: BTreeMap<u64, String>,
    /// How many somebody has.
    of_one: HashMap<String, usize>,
    made: u64,
}

/// An order under a key.
pub(super) struct Entry {
    key: String,
    no: u64,
    about: About,
    began: Instant,
    outcome: Mutex<Option<Outcome>>,
    told: Notify,
}

#[derive(Clone)]
enum Outcome {
    Done(Done),
    /// Status, slug and words are made of it again for each who asks.
    Refused(Arc<ApiError>),
}

/// Who runs it.
pub(super) enum Turn {
    /// You do.
    First(Arc<Entry>),
    /// Somebody did, or does.
    Again(Arc<Entry>),
}

/// The key of a request.
pub(super) fn key(request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let mut all = request.headers().get_all(HEADER);
    let Some(value) = all.next() else { return Ok(None) };
    let key = value
        .to_str()
        .ok()
        .filter(|key| (1..=LONGEST).contains(&key.len()) && key.bytes().all(|b| (0x21..0x7f).contains(&b)));
    match (key, all.next()) {
        (Some(key), None) => Ok(Some(key.to_owned())),
        _ => Err(ApiError::field(HEADER, "expected one key of 1 to 128 printable characters without spaces")),
    }
}

impl Once {
    /// The order under that key, when there is one: it was asked for with the rights of then.
    pub(super) fn known(&self, key: &str, about: About) -> Result<Option<Arc<Entry>>, ApiError> {
        let mut state = self.state.lock();
        state.forget_old();
        match state.entries.get(key) {
            Some(entry) if entry.about != about => Err(KEY_USED),
            entry => Ok(entry.cloned()),
        }
    }

    /// Whose turn it is.
    pub(super) fn take(&self, key: String, about: About) -> Result<Turn, ApiError> {
        let mut state = self.state.lock();
        state.forget_old();
        if let Some(entry) = state.entries.get(&key) {
            if entry.about != about {
                return Err(KEY_USED);
            }
            return Ok(Turn::Again(Arc::clone(entry)));
        }
        let full = state.entries.len() >= MOST;
        let owner = owner(&key).to_owned();
        let too_many = state.of_one.get(&owner).is_some_and(|count| *count >= MOST_OF_ONE);
        if too_many && !state.make_room(Some(&owner)) || !too_many && full && !state.make_room(None) {
            return Err(ApiError::Busy("too many commands wait already; nothing was done"));
        }
        state.made += 1;
        let no = state.made;
        let entry = Arc::new(Entry {
            key: key.clone(),
            no,
            about,
            began: Instant::now(),
            outcome: Mutex::new(None),
            told: Notify::new(),
        });
        *state.of_one.entry(owner).or_default() += 1;
        state.by_age.insert(no, key.clone());
        state.entries.insert(key, Arc::clone(&entry));
        Ok(Turn::First(entry))
    }

    /// The first one is answered.
    pub(super) fn done(&self, entry: &Entry, outcome: Result<Done, ApiError>) {
        let sent = outcome.as_ref().err().is_none_or(ApiError::was_sent);
        *entry.outcome.lock() = Some(match outcome {
            Ok(done) => Outcome::Done(done),
            Err(problem) => Outcome::Refused(Arc::new(problem)),
        });
        entry.told.notify_waiters();
        if !sent {
            self.state.lock().forget(entry.no, &entry.key);
        }
    }
}

const KEY_USED: ApiError =
    ApiError::Conflict("key_used", "this Idempotency-Key was used for another command: use a new one");

/// Whose a key is: the part before the first space, which no key has.
fn owner(key: &str) -> &str {
    key.split_once(' ').map_or("", |(owner, _)| owner)
}

impl State {
    fn forget(&mut self, no: u64, key: &str) {
        self.by_age.remove(&no);
        if self.entries.get(key).is_some_and(|entry| entry.no == no) {
            self.entries.remove(key);
            let owner = owner(key);
            match self.of_one.get_mut(owner) {
                Some(count) if *count > 1 => *count -= 1,
                _ => drop(self.of_one.remove(owner)),
            }
        }
    }

    fn forget_old(&mut self) {
        while let Some((no, key)) = self.by_age.first_key_value().map(|(no, key)| (*no, key.clone())) {
            if self.entries.get(&key).is_some_and(|entry| entry.began.elapsed() < LIFETIME) {
                return;
            }
            self.forget(no, &key);
        }
    }

    /// Forgets the oldest that is answered, of that user or of anybody.
    fn make_room(&mut self, of: Option<&str>) -> bool {
        let answered = |key: &String| self.entries.get(key).is_none_or(|e| e.outcome.lock().is_some());
        let his = |key: &String| of.is_none_or(|user| owner(key) == user);
        let oldest =
            self.by_age.iter().find(|(_, key)| his(key) && answered(key)).map(|(no, key)| (*no, key.clone()));
        oldest.inspect(|(no, key)| self.forget(*no, key)).is_some()
    }
}

impl Entry {
    /// Waits until it is answered; every order is, since each has a deadline.
    pub(super) async fn outcome(&self) -> Result<Done, ApiError> {
        loop {
            let told = self.told.notified();
            let outcome = self.outcome.lock().clone();
            match outcome {
                Some(Outcome::Done(done)) => return Ok(done),
                Some(Outcome::Refused(problem)) => return Err(ApiError::Again(problem)),
                None => told.await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: About = ("calls", "hangup", 1);

    fn first(once: &Once, key: &str) -> Arc<Entry> {
        match once.take(key.into(), ABOUT) {
            Ok(Turn::First(entry)) => entry,
            _ => panic!("{key} is taken"),
        }
    }

    #[test]
    fn what_was_sent_is_remembered_and_what_was_not_may_be_tried_again() {
        let once = Once::default();
        once.done(&first(&once, "a"), Ok(Done::of("hangup")));
        assert!(matches!(once.take("a".into(), ABOUT), Ok(Turn::Again(_))));
        assert!(matches!(
            once.take("a".into(), ("calls", "hangup", 2)),
            Err(ApiError::Conflict("key_used", _))
        ));
        for sent in [ApiError::TimedOut, ApiError::LinkLost, ApiError::Pbx("no".into())] {
            once.done(&first(&once, "b"), Err(sent));
            assert!(matches!(once.take("b".into(), ABOUT), Ok(Turn::Again(_))));
            once.state.lock().entries.clear();
        }
        for not_sent in [ApiError::LinkDown, ApiError::NoSuchChannel, ApiError::Busy("busy")] {
            once.done(&first(&once, "c"), Err(not_sent));
        }
        first(&once, "c");
    }

    #[test]
    fn the_map_is_bounded_and_an_order_under_way_is_never_forgotten() {
        let once = Once::default();
        let running = first(&once, "running");
        let key = |n: usize| format!("u{} {n}", n % 100);
        for n in 0..MOST + 10 {
            once.done(&first(&once, &key(n)), Ok(Done::of("hangup")));
        }
        assert_eq!(once.state.lock().entries.len(), MOST);
        assert!(matches!(once.take("running".into(), ABOUT), Ok(Turn::Again(_))));
        assert!(matches!(once.take(key(0), ABOUT), Ok(Turn::First(_))), "the oldest made room");
        once.done(&running, Ok(Done::of("hangup")));
    }

    #[test]
    fn who_asks_with_ever_new_keys_pushes_out_his_own_and_nobody_elses() {
        let once = Once::default();
        once.done(&first(&once, "marie 1"), Ok(Done::of("hangup")));
        for n in 0..MOST_OF_ONE + 5 {
            once.done(&first(&once, &format!("loop {n}")), Ok(Done::of("hangup")));
        }
        assert!(matches!(once.known("marie 1", ABOUT), Ok(Some(_))));
        assert_eq!(once.state.lock().entries.len(), MOST_OF_ONE + 1);
        assert!(matches!(once.known("loop 4", ABOUT), Ok(None)));
        assert!(matches!(once.known("loop 5", ABOUT), Ok(Some(_))));
    }
}
