//! The pure state of a trunk.

use std::sync::Arc;

use ahash::AHashSet;
use asterisk::ami::Event;

use crate::agent::LegNews;
use crate::call::Difference;
use crate::fact::Outbox;
use crate::keys::Micros;
use crate::settings::Settings;
use crate::view::{AtLeast, LegPhase, Reachability, Registration, Said, Since, Text, TrunkView, Trust};

/// A trunk.
#[derive(Debug, Clone)]
pub struct TrunkState {
    settings: Arc<Settings>,
    endpoint: Text,
    registration: Registration,
    registration_since: Option<Micros>,
    reachability: Reachability,
    reachability_since: Option<Micros>,
    round_trip_us: Option<u32>,
    legs: AHashSet<Text>,
    peak: u32,
    device: Text,
    at_least: AtLeast,
    /// What changes now is taken from a listing: it was so then or before.
    comparing: bool,
    mark: Trust,
}

impl TrunkState {
    /// A trunk at that endpoint.
    pub fn new(settings: Arc<Settings>, endpoint: Text) -> Self {
        Self {
            settings,
            endpoint,
            registration: Registration::Unknown,
            registration_since: None,
            reachability: Reachability::Unknown,
            reachability_since: None,
            round_trip_us: None,
            legs: AHashSet::new(),
            peak: 0,
            device: Text::default(),
            at_least: AtLeast::default(),
            comparing: false,
            mark: Trust::Live,
        }
    }

    /// `PJSIP/trunk-a`
    pub fn endpoint(&self) -> &Text {
        &self.endpoint
    }

    /// Channels on it now.
    pub fn channels(&self) -> usize {
        self.legs.len()
    }

    /// Takes an event about its registration or its other side.
    pub fn event(&mut self, e: &Event<'_>, at: Micros, out: &mut Outbox) {
        match e {
            Event::Registry(e) => self.registered(registration(e.status), at, out),
            Event::ContactStatus(e) => self.reached(contact(e.contact_status), e.roundtrip_usec, at, out),
            Event::PeerStatus(e) => {
                let us = e.time.and_then(|ms| u32::try_from(ms).ok()).map(|ms| ms.saturating_mul(1000));
                self.reached(contact(e.peer_status), us, at, out);
            }
            Event::DeviceStateChange(e) => self.device(e.state, out),
            _ => {}
        }
    }

    fn device(&mut self, state: &str, out: &mut Outbox) {
        if self.device != state {
            self.device = state.into();
            out.change();
        }
    }

    fn registered(&mut self, now: Registration, at: Micros, out: &mut Outbox) {
        if self.registration != now {
            self.registration = now;
            self.registration_since = Some(at);
            self.at_least.put(Since::Registration, self.comparing);
            out.urge();
        }
    }

    fn reached(&mut self, now: Reachability, us: Option<u32>, at: Micros, out: &mut Outbox) {
        if now == Reachability::Unknown {
            return;
        }
        if self.reachability != now {
            self.reachability = now;
            self.reachability_since = Some(at);
            self.at_least.put(Since::Reachability, self.comparing);
            out.urge();
        }
        let us = us.filter(|&us| us > 0 && now == Reachability::Reachable);
        if self.round_trip_us != us {
            self.round_trip_us = us;
            out.change();
        }
    }

    /// Takes news of a leg on it.
    pub fn leg(&mut self, news: &LegNews, out: &mut Outbox) {
        let changed = if news.phase == LegPhase::Ended {
            self.legs.remove(&news.uniqueid)
        } else {
            self.legs.insert(news.uniqueid.clone())
        };
        if changed {
            self.peak = self.peak.max(self.legs.len() as u32);
            out.change();
        }
    }

    /// A list item about it: sets right what differs and says so.
    pub fn listed(&mut self, e: &Event<'_>, at: Micros, out: &mut Outbox) -> Option<Difference> {
        let before = (self.registration, self.reachability);
        self.comparing = true;
        match e {
            Event::OutboundRegistrationDetail(e) => self.registered(registration(e.status), at, out),
            Event::RegistryEntry(e) => self.registered(registration(e.state), at, out),
            Event::ContactList(e) => self.reached(contact(e.status), e.roundtrip_usec, at, out),
            Event::ContactStatusDetail(e) => self.reached(contact(e.status), e.roundtrip_usec, at, out),
            Event::PeerEntry(e) => {
                let status = e.status.split_whitespace().next().unwrap_or("");
                self.reached(contact(status), None, at, out);
            }
            Event::DeviceStateChange(e) => self.device(e.state, out),
            _ => {}
        }
        self.comparing = false;
        (before != (self.registration, self.reachability)).then(|| {
            let text = format!("trunk {} is {:?}, {:?}", self.endpoint, self.registration, self.reachability);
            Said::new("trunk_differed", [&self.endpoint], text)
        })
    }

    /// A whole list of registrations does not have it: it does not register.
    pub fn not_registering(&mut self, at: Micros, out: &mut Outbox) {
        self.comparing = true;
        self.registered(Registration::None, at, out);
        self.comparing = false;
    }

    /// The PBX restarted: no leg is left.
    pub fn forget_legs(&mut self, out: &mut Outbox) {
        self.legs.clear();
        out.change();
    }

    /// Something is doubtful.
    pub fn distrust(&mut self, mark: Trust, out: &mut Outbox) {
        if mark > self.mark {
            self.mark = mark;
            out.change();
        }
    }

    /// Compared with the PBX and right.
    pub fn confirmed(&mut self, out: &mut Outbox) {
        if self.mark != Trust::Live && self.mark != Trust::Degraded {
            self.mark = Trust::Live;
            out.change();
        }
    }

    /// `pbx~endpoint`.
    pub fn id(&self) -> Text {
        compact_str::format_compact!("{}~{}", self.settings.pbx, self.endpoint)
    }

    /// The row.
    pub fn view(&self) -> TrunkView {
        TrunkView {
            id: self.id(),
            pbx: self.settings.pbx.0.clone(),
            endpoint: self.endpoint.clone(),
            registration: self.registration,
            registration_since_ms: self.registration_since,
            reachability: self.reachability,
            reachability_since_ms: self.reachability_since,
            round_trip_us: self.round_trip_us,
            legs: self.legs.len() as u32,
            legs_peak: self.peak,
            device: self.device.clone(),
            at_least: self.at_least,
            trust: self.mark,
        }
    }
}

fn registration(status: &str) -> Registration {
    match status {
        "Registered" => Registration::Registered,
        "Rejected" | "Rejected (Temporary)" | "Rejected (Permanent)" | "No Authentication" | "Failed" => {
            Registration::Rejected
        }
        _ => Registration::Unregistered, // Unregistered, Timeout, Request Sent, Auth. Sent, Stopped ...
    }
}

fn contact(status: &str) -> Reachability {
    match status {
        "Reachable" | "Registered" | "Lagged" | "OK" | "LAGGED" => Reachability::Reachable,
        "Unreachable" | "UNREACHABLE" | "Removed" | "Unregistered" => Reachability::Unreachable,
        _ => Reachability::Unknown, // NonQualified, Created, Unmonitored ...
    }
}
