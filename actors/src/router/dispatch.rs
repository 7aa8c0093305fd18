//! One line an event: who gets it.

use asterisk::ami::Event;
use asterisk::ami::event::Chan;
use smallvec::SmallVec;

use super::doubts::Missing;
use super::people::{contact_endpoint, pjsip};
use super::table::{CallNo, Delivery, Table};
use crate::call::successor;
use crate::keys::{Micros, endpoint_of, is_local};

/// The only channel variable that anybody here listens to.
pub(super) const QUEUE_STATUS: &str = "QUEUESTATUS";

impl Table {
    /// Says who gets the event; empty for what nobody listens to.
    #[allow(clippy::too_many_lines)] // the table of the module's doc, one line an event
    pub fn route(&mut self, e: &Event<'_>, at: Micros, out: &mut Vec<Delivery>) {
        self.overdue(at, out);
        match e {
            Event::VarSet(e) => {
                if let Some(chan) = &e.chan
                    && e.variable.bytes() == QUEUE_STATUS.as_bytes()
                {
                    self.one(chan, at, out);
                }
            }
            Event::Newchannel(e) => {
                self.watch(at);
                self.announces = true;
                self.doubts.came(Missing::Newchannel, e.chan.uniqueid);
                if self.legs.get(e.chan.uniqueid).is_none_or(|l| l.ended) && self.gone.has(e.chan.uniqueid) {
                    self.late(e.chan.uniqueid, e.chan.channel, "Newchannel", out);
                } else if self.legs.contains_key(e.chan.uniqueid) {
                    self.one(&e.chan, at, out);
                } else {
                    let call = self.new_leg(&e.chan, at, out);
                    if let Some(leg) = self.legs.get_mut(e.chan.uniqueid) {
                        leg.announced = true;
                    }
                    // before the event, so that who is at its endpoint is there to be told
                    self.introduce(&e.chan, out);
                    out.push(Delivery::Call(call));
                }
            }
            Event::Newstate(e) => self.one(&e.chan, at, out),
            Event::Newexten(e) => self.one(&e.chan, at, out),
            Event::NewCallerid(e) => self.one(&e.chan, at, out),
            Event::Hangup(e) => self.hangup(&e.chan, at, out),
            Event::HangupRequest(e) => self.one(&e.chan, at, out),
            Event::Hold(e) => self.one(&e.chan, at, out),
            Event::Unhold(e) => self.one(&e.chan, at, out),
            Event::Rename(e) => {
                if let Some(leg) = self.legs.get_mut(e.uniqueid) {
                    let before = std::mem::replace(&mut leg.channel, e.newname.into());
                    out.push(Delivery::Call(leg.call));
                    self.count_leg(&before, false);
                    self.count_leg(e.newname, true);
                }
            }
            Event::DialBegin(e) => {
                self.many([e.chan.as_ref(), Some(&e.dest)], at, out);
                if let (Some(by), Some(leg)) = (&e.chan, self.legs.get_mut(e.dest.uniqueid)) {
                    leg.dialed_by = Some(by.uniqueid.into());
                }
            }
            Event::DialState(e) => self.many([e.chan.as_ref(), Some(&e.dest)], at, out),
            Event::DialEnd(e) => {
                self.many([e.chan.as_ref(), Some(&e.dest)], at, out);
                self.doubts.came(Missing::DialEnd, e.dest.uniqueid);
                self.dialed(e.chan.as_ref(), &e.dest);
            }
            Event::Pickup(e) => {
                if let (Some(a), Some(b)) = (self.call(&e.chan, at, out), self.call(&e.target, at, out))
                    && a != b
                {
                    self.merge(a, b, out); // before a common Linkedid says so
                }
                self.many([Some(&e.chan), Some(&e.target)], at, out);
                if let Some(leg) = self.legs.get_mut(e.target.uniqueid) {
                    leg.dialed_by = None;
                }
            }
            Event::LocalBridge(e) => self.pair(&e.local_one, &e.local_two, at, out),
            Event::LocalOptimizationBegin(e) => self.pair(&e.local_one, &e.local_two, at, out),
            Event::ChanSpyStart(e) => {
                self.many([Some(&e.spyer), Some(&e.spyee)], at, out);
                if self.legs.contains_key(e.spyer.uniqueid) {
                    self.spies.insert(e.spyer.uniqueid.into(), e.spyee.uniqueid.into());
                }
            }
            Event::ChanSpyStop(e) => {
                self.many([Some(&e.spyer), e.spyee.as_ref()], at, out);
                self.spies.remove(e.spyer.uniqueid);
            }
            Event::MixMonitorStart(e) => self.one(&e.chan, at, out),
            Event::MixMonitorStop(e) => self.one(&e.chan, at, out),
            Event::MonitorStart(e) => self.one(&e.chan, at, out),
            Event::MonitorStop(e) => self.one(&e.chan, at, out),
            Event::BridgeCreate(e) => {
                self.watch(at);
                self.doubts.came(Missing::BridgeCreate, e.bridge.uniqueid);
                self.bridge_known(e.bridge.uniqueid);
            }
            Event::BridgeEnter(e) => self.bridge_enter(&e.bridge, &e.chan, e.swap_uniqueid, at, out),
            Event::BridgeLeave(e) => self.bridge_leave(&e.bridge, &e.chan, at, out),
            Event::BridgeDestroy(e) => {
                if let Some(b) = self.bridges.remove(e.bridge.uniqueid) {
                    for id in b.legs {
                        let Some(leg) = self.legs.get_mut(&id) else { continue };
                        leg.bridge = None;
                        if leg.unseen {
                            continue;
                        }
                        let words = format!(
                            "{} did not leave bridge {} before its end",
                            leg.channel, e.bridge.uniqueid
                        );
                        out.push(Delivery::Violation(Some(leg.call), words.into()));
                    }
                }
            }
            Event::BlindTransfer(e) => self.many([Some(&e.transferer), e.transferee.as_ref()], at, out),
            Event::AttendedTransfer(e) => {
                let one = self.call(&e.orig_transferer, at, out);
                let two = self.call(&e.second_transferer, at, out);
                let success = e.result.eq_ignore_ascii_case("success");
                if let (Some(a), Some(b)) = (one, two)
                    && a != b
                    && success
                    && e.dest_type != "Threeway"
                {
                    self.merge(a, b, out);
                }
                match successor(e).filter(|_| success) {
                    Some((from, to)) => self.succeeded(from, to, at, out),
                    None => self.many([Some(&e.orig_transferer), Some(&e.second_transferer)], at, out),
                }
            }
            Event::ParkedCall(e) => self.parked(&e.parkee, at, out),
            Event::ParkedCallSwap(e) => self.parked(&e.parkee, at, out),
            Event::ParkedCallTimeOut(e) => self.one(&e.parkee, at, out),
            Event::ParkedCallGiveUp(e) => self.one(&e.parkee, at, out),
            Event::UnParkedCall(e) => self.one(&e.parkee, at, out),
            Event::ConfbridgeJoin(e) => self.one(&e.chan, at, out),
            Event::ConfbridgeLeave(e) => self.one(&e.chan, at, out),
            Event::ConfbridgeList(e) => self.one(&e.chan, at, out),
            Event::ConfbridgeMute(e) => self.one(&e.chan, at, out),
            Event::ConfbridgeUnmute(e) => self.one(&e.chan, at, out),
            Event::ConfbridgeRecord(e) => self.all_in(&e.bridge, out),
            Event::ConfbridgeStopRecord(e) => self.all_in(&e.bridge, out),
            Event::QueueCallerJoin(e) => {
                self.queue(e.queue, out);
                self.one(&e.chan, at, out);
            }
            Event::QueueCallerLeave(e) => self.one(&e.chan, at, out),
            Event::QueueCallerAbandon(e) => self.one(&e.chan, at, out),
            Event::AgentCalled(e) => {
                self.queue(e.queue, out);
                self.many([Some(&e.chan), Some(&e.dest)], at, out);
                if !is_local(e.dest.channel) {
                    self.agent(&endpoint_of(e.dest.channel), 0, out);
                }
            }
            Event::AgentConnect(e) => self.many([Some(&e.chan), Some(&e.dest)], at, out),
            Event::AgentRingNoAnswer(e) => self.many([Some(&e.chan), e.dest.as_ref()], at, out),
            Event::QueueMemberAdded(e) => self.member(&e.member, out),
            Event::QueueMemberRemoved(e) => self.member(&e.member, out),
            Event::QueueMemberPause(e) => self.member(&e.member, out),
            Event::QueueMemberPenalty(e) => self.member(&e.member, out),
            Event::QueueMemberRinginuse(e) => self.member(&e.member, out),
            Event::QueueMemberStatus(e) => self.member(&e.member, out),
            Event::DeviceStateChange(e) => self.device(e.device, out),
            Event::PeerStatus(e) => self.device(e.peer, out),
            Event::ContactStatus(e) => self.device(&pjsip(contact_endpoint(e.endpoint_name, e.aor)), out),
            Event::Registry(e) => self.registry(e.channel_type, e.username, "", out),
            // list items, when a listing is compared
            Event::CoreShowChannel(e) => self.listed(&e.chan, at, out),
            Event::Status(e) => self.listed(&e.chan, at, out),
            Event::QueueMember(e) => self.member(&e.member, out),
            Event::QueueParams(e) => {
                let no = self.queue(e.queue, out);
                out.push(Delivery::Queue(no));
            }
            Event::QueueEntry(e) => {
                self.queue(e.queue, out);
                if let Some(call) = self.call_of_leg(e.uniqueid) {
                    out.push(Delivery::Call(call));
                }
            }
            Event::ContactList(e) => self.device(&pjsip(e.endpoint), out),
            Event::ContactStatusDetail(e) => {
                self.device(&pjsip(contact_endpoint(e.endpoint_name, e.aor)), out)
            }
            Event::EndpointList(e) => self.device(&pjsip(e.object_name), out),
            Event::PeerEntry(e) => {
                let tech = if e.channeltype.is_empty() { "SIP" } else { e.channeltype };
                self.device(&format!("{tech}/{}", e.object_name), out);
            }
            Event::OutboundRegistrationDetail(e) => {
                let name = if e.endpoint.is_empty() { e.object_name } else { e.endpoint };
                self.registry("PJSIP", e.client_uri, name, out);
            }
            Event::RegistryEntry(e) => self.registry("SIP", e.username, "", out),
            _ => {}
        }
    }

    pub(super) fn one(&mut self, c: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) {
        if let Some(call) = self.call(c, at, out) {
            out.push(Delivery::Call(call));
        }
    }

    pub(super) fn pair(&mut self, one: &Chan<'_>, two: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) {
        self.many([Some(one), Some(two)], at, out);
        for (half, other) in [(one, two), (two, one)] {
            if let Some(leg) = self.legs.get_mut(half.uniqueid) {
                leg.peer = Some(other.uniqueid.into());
            }
        }
    }

    /// An event of several channels goes once to each of their calls.
    pub(super) fn many<const N: usize>(
        &mut self,
        chans: [Option<&Chan<'_>>; N],
        at: Micros,
        out: &mut Vec<Delivery>,
    ) {
        if chans.iter().flatten().any(|c| self.is_gone(c)) {
            return self.late_news(&chans, out);
        }
        for c in chans.iter().flatten() {
            self.call(c, at, out);
        }
        let mut calls: SmallVec<[CallNo; 2]> = SmallVec::new();
        // asked again: the second may have absorbed the call of the first
        for c in chans.into_iter().flatten() {
            if let Some(call) = self.call_of_leg(c.uniqueid)
                && !calls.contains(&call)
            {
                calls.push(call);
                out.push(Delivery::Call(call));
            }
        }
    }

    fn is_gone(&self, c: &Chan<'_>) -> bool {
        !self.legs.contains_key(c.uniqueid) && self.gone.has(c.uniqueid)
    }

    /// News of several channels, one of which went with its whole call before: it begins no call, and
    /// none that would take the gone one for a leg of its own hears it.
    fn late_news(&mut self, chans: &[Option<&Chan<'_>>], out: &mut Vec<Delivery>) {
        self.unrouted += 1;
        let mut passed_over: SmallVec<[CallNo; 2]> = chans
            .iter()
            .flatten()
            .filter(|c| self.is_gone(c))
            .filter_map(|c| self.by_linkedid.get(c.linkedid).copied())
            .collect();
        for c in chans.iter().flatten() {
            if let Some(call) = self.call_of_leg(c.uniqueid)
                && !passed_over.contains(&call)
            {
                passed_over.push(call);
                out.push(Delivery::Call(call));
            }
        }
    }

    pub(super) fn parked(&mut self, c: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) {
        self.one(c, at, out);
        self.doubts.came(Missing::ParkedCall, c.uniqueid);
        if let Some(leg) = self.legs.get_mut(c.uniqueid) {
            leg.parked = true;
        }
    }

    /// A dial ended: for that leg, and (a pickup answers in another's place) for whom its caller dialled.
    pub(super) fn dialed(&mut self, caller: Option<&Chan<'_>>, dest: &Chan<'_>) {
        let own = self.legs.get_mut(dest.uniqueid).is_some_and(|l| l.dialed_by.take().is_some());
        let Some(caller) = caller.filter(|_| !own) else { return };
        let Some(call) = self.legs.get(caller.uniqueid).map(|l| l.call) else { return };
        let Some(state) = self.calls[call.0 as usize].as_ref() else { return };
        for id in &state.legs {
            if let Some(leg) = self.legs.get_mut(id)
                && leg.dialed_by.as_ref().is_some_and(|by| by == caller.uniqueid)
            {
                leg.dialed_by = None;
            }
        }
    }
}
