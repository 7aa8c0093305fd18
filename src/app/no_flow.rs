//! An alarm while callers come for whom no flow is published: they hear that the number is not in service.

use std::collections::HashSet;
use std::sync::Arc;

use actors::board::Board;
use actors::view::Said;
use parking_lot::Mutex;

use super::alarms;

const KIND: &str = "no_flow";

/// See the module.
pub(super) struct NoFlow {
    board: Arc<Board>,
    /// PBXs whose last caller had none.
    without: Mutex<HashSet<String>>,
}

impl NoFlow {
    pub(super) fn on(board: Arc<Board>) -> Self {
        Self { board, without: Mutex::default() }
    }

    /// A caller of that PBX has one, or has none.
    pub(super) fn came(&self, pbx: &str, called: &str, has_one: bool) {
        let mut without = self.without.lock();
        if has_one {
            if without.remove(pbx) {
                alarms::end(&self.board, KIND, pbx);
            }
        } else if without.insert(pbx.to_owned()) {
            let words =
                format!("{called} was called at {pbx} and no flow is published: the caller was turned away");
            alarms::begin(&self.board, KIND, pbx, &Said::new("no_flow", [called, pbx], words));
        }
    }
}

#[cfg(test)]
mod tests {
    use actors::board::Limits;
    use actors::view::{Table, View};

    use super::*;

    #[test]
    fn callers_without_a_flow_are_one_alarm_until_one_has_a_flow() {
        let board = Board::new(Limits::default());
        let no_flow = NoFlow::on(board.clone());
        let alarms = || {
            board.publish();
            let told = |view: &View| match view {
                View::Alarm(alarm) => (alarm.text.to_string(), alarm.ended_ms.is_some()),
                _ => panic!("not an alarm"),
            };
            board.lines(Table::Alarms).iter().map(|line| told(&line.view)).collect::<Vec<_>>()
        };
        no_flow.came("paris", "0170000001", true);
        assert_eq!(alarms(), []);
        no_flow.came("paris", "0170000001", false);
        no_flow.came("paris", "0170000002", false);
        let words = "0170000001 was called at paris and no flow is published: the caller was turned away";
        assert_eq!(alarms(), [(words.to_owned(), false)]);
        no_flow.came("lyon", "0170000002", true);
        assert_eq!(alarms(), [(words.to_owned(), false)]);
        no_flow.came("paris", "0170000002", true);
        assert_eq!(alarms(), [(words.to_owned(), true)]);
    }
}
