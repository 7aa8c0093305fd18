//! The FastAGI port, with the flows that are stored and what their nodes may play and dial.

use std::io;
use std::net::{IpAddr, TcpListener, ToSocketAddrs};
use std::sync::Arc;

use actors::ivr::{Caller, End, Flow, World};
use actors::numbers::{By, Numbers};
use asterisk::agi::{Environment, Prompt};
use jiff::Timestamp;

use crate::config::{Config, PbxConfig};
use crate::flows::{Choice, Flows};
use crate::links::agi::{Ended, Guide, Peer, Port, Settings};
use crate::messages::Messages;

use super::Core;
use super::sounds::Sounds;

/// Serves the port, where there is one.
///
/// # Errors
/// When the host of a PBX is not known here, or the system refuses.
pub(super) fn start(config: &Config, listener: Option<TcpListener>, core: &Core) -> io::Result<Option<Port>> {
    let (Some(listener), Some(agi), Some(flows)) = (listener, &config.agi, &core.flows) else {
        return Ok(None);
    };
    let peers = config.pbxs.iter().map(peer).collect::<io::Result<_>>()?;
    let worlds = config.pbxs.iter().map(|pbx| (pbx.name.clone(), world(config, pbx, core))).collect();
    let guide = Stored { flows: flows.clone(), worlds, messages: core.messages.clone() };
    let settings = Settings { peers, token: agi.token.clone() };
    let addr = listener.local_addr()?;
    let port = Port::serve(listener, settings, Arc::new(guide), &core.root)?;
    log::info!("callers are taken over FastAGI on {addr}");
    Ok(Some(port))
}

fn peer(pbx: &PbxConfig) -> io::Result<Peer> {
    let named = |problem: &dyn std::fmt::Display| {
        io::Error::other(format!("[[pbx]] {}: {}: {problem}", pbx.name, pbx.host))
    };
    let found = (pbx.host.as_str(), pbx.port).to_socket_addrs().map_err(|problem| named(&problem))?;
    let addresses: Vec<IpAddr> = found.map(|address| address.ip().to_canonical()).collect();
    Ok(Peer { pbx: pbx.name.clone(), addresses })
}

fn world(config: &Config, pbx: &PbxConfig, core: &Core) -> Arc<OfPbx> {
    let sounds = Some(Sounds::of(config, pbx, core));
    Arc::new(OfPbx { context: pbx.transfer_context.clone(), numbers: core.numbers.clone(), sounds })
}

struct Stored {
    flows: Arc<Flows>,
    worlds: Vec<(String, Arc<OfPbx>)>,
    messages: Option<Arc<Messages>>,
}

impl Guide for Stored {
    fn flow(&self, _pbx: &str, environment: &Environment) -> Option<Arc<Flow>> {
        match self.flows.for_called(environment.called().unwrap_or_default()) {
            Choice::Flow { flow, .. } => Some(flow),
            Choice::Nothing => None,
        }
    }

    fn world(&self, pbx: &str) -> Arc<dyn World + Send + Sync> {
        let found = self.worlds.iter().find(|(name, _)| name == pbx);
        match found {
            Some((_, world)) => world.clone(),
            None => Arc::new(OfPbx { context: None, numbers: Arc::default(), sounds: None }),
        }
    }

    fn ended(&self, ended: Ended) {
        if let Some(messages) = &self.messages {
            let node = ended.visits.last().map_or("", |visit| visit.node.as_str());
            messages.ended(&ended.pbx, &ended.uniqueid, ended.flow.as_deref().unwrap_or_default(), node);
        }
        let node = ended.visits.last().map_or("none", |visit| visit.node.as_str());
        let (flow, seconds) = (ended.flow.as_deref().unwrap_or("none"), ended.took.as_secs());
        match &ended.end {
            End::Failed(why) => log::warn!("flow {flow} failed at node {node} after {seconds} s: {why}"),
            end => log::info!("flow {flow} ended at node {node} after {seconds} s: {end:?}"),
        }
    }
}

/// What nodes may play and dial on one PBX.
struct OfPbx {
    context: Option<String>,
    numbers: Arc<Numbers>,
    sounds: Option<Sounds>,
}

impl World for OfPbx {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sound(&self, prompt: &str) -> Option<Prompt> {
        self.sounds.as_ref()?.sound(prompt)
    }

    fn speech(&self, text: &str, language: Option<&str>) -> Option<Prompt> {
        self.sounds.as_ref()?.speech(text, language)
    }

    fn device(&self, number: &str) -> Result<String, String> {
        let context = self.context.as_ref().ok_or("this PBX has no transfer_context in the settings")?;
        let dialable =
            self.numbers.may_dial(number, &By::default()).map_err(|refusal| refusal.words().to_owned())?;
        Ok(format!("Local/{}@{context}/n", dialable.extension))
    }

    fn message(&self, caller: &Caller) -> Option<Prompt> {
        self.sounds.as_ref()?.message(caller)
    }
}
