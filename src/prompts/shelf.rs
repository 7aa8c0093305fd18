//! The folder that Asterisk reads as well: a file for each prompt, and one for each sentence that was spoken.
//!
//! ```text
//! <folder>/prompts/<id>-<first of its checksum>.wav      <folder>/speech/<checksum of text, language and voice>.wav
//! ```
//!
//! Every name is chosen here. A prompt that is replaced gets another name, so that who hears the old one hears it to
//! its end; what nobody can be hearing any more goes after a day. Files are written beside their name and moved to it,
//! and everybody may read them: Asterisk runs as another user.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long a file stays that no prompt has any more.
const UNUSED: Duration = Duration::from_secs(86_400);
const END: &str = ".wav";

/// See the module. Everything here reads or writes: not for a thread that others wait for.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// Made when something is put there.
    pub(super) fn at(root: &Path, part: &str) -> Self {
        Self { folder: root.join(part) }
    }

    /// Whether that file is there and not empty.
    pub(super) fn has(&self, stem: &str) -> bool {
        fs::symlink_metadata(self.path(stem)).is_ok_and(|data| data.is_file() && data.len() > 44)
    }

    /// Puts a file there, whole or not at all.
    pub(super) fn put(&self, stem: &str, bytes: &[u8]) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o755).create(&self.folder)?;
        for folder in [self.folder.parent(), Some(&*self.folder)].into_iter().flatten() {
            let may = fs::metadata(folder)?.permissions().mode();
            if may & 0o055 != 0o055 {
                // somebody else's, who said already who may enter
                let _ = fs::set_permissions(folder, Permissions::from_mode(may | 0o055));
            }
        }
        let beside = self.folder.join(format!(".{stem}.{}", std::process::id()));
        let written = (|| {
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o644).open(&beside)?;
            file.write_all(bytes)?;
            // whatever the umask of this process is
            file.set_permissions(Permissions::from_mode(0o644))?;
            file.sync_data()?;
            fs::rename(&beside, self.path(stem))
        })();
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }

    /// Takes one away; whether it was there does not matter.
    pub(super) fn remove(&self, stem: &str) {
        let _ = fs::remove_file(self.path(stem));
    }

    /// What is there, with when it was written.
    pub(super) fn all(&self) -> Vec<(String, SystemTime)> {
        let Ok(names) = fs::read_dir(&self.folder) else { return Vec::new() };
        let one = |entry: fs::DirEntry| {
            let stem = entry.file_name().to_str()?.strip_suffix(END)?.to_owned();
            Some((stem, entry.metadata().ok()?.modified().ok()?))
        };
        names.filter_map(Result::ok).filter_map(one).collect()
    }

    /// What is none of these goes, a day after it was written.
    pub(super) fn keep(&self, stems: &HashSet<String>) {
        for (stem, written) in self.all() {
            if !stems.contains(&stem) && written.elapsed().is_ok_and(|age| age > UNUSED) {
                self.remove(&stem);
            }
        }
    }

    fn path(&self, stem: &str) -> PathBuf {
        self.folder.join(format!("{stem}{END}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_user_may_read_what_is_put_there_whatever_the_folder_was() {
        let root = tempfile::tempdir().expect("a folder");
        let (shelf, sound) = (Shelf::at(&root.path().join("shared"), "prompts"), [7; 100]);
        fs::create_dir(root.path().join("shared")).expect("a folder");
        fs::set_permissions(root.path().join("shared"), Permissions::from_mode(0o700)).expect("ours");
        assert!(!shelf.has("a"));
        shelf.put("a", &sound).expect("written");
        assert!(shelf.has("a") && fs::read(shelf.path("a")).expect("there") == sound);
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&root.path().join("shared")), mode(&shelf.folder)), (0o755, 0o755));
        assert_eq!(mode(&shelf.path("a")), 0o644);
        assert_eq!(fs::read_dir(&shelf.folder).expect("there").count(), 1, "nothing is left beside it");
    }

    #[test]
    fn what_was_replaced_stays_for_a_day() {
        let root = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::at(root.path(), "prompts");
        for stem in ["used", "young", "old"] {
            shelf.put(stem, &[7; 100]).expect("written");
        }
        for stem in ["used", "old"] {
            let file = OpenOptions::new().write(true).open(shelf.path(stem)).expect("there");
            file.set_modified(SystemTime::now() - UNUSED * 2).expect("its time");
        }
        shelf.keep(&HashSet::from(["used".to_owned()]));
        assert!(shelf.has("used") && shelf.has("young") && !shelf.has("old"));
    }
}
