//! An alarm while somebody is on hold in `vigie-wait` and nobody is there to come back for him.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use actors::board::Board;
use actors::keys::Micros;
use actors::view::{CallPhase, CallView, Said, Table, Text, View};

use super::alarms;

const EVERY: Duration = Duration::from_secs(2);
/// Who is picked, retrieved or taken over is alone for a moment.
const BEARABLE_MS: i64 = 8_000;
const KIND: &str = "left_alone";

/// Looks until the board is gone. Must be called inside an actix system.
pub(super) fn follow(board: &Arc<Board>) {
    let board = Arc::downgrade(board);
    actix::spawn(async move {
        let (mut turns, mut known) = (tokio::time::interval(EVERY), HashSet::new());
        loop {
            turns.tick().await;
            let Some(board) = board.upgrade() else { return };
            look(&board, alarms::now(), &mut known);
        }
    });
}

/// Begins the alarms of those who are alone for long, ends those of others.
fn look(board: &Board, now: Micros, known: &mut HashSet<Text>) {
    let mut alone = HashSet::new();
    for line in board.lines(Table::Calls) {
        let View::Call(call) = &*line.view else { continue };
        let since = now.millis() - call.phase_since_ms.millis();
        if call.phase == CallPhase::LeftAlone && since >= BEARABLE_MS {
            if !known.contains(&call.id) {
                alarms::begin(board, KIND, &call.id, &said(call));
            }
            alone.insert(call.id.clone());
        }
    }
    for id in known.difference(&alone) {
        alarms::end(board, KIND, id);
    }
    *known = alone;
}

fn said(call: &CallView) -> Said {
    let who = if call.caller.number.is_empty() { &call.called } else { &call.caller.number };
    Said::new(
        "left_alone",
        [who.as_str()],
        format!("{who} is on hold and nobody will come back for him: retrieve or transfer him"),
    )
}

#[cfg(test)]
mod tests {
    use actors::board::{Limits, Urgency};
    use actors::keys::{CallKey, Epoch, PbxName};
    use actors::settings::Settings;

    use super::*;

    fn call(phase: CallPhase, since: Micros) -> View {
        let key = CallKey { pbx: PbxName("paris".into()), epoch: Epoch(1), linkedid: "1.1".into() };
        let mut view =
            actors::call::CallState::new(Arc::new(Settings::new(PbxName("paris".into()))), key, since).view();
        view.caller.number = "0612345678".into();
        view.phase = phase;
        view.phase_since_ms = since;
        View::Call(view)
    }

    #[test]
    fn who_is_left_alone_for_long_is_an_alarm_until_somebody_comes() {
        let (board, mut known) = (Board::new(Limits::default()), HashSet::new());
        let at = |ms: i64| Micros(ms * 1_000);
        let alarm = |board: &Board| {
            board.publish();
            let lines = board.lines(Table::Alarms);
            lines.first().and_then(|line| match &*line.view {
                View::Alarm(alarm) => Some((alarm.text.clone(), alarm.ended_ms.is_some())),
                _ => None,
            })
        };
        board.put(call(CallPhase::LeftAlone, at(1_000)), Urgency::Urgent);
        board.publish();
        look(&board, at(1_000 + BEARABLE_MS - 1), &mut known);
        assert_eq!(alarm(&board), None, "a moment is borne");
        look(&board, at(1_000 + BEARABLE_MS), &mut known);
        let (text, over) = alarm(&board).expect("an alarm");
        assert!(text.starts_with("0612345678 is on hold") && !over, "{text}");
        board.put(call(CallPhase::Talking, at(12_000)), Urgency::Urgent);
        board.publish();
        look(&board, at(20_000), &mut known);
        assert!(alarm(&board).expect("an alarm").1, "it ended");
    }
}
