//! How the state of a call passes to the older call that absorbs it.
//!
//! The younger fills it when it has worked on all that was queued for it; the older, told at the
//! same time, takes no other message before. Both are told by the router, which sends everything
//! that comes later to the older: so no event is early, late or lost.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// The place where the state is put and taken from. Cloning gives another hand on the same place.
#[derive(Debug)]
pub struct HandOver<S> {
    shared: Arc<Shared<S>>,
}

impl<S> Clone for HandOver<S> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

#[derive(Debug)]
struct Shared<S> {
    state: Mutex<Option<S>>,
    filled: Notify,
}

impl<S> Default for HandOver<S> {
    fn default() -> Self {
        Self { shared: Arc::new(Shared { state: Mutex::new(None), filled: Notify::new() }) }
    }
}

impl<S> HandOver<S> {
    /// Puts the state there.
    pub fn fill(&self, state: S) {
        *self.shared.state.lock() = Some(state);
        self.shared.filled.notify_one();
    }

    /// Takes it, when it is there.
    pub fn take(&self) -> Option<S> {
        self.shared.state.lock().take()
    }

    /// Returns once it is there.
    pub async fn filled(&self) {
        loop {
            let filled = self.shared.filled.notified();
            if self.shared.state.lock().is_some() {
                return;
            }
            filled.await;
        }
    }
}
