//! The board: the read model of everything live, and the only thing that readers read.
//!
//! ```text
//! shells ─put/remove─▶ inbox (16 locks, last view of each row) ─▶ publisher ─▶ rows as of `seq`  ─▶ snapshot
//! router ─pbx_trust──▶                                                     └─▶ ring of changes ─▶ deltas
//! ```
//!
//! * Writers ([`Board::put`], [`Board::remove`], [`Board::pbx_trust`]) only leave their newest view
//!   in the inbox; what is written twice before a publication is shown once.
//! * One publication serialises each changed row once, gives the change one sequence number and
//!   tells the listeners. Every frame says which number it follows, so a gap is always seen.
//! * A snapshot at `seq` followed by the changes after `seq` has no hole, whatever is written
//!   meanwhile: both come from the publisher's own rows, never from the inbox.
//! * While the publisher works or pauses the board is not hungry ([`Board::is_hungry`]): who has much
//!   to do keeps its rows back meanwhile, so that under load a row is made once a publication.
//! * The run id is new for each process, so that a restart of ours is never taken for a gap.
//!
//! What does not live here: clients and their sockets (the server's `ws`), filters and paging
//! (`http`), and how a row comes about (the entities).

mod figures;
mod frame;
mod inbox;
mod pace;
mod publish;
mod ring;
mod rows;
mod snapshot;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::{Mutex, RwLock};

use crate::view::{Table, Text, Trust, View};

pub use figures::{Figures, LATENCY_BUCKETS_US};
pub use pace::{Pace, Publisher};
pub use ring::News;
pub use rows::Line;
pub use snapshot::Snapshot;

/// How soon a change must be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// A person waits for it: a new call, ringing, answer, hangup, pause, a queue joined or left.
    Urgent,
    /// May wait for the next flush, 20 ms.
    Soon,
}

/// What the board may hold at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Rows of all tables; more are refused and counted.
    pub rows: usize,
    /// Bytes of past changes kept for those who come back.
    pub ring_bytes: usize,
    /// Number of past changes kept.
    pub ring_count: usize,
    /// Bytes of rows in one frame; a larger publication becomes several, each with its number.
    pub frame_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: 400_000, ring_bytes: 16 << 20, ring_count: 8192, frame_bytes: 128 << 10 }
    }
}

/// Told after each publication, on the publisher's thread: must neither block nor call back.
pub trait Listener: Send + Sync {
    /// The board is now at `seq`.
    fn published(&self, seq: u64);

    /// How many clients stand behind it; the publisher slows down with them.
    fn clients(&self) -> usize;
}

/// See the module.
pub struct Board {
    run: Text,
    limits: Limits,
    seq: AtomicU64,
    /// See [`Board::is_hungry`]: microseconds since `born`.
    hungry_from: AtomicU64,
    born: Instant,
    inbox: inbox::Inbox,
    rows: RwLock<rows::Rows>,
    ring: RwLock<ring::Ring>,
    publishing: Mutex<publish::State>,
    cache: Mutex<snapshot::Cache>,
    listeners: RwLock<Vec<Arc<dyn Listener>>>,
    figures: Figures,
}

impl std::fmt::Debug for Board {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Board").field("run", &self.run).field("seq", &self.seq()).finish_non_exhaustive()
    }
}

impl Board {
    /// An empty board with a run id of its own. Nothing is published until [`Publisher::start`] or
    /// [`Board::publish`].
    pub fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            run: run_id(),
            limits,
            seq: AtomicU64::new(0),
            hungry_from: AtomicU64::new(0),
            born: Instant::now(),
            inbox: inbox::Inbox::default(),
            rows: RwLock::default(),
            ring: RwLock::new(ring::Ring::new(limits.ring_bytes, limits.ring_count)),
            publishing: Mutex::default(),
            cache: Mutex::default(),
            listeners: RwLock::default(),
            figures: Figures::default(),
        })
    }

    /// Shows this view of its row from the next publication on.
    pub fn put(&self, view: View, urgency: Urgency) {
        self.put_received(view, urgency, Instant::now());
    }

    /// The same, for an event read at `received` (the delay to publication is measured from there).
    pub fn put_received(&self, view: View, urgency: Urgency, received: Instant) {
        self.inbox.put(view, urgency, received);
    }

    /// Takes a row off the board.
    pub fn remove(&self, table: Table, id: &str, urgency: Urgency) {
        self.inbox.remove(table, id, urgency, Instant::now());
    }

    /// From now on every row of that PBX shows the worst of its own trust and this one; `Live` ends it.
    pub fn pbx_trust(&self, pbx: &str, trust: Trust) {
        self.inbox.pbx_trust(pbx, trust);
    }

    /// New for each process.
    pub fn run(&self) -> &Text {
        &self.run
    }

    /// Number of the last publication; 0 before the first.
    pub fn seq(&self) -> u64 {
        self.seq.load(Ordering::Acquire)
    }

    /// Counters and the histogram of delays.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// Rows changed and not yet published.
    pub fn dirty(&self) -> usize {
        self.inbox.depth()
    }

    /// Bytes of past changes held now.
    pub fn ring_bytes(&self) -> usize {
        self.ring.read().bytes()
    }

    /// Whether a view left now is published soon. While the publisher works or pauses, who has much
    /// else to do may keep its rows back: a newer view would only replace them in the inbox.
    pub fn is_hungry(&self, now: Instant) -> bool {
        let now = now.saturating_duration_since(self.born).as_micros();
        now >= u128::from(self.hungry_from.load(Ordering::Relaxed))
    }

    /// From then on; `None`: not before it is said again.
    fn hungry_from(&self, from: Option<Instant>) {
        let from = from.map_or(u64::MAX, |from| {
            let micros = from.saturating_duration_since(self.born).as_micros();
            u64::try_from(micros).unwrap_or(u64::MAX)
        });
        self.hungry_from.store(from, Ordering::Relaxed);
    }

    /// Has the listener told from the next publication on.
    pub fn listen(&self, listener: Arc<dyn Listener>) {
        self.listeners.write().push(listener);
    }

    /// Published rows of a table, in no order.
    pub fn lines(&self, table: Table) -> Vec<Line> {
        self.rows.read().lines(table)
    }

    /// How many published rows a table has.
    pub fn len(&self, table: Table) -> usize {
        self.rows.read().len(table)
    }

    /// Whether nothing is published.
    pub fn is_empty(&self) -> bool {
        Table::ALL.into_iter().all(|table| self.len(table) == 0)
    }

    /// One published row.
    pub fn line(&self, table: Table, id: &str) -> Option<Line> {
        self.rows.read().line(table, id)
    }

    /// The number of the last publication, and every row that changed after `after`, for boards that are
    /// made from this one; `None` when history no longer reaches.
    pub fn touched(&self, after: u64) -> Option<(u64, Vec<(Table, Text)>)> {
        // a frame stands in history a moment before its rows are seen: only those up to the number count
        let until = self.seq();
        self.ring.read().touched(after, until).map(|rows| (until, rows))
    }

    /// What a client that has everything up to `after` needs next.
    pub fn news(&self, after: u64) -> News {
        let seq = self.seq();
        if after == seq { News::UpToDate } else { self.ring.read().news(&self.run, after) }
    }
}

/// 16 hex digits from the system's random source, through the keys std draws for its hash maps.
fn run_id() -> Text {
    use std::hash::{BuildHasher, Hasher};
    let state = std::collections::hash_map::RandomState::new();
    let mut hasher = state.build_hasher();
    hasher.write_u32(std::process::id());
    compact_str::format_compact!("{:016x}", hasher.finish())
}
