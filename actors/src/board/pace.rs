//! When to publish: at once while few look, less often the more there are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Board;

/// How long a publication waits.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// From the first urgent change to its publication: one event touches a call, an agent and a
    /// queue, and they should be one frame.
    pub settle: Duration,
    /// Between two publications at least, however urgent.
    pub urgent: Duration,
    /// Between two publications when nothing is urgent, or nobody looks.
    pub soon: Duration,
    /// More between two publications for each client.
    pub per_client: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            settle: Duration::from_micros(300),
            urgent: Duration::from_millis(2),
            soon: Duration::from_millis(20),
            per_client: Duration::from_micros(20),
        }
    }
}

impl Pace {
    /// The least time between the starts of two publications, with that many clients, when the last
    /// one took so long: publishing never takes more than half a core, a quarter when nobody looks.
    pub(super) fn between(&self, urgent: bool, clients: usize, took: Duration) -> Duration {
        let least = if urgent && clients > 0 { self.urgent } else { self.soon };
        let clients = u32::try_from(clients).unwrap_or(u32::MAX);
        least.max(self.per_client.saturating_mul(clients)).max(took * if clients > 0 { 2 } else { 4 })
    }
}

/// The thread that publishes; it ends when this is dropped, after a last publication.
#[derive(Debug)]
pub struct Publisher {
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Publisher {
    /// Starts it. One a board: a second one is refused.
    ///
    /// # Errors
    /// When the system gives no thread, or the board has its publisher already.
    pub fn start(board: Arc<Board>, pace: Pace) -> std::io::Result<Self> {
        let ends = Arc::new(AtomicBool::new(false));
        let seen = ends.clone();
        let (told, tells) = std::sync::mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name("board".into()).spawn(move || {
            let alone = board.inbox.wake(std::thread::current());
            let _ = told.send(alone);
            if alone {
                run(&board, pace, &seen);
            }
        })?;
        match tells.recv() {
            Ok(true) => Ok(Self { ends, thread: Some(thread) }),
            _ => Err(std::io::Error::other("the board has its publisher already")),
        }
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

fn run(board: &Board, pace: Pace, ends: &AtomicBool) {
    let (mut last, mut took) = (None::<Instant>, Duration::ZERO);
    while !ends.load(Ordering::Acquire) {
        let (urgent, soon) = board.inbox.waits();
        if !urgent && !soon {
            std::thread::park();
            continue;
        }
        let clients = board.listeners.read().iter().map(|listener| listener.clients()).sum();
        let earliest = last.map(|last| last + pace.between(urgent, clients, took));
        let settled = Instant::now() + if urgent { pace.settle } else { pace.soon };
        let due = earliest.map_or(settled, |earliest| earliest.max(settled));
        wait(board, due, urgent, ends);
        if !urgent && board.inbox.waits().0 {
            continue; // something urgent came while we waited: it has its own time
        }
        let start = Instant::now();
        board.hungry_from(None);
        board.publish();
        took = start.elapsed();
        last = Some(start);
        let rested = start + pace.between(true, clients, took);
        board.hungry_from(rested.checked_sub(pace.settle));
    }
    board.hungry_from(Some(Instant::now()));
    board.publish();
}

/// Until `due`, or until something urgent comes for one that waits for nothing urgent.
fn wait(board: &Board, due: Instant, urgent: bool, ends: &AtomicBool) {
    loop {
        let now = Instant::now();
        if now >= due || ends.load(Ordering::Acquire) || (!urgent && board.inbox.waits().0) {
            return;
        }
        std::thread::park_timeout(due - now);
    }
}
