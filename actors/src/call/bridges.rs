//! Who shares a bridge with whom, directly or through Local pairs, and for how long.

use asterisk::ami::event::Chan;
use smallvec::SmallVec;

use super::legs::{Leg, LegIx};
use super::messages::Guest;
use super::push_few;
use super::state::CallState;
use crate::keys::{Micros, endpoint_of, is_local};
use crate::view::Text;

/// A bridge that legs of this call are in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bridge {
    pub(crate) id: Text,
    /// A parking lot: those in it hear music, not each other.
    pub(crate) holding: bool,
    /// Name of the conference.
    pub(crate) conference: Option<Text>,
    pub(crate) recorded: bool,
    /// Legs of other calls.
    pub(crate) guests: Vec<Guest>,
    /// Nobody of this call is in it: its place is free.
    pub(crate) free: bool,
}

/// A pair that shares a bridge now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenTalk {
    pub(crate) a: Text,
    pub(crate) b: Text,
    pub(crate) endpoints: (Text, Text),
    pub(crate) since: Micros,
}

/// Time a pair of endpoints shared, closed intervals only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Talk {
    pub(crate) endpoints: (Text, Text),
    pub(crate) micros: i64,
}

/// A talk that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PastTalk {
    pub(crate) endpoints: (Text, Text),
    pub(crate) began: Micros,
    pub(crate) ended: Micros,
}

/// Talks that a call remembers with their times; of more only the sums are known.
pub(crate) const MAX_CONVERSATIONS: usize = 200;
/// Guests of one bridge that a call remembers; more than these are counted by nobody's talks.
const MAX_GUESTS: usize = 500;
/// Pairs of endpoints that a call sums; further ones are dropped and counted.
pub(crate) const MAX_TALKS: usize = 1000;

/// One end of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// A leg of this call.
    Own(LegIx),
    /// A leg of another: bridge, place among its guests.
    Guest(u16, u16),
}

impl CallState {
    pub(crate) fn bridge_ix(&self, id: &str) -> Option<u16> {
        self.bridges.iter().position(|b| !b.free && b.id == id).map(|ix| ix as u16)
    }

    fn bridge_or_new(&mut self, id: &str) -> u16 {
        if let Some(ix) = self.bridge_ix(id) {
            return ix;
        }
        let fresh = Bridge {
            id: id.into(),
            holding: false,
            conference: None,
            recorded: false,
            guests: Vec::new(),
            free: false,
        };
        match self.bridges.iter().position(|b| b.free) {
            Some(ix) => {
                self.bridges[ix] = fresh;
                ix as u16
            }
            None => {
                push_few(&mut self.bridges, fresh);
                (self.bridges.len() - 1) as u16
            }
        }
    }

    /// A leg of this call entered a bridge.
    pub(crate) fn enter(&mut self, leg: LegIx, id: &str, kind: BridgeKind<'_>, at: Micros) {
        let l = &self.legs[leg as usize];
        if at < l.bridge_at || !l.is_live() {
            return;
        }
        if l.bridge.is_some_and(|b| self.bridges[b as usize].id == id) {
            return;
        }
        if l.bridge.is_some() {
            self.take_out(leg);
        }
        let b = self.bridge_or_new(id);
        let bridge = &mut self.bridges[b as usize];
        bridge.holding |= kind.holding;
        if let Some(name) = kind.conference {
            bridge.conference = Some(name.into());
        }
        let uniqueid = self.legs[leg as usize].uniqueid.clone();
        bridge.guests.retain(|g| g.uniqueid != uniqueid);
        let l = &mut self.legs[leg as usize];
        l.bridge = Some(b);
        l.bridge_at = at;
        self.regroup(at);
    }

    /// A leg of this call left a bridge.
    pub(crate) fn leave(&mut self, leg: LegIx, id: &str, at: Micros) {
        let l = &mut self.legs[leg as usize];
        if at < l.bridge_at {
            return;
        }
        l.bridge_at = at;
        if l.bridge.is_none_or(|b| self.bridges[b as usize].id != id) {
            return;
        }
        self.legs[leg as usize].muted = false;
        self.take_out(leg);
        self.regroup(at);
    }

    /// Takes a leg out of its bridge without looking at who is left with whom.
    pub(crate) fn take_out(&mut self, leg: LegIx) {
        let Some(b) = self.legs[leg as usize].bridge.take() else { return };
        if !self.live().any(|l| l.bridge == Some(b)) {
            let bridge = &mut self.bridges[b as usize];
            bridge.free = true;
            bridge.guests = Vec::new();
            bridge.id = Text::default();
        }
    }

    /// A leg of another call is in a bridge with us.
    pub(crate) fn guest_in(&mut self, id: &str, guest: Guest, at: Micros) {
        let Some(b) = self.bridge_ix(id) else { return };
        if self.leg_ix(&guest.uniqueid).is_some() {
            return;
        }
        let guests = &mut self.bridges[b as usize].guests;
        if guests.len() >= MAX_GUESTS {
            self.dropped += 1;
            return;
        }
        if !guests.iter().any(|g| g.uniqueid == guest.uniqueid) {
            guests.push(guest);
            self.regroup(at);
        }
    }

    /// A transfer put a leg in another's place in a bridge.
    pub(crate) fn takes_seat(&mut self, from: &str, to: &Chan<'_>, at: Micros) {
        let (Some(from), Some(to)) = (self.leg_ix(from), self.leg_ix(to.uniqueid)) else { return };
        let Some(b) = self.legs[from as usize].bridge else { return };
        let id = self.bridges[b as usize].id.clone();
        self.enter(to, &id, BridgeKind::default(), at); // first, or nobody of ours would be in it
        self.take_out(from);
        self.regroup(at);
    }

    /// The same of legs of another call.
    pub(crate) fn guest_replaced(&mut self, from: &str, to: &Chan<'_>, at: Micros) {
        let mut guests = self.bridges.iter_mut().filter(|b| !b.free).flat_map(|b| &mut b.guests);
        if let Some(guest) = guests.find(|g| g.uniqueid == from) {
            guest.uniqueid = to.uniqueid.into();
            guest.channel = to.channel.into();
            if comes_first(to.linkedid, &guest.linkedid) {
                guest.linkedid = to.linkedid.into(); // both are one call now
            }
            self.regroup(at);
        }
    }

    /// Of the legs of other calls, those that are not named have left.
    pub(crate) fn no_guests_but(&mut self, id: &str, named: &[Guest], at: Micros) {
        let Some(b) = self.bridge_ix(id) else { return };
        let guests = &mut self.bridges[b as usize].guests;
        let before = guests.len();
        guests.retain(|g| named.iter().any(|n| n.uniqueid == g.uniqueid));
        if guests.len() != before {
            self.regroup(at);
        }
    }

    /// A leg of another call is no longer in a bridge with us.
    pub(crate) fn guest_out(&mut self, uniqueid: &str, id: Option<&str>, at: Micros) {
        let mut any = false;
        for bridge in &mut self.bridges {
            if !bridge.free && id.is_none_or(|id| bridge.id == id) {
                let before = bridge.guests.len();
                bridge.guests.retain(|g| g.uniqueid != uniqueid);
                any |= bridge.guests.len() != before;
            }
        }
        if any {
            self.regroup(at);
        }
    }

    /// For each bridge, the first of those that are one conversation through Local pairs.
    fn joined(&self) -> SmallVec<[u16; 4]> {
        let mut root: SmallVec<[u16; 4]> = (0..self.bridges.len() as u16).collect();
        loop {
            let mut moved = false;
            for leg in self.live() {
                let (Some(b), Some(peer)) = (leg.bridge, leg.peer) else { continue };
                let Some(other) = self.legs.get(peer as usize).filter(|p| p.is_live()) else { continue };
                let Some(o) = other.bridge else { continue };
                let (x, y) = (root[b as usize], root[o as usize]);
                if x != y {
                    let (low, high) = (x.min(y), x.max(y));
                    for r in &mut root {
                        if *r == high {
                            *r = low;
                        }
                    }
                    moved = true;
                }
            }
            if !moved {
                return root;
            }
        }
    }

    /// Groups of ends that are not Local and share bridges now.
    pub(crate) fn groups(&self) -> SmallVec<[Group; 2]> {
        let mut groups: SmallVec<[Group; 2]> = SmallVec::new();
        if self.live().all(|l| l.bridge.is_none()) {
            return groups;
        }
        let root = self.joined();
        for (b, bridge) in self.bridges.iter().enumerate() {
            if bridge.free {
                continue;
            }
            let at = match groups.iter().position(|g| g.root == root[b]) {
                Some(at) => at,
                None => {
                    groups.push(Group { root: root[b], holding: false, ends: SmallVec::new() });
                    groups.len() - 1
                }
            };
            groups[at].holding |= bridge.holding;
            for &ix in &self.live {
                let leg = &self.legs[ix as usize];
                if leg.bridge == Some(b as u16) && !leg.is_local() {
                    groups[at].ends.push(End::Own(ix));
                }
            }
            for (g, guest) in bridge.guests.iter().enumerate() {
                if !is_local(&guest.channel) {
                    groups[at].ends.push(End::Guest(b as u16, g as u16));
                }
            }
        }
        groups
    }

    pub(crate) fn end_name(&self, end: End) -> (&Text, &Text) {
        match end {
            End::Own(ix) => {
                let leg = &self.legs[ix as usize];
                (&leg.uniqueid, &leg.channel)
            }
            End::Guest(b, g) => {
                let guest = &self.bridges[b as usize].guests[g as usize];
                (&guest.uniqueid, &guest.channel)
            }
        }
    }

    /// Whether this call counts the time of that pair: a pair of two calls is counted once, by the older.
    fn counts(&self, a: End, b: End) -> bool {
        match (a, b) {
            (End::Own(_), End::Own(_)) => true,
            (End::Guest(..), End::Guest(..)) => false,
            (End::Own(_), End::Guest(at, g)) | (End::Guest(at, g), End::Own(_)) => {
                let theirs = &self.bridges[at as usize].guests[g as usize].linkedid;
                !comes_first(theirs, &self.key.linkedid)
            }
        }
    }

    /// Closes and opens talks so that they are what the bridges say now. By the definition of
    /// `vigie replay` a talk is a shared bridge, so two callers in one parking lot have one too; what
    /// the board shows as talking leaves waiting rooms out.
    pub(crate) fn regroup(&mut self, at: Micros) {
        let mut before = std::mem::take(&mut self.open_talks);
        let mut now: SmallVec<[OpenTalk; 4]> = SmallVec::new();
        let mut talked: SmallVec<[LegIx; 4]> = SmallVec::new();
        for group in self.groups() {
            for (n, &a) in group.ends.iter().enumerate() {
                for &b in &group.ends[n + 1..] {
                    for end in [a, b] {
                        if let End::Own(ix) = end
                            && !group.holding
                        {
                            talked.push(ix);
                        }
                    }
                    if self.counts(a, b) && now.len() < MAX_TALKS {
                        let (a, b) = self.in_order(a, b);
                        let (one, two) = (self.end_name(a).0, self.end_name(b).0);
                        let open = before.iter().position(|t| t.a == *one && t.b == *two);
                        now.push(open.map_or_else(|| self.open_talk(a, b, at), |open| before.remove(open)));
                    }
                }
            }
        }
        for ix in talked.into_iter().map(usize::from) {
            if !self.legs.get(ix).is_none_or(|leg| leg.talked) {
                self.legs[ix].talked = true; // which copies a leg that the checkpoint shares
            }
        }
        before.into_iter().for_each(|over| self.close_talk(over, at));
        self.open_talks = now.into_vec();
        self.dirty = true;
    }

    /// By Uniqueid, so that a pair has one name.
    fn in_order(&self, a: End, b: End) -> (End, End) {
        if self.end_name(a).0 <= self.end_name(b).0 { (a, b) } else { (b, a) }
    }

    fn open_talk(&self, a: End, b: End, at: Micros) -> OpenTalk {
        let (one, two) = (self.end_name(a), self.end_name(b));
        let (x, y) = (endpoint_of(one.1), endpoint_of(two.1));
        OpenTalk {
            a: one.0.clone(),
            b: two.0.clone(),
            endpoints: if x <= y { (x, y) } else { (y, x) },
            since: at,
        }
    }

    fn close_talk(&mut self, talk: OpenTalk, at: Micros) {
        let micros = (at.0 - talk.since.0).max(0);
        if micros > 0 && self.conversations.len() < MAX_CONVERSATIONS {
            let (endpoints, began) = (talk.endpoints.clone(), talk.since);
            self.conversations.push(PastTalk { endpoints, began, ended: at });
        }
        self.add_talk(Talk { endpoints: talk.endpoints, micros });
    }

    pub(crate) fn add_talk(&mut self, talk: Talk) {
        if let Some(sum) = self.talks.iter_mut().find(|t| t.endpoints == talk.endpoints) {
            sum.micros += talk.micros;
        } else if self.talks.len() < MAX_TALKS {
            push_few(&mut self.talks, talk);
        } else {
            self.dropped += 1;
        }
    }

    /// The bridge a leg is in.
    pub(crate) fn bridge_of(&self, leg: &Leg) -> Option<&Bridge> {
        self.bridges.get(leg.bridge? as usize)
    }
}

/// Which of two calls counts what they share: the older, or (ids that an `Originate` chose say
/// nothing of age) the first by name, so that both calls agree.
fn comes_first(a: &str, b: &str) -> bool {
    match (crate::keys::made(a), crate::keys::made(b)) {
        (Some(a), Some(b)) => a < b,
        _ => a < b,
    }
}

/// Ends that share bridges.
pub(crate) struct Group {
    root: u16,
    pub(crate) holding: bool,
    pub(crate) ends: SmallVec<[End; 4]>,
}

/// What a bridge is for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct BridgeKind<'a> {
    pub(crate) holding: bool,
    pub(crate) conference: Option<&'a str>,
}
