//! Uniqueids of channels that hung up lately: an event of one of them makes no phantom call.

use std::collections::VecDeque;

use ahash::AHashSet;

use crate::view::Text;

/// How many are remembered. At 400 calls a second of four channels that is five seconds, and events
/// come late by milliseconds.
const MAX: usize = 8192;

#[derive(Debug, Default)]
pub(super) struct Gone {
    order: VecDeque<Text>,
    ids: AHashSet<Text>,
}

impl Gone {
    pub(super) fn add(&mut self, id: Text) {
        if self.ids.insert(id.clone()) {
            self.order.push_back(id);
        }
        if self.order.len() > MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.ids.contains(id)
    }
}
