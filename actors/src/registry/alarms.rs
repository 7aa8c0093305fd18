//! What the supervision kernel tells, as alarms on the board.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

use crate::board::{Board, Urgency};
use crate::keys::Micros;
use crate::supervision::{Notice, listen};
use crate::view::{AlarmView, Table, Text, View};

/// Alarms of the kernel that stand on the board at most; the oldest goes first.
const MOST: usize = 200;

/// From now on each board given here shows the kernel's alarms:
///
/// | kind | subject | begins | ends |
/// |---|---|---|---|
/// | `actor_set_aside` | actor | its budget is used up | with 200 newer ones |
/// | `part_degraded` | supervisor | it gave up | it was started again |
/// | `arbiter_held` | actor | it held its thread for 5 s | it let go |
pub fn show_alarms_on(board: Arc<Board>) {
    let shown: Mutex<VecDeque<AlarmView>> = Mutex::default();
    listen(move |notice| {
        let (begins, kind, subject, text) = match notice {
            Notice::SetAside { actor, cause, .. } => {
                (true, "actor_set_aside", actor, format!("{actor} {cause}"))
            }
            Notice::Degraded { part, cause, .. } => (true, "part_degraded", part, format!("{part} {cause}")),
            Notice::Recovered { part } => (false, "part_degraded", part, String::new()),
            Notice::Held { actor, message, alarm: true, .. } => {
                (true, "arbiter_held", actor, format!("{actor} holds its thread on {message}"))
            }
            Notice::Freed { actor, .. } => (false, "arbiter_held", actor, String::new()),
            Notice::Held { .. } | Notice::Quarantined { .. } => return,
        };
        let id = Text::from(format!("{kind}~{subject}"));
        let mut shown = shown.lock();
        let known = shown.iter().position(|alarm| alarm.id == id).and_then(|at| shown.remove(at));
        let alarm = match (begins, known) {
            (true, Some(known)) if known.ended_ms.is_none() => AlarmView { text: text.into(), ..known },
            (true, _) => {
                let (kind, subject) = (kind.into(), subject.clone());
                AlarmView { id, kind, subject, text: text.into(), began_ms: now(), ended_ms: None }
            }
            (false, Some(known)) => AlarmView { ended_ms: known.ended_ms.or_else(|| Some(now())), ..known },
            (false, None) => return,
        };
        if shown.len() >= MOST
            && let Some(oldest) = shown.pop_front()
        {
            board.remove(Table::Alarms, &oldest.id, Urgency::Soon);
        }
        shown.push_back(alarm.clone());
        board.put(View::Alarm(alarm), Urgency::Urgent);
    });
}

fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
