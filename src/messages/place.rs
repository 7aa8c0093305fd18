//! The files of messages, one folder a PBX.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::OFlags;

use crate::prompts::Sound;

/// Longer than any message: three minutes are 3 MB.
const MOST_BYTES: u64 = 16 << 20;
/// Less sound than this is none: a click, a breath.
const LEAST_LOUD_MS: u32 = 200;
/// A file that nobody knows is let alone for so long: it may be recorded now.
const SETTLED: Duration = Duration::from_secs(600);

/// Everything here reads or writes: not for a thread that others wait for.
#[derive(Debug, Clone)]
pub(super) struct Places {
    folder: PathBuf,
}

impl Places {
    /// Below the folder that is shared with the PBXs.
    pub(super) fn below(shared: &Path) -> Self {
        Self { folder: shared.join("messages") }
    }

    /// Has the folder of that PBX ready.
    pub(super) fn prepare(&self, pbx: &str) -> io::Result<()> {
        let of_pbx = self.folder.join(pbx);
        DirBuilder::new().recursive(true).mode(0o755).create(&of_pbx)?;
        for folder in [self.folder.parent(), Some(&*self.folder)].into_iter().flatten() {
            let may = fs::metadata(folder)?.permissions().mode();
            if may & 0o055 != 0o055 {
                // a service manager may have shut it; of somebody else's he said already who may enter
                let _ = fs::set_permissions(folder, Permissions::from_mode(may | 0o055));
            }
        }
        // everybody may put a file there, nobody sees which there are, and only its owner and Vigie takes one away
        fs::set_permissions(&of_pbx, Permissions::from_mode(0o1733))
    }

    /// The bytes of that message.
    pub(super) fn read(&self, pbx: &str, file: &str) -> io::Result<Vec<u8>> {
        let no_link = OFlags::NOFOLLOW.union(OFlags::NONBLOCK);
        let flags = i32::try_from(no_link.bits()).map_err(io::Error::other)?;
        let opened = OpenOptions::new().read(true).custom_flags(flags).open(self.path(pbx, file)?)?;
        if !opened.metadata()?.is_file() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let mut bytes = Vec::new();
        opened.take(MOST_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// How large it is; `None`: it is not there.
    pub(super) fn size(&self, pbx: &str, file: &str) -> Option<u64> {
        fs::symlink_metadata(self.path(pbx, file).ok()?).ok().map(|data| data.len())
    }

    /// How long it is, ms; `None` when nobody said anything.
    pub(super) fn listen(&self, pbx: &str, file: &str) -> Option<u32> {
        self.sound(pbx, file).map(|sound| sound.ms())
    }

    /// What is said in it; `None` when nobody said anything.
    pub(super) fn sound(&self, pbx: &str, file: &str) -> Option<Sound> {
        let sound = Sound::decode(self.read(pbx, file).ok()?).ok()?;
        (sound.loud_ms() >= LEAST_LOUD_MS).then_some(sound)
    }

    /// It is no more.
    pub(super) fn remove(&self, pbx: &str, file: &str) -> io::Result<()> {
        match fs::remove_file(self.path(pbx, file)?) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
            _ => Ok(()),
        }
    }

    /// Files of that PBX that nobody writes to any more.
    pub(super) fn settled(&self, pbx: &str) -> Vec<String> {
        let Ok(names) = fs::read_dir(self.folder.join(pbx)) else { return Vec::new() };
        let one = |entry: fs::DirEntry| {
            let written: SystemTime = entry.metadata().ok()?.modified().ok()?;
            let stem = entry.file_name().to_str()?.strip_suffix(".wav")?.to_owned();
            written.elapsed().is_ok_and(|age| age > SETTLED).then_some(stem)
        };
        names.filter_map(Result::ok).filter_map(one).collect()
    }

    /// A name from the database may have been put there by hand.
    fn path(&self, pbx: &str, file: &str) -> io::Result<PathBuf> {
        let plain = |name: &str| {
            !name.is_empty()
                && !name.starts_with('.')
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        if !plain(pbx) || !plain(file) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(self.folder.join(pbx).join(format!("{file}.wav")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s26_nothing_but_a_file_of_the_folder_is_read() {
        let root = tempfile::tempdir().expect("a folder");
        let places = Places::below(root.path());
        places.prepare("paris").expect("made");
        let folder = root.path().join("messages/paris");
        assert_eq!(fs::metadata(&folder).expect("there").permissions().mode() & 0o7777, 0o1733);
        fs::write(root.path().join("secret.wav"), "secret").expect("written");
        std::os::unix::fs::symlink(root.path().join("secret.wav"), folder.join("link.wav")).expect("a link");
        fs::create_dir(folder.join("folder.wav")).expect("a folder");
        for file in ["../../secret", "..", "", "link", "folder", "a/b", "a\0", ".hidden", "%2e%2e%2fsecret"] {
            assert!(places.read("paris", file).is_err(), "{file:?}");
        }
        assert!(places.read("..", "secret").is_err() && places.read("paris/..", "secret").is_err());
        fs::write(folder.join("1-2-x.wav"), "sound").expect("written");
        assert_eq!(places.read("paris", "1-2-x").expect("read"), b"sound");
        assert_eq!(places.listen("paris", "1-2-x"), None);
    }
}
