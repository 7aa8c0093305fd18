//! Today's figures: told every fact, told when a PBX is followed, loaded once with what is stored.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actors::board::Board;
use actors::fact::{Fact, What};
use actors::keys::PbxName;
use actors::registry::Journal as _;
use actors::view::{LinkPhase, Table, View};
use crossbeam_channel::{Sender, bounded};
use parking_lot::Mutex;

use crate::config::FiguresConfig;
use crate::figures::{Calendar, Charge, Happened, Live, Rules};
use crate::history::{Journal, Reader};

/// How often it is looked whether the links are live.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A PBX that is followed is said to be so that often: what a kill loses of it at most.
const SAY_EVERY_US: i64 = 20_000_000;

/// Today, by those settings.
pub(super) fn live(config: &FiguresConfig) -> std::io::Result<Arc<Live>> {
    let calendar = match &config.zone {
        Some(zone) => Calendar::new(zone, &config.day_start),
        None => Calendar::of_system().starting(&config.day_start),
    };
    let calendar = calendar.map_err(std::io::Error::other)?;
    let us = |seconds: u32| i64::from(seconds) * 1_000_000;
    let rules = Rules { threshold_us: us(config.threshold_s), short_us: us(config.short_abandon_s) };
    Ok(Live::new(calendar, rules, now()))
}

/// Facts that wait to be counted; further ones are missing in today's figures, which say so.
const MOST_WAITING: usize = 200_000;

/// What is to be counted, in order.
enum Told {
    Fact(PbxName, Fact),
    Watched(Happened),
}

/// Counts on a thread of its own: neither a PBX's thread nor a fact waits for whoever asks for figures.
#[derive(Clone)]
pub(super) struct Counter {
    to: Sender<Told>,
    live: Arc<Live>,
}

impl Counter {
    /// Its thread ends with the last of those who tell it.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(live: &Arc<Live>) -> std::io::Result<Self> {
        let (to, told) = bounded(MOST_WAITING);
        let counts = live.clone();
        std::thread::Builder::new().name("figures".into()).spawn(move || {
            for told in told {
                match told {
                    Told::Fact(pbx, fact) => counts.note(&pbx, &fact),
                    Told::Watched(happened) => counts.take(&happened),
                }
            }
        })?;
        Ok(Self { to, live: live.clone() })
    }

    fn tell(&self, told: Told) {
        if self.to.try_send(told).is_err() {
            self.live.lost();
        }
    }
}

/// Tells every fact to who keeps it and to who counts it.
pub(super) struct Both {
    pub(super) journal: Option<Arc<Journal>>,
    pub(super) counter: Counter,
}

impl actors::registry::Journal for Both {
    fn note(&self, pbx: &PbxName, fact: &Fact) {
        if let Some(journal) = &self.journal {
            journal.note(pbx, fact);
        }
        if matches!(fact.what, What::Walk(_) | What::Visit(_)) {
            return; // no figure is made of them
        }
        self.counter.tell(Told::Fact(pbx.clone(), fact.clone()));
    }
}

/// Loads what is stored of today, as soon as it can be read.
pub(super) fn load(live: &Arc<Live>, reader: Option<Reader>) {
    let Some(reader) = reader else { return live.load(live.period(), &[]) };
    let live = Arc::downgrade(live);
    actix::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let Some(live) = live.upgrade().filter(|live| live.wants_loading()) else { return };
            // what waits on disk is of today too
            if reader.problem().is_some() || reader.is_behind() {
                continue;
            }
            let period = live.period();
            let mut stored = Vec::new();
            let tell = |happened: &Happened| stored.push(happened.clone());
            if reader.happened(period, Charge::Arrival, now(), tell).await.is_ok() {
                live.load(period, &stored);
            }
        }
    });
}

/// Follows which PBXs are followed.
pub(super) struct Watching {
    run: i64,
    board: Weak<Board>,
    counter: Counter,
    journal: Option<Arc<Journal>>,
    /// Since when, and when that was said last, on the PBX's clock.
    open: Mutex<BTreeMap<String, (i64, i64)>>,
}

impl Watching {
    pub(super) fn start(board: &Arc<Board>, counter: Counter, journal: Option<Arc<Journal>>) -> Arc<Self> {
        let (board, open) = (Arc::downgrade(board), Mutex::default());
        let this = Arc::new(Self { run: now(), board, counter, journal, open });
        let looking = Arc::downgrade(&this);
        actix::spawn(async move {
            let mut turns = tokio::time::interval(LOOK_EVERY);
            loop {
                turns.tick().await;
                let Some(this) = looking.upgrade() else { return };
                this.look(false);
            }
        });
        this
    }

    /// Says what changed; `all` says everything, as the last thing before the end.
    pub(super) fn look(&self, all: bool) {
        let Some(board) = self.board.upgrade() else { return };
        let mut open = self.open.lock();
        for line in board.lines(Table::Pbxs) {
            let View::Pbx(pbx) = &*line.view else { continue };
            let at = now() - pbx.clock_offset_ms.unwrap_or(0) * 1000;
            let (name, on) = (pbx.id.to_string(), pbx.link == LinkPhase::Live);
            match (open.get_mut(&name), on) {
                (None, false) => {}
                (None, true) => {
                    self.watched(&name, at, on);
                    self.say(&name, at, at);
                    open.insert(name, (at, at));
                }
                (Some((since, said)), true) => {
                    if all || at - *said >= SAY_EVERY_US {
                        *said = at;
                        self.say(&name, *since, at);
                    }
                }
                (Some(&mut (since, _)), false) => {
                    // until it was heard last: what happened in the silence is not known
                    let heard =
                        pbx.last_read_ms.map_or(at, |read| read.0 - pbx.clock_offset_ms.unwrap_or(0) * 1000);
                    let until = heard.clamp(since, at.max(since));
                    self.watched(&name, until, on);
                    self.say(&name, since, until);
                    open.remove(&name);
                }
            }
        }
    }

    fn watched(&self, pbx: &str, at: i64, on: bool) {
        self.counter.tell(Told::Watched(Happened::Watched { pbx: pbx.to_owned(), run: self.run, at, on }));
    }

    fn say(&self, pbx: &str, since: i64, until: i64) {
        if let Some(journal) = &self.journal {
            journal.watched(pbx, self.run, since, until);
        }
    }
}

/// µs since 1970 on our clock.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
