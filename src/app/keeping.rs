//! The database and the journal, from the settings; an alarm while nothing can be stored.

use std::io;
use std::sync::Arc;

use actors::board::Board;
use actors::view::Said;

use super::alarms;
use crate::config::{Config, Database};
use crate::db::{Cluster, Db, Source};
use crate::history::{Journal, Reader};

/// `None` where nothing is to be kept.
pub(super) fn start(config: &Config, board: &Arc<Board>) -> io::Result<Option<(Reader, Arc<Journal>)>> {
    let data = config.data.clone().unwrap_or_else(Cluster::default_folder);
    let source = match &config.database {
        Database::Nothing => return Ok(None),
        Database::Private => Source::Private(Cluster::new(data.clone())),
        Database::Server(words) => {
            let config =
                words.reveal().parse().map_err(|_| io::Error::other("DATABASE_URL cannot be read"))?;
            Source::Server(Box::new(config))
        }
    };
    let db = Db::new(source);
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
    Ok(Some((Reader::new(db, journal.figures()), Arc::new(journal))))
}
