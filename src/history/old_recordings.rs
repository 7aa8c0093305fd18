//! Recordings that were kept long enough go as rows do: in small batches, but those of held calls (S37).
//!
//! ```text
//! folders ─look─▶ what is too old ─"asked" in the audit log─▶ batch: holds stand still, files go ─▶ … ─▶ line, "done"
//! ```
//!
//! While the files of a batch go, nobody begins to hold a call: who was told that it is held finds its recordings.
//! Nothing goes while the database is away, since what is held is not known then; nor when the audit log takes nothing.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::task::spawn_blocking;
use tokio_postgres::Client;

use super::holds::{stand_still, uniqueids};
use super::retention::{Deleted, RECORDINGS, leave_line};
use crate::audit::{Audit, Note};
use crate::db::{self, Db};
use crate::recordings::{Gone, Held, Old, Problem, Recordings, TooOld, earlier};

/// Files of one batch: nobody can hold a call meanwhile.
const BATCH: usize = 50;
/// Between two batches.
const PAUSE: Duration = Duration::from_millis(50);
/// Files of one sweep; what is left comes with the next one.
const MOST: usize = 100_000;
const DAY_S: i64 = 86_400;
/// Half a year, for what Vigie itself began to record.
const OWN_DAYS: u32 = 183;

/// Deletes recordings that are too old.
pub struct OldRecordings {
    db: Db,
    recordings: Recordings,
    days: Option<u32>,
    audit: Option<Audit>,
    deleted: Arc<Deleted>,
}

/// What became of a sweep.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files deleted.
    pub files: u64,
    /// How much too old the oldest is that was more than one sweep takes, s.
    pub overdue_s: Option<i64>,
    /// PBXs in whose folder something could not be looked at or deleted.
    pub problems: Vec<Problem>,
}

/// How far a sweep got.
#[derive(Default)]
struct Progress {
    files: u64,
    stuck_s: Option<i64>,
    problems: Vec<Problem>,
}

impl OldRecordings {
    /// In those folders; after so many days all of them, 0: none, not set: those that Vigie began after half a
    /// year. Without accounts nothing is noted in an audit log.
    pub fn new(
        db: Db,
        recordings: Recordings,
        days: Option<u32>,
        audit: Option<Audit>,
        deleted: Arc<Deleted>,
    ) -> Self {
        Self { db, recordings, days, audit, deleted }
    }

    /// Deletes what is too old at that instant, µs since 1970.
    ///
    /// # Errors
    /// Why it could not, in words; what was deleted until then is noted all the same.
    pub async fn sweep(&self, now: i64) -> Result<Swept, String> {
        let days = self.days.unwrap_or(OWN_DAYS);
        if days == 0 {
            return Ok(Swept::default());
        }
        if let Some(why) = self.db.problem() {
            return Err(why);
        }
        let which = TooOld {
            before_s: now.div_euclid(1_000_000) - i64::from(days) * DAY_S,
            own_only: self.days.is_none(),
        };
        let client = self.db.connect().await.map_err(|e| db::words(&e))?;
        let held = Held::new(uniqueids(&client).await.map_err(|e| db::words(&e))?);
        let recordings = self.recordings.clone();
        let looked = spawn_blocking(move || recordings.old(which, &held, MOST)).await;
        let looked = looked.map_err(|e| e.to_string())?;
        let mut progress = Progress { files: 0, stuck_s: looked.stuck_s, problems: looked.problems };
        let outcome = match looked.old.is_empty() {
            true => Ok(()),
            false => self.go(&client, now, which, looked.old, &mut progress).await,
        };
        let too_old = |at_s: i64| which.before_s - at_s;
        let overdue = earlier(looked.left_s, progress.stuck_s).map_or(0, too_old);
        self.deleted.count_recordings(progress.files, u64::try_from(overdue).unwrap_or(0));
        outcome.map(|()| Swept {
            files: progress.files,
            overdue_s: looked.left_s.map(too_old),
            problems: progress.problems,
        })
    }

    /// Says in the audit log that they go, has them gone, and says how many did.
    async fn go(
        &self,
        client: &Client,
        now: i64,
        which: TooOld,
        old: Vec<Old>,
        progress: &mut Progress,
    ) -> Result<(), String> {
        let asked = self.note(which, old.len() as u64, "asked", None).await?;
        let mut outcome = Ok(());
        for batch in old.chunks(BATCH) {
            outcome = self.batch(client, batch.to_vec(), which, progress).await;
            if outcome.is_err() {
                // what follows is noted by the same connection
                let _ = client.batch_execute("rollback").await;
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        let end = if outcome.is_ok() { "done" } else { "database_away" };
        let noted = self.note(which, progress.files, end, Some(asked)).await;
        let line = match progress.files {
            0 => Ok(()),
            files => leave_line(client, now, RECORDINGS, which.before_s as f64, files).await,
        };
        outcome.and(noted.map(drop)).and(line.map_err(|e| db::words(&e)))
    }

    async fn batch(
        &self,
        client: &Client,
        batch: Vec<Old>,
        which: TooOld,
        progress: &mut Progress,
    ) -> Result<(), String> {
        client.batch_execute("begin").await.map_err(|e| db::words(&e))?;
        stand_still(client).await.map_err(|e| db::words(&e))?;
        // it may have been held since they were looked at
        let held = Held::new(uniqueids(client).await.map_err(|e| db::words(&e))?);
        let recordings = self.recordings.clone();
        let gone = spawn_blocking(move || recordings.delete(&batch, which, &held)).await;
        let Gone { files, stuck } = gone.map_err(|e| e.to_string())?;
        progress.files += files;
        progress.stuck_s = earlier(progress.stuck_s, stuck.stuck_s);
        for problem in stuck.problems {
            if !progress.problems.iter().any(|known| known.pbx == problem.pbx) {
                progress.problems.push(problem);
            }
        }
        client.batch_execute("commit").await.map_err(|e| db::words(&e))
    }

    /// Before, how many are to go; after, how many went, with the number of the first entry.
    async fn note(
        &self,
        which: TooOld,
        files: u64,
        outcome: &'static str,
        of: Option<u64>,
    ) -> Result<u64, String> {
        let Some(audit) = &self.audit else { return Ok(0) };
        let days = self.days.unwrap_or(OWN_DAYS);
        let with =
            json!({"files": files, "days": days, "before": which.before_s, "own_only": which.own_only});
        let note = Note {
            who: "vigie".to_owned(),
            act: "delete_recordings",
            on: RECORDINGS.to_owned(),
            outcome,
            of,
            with: with.as_object().cloned().unwrap_or_default(),
            ..Note::default()
        };
        audit.write(note).await.map_err(|_| "the audit log takes no entry".to_owned())
    }
}
