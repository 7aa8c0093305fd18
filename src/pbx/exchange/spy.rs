//! `ChanSpy`, and the other things that AMI does to channels under way: `Bridge`, kicks, keys.

use super::super::truth::{BridgeKind, ChanRef, Job};
use super::super::wire::{Class, Headers as _};
use super::Exchange;

impl Exchange {
    /// Listens to that channel; true when the dialplan goes on since there is no such.
    pub(super) fn spy(&mut self, at: ChanRef, on: &str) -> bool {
        let Some(target) = self.truth.by_name(on).filter(|target| *target != at) else {
            if let Some(channel) = self.truth.chan_mut(at) {
                channel.priority += 1;
            }
            return true;
        };
        if let Some(channel) = self.truth.chan_mut(at) {
            channel.job = Job::Spy(target);
        }
        if let (Some(spyer), Some(spyee)) = (self.truth.chan(at), self.truth.chan(target)) {
            self.out.event("ChanSpyStart", Class::Call, self.now).chan("Spyer", spyer).chan("Spyee", spyee);
        }
        false
    }

    /// No longer.
    pub(super) fn spy_stops(&mut self, at: ChanRef) {
        let Some(spyer) = self.truth.chan(at) else { return };
        let Job::Spy(target) = spyer.job else { return };
        let mut frame = self.out.event("ChanSpyStop", Class::Call, self.now);
        frame.chan("Spyer", spyer);
        if let Some(spyee) = self.truth.chan(target) {
            frame.chan("Spyee", spyee);
        }
        drop(frame);
        if let Some(channel) = self.truth.chan_mut(at) {
            channel.job = Job::Leg;
        }
    }

    /// A channel is gone: who listened to it has nobody to hear (`E`, `S`).
    pub(super) fn spies_end(&mut self, of: ChanRef) {
        let spies: Vec<ChanRef> = self
            .truth
            .channels()
            .filter(|c| matches!(c.job, Job::Spy(target) if target == of))
            .map(|c| c.at)
            .collect();
        for at in spies {
            self.spy_stops(at);
            self.finish_with(at, 16);
        }
    }

    /// An AMI `Bridge`: both leave what they were in, and whoever was with them is let go.
    pub fn bridge_two(&mut self, one: ChanRef, other: ChanRef) -> bool {
        let up = |x: &Self, at: ChanRef| x.truth.chan(at).is_some_and(|c| c.answered.is_some());
        if one == other || !up(self, one) || !up(self, other) {
            return false;
        }
        for at in [one, other] {
            self.hang_up(at, super::Fate::Moved);
        }
        if self.truth.chan(one).is_none() || self.truth.chan(other).is_none() {
            return false; // they were with each other
        }
        let bridge = self.make_bridge(BridgeKind::Basic);
        for at in [one, other] {
            self.enter(at, bridge, None);
            if let Some(channel) = self.truth.chan_mut(at) {
                channel.job = Job::Bridged;
            }
        }
        self.tell_peers(one, other);
        self.show_each_other(one, other);
        self.settle();
        true
    }

    /// Out of a conference, and hung up by its dialplan; false when nobody of that name is there.
    pub fn kick(&mut self, room: &str, channel: &str) -> bool {
        let Some(at) = self.truth.by_name(channel) else { return false };
        let there = |r: &super::super::truth::Room| &*r.number == room && r.people.iter().any(|p| p.0 == at);
        if !self.truth.rooms.iter().any(there) {
            return false;
        }
        self.leave_conference(at);
        self.finish_with(at, 16);
        self.settle();
        true
    }
}
