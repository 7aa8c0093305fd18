//! Transfers and redirects: a channel goes on elsewhere, the one who sent it is let go.

use super::super::dialplan;
use super::super::truth::{ChanRef, ChannelState, Job, Text};
use super::super::wire::{Class, Headers as _};
use super::{Exchange, Fate};

/// Why a transfer did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferError {
    /// Not in a bridge of two.
    NotBridged,
    /// No such extension.
    NoSuchExtension,
}

impl Exchange {
    /// The peer of `by` is sent to that extension and `by` is let go: a phone's REFER, or an AMI
    /// `BlindTransfer`.
    pub fn blind_transfer(
        &mut self,
        by: ChanRef,
        context: Option<&str>,
        exten: &str,
    ) -> Result<(), TransferError> {
        let peer = self.truth.peer(by).ok_or(TransferError::NotBridged)?;
        let from = self.truth.chan(by).ok_or(TransferError::NotBridged)?;
        let context: Text = context.map_or_else(|| from.context.clone(), Into::into);
        if !dialplan::exists(&self.truth, &context, exten) {
            return Err(TransferError::NoSuchExtension);
        }
        self.take_back(by);
        let [by_name, peer_name] = [by, peer].map(|c| self.name_of(c));
        self.var_set(peer, "BLINDTRANSFER", &by_name);
        self.var_set(by, "BLINDTRANSFER", &peer_name);
        if let (Some(transferer), Some(transferee)) = (self.truth.chan(by), self.truth.chan(peer))
            && let Some(bridge) = transferer.bridge.and_then(|b| self.truth.bridge(b))
        {
            self.out
                .event("BlindTransfer", Class::Call, self.now)
                .line("Result", "Success")
                .chan("Transferer", transferer)
                .chan("Transferee", transferee)
                .bridge("", bridge)
                .line("IsExternal", "Yes")
                .line("Context", &context)
                .line("Extension", exten);
        }
        if dialplan::is_parking(exten) {
            self.transfer_to_lot(by, peer);
        } else {
            self.change(peer, |c| {
                c.context = context;
                c.exten = exten.into();
                c.priority = 1;
            });
            self.part(peer, "transfer");
            self.closing_variables(peer);
            self.agi_taken(peer);
            self.finish(by, 16);
            if let Some(channel) = self.truth.chan_mut(peer) {
                channel.job = Job::Leg;
            }
            self.run(peer);
        }
        self.settle();
        Ok(())
    }

    /// `Unhold`, which a transfer sends whether its party was on hold or not.
    fn take_back(&mut self, by: ChanRef) {
        let held = self.truth.peer(by).and_then(|p| self.truth.chan(p)).is_some_and(|p| p.held);
        if held {
            self.unhold(by);
        } else {
            self.chan_event(by, "Unhold", Class::Call);
        }
    }

    fn transfer_to_lot(&mut self, by: ChanRef, peer: ChanRef) {
        let parker = self.interface_of(by);
        if matches!(&self.truth.chan(peer).map(|c| &c.job), Some(Job::Queue(_))) {
            self.complete(peer, "transfer");
        }
        if self.park(peer, parker, super::park::TIMEOUT_S, true).is_none() {
            self.separate(peer);
            self.finish(peer, 16);
        }
        self.hangup_request(by, Some(16), None);
        self.separate(by);
        self.finish(by, 16);
    }

    /// An AMI `Redirect` of one channel. False when it is not up: Asterisk refuses that.
    pub fn redirect(&mut self, at: ChanRef, context: &str, exten: &str, priority: u32) -> bool {
        let Some(channel) = self.truth.chan(at) else { return false };
        if channel.state != ChannelState::Up && !channel.threaded || self.is_dead(at) {
            return false;
        }
        self.change(at, |c| {
            c.context = context.into();
            c.exten = exten.into();
            c.priority = priority;
        });
        self.hang_up(at, Fate::Moved);
        self.run(at);
        self.settle();
        true
    }

    /// Off to an extension, with no bridge to leave.
    pub(super) fn send_to(&mut self, at: ChanRef, context: Text, exten: Text, priority: u32) {
        self.change(at, |c| {
            c.job = Job::Leg;
            c.context = context;
            c.exten = exten;
            c.priority = priority;
        });
        self.run(at);
    }

    /// The person with these two calls joins their far ends and is out of both: a phone's REFER
    /// with Replaces.
    pub fn attended_transfer(&mut self, first: ChanRef, second: ChanRef) -> Result<(), TransferError> {
        let missing = TransferError::NotBridged;
        let (peer, target) =
            (self.truth.peer(first).ok_or(missing)?, self.truth.peer(second).ok_or(missing)?);
        let bridge_of = |c: ChanRef| self.truth.chan(c).and_then(|c| c.bridge);
        let (Some(first_bridge), Some(second_bridge)) = (bridge_of(first), bridge_of(second)) else {
            return Err(missing);
        };
        if first_bridge == second_bridge {
            return Err(missing);
        }
        let before = (self.truth.bridge(first_bridge).cloned(), self.truth.bridge(second_bridge).cloned());
        self.take_back(first);
        self.chan_event(second, "Unhold", Class::Call);
        let [first_name, peer_name] = [first, peer].map(|c| self.name_of(c));
        self.var_set(peer, "ATTENDEDTRANSFER", &first_name);
        self.var_set(first, "ATTENDEDTRANSFER", &peer_name);
        if matches!(&self.truth.chan(peer).map(|c| &c.job), Some(Job::Queue(w)) if w.agent.is_some()) {
            self.complete(peer, "transfer");
        }
        self.leave(peer);
        self.leave(second);
        let swapped = self.truth.chan(second).map(|c| c.uniqueid.clone());
        self.enter(peer, second_bridge, swapped.as_ref());
        if let Some(channel) = self.truth.chan(second) {
            self.out.event("SoftHangupRequest", Class::Call, self.now).chan("", channel).num("Cause", 1);
        }
        if let (Some(orig), Some(other), Some(transferee), Some(to)) =
            (self.truth.chan(first), self.truth.chan(second), self.truth.chan(peer), self.truth.chan(target))
            && let (Some(b1), Some(b2)) = &before
        {
            self.out
                .event("AttendedTransfer", Class::Call, self.now)
                .line("Result", "Success")
                .chan("OrigTransferer", orig)
                .bridge("Orig", b1)
                .chan("SecondTransferer", other)
                .bridge("Second", b2)
                .chan("Transferee", transferee)
                .chan("TransferTarget", to)
                .line("IsExternal", "Yes")
                .line("DestType", "Bridge")
                .line("DestBridgeUniqueid", &b2.uuid);
        }
        if let Some(channel) = self.truth.chan_mut(peer)
            && channel.threaded
        {
            channel.job = Job::Bridged;
        }
        self.show_each_other(peer, target);
        self.finish(second, 16);
        self.leave(first);
        self.finish(first, 16);
        self.destroy_if_empty(first_bridge);
        self.cues.push(super::Cue::Talk(peer, target));
        self.settle();
        Ok(())
    }
}
