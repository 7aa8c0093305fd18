//! What stands on agents' desks: messages to them, their raised hands, and that somebody listens to them.
//!
//! ```text
//! REST ─▶ Desks ─▶ PostgreSQL ─▶ memory ─▶ board (`desks`) ─▶ every page that may see the agent
//! ```
//!
//! A change is stored before it is shown or acknowledged, so that a restart loses nothing that was said (F25);
//! while the database is away nothing can be said, and the floor, which never waits for it, goes on. Where
//! nothing is kept desks live in memory. When it is not known whether a change was stored, all desks are read
//! anew before the next one. That somebody listens is of the moment, and never stored. Bounded: see the constants.

mod store;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actors::board::{Board, Urgency};
use actors::keys::Micros;
use actors::view::{DeskView, HandView, ListenedView, MessageView, Table, Text, View};
use ahash::AHashMap;
use parking_lot::Mutex;
use tokio::sync::{Mutex as Turn, RwLock};

use crate::db::{Db, Unavailable};
use store::Store;

/// Messages that an agent has at once; the oldest goes for a new one.
const MOST_MESSAGES: usize = 20;
/// Agents that have a desk at once.
const MOST_DESKS: usize = 10_000;
/// A message that was read stays so long, s.
const READ_STAYS_S: i64 = 12 * 3600;
/// A message that was not stays so long, s.
const UNREAD_STAYS_S: i64 = 31 * 86_400;
/// A hand that nobody lowered stays raised so long, s.
const HAND_STAYS_S: i64 = 86_400;
/// How long a change may take.
const WITHIN: Duration = Duration::from_secs(2);
/// Changes of so many agents at once; those of one are one after the other.
const TURNS: usize = 32;

/// What is done to a desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A message is put on it.
    Message {
        /// Who wrote it, or empty.
        from: String,
        /// What.
        text: String,
    },
    /// Its messages were read.
    Read,
    /// The hand is raised, and why.
    Raise(String),
    /// It is lowered.
    Lower,
}

/// Why it was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotDone {
    /// Too many agents have a desk already.
    TooMany,
    /// The database cannot be asked, or did not answer in time.
    Unavailable(Unavailable),
}

impl From<Unavailable> for NotDone {
    fn from(why: Unavailable) -> Self {
        Self::Unavailable(why)
    }
}

/// See the module.
pub struct Desks {
    store: Option<Store>,
    rows: Mutex<AHashMap<Text, DeskView>>,
    /// Of the last message, where nothing is stored.
    messages: AtomicU64,
    /// Memory is what is stored.
    known: AtomicBool,
    /// Held for writing while all desks are read.
    reading: RwLock<()>,
    turns: Vec<Turn<()>>,
}

impl Desks {
    /// Kept in that database, or in memory only.
    pub fn new(db: Option<Db>) -> Self {
        Self {
            known: AtomicBool::new(db.is_none()),
            store: db.map(Store::new),
            rows: Mutex::default(),
            messages: AtomicU64::new(0),
            reading: RwLock::new(()),
            turns: (0..TURNS).map(|_| Turn::new(())).collect(),
        }
    }

    /// Whether memory is what is stored.
    pub fn is_known(&self) -> bool {
        self.known.load(Ordering::Acquire)
    }

    /// Reads all desks, unless they are known, and shows them.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn load(&self, board: &Board) -> Result<(), Unavailable> {
        let Some(store) = &self.store else { return Ok(()) };
        let _alone = self.reading.write().await;
        if self.is_known() {
            return Ok(());
        }
        let stored = store.all().await?;
        let mut stored = stored;
        let mut rows = self.rows.lock();
        for (id, desk) in rows.iter_mut() {
            if let Some(listened) = desk.listened.take() {
                let kept = stored.entry(id.clone()).or_insert_with(|| empty(id, &desk.pbx));
                kept.listened = Some(listened);
            } else if !stored.contains_key(id) {
                board.remove(Table::Desks, id, Urgency::Urgent);
            }
        }
        for desk in stored.values() {
            board.put(View::Desk(desk.clone()), Urgency::Urgent);
        }
        *rows = stored;
        self.known.store(true, Ordering::Release);
        Ok(())
    }

    /// Forgets what is known, so that what has become too old goes with the next reading.
    pub fn sweep(&self) {
        self.known.store(self.store.is_none(), Ordering::Release);
    }

    /// Changes an agent's desk and shows it; gives the number of the message, if it is one. An empty desk is
    /// taken off the board.
    ///
    /// # Errors
    /// Why it was not done; after [`NotDone::Unavailable`] it may be seen later that it was.
    pub async fn change(&self, board: &Board, id: &str, pbx: &Text, change: Change) -> Result<u64, NotDone> {
        let late = || Unavailable::Away(format!("it did not answer within {WITHIN:?}"));
        let done = tokio::time::timeout(WITHIN, self.do_change(board, id, pbx, change)).await;
        done.unwrap_or_else(|_| {
            self.sweep();
            Err(late().into())
        })
    }

    async fn do_change(&self, board: &Board, id: &str, pbx: &Text, change: Change) -> Result<u64, NotDone> {
        if !self.is_known() {
            self.load(board).await?;
        }
        let _known = self.reading.read().await;
        let _turn = self.turns[turn_of(id)].lock().await;
        {
            let rows = self.rows.lock();
            if !rows.contains_key(id) && rows.len() >= MOST_DESKS {
                return Err(NotDone::TooMany);
            }
        }
        let at = now();
        let number = match &self.store {
            None => self.messages.fetch_add(1, Ordering::Relaxed) + 1,
            Some(store) => {
                // whoever gives up while it is being stored does not know whether it was
                let unknown = Unknown(&self.known);
                let number = store.change(id, &change, at).await?;
                std::mem::forget(unknown);
                number
            }
        };
        self.show(board, id, pbx, change, number, at);
        Ok(number)
    }

    fn show(&self, board: &Board, id: &str, pbx: &Text, change: Change, number: u64, at: Micros) {
        let mut rows = self.rows.lock();
        let desk = rows.entry(id.into()).or_insert_with(|| empty(id, pbx));
        let old = at.0.saturating_sub(READ_STAYS_S * 1_000_000);
        desk.messages.retain(|message| message.read_ms.is_none_or(|read| read.0 > old));
        match change {
            Change::Message { from, text } => {
                desk.messages.push(MessageView {
                    id: number,
                    from: from.into(),
                    text: text.into(),
                    at_ms: at,
                    read_ms: None,
                });
                let many = desk.messages.len().saturating_sub(MOST_MESSAGES);
                desk.messages.drain(..many);
            }
            Change::Read => {
                for message in &mut desk.messages {
                    message.read_ms.get_or_insert(at);
                }
            }
            Change::Raise(text) => {
                // raised again it stands since it was raised first
                let since_ms = desk.hand.as_ref().map_or(at, |hand| hand.since_ms);
                desk.hand = Some(HandView { since_ms, text: text.into() });
            }
            Change::Lower => desk.hand = None,
        }
        put(&mut rows, board, id);
    }

    /// Who is listened to now and shall know it: PBX and mode by the agent's id.
    pub fn listened(&self, board: &Board, now_heard: &AHashMap<Text, (Text, &'static str)>) {
        let mut rows = self.rows.lock();
        let mut changed: Vec<Text> = Vec::new();
        for (id, (pbx, mode)) in now_heard {
            if !rows.contains_key(id) && rows.len() >= MOST_DESKS {
                log::warn!("too many desks: {id} is not told that somebody listens");
                continue;
            }
            let desk = rows.entry(id.clone()).or_insert_with(|| empty(id, pbx));
            if desk.listened.as_ref().is_none_or(|listened| listened.mode != *mode) {
                let since_ms = desk.listened.as_ref().map_or_else(now, |listened| listened.since_ms);
                desk.listened = Some(ListenedView { since_ms, mode: (*mode).into() });
                changed.push(id.clone());
            }
        }
        for (id, desk) in rows.iter_mut() {
            if !now_heard.contains_key(id) && desk.listened.take().is_some() {
                changed.push(id.clone());
            }
        }
        for id in changed {
            put(&mut rows, board, &id);
        }
    }
}

fn empty(id: &str, pbx: &Text) -> DeskView {
    DeskView { id: id.into(), pbx: pbx.clone(), hand: None, listened: None, messages: Vec::new() }
}

/// Shows a desk, or takes an empty one off the board. Under the lock of the rows, so that what is shown last is
/// what was said last.
fn put(rows: &mut AHashMap<Text, DeskView>, board: &Board, id: &str) {
    let Some(desk) = rows.get(id) else { return };
    if desk.hand.is_none() && desk.listened.is_none() && desk.messages.is_empty() {
        rows.remove(id);
        board.remove(Table::Desks, id, Urgency::Urgent);
    } else {
        board.put(View::Desk(desk.clone()), Urgency::Urgent);
    }
}

/// Dropped, memory is no longer known to be what is stored.
struct Unknown<'a>(&'a AtomicBool);

impl Drop for Unknown<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

fn turn_of(id: &str) -> usize {
    id.bytes().fold(0usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte))) % TURNS
}

/// Our clock.
fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
