//! Transfers: who sent whom where.
//!
//! Blind and attended ones have an event. An AMI `Redirect` has none: it shows as an extension that
//! changes under a channel which is in a bridge, or in an application that never jumps by itself. A
//! transfer event about the same leg, before or after (16 sends it late), takes its place.

use asterisk::ami::event::{AttendedTransfer, BlindTransfer, Chan};

use super::legs::{Leg, LegIx, shown};
use super::state::CallState;
use crate::fact::Outbox;
use crate::keys::{Micros, endpoint_of, is_local};
use crate::view::{Text, TransferKind};

/// A transfer that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transfer {
    pub(crate) kind: TransferKind,
    pub(crate) by: Option<Text>,
    pub(crate) to: Text,
    pub(crate) success: bool,
    pub(crate) at: Micros,
    /// Uniqueid of who was sent, empty when there are several.
    pub(crate) who: Text,
    /// Uniqueid of the transferer's leg that gave its place up: it gets the extension of who took it.
    pub(crate) gave_up: Text,
}

impl Transfer {
    /// Whether an extension that changed under that leg is what this transfer did.
    fn explains(&self, who: &str, to: &str, at: Micros) -> bool {
        (at.0 - self.at.0).abs() <= SAME_ACT
            && (self.who == who || self.gave_up == who || (self.who.is_empty() && self.to == to))
    }
}

/// How far apart a transfer event and its effects may be.
pub(super) const SAME_ACT: i64 = 5_000_000;
/// Transfers that a call remembers; further ones are dropped and counted.
const MAX_TRANSFERS: usize = 200;

/// Applications that end where they began: a channel that runs one and is elsewhere was sent there.
const STAYS: [&str; 8] =
    ["Dial", "Queue", "Echo", "MusicOnHold", "Wait", "ConfBridge", "Milliwatt", "Ringing"];

/// Extensions that Asterisk itself goes to.
const SPECIAL: [&str; 9] = ["h", "i", "t", "T", "e", "o", "a", "s", "fax"];

impl CallState {
    pub(super) fn add_transfer(&mut self, t: Transfer) {
        if self.transfers.contains(&t) {
            return; // sent twice (F14)
        }
        if self.transfers.len() >= MAX_TRANSFERS {
            self.dropped += 1;
            return;
        }
        if t.success && t.kind != TransferKind::Redirect {
            self.drop_effects(&t);
        }
        if let Some(by) = t.by.as_ref().filter(|_| t.success) {
            // told after his leg was gone: what was told of it is told again
            for (ix, leg) in self.legs.iter().enumerate() {
                let just_gone = leg.ended.is_some_and(|ended| (t.at.0 - ended.0).abs() <= SAME_ACT);
                if just_gone && leg.answered.is_some() && leg.endpoint() == *by {
                    self.just_ended.push(ix as LegIx);
                }
            }
        }
        let place = self.transfers.partition_point(|x| x.at <= t.at);
        self.transfers.insert(place, t);
        self.dirty = true;
        self.urgent = true;
    }

    /// Forgets redirects that were this transfer's effect.
    fn drop_effects(&mut self, of: &Transfer) {
        self.transfers.retain(|t| t.kind != TransferKind::Redirect || !of.explains(&t.who, &t.to, t.at));
    }

    pub(crate) fn blind_transfer(&mut self, e: &BlindTransfer<'_>, at: Micros) {
        if self.leg_ix(e.transferer.uniqueid).is_none() {
            return;
        }
        let who: Text = e.transferee.map_or_else(Text::default, |c| c.uniqueid.into());
        let to = shown(e.extension);
        let success = e.result.eq_ignore_ascii_case("success");
        let by = Some(endpoint_of(e.transferer.channel));
        let gave_up = Text::default();
        self.add_transfer(Transfer { kind: TransferKind::Blind, by, to, success, at, who, gave_up });
    }

    pub(crate) fn attended_transfer(&mut self, e: &AttendedTransfer<'_>, at: Micros, out: &mut Outbox) {
        if self.leg_ix(e.orig_transferer.uniqueid).is_none()
            && self.leg_ix(e.second_transferer.uniqueid).is_none()
        {
            if let Some((from, to)) = successor(e) {
                self.guest_replaced(from.uniqueid, to, at); // told because our bridge is meant
            }
            return;
        }
        let success = e.result.eq_ignore_ascii_case("success");
        if !success && self.leg_ix(e.orig_transferer.uniqueid).is_none() {
            return; // nothing became of it: told once, by the call that was to go
        }
        let mut who: Text = e.transferee.map_or_else(Text::default, |c| c.uniqueid.into());
        let mut gave_up = Text::default();
        if success && let Some((from, to)) = successor(e) {
            self.takes_place(from.uniqueid, to, out);
            self.takes_seat(from.uniqueid, to, at);
            who = to.uniqueid.into();
            gave_up = from.uniqueid.into();
        }
        let to = self.target(e);
        let by = Some(endpoint_of(e.orig_transferer.channel));
        self.add_transfer(Transfer { kind: TransferKind::Attended, by, to, success, at, who, gave_up });
    }

    /// What the transferer had asked for when he consulted.
    fn target(&self, e: &AttendedTransfer<'_>) -> Text {
        let second = &e.second_transferer;
        if second.uniqueid != e.orig_transferer.uniqueid {
            // two calls of his: the second one's extension, unless he was the one called there
            let called = self.leg_ix(second.uniqueid).is_some_and(|ix| {
                let leg = &self.legs[ix as usize];
                leg.dialed_by.is_some() || leg.application.starts_with("App")
            });
            if !called && !second.exten.is_empty() {
                return shown(second.exten);
            }
        } else if let Some(target) = e.transfer_target.filter(|target| is_local(target.channel)) {
            return local_exten(target.channel);
        } else if let Some(dialed) = self.consulted(e) {
            return dialed;
        }
        match e.transfer_target {
            Some(target) if is_local(target.channel) => local_exten(target.channel),
            Some(target) if !target.caller_num.is_empty() => shown(target.caller_num),
            Some(target) => endpoint_of(target.channel),
            None if !e.dest_app.is_empty() => e.dest_app.into(),
            None => self.last_local_exten(),
        }
    }

    /// The feature code consults through a Local pair in the second bridge.
    fn consulted(&self, e: &AttendedTransfer<'_>) -> Option<Text> {
        let bridge = e.second_bridge.and_then(|b| self.bridge_ix(b.uniqueid));
        let dest = self.bridge_ix(e.dest_bridge_uniqueid);
        // the transferee may come through a pair of his own
        let other = |l: &Leg| e.transferee.is_none_or(|t| t.uniqueid != l.uniqueid);
        let local = |b: Option<u16>| {
            let b = b?;
            let leg = self.live().find(|l| l.bridge == Some(b) && l.is_local() && other(l))?;
            Some(local_exten(&leg.channel))
        };
        local(bridge).or_else(|| local(dest)).or_else(|| {
            let exten = self.last_local_exten();
            (!exten.is_empty()).then_some(exten)
        })
    }

    fn last_local_exten(&self) -> Text {
        self.legs.iter().rev().find(|l| l.is_local()).map_or_else(Text::default, |l| local_exten(&l.channel))
    }

    /// A channel was given an extension by the dialplan, or by somebody.
    pub(crate) fn moved(&mut self, ix: LegIx, to: &str, c: &Chan<'_>, at: Micros) {
        let parked_in = self.bridge_of(&self.legs[ix as usize]).is_some_and(|b| b.holding);
        let leg = &mut self.legs[ix as usize];
        let was_parked = std::mem::take(&mut leg.was_parked);
        if to.is_empty() || to == leg.exten || leg.exten.is_empty() && leg.bridge.is_none() {
            return;
        }
        if leg.bridge.is_some() {
            if !parked_in {
                leg.sent_to = Some(to.into());
            }
            return;
        }
        let stays = STAYS.contains(&leg.application.as_str());
        let jumps_alone = SPECIAL.contains(&to) || leg.application == "Queue" && to.len() == 1;
        if stays && !jumps_alone && !was_parked && !leg.hangup_requested && leg.state == c.state {
            let who = leg.uniqueid.clone();
            self.redirected(who, to.into(), at);
        }
    }

    /// A leg left its bridge: if it was sent somewhere meanwhile, that was a transfer.
    pub(crate) fn left_for(&mut self, ix: LegIx, at: Micros) {
        let leg = &mut self.legs[ix as usize];
        let Some(to) = leg.sent_to.take() else { return };
        if at.0 - leg.exten_at.0 > SAME_ACT {
            return; // a menu of the conference changed it, long ago
        }
        let who = leg.uniqueid.clone();
        self.redirected(who, Text::from(&*to), at);
    }

    fn redirected(&mut self, who: Text, to: Text, at: Micros) {
        if self.is_our_wait(&who, &to, at) {
            return;
        }
        let known = self
            .transfers
            .iter()
            .any(|t| t.kind != TransferKind::Redirect && t.success && t.explains(&who, &to, at));
        if !known {
            let (kind, gave_up) = (TransferKind::Redirect, Text::default());
            self.add_transfer(Transfer { kind, by: None, to, success: true, at, who, gave_up });
        }
    }
}

/// Of a transfer between a bridge and an application (a queue, a conference): whose place is taken,
/// and by whom. It is the transferer's leg that runs the application, be it his first or second call.
pub(crate) fn successor<'e, 'a>(e: &'e AttendedTransfer<'a>) -> Option<(&'e Chan<'a>, &'e Chan<'a>)> {
    if e.dest_type != "App" {
        return None;
    }
    match (&e.transferee, &e.transfer_target) {
        (Some(to), _) => Some((&e.second_transferer, to)),
        (None, Some(to)) => Some((&e.orig_transferer, to)),
        (None, None) => None,
    }
}

/// `Local/1003@from-phones-00000016;1` is for 1003.
fn local_exten(channel: &str) -> Text {
    let body = channel.strip_prefix("Local/").unwrap_or(channel);
    body.split_once('@').map_or(body, |(exten, _)| exten).into()
}
