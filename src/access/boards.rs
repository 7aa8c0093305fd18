//! A board for each reach: what somebody sees of the floor is a board of its own, with numbers, history and
//! snapshots like the whole one, whose rows are serialised once for all who reach the same.
//!
//! ```text
//! the whole board ─changed rows─▶ feed: whose are they? ─▶ the boards of those reaches ─▶ their sessions
//! ```
//!
//! The feed asks of a changed row whose it is, and touches only the boards of those (and of those who had it
//! before): 2,000 agents who each see themselves cost what their own rows cost. Who reaches everything is
//! given the whole board itself; while there is nobody else, nothing is done here.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{JoinHandle, Thread};
use std::time::{Duration, Instant};

use actors::board::{Board, Limits, Listener, Urgency};
use actors::view::{Table, Text, View};
use ahash::{AHashMap, AHashSet};
use parking_lot::Mutex;

use super::Access;
use crate::auth::Reach;
use crate::people::{Directory, Owner, Sight};

/// Boards at once; more are refused.
const MOST: usize = 10_000;
/// A board that nobody holds goes after this.
const KEPT: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Of each; the rows are shared with nobody, the past is short.
const LIMITS: Limits =
    Limits { rows: 400_000, ring_bytes: 2 << 20, ring_count: 1024, frame_bytes: 128 << 10 };

/// All boards are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

type Told = Box<dyn Fn(&AHashSet<usize>) + Send + Sync>;

/// See the module.
pub struct Boards {
    whole: Arc<Board>,
    access: Access,
    feed: Arc<Mutex<Feed>>,
    bell: Arc<Bell>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Wakes the feed; silent while there is no board but the whole one.
#[derive(Default)]
struct Bell {
    boards: AtomicUsize,
    ends: AtomicBool,
    thread: Mutex<Option<Thread>>,
}

impl Bell {
    fn ring(&self) {
        if let Some(thread) = &*self.thread.lock() {
            thread.unpark();
        }
    }
}

impl Listener for Bell {
    fn published(&self, _seq: u64) {
        if self.boards.load(Ordering::Acquire) > 0 {
            self.ring();
        }
    }

    fn clients(&self) -> usize {
        0
    }
}

/// A board of one reach.
struct Scoped {
    reach: Reach,
    sight: Sight,
    board: Arc<Board>,
    used: Instant,
}

#[derive(Default)]
struct Feed {
    directory: Arc<Directory>,
    /// The number of the whole board that all are at.
    at: u64,
    scoped: AHashMap<usize, Scoped>,
    by_reach: AHashMap<Reach, usize>,
    by_owner: AHashMap<Owner, Vec<usize>>,
    holders: AHashMap<(Table, Text), Vec<usize>>,
    /// Interfaces of each queue's members, to see when they change.
    members: AHashMap<Text, Vec<Text>>,
    /// Call of each conversation with an assistant: whose it is changes with its call.
    sessions: AHashMap<Text, Text>,
    /// Number of the last one that was made.
    next: usize,
    told: Vec<Told>,
}

impl Boards {
    /// Of that board.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(whole: Arc<Board>, access: Access) -> std::io::Result<Arc<Self>> {
        let feed = Arc::new(Mutex::new(Feed::default()));
        let bell = Arc::new(Bell::default());
        let boards = Arc::new(Self { whole, access, feed, bell: bell.clone(), thread: Mutex::default() });
        if let Access::Accounts(accounts) = &boards.access {
            let watched = bell.clone();
            accounts.people.listen(move |_| watched.ring());
            boards.whole.listen(bell.clone());
            let weak = Arc::downgrade(&boards);
            let thread =
                std::thread::Builder::new().name("boards".into()).spawn(move || run(&weak, &bell))?;
            *boards.bell.thread.lock() = Some(thread.thread().clone());
            *boards.thread.lock() = Some(thread);
        }
        Ok(boards)
    }

    /// Is told which boards have something new. Must neither block nor call back.
    pub fn listen(&self, told: impl Fn(&AHashSet<usize>) + Send + Sync + 'static) {
        self.feed.lock().told.push(Box::new(told));
    }

    /// The board of that reach and its number; 0 is the whole one.
    ///
    /// # Errors
    /// When there are too many.
    pub fn of(&self, reach: &Reach) -> Result<(usize, Arc<Board>), TooMany> {
        if reach.all {
            return Ok((0, self.whole.clone()));
        }
        let mut feed = self.feed.lock();
        if let Some(n) = feed.by_reach.get(reach).copied()
            && let Some(scoped) = feed.scoped.get_mut(&n)
        {
            scoped.used = Instant::now();
            return Ok((n, scoped.board.clone()));
        }
        if feed.scoped.len() >= MOST {
            return Err(TooMany);
        }
        // first all are brought to one number, then the new one is filled as of then
        feed.advance(&self.whole, self.directory());
        let n = feed.add(reach);
        feed.fill(&self.whole, &[n]);
        self.bell.boards.store(feed.scoped.len(), Ordering::Release);
        let board = feed.scoped.get(&n).map(|scoped| scoped.board.clone()).ok_or(TooMany)?;
        drop(feed);
        // what was published meanwhile follows at once
        self.bell.ring();
        Ok((n, board))
    }

    fn directory(&self) -> Arc<Directory> {
        match &self.access {
            Access::Accounts(accounts) => accounts.people.now().unwrap_or_default(),
            Access::Open => Arc::default(),
        }
    }

    /// Boards besides the whole one.
    pub fn len(&self) -> usize {
        self.bell.boards.load(Ordering::Acquire)
    }

    /// Whether the whole one is the only one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Drop for Boards {
    fn drop(&mut self) {
        self.bell.ends.store(true, Ordering::Release);
        self.bell.ring();
        let own = std::thread::current().id();
        if let Some(thread) = self.thread.lock().take().filter(|thread| thread.thread().id() != own) {
            let _ = thread.join();
        }
    }
}

fn run(boards: &Weak<Boards>, bell: &Bell) {
    while !bell.ends.load(Ordering::Acquire) {
        std::thread::park_timeout(LOOK_EVERY);
        if bell.boards.load(Ordering::Acquire) == 0 {
            continue;
        }
        let Some(boards) = boards.upgrade() else { return };
        let mut feed = boards.feed.lock();
        feed.advance(&boards.whole, boards.directory());
        feed.tidy();
        bell.boards.store(feed.scoped.len(), Ordering::Release);
    }
}

impl Feed {
    fn add(&mut self, reach: &Reach) -> usize {
        // 0 is the whole board
        self.next += 1;
        let n = self.next;
        let sight = Sight::new(self.directory.clone(), reach.clone());
        for owner in Owner::of_reach(reach) {
            self.by_owner.entry(owner).or_default().push(n);
        }
        self.by_reach.insert(reach.clone(), n);
        let board = Board::new(LIMITS);
        self.scoped.insert(n, Scoped { reach: reach.clone(), sight, board, used: Instant::now() });
        n
    }

    /// Brings all boards to what the whole one is at.
    fn advance(&mut self, whole: &Board, directory: Arc<Directory>) {
        if directory.version != self.directory.version {
            self.directory = directory;
            for scoped in self.scoped.values_mut() {
                scoped.sight = Sight::new(self.directory.clone(), scoped.reach.clone());
            }
            self.everything(whole);
        } else {
            match whole.touched(self.at) {
                Some((at, rows)) => {
                    self.at = at;
                    self.rows(whole, rows);
                }
                None => self.everything(whole),
            }
        }
    }

    /// Every row anew: people changed, or history no longer reaches.
    fn everything(&mut self, whole: &Board) {
        self.at = whole.seq();
        let mut rows: AHashSet<(Table, Text)> = self.holders.keys().cloned().collect();
        for table in Table::ALL {
            rows.extend(whole.lines(table).iter().map(|line| (table, line.view.id().clone())));
        }
        self.members.clear();
        self.sessions.clear();
        self.rows(whole, rows.into_iter().collect());
    }

    /// A new board is given all that is its own.
    fn fill(&mut self, whole: &Board, new: &[usize]) {
        for table in Table::ALL {
            for line in whole.lines(table) {
                for n in new {
                    self.show(whole, *n, table, line.view.id(), Some(&line.view));
                }
            }
        }
        self.publish(new.iter().copied().collect());
    }

    fn rows(&mut self, whole: &Board, mut rows: Vec<(Table, Text)>) {
        if self.scoped.is_empty() {
            return;
        }
        let mut touched = AHashSet::new();
        let mut n = 0;
        while let Some((table, id)) = rows.get(n).cloned() {
            n += 1;
            let view = whole.line(table, &id).map(|line| line.view);
            if let Some(View::Queue(queue)) = view.as_deref() {
                let members: Vec<Text> = queue.members.iter().map(|m| m.interface.clone()).collect();
                // whose waiting calls are depends on whose agents serve them
                if self.members.get(&id) != Some(&members) {
                    self.members.insert(id.clone(), members);
                    rows.extend(queue.waiting.iter().map(|caller| (Table::Calls, caller.call.clone())));
                }
            } else if table == Table::Queues {
                self.members.remove(&id);
            }
            match view.as_deref() {
                Some(View::Session(session)) => {
                    if let Some(call) = &session.call {
                        self.sessions.insert(id.clone(), call.clone());
                    }
                }
                _ if table == Table::Sessions => drop(self.sessions.remove(&id)),
                _ if table == Table::Calls => {
                    let on_it = self.sessions.iter().filter(|(_, call)| **call == id);
                    rows.extend(on_it.map(|(session, _)| (Table::Sessions, session.clone())));
                }
                _ => {}
            }
            let mut whose: AHashSet<usize> =
                self.holders.get(&(table, id.clone())).into_iter().flatten().copied().collect();
            match view.as_deref() {
                Some(View::Pbx(_)) => whose.extend(self.scoped.keys().copied()),
                Some(view) => {
                    let owners = Owner::of_row(&self.directory, view, whole);
                    whose.extend(
                        owners.iter().filter_map(|owner| self.by_owner.get(owner)).flatten().copied(),
                    );
                }
                None => {}
            }
            for n in whose {
                self.show(whole, n, table, &id, view.as_ref());
                touched.insert(n);
            }
        }
        self.publish(touched);
    }

    /// Puts a row on a board as that one sees it, or takes it off.
    fn show(&mut self, whole: &Board, n: usize, table: Table, id: &Text, view: Option<&Arc<View>>) {
        let Some(scoped) = self.scoped.get(&n) else { return };
        let seen = view.and_then(|view| scoped.sight.row(view, whole));
        let key = (table, id.clone());
        match seen {
            Some(view) => {
                scoped.board.put(Arc::unwrap_or_clone(view), Urgency::Urgent);
                let holders = self.holders.entry(key).or_default();
                if !holders.contains(&n) {
                    holders.push(n);
                }
            }
            None => {
                let Some(holders) = self.holders.get_mut(&key) else { return };
                if let Some(at) = holders.iter().position(|holder| *holder == n) {
                    holders.swap_remove(at);
                    scoped.board.remove(table, id, Urgency::Urgent);
                }
                if holders.is_empty() {
                    self.holders.remove(&key);
                }
            }
        }
    }

    fn publish(&self, mut touched: AHashSet<usize>) {
        touched.retain(|n| self.scoped.get(n).is_some_and(|scoped| scoped.board.publish()));
        if !touched.is_empty() {
            self.told.iter().for_each(|told| told(&touched));
        }
    }

    /// Boards that nobody holds any more go.
    fn tidy(&mut self) {
        let now = Instant::now();
        let mut over = Vec::new();
        for (n, scoped) in &mut self.scoped {
            if Arc::strong_count(&scoped.board) > 1 {
                scoped.used = now;
            } else if now.duration_since(scoped.used) > KEPT {
                over.push(*n);
            }
        }
        if over.is_empty() {
            return;
        }
        for n in &over {
            if let Some(scoped) = self.scoped.remove(n) {
                self.by_reach.remove(&scoped.reach);
            }
        }
        let stays = |n: &usize| !over.contains(n);
        self.by_owner.retain(|_, all| {
            all.retain(stays);
            !all.is_empty()
        });
        self.holders.retain(|_, all| {
            all.retain(stays);
            !all.is_empty()
        });
    }
}

#[cfg(test)]
#[path = "boards_tests.rs"]
mod tests;
