//! The exchange: changes the truth and tells what changed, the way Asterisk 22 does.
//!
//! ```text
//!  phones, providers, people ──verbs──▶ ┌──────────┐ ──events──▶ Stream (bytes)
//!  AMI actions ────────────────verbs──▶ │ Exchange │ ──cues────▶ whoever plays the people
//!  its own timers ───────────advance──▶ └──────────┘
//!                                          Truth ──────────────▶ listings
//! ```
//!
//! Pure: no socket, no system clock; [`Exchange::advance`] moves its clock. A verb changes the
//! truth first and writes events from it afterwards; `Newstate`, `Newexten`, `NewCallerid` and
//! `NewConnectedLine` come out of the difference to what was told before ([`channel`]), since that
//! is how Asterisk makes them. One file an application: `Dial`, `Queue`, parking,
//! conferences; `AGI` has two, the conversation and what its commands run.

mod agi;
mod agi_runs;
mod bridge;
mod channel;
mod conference;
mod device;
mod dial;
mod hangup;
mod members;
mod originate;
mod park;
mod queue;
mod ring;
mod spy;
mod transfer;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

pub use hangup::Fate;
pub use members::MemberError;
pub use originate::{Originate, OriginateError, Then};
pub use transfer::TransferError;

use super::agi::Sessions;
use super::rng::Rng;
use super::truth::{ChanRef, EndpointId, Micros, Text, Truth};
use super::wire::Stream;

/// What people notice and may react to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cue {
    /// A phone or a provider is rung on this leg.
    Rings(ChanRef),
    /// These two hear each other; the second is the one who was called.
    Talk(ChanRef, ChanRef),
    /// This caller hears music in a queue.
    Waits(ChanRef),
    /// Parked, at that space.
    Parked(ChanRef, u32),
    /// In a conference.
    Conference(ChanRef),
    /// Hears something that never ends.
    Listens(ChanRef),
    /// Hears so many ms of a sound; whether keys are heard meanwhile.
    Hears(ChanRef, u64, bool),
    /// Is asked for so many keys, after so many ms of a sound.
    Asked(ChanRef, u16, u64),
    /// Is to leave a message.
    Speaks(ChanRef),
    /// A leg of this endpoint is over.
    Gone(EndpointId),
}

/// What the exchange itself waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    DialTimeout { caller: ChanRef, callee: ChanRef },
    QueueTry(ChanRef),
    RingTimeout { caller: ChanRef, round: u32 },
    QueueTimeout(ChanRef),
    ParkTimeout { channel: ChanRef, space: u32 },
    OriginateTimeout(ChanRef),
    Agi { session: u64, turn: u64 },
}

/// The small Asterisk itself.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// What exists.
    pub truth: Truth,
    /// Events told and not taken yet.
    pub out: Stream,
    /// Cues not taken yet.
    pub cues: Vec<Cue>,
    /// The seconds of every Uniqueid made from now on, to have ids repeat after a restart (F18).
    pub fixed_id_seconds: Option<u64>,
    /// Channels that somebody else leads.
    pub agi: Sessions,
    now: Micros,
    boot: Micros,
    rng: Rng,
    timers: BinaryHeap<Reverse<(Micros, u64, Timer)>>,
    timers_set: u64,
    bridges_made: u64,
    touched: Vec<EndpointId>,
    originates: Vec<originate::Pending>,
    /// Chosen by an `Originate` for the channel that it makes.
    next_uniqueid: Option<Text>,
}

impl Exchange {
    /// A PBX that has just booted, with nobody in it yet.
    pub fn new(boot: Micros, seed: u64) -> Self {
        Self {
            truth: Truth::default(),
            out: Stream::default(),
            cues: Vec::new(),
            fixed_id_seconds: None,
            agi: Sessions::default(),
            now: boot,
            boot,
            rng: Rng::new(seed ^ 0x5150),
            timers: BinaryHeap::new(),
            timers_set: 0,
            bridges_made: 0,
            touched: Vec::new(),
            originates: Vec::new(),
            next_uniqueid: None,
        }
    }

    /// Its clock.
    pub fn now(&self) -> Micros {
        self.now
    }

    /// When it booted: `CoreStartupDate`, the epoch.
    pub fn boot(&self) -> Micros {
        self.boot
    }

    /// Seconds since the epoch.
    pub(crate) fn seconds(&self) -> u64 {
        self.now / 1_000_000
    }

    /// When it has something to do by itself.
    pub fn next_deadline(&self) -> Option<Micros> {
        self.timers.peek().map(|Reverse((at, _, _))| *at)
    }

    /// Moves the clock, firing what falls due; it never goes back.
    pub fn advance(&mut self, to: Micros) {
        while let Some(Reverse((at, _, timer))) = self.timers.peek().copied() {
            if at > to {
                break;
            }
            self.timers.pop();
            self.now = self.now.max(at);
            self.fire(timer);
            self.settle();
        }
        self.now = self.now.max(to);
    }

    fn after_s(&mut self, seconds: u64, timer: Timer) {
        self.after_ms(seconds * 1_000, timer);
    }

    fn after_ms(&mut self, ms: u64, timer: Timer) {
        self.timers_set += 1;
        self.timers.push(Reverse((self.now + ms * 1_000, self.timers_set, timer)));
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::DialTimeout { caller, callee } => self.dial_timed_out(caller, callee),
            Timer::QueueTry(caller) => self.queue_try(caller),
            Timer::RingTimeout { caller, round } => self.ring_timed_out(caller, round),
            Timer::QueueTimeout(caller) => self.queue_timed_out(caller),
            Timer::ParkTimeout { channel, space } => self.park_timed_out(channel, space),
            Timer::OriginateTimeout(leg) => self.originate_timed_out(leg),
            Timer::Agi { session, turn } => self.agi_timed_out(session, turn),
        }
    }

    /// A new UUID; version 4 in shape, from the seed.
    fn uuid(&mut self) -> Text {
        let (a, b) = (self.rng.bits(), self.rng.bits());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            0x8000 | ((b >> 48) & 0x3fff),
            b & 0xffff_ffff_ffff
        )
        .into()
    }
}
