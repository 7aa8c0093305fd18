//! Doubts: one channel or one queue asked about alone, within a budget, and what has not been
//! confirmed lately asked about in turn. Never a full list on a timer (L8, L10).
//!
//! * a doubt of the router ([`AskLink::Channel`], [`AskLink::Queue`]) is asked about at once;
//! * every channel and queue on the board is asked about in turn: what no invariant shows (a hangup
//!   that nobody told, a lost pause) is found so (F12, F13). Channels that are with nobody, which is
//!   how a lost hangup looks, have their turn every few seconds; the others later;
//! * a suspect link is listed whole, at once the first time, ever more slowly if it goes on (F10).

use std::collections::VecDeque;
use std::time::Duration;

use actors::board::Board;
use actors::keys::Micros;
use actors::ports::{ActionFailure, Answer, AskLink, FeedItem, Probe, QueueProbe};
use actors::view::{CallPhase, LegPhase, LegView, Said, Table, Text, View};
use ahash::AHashSet;
use asterisk::ami::Action;

use super::link::{Link, Owner};
use super::machine::At;

/// Questions about single entities a second, and how many may be asked at once after a quiet time.
const A_SECOND: u32 = 50;
const AT_ONCE: f64 = 100.0;
/// Doubts waiting; more are dropped and counted: the turn comes to them anyway.
const MOST_WAITING: usize = 5_000;
/// The turn of a channel that is with nobody comes once in this, as far as the budget reaches.
const LONELY_ROUND: Duration = Duration::from_secs(4);
/// The turn of any other channel, and of a queue.
const CHANNEL_ROUND: Duration = Duration::from_secs(20);
const QUEUE_ROUND: Duration = Duration::from_secs(30);
/// Between two channels at least: beyond 100 lonely ones or 400 others a round takes longer.
const A_LONELY: Duration = Duration::from_millis(40);
const A_CHANNEL: Duration = Duration::from_millis(50);
/// The same for queues, whose members may be many.
const A_QUEUE: Duration = Duration::from_millis(500);
/// A reload sends many events; one listing after the last of them.
const AFTER_RELOAD: Duration = Duration::from_secs(1);
/// Between two listings of a link that stays suspect: doubled each time, up to a minute.
const SUSPECT_GAP: Duration = Duration::from_secs(1);
const MOST_SUSPECT_GAP: Duration = Duration::from_secs(60);

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum About {
    Channel { uniqueid: Text, channel: Text },
    Queue(Text),
}

/// One question that was sent.
#[derive(Debug)]
pub(super) struct Asked {
    about: About,
    at: Micros,
}

/// Entities asked about in turn.
#[derive(Default)]
struct Turns {
    left: VecDeque<About>,
    next_at: Option<At>,
    every: Duration,
}

impl Turns {
    /// The next one; when none is left, all of them anew, spread over a round.
    fn next(
        &mut self,
        now: At,
        round: Duration,
        least: Duration,
        all: impl FnOnce() -> VecDeque<About>,
    ) -> Option<About> {
        if self.next_at.is_none_or(|at| now < at) {
            return None;
        }
        if self.left.is_empty() {
            self.left = all();
            let n = u32::try_from(self.left.len().max(1)).unwrap_or(u32::MAX);
            self.every = (round / n).clamp(least, Duration::from_secs(1));
        }
        self.next_at = Some(now + self.every);
        self.left.pop_front()
    }
}

/// The doubts of one link.
#[derive(Default)]
pub(super) struct Doubts {
    waiting: VecDeque<About>,
    known: AHashSet<About>,
    lonely: Turns,
    channels: Turns,
    queues: Turns,
    budget: f64,
    budget_at: At,
    reload_at: Option<At>,
    suspect_at: Option<At>,
    suspect_gap: Duration,
    last_sync: At,
}

impl Doubts {
    /// The connection is gone.
    pub(super) fn stop(&mut self) {
        let (suspect_gap, last_sync) = (self.suspect_gap, self.last_sync);
        *self = Self { suspect_gap, last_sync, ..Self::default() };
    }

    /// Everything was just compared: turns begin anew.
    pub(super) fn synced(&mut self, now: At) {
        self.last_sync = now;
        self.waiting.clear();
        self.known.clear();
        let soon = Some(now + Duration::from_secs(2));
        self.lonely = Turns { next_at: soon, ..Turns::default() };
        self.channels = Turns { next_at: soon, ..Turns::default() };
        self.queues = Turns { next_at: soon, ..Turns::default() };
    }

    /// The PBX re-read configuration.
    pub(super) fn reloaded(&mut self, now: At) {
        self.reload_at = Some(now + AFTER_RELOAD);
    }

    pub(super) fn next_deadline(&self) -> Option<At> {
        let budget = (!self.waiting.is_empty()).then(|| {
            let missing = (1.0 - self.budget).max(0.0) / f64::from(A_SECOND);
            self.budget_at + Duration::from_secs_f64(missing)
        });
        [
            self.lonely.next_at,
            self.channels.next_at,
            self.queues.next_at,
            self.reload_at,
            self.suspect_at,
            budget,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    fn add(&mut self, about: About) -> bool {
        if self.known.contains(&about) {
            return true;
        }
        if self.waiting.len() >= MOST_WAITING {
            return false;
        }
        self.known.insert(about.clone());
        self.waiting.push_back(about);
        true
    }

    fn next_within_budget(&mut self, now: At) -> Option<About> {
        let passed = now.saturating_sub(self.budget_at).as_secs_f64();
        self.budget = (self.budget + passed * f64::from(A_SECOND)).min(AT_ONCE);
        self.budget_at = now;
        if self.budget < 1.0 {
            return None;
        }
        let about = self.waiting.pop_front()?;
        self.known.remove(&about);
        self.budget -= 1.0;
        Some(about)
    }

    /// When a suspect link may be listed: at once, unless that was just done.
    fn suspect(&mut self, now: At) {
        if self.suspect_at.is_some() {
            return;
        }
        let quiet = now.saturating_sub(self.last_sync) > MOST_SUSPECT_GAP;
        self.suspect_gap = if quiet || self.suspect_gap.is_zero() { SUSPECT_GAP } else { self.suspect_gap };
        let at = if quiet { now } else { (self.last_sync + self.suspect_gap).max(now) };
        self.suspect_gap = (self.suspect_gap * 2).min(MOST_SUSPECT_GAP);
        self.suspect_at = Some(at);
    }
}

/// Every live channel of that PBX that is with nobody, or every other one. Who waits in a queue is
/// confirmed with it.
fn channels_on(board: &Board, pbx: &str, lonely: bool) -> VecDeque<About> {
    let mut all = VecDeque::new();
    for line in board.lines(Table::Calls) {
        if let View::Call(call) = &*line.view
            && call.pbx == pbx
        {
            // who waits is with his queue; the leg of an agent whose hangup was lost meanwhile is not
            let waits = |leg: &LegView| call.phase == CallPhase::Waiting && leg.application == "Queue";
            let talks = |leg: &LegView| call.talking.iter().flatten().any(|talker| *talker == leg.uniqueid);
            let live = call.legs.iter().filter(|leg| leg.phase != LegPhase::Ended);
            let wanted = live.filter(|leg| (waits(leg) || talks(leg)) != lonely);
            all.extend(
                wanted.map(|l| About::Channel { uniqueid: l.uniqueid.clone(), channel: l.channel.clone() }),
            );
        }
    }
    all
}

/// Every queue of that PBX.
fn queues_on(board: &Board, pbx: &str) -> VecDeque<About> {
    let queues = board.lines(Table::Queues);
    let names = queues.iter().filter_map(|line| match &*line.view {
        View::Queue(queue) if queue.pbx == pbx => Some(About::Queue(queue.name.clone())),
        _ => None,
    });
    names.collect()
}

impl Link {
    /// Somebody behind us asks.
    pub(super) fn asked(&mut self, ask: AskLink) {
        self.look_at_clock();
        match ask {
            AskLink::Suspect(why) => {
                self.report.suspect(true, &why);
                self.doubts.suspect(self.now);
            }
            AskLink::Channel { uniqueid, channel } => self.doubt(About::Channel { uniqueid, channel }),
            AskLink::Queue(name) => self.doubt(About::Queue(name)),
            AskLink::Compared(compared) => self.compared(*compared),
        }
        self.act();
        self.wake();
    }

    fn doubt(&mut self, about: About) {
        // While a comparison runs or the link is down, everything is doubtful already.
        if !self.machine.is_live() || !self.doubts.add(about) {
            self.report.counters.ask_dropped();
        }
    }

    pub(super) fn doubts_tick(&mut self) {
        if !self.machine.is_live() {
            return;
        }
        let now = self.now;
        if self.doubts.suspect_at.is_some_and(|at| now >= at) {
            self.doubts.suspect_at = None;
            self.machine
                .doubt(now, Said::new("malformed_comparing", [], "something malformed was sent: comparing"));
            return;
        }
        if self.doubts.reload_at.is_some_and(|at| now >= at) && !self.sync.is_running() {
            self.doubts.reload_at = None;
            self.begin_quiet_sync();
        }
        let (board, pbx) = (&self.report.board, self.config.name.as_str());
        let turns = [
            self.doubts.lonely.next(now, LONELY_ROUND, A_LONELY, || channels_on(board, pbx, true)),
            self.doubts.channels.next(now, CHANNEL_ROUND, A_CHANNEL, || channels_on(board, pbx, false)),
            self.doubts.queues.next(now, QUEUE_ROUND, A_QUEUE, || queues_on(board, pbx)),
        ];
        for about in turns.into_iter().flatten() {
            self.doubts.add(about);
        }
        while let Some(about) = self.doubts.next_within_budget(now) {
            let action = match &about {
                About::Channel { channel, .. } => Action::new("Status").header("Channel", channel.as_str()),
                About::Queue(name) => Action::new("QueueStatus").header("Queue", name.as_str()),
            };
            self.report.counters.question();
            self.own(action, Owner::Doubt(Asked { about, at: self.report.pbx_time() }));
        }
    }

    pub(super) fn doubt_answered(&mut self, asked: Asked, answer: Result<Answer, ActionFailure>) {
        let items = match answer {
            Ok(answer) => answer.items,
            Err(ActionFailure::Refused(words)) if words.starts_with("No such channel") => Vec::new(),
            // Not whole, not in time, not allowed: it proves nothing.
            Err(_) => return,
        };
        log::debug!("{}: asked about {:?}: {} items", self.config.name, asked.about, items.len());
        let untold = match &asked.about {
            About::Channel { .. } => items.is_empty() && self.report.rights.channel_went_untold(),
            About::Queue(_) => {
                items.iter().any(|m| m.event() == "QueueEntry") && self.report.rights.caller_waits_untold()
            }
        };
        if untold {
            self.report.rights_changed();
        }
        let asked_at = asked.at;
        self.items.push_back(match asked.about {
            About::Channel { uniqueid, channel } => {
                let status = items.into_iter().find(|m| m.event() == "Status");
                FeedItem::Probe(Box::new(Probe { uniqueid, channel, asked_at, status }))
            }
            About::Queue(queue) => FeedItem::Queue(Box::new(QueueProbe { queue, asked_at, items })),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(n: usize) -> About {
        About::Channel { uniqueid: format!("1.{n}").into(), channel: format!("SIP/{n}-1").into() }
    }

    #[test]
    fn doubts_are_asked_within_a_budget_each_once_and_never_kept_without_limit() {
        let mut doubts = Doubts::default();
        let now = At::from_secs(100);
        for n in 0..MOST_WAITING {
            assert!(doubts.add(channel(n)) && doubts.add(channel(n)));
        }
        assert!(!doubts.add(channel(MOST_WAITING)));
        let at_once = std::iter::from_fn(|| doubts.next_within_budget(now)).count();
        assert_eq!(at_once, 100);
        let next = doubts.next_deadline().unwrap();
        assert!(next > now && next <= now + Duration::from_millis(21), "{next:?}");
        let a_second_later = now + Duration::from_secs(1);
        let more = std::iter::from_fn(|| doubts.next_within_budget(a_second_later)).count();
        assert_eq!(more, 50);
    }

    #[test]
    fn f10_a_link_that_stays_suspect_is_listed_ever_more_slowly() {
        let mut doubts = Doubts::default();
        let mut now = At::from_secs(100);
        let mut gaps = Vec::new();
        for _ in 0..9 {
            doubts.suspect(now);
            doubts.suspect(now);
            let at = doubts.suspect_at.take().unwrap();
            gaps.push((at - now).as_secs());
            doubts.last_sync = at;
            now = at;
        }
        assert_eq!(gaps, [0, 2, 4, 8, 16, 32, 60, 60, 60]);
        now += Duration::from_secs(61);
        doubts.suspect(now);
        assert_eq!(doubts.suspect_at, Some(now), "after a quiet minute at once again");
    }
}
