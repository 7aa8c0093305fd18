//! What was written and is not yet published: the newest view of each changed row.
//!
//! Bounded by the number of rows: a row has one place here however often it changes.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::Thread;
use std::time::Instant;

use ahash::{AHashMap, RandomState};
use parking_lot::Mutex;

use super::Urgency;
use crate::view::{Table, Text, Trust, View};

const SHARDS: usize = 16;

/// A change that waits for its publication.
#[derive(Debug)]
pub(super) struct Pending {
    /// `None`: the row is gone.
    pub(super) view: Option<Arc<View>>,
    /// Receive instant of the oldest event in it.
    pub(super) received: Instant,
}

type Shard = [AHashMap<Text, Pending>; Table::ALL.len()];

pub(super) struct Inbox {
    hash: RandomState,
    shards: [Mutex<Shard>; SHARDS],
    trusts: Mutex<AHashMap<Text, Trust>>,
    depth: AtomicUsize,
    urgent: AtomicBool,
    soon: AtomicBool,
    publisher: OnceLock<Thread>,
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            hash: RandomState::new(),
            shards: Default::default(),
            trusts: Mutex::default(),
            depth: AtomicUsize::new(0),
            urgent: AtomicBool::new(false),
            soon: AtomicBool::new(false),
            publisher: OnceLock::new(),
        }
    }
}

impl Inbox {
    pub(super) fn put(&self, view: View, urgency: Urgency, received: Instant) {
        let (table, id) = (view.table(), view.id().clone());
        self.change(table, id, Some(Arc::new(view)), received);
        self.ring_the_bell(urgency);
    }

    pub(super) fn remove(&self, table: Table, id: &str, urgency: Urgency, received: Instant) {
        self.change(table, id.into(), None, received);
        self.ring_the_bell(urgency);
    }

    pub(super) fn pbx_trust(&self, pbx: &str, trust: Trust) {
        self.trusts.lock().insert(pbx.into(), trust);
        self.ring_the_bell(Urgency::Urgent);
    }

    fn change(&self, table: Table, id: Text, view: Option<Arc<View>>, received: Instant) {
        let shard = &self.shards[self.hash.hash_one(&id) as usize % SHARDS];
        // the replaced view is dropped at the end, outside the lock
        let _replaced = {
            let mut shard = shard.lock();
            match shard[table as usize].get_mut(&id) {
                Some(pending) => std::mem::replace(&mut pending.view, view),
                None => {
                    self.depth.fetch_add(1, Ordering::Relaxed);
                    shard[table as usize].insert(id, Pending { view, received });
                    None
                }
            }
        };
    }

    /// Wakes the publisher once per publication, not once per change.
    fn ring_the_bell(&self, urgency: Urgency) {
        let bell = match urgency {
            Urgency::Urgent => &self.urgent,
            Urgency::Soon => &self.soon,
        };
        if !bell.swap(true, Ordering::AcqRel)
            && let Some(publisher) = self.publisher.get()
        {
            publisher.unpark();
        }
    }

    /// Has this thread woken from now on. Only one publisher is ever woken.
    pub(super) fn wake(&self, publisher: Thread) -> bool {
        self.publisher.set(publisher).is_ok()
    }

    /// What waits: urgent, soon.
    pub(super) fn waits(&self) -> (bool, bool) {
        (self.urgent.load(Ordering::Acquire), self.soon.load(Ordering::Acquire))
    }

    pub(super) fn depth(&self) -> usize {
        self.depth.load(Ordering::Relaxed)
    }

    /// Takes all that waits. The bells are reset first, so that what comes while we take rings again.
    pub(super) fn take(&self, each: &mut dyn FnMut(Table, Text, Pending)) -> AHashMap<Text, Trust> {
        self.urgent.store(false, Ordering::Release);
        self.soon.store(false, Ordering::Release);
        let trusts = std::mem::take(&mut *self.trusts.lock());
        for shard in &self.shards {
            let taken = std::mem::take(&mut *shard.lock());
            let count: usize = taken.iter().map(|rows| rows.len()).sum();
            self.depth.fetch_sub(count, Ordering::Relaxed);
            for (table, rows) in Table::ALL.into_iter().zip(taken) {
                for (id, pending) in rows {
                    each(table, id, pending);
                }
            }
        }
        trusts
    }
}
