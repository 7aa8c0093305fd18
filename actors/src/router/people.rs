//! Agents, queues and trunks: who is at which endpoint, and whose a device, a member or a registration is.

use asterisk::ami::event::{Chan, Member};
use smallvec::SmallVec;

use super::table::{AgentNo, At, CallNo, Delivery, Table, TrunkNo};
use crate::keys::{endpoint_of, is_local};
use crate::view::Text;

impl Table {
    /// Who has a leg exists.
    pub(super) fn introduce(&mut self, c: &Chan<'_>, out: &mut Vec<Delivery>) {
        if is_local(c.channel) {
            return;
        }
        let endpoint = endpoint_of(c.channel);
        if matches!(self.at(&endpoint), At::Nobody) && is_phone(&endpoint) {
            if self.settings.is_trunk(&endpoint) {
                self.trunk(&endpoint, 1, out);
            } else if self.settings.is_agent(&endpoint) {
                self.agent(&endpoint, 1, out);
            }
        }
    }

    pub(super) fn agent(
        &mut self,
        endpoint: &str,
        just_made: u32,
        out: &mut Vec<Delivery>,
    ) -> Option<AgentNo> {
        if self.trunks.get(endpoint).is_some() || self.settings.is_trunk(endpoint) {
            return None;
        }
        let (no, new) = self.agents.get_or_add(endpoint);
        if new {
            out.push(Delivery::StartAgent(AgentNo(no), endpoint.into()));
            self.retell(endpoint, just_made, out);
        }
        Some(AgentNo(no))
    }

    pub(super) fn trunk(&mut self, endpoint: &str, just_made: u32, out: &mut Vec<Delivery>) -> TrunkNo {
        let (no, new) = self.trunks.get_or_add(endpoint);
        if new {
            out.push(Delivery::StartTrunk(TrunkNo(no), endpoint.into()));
            self.retell(endpoint, just_made, out);
        }
        TrunkNo(no)
    }

    /// Somebody new listens: calls with legs there tell again.
    pub(super) fn retell(&self, endpoint: &str, just_made: u32, out: &mut Vec<Delivery>) {
        if self.legs_at.get(endpoint).is_none_or(|&legs| legs <= just_made) {
            return;
        }
        let mut told: SmallVec<[CallNo; 4]> = SmallVec::new();
        for leg in self.legs.values() {
            if !leg.ended && !told.contains(&leg.call) && endpoint_of(&leg.channel) == endpoint {
                told.push(leg.call);
                out.push(Delivery::Retell(leg.call, endpoint.into()));
            }
        }
    }

    pub(super) fn member(&mut self, m: &Member<'_>, out: &mut Vec<Delivery>) {
        let queue = self.queue(m.queue, out);
        out.push(Delivery::Queue(queue));
        let station = self.station(m.interface, m.state_interface);
        if let Some(agent) = self.agent(&station, 0, out) {
            self.members.entry(queue).or_default().insert(agent.0);
            out.push(Delivery::Agent(agent));
        }
    }

    /// The endpoint of a member: its state interface where that is a phone, its interface where that
    /// is one, else the phone that a Local interface names, else the interface itself (L23, L24).
    pub(super) fn station(&mut self, interface: &str, state_interface: &str) -> Text {
        if is_phone(state_interface) {
            return state_interface.into();
        }
        if is_phone(interface) {
            return interface.into();
        }
        if let Some(known) = self.stations.get(interface) {
            return known.clone();
        }
        let name = interface.strip_prefix("Local/").and_then(|rest| rest.split('@').next()).unwrap_or("");
        for tech in ["PJSIP", "SIP"] {
            let endpoint = Text::from(format!("{tech}/{name}"));
            if self.agents.get(&endpoint).is_some() {
                self.stations.insert(interface.into(), endpoint.clone());
                return endpoint;
            }
        }
        interface.into()
    }

    /// Something of a phone or a trunk.
    pub(super) fn device(&mut self, endpoint: &str, out: &mut Vec<Delivery>) {
        match self.at(endpoint) {
            At::Agent(no) => out.push(Delivery::Agent(no)),
            At::Trunk(no) => out.push(Delivery::Trunk(no)),
            At::Nobody if !is_phone(endpoint) => {}
            At::Nobody if self.settings.is_trunk(endpoint) => {
                let no = self.trunk(endpoint, 0, out);
                out.push(Delivery::Trunk(no));
            }
            At::Nobody if self.settings.is_agent(endpoint) => {
                if let Some(no) = self.agent(endpoint, 0, out) {
                    out.push(Delivery::Agent(no));
                }
            }
            At::Nobody => {}
        }
    }

    /// What registers elsewhere is a trunk: the endpoint that a listing names, or of its user's name.
    pub(super) fn registry(&mut self, tech: &str, user: &str, endpoint: &str, out: &mut Vec<Delivery>) {
        let no = match self.registrations.get(user) {
            Some(&no) => no,
            None => {
                let name = if endpoint.is_empty() {
                    let user = user.split_once(':').map_or(user, |(_, rest)| rest);
                    user.split('@').next().unwrap_or(user)
                } else {
                    endpoint
                };
                if name.is_empty() {
                    return;
                }
                let tech = if tech.is_empty() { "SIP" } else { tech };
                let no = self.trunk(&format!("{tech}/{name}"), 0, out);
                self.registrations.insert(user.into(), no);
                no
            }
        };
        out.push(Delivery::Trunk(no));
    }
}

/// What looks like `tech/name` but is nobody's phone.
const NOT_PHONES: [&str; 14] = [
    "Local",
    "CBAnn",
    "CBRec",
    "Announcer",
    "Recorder",
    "Surrogate",
    "Message",
    "AudioSocket",
    "Snoop",
    "UnicastRTP",
    "MulticastRTP",
    "WebSocket",
    "Bridge",
    "Agent",
];

/// Whether this names a device with a technology.
pub(super) fn is_phone(endpoint: &str) -> bool {
    endpoint.split_once('/').is_some_and(|(tech, name)| {
        !name.is_empty()
            && !tech.is_empty()
            && tech.bytes().all(|b| b.is_ascii_alphanumeric())
            && !NOT_PHONES.contains(&tech)
    })
}

pub(super) fn pjsip(name: &str) -> String {
    format!("PJSIP/{name}")
}

pub(super) fn contact_endpoint<'a>(endpoint: &'a str, aor: &'a str) -> &'a str {
    if endpoint.is_empty() { aor } else { endpoint }
}
