//! What is too old is deleted, in small batches (S37).
//!
//! Each kind has a number of days; 0 keeps it for ever. A call that is held (`holds`), and its stays and legs, stay. A sweep
//! takes what time says, not what a trigger does: tests drive it with an instant of their own. What was deleted
//! stands in `vigie.deletions`, and in `/metrics`.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio_postgres::Client;

use crate::db::{self, Db};

/// Rows of one batch: short locks, short transactions.
const BATCH: i64 = 2_000;
/// Between two batches.
const PAUSE: Duration = Duration::from_millis(50);
/// A sweep ends after so many batches of a kind; what is left comes with the next one.
const MOST_BATCHES: usize = 5_000;
/// So much too old may something be before that is an alarm, s.
pub const MOST_OVERDUE_S: i64 = 2 * 86_400;
const DAY_US: i64 = 86_400_000_000;
/// The kind that is files (`old_recordings`).
pub(super) const RECORDINGS: &str = "recordings";

/// How many days each kind is kept; 0: for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// Ended calls, with what callers heard.
    pub calls: u32,
    /// Stays in queues and agents' legs: what figures of queues are made of.
    pub queues: u32,
    /// Agents' states, activities and memberships, and when PBXs were followed.
    pub agents: u32,
    /// Conversations with assistants, with what was said in them.
    pub ai: u32,
}

/// A table, and what of it is too old: everything that began before `$1`, but what is held.
struct Kind {
    name: &'static str,
    days: fn(&Days) -> u32,
    delete: &'static str,
    oldest: &'static str,
}

const KINDS: [Kind; 10] = [
    Kind {
        name: "calls",
        days: |days| days.calls,
        delete: "delete from vigie.calls where ctid = any(array(
            select s.ctid from vigie.calls s where s.started < to_timestamp($1) and not exists (
              select from vigie.holds h where (h.pbx, h.epoch, h.linkedid) = (s.pbx, s.epoch, s.linkedid))
            order by s.started limit $2))",
        // by the index, as a minimum over a join is not
        oldest: "select extract(epoch from (select s.started from vigie.calls s where not exists (
              select from vigie.holds h where (h.pbx, h.epoch, h.linkedid) = (s.pbx, s.epoch, s.linkedid))
            order by s.started limit 1))::float8",
    },
    Kind {
        name: "walks",
        days: |days| days.calls,
        delete: "delete from vigie.walks where ctid = any(array(
            select s.ctid from vigie.walks s where s.began < to_timestamp($1) and not exists (
              select from vigie.holds h where (h.pbx, h.epoch, h.linkedid) = (s.pbx, s.epoch, s.linkedid))
            order by s.began limit $2))",
        oldest: "select extract(epoch from (select s.began from vigie.walks s where not exists (
              select from vigie.holds h where (h.pbx, h.epoch, h.linkedid) = (s.pbx, s.epoch, s.linkedid))
            order by s.began limit 1))::float8",
    },
    Kind {
        name: "visits",
        days: |days| days.calls,
        delete: "delete from vigie.visits where ctid = any(array(
            select s.ctid from vigie.visits s where s.began < to_timestamp($1) and not exists (
              select from vigie.holds h where (h.pbx, h.epoch, h.linkedid) = (s.pbx, s.epoch, s.linkedid))
            order by s.began limit $2))",
        oldest: "select extract(epoch from (select s.began from vigie.visits s where not exists (
              select from vigie.holds h where (h.pbx, h.epoch, h.linkedid) = (s.pbx, s.epoch, s.linkedid))
            order by s.began limit 1))::float8",
    },
    Kind {
        name: "stays",
        days: |days| days.queues,
        delete: "delete from vigie.queue_stays where ctid = any(array(
            select s.ctid from vigie.queue_stays s where s.joined < to_timestamp($1) and not exists (
              select from vigie.holds h where (h.pbx, h.epoch, h.linkedid) = (s.pbx, s.epoch, s.linkedid))
            order by s.joined limit $2))",
        oldest: "select extract(epoch from min(s.joined))::float8 from vigie.queue_stays s where not exists (
              select from vigie.holds h where (h.pbx, h.epoch, h.linkedid) = (s.pbx, s.epoch, s.linkedid))",
    },
    Kind {
        name: "legs",
        days: |days| days.queues,
        delete: "delete from vigie.contacts where ctid = any(array(
            select s.ctid from vigie.contacts s where s.arrived < to_timestamp($1) and not exists (
              select from vigie.holds h where (h.pbx, h.epoch, h.linkedid) = (s.pbx, s.epoch, s.linkedid))
            order by s.arrived limit $2))",
        oldest: "select extract(epoch from min(s.arrived))::float8 from vigie.contacts s where not exists (
              select from vigie.holds h where (h.pbx, h.epoch, h.linkedid) = (s.pbx, s.epoch, s.linkedid))",
    },
    Kind {
        name: "states",
        days: |days| days.agents,
        delete: "delete from vigie.agent_states where ctid = any(array(
            select ctid from vigie.agent_states where at < to_timestamp($1) order by at limit $2))",
        oldest: "select extract(epoch from min(at))::float8 from vigie.agent_states",
    },
    Kind {
        name: "activities",
        days: |days| days.agents,
        delete: "delete from vigie.agent_activities where ctid = any(array(
            select ctid from vigie.agent_activities where at < to_timestamp($1) order by at limit $2))",
        oldest: "select extract(epoch from min(at))::float8 from vigie.agent_activities",
    },
    Kind {
        name: "memberships",
        days: |days| days.agents,
        delete: "delete from vigie.memberships where ctid = any(array(
            select ctid from vigie.memberships where at < to_timestamp($1) order by at limit $2))",
        oldest: "select extract(epoch from min(at))::float8 from vigie.memberships",
    },
    Kind {
        // lines and turns go with them
        name: "ai_sessions",
        days: |days| days.ai,
        delete: "delete from vigie.ai_sessions where ctid = any(array(
            select s.ctid from vigie.ai_sessions s where s.began < to_timestamp($1) and not exists (
              select from vigie.holds h where h.pbx = s.pbx and s.uniqueid = any(h.uniqueids))
            order by s.began limit $2))",
        oldest: "select extract(epoch from (select s.began from vigie.ai_sessions s where not exists (
              select from vigie.holds h where h.pbx = s.pbx and s.uniqueid = any(h.uniqueids))
            order by s.began limit 1))::float8",
    },
    Kind {
        name: "watched",
        days: |days| days.agents,
        delete: "delete from vigie.watched where ctid = any(array(
            select ctid from vigie.watched where until < to_timestamp($1) limit $2))",
        oldest: "select extract(epoch from min(until))::float8 from vigie.watched",
    },
];

/// What the sweeps count.
#[derive(Debug, Default)]
pub struct Deleted {
    rows: [AtomicU64; KINDS.len()],
    recordings: AtomicU64,
    overdue_s: AtomicU64,
    recordings_overdue_s: AtomicU64,
}

impl Deleted {
    /// What was deleted of each kind since the start: rows, and files of recordings.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let rows = KINDS.iter().zip(&self.rows).map(|(kind, rows)| (kind.name, rows.load(Relaxed)));
        rows.chain([(RECORDINGS, self.recordings.load(Relaxed))])
    }

    /// How much too old the oldest row or recording was that the last sweep left, s.
    pub fn overdue_s(&self) -> u64 {
        self.overdue_s.load(Relaxed).max(self.recordings_overdue_s.load(Relaxed))
    }

    /// Of a sweep of recordings.
    pub(super) fn count_recordings(&self, files: u64, overdue_s: u64) {
        self.recordings.fetch_add(files, Relaxed);
        self.recordings_overdue_s.store(overdue_s, Relaxed);
    }
}

/// What became of a sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// Rows deleted.
    pub rows: u64,
    /// The kind of which something is left that is too old, and by how many s.
    pub overdue: Option<(&'static str, i64)>,
}

/// Deletes what is too old.
pub struct Retention {
    db: Db,
    days: Days,
    deleted: Arc<Deleted>,
}

impl Retention {
    /// Of that database.
    pub fn new(db: Db, days: Days) -> Self {
        Self { db, days, deleted: Arc::default() }
    }

    /// What is counted.
    pub fn deleted(&self) -> Arc<Deleted> {
        self.deleted.clone()
    }

    /// Deletes what is too old at that instant, µs since 1970.
    ///
    /// # Errors
    /// Why it could not, in words.
    pub async fn sweep(&self, now: i64) -> Result<Sweep, String> {
        self.batches(now, MOST_BATCHES).await
    }

    /// The same with at most so many batches of each kind.
    ///
    /// # Errors
    /// Why it could not, in words.
    pub async fn batches(&self, now: i64, most: usize) -> Result<Sweep, String> {
        if let Some(why) = self.db.problem() {
            return Err(why);
        }
        let client = self.db.connect().await.map_err(|e| db::words(&e))?;
        let mut sweep = Sweep { rows: 0, overdue: None };
        for (kind, counted) in KINDS.iter().zip(&self.deleted.rows) {
            let days = (kind.days)(&self.days);
            if days == 0 {
                continue;
            }
            let older = (now - i64::from(days) * DAY_US) as f64 / 1e6;
            let rows =
                self.kind(&client, kind, older, most, now, counted).await.map_err(|e| db::words(&e))?;
            sweep.rows += rows;
            let oldest: Option<f64> =
                client.query_one(kind.oldest, &[]).await.map_err(|e| db::words(&e))?.get(0);
            #[allow(clippy::cast_possible_truncation)] // seconds
            let overdue = oldest.map_or(0, |oldest| (older - oldest) as i64);
            if overdue > 0 && sweep.overdue.is_none_or(|(_, most)| overdue > most) {
                sweep.overdue = Some((kind.name, overdue));
            }
        }
        let overdue = sweep.overdue.map_or(0, |(_, seconds)| u64::try_from(seconds).unwrap_or(0));
        self.deleted.overdue_s.store(overdue, Relaxed);
        Ok(sweep)
    }

    async fn kind(
        &self,
        client: &Client,
        kind: &Kind,
        older: f64,
        most: usize,
        now: i64,
        counted: &AtomicU64,
    ) -> Result<u64, tokio_postgres::Error> {
        let mut rows = 0;
        for _ in 0..most {
            let deleted = client.execute(kind.delete, &[&older, &BATCH]).await?;
            rows += deleted;
            counted.fetch_add(deleted, Relaxed);
            if deleted < BATCH.unsigned_abs() {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        if rows > 0 {
            leave_line(client, now, kind.name, older, rows).await?;
        }
        Ok(rows)
    }
}

/// What a sweep that began at `now`, µs, deleted of a kind: so much of what was before `older`, s since 1970.
pub(super) async fn leave_line(
    client: &Client,
    now: i64,
    kind: &str,
    older: f64,
    rows: u64,
) -> Result<(), tokio_postgres::Error> {
    let at = now as f64 / 1e6;
    let count = i64::try_from(rows).unwrap_or(i64::MAX);
    let line = "insert into vigie.deletions (at, kind, older, rows)
        values (to_timestamp($1), $2, to_timestamp($3), $4)
        on conflict (at, kind) do update set rows = vigie.deletions.rows + excluded.rows";
    client.execute(line, &[&at, &kind, &older, &count]).await?;
    log::info!("retention: {rows} {kind} deleted");
    Ok(())
}
