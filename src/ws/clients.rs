//! Who is connected, and how each of them does: flags and instants that the publisher sets, the
//! session clears and the watch thread reads. No lock is held while anything is sent.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::{Duration, Instant};

use actix_web_actors::ws::CloseCode;
use actors::board::Listener;
use ahash::{AHashMap, AHashSet};
use parking_lot::{Mutex, RwLock};

use super::{Limits, Wire};
use crate::access::{Access, Bearer};
use crate::auth::{Reach, Right};

/// Its session is over.
const LOGGED_OUT: CloseCode = CloseCode::Other(4001);
/// He sees something else now: come back for it.
const RIGHTS_CHANGED: CloseCode = CloseCode::Other(4003);

/// What the hub counts.
#[derive(Debug, Default)]
pub struct Figures {
    /// Refused since there were too many.
    pub refused: AtomicU64,
    /// Shut or sent away since they did not read.
    pub closed_slow: AtomicU64,
    /// Shut since they did not answer pings.
    pub closed_silent: AtomicU64,
    /// Closed since they sent too much.
    pub closed_flood: AtomicU64,
    /// Times a client was given merged changes or a snapshot since it lagged.
    pub caught_up: AtomicU64,
}

/// Why a client has to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parting {
    pub(super) code: CloseCode,
    pub(super) reason: &'static str,
}

/// One client, shared by its session, the publisher and the watch thread. Instants are milliseconds
/// since the clients' start, 0 meaning "not".
#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: u64,
    /// Which board it follows; 0 is the whole one.
    board: usize,
    /// Who it is, to be looked up again, and how far he saw when he came.
    bearer: Bearer,
    reach: Reach,
    start: Instant,
    wire: Option<Weak<Wire>>,
    news: AtomicBool,
    waker: Mutex<Option<Waker>>,
    joined: u64,
    /// Something waits for it since it last took something.
    waiting: AtomicU64,
    /// It was last up to date before this.
    lagging: AtomicU64,
    heard: AtomicU64,
    parting: Mutex<Option<Parting>>,
    parting_since: AtomicU64,
}

impl Client {
    fn now(&self) -> u64 {
        millis(self.start)
    }

    /// There is something new.
    fn tell(&self) {
        if self.news.swap(true, Ordering::AcqRel) {
            return;
        }
        let _ = self.waiting.compare_exchange(0, self.now(), Ordering::AcqRel, Ordering::Acquire);
        self.wake();
    }

    fn wake(&self) {
        // a waker that was taken is put back by the next poll
        let waker = self.waker.lock().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The session is being polled: this wakes it next time.
    pub(super) fn polled(&self, waker: &Waker) {
        let mut kept = self.waker.lock();
        if kept.as_ref().is_none_or(|kept| !kept.will_wake(waker)) {
            *kept = Some(waker.clone());
        }
    }

    /// It is about to ask the board: what is published from now on counts as new.
    pub(super) fn looks(&self) {
        self.news.store(false, Ordering::Release);
    }

    /// It took something and there is more.
    pub(super) fn takes(&self) {
        let now = self.now();
        self.waiting.store(now, Ordering::Release);
        let _ = self.lagging.compare_exchange(0, now, Ordering::AcqRel, Ordering::Acquire);
    }

    /// It has everything; false when something came meanwhile.
    pub(super) fn is_up_to_date(&self) -> bool {
        self.waiting.store(0, Ordering::Release);
        self.lagging.store(0, Ordering::Release);
        !self.news.load(Ordering::Acquire)
    }

    /// A frame of it was read.
    pub(super) fn heard(&self) {
        self.heard.store(self.now(), Ordering::Release);
    }

    pub(super) fn was_heard(&self) -> bool {
        self.heard.load(Ordering::Acquire) != 0
    }

    /// Why it may not stay, as things are now: its session is over, or it sees something else than before.
    pub(super) fn unwelcome(&self, access: &Access) -> Option<Parting> {
        let Some(who) = access.still(&self.bearer) else {
            return Some(Parting { code: LOGGED_OUT, reason: "logged_out" });
        };
        let now = who.reach(Right::See).cloned().unwrap_or_default();
        (now != self.reach).then_some(Parting { code: RIGHTS_CHANGED, reason: "rights_changed" })
    }

    /// Asks it to go; the first reason stays.
    pub(super) fn send_away(&self, parting: Parting) {
        self.parting.lock().get_or_insert(parting);
        let _ = self.parting_since.compare_exchange(0, self.now(), Ordering::AcqRel, Ordering::Acquire);
        self.wake();
    }

    pub(super) fn parting(&self) -> Option<Parting> {
        *self.parting.lock()
    }
}

fn millis(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX).max(1)
}

/// Everybody who is connected.
#[derive(Debug)]
pub(super) struct Clients {
    start: Instant,
    limits: Limits,
    table: RwLock<AHashMap<u64, Arc<Client>>>,
    count: AtomicUsize,
    next: AtomicU64,
    /// Sessions that ended, whose connection may still hold bytes that nobody reads.
    leaving: Mutex<Vec<(u64, Weak<Wire>)>>,
    pub(super) figures: Figures,
}

impl Clients {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            start: Instant::now(),
            limits,
            table: RwLock::default(),
            count: AtomicUsize::new(0),
            next: AtomicU64::new(1),
            leaving: Mutex::default(),
            figures: Figures::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.count.load(Ordering::Acquire)
    }

    /// Takes a place, or `None` when all are taken.
    pub(super) fn admit(
        self: &Arc<Self>,
        wire: Option<&Arc<Wire>>,
        board: usize,
        bearer: Bearer,
        reach: Reach,
    ) -> Option<Member> {
        if self.count.fetch_add(1, Ordering::AcqRel) >= self.limits.clients {
            self.count.fetch_sub(1, Ordering::AcqRel);
            self.figures.refused.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        let client = Arc::new(Client {
            id: self.next.fetch_add(1, Ordering::Relaxed),
            board,
            bearer,
            reach,
            start: self.start,
            wire: wire.map(Arc::downgrade),
            news: AtomicBool::new(false),
            waker: Mutex::new(None),
            joined: millis(self.start),
            waiting: AtomicU64::new(0),
            lagging: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            parting: Mutex::new(None),
            parting_since: AtomicU64::new(0),
        });
        self.table.write().insert(client.id, client.clone());
        Some(Member { client, clients: self.clone() })
    }

    pub(super) fn send_all_away(&self, parting: Parting) {
        let all: Vec<_> = self.table.read().values().cloned().collect();
        for client in all {
            client.send_away(parting);
        }
    }

    /// One round of the watch thread: whose session is over is sent away (S44), and a page that is open is
    /// a session that is used.
    pub(super) fn check(&self, access: &Access) {
        let Access::Accounts(accounts) = access else { return };
        let all: Vec<_> = self.table.read().values().cloned().collect();
        for client in all {
            if client.parting().is_some() {
                continue;
            }
            if let Some(parting) = client.unwelcome(access) {
                client.send_away(parting);
            } else if let Bearer::Session { session, .. } = &client.bearer {
                accounts.sessions.touch(session);
            }
        }
    }

    /// There is something new on these boards.
    pub(super) fn tell(&self, boards: &AHashSet<usize>) {
        for client in self.table.read().values().filter(|client| boards.contains(&client.board)) {
            client.tell();
        }
    }

    /// There is something new for everybody.
    pub(super) fn tell_all(&self) {
        self.table.read().values().for_each(|client| client.tell());
    }

    /// One round of the watch thread.
    pub(super) fn watch(&self) {
        let now = millis(self.start);
        let past = |since: u64, limit: Duration| {
            since != 0 && u128::from(now.saturating_sub(since)) > limit.as_millis()
        };
        let all: Vec<_> = self.table.read().values().cloned().collect();
        for client in all {
            let (waiting, lagging) =
                (client.waiting.load(Ordering::Acquire), client.lagging.load(Ordering::Acquire));
            let heard = client.heard.load(Ordering::Acquire);
            let slow = &self.figures.closed_slow;
            let silent = &self.figures.closed_silent;
            if past(client.parting_since.load(Ordering::Acquire), self.limits.parting) {
                abort(&client.wire); // told to go and did not; counted when it was told
            } else if past(waiting, self.limits.stuck) {
                shut(&client, slow, "does not read");
            } else if heard == 0 && past(client.joined, self.limits.unheard) {
                shut(&client, silent, "never answered a ping");
            } else if heard != 0 && past(heard, self.limits.silent) {
                shut(&client, silent, "no longer answers pings");
            } else if past(lagging, self.limits.lag) && client.parting().is_none() {
                slow.fetch_add(1, Ordering::Relaxed);
                client.send_away(Parting { code: CloseCode::Again, reason: "slow" });
            }
        }
        self.leaving.lock().retain(|(since, wire)| {
            let Some(wire) = wire.upgrade() else { return false };
            if past(*since, self.limits.parting) {
                wire.abort();
            }
            true
        });
    }
}

fn shut(client: &Client, counter: &AtomicU64, why: &str) {
    // counted once: the table loses it when its connection has noticed
    if client.parting_since.swap(client.now(), Ordering::AcqRel) == 0 {
        counter.fetch_add(1, Ordering::Relaxed);
        log::info!("shutting WebSocket client {}: it {why}", client.id);
    }
    client.parting.lock().get_or_insert(Parting { code: CloseCode::Again, reason: "slow" });
    abort(&client.wire);
    client.wake();
}

fn abort(wire: &Option<Weak<Wire>>) {
    if let Some(wire) = wire.as_ref().and_then(Weak::upgrade) {
        wire.abort();
    }
}

impl Listener for Clients {
    fn published(&self, _seq: u64) {
        for client in self.table.read().values().filter(|client| client.board == 0) {
            client.tell();
        }
    }

    fn clients(&self) -> usize {
        self.len()
    }
}

/// A place among the clients; given back when dropped.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) client: Arc<Client>,
    pub(super) clients: Arc<Clients>,
}

impl Drop for Member {
    fn drop(&mut self) {
        self.clients.table.write().remove(&self.client.id);
        self.clients.count.fetch_sub(1, Ordering::AcqRel);
        if let Some(wire) = self.client.wire.clone().filter(|wire| wire.strong_count() > 0) {
            self.clients.leaving.lock().push((millis(self.clients.start), wire));
        }
    }
}
