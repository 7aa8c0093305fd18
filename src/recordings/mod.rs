//! Recordings that Asterisk wrote, where its folder can be reached from here.
//!
//! ```text
//! call ─▶ Uniqueids of its legs ─▶ names in the folder that hold one ─▶ n-th of them ─▶ opened, and where it lies looked at
//! ```
//!
//! Nobody outside names a file: a name is only ever one that was read in the folder of that PBX (S26). What a
//! file is of is said by its name, which Asterisk's dialplans, FreePBX and Vigie itself give the channel's
//! Uniqueid. Where a name holds several numbers of that form the last counts, since what a caller could have
//! put into a name (his number) stands before it. Links are not followed, and an open file whose real place
//! is not within the folder is closed unread. Which are too old, and their end: `old`.

mod name;
mod old;
mod place;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use schemars::JsonSchema;
use serde::Serialize;

pub use old::{Gone, Held, Looked, Old, Problem, TooOld, earlier};

/// Names that are looked at for one call; a folder with more is not looked through.
const MOST_NAMES: usize = 200_000;
/// Recordings of one call.
const MOST: usize = 100;
/// A recording is not older than its call, but for what the clocks of PBX and file server may differ by.
const CLOCKS: Duration = Duration::from_secs(300);

/// The folders, by PBX. Cloning gives another handle.
#[derive(Debug, Clone, Default)]
pub struct Recordings {
    folders: Arc<BTreeMap<String, PathBuf>>,
}

/// Which call.
#[derive(Debug, Clone, PartialEq)]
pub struct Of {
    /// On that PBX.
    pub pbx: String,
    /// Of its legs.
    pub uniqueids: Vec<String>,
    /// Seconds since 1970.
    pub started: f64,
    /// Seconds since 1970.
    pub ended: f64,
}

/// A recording of a call.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Recording {
    /// From 1, in the order of the names.
    pub n: usize,
    /// Of the file, without its folder.
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its size.
    pub bytes: u64,
    #[serde(skip)]
    path: PathBuf,
}

/// Those of a call.
#[derive(Debug, Default, JsonSchema, Serialize)]
#[schemars(rename = "RecordingsFound")]
pub struct Found {
    /// The folder of that PBX is known and was read.
    pub reachable: bool,
    /// All of it was looked at.
    pub complete: bool,
    /// In the order of their names.
    pub recordings: Vec<Recording>,
}

impl Recordings {
    /// In those folders.
    pub fn new(folders: BTreeMap<String, PathBuf>) -> Self {
        Self { folders: Arc::new(folders) }
    }

    /// Those of that call. Reads folders: not for a thread that others wait for.
    pub fn find(&self, of: &Of) -> Found {
        let Some(folder) = self.folders.get(&of.pbx) else { return Found::default() };
        let mut found = Found { complete: true, ..Found::default() };
        let mut names = MOST_NAMES;
        for place in place::of_days(folder, of.started, of.ended) {
            let link = |place: &Path| std::fs::symlink_metadata(place).is_ok_and(|data| data.is_symlink());
            if place != *folder && link(&place) {
                continue;
            }
            match look(&place, of, &mut names, &mut found.recordings) {
                Ok(()) => found.reachable |= place == *folder,
                // a day without recordings has no folder
                Err(problem) if place == *folder => {
                    log::warn!("recordings of {}: {problem}", of.pbx);
                    return Found::default();
                }
                Err(_) => {}
            }
        }
        if names == 0 {
            log::warn!("recordings of {}: more than {MOST_NAMES} names in its folders", of.pbx);
            found.complete = false;
        }
        found.recordings.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
        found.complete &= found.recordings.len() <= MOST;
        found.recordings.truncate(MOST);
        for (at, recording) in found.recordings.iter_mut().enumerate() {
            recording.n = at + 1;
        }
        found
    }

    /// Opens one that was found, for reading.
    ///
    /// # Errors
    /// When it is gone, or lies elsewhere than its name says.
    pub fn open(&self, pbx: &str, recording: &Recording) -> io::Result<File> {
        let folder = self.folders.get(pbx).ok_or(io::ErrorKind::NotFound)?;
        place::open_within(folder, &recording.path)
    }
}

/// Adds those of the call that lie there.
fn look(place: &Path, of: &Of, names: &mut usize, into: &mut Vec<Recording>) -> io::Result<()> {
    for entry in std::fs::read_dir(place)? {
        if *names == 0 {
            break;
        }
        *names -= 1;
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let Some(kind) = name::kind(&name) else { continue };
        if !of.uniqueids.iter().any(|uniqueid| name::is_of(&name, uniqueid)) {
            continue;
        }
        // it may have gone meanwhile; a link is no file
        let Ok(data) = std::fs::symlink_metadata(entry.path()) else { continue };
        if data.is_file() && data.modified().is_ok_and(|at| at + CLOCKS >= moment(of.started)) {
            into.push(Recording { n: 0, name, kind, bytes: data.len(), path: entry.path() });
        }
    }
    Ok(())
}

fn moment(seconds: f64) -> SystemTime {
    UNIX_EPOCH + Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests;
