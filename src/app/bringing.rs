//! Flows bring callers to assistants: under which UUID, to which port of ours as their PBX reaches it, and to which assistant.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use actors::ivr::{Caller, Conversation};
use asterisk::audiosocket::Uuid;

use super::Core;
use crate::auth::secrets;
use crate::config::{Config, PbxConfig};
use crate::links::ami::{Sighting, Sightings};
use crate::voice::Roster;

/// Of one PBX.
pub(super) struct Bringing {
    sightings: Sightings,
    /// `host:port`
    server: String,
    roster: Arc<dyn Roster>,
}

impl Bringing {
    /// `None` where no assistant is served, or where it is not known how that PBX reaches it.
    pub(super) fn of(
        config: &Config,
        pbx: &PbxConfig,
        served: Option<(SocketAddr, Arc<dyn Roster>)>,
        core: &Core,
    ) -> Option<Self> {
        let (addr, roster) = served?;
        let sightings = core.floors.iter().find(|floor| floor.name == pbx.name)?.sightings.clone();
        let server = config.audiosocket_dial.clone().or_else(|| reached(addr, pbx));
        if server.is_none() {
            log::error!(
                "[[pbx]] {}: no way from this machine to {}: flows bring nobody to an assistant there (AUDIOSOCKET_DIAL)",
                pbx.name,
                pbx.host
            );
        }
        Some(Self { sightings, server: server?, roster })
    }

    /// Whose call it is is known from here on, whatever AMI tells of it.
    pub(super) fn conversation(&self, caller: &Caller, assistant: &str) -> Result<Conversation, String> {
        if !assistant.is_empty() && !self.roster.has(assistant) {
            return Err(format!("there is no assistant {assistant}"));
        }
        let uuid = Uuid::random(secrets::random().map_err(|problem| problem.to_string())?);
        let channel = Some(caller.channel.to_string()).filter(|name| !name.is_empty());
        let sighting = Sighting {
            channel,
            uniqueid: caller.uniqueid.to_string(),
            number: caller.number.to_string(),
            name: caller.name.to_string(),
            called: caller.called.to_string(),
            assistant: assistant.to_owned(),
            in_flow: true,
        };
        self.sightings.saw(uuid, sighting);
        Ok(Conversation { id: uuid.to_string(), server: self.server.clone() })
    }
}

/// Where it is served; on all addresses: at the one from which this machine would send to the PBX. Nothing is sent.
fn reached(addr: SocketAddr, pbx: &PbxConfig) -> Option<String> {
    if !addr.ip().is_unspecified() {
        return Some(addr.to_string());
    }
    let any = if addr.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect((pbx.host.as_str(), pbx.port)).ok()?;
    let ours = socket.local_addr().ok()?.ip().to_canonical();
    Some(SocketAddr::new(ours, addr.port()).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pbx_reaches_the_port_where_it_is_served_or_as_it_is_reached_itself() {
        let pbx = PbxConfig::new("lab", "127.0.0.1", 5038);
        let at = |addr: &str| reached(addr.parse().expect("an address"), &pbx);
        assert_eq!(at("10.0.0.7:9090").as_deref(), Some("10.0.0.7:9090"));
        assert_eq!(at("0.0.0.0:9090").as_deref(), Some("127.0.0.1:9090"));
        assert_eq!(at("[::1]:9090").as_deref(), Some("[::1]:9090"));
    }
}
