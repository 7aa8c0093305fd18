//! What is written: each change one transaction, refused by name where the database refuses it.

use serde_json::Value;
use tokio_postgres::Transaction;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::directory::Station;
use super::store::{Store, away};
use crate::auth::{Right, Role, Scope};
use crate::config::Secret;
use crate::db::Unavailable;

/// Why a change was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// There is one already with that; which field.
    Taken(&'static str),
    /// It names something that does not exist; which field.
    Unknown(&'static str),
    /// It is not there (any more).
    Gone,
    /// There is an administrator already.
    NotFirst,
    /// The database cannot be asked.
    Unavailable(Unavailable),
}

impl From<Unavailable> for Denied {
    fn from(why: Unavailable) -> Self {
        Self::Unavailable(why)
    }
}

/// What happens to a password.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PasswordChange {
    /// Stays as it is.
    #[default]
    Keep,
    /// This hash, of his own.
    Own(Secret),
    /// This hash, of one that another made for him: he changes it first.
    Given(Secret),
}

impl PasswordChange {
    /// The hash to be kept, if any, and whether it must be changed at the next login.
    fn parts(&self) -> (Option<&str>, bool) {
        match self {
            Self::Keep => (None, false),
            Self::Own(hash) => (Some(hash.reveal()), false),
            Self::Given(hash) => (Some(hash.reveal()), true),
        }
    }
}

/// A user as he shall be. By default nobody: an agent who may not log in.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)] // as in `User`
pub struct UserChange {
    pub id: String,
    pub login_id: String,
    pub first_name: String,
    pub last_name: String,
    pub email: Option<String>,
    pub role: Role,
    pub is_active: bool,
    pub site_id: Option<String>,
    pub agent_profile_id: Option<String>,
    pub mobile_number: Option<String>,
    pub use_mobile_as_station: bool,
    pub planning_enabled: bool,
    pub campaign_ids: Vec<String>,
    pub group_ids: Vec<String>,
    pub password: PasswordChange,
}

/// A group as it shall be.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // as in `Group`
pub struct GroupChange {
    pub id: String,
    pub name: String,
    pub member_ids: Vec<String>,
}

/// A site as it shall be.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // as in `Site`
pub struct SiteChange {
    pub id: String,
    pub name: String,
    pub ip_address: Option<String>,
    pub physical_extensions: Value,
    pub direct_media_enabled: bool,
    pub time_zone: String,
    pub day_start: String,
    pub trunks: Vec<String>,
    pub queues: Vec<String>,
    pub outbound_context: Option<String>,
    pub transfer_context: Option<String>,
    pub listening_reason: bool,
    pub listening_told: bool,
    pub numbers: Value,
}

type Failed = tokio_postgres::Error;

/// A refusal by one of the tables' rules, by the rule's name.
fn denied(error: Failed) -> Denied {
    let Some(refused) = error.as_db_error() else { return Denied::Unavailable(away(error)) };
    let rule = refused.constraint().unwrap_or("");
    if *refused.code() == SqlState::UNIQUE_VIOLATION {
        return Denied::Taken(match rule {
            "users_login" => "loginId",
            "users_email" => "email",
            "stations_pkey" => "endpoint",
            _ => "id",
        });
    }
    if *refused.code() == SqlState::FOREIGN_KEY_VIOLATION {
        return Denied::Unknown(match rule {
            "users_site_id_fkey" => "siteId",
            "group_members_group_id_fkey" => "groupIds",
            "group_members_user_id_fkey" => "memberIds",
            _ => "userId",
        });
    }
    Denied::Unavailable(away(error))
}

/// Runs statements in one transaction.
macro_rules! transaction {
    ($store:expr, |$transaction:ident| $work:expr) => {{
        let mut connection = $store.db.get().await?;
        let $transaction = connection.transaction().await.map_err(denied)?;
        let done = $work;
        $transaction.commit().await.map_err(denied)?;
        Ok(done)
    }};
}

impl Store {
    /// Makes users, all or none.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn add_users(&self, users: &[UserChange]) -> Result<(), Denied> {
        transaction!(self, |transaction| {
            for user in users {
                insert_user(&transaction, user).await.map_err(denied)?;
            }
        })
    }

    /// Makes the first administrator, unless there is anybody.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn add_first(&self, user: &UserChange) -> Result<(), Denied> {
        transaction!(self, |transaction| {
            transaction.execute("lock table vigie.users in exclusive mode", &[]).await.map_err(denied)?;
            let anybody = transaction.query_opt("select 1 from vigie.users limit 1", &[]).await;
            if anybody.map_err(denied)?.is_some() {
                return Err(Denied::NotFirst);
            }
            insert_user(&transaction, user).await.map_err(denied)?;
        })
    }

    /// Makes a user what he shall be.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn set_user(&self, user: &UserChange) -> Result<(), Denied> {
        let role = user.role.name();
        let (hash, must_change) = user.password.parts();
        let keep = hash.is_none();
        let values: &[&(dyn ToSql + Sync)] = &[
            &user.id,
            &user.login_id,
            &user.first_name,
            &user.last_name,
            &user.email,
            &role,
            &user.is_active,
            &user.site_id,
            &user.agent_profile_id,
            &user.mobile_number,
            &user.use_mobile_as_station,
            &user.planning_enabled,
            &user.campaign_ids,
            &keep,
            &hash,
            &must_change,
        ];
        transaction!(self, |transaction| {
            let text = "update vigie.users set login_id = $2, first_name = $3, last_name = $4, email = $5, role = $6, \
                active = $7, site_id = $8, agent_profile_id = $9, mobile_number = $10, mobile_as_station = $11, \
                planning_enabled = $12, campaign_ids = $13, password = case when $14 then password else $15 end, \
                must_change = case when $14 then must_change else $16 end, updated = now() where id = $1";
            if transaction.execute(text, values).await.map_err(denied)? == 0 {
                return Err(Denied::Gone);
            }
            set_groups(&transaction, user).await.map_err(denied)?;
        })
    }

    /// Gives him a password of his own.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn set_password(&self, user: &str, hash: &Secret) -> Result<(), Denied> {
        self.password(user, hash, false).await
    }

    /// Gives him one that another made: he changes it first.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn give_password(&self, user: &str, hash: &Secret) -> Result<(), Denied> {
        self.password(user, hash, true).await
    }

    async fn password(&self, user: &str, hash: &Secret, given: bool) -> Result<(), Denied> {
        let text = "update vigie.users set password = $2, must_change = $3, updated = now() where id = $1";
        transaction!(self, |transaction| {
            if transaction.execute(text, &[&user, &hash.reveal(), &given]).await.map_err(denied)? == 0 {
                return Err(Denied::Gone);
            }
        })
    }

    /// Takes a user away, with his sessions, stations and rights.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn remove_user(&self, id: &str) -> Result<(), Denied> {
        self.remove("delete from vigie.users where id = $1", id).await
    }

    /// Makes a group, or makes it what it shall be.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn put_group(&self, group: &GroupChange, is_new: bool) -> Result<(), Denied> {
        let text = match is_new {
            true => "insert into vigie.groups (id, name) values ($1, $2)",
            false => "update vigie.groups set name = $2, updated = now() where id = $1",
        };
        transaction!(self, |transaction| {
            if transaction.execute(text, &[&group.id, &group.name]).await.map_err(denied)? == 0 {
                return Err(Denied::Gone);
            }
            let clear = "delete from vigie.group_members where group_id = $1";
            transaction.execute(clear, &[&group.id]).await.map_err(denied)?;
            let fill = "insert into vigie.group_members (group_id, user_id) select $1, unnest($2::text[])";
            transaction.execute(fill, &[&group.id, &group.member_ids]).await.map_err(denied)?;
        })
    }

    /// Takes a group away, with the rights that were given on it.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn remove_group(&self, id: &str) -> Result<(), Denied> {
        self.remove_scope("delete from vigie.groups where id = $1", "group", id).await
    }

    /// Makes a site, or makes it what it shall be.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn put_site(&self, site: &SiteChange, is_new: bool) -> Result<(), Denied> {
        let text = match is_new {
            true => {
                "insert into vigie.sites (id, name, ip_address, physical_extensions, direct_media, time_zone, day_start, \
                 trunks, queues, outbound_context, transfer_context, numbers, listening_reason, listening_told) \
                 values ($1, $2, $3, $4, $5, $6, $7::text::time, $8, $9, $10, $11, $12, $13, $14)"
            }
            false => {
                "update vigie.sites set name = $2, ip_address = $3, physical_extensions = $4, direct_media = $5, \
                 time_zone = $6, day_start = $7::text::time, trunks = $8, queues = $9, outbound_context = $10, \
                 transfer_context = $11, numbers = $12, listening_reason = $13, listening_told = $14, updated = now() where id = $1"
            }
        };
        let values: &[&(dyn ToSql + Sync)] = &[
            &site.id,
            &site.name,
            &site.ip_address,
            &site.physical_extensions,
            &site.direct_media_enabled,
            &site.time_zone,
            &site.day_start,
            &site.trunks,
            &site.queues,
            &site.outbound_context,
            &site.transfer_context,
            &site.numbers,
            &site.listening_reason,
            &site.listening_told,
        ];
        transaction!(self, |transaction| {
            if transaction.execute(text, values).await.map_err(denied)? == 0 {
                return Err(Denied::Gone);
            }
        })
    }

    /// Takes a site away, with the rights that were given on it; its users stay, without a site.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn remove_site(&self, id: &str) -> Result<(), Denied> {
        self.remove_scope("delete from vigie.sites where id = $1", "site", id).await
    }

    /// A user's stations: these and no others.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn set_stations(&self, user: &str, stations: &[Station]) -> Result<(), Denied> {
        transaction!(self, |transaction| {
            let clear = "delete from vigie.stations where user_id = $1";
            transaction.execute(clear, &[&user]).await.map_err(denied)?;
            for s in stations {
                let text = "insert into vigie.stations (user_id, pbx, station, endpoint, interface) \
                    values ($1, $2, $3, $4, $5)";
                let values: &[&(dyn ToSql + Sync)] =
                    &[&user, &s.pbx, &s.station, &s.endpoint, &s.member_interface];
                transaction.execute(text, values).await.map_err(denied)?;
            }
        })
    }

    /// A user's rights beyond his role: these and no others.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn set_grants(&self, user: &str, grants: &[(Right, Scope)]) -> Result<(), Denied> {
        transaction!(self, |transaction| {
            transaction
                .execute("delete from vigie.grants where user_id = $1", &[&user])
                .await
                .map_err(denied)?;
            for (right, scope) in grants {
                let text =
                    "insert into vigie.grants (user_id, verb, scope_kind, scope_id) values ($1, $2, $3, $4)";
                let values: &[&(dyn ToSql + Sync)] = &[&user, &right.slug(), &scope.kind(), &scope.id()];
                transaction.execute(text, values).await.map_err(denied)?;
            }
        })
    }

    async fn remove(&self, text: &str, id: &str) -> Result<(), Denied> {
        transaction!(self, |transaction| {
            if transaction.execute(text, &[&id]).await.map_err(denied)? == 0 {
                return Err(Denied::Gone);
            }
        })
    }

    async fn remove_scope(&self, text: &str, kind: &str, id: &str) -> Result<(), Denied> {
        transaction!(self, |transaction| {
            if transaction.execute(text, &[&id]).await.map_err(denied)? == 0 {
                return Err(Denied::Gone);
            }
            let rights = "delete from vigie.grants where scope_kind = $1 and scope_id = $2";
            transaction.execute(rights, &[&kind, &id]).await.map_err(denied)?;
        })
    }
}

async fn insert_user(transaction: &Transaction<'_>, user: &UserChange) -> Result<(), Failed> {
    let role = user.role.name();
    let (hash, must_change) = user.password.parts();
    let text = "insert into vigie.users (id, login_id, first_name, last_name, email, role, active, site_id, \
        agent_profile_id, mobile_number, mobile_as_station, planning_enabled, campaign_ids, password, must_change) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    let values: &[&(dyn ToSql + Sync)] = &[
        &user.id,
        &user.login_id,
        &user.first_name,
        &user.last_name,
        &user.email,
        &role,
        &user.is_active,
        &user.site_id,
        &user.agent_profile_id,
        &user.mobile_number,
        &user.use_mobile_as_station,
        &user.planning_enabled,
        &user.campaign_ids,
        &hash,
        &must_change,
    ];
    transaction.execute(text, values).await?;
    set_groups(transaction, user).await
}

async fn set_groups(transaction: &Transaction<'_>, user: &UserChange) -> Result<(), Failed> {
    transaction.execute("delete from vigie.group_members where user_id = $1", &[&user.id]).await?;
    let fill = "insert into vigie.group_members (group_id, user_id) select unnest($2::text[]), $1";
    transaction.execute(fill, &[&user.id, &user.group_ids]).await?;
    Ok(())
}
