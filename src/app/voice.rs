//! The ports to which PBXs bring voices, with the assistants of the database or the one of the settings, and whoever speaks,
//! hears and thinks for them on this server.

mod answering;
mod engines;
mod prepare;
mod settings;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use self::answering::Answering;
use self::engines::Engines;
use self::prepare::Preparing;
use super::{Core, agi, streaming};
use crate::assistants::Assistants;
use crate::config::Config;
use crate::links::audio_stream;
use crate::links::audiosocket::{Line, Peer, Port};
use crate::voice::Roster;

/// Serves assistants, where a port is configured. Without one they can be written, and nobody is answered.
///
/// # Errors
/// When the host of a PBX is not known here, or the system refuses.
pub(super) fn start(
    config: &Config,
    listener: Option<TcpListener>,
    stream: Option<TcpListener>,
    core: &Core,
) -> io::Result<Ports> {
    if listener.is_none() && stream.is_none() {
        if let Some(assistants) = &core.assistants {
            assistants.offer(engines::set_up(config));
        }
        return Ok(Ports::default());
    }
    let engines = Engines::start(config)?;
    if let Some(assistants) = &core.assistants {
        assistants.offer(engines.offered());
    }
    let understands = engines.understand();
    let answering =
        Arc::new(Answering::new(core.assistants.clone(), core.registry.clone(), core.journal.clone()));
    let tools = core.errands.clone().zip(core.tickets.clone());
    let preparing =
        Preparing { engines, tools, board: core.board.clone(), answering: Arc::downgrade(&answering) };
    preparing.start(settings::form(config), core.assistants.clone());
    let mut ports = Ports::default();
    if let Some(listener) = listener {
        let addr = listener.local_addr()?;
        let port = Port::serve(listener, peers(config, addr, core)?, answering.clone(), &core.root)?;
        log::info!("assistants answer callers over AudioSocket on {addr}; {understands}");
        ports.audiosocket = Some(port);
    }
    if let Some((listener, stream)) = stream.zip(config.audio_stream.as_ref()) {
        let addr = listener.local_addr()?;
        let port = audio_stream::Port::serve(listener, streaming::gateways(stream)?, answering, &core.root)?;
        log::info!("assistants answer callers of FreeSWITCH over WebSocket on {addr}; {understands}");
        ports.audio_stream = Some(port);
    }
    Ok(ports)
}

/// Where voices come.
#[derive(Default)]
pub(super) struct Ports {
    audiosocket: Option<Port>,
    audio_stream: Option<audio_stream::Port>,
}

impl Ports {
    /// What they count.
    pub(super) fn counters(&self) -> Counted {
        Counted {
            audiosocket: self.audiosocket.as_ref().map(Port::counters),
            audio_stream: self.audio_stream.as_ref().map(audio_stream::Port::counters),
        }
    }

    /// After their conversations have stopped.
    pub(super) fn stop(self) {
        if let Some(port) = self.audiosocket {
            port.stop();
        }
        if let Some(port) = self.audio_stream {
            port.stop();
        }
    }
}

/// What ports of voices count.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) audiosocket: Option<Arc<crate::links::audiosocket::Counters>>,
    pub(super) audio_stream: Option<Arc<audio_stream::Counters>>,
}

/// PBXs, from where their voices come.
fn peers(config: &Config, addr: SocketAddr, core: &Core) -> io::Result<Vec<Peer>> {
    let mut peers = Vec::with_capacity(config.pbxs.len());
    for pbx in &config.pbxs {
        let agi::Peer { pbx, mut addresses } = agi::peer(pbx)?;
        if core.built_in.is_some() {
            // who connects to an address of this machine comes from there
            addresses.push(addr.ip().to_canonical());
        }
        let line = core.floors.iter().find(|floor| floor.name == pbx).map(|floor| Line {
            sightings: floor.sightings.clone(),
            actions: Some(floor.line.actions.clone()),
        });
        peers.push(Peer { pbx, addresses, line: line.unwrap_or_default() });
    }
    Ok(peers)
}

/// Those that may be named: of the database, or the one of the settings.
struct Known {
    assistants: Option<Arc<Assistants>>,
    own: Option<String>,
}

impl Roster for Known {
    fn has(&self, id: &str) -> bool {
        match self.assistants.as_ref().and_then(|assistants| assistants.now()) {
            Some(book) => book.assistants.get(id).is_some_and(|one| one.published.is_some()),
            None => self.own.as_deref() == Some(id),
        }
    }
}

/// Where assistants are served, and which there are; `None`: nowhere.
///
/// # Errors
/// When the system does not tell where.
pub(super) fn served(
    config: &Config,
    listener: Option<&TcpListener>,
    core: &Core,
) -> io::Result<agi::ServedVoices> {
    let Some(listener) = listener else { return Ok(None) };
    let own = settings::form(config).map(|(id, _)| id);
    let roster: Arc<dyn Roster> = Arc::new(Known { assistants: core.assistants.clone(), own });
    Ok(Some((listener.local_addr()?, roster)))
}
