//! Events that made an actor fail twice: kept in a ring, and written to disk as a capture that
//! `vigie replay` reads.

use std::collections::VecDeque;
use std::fs::DirBuilder;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytes::Bytes;
use compact_str::CompactString;
use crossbeam_channel::{Sender, bounded};
use parking_lot::Mutex;

use super::notice::{Notice, tell};

/// How many are kept in memory.
const RING: usize = 256;
/// How many may wait for the disk.
const WAITING: usize = 64;
/// How many captures are written in the life of a process.
const MOST_FILES: u64 = 10_000;

/// A skipped event and all that is known of it.
#[derive(Debug, Clone)]
pub struct Poison {
    /// Actor that could not bear it.
    pub actor: CompactString,
    /// Kind of event or message.
    pub message: CompactString,
    /// Panic message or error.
    pub words: CompactString,
    /// Source file and line.
    pub location: CompactString,
    /// As in the log.
    pub error_id: u64,
    /// Version of this program.
    pub version: &'static str,
    /// The event, raw, or the message in words.
    pub event: Bytes,
    /// The events since the actor's last checkpoint, raw, oldest first.
    pub before: Bytes,
    /// The checkpointed state, in words.
    pub state: String,
}

static KEPT: Mutex<VecDeque<Poison>> = Mutex::new(VecDeque::new());
static TOTAL: AtomicU64 = AtomicU64::new(0);
static UNWRITTEN: AtomicU64 = AtomicU64::new(0);
static WRITER: OnceLock<Sender<Poison>> = OnceLock::new();

/// The ring, oldest first.
pub fn kept() -> Vec<Poison> {
    KEPT.lock().iter().cloned().collect()
}

/// Skipped events since the process began.
pub fn total() -> u64 {
    TOTAL.load(Relaxed)
}

/// Those that did not reach the disk: the writer was too slow, failed, or wrote its 10,000 files.
pub fn unwritten_total() -> u64 {
    UNWRITTEN.load(Relaxed)
}

/// From now on captures are written to that folder, by a thread of its own; it is made with the
/// first one, for its owner only, since captures name callers. Only the first call counts.
///
/// # Errors
/// When the system gives no thread.
pub fn write_to(folder: PathBuf) -> std::io::Result<()> {
    let (sender, receiver) = bounded::<Poison>(WAITING);
    if WRITER.set(sender).is_err() {
        return Ok(());
    }
    std::thread::Builder::new().name("quarantine".into()).spawn(move || {
        let mut written = 0;
        for poison in receiver {
            let done = if written < MOST_FILES { write(&folder, &poison) } else { Ok(()) };
            if let Err(error) = done {
                UNWRITTEN.fetch_add(1, Relaxed);
                log::error!("could not write the capture of error_id={}: {error}", poison.error_id);
            } else if written < MOST_FILES {
                written += 1;
            } else {
                UNWRITTEN.fetch_add(1, Relaxed);
            }
        }
    })?;
    Ok(())
}

/// Keeps a skipped event.
pub fn keep(poison: Poison) {
    TOTAL.fetch_add(1, Relaxed);
    tell(&Notice::Quarantined {
        actor: poison.actor.clone(),
        message: poison.message.clone(),
        error_id: poison.error_id,
    });
    if let Some(writer) = WRITER.get()
        && writer.try_send(poison.clone()).is_err()
    {
        UNWRITTEN.fetch_add(1, Relaxed);
    }
    let mut ring = KEPT.lock();
    if ring.len() == RING {
        ring.pop_front();
    }
    ring.push_back(poison);
}

fn write(folder: &Path, poison: &Poison) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let stem = format!("{}-{:06}", std::process::id(), poison.error_id);
    let mut capture = std::fs::File::create(folder.join(format!("{stem}.ami")))?;
    capture.write_all(&poison.before)?;
    capture.write_all(&poison.event)?;
    let mut words = std::fs::File::create(folder.join(format!("{stem}.txt")))?;
    writeln!(
        words,
        "actor: {}\nmessage: {}\nfault: {}\nlocation: {}\nerror_id: {}\nversion: {}\nstate before: {}",
        poison.actor,
        poison.message,
        poison.words,
        poison.location,
        poison.error_id,
        poison.version,
        poison.state
    )
}
