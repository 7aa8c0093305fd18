//! The whole board as JSON, built at most as often as it is worth.
//!
//! A snapshot that is a moment old is as good as a new one to a client that follows the changes
//! after it, so a storm of reconnections shares one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytestring::ByteString;

use super::{Board, frame};
use crate::view::{Table, Text};

/// A snapshot this small is built anew for each who asks; a larger one is shared for a while.
const SMALL_BYTES: usize = 128 << 10;
/// For how long a large one is shared.
const SHARED_FOR: Duration = Duration::from_secs(1);

/// The board at one sequence number.
///
/// Its JSON is a head that says the time ([`Snapshot::head`]) and then [`Snapshot::tables`]:
/// `{"run": ..., "seq": ..., "now_ms": ..., "pbxs": [...], "calls": [...], ...}`.
#[derive(Debug)]
pub struct Snapshot {
    /// Which process.
    pub run: Text,
    /// The number it stands at.
    pub seq: u64,
    /// From the comma after the head to the last brace; shared by everyone who gets it.
    pub tables: ByteString,
}

impl Snapshot {
    /// `{"run":R,"seq":S,"now_ms":N` with our clock as it is now, whenever the rows were gathered;
    /// for a WebSocket with its `"type":"snapshot"` in front.
    pub fn head(&self, typed: bool) -> String {
        let kind = if typed { "\"type\":\"snapshot\"," } else { "" };
        let (run, seq, now_ms) = (&self.run, self.seq, frame::now_ms());
        format!("{{{kind}\"run\":\"{run}\",\"seq\":{seq},\"now_ms\":{now_ms}")
    }
}

#[derive(Default)]
pub(super) struct Cache(Option<(Instant, Duration, Arc<Snapshot>)>);

impl Cache {
    /// Forgets a snapshot nobody asked for lately.
    pub(super) fn tidy(&mut self) {
        if self.0.as_ref().is_some_and(|(built, ..)| built.elapsed() > 5 * SHARED_FOR) {
            self.0 = None;
        }
    }
}

impl Board {
    /// The board now: at most a few times as old as it took to build.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot_within(|_, took| took * 4)
    }

    /// A snapshot for somebody who follows the changes after it: the newest of a small board, one of
    /// the last second of a large one. The changes after it are always still in history.
    pub fn snapshot_to_follow(&self) -> Arc<Snapshot> {
        let shared =
            self.snapshot_within(
                |snapshot, took| {
                    if snapshot.tables.len() > SMALL_BYTES { SHARED_FOR } else { took * 4 }
                },
            );
        if matches!(self.news(shared.seq), super::News::Lost) {
            self.snapshot_within(|_, _| Duration::ZERO)
        } else {
            shared
        }
    }

    fn snapshot_within(&self, max_age: impl Fn(&Snapshot, Duration) -> Duration) -> Arc<Snapshot> {
        // who asks while one is being built waits for that one
        let mut cache = self.cache.lock();
        if let Some((built, took, snapshot)) = &cache.0
            && (snapshot.seq == self.seq() || built.elapsed() <= max_age(snapshot, *took))
        {
            return snapshot.clone();
        }
        let start = Instant::now();
        let snapshot = self.build();
        cache.0 = Some((Instant::now(), start.elapsed(), snapshot.clone()));
        snapshot
    }

    fn build(&self) -> Arc<Snapshot> {
        let (seq, size, tables) = {
            let rows = self.rows.read();
            let tables = Table::ALL.map(|table| rows.json(table).cloned().collect::<Vec<_>>());
            (self.seq(), rows.bytes() + rows.count() + 256, tables)
        };
        let mut json = String::with_capacity(size);
        for (table, rows) in Table::ALL.into_iter().zip(&tables) {
            json.push_str(",\"");
            json.push_str(table.name());
            json.push_str("\":[");
            for (n, row) in rows.iter().enumerate() {
                if n > 0 {
                    json.push(',');
                }
                json.push_str(row);
            }
            json.push(']');
        }
        json.push('}');
        self.figures.snapshots.fetch_add(1, Ordering::Relaxed);
        Arc::new(Snapshot { run: self.run.clone(), seq, tables: json.into() })
    }
}
