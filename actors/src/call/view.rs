//! What a call looks like on the board, and its record.

use super::bridges::End;
use super::legs::Leg;
use super::queue_stint::Stint;
use super::record::{
    CallRecord, Conversation, LegRecord, QueueRecord, Seconds, TalkRecord, TransferRecord, TransferResult,
};
use super::state::CallState;
use crate::keys::{Micros, is_local};
use crate::view::{AtLeast, CallPhase, CallView, LegView, Party, QueueStintView, Since, Text, TransferView};

impl CallState {
    /// The row.
    pub fn view(&self) -> CallView {
        let groups = self.groups();
        let talking = groups
            .iter()
            .filter(|g| !g.holding && g.ends.len() > 1)
            .map(|g| g.ends.iter().map(|&end| self.end_name(end).0.clone()).collect())
            .collect();
        let stint = self.stints.iter().rev().find(|s| s.left.is_none()).or_else(|| self.stints.last());
        CallView {
            id: self.id(),
            pbx: self.key.pbx.0.clone(),
            linkedid: self.key.linkedid.clone(),
            merged: self.merged.clone(),
            phase: self.phase,
            phase_since_ms: self.phase_since,
            direction: self.direction(),
            caller: self.caller(),
            called: self.called.clone(),
            started_ms: self.started,
            answered_ms: self.answered,
            ended_ms: self.ended,
            legs: self.legs.iter().map(|l| self.leg_view(l)).collect(),
            talking,
            queue: stint.map(|s| QueueStintView {
                name: s.queue.clone(),
                joined_ms: (!s.met).then_some(s.joined),
                left_ms: s.left,
                outcome: s.outcome,
                agent: s.agent.clone(),
            }),
            parked: self.parked.as_ref().map(|parked| Box::new(parked.1.clone())),
            conference: self.live().find_map(|l| self.bridge_of(l)?.conference.clone()),
            recording: self.is_recording(),
            transfers: self
                .transfers
                .iter()
                .map(|t| TransferView {
                    kind: t.kind,
                    by: t.by.clone(),
                    to: t.to.clone(),
                    success: t.success,
                    at_ms: t.at,
                })
                .collect(),
            flows: self.flows.clone(),
            unseen_until_ms: self.unseen_until,
            at_least: self.bounds(stint),
            trust: self.trust(),
        }
    }

    /// Which times are bounds; that of leaving the line when he was served before anybody looked.
    fn bounds(&self, stint: Option<&Stint>) -> AtLeast {
        let mut bounds = self.at_least;
        bounds.put(Since::QueueLeft, stint.is_some_and(|stint| stint.met && stint.left.is_some()));
        bounds
    }

    fn is_recording(&self) -> Option<bool> {
        let mut sum = Some(false);
        for leg in self.live() {
            match self.is_recorded(leg) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => sum = None,
            }
        }
        sum
    }

    fn is_recorded(&self, leg: &Leg) -> Option<bool> {
        if !leg.is_live() {
            return Some(false);
        }
        if self.bridge_of(leg).is_some_and(|b| b.recorded) { Some(true) } else { leg.recorded }
    }

    fn leg_view(&self, leg: &Leg) -> LegView {
        let endpoint = leg.endpoint();
        let is_agent = !leg.is_local() && (leg.queue.is_some() || self.settings.is_agent(&endpoint));
        LegView {
            uniqueid: leg.uniqueid.clone(),
            channel: leg.channel.clone(),
            local: leg.is_local(),
            agent: is_agent.then(|| Text::from(format!("{}~{endpoint}", self.key.pbx))),
            trunk: self.settings.is_trunk(&endpoint),
            endpoint,
            phase: leg.phase(),
            phase_since_ms: leg.ended.unwrap_or(leg.phase_since),
            party: leg.party.clone(),
            application: leg.application.clone(),
            started_ms: leg.started,
            answered_ms: leg.answered,
            ended_ms: leg.ended,
            cause: leg.cause,
            spies_on: leg.spies_on.as_deref().map(Text::from),
            spies_how: leg.spies_how,
            recorded: self.is_recorded(leg),
            muted: leg.muted,
            at_least: leg.at_least,
        }
    }

    /// Conference and channel of each leg that is in one.
    pub fn in_conferences(&self) -> impl Iterator<Item = (&Text, &Text)> {
        self.live().filter_map(|l| Some((self.bridge_of(l)?.conference.as_ref()?, &l.channel)))
    }

    /// `pbx~epoch~linkedid`.
    pub fn id(&self) -> Text {
        self.key.id()
    }

    /// Of the first leg.
    pub(crate) fn caller(&self) -> Party {
        self.first_leg().map_or_else(Party::default, |l| l.party.clone())
    }

    /// The leg that the call is named after; where it was never seen, the oldest.
    pub(crate) fn first_leg(&self) -> Option<&Leg> {
        self.leg_ix(&self.key.linkedid)
            .map(|ix| &self.legs[ix as usize])
            .or_else(|| self.legs.iter().min_by_key(|l| l.started))
    }

    /// Everything of the call as it is at that time.
    pub fn record(&self, now: Micros) -> CallRecord {
        let seconds = |micros: i64| (micros as f64) / 1e6;
        let mut talks = self.talks.clone();
        for open in &self.open_talks {
            let micros = (now.0 - open.since.0).max(0);
            match talks.iter_mut().find(|t| t.endpoints == open.endpoints) {
                Some(sum) => sum.micros += micros,
                None => talks.push(super::bridges::Talk { endpoints: open.endpoints.clone(), micros }),
            }
        }
        CallRecord {
            linkedid: self.key.linkedid.clone(),
            merged: self.merged.clone(),
            started: Seconds(self.started),
            answered: self.answered.map(Seconds),
            ended: self.ended.map(Seconds),
            direction: self.direction(),
            caller: self.caller(),
            called: self.called.clone(),
            queues: self
                .stints
                .iter()
                .map(|s| QueueRecord {
                    name: s.queue.clone(),
                    outcome: s.outcome,
                    wait_s: s.left.filter(|_| !s.met).map(|left| seconds((left.0 - s.joined.0).max(0))),
                    agent: s.agent.clone(),
                    joined: (!s.met).then_some(Seconds(s.joined)),
                    left: s.left.map(Seconds),
                })
                .collect(),
            hangup_cause: self.leg_ix(&self.key.linkedid).and_then(|ix| self.legs[ix as usize].cause),
            legs: self
                .legs
                .iter()
                .map(|l| LegRecord {
                    uniqueid: l.uniqueid.clone(),
                    channel: l.channel.clone(),
                    endpoint: l.endpoint(),
                    started: Seconds(l.started),
                    answered: l.answered.map(Seconds),
                    ended: l.ended.map(Seconds),
                    cause: l.cause,
                    at_least: l.at_least,
                })
                .collect(),
            talks: talks
                .into_iter()
                .map(|t| TalkRecord { a: t.endpoints.0, b: t.endpoints.1, seconds: seconds(t.micros) })
                .collect(),
            transfers: self
                .transfers
                .iter()
                .map(|t| TransferRecord {
                    kind: t.kind,
                    by: t.by.clone(),
                    to: t.to.clone(),
                    result: if t.success { TransferResult::Success } else { TransferResult::Fail },
                    at: Seconds(t.at),
                })
                .collect(),
            unseen_until: self.unseen_until.map(Seconds),
            at_least: self.at_least,
            conversations: self.conversations(now),
        }
    }

    fn conversations(&self, now: Micros) -> Vec<Conversation> {
        let of = |(a, b): &(Text, Text), began: Micros, ended: Micros| Conversation {
            a: a.clone(),
            b: b.clone(),
            began: Seconds(began),
            ended: Seconds(ended),
        };
        let over = self.conversations.iter().map(|c| of(&c.endpoints, c.began, c.ended));
        let open = self.open_talks.iter().map(|t| of(&t.endpoints, t.since, now.max(t.since)));
        let mut all: Vec<_> = over.chain(open).collect();
        all.sort_by_key(|c| c.began);
        all
    }

    /// The word for the whole, from what holds now.
    pub(crate) fn phase_now(&self) -> CallPhase {
        if self.live.is_empty() {
            return CallPhase::Ended;
        }
        if self.live().any(|l| self.bridge_of(l).is_some_and(|b| b.conference.is_some())) {
            return CallPhase::Conference;
        }
        let (mut talking, mut held) = (false, false);
        for group in self.groups() {
            if group.holding || group.ends.len() < 2 {
                continue;
            }
            talking = true;
            held |= group.ends.iter().any(|&end| match end {
                End::Own(ix) => self.legs[ix as usize].holding,
                End::Guest(..) => false,
            });
        }
        match (talking, held) {
            (true, true) => return CallPhase::OnHold,
            (true, false) => return CallPhase::Talking,
            (false, _) => {}
        }
        if self.parked.is_some() {
            return CallPhase::Parked;
        }
        if self.stints.iter().any(|s| s.left.is_none()) {
            return CallPhase::Waiting;
        }
        if self.live().any(|l| self.is_left_alone(l)) {
            return CallPhase::LeftAlone;
        }
        if self.live().any(|l| l.state == super::legs::channel_state::RINGING) {
            return CallPhase::Ringing;
        }
        let dialing = self.live().any(|l| l.dial_open && !l.is_up());
        if !dialing && self.live().any(|l| l.is_up() && !is_local(&l.channel)) {
            return CallPhase::InApplication;
        }
        CallPhase::Dialing
    }
}
