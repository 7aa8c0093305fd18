//! `Idempotency-Key`s on disk, so that a crash makes nobody's call twice (F28, F55).
//!
//! A key is on disk before its order is sent; what became of it follows without anybody waiting. A key whose
//! end is not there was under way when Vigie went: nobody knows what the PBX did, and its owner is told so.
//!
//! Two files of lines of JSON, the one that is written and the one before it: more keys than are ever known at
//! once. What lives here is the disk; who may have a key and for how long is [`super::once`]'s.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use actors::command::Done;
use crossbeam_channel::{Receiver, Sender, bounded};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::super::error::ApiError;

/// Lines that may wait for the disk; more keys are refused.
const WAITING: usize = 1_024;
/// A file is closed beyond this size, and the one before it forgotten: some 15,000 keys.
const FILE_BYTES: u64 = 4 << 20;

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub(super) enum Line {
    /// The order is about to be sent.
    Begun {
        /// With its owner.
        key: String,
        /// Which order, with what.
        about: String,
        /// Unix time in ms.
        at_ms: i64,
    },
    /// What became of it.
    Ended {
        /// As it began.
        key: String,
        /// What its owner was told.
        told: Told,
    },
    /// Nothing was sent: the key is free.
    Freed {
        /// As it began.
        key: String,
    },
}

/// What the owner of a key was told of an order that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Told {
    /// It was done: `Done`.
    Done {
        /// Its word.
        outcome: String,
        /// The channel that it made.
        channel: Option<String>,
    },
    /// The PBX refused, in its words.
    Pbx(String),
    /// The link broke.
    LinkLost,
    /// Nothing showed it done in time.
    TimedOut,
    /// The phone did not answer.
    NoAnswer,
    /// The phone was busy.
    Busy,
    /// The channel hung up before.
    AlreadyEnded,
}

impl Told {
    /// `None` of what was refused before anything was sent, so that to try again is not to do it twice.
    pub(super) fn of(outcome: &Result<Done, ApiError>) -> Option<Self> {
        match outcome {
            Ok(Done { outcome, channel }) => {
                let channel = channel.as_ref().map(ToString::to_string);
                Some(Self::Done { outcome: (*outcome).to_owned(), channel })
            }
            Err(ApiError::Pbx(words)) => Some(Self::Pbx(words.clone())),
            Err(ApiError::LinkLost) => Some(Self::LinkLost),
            Err(ApiError::TimedOut) => Some(Self::TimedOut),
            Err(ApiError::Conflict("station_no_answer", _)) => Some(Self::NoAnswer),
            Err(ApiError::Conflict("station_busy", _)) => Some(Self::Busy),
            Err(ApiError::Conflict("already_ended", _)) => Some(Self::AlreadyEnded),
            Err(_) => None,
        }
    }
}

/// The thread that writes.
pub(super) struct Disk {
    to: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

struct Order {
    line: Line,
    safe: Option<oneshot::Sender<bool>>,
}

impl Disk {
    /// Reads what stands in that folder, which is made when it is missing, and writes on.
    ///
    /// # Errors
    /// With the path, when it cannot be read or written.
    pub(super) fn open(folder: PathBuf) -> io::Result<(Self, Vec<Line>)> {
        let wrong = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", folder.display()));
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(wrong)?;
        let mut lines = read(&before(&folder)).map_err(wrong)?;
        lines.extend(read(&written(&folder)).map_err(wrong)?);
        let mut file = Lines::open(folder.clone()).map_err(wrong)?;
        let (to, orders) = bounded(WAITING);
        let thread = std::thread::Builder::new().name("keys".into()).spawn(move || {
            while let Some(batch) = gather(&orders) {
                file.write(batch);
            }
        })?;
        Ok((Self { to: Some(to), thread: Some(thread) }, lines))
    }

    /// Gives true once the line is safe, false when the disk does not take it.
    pub(super) async fn put(&self, line: Line) -> bool {
        let (safe, is_safe) = oneshot::channel();
        let sent = self.to.as_ref().map(|to| to.try_send(Order { line, safe: Some(safe) }));
        matches!(sent, Some(Ok(()))) && is_safe.await.unwrap_or(false)
    }

    /// Writes it when there is time: without it the key says that nobody knows.
    pub(super) fn add(&self, line: Line) {
        if let Some(to) = &self.to {
            let _ = to.try_send(Order { line, safe: None });
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.to.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn gather(orders: &Receiver<Order>) -> Option<Vec<Order>> {
    let mut batch = vec![orders.recv().ok()?];
    batch.extend(orders.try_iter().take(WAITING));
    Some(batch)
}

fn written(folder: &Path) -> PathBuf {
    folder.join("keys.log")
}

fn before(folder: &Path) -> PathBuf {
    folder.join("keys.before.log")
}

/// A last line without an end was never acknowledged; one that is not understood is passed over.
fn read(path: &Path) -> io::Result<Vec<Line>> {
    let mut text = Vec::new();
    match File::open(path) {
        Ok(mut file) => file.read_to_end(&mut text)?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let mut lines = Vec::new();
    for (n, line) in text[..whole].split(|byte| *byte == b'\n').enumerate().filter(|(_, l)| !l.is_empty()) {
        match serde_json::from_slice(line) {
            Ok(line) => lines.push(line),
            Err(e) => log::warn!("{} line {}: not a key's line: {e}", path.display(), n + 1),
        }
    }
    Ok(lines)
}

/// The file that is written.
struct Lines {
    folder: PathBuf,
    file: File,
    bytes: u64,
    failing: bool,
}

impl Lines {
    fn open(folder: PathBuf) -> io::Result<Self> {
        let path = written(&folder);
        let mut open = OpenOptions::new();
        let mut file = open.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let bytes = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at as u64 + 1);
        file.set_len(bytes)?;
        file.seek(SeekFrom::Start(bytes))?;
        File::open(&folder)?.sync_all()?;
        Ok(Self { folder, file, bytes, failing: false })
    }

    fn write(&mut self, batch: Vec<Order>) {
        let mut text = String::new();
        for order in &batch {
            text.push_str(&serde_json::to_string(&order.line).unwrap_or_default());
            text.push('\n');
        }
        let awaited = batch.iter().any(|order| order.safe.is_some());
        let safe = match self.append(&text, awaited) {
            Ok(()) => true,
            Err(problem) => {
                if !self.failing {
                    log::error!(
                        "keys: {}: {problem}; orders with an Idempotency-Key are refused meanwhile",
                        self.folder.display()
                    );
                }
                false
            }
        };
        self.failing = !safe;
        for answer in batch.into_iter().filter_map(|order| order.safe) {
            // who asked may have gone
            let _ = answer.send(safe);
        }
    }

    fn append(&mut self, text: &str, awaited: bool) -> io::Result<()> {
        if self.bytes >= FILE_BYTES {
            std::fs::rename(written(&self.folder), before(&self.folder))?;
            *self = Self::open(self.folder.clone())?;
        }
        let put = self.file.write_all(text.as_bytes());
        let put = put.and_then(|()| if awaited { self.file.sync_data() } else { Ok(()) });
        match put {
            Ok(()) => self.bytes += text.len() as u64,
            Err(_) => {
                // half a line would spoil the next
                self.file.set_len(self.bytes)?;
                self.file.seek(SeekFrom::Start(self.bytes))?;
            }
        }
        put
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(key: &str) -> Line {
        Line::Begun { key: key.into(), about: "calls/hangup 1".into(), at_ms: 1 }
    }

    #[tokio::test]
    async fn what_was_safe_is_read_again_and_half_a_line_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let told = Told::Done { outcome: "hangup".into(), channel: None };
        let ended = Line::Ended { key: "a 1".into(), told };
        {
            let (disk, lines) = Disk::open(path.clone()).unwrap();
            assert_eq!(lines, []);
            assert!(disk.put(begun("a 1")).await);
            disk.add(ended.clone());
        }
        let mut file = OpenOptions::new().append(true).open(written(&path)).unwrap();
        file.write_all(b"not JSON\n{\"is\":\"begun\",\"key\":\"half").unwrap();
        let (disk, lines) = Disk::open(path.clone()).unwrap();
        assert_eq!(lines, [begun("a 1"), ended.clone()]);
        assert!(disk.put(begun("b 1")).await);
        drop(disk);
        assert_eq!(Disk::open(path).unwrap().1, [begun("a 1"), ended, begun("b 1")]);
    }

    #[tokio::test]
    async fn a_full_file_is_kept_for_one_more() {
        let folder = tempfile::tempdir().unwrap();
        let (disk, _) = Disk::open(folder.path().into()).unwrap();
        let long = "x".repeat(100_000);
        for n in 0..45 {
            assert!(disk.put(begun(&format!("{long}{n}"))).await);
        }
        assert!(disk.put(begun("last")).await);
        drop(disk);
        let (_disk, lines) = Disk::open(folder.path().into()).unwrap();
        assert_eq!(lines.len(), 46);
        assert!(before(folder.path()).exists());
    }

    #[tokio::test]
    async fn a_disk_that_takes_nothing_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let (disk, _) = Disk::open(folder.path().into()).unwrap();
        assert!(disk.put(begun("a")).await);
        let disk = Disk { to: None, thread: None };
        assert!(!disk.put(begun("b")).await);
    }
}
