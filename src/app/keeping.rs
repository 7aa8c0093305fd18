//! The database with the journal and the accounts, from the settings; an alarm while nothing can be stored.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use actors::board::Board;
use actors::view::Said;

use super::alarms;
use crate::access::{Access, Accounts};
use crate::config::{Config, Database};
use crate::db::{Cluster, Db, Source};
use crate::history::{Journal, Reader};

/// What stands on the database.
pub(super) struct Kept {
    pub(super) past: Reader,
    pub(super) journal: Arc<Journal>,
    pub(super) access: Access,
    pub(super) db: Db,
}

/// `None` where nothing is to be kept. Must be called inside a runtime.
pub(super) fn start(config: &Config, board: &Arc<Board>) -> io::Result<Option<Kept>> {
    let Some((db, data)) = database(config)? else { return Ok(None) };
    let told = Arc::downgrade(board);
    let keeping = Box::new(move |problem: Option<String>| {
        let Some(board) = told.upgrade() else { return };
        match problem {
            Some(why) => {
                let said = Said::new("reason_given", [&why], why.as_str());
                alarms::begin(&board, "database_away", "database", &said);
            }
            None => alarms::end(&board, "database_away", "database"),
        }
    });
    let journal = Journal::start(db.clone(), data.join("journal"), keeping)?;
    let access = match config.auth {
        true => Access::Accounts(Accounts::start(db.clone(), &data)?),
        false => Access::Open,
    };
    let past = Reader::new(db.clone(), journal.figures());
    Ok(Some(Kept { past, journal: Arc::new(journal), access, db }))
}

/// The folder of `Idempotency-Key`s; `None` where nothing is kept and no folder is named.
pub(super) fn keys(config: &Config) -> Option<PathBuf> {
    let data = match &config.database {
        Database::Nothing => config.data.clone()?,
        Database::Private | Database::Server(_) => folder(config),
    };
    Some(data.join("keys"))
}

fn folder(config: &Config) -> PathBuf {
    config.data.clone().unwrap_or_else(Cluster::default_folder)
}

/// The database that is configured, and the folder of what stands beside it; `None` where nothing is kept.
///
/// # Errors
/// When the configuration cannot be read.
pub fn database(config: &Config) -> io::Result<Option<(Db, PathBuf)>> {
    let data = folder(config);
    let source = match &config.database {
        Database::Nothing => return Ok(None),
        Database::Private => Source::Private(Cluster::new(data.clone())),
        Database::Server(words) => {
            let config =
                words.reveal().parse().map_err(|_| io::Error::other("DATABASE_URL cannot be read"))?;
            Source::Server(Box::new(config))
        }
    };
    Ok(Some((Db::new(source), data)))
}
