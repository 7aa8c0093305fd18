//! How many outside calls were started lately, by whom.

use std::collections::VecDeque;
use std::time::Duration;

use ahash::AHashMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::view::Text;

/// Calls at most in any minute, hour and day; `None` is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limit {
    /// In any 60 s.
    pub minute: Option<u32>,
    /// In any 3,600 s.
    pub hour: Option<u32>,
    /// In any 86,400 s.
    pub day: Option<u32>,
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// Who is counted apart; beyond, those who dialled longest ago are forgotten.
const MOST_KEYS: usize = 20_000;
/// Calls remembered of one of them. A limit above that holds at that.
const MOST_CALLS: usize = 100_000;

impl Limit {
    fn is_none(&self) -> bool {
        self.minute.is_none() && self.hour.is_none() && self.day.is_none()
    }

    fn longest(&self) -> Duration {
        if self.day.is_some() {
            DAY
        } else if self.hour.is_some() {
            HOUR
        } else {
            MINUTE
        }
    }

    /// Whether one more passes after those.
    fn allows(&self, calls: &VecDeque<Duration>, now: Duration) -> bool {
        [(self.minute, MINUTE), (self.hour, HOUR), (self.day, DAY)].into_iter().all(|(most, period)| {
            let Some(most) = most else { return true };
            let lately = calls.iter().rev().take_while(|at| now.saturating_sub(**at) < period);
            lately.take(most as usize).count() < most as usize
        })
    }
}

/// What was dialled lately, by person, site and trunk.
#[derive(Debug, Default)]
pub(super) struct Counts {
    calls: AHashMap<(char, Text), VecDeque<Duration>>,
}

impl Counts {
    /// Counts one call for all of them, or for none when one may not.
    pub(super) fn count(&mut self, keys: &[(char, &Text, Limit); 3], now: Duration) -> bool {
        let counted = || keys.iter().filter(|(.., limit)| !limit.is_none());
        for (kind, key, limit) in counted() {
            let Some(calls) = self.calls.get_mut(&(*kind, (*key).clone())) else {
                if !limit.allows(&VecDeque::new(), now) {
                    return false; // a limit of none at all
                }
                continue;
            };
            while calls.front().is_some_and(|at| now.saturating_sub(*at) >= limit.longest()) {
                calls.pop_front();
            }
            if calls.len() >= MOST_CALLS || !limit.allows(calls, now) {
                return false;
            }
        }
        self.add(keys, now);
        true
    }

    /// Counts one call for all of them, whatever the limits say: it was made.
    pub(super) fn add(&mut self, keys: &[(char, &Text, Limit); 3], now: Duration) {
        for (kind, key, _) in keys.iter().filter(|(.., limit)| !limit.is_none()) {
            if self.calls.len() >= MOST_KEYS {
                self.forget_oldest();
            }
            self.calls.entry((*kind, (*key).clone())).or_default().push_back(now);
        }
    }

    /// Nobody was counted.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Makes room: half of those whose last call is longest ago.
    fn forget_oldest(&mut self) {
        let mut last: Vec<Duration> = self.calls.values().filter_map(|c| c.back().copied()).collect();
        last.sort_unstable();
        let Some(middle) = last.get(last.len() / 2).copied() else { return };
        self.calls.retain(|_, calls| calls.back().is_some_and(|at| *at > middle));
    }
}
