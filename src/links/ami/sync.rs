//! Listing and comparing: the link asks, the router compares, and only then is anything live.
//!
//! First look; where something we hold is missing, a second look confirms it; then the differences
//! are stated. On a boot of the PBX that we never saw there is nothing to compare the first look
//! with: it is taken over, and a second whole look is the comparison. A listing that is not whole
//! proves nothing and is begun again, ever more slowly.

use std::time::Duration;

use actors::ports::{ActionFailure, Answer, Compared, FeedItem, LinkChange, Listing};
use actors::resync::{Next, Plan, Told};
use actors::view::Said;

use super::link::{Link, Owner};
use super::machine::At;

/// The router's comparison is a matter of milliseconds; without its result nothing is proven.
const COMPARE_WITHIN: Duration = Duration::from_secs(5);
const FIRST_AGAIN: Duration = Duration::from_secs(1);
const MOST_AGAIN: Duration = Duration::from_secs(30);

/// The comparison under way, if any.
#[derive(Default)]
pub(super) struct Sync {
    run: Option<Run>,
    again_at: Option<At>,
    failures: u32,
}

/// What the PBX listed at all: the rest was refused, or not asked for, and was compared with nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Listed {
    pub(super) channels: bool,
    pub(super) queues: bool,
    pub(super) devices: bool,
}

impl Listed {
    fn add(&mut self, part: &Listing) {
        self.channels |= part.channels.is_some();
        self.queues |= part.queues.is_some();
        self.devices |= part.devices.is_some() || part.contacts.is_some() || part.registrations.is_some();
    }
}

struct Run {
    plan: Plan,
    began: At,
    /// Listings that the router has not answered yet, and their sum so far.
    out: u32,
    sum: Compared,
    /// Set once all are out.
    compare_until: Option<At>,
    first: Option<Compared>,
    listed: Listed,
    /// The first look of a boot that we never saw.
    nothing_held: bool,
    /// Nothing was lost, only asked anew (a reload): the link stays live meanwhile.
    quiet: bool,
}

impl Sync {
    /// The connection is gone: what was asked proves nothing.
    pub(super) fn stop(&mut self) {
        *self = Self::default();
    }

    pub(super) fn is_running(&self) -> bool {
        self.run.is_some() || self.again_at.is_some()
    }

    pub(super) fn next_deadline(&self) -> Option<At> {
        self.again_at.into_iter().chain(self.run.as_ref().and_then(|r| r.compare_until)).min()
    }
}

impl Link {
    /// Lists everything and compares.
    pub(super) fn begin_sync(&mut self) {
        self.start_run(Plan::first_look(), false);
    }

    /// Lists what a reload may have changed, while everything stays live.
    pub(super) fn begin_quiet_sync(&mut self) {
        self.start_run(Plan::after_reload(), true);
    }

    fn start_run(&mut self, plan: Plan, quiet: bool) {
        self.sync.again_at = None;
        self.sync.run = Some(Run {
            plan,
            began: self.now,
            out: 0,
            sum: Compared::default(),
            compare_until: None,
            first: None,
            listed: Listed::default(),
            nothing_held: false,
            quiet,
        });
        self.ask_next();
    }

    fn ask_next(&mut self) {
        while let Some(run) = &mut self.sync.run {
            match run.plan.next_step() {
                Next::Ask(action) => return self.own(Ok(action), Owner::Listing),
                Next::Give(listing) => {
                    run.out += 1;
                    run.listed.add(&listing);
                    self.tapping.listed(&listing);
                    self.items.push_back(FeedItem::Listing(listing));
                }
                Next::Done => {
                    run.compare_until = Some(self.now + COMPARE_WITHIN);
                    if run.plan.is_first_look() {
                        self.report.unknown(run.plan.unknown());
                    }
                    return self.round_ends();
                }
            }
        }
    }

    pub(super) fn listing_answered(&mut self, answer: Result<Answer, ActionFailure>) {
        let Some(run) = self.sync.run.as_mut().filter(|r| r.compare_until.is_none()) else { return };
        match run.plan.answered(answer) {
            Told::Nothing => {}
            Told::Clock(theirs) => self.report.clock_at_hand(self.now, theirs),
            Told::Epoch(epoch) => {
                let new = self.report.epoch(epoch);
                if let Some(run) = &mut self.sync.run {
                    run.nothing_held |= new;
                }
                self.items.push_back(FeedItem::Link(LinkChange::Epoch(epoch)));
            }
            Told::Version(version) => self.report.version(version),
            Told::Abilities(lacks) => self.items.push_back(FeedItem::Abilities(lacks)),
            Told::Broken(why) => return self.try_again(why),
        }
        self.ask_next();
    }

    /// The router compared one listing.
    pub(super) fn compared(&mut self, compared: Compared) {
        let Some(run) = self.sync.run.as_mut().filter(|r| r.out > 0) else { return };
        run.out -= 1;
        run.sum.round = compared.round;
        run.sum.add(compared);
        self.round_ends();
    }

    /// When all is asked and all is compared.
    fn round_ends(&mut self) {
        let Some(run) = self.sync.run.as_mut().filter(|r| r.out == 0 && r.compare_until.is_some()) else {
            return;
        };
        run.compare_until = None;
        let compared = std::mem::take(&mut run.sum);
        if std::mem::take(&mut run.nothing_held) {
            run.plan = Plan::comparison();
            self.ask_next();
            return;
        }
        if compared.round == 1 && compared.look_again {
            run.first = Some(compared);
            run.plan = Plan::second_look();
            self.ask_next();
            return;
        }
        let (began, quiet, listed) = (run.began, run.quiet, run.listed);
        let whole = match run.first.take() {
            Some(first) => first.then(compared),
            None => compared,
        };
        self.sync.stop();
        self.report.compared(&whole, listed, self.now.saturating_sub(began));
        if !quiet {
            self.report.suspect(false, &Said::default());
            self.doubts.synced(self.now);
            self.machine.synced(self.now);
        }
    }

    fn try_again(&mut self, why: &str) {
        let quiet = self.sync.run.take().is_some_and(|r| r.quiet);
        log::warn!("{}: {why}: listing again", self.config.name);
        if quiet {
            return;
        }
        let wait = FIRST_AGAIN * 2_u32.saturating_pow(self.sync.failures.min(5));
        self.sync.failures += 1;
        self.sync.again_at = Some(self.now + wait.min(MOST_AGAIN));
    }

    pub(super) fn sync_tick(&mut self) {
        if self.sync.again_at.is_some_and(|at| self.now >= at) {
            self.begin_sync();
        }
        let overdue = self.sync.run.as_ref().and_then(|r| r.compare_until);
        if overdue.is_some_and(|at| self.now >= at) {
            self.try_again("the listing was not compared within 5 s");
        }
    }
}
