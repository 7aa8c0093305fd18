//! The real server on a port of its own, a board to write on, actors that answer as told, and plain
//! sockets to ask with (a client library would hide what goes over the wire).

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use actors::board::{Board, Limits, Pace, Publisher, Urgency};
use actors::command::{Command, Done, Refusal};
use actors::keys::Micros;
use actors::view::{CallPhase, CallView, LinkPhase, Party, PbxView, TrunkView, Trust, View};
use parking_lot::Mutex;
use serde_json::Value;
use vigie::access::Access;
use vigie::http::{Commands, Outcome, Parts, PbxFigures, Settings, Vitals};

/// What the actors do with a verb.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Done,
    Refuse(Refusal),
    Never,
    Panic,
}

/// Actors that answer as told and remember what they were asked.
pub(crate) struct Told {
    pub(crate) answer: Mutex<Answer>,
    pub(crate) asked: Mutex<Vec<Command>>,
}

impl Commands for Told {
    fn send(&self, command: Command) -> Outcome {
        self.asked.lock().push(command);
        match self.answer.lock().clone() {
            Answer::Done => Box::pin(std::future::ready(Ok(Done::of("hangup")))),
            Answer::Refuse(refusal) => Box::pin(std::future::ready(Err(refusal))),
            Answer::Never => Box::pin(std::future::pending()),
            Answer::Panic => Box::pin(async { panic!("a bug in a handler") }),
        }
    }
}

#[derive(Default)]
pub(crate) struct Pulse {
    pub(crate) troubles: Mutex<Vec<String>>,
}

impl Vitals for Pulse {
    fn pbxs(&self) -> Vec<PbxFigures> {
        vec![PbxFigures { pbx: "a".into(), events: 12, unrouted: 3 }]
    }
    fn restarts(&self) -> Vec<(String, u64)> {
        vec![("call".into(), 2)]
    }
    fn troubles(&self) -> Vec<String> {
        self.troubles.lock().clone()
    }
}

/// See the module. The server stops when it is dropped.
pub(crate) struct Site {
    pub(crate) addr: SocketAddr,
    pub(crate) board: Arc<Board>,
    pub(crate) told: Arc<Told>,
    pub(crate) pulse: Arc<Pulse>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _publisher: Publisher,
}

impl Site {
    pub(crate) fn start() -> Self {
        Self::with(|_| {}, Limits::default())
    }

    pub(crate) fn with(set: impl FnOnce(&mut Settings), limits: Limits) -> Self {
        Self::with_access(set, limits, async || Access::Open)
    }

    /// With accounts, made inside the server's runtime.
    pub(crate) fn with_access(
        set: impl FnOnce(&mut Settings),
        limits: Limits,
        access: impl AsyncFnOnce() -> Access + Send + 'static,
    ) -> Self {
        let board = Board::new(limits);
        let told = Arc::new(Told { answer: Mutex::new(Answer::Done), asked: Mutex::default() });
        let pulse = Arc::new(Pulse::default());
        let parts = Parts { commands: told.clone(), vitals: pulse.clone(), ..Parts::reading(board.clone()) };
        let mut settings = Settings { workers: 1, ..Settings::default() };
        set(&mut settings);
        let (tell, told_addr) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            actix::System::new().block_on(async {
                let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
                let parts = Parts { access: access().await, ..parts };
                let server = vigie::http::start(listener, parts, settings).unwrap();
                tell.send(server.addr).unwrap();
                let _ = stopped.await;
                server.stop().await;
            });
        });
        let addr = told_addr.recv_timeout(Duration::from_secs(10)).unwrap();
        let publisher = Publisher::start(board.clone(), Pace::default()).unwrap();
        Self { addr, board, told, pulse, stop: Some(stop), thread: Some(thread), _publisher: publisher }
    }

    /// Shows a row and waits until it is published.
    pub(crate) fn show(&self, view: View) {
        self.board.put(view, Urgency::Urgent);
        self.board.publish();
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.addr))
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Reply {
        self.post_with(path, body, "Content-Type: application/json\r\n")
    }

    pub(crate) fn post_with(&self, path: &str, body: &str, headers: &str) -> Reply {
        self.ask(&format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            self.addr,
            body.len()
        ))
    }

    /// Sends these bytes and reads all that comes back.
    pub(crate) fn ask(&self, request: &str) -> Reply {
        let mut socket = TcpStream::connect(self.addr).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).unwrap();
        Reply::parse(&bytes)
    }
}

impl Site {
    /// Stops the server as its operator does.
    pub(crate) fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer with a head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut body = bytes[end + 4..].to_vec();
        if head.to_lowercase().contains("transfer-encoding: chunked") {
            body = unchunk(&body);
        }
        Self { status, head, body }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (n, value) = line.split_once(": ")?;
            n.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// All of that name.
    pub(crate) fn headers(&self, name: &str) -> Vec<&str> {
        let pairs = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        pairs.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// `404 no_such_channel`, or the status alone.
    pub(crate) fn told(&self) -> String {
        match serde_json::from_slice::<Value>(&self.body) {
            Ok(json) if json["error"].is_string() => {
                format!("{} {}", self.status, json["error"].as_str().unwrap())
            }
            _ => self.status.to_string(),
        }
    }
}

fn unchunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = bytes.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&bytes[line + 2..line + 2 + size]);
        bytes = &bytes[line + 2 + size + 2..];
    }
}

pub(crate) fn pbx(name: &str, link: LinkPhase) -> View {
    View::Pbx(PbxView {
        id: name.into(),
        link,
        since_ms: Micros(1_000_000),
        known_since_ms: (link == LinkPhase::Live).then_some(Micros(1_000_000)),
        problem: if link == LinkPhase::Down { "connection refused".into() } else { "".into() },
        problem_slug: "".into(),
        problem_with: vec![],
        version: "Asterisk 22.10.1".into(),
        epoch: 1,
        last_read_ms: None,
        clock_offset_ms: None,
        comparison: None,
        suspect: false,
        plain_text: false,
        unknown: vec![],
    })
}

pub(crate) fn call(pbx: &str, n: u32, phase: CallPhase) -> View {
    View::Call(CallView {
        id: format!("{pbx}~1~1795224504.{n}").into(),
        pbx: pbx.into(),
        linkedid: format!("1795224504.{n}").into(),
        merged: vec![],
        phase,
        phase_since_ms: Micros(i64::from(n) * 1_000_000),
        direction: Default::default(),
        caller: Party { number: format!("0{n}").into(), name: format!("Zoé {n}").into() },
        called: "500".into(),
        started_ms: Micros(i64::from(n) * 1_000),
        answered_ms: None,
        ended_ms: None,
        legs: vec![],
        talking: vec![],
        queue: None,
        parked: None,
        conference: None,
        recording: (n != 25).then_some(n.is_multiple_of(2)), // of the 25th nobody knows
        transfers: vec![],
        flows: vec![],
        unseen_until_ms: None,
        at_least: Default::default(),
        trust: Trust::Live,
    })
}

pub(crate) fn trunk(name: &str, legs: u32, padding: usize) -> View {
    View::Trunk(TrunkView {
        id: format!("a~{name}").into(),
        pbx: "a".into(),
        endpoint: name.into(),
        registration: Default::default(),
        registration_since_ms: None,
        reachability: Default::default(),
        reachability_since_ms: None,
        round_trip_us: None,
        legs,
        legs_peak: legs,
        device: "x".repeat(padding).into(),
        at_least: Default::default(),
        trust: Trust::Live,
    })
}
