//! The legs of a call: one channel each.

use asterisk::ami::Value;
use asterisk::ami::event::Chan;
use compact_str::CompactString;

use crate::keys::{Micros, endpoint_of, is_local};
use crate::view::{AtLeast, LegPhase, Party, Since, SpyMode, Text};

/// Asterisk's channel states that matter here.
pub(crate) mod channel_state {
    /// The channel calls.
    pub(crate) const RING: u8 = 4;
    /// The channel is called and rings.
    pub(crate) const RINGING: u8 = 5;
    /// Answered.
    pub(crate) const UP: u8 = 6;
}

/// A leg's place in its call.
pub(crate) type LegIx = u16;

/// One channel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Leg {
    pub(crate) uniqueid: Text,
    pub(crate) channel: Text,
    pub(crate) party: Party,
    /// Dialplan context it was made in: where what a phone dials is looked up.
    pub(crate) context: Text,
    pub(crate) exten: Text,
    /// When the extension was last given by a `Newexten`.
    pub(crate) exten_at: Micros,
    /// When it last ran something in its extension: a channel that is sent elsewhere shows the new
    /// extension before, whether there is such a one or not.
    pub(crate) arrived_at: Micros,
    pub(crate) application: Text,
    pub(crate) started: Micros,
    pub(crate) answered: Option<Micros>,
    pub(crate) ended: Option<Micros>,
    pub(crate) phase_since: Micros,
    /// Time of the event the state was taken from: an older one does not change it (F11).
    pub(crate) state_at: Micros,
    pub(crate) bridge_at: Micros,
    /// Last event about this leg of any kind.
    pub(crate) seen_at: Micros,
    pub(crate) state: u8,
    pub(crate) cause: Option<u16>,
    /// Bridge it is in: place in the call's bridges.
    pub(crate) bridge: Option<u16>,
    /// Other half of the Local pair.
    pub(crate) peer: Option<LegIx>,
    /// Who dials it.
    pub(crate) dialed_by: Option<LegIx>,
    /// A dial towards it is open.
    pub(crate) dial_open: bool,
    /// The queue that rang it.
    pub(crate) queue: Option<Text>,
    /// The Local half that the queue rang, when this leg is behind a pair.
    pub(crate) via: Option<LegIx>,
    /// Channel it listens to.
    pub(crate) spies_on: Option<Box<str>>,
    /// Who hears it then, as far as it is known.
    pub(crate) spies_how: Option<SpyMode>,
    /// Extension it was sent to while in a bridge; becomes a transfer when it leaves.
    pub(crate) sent_to: Option<Box<str>>,
    pub(crate) told: Option<super::news::Told>,
    pub(crate) spent: Option<Box<super::contact::Spent>>,
    pub(crate) described: bool,
    pub(crate) holding: bool,
    /// `None`: it was met under way, and nothing told since.
    pub(crate) recorded: Option<bool>,
    pub(crate) muted: bool,
    pub(crate) talked: bool,
    pub(crate) missed: bool,
    pub(crate) hangup_requested: bool,
    /// It was parked; its next extension is where parking sends it, nobody's transfer.
    pub(crate) was_parked: bool,
    /// A comparison missed it once.
    pub(crate) missing: bool,
    /// Times that are bounds.
    pub(crate) at_least: AtLeast,
}

impl Leg {
    pub(crate) fn new(c: &Chan<'_>, at: Micros, described: bool) -> Self {
        let up = c.state == channel_state::UP;
        let mut at_least = AtLeast::default();
        for (time, told) in [(Since::Started, true), (Since::Phase, true), (Since::Answered, up)] {
            at_least.put(time, told && !described);
        }
        Self {
            uniqueid: c.uniqueid.into(),
            channel: c.channel.into(),
            party: Party { number: shown(c.caller_num), name: shown(c.caller_name) },
            context: c.context.into(),
            exten: shown(c.exten),
            exten_at: Micros(i64::MIN),
            arrived_at: Micros(i64::MIN),
            application: Text::default(),
            started: at,
            answered: up.then_some(at),
            ended: None,
            phase_since: at,
            state_at: at,
            bridge_at: Micros(i64::MIN),
            seen_at: at,
            state: c.state,
            cause: None,
            bridge: None,
            peer: None,
            dialed_by: None,
            dial_open: false,
            queue: None,
            via: None,
            spies_on: None,
            spies_how: None,
            sent_to: None,
            told: None,
            spent: None,
            described,
            holding: false,
            recorded: described.then_some(false),
            muted: false,
            talked: false,
            missed: false,
            hangup_requested: false,
            was_parked: false,
            missing: false,
            at_least,
        }
    }

    pub(crate) fn endpoint(&self) -> CompactString {
        endpoint_of(&self.channel)
    }

    pub(crate) fn is_local(&self) -> bool {
        is_local(&self.channel)
    }

    pub(crate) fn is_live(&self) -> bool {
        self.ended.is_none()
    }

    pub(crate) fn is_up(&self) -> bool {
        self.is_live() && self.state == channel_state::UP
    }

    pub(crate) fn phase(&self) -> LegPhase {
        if self.ended.is_some() {
            return LegPhase::Ended;
        }
        match self.state {
            channel_state::UP if self.holding => LegPhase::Holding,
            channel_state::UP => LegPhase::Up,
            channel_state::RINGING => LegPhase::Ringing,
            // 3 dialling, 4 ring, 8 dialling off hook, 9 before the first ring
            3 | channel_state::RING | 8 | 9 => LegPhase::Dialing,
            _ => LegPhase::Down,
        }
    }

    /// Takes what every event of a channel shows of it. Returns whether what it does changed.
    pub(crate) fn snapshot(&mut self, c: &Chan<'_>, at: Micros) -> bool {
        if at > self.seen_at {
            self.seen_at = at;
        }
        self.missing = false;
        if self.state == c.state || at < self.state_at || !self.is_live() {
            return false;
        }
        self.state_at = at;
        // an answered channel never rings again: an event that says so was late
        if self.state == channel_state::UP {
            return false;
        }
        self.state = c.state;
        self.phase_begins(at, false);
        if c.state == channel_state::UP && self.answered.is_none() {
            self.answered = Some(at);
        }
        true
    }

    /// What it does began: then, or (`bound`) then or before.
    pub(crate) fn phase_begins(&mut self, at: Micros, bound: bool) {
        self.phase_since = at;
        self.at_least.put(Since::Phase, bound);
    }

    /// Takes the caller id. Returns whether it changed.
    pub(crate) fn caller_id(&mut self, number: Value<'_>, name: Value<'_>) -> bool {
        let mut changed = false;
        for (kept, given) in [(&mut self.party.number, number), (&mut self.party.name, name)] {
            if kept.as_bytes() != given.bytes() {
                let text = shown(given);
                changed |= *kept != text;
                *kept = text;
            }
        }
        changed
    }
}

/// A value for the screen.
pub(crate) fn shown(value: Value<'_>) -> Text {
    if value.is_empty() { Text::default() } else { Text::from(value.display()) }
}
