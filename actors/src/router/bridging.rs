//! Bridges: which legs are in which, so that other calls in a conference see who enters and leaves.

use asterisk::ami::event::{Bridge, Chan};
use smallvec::SmallVec;

use super::doubts::Missing;
use super::table::{BridgeAt, CallNo, Delivery, LegAt, Table};
use crate::call::{Guest, Guests};
use crate::keys::Micros;
use crate::view::Text;

/// Bridges remembered; beyond it, those that nobody is in are forgotten (their end was lost).
const MAX_BRIDGES: usize = 200_000;

impl Table {
    pub(super) fn bridge_known(&mut self, id: &str) -> &mut BridgeAt {
        if self.bridges.len() >= MAX_BRIDGES {
            self.bridges.retain(|_, b| !b.legs.is_empty());
        }
        self.bridges.entry(id.into()).or_default()
    }

    pub(super) fn bridge_enter(
        &mut self,
        bridge: &Bridge<'_>,
        c: &Chan<'_>,
        swap: &str,
        at: Micros,
        out: &mut Vec<Delivery>,
    ) {
        self.watch(at);
        let known = self.bridges.contains_key(bridge.uniqueid);
        let first = bridge.kind == "basic" && bridge.num_channels == Some(1) && swap.is_empty();
        let Some(mut call) = self.call(c, at, out) else { return };
        if !known && first && self.legs.get(c.uniqueid).is_some_and(|l| l.announced) {
            let words = format!("bridge {} was not announced by a BridgeCreate", bridge.uniqueid);
            self.doubts.add(Missing::BridgeCreate, bridge.uniqueid, words, at);
        }
        let Some(leg) = self.legs.get_mut(c.uniqueid) else { return };
        if leg.ended || at < leg.bridge_at {
            return;
        }
        leg.bridge_at = at;
        if bridge.kind == "parking" && leg.announced && !leg.parked && !leg.unseen {
            let words = format!("{} entered parking lot {} without a ParkedCall", leg.channel, bridge.name);
            self.doubts.add(Missing::ParkedCall, c.uniqueid, words, at);
        }
        let unseen = std::mem::take(&mut leg.unseen);
        if let Some(before) = leg.bridge.replace(bridge.uniqueid.into())
            && before != bridge.uniqueid
        {
            if !unseen {
                let words =
                    format!("{} entered bridge {} without leaving {before}", leg.channel, bridge.uniqueid);
                out.push(Delivery::Violation(Some(call), words.into()));
            }
            self.out_of(&before, c.uniqueid, call, at, out);
        }
        self.dials_no_more(c.uniqueid, call);
        let here = self.bridge_known(bridge.uniqueid);
        if !here.legs.iter().any(|id| id == c.uniqueid) {
            here.legs.push(c.uniqueid.into());
        }
        let here = here.legs.clone();
        if bridge.kind == "basic" {
            // Asterisk gives all channels of a basic bridge the oldest Linkedid among them
            for id in &here {
                if let Some(other) = self.call_of_leg(id)
                    && other != call
                {
                    call = self.merge(call, other, out);
                }
            }
        }
        out.push(Delivery::Call(call));
        let tell = |to, guests| {
            let guests = Guests { bridge: bridge.uniqueid.into(), at, guests, all: false };
            Delivery::Guests(to, Box::new(guests))
        };
        for other in self.others(bridge.uniqueid, c.uniqueid, call) {
            out.push(tell(other, self.guest(c.uniqueid).into_iter().collect()));
        }
        let foreign = here.iter().filter(|id| self.call_of_leg(id) != Some(call));
        let guests: Vec<Guest> = foreign.filter_map(|id| self.guest(id)).collect();
        if !guests.is_empty() {
            out.push(tell(call, guests));
        }
        if self.is_shared(bridge.uniqueid) {
            self.tell_all(bridge.uniqueid, at, out);
        }
    }

    /// A leg as other calls know it: by the oldest Linkedid of its call, which tells whose a talk is.
    fn guest(&self, uniqueid: &str) -> Option<Guest> {
        let leg = self.legs.get(uniqueid)?;
        let linkedid = self.linkedid(leg.call).unwrap_or(&leg.linkedid).clone();
        Some(Guest { uniqueid: uniqueid.into(), channel: leg.channel.clone(), linkedid })
    }

    pub(super) fn bridge_leave(
        &mut self,
        bridge: &Bridge<'_>,
        c: &Chan<'_>,
        at: Micros,
        out: &mut Vec<Delivery>,
    ) {
        self.doubts.came(Missing::BridgeLeave, c.uniqueid);
        let Some(call) = self.call(c, at, out) else { return };
        out.push(Delivery::Call(call));
        let Some(leg) = self.legs.get_mut(c.uniqueid) else { return };
        if at < leg.bridge_at {
            return;
        }
        leg.bridge_at = at;
        if bridge.kind == "parking" {
            leg.parked = false;
        }
        leg.bridge.take_if(|b| *b == bridge.uniqueid);
        if self.bridges.get(bridge.uniqueid).is_some_and(|b| b.legs.iter().any(|id| id == c.uniqueid)) {
            self.out_of(bridge.uniqueid, c.uniqueid, call, at, out);
        }
    }

    /// A leg is no longer in a bridge: who hears that.
    pub(super) fn out_of(
        &mut self,
        bridge: &str,
        uniqueid: &str,
        call: CallNo,
        at: Micros,
        out: &mut Vec<Delivery>,
    ) {
        let shared = self.is_shared(bridge);
        self.others_in(bridge, uniqueid, call, out);
        if let Some(b) = self.bridges.get_mut(bridge) {
            b.legs.retain(|id| id != uniqueid);
        }
        if shared {
            self.tell_all(bridge, at, out);
            let behind = self.legs.get(uniqueid).and_then(|leg| self.behind(leg).cloned());
            if let Some(behind) = behind {
                self.tell_all(&behind, at, out);
            }
        }
    }

    /// The bridge at the other end of a Local pair.
    fn behind(&self, half: &LegAt) -> Option<&Text> {
        self.legs.get(half.peer.as_deref()?)?.bridge.as_ref()
    }

    /// Bridges that Local pairs make one, that one first; the pairs of one call may be left aside.
    fn joined(&self, bridge: &str, aside: Option<CallNo>) -> SmallVec<[Text; 2]> {
        let mut joined: SmallVec<[Text; 2]> = SmallVec::from_elem(bridge.into(), 1);
        let mut next = 0;
        while let Some(here) = joined.get(next).and_then(|id| self.bridges.get(id)) {
            let legs = here.legs.iter().filter_map(|id| self.legs.get(id));
            for leg in legs.filter(|leg| Some(leg.call) != aside) {
                if let Some(behind) = self.behind(leg)
                    && !joined.contains(behind)
                {
                    joined.push(behind.clone());
                }
            }
            next += 1;
        }
        joined
    }

    fn legs_in<'t>(&'t self, bridges: &'t [Text]) -> impl Iterator<Item = (&'t Text, &'t LegAt)> {
        let ids = bridges.iter().filter_map(|b| self.bridges.get(b)).flat_map(|b| &b.legs);
        ids.filter_map(|id| Some((id, self.legs.get(id)?.as_ref())))
    }

    /// Whether Local pairs join that bridge to others, and several calls are in them.
    fn is_shared(&self, bridge: &str) -> bool {
        let Some(here) = self.bridges.get(bridge) else { return false };
        if here.legs.iter().filter_map(|id| self.legs.get(id)).all(|leg| self.behind(leg).is_none()) {
            return false; // as most: nothing is joined
        }
        let joined = self.joined(bridge, None);
        let mut calls = self.legs_in(&joined).map(|(_, leg)| leg.call);
        calls.next().is_some_and(|first| calls.any(|call| call != first))
    }

    /// Tells each call in a bridge, and in those joined to it, who else is there. Past its own Local
    /// pairs a call sees by itself.
    fn tell_all(&self, bridge: &str, at: Micros, out: &mut Vec<Delivery>) {
        for bridge in self.joined(bridge, None) {
            for call in self.others(&bridge, "", CallNo(u32::MAX)) {
                let joined = self.joined(&bridge, Some(call));
                let foreign = self.legs_in(&joined).filter(|(_, leg)| leg.call != call);
                let guests = foreign.filter_map(|(id, _)| self.guest(id)).collect();
                let guests = Guests { bridge: bridge.clone(), at, guests, all: true };
                out.push(Delivery::Guests(call, Box::new(guests)));
            }
        }
    }

    /// A channel that rings others and enters a bridge without them was taken away from its dialplan
    /// (an AMI `Park`): how the ringing ends, Asterisk tells of nobody.
    fn dials_no_more(&mut self, uniqueid: &str, call: CallNo) {
        let Some(Some(state)) = self.calls.get(call.0 as usize) else { return };
        for id in &state.legs {
            if let Some(leg) = self.legs.get_mut(id)
                && leg.bridge.is_none()
                && leg.dialed_by.as_ref().is_some_and(|by| by == uniqueid)
            {
                leg.dialed_by = None;
                self.doubts.came(Missing::DialEnd, id);
            }
        }
    }

    /// A transfer put `to` in the place of `from`: in its bridge too, with neither leave nor enter.
    pub(super) fn succeeded(&mut self, from: &Chan<'_>, to: &Chan<'_>, at: Micros, out: &mut Vec<Delivery>) {
        self.many([Some(from), Some(to)], at, out);
        let Some(place) = self.legs.get_mut(from.uniqueid).and_then(|l| l.bridge.take()) else { return };
        let Some(call) = self.call_of_leg(to.uniqueid) else { return };
        self.others_in(&place, from.uniqueid, call, out);
        if let Some(b) = self.bridges.get_mut(&place) {
            b.legs.retain(|id| id != from.uniqueid && id != to.uniqueid);
            b.legs.push(to.uniqueid.into());
        }
        if let Some(leg) = self.legs.get_mut(to.uniqueid) {
            leg.bridge = Some(place.clone());
            leg.bridge_at = at;
        }
        if self.is_shared(&place) {
            self.tell_all(&place, at, out);
        }
    }

    /// Other calls with a leg in that bridge see who enters and leaves.
    pub(super) fn others_in(&self, bridge: &str, uniqueid: &str, call: CallNo, out: &mut Vec<Delivery>) {
        out.extend(self.others(bridge, uniqueid, call).into_iter().map(Delivery::Call));
    }

    fn others(&self, bridge: &str, uniqueid: &str, call: CallNo) -> SmallVec<[CallNo; 4]> {
        let mut others: SmallVec<[CallNo; 4]> = SmallVec::new();
        for id in self.bridges.get(bridge).into_iter().flat_map(|b| &b.legs) {
            if id != uniqueid
                && let Some(other) = self.call_of_leg(id)
                && other != call
                && !others.contains(&other)
            {
                others.push(other);
            }
        }
        others
    }

    pub(super) fn all_in(&self, bridge: &Bridge<'_>, out: &mut Vec<Delivery>) {
        self.others_in(bridge.uniqueid, "", CallNo(u32::MAX), out);
    }
}
