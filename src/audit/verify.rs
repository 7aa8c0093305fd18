//! Whether the log is whole: `vigie audit verify`.

use std::collections::BTreeMap;
use std::path::Path;

use tokio_postgres::Client;

use super::chain::{self, Line};
use super::journal::files;
use crate::db::Db;

/// `vigie audit`.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Whether the log is whole: names every entry that was changed or is missing, and fails then
    Verify,
}

/// Does it; what is to be said.
///
/// # Errors
/// When the log is not whole, or cannot be read.
pub async fn run(command: &Command, db: &Db, folder: &Path) -> Result<String, String> {
    let Command::Verify = command;
    db.prepare().await?;
    let client = db.connect().await.map_err(|e| crate::db::words(&e))?;
    let report = verify(&client, &folder.join("audit")).await?;
    let Report { entries, journals, waiting, problems } = &report;
    let mut said = format!("{entries} entries of {journals} journals");
    if *journals == 1 {
        said = format!("{entries} entries of 1 journal");
    }
    if *waiting > 0 {
        said.push_str(&format!(", {waiting} more on disk are not in the database yet"));
    }
    match problems.is_empty() {
        true => Ok(format!("{said}: the chain is whole")),
        false => Err(format!("{said}: not whole\n{}", problems.join("\n"))),
    }
}

/// Entries read at once.
const PAGE: i64 = 2_000;
/// Problems that are named.
const MOST: usize = 100;

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Entries that were looked at.
    pub entries: u64,
    /// Journals they are of.
    pub journals: usize,
    /// Lines on this machine that are not in the database yet.
    pub waiting: u64,
    /// Each with the entry's journal and number; empty: the log is whole.
    pub problems: Vec<String>,
}

/// Reads every entry, and the journal that is in that folder.
///
/// # Errors
/// When the database or the folder cannot be read.
pub async fn verify(client: &Client, folder: &Path) -> Result<Report, String> {
    let failed = |e: tokio_postgres::Error| crate::db::words(&e);
    let mut report = Report::default();
    let (own, mut on_disk) = on_disk(folder)?;
    let journals =
        client.query("select distinct journal from vigie.audit order by 1", &[]).await.map_err(failed)?;
    for row in &journals {
        let journal: String = row.get(0);
        report.journals += 1;
        let (mut last, mut hash) = (0_u64, chain::first(&journal));
        loop {
            let text =
                "select n, entry, hash from vigie.audit where journal = $1 and n > $2 order by n limit $3";
            let after = i64::try_from(last).unwrap_or(i64::MAX);
            let page = client.query(text, &[&journal, &after, &PAGE]).await.map_err(failed)?;
            for row in &page {
                let n = u64::try_from(row.get::<_, i64>("n")).unwrap_or(0);
                let line = Line { n, entry: row.get("entry"), hash: row.get("hash") };
                report.entries += 1;
                report.look(&journal, last, &hash, &line);
                if own.as_ref() == Some(&journal) && on_disk.remove(&n).is_some_and(|disk| disk != line) {
                    report.say(format!("journal {journal}, entry {n}: differs from the line on disk"));
                }
                (last, hash) = (n, line.hash);
            }
            if page.len() < PAGE as usize {
                break;
            }
        }
        if own.as_ref() == Some(&journal) {
            report.waiting = on_disk.range(last + 1..).count() as u64;
        }
    }
    if journals.is_empty() {
        report.waiting = on_disk.len() as u64;
    }
    Ok(report)
}

impl Report {
    fn look(&mut self, journal: &str, last: u64, before: &str, line: &Line) {
        let n = line.n;
        if n != last + 1 {
            let gone = if n == last + 2 { "entry".to_owned() } else { format!("entries {} to", last + 1) };
            self.say(format!("journal {journal}, {gone} {}: missing", n - 1));
            // nothing after it can be checked against what is gone
            return;
        }
        let stated = Line::parse(&format!("{} {}", line.hash, line.entry)).map(|line| line.n);
        if !line.follows(before) || stated != Some(n) {
            self.say(format!("journal {journal}, entry {n}: changed"));
        }
    }

    fn say(&mut self, problem: String) {
        if self.problems.len() < MOST {
            self.problems.push(problem);
        }
    }
}

/// The journal of this machine: its id, and its lines by their number.
fn on_disk(folder: &Path) -> Result<(Option<String>, BTreeMap<u64, Line>), String> {
    let Ok(id) = std::fs::read_to_string(folder.join("journal")) else { return Ok((None, BTreeMap::new())) };
    let mut lines = BTreeMap::new();
    for (_, path) in files(folder).map_err(|e| e.to_string())? {
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        lines.extend(text.lines().filter_map(Line::parse).map(|line| (line.n, line)));
    }
    Ok((Some(id.trim().to_owned()), lines))
}
