//! Two calls become one.

use super::bridges::Bridge;
use super::legs::LegIx;
use super::state::CallState;
use crate::view::Since;

/// Puts everything of `other` into `call`; who shares which bridge is computed anew by the caller.
pub(super) fn absorb(call: &mut CallState, other: CallState) {
    let shift = call.legs.len() as LegIx;
    let places: Vec<u16> =
        other.bridges.iter().map(|b| if b.free { 0 } else { take_bridge(call, b) }).collect();
    for mut leg in other.legs.into_iter() {
        if call.leg_ix(&leg.uniqueid).is_some() {
            continue; // seen by both; ours is as good
        }
        leg.peer = leg.peer.map(|ix| ix + shift);
        leg.dialed_by = leg.dialed_by.map(|ix| ix + shift);
        leg.via = leg.via.map(|ix| ix + shift);
        leg.bridge = leg.bridge.and_then(|b| places.get(b as usize).copied());
        leg.told = None;
        if leg.is_live() {
            call.live.push(call.legs.len() as LegIx);
        }
        call.legs.push(leg);
    }
    for bridge in &mut call.bridges {
        bridge.guests.retain(|g| !call.legs.iter().any(|l| l.uniqueid == g.uniqueid));
    }
    for open in other.open_talks {
        match call.open_talks.iter_mut().find(|t| t.a == open.a && t.b == open.b) {
            Some(both) => both.since = both.since.min(open.since),
            None => call.open_talks.push(open),
        }
    }
    for talk in other.talks {
        call.add_talk(talk);
    }
    call.conversations.extend(other.conversations);
    call.conversations.truncate(super::bridges::MAX_CONVERSATIONS);
    call.transfers.extend(other.transfers);
    call.transfers.sort_by_key(|t| t.at);
    call.transfers.dedup();
    call.stints.extend(other.stints);
    call.stints.sort_by_key(|s| s.joined);
    call.absorb_flows(other.flows);
    call.entering = call.entering.take().or(other.entering);
    call.parked = call.parked.take().or(other.parked);
    call.merged.push(other.key.linkedid.clone());
    call.merged.extend(other.merged);
    call.merged.sort_unstable();
    call.merged.dedup();
    if other.started < call.started {
        call.started = other.started;
        call.at_least.put(Since::Started, other.at_least.has(Since::Started));
    }
    if let Some(theirs) = other.answered
        && call.answered.is_none_or(|ours| theirs < ours)
    {
        call.answered = Some(theirs);
        call.at_least.put(Since::Answered, other.at_least.has(Since::Answered));
    }
    call.unseen_until = call.unseen_until.max(other.unseen_until);
    if call.called.is_empty() {
        call.called = other.called;
    }
    call.mark = call.mark.max(other.mark);
    call.dropped += other.dropped;
    call.now = call.now.max(other.now);
}

fn take_bridge(call: &mut CallState, theirs: &Bridge) -> u16 {
    if let Some(ix) = call.bridge_ix(&theirs.id) {
        let ours = &mut call.bridges[ix as usize];
        ours.recorded |= theirs.recorded;
        ours.holding |= theirs.holding;
        ours.conference = ours.conference.take().or_else(|| theirs.conference.clone());
        for guest in &theirs.guests {
            if !ours.guests.iter().any(|g| g.uniqueid == guest.uniqueid) {
                ours.guests.push(guest.clone());
            }
        }
        return ix;
    }
    match call.bridges.iter().position(|b| b.free) {
        Some(ix) => {
            call.bridges[ix] = theirs.clone();
            ix as u16
        }
        None => {
            call.bridges.push(theirs.clone());
            (call.bridges.len() - 1) as u16
        }
    }
}
