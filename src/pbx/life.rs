//! The life of the floor: people who call, answer, talk, wait, give up, hold, transfer, pause.
//!
//! ```text
//!  clock ──advance──▶ Life ──verbs──▶ Exchange ──events──▶ Stream
//!                      ▲                 │
//!                      └──────cues───────┘   "this phone rings", "these two talk"
//! ```
//!
//! A pure simulation: its clock is the argument of [`Life::advance`], its chance a seed. The same
//! seed and the same steps give the same bytes. Nobody here touches the truth: people only do what
//! people can do with a phone. That is why an AMI redirect or hangup is lived through like any
//! other call.

mod callers;
mod habits;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::exchange::{Cue, Exchange, Fate};
use super::floor::{self, Size};
use super::rng::Rng;
use super::truth::{ChanRef, EndpointId, EndpointKind, Micros};

/// How busy it is.
#[derive(Debug, Clone)]
pub struct Pace {
    /// New calls a minute, of all kinds.
    pub calls_per_minute: f64,
    /// Median talk, seconds.
    pub talk_s: f64,
    /// Whether the floor also pauses, loses registrations and trunks.
    pub incidents: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self { calls_per_minute: 20.0, talk_s: 45.0, incidents: true }
    }
}

/// What somebody intends to do later; whatever became of the call meanwhile is seen then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Intent {
    NextCall,
    Answer(ChanRef),
    Refuse(ChanRef, u16, u16),
    HangUp(ChanRef),
    Hold(ChanRef),
    Unhold(ChanRef),
    SendOn(ChanRef),
    Consult(ChanRef),
    HandOver(ChanRef, ChanRef),
    ParkPeer(ChanRef),
    FetchParked(u32),
    Pause(EndpointId),
    Unpause(EndpointId),
    Incident,
    Back(EndpointId),
    Register,
    Press(ChanRef, char),
}

/// An exchange with people in it.
#[derive(Debug, Clone)]
pub struct Life {
    /// The exchange they use.
    pub exchange: Exchange,
    pace: Pace,
    rng: Rng,
    plans: BinaryHeap<Reverse<(Micros, u64, Intent)>>,
    planned: u64,
    phones: Vec<EndpointId>,
    trunks: Vec<EndpointId>,
    callers: usize,
    living: bool,
}

impl Life {
    /// A furnished floor at that instant, its people about to begin.
    pub fn new(boot: Micros, size: &Size, pace: Pace) -> Self {
        let mut exchange = Exchange::new(boot, size.seed);
        floor::furnish(&mut exchange, size);
        let mut life = Self::around(exchange, size.seed, pace);
        life.living = true;
        life.plan(0, Intent::NextCall);
        life.plan(2_000_000, Intent::Register);
        if life.pace.incidents {
            for phone in life.phones.clone() {
                let at = life.rng.exponential_us(900.0);
                life.plan(at, Intent::Pause(phone));
            }
            let at = life.rng.exponential_us(120.0);
            life.plan(at, Intent::Incident);
        }
        life
    }

    /// The same floor with nobody at the phones: a script plays them.
    pub fn scripted(boot: Micros, size: &Size) -> Self {
        let mut exchange = Exchange::new(boot, size.seed);
        floor::furnish(&mut exchange, size);
        Self::around(exchange, size.seed, Pace { calls_per_minute: 0.0, ..Pace::default() })
    }

    fn around(exchange: Exchange, seed: u64, pace: Pace) -> Self {
        let of = |kind: EndpointKind| -> Vec<EndpointId> {
            let all = exchange.truth.endpoints.iter().enumerate();
            all.filter(|(_, e)| e.kind == kind).map(|(i, _)| EndpointId(i as u32)).collect()
        };
        Self {
            phones: of(EndpointKind::Phone),
            trunks: of(EndpointKind::Trunk),
            exchange,
            pace,
            rng: Rng::new(seed ^ 0x11fe),
            plans: BinaryHeap::new(),
            planned: 0,
            callers: 0,
            living: false,
        }
    }

    /// When something happens next, if nobody does anything from outside.
    pub fn next_deadline(&self) -> Option<Micros> {
        let plan = self.plans.peek().map(|Reverse((at, _, _))| *at);
        [plan, self.exchange.next_deadline()].into_iter().flatten().min()
    }

    /// Lives until that instant; what happened is in the exchange's stream.
    pub fn advance(&mut self, to: Micros) {
        self.react();
        while let Some(at) = self.next_deadline().filter(|at| *at <= to) {
            self.exchange.advance(at);
            self.react();
            while let Some(Reverse((_, _, intent))) =
                self.plans.peek().copied().filter(|Reverse((due, _, _))| *due <= at)
            {
                self.plans.pop();
                self.act(intent);
                self.react();
            }
        }
        self.exchange.advance(to);
    }

    /// Lives one second in which as many calls begin as are missing to `calls`, at most a thirtieth
    /// of them: for a load that stays what it is.
    pub fn live_a_second_with(&mut self, calls: usize) {
        let begin = self.exchange.now();
        let missing = calls.saturating_sub(self.calls_live()).min(calls.div_ceil(30)) as u64;
        for nth in 0..missing {
            self.advance(begin + nth * 1_000_000 / missing);
            self.somebody_calls();
        }
        self.advance(begin + 1_000_000);
    }

    /// People do nothing more: calls stay as they are, but for what the PBX itself ends in time.
    pub fn stand_still(&mut self) {
        self.plans.clear();
        self.living = false;
    }

    /// Lives through `seconds` unseen, so that a floor is already at work when somebody looks.
    pub fn warm_up(&mut self, seconds: u64) {
        self.exchange.out.mute(true);
        self.advance(self.exchange.now() + seconds * 1_000_000);
        self.exchange.out.mute(false);
        self.exchange.out.clear();
    }

    fn plan(&mut self, after_us: u64, intent: Intent) {
        self.planned += 1;
        self.plans.push(Reverse((self.exchange.now() + after_us, self.planned, intent)));
    }

    fn react(&mut self) {
        if !self.living {
            self.exchange.cues.clear();
            return;
        }
        let mut cues = std::mem::take(&mut self.exchange.cues);
        for cue in cues.drain(..) {
            match cue {
                Cue::Rings(leg) => self.hears_ringing(leg),
                Cue::Talk(caller, callee) => self.talks(caller, callee),
                Cue::Waits(caller) => {
                    let patience = self.rng.human_us(55.0, 0.8);
                    self.plan(patience, Intent::HangUp(caller));
                }
                Cue::Parked(_, space) => {
                    let after = self.rng.human_us(15.0, 0.6);
                    self.plan(after, Intent::FetchParked(space));
                }
                Cue::Conference(at) | Cue::Listens(at) => {
                    let after = self.rng.human_us(self.pace.talk_s * 1.5, 0.4);
                    self.plan(after, Intent::HangUp(at));
                }
                Cue::Hears(at, ms, keys) => self.hears(at, ms, keys),
                Cue::Asked(at, keys, after_ms) => self.is_asked(at, keys, after_ms),
                Cue::Speaks(at) => self.leaves_a_message(at),
                Cue::Gone(_) => {}
            }
        }
        if self.exchange.cues.is_empty() {
            // Keeps its memory.
            self.exchange.cues = cues;
        }
    }

    fn act(&mut self, intent: Intent) {
        match intent {
            Intent::NextCall => {
                if self.pace.calls_per_minute > 0.0 {
                    let next = self.rng.exponential_us(60.0 / self.pace.calls_per_minute);
                    self.plan(next, Intent::NextCall);
                    self.somebody_calls();
                }
            }
            Intent::Answer(leg) => self.exchange.answer(leg),
            Intent::Refuse(leg, cause, sip) => self.exchange.reject(leg, cause, sip),
            Intent::HangUp(at) => self.gives_up_or_ends(at),
            Intent::Hold(at) => {
                self.exchange.hold(at);
                let after = self.rng.human_us(12.0, 0.6);
                self.plan(after, Intent::Unhold(at));
            }
            Intent::Unhold(at) => self.exchange.unhold(at),
            Intent::SendOn(at) => self.sends_on(at),
            Intent::Consult(at) => self.consults(at),
            Intent::HandOver(first, second) => {
                if self.exchange.attended_transfer(first, second).is_err() {
                    // The colleague was not there: back to the caller.
                    self.exchange.hang_up(second, Fate::Phone);
                    self.exchange.unhold(first);
                }
            }
            Intent::ParkPeer(at) => {
                // A refusal leaves them talking.
                let _ = self.exchange.blind_transfer(at, None, "700");
            }
            Intent::FetchParked(space) => self.fetches(space),
            Intent::Pause(phone) => self.pauses(phone),
            Intent::Unpause(phone) => self.unpauses(phone),
            Intent::Incident => self.incident(),
            Intent::Back(endpoint) => self.comes_back(endpoint),
            Intent::Register => self.registers(),
            Intent::Press(at, key) => self.exchange.press(at, key),
        }
    }
}
