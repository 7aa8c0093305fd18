//! Puts the rooms together: the only place that knows everyone.
//!
//! ```text
//! Config ─▶ board + publisher ── watchdog ── root supervisor
//!             │                                 └─ pbx/<name>: link, router, registry, entities   (one arbiter each)
//!             └─ HTTP and WebSocket workers (threads of their own)
//! ```
//!
//! [`run`] serves until it is told to stop, then stops in the reverse order of starting. Who calls
//! it binds the port, so that a spec starts the real server on port 0.

mod agi;
mod ai_history;
mod alarms;
mod alone;
mod bringing;
mod callers;
mod demo;
mod figures;
mod floor;
mod keeping;
mod numbers;
mod pauses;
mod retention;
mod sounds;
mod tools;
mod vitals;
mod voice;

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actors::board::{Board, Limits, Pace, Publisher};
use actors::registry::{History, PbxCounters, Registry};
use actors::supervision::{Node, Watchdog, quarantine};

pub use keeping::database;

use crate::access::Access;
use crate::config::{Config, PbxConfig, Secret};
use crate::errands::{Errands, Hosts};
use crate::figures::Live;
use crate::flows::Flows;
use crate::history::{Deleted, Journal, Reader};
use crate::http;
use crate::links::ami;
use crate::messages::Messages;
use crate::pauses::Pauses;
use crate::prompts::Prompts;
use crate::recordings::Recordings;
use crate::tickets::Tickets;

/// Ended calls whose records are kept in memory.
const RECORDS_KEPT: usize = 10_000;

/// What is bound already.
#[derive(Debug)]
pub struct Listeners {
    /// The page, the API, the WebSocket.
    pub http: TcpListener,
    /// FastAGI.
    pub agi: Option<TcpListener>,
    /// AudioSocket.
    pub audiosocket: Option<TcpListener>,
}

impl Listeners {
    /// Binds what the configuration names.
    ///
    /// # Errors
    /// With the address in words, when it is taken or not ours.
    pub fn bind(config: &Config) -> io::Result<Self> {
        let bind = |addr: SocketAddr, key: &str| {
            let named =
                |e: io::Error| io::Error::new(e.kind(), format!("could not listen on {addr}: {e} ({key})"));
            TcpListener::bind(addr).map_err(named)
        };
        let http = bind(config.http_addr, "HTTP_ADDR")?;
        let agi = match &config.agi {
            None => None,
            Some(agi) => match bind(agi.addr, "AGI_PORT") {
                Ok(listener) => Some(listener),
                Err(problem) if agi.is_asked_for => return Err(problem),
                // nobody asked for it, and the floor is worth more
                Err(problem) => {
                    log::warn!(
                        "{problem}: callers are not taken over FastAGI (AGI_PORT=off says so without this line)"
                    );
                    None
                }
            },
        };
        // whoever writes the section wants its callers answered
        let audiosocket = config.assistant.as_ref().map(|assistant| bind(assistant.addr, "AUDIOSOCKET_PORT"));
        Ok(Self { http, agi, audiosocket: audiosocket.transpose()? })
    }
}

/// Everything that follows PBXs, without the pages: what specs look into.
pub struct Core {
    /// What is shown.
    pub board: Arc<Board>,
    /// Where verbs go.
    pub registry: Registry,
    /// Records of ended calls.
    pub history: Arc<History>,
    /// Questions about what happened; `None` where nothing is kept.
    pub past: Option<Reader>,
    /// Today's figures.
    pub figures: Arc<Live>,
    watching: Arc<figures::Watching>,
    pauses: Arc<Pauses>,
    deleted: Option<Arc<Deleted>>,
    /// What callers walk; `None` where nothing is kept.
    pub flows: Option<Arc<Flows>>,
    /// What flows ask of others; `None` where nothing is kept.
    pub errands: Option<Arc<Errands>>,
    /// What callers told assistants; `None` without a database.
    pub tickets: Option<Tickets>,
    /// What callers left; `None` where nothing is kept.
    pub messages: Option<Arc<Messages>>,
    /// What callers hear; `None` where nothing is kept.
    pub prompts: Option<Arc<Prompts>>,
    numbers: Arc<actors::numbers::Numbers>,
    recordings: Recordings,
    /// Who may ask.
    pub access: Access,
    journal: Option<Arc<Journal>>,
    floors: Vec<floor::Floor>,
    root: Arc<Node>,
    watchdog: Arc<Watchdog>,
    publisher: Publisher,
    built_in: Option<Arc<crate::pbx::Running>>,
}

impl Core {
    /// Starts the board and a floor for each PBX. Must be called inside an actix system.
    ///
    /// # Errors
    /// When something cannot start: the message names it.
    pub async fn start(mut config: Config) -> io::Result<Self> {
        let built_in = built_in_pbx(&mut config)?;
        Self::beside(built_in, config).await
    }

    /// The same, where that PBX is one of those that are configured.
    async fn beside(built_in: Option<Arc<crate::pbx::Running>>, config: Config) -> io::Result<Self> {
        for pbx in &config.pbxs {
            ami::check(pbx).map_err(|e| io::Error::other(format!("[[pbx]] {}: {e}", pbx.name)))?;
        }
        let numbers = Arc::new(numbers::from_settings(&config)?);
        let board = Board::new(Limits::default());
        let publisher = Publisher::start(board.clone(), Pace::default())?;
        let root = Node::root("vigie");
        let watchdog = Arc::new(Watchdog::start(&root)?);
        alarms::follow(&board);
        alone::follow(&board);
        quarantine::write_to(config.captures.clone())?;
        let registry = Registry::default();
        let kept = keeping::start(&config, &board)?;
        let (past, journal, access, db) = match kept {
            Some(kept) => (Some(kept.past), Some(kept.journal), kept.access, Some(kept.db)),
            None => (None, None, Access::Open, None),
        };
        if let Access::Accounts(accounts) = &access {
            numbers::reckon(&numbers, accounts);
        }
        let live = figures::live(&config.figures)?;
        let counter = figures::Counter::start(&live)?;
        let both = figures::Both { journal: journal.clone(), counter: counter.clone() };
        let history = Arc::new(History::with_journal(RECORDS_KEPT, Arc::new(both)));
        figures::load(&live, past.clone());
        let recordings = recordings_of(&config);
        let deleted = past
            .as_ref()
            .map(|reader| retention::start(config.retention, reader, recordings.clone(), &access, &board));
        let watching = figures::Watching::start(&board, counter, journal.clone());
        let mut floors = Vec::with_capacity(config.pbxs.len());
        for pbx in &config.pbxs {
            floors.push(floor::start(pbx, &root, &board, &history, &registry, &numbers).await?);
        }
        let hosts = Hosts::new(config.flow_http_hosts.clone());
        let errands = db.as_ref().map(|db| Errands::new(db, hosts, numbers.clone()));
        let flows = db.clone().map(|db| Flows::start(db, numbers.plan().clone()));
        let prompts = db.clone().map(|db| sounds::start(&config, db));
        // over AMI from every PBX but the built-in one
        let takes_callers = config.agi.is_some() || built_in.is_none();
        let messages =
            db.clone().map(|db| sounds::messages(&config, db, &access, takes_callers)).transpose()?;
        let tickets = db.as_ref().map(Tickets::new);
        let pauses = pauses::start(&board, &registry, db, &access);
        Ok(Self {
            board,
            registry,
            history,
            past,
            figures: live,
            deleted,
            pauses,
            flows,
            errands,
            tickets,
            prompts,
            messages,
            numbers,
            recordings,
            watching,
            access,
            journal,
            floors,
            root,
            watchdog,
            publisher,
            built_in,
        })
    }

    /// What the router of that PBX counts.
    pub fn counters(&self, pbx: &str) -> Option<Arc<PbxCounters>> {
        self.floors.iter().find(|floor| floor.name == pbx).map(|floor| floor.counters.clone())
    }

    /// Stops all of it in the reverse order of starting.
    pub async fn stop(self) {
        self.watching.look(true);
        let stopped = self.root.shutdown().await;
        if stopped.killed + stopped.held > 0 {
            log::warn!("{} actors had to be killed, {} hold their thread", stopped.killed, stopped.held);
        }
        for floor in self.floors {
            floor.stop();
        }
        if let Access::Accounts(accounts) = self.access {
            accounts.close().await;
        }
        if let Some(journal) = self.journal {
            // the facts of what just stopped are the last
            let _ = tokio::task::spawn_blocking(move || journal.close()).await;
        }
        drop((self.publisher, self.watchdog, self.built_in));
    }
}

fn recordings_of(config: &Config) -> Recordings {
    let folder = |pbx: &PbxConfig| Some((pbx.name.clone(), pbx.recordings.clone()?));
    Recordings::new(config.pbxs.iter().filter_map(folder).collect())
}

/// The core with its pages: the whole of `vigie serve`.
pub struct Serving {
    /// What follows the PBXs.
    pub core: Core,
    /// Where the pages are.
    pub server: http::Running,
    callers: agi::Callers,
    voices: Option<crate::links::audiosocket::Port>,
}

impl Serving {
    /// Starts everything. Must be called inside an actix system.
    ///
    /// # Errors
    /// When something cannot start: the message names it.
    pub async fn start(mut config: Config, listeners: Listeners) -> io::Result<Self> {
        match &listeners.agi {
            Some(listener) => {
                let addr = listener.local_addr()?;
                config.agi.iter_mut().for_each(|agi| agi.addr = addr);
            }
            None => config.agi = None,
        }
        let built_in = built_in_pbx(&mut config)?;
        let (doors, metrics_token) = (config.doors.clone(), config.metrics_token.clone());
        let settings = http::Settings { doors, metrics_token, ..http::Settings::default() };
        let keys = keeping::keys(&config);
        let core = Core::beside(built_in, config.clone()).await?;
        let served = voice::served(&config, listeners.audiosocket.as_ref())?;
        let callers = agi::start(&config, listeners.agi, &served, &core)?;
        let voices = voice::start(&config, listeners.audiosocket, &core)?;
        let voice_counters = voices.as_ref().map(|port| port.counters());
        if let (Some(pbx), Some(agi), Some(flows)) = (&core.built_in, &config.agi, &core.flows) {
            demo::begin(pbx, agi, flows, core.prompts.clone());
        }
        let parts = http::Parts {
            board: core.board.clone(),
            commands: Arc::new(core.registry.clone()),
            vitals: Arc::new(vitals::Figures::new(
                &core.floors,
                &core.root,
                &core.watchdog,
                voice_counters,
                callers.counters(),
            )),
            history: core.past.clone(),
            figures: Some(core.figures.clone()),
            deleted: core.deleted.clone(),
            pauses: Some(core.pauses.clone()),
            flows: core.flows.clone(),
            errands: core.errands.clone(),
            tickets: core.tickets.clone(),
            prompts: core.prompts.clone(),
            messages: core.messages.clone(),
            assistants: served.map(|(_, roster)| roster),
            recordings: core.recordings.clone(),
            access: core.access.clone(),
            keys,
        };
        let server = http::start(listeners.http, parts, settings)?;
        log::info!("Vigie serves on http://{}", server.addr);
        Ok(Self { core, server, callers, voices })
    }

    /// Stops all of it in the reverse order of starting.
    pub async fn stop(self) {
        self.server.stop().await;
        self.core.stop().await;
        self.callers.stop();
        if let Some(port) = self.voices {
            port.stop();
        }
    }
}

/// Serves until `shutdown` is done. Must be called inside an actix system.
///
/// # Errors
/// When something cannot start: the message names it.
pub async fn run(config: Config, listeners: Listeners, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let serving = Serving::start(config, listeners).await?;
    shutdown.await;
    log::info!("stopping");
    serving.stop().await;
    Ok(())
}

/// Without any PBX configured, one of our own lives in the process: a small contact centre, linked
/// over TCP on loopback like any other.
fn built_in_pbx(config: &mut Config) -> io::Result<Option<Arc<crate::pbx::Running>>> {
    if !config.pbxs.is_empty() {
        return Ok(None);
    }
    let settings = crate::pbx::Settings::default();
    let account = settings.account.clone();
    let running = crate::pbx::start(settings)?;
    let address = running.address();
    log::info!("no PBX is configured: the built-in one lives on {address} (set AMI_HOST for yours)");
    let mut pbx = PbxConfig::new("demo", &address.ip().to_string(), address.port());
    pbx.username = account.username;
    pbx.secret = Secret::new(account.secret);
    pbx.transfer_context = Some(crate::pbx::INTERNAL_CONTEXT.to_owned());
    pbx.wrap_up_s = crate::pbx::WRAP_UP_S;
    config.pbxs.push(pbx);
    Ok(Some(Arc::new(running)))
}
