//! `Queue`: callers come, wait, give up, are connected, and leave.

use super::super::truth::{ChanRef, Job, QueueId, Text, Waiting};
use super::super::wire::{Class, Headers as _};
use super::{Cue, Exchange, Timer};

/// What `Queue` clears before it starts.
const QUEUE_VARIABLES: [&str; 6] =
    ["ANSWEREDTIME", "ANSWEREDTIME_MS", "DIALEDTIME", "DIALEDTIME_MS", "QUEUEWAIT", "QUEUEWAIT_MS"];

/// How a caller waits.
#[derive(Debug, Clone, Default)]
pub(super) struct Stay {
    /// Seconds at most; those of the queue without it.
    pub(super) max_wait_s: Option<u32>,
    /// Before those of a lower one.
    pub(super) priority: u8,
    /// From 1; the end of those of his priority without one.
    pub(super) position: Option<usize>,
    /// He goes on when the agent has hung up.
    pub(super) goes_on: bool,
}

impl Exchange {
    /// The caller joins the queue. True when the dialplan goes on at once: nobody works there.
    pub(super) fn enter_queue(&mut self, at: ChanRef, queue: QueueId, stay: &Stay) -> bool {
        for variable in QUEUE_VARIABLES {
            self.var_set(at, variable, "");
        }
        let now = self.now;
        let Some(q) = self.truth.queue_mut(queue) else { return true };
        if q.members.is_empty() {
            self.set_var(at, "QUEUESTATUS", "JOINEMPTY");
            self.next_priority(at);
            return true;
        }
        let (max_wait_s, name) = (stay.max_wait_s.unwrap_or(q.max_wait_s), q.name.clone());
        let place = self.place_in_line(queue, stay);
        let Some(q) = self.truth.queue_mut(queue) else { return true };
        q.callers.insert(place, at);
        let (position, count) = (place + 1, q.callers.len());
        self.tell_callers(queue);
        if let Some(channel) = self.truth.chan_mut(at) {
            channel.job = Job::Queue(Box::new(Waiting {
                queue,
                since: now,
                first_position: position as u32,
                ringing: Default::default(),
                ring_since: now,
                max_wait_s,
                priority: stay.priority,
                goes_on: stay.goes_on,
                round: 0,
                agent: None,
            }));
        }
        self.place_event(at, "QueueCallerJoin", &name, position, count);
        self.music(at, true);
        self.after_s(u64::from(max_wait_s), Timer::QueueTimeout(at));
        self.cues.push(Cue::Waits(at));
        self.queue_try(at);
        false
    }

    /// Behind all of his priority, or at his position among them.
    fn place_in_line(&self, queue: QueueId, stay: &Stay) -> usize {
        let Some(q) = self.truth.queue(queue) else { return 0 };
        let priority = |caller: &ChanRef| self.waiting(*caller).map_or(0, |waiting| waiting.priority);
        let before = q.callers.iter().filter(|caller| priority(caller) > stay.priority).count();
        let last = q.callers.iter().filter(|caller| priority(caller) >= stay.priority).count();
        stay.position.map_or(last, |position| position.saturating_sub(1).clamp(before, last))
    }

    fn place_event(&mut self, at: ChanRef, event: &'static str, queue: &str, position: usize, count: usize) {
        if let Some(channel) = self.truth.chan(at) {
            self.out
                .event(event, Class::Agent, self.now)
                .chan("", channel)
                .line("Queue", queue)
                .num("Position", position as u64)
                .num("Count", count as u64);
        }
    }

    /// `Queue:name` rings while somebody waits.
    fn tell_callers(&mut self, queue: QueueId) {
        let Some(q) = self.truth.queue_mut(queue) else { return };
        let waiting = !q.callers.is_empty();
        if q.told_callers != waiting {
            q.told_callers = waiting;
            let device = format!("Queue:{}", q.name);
            self.custom_device(&device, if waiting { "RINGING" } else { "NOT_INUSE" });
        }
    }

    pub(super) fn waiting(&self, at: ChanRef) -> Option<&Waiting> {
        match &self.truth.chan(at)?.job {
            Job::Queue(waiting) => Some(waiting),
            _ => None,
        }
    }

    pub(super) fn waiting_mut(&mut self, at: ChanRef) -> Option<&mut Waiting> {
        match &mut self.truth.chan_mut(at)?.job {
            Job::Queue(waiting) => Some(waiting),
            _ => None,
        }
    }

    /// Takes the caller off the waiting list: `QueueCallerLeave` and what it leaves in variables.
    pub(super) fn leave_line(&mut self, at: ChanRef) {
        let Some(waiting) = self.waiting(at) else { return };
        let queue = waiting.queue;
        let Some(q) = self.truth.queue_mut(queue) else { return };
        let Some(place) = q.callers.iter().position(|c| *c == at) else { return };
        q.callers.remove(place);
        let (count, name) = (q.callers.len(), q.name.clone());
        self.tell_callers(queue);
        self.place_event(at, "QueueCallerLeave", &name, place + 1, count);
        self.var_set(at, "QUEUEPOSITION", &(place + 1).to_string());
    }

    /// The caller leaves without having talked; gives back the legs still ringing, their `DialEnd`
    /// told.
    pub(super) fn abandon(&mut self, at: ChanRef) -> Vec<ChanRef> {
        self.music(at, false);
        let legs = self.cancel_ringing(at);
        self.give_up(at);
        self.leave_line(at);
        legs
    }

    /// `QueueCallerAbandon`: also sent when the queue itself times out, as Asterisk does.
    fn give_up(&mut self, at: ChanRef) {
        self.var_set(at, "ABANDONED", "TRUE");
        let now = self.now;
        let Some(waiting) = self.waiting(at) else { return };
        let (queue, first, since) = (waiting.queue, waiting.first_position, waiting.since);
        let hold_s = (now.saturating_sub(since) + 500_000) / 1_000_000;
        let Some(q) = self.truth.queue_mut(queue) else { return };
        q.abandoned += 1;
        if hold_s <= u64::from(q.level_s) {
            q.abandoned_in_level += 1;
        }
        let place = q.callers.iter().position(|c| *c == at).map_or(0, |p| p + 1);
        let name = q.name.clone();
        if let Some(channel) = self.truth.chan(at) {
            self.out
                .event("QueueCallerAbandon", Class::Agent, now)
                .chan("", channel)
                .line("Queue", &name)
                .num("Position", place as u64)
                .num("OriginalPosition", first.into())
                .num("HoldTime", hold_s);
        }
        if let Some(channel) = self.truth.chan(at)
            && channel.cdr.is_empty()
        {
            self.cdr_open(at, Text::default());
        }
        self.cdr_close(at, "", None);
    }

    pub(super) fn queue_timed_out(&mut self, at: ChanRef) {
        let Some(waiting) = self.waiting(at) else { return };
        let limit = u64::from(waiting.max_wait_s) * 1_000_000;
        if waiting.agent.is_some() || self.now < waiting.since + limit {
            return;
        }
        let legs = self.unanswered(at);
        self.give_up(at);
        self.music(at, false);
        for leg in legs {
            self.finish(leg, 0);
        }
        self.leave_line(at);
        self.set_var(at, "QUEUESTATUS", "TIMEOUT");
        if let Some(channel) = self.truth.chan_mut(at) {
            channel.job = Job::Leg;
        }
        self.next_priority(at);
        self.run(at);
    }

    /// `AgentComplete`, and the queue's own figures.
    pub(super) fn complete(&mut self, caller: ChanRef, reason: &'static str) {
        let now = self.now;
        let Some(waiting) = self.waiting(caller) else { return };
        let Some((leg, connected)) = waiting.agent else { return };
        let queue = waiting.queue;
        let hold_s = connected.saturating_sub(waiting.since) / 1_000_000;
        let talk_s = (now.saturating_sub(connected) + 500_000) / 1_000_000;
        let name = self.name_of(leg);
        let Some(member) = self.member_of_leg(queue, leg) else { return };
        if let (Some(q), Some(channel), Some(dest)) =
            (self.truth.queue(queue), self.truth.chan(caller), self.truth.chan(leg))
            && let Some(m) = q.members.get(member)
        {
            self.out
                .event("AgentComplete", Class::Agent, now)
                .chan("", channel)
                .chan("Dest", dest)
                .line("Queue", &q.name)
                .line("Interface", &m.interface)
                .line("MemberName", &m.name)
                .num("HoldTime", hold_s)
                .num("TalkTime", talk_s)
                .line("Reason", reason);
        }
        if let Some(q) = self.truth.queue_mut(queue) {
            q.completed += 1;
            if hold_s <= u64::from(q.level_s) {
                q.completed_in_level += 1;
            }
            q.talk_mean =
                if q.completed == 1 { talk_s as u32 } else { (q.talk_mean * 3 + talk_s as u32) / 4 };
        }
        if let Some(m) = self.truth.member_mut(queue, member) {
            m.calls_taken += 1;
            m.last_call = now / 1_000_000;
            m.in_call = false;
        }
        self.cdr_close(caller, &name, Some("ANSWERED"));
    }

    /// The place of the member whose leg this is.
    pub(super) fn member_of_leg(&self, queue: QueueId, leg: ChanRef) -> Option<usize> {
        let endpoint = self.truth.endpoint(self.truth.chan(leg)?.endpoint)?;
        endpoint.memberships.iter().find(|(q, _)| *q == queue).map(|(_, place)| *place)
    }
}
