//! Ends of sessions: at once in memory, then in the database; when that is away, in a file until it is back.
//!
//! Who was told that he is logged out stays so: a restart before the database is back reads the file first.
//! Where a change of people ends somebody's sessions, their rows end with it, in one transaction ([`REVOKE_ALL`]).

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ahash::AHashMap;
use parking_lot::Mutex;
use tokio::sync::OwnedMutexGuard;

use super::{Sessions, away};
use crate::db::Unavailable;

/// Ends all of a user ($1) but that one ($2, or null) and says why ($3). Who ends several takes them in the order of
/// their ids, so that no two wait for each other.
pub const REVOKE_ALL: &str = "update vigie.sessions set revoked = now(), why = $3 where id in \
    (select id from vigie.sessions where user_id = $1 and revoked is null and id is distinct from $2 \
     order by id for update)";
/// A row that was read before its session ended may arrive so long after.
const LATE: Duration = Duration::from_secs(120);

impl Sessions {
    /// Ends one. It is over here whatever this answers.
    ///
    /// # Errors
    /// When neither the database nor the disk took it: a restart would forget it.
    pub async fn end(&self, id: &str, why: &'static str) -> io::Result<()> {
        self.unwritten.add(id, why);
        self.are_over(&[id.to_owned()]);
        match self.write_ends().await {
            Ok(()) => Ok(()),
            Err(_) => self.unwritten.keep().await,
        }
    }

    /// Those of a user but that one ended in the database, with the change that ends them: they end here too.
    pub fn end_all(&self, user: &str, but: Option<&str>) {
        let ids: Vec<_> = {
            let alive = self.alive.read();
            let his = alive.by_id.values().filter(|s| s.user == user && Some(s.id.as_str()) != but);
            his.map(|s| s.id.clone()).collect()
        };
        self.are_over(&ids);
    }

    /// In memory; a row that was read before brings none of them back.
    pub(super) fn are_over(&self, ids: &[String]) {
        self.unwritten.mark(ids);
        let mut alive = self.alive.write();
        ids.iter().for_each(|id| alive.remove(id));
    }

    /// Tells the database what ended here, when anything did.
    ///
    /// # Errors
    /// When it cannot be asked: it is told next time.
    pub async fn write_ends(&self) -> Result<(), Unavailable> {
        let (ids, whys): (Vec<_>, Vec<_>) = self.unwritten.waiting().into_iter().unzip();
        if ids.is_empty() {
            return Ok(());
        }
        let connection = self.db.get().await?;
        let text = "with ended as materialized \
            (select id from vigie.sessions where id = any($1) and revoked is null order by id for update) \
            update vigie.sessions s set revoked = now(), why = e.why \
            from unnest($1::text[], $2::text[]) as e (id, why) join ended using (id) where s.id = e.id";
        connection.execute(text, &[&ids, &whys]).await.map_err(away)?;
        self.unwritten.written(&ids).await;
        Ok(())
    }
}

/// What ended and the database does not know.
pub(super) struct Unwritten {
    path: PathBuf,
    known: Mutex<Known>,
    /// Had by who writes the file, from before he looks what is to stand there: no older state comes after a newer.
    disk: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct Known {
    /// Id, and why.
    waiting: AHashMap<String, String>,
    /// Ended here, and since when.
    lately: AHashMap<String, Instant>,
    /// The file has lines, as far as it was written.
    kept: bool,
}

impl Unwritten {
    /// With what that file holds: a line of id and why for each.
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => String::new(),
            Err(e) => return Err(named(&path, e)),
        };
        let line = |line: &str| line.split_once(' ').map(|(id, why)| (id.to_owned(), why.to_owned()));
        let known = Known {
            waiting: text.lines().filter_map(line).collect(),
            kept: !text.is_empty(),
            ..Known::default()
        };
        Ok(Self { path, known: Mutex::new(known), disk: Arc::default() })
    }

    /// Whether a row that says that it is alive is wrong.
    pub(super) fn has(&self, id: &str) -> bool {
        let known = self.known.lock();
        known.waiting.contains_key(id) || known.lately.contains_key(id)
    }

    fn add(&self, id: &str, why: &str) {
        self.known.lock().waiting.insert(id.to_owned(), why.to_owned());
    }

    /// They ended now.
    fn mark(&self, ids: &[String]) {
        let mut known = self.known.lock();
        let now = Instant::now();
        known.lately.retain(|_, ended| now.duration_since(*ended) < LATE);
        known.lately.extend(ids.iter().map(|id| (id.clone(), now)));
    }

    fn waiting(&self) -> AHashMap<String, String> {
        self.known.lock().waiting.clone()
    }

    /// The database knows these.
    async fn written(&self, ids: &[String]) {
        {
            let mut known = self.known.lock();
            ids.iter().for_each(|id| drop(known.waiting.remove(id)));
        }
        let disk = self.disk.clone().lock_owned().await;
        // a line too many does no harm: its session is over already
        if self.known.lock().kept
            && let Err(problem) = self.write(disk).await
        {
            log::warn!("sessions: {problem}");
        }
    }

    /// Puts all that wait on disk, in the place of what stood there.
    async fn keep(&self) -> io::Result<()> {
        let disk = self.disk.clone().lock_owned().await;
        self.write(disk).await
    }

    async fn write(&self, disk: OwnedMutexGuard<()>) -> io::Result<()> {
        let line = |(id, why): (&String, &String)| format!("{id} {why}\n");
        let text: String = self.known.lock().waiting.iter().map(line).collect();
        let (path, has_lines) = (self.path.clone(), !text.is_empty());
        let writing = tokio::task::spawn_blocking(move || {
            let written = replace(&path, text.as_bytes()).map_err(|e| named(&path, e));
            drop(disk); // here: who waits for this may be gone before it is done
            written
        });
        writing.await.map_err(io::Error::other)??;
        self.known.lock().kept = has_lines;
        Ok(())
    }
}

/// The file is the old one or the new one, whenever the power goes.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = std::fs::File::create(&new)?;
    file.write_all(text).and_then(|()| file.sync_all())?;
    std::fs::rename(&new, path)?;
    path.parent().map_or(Ok(()), |folder| std::fs::File::open(folder)?.sync_all())
}

fn named(path: &Path, e: io::Error) -> io::Error {
    io::Error::new(e.kind(), format!("{}: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_ended_is_read_again_until_the_database_knows_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ended");
        let unwritten = Unwritten::open(path.clone()).unwrap();
        unwritten.add("a", "logout");
        unwritten.add("b", "logout");
        unwritten.mark(&["a".into(), "b".into()]);
        unwritten.keep().await.unwrap();
        let again = Unwritten::open(path.clone()).unwrap();
        assert!(again.has("a") && again.has("b") && !again.has("c"));
        assert_eq!(again.waiting()["a"], "logout");
        again.written(&["a".into(), "b".into()]).await;
        assert!(!again.has("a"), "the row says it itself");
        assert!(!Unwritten::open(path).unwrap().has("b"));
        assert!(unwritten.has("a"), "a row that was read before may still arrive");
    }
    #[tokio::test]
    async fn what_many_end_at_once_stands_on_disk_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ended");
        let unwritten = Arc::new(Unwritten::open(path.clone()).unwrap());
        let ids: Vec<_> = (0..100).map(|n| format!("s{n}")).collect();
        let ends = ids.iter().cloned().map(|id| {
            let unwritten = unwritten.clone();
            tokio::spawn(async move {
                unwritten.add(&id, "logout");
                unwritten.keep().await.unwrap();
                // whoever was told that it is kept finds it there, whatever others write meanwhile
                assert!(Unwritten::open(unwritten.path.clone()).unwrap().has(&id));
            })
        });
        for end in ends.collect::<Vec<_>>() {
            end.await.unwrap();
        }
        let again = Unwritten::open(path).unwrap();
        assert!(ids.iter().all(|id| again.has(id)));
    }

    #[tokio::test]
    async fn what_could_not_be_written_does_not_count_as_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("away/ended");
        let unwritten = Unwritten::open(path.clone()).unwrap();
        unwritten.add("a", "logout");
        unwritten.keep().await.unwrap_err();
        assert!(!unwritten.known.lock().kept);
        std::fs::create_dir(folder.path().join("away")).unwrap();
        unwritten.keep().await.unwrap();
        assert!(Unwritten::open(path).unwrap().has("a"));
    }
}
