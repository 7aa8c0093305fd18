//! What a call tells the agents and trunks at its legs.

use super::bridges::End;
use super::legs::{Leg, LegIx};
use super::state::CallState;
use crate::agent::LegNews;
use crate::fact::{Outbox, Tell};
use crate::keys::{Micros, is_local};
use crate::view::{LegPhase, Party, Since, Text};

/// The last news of a leg in short, so that the same is not told twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    phase: LegPhase,
    flags: u8,
    others: u16,
    with: Option<End>,
}

/// Who is with a leg.
#[derive(Clone, Copy, Default)]
struct Company {
    others: u16,
    with: Option<End>,
    /// In a bridge, alone, after somebody was there.
    dead: bool,
}

impl CallState {
    /// Tells what changed about each leg.
    pub(crate) fn tell_legs(&mut self, at: Micros, out: &mut Outbox) {
        let groups = self.groups();
        let ended = std::mem::take(&mut self.just_ended);
        for ix in self.live.clone().into_iter().chain(ended) {
            let n = ix as usize;
            let leg = &self.legs[n];
            if leg.is_local() {
                continue;
            }
            let mine = groups.iter().find(|g| leg.bridge.is_some() && g.ends.contains(&End::Own(ix)));
            self.charge(ix, mine, at, out);
            let leg = &self.legs[n];
            let mut company = Company::default();
            if leg.bridge.is_some() {
                if let Some(group) = mine.filter(|g| !g.holding) {
                    for &end in &group.ends {
                        if end != End::Own(ix) {
                            company.others += 1;
                            company.with = Some(end);
                        }
                    }
                    company.dead = company.others == 0 && leg.talked && leg.is_up();
                }
                if company.others != 1 {
                    company.with = None;
                }
            }
            let dialing = leg.is_live() && self.dials(ix);
            let conference = self.bridge_of(leg).is_some_and(|b| b.conference.is_some());
            let flags = [
                dialing,
                leg.queue.is_some(),
                leg.missed,
                leg.talked,
                company.dead,
                conference,
                leg.spies_on.is_some(),
            ];
            let flags = flags.iter().enumerate().fold(0u8, |bits, (bit, on)| bits | u8::from(*on) << bit);
            let told = Told { phase: leg.phase(), flags, others: company.others, with: company.with };
            if leg.told == Some(told) {
                continue;
            }
            let news = self.news_of(ix, company, dialing, at);
            out.tells.push(Tell::Endpoint(leg.endpoint(), news));
            self.legs[n].told = Some(told);
        }
    }

    /// Whether a leg dials somebody now, itself or through its Local half.
    fn dials(&self, ix: LegIx) -> bool {
        self.live().any(|l| l.dial_open && l.dialed_by == Some(ix) && l.answered.is_none())
    }

    fn news_of(&self, ix: LegIx, company: Company, dialing: bool, at: Micros) -> LegNews {
        let leg = &self.legs[ix as usize];
        LegNews {
            at,
            uniqueid: leg.uniqueid.clone(),
            channel: leg.channel.clone(),
            call: self.key.clone(),
            phase: leg.phase(),
            phase_since: leg.ended.unwrap_or(leg.phase_since),
            bound: leg.at_least.has(Since::Phase),
            dialing,
            queue: leg.queue.clone(),
            arrived: self.arrived_for(ix),
            missed: leg.missed,
            talked: leg.talked,
            others: company.others,
            with: company.with.map(|end| self.party_of(end)),
            dead: company.dead,
            in_conference: self.bridge_of(leg).is_some_and(|b| b.conference.is_some()),
            spying: leg.spies_on.is_some(),
            party: leg.party.clone(),
        }
    }

    fn party_of(&self, end: End) -> Party {
        match end {
            End::Own(ix) => self.legs[ix as usize].party.clone(),
            End::Guest(..) => {
                let (_, channel) = self.end_name(end);
                let endpoint = crate::keys::endpoint_of(channel);
                let number: Text = endpoint.split_once('/').map_or("", |(_, name)| name).into();
                Party { number, name: Text::default() }
            }
        }
    }

    /// Tells again about legs at that endpoint (all legs when `None`): somebody new listens, or the
    /// call became another.
    pub fn retell(&mut self, endpoint: Option<&str>, at: Micros, out: &mut Outbox) {
        let there = |leg: &Leg| endpoint.is_none_or(|e| leg.endpoint() == e);
        self.legs.change(
            |leg| leg.told.is_some() && leg.is_live() && !is_local(&leg.channel) && there(leg),
            |leg| leg.told = None,
        );
        self.tell_legs(at, out);
        if endpoint.is_none() {
            for n in 0..self.stints.len() {
                if self.stints[n].left.is_none() {
                    let who = self.stints[n].who.clone();
                    self.tell_waiting(&who, out);
                }
            }
        }
    }
}
