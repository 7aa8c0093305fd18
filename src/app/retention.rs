//! The schedule of deletion: every hour, and an alarm while it falls behind or cannot.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actors::board::Board;
use actors::view::Said;

use super::alarms;
use crate::access::Access;
use crate::config::RetentionConfig;
use crate::history::{Days, Deleted, MOST_OVERDUE_S, OldRecordings, Reader, Retention};
use crate::recordings::{Problem, Recordings};

/// After the start, when everything else runs.
const FIRST: Duration = Duration::from_secs(60);
/// Between two sweeps.
const EVERY: Duration = Duration::from_secs(3600);

/// Begins it; what it counts is read by `/metrics`.
pub(super) fn start(
    config: RetentionConfig,
    reader: &Reader,
    recordings: Recordings,
    access: &Access,
    board: &Arc<Board>,
) -> Arc<Deleted> {
    let days = Days {
        calls: config.calls_days,
        queues: config.queues_days,
        agents: config.agents_days,
        ai: config.ai_days,
    };
    let retention = Retention::new(reader.db(), days);
    let deleted = retention.deleted();
    let audit = match access {
        Access::Accounts(accounts) => Some(accounts.audit.clone()),
        Access::Open => None,
    };
    let old = OldRecordings::new(reader.db(), recordings, config.recordings_days, audit, deleted.clone());
    let board = Arc::downgrade(board);
    actix::spawn(async move {
        let mut undeleted = Undeleted::default();
        tokio::time::sleep(FIRST).await;
        loop {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let now = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
            let (rows, files) = (retention.sweep(now).await, old.sweep(now).await);
            let Some(board) = board.upgrade() else { return };
            for why in [rows.as_ref().err(), files.as_ref().err()].into_iter().flatten() {
                log::warn!("retention: {why}");
            }
            // what could not be looked at says nothing of what is behind
            if let (Ok(rows), Ok(files)) = (&rows, &files) {
                let files = files.overdue_s.map(|seconds| ("recordings", seconds));
                behind(&board, rows.overdue.into_iter().chain(files).max_by_key(|(_, seconds)| *seconds));
            }
            if let Ok(files) = files {
                undeleted.tell(&board, files.problems);
            }
            drop(board);
            tokio::time::sleep(EVERY).await;
        }
    });
    deleted
}

fn behind(board: &Board, overdue: Option<(&'static str, i64)>) {
    match overdue.filter(|(_, seconds)| *seconds > MOST_OVERDUE_S) {
        Some((kind, seconds)) => {
            let days = (seconds / 86_400).to_string();
            let words = format!("{kind} are {days} days older than they may be kept");
            let said = Said::new("retention_behind", [kind, &days], words);
            alarms::begin(board, "retention_behind", "retention", &said);
        }
        None => alarms::end(board, "retention_behind", "retention"),
    }
}

/// The PBXs in whose folder recordings cannot be deleted, and why: each is told once, until it is so no more.
#[derive(Default)]
struct Undeleted {
    told: BTreeMap<String, String>,
}

impl Undeleted {
    fn tell(&mut self, board: &Board, problems: Vec<Problem>) {
        let now: BTreeMap<String, String> = problems.into_iter().map(|one| (one.pbx, one.words)).collect();
        let subject = |pbx: &str| format!("recordings/{pbx}");
        for pbx in self.told.keys().filter(|pbx| !now.contains_key(*pbx)) {
            alarms::end(board, "retention_behind", &subject(pbx));
        }
        for (pbx, why) in now.iter().filter(|(pbx, why)| self.told.get(*pbx) != Some(*why)) {
            let words = format!("old recordings of {pbx} cannot be deleted: {why}");
            log::warn!("retention: {words}");
            let said = Said::new("recordings_undeleted", [pbx, why], words);
            alarms::begin(board, "retention_behind", &subject(pbx), &said);
        }
        self.told = now;
    }
}

#[cfg(test)]
mod tests {
    use actors::board::Limits;
    use actors::view::{Table, View};

    use super::*;

    fn shown(board: &Board) -> Vec<(String, i64, bool)> {
        board.publish();
        let lines = board.lines(Table::Alarms);
        let alarms = lines.iter().filter_map(|line| match &*line.view {
            View::Alarm(alarm) => Some((alarm.text.to_string(), alarm.began_ms.0, alarm.ended_ms.is_some())),
            _ => None,
        });
        alarms.collect()
    }

    #[actix::test]
    async fn s37_a_folder_that_cannot_be_written_is_told_once_and_taken_back() {
        let (board, mut undeleted) = (Board::new(Limits::default()), Undeleted::default());
        let problem = |words: &str| Problem { pbx: "paris".into(), words: words.into() };
        undeleted.tell(&board, vec![problem("read-only")]);
        let first = shown(&board);
        assert_eq!(first.len(), 1);
        assert_eq!(first[0].0, "old recordings of paris cannot be deleted: read-only");
        undeleted.tell(&board, vec![problem("read-only")]);
        assert_eq!(shown(&board), first, "not anew each hour");
        undeleted.tell(&board, vec![problem("not a directory")]);
        assert_eq!(shown(&board)[0].0, "old recordings of paris cannot be deleted: not a directory");
        undeleted.tell(&board, Vec::new());
        assert!(shown(&board)[0].2, "it ended");
    }
}
