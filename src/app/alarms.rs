//! Alarms of what the supervisors notice.

use std::sync::{Arc, Weak};
use std::time::{SystemTime, UNIX_EPOCH};

use actors::board::{Board, Urgency};
use actors::keys::Micros;
use actors::supervision::{Notice, listen};
use actors::view::{AlarmView, Table, Text, View};

/// Shows them on that board for as long as it lives.
pub(super) fn follow(board: &Arc<Board>) {
    let board: Weak<Board> = Arc::downgrade(board);
    listen(move |notice| {
        if let Some(board) = board.upgrade() {
            show(&board, notice);
        }
    });
}

fn show(board: &Board, notice: &Notice) {
    match notice {
        Notice::SetAside { actor, cause, .. } => {
            begin(
                board,
                "actor_set_aside",
                actor,
                &format!("{actor} failed too often and is set aside: {cause:?}"),
            );
        }
        Notice::Degraded { part, cause, retry_in } => {
            let text = format!("{part} gave up and is tried again in {} s: {cause:?}", retry_in.as_secs());
            begin(board, "part_degraded", part, &text);
        }
        Notice::Recovered { part } => end(board, "part_degraded", part),
        Notice::Held { actor, message, alarm: true, .. } => {
            begin(board, "arbiter_held", actor, &format!("{actor} holds its thread with {message}"));
        }
        Notice::Freed { actor, .. } => end(board, "arbiter_held", actor),
        // A warning in the log is enough.
        Notice::Held { .. } | Notice::Quarantined { .. } => {}
    }
}

fn id(kind: &str, subject: &str) -> Text {
    format!("{kind}~{subject}").into()
}

fn begin(board: &Board, kind: &str, subject: &str, text: &str) {
    let alarm = AlarmView {
        id: id(kind, subject),
        kind: kind.into(),
        subject: subject.into(),
        text: text.into(),
        began_ms: now(),
        ended_ms: None,
    };
    board.put(View::Alarm(alarm), Urgency::Urgent);
}

fn end(board: &Board, kind: &str, subject: &str) {
    let Some(line) = board.line(Table::Alarms, &id(kind, subject)) else { return };
    if let View::Alarm(alarm) = &*line.view {
        board.put(View::Alarm(AlarmView { ended_ms: Some(now()), ..alarm.clone() }), Urgency::Urgent);
    }
}

fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
