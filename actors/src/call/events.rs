//! One line an event: what it says of a call.

use asterisk::ami::Event;
use asterisk::ami::event::{Chan, Newexten};

use super::bridges::BridgeKind;
use super::legs::{Leg, LegIx, channel_state, shown};
use super::messages::Guest;
use super::queue_stint::queue_of;
use super::state::CallState;
use super::verbs::ON_HOLD;
use crate::fact::Outbox;
use crate::keys::Micros;
use crate::view::{AtLeast, ParkedView, QueueOutcome, Since, SpyMode, Text};

impl CallState {
    #[allow(clippy::too_many_lines)] // one line an event: the table of what a call listens to
    pub(super) fn apply(&mut self, e: &Event<'_>, at: Micros, out: &mut Outbox) {
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
                if let Some(ix) = self.leg_ix(e.chan.uniqueid) {
                    self.consult_completed(ix, at);
                    self.taken_over(ix, at);
                }
                if self.open_stint(e.chan.uniqueid).is_some() {
                    self.went_on(e.chan.uniqueid, at, out); // an AMI `Park` or `Bridge` took him away
                }
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
            Event::BlindTransfer(e) => {
                self.meet([Some(&e.transferer), e.transferee.as_ref()], at);
                self.blind_transfer(e, at);
            }
            Event::AttendedTransfer(e) => {
                self.meet([Some(&e.orig_transferer), Some(&e.second_transferer)], at);
                self.attended_transfer(e, at, out);
            }
            Event::Pickup(e) => {
                self.seen_both(Some(&e.chan), &e.target, at);
                if let Some(ix) = self.leg_ix(e.target.uniqueid) {
                    let rang = &mut self.legs[ix as usize];
                    rang.dial_open = false;
                    let (by, queue, via) = (rang.dialed_by, rang.queue.clone(), rang.via);
                    if let Some(ix) = self.leg_ix(e.chan.uniqueid) {
                        let picked = &mut self.legs[ix as usize];
                        (picked.dialed_by, picked.queue, picked.via) = (by, queue, via);
                    }
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
            // of a listing: what a join told those who were there
            Event::ConfbridgeList(e) => {
                self.meet([Some(&e.chan)], at);
                let leg = self.leg_ix(e.chan.uniqueid).map(|ix| &self.legs[ix as usize]);
                if let Some(bridge) = leg.and_then(|leg| self.bridge_of(leg)).map(|b| b.id.clone()) {
                    self.join(&e.chan, &bridge, e.conference, e.muted, at);
                }
            }
            Event::ConfbridgeMute(e) => self.mute(&e.chan, true, at),
            Event::ConfbridgeUnmute(e) => self.mute(&e.chan, false, at),
            Event::ConfbridgeRecord(e) => self.record_bridge(e.bridge.uniqueid, true),
            Event::ConfbridgeStopRecord(e) => self.record_bridge(e.bridge.uniqueid, false),
            Event::ChanSpyStart(e) => {
                self.meet([Some(&e.spyee)], at);
                self.spy(&e.spyer, Some(e.spyee.uniqueid), at);
            }
            Event::ChanSpyStop(e) => {
                self.meet([e.spyee.as_ref()], at);
                self.spy(&e.spyer, None, at);
            }
            Event::MixMonitorStart(e) => self.recording(&e.chan, true, at),
            Event::MixMonitorStop(e) => self.recording(&e.chan, false, at),
            Event::MonitorStart(e) => self.recording(&e.chan, true, at),
            Event::MonitorStop(e) => self.recording(&e.chan, false, at),
            Event::QueueCallerJoin(e) => {
                self.seen(&e.chan, at);
                self.joined_queue(&e.chan, e.queue, e.position.unwrap_or(0), at, out);
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
                self.connected(&e.chan, &e.dest, e.queue, e.hold_time.unwrap_or(0), at, out);
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

    pub(super) fn newchannel(&mut self, c: &Chan<'_>, at: Micros) {
        match self.leg_ix(c.uniqueid) {
            Some(ix) => {
                // its first event comes late or again: it describes, it takes nothing back
                let leg = &mut self.legs[ix as usize];
                leg.snapshot(c, at);
                if !leg.described {
                    leg.described = true;
                    leg.at_least = AtLeast::default();
                    leg.recorded = leg.recorded.or(Some(false));
                }
                leg.started = leg.started.min(at);
                self.started = self.started.min(at);
                self.dirty = true;
            }
            None => {
                self.add_leg(c, at, true);
            }
        }
        self.asked_for(c.uniqueid, c.exten.bytes(), c.state == channel_state::RING);
    }

    /// What the first leg asked for first. `s` is no number where the channel was called.
    pub(super) fn asked_for(&mut self, uniqueid: &str, exten: &[u8], calls: bool) {
        if self.called.is_empty()
            && !exten.is_empty()
            && (calls || exten != b"s")
            && self.first_leg().is_some_and(|l| l.uniqueid == uniqueid)
        {
            self.called = String::from_utf8_lossy(exten).into();
            self.dirty = true;
        }
    }

    /// The leg of an event: known, or made up from what the event shows of it.
    pub(super) fn seen(&mut self, c: &Chan<'_>, at: Micros) -> Option<LegIx> {
        let ix = match self.leg_ix(c.uniqueid) {
            Some(ix) => ix,
            None if self.owns(c.linkedid) => return self.add_leg(c, at, false),
            None => return None,
        };
        let leg = &mut self.legs[ix as usize];
        if leg.snapshot(c, at) {
            if self.answered.is_none() {
                self.answered = leg.answered;
                self.at_least.put(Since::Answered, false);
            }
            self.dirty = true;
            self.urgent = true;
        }
        Some(ix)
    }

    /// Makes legs of channels that an event names in passing, where they were not known: the router
    /// counts them as this call's from now on.
    fn meet<const N: usize>(&mut self, named: [Option<&Chan<'_>>; N], at: Micros) {
        for c in named.into_iter().flatten() {
            if self.owns(c.linkedid) {
                self.provisional_leg(c, at);
            }
        }
    }

    /// Whether a channel with that Linkedid is one of ours; others in a conference are not.
    pub(super) fn owns(&self, linkedid: &str) -> bool {
        self.key.linkedid == linkedid || self.merged.iter().any(|m| m == linkedid)
    }

    pub(super) fn seen_both(&mut self, one: Option<&Chan<'_>>, two: &Chan<'_>, at: Micros) {
        if let Some(one) = one {
            self.seen(one, at);
        }
        self.seen(two, at);
    }

    pub(super) fn party(&mut self, ix: LegIx, c: &Chan<'_>) {
        if self.legs[ix as usize].caller_id(c.caller_num, c.caller_name) {
            self.dirty = true;
        }
    }

    pub(super) fn newexten(&mut self, e: &Newexten<'_>, at: Micros, out: &mut Outbox) {
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
        let arrives = to == ON_HOLD && leg.exten != to;
        self.moved(ix, &to, &e.chan, at);
        if arrives {
            self.waits_for_ours(e.chan.uniqueid, at);
        }
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
        if !sent {
            leg.arrived_at = at;
        }
        if leg.application != e.application {
            leg.application = e.application.into();
            self.dirty = true;
        }
        if !queue.is_empty() && !waits_there {
            self.entering = Some(Box::new((e.chan.uniqueid.into(), queue, at)));
        }
        self.asked_for(e.chan.uniqueid, e.extension.bytes(), own);
    }

    pub(super) fn hangup(&mut self, c: &Chan<'_>, cause: Option<u16>, at: Micros, out: &mut Outbox) {
        match self.seen(c, at) {
            Some(ix) => self.end_leg(ix, cause, QueueOutcome::Abandoned, at, out),
            None => self.guest_out(c.uniqueid, None, at),
        }
    }

    pub(super) fn hold(&mut self, c: &Chan<'_>, holding: bool, at: Micros) {
        let Some(ix) = self.seen(c, at) else { return };
        let leg = &mut self.legs[ix as usize];
        if leg.holding != holding && leg.is_live() {
            leg.holding = holding;
            leg.phase_begins(at, false);
            self.dirty = true;
        }
    }

    pub(super) fn dial_begin(&mut self, caller: Option<&Chan<'_>>, dest: &Chan<'_>, at: Micros) {
        self.seen_both(caller, dest, at);
        let by = caller.and_then(|c| self.leg_ix(c.uniqueid));
        let Some(ix) = self.leg_ix(dest.uniqueid) else { return };
        let mut behind = None;
        if let Some(by) = by {
            self.legs[by as usize].arrived_at = at; // its extension dials
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

    pub(super) fn dial_end(&mut self, caller: Option<&Chan<'_>>, dest: &Chan<'_>, status: &str, at: Micros) {
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
            let dialed = |leg: &Leg| leg.dialed_by == Some(by) && leg.dial_open;
            self.dirty |= self.legs.iter().any(dialed);
            self.legs.change(dialed, |leg| leg.dial_open = false);
        }
    }

    pub(super) fn bridge_enter(&mut self, c: &Chan<'_>, id: &str, kind: BridgeKind<'_>, at: Micros) {
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

    pub(super) fn pair(&mut self, one: &Chan<'_>, two: &Chan<'_>, at: Micros) {
        let (a, b) = (self.seen(one, at), self.seen(two, at));
        if let (Some(a), Some(b)) = (a, b)
            && self.legs[a as usize].peer != Some(b)
        {
            self.legs[a as usize].peer = Some(b);
            self.legs[b as usize].peer = Some(a);
            // a queue that rang one half before the pair was known
            for (x, y) in [(a, b), (b, a)] {
                if let Some(queue) = self.legs[x as usize].queue.clone() {
                    self.legs.change(
                        |leg| leg.dialed_by == Some(y) && leg.queue.is_none(),
                        |leg| {
                            leg.queue = Some(queue.clone());
                            leg.via = Some(x);
                        },
                    );
                }
            }
            self.regroup(at);
        }
    }

    pub(super) fn park(&mut self, c: &Chan<'_>, lot: &str, space: &str, until: Option<Micros>, at: Micros) {
        let Some(ix) = self.seen(c, at) else { return };
        self.legs[ix as usize].was_parked = true;
        let view = ParkedView { lot: lot.into(), space: space.into(), since_ms: at, until_ms: until };
        match &mut self.parked {
            Some(parked) if parked.1.lot == view.lot && parked.1.space == view.space => {
                parked.0 = c.uniqueid.into(); // again, or another in its place
            }
            _ => self.parked = Some(Box::new((c.uniqueid.into(), view))),
        }
        self.dirty = true;
        self.urgent = true;
    }

    pub(super) fn unpark(&mut self, c: &Chan<'_>, at: Micros) {
        self.seen(c, at);
        if self.parked.as_ref().is_some_and(|parked| parked.0 == c.uniqueid) {
            self.parked = None;
            self.dirty = true;
            self.urgent = true;
        }
    }

    pub(super) fn join(&mut self, c: &Chan<'_>, bridge: &str, conference: &str, muted: bool, at: Micros) {
        let Some(ix) = self.seen(c, at) else { return };
        self.legs[ix as usize].muted = muted;
        if let Some(b) = self.bridge_ix(bridge) {
            self.bridges[b as usize].conference = Some(conference.into());
        }
        self.dirty = true;
    }

    pub(super) fn mute(&mut self, c: &Chan<'_>, muted: bool, at: Micros) {
        if let Some(ix) = self.seen(c, at) {
            self.legs[ix as usize].muted = muted;
            self.dirty = true;
        }
    }

    pub(super) fn record_bridge(&mut self, id: &str, recorded: bool) {
        if let Some(b) = self.bridge_ix(id) {
            self.bridges[b as usize].recorded = recorded;
            self.dirty = true;
        }
    }

    pub(super) fn spy(&mut self, spy: &Chan<'_>, on: Option<&str>, at: Micros) {
        if let Some(ix) = self.seen(spy, at) {
            let leg = &mut self.legs[ix as usize];
            leg.spies_on = on.map(Box::from);
            leg.spies_how = on.and_then(|_| SpyMode::at(spy.context, &shown(spy.exten)));
            self.dirty = true;
            self.urgent = true;
        }
    }

    pub(super) fn recording(&mut self, c: &Chan<'_>, on: bool, at: Micros) {
        if let Some(ix) = self.seen(c, at) {
            self.legs[ix as usize].recorded = Some(on);
            self.dirty = true;
        }
    }
}

/// A parking lot or a waiting room: those in it do not hear each other.
pub(crate) fn is_holding(bridge: &asterisk::ami::event::Bridge<'_>) -> bool {
    bridge.kind == "parking" || bridge.technology == "holding_bridge"
}
