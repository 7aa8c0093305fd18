//! `/ws?protocol=operator`: five plain events for consoles that know no board.
//!
//! | Event | Data |
//! |---|---|
//! | `stats:update` | `activeCalls`, `registeredExtensions`, `registeredTrunks`, `activeConferences`: once after connecting, then when they changed, every 2 s at most |
//! | `call:new` | `id` (the Linkedid), `callerId`, `destination`, `startTime` (ms since 1970 on our clock), `duration` 0, `channel`, `state` |
//! | `call:state-change` | `id`, `state` (`Ringing`, `Up`, `Down`), `channel` |
//! | `call:hangup` | `id`, `channel`, `cause`, `causeText` |
//! | `peer:status` | `type` (`extension`, `trunk`), `id` (of the board's row), `status` |
//!
//! Frames are `{"event", "data"}`. They are made of the board's own rows and changes, by comparing them with what
//! this client was told: so a client that lagged is told the latest, and a call neither stays nor comes twice. Rows
//! that are still to be looked at wait as the board's own shared ones, and each becomes an event when the socket
//! takes it.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use actors::board::{Board, Line};
use actors::view::Table;
use serde_json::{Value, json};

/// What a client was told of a call.
struct Told {
    linkedid: String,
    channel: String,
    state: &'static str,
    cause: Option<u64>,
    conference: Option<String>,
}

/// What is still to be looked at.
enum Row {
    Shared(Table, Line),
    Changed(Table, Value),
    Gone(Table, String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Stats {
    calls: usize,
    extensions: usize,
    trunks: usize,
    conferences: usize,
}

/// See the module.
#[derive(Default)]
pub(super) struct Operator {
    rows: VecDeque<Row>,
    calls: HashMap<String, Told>,
    /// Status of each extension and trunk, by its row's id.
    extensions: HashMap<String, &'static str>,
    trunks: HashMap<String, &'static str>,
    /// Our clock minus each PBX's, ms.
    offsets: HashMap<String, i64>,
    stats: Option<Stats>,
    /// They may be told again.
    stats_due: bool,
    /// The board was looked at.
    looked: bool,
    /// And all of it was told: from now on peers are told when they change.
    whole: bool,
}

impl Operator {
    /// Two seconds passed.
    pub(super) fn tick(&mut self) {
        self.stats_due = true;
    }

    /// Looks at the whole board: at the beginning, and again when it lagged beyond history.
    pub(super) fn look(&mut self, board: &Board) {
        self.rows.clear();
        (self.looked, self.stats_due) = (true, true);
        for table in [Table::Pbxs, Table::Agents, Table::Trunks, Table::Calls] {
            let lines = board.lines(table);
            let there: BTreeSet<&str> = lines.iter().map(|line| line.view.id().as_str()).collect();
            let known: Vec<String> = match table {
                Table::Calls => self.calls.keys().cloned().collect(),
                Table::Agents => self.extensions.keys().cloned().collect(),
                Table::Trunks => self.trunks.keys().cloned().collect(),
                _ => Vec::new(),
            };
            let gone = known.into_iter().filter(|id| !there.contains(id.as_str()));
            self.rows.extend(gone.map(|id| Row::Gone(table, id)));
            self.rows.extend(lines.iter().map(|line| Row::Shared(table, line.clone())));
        }
    }

    /// Takes a frame of changes, as a board's client gets it.
    pub(super) fn changes(&mut self, frame: &str) {
        let Ok(mut frame) = serde_json::from_str::<Value>(frame) else { return };
        for table in [Table::Pbxs, Table::Agents, Table::Trunks, Table::Calls] {
            if let Value::Array(rows) = frame["set"][table.name()].take() {
                self.rows.extend(rows.into_iter().map(|row| Row::Changed(table, row)));
            }
            if let Value::Array(ids) = frame["gone"][table.name()].take() {
                let ids = ids.into_iter().filter_map(|id| id.as_str().map(str::to_owned));
                self.rows.extend(ids.map(|id| Row::Gone(table, id)));
            }
        }
    }

    /// The next event, if there is one.
    pub(super) fn next(&mut self) -> Option<String> {
        while let Some(row) = self.rows.pop_front() {
            let event = match row {
                Row::Shared(table, line) => {
                    serde_json::from_str(&line.json).ok().and_then(|row: Value| self.row(table, &row))
                }
                Row::Changed(table, row) => self.row(table, &row),
                Row::Gone(table, id) => self.gone(table, &id),
            };
            if let Some((name, data)) = event {
                return Some(json!({"event": name, "data": data}).to_string());
            }
        }
        self.whole = self.looked;
        self.stats().map(|data| json!({"event": "stats:update", "data": data}).to_string())
    }

    fn stats(&mut self) -> Option<Value> {
        if !std::mem::take(&mut self.stats_due) {
            return None;
        }
        let registered = |status: &&&str| ["Registered", "In Use", "Ringing"].contains(*status);
        let conferences: BTreeSet<_> =
            self.calls.values().filter_map(|call| call.conference.as_ref()).collect();
        let now = Stats {
            calls: self.calls.len(),
            extensions: self.extensions.values().filter(registered).count(),
            trunks: self.trunks.values().filter(registered).count(),
            conferences: conferences.len(),
        };
        (self.stats.replace(now) != Some(now)).then(|| {
            json!({"activeCalls": now.calls, "registeredExtensions": now.extensions, "registeredTrunks": now.trunks,
                "activeConferences": now.conferences})
        })
    }

    fn row(&mut self, table: Table, row: &Value) -> Option<(&'static str, Value)> {
        let id = row["id"].as_str()?;
        match table {
            Table::Pbxs => {
                self.offsets.insert(id.to_owned(), row["clock_offset_ms"].as_i64().unwrap_or(0));
                None
            }
            Table::Calls => self.call(id, row),
            Table::Agents => peer(&mut self.extensions, self.whole, "extension", id, extension(row)),
            Table::Trunks => peer(&mut self.trunks, self.whole, "trunk", id, trunk(row)),
            Table::Queues | Table::Alarms | Table::Desks | Table::Sessions => None,
        }
    }

    fn call(&mut self, id: &str, row: &Value) -> Option<(&'static str, Value)> {
        let linkedid = row["linkedid"].as_str()?;
        let legs = row["legs"].as_array()?;
        // the channel that the call is named after; where it was never seen, the first
        let leg = legs.iter().find(|leg| leg["uniqueid"] == linkedid).or_else(|| legs.first());
        let channel = leg.and_then(|leg| leg["channel"].as_str()).unwrap_or_default().to_owned();
        let state = match leg.and_then(|leg| leg["phase"].as_str()) {
            Some("up" | "holding") => "Up",
            Some("ringing" | "dialing") => "Ringing",
            _ => "Down",
        };
        let told = Told {
            linkedid: linkedid.to_owned(),
            cause: leg.and_then(|leg| leg["cause"].as_u64()),
            conference: row["conference"].as_str().map(|room| format!("{}~{room}", row["pbx"])),
            channel,
            state,
        };
        if row["phase"] == "ended" {
            return self.calls.remove(id).map(|_| hangup(&told));
        }
        let (channel, before) = (told.channel.clone(), self.calls.insert(id.to_owned(), told));
        match before {
            None => {
                let pbx = row["pbx"].as_str().unwrap_or_default();
                let offset = self.offsets.get(pbx).copied().unwrap_or(0);
                let caller = [&row["caller"]["number"], &row["caller"]["name"]];
                let caller = caller.into_iter().filter_map(Value::as_str).find(|text| !text.is_empty());
                let data = json!({"id": linkedid, "callerId": caller.unwrap_or(""), "destination": row["called"],
                    "startTime": row["started_ms"].as_i64().unwrap_or(0) + offset, "duration": 0, "channel": channel,
                    "state": state});
                Some(("call:new", data))
            }
            Some(before) if before.state != state => {
                Some(("call:state-change", json!({"id": linkedid, "state": state, "channel": channel})))
            }
            Some(_) => None,
        }
    }

    fn gone(&mut self, table: Table, id: &str) -> Option<(&'static str, Value)> {
        match table {
            Table::Calls => self.calls.remove(id).map(|told| hangup(&told)),
            Table::Agents => {
                self.extensions.remove(id);
                None
            }
            Table::Trunks => {
                self.trunks.remove(id);
                None
            }
            _ => None,
        }
    }
}

fn peer(
    known: &mut HashMap<String, &'static str>,
    tell: bool,
    kind: &'static str,
    id: &str,
    status: &'static str,
) -> Option<(&'static str, Value)> {
    let before = known.insert(id.to_owned(), status);
    (tell && before != Some(status))
        .then(|| ("peer:status", json!({"type": kind, "id": id, "status": status})))
}

/// The status of an agent's phone.
fn extension(row: &Value) -> &'static str {
    match (row["activity"].as_str(), row["device"].as_str()) {
        (_, Some("INUSE" | "BUSY" | "ONHOLD")) => "In Use",
        (_, Some("RINGING" | "RINGINUSE")) => "Ringing",
        (Some("unreachable"), _) | (_, Some("INVALID")) => "Unavailable",
        (_, Some("UNAVAILABLE" | "UNKNOWN" | "") | None) => "Unregistered",
        _ => "Registered",
    }
}

fn trunk(row: &Value) -> &'static str {
    match (row["registration"].as_str(), row["reachability"].as_str()) {
        (Some("registered"), _) | (Some("none" | "unknown"), Some("reachable")) => "Registered",
        (_, Some("unreachable")) => "Unreachable",
        _ => "Unregistered",
    }
}

fn hangup(told: &Told) -> (&'static str, Value) {
    let cause = told.cause.unwrap_or(0);
    let data =
        json!({"id": told.linkedid, "channel": told.channel, "cause": cause, "causeText": cause_text(cause)});
    ("call:hangup", data)
}

/// Names of hangup causes, as ITU-T Q.850 has them.
fn cause_text(cause: u64) -> &'static str {
    match cause {
        1 => "Unallocated number",
        16 => "Normal call clearing",
        17 => "User busy",
        18 => "No user responding",
        19 => "No answer",
        20 => "Subscriber absent",
        21 => "Call rejected",
        26 => "Answered elsewhere",
        27 => "Destination out of order",
        28 => "Invalid number format",
        31 => "Normal, unspecified",
        34 => "No circuit available",
        38 => "Network out of order",
        41 => "Temporary failure",
        102 => "Timer expired",
        127 => "Interworking",
        _ => "Unknown",
    }
}

/// What a session speaks.
pub(super) enum Dialect {
    /// The board: snapshot and changes.
    Board,
    /// The five events.
    Operator(Box<Operator>),
}

impl Dialect {
    /// By the name that the client asked for.
    pub(super) fn named(name: Option<&str>) -> Option<Self> {
        match name {
            None | Some("board") => Some(Self::Board),
            Some("operator") => Some(Self::Operator(Box::default())),
            Some(_) => None,
        }
    }
}

/// The next event of a client that stands at `at`, which moves on.
pub(super) fn next(operator: &mut Operator, board: &Arc<Board>, at: &mut Option<u64>) -> Option<String> {
    loop {
        if let Some(event) = operator.next() {
            return Some(event);
        }
        match at.map(|at| board.news(at)) {
            Some(actors::board::News::UpToDate) => return None,
            Some(actors::board::News::Frame { seq, frame }) => {
                operator.changes(&frame);
                *at = Some(seq);
            }
            _ => {
                // rows may be newer than that number: looking at them again changes nothing
                *at = Some(board.seq());
                operator.look(board);
            }
        }
    }
}
