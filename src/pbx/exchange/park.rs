//! Parking: one lot (`default`, spaces 701 to 799), and the way back.

use super::super::truth::{BridgeKind, ChanRef, Job, Parked, Text};
use super::super::wire::{Class, Headers as _};
use super::{Cue, Exchange, Timer};

/// First and last space of the lot.
pub(super) const SPACES: std::ops::RangeInclusive<u32> = 701..=799;
/// Seconds until a parked call comes back.
pub(super) const TIMEOUT_S: u32 = 45;

impl Exchange {
    /// `Park`: the channel parks itself.
    pub(super) fn park_self(&mut self, at: ChanRef) {
        self.answer_here(at);
        let parker = self.interface_of(at);
        if self.park(at, parker, TIMEOUT_S, false).is_none() {
            self.finish_with(at, 16);
        }
    }

    pub(super) fn interface_of(&self, at: ChanRef) -> Text {
        self.truth
            .chan(at)
            .and_then(|c| self.truth.endpoint(c.endpoint))
            .map(|e| e.interface.clone())
            .unwrap_or_default()
    }

    /// Sets a channel aside; `leaves_after` when it is still in a bridge that it leaves only once
    /// its space is known (a transfer to the lot). `None` when the lot is full.
    pub(super) fn park(
        &mut self,
        at: ChanRef,
        parker: Text,
        timeout_s: u32,
        leaves_after: bool,
    ) -> Option<u32> {
        let space = SPACES.clone().find(|s| self.truth.parked.iter().all(|p| p.space != *s))?;
        self.agi_taken(at);
        self.truth.parked.push(Parked { channel: at, space, parker, since: self.now, timeout_s });
        self.parked_event(at, "ParkedCall", None);
        let bridge = match self.truth.parking {
            Some(bridge) => bridge,
            None => {
                let bridge = self.make_bridge(BridgeKind::Parking("default".into()));
                self.truth.parking = Some(bridge);
                bridge
            }
        };
        if leaves_after && let Some(left) = self.leave(at) {
            self.destroy_if_empty(left);
        }
        self.custom_device(&format!("park:{space}@parkedcalls"), "INUSE");
        if let Some(channel) = self.truth.chan_mut(at) {
            channel.job = Job::Parked;
            channel.held = false;
        }
        self.enter(at, bridge, None);
        self.music(at, true);
        self.after_s(u64::from(timeout_s), Timer::ParkTimeout { channel: at, space });
        self.cues.push(Cue::Parked(at, space));
        Some(space)
    }

    /// An AMI `Park`: the peer is let go. `None` when it cannot be done.
    pub fn park_by_manager(&mut self, at: ChanRef, parker: Option<ChanRef>, timeout_s: u32) -> Option<u32> {
        let peer = self.truth.peer(at);
        let parker = self.interface_of(parker.or(peer)?);
        self.part(at, "transfer");
        let space = self.park(at, parker, timeout_s, false);
        if space.is_none() {
            self.finish(at, 16);
        }
        if let Some(peer) = peer {
            self.finish(peer, 16);
        }
        self.settle();
        space
    }

    fn parked_event(&mut self, at: ChanRef, event: &'static str, retriever: Option<ChanRef>) {
        let Some(parked) = self.truth.parked.iter().find(|p| p.channel == at) else { return };
        let Some(channel) = self.truth.chan(at) else { return };
        let since_s = self.now.saturating_sub(parked.since) / 1_000_000;
        let mut frame = self.out.event(event, Class::Call, self.now);
        frame.chan("Parkee", channel);
        if let Some(by) = retriever.and_then(|r| self.truth.chan(r)) {
            frame.chan("Retriever", by);
        }
        frame
            .line("ParkerDialString", &parked.parker)
            .line("Parkinglot", "default")
            .num("ParkingSpace", parked.space.into())
            .num("ParkingTimeout", u64::from(parked.timeout_s).saturating_sub(since_s))
            .num("ParkingDuration", since_s);
    }

    /// Hung up or sent elsewhere while parked.
    pub(super) fn give_up_space(&mut self, at: ChanRef) {
        let Some(space) = self.truth.parked.iter().find(|p| p.channel == at).map(|p| p.space) else { return };
        self.music(at, false);
        self.custom_device(&format!("park:{space}@parkedcalls"), "NOT_INUSE");
        self.parked_event(at, "ParkedCallGiveUp", None);
        self.leave(at);
        self.truth.parked.retain(|p| p.channel != at);
    }

    pub(super) fn park_timed_out(&mut self, at: ChanRef, space: u32) {
        let due = self.truth.parked.iter().any(|p| {
            p.channel == at && p.space == space && self.now >= p.since + u64::from(p.timeout_s) * 1_000_000
        });
        if !due {
            return;
        }
        let parker = self.truth.parked.iter().find(|p| p.channel == at).map(|p| p.parker.clone());
        let parker = parker.unwrap_or_default();
        let flat: Text = parker.replace('/', "_").into();
        self.set_var(at, "PARKING_SPACE", &space.to_string());
        self.set_var(at, "PARKEDLOT", "default");
        self.set_var(at, "PARKER", &parker);
        self.set_var(at, "PARKER_FLAT", &flat);
        self.music(at, false);
        self.custom_device(&format!("park:{space}@parkedcalls"), "NOT_INUSE");
        self.leave(at);
        self.change(at, |c| {
            c.job = Job::Leg;
            c.context = "park-dial".into();
            c.exten = flat;
            c.priority = 1;
        });
        self.parked_event(at, "ParkedCallTimeOut", None);
        self.truth.parked.retain(|p| p.channel != at);
        self.run(at);
    }

    /// `ParkedCall`: somebody takes it back. True when the dialplan goes on: the space is empty.
    pub(super) fn retrieve(&mut self, by: ChanRef, space: u32) -> bool {
        let Some(at) = self.truth.parked.iter().find(|p| p.space == space).map(|p| p.channel) else {
            if let Some(channel) = self.truth.chan_mut(by) {
                channel.priority += 1;
            }
            return true;
        };
        self.answer_here(by);
        let bridge = self.make_bridge(BridgeKind::Basic);
        self.music(at, false);
        self.custom_device(&format!("park:{space}@parkedcalls"), "NOT_INUSE");
        self.parked_event(at, "UnParkedCall", Some(by));
        self.truth.parked.retain(|p| p.channel != at);
        self.leave(at);
        self.enter(at, bridge, None);
        self.enter(by, bridge, None);
        for channel in [at, by] {
            if let Some(channel) = self.truth.chan_mut(channel) {
                channel.job = Job::Bridged;
            }
        }
        self.show_each_other(by, at);
        self.cues.push(Cue::Talk(by, at));
        false
    }

    /// Two channels met otherwise than by a call: each learns who the other is.
    pub(super) fn show_each_other(&mut self, a: ChanRef, b: ChanRef) {
        let [pa, pb] = [a, b].map(|c| self.truth.chan(c).map(|c| c.caller.clone()).unwrap_or_default());
        self.change(a, |c| c.connected = pb);
        self.change(b, |c| c.connected = pa);
    }
}
