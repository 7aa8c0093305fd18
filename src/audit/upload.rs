//! Lines on their way into the database, in order; they stay on disk until they are there.

use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::chain::Line;
use super::journal::{Audit, Shared, files};
use crate::db::{self, Db};

/// Lines of one statement.
const BATCH: usize = 500;
const RETRY: Duration = Duration::from_secs(1);
/// Files that stay on disk although the database has them: `vigie audit verify` compares the two.
const FILES_KEPT: usize = 4;

impl Audit {
    /// Keeps the database up to date until the last handle is gone. Must be called inside a runtime.
    pub fn upload(&self, db: Db) {
        let shared = std::sync::Arc::downgrade(self.shared());
        tokio::spawn(run(shared, db));
    }
}

/// Where reading goes on.
#[derive(Default)]
struct Place {
    sent: u64,
    path: PathBuf,
    offset: u64,
}

async fn run(shared: Weak<Shared>, db: Db) {
    let mut place: Option<Place> = None;
    let mut said = String::new();
    loop {
        let Some(journal) = shared.upgrade() else { return };
        let behind = place.as_ref().is_none_or(|p| p.sent < journal.written.load(Ordering::Acquire));
        if !behind {
            // a line, or the end of all
            let _ = tokio::time::timeout(RETRY, journal.news.notified()).await;
            continue;
        }
        if let Err(why) = advance(&journal, &db, &mut place).await {
            if said != why {
                log::warn!("audit: entries wait on disk: {why}");
                said = why;
            }
            place = None;
            drop(journal);
            tokio::time::sleep(RETRY).await;
        } else {
            said.clear();
        }
    }
}

async fn advance(journal: &Shared, db: &Db, place: &mut Option<Place>) -> Result<(), String> {
    let connection = db.get().await.map_err(|e| e.to_string())?;
    let mut here = match place.take() {
        Some(here) => here,
        None => {
            let last = "select coalesce(max(n), 0) from vigie.audit where journal = $1";
            let row = connection.query_one(last, &[&journal.id]).await.map_err(|e| db::words(&e))?;
            Place { sent: u64::try_from(row.get::<_, i64>(0)).unwrap_or(0), ..Place::default() }
        }
    };
    // before it is read: a line that is written meanwhile is the next one's
    let written = journal.written.load(Ordering::Acquire);
    let lines = here.read(journal).map_err(|e| e.to_string())?;
    let (mut numbers, mut entries, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
    for line in &lines {
        numbers.push(i64::try_from(line.n).unwrap_or(i64::MAX));
        entries.push(line.entry.as_str());
        hashes.push(line.hash.as_str());
    }
    let text = "insert into vigie.audit (journal, n, entry, hash) \
        select $1, * from unnest($2::bigint[], $3::text[], $4::text[]) on conflict do nothing";
    connection.execute(text, &[&journal.id, &numbers, &entries, &hashes]).await.map_err(|e| db::words(&e))?;
    match lines.last() {
        Some(last) => here.sent = last.n,
        // its lines are not on disk any more: go on after them, the check names what is missing
        None => here.sent = here.sent.max(written),
    }
    tidy(journal, here.sent).map_err(|e| e.to_string())?;
    *place = Some(here);
    Ok(())
}

impl Place {
    /// The next lines after those that were sent.
    fn read(&mut self, journal: &Shared) -> io::Result<Vec<Line>> {
        let mut lines = Vec::new();
        let files = files(&journal.folder)?;
        let at = files.iter().rposition(|(first, _)| *first <= self.sent + 1).unwrap_or(0);
        for (_, path) in files.iter().skip(at) {
            if *path != self.path {
                (self.path, self.offset) = (path.clone(), 0);
            }
            let mut file = std::fs::File::open(path)?;
            file.seek(SeekFrom::Start(self.offset))?;
            let mut reader = BufReader::new(file);
            let mut text = String::new();
            while lines.len() < BATCH && reader.read_line(&mut text)? > 0 && text.ends_with('\n') {
                self.offset += text.len() as u64;
                if let Some(line) = Line::parse(text.trim_end()).filter(|line| line.n > self.sent) {
                    lines.push(line);
                }
                text.clear();
            }
            if lines.len() == BATCH {
                break;
            }
        }
        Ok(lines)
    }
}

/// Removes files that the database has, but the newest.
fn tidy(journal: &Shared, sent: u64) -> io::Result<()> {
    let files = files(&journal.folder)?;
    for pair in files.windows(2).take(files.len().saturating_sub(FILES_KEPT)) {
        if let [(_, path), (next, _)] = pair
            && *next <= sent + 1
        {
            std::fs::remove_file(path)?;
        }
    }
    Ok(())
}
