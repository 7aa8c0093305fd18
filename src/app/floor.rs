//! One PBX: its arbiter with the link, the router, the registry and the entities on it.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use actix::Arbiter;
use actors::board::Board;
use actors::command::ContextName;
use actors::keys::PbxName;
use actors::numbers::Numbers;
use actors::registry::{Contexts, History, Parts, PbxCounters, PbxTree, Registry};
use actors::settings::{Pattern, Settings};
use actors::supervision::{Node, tick_here};

use crate::config::PbxConfig;
use crate::links::agi::by_ami;
use crate::links::ami::{Link, LinkActor, LinkCounters, Sightings};

/// One PBX that is followed.
pub(super) struct Floor {
    /// Its name.
    pub(super) name: String,
    /// What its router counts.
    pub(super) counters: Arc<PbxCounters>,
    /// What its link counts.
    pub(super) link: Arc<LinkCounters>,
    /// As callers in AsyncAGI have it.
    pub(super) line: by_ami::Line,
    /// Whose voice comes under which UUID.
    pub(super) sightings: Sightings,
    arbiter: Arbiter,
}

impl Floor {
    /// After its actors have stopped.
    pub(super) fn stop(self) {
        self.arbiter.stop();
        // A thread that an actor holds for ever must not keep the process from ending.
        drop(self.arbiter);
    }
}

/// Starts it on an arbiter of its own: socket, framing, routing and entities stay on one thread.
pub(super) async fn start(
    config: &PbxConfig,
    root: &Arc<Node>,
    board: &Arc<Board>,
    history: &Arc<History>,
    registry: &Registry,
    numbers: &Arc<Numbers>,
) -> io::Result<Floor> {
    let arbiter = Arbiter::new();
    let counters = Arc::new(PbxCounters::default());
    let tree = PbxTree::new(root, &PbxName(config.name.as_str().into()));
    let (told, tells) = tokio::sync::oneshot::channel();
    let (config_there, board, history) = (config.clone(), board.clone(), history.clone());
    let (counters_there, registry, numbers) = (counters.clone(), registry.clone(), numbers.clone());
    arbiter.spawn(async move {
        tick_here();
        let started = open(&config_there, &tree, board, history, counters_there, &registry, numbers);
        // Nobody waits any more when the server gave up meanwhile.
        let _ = told.send(started);
    });
    let (link, line, sightings) = tells
        .await
        .map_err(|_| io::Error::other(format!("the thread of {} ended", config.name)))?
        .map_err(|e| io::Error::other(format!("[[pbx]] {}: {e}", config.name)))?;
    Ok(Floor { name: config.name.clone(), counters, link, line, sightings, arbiter })
}

fn open(
    config: &PbxConfig,
    tree: &PbxTree,
    board: Arc<Board>,
    history: Arc<History>,
    counters: Arc<PbxCounters>,
    registry: &Registry,
    numbers: Arc<Numbers>,
) -> Result<(Arc<LinkCounters>, by_ami::Line, Sightings), String> {
    let link = Rc::new(RefCell::new(Link::new(config, board.clone())?));
    let (link_counters, sightings) = (link.borrow().counters(), link.borrow().sightings());
    let settings = settings(config);
    let name = settings.pbx.clone();
    let actor = LinkActor::start(&tree.spine, &config.name, Rc::clone(&link));
    let (tap, actions) = (link.borrow().tap(), actor.clone().recipient());
    let line = by_ami::Line { pbx: config.name.clone(), tap, actions };
    let parts = Parts {
        settings: Arc::new(settings),
        contexts: contexts(config),
        numbers,
        board,
        history,
        counters,
        actions: actor.clone().recipient(),
        doubts: actor.recipient(),
    };
    let actors = tree.start(parts, link);
    registry.add(name.clone(), actors.registry.clone());
    registry.add_walks(name.clone(), actors.walks.clone());
    registry.add_sessions(name, actors.sessions.clone());
    // They end with their arbiter, not with the last address of them elsewhere.
    actix::spawn(async move {
        let _kept = actors;
        std::future::pending::<()>().await;
    });
    Ok((link_counters, line, sightings))
}

fn settings(config: &PbxConfig) -> Settings {
    let pattern = |text: &String| match text.as_str() {
        "digits" => Pattern::Digits,
        glob => Pattern::Glob(glob.into()),
    };
    Settings {
        pbx: PbxName(config.name.as_str().into()),
        trunks: config.trunks.iter().map(pattern).collect(),
        agents: config.agents.iter().map(pattern).collect(),
        wrap_up_s: config.wrap_up_s,
        wrap_up_of: config.wrap_up_s_by_queue.iter().map(|(queue, s)| (queue.as_str().into(), *s)).collect(),
    }
}

/// The configuration checked them already; one that is no context after all is left out.
fn contexts(config: &PbxConfig) -> Contexts {
    let context = |text: &String| ContextName::parse(text).ok();
    Contexts {
        default: config.transfer_context.as_ref().and_then(context),
        allowed: config.transfer_contexts.iter().filter_map(context).collect(),
    }
}
