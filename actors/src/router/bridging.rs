//! Bridges: which legs are in which, so that other calls in a conference see who enters and leaves.

use asterisk::ami::event::{Bridge, Chan};
use smallvec::SmallVec;

use super::doubts::Missing;
use super::table::{BridgeAt, CallNo, Delivery, Table};
use crate::call::{Guest, Guests};
use crate::keys::Micros;

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
        if bridge.kind == "parking" && !leg.parked {
            let words = format!("{} entered parking lot {} without a ParkedCall", leg.channel, bridge.name);
            self.doubts.add(Missing::ParkedCall, c.uniqueid, words, at);
        }
        if let Some(before) = leg.bridge.replace(bridge.uniqueid.into())
            && before != bridge.uniqueid
        {
            let words =
                format!("{} entered bridge {} without leaving {before}", leg.channel, bridge.uniqueid);
            out.push(Delivery::Violation(Some(call), words.into()));
            self.others_in(&before, c.uniqueid, call, out);
            if let Some(b) = self.bridges.get_mut(&before) {
                b.legs.retain(|id| id != c.uniqueid);
            }
        }
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
        self.others_in(bridge.uniqueid, c.uniqueid, call, out);
        let guests: Vec<Guest> = here
            .iter()
            .filter_map(|id| self.legs.get(id).map(|l| (id, l)))
            .filter(|(_, l)| l.call != call)
            .map(|(id, l)| Guest {
                uniqueid: id.clone(),
                channel: l.channel.clone(),
                linkedid: l.linkedid.clone(),
            })
            .collect();
        if !guests.is_empty() {
            let guests = Guests { bridge: bridge.uniqueid.into(), at, guests };
            out.push(Delivery::Guests(call, Box::new(guests)));
        }
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
        if leg.bridge.as_ref().is_some_and(|b| b == bridge.uniqueid) {
            leg.bridge = None;
            self.others_in(bridge.uniqueid, c.uniqueid, call, out);
            if let Some(b) = self.bridges.get_mut(bridge.uniqueid) {
                b.legs.retain(|id| id != c.uniqueid);
            }
        }
    }

    /// Other calls with a leg in that bridge see who enters and leaves.
    pub(super) fn others_in(&self, bridge: &str, uniqueid: &str, call: CallNo, out: &mut Vec<Delivery>) {
        let Some(b) = self.bridges.get(bridge) else { return };
        let mut told: SmallVec<[CallNo; 4]> = SmallVec::new();
        for id in &b.legs {
            if id != uniqueid
                && let Some(other) = self.call_of_leg(id)
                && other != call
                && !told.contains(&other)
            {
                told.push(other);
                out.push(Delivery::Call(other));
            }
        }
    }

    pub(super) fn all_in(&self, bridge: &Bridge<'_>, out: &mut Vec<Delivery>) {
        self.others_in(bridge.uniqueid, "", CallNo(u32::MAX), out);
    }
}
