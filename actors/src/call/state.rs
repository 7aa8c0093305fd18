//! The pure state of a call: events in, view, news and facts out. No clock, no I/O.

use std::sync::Arc;

use asterisk::ami::Event;
use asterisk::ami::event::Chan;
use smallvec::SmallVec;

use super::bridges::{Bridge, OpenTalk, PastTalk, Talk};
use super::leg_list::Legs;
use super::legs::{Leg, LegIx};
use super::messages::Guests;
use super::queue_stint::Stint;
use super::transfers::Transfer;
use crate::fact::{Outbox, What};
use crate::keys::{CallKey, Micros};
use crate::settings::Settings;
use crate::view::{AtLeast, CallPhase, Direction, FlowView, ParkedView, QueueOutcome, Since, Text, Trust};

/// Legs that a call remembers; when more come, ended ones that nobody answered are forgotten first.
const MAX_LEGS: usize = 1000;

/// A call.
#[derive(Debug, Clone)]
pub struct CallState {
    /// Shared with the news of its legs.
    pub(crate) key: Arc<CallKey>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) legs: Legs,
    pub(crate) live: SmallVec<[LegIx; 4]>,
    pub(crate) just_ended: SmallVec<[LegIx; 2]>,
    pub(crate) bridges: Vec<Bridge>,
    pub(crate) open_talks: Vec<OpenTalk>,
    pub(crate) talks: Vec<Talk>,
    pub(crate) conversations: Vec<PastTalk>,
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) stints: Vec<Stint>,
    pub(crate) flows: Vec<FlowView>,
    /// Who runs `Queue()` and has not joined: Uniqueid, queue, when.
    pub(crate) entering: Option<Box<(Text, Text, Micros)>>,
    /// Who is parked, and where.
    pub(crate) parked: Option<Box<(Text, ParkedView)>>,
    pub(crate) merged: Vec<Text>,
    pub(crate) called: Text,
    pub(crate) started: Micros,
    pub(crate) answered: Option<Micros>,
    pub(crate) ended: Option<Micros>,
    pub(crate) phase: CallPhase,
    pub(crate) phase_since: Micros,
    /// Times that are bounds.
    pub(crate) at_least: AtLeast,
    /// End of the last stretch that was not followed.
    pub(crate) unseen_until: Option<Micros>,
    /// What changes now is taken from a listing: it was so then or before.
    pub(crate) comparing: bool,
    /// Time of the last event.
    pub(crate) now: Micros,
    pub(crate) mark: Trust,
    /// Things not kept because of a limit.
    pub(crate) dropped: u32,
    pub(crate) dirty: bool,
    pub(crate) urgent: bool,
}

impl CallState {
    /// A call of which nothing is known yet but its key.
    pub fn new(settings: Arc<Settings>, key: CallKey, at: Micros) -> Self {
        Self {
            key: Arc::new(key),
            settings,
            legs: Legs::default(),
            live: SmallVec::new(),
            just_ended: SmallVec::new(),
            bridges: Vec::new(),
            open_talks: Vec::new(),
            talks: Vec::new(),
            conversations: Vec::new(),
            transfers: Vec::new(),
            stints: Vec::new(),
            flows: Vec::new(),
            entering: None,
            parked: None,
            merged: Vec::new(),
            called: Text::default(),
            started: at,
            answered: None,
            ended: None,
            phase: CallPhase::Dialing,
            phase_since: at,
            at_least: AtLeast::default(),
            unseen_until: None,
            comparing: false,
            now: at,
            mark: Trust::Live,
            dropped: 0,
            dirty: false,
            urgent: false,
        }
    }

    /// Source, epoch, oldest Linkedid.
    pub fn key(&self) -> &CallKey {
        &self.key
    }

    /// No leg is left.
    pub fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    /// Live legs.
    pub fn live_legs(&self) -> usize {
        self.live.len()
    }

    /// Things this call did not keep because of a limit.
    pub fn dropped(&self) -> u32 {
        self.dropped
    }

    pub(crate) fn live(&self) -> impl Iterator<Item = &Leg> {
        self.live.iter().map(|&ix| &self.legs[ix as usize])
    }

    pub(crate) fn leg_ix(&self, uniqueid: &str) -> Option<LegIx> {
        let is = |ix: &LegIx| self.legs[*ix as usize].uniqueid == uniqueid;
        if let Some(ix) = self.live.iter().find(|ix| is(ix)) {
            return Some(*ix);
        }
        (0..self.legs.len() as LegIx).rev().find(is)
    }

    /// Takes an event of one of its legs, or of a bridge that one of them is in.
    pub fn event(&mut self, e: &Event<'_>, at: Micros, out: &mut Outbox) {
        self.comparing = matches!(e, Event::ConfbridgeList(_)); // an item of a listing, told like an event
        self.apply(e, at, out);
        self.settle(at, out);
        self.comparing = false;
    }

    /// Brings phase, views and news in line with what changed.
    pub(crate) fn settle(&mut self, at: Micros, out: &mut Outbox) {
        if !self.dirty {
            return;
        }
        self.dirty = false;
        let phase = self.phase_now();
        if phase != self.phase {
            self.phase = phase;
            self.phase_since = at;
            // what a comparison told last (rooms, guests) is of the same instant
            let bound = self.comparing || self.unseen_until == Some(at);
            self.at_least.put(Since::Phase, bound);
            self.urgent = true;
        }
        self.tell_legs(at, out);
        out.changed = true;
        out.urgent |= std::mem::take(&mut self.urgent);
        if phase == CallPhase::Ended && self.ended.is_none() && !self.legs.is_empty() {
            self.ended = Some(at);
            out.fact(at, What::CallEnded(CallKey::clone(&self.key), Arc::new(self.record(self.now))));
        }
    }

    pub(super) fn add_leg(&mut self, c: &Chan<'_>, at: Micros, described: bool) -> Option<LegIx> {
        if self.legs.len() >= MAX_LEGS {
            self.forget_unanswered();
            if self.legs.len() >= MAX_LEGS {
                self.dropped += 1;
                return None;
            }
        }
        let leg = Leg::new(c, at, described);
        if leg.answered.is_some() && self.answered.is_none() {
            self.answered = leg.answered;
            self.at_least.put(Since::Answered, leg.at_least.has(Since::Answered));
        }
        if at <= self.started {
            self.started = at;
            self.at_least.put(Since::Started, leg.at_least.has(Since::Started));
        }
        let ix = self.legs.len() as LegIx;
        self.legs.push(leg);
        self.live.push(ix);
        self.dirty = true;
        self.urgent = true;
        Some(ix)
    }

    /// Makes room: a call that rings agents for hours has thousands of legs nobody needs.
    pub(super) fn forget_unanswered(&mut self) {
        let keep: Vec<bool> = self
            .legs
            .iter()
            .map(|l| l.is_live() || l.answered.is_some() || l.uniqueid == self.key.linkedid)
            .collect();
        let mut next: LegIx = 0;
        let places: Vec<Option<LegIx>> = keep
            .iter()
            .map(|&k| {
                k.then(|| {
                    next += 1;
                    next - 1
                })
            })
            .collect();
        self.dropped += keep.iter().filter(|&&k| !k).count() as u32;
        let mut kept = keep.iter();
        self.legs.retain(|_| kept.next().copied().unwrap_or(true));
        let moved = |ix: Option<LegIx>| ix.and_then(|ix| places.get(ix as usize).copied().flatten());
        self.legs.change(
            |_| true,
            |leg| {
                leg.peer = moved(leg.peer);
                leg.dialed_by = moved(leg.dialed_by);
                leg.via = moved(leg.via);
                leg.told = leg.told.filter(|_| !leg.is_live());
            },
        );
        self.live = self.live.iter().filter_map(|&ix| moved(Some(ix))).collect();
        self.just_ended.clear();
    }

    /// A leg of ours that was first seen in passing: described by whatever showed it.
    pub fn provisional_leg(&mut self, c: &Chan<'_>, at: Micros) {
        if self.leg_ix(c.uniqueid).is_none() {
            self.add_leg(c, at, false);
        }
    }

    /// A leg is gone; if its caller waited in a queue, that is how the stay ended.
    pub(crate) fn end_leg(
        &mut self,
        ix: LegIx,
        cause: Option<u16>,
        waited: QueueOutcome,
        at: Micros,
        out: &mut Outbox,
    ) {
        let leg = &mut self.legs[ix as usize];
        if !leg.is_live() {
            return;
        }
        leg.ended = Some(at);
        leg.at_least.put(Since::Phase, self.comparing);
        leg.cause = cause;
        leg.dial_open = false;
        leg.holding = false;
        leg.spies_on = None;
        leg.spies_how = None;
        leg.sent_to = None;
        let who = leg.uniqueid.clone();
        let in_bridge = leg.bridge.is_some();
        self.live.retain(|l| *l != ix);
        self.just_ended.push(ix);
        if in_bridge {
            self.take_out(ix);
        }
        if in_bridge || self.legs[ix as usize].peer.is_some() {
            self.regroup(at);
        }
        if self.parked.as_ref().is_some_and(|parked| parked.0 == who) {
            self.parked = None;
        }
        self.gone_from_queue(&who, waited, at, out);
        self.dirty = true;
        self.urgent = true;
    }

    /// Takes who else is in a bridge that one of our legs is in.
    pub fn guests(&mut self, guests: &Guests, out: &mut Outbox) {
        if guests.all {
            self.no_guests_but(&guests.bridge, &guests.guests, guests.at);
        }
        for guest in &guests.guests {
            self.guest_in(&guests.bridge, guest.clone(), guests.at);
        }
        self.settle(guests.at, out);
    }

    pub(crate) fn direction(&self) -> Direction {
        let is_trunk = |l: &Leg| !l.is_local() && self.settings.is_trunk(&l.endpoint());
        let first = self.first_leg();
        if first.is_some_and(is_trunk) {
            Direction::Inbound
        } else if self.legs.iter().any(is_trunk) {
            Direction::Outbound
        } else {
            Direction::Internal
        }
    }

    /// How far to believe this.
    pub(crate) fn trust(&self) -> Trust {
        let provisional = self.live().any(|l| !l.described);
        self.mark.max(if provisional { Trust::Provisional } else { Trust::Live })
    }

    /// An event broke a guarantee, or was skipped: believed less until compared.
    pub fn distrust(&mut self, mark: Trust, out: &mut Outbox) {
        if mark > self.mark {
            self.mark = mark;
            out.change();
        }
    }

    /// Compared with the PBX and right.
    pub fn confirmed(&mut self, out: &mut Outbox) {
        if self.mark != Trust::Live && self.mark != Trust::Degraded {
            self.mark = Trust::Live;
            out.change();
        }
        self.legs.change(|leg| !leg.described, |leg| leg.described = true);
    }

    /// Takes over another, younger call.
    pub fn absorb(&mut self, other: CallState, at: Micros, out: &mut Outbox) {
        super::merge::absorb(self, other);
        self.now = self.now.max(at);
        self.regroup(at);
        self.urgent = true;
        self.retell(None, at, out);
        self.settle(at, out);
    }
}
