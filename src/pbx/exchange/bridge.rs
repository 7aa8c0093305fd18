//! Bridges: made, entered, left, taken down.

use smallvec::SmallVec;

use super::super::truth::{BridgeKind, BridgeRef, ChanRef, Text};
use super::super::wire::{Class, Headers as _};
use super::Exchange;

impl Exchange {
    /// `BridgeCreate`.
    pub(super) fn make_bridge(&mut self, kind: BridgeKind) -> BridgeRef {
        self.bridges_made += 1;
        let uuid = self.uuid();
        let at = self.truth.add_bridge(self.bridges_made, uuid, kind);
        self.bridge_event(at, "BridgeCreate");
        at
    }

    fn bridge_event(&mut self, at: BridgeRef, event: &'static str) {
        if let Some(bridge) = self.truth.bridge(at) {
            self.out.event(event, Class::Call, self.now).bridge("", bridge);
        }
    }

    /// `BridgeEnter`. Where two talk, the oldest Linkedid becomes both's; a conference and a parking
    /// lot leave them alone (22).
    pub(super) fn enter(&mut self, at: ChanRef, bridge: BridgeRef, swapped: Option<&Text>) {
        let Some(b) = self.truth.bridge_mut(bridge) else { return };
        b.channels.push(at);
        let channels = if b.kind == BridgeKind::Basic { b.channels.clone() } else { SmallVec::new() };
        let oldest = channels
            .iter()
            .filter_map(|c| self.truth.chan(*c))
            .min_by_key(|c| c.link_age)
            .map(|c| (c.linkedid.clone(), c.link_age));
        for member in channels {
            if let (Some(channel), Some((linkedid, age))) = (self.truth.chan_mut(member), &oldest)
                && channel.link_age != *age
            {
                channel.linkedid = linkedid.clone();
                channel.link_age = *age;
            }
        }
        if let Some(channel) = self.truth.chan_mut(at) {
            channel.bridge = Some(bridge);
        }
        if let (Some(b), Some(channel)) = (self.truth.bridge(bridge), self.truth.chan(at)) {
            let mut frame = self.out.event("BridgeEnter", Class::Call, self.now);
            frame.bridge("", b).chan("", channel);
            if let Some(uniqueid) = swapped {
                frame.line("SwapUniqueid", uniqueid);
            }
        }
    }

    /// `BridgeLeave`, of whatever bridge it is in.
    pub(super) fn leave(&mut self, at: ChanRef) -> Option<BridgeRef> {
        let bridge = self.truth.chan_mut(at)?.bridge.take()?;
        self.truth.bridge_mut(bridge)?.channels.retain(|c| *c != at);
        if let (Some(b), Some(channel)) = (self.truth.bridge(bridge), self.truth.chan(at)) {
            self.out.event("BridgeLeave", Class::Call, self.now).bridge("", b).chan("", channel);
        }
        Some(bridge)
    }

    /// `BridgeDestroy`, when nobody is left.
    pub(super) fn destroy_if_empty(&mut self, bridge: BridgeRef) {
        if self.truth.bridge(bridge).is_some_and(|b| b.channels.is_empty()) {
            self.bridge_event(bridge, "BridgeDestroy");
            self.truth.remove_bridge(bridge);
        }
    }

    /// Joins a caller and who answered: the one who was called enters first.
    pub(super) fn join(&mut self, caller: ChanRef, callee: ChanRef) {
        let bridge = self.make_bridge(BridgeKind::Basic);
        self.enter_both(bridge, callee, caller);
    }

    pub(super) fn enter_both(&mut self, bridge: BridgeRef, first: ChanRef, second: ChanRef) {
        self.change(first, |c| {
            // Dial clears the extension of the leg it made; Queue does not.
            if &*c.app == "AppDial" {
                c.exten = Text::default();
            }
        });
        self.enter(first, bridge, None);
        self.enter(second, bridge, None);
        self.tell_peers(first, second);
    }

    pub(super) fn tell_peers(&mut self, first: ChanRef, second: ChanRef) {
        let names = [first, second].map(|c| self.truth.chan(c).map(|c| c.name.clone()).unwrap_or_default());
        for (channel, peer) in [(first, &names[1]), (second, &names[0])] {
            self.var_set(channel, "BRIDGEPEER", peer);
            let call_id = format!("{:020x}", u128::from(self.rng.bits()));
            self.var_set(channel, "BRIDGEPVTCALLID", &call_id);
        }
    }

    /// Takes a channel out of its two-party bridge, and the other one, and the bridge; gives the
    /// other one back.
    pub(super) fn separate(&mut self, at: ChanRef) -> Option<ChanRef> {
        let peer = self.truth.peer(at);
        for channel in [Some(at), peer].into_iter().flatten() {
            self.var_set(channel, "BRIDGEPEER", "");
            self.var_set(channel, "BRIDGEPVTCALLID", "");
        }
        let bridge = self.leave(at);
        if let Some(peer) = peer {
            self.leave(peer);
        }
        if let Some(bridge) = bridge {
            self.destroy_if_empty(bridge);
        }
        self.release_hold(at);
        peer.inspect(|p| self.release_hold(*p))
    }

    fn release_hold(&mut self, at: ChanRef) {
        if let Some(channel) = self.truth.chan_mut(at)
            && std::mem::take(&mut channel.held)
        {
            let endpoint = channel.endpoint;
            self.chan_event(at, "MusicOnHoldStop", Class::Call);
            self.touch(endpoint);
        }
    }

    /// A phone puts its peer on hold.
    pub fn hold(&mut self, at: ChanRef) {
        let Some(peer) = self.truth.peer(at) else { return };
        if self.truth.chan(peer).is_none_or(|p| p.held) {
            return;
        }
        if let Some(channel) = self.truth.chan(at) {
            self.out.event("Hold", Class::Call, self.now).chan("", channel).line("MusicClass", "default");
        }
        if let Some(held) = self.truth.chan_mut(peer) {
            held.held = true;
            let endpoint = held.endpoint;
            self.touch(endpoint);
        }
        self.music(peer, true);
        self.settle();
    }

    /// And takes it back.
    pub fn unhold(&mut self, at: ChanRef) {
        let Some(peer) = self.truth.peer(at) else { return };
        let Some(held) = self.truth.chan_mut(peer) else { return };
        if !std::mem::take(&mut held.held) {
            return;
        }
        let endpoint = held.endpoint;
        self.touch(endpoint);
        self.chan_event(at, "Unhold", Class::Call);
        self.music(peer, false);
        self.settle();
    }

    /// Music on hold starts or stops.
    pub(super) fn music(&mut self, at: ChanRef, on: bool) {
        let Some(channel) = self.truth.chan(at) else { return };
        if on {
            self.out
                .event("MusicOnHoldStart", Class::Call, self.now)
                .chan("", channel)
                .line("Class", "default");
        } else {
            self.out.event("MusicOnHoldStop", Class::Call, self.now).chan("", channel);
        }
    }
}
