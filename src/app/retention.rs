//! The schedule of deletion: every hour, and an alarm while it falls behind.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actors::board::Board;
use actors::view::Said;

use super::alarms;
use crate::config::RetentionConfig;
use crate::history::{Days, Deleted, MOST_OVERDUE_S, Reader, Retention};

/// After the start, when everything else runs.
const FIRST: Duration = Duration::from_secs(60);
/// Between two sweeps.
const EVERY: Duration = Duration::from_secs(3600);

/// Begins it; what it counts is read by `/metrics`.
pub(super) fn start(config: RetentionConfig, reader: &Reader, board: &Arc<Board>) -> Arc<Deleted> {
    let days = Days { calls: config.calls_days, queues: config.queues_days, agents: config.agents_days };
    let retention = Retention::new(reader.db(), days);
    let deleted = retention.deleted();
    let board = Arc::downgrade(board);
    actix::spawn(async move {
        tokio::time::sleep(FIRST).await;
        loop {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let swept = retention.sweep(i64::try_from(now.as_micros()).unwrap_or(i64::MAX)).await;
            let Some(board) = board.upgrade() else { return };
            match swept {
                Ok(sweep) => tell(&board, sweep.overdue),
                Err(why) => log::warn!("retention: {why}"),
            }
            drop(board);
            tokio::time::sleep(EVERY).await;
        }
    });
    deleted
}

fn tell(board: &Board, overdue: Option<(&'static str, i64)>) {
    match overdue.filter(|(_, seconds)| *seconds > MOST_OVERDUE_S) {
        Some((kind, seconds)) => {
            let days = (seconds / 86_400).to_string();
            let words = format!("{kind} are {days} days older than they may be kept");
            alarms::begin(
                board,
                "retention_behind",
                "retention",
                &Said::new("retention_behind", [kind, &days], words),
            );
        }
        None => alarms::end(board, "retention_behind", "retention"),
    }
}
