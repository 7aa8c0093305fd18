//! Recordings that were kept long enough: which they are, and their end (S37).
//!
//! What is deleted lies in a folder that was opened, and is named within it: neither a link that is put into its
//! way meanwhile nor a folder that moves leads elsewhere. Of a name that became a link, the link goes.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustix::fd::OwnedFd;
use rustix::fs::{
    self as files, Access, AtFlags, Dir, FileType, Mode, OFlags, accessat, openat, statat, unlinkat,
};
use rustix::io::Errno;

use super::{Recordings, name, place};

/// Files that are looked at in one go; a folder may be on a server that others use.
const AT_ONCE: usize = 1_000;
/// Between two goes.
const PAUSE: Duration = Duration::from_millis(20);

/// Which are too old, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooOld {
    /// Written before, s since 1970.
    pub before_s: i64,
    /// Only those that Vigie itself began.
    pub own_only: bool,
}

/// What recordings of held calls are named by: the numbers of their Uniqueids. The name of a system before such a
/// number is not compared: Asterisk or a dialplan may have changed it in a file's name.
#[derive(Debug, Default)]
pub struct Held {
    numbers: HashSet<String>,
}

impl Held {
    /// Calls of those Uniqueids, on whichever PBX.
    pub fn new(uniqueids: impl IntoIterator<Item = String>) -> Self {
        let numbers = uniqueids.into_iter().filter_map(|id| name::last_number(&id).map(str::to_owned));
        Self { numbers: numbers.collect() }
    }

    /// Whether a file of that name is of one of them.
    fn has(&self, file: &str) -> bool {
        name::last_number(file).is_some_and(|number| self.numbers.contains(number))
    }
}

/// A recording that is too old.
#[derive(Debug, Clone)]
pub struct Old {
    place: Arc<Place>,
    name: String,
    at_s: i64,
}

/// A folder, and how it is reached.
#[derive(Debug)]
struct Place {
    pbx: String,
    root: PathBuf,
    days: Vec<String>,
}

/// Why nothing can be deleted in the folder of a PBX, or not in all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its name.
    pub pbx: String,
    /// For an administrator.
    pub words: String,
}

/// What a look through the folders found.
#[derive(Debug, Default)]
pub struct Looked {
    /// Those that may be deleted, the oldest first.
    pub old: Vec<Old>,
    /// When the oldest was written of those that were more than could be taken, s since 1970.
    pub left_s: Option<i64>,
    /// The same of those that cannot be deleted.
    pub stuck_s: Option<i64>,
    /// One a PBX at most.
    pub problems: Vec<Problem>,
}

impl Looked {
    fn stuck(&mut self, pbx: &str, why: Errno, at_s: Option<i64>) {
        self.stuck_s = earlier(self.stuck_s, at_s);
        if !self.problems.iter().any(|known| known.pbx == pbx) {
            let words = std::io::Error::from(why).to_string();
            self.problems.push(Problem { pbx: pbx.to_owned(), words });
        }
    }
}

/// What became of a batch.
#[derive(Debug, Default)]
pub struct Gone {
    /// Files that are no more.
    pub files: u64,
    /// What is left, as in [`Looked`].
    pub stuck: Looked,
}

impl Recordings {
    /// Those that are too old and not held, `most` at most. Reads folders: not for a thread that others wait for.
    pub fn old(&self, which: TooOld, held: &Held, most: usize) -> Looked {
        let mut looked = Looked::default();
        let mut seen = Vec::new();
        for (pbx, root) in self.folders.iter() {
            let opened = open(root).and_then(|dir| Ok((identity(&dir)?, dir)));
            let (id, dir) = match opened {
                Ok(opened) => opened,
                Err(why) => {
                    looked.stuck(pbx, why, None);
                    continue;
                }
            };
            // two PBXs may write into one folder
            if !seen.contains(&id) {
                seen.push(id);
                let place = Place { pbx: pbx.clone(), root: root.clone(), days: Vec::new() };
                Walk { which, held, most, looked: &mut looked }.folder(&dir, place);
            }
        }
        looked.old.sort_by_key(|one| one.at_s);
        looked
    }

    /// Deletes those of them that still are what they were: files, as old, and not held. Blocks.
    pub fn delete(&self, batch: &[Old], which: TooOld, held: &Held) -> Gone {
        let mut gone = Gone::default();
        let mut opened: Option<(Arc<Place>, OwnedFd)> = None;
        for old in batch.iter().filter(|old| !held.has(&old.name)) {
            let at_hand =
                opened.take().filter(|(place, _)| Arc::ptr_eq(place, &old.place)).map(|(_, dir)| dir);
            let dir = match at_hand.map_or_else(|| reach(&old.place), Ok) {
                Ok(dir) => dir,
                Err(Errno::NOENT) => continue,
                Err(why) => {
                    gone.stuck.stuck(&old.place.pbx, why, Some(old.at_s));
                    continue;
                }
            };
            let still = written(&dir, &old.name).is_some_and(|at_s| at_s < which.before_s);
            match still.then(|| unlinkat(&dir, &old.name, AtFlags::empty())) {
                Some(Ok(())) => gone.files += 1,
                // somebody was faster
                None | Some(Err(Errno::NOENT)) => {}
                Some(Err(why)) => gone.stuck.stuck(&old.place.pbx, why, Some(old.at_s)),
            }
            opened = Some((old.place.clone(), dir));
        }
        gone
    }
}

struct Walk<'a> {
    which: TooOld,
    held: &'a Held,
    most: usize,
    looked: &'a mut Looked,
}

impl Walk<'_> {
    /// What lies in it, and in the folders of days below.
    fn folder(&mut self, dir: &OwnedFd, place: Place) {
        let place = Arc::new(place);
        let names = match Dir::read_from(dir) {
            Ok(names) => names,
            Err(why) => return self.looked.stuck(&place.pbx, why, None),
        };
        // asked once, when there is something to be deleted
        let mut writable = None;
        for (n, entry) in names.enumerate() {
            if n % AT_ONCE == AT_ONCE - 1 {
                std::thread::sleep(PAUSE);
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(why) => return self.looked.stuck(&place.pbx, why, None),
            };
            let Ok(name) = entry.file_name().to_str() else { continue };
            if place::is_of_days(&place.days, name) {
                self.day(dir, &place, name);
                continue;
            }
            if !self.concerns(name) {
                continue;
            }
            let Some(at_s) = written(dir, name).filter(|at_s| *at_s < self.which.before_s) else { continue };
            let may = *writable.get_or_insert_with(|| {
                accessat(dir, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::empty())
            });
            match may {
                Err(why) => self.looked.stuck(&place.pbx, why, Some(at_s)),
                Ok(()) if self.looked.old.len() >= self.most => {
                    self.looked.left_s = earlier(self.looked.left_s, Some(at_s));
                }
                Ok(()) => self.looked.old.push(Old { place: place.clone(), name: name.to_owned(), at_s }),
            }
        }
    }

    fn day(&mut self, dir: &OwnedFd, above: &Place, name: &str) {
        let mut days = above.days.clone();
        days.push(name.to_owned());
        let place = Place { pbx: above.pbx.clone(), root: above.root.clone(), days };
        match step(dir, name) {
            Ok(below) => self.folder(&below, place),
            // a link or a file of such a name is no folder of a day; one that went is none any more
            Err(Errno::LOOP | Errno::NOTDIR | Errno::NOENT) => {}
            Err(why) => self.looked.stuck(&place.pbx, why, None),
        }
    }

    fn concerns(&self, name: &str) -> bool {
        let ours = if self.which.own_only { name::is_own(name) } else { name::is_recording(name) };
        ours && !self.held.has(name)
    }
}

fn open(root: &PathBuf) -> Result<OwnedFd, Errno> {
    files::open(root, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

/// Into a folder below, through no link.
fn step(dir: &OwnedFd, name: &str) -> Result<OwnedFd, Errno> {
    openat(dir, name, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

fn reach(place: &Place) -> Result<OwnedFd, Errno> {
    place.days.iter().try_fold(open(&place.root)?, |dir, day| step(&dir, day))
}

fn identity(dir: &OwnedFd) -> Result<(u64, u64), Errno> {
    files::fstat(dir).map(|data| (data.st_dev, data.st_ino))
}

/// When a file was written last; `None` of what is none, a link as well.
fn written(dir: &OwnedFd, name: &str) -> Option<i64> {
    let data = statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    FileType::from_raw_mode(data.st_mode).is_file().then_some(data.st_mtime)
}

/// The earlier of what is known.
pub fn earlier(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    a.into_iter().chain(b).min()
}
