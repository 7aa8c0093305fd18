//! Alarms of what the supervisors notice.

use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actors::board::{Board, Urgency};
use actors::keys::Micros;
use actors::supervision::{Notice, listen};
use actors::view::{AlarmView, Said, Table, Text, View};

/// How long an alarm that ended stays readable.
const SHOWN_AFTER_THE_END: Duration = Duration::from_secs(600);
/// How often those that ended are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(30);

/// Shows them on that board for as long as it lives.
pub(super) fn follow(board: &Arc<Board>) {
    let swept = Arc::downgrade(board);
    let board: Weak<Board> = Arc::downgrade(board);
    listen(move |notice| {
        if let Some(board) = board.upgrade() {
            show(&board, notice);
        }
    });
    actix::spawn(async move {
        let mut turns = tokio::time::interval(SWEEP_EVERY);
        loop {
            turns.tick().await;
            let Some(board) = swept.upgrade() else { return };
            sweep(&board);
        }
    });
}

/// Takes alarms off the board that ended long ago.
fn sweep(board: &Board) {
    let kept = i64::try_from(SHOWN_AFTER_THE_END.as_micros()).unwrap_or(i64::MAX);
    let old = now().0.saturating_sub(kept);
    for line in board.lines(Table::Alarms) {
        if let View::Alarm(AlarmView { id, ended_ms: Some(ended), .. }) = &*line.view
            && ended.0 < old
        {
            board.remove(Table::Alarms, id, Urgency::Soon);
        }
    }
}

fn show(board: &Board, notice: &Notice) {
    match notice {
        Notice::SetAside { actor, cause, .. } => {
            let cause = format!("{cause:?}");
            let words = format!("{actor} failed too often and is set aside: {cause}");
            begin(board, "actor_set_aside", actor, &Said::new("set_aside", [actor, &cause], words));
        }
        Notice::Forgotten { actor } => end(board, "actor_set_aside", actor),
        Notice::Degraded { part, cause, retry_in } => {
            let (seconds, cause) = (retry_in.as_secs().to_string(), format!("{cause:?}"));
            let words = format!("{part} gave up and is tried again in {seconds} s: {cause}");
            begin(board, "part_degraded", part, &Said::new("gave_up", [part, &seconds, &cause], words));
        }
        Notice::Recovered { part } => end(board, "part_degraded", part),
        Notice::Held { actor, message, alarm: true, .. } => {
            let words = format!("{actor} holds its thread with {message}");
            begin(board, "arbiter_held", actor, &Said::new("holds_thread", [actor, message], words));
        }
        Notice::Freed { actor, .. } => end(board, "arbiter_held", actor),
        // A warning in the log is enough.
        Notice::Held { .. } | Notice::Quarantined { .. } => {}
    }
}

fn id(kind: &str, subject: &str) -> Text {
    format!("{kind}~{subject}").into()
}

pub(super) fn begin(board: &Board, kind: &str, subject: &str, said: &Said) {
    let alarm = AlarmView {
        id: id(kind, subject),
        kind: kind.into(),
        subject: subject.into(),
        text: said.text.clone(),
        slug: said.slug.into(),
        with: said.with.clone(),
        began_ms: now(),
        ended_ms: None,
    };
    board.put(View::Alarm(alarm), Urgency::Urgent);
}

pub(super) fn end(board: &Board, kind: &str, subject: &str) {
    let Some(line) = board.line(Table::Alarms, &id(kind, subject)) else { return };
    if let View::Alarm(alarm) = &*line.view {
        board.put(View::Alarm(AlarmView { ended_ms: Some(now()), ..alarm.clone() }), Urgency::Urgent);
    }
}

pub(super) fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use actors::board::{Board, Limits};

    use super::*;

    #[actix::test]
    async fn an_alarm_that_ended_long_ago_leaves_the_board() {
        let board = Board::new(Limits::default());
        begin(&board, "actor_set_aside", "call/a", &Said::default());
        begin(&board, "actor_set_aside", "call/b", &Said::default());
        board.publish();
        let Some(line) = board.line(Table::Alarms, "actor_set_aside~call/a") else { panic!("not shown") };
        let View::Alarm(alarm) = View::clone(&line.view) else { panic!("not an alarm") };
        let ended = Micros(now().0 - 2 * 600_000_000);
        board.put(View::Alarm(AlarmView { ended_ms: Some(ended), ..alarm }), Urgency::Urgent);
        board.publish();
        sweep(&board);
        board.publish();
        assert!(board.line(Table::Alarms, "actor_set_aside~call/a").is_none());
        assert!(board.line(Table::Alarms, "actor_set_aside~call/b").is_some(), "one that goes on stays");
    }
}
