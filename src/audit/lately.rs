//! What was done lately, as the journal on disk has it: also what no database knows yet.

use std::io::{self, BufRead, BufReader};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::chain::Line;
use super::journal::{Audit, files};

/// An entry, read back.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PastEntry {
    /// Its number in its journal.
    pub n: u64,
    /// When.
    pub at_ms: i64,
    /// User id; empty where nobody was logged in.
    pub who: String,
    /// What.
    pub act: String,
    /// `asked`, `done` or the slug of the refusal.
    pub outcome: String,
    /// The entry in which it was asked.
    #[serde(default)]
    pub of: Option<u64>,
    /// What else was said.
    #[serde(default)]
    pub with: Map<String, Value>,
}

impl Audit {
    /// Entries since then that are on this disk, the oldest first.
    ///
    /// # Errors
    /// With the path, when a file cannot be read.
    pub fn since(&self, at_ms: i64) -> io::Result<Vec<PastEntry>> {
        let mut all = Vec::new();
        for (_, path) in files(&self.shared().folder)?.into_iter().rev() {
            let wrong = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", path.display()));
            let mut entries = Vec::new();
            for text in BufReader::new(std::fs::File::open(&path).map_err(wrong)?).lines() {
                let line = Line::parse(&text.map_err(wrong)?);
                entries.extend(line.and_then(|line| serde_json::from_str::<PastEntry>(&line.entry).ok()));
            }
            let oldest = entries.first().map(|entry| entry.at_ms);
            all.splice(0..0, entries.into_iter().filter(|entry| entry.at_ms >= at_ms));
            if oldest.is_some_and(|oldest| oldest < at_ms) {
                break; // the files before are older still
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Note;

    #[tokio::test]
    async fn what_was_done_is_read_back_with_what_became_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::open(folder.path().to_owned()).unwrap();
        let mut note = Note { who: "marie".into(), act: "originate", outcome: "asked", ..Note::default() };
        note.with.insert("destination".into(), "0612345678".into());
        let of = Some(audit.write(note.clone()).await.unwrap());
        audit.write(Note { of, outcome: "done", with: Map::new(), ..note }).await.unwrap();
        let entries = audit.since(0).unwrap();
        let told: Vec<_> = entries.iter().map(|e| (e.who.as_str(), e.outcome.as_str(), e.of)).collect();
        assert_eq!(told, [("marie", "asked", None), ("marie", "done", Some(1))]);
        assert_eq!(entries[0].with["destination"], "0612345678");
        assert_eq!(audit.since(i64::MAX).unwrap(), []);
    }
}
