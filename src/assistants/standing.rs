//! How an assistant stands in this process, and who has a place with it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use parking_lot::Mutex;

/// Whether its published version answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing of it is published.
    #[default]
    Unpublished,
    /// Its sentences are being spoken.
    Preparing,
    /// It answers.
    Ready,
    /// Its newest version cannot speak: why. One before it may answer meanwhile.
    Failed(String),
}

/// One assistant, now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// See there.
    pub state: State,
    /// The version that answers; `None`: nobody does.
    pub serves: Option<i32>,
    /// Its hours say that it does not answer now.
    pub closed: bool,
    /// Callers who talk with it now.
    pub calls: usize,
    /// Who was sent on since the start, without having talked with it.
    pub paused: u64,
    /// While it was closed.
    pub while_closed: u64,
    /// Since as many as it takes were there.
    pub full: u64,
}

/// Why somebody was sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// It was paused.
    Paused,
    /// Closed.
    Closed,
    /// Full.
    Full,
}

/// The callers of one assistant, of whichever version.
#[derive(Debug, Default)]
pub struct Seats {
    now: AtomicUsize,
    paused: AtomicU64,
    closed: AtomicU64,
    full: AtomicU64,
}

impl Seats {
    /// A place for one more, where there are fewer than that.
    pub fn take(self: &Arc<Self>, most: usize) -> Option<Seat> {
        let one_more = |now: usize| (now < most).then_some(now + 1);
        self.now.fetch_update(Relaxed, Relaxed, one_more).ok()?;
        Some(Seat(self.clone()))
    }

    /// How many have one.
    pub fn now(&self) -> usize {
        self.now.load(Relaxed)
    }

    /// Somebody was sent on.
    pub fn count(&self, why: Counted) {
        let counter = match why {
            Counted::Paused => &self.paused,
            Counted::Closed => &self.closed,
            Counted::Full => &self.full,
        };
        counter.fetch_add(1, Relaxed);
    }
}

/// A caller's place, for as long as it lives.
#[derive(Debug)]
pub struct Seat(Arc<Seats>);

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Relaxed);
    }
}

/// Of all assistants, by id.
#[derive(Debug, Default)]
pub(super) struct Standings {
    seats: Mutex<BTreeMap<String, Arc<Seats>>>,
    told: Mutex<BTreeMap<String, Standing>>,
}

impl Standings {
    pub(super) fn seats(&self, id: &str) -> Arc<Seats> {
        self.seats.lock().entry(id.to_owned()).or_default().clone()
    }

    pub(super) fn tell(&self, id: &str, state: State, serves: Option<i32>) {
        let told = Standing { state, serves, ..Standing::default() };
        self.told.lock().insert(id.to_owned(), told);
    }

    /// Those that are gone are forgotten, once nobody talks with them.
    pub(super) fn keep(&self, is_there: impl Fn(&str) -> bool) {
        self.told.lock().retain(|id, _| is_there(id));
        self.seats.lock().retain(|id, seats| is_there(id) || seats.now() > 0);
    }

    pub(super) fn of(&self, id: &str) -> Standing {
        let seats = self.seats(id);
        Standing {
            calls: seats.now(),
            paused: seats.paused.load(Relaxed),
            while_closed: seats.closed.load(Relaxed),
            full: seats.full.load(Relaxed),
            ..self.told.lock().get(id).cloned().unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_had_while_it_lives_and_no_more_than_there_are() {
        let seats = Arc::new(Seats::default());
        let first = seats.take(2).expect("there is room");
        let _second = seats.take(2).expect("for two");
        assert!(seats.take(2).is_none());
        drop(first);
        assert!(seats.take(2).is_some(), "who leaves makes room");
        assert_eq!(seats.now(), 1);
    }
}
