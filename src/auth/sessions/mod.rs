//! Sessions: a login, its cookie, and the family of refresh tokens that it began.
//!
//! A refresh token is good once: it is answered with the next one of its family. One that comes a second
//! time was copied, by whoever: the whole family ends (S43). Only a second tap within 5 s (two tabs, a lost
//! answer) is forgiven, once, and with an access token alone: the cookie jar has the new one already.
//!
//! All that are alive stand in memory, so that a request costs no question to the database; what others
//! change there is seen within seconds (S44).

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ahash::AHashMap;
use parking_lot::RwLock;
use tokio_postgres::Row;

use super::secrets;
use crate::db::{self, Db, Unavailable};

/// A session that was not used for so long is over.
pub const IDLE: Duration = Duration::from_secs(7 * 24 * 3600);
/// And every one after this.
pub const LONGEST: Duration = Duration::from_secs(90 * 24 * 3600);
/// Sessions of one user; the one used longest ago ends when there would be more.
pub const MOST_OF_ONE: i64 = 20;
/// Within this a refresh token may come once more.
const TAP_S: f64 = 5.0;

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

/// What a refresh token leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Refreshed {
    /// The next one; user, session.
    Rotated {
        /// Whose.
        user: String,
        /// Which.
        session: String,
        /// To be presented next.
        refresh: String,
    },
    /// A second tap: no new one; user, session.
    Tapped {
        /// Whose.
        user: String,
        /// Which.
        session: String,
    },
    /// It came again: the family is over.
    Reused {
        /// Whose.
        user: String,
        /// Which.
        session: String,
    },
    /// None of ours, or over.
    Unknown,
}

/// See the module.
pub struct Sessions {
    db: Db,
    alive: RwLock<Alive>,
}

#[derive(Default)]
struct Alive {
    by_id: AHashMap<String, Arc<Session>>,
    by_cookie: AHashMap<Vec<u8>, String>,
    /// Ended here, and the database does not know it yet: id, and why.
    unwritten: AHashMap<String, String>,
}

impl Alive {
    fn add(&mut self, session: Session) {
        if self.unwritten.contains_key(&session.id) {
            return;
        }
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
    /// Kept there.
    pub fn new(db: Db) -> Self {
        Self { db, alive: RwLock::default() }
    }

    /// Reads all that are alive: at the start, and after the database was away.
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
        let rows = connection.query(&text, &[&idle, &longest]).await.map_err(away)?;
        let mut alive = self.alive.write();
        alive.by_id.clear();
        alive.by_cookie.clear();
        for row in &rows {
            came_from(row.get("user_id"), row.get("address"));
            alive.add(session(row));
        }
        Ok(())
    }

    /// What others began or ended lately.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn look(&self) -> Result<(), Unavailable> {
        let text = format!(
            "select {COLUMNS} from vigie.sessions where greatest(created, revoked) > now() - interval '60 s'"
        );
        let connection = self.db.get().await?;
        let rows = connection.query(&text, &[]).await.map_err(away)?;
        let mut alive = self.alive.write();
        for row in &rows {
            if row.get("over") { alive.remove(row.get("id")) } else { alive.add(session(row)) }
        }
        Ok(())
    }

    /// A new login.
    ///
    /// # Errors
    /// When the database cannot be asked, or there is no randomness.
    pub async fn begin(&self, user: &str, address: &str) -> Result<Begun, Unavailable> {
        let unlucky = |e: std::io::Error| Unavailable::Away(e.to_string());
        let id = secrets::id().map_err(unlucky)?;
        let cookie = secrets::token().map_err(unlucky)?;
        let (family, first) = (secrets::id().map_err(unlucky)?, secrets::token().map_err(unlucky)?);
        let hashes = [&cookie, &family, &first].map(|secret| secrets::sha256(secret.as_bytes()));
        let mut connection = self.db.get().await?;
        let transaction = connection.transaction().await.map_err(away)?;
        let text = "insert into vigie.sessions (id, user_id, cookie, family, refresh, address) \
            values ($1, $2, $3, $4, $5, $6)";
        let [cookie_hash, family_hash, first_hash] = &hashes;
        transaction
            .execute(text, &[&id, &user, cookie_hash, family_hash, first_hash, &address])
            .await
            .map_err(away)?;
        let end = "update vigie.sessions set revoked = now(), why = 'too_many' where id in \
            (select id from vigie.sessions where user_id = $1 and revoked is null order by used desc offset $2) returning id";
        let ended = transaction.query(end, &[&user, &MOST_OF_ONE]).await.map_err(away)?;
        transaction.commit().await.map_err(away)?;
        let now = now_ms();
        let mut alive = self.alive.write();
        ended.iter().for_each(|row| alive.remove(row.get("id")));
        alive.add(Session {
            id: id.clone(),
            user: user.to_owned(),
            cookie: cookie_hash.clone(),
            created_ms: now,
            used_ms: AtomicI64::new(now),
            touched: AtomicI64::new(0),
        });
        Ok(Begun { id, cookie, refresh: format!("{family}.{first}") })
    }

    /// Takes a refresh token; see the module.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn refresh(&self, token: &str) -> Result<Refreshed, Unavailable> {
        let Some((family, secret)) = token.split_once('.').filter(|_| token.len() <= 200) else {
            return Ok(Refreshed::Unknown);
        };
        let (family, given) = (secrets::sha256(family.as_bytes()), secrets::sha256(secret.as_bytes()));
        let mut connection = self.db.get().await?;
        let transaction = connection.transaction().await.map_err(away)?;
        let text = "select id, user_id, refresh, previous, tapped, revoked is not null as over, \
            extract(epoch from clock_timestamp() - rotated)::float8 as age_s from vigie.sessions \
            where family = $1 for update";
        let Some(row) = transaction.query_opt(text, &[&family]).await.map_err(away)? else {
            return Ok(Refreshed::Unknown);
        };
        let (session, user): (String, String) = (row.get("id"), row.get("user_id"));
        if row.get::<_, bool>("over") || !self.is_alive(&session) {
            return Ok(Refreshed::Unknown);
        }
        let is =
            |column: &str| row.get::<_, Option<Vec<u8>>>(column).is_some_and(|h| secrets::same(&h, &given));
        if is("refresh") {
            let next = secrets::token().map_err(|e| Unavailable::Away(e.to_string()))?;
            let hash = secrets::sha256(next.as_bytes());
            let rotate = "update vigie.sessions set previous = refresh, refresh = $2, rotated = clock_timestamp(), \
                tapped = false, used = now() where id = $1";
            transaction.execute(rotate, &[&session, &hash]).await.map_err(away)?;
            transaction.commit().await.map_err(away)?;
            self.touch(&session);
            let family = token.split_once('.').map_or("", |(family, _)| family);
            return Ok(Refreshed::Rotated { user, session, refresh: format!("{family}.{next}") });
        }
        if is("previous") && !row.get::<_, bool>("tapped") && row.get::<_, f64>("age_s") <= TAP_S {
            let tapped = "update vigie.sessions set tapped = true where id = $1";
            transaction.execute(tapped, &[&session]).await.map_err(away)?;
            transaction.commit().await.map_err(away)?;
            return Ok(Refreshed::Tapped { user, session });
        }
        // only who had one of the family knows its name: this one is old, or guessed by a thief
        let end = "update vigie.sessions set revoked = now(), why = 'reused' where id = $1";
        transaction.execute(end, &[&session]).await.map_err(away)?;
        transaction.commit().await.map_err(away)?;
        self.alive.write().remove(&session);
        Ok(Refreshed::Reused { user, session })
    }

    /// Ends one: here at once, in the database now or as soon as it is back.
    pub async fn end(&self, id: &str, why: &str) {
        self.end_here(vec![id.to_owned()], why).await;
    }

    /// Ends all of a user, but that one.
    pub async fn end_all(&self, user: &str, but: Option<&str>, why: &str) {
        let his = |s: &&Arc<Session>| s.user == user && Some(s.id.as_str()) != but;
        let ids = self.alive.read().by_id.values().filter(his).map(|s| s.id.clone()).collect();
        self.end_here(ids, why).await;
    }

    async fn end_here(&self, ids: Vec<String>, why: &str) {
        {
            let mut alive = self.alive.write();
            for id in ids {
                alive.remove(&id);
                alive.unwritten.insert(id, why.to_owned());
            }
        }
        // else it is written with the next round
        let _ = self.write_ends().await;
    }

    async fn write_ends(&self) -> Result<(), Unavailable> {
        let (ids, whys): (Vec<_>, Vec<_>) = self.alive.read().unwritten.clone().into_iter().unzip();
        if ids.is_empty() {
            return Ok(());
        }
        let connection = self.db.get().await?;
        let text = "update vigie.sessions s set revoked = now(), why = e.why \
            from unnest($1::text[], $2::text[]) as e (id, why) where s.id = e.id and s.revoked is null";
        connection.execute(text, &[&ids, &whys]).await.map_err(away)?;
        let mut alive = self.alive.write();
        ids.iter().for_each(|id| drop(alive.unwritten.remove(id)));
        Ok(())
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
        self.write_ends().await?;
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
        let text = "update vigie.sessions set used = now() where id = any($1)";
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
            where coalesce(revoked, used) < now() - interval '100 days' limit 500)";
        connection.execute(text, &[]).await.map_err(away)?;
        Ok(())
    }
}

impl Session {
    fn holds(&self) -> bool {
        let (now, within) = (now_ms(), |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
        now - self.used_ms.load(Ordering::Relaxed) < within(IDLE) && now - self.created_ms < within(LONGEST)
    }
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
