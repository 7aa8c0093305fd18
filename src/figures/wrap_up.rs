//! Wrap-ups, from what agents do: each ends with the next activity, or with its timer where that comes
//! first (nothing more was told, because nobody looked).

use std::collections::HashMap;

use actors::view::Activity;

use super::happened::{Happened, WrapUp};

/// Those that are not over.
#[derive(Debug, Clone, Default)]
pub(super) struct WrapUps {
    open: HashMap<(String, String), (WrapUp, Option<i64>)>,
}

impl WrapUps {
    /// The one that this ends, if it does.
    pub(super) fn take(&mut self, happened: &Happened) -> Option<WrapUp> {
        let Happened::Activity { pbx, endpoint, at, activity, queue, arrived, ends } = happened else {
            return None;
        };
        let whose = (pbx.clone(), endpoint.clone());
        let over = match self.open.get(&whose) {
            Some((open, _)) if *at <= open.since => return None, // told again
            Some(_) => self
                .open
                .remove(&whose)
                .map(|(open, ends)| WrapUp { until: ends.map_or(*at, |ends| ends.min(*at)), ..open }),
            None => None,
        };
        if let (Activity::WrapUp, Some(queue)) = (activity, queue) {
            let (pbx, endpoint, queue) = (pbx.clone(), endpoint.clone(), queue.clone());
            let arrived = arrived.unwrap_or(*at);
            self.open
                .insert(whose, (WrapUp { pbx, endpoint, queue, arrived, since: *at, until: *at }, *ends));
        }
        over
    }
}
