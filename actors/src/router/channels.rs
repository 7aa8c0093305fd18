//! Channels and calls: whose leg a channel is, when a call begins, is absorbed and is over.

use std::collections::hash_map::Entry;

use asterisk::ami::event::Chan;
use smallvec::SmallVec;

use super::doubts::Missing;
use super::table::{CallAt, CallNo, Delivery, LegAt, Table};
use crate::keys::{Micros, endpoint_of, is_local, older};

impl Table {
    /// The call of a channel that an event shows: known, made up, or absorbed by an older one whose
    /// Linkedid the channel has now. `None` when the channel is gone.
    pub(super) fn call(&mut self, c: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) -> Option<CallNo> {
        if let Some(leg) = self.legs.get(c.uniqueid) {
            if leg.linkedid == c.linkedid {
                return Some(leg.call);
            }
            return Some(self.relinked(c, at, out));
        }
        self.watch(at);
        if self.gone.has(c.uniqueid) {
            self.unrouted += 1;
            return None;
        }
        if let Some(made) = creation_second(c.uniqueid)
            && self.announces
            && self.watching_since.is_some_and(|since| made > since)
        {
            let words = format!("{} ({}) was not announced by a Newchannel", c.channel, c.uniqueid);
            self.doubts.add(Missing::Newchannel, c.uniqueid, words, at);
        }
        let call = self.new_leg(c, at, out);
        self.introduce(c, out);
        Some(call)
    }

    /// A channel shows another Linkedid than before: Asterisk gives a channel only an older one.
    pub(super) fn relinked(&mut self, c: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) -> CallNo {
        let Some(leg) = self.legs.get_mut(c.uniqueid) else { return CallNo(u32::MAX) };
        let mine = leg.call;
        if leg.ended || older(&leg.linkedid, c.linkedid) {
            return mine; // an event that was late shows the younger one
        }
        leg.linkedid = c.linkedid.into();
        let theirs = match self.by_linkedid.get(c.linkedid) {
            Some(&no) => no,
            None => self.start_call(c.linkedid, at, out),
        };
        if theirs != mine {
            self.absorb(mine, theirs, out);
        }
        theirs
    }

    pub(super) fn start_call(&mut self, linkedid: &str, at: Micros, out: &mut Vec<Delivery>) -> CallNo {
        let call = CallAt {
            linkedids: SmallVec::from_elem(linkedid.into(), 1),
            legs: SmallVec::new(),
            live: 0,
            started: at,
        };
        let no = match self.free.pop() {
            Some(no) => {
                self.calls[no as usize] = Some(call);
                CallNo(no)
            }
            None => {
                self.calls.push(Some(call));
                CallNo((self.calls.len() - 1) as u32)
            }
        };
        self.live_calls += 1;
        self.by_linkedid.insert(linkedid.into(), no);
        out.push(Delivery::StartCall(no, linkedid.into()));
        no
    }

    pub(super) fn new_leg(&mut self, c: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) -> CallNo {
        let call = match self.by_linkedid.get(c.linkedid) {
            Some(&no) => no,
            None => self.start_call(c.linkedid, at, out),
        };
        let leg = LegAt {
            call,
            linkedid: c.linkedid.into(),
            channel: c.channel.into(),
            bridge: None,
            bridge_at: Micros(i64::MIN),
            ended: false,
            parked: false,
            peer: None,
            announced: false,
            dialed_by: None,
            unseen: false,
        };
        self.legs.insert(c.uniqueid.into(), Box::new(leg));
        self.count_leg(c.channel, true);
        self.live_channels += 1;
        if let Some(at) = self.calls[call.0 as usize].as_mut() {
            at.legs.push(c.uniqueid.into());
            at.live += 1;
        }
        if !self.walkers.is_empty() && self.walkers.remove(c.uniqueid) {
            out.push(Delivery::Walker(c.uniqueid.into()));
        }
        call
    }

    /// A listed channel: like an event of it, but surprises nobody.
    pub(super) fn listed(&mut self, c: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) {
        if INTERNAL.iter().any(|tech| c.channel.starts_with(tech)) {
            return; // announcers and recorders of conferences have no events of their own
        }
        if !self.legs.contains_key(c.uniqueid) && !self.gone.has(c.uniqueid) {
            let call = self.new_leg(c, at, out);
            self.introduce(c, out);
            out.push(Delivery::Call(call));
            return;
        }
        self.one(c, at, out);
    }

    pub(super) fn hangup(&mut self, c: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) {
        if self.legs.get(c.uniqueid).is_some_and(|l| l.ended) || self.gone.has(c.uniqueid) {
            self.late(c.uniqueid, c.channel, "Hangup", out);
            return;
        }
        let Some(call) = self.call(c, at, out) else { return };
        let Some(leg) = self.legs.get(c.uniqueid) else { return };
        if leg.channel != c.channel {
            // no healthy Asterisk says so, but a caller's name may (S02): it ends nothing
            let words = format!("Hangup of {} names the id of {}", c.channel, leg.channel);
            out.push(Delivery::Violation(Some(call), words.into()));
            return;
        }
        if let Some(bridge) = leg.bridge.as_ref().filter(|_| !leg.unseen) {
            let words = format!("{} hung up in bridge {bridge} without leaving it", leg.channel);
            self.doubts.add(Missing::BridgeLeave, c.uniqueid, words, at);
        }
        if leg.dialed_by.is_some() {
            let words = format!("{} hung up while it was dialled: no DialEnd", leg.channel);
            self.doubts.add(Missing::DialEnd, c.uniqueid, words, at);
        }
        out.push(Delivery::Call(call));
        self.hung_up(c.uniqueid, out);
    }

    /// An event of a channel whose Hangup was seen.
    pub(super) fn late(&mut self, uniqueid: &str, channel: &str, event: &str, out: &mut Vec<Delivery>) {
        self.unrouted += 1;
        let words = format!("{event} of {channel} ({uniqueid}) after its Hangup");
        out.push(Delivery::Violation(self.call_of_leg(uniqueid), words.into()));
    }

    pub(super) fn hung_up(&mut self, uniqueid: &str, out: &mut Vec<Delivery>) {
        let Some(leg) = self.legs.get_mut(uniqueid) else { return };
        if leg.ended {
            return;
        }
        leg.ended = true;
        self.spies.remove(uniqueid);
        let call = leg.call;
        let channel = leg.channel.clone();
        if let Some(bridge) = leg.bridge.take() {
            self.others_in(&bridge, uniqueid, call, out);
            if let Some(b) = self.bridges.get_mut(&bridge) {
                b.legs.retain(|id| id != uniqueid);
            }
        }
        self.live_channels -= 1;
        self.count_leg(&channel, false);
        let Some(state) = self.calls[call.0 as usize].as_mut() else { return };
        state.live -= 1;
        if state.live == 0 {
            out.push(Delivery::Over(call));
            self.forget(call, true);
        }
    }

    /// A channel of that name is there, or no longer.
    pub(super) fn count_leg(&mut self, channel: &str, there: bool) {
        if is_local(channel) {
            return;
        }
        match self.legs_at.entry(endpoint_of(channel)) {
            Entry::Vacant(place) if there => {
                place.insert(1);
            }
            Entry::Occupied(mut legs) if there => *legs.get_mut() += 1,
            Entry::Occupied(legs) if *legs.get() <= 1 => {
                legs.remove();
            }
            Entry::Occupied(mut legs) => *legs.get_mut() -= 1,
            Entry::Vacant(_) => {}
        }
    }

    pub(super) fn forget(&mut self, no: CallNo, remember: bool) {
        let Some(call) = self.calls[no.0 as usize].take() else { return };
        for id in call.legs {
            self.legs.remove(&id);
            if remember {
                self.gone.add(id);
            }
        }
        for linkedid in call.linkedids {
            if self.by_linkedid.get(&linkedid) == Some(&no) {
                self.by_linkedid.remove(&linkedid);
            }
        }
        self.free.push(no.0);
        self.live_calls -= 1;
    }

    /// Makes one call of two: the older survives.
    pub(super) fn merge(&mut self, a: CallNo, b: CallNo, out: &mut Vec<Delivery>) -> CallNo {
        let first_is_older = match (self.calls[a.0 as usize].as_ref(), self.calls[b.0 as usize].as_ref()) {
            (Some(x), Some(y)) => {
                let (l, r) = (&x.linkedids[0], &y.linkedids[0]);
                match (creation_second(l), creation_second(r)) {
                    (Some(_), Some(_)) => older(l, r),
                    _ => x.started <= y.started, // ids given by an Originate say nothing of age
                }
            }
            (Some(_), None) => true,
            _ => false,
        };
        let (from, into) = if first_is_older { (b, a) } else { (a, b) };
        self.absorb(from, into, out);
        into
    }

    pub(super) fn absorb(&mut self, from: CallNo, into: CallNo, out: &mut Vec<Delivery>) {
        let Some(gone) = self.calls[from.0 as usize].take() else { return };
        for id in &gone.legs {
            if let Some(leg) = self.legs.get_mut(id) {
                leg.call = into;
            }
        }
        for linkedid in &gone.linkedids {
            self.by_linkedid.insert(linkedid.clone(), into);
        }
        if let Some(call) = self.calls[into.0 as usize].as_mut() {
            call.legs.extend(gone.legs);
            call.live += gone.live;
            call.linkedids.extend(gone.linkedids);
        }
        self.free.push(from.0);
        self.live_calls -= 1;
        out.push(Delivery::Absorb { from, into });
    }
}

/// Channels that Asterisk makes for itself: listed, but without events.
const INTERNAL: [&str; 6] = ["CBAnn/", "CBRec/", "Announcer/", "Recorder/", "Surrogate/", "Message/"];

/// The second in which Asterisk made an id of its own.
fn creation_second(id: &str) -> Option<i64> {
    crate::keys::made(id).map(|(second, _)| second)
}
