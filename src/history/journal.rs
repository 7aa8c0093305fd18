//! The floor's end of the journal: a bounded channel.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::JoinHandle;

use actors::fact::Fact;
use actors::keys::PbxName;
use crossbeam_channel::{Sender, bounded};
use parking_lot::{Mutex, RwLock};

use super::ai::AiSession;
use super::entry::Entry;
use super::figures::{Figures, Keeping};
use super::spool::Spool;
use super::writer::Writer;
use crate::db::Db;

/// Facts that may wait for the writer.
const CHANNEL: usize = 65_536;

/// What is noted: a fact, made a row by the writer, or a row.
pub(super) enum Note {
    Fact(PbxName, Fact),
    Row(Entry),
}

/// See the module.
pub struct Journal {
    entries: RwLock<Option<Sender<Note>>>,
    figures: Arc<Figures>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Journal {
    /// Starts the writer. `folder` is for the spool; made when needed.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(db: Db, folder: PathBuf, keeping: Keeping) -> std::io::Result<Self> {
        let (entries, inbox) = bounded(CHANNEL);
        let figures = Arc::new(Figures::default());
        let counted = figures.clone();
        let thread = std::thread::Builder::new().name("journal".into()).spawn(move || {
            Writer::new(db, inbox, Spool::open(folder), counted, keeping).run();
        })?;
        Ok(Self { entries: RwLock::new(Some(entries)), figures, writer: Mutex::new(Some(thread)) })
    }

    /// Takes no more; what it has is stored, or on disk, when this returns. Blocks.
    pub fn close(&self) {
        self.entries.write().take();
        if let Some(writer) = self.writer.lock().take() {
            let _ = writer.join();
        }
    }

    /// That run of ours followed that PBX from then until then, µs since 1970 on the PBX's clock; said again
    /// while it lasts.
    pub fn watched(&self, pbx: &str, run: i64, since: i64, until: i64) {
        self.put(Note::Row(Entry::Watched { pbx: pbx.to_owned(), run, since, until }));
    }

    /// A conversation with an assistant is over.
    pub fn ai_session(&self, session: AiSession) {
        self.put(Note::Row(Entry::of_session(session)));
    }

    fn put(&self, note: Note) {
        let entries = self.entries.read();
        if entries.as_ref().is_none_or(|to| to.try_send(note).is_err()) {
            self.figures.lost.fetch_add(1, Relaxed);
        }
    }

    /// What is counted.
    pub fn figures(&self) -> Arc<Figures> {
        self.figures.clone()
    }
}

impl actors::registry::Journal for Journal {
    fn note(&self, pbx: &PbxName, fact: &Fact) {
        self.put(Note::Fact(pbx.clone(), fact.clone()));
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use actors::fact::What;
    use actors::keys::Micros;
    use actors::registry::Journal as _;

    use super::*;
    use crate::db::Source;

    /// Nobody listens on that port, and the password must be seen nowhere.
    fn away() -> Db {
        let config = "postgres://vigie:canary@127.0.0.1:1/vigie".parse().expect("a connection string");
        Db::new(Source::Server(Box::new(config)))
    }

    fn fact() -> Fact {
        let what = What::Membership {
            queue: "q".into(),
            interface: "PJSIP/1".into(),
            endpoint: "PJSIP/1".into(),
            member: true,
        };
        Fact { at: Micros(1_000_000), what }
    }

    fn told(db: Db, folder: PathBuf) -> (Arc<Figures>, Vec<Option<String>>) {
        let (tell, tells) = mpsc::channel();
        let keeping = Box::new(move |how| tell.send(how).expect("the test listens"));
        let journal = Journal::start(db, folder, keeping).expect("a thread");
        journal.note(&PbxName("a".into()), &fact());
        journal.close();
        let figures = journal.figures();
        drop(journal);
        let all = std::iter::from_fn(|| tells.recv_timeout(Duration::from_secs(5)).ok()).collect();
        (figures, all)
    }

    #[tokio::test]
    async fn f25_s51_what_waits_is_told_without_a_password() {
        let folder = tempfile::tempdir().unwrap();
        let (figures, told) = told(away(), folder.path().join("journal"));
        assert_eq!((figures.spooled.load(Relaxed), figures.lost.load(Relaxed)), (1, 0));
        let [Some(why)] = told.as_slice() else { panic!("told once: {told:?}") };
        assert!(!why.contains("canary"), "{why}");
    }

    #[tokio::test]
    async fn f29_a_disk_that_takes_nothing_is_told_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "no folder").unwrap();
        let (figures, told) = told(away(), file.join("journal"));
        assert_eq!((figures.spooled.load(Relaxed), figures.lost.load(Relaxed)), (0, 1));
        let last = told.last().cloned().flatten().expect("it was told");
        assert!(last.contains("facts are being lost"), "{last}");
    }
}
