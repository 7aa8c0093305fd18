//! Sessions: a login, its cookie, and the family of refresh tokens that it began.
//!
//! ```text
//! login ─▶ begin ─▶ alive in memory, row in PostgreSQL ◀─ refresh: the next token of its family
//!                        │ end: memory at once, then the row, or disk until it can be told (ends)
//!                        └ with a change of its user: the row in that transaction, then memory
//! ```
//!
//! All that are alive stand in memory, so that a request costs no question to the database; what others
//! change there is seen within seconds (S44).

mod ends;
mod refresh;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ahash::AHashMap;
use parking_lot::{Mutex, RwLock};
use tokio_postgres::Row;

pub use self::ends::REVOKE_ALL;
use self::ends::Unwritten;
pub use self::refresh::Refreshed;
use super::secrets;
use crate::config::Secret;
use crate::db::{self, Db, Unavailable};

/// A session that was not used for so long is over.
pub const IDLE: Duration = Duration::from_secs(7 * 24 * 3600);
/// And every one after this.
pub const LONGEST: Duration = Duration::from_secs(90 * 24 * 3600);
/// Sessions of one user; the one used longest ago ends when there would be more.
pub const MOST_OF_ONE: i64 = 20;
/// A row is sought again for so long after the look that must have seen it: it is written before it is seen.
const AGAIN: Duration = Duration::from_secs(60);

/// A session that is alive.
#[derive(Debug)]
pub struct Session {
    /// Not secret.
    pub id: String,
    /// Whose.
    pub user: String,
    cookie: Vec<u8>,
    created_ms: i64,
    used_ms: AtomicI64,
    /// Since it was last written down.
    touched: AtomicI64,
}

/// A new login, with its secrets.
#[derive(Debug)]
pub struct Begun {
    /// Id.
    pub id: String,
    /// For front ends that send no token.
    pub cookie: String,
    /// The first refresh token.
    pub refresh: String,
}

/// See the module.
pub struct Sessions {
    db: Db,
    alive: RwLock<Alive>,
    unwritten: Unwritten,
    /// When the database last said what others began and ended.
    looked: Mutex<Option<Instant>>,
}

#[derive(Default)]
struct Alive {
    by_id: AHashMap<String, Arc<Session>>,
    by_cookie: AHashMap<Vec<u8>, String>,
}

impl Alive {
    fn add(&mut self, session: Session) {
        self.by_cookie.insert(session.cookie.clone(), session.id.clone());
        self.by_id.entry(session.id.clone()).or_insert_with(|| Arc::new(session));
    }

    fn remove(&mut self, id: &str) {
        if let Some(session) = self.by_id.remove(id) {
            self.by_cookie.remove(&session.cookie);
        }
    }
}

const COLUMNS: &str = "id, user_id, cookie, address, (extract(epoch from created) * 1000)::bigint as created_ms, \
    (extract(epoch from used) * 1000)::bigint as used_ms, revoked is not null as over";

impl Sessions {
    /// Kept there; what ended while it was away stands in that folder until it is back.
    ///
    /// # Errors
    /// With the path, when the folder's file cannot be read.
    pub fn new(db: Db, folder: &Path) -> std::io::Result<Self> {
        let unwritten = Unwritten::open(folder.join("ended"))?;
        Ok(Self { db, alive: RwLock::default(), unwritten, looked: Mutex::default() })
    }

    /// Reads all that are alive, at the start.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn load(&self, mut came_from: impl FnMut(&str, &str)) -> Result<(), Unavailable> {
        let text = format!(
            "select {COLUMNS} from vigie.sessions where revoked is null and used > now() - $1::bigint * interval '1 s' \
             and created > now() - $2::bigint * interval '1 s'"
        );
        let (idle, longest) = (IDLE.as_secs() as i64, LONGEST.as_secs() as i64);
        let connection = self.db.get().await?;
        let began = Instant::now();
        let rows = connection.query(&text, &[&idle, &longest]).await.map_err(away)?;
        let mut alive = self.alive.write();
        for row in &rows {
            came_from(row.get("user_id"), row.get("address"));
            self.add(&mut alive, session(row));
        }
        *self.looked.lock() = Some(began);
        Ok(())
    }

    /// What others began or ended since the last look, however long ago that was.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn look(&self) -> Result<(), Unavailable> {
        let text = format!(
            "select {COLUMNS} from vigie.sessions where greatest(created, revoked) > now() - $1::float8 * interval '1 s'"
        );
        let connection = self.db.get().await?;
        let began = Instant::now();
        let since = window(*self.looked.lock(), began);
        let rows = connection.query(&text, &[&since.as_secs_f64()]).await.map_err(away)?;
        let mut alive = self.alive.write();
        for row in &rows {
            if row.get("over") { alive.remove(row.get("id")) } else { self.add(&mut alive, session(row)) }
        }
        *self.looked.lock() = Some(began);
        Ok(())
    }

    /// Unless it ended here and the database does not know that yet.
    fn add(&self, alive: &mut Alive, session: Session) {
        if !self.unwritten.has(&session.id) {
            alive.add(session);
        }
    }

    /// A new login of somebody who gave that password (its hash, as it was read); `None` when it is his no
    /// more, or he may not log in any more: whoever changes a password ends all sessions that began with the
    /// old one, and one that begins meanwhile would be left.
    ///
    /// # Errors
    /// When the database cannot be asked, or there is no randomness.
    pub async fn begin(
        &self,
        user: &str,
        password: Option<&Secret>,
        address: &str,
    ) -> Result<Option<Begun>, Unavailable> {
        let unlucky = |e: std::io::Error| Unavailable::Away(e.to_string());
        let id = secrets::id().map_err(unlucky)?;
        let cookie = secrets::token().map_err(unlucky)?;
        let (family, first) = (secrets::id().map_err(unlucky)?, secrets::token().map_err(unlucky)?);
        let hashes = [&cookie, &family, &first].map(|secret| secrets::sha256(secret.as_bytes()));
        let [cookie_hash, family_hash, first_hash] = &hashes;
        let mut connection = self.db.get().await?;
        let transaction = connection.transaction().await.map_err(away)?;
        // a change of the password waits for this one, or this one sees it
        let still = "select 1 from vigie.users where id = $1 and active and password is not distinct from $2 for share";
        let password = password.map(Secret::reveal);
        if transaction.query_opt(still, &[&user, &password]).await.map_err(away)?.is_none() {
            return Ok(None);
        }
        let text = "insert into vigie.sessions (id, user_id, cookie, family, refresh, address) \
            values ($1, $2, $3, $4, $5, $6)";
        transaction
            .execute(text, &[&id, &user, cookie_hash, family_hash, first_hash, &address])
            .await
            .map_err(away)?;
        let end = "update vigie.sessions set revoked = now(), why = 'too_many' where id in \
            (select id from vigie.sessions where id in (select id from vigie.sessions \
                where user_id = $1 and revoked is null order by used desc offset $2) \
             order by id for update) returning id";
        let ended = transaction.query(end, &[&user, &MOST_OF_ONE]).await.map_err(away)?;
        // alive before it is committed: who ends all of the user's waits for the commit, and must find it
        self.alive.write().add(Session::new(&id, user, cookie_hash));
        if let Err(error) = transaction.commit().await {
            self.alive.write().remove(&id);
            return Err(away(error));
        }
        self.are_over(&ended.iter().map(|row| row.get("id")).collect::<Vec<_>>());
        Ok(Some(Begun { id, cookie, refresh: format!("{family}.{first}") }))
    }

    /// Whether it is alive.
    pub fn is_alive(&self, id: &str) -> bool {
        self.alive.read().by_id.get(id).is_some_and(|session| session.holds())
    }

    /// The session of a cookie.
    pub fn by_cookie(&self, cookie: &str) -> Option<Arc<Session>> {
        if cookie.len() > 100 {
            return None;
        }
        let alive = self.alive.read();
        let id = alive.by_cookie.get(&secrets::sha256(cookie.as_bytes()))?;
        alive.by_id.get(id).filter(|session| session.holds()).cloned()
    }

    /// It was used.
    pub fn touch(&self, id: &str) {
        if let Some(session) = self.alive.read().by_id.get(id) {
            let now = now_ms();
            session.used_ms.store(now, Ordering::Relaxed);
            session.touched.store(now, Ordering::Relaxed);
        }
    }

    /// Writes down which were used since the last time, and forgets those that are over.
    ///
    /// # Errors
    /// When the database cannot be asked: they are written next time.
    pub async fn write_down(&self) -> Result<(), Unavailable> {
        let used: Vec<String> = {
            let mut alive = self.alive.write();
            let over: Vec<_> = alive.by_id.values().filter(|s| !s.holds()).map(|s| s.id.clone()).collect();
            over.iter().for_each(|id| alive.remove(id));
            let touched = alive.by_id.values().filter(|s| s.touched.swap(0, Ordering::Relaxed) != 0);
            touched.map(|s| s.id.clone()).collect()
        };
        if used.is_empty() {
            return Ok(());
        }
        let connection = self.db.get().await?;
        let text = "update vigie.sessions set used = now() where id in \
            (select id from vigie.sessions where id = any($1) order by id for update)";
        connection.execute(text, &[&used]).await.map_err(away)?;
        Ok(())
    }

    /// Rows of sessions that ended long ago go, a few at a time.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn sweep(&self) -> Result<(), Unavailable> {
        let connection = self.db.get().await?;
        let text = "delete from vigie.sessions where id in (select id from vigie.sessions \
            where coalesce(revoked, used) < now() - interval '100 days' limit 500 for update skip locked)";
        connection.execute(text, &[]).await.map_err(away)?;
        Ok(())
    }
}

impl Session {
    fn new(id: &str, user: &str, cookie: &[u8]) -> Self {
        let now = now_ms();
        Self {
            id: id.to_owned(),
            user: user.to_owned(),
            cookie: cookie.to_owned(),
            created_ms: now,
            used_ms: AtomicI64::new(now),
            touched: AtomicI64::new(0),
        }
    }

    fn holds(&self) -> bool {
        let (now, within) = (now_ms(), |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
        now - self.used_ms.load(Ordering::Relaxed) < within(IDLE) && now - self.created_ms < within(LONGEST)
    }
}

/// How far back a look must look.
fn window(last: Option<Instant>, now: Instant) -> Duration {
    last.map_or(LONGEST, |last| now.duration_since(last)) + AGAIN
}

fn session(row: &Row) -> Session {
    Session {
        id: row.get("id"),
        user: row.get("user_id"),
        cookie: row.get("cookie"),
        created_ms: row.get("created_ms"),
        used_ms: AtomicI64::new(row.get("used_ms")),
        touched: AtomicI64::new(0),
    }
}

fn away(error: tokio_postgres::Error) -> Unavailable {
    let why = db::words(&error);
    log::warn!("sessions: {why}");
    Unavailable::Away(why)
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f24_a_look_after_a_long_outage_reaches_back_to_the_last_one() {
        let now = Instant::now();
        let hour = Duration::from_secs(3600);
        assert_eq!(window(Some(now), now + hour), hour + AGAIN);
        assert!(window(None, now) > LONGEST, "none yet: as far as a session can live");
    }

    #[tokio::test]
    async fn s44_a_row_that_was_read_before_does_not_bring_back_what_ended_with_its_user() {
        let folder = tempfile::tempdir().unwrap();
        let nowhere = db::Source::Server(Box::new("host=127.0.0.1 port=1".parse().unwrap()));
        let sessions = Sessions::new(Db::new(nowhere), folder.path()).unwrap();
        let look = || {
            let mut alive = sessions.alive.write();
            for (id, user) in [("a", "marie"), ("b", "marie"), ("c", "paul")] {
                sessions.add(&mut alive, Session::new(id, user, id.as_bytes()));
            }
        };
        let alive = || ["a", "b", "c"].map(|id| sessions.is_alive(id));
        look();
        assert_eq!(alive(), [true; 3]);
        sessions.end_all("marie", Some("b"));
        assert_eq!(alive(), [false, true, true]);
        look();
        assert_eq!(alive(), [false, true, true]);
        assert!(!folder.path().join("ended").exists(), "the database said it first");
    }
}
