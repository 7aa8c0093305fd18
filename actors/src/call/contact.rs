//! What figures are made of: an agent's share of a call, and a caller's stay in a queue.
//!
//! A leg talks while it shares a bridge with the customer's side, holds while it put him on hold, and
//! consults while it is with somebody else than the caller it took from a queue (L26). The three do not
//! overlap. Both facts may be told again with more known (a transfer or an `AgentRingNoAnswer` that came
//! after the hangup): their key is the leg, or who stood in which queue since when.

use super::bridges::{End, Group};
use super::legs::LegIx;
use super::queue_stint::Stint;
use super::state::CallState;
use crate::fact::{Outbox, What};
use crate::keys::{CallKey, Micros};
use crate::view::{QueueOutcome, Since, Text, TransferKind};

/// A caller's stay in a queue that is over. Key: PBX, `uniqueid`, `queue`, `joined`.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueStay {
    /// The call, as it was called then: calls merge.
    pub call: CallKey,
    /// Uniqueid of who stood there.
    pub uniqueid: Text,
    /// Queue.
    pub queue: Text,
    /// Joined, or was refused.
    pub joined: Micros,
    /// Out of the line.
    pub left: Micros,
    /// How.
    pub outcome: QueueOutcome,
    /// Endpoint of the agent who took him.
    pub agent: Option<Text>,
    /// He was served already when the call was met: `joined` and `left` are bounds, no wait follows of them.
    pub met: bool,
}

/// A phone's leg that is over and was answered, or was rung by a queue. Key: PBX, boot, `uniqueid`.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// The call, as it was called then: calls merge.
    pub call: CallKey,
    /// Uniqueid of the leg.
    pub uniqueid: Text,
    /// `PJSIP/1001`
    pub endpoint: Text,
    /// The queue that rang it.
    pub queue: Option<Text>,
    /// The caller joined that queue; without a queue, the leg began.
    pub arrived: Micros,
    /// It began to ring, or to dial.
    pub started: Micros,
    /// Up; `None`: it never was.
    pub answered: Option<Micros>,
    /// Gone.
    pub ended: Micros,
    /// With the customer's side and not on hold, µs.
    pub talk: i64,
    /// Holding him, µs.
    pub hold: i64,
    /// How often.
    pub holds: u16,
    /// With another than the queue's caller, µs.
    pub consult: i64,
    /// He transferred his caller away.
    pub transferred: bool,
    /// The queue rang it in vain.
    pub missed: bool,
    /// It was met under way, or a part was not followed: times and durations are bounds.
    pub met: bool,
}

/// What a leg does, as far as time is charged for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Doing {
    #[default]
    Nothing,
    Talk,
    Hold,
    Consult,
}

/// The time of one leg so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Spent {
    doing: Doing,
    since: Micros,
    talk: i64,
    hold: i64,
    holds: u16,
    consult: i64,
    /// Told with: transferred, missed.
    told: Option<(bool, bool)>,
}

impl CallState {
    /// Charges a leg for what it did until now, and tells what became of it when it is gone.
    pub(super) fn charge(&mut self, ix: LegIx, group: Option<&Group>, at: Micros, out: &mut Outbox) {
        let leg = &self.legs[ix as usize];
        let company = group.filter(|g| !g.holding && g.ends.len() > 1);
        let doing = match company {
            Some(_) if !leg.is_up() => Doing::Nothing,
            None => Doing::Nothing,
            // who consults holds his caller, and is charged for the one of both that he does
            Some(group) if !self.is_with_customer(ix, group) => Doing::Consult,
            Some(_) if leg.holding => Doing::Hold,
            Some(_) => Doing::Talk,
        };
        let ended = leg.ended;
        if leg.spent.as_ref().map_or(Doing::Nothing, |spent| spent.doing) != doing {
            let until = ended.unwrap_or(at);
            let spent = self.legs[ix as usize].spent.get_or_insert_default();
            let micros = (until.0 - spent.since.0).max(0);
            match spent.doing {
                Doing::Nothing => {}
                Doing::Talk => spent.talk += micros,
                Doing::Hold => spent.hold += micros,
                Doing::Consult => spent.consult += micros,
            }
            spent.holds = spent.holds.saturating_add(u16::from(doing == Doing::Hold));
            (spent.doing, spent.since) = (doing, until);
        }
        if let Some(ended) = ended {
            self.tell_contact(ix, ended, out);
        }
    }

    /// The stay that a queue's leg serves.
    fn stay_of(&self, ix: LegIx) -> Option<&Stint> {
        let leg = &self.legs[ix as usize];
        let queue = leg.queue.as_ref()?;
        let began_before = |s: &&Stint| s.queue == *queue && s.joined <= leg.started;
        let stay = self.stints.iter().rev().find(began_before);
        let stay = stay.or_else(|| self.stints.iter().find(|s| s.queue == *queue));
        stay.filter(|stay| stay.left.is_none_or(|left| leg.started <= left))
    }

    /// The queue that rang it for a caller who stood there. Who is called behind the queue's Local half later, by
    /// a transfer, is no member whom it rang.
    fn served_queue(&self, ix: LegIx) -> Option<&Text> {
        let queue = self.legs[ix as usize].queue.as_ref()?;
        let known = self.stints.iter().any(|s| s.queue == *queue);
        (!known || self.stay_of(ix).is_some()).then_some(queue)
    }

    /// When the caller whom that leg serves came.
    pub(super) fn arrived_for(&self, ix: LegIx) -> Micros {
        self.stay_of(ix).map_or(self.legs[ix as usize].started, |stay| stay.joined)
    }

    fn is_with_customer(&self, ix: LegIx, group: &Group) -> bool {
        let Some(stay) = self.stay_of(ix) else { return true };
        // a caller whom another took the place of (a transfer to him) is gone: who is there is his side
        let Some(customer) = self.leg_ix(&stay.who).filter(|&who| self.legs[who as usize].is_live()) else {
            return true;
        };
        group.ends.contains(&End::Own(customer)) || self.legs[customer as usize].is_local()
    }

    fn tell_contact(&mut self, ix: LegIx, ended: Micros, out: &mut Outbox) {
        let leg = &self.legs[ix as usize];
        let endpoint = leg.endpoint();
        let queue = self.served_queue(ix).cloned();
        if leg.answered.is_none() && queue.is_none() || self.settings.is_trunk(&endpoint) {
            return;
        }
        let since = leg.answered.unwrap_or(leg.started);
        let transferred = self.transfers.iter().any(|t| {
            // who takes somebody over sends nobody away
            t.success
                && t.kind != TransferKind::TakenOver
                && t.by.as_ref() == Some(&endpoint)
                && t.at >= since
                && leg.answered.is_some()
        });
        let spent = leg.spent.clone().unwrap_or_default();
        if spent.told == Some((transferred, leg.missed)) {
            return;
        }
        let contact = Contact {
            call: CallKey::clone(&self.key),
            uniqueid: leg.uniqueid.clone(),
            endpoint,
            queue,
            arrived: self.arrived_for(ix),
            started: leg.started,
            answered: leg.answered,
            ended,
            talk: spent.talk,
            hold: spent.hold,
            holds: spent.holds,
            consult: spent.consult,
            transferred,
            missed: leg.missed,
            met: leg.at_least.has(Since::Started)
                || leg.at_least.has(Since::Answered)
                || self.unseen_until.is_some_and(|until| until >= leg.started)
                || self.stay_of(ix).is_some_and(|stay| stay.met),
        };
        let told = Some((transferred, leg.missed));
        self.legs[ix as usize].spent.get_or_insert_default().told = told;
        out.fact(ended, What::Contact(contact.into()));
    }

    /// A stay is over: tells it once.
    pub(super) fn tell_stay(&self, stint: &Stint, outcome: QueueOutcome, out: &mut Outbox) {
        let left = stint.left.unwrap_or(self.now);
        let stay = QueueStay {
            call: CallKey::clone(&self.key),
            uniqueid: stint.who.clone(),
            queue: stint.queue.clone(),
            joined: stint.joined,
            left,
            outcome,
            agent: stint.agent.clone(),
            met: stint.met,
        };
        out.fact(left, What::QueueStay(stay.into()));
    }
}
