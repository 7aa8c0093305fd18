//! The door: admits clients, and keeps the thread that watches them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use actix_web_actors::ws::{CloseCode, WsResponseBuilder};
use actors::board::Board;
use parking_lot::Mutex;

use super::clients::{Clients, Figures, Parting};
use super::operator::Dialect;
use super::people::People;
use super::protocol::MAX_FRAME;
use super::session::Session;
use super::{Limits, Wire};
use crate::access::{Access, Boards, Who};
use crate::auth::Right;
use crate::http::error::ApiError;

const WATCH_EVERY: Duration = Duration::from_millis(250);

/// Every WebSocket client of a server.
pub struct Hub {
    boards: Arc<Boards>,
    access: Access,
    clients: Arc<Clients>,
    ends: Arc<AtomicBool>,
    watch: Mutex<Option<JoinHandle<()>>>,
}

impl Hub {
    /// Listens to the board and starts the watch thread, which ends with the hub.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        board: Arc<Board>,
        boards: &Arc<Boards>,
        access: Access,
        limits: Limits,
    ) -> std::io::Result<Arc<Self>> {
        let clients = Arc::new(Clients::new(limits));
        board.listen(clients.clone());
        let scoped = clients.clone();
        boards.listen(move |boards| scoped.tell(boards));
        if let Access::Accounts(accounts) = &access {
            let everybody = clients.clone();
            accounts.people.listen(move |_| everybody.tell_all());
        }
        let asked = access.clone();
        let ends = Arc::new(AtomicBool::new(false));
        let (watched, seen) = (clients.clone(), ends.clone());
        let watch = std::thread::Builder::new().name("ws-watch".into()).spawn(move || {
            while !seen.load(Ordering::Acquire) {
                watched.watch();
                watched.check(&asked);
                std::thread::park_timeout(WATCH_EVERY);
            }
        })?;
        Ok(Arc::new(Self { boards: boards.clone(), access, clients, ends, watch: Mutex::new(Some(watch)) }))
    }

    /// Clients now.
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Counters.
    pub fn figures(&self) -> &Figures {
        &self.clients.figures
    }

    /// Sends everybody away with 1001 and that reason.
    pub fn close(&self, reason: &'static str) {
        self.clients.send_all_away(Parting { code: CloseCode::Away, reason });
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Release);
        if let Some(watch) = self.watch.lock().take() {
            watch.thread().unpark();
            let _ = watch.join();
        }
    }
}

/// Where a client that comes back stands: `?run=R&seq=N`.
#[derive(Debug, Default, serde::Deserialize)]
struct Resume {
    run: Option<String>,
    seq: Option<u64>,
    protocol: Option<String>,
}

/// `GET /ws`, or `/ws?run=R&seq=N` to resume: the board as that one sees it; `/ws?protocol=operator` speaks plain
/// events of it.
///
/// # Errors
/// 503 when all places are taken, 422 for a bad query, 4xx when it is no WebSocket handshake.
pub fn open(
    request: &HttpRequest,
    payload: web::Payload,
    hub: &Arc<Hub>,
    who: Who,
) -> Result<HttpResponse, actix_web::Error> {
    let resume = web::Query::<Resume>::from_query(request.query_string())
        .map_err(|_| ApiError::field("seq", "expected a whole number"))?
        .into_inner();
    let dialect = Dialect::named(resume.protocol.as_deref())
        .ok_or_else(|| ApiError::field("protocol", "expected board or operator"))?;
    let wire = request.conn_data::<Arc<Wire>>();
    let many = || ApiError::Busy("too many clients are connected; try again later");
    let reach = who.reach(Right::See).cloned().unwrap_or_default();
    let (n, board) = hub.boards.of(&reach).map_err(|_| many())?;
    let member = hub.clients.admit(wire, n, who.bearer(), reach).ok_or_else(many)?;
    let same_run = resume.run.as_deref() == Some(board.run().as_str());
    let at = resume.seq.filter(|_| same_run && matches!(dialect, Dialect::Board));
    let session = Session::new(board, member, at, dialect, People::new(hub.access.clone(), who));
    WsResponseBuilder::new(session, request, payload).frame_size(MAX_FRAME).start()
}
