//! A change: decided on what is written in the database while nobody else changes it, and then written.
//!
//! ```text
//! turn ─▶ lock ─▶ read what is not known ─▶ decide ─▶ write ─▶ read what it came to ─▶ commit ─▶ that is the newest picture
//! ```
//!
//! The lock is the row of `people_version`, which every change of people moves, also one from psql. So two that
//! change something at once are decided one after the other, and a check is of what is written: the picture in
//! memory is that when it has the version that is locked. What it came to
//! is read before the commit: nothing that can fail comes after it, and an act that is done is told to be.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::MutexGuard;
use tokio_postgres::Transaction;

use super::directory::Directory;
use super::follow::People;
use super::store::{Store, read};
use super::write::{Denied, Write, denied};
use crate::db::Unavailable;

/// Who waits for others of this process waits no longer than for others of the database.
const TURN_WITHIN: Duration = Duration::from_secs(5);

/// Where it is unknown whether a transaction was committed, it is asked so often,
const ASKS: u32 = 5;
/// with such a pause before each.
const ASKS_EVERY: Duration = Duration::from_millis(200);

impl People {
    /// Changes people: `decide` is shown them as they are, while nobody else changes anything, and says what is
    /// written. That it was holds everywhere in this process when this returns, with what they are then.
    ///
    /// # Errors
    /// What `decide` refuses, in which case nothing is written; else see [`Denied`].
    pub async fn change<E: From<Denied>>(
        &self,
        decide: impl FnOnce(&Arc<Directory>) -> Result<Write, E>,
    ) -> Result<Arc<Directory>, E> {
        // who waits for another of this process holds no connection meanwhile
        let _turn = self.turn_within(TURN_WITHIN).await?;
        let after = Arc::new(self.store.change(self.now(), decide).await?);
        // before the turn ends: who is next knows it
        self.show(after.clone());
        Ok(after)
    }

    async fn turn_within(&self, within: Duration) -> Result<MutexGuard<'_, ()>, Denied> {
        tokio::time::timeout(within, self.turn.lock()).await.map_err(|_| Unavailable::Busy.into())
    }
}

impl Store {
    /// The same in the database, by who has that picture of it.
    async fn change<E: From<Denied>>(
        &self,
        known: Option<Arc<Directory>>,
        decide: impl FnOnce(&Arc<Directory>) -> Result<Write, E>,
    ) -> Result<Directory, E> {
        let mut connection = self.db.get().await.map_err(Denied::from)?;
        let transaction = connection.transaction().await.map_err(denied)?;
        let before = locked(&transaction, known).await?;
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
                    return Err(Denied::Unavailable(Unavailable::Away("it was undone".into())));
                }
                _ => {}
            }
        }
        Err(Denied::Unknowable)
    }
}

/// People as they are, and stay until the transaction ends. Each statement after the first sees what was
/// committed before the lock was had.
async fn locked(
    transaction: &Transaction<'_>,
    known: Option<Arc<Directory>>,
) -> Result<Arc<Directory>, Denied> {
    let lock = "select version from vigie.people_version for update";
    let version: i64 = transaction.query_one(lock, &[]).await.map_err(denied)?.get(0);
    match known.filter(|known| known.version == version) {
        Some(known) => Ok(known),
        None => read(transaction).await.map(Arc::new).map_err(denied),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Db, Source};

    #[tokio::test]
    async fn f27_who_waits_too_long_for_his_turn_is_told_that_others_are_busy() {
        let nowhere = Source::Server(Box::new("host=127.0.0.1 port=1".parse().unwrap()));
        let people = People::new(Db::new(nowhere));
        let turn = people.turn_within(Duration::ZERO).await.unwrap();
        let late = people.turn_within(Duration::ZERO).await.map(drop);
        assert_eq!(late, Err(Denied::Unavailable(Unavailable::Busy)));
        drop(turn);
        assert!(people.turn_within(Duration::ZERO).await.is_ok());
    }
}
