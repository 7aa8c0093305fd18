//! Who holds an arbiter. One OS thread looks; it moves nothing and kills nothing.
//!
//! Each thread of actors publishes which actor it is in and how many polls it began; no clock is
//! read there. The watchdog adds up its own steps while both stay the same, and a step counts only
//! for about its planned length: while the whole process was stopped, nobody was at fault.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use compact_str::CompactString;
use parking_lot::Mutex;

use super::meta::{Meta, beat};
use super::node::Node;
use super::notice::{Notice, tell};

/// How often the watchdog looks.
const STEP: Duration = Duration::from_millis(20);
/// Held that long: named, by 250 ms at the latest.
const WARN: Duration = Duration::from_millis(200);
/// Held that long: an alarm, and not ready.
const ALARM: Duration = Duration::from_secs(5);
/// How often an arbiter bumps its tick.
const TICK: Duration = Duration::from_millis(100);
/// No tick for that long: something outside actors holds the arbiter.
const TICK_WARN: Duration = Duration::from_millis(300);

const OUTSIDE: &str = "outside any actor";

/// What one thread publishes of itself.
#[derive(Debug, Default)]
pub(super) struct Beat {
    actor: AtomicU64,
    polls: AtomicU64,
    ticks: AtomicU64,
}

static BEATS: Mutex<Vec<Weak<Beat>>> = Mutex::new(Vec::new());

impl Beat {
    pub(super) fn register() -> Arc<Self> {
        let beat = Arc::new(Self::default());
        let mut beats = BEATS.lock();
        beats.retain(|b| b.strong_count() > 0);
        beats.push(Arc::downgrade(&beat));
        beat
    }

    pub(super) fn enter(&self, actor: u64) {
        // one writer: this thread
        self.polls.store(self.polls.load(Relaxed) + 1, Relaxed);
        self.actor.store(actor, Relaxed);
    }

    pub(super) fn leave(&self) {
        self.actor.store(0, Relaxed);
    }
}

/// Lets the watchdog see that this arbiter lives, whatever runs on it.
pub fn tick_here() {
    let beat = beat();
    actix::spawn(async move {
        let mut interval = tokio::time::interval(TICK);
        loop {
            interval.tick().await;
            beat.ticks.store(beat.ticks.load(Relaxed) + 1, Relaxed);
        }
    });
}

/// An arbiter held now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The actor, or `outside any actor`.
    pub actor: CompactString,
    /// The message it works on.
    pub message: &'static str,
    /// As far as seen.
    pub held: Duration,
}

/// The looking thread; it ends when this is dropped.
#[derive(Debug)]
pub struct Watchdog {
    stop: Arc<AtomicBool>,
    held: Arc<Mutex<Vec<Held>>>,
}

impl Watchdog {
    /// Starts looking after all arbiters whose actors live below `root`.
    pub fn start(root: &Arc<Node>) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let held = Arc::new(Mutex::new(Vec::new()));
        let (root, stop_too, held_too) = (Arc::downgrade(root), stop.clone(), held.clone());
        std::thread::Builder::new().name("watchdog".into()).spawn(move || {
            let mut watches: Vec<Watch> = Vec::new();
            let mut last = Instant::now();
            while !stop_too.load(Relaxed) {
                std::thread::sleep(STEP);
                // its own missed ticks are nobody's fault
                let step = last.elapsed().min(STEP * 2);
                last = Instant::now();
                let Some(root) = root.upgrade() else { return };
                adopt_new(&mut watches);
                watches.retain_mut(|watch| watch.look(step, &root));
                *held_too.lock() = watches.iter().filter_map(|w| w.held(&root)).collect();
            }
        })?;
        Ok(Self { stop, held })
    }

    /// Arbiters held for 250 ms or more.
    pub fn held(&self) -> Vec<Held> {
        self.held.lock().clone()
    }

    /// No arbiter is held for 5 s or more.
    pub fn ready(&self) -> bool {
        self.held.lock().iter().all(|h| h.held < ALARM)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
    }
}

/// One thread as seen so far.
struct Watch {
    beat: Weak<Beat>,
    actor: u64,
    polls: u64,
    ticks: u64,
    same: Duration,
    no_tick: Duration,
    named: Option<(CompactString, bool)>,
}

fn adopt_new(watches: &mut Vec<Watch>) {
    for beat in BEATS.lock().iter() {
        if !watches.iter().any(|w| w.beat.ptr_eq(beat)) {
            watches.push(Watch {
                beat: beat.clone(),
                actor: 0,
                polls: 0,
                ticks: 0,
                same: Duration::ZERO,
                no_tick: Duration::ZERO,
                named: None,
            });
        }
    }
}

impl Watch {
    /// One look; `false` when the thread is gone.
    fn look(&mut self, step: Duration, root: &Arc<Node>) -> bool {
        let Some(beat) = self.beat.upgrade() else {
            self.freed(self.held_for().unwrap_or_default());
            return false;
        };
        let (actor, polls, ticks) =
            (beat.actor.load(Relaxed), beat.polls.load(Relaxed), beat.ticks.load(Relaxed));
        let same_poll = actor != 0 && actor == self.actor && polls == self.polls;
        let was = self.held_for();
        self.same = if same_poll { self.same + step } else { Duration::ZERO };
        // a thread that never ticked does not promise to
        self.no_tick = if ticks == self.ticks && ticks != 0 { self.no_tick + step } else { Duration::ZERO };
        (self.actor, self.polls, self.ticks) = (actor, polls, ticks);
        match self.held_for() {
            Some(held) => self.name_it(held, root),
            None => self.freed(was.unwrap_or_default()),
        }
        true
    }

    fn freed(&mut self, held: Duration) {
        if let Some((actor, _)) = self.named.take() {
            tell(&Notice::Freed { actor, held });
        }
    }

    fn held_for(&self) -> Option<Duration> {
        if self.same >= WARN {
            Some(self.same)
        } else if self.no_tick >= TICK_WARN && self.actor == 0 {
            Some(self.no_tick)
        } else {
            None
        }
    }

    fn name_it(&mut self, held: Duration, root: &Arc<Node>) {
        let alarm = held >= ALARM;
        if self.named.as_ref().is_some_and(|(_, alarmed)| *alarmed == alarm) {
            return;
        }
        let meta = find(root, self.actor);
        let actor: CompactString = meta.as_ref().map_or(OUTSIDE, |m| m.name()).into();
        let message = meta.map_or("", |m| m.message());
        if alarm {
            log::error!("actor={actor} message={message} holds its arbiter for {} ms", held.as_millis());
        } else {
            log::warn!("actor={actor} message={message} holds its arbiter for {} ms", held.as_millis());
        }
        tell(&Notice::Held { actor: actor.clone(), message, held, alarm });
        self.named = Some((actor, alarm));
    }

    fn held(&self, root: &Arc<Node>) -> Option<Held> {
        let held = self.held_for()?;
        let meta = find(root, self.actor);
        let actor = meta.as_ref().map_or(OUTSIDE, |m| m.name()).into();
        Some(Held { actor, message: meta.map_or("", |m| m.message()), held })
    }
}

fn find(node: &Arc<Node>, id: u64) -> Option<Arc<Meta>> {
    node.worker(id).or_else(|| node.parts().iter().find_map(|part| find(part, id)))
}
