//! The API, the page and `/metrics`, on actix-web.
//!
//! | Address | File |
//! |---|---|
//! | `GET /api/board`, `/api/board/{pbxs,calls,agents,queues,trunks,alarms}` | `board.rs`, `listing/` |
//! | `POST /api/calls/{verb}`, `/api/agents/{verb}`, `/api/queues/{verb}` | `verbs/` |
//! | `GET /api/verbs?channel=`, `?agent=` | `verbs/which.rs` |
//! | `POST /api/agents/{id}/messages`, `/hand` | `desk.rs` |
//! | `GET /api/history/calls`, `/api/history/calls/{id}` | `history.rs` |
//! | `GET /api/history/calls/{id}/recordings`, `/{n}` | `recordings.rs` |
//! | `GET /api/history/agents/{id}` | `agent_history.rs` |
//! | `GET /api/history/calls/{id}/sessions` | `ai_history.rs` |
//! | `GET /api/figures/...` | `figures/` |
//! | `GET /api/exports/{kind}.csv` | `export.rs` |
//! | `/api/auth` | `auth.rs` |
//! | `/api/tickets` | `tickets.rs` |
//! | `/api/ivr-flows`, `/api/dids`, `/api/callbacks`, `/api/flow-contacts` | `flows/` |
//! | `/api/prompts`, `/api/messages` | `prompts.rs`, `messages.rs` |
//! | `/api/users`, `/api/user-groups`, `/api/sites`, `/api/stations`, `/api/people/check`, `/api/audit` | `people/` |
//! | `GET /api/health`, `/api/ready` | `health.rs` |
//! | `GET /metrics` | `metrics.rs` |
//! | `GET /api/openapi.json`, `/api/docs` | `openapi/`, `shapes/` |
//! | `GET /ws` | `crate::ws` |
//! | everything else | `files.rs`, the page |
//!
//! Nothing here waits for an actor in order to show something: what is shown is read from the
//! board. Only the verbs ask, through [`Commands`], and wait with a deadline.
//!
//! Invariants: every answer passes `guard.rs` (our names only, no foreign origin, security headers, a panic
//! is a 500 with an id); every address stands in `routes.rs` with the right that it needs, and passes
//! `access.rs` before its handler; every error is an [`error::ApiError`]; without accounts nothing but
//! loopback is served.

mod access;
mod acts;
mod agent_history;
mod ai_history;
mod audio_files;
mod auth;
mod board;
mod body;
mod by_phone;
mod desk;
mod done;
pub mod error;
mod export;
mod figures;
mod files;
mod flows;
mod form;
mod guard;
mod health;
mod history;
mod json;
mod listing;
mod messages;
mod metrics;
mod openapi;
mod people;
mod ports;
mod prompts;
mod recordings;
mod routes;
mod shapes;
mod theirs;
mod throttle;
mod tickets;
mod verbs;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpServer, web};
use actors::board::Board;

use crate::access::{Access, Boards};
use crate::config::{Doors, Secret};
use crate::desks::Desks;
use crate::errands::Errands;
use crate::figures::Live;
use crate::flows::Flows;
use crate::history::{Deleted, Reader};
use crate::messages::Messages;
use crate::pauses::Pauses;
use crate::prompts::Prompts;
use crate::recordings::Recordings;
use crate::tickets::Tickets;
use crate::voice::Roster;
use crate::ws::{Hub, Wire};
use error::ApiError;

/// A site as people know it: `Site` is the server's here.
use crate::people::Site as SiteShape;

pub use verbs::by_rules;

pub use routes::{Need, RULES, Rule, Within};

pub use ports::{
    Answers, CallerFigures, Commands, Count, NoCommands, Outcome, PbxFigures, Quiet, Verbs, Vitals,
    VoiceFigures,
};

/// How the server is set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Threads that serve HTTP and WebSockets.
    pub workers: usize,
    /// How long a verb may take before the caller is told `timed_out`.
    pub verb_deadline: Duration,
    /// Verbs that may wait at once; more are told `busy`.
    pub verbs_at_once: usize,
    /// What holds for WebSocket clients.
    pub ws: crate::ws::Limits,
    /// Under which names the server is asked for.
    pub doors: Doors,
    /// With which `/metrics` may be read from elsewhere.
    pub metrics_token: Option<Secret>,
}

impl Default for Settings {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            workers: cores.clamp(1, 4),
            verb_deadline: Duration::from_secs(10),
            verbs_at_once: 256,
            ws: crate::ws::Limits::default(),
            doors: Doors::default(),
            metrics_token: None,
        }
    }
}

/// What the server reads and asks.
#[derive(Clone)]
pub struct Parts {
    /// What is shown.
    pub board: Arc<Board>,
    /// Where verbs go.
    pub commands: Arc<dyn Commands>,
    /// How the actors and the links do.
    pub vitals: Arc<dyn Vitals>,
    /// What happened; `None` where nothing is kept.
    pub history: Option<Reader>,
    /// Today's figures.
    pub figures: Option<Arc<Live>>,
    /// What was deleted because it was too old.
    pub deleted: Option<Arc<Deleted>>,
    /// Pauses that outlive a restart.
    pub pauses: Option<Arc<Pauses>>,
    /// What callers walk; `None` where nothing is kept.
    pub flows: Option<Arc<Flows>>,
    /// What flows look up and leave behind; `None` where nothing is kept.
    pub errands: Option<Arc<Errands>>,
    /// What callers told assistants; `None` without a database.
    pub tickets: Option<Tickets>,
    /// What callers hear; `None` where nothing is kept.
    pub prompts: Option<Arc<Prompts>>,
    /// What callers left; `None` where nothing is kept.
    pub messages: Option<Arc<Messages>>,
    /// Who answers callers by voice; `None`: nobody.
    pub assistants: Option<Arc<dyn Roster>>,
    /// Files that PBXs recorded.
    pub recordings: Recordings,
    /// Who may ask.
    pub access: Access,
    /// Folder of the `Idempotency-Key`s; `None`: a restart forgets them.
    pub keys: Option<PathBuf>,
}

impl Parts {
    /// A server without accounts that only shows that board: every verb is refused with `link_down`.
    pub fn reading(board: Arc<Board>) -> Self {
        Self {
            board,
            commands: Arc::new(NoCommands),
            vitals: Arc::new(Quiet),
            history: None,
            figures: None,
            deleted: None,
            pauses: None,
            flows: None,
            errands: None,
            tickets: None,
            prompts: None,
            messages: None,
            assistants: None,
            recordings: Recordings::default(),
            access: Access::Open,
            keys: None,
        }
    }
}

/// What every handler sees.
struct Site {
    parts: Parts,
    settings: Settings,
    doors: Doors,
    metrics_token: Option<Secret>,
    boards: Arc<Boards>,
    hub: Arc<Hub>,
    verbs: AtomicUsize,
    listening: verbs::watch::Listening,
    throttle: throttle::Throttle,
    once: verbs::Once,
    desks: Desks,
    spoken: by_phone::Spoken,
}

/// A server that runs.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    hub: Arc<Hub>,
    handle: ServerHandle,
}

impl Running {
    /// Its WebSocket clients.
    pub fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// Tells the clients to come back (1001), accepts no more, ends what runs within 5 s.
    pub async fn stop(self) {
        self.hub.close("restarting");
        self.handle.stop(true).await;
    }
}

/// Without accounts whoever reaches the server can hang up calls, so only this machine may.
///
/// # Errors
/// Words for the administrator when the address is not loopback.
pub fn loopback_only(addr: SocketAddr) -> Result<(), String> {
    if addr.ip().is_loopback() {
        return Ok(());
    }
    Err(format!(
        "refusing to serve on {addr}: VIGIE_AUTH is off, so whoever reaches it could hang up calls; \
         set HTTP_ADDR to a loopback address such as 127.0.0.1:{}",
        addr.port()
    ))
}

/// Serves on that listener until [`Running::stop`]. Must be called inside an actix system.
///
/// # Errors
/// When the listener is not loopback ([`loopback_only`]), the system refuses it, or the keys cannot be read.
pub fn start(listener: TcpListener, parts: Parts, settings: Settings) -> std::io::Result<Running> {
    let addr = listener.local_addr()?;
    if matches!(parts.access, Access::Open) {
        loopback_only(addr).map_err(std::io::Error::other)?;
    }
    let boards = Boards::start(parts.board.clone(), parts.access.clone())?;
    let hub = Hub::start(parts.board.clone(), &boards, parts.access.clone(), settings.ws)?;
    let send_buffer = settings.ws.send_buffer;
    let workers = settings.workers;
    let (doors, metrics_token) = (settings.doors.clone(), settings.metrics_token.clone());
    let throttle = throttle::Throttle::default();
    let once = parts.keys.clone().map_or_else(|| Ok(verbs::Once::default()), verbs::Once::kept_in)?;
    let (hub_kept, verbs) = (hub.clone(), AtomicUsize::new(0));
    let desks = Desks::new(parts.history.as_ref().map(Reader::db));
    let site = web::Data::new(Site {
        parts,
        settings,
        doors,
        metrics_token,
        boards,
        hub: hub_kept,
        verbs,
        listening: verbs::watch::Listening::default(),
        throttle,
        once,
        desks,
        spoken: by_phone::Spoken::default(),
    });
    verbs::watch::start(&site.clone().into_inner());
    actix_web::rt::spawn(desk::follow(Arc::downgrade(&site.clone().into_inner())));
    let server = HttpServer::new(move || {
        App::new()
            .wrap(Compress::default())
            .wrap(from_fn(guard::guard))
            .app_data(site.clone())
            .configure(routes)
    })
    .on_connect(move |connection, extensions| {
        if let Some(wire) = Wire::of(connection, send_buffer) {
            extensions.insert(Arc::new(wire));
        }
    })
    .workers(workers)
    .backlog(4096)
    .tcp_nodelay(true)
    .h1_write_buffer_size(32 << 10)
    .client_request_timeout(Duration::from_secs(5))
    .client_disconnect_timeout(Duration::from_secs(1))
    .keep_alive(Duration::from_secs(30))
    .shutdown_timeout(5)
    .disable_signals()
    .listen(listener)?
    .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(Running { addr, hub, handle })
}

/// `GET`, and `HEAD`, which gets the same answer without its body.
fn reads() -> actix_web::Route {
    web::route().guard(actix_web::guard::Any(actix_web::guard::Get()).or(actix_web::guard::Head()))
}

fn routes(app: &mut web::ServiceConfig) {
    routes::serve(app);
    app.service(web::scope("/api").default_service(web::to(async || Err::<String, _>(ApiError::NotFound))))
        .default_service(web::to(files::file));
}

async fn socket(
    request: actix_web::HttpRequest,
    payload: web::Payload,
    caller: access::Caller,
    site: web::Data<Site>,
) -> Result<actix_web::HttpResponse, actix_web::Error> {
    crate::ws::open(&request, payload, &site.hub, caller.who().clone())
}
