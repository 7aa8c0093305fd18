//! Alarms about callers who are handed over and cannot be served: one for each PBX, until one of its callers can.

use std::collections::HashSet;
use std::sync::Arc;

use actors::board::Board;
use actors::view::Said;
use parking_lot::Mutex;

use super::alarms;

/// One kind of alarm.
pub(super) struct Unserved {
    kind: &'static str,
    board: Arc<Board>,
    /// PBXs whose last caller was not served.
    pbxs: Mutex<HashSet<String>>,
}

impl Unserved {
    /// No flow is published: callers hear that the number is not in service.
    pub(super) fn no_flow(board: Arc<Board>) -> Self {
        Self { kind: "no_flow", board, pbxs: Mutex::default() }
    }

    /// The account of the PBX may hear callers in AsyncAGI, and send them nothing.
    pub(super) fn agi_denied(board: Arc<Board>) -> Self {
        Self { kind: "agi_denied", board, pbxs: Mutex::default() }
    }

    /// A caller of that PBX is served, or is not, in these words.
    pub(super) fn tell(&self, pbx: &str, wrong: Option<Said>) {
        let mut pbxs = self.pbxs.lock();
        match wrong {
            None if pbxs.remove(pbx) => alarms::end(&self.board, self.kind, pbx),
            Some(said) if pbxs.insert(pbx.to_owned()) => alarms::begin(&self.board, self.kind, pbx, &said),
            None | Some(_) => {}
        }
    }
}

/// Of a caller for whom there is no flow.
pub(super) fn no_flow(called: &str, pbx: &str) -> Said {
    let words = format!("{called} was called at {pbx} and no flow is published: the caller was turned away");
    Said::new("no_flow", [called, pbx], words)
}

/// Of a caller who can be sent nothing.
pub(super) fn agi_denied(pbx: &str) -> Said {
    let words = format!(
        "the AMI account of {pbx} may not send AGI (write = agi in manager.conf): a caller stands there and hears nothing"
    );
    Said::new("agi_denied", [pbx], words)
}

#[cfg(test)]
mod tests {
    use actors::board::Limits;
    use actors::view::{Table, View};

    use super::*;

    #[test]
    fn callers_without_a_flow_are_one_alarm_until_one_has_a_flow() {
        let board = Board::new(Limits::default());
        let callers = Unserved::no_flow(board.clone());
        let alarms = || {
            board.publish();
            let told = |view: &View| match view {
                View::Alarm(alarm) => (alarm.text.to_string(), alarm.ended_ms.is_some()),
                _ => panic!("not an alarm"),
            };
            board.lines(Table::Alarms).iter().map(|line| told(&line.view)).collect::<Vec<_>>()
        };
        callers.tell("paris", None);
        assert_eq!(alarms(), []);
        callers.tell("paris", Some(no_flow("0170000001", "paris")));
        callers.tell("paris", Some(no_flow("0170000002", "paris")));
        let words = "0170000001 was called at paris and no flow is published: the caller was turned away";
        assert_eq!(alarms(), [(words.to_owned(), false)]);
        callers.tell("lyon", None);
        assert_eq!(alarms(), [(words.to_owned(), false)]);
        callers.tell("paris", None);
        assert_eq!(alarms(), [(words.to_owned(), true)]);
    }
}
