//! Facts that wait on disk while the database is away: lines of JSON, in order.
//!
//! One file, appended to; what of it is stored already is known by its length in a second one. Both
//! survive a kill: a line that was cut is dropped when the file is opened, one that was stored but not
//! yet counted is stored again, which changes nothing.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use super::entry::Entry;

/// Bytes that may wait.
const CEILING: u64 = 512 << 20;

/// See the module.
pub(super) struct Spool {
    folder: PathBuf,
    /// Bytes of whole lines in the file.
    length: u64,
    /// Of which so many are stored.
    done: u64,
    waiting: u64,
}

impl Spool {
    /// What an earlier run left there, or an empty one. A folder that cannot be read shows itself at the
    /// first append.
    pub(super) fn open(folder: PathBuf) -> Self {
        let mut spool = Self { folder, length: 0, done: 0, waiting: 0 };
        if let Err(error) = spool.look()
            && error.kind() != io::ErrorKind::NotFound
        {
            log::error!("journal: {} cannot be read: {error}", spool.path("spool").display());
        }
        spool
    }

    fn look(&mut self) -> io::Result<()> {
        let mut bytes = Vec::new();
        File::open(self.path("spool"))?.read_to_end(&mut bytes)?;
        let done = std::fs::read_to_string(self.path("spool-done")).unwrap_or_default();
        self.length = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |at| at as u64 + 1);
        self.done = done.trim().parse().unwrap_or(0).min(self.length);
        let rest = bytes.get(self.done as usize..self.length as usize).unwrap_or_default();
        self.waiting = rest.iter().filter(|b| **b == b'\n').count() as u64;
        if (bytes.len() as u64) > self.length {
            OpenOptions::new().write(true).open(self.path("spool"))?.set_len(self.length)?;
        }
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("journal-{name}.jsonl"))
    }

    /// Lines that wait.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting
    }

    /// Adds them at the end, all or none.
    pub(super) fn append(&mut self, entries: &[Entry]) -> io::Result<()> {
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, entry)?;
            lines.push(b'\n');
        }
        if self.length + lines.len() as u64 > CEILING {
            return Err(io::Error::other(format!("the spool has reached {} MB", CEILING >> 20)));
        }
        std::fs::create_dir_all(&self.folder)?;
        let mut file = OpenOptions::new().create(true).append(true).open(self.path("spool"))?;
        if let Err(error) = file.write_all(&lines).and_then(|()| file.sync_data()) {
            // half a line of a full disk must not be taken for one
            let _ = file.set_len(self.length);
            return Err(error);
        }
        self.length += lines.len() as u64;
        self.waiting += entries.len() as u64;
        Ok(())
    }

    /// The oldest that wait, and what to tell [`Spool::stored`] once they are stored.
    pub(super) fn oldest(&self, most: usize) -> io::Result<(Vec<Entry>, Stored)> {
        let mut file = File::open(self.path("spool"))?;
        file.seek(SeekFrom::Start(self.done))?;
        let mut reader = BufReader::new(file.take(self.length - self.done));
        let (mut entries, mut stored) = (Vec::new(), Stored { bytes: 0, lines: 0 });
        let mut line = String::new();
        while (stored.lines as usize) < most {
            line.clear();
            let bytes = reader.read_line(&mut line)?;
            if bytes == 0 {
                break;
            }
            stored.bytes += bytes as u64;
            stored.lines += 1;
            match serde_json::from_str(&line) {
                Ok(entry) => entries.push(entry),
                Err(error) => log::error!("journal: a line of the spool is not one of ours: {error}"),
            }
        }
        Ok((entries, stored))
    }

    /// They are stored.
    pub(super) fn stored(&mut self, stored: &Stored) -> io::Result<()> {
        self.done += stored.bytes;
        self.waiting = self.waiting.saturating_sub(stored.lines);
        if self.done < self.length {
            return std::fs::write(self.path("spool-done"), self.done.to_string());
        }
        (self.length, self.done, self.waiting) = (0, 0, 0);
        // the mark first: one that was left ahead of a new file would have its first facts skipped
        std::fs::write(self.path("spool-done"), "0")?;
        std::fs::remove_file(self.path("spool"))
    }

    /// Keeps one aside that the database will never take.
    pub(super) fn refuse(&self, entry: &Entry, why: &str) -> io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let mut file = OpenOptions::new().create(true).append(true).open(self.path("refused"))?;
        let line = serde_json::json!({"why": why, "fact": entry});
        writeln!(file, "{line}")
    }
}

/// A part of the spool.
pub(super) struct Stored {
    bytes: u64,
    lines: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: i64) -> Entry {
        Entry::Membership {
            pbx: "a".into(),
            queue: "q".into(),
            interface: "PJSIP/1".into(),
            endpoint: None,
            at: n,
            member: true,
        }
    }

    fn opened(folder: &tempfile::TempDir) -> Spool {
        Spool::open(folder.path().join("deep"))
    }

    #[test]
    fn f25_what_waits_is_given_back_in_order_also_to_the_next_process() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = opened(&folder);
        assert_eq!(spool.waiting(), 0);
        spool.append(&[entry(1), entry(2)]).unwrap();
        spool.append(&[entry(3)]).unwrap();
        let (first, stored) = spool.oldest(2).unwrap();
        assert_eq!(first, [entry(1), entry(2)]);
        spool.stored(&stored).unwrap();
        let mut spool = opened(&folder);
        assert_eq!(spool.waiting(), 1);
        let (rest, stored) = spool.oldest(10).unwrap();
        assert_eq!(rest, [entry(3)]);
        spool.stored(&stored).unwrap();
        assert_eq!(opened(&folder).waiting(), 0);
        spool.append(&[entry(4)]).unwrap();
        assert_eq!(
            opened(&folder).oldest(10).unwrap().0,
            [entry(4)],
            "a spool used again begins at its start"
        );
    }

    #[test]
    fn f55_a_line_that_a_kill_cut_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = opened(&folder);
        spool.append(&[entry(1)]).unwrap();
        let mut file = OpenOptions::new().append(true).open(spool.path("spool")).unwrap();
        file.write_all(b"{\"kind\":\"memb").unwrap();
        let mut spool = opened(&folder);
        spool.append(&[entry(2)]).unwrap();
        assert_eq!(spool.oldest(10).unwrap().0, [entry(1), entry(2)]);
    }

    /// Killed between the two steps of emptying: everything is stored once more, which changes nothing,
    /// and nothing that comes later is skipped.
    #[test]
    fn f55_a_spool_that_was_half_emptied_skips_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = opened(&folder);
        spool.append(&[entry(1), entry(2)]).unwrap();
        let (_, stored) = spool.oldest(1).unwrap();
        spool.stored(&stored).unwrap();
        let (_, stored) = spool.oldest(1).unwrap();
        // what cannot be removed stands for a kill before it
        std::fs::rename(spool.path("spool"), folder.path().join("kept")).unwrap();
        assert!(spool.stored(&stored).is_err());
        std::fs::rename(folder.path().join("kept"), spool.path("spool")).unwrap();
        assert_eq!(opened(&folder).oldest(10).unwrap().0, [entry(1), entry(2)]);
        let mut spool = opened(&folder);
        spool.append(&[entry(3)]).unwrap();
        assert_eq!(opened(&folder).oldest(10).unwrap().0, [entry(1), entry(2), entry(3)]);
    }
}
