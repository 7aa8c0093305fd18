//! The writer: batches into PostgreSQL, or onto the disk while that is away.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::entry::Entry;
use super::figures::{Figures, Keeping};
use super::insert::write;
use super::journal::Note;
use super::spool::Spool;
use crate::db::{self, Db};

/// Rows of one transaction.
const BATCH: usize = 1_000;
/// A row waits so long for others.
const GATHER: Duration = Duration::from_millis(200);
/// Between two tries while the database is away.
const RETRY: Duration = Duration::from_secs(1);
/// A transaction that takes longer is given up, and its facts wait on disk (F26).
const WRITE_WITHIN: Duration = Duration::from_secs(10);

/// Why rows could not be stored.
enum Failure {
    /// The database is away: they wait.
    Away(String),
    /// It is there and does not take these rows.
    Refused(String),
}

/// See the module.
pub(super) struct Writer {
    db: Db,
    inbox: Receiver<Note>,
    spool: Spool,
    figures: Arc<Figures>,
    keeping: Keeping,
    client: Option<Client>,
    tried: Option<Instant>,
    /// Why facts are being lost, while they are.
    losing: Option<String>,
    told: Option<String>,
}

impl Writer {
    pub(super) fn new(
        db: Db,
        inbox: Receiver<Note>,
        spool: Spool,
        figures: Arc<Figures>,
        keeping: Keeping,
    ) -> Self {
        figures.spooled.store(spool.waiting(), Relaxed);
        Self { db, inbox, spool, figures, keeping, client: None, tried: None, losing: None, told: None }
    }

    /// Until the floor lets go of its end, and everything is stored or on disk.
    pub(super) fn run(mut self) {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return log::error!("journal: no runtime: {error}"),
        };
        runtime.block_on(async {
            self.connect().await;
            loop {
                let (batch, more) = self.gather();
                // The connection lives on this thread too: now it hears what came meanwhile, also its end.
                tokio::time::sleep(Duration::from_millis(1)).await;
                self.take(batch).await;
                if !more {
                    return;
                }
            }
        });
    }

    /// What has come, waiting for the first of it; and whether more may come.
    fn gather(&self) -> (Vec<Entry>, bool) {
        let mut batch = Vec::new();
        let until = Instant::now() + GATHER;
        while batch.len() < BATCH {
            match self.inbox.recv_deadline(until) {
                Ok(Note::Fact(pbx, fact)) => batch.push(Entry::of(&pbx, &fact)),
                Ok(Note::Row(entry)) => batch.push(entry),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return (batch, false),
            }
        }
        (batch, true)
    }

    async fn take(&mut self, batch: Vec<Entry>) {
        if self.client.as_ref().is_some_and(Client::is_closed) {
            self.away("the connection was closed".to_owned());
        }
        if self.client.is_none() && self.tried.is_none_or(|at| at.elapsed() >= RETRY) {
            self.connect().await;
        }
        // order matters: what waits on disk goes first
        while self.client.is_some() && self.spool.waiting() > 0 && self.drain().await {}
        if batch.is_empty() {
            return;
        }
        if self.spool.waiting() == 0 && self.client.is_some() {
            match self.store(&batch).await {
                Ok(()) => {
                    self.losing = None;
                    return self.tell();
                }
                Err(why) => self.away(why),
            }
        }
        self.keep(&batch);
    }

    async fn connect(&mut self) {
        self.tried = Some(Instant::now());
        let connected = match self.db.prepare().await {
            Ok(()) => self.db.connect().await.map_err(|e| db::words(&e)),
            Err(why) => Err(why),
        };
        match connected {
            Ok(client) => self.client = Some(client),
            Err(why) => self.away(why),
        }
        self.tell();
    }

    fn away(&mut self, why: String) {
        self.client = None;
        self.db.is_away(&why);
        self.tell();
    }

    /// Says how it stands, when that changed.
    fn tell(&mut self) {
        let now = self.losing.clone().or_else(|| self.db.problem());
        if self.told != now {
            self.told.clone_from(&now);
            (self.keeping)(now);
        }
    }

    /// Stores the oldest part of what waits on disk; whether that went well.
    async fn drain(&mut self) -> bool {
        let (entries, stored) = match self.spool.oldest(BATCH) {
            Ok(oldest) => oldest,
            Err(error) => {
                log::error!("journal: the spool cannot be read: {error}");
                return false;
            }
        };
        if let Err(why) = self.store(&entries).await {
            self.away(why);
            return false;
        }
        if let Err(error) = self.spool.stored(&stored) {
            // stored once more after a restart, which changes nothing
            log::error!("journal: the spool cannot be shortened: {error}");
        }
        self.figures.spooled.store(self.spool.waiting(), Relaxed);
        true
    }

    fn keep(&mut self, batch: &[Entry]) {
        self.losing = self.spool.append(batch).err().map(|error| format!("facts are being lost: {error}"));
        if let Some(why) = &self.losing {
            log::error!("journal: {} {why}", batch.len());
            self.figures.lost.fetch_add(batch.len() as u64, Relaxed);
        }
        self.tell();
        self.figures.spooled.store(self.spool.waiting(), Relaxed);
    }

    /// Stores a batch, row by row where the database takes it not as a whole.
    ///
    /// # Errors
    /// Why the database is away.
    async fn store(&mut self, batch: &[Entry]) -> Result<(), String> {
        match self.write(batch).await {
            Ok(()) => {
                self.figures.written.fetch_add(batch.len() as u64, Relaxed);
                return Ok(());
            }
            Err(Failure::Away(why)) => return Err(why),
            Err(Failure::Refused(_)) => {}
        }
        for entry in batch {
            match self.write(std::slice::from_ref(entry)).await {
                Ok(()) => self.figures.written.fetch_add(1, Relaxed),
                Err(Failure::Away(why)) => return Err(why),
                Err(Failure::Refused(why)) => {
                    log::error!("journal: the database refused a fact: {why}");
                    if let Err(error) = self.spool.refuse(entry, &why) {
                        log::error!("journal: it could not be kept aside either: {error}");
                    }
                    self.figures.refused.fetch_add(1, Relaxed)
                }
            };
        }
        Ok(())
    }

    async fn write(&mut self, batch: &[Entry]) -> Result<(), Failure> {
        let Some(client) = &mut self.client else { return Err(Failure::Away("not connected".into())) };
        match tokio::time::timeout(WRITE_WITHIN, write(client, batch)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) if is_away(&error) => Err(Failure::Away(db::words(&error))),
            Ok(Err(error)) => Err(Failure::Refused(db::words(&error))),
            Err(_) => Err(Failure::Away(format!("a transaction took more than {WRITE_WITHIN:?}"))),
        }
    }
}

/// Whether the error is about the server and not about the rows.
fn is_away(error: &tokio_postgres::Error) -> bool {
    let Some(code) = error.code() else { return !error.to_string().contains("serializing parameter") };
    // 08 connection, 25006 read-only (a standby), 40 rolled back, 53 resources (a full disk), 57 shut down, 58 system
    *code == SqlState::READ_ONLY_SQL_TRANSACTION
        || ["08", "40", "53", "57", "58"].iter().any(|class| code.code().starts_with(class))
}
