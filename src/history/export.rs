//! Rows of a period as CSV, sent in pieces as the database gives them: never a table in memory.
//!
//! RFC 4180, UTF-8, one line of names first. A cell that a spreadsheet would take for a formula gets a `'` in
//! front (S29), a number as `+33612345678` too: it stays legible, and nothing runs. Times are of the zone that was
//! asked for, with their offset; durations are seconds.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::{Reader, Within};
use crate::db::{self, Unavailable};
use crate::figures::{Calendar, Period};

/// Rows of one export; more are to be asked for in several periods.
pub const MOST_ROWS: i64 = 1_000_000;
/// Exports at once.
const AT_ONCE: usize = 2;
/// Size of a piece.
const PIECE: usize = 32 << 10;
/// Pieces that wait for a client that reads slowly.
const PIECES: usize = 4;
/// How long one may wait: a client that reads nothing gives its place back.
const READ_WITHIN: Duration = Duration::from_secs(60);

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Ended calls.
    Calls,
    /// Stays in queues.
    Stays,
    /// Agents' legs.
    Legs,
    /// Agents' availability.
    States,
    /// Agents' activities.
    Activities,
}

/// How a column is written.
#[derive(Clone, Copy)]
enum Cell {
    Text,
    List,
    /// µs since 1970.
    Time,
    /// µs.
    Lasting,
    Whole,
    Flag,
}

use Cell::{Flag, Lasting, List, Text, Time, Whole};

/// Which rows.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Of what.
    pub kind: Kind,
    /// That began in it.
    pub period: Period,
    /// In whose zone times are written.
    pub calendar: Calendar,
    /// On that PBX.
    pub pbx: Option<String>,
    /// Of that queue.
    pub queue: Option<String>,
    /// Of that endpoint.
    pub endpoint: Option<String>,
    /// Only what concerns these; `None`: all.
    pub within: Option<Within>,
}

/// Endpoints and queues as the statements compare them: `pbx~name`; `None`: all.
struct Theirs(Option<Vec<String>>, Option<Vec<String>>);

impl Wanted {
    fn theirs(&self) -> Theirs {
        let names =
            |all: &[(String, String)]| all.iter().map(|(pbx, name)| format!("{pbx}~{name}")).collect();
        let of =
            |all: fn(&Within) -> &[(String, String)]| self.within.as_ref().map(|within| names(all(within)));
        Theirs(of(|within| &within.endpoints), of(|within| &within.queues))
    }
}

/// An export under way.
#[derive(Debug)]
pub struct Export {
    /// Rows that it will have.
    pub rows: i64,
    /// Its pieces; an error ends it before its end. Dropped, it stops.
    pub pieces: mpsc::Receiver<Result<Bytes, String>>,
}

/// Why there is none.
#[derive(Debug)]
pub enum Refused {
    /// The database cannot be asked.
    Unavailable(Unavailable),
    /// So many rows, more than [`MOST_ROWS`].
    TooMany(i64),
}

impl From<Unavailable> for Refused {
    fn from(why: Unavailable) -> Self {
        Self::Unavailable(why)
    }
}

/// Turns of those who export.
#[derive(Clone)]
pub(super) struct Exports(Arc<Semaphore>);

impl Default for Exports {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Kind {
    /// Its name in addresses.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "calls" => Self::Calls,
            "stays" => Self::Stays,
            "legs" => Self::Legs,
            "states" => Self::States,
            "activities" => Self::Activities,
            _ => return None,
        })
    }

    fn columns(self) -> &'static [(&'static str, Cell)] {
        match self {
            Self::Calls => &[
                ("pbx", Text),
                ("linkedid", Text),
                ("started", Time),
                ("answered", Time),
                ("ended", Time),
                ("direction", Text),
                ("caller_number", Text),
                ("caller_name", Text),
                ("called", Text),
                ("queues", List),
                ("endpoints", List),
                ("outcome", Text),
                ("hangup_cause", Whole),
                ("talk_s", Lasting),
                ("wait_s", Lasting),
                ("at_least", List),
            ],
            Self::Stays => &[
                ("pbx", Text),
                ("linkedid", Text),
                ("queue", Text),
                ("joined", Time),
                ("left", Time),
                ("outcome", Text),
                ("agent", Text),
                ("wait_unknown", Flag),
            ],
            Self::Legs => &[
                ("pbx", Text),
                ("linkedid", Text),
                ("endpoint", Text),
                ("queue", Text),
                ("arrived", Time),
                ("started", Time),
                ("answered", Time),
                ("ended", Time),
                ("talk_s", Lasting),
                ("hold_s", Lasting),
                ("holds", Whole),
                ("consult_s", Lasting),
                ("transferred", Flag),
                ("rung_in_vain", Flag),
                ("bounds", Flag),
            ],
            Self::States => {
                &[("pbx", Text), ("endpoint", Text), ("at", Time), ("availability", Text), ("reason", Text)]
            }
            Self::Activities => {
                &[("pbx", Text), ("endpoint", Text), ("at", Time), ("activity", Text), ("queue", Text)]
            }
        }
    }

    /// Its rows, in the order of its columns; times and durations in µs.
    fn statement(self) -> &'static str {
        match self {
            Self::Calls => {
                "select pbx, linkedid, (extract(epoch from started) * 1000000)::bigint,
                   (extract(epoch from answered) * 1000000)::bigint, (extract(epoch from ended) * 1000000)::bigint,
                   direction, caller_number, caller_name, called, queues, endpoints, outcome, hangup_cause::bigint,
                   talk_ms * 1000, wait_ms * 1000, at_least
                 from vigie.calls where started >= to_timestamp($1) and started < to_timestamp($2)
                   and ($3::text is null or pbx = $3) and ($4::text is null or queues @> array[$4])
                   and ($5::text is null or endpoints @> array[$5])
                   and ($6::text[] is null or exists (select from unnest(endpoints) e where pbx || '~' || e = any($6))
                     or exists (select from unnest(queues) q where pbx || '~' || q = any($7))) order by started"
            }
            Self::Stays => {
                "select pbx, linkedid, queue, (extract(epoch from joined) * 1000000)::bigint,
                   (extract(epoch from left_at) * 1000000)::bigint, outcome, agent, met
                 from vigie.queue_stays where joined >= to_timestamp($1) and joined < to_timestamp($2)
                   and ($3::text is null or pbx = $3) and ($4::text is null or queue = $4)
                   and ($5::text is null or agent = $5)
                   and ($6::text[] is null or pbx || '~' || agent = any($6) or pbx || '~' || queue = any($7))
                 order by joined"
            }
            Self::Legs => {
                "select pbx, linkedid, endpoint, queue, (extract(epoch from arrived) * 1000000)::bigint,
                   (extract(epoch from started) * 1000000)::bigint, (extract(epoch from answered) * 1000000)::bigint,
                   (extract(epoch from ended) * 1000000)::bigint, talk_us, hold_us, holds::bigint, consult_us,
                   transferred, missed, met
                 from vigie.contacts where arrived >= to_timestamp($1) and arrived < to_timestamp($2)
                   and ($3::text is null or pbx = $3) and ($4::text is null or queue = $4)
                   and ($5::text is null or endpoint = $5)
                   and ($6::text[] is null or pbx || '~' || endpoint = any($6) or pbx || '~' || queue = any($7))
                 order by arrived"
            }
            Self::States => {
                "select pbx, endpoint, (extract(epoch from at) * 1000000)::bigint, availability, reason
                 from vigie.agent_states where at >= to_timestamp($1) and at < to_timestamp($2)
                   and ($3::text is null or pbx = $3) and $4::text is null
                   and ($5::text is null or endpoint = $5)
                   and ($6::text[] is null or pbx || '~' || endpoint = any($6)) and $7::text[] is not distinct from $7
                 order by at"
            }
            Self::Activities => {
                "select pbx, endpoint, (extract(epoch from at) * 1000000)::bigint, activity, queue
                 from vigie.agent_activities where at >= to_timestamp($1) and at < to_timestamp($2)
                   and ($3::text is null or pbx = $3) and ($4::text is null or queue = $4)
                   and ($5::text is null or endpoint = $5)
                   and ($6::text[] is null or pbx || '~' || endpoint = any($6)) and $7::text[] is not distinct from $7
                 order by at"
            }
        }
    }

    /// The same, counted.
    fn count(self) -> String {
        format!("select count(*) from ({}) counted", self.statement())
    }
}

impl Reader {
    /// Begins an export. It has a connection of its own; two are under way at most.
    ///
    /// # Errors
    /// When the database cannot be asked, or when it would be too long.
    pub async fn export(&self, wanted: Wanted) -> Result<Export, Refused> {
        if let Some(why) = self.problem() {
            return Err(Unavailable::Away(why).into());
        }
        let turn = self.exports.0.clone().try_acquire_owned().map_err(|_| Unavailable::Busy)?;
        let away = |error: tokio_postgres::Error| {
            let why = db::words(&error);
            log::warn!("export: {why}");
            Refused::Unavailable(Unavailable::Away(why))
        };
        let client = self.db.connect().await.map_err(away)?;
        // one picture for the count and for the rows
        let begin = "begin isolation level repeatable read read only; set local statement_timeout = '15min'";
        client.batch_execute(begin).await.map_err(away)?;
        let (from, to) = (wanted.period.from as f64 / 1e6, wanted.period.to as f64 / 1e6);
        let Theirs(endpoints, queues) = wanted.theirs();
        let values: [&(dyn ToSql + Sync); 7] =
            [&from, &to, &wanted.pbx, &wanted.queue, &wanted.endpoint, &endpoints, &queues];
        let rows: i64 = client.query_one(&wanted.kind.count(), &values).await.map_err(away)?.get(0);
        if rows > MOST_ROWS {
            return Err(Refused::TooMany(rows));
        }
        let (out, pieces) = mpsc::channel(PIECES);
        tokio::spawn(write(client, wanted, out, turn));
        Ok(Export { rows, pieces })
    }
}

async fn write(
    client: tokio_postgres::Client,
    wanted: Wanted,
    out: mpsc::Sender<Result<Bytes, String>>,
    _turn: OwnedSemaphorePermit,
) {
    let columns = wanted.kind.columns();
    let (from, to) = (wanted.period.from as f64 / 1e6, wanted.period.to as f64 / 1e6);
    let Theirs(endpoints, queues) = wanted.theirs();
    let values: [&(dyn ToSql + Sync); 7] =
        [&from, &to, &wanted.pbx, &wanted.queue, &wanted.endpoint, &endpoints, &queues];
    let rows = match client.query_raw(wanted.kind.statement(), values).await {
        Ok(rows) => rows,
        Err(error) => return drop(out.send(Err(db::words(&error))).await),
    };
    let mut rows = pin!(rows);
    let mut text = String::with_capacity(PIECE + 1024);
    line(&mut text, columns.iter().map(|(name, _)| (*name).to_owned()));
    loop {
        let next = rows.next().await;
        match &next {
            Some(Ok(row)) => line(&mut text, cells(row, columns, &wanted.calendar)),
            Some(Err(error)) => return drop(out.send(Err(db::words(error))).await),
            None => {}
        }
        if text.len() >= PIECE || next.is_none() {
            let piece = Bytes::from(std::mem::take(&mut text));
            // a client that went away, or reads nothing, ends it
            match tokio::time::timeout(READ_WITHIN, out.send(Ok(piece))).await {
                Ok(Ok(())) => {}
                _ => return,
            }
            if next.is_none() {
                return;
            }
            text.reserve(PIECE + 1024);
        }
    }
}

fn cells(row: &Row, columns: &[(&str, Cell)], calendar: &Calendar) -> Vec<String> {
    let one = |(n, (_, cell)): (usize, &(&str, Cell))| match cell {
        Text => row.get::<_, Option<String>>(n).unwrap_or_default(),
        List => row.get::<_, Vec<String>>(n).join(" "),
        Time => row.get::<_, Option<i64>>(n).map(|us| calendar.written(us)).unwrap_or_default(),
        Lasting => {
            row.get::<_, Option<i64>>(n).map(|us| format!("{:.3}", us as f64 / 1e6)).unwrap_or_default()
        }
        Whole => row.get::<_, Option<i64>>(n).map(|n| n.to_string()).unwrap_or_default(),
        Flag => row.get::<_, bool>(n).to_string(),
    };
    columns.iter().enumerate().map(one).collect()
}

fn line(text: &mut String, cells: impl IntoIterator<Item = String>) {
    for (n, cell) in cells.into_iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        quoted(text, &cell);
    }
    text.push_str("\r\n");
}

/// What a spreadsheet takes for the beginning of a formula, also in the wide forms of East Asian text.
const TRIGGERS: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];

/// One cell: harmless (S29), and quoted where RFC 4180 asks for it.
fn quoted(text: &mut String, cell: &str) {
    // also behind spaces, which some programs trim first
    let harmless = !cell.trim_start_matches(' ').starts_with(TRIGGERS);
    if harmless && !cell.contains(['"', ',', '\r', '\n']) {
        return text.push_str(cell);
    }
    text.push('"');
    if !harmless {
        text.push('\'');
    }
    text.push_str(&cell.replace('"', "\"\""));
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s29_no_cell_of_a_hostile_name_begins_a_formula_and_every_name_is_read_back() {
        let hostile = [
            "=cmd|' /C calc'!A0",
            "=HYPERLINK(\"http://x\",\"y\")",
            "+33612345678",
            "-1+1",
            "@SUM(1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "\0=1",
            " =1",
            "＝1",
            "＋1",
            "a,b",
            "a\"b",
            "a\r\nb",
            "O'Brien",
            "Zoé",
            "",
            "'=1",
            "100%",
        ];
        let mut text = String::new();
        line(&mut text, hostile.map(str::to_owned));
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let row = reader.records().next().expect("a line").expect("well formed");
        assert_eq!(row.len(), hostile.len());
        for (cell, name) in row.iter().zip(hostile) {
            assert!(!cell.trim_start_matches(' ').starts_with(TRIGGERS), "{cell:?}");
            assert_eq!(cell.strip_prefix('\'').filter(|_| !name.starts_with('\'')).unwrap_or(cell), name);
        }
        assert!(reader.records().next().is_none(), "one line");
    }
}
