//! `Idempotency-Key`: what was asked once is done once, however often the question is repeated.
//!
//! The answer of an order that was sent is kept for an hour and given again to the same key with the same
//! body; another body under the same key is refused. An order that was refused before anything was sent
//! leaves its key free, so that the same order may be tried again. With a folder to keep them in, keys
//! outlive a crash ([`super::kept`]).

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use actix_web::HttpRequest;
use actors::command::Done;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::super::error::ApiError;
use super::kept::{Disk, Line, Told};

const HEADER: &str = "Idempotency-Key";
/// Longest key.
const LONGEST: usize = 128;
/// How long an answer is kept.
const LIFETIME: Duration = Duration::from_secs(3_600);
/// Keys at once; the oldest that is answered makes room.
const MOST: usize = 10_000;
/// And of one user: his own make room, never another's.
const MOST_OF_ONE: usize = 1_000;

/// The keys of the last hour.
#[derive(Default)]
pub(crate) struct Once {
    state: Mutex<State>,
    disk: Option<Disk>,
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
    /// Group, verb, and what its fields come to.
    about: String,
    began: Instant,
    outcome: Mutex<Option<Outcome>>,
    told: Notify,
}

/// What is told of an order that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// The word of [`Done`].
    pub(super) outcome: Cow<'static, str>,
    /// The channel that it made, by its name.
    pub(super) channel: Option<String>,
}

#[derive(Clone)]
enum Outcome {
    Done(Answer),
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
    /// With what stands in that folder.
    ///
    /// # Errors
    /// With the path, when it cannot be read or written.
    pub(crate) fn kept_in(folder: PathBuf) -> io::Result<Self> {
        let (disk, lines) = Disk::open(folder)?;
        let mut state = State::default();
        for line in lines {
            state.read(line);
        }
        state.forget_old();
        for entry in state.entries.values() {
            entry.outcome.lock().get_or_insert_with(|| Outcome::Refused(Arc::new(ApiError::Interrupted)));
        }
        Ok(Self { state: Mutex::new(state), disk: Some(disk) })
    }

    /// The order under that key, when there is one: it was asked for with the rights of then.
    pub(super) fn known(&self, key: &str, about: &str) -> Result<Option<Arc<Entry>>, ApiError> {
        self.state.lock().known(key, about)
    }

    /// Whose turn it is.
    pub(super) fn take(&self, key: String, about: String) -> Result<Turn, ApiError> {
        let mut state = self.state.lock();
        if let Some(entry) = state.known(&key, &about)? {
            return Ok(Turn::Again(entry));
        }
        let full = state.entries.len() >= MOST;
        let owner = owner(&key);
        let too_many = state.of_one.get(owner).is_some_and(|count| *count >= MOST_OF_ONE);
        if too_many && !state.make_room(Some(owner)) || !too_many && full && !state.make_room(None) {
            return Err(ApiError::Busy("too many commands wait already; nothing was done"));
        }
        Ok(Turn::First(state.add(key, about, Instant::now())))
    }

    /// Puts the key on disk: only then may its order be sent.
    pub(super) async fn begin(&self, entry: &Entry) -> Result<(), ApiError> {
        let Some(disk) = &self.disk else { return Ok(()) };
        let (key, about) = (entry.key.clone(), entry.about.clone());
        let safe = disk.put(Line::Begun { key, about, at_ms: now_ms() }).await;
        if safe { Ok(()) } else { Err(ApiError::KeyUnwritten) }
    }

    /// The first one is answered.
    pub(super) fn done(&self, entry: &Entry, outcome: Result<Done, ApiError>) {
        let told = Told::of(&outcome);
        let sent = told.is_some();
        if let Some(disk) = &self.disk {
            let key = entry.key.clone();
            disk.add(match told {
                Some(told) => Line::Ended { key, told },
                None => Line::Freed { key },
            });
        }
        *entry.outcome.lock() = Some(match outcome {
            Ok(done) => Outcome::Done(done.into()),
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

impl From<Done> for Answer {
    fn from(done: Done) -> Self {
        Self { outcome: done.outcome.into(), channel: done.channel.map(Into::into) }
    }
}

impl From<Told> for Outcome {
    fn from(told: Told) -> Self {
        let refused = match told {
            Told::Done { outcome, channel } => {
                return Self::Done(Answer { outcome: outcome.into(), channel });
            }
            Told::Pbx(words) => ApiError::Pbx(words),
            Told::LinkLost => ApiError::LinkLost,
            Told::TimedOut => ApiError::TimedOut,
            Told::NoAnswer => ApiError::Conflict("station_no_answer", "the phone did not answer"),
            Told::Busy => ApiError::Conflict("station_busy", "the phone is busy"),
            Told::AlreadyEnded => ApiError::Conflict("already_ended", "the channel hung up before"),
        };
        Self::Refused(Arc::new(refused))
    }
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

impl State {
    fn known(&mut self, key: &str, about: &str) -> Result<Option<Arc<Entry>>, ApiError> {
        self.forget_old();
        match self.entries.get(key) {
            Some(entry) if entry.about != about => Err(KEY_USED),
            entry => Ok(entry.cloned()),
        }
    }

    fn add(&mut self, key: String, about: String, began: Instant) -> Arc<Entry> {
        self.made += 1;
        let no = self.made;
        let (outcome, told) = (Mutex::new(None), Notify::new());
        let entry = Arc::new(Entry { key: key.clone(), no, about, began, outcome, told });
        *self.of_one.entry(owner(&key).to_owned()).or_default() += 1;
        self.by_age.insert(no, key.clone());
        self.entries.insert(key, Arc::clone(&entry));
        entry
    }

    /// A line that stood on disk.
    fn read(&mut self, line: Line) {
        match line {
            Line::Begun { key, about, at_ms } => {
                // a clock that went back makes no key older
                let age = Duration::from_millis(u64::try_from(now_ms() - at_ms).unwrap_or(0));
                if let Some(no) = self.entries.get(&key).map(|entry| entry.no) {
                    self.forget(no, &key);
                }
                if let Some(began) = Instant::now().checked_sub(age).filter(|_| age < LIFETIME) {
                    self.add(key, about, began);
                }
            }
            Line::Ended { key, told } => {
                if let Some(entry) = self.entries.get(&key) {
                    *entry.outcome.lock() = Some(told.into());
                }
            }
            Line::Freed { key } => {
                if let Some(no) = self.entries.get(&key).map(|entry| entry.no) {
                    self.forget(no, &key);
                }
            }
        }
    }

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
    pub(super) async fn outcome(&self) -> Result<Answer, ApiError> {
        loop {
            let told = self.told.notified();
            let outcome = self.outcome.lock().clone();
            match outcome {
                Some(Outcome::Done(answer)) => return Ok(answer),
                Some(Outcome::Refused(problem)) => return Err(ApiError::Again(problem)),
                None => told.await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: &str = "calls/hangup 1";

    fn first(once: &Once, key: &str) -> Arc<Entry> {
        match once.take(key.into(), ABOUT.into()) {
            Ok(Turn::First(entry)) => entry,
            _ => panic!("{key} is taken"),
        }
    }

    #[test]
    fn what_was_sent_is_remembered_and_what_was_not_may_be_tried_again() {
        let once = Once::default();
        once.done(&first(&once, "a"), Ok(Done::of("hangup")));
        assert!(matches!(once.take("a".into(), ABOUT.into()), Ok(Turn::Again(_))));
        assert!(matches!(
            once.take("a".into(), "calls/hangup 2".into()),
            Err(ApiError::Conflict("key_used", _))
        ));
        for sent in [ApiError::TimedOut, ApiError::LinkLost, ApiError::Pbx("no".into())] {
            once.done(&first(&once, "b"), Err(sent));
            assert!(matches!(once.take("b".into(), ABOUT.into()), Ok(Turn::Again(_))));
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
        assert!(matches!(once.take("running".into(), ABOUT.into()), Ok(Turn::Again(_))));
        assert!(matches!(once.take(key(0), ABOUT.into()), Ok(Turn::First(_))), "the oldest made room");
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
    /// As after a crash: nothing is told to the first.
    fn again(folder: &tempfile::TempDir, once: Once) -> Once {
        drop(once);
        Once::kept_in(folder.path().join("keys")).unwrap()
    }

    #[tokio::test]
    async fn f28_f55_a_key_outlives_a_crash_with_what_became_of_its_order() {
        let folder = tempfile::tempdir().unwrap();
        let once = Once::kept_in(folder.path().join("keys")).unwrap();
        let (mut done, busy, under_way, free) = (
            Done::of("dialing"),
            first(&once, "u busy"),
            first(&once, "u under-way"),
            first(&once, "u free"),
        );
        done.channel = Some("PJSIP/1001-00000001".into());
        let first_done = first(&once, "u done");
        for entry in [&first_done, &busy, &under_way, &free] {
            once.begin(entry).await.unwrap();
        }
        once.done(&first_done, Ok(done.clone()));
        once.done(&busy, Err(ApiError::Conflict("station_busy", "busy")));
        once.done(&free, Err(ApiError::LinkDown));
        let once = again(&folder, once);
        let told = |key: &str| once.known(key, ABOUT).unwrap().expect("it is known");
        assert_eq!(told("u done").outcome().await.unwrap(), done.into());
        assert_eq!(told("u busy").outcome().await.unwrap_err().slug(), "station_busy");
        let problem = told("u under-way").outcome().await.unwrap_err();
        assert_eq!(problem.slug(), "interrupted", "{problem}");
        assert!(once.known("u free", ABOUT).unwrap().is_none());
        assert!(matches!(once.known("u done", "calls/hangup 2"), Err(ApiError::Conflict("key_used", _))));
        assert_eq!(once.state.lock().of_one["u"], 3);
    }

    #[tokio::test]
    async fn a_key_on_disk_is_forgotten_after_its_hour() {
        let folder = tempfile::tempdir().unwrap();
        let (disk, _) = Disk::open(folder.path().join("keys")).unwrap();
        let ms = i64::try_from(LIFETIME.as_millis()).unwrap();
        for (key, at_ms) in
            [("u old", now_ms() - ms - 1), ("u young", now_ms() - ms + 60_000), ("u tomorrow", now_ms() + ms)]
        {
            assert!(disk.put(Line::Begun { key: key.into(), about: ABOUT.into(), at_ms }).await);
        }
        drop(disk);
        let once = Once::kept_in(folder.path().join("keys")).unwrap();
        assert!(once.known("u old", ABOUT).unwrap().is_none());
        assert!(once.known("u young", ABOUT).unwrap().is_some());
        assert!(once.known("u tomorrow", ABOUT).unwrap().is_some());
    }
}
