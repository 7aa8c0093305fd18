//! The pure state of a call: events in, view, news and facts out. No clock, no I/O.

use std::sync::Arc;

use asterisk::ami::Event;
use asterisk::ami::event::{Chan, Newexten};
use smallvec::SmallVec;

use super::bridges::{Bridge, BridgeKind, OpenTalk, Talk};
use super::legs::{Leg, LegIx, shown};
use super::messages::{Guest, Guests};
use super::queue_stint::{Stint, queue_of};
use super::transfers::Transfer;
use crate::fact::{Outbox, What};
use crate::keys::{CallKey, Micros};
use crate::settings::Settings;
use crate::view::{CallPhase, Direction, ParkedView, QueueOutcome, Text, Trust};

/// Legs that a call remembers; when more come, ended ones that nobody answered are forgotten first.
const MAX_LEGS: usize = 1000;

/// A call.
#[derive(Debug, Clone)]
pub struct CallState {
    pub(crate) key: CallKey,
    pub(crate) settings: Arc<Settings>,
    pub(crate) legs: Vec<Leg>,
    pub(crate) live: SmallVec<[LegIx; 4]>,
    pub(crate) just_ended: SmallVec<[LegIx; 2]>,
    pub(crate) bridges: Vec<Bridge>,
    pub(crate) open_talks: Vec<OpenTalk>,
    pub(crate) talks: Vec<Talk>,
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) stints: Vec<Stint>,
    /// Who runs `Queue()` and has not joined: Uniqueid, queue, when.
    pub(crate) entering: Option<(Text, Text, Micros)>,
    pub(crate) parked: Option<(Text, ParkedView)>,
    pub(crate) merged: Vec<Text>,
    pub(crate) called: Text,
    pub(crate) started: Micros,
    pub(crate) answered: Option<Micros>,
    pub(crate) ended: Option<Micros>,
    pub(crate) phase: CallPhase,
    pub(crate) phase_since: Micros,
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
            key,
            settings,
            legs: Vec::with_capacity(2),
            live: SmallVec::new(),
            just_ended: SmallVec::new(),
            bridges: Vec::new(),
            open_talks: Vec::new(),
            talks: Vec::new(),
            transfers: Vec::new(),
            stints: Vec::new(),
            entering: None,
            parked: None,
            merged: Vec::new(),
            called: Text::default(),
            started: at,
            answered: None,
            ended: None,
            phase: CallPhase::Dialing,
            phase_since: at,
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
        self.apply(e, at, out);
        self.settle(at, out);
    }

    #[allow(clippy::too_many_lines)] // one line an event: the table of what a call listens to
    fn apply(&mut self, e: &Event<'_>, at: Micros, out: &mut Outbox) {
        if at > self.now {
            self.now = at;
        }
        match e {
            Event::Newchannel(e) => self.newchannel(&e.chan, at),
            Event::Newstate(e) => {
                if let Some(ix) = self.seen(&e.chan, at) {
                    self.party(ix, &e.chan);
                }
            }
            Event::NewCallerid(e) => {
                if let Some(ix) = self.seen(&e.chan, at) {
                    self.party(ix, &e.chan);
                }
            }
            Event::Newexten(e) => self.newexten(e, at, out),
            Event::Hangup(e) => self.hangup(&e.chan, e.cause, at, out),
            Event::HangupRequest(e) => {
                if let Some(ix) = self.seen(&e.chan, at) {
                    self.legs[ix as usize].hangup_requested = true;
                }
            }
            Event::Rename(e) => {
                if let Some(ix) = self.leg_ix(e.uniqueid) {
                    self.legs[ix as usize].channel = e.newname.into();
                    self.dirty = true;
                }
            }
            Event::Hold(e) => self.hold(&e.chan, true, at),
            Event::Unhold(e) => self.hold(&e.chan, false, at),
            Event::DialBegin(e) => self.dial_begin(e.chan.as_ref(), &e.dest, at),
            Event::DialState(e) => self.seen_both(e.chan.as_ref(), &e.dest, at),
            Event::DialEnd(e) => self.dial_end(e.chan.as_ref(), &e.dest, e.dial_status, at),
            Event::BridgeEnter(e) => {
                let conference = (e.bridge.creator == "ConfBridge").then_some(e.bridge.name);
                let kind = BridgeKind { holding: is_holding(&e.bridge), conference };
                self.bridge_enter(&e.chan, e.bridge.uniqueid, kind, at);
            }
            Event::BridgeLeave(e) => match self.seen(&e.chan, at) {
                Some(ix) => {
                    self.leave(ix, e.bridge.uniqueid, at);
                    self.left_for(ix, at);
                }
                None => self.guest_out(e.chan.uniqueid, Some(e.bridge.uniqueid), at),
            },
            Event::LocalBridge(e) => self.pair(&e.local_one, &e.local_two, at),
            Event::LocalOptimizationBegin(e) => self.pair(&e.local_one, &e.local_two, at),
            Event::BlindTransfer(e) => self.blind_transfer(e, at),
            Event::AttendedTransfer(e) => self.attended_transfer(e, at, out),
            Event::Pickup(e) => {
                self.seen_both(Some(&e.chan), &e.target, at);
                if let Some(ix) = self.leg_ix(e.target.uniqueid) {
                    self.legs[ix as usize].dial_open = false;
                    self.urgent = true;
                }
            }
            Event::ParkedCall(e) => {
                let until =
                    e.parking_timeout.filter(|&s| s > 0).map(|s| Micros(at.0 + i64::from(s) * 1_000_000));
                self.park(&e.parkee, e.parkinglot, e.parking_space, until, at);
            }
            Event::ParkedCallSwap(e) => self.park(&e.parkee, e.parkinglot, e.parking_space, None, at),
            Event::ParkedCallTimeOut(e) => self.unpark(&e.parkee, at),
            Event::ParkedCallGiveUp(e) => self.unpark(&e.parkee, at),
            Event::UnParkedCall(e) => self.unpark(&e.parkee, at),
            Event::ConfbridgeJoin(e) => self.join(&e.chan, e.bridge.uniqueid, e.conference, e.muted, at),
            Event::ConfbridgeLeave(e) => {
                self.seen(&e.chan, at);
            }
            Event::ConfbridgeMute(e) => self.mute(&e.chan, true, at),
            Event::ConfbridgeUnmute(e) => self.mute(&e.chan, false, at),
            Event::ConfbridgeRecord(e) => self.record_bridge(e.bridge.uniqueid, true),
            Event::ConfbridgeStopRecord(e) => self.record_bridge(e.bridge.uniqueid, false),
            Event::ChanSpyStart(e) => self.spy(&e.spyer, Some(e.spyee.uniqueid), at),
            Event::ChanSpyStop(e) => self.spy(&e.spyer, None, at),
            Event::MixMonitorStart(e) => self.recording(&e.chan, true, at),
            Event::MixMonitorStop(e) => self.recording(&e.chan, false, at),
            Event::MonitorStart(e) => self.recording(&e.chan, true, at),
            Event::MonitorStop(e) => self.recording(&e.chan, false, at),
            Event::QueueCallerJoin(e) => {
                if self.seen(&e.chan, at).is_some() {
                    self.joined_queue(&e.chan, e.queue, e.position.unwrap_or(0), at, out);
                }
            }
            Event::QueueCallerLeave(e) => {
                self.seen(&e.chan, at);
                self.left_queue(e.chan.uniqueid, e.queue, false, at, out);
            }
            Event::QueueCallerAbandon(e) => {
                self.seen(&e.chan, at);
                self.left_queue(e.chan.uniqueid, e.queue, true, at, out);
            }
            Event::AgentCalled(e) => {
                self.seen_both(Some(&e.chan), &e.dest, at);
                self.rung_for(&e.dest, e.queue);
            }
            Event::AgentConnect(e) => {
                self.seen_both(Some(&e.chan), &e.dest, at);
                self.connected(&e.chan, &e.dest, e.queue, at, out);
            }
            Event::AgentRingNoAnswer(e) => {
                if let Some(dest) = &e.dest {
                    self.rung_in_vain(dest);
                }
            }
            Event::VarSet(e) => {
                if let Some(chan) = &e.chan
                    && e.variable.bytes() == b"QUEUESTATUS"
                {
                    self.seen(chan, at);
                    self.queue_status(chan.uniqueid, e.value.bytes(), at, out);
                }
            }
            // what is left either says nothing new of a call or is not a call's
            _ => {}
        }
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
            self.urgent = true;
        }
        self.tell_legs(at, out);
        out.changed = true;
        out.urgent |= std::mem::take(&mut self.urgent);
        if phase == CallPhase::Ended && self.ended.is_none() && !self.legs.is_empty() {
            self.ended = Some(at);
            out.fact(at, What::CallEnded(Box::new(self.record())));
        }
    }

    fn newchannel(&mut self, c: &Chan<'_>, at: Micros) {
        match self.leg_ix(c.uniqueid) {
            Some(ix) => {
                // its first event comes late or again: it describes, it takes nothing back
                let leg = &mut self.legs[ix as usize];
                leg.snapshot(c, at);
                leg.described = true;
                leg.started = leg.started.min(at);
                self.started = self.started.min(at);
                self.dirty = true;
            }
            None => {
                self.add_leg(c, at, true);
            }
        }
        self.asked_for(c.uniqueid, c.exten.bytes(), c.state == super::legs::channel_state::RING);
    }

    /// What the first leg asked for first. `s` is no number where the channel was called.
    fn asked_for(&mut self, uniqueid: &str, exten: &[u8], calls: bool) {
        if self.called.is_empty()
            && !exten.is_empty()
            && (calls || exten != b"s")
            && self.first_leg().is_some_and(|l| l.uniqueid == uniqueid)
        {
            self.called = String::from_utf8_lossy(exten).into();
            self.dirty = true;
        }
    }

    fn add_leg(&mut self, c: &Chan<'_>, at: Micros, described: bool) -> Option<LegIx> {
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
        }
        let ix = self.legs.len() as LegIx;
        self.legs.push(leg);
        self.live.push(ix);
        self.started = self.started.min(at);
        self.dirty = true;
        self.urgent = true;
        Some(ix)
    }

    /// Makes room: a call that rings agents for hours has thousands of legs nobody needs.
    fn forget_unanswered(&mut self) {
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
        for leg in &mut self.legs {
            leg.peer = moved(leg.peer);
            leg.dialed_by = moved(leg.dialed_by);
            leg.via = moved(leg.via);
            leg.told = leg.told.filter(|_| !leg.is_live());
        }
        self.live = self.live.iter().filter_map(|&ix| moved(Some(ix))).collect();
        self.just_ended.clear();
    }

    /// The leg of an event: known, or made up from what the event shows of it.
    fn seen(&mut self, c: &Chan<'_>, at: Micros) -> Option<LegIx> {
        let ix = match self.leg_ix(c.uniqueid) {
            Some(ix) => ix,
            None if self.owns(c.linkedid) => return self.add_leg(c, at, false),
            None => return None,
        };
        let leg = &mut self.legs[ix as usize];
        if leg.snapshot(c, at) {
            if self.answered.is_none() {
                self.answered = leg.answered;
            }
            self.dirty = true;
            self.urgent = true;
        }
        Some(ix)
    }

    /// Whether a channel with that Linkedid is one of ours; others in a conference are not.
    fn owns(&self, linkedid: &str) -> bool {
        self.key.linkedid == linkedid || self.merged.iter().any(|m| m == linkedid)
    }

    fn seen_both(&mut self, one: Option<&Chan<'_>>, two: &Chan<'_>, at: Micros) {
        if let Some(one) = one {
            self.seen(one, at);
        }
        self.seen(two, at);
    }

    /// A leg of ours that was first seen in passing: described by whatever showed it.
    pub fn provisional_leg(&mut self, c: &Chan<'_>, at: Micros) {
        if self.leg_ix(c.uniqueid).is_none() {
            self.add_leg(c, at, false);
        }
    }

    fn party(&mut self, ix: LegIx, c: &Chan<'_>) {
        if self.legs[ix as usize].caller_id(c.caller_num, c.caller_name) {
            self.dirty = true;
        }
    }

    fn newexten(&mut self, e: &Newexten<'_>, at: Micros, out: &mut Outbox) {
        let Some(ix) = self.seen(&e.chan, at) else { return };
        if at < self.legs[ix as usize].exten_at {
            return;
        }
        let to = shown(e.extension);
        let leg = &self.legs[ix as usize];
        if at == leg.exten_at && leg.application == e.application && leg.exten == to {
            return; // sent twice (F14)
        }
        let own = !e.application.starts_with("App"); // `AppDial`, `AppQueue` mark a called leg
        // a channel that is sent elsewhere shows its new extension with the application it still runs
        let sent = leg.application == e.application && leg.exten != to;
        self.moved(ix, &to, &e.chan, at);
        let queue = if e.application == "Queue" && !sent { queue_of(e.app_data) } else { Text::default() };
        let waits_there = !queue.is_empty()
            && self.open_stint(e.chan.uniqueid).is_some_and(|open| self.stints[open].queue == queue);
        let waits = !self.stints.is_empty() || self.entering.is_some();
        if own && waits && !sent && !waits_there && to != "h" {
            self.went_on(e.chan.uniqueid, at, out);
        }
        let leg = &mut self.legs[ix as usize];
        leg.exten = to;
        leg.exten_at = at;
        if leg.application != e.application {
            leg.application = e.application.into();
            self.dirty = true;
        }
        if !queue.is_empty() && !waits_there {
            self.entering = Some((e.chan.uniqueid.into(), queue, at));
        }
        self.asked_for(e.chan.uniqueid, e.extension.bytes(), own);
    }

    fn hangup(&mut self, c: &Chan<'_>, cause: Option<u16>, at: Micros, out: &mut Outbox) {
        match self.seen(c, at) {
            Some(ix) => self.end_leg(ix, cause, QueueOutcome::Abandoned, at, out),
            None => self.guest_out(c.uniqueid, None, at),
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
        leg.cause = cause;
        leg.dial_open = false;
        leg.holding = false;
        leg.spies_on = None;
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
        if self.parked.as_ref().is_some_and(|(parkee, _)| *parkee == who) {
            self.parked = None;
        }
        self.gone_from_queue(&who, waited, at, out);
        self.dirty = true;
        self.urgent = true;
    }

    fn hold(&mut self, c: &Chan<'_>, holding: bool, at: Micros) {
        let Some(ix) = self.seen(c, at) else { return };
        let leg = &mut self.legs[ix as usize];
        if leg.holding != holding && leg.is_live() {
            leg.holding = holding;
            leg.phase_since = at;
            self.dirty = true;
        }
    }

    fn dial_begin(&mut self, caller: Option<&Chan<'_>>, dest: &Chan<'_>, at: Micros) {
        self.seen_both(caller, dest, at);
        let by = caller.and_then(|c| self.leg_ix(c.uniqueid));
        let Some(ix) = self.leg_ix(dest.uniqueid) else { return };
        let mut behind = None;
        if let Some(by) = by {
            // who is dialled behind a Local half that a queue rings is rung by that queue
            let half = &self.legs[by as usize];
            let front = half.peer.filter(|&p| self.legs[p as usize].queue.is_some());
            behind =
                front.map(|p| (self.legs[p as usize].queue.clone(), self.legs[p as usize].via.unwrap_or(p)));
        }
        let leg = &mut self.legs[ix as usize];
        leg.dialed_by = by;
        leg.dial_open = leg.answered.is_none() && leg.is_live();
        if let Some((queue, via)) = behind {
            leg.queue = queue;
            leg.via = Some(via);
        }
        self.dirty = true;
    }

    fn dial_end(&mut self, caller: Option<&Chan<'_>>, dest: &Chan<'_>, status: &str, at: Micros) {
        self.seen_both(caller, dest, at);
        if let Some(ix) = self.leg_ix(dest.uniqueid) {
            let leg = &mut self.legs[ix as usize];
            self.dirty |= std::mem::take(&mut leg.dial_open);
        }
        // a pickup answers for another: whoever the caller dialled is no longer dialled
        if status == "ANSWER"
            && let Some(by) = caller.and_then(|c| self.leg_ix(c.uniqueid))
            && self.leg_ix(dest.uniqueid).is_none_or(|d| self.legs[d as usize].dialed_by != Some(by))
        {
            for leg in &mut self.legs {
                if leg.dialed_by == Some(by) {
                    self.dirty |= std::mem::take(&mut leg.dial_open);
                }
            }
        }
    }

    fn bridge_enter(&mut self, c: &Chan<'_>, id: &str, kind: BridgeKind<'_>, at: Micros) {
        match self.seen(c, at) {
            Some(ix) => {
                self.urgent = true;
                self.enter(ix, id, kind, at);
            }
            None => {
                let guest = Guest {
                    uniqueid: c.uniqueid.into(),
                    channel: c.channel.into(),
                    linkedid: c.linkedid.into(),
                };
                self.guest_in(id, guest, at);
            }
        }
    }

    /// Takes who else is in a bridge that one of our legs just entered.
    pub fn guests(&mut self, guests: &Guests, out: &mut Outbox) {
        for guest in &guests.guests {
            self.guest_in(&guests.bridge, guest.clone(), guests.at);
        }
        self.settle(guests.at, out);
    }

    fn pair(&mut self, one: &Chan<'_>, two: &Chan<'_>, at: Micros) {
        let (a, b) = (self.seen(one, at), self.seen(two, at));
        if let (Some(a), Some(b)) = (a, b)
            && self.legs[a as usize].peer != Some(b)
        {
            self.legs[a as usize].peer = Some(b);
            self.legs[b as usize].peer = Some(a);
            // a queue that rang one half before the pair was known
            for (x, y) in [(a, b), (b, a)] {
                if let Some(queue) = self.legs[x as usize].queue.clone() {
                    for leg in &mut self.legs {
                        if leg.dialed_by == Some(y) && leg.queue.is_none() {
                            leg.queue = Some(queue.clone());
                            leg.via = Some(x);
                        }
                    }
                }
            }
            self.regroup(at);
        }
    }

    fn park(&mut self, c: &Chan<'_>, lot: &str, space: &str, until: Option<Micros>, at: Micros) {
        let Some(ix) = self.seen(c, at) else { return };
        self.legs[ix as usize].was_parked = true;
        let view = ParkedView { lot: lot.into(), space: space.into(), since_ms: at, until_ms: until };
        match &mut self.parked {
            Some((who, parked)) if parked.lot == view.lot && parked.space == view.space => {
                *who = c.uniqueid.into(); // again, or another in its place
            }
            _ => self.parked = Some((c.uniqueid.into(), view)),
        }
        self.dirty = true;
        self.urgent = true;
    }

    fn unpark(&mut self, c: &Chan<'_>, at: Micros) {
        self.seen(c, at);
        if self.parked.as_ref().is_some_and(|(who, _)| who == c.uniqueid) {
            self.parked = None;
            self.dirty = true;
            self.urgent = true;
        }
    }

    fn join(&mut self, c: &Chan<'_>, bridge: &str, conference: &str, muted: bool, at: Micros) {
        let Some(ix) = self.seen(c, at) else { return };
        self.legs[ix as usize].muted = muted;
        if let Some(b) = self.bridge_ix(bridge) {
            self.bridges[b as usize].conference = Some(conference.into());
        }
        self.dirty = true;
    }

    fn mute(&mut self, c: &Chan<'_>, muted: bool, at: Micros) {
        if let Some(ix) = self.seen(c, at) {
            self.legs[ix as usize].muted = muted;
            self.dirty = true;
        }
    }

    fn record_bridge(&mut self, id: &str, recorded: bool) {
        if let Some(b) = self.bridge_ix(id) {
            self.bridges[b as usize].recorded = recorded;
            self.dirty = true;
        }
    }

    fn spy(&mut self, spy: &Chan<'_>, on: Option<&str>, at: Micros) {
        if let Some(ix) = self.seen(spy, at) {
            self.legs[ix as usize].spies_on = on.map(Text::from);
            self.dirty = true;
            self.urgent = true;
        }
    }

    fn recording(&mut self, c: &Chan<'_>, on: bool, at: Micros) {
        if let Some(ix) = self.seen(c, at) {
            self.legs[ix as usize].recorded = on;
            self.dirty = true;
        }
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
        for leg in &mut self.legs {
            leg.described = true;
        }
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

/// A parking lot or a waiting room: those in it do not hear each other.
pub(crate) fn is_holding(bridge: &asterisk::ami::event::Bridge<'_>) -> bool {
    bridge.kind == "parking" || bridge.technology == "holding_bridge"
}
