//! Which queues and agents somebody may ask figures and states of (S33): what is not his is not there for him.

use std::collections::HashSet;

use super::access::Caller;
use super::error::ApiError;
use crate::auth::Right;

/// Queues and endpoints within a right of the caller, today.
pub(super) struct Theirs {
    everything: bool,
    queues: HashSet<(String, String)>,
    endpoints: HashSet<(String, String)>,
}

impl Theirs {
    /// Within that right.
    pub(super) fn of(caller: &Caller, right: Right) -> Self {
        let sight = caller.who().sight(right);
        let everything = sight.is_everything();
        let set =
            |all: Vec<(String, String)>| if everything { HashSet::new() } else { all.into_iter().collect() };
        Self { everything, queues: set(sight.queues()), endpoints: set(sight.endpoints()) }
    }

    /// Whether that queue is.
    pub(super) fn queue(&self, place: &(String, String)) -> bool {
        self.everything || self.queues.contains(place)
    }

    /// Whether the agent at that endpoint is.
    pub(super) fn agent(&self, place: &(String, String)) -> bool {
        self.everything || self.endpoints.contains(place)
    }

    /// 404 unless the agent at that endpoint is.
    pub(super) fn only_agent(&self, pbx: &str, endpoint: &str) -> Result<(), ApiError> {
        if self.agent(&(pbx.to_owned(), endpoint.to_owned())) { Ok(()) } else { Err(ApiError::NotFound) }
    }

    /// 404 unless that queue is.
    pub(super) fn only_queue(&self, pbx: &str, queue: &str) -> Result<(), ApiError> {
        if self.queue(&(pbx.to_owned(), queue.to_owned())) { Ok(()) } else { Err(ApiError::NotFound) }
    }
}
