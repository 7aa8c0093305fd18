//! What the kernel tells whoever makes alarms of it.

use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use parking_lot::RwLock;

use super::spec::{Kind, Reason};

/// Something an administrator should see.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// An actor used up its budget: alarm `actor_set_aside`.
    SetAside {
        /// Its name.
        actor: CompactString,
        /// Its kind.
        kind: Kind,
        /// Why; its root cause is the first fault.
        cause: Reason,
    },
    /// What was set aside is not needed any more: that alarm ends.
    Forgotten {
        /// Its name.
        actor: CompactString,
    },
    /// A part gave up and is tried again later: alarm `part_degraded` begins.
    Degraded {
        /// Its name.
        part: CompactString,
        /// Why.
        cause: Reason,
        /// When it is tried again.
        retry_in: Duration,
    },
    /// It was started again: that alarm ends.
    Recovered {
        /// Its name.
        part: CompactString,
    },
    /// An actor holds its arbiter: a warning at 250 ms; at 5 s alarm `arbiter_held` begins.
    Held {
        /// Its name, or `outside any actor`.
        actor: CompactString,
        /// The message it works on.
        message: &'static str,
        /// For how long, as far as seen.
        held: Duration,
        /// The long one.
        alarm: bool,
    },
    /// It let go: that alarm ends.
    Freed {
        /// Its name.
        actor: CompactString,
        /// How long it was, as far as seen.
        held: Duration,
    },
    /// An event was skipped and kept.
    Quarantined {
        /// Whose.
        actor: CompactString,
        /// What kind of event.
        message: CompactString,
        /// As in the log line of its panic.
        error_id: u64,
    },
}

type Listener = Arc<dyn Fn(&Notice) + Send + Sync>;

static LISTENERS: RwLock<Vec<Listener>> = RwLock::new(Vec::new());

/// From now on that function is told; on any thread, so it must be quick and must not panic.
pub fn listen(listener: impl Fn(&Notice) + Send + Sync + 'static) {
    LISTENERS.write().push(Arc::new(listener));
}

pub(super) fn tell(notice: &Notice) {
    let listeners = LISTENERS.read().clone();
    for listener in listeners {
        listener(notice);
    }
}
