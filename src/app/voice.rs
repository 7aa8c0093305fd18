//! The AudioSocket port, with the assistants of the database or the one of the settings, and whoever speaks, hears and thinks
//! for them on this server.

mod answering;
mod engines;
mod prepare;
mod settings;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use self::answering::Answering;
use self::engines::Engines;
use self::prepare::Preparing;
use super::{Core, agi};
use crate::assistants::Assistants;
use crate::config::Config;
use crate::links::audiosocket::{Line, Peer, Port};
use crate::voice::Roster;

/// Serves assistants, where a port is configured. Without one they can be written, and nobody is answered.
///
/// # Errors
/// When the host of a PBX is not known here, or the system refuses.
pub(super) fn start(config: &Config, listener: Option<TcpListener>, core: &Core) -> io::Result<Option<Port>> {
    if listener.is_none() && core.assistants.is_none() {
        return Ok(None);
    }
    let engines = Engines::of(config)?;
    if let Some(assistants) = &core.assistants {
        assistants.offer(engines.offered());
    }
    let Some(listener) = listener else { return Ok(None) };
    let addr = listener.local_addr()?;
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
    let understands = engines.understand();
    let answering = Arc::new(Answering::new(core.assistants.clone(), core.journal.clone()));
    let tools = core.errands.clone().zip(core.tickets.clone());
    let preparing =
        Preparing { engines, tools, board: core.board.clone(), answering: Arc::downgrade(&answering) };
    preparing.start(settings::form(config), core.assistants.clone());
    let port = Port::serve(listener, peers, answering, &core.root)?;
    log::info!("assistants answer callers over AudioSocket on {addr}; {understands}");
    Ok(Some(port))
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
