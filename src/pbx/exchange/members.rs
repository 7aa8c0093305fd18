//! Queue members: paused, added, removed, weighed.

use super::super::truth::{EndpointId, Member, QueueId};
use super::super::wire::{Class, Headers as _};
use super::Exchange;

/// Why nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberError {
    /// No such queue.
    NoQueue,
    /// Not a member there.
    NotThere,
    /// Already a member.
    AlreadyThere,
    /// Not one of our phones.
    NoPhone,
}

impl Exchange {
    /// `QueueMemberStatus`, `QueueMemberPause`, `QueueMemberPenalty`, `QueueMemberAdded`,
    /// `QueueMemberRemoved`: they have the same headers.
    pub(super) fn member_event(&mut self, queue: QueueId, place: usize, event: &'static str) {
        let Some(q) = self.truth.queue(queue) else { return };
        let Some(m) = q.members.get(place) else { return };
        let status = self.truth.endpoint(m.endpoint).map_or(4, |e| e.told as u64);
        self.out
            .event(event, Class::Agent, self.now)
            .line("Queue", &q.name)
            .line("MemberName", &m.name)
            .line("Interface", &m.interface)
            .line("StateInterface", &m.interface)
            .line("Membership", if m.dynamic { "dynamic" } else { "static" })
            .num("Penalty", m.penalty.into())
            .num("CallsTaken", m.calls_taken.into())
            .num("LastCall", m.last_call)
            .num("LastPause", m.last_pause)
            .num("LoginTime", m.login_time)
            .num("InCall", m.in_call.into())
            .num("Status", status)
            .num("Paused", m.paused.into())
            .line("PausedReason", &m.reason)
            .num("Ringinuse", q.ring_in_use.into())
            .num("Wrapuptime", 0);
    }

    /// Memberships of that interface, in one queue or in all.
    fn memberships(&self, queue: Option<&str>, interface: &str) -> Vec<(QueueId, usize)> {
        let Some(endpoint) = self.endpoint_of(interface).and_then(|e| self.truth.endpoint(e)) else {
            return Vec::new();
        };
        let named = |q: QueueId| {
            queue.is_none_or(|name| self.truth.queue(q).is_some_and(|q| q.name.eq_ignore_ascii_case(name)))
        };
        endpoint.memberships.iter().copied().filter(|(q, _)| named(*q)).collect()
    }

    fn endpoint_of(&self, interface: &str) -> Option<EndpointId> {
        self.truth.endpoint_named(interface.strip_prefix("PJSIP/")?)
    }

    /// Pauses or unpauses a member, in one queue or in all of its queues.
    pub fn pause(
        &mut self,
        queue: Option<&str>,
        interface: &str,
        paused: bool,
        reason: &str,
    ) -> Result<(), MemberError> {
        let places = self.memberships(queue, interface);
        if places.is_empty() {
            return Err(MemberError::NotThere);
        }
        let now_s = self.seconds();
        for (queue, place) in places {
            let Some(member) = self.truth.queue(queue).and_then(|q| q.members.get(place)) else { continue };
            let was_free = self.truth.is_free(member);
            let device = self
                .truth
                .queue(queue)
                .map(|q| format!("Queue:{}_pause_{interface}", q.name))
                .unwrap_or_default();
            if let Some(member) = self.truth.member_mut(queue, place) {
                member.paused = paused;
                member.reason = if paused { reason.into() } else { "".into() };
                if paused {
                    member.last_pause = now_s;
                }
            }
            self.custom_device(&device, if paused { "INUSE" } else { "NOT_INUSE" });
            self.member_event(queue, place, "QueueMemberPause");
            let is_free = self
                .truth
                .queue(queue)
                .and_then(|q| q.members.get(place))
                .is_some_and(|m| self.truth.is_free(m));
            if was_free != is_free {
                self.count_free(queue, is_free);
            }
        }
        Ok(())
    }

    /// Changes a member's penalty, in one queue or in all of its queues.
    pub fn set_penalty(
        &mut self,
        queue: Option<&str>,
        interface: &str,
        penalty: u32,
    ) -> Result<(), MemberError> {
        let places = self.memberships(queue, interface);
        if places.is_empty() {
            return Err(MemberError::NotThere);
        }
        for (queue, place) in places {
            if let Some(member) = self.truth.member_mut(queue, place) {
                member.penalty = penalty;
            }
            self.member_event(queue, place, "QueueMemberPenalty");
        }
        Ok(())
    }

    /// Makes one of our phones a member.
    pub fn add_member(
        &mut self,
        queue: &str,
        interface: &str,
        name: Option<&str>,
        penalty: u32,
        paused: Option<&str>,
    ) -> Result<(), MemberError> {
        let id = self.truth.queue_named(queue).ok_or(MemberError::NoQueue)?;
        let endpoint = self.endpoint_of(interface).ok_or(MemberError::NoPhone)?;
        if !self.memberships(Some(queue), interface).is_empty() {
            return Err(MemberError::AlreadyThere);
        }
        let login_time = self.seconds();
        self.put_member(
            id,
            Member {
                endpoint,
                name: name.unwrap_or(interface).into(),
                interface: interface.into(),
                penalty,
                paused: paused.is_some(),
                reason: paused.unwrap_or("").into(),
                calls_taken: 0,
                last_call: 0,
                last_pause: if paused.is_some() { login_time } else { 0 },
                login_time,
                in_call: false,
                dynamic: true,
            },
        );
        let place = self.truth.queue(id).map_or(0, |q| q.members.len().saturating_sub(1));
        self.member_event(id, place, "QueueMemberAdded");
        Ok(())
    }

    /// Puts a member in without telling: the floor before the boot, or `add_member`.
    pub fn put_member(&mut self, queue: QueueId, member: Member) {
        let free = self.truth.is_free(&member);
        let endpoint = member.endpoint;
        let Some(q) = self.truth.queue_mut(queue) else { return };
        q.members.push(member);
        let place = q.members.len() - 1;
        if let Some(endpoint) = self.truth.endpoint_mut(endpoint) {
            endpoint.memberships.push((queue, place));
        }
        if free {
            self.count_free(queue, true);
        }
    }

    /// Takes a member out.
    pub fn remove_member(&mut self, queue: &str, interface: &str) -> Result<(), MemberError> {
        let id = self.truth.queue_named(queue).ok_or(MemberError::NoQueue)?;
        let (_, place) = *self.memberships(Some(queue), interface).first().ok_or(MemberError::NotThere)?;
        self.member_event(id, place, "QueueMemberRemoved");
        let Some(q) = self.truth.queue_mut(id) else { return Err(MemberError::NoQueue) };
        if place >= q.members.len() {
            return Err(MemberError::NotThere);
        }
        let gone = q.members.remove(place);
        let order: Vec<EndpointId> = q.members.iter().map(|m| m.endpoint).collect();
        if self.truth.is_free(&gone) {
            self.count_free(id, false);
        }
        if let Some(endpoint) = self.truth.endpoint_mut(gone.endpoint) {
            endpoint.memberships.retain(|(q, _)| *q != id);
        }
        for (place, endpoint) in order.into_iter().enumerate() {
            if let Some(known) = self
                .truth
                .endpoint_mut(endpoint)
                .and_then(|e| e.memberships.iter_mut().find(|(q, _)| *q == id))
            {
                known.1 = place;
            }
        }
        Ok(())
    }
}
