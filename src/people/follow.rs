//! The newest picture, and who is told when there is a newer one.

use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};

use super::changes::{Changes, Recent};
use super::directory::Directory;
use super::store::Store;
use super::write::{Denied, UserChange, Write};
use crate::db::Unavailable;

/// How often the database is asked for its version: another process's change holds within this.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Before the first picture.
const FIRST_EVERY: Duration = Duration::from_millis(100);

type Told = Box<dyn Fn(&Arc<Directory>) + Send + Sync>;

/// See the module.
pub struct People {
    /// Where they are kept.
    pub store: Store,
    newest: RwLock<Option<Arc<Directory>>>,
    recent: Mutex<Recent>,
    told: Mutex<Vec<Told>>,
}

impl People {
    /// Kept there; nothing is known before [`People::follow`] has read it.
    pub fn new(store: Store) -> Arc<Self> {
        Arc::new(Self { store, newest: RwLock::default(), recent: Mutex::default(), told: Mutex::default() })
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

    /// Changes people: `decide` is shown them as they are, while nobody else changes anything, and says what is
    /// written. That it was holds everywhere in this process when this returns.
    ///
    /// # Errors
    /// What `decide` refuses; else see [`Denied`].
    pub async fn change<E: From<Denied>>(
        &self,
        decide: impl FnOnce(&Arc<Directory>) -> Result<Write, E>,
    ) -> Result<Arc<Directory>, E> {
        let after = Arc::new(self.store.change(decide).await?);
        self.show(after.clone());
        Ok(after)
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

    /// Reads it anew.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn refresh(&self) -> Result<Arc<Directory>, Unavailable> {
        Ok(self.show(Arc::new(self.store.load().await?)))
    }

    /// It is the newest now, unless there is a newer one: then that.
    fn show(&self, read: Arc<Directory>) -> Arc<Directory> {
        {
            let mut newest = self.newest.write();
            // two that read at once: the later one stays
            match &*newest {
                Some(known) if known.version >= read.version => return known.clone(),
                Some(known) => self.recent.lock().add(Changes::between(known, &read)),
                None => {}
            }
            *newest = Some(read.clone());
        }
        for told in self.told.lock().iter() {
            told(&read);
        }
        read
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
        if self.now().is_none_or(|known| known.version != version) {
            let _ = self.refresh().await;
        }
    }
}
