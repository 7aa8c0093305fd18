//! The journal on disk: one thread writes, many wait until their line is safe.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use crossbeam_channel::{Receiver, Sender, bounded};
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};

use super::chain::{self, Line, Note};
use crate::auth::secrets;

/// Notes that may wait for the disk; more are refused, and so are their acts.
const WAITING: usize = 1024;
/// A file is closed beyond this size, and the next begins.
const FILE_BYTES: u64 = 8 << 20;

/// The line could not be put on disk: nothing may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unwritten;

type Outcome = Result<u64, Unwritten>;
type Order = (Note, oneshot::Sender<Outcome>);

/// See the module. Cloning gives another handle.
#[derive(Clone)]
pub struct Audit {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) id: String,
    pub(super) folder: PathBuf,
    to: Mutex<Option<Sender<Order>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Number of the last line that is safe.
    pub(super) written: AtomicU64,
    pub(super) news: Notify,
}

impl Audit {
    /// Opens the journal in that folder, which is made when it is missing.
    ///
    /// # Errors
    /// With the path, when it cannot be read or written.
    pub fn open(folder: PathBuf) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(|e| named(&folder, e))?;
        let id = journal_id(&folder)?;
        let end = Journal::open(&folder, &id)?;
        let (to, orders) = bounded(WAITING);
        let shared = Arc::new(Shared {
            id,
            folder,
            to: Mutex::new(Some(to)),
            thread: Mutex::default(),
            written: AtomicU64::new(end.n),
            news: Notify::new(),
        });
        let weak = Arc::downgrade(&shared);
        let thread = std::thread::Builder::new().name("audit".into()).spawn(move || {
            let mut journal = end;
            while let Some(batch) = gather(&orders) {
                let answers = journal.write(batch);
                if let Some(shared) = weak.upgrade() {
                    shared.written.store(journal.n, Ordering::Release);
                    shared.news.notify_one();
                }
                for (answer, outcome) in answers {
                    // who asked may have gone: the line stands all the same
                    let _ = answer.send(outcome);
                }
            }
        })?;
        *shared.thread.lock() = Some(thread);
        Ok(Self { shared })
    }

    /// Puts a note on disk and gives back its number: only then may the act be done.
    ///
    /// # Errors
    /// When the disk takes nothing, or too many wait.
    pub async fn write(&self, note: Note) -> Result<u64, Unwritten> {
        let (answer, answers) = oneshot::channel();
        {
            let to = self.shared.to.lock();
            let Some(to) = to.as_ref() else { return Err(Unwritten) };
            to.try_send((note, answer)).map_err(|_| Unwritten)?;
        }
        answers.await.unwrap_or(Err(Unwritten))
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Takes no more; what was taken is on disk when this returns. Blocks.
    pub fn close(&self) {
        self.shared.to.lock().take();
        let thread = self.shared.thread.lock().take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

fn gather(orders: &Receiver<Order>) -> Option<Vec<Order>> {
    let mut batch = vec![orders.recv().ok()?];
    batch.extend(orders.try_iter().take(WAITING));
    Some(batch)
}

fn named(path: &Path, e: io::Error) -> io::Error {
    io::Error::new(e.kind(), format!("{}: {e}", path.display()))
}

/// Each folder is a journal of its own: a copy of a machine would be another's otherwise.
fn journal_id(folder: &Path) -> io::Result<String> {
    let path = folder.join("journal");
    match std::fs::read_to_string(&path) {
        Ok(id) if (8..=64).contains(&id.trim().len()) => Ok(id.trim().to_owned()),
        Ok(_) => Err(named(&path, io::Error::other("expected the journal's id"))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let id = secrets::id()?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(id.as_bytes()).and_then(|()| file.sync_all()).map_err(|e| named(&path, e))?;
            Ok(id)
        }
        Err(e) => Err(named(&path, e)),
    }
}

/// The files of a journal, the oldest first, by the number of their first line.
pub(super) fn files(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| named(folder, e))? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        if let Some(first) = stem.filter(|_| path.extension().is_some_and(|end| end == "log")) {
            files.push((first, path));
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// The end of the journal, which is written on.
struct Journal {
    folder: PathBuf,
    file: File,
    bytes: u64,
    n: u64,
    hash: String,
    failing: bool,
}

impl Journal {
    fn open(folder: &Path, id: &str) -> io::Result<Self> {
        let (mut n, mut hash, mut path) = (0, chain::first(id), folder.join(format!("{:012}.log", 1)));
        if let Some((first, last)) = files(folder)?.pop() {
            (n, path) = (first - 1, last);
            // a file that has no line yet follows the one before it
            if let Some(line) = last_line(folder)? {
                (n, hash) = (line.n, line.hash);
            }
        }
        let mut open = OpenOptions::new();
        let mut file = open.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(|e| named(&path, e))?;
        // what has no end was never acknowledged
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at as u64 + 1);
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
        File::open(folder)?.sync_all()?;
        Ok(Self { folder: folder.to_owned(), file, bytes: whole, n, hash, failing: false })
    }

    fn write(&mut self, batch: Vec<Order>) -> Vec<(oneshot::Sender<Outcome>, Outcome)> {
        let (mut n, mut hash, mut text, mut answers) = (self.n, self.hash.clone(), String::new(), Vec::new());
        for (note, answer) in batch {
            let line = Line::next(&hash, n + 1, now_ms(), &note);
            text.push_str(&line.text());
            (n, hash) = (line.n, line.hash);
            answers.push((answer, Ok(n)));
        }
        match self.append(&text) {
            Ok(()) => (self.n, self.hash) = (n, hash),
            Err(problem) => {
                if !self.failing {
                    log::error!("audit: {}: {problem}; nothing is done meanwhile", self.folder.display());
                }
                answers.iter_mut().for_each(|(_, outcome)| *outcome = Err(Unwritten));
            }
        }
        answers
    }

    fn append(&mut self, text: &str) -> io::Result<()> {
        if self.bytes > FILE_BYTES {
            let path = self.folder.join(format!("{:012}.log", self.n + 1));
            self.file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
            File::open(&self.folder)?.sync_all()?;
            self.bytes = 0;
        }
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        self.failing = written.is_err();
        match written {
            Ok(()) => self.bytes += text.len() as u64,
            Err(_) => {
                // half a line must not stand before the next one
                self.file.set_len(self.bytes)?;
                self.file.seek(SeekFrom::Start(self.bytes))?;
            }
        }
        written
    }
}

/// The last whole line of all files.
pub(super) fn last_line(folder: &Path) -> io::Result<Option<Line>> {
    for (_, path) in files(folder)?.into_iter().rev() {
        let text = std::fs::read_to_string(&path).map_err(|e| named(&path, e))?;
        let whole = text.rfind('\n').map_or("", |at| &text[..at]);
        if let Some(last) = whole.lines().next_back() {
            let wrong = || named(&path, io::Error::other("its last line is no entry of an audit journal"));
            return Line::parse(last).map(Some).ok_or_else(wrong);
        }
    }
    Ok(None)
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(act: &'static str) -> Note {
        Note { who: "u".into(), act, outcome: "asked", ..Note::default() }
    }

    #[tokio::test]
    async fn s54_lines_are_on_disk_when_they_are_acknowledged_and_go_on_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::open(folder.path().join("audit")).unwrap();
        assert_eq!(audit.write(note("hangup")).await, Ok(1));
        let (_, path) = files(&folder.path().join("audit")).unwrap().pop().unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains("\"act\":\"hangup\""));
        audit.close();
        assert_eq!(audit.write(note("x")).await, Err(Unwritten), "closed");
        // killed in the middle of a line
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"0123 {\"n\":2,\"half").unwrap();
        let audit = Audit::open(folder.path().join("audit")).unwrap();
        assert_eq!(audit.write(note("transfer")).await, Ok(2));
        audit.close();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().map(|line| Line::parse(line).unwrap()).collect();
        assert!(lines[0].follows(&chain::first(&audit.shared.id)) && lines[1].follows(&lines[0].hash));
    }

    #[tokio::test]
    async fn s54_many_at_once_are_one_chain() {
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::open(folder.path().to_owned()).unwrap();
        let all = (0..200).map(|_| {
            let audit = audit.clone();
            tokio::spawn(async move { audit.write(note("login")).await })
        });
        let mut numbers = Vec::new();
        for one in all.collect::<Vec<_>>() {
            numbers.push(one.await.unwrap().unwrap());
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
    }
}
