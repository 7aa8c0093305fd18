//! Refresh tokens: good once, and answered with the next one of their family.
//!
//! One that comes a second time was copied, by whoever: the whole family ends (S43). Only a second tap
//! within 5 s (two tabs, a lost answer) is forgiven, once, and with an access token alone: the cookie jar
//! has the new one already.

use super::{Sessions, away};
use crate::auth::secrets;
use crate::db::Unavailable;

/// Within this a refresh token may come once more.
const TAP_S: f64 = 5.0;

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

impl Sessions {
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
        self.are_over(std::slice::from_ref(&session));
        Ok(Refreshed::Reused { user, session })
    }
}
