//! A caller's stays in queues, and how each ended.
//!
//! `VarSet QUEUESTATUS` tells where it is seen. Without it: an answer is `AgentConnect`; leaving and
//! hanging up is abandoned; leaving after `QueueCallerAbandon` and going on in the dialplan (or, where
//! that is not seen, with a phone that did not hang up) is a time-out; any other way out is `other`.

use asterisk::ami::event::Chan;

use super::legs::LegIx;
use super::push_few;
use super::state::CallState;
use crate::fact::{Outbox, Tell};
use crate::keys::Micros;
use crate::queue::CallerNews;
use crate::view::{Party, QueueOutcome, Text};

/// One stay.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stint {
    /// The caller's Uniqueid.
    pub(crate) who: Text,
    pub(crate) queue: Text,
    pub(crate) position: u32,
    pub(crate) joined: Micros,
    pub(crate) left: Option<Micros>,
    pub(crate) outcome: Option<QueueOutcome>,
    pub(crate) agent: Option<Text>,
    /// `QueueCallerAbandon` was seen: he hung up, or the queue timed out.
    pub(crate) unserved: bool,
    /// His phone had hung up when he left.
    pub(crate) hung_up: bool,
    /// He was served already when the call was met: since when, and since when he waited, is unknown.
    pub(crate) met: bool,
}

impl Stint {
    pub(super) fn new(who: &str, queue: &str, joined: Micros) -> Self {
        Self {
            who: who.into(),
            queue: queue.into(),
            position: 0,
            joined,
            left: None,
            outcome: None,
            agent: None,
            unserved: false,
            hung_up: false,
            met: false,
        }
    }
}

/// Stays that a call remembers; further ones are dropped and counted.
pub(super) const MAX_STINTS: usize = 200;

impl CallState {
    pub(crate) fn joined_queue(
        &mut self,
        c: &Chan<'_>,
        queue: &str,
        position: u32,
        at: Micros,
        out: &mut Outbox,
    ) {
        if self.leg_ix(c.uniqueid).is_none() {
            return;
        }
        self.entering = None;
        if let Some(open) = self.open_stint(c.uniqueid)
            && self.stints[open].queue == queue
        {
            self.stints[open].position = position;
        } else {
            if self.stints.len() >= MAX_STINTS {
                self.dropped += 1;
                return;
            }
            push_few(&mut self.stints, Stint { position, ..Stint::new(c.uniqueid, queue, at) });
        }
        self.tell_waiting(c.uniqueid, out);
        self.dirty = true;
        self.urgent = true;
    }

    /// Tells the queue of a caller who waits (again, when the call became another).
    pub(crate) fn tell_waiting(&self, who: &str, out: &mut Outbox) {
        let Some(open) = self.open_stint(who) else { return };
        let stint = &self.stints[open];
        let leg = self.leg_ix(who).map(|ix| &self.legs[ix as usize]);
        out.tells.push(Tell::Queue(
            stint.queue.clone(),
            CallerNews::Waiting {
                uniqueid: stint.who.clone(),
                channel: leg.map_or_else(Text::default, |l| l.channel.clone()),
                call: self.key.clone(),
                party: leg.map_or_else(Party::default, |l| l.party.clone()),
                position: stint.position,
                joined: stint.joined,
            },
        ));
    }

    /// The caller's stay that has not ended.
    pub(crate) fn open_stint(&self, who: &str) -> Option<usize> {
        self.stints.iter().rposition(|s| s.who == who && s.left.is_none())
    }

    pub(crate) fn left_queue(
        &mut self,
        who: &str,
        queue: &str,
        unserved: bool,
        at: Micros,
        out: &mut Outbox,
    ) {
        let Some(n) = self.stints.iter().rposition(|s| s.who == who && s.queue == queue) else { return };
        let hung_up = self.leg_ix(who).is_some_and(|ix| self.legs[ix as usize].hangup_requested);
        let stint = &mut self.stints[n];
        stint.unserved |= unserved;
        if stint.left.is_none() {
            stint.left = Some(at);
            stint.hung_up = hung_up;
            out.tells.push(Tell::Queue(
                stint.queue.clone(),
                CallerNews::Left { uniqueid: stint.who.clone(), joined: stint.joined, at },
            ));
            self.dirty = true;
            self.urgent = true;
        }
    }

    /// An agent took the caller.
    pub(crate) fn connected(
        &mut self,
        c: &Chan<'_>,
        dest: &Chan<'_>,
        queue: &str,
        waited_s: u32,
        at: Micros,
        out: &mut Outbox,
    ) {
        if self.leg_ix(c.uniqueid).is_none() {
            return;
        }
        let known = self.stints.iter().any(|s| s.who == c.uniqueid && s.queue == queue);
        if !known && self.stints.len() < MAX_STINTS {
            // he joined before we looked
            let joined = Micros(at.0 - i64::from(waited_s) * 1_000_000);
            self.stints.push(Stint::new(c.uniqueid, queue, joined));
        }
        if self.leg_ix(dest.uniqueid).is_some_and(|ix| self.legs[ix as usize].queue.is_none()) {
            self.rung_for(dest, queue); // the member's phone forwarded the call to this one
        }
        let agent = self.agent_behind(dest);
        self.left_queue(c.uniqueid, queue, false, at, out);
        let Some(n) = self.stints.iter().rposition(|s| s.who == c.uniqueid && s.queue == queue) else {
            return;
        };
        self.stints[n].agent = Some(agent);
        self.close_stint(n, QueueOutcome::Answered, out);
    }

    /// The endpoint of a member's leg; behind a Local half, the phone it leads to.
    fn agent_behind(&self, dest: &Chan<'_>) -> Text {
        let Some(ix) = self.leg_ix(dest.uniqueid) else { return crate::keys::endpoint_of(dest.channel) };
        let leg = &self.legs[ix as usize];
        if !leg.is_local() {
            return leg.endpoint();
        }
        let behind = |up: bool| {
            self.live()
                .find(|l| l.via == Some(ix) && !l.is_local() && (l.is_up() || !up))
                .map(super::legs::Leg::endpoint)
        };
        behind(true).or_else(|| behind(false)).unwrap_or_else(|| leg.endpoint())
    }

    pub(super) fn close_stint(&mut self, n: usize, outcome: QueueOutcome, out: &mut Outbox) {
        let stint = &mut self.stints[n];
        if stint.outcome.is_some() {
            return;
        }
        stint.outcome = Some(outcome);
        let stint = &self.stints[n];
        self.tell_stay(stint, outcome, out);
        out.tells.push(Tell::Queue(
            stint.queue.clone(),
            CallerNews::Closed {
                uniqueid: stint.who.clone(),
                joined: stint.joined,
                outcome,
                agent: stint.agent.clone(),
            },
        ));
        self.dirty = true;
    }

    /// Somebody takes another's place in the line: a transfer to a queue where the transferer waited.
    pub(crate) fn takes_place(&mut self, from: &str, who: &Chan<'_>, out: &mut Outbox) {
        let Some(open) = self.open_stint(from) else { return };
        let stint = &mut self.stints[open];
        stint.who = who.uniqueid.into();
        out.tells.push(Tell::Queue(
            stint.queue.clone(),
            CallerNews::Replaced { uniqueid: from.into(), joined: stint.joined, by: who.uniqueid.into() },
        ));
        self.tell_waiting(who.uniqueid, out);
        self.dirty = true;
        self.urgent = true;
    }

    /// `VarSet QUEUESTATUS`: the queue's own word.
    pub(crate) fn queue_status(&mut self, who: &str, status: &[u8], at: Micros, out: &mut Outbox) {
        let outcome = match status {
            b"" => return,
            b"TIMEOUT" => QueueOutcome::Timeout,
            b"FULL" => QueueOutcome::Full,
            b"JOINEMPTY" | b"JOINUNAVAIL" => QueueOutcome::JoinEmpty,
            b"LEAVEEMPTY" | b"LEAVEUNAVAIL" => QueueOutcome::LeaveEmpty,
            b"WITHDRAW" => QueueOutcome::Withdrawn,
            b"ABANDON" | b"ABANDONED" => QueueOutcome::Abandoned,
            _ => QueueOutcome::Other,
        };
        match self.entering.take() {
            Some(entering) if entering.0 == who => {
                let (leg, queue, began) = *entering;
                if self.stints.len() >= MAX_STINTS {
                    self.dropped += 1;
                    return;
                }
                self.stints.push(Stint { left: Some(at), unserved: true, ..Stint::new(&leg, &queue, began) });
                let n = self.stints.len() - 1;
                self.close_stint(n, outcome, out);
            }
            entering => {
                self.entering = entering;
                if let Some(n) = self.stints.iter().rposition(|s| s.who == who && s.outcome.is_none()) {
                    let queue = self.stints[n].queue.clone();
                    self.left_queue(who, &queue, true, at, out);
                    self.close_stint(n, outcome, out);
                }
            }
        }
    }

    /// The caller's dialplan goes on: a stay whose end nothing explained is explained by that.
    pub(crate) fn went_on(&mut self, who: &str, at: Micros, out: &mut Outbox) {
        if self.entering.as_ref().is_some_and(|entering| entering.0 == who) {
            // it never joined, and QUEUESTATUS is not seen: why, nothing tells
            self.queue_status(who, b"?", at, out);
        }
        for n in 0..self.stints.len() {
            let stint = &self.stints[n];
            if stint.who == who && stint.outcome.is_none() {
                let sent = self.transfers.iter().any(|t| t.who == who && t.at >= stint.joined);
                let timed_out = stint.unserved && !sent;
                let outcome = if timed_out { QueueOutcome::Timeout } else { QueueOutcome::Other };
                let queue = stint.queue.clone();
                self.left_queue(who, &queue, false, at, out);
                self.close_stint(n, outcome, out);
            }
        }
    }

    /// The caller's channel is gone.
    pub(crate) fn gone_from_queue(&mut self, who: &str, outcome: QueueOutcome, at: Micros, out: &mut Outbox) {
        if self.entering.as_ref().is_some_and(|entering| entering.0 == who) {
            self.entering = None;
        }
        // an account that is told nothing of the dialplan sees nobody go on in it
        let blind = self.leg_ix(who).is_some_and(|ix| self.legs[ix as usize].exten_at == Micros(i64::MIN));
        for n in 0..self.stints.len() {
            if self.stints[n].who == who && self.stints[n].outcome.is_none() {
                let stint = &self.stints[n];
                let timed_out = blind && stint.unserved && !stint.hung_up;
                let outcome = if timed_out { QueueOutcome::Timeout } else { outcome };
                let queue = stint.queue.clone();
                self.left_queue(who, &queue, false, at, out);
                self.close_stint(n, outcome, out);
            }
        }
    }

    /// A queue rings this leg.
    pub(crate) fn rung_for(&mut self, dest: &Chan<'_>, queue: &str) {
        if let Some(ix) = self.leg_ix(dest.uniqueid) {
            self.legs[ix as usize].queue = Some(queue.into());
            let half = self.legs[ix as usize].peer;
            self.legs.change(
                |leg| leg.via == Some(ix) || half.is_some() && leg.dialed_by == half,
                |leg| {
                    leg.queue = Some(queue.into());
                    leg.via = Some(ix);
                },
            );
            self.dirty = true;
            self.urgent = true;
        }
    }

    /// The queue rang it in vain.
    pub(crate) fn rung_in_vain(&mut self, dest: &Chan<'_>) {
        let Some(ix) = self.leg_ix(dest.uniqueid) else { return };
        for n in 0..self.legs.len() {
            let leg = &self.legs[n];
            if (n == ix as usize || leg.via == Some(ix)) && leg.answered.is_none() {
                if !leg.is_live() {
                    self.just_ended.push(n as LegIx);
                }
                self.legs[n].missed = true;
            }
        }
        self.dirty = true;
    }
}

/// Name of the queue in the arguments of `Queue()`.
pub(crate) fn queue_of(app_data: asterisk::ami::Value<'_>) -> Text {
    let text = app_data.text();
    text.split([',', '|']).next().unwrap_or("").trim().into()
}
