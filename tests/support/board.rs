//! The board as a browser keeps it: a WebSocket snapshot and the changes after it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_http::ws::Item;
use awc::ws::{Frame, Message};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;

/// The tables of the board.
pub const TABLES: [&str; 8] = ["pbxs", "calls", "agents", "queues", "trunks", "alarms", "desks", "sessions"];

/// Rows by table and id; what is gone stays in `past` as it was last.
#[derive(Debug, Clone, Default)]
pub struct Board {
    /// Run of the server.
    pub run: String,
    /// Number of the last change.
    pub seq: u64,
    tables: HashMap<String, BTreeMap<String, Value>>,
    past: HashMap<String, BTreeMap<String, Value>>,
    problem: Option<String>,
}

impl Board {
    /// The rows of a table, by id.
    pub fn rows(&self, table: &str) -> impl Iterator<Item = &Value> {
        self.tables.get(table).into_iter().flat_map(BTreeMap::values)
    }

    /// The row of that table whose `field` is `value`.
    pub fn find(&self, table: &str, field: &str, value: &str) -> Option<&Value> {
        self.rows(table).find(|row| row[field] == value)
    }

    /// As it is, or as it last was.
    pub fn last(&self, table: &str, id: &str) -> Option<&Value> {
        self.tables
            .get(table)
            .and_then(|t| t.get(id))
            .or_else(|| self.past.get(table).and_then(|t| t.get(id)))
    }

    /// The only PBX.
    pub fn pbx(&self) -> &Value {
        self.rows("pbxs").next().unwrap_or(&Value::Null)
    }

    /// The agent at `PJSIP/1001`.
    pub fn agent(&self, endpoint: &str) -> &Value {
        self.find("agents", "endpoint", endpoint).unwrap_or(&Value::Null)
    }

    /// The queue of that name.
    pub fn queue(&self, name: &str) -> &Value {
        self.find("queues", "name", name).unwrap_or(&Value::Null)
    }

    /// The trunk at `PJSIP/trunk-a`.
    pub fn trunk(&self, endpoint: &str) -> &Value {
        self.find("trunks", "endpoint", endpoint).unwrap_or(&Value::Null)
    }

    /// Calls that have not ended.
    pub fn calls(&self) -> impl Iterator<Item = &Value> {
        self.rows("calls").filter(|call| call["phase"] != "ended")
    }

    /// Every channel that is up or on its way, with its Uniqueid, in order.
    pub fn channels(&self) -> Vec<(String, String)> {
        let legs = self.calls().flat_map(|call| call["legs"].as_array().into_iter().flatten());
        let alive = legs.filter(|leg| leg["phase"] != "ended");
        let mut channels: Vec<_> = alive.map(|leg| (text(&leg["channel"]), text(&leg["uniqueid"]))).collect();
        channels.sort();
        channels
    }

    fn apply(&mut self, frame: &Value) {
        match frame["type"].as_str() {
            Some("snapshot") => {
                self.run = text(&frame["run"]);
                self.tables.clear();
                for table in TABLES {
                    for row in frame[table].as_array().into_iter().flatten() {
                        self.tables.entry(table.into()).or_default().insert(text(&row["id"]), row.clone());
                    }
                }
            }
            Some("changes") => {
                if frame["after"] != self.seq || frame["run"] != self.run.as_str() {
                    self.problem = Some(format!(
                        "a change after {} of run {} came after {} of run {}",
                        frame["after"], frame["run"], self.seq, self.run
                    ));
                }
                for (table, rows) in frame["set"].as_object().into_iter().flatten() {
                    for row in rows.as_array().into_iter().flatten() {
                        self.tables.entry(table.clone()).or_default().insert(text(&row["id"]), row.clone());
                    }
                }
                for (table, ids) in frame["gone"].as_object().into_iter().flatten() {
                    for id in ids.as_array().into_iter().flatten() {
                        if let Some(row) = self.tables.entry(table.clone()).or_default().remove(&text(id)) {
                            self.past.entry(table.clone()).or_default().insert(text(id), row);
                        }
                    }
                }
            }
            _ => return,
        }
        self.seq = frame["seq"].as_u64().unwrap_or(0);
    }
}

/// A string field, empty when it is none.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or("").to_owned()
}

/// A client that follows the board on a thread of its own until the server is gone.
pub struct Follower {
    shared: Arc<(Mutex<Board>, Condvar)>,
}

impl Follower {
    /// Connects to `address`'s `/ws`.
    pub fn follow(address: &str) -> Self {
        let shared = Arc::new((Mutex::new(Board::default()), Condvar::new()));
        let (theirs, url) = (Arc::clone(&shared), format!("ws://{address}/ws"));
        std::thread::spawn(move || {
            let ended = actix_web::rt::System::new().block_on(follow(&url, &theirs));
            let (board, changed) = &*theirs;
            board.lock().unwrap_or_else(PoisonError::into_inner).problem.get_or_insert(ended);
            changed.notify_all();
        });
        Self { shared }
    }

    /// Waits until the board is as wanted, and gives what `wanted` gave; panics with the board after `within`.
    pub fn until<T>(&self, what: &str, within: Duration, wanted: impl Fn(&Board) -> Option<T>) -> T {
        let (board, changed) = &*self.shared;
        let end = Instant::now() + within;
        let mut board = board.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(found) = wanted(&board) {
                return found;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(board.problem.is_none(), "waiting for {what}: {:?}\n{}", board.problem, shown(&board));
            assert!(!left.is_zero(), "not within {within:?}: {what}\n{}", shown(&board));
            board = changed.wait_timeout(board, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The board as it is now.
    pub fn now(&self) -> Board {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn shown(board: &Board) -> String {
    let rows = TABLES.iter().flat_map(|table| board.rows(table).map(move |row| format!("{table}: {row}")));
    rows.collect::<Vec<_>>().join("\n")
}

async fn follow(url: &str, shared: &(Mutex<Board>, Condvar)) -> String {
    let (_, mut socket) = match awc::Client::new().ws(url).max_frame_size(64 << 20).connect().await {
        Ok(connected) => connected,
        Err(e) => return format!("{url}: {e}"),
    };
    // A large frame comes in pieces.
    let mut pieces = Vec::new();
    while let Some(frame) = socket.next().await {
        let whole = match frame {
            Ok(Frame::Text(bytes)) => bytes.to_vec(),
            Ok(Frame::Continuation(Item::FirstText(bytes))) => {
                pieces = bytes.to_vec();
                continue;
            }
            Ok(Frame::Continuation(Item::Continue(bytes))) => {
                pieces.extend_from_slice(&bytes);
                continue;
            }
            Ok(Frame::Continuation(Item::Last(bytes))) => {
                pieces.extend_from_slice(&bytes);
                std::mem::take(&mut pieces)
            }
            Ok(Frame::Ping(bytes)) => {
                drop(socket.send(Message::Pong(bytes)).await);
                continue;
            }
            Ok(Frame::Close(reason)) => return format!("closed: {reason:?}"),
            Ok(_) => continue,
            Err(e) => return e.to_string(),
        };
        match serde_json::from_slice::<Value>(&whole) {
            Ok(frame) => {
                shared.0.lock().unwrap_or_else(PoisonError::into_inner).apply(&frame);
                shared.1.notify_all();
            }
            Err(e) => return format!("a frame is not JSON: {e}"),
        }
    }
    "the connection ended".into()
}
