//! The floor's end of the journal: a bounded channel.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::JoinHandle;

use actors::fact::Fact;
use actors::keys::PbxName;
use crossbeam_channel::{Sender, bounded};
use parking_lot::{Mutex, RwLock};

use super::entry::Entry;
use super::figures::{Figures, Keeping};
use super::spool::Spool;
use super::writer::Writer;
use crate::db::Db;

/// Facts that may wait for the writer.
const CHANNEL: usize = 65_536;

/// See the module.
pub struct Journal {
    entries: RwLock<Option<Sender<Entry>>>,
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

    /// What is counted.
    pub fn figures(&self) -> Arc<Figures> {
        self.figures.clone()
    }
}

impl actors::registry::Journal for Journal {
    fn note(&self, pbx: &PbxName, fact: &Fact) {
        let entries = self.entries.read();
        let taken = entries.as_ref().is_some_and(|to| to.try_send(Entry::of(pbx, fact)).is_ok());
        if !taken {
            self.figures.lost.fetch_add(1, Relaxed);
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.close();
    }
}
