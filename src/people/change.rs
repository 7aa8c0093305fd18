//! A change: decided on what is written in the database while nobody else changes it, and then written.
//!
//! ```text
//! lock ─▶ read anew ─▶ decide ─▶ write ─▶ read what it came to ─▶ commit ─▶ that is the newest picture
//! ```
//!
//! The lock is the row of `people_version`, which every change of people moves, also one from psql. So two that
//! change something at once are decided one after the other, and a check is of what is written. What it came to
//! is read before the commit: nothing that can fail comes after it, and an act that is done is told to be.

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Transaction;

use super::directory::Directory;
use super::store::{Store, read};
use super::write::{Denied, Write, denied};

/// Where it is unknown whether a transaction was committed, it is asked so often,
const ASKS: u32 = 5;
/// with such a pause before each.
const ASKS_EVERY: Duration = Duration::from_millis(200);

impl Store {
    /// Writes what `decide` says when it is shown people as they are; gives back what they are then.
    ///
    /// # Errors
    /// What `decide` refuses, in which case nothing is written; else see [`Denied`].
    pub(super) async fn change<E: From<Denied>>(
        &self,
        decide: impl FnOnce(&Arc<Directory>) -> Result<Write, E>,
    ) -> Result<Directory, E> {
        // who waits for another of this process holds no connection meanwhile
        let _turn = self.turn.lock().await;
        let mut connection = self.db.get().await.map_err(Denied::from)?;
        let transaction = connection.transaction().await.map_err(denied)?;
        let before = Arc::new(locked(&transaction).await?);
        let write = decide(&before)?;
        write.run(&transaction).await?;
        let after = read(&transaction).await.map_err(denied)?;
        let id = transaction.query_one("select txid_current()", &[]).await.map_err(denied)?.get(0);
        match transaction.commit().await {
            Ok(()) => Ok(after),
            Err(error) if error.as_db_error().is_some() => Err(denied(error).into()),
            Err(error) => {
                log::warn!("people: the connection was lost at a commit: {error}");
                drop(connection);
                self.was_committed(id).await?;
                Ok(after)
            }
        }
    }

    /// What became of a transaction whose commit was not answered.
    async fn was_committed(&self, id: i64) -> Result<(), Denied> {
        for _ in 0..ASKS {
            tokio::time::sleep(ASKS_EVERY).await;
            let Ok(connection) = self.db.get().await else { continue };
            let Ok(row) = connection.query_one("select txid_status($1)", &[&id]).await else { continue };
            match row.get::<_, Option<&str>>(0) {
                Some("committed") => return Ok(()),
                Some("aborted") => {
                    return Err(Denied::Unavailable(crate::db::Unavailable::Away("it was undone".into())));
                }
                _ => {}
            }
        }
        Err(Denied::Unknowable)
    }
}

/// People as they are, and stay until the transaction ends. Each statement after the first sees what was
/// committed before the lock was had.
async fn locked(transaction: &Transaction<'_>) -> Result<Directory, Denied> {
    let lock = "select version from vigie.people_version for update";
    transaction.query_one(lock, &[]).await.map_err(denied)?;
    read(transaction).await.map_err(denied)
}
