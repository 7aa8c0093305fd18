//! The newest picture, and changes: decided on what is written while nobody else changes it, and then written.

use std::sync::{Arc, Weak};
use std::time::Duration;

use actors::numbers::NumberPlan;
use parking_lot::RwLock;
use tokio::sync::watch;

use super::book::AssistantBook;
use super::faults::{Fault, Offered, judge};
use super::form::Form;
use super::standing::{Seats, Standing, Standings, State};
use super::store::{Store, Version};
use super::write::{Denied, Write, denied};
use crate::db::{Db, Unavailable};

/// How often the database is asked for its version: another process's change holds within this.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Before the first picture.
const FIRST_EVERY: Duration = Duration::from_millis(100);
/// Who waits for others of this process waits no longer than for others of the database.
const TURN_WITHIN: Duration = Duration::from_secs(5);

/// See the module.
pub struct Assistants {
    store: Store,
    turn: tokio::sync::Mutex<()>,
    newest: watch::Sender<Option<Arc<AssistantBook>>>,
    offered: RwLock<Arc<Offered>>,
    standings: Standings,
}

impl Assistants {
    /// Kept there, and followed until the last handle is gone; called numbers are compared by that plan. Must be
    /// called inside a runtime.
    pub fn start(db: Db, plan: NumberPlan) -> Arc<Self> {
        let this = Arc::new(Self {
            store: Store { db, plan: Arc::new(plan) },
            turn: tokio::sync::Mutex::default(),
            newest: watch::Sender::new(None),
            offered: RwLock::default(),
            standings: Standings::default(),
        });
        let assistants: Weak<Self> = Arc::downgrade(&this);
        tokio::spawn(async move {
            loop {
                let Some(assistants) = assistants.upgrade() else { return };
                let pause = if assistants.now().is_some() { LOOK_EVERY } else { FIRST_EVERY };
                assistants.look().await;
                drop(assistants);
                tokio::time::sleep(pause).await;
            }
        });
        this
    }

    /// The newest picture; `None` before the database was reached for the first time.
    pub fn now(&self) -> Option<Arc<AssistantBook>> {
        self.newest.borrow().clone()
    }

    /// Each picture as it comes.
    pub fn follow(&self) -> watch::Receiver<Option<Arc<AssistantBook>>> {
        self.newest.subscribe()
    }

    /// What engines there are here.
    pub fn offer(&self, offered: Offered) {
        *self.offered.write() = Arc::new(offered);
    }

    /// The same, for who asks.
    pub fn offered(&self) -> Arc<Offered> {
        self.offered.read().clone()
    }

    /// What hinders that this answers here.
    pub fn judge(&self, form: &Form) -> Vec<Fault> {
        judge(form, &self.offered())
    }

    /// How it stands, as whoever prepares it told.
    pub fn standing(&self, id: &str) -> Standing {
        let closed = || {
            let book = self.now()?;
            let serving = book.assistants.get(id)?.serving.clone()?;
            let opening = serving.opening().ok()?;
            Some(!Form::is_open(opening.as_ref(), jiff::Timestamp::now()))
        };
        Standing { closed: closed().unwrap_or(false), ..self.standings.of(id) }
    }

    /// It stands so.
    pub fn stands(&self, id: &str, state: State, serves: Option<i32>) {
        self.standings.tell(id, state, serves);
    }

    /// Of whom there is nothing any more nothing is told.
    pub fn keep(&self, is_there: impl Fn(&str) -> bool) {
        self.standings.keep(is_there);
    }

    /// Its callers.
    pub fn seats(&self, id: &str) -> Arc<Seats> {
        self.standings.seats(id)
    }

    /// What of an assistant was published, the newest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn versions(&self, id: &str) -> Result<Vec<Version>, Unavailable> {
        self.store.versions(id).await
    }

    /// What that version of an assistant was; `None` when there is none.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn form(&self, id: &str, version: i32) -> Result<Option<Form>, Unavailable> {
        self.store.form(id, version).await
    }

    /// Changes assistants: `decide` is shown them as they are, while nobody else changes anything, and says what is
    /// written. That it was holds in this process when this returns, with what they are then.
    ///
    /// # Errors
    /// What `decide` refuses, in which case nothing is written; else see [`Denied`].
    pub async fn change<E: From<Denied>>(
        &self,
        decide: impl FnOnce(&AssistantBook) -> Result<Write, E>,
    ) -> Result<Arc<AssistantBook>, E> {
        // who waits for another of this process holds no connection meanwhile
        let turn = tokio::time::timeout(TURN_WITHIN, self.turn.lock()).await;
        let _turn = turn.map_err(|_| Denied::from(Unavailable::Busy))?;
        let mut connection = self.store.db.get().await.map_err(Denied::from)?;
        let transaction = connection.transaction().await.map_err(denied)?;
        let lock = "select version from vigie.assistants_version for update";
        transaction.query_one(lock, &[]).await.map_err(denied)?;
        let before = self.store.read(&transaction).await.map_err(denied)?;
        decide(&before)?.run(&transaction).await?;
        let after = Arc::new(self.store.read(&transaction).await.map_err(denied)?);
        match transaction.commit().await {
            Ok(()) => {}
            Err(error) if error.as_db_error().is_some() => return Err(denied(error).into()),
            Err(error) => {
                // the next look shows which it was
                log::warn!("assistants: the connection was lost at a commit: {error}");
                return Err(Denied::Unknowable.into());
            }
        }
        self.show(after.clone());
        Ok(after)
    }

    /// It is the newest now, unless there is a newer one.
    fn show(&self, read: Arc<AssistantBook>) {
        self.newest.send_if_modified(|newest| {
            let is_newer = newest.as_ref().is_none_or(|known| known.version < read.version);
            if is_newer {
                *newest = Some(read);
            }
            is_newer
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
