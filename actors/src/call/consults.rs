//! Attended transfers of ours: one party waits in `vigie-wait` while the other consults.
//!
//! Asterisk has no event for them, since to it they are a redirect of two channels and a bridge made by
//! AMI. They show in where the channels go: what looks like two redirects is none, and when who waited
//! meets who was dialled meanwhile, that was the transfer. Likewise when a phone that was rung for the desk
//! meets somebody who did not wait for it: it took him over.

use super::legs::{Leg, LegIx};
use super::state::CallState;
use super::transfers::{SAME_ACT, Transfer};
use super::verbs::ON_HOLD;
use crate::keys::Micros;
use crate::view::{Text, TransferKind};

/// Extensions of `vigie-spy`.
const SPIES: [&str; 3] = ["listen", "whisper", "barge"];

impl CallState {
    /// A leg was sent to wait: who was sent elsewhere at the same time consults, or was never moved by
    /// anybody. Asterisk moves the two on threads of their own, so that the other may have left first.
    pub(super) fn waits_for_ours(&mut self, who: &str, at: Micros) {
        let before = self.transfers.len();
        self.transfers
            .retain(|t| t.kind != TransferKind::Redirect || t.who == who || (at.0 - t.at.0).abs() > SAME_ACT);
        self.dirty |= self.transfers.len() != before;
    }

    /// Whether a leg that was sent there is part of a consultation, or waits for a phone of ours; then
    /// neither it nor who was sent elsewhere at the same time was transferred.
    pub(super) fn is_our_wait(&self, who: &str, to: &str, at: Micros) -> bool {
        to == ON_HOLD
            || self.live().any(|l| {
                let waits = l.exten == ON_HOLD || l.sent_to.as_deref() == Some(ON_HOLD);
                l.uniqueid != who && waits && (at.0 - l.exten_at.0).abs() <= SAME_ACT
            })
    }

    /// That leg entered a bridge: whether who waited there met who was consulted.
    pub(super) fn consult_completed(&mut self, entered: LegIx, at: Micros) {
        let Some(bridge) = self.legs[entered as usize].bridge else { return };
        let inside = |ix: &&LegIx| self.legs[**ix as usize].bridge == Some(bridge);
        let waits = |ix: &&LegIx| self.legs[**ix as usize].exten == ON_HOLD && !self.rings_for_us(**ix);
        let held = self.live.iter().filter(inside).find(waits);
        let Some(&held) = held else { return };
        let by = self.live.iter().filter(inside).filter(|ix| **ix != held).find_map(|ix| {
            let by = self.legs[*ix as usize].dialed_by?;
            (by != held && self.legs[by as usize].bridge != Some(bridge)).then_some(by)
        });
        let Some(by) = by else { return };
        let who = self.legs[held as usize].uniqueid.clone();
        let (by, to) = (self.legs[by as usize].endpoint(), self.legs[by as usize].exten.clone());
        let known = |t: &Transfer| t.kind == TransferKind::Attended && t.who == who && t.to == to;
        if !self.transfers.iter().any(known) {
            let (kind, gave_up) = (TransferKind::Attended, Text::default());
            self.add_transfer(Transfer { kind, by: Some(by), to, success: true, at, who, gave_up });
        }
    }

    /// Whether that leg waits in `vigie-wait` for nobody: who consulted for it, or was to join it, is gone. A
    /// phone of ours that waits there waits for its own order.
    pub(super) fn is_left_alone(&self, leg: &Leg) -> bool {
        let waits = |l: &Leg| l.exten == ON_HOLD && l.is_up() && l.bridge.is_none();
        let ours = |l: &Leg| self.leg_ix(&l.uniqueid).is_some_and(|ix| self.rings_for_us(ix));
        let for_him = |l: &Leg| !l.is_local() && l.spies_on.is_none() && (!waits(l) || ours(l));
        waits(leg) && leg.is_live() && !ours(leg) && !self.live().any(for_him)
    }

    /// A phone that was rung for an order of the desk, and not to call somebody from it.
    fn rings_for_us(&self, ix: LegIx) -> bool {
        let leg = &self.legs[ix as usize];
        let for_us = leg.exten == ON_HOLD || SPIES.contains(&leg.exten.as_str());
        for_us
            && leg.uniqueid.starts_with(crate::registry::OUR_LEGS)
            && !self.legs.iter().any(|other| other.dialed_by == Some(ix))
    }

    /// Whom a phone was rung for that is in a bridge with it now: he was taken over. A caller who was picked
    /// or retrieved was brought to `vigie-wait` himself before.
    pub(super) fn taken_over(&mut self, entered: LegIx, at: Micros) {
        let Some(bridge) = self.legs[entered as usize].bridge else { return };
        let inside = |ix: &LegIx| self.legs[*ix as usize].bridge == Some(bridge);
        let inside: Vec<LegIx> = self.live.iter().copied().filter(inside).collect();
        let [one, other] = inside[..] else { return };
        let (taker, taken) = if self.rings_for_us(one) { (one, other) } else { (other, one) };
        if !self.rings_for_us(taker) || self.legs[taken as usize].exten == ON_HOLD {
            return;
        }
        let (who, to) = (self.legs[taken as usize].uniqueid.clone(), self.legs[taker as usize].endpoint());
        let known = |t: &Transfer| t.kind == TransferKind::TakenOver && t.who == who && t.to == to;
        if !self.transfers.iter().any(known) {
            let (kind, gave_up, by) = (TransferKind::TakenOver, Text::default(), Some(to.clone()));
            self.add_transfer(Transfer { kind, by, to, success: true, at, who, gave_up });
        }
    }
}
