//! The FastAGI port, and AsyncAGI, with the flows that are stored and what their nodes may play and dial.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener, ToSocketAddrs};
use std::sync::Arc;
use std::time::Instant;

use actix::Arbiter;
use actors::ivr::{Ask, Caller, Conversation, End, Flow, Language, Told, World};
use actors::numbers::{By, Kind, Numbers};
use actors::registry::{Registry, WalkLine};
use actors::settings::Pattern;
use actors::view::Text;
use asterisk::agi::{Environment, Prompt};
use jiff::Timestamp;

use crate::config::{Config, PbxConfig};
use crate::errands::Errands;
use crate::flows::{Choice, Flows};
pub(super) use crate::links::agi::Peer;
use crate::links::agi::{Counters, Ended, Guide, Port, Settings, Telling, by_ami};
use crate::messages::Messages;
use crate::voice::Roster;

use super::Core;
use super::bringing::Bringing;
use super::callers::{self, Unserved};
use super::sounds::Sounds;

/// Who serves callers: the port, where there is one, and AsyncAGI on every PBX.
pub(super) struct Callers {
    port: Option<Port>,
    over_ami: Option<(Arbiter, Arc<Counters>)>,
}

/// What is counted of callers; `None` where they do not come that way.
pub(super) struct CallerCounters {
    /// Over FastAGI.
    pub(super) port: Option<Arc<Counters>>,
    /// Over AMI.
    pub(super) over_ami: Option<Arc<Counters>>,
}

impl Callers {
    /// What is counted.
    pub(super) fn counters(&self) -> CallerCounters {
        CallerCounters {
            port: self.port.as_ref().map(Port::counters),
            over_ami: self.over_ami.as_ref().map(|(_, counters)| counters.clone()),
        }
    }

    /// After its conversations have stopped.
    pub(super) fn stop(self) {
        if let Some(port) = self.port {
            port.stop();
        }
        if let Some((arbiter, _)) = self.over_ami {
            arbiter.stop();
        }
    }
}

/// Where assistants are served, and which there are.
pub(super) type ServedVoices = Option<(SocketAddr, Arc<dyn Roster>)>;

/// Serves callers, where flows are kept.
///
/// # Errors
/// When the host of a PBX is not known here, or the system refuses.
pub(super) fn start(
    config: &Config,
    listener: Option<TcpListener>,
    voices: &ServedVoices,
    core: &Core,
) -> io::Result<Callers> {
    let (Some(flows), Some(errands)) = (&core.flows, &core.errands) else {
        return Ok(Callers { port: None, over_ami: None });
    };
    let world = |pbx: &PbxConfig| (pbx.name.clone(), world(config, pbx, voices, core));
    let worlds = config.pbxs.iter().map(world).collect();
    let guide: Arc<dyn Guide> = Arc::new(Stored {
        flows: flows.clone(),
        errands: errands.clone(),
        worlds,
        registry: core.registry.clone(),
        messages: core.messages.clone(),
        no_flow: Unserved::no_flow(core.board.clone()),
        agi_denied: Unserved::agi_denied(core.board.clone()),
    });
    let lines = core.floors.iter().map(|floor| floor.line.clone()).collect();
    let over_ami = Some(by_ami::serve(lines, &guide, &core.root)?);
    let (Some(listener), Some(agi)) = (listener, &config.agi) else {
        return Ok(Callers { port: None, over_ami });
    };
    let mut peers = config.pbxs.iter().map(peer).collect::<io::Result<Vec<_>>>()?;
    let addr = listener.local_addr()?;
    if let (Some(_), Some(peer)) = (&core.built_in, peers.first_mut()) {
        // who connects to an address of this machine comes from there
        peer.addresses.push(addr.ip().to_canonical());
    }
    let settings = Settings { peers, token: agi.token.clone() };
    let port = Port::serve(listener, settings, guide, &core.root)?;
    log::info!("callers are taken over FastAGI on {addr}");
    Ok(Callers { port: Some(port), over_ami })
}

/// From where that PBX connects.
pub(super) fn peer(pbx: &PbxConfig) -> io::Result<Peer> {
    let named = |problem: &dyn std::fmt::Display| {
        io::Error::other(format!("[[pbx]] {}: {}: {problem}", pbx.name, pbx.host))
    };
    let found = (pbx.host.as_str(), pbx.port).to_socket_addrs().map_err(|problem| named(&problem))?;
    let addresses: Vec<IpAddr> = found.map(|address| address.ip().to_canonical()).collect();
    Ok(Peer { pbx: pbx.name.clone(), addresses })
}

fn world(config: &Config, pbx: &PbxConfig, voices: &ServedVoices, core: &Core) -> Arc<OfPbx> {
    Arc::new(OfPbx {
        context: pbx.transfer_context.clone(),
        trunks: pbx.trunks.iter().map(|pattern| Pattern::Glob(pattern.as_str().into())).collect(),
        flows: core.flows.clone(),
        numbers: core.numbers.clone(),
        sounds: Some(Sounds::of(config, pbx, core)),
        bringing: Bringing::of(config, pbx, voices.clone(), core),
        began: Instant::now(),
    })
}

struct Stored {
    flows: Arc<Flows>,
    errands: Arc<Errands>,
    worlds: Vec<(String, Arc<OfPbx>)>,
    registry: Registry,
    messages: Option<Arc<Messages>>,
    no_flow: Unserved,
    agi_denied: Unserved,
}

impl Guide for Stored {
    fn flow(&self, pbx: &str, environment: &Environment) -> Option<Arc<Flow>> {
        let called = environment.called().unwrap_or_default();
        let flow = match self.flows.for_called(called) {
            Choice::Flow { flow, .. } => Some(flow),
            Choice::Nothing => None,
        };
        self.no_flow.tell(pbx, flow.is_none().then(|| callers::no_flow(called, pbx)));
        flow
    }

    fn world(&self, pbx: &str) -> Arc<dyn World + Send + Sync> {
        let found = self.worlds.iter().find(|(name, _)| name == pbx);
        match found {
            Some((_, world)) => world.clone(),
            None => Arc::new(OfPbx {
                context: None,
                trunks: Vec::new(),
                flows: None,
                numbers: Arc::default(),
                sounds: None,
                bringing: None,
                began: Instant::now(),
            }),
        }
    }

    fn line(&self, pbx: &str) -> Option<WalkLine> {
        self.registry.walks(pbx)
    }

    fn ask(&self, pbx: &str, ask: Ask) -> Telling {
        match ask {
            Ask::Speech(text, language) => {
                let world = self.worlds.iter().find(|(name, _)| name == pbx).map(|(_, world)| world.clone());
                Box::pin(async move {
                    let sounds = world.as_ref().and_then(|world| world.sounds.as_ref());
                    match sounds {
                        Some(sounds) => Told::Speech(sounds.speech_soon(&text, language.code()).await),
                        None => Told::Speech(None),
                    }
                })
            }
            Ask::Http(_) | Ask::Contact(_) | Ask::Callback(_) => self.errands.run(pbx, ask),
        }
    }

    fn may_send(&self, pbx: &str, may: bool) {
        self.agi_denied.tell(pbx, (!may).then(|| callers::agi_denied(pbx)));
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
    trunks: Vec<Pattern>,
    flows: Option<Arc<Flows>>,
    numbers: Arc<Numbers>,
    sounds: Option<Sounds>,
    bringing: Option<Bringing>,
    began: Instant,
}

impl OfPbx {
    /// What may be dialled for that number; one outside is counted (S19, S20).
    fn dialable(&self, number: &str) -> Result<actors::numbers::Dialable, String> {
        let dialable = self.numbers.dial(number, &By::default(), self.began.elapsed());
        dialable.map_err(|refusal| refusal.words().to_owned())
    }
}

impl World for OfPbx {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sound(&self, prompt: &str) -> Option<Prompt> {
        self.sounds.as_ref()?.sound(prompt)
    }

    fn speech(&self, text: &str, language: Language) -> Option<Prompt> {
        self.sounds.as_ref()?.speech(text, Some(language.code()))
    }

    fn has_voice(&self) -> bool {
        self.sounds.as_ref().is_some_and(Sounds::has_voice)
    }

    fn device(&self, number: &str) -> Result<String, String> {
        let context = self.context.as_ref().ok_or("this PBX has no transfer_context in the settings")?;
        Ok(format!("Local/{}@{context}/n", self.dialable(number)?.extension))
    }

    /// By the same rules: a trunk is no way around them.
    fn through(&self, trunk: &str, number: &str) -> Result<String, String> {
        if !self.trunks.iter().any(|pattern| pattern.matches(trunk)) {
            return Err(format!("{trunk} is no trunk of this PBX"));
        }
        let dialable = self.dialable(number)?;
        if dialable.kind == Kind::Inside {
            return Err("an extension is not behind a trunk".into());
        }
        match trunk.split_once('/') {
            Some(("PJSIP", name)) => Ok(format!("PJSIP/{}@{name}", dialable.extension)),
            Some(_) => Ok(format!("{trunk}/{}", dialable.extension)),
            None => Err(format!("{trunk} has no technology")),
        }
    }

    fn flow(&self, id: &str) -> Option<Arc<Flow>> {
        self.flows.as_ref()?.now()?.published(id)
    }

    fn spellings(&self, number: &str) -> Vec<Text> {
        let plan = self.numbers.plan();
        let whole = plan.canonical(number);
        let mut all = vec![Text::from(number), whole.clone()];
        if let Some(digits) = whole.strip_prefix('+') {
            all.push(format!("{}{digits}", plan.international_prefix).into());
            if let Some(national) = digits.strip_prefix(plan.country.as_str()) {
                all.push(format!("{}{national}", plan.national_prefix).into());
            }
        }
        all
    }

    fn conversation(&self, caller: &Caller, assistant: &str) -> Result<Conversation, String> {
        let bringing = self.bringing.as_ref().ok_or("no assistant answers callers of this PBX")?;
        bringing.conversation(caller, assistant)
    }

    fn message(&self, caller: &Caller) -> Option<Prompt> {
        self.sounds.as_ref()?.message(caller)
    }
}
