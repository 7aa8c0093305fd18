//! The newest picture, and who is told when there is a newer one.

use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};

use super::changes::{Changes, Recent};
use super::directory::Directory;
use super::store::Store;
use super::write::{Denied, UserChange, Write};
use crate::db::Db;

/// How often the database is asked for its version: another process's change holds within this.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Before the first picture.
const FIRST_EVERY: Duration = Duration::from_millis(100);

type Told = Box<dyn Fn(&Arc<Directory>) + Send + Sync>;

/// See the module.
pub struct People {
    pub(super) store: Store,
    /// Whose turn it is to change something.
    pub(super) turn: tokio::sync::Mutex<()>,
    newest: RwLock<Option<Arc<Directory>>>,
    recent: Mutex<Recent>,
    told: Mutex<Vec<Told>>,
}

impl People {
    /// Kept there; nothing is known before [`People::follow`] has read it.
    pub fn new(db: Db) -> Arc<Self> {
        Arc::new(Self {
            store: Store { db },
            turn: tokio::sync::Mutex::default(),
            newest: RwLock::default(),
            recent: Mutex::default(),
            told: Mutex::default(),
        })
    }

    /// The newest picture; `None` before the database was reached for the first time.
    pub fn now(&self) -> Option<Arc<Directory>> {
        self.newest.read().clone()
    }

    /// What changed since that version; `None` when that is too long ago to be known.
    pub fn changes_since(&self, version: i64) -> Option<Changes> {
        self.recent.lock().since(version)
    }

    /// Is told of every picture from now on. Must not block.
    pub fn listen(&self, told: impl Fn(&Arc<Directory>) + Send + Sync + 'static) {
        self.told.lock().push(Box::new(told));
    }

    /// Makes the first administrator, unless there is anybody.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn add_first(&self, first: UserChange) -> Result<Arc<Directory>, Denied> {
        let decide = |directory: &Arc<Directory>| match directory.people.is_empty() {
            true => Ok(Write::AddUsers(vec![first])),
            false => Err(Denied::NotFirst),
        };
        self.change(decide).await
    }

    /// It is the newest now, unless there is a newer one.
    pub(super) fn show(&self, read: Arc<Directory>) {
        {
            let mut newest = self.newest.write();
            // two that read at once: the later one stays
            match &*newest {
                Some(known) if known.version >= read.version => return,
                Some(known) => self.recent.lock().add(Changes::between(known, &read)),
                None => {}
            }
            *newest = Some(read.clone());
        }
        for told in self.told.lock().iter() {
            told(&read);
        }
    }

    /// Keeps it new until the last handle is gone. Must be called inside a runtime.
    pub fn follow(this: &Arc<Self>) {
        let people: Weak<Self> = Arc::downgrade(this);
        tokio::spawn(async move {
            loop {
                let Some(people) = people.upgrade() else { return };
                let pause = if people.now().is_some() { LOOK_EVERY } else { FIRST_EVERY };
                people.look().await;
                drop(people);
                tokio::time::sleep(pause).await;
            }
        });
    }

    async fn look(&self) {
        // away: the last picture stays, and the log has why
        let Ok(version) = self.store.version().await else { return };
        if self.now().is_none_or(|known| known.version != version)
            && let Ok(read) = self.store.load().await
        {
            self.show(Arc::new(read));
        }
    }
}
