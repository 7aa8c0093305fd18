//! Devices: what their channels make of them, registrations, reachability.

use super::super::truth::{DeviceState, EndpointId, EndpointKind, QueueId, Registration};
use super::super::wire::{Class, Headers as _};
use super::Exchange;

impl Exchange {
    /// This endpoint's device state may have changed.
    pub(super) fn touch(&mut self, endpoint: EndpointId) {
        if !self.touched.contains(&endpoint) {
            self.touched.push(endpoint);
        }
    }

    /// Tells the device states that did change, and their queue memberships.
    pub(super) fn settle(&mut self) {
        while let Some(id) = self.touched.pop() {
            let state = self.truth.device_state(id);
            let Some(endpoint) = self.truth.endpoint_mut(id) else { continue };
            if endpoint.told == state {
                continue;
            }
            let was_free = endpoint.told == DeviceState::NotInUse;
            endpoint.told = state;
            let is_free = state == DeviceState::NotInUse;
            let memberships = endpoint.memberships.clone();
            self.out
                .event("DeviceStateChange", Class::Call, self.now)
                .line("Device", &endpoint.interface)
                .line("State", state.name());
            for (queue, place) in memberships {
                let paused = self.truth.member_mut(queue, place).is_some_and(|m| m.paused);
                if !paused && was_free != is_free {
                    self.count_free(queue, is_free);
                }
                self.member_event(queue, place, "QueueMemberStatus");
            }
        }
    }

    /// One member more or less is free; tells `Queue:name_avail` when that makes a difference.
    pub(super) fn count_free(&mut self, queue: QueueId, more: bool) {
        let Some(q) = self.truth.queue_mut(queue) else { return };
        q.free = if more { q.free + 1 } else { q.free.saturating_sub(1) };
        let free = q.free > 0;
        if free != q.told_free {
            q.told_free = free;
            let device = format!("Queue:{}_avail", q.name);
            self.custom_device(&device, if free { "NOT_INUSE" } else { "INUSE" });
        }
    }

    /// `DeviceStateChange` of something that is no phone.
    pub(super) fn custom_device(&mut self, device: &str, state: &str) {
        self.out
            .event("DeviceStateChange", Class::Call, self.now)
            .line("Device", device)
            .line("State", state);
    }

    /// A phone's registration comes or goes, or a trunk starts or stops answering its qualify.
    pub fn set_reachable(&mut self, id: EndpointId, reachable: bool) {
        let Some(endpoint) = self.truth.endpoint_mut(id) else { return };
        if endpoint.reachable == reachable {
            return;
        }
        endpoint.reachable = reachable;
        let phone = endpoint.kind == EndpointKind::Phone;
        let statuses: &[&str] = match (phone, reachable) {
            (true, true) => &["NonQualified", "Reachable"],
            (true, false) => &["Removed"],
            (false, true) => &["Reachable"],
            (false, false) => &["Unreachable"],
        };
        let peer_status = if reachable { "Reachable" } else { "Unreachable" };
        self.out
            .event("PeerStatus", Class::System, self.now)
            .line("ChannelType", "PJSIP")
            .line("Peer", &endpoint.interface)
            .line("PeerStatus", peer_status);
        for status in statuses {
            let rtt = if *status == "Reachable" { u64::from(endpoint.rtt_us) } else { 0 };
            self.out
                .event("ContactStatus", Class::System, self.now)
                .line("URI", &endpoint.uri)
                .line("ContactStatus", status)
                .line("AOR", &endpoint.name)
                .line("EndpointName", &endpoint.name)
                .num("RoundtripUsec", rtt);
        }
        self.touch(id);
        self.settle();
    }

    /// What the provider said to our REGISTER; told each time, changed or not.
    pub fn set_registration(&mut self, id: EndpointId, registration: Registration) {
        let Some(endpoint) = self.truth.endpoint_mut(id) else { return };
        endpoint.registration = registration;
        let status = match registration {
            Registration::Registered => "Registered",
            Registration::Rejected => "Rejected",
        };
        let host = endpoint.uri.strip_prefix("sip:").unwrap_or(&endpoint.uri);
        let (username, domain) = (format!("sip:{}@{host}", endpoint.name), endpoint.uri.clone());
        self.out
            .event("Registry", Class::System, self.now)
            .line("ChannelType", "PJSIP")
            .line("Username", &username)
            .line("Domain", &domain)
            .line("Status", status);
    }
}
