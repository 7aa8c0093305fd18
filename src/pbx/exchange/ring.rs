//! Ringing members: who, for how long, and what happens then.

use smallvec::SmallVec;

use super::super::truth::{ChanRef, Job, Queue, QueueId, Strategy};
use super::super::wire::{Class, Headers as _};
use super::{Cue, Exchange, Timer};

impl Exchange {
    /// Rings members for this caller if it is its turn; looks again in a second otherwise.
    pub(super) fn queue_try(&mut self, at: ChanRef) {
        let Some(waiting) = self.waiting(at) else { return };
        if waiting.agent.is_some() || !waiting.ringing.is_empty() {
            return;
        }
        let queue = waiting.queue;
        let Some(q) = self.truth.queue(queue) else { return };
        // Only as many callers as there are free members have their turn (autofill).
        let place = q.callers.iter().take(q.free as usize).position(|c| *c == at);
        let chosen = if place.is_some() { self.choose(queue) } else { SmallVec::new() };
        if chosen.is_empty() {
            self.after_s(1, Timer::QueueTry(at));
            return;
        }
        let (ring_s, ring_all) =
            self.truth.queue(queue).map_or((15, true), |q| (q.ring_s, q.strategy == Strategy::RingAll));
        let now = self.now;
        let Some(waiting) = self.waiting_mut(at) else { return };
        waiting.round += 1;
        waiting.ring_since = now;
        let round = waiting.round;
        let mut legs = SmallVec::<[ChanRef; 2]>::new();
        for member in chosen {
            if let Some(leg) = self.call_member(at, queue, member, ring_all) {
                legs.push(leg);
            }
        }
        if let Some(waiting) = self.waiting_mut(at) {
            waiting.ringing = legs.clone();
        }
        for leg in legs {
            self.ring(Some(at), leg);
        }
        self.after_s(u64::from(ring_s), Timer::RingTimeout { caller: at, round });
    }

    /// Who to ring: the free members of the lowest penalty, one of them unless all ring together.
    fn choose(&mut self, queue: QueueId) -> SmallVec<[usize; 4]> {
        let now_s = self.seconds();
        let Some(q) = self.truth.queue(queue) else { return SmallVec::new() };
        let rested = |last_call: u64| last_call == 0 || last_call + u64::from(q.wrapup_s) <= now_s;
        let ready: SmallVec<[usize; 4]> = q
            .members
            .iter()
            .enumerate()
            .filter(|(_, m)| self.truth.is_free(m) && rested(m.last_call))
            .map(|(i, _)| i)
            .collect();
        let Some(lowest) = ready.iter().filter_map(|i| q.members.get(*i)).map(|m| m.penalty).min() else {
            return SmallVec::new();
        };
        let mut best: SmallVec<[usize; 4]> =
            ready.into_iter().filter(|i| q.members.get(*i).is_some_and(|m| m.penalty == lowest)).collect();
        let one = |best: &SmallVec<[usize; 4]>, key: &dyn Fn(usize) -> u64| {
            best.iter().copied().min_by_key(|i| key(*i))
        };
        let member = |q: &Queue, i: usize| q.members.get(i).map_or((0, 0), |m| (m.last_call, m.calls_taken));
        let chosen = match q.strategy {
            Strategy::RingAll => return best,
            Strategy::LeastRecent => one(&best, &|i| member(q, i).0),
            Strategy::FewestCalls => one(&best, &|i| u64::from(member(q, i).1)),
            Strategy::RrMemory => {
                let (turn, n) = (q.turn, q.members.len().max(1));
                one(&best, &|i| ((i + n - turn % n) % n) as u64)
            }
        };
        best.clear();
        best.extend(chosen);
        if let (Some(q), Some(i)) = (self.truth.queue_mut(queue), chosen) {
            q.turn = i + 1;
        }
        best
    }

    /// The leg to one member: `AgentCalled`, `DialBegin`.
    fn call_member(&mut self, at: ChanRef, queue: QueueId, place: usize, ring_all: bool) -> Option<ChanRef> {
        let member = self.truth.queue(queue)?.members.get(place)?;
        let (endpoint, interface) = (member.endpoint, member.interface.clone());
        let leg = self.make_leg(at, endpoint, "AppQueue")?;
        self.cdr_open(at, self.name_of(leg));
        self.member_call_event("AgentCalled", at, leg, &[]);
        self.dial_event("DialBegin", Some(at), leg, ("DialString", &interface));
        if !ring_all {
            let party = self.truth.chan(leg).map(|c| c.caller.clone()).unwrap_or_default();
            self.change(at, |c| c.connected = party);
        }
        Some(leg)
    }

    /// `AgentCalled`, `AgentConnect`, `AgentRingNoAnswer`.
    fn member_call_event(&mut self, event: &'static str, at: ChanRef, leg: ChanRef, more: &[(&str, u64)]) {
        let Some(waiting) = self.waiting(at) else { return };
        let queue = waiting.queue;
        let Some(place) = self.member_of_leg(queue, leg) else { return };
        if let (Some(q), Some(channel), Some(dest)) =
            (self.truth.queue(queue), self.truth.chan(at), self.truth.chan(leg))
            && let Some(member) = q.members.get(place)
        {
            let mut frame = self.out.event(event, Class::Agent, self.now);
            frame
                .chan("", channel)
                .chan("Dest", dest)
                .line("Queue", &q.name)
                .line("Interface", &member.interface)
                .line("MemberName", &member.name);
            for (header, value) in more {
                frame.num(header, *value);
            }
        }
    }

    pub(super) fn ring_timed_out(&mut self, caller: ChanRef, round: u32) {
        match self.waiting(caller) {
            Some(w) if w.round == round && w.agent.is_none() && !w.ringing.is_empty() => {}
            _ => return,
        }
        for leg in self.unanswered(caller) {
            self.finish(leg, 0);
        }
        self.retry_later(caller);
    }

    fn retry_later(&mut self, caller: ChanRef) {
        let retry = self
            .waiting(caller)
            .and_then(|w| self.truth.queue(w.queue))
            .map_or(5, |q| u64::from(q.retry_s.max(1)));
        self.after_s(retry, Timer::QueueTry(caller));
    }

    /// Nobody answered in time: `AgentRingNoAnswer`, and both `DialEnd` that 22 sends.
    pub(super) fn unanswered(&mut self, at: ChanRef) -> SmallVec<[ChanRef; 2]> {
        let now = self.now;
        let Some(waiting) = self.waiting_mut(at) else { return SmallVec::new() };
        let legs = std::mem::take(&mut waiting.ringing);
        let rung_ms = now.saturating_sub(waiting.ring_since) / 1_000;
        for leg in &legs {
            self.member_call_event("AgentRingNoAnswer", at, *leg, &[("RingTime", rung_ms)]);
            self.dial_event("DialEnd", Some(at), *leg, ("DialStatus", "NOANSWER"));
        }
        for leg in &legs {
            self.dial_event("DialEnd", Some(at), *leg, ("DialStatus", "CANCEL"));
            let name = self.name_of(*leg);
            self.cdr_close(at, &name, None);
        }
        legs
    }

    /// The caller is leaving: each ringing leg is told twice that it is cancelled, as 22 does.
    pub(super) fn cancel_ringing(&mut self, at: ChanRef) -> Vec<ChanRef> {
        let Some(waiting) = self.waiting_mut(at) else { return Vec::new() };
        let legs = std::mem::take(&mut waiting.ringing);
        for leg in legs.iter().chain(&legs) {
            self.dial_event("DialEnd", Some(at), *leg, ("DialStatus", "CANCEL"));
            let name = self.name_of(*leg);
            self.cdr_close(at, &name, None);
        }
        legs.into_vec()
    }

    /// A member's phone refused or lost the leg.
    pub(super) fn leg_gave_up(&mut self, caller: ChanRef, leg: ChanRef) {
        let Some(waiting) = self.waiting_mut(caller) else { return };
        waiting.ringing.retain(|l| *l != leg);
        if waiting.ringing.is_empty() && waiting.agent.is_none() {
            self.retry_later(caller);
        }
    }

    /// A member picks up: the others stop ringing, the two are joined.
    pub(super) fn member_answered(&mut self, at: ChanRef, leg: ChanRef) {
        let now = self.now;
        self.leg_up(leg);
        self.dial_event("DialEnd", Some(at), leg, ("DialStatus", "ANSWER"));
        let Some(waiting) = self.waiting_mut(at) else { return };
        let others: SmallVec<[ChanRef; 2]> =
            std::mem::take(&mut waiting.ringing).into_iter().filter(|l| *l != leg).collect();
        waiting.agent = Some((leg, now));
        let (queue, since, ring_since) = (waiting.queue, waiting.since, waiting.ring_since);
        let party = self.truth.chan(leg).map(|c| c.caller.clone()).unwrap_or_default();
        for other in &others {
            self.dial_event("DialEnd", Some(at), *other, ("DialStatus", "CANCEL"));
        }
        self.change(at, |c| c.connected = party);
        for other in &others {
            self.dial_event("DialEnd", Some(at), *other, ("DialStatus", "CANCEL"));
        }
        self.music(at, false);
        self.member_variables(at, leg, queue);
        self.leave_line(at);
        let hold_ms = now.saturating_sub(since) / 1_000;
        self.var_set(at, "QUEUEWAIT", &(hold_ms / 1_000).to_string());
        self.var_set(at, "QUEUEWAIT_MS", &hold_ms.to_string());
        let ring_s = now.saturating_sub(ring_since) / 1_000_000;
        self.member_call_event(
            "AgentConnect",
            at,
            leg,
            &[("HoldTime", hold_ms / 1_000), ("RingTime", ring_s)],
        );
        if let Some(q) = self.truth.queue_mut(queue) {
            let hold_s = (hold_ms / 1_000) as u32;
            let first = q.completed == 0 && q.hold_mean == 0;
            q.hold_mean = if first { hold_s } else { (q.hold_mean * 3 + hold_s) / 4 };
        }
        if let Some(place) = self.member_of_leg(queue, leg)
            && let Some(member) = self.truth.member_mut(queue, place)
        {
            member.in_call = true;
        }
        for other in others {
            let name = self.name_of(other);
            self.finish(other, 26);
            self.cdr_close(at, &name, None);
        }
        let name = self.name_of(leg);
        if let Some(channel) = self.truth.chan_mut(at)
            && let Some(part) = channel.cdr.iter_mut().rev().find(|p| p.destination == name)
        {
            part.answer = Some(now);
            part.disposition = "ANSWERED";
        }
        debug_assert!(matches!(self.truth.chan(at).map(|c| &c.job), Some(Job::Queue(_))));
        self.join(at, leg);
        self.cues.push(Cue::Talk(at, leg));
    }

    /// `setinterfacevar`: who took the call, on both channels.
    fn member_variables(&mut self, at: ChanRef, leg: ChanRef, queue: QueueId) {
        let Some(place) = self.member_of_leg(queue, leg) else { return };
        let Some(m) = self.truth.queue(queue).and_then(|q| q.members.get(place)) else { return };
        let values: [(&str, String); 7] = [
            ("MEMBERINTERFACE", m.interface.to_string()),
            ("MEMBERNAME", m.name.to_string()),
            ("MEMBERCALLS", m.calls_taken.to_string()),
            ("MEMBERLASTCALL", m.last_call.to_string()),
            ("MEMBERPENALTY", m.penalty.to_string()),
            ("MEMBERDYNAMIC", u8::from(m.dynamic).to_string()),
            ("MEMBERREALTIME", "0".to_owned()),
        ];
        for channel in [at, leg] {
            for (name, value) in &values {
                self.var_set(channel, name, value);
            }
        }
    }
}
