//! The newest picture, and changes: decided on what is written while nobody else changes it, and then written.

use std::sync::{Arc, Weak};
use std::time::Duration;

use actors::numbers::NumberPlan;
use parking_lot::RwLock;
use serde_json::Value;

use super::book::{Choice, FlowBook};
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
pub struct Flows {
    store: Store,
    turn: tokio::sync::Mutex<()>,
    newest: RwLock<Option<Arc<FlowBook>>>,
}

impl Flows {
    /// Kept there, and followed until the last handle is gone; called numbers are compared by that plan. Must be
    /// called inside a runtime.
    pub fn start(db: Db, plan: NumberPlan) -> Arc<Self> {
        let store = Store { db, plan: Arc::new(plan) };
        let this = Arc::new(Self { store, turn: tokio::sync::Mutex::default(), newest: RwLock::default() });
        let flows: Weak<Self> = Arc::downgrade(&this);
        tokio::spawn(async move {
            loop {
                let Some(flows) = flows.upgrade() else { return };
                let pause = if flows.now().is_some() { LOOK_EVERY } else { FIRST_EVERY };
                flows.look().await;
                drop(flows);
                tokio::time::sleep(pause).await;
            }
        });
        this
    }

    /// The newest picture; `None` before the database was reached for the first time.
    pub fn now(&self) -> Option<Arc<FlowBook>> {
        self.newest.read().clone()
    }

    /// What who called that number walks now.
    pub fn for_called(&self, called: &str) -> Choice {
        self.now().map_or(Choice::Nothing, |book| book.for_called(called))
    }

    /// What of a flow was published, the newest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn versions(&self, id: &str) -> Result<Vec<Version>, Unavailable> {
        self.store.versions(id).await
    }

    /// What that version of a flow was; `None` when there is none.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn drawing(&self, id: &str, version: i32) -> Result<Option<Value>, Unavailable> {
        self.store.drawing(id, version).await
    }

    /// Changes flows: `decide` is shown them as they are, while nobody else changes anything, and says what is
    /// written. That it was holds in this process when this returns, with what they are then.
    ///
    /// # Errors
    /// What `decide` refuses, in which case nothing is written; else see [`Denied`].
    pub async fn change<E: From<Denied>>(
        &self,
        decide: impl FnOnce(&FlowBook) -> Result<Write, E>,
    ) -> Result<Arc<FlowBook>, E> {
        // who waits for another of this process holds no connection meanwhile
        let turn = tokio::time::timeout(TURN_WITHIN, self.turn.lock()).await;
        let _turn = turn.map_err(|_| Denied::from(Unavailable::Busy))?;
        let known = self.now();
        let mut connection = self.store.db.get().await.map_err(Denied::from)?;
        let transaction = connection.transaction().await.map_err(denied)?;
        let lock = "select version from vigie.flows_version for update";
        let version: i64 = transaction.query_one(lock, &[]).await.map_err(denied)?.get(0);
        let before = match known.clone().filter(|known| known.version == version) {
            Some(known) => known,
            None => Arc::new(self.store.read(&transaction, known.as_deref()).await.map_err(denied)?),
        };
        decide(&before)?.run(&transaction).await?;
        let after = Arc::new(self.store.read(&transaction, Some(&before)).await.map_err(denied)?);
        match transaction.commit().await {
            Ok(()) => {}
            Err(error) if error.as_db_error().is_some() => return Err(denied(error).into()),
            Err(error) => {
                // the next look shows which it was
                log::warn!("flows: the connection was lost at a commit: {error}");
                return Err(Denied::Unknowable.into());
            }
        }
        self.show(after.clone());
        Ok(after)
    }

    /// It is the newest now, unless there is a newer one.
    fn show(&self, read: Arc<FlowBook>) {
        let mut newest = self.newest.write();
        if newest.as_ref().is_none_or(|known| known.version < read.version) {
            *newest = Some(read);
        }
    }

    async fn look(&self) {
        // away: the last picture stays, and the log has why
        let Ok(version) = self.store.version().await else { return };
        let known = self.now();
        if known.as_ref().is_none_or(|known| known.version != version)
            && let Ok(read) = self.store.load(known.as_deref()).await
        {
            self.show(Arc::new(read));
        }
    }
}
