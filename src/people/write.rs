//! What is written, refused by name where the database refuses it.

use serde_json::Value;
use tokio_postgres::Transaction;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;

use super::directory::Station;
use super::pictures::Picture;
use super::store::away;
use crate::auth::sessions::REVOKE_ALL;
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
    /// The connection was lost as it was written: whether it was is unknown.
    Unknowable,
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

impl UserChange {
    /// Whether the sessions that he has end with it.
    fn ends_sessions(&self) -> bool {
        self.password != PasswordChange::Keep || !self.is_active
    }
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

pub(super) type Failed = tokio_postgres::Error;

/// A refusal by one of the tables' rules, by the rule's name.
pub(super) fn denied(error: Failed) -> Denied {
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

/// One change.
#[derive(Debug, Clone)]
pub enum Write {
    /// New users, all or none.
    AddUsers(Vec<UserChange>),
    /// A user as he shall be. With a new password, or when he may not log in any more, his sessions end.
    SetUser(Box<UserChange>),
    /// His password; his sessions end.
    SetPassword {
        /// User id.
        user: String,
        /// To what; `Keep` changes nothing, and ends nothing.
        to: PasswordChange,
        /// The session that stays, by id.
        but: Option<String>,
    },
    /// His picture, or none.
    SetPicture {
        /// User id.
        user: String,
        /// What is shown of him.
        picture: Option<Picture>,
    },
    /// A user goes, with his sessions, stations and rights.
    RemoveUser(String),
    /// A new group.
    AddGroup(GroupChange),
    /// A group as it shall be.
    SetGroup(GroupChange),
    /// A group goes, with the rights that were given on it.
    RemoveGroup(String),
    /// A new site.
    AddSite(Box<SiteChange>),
    /// A site as it shall be.
    SetSite(Box<SiteChange>),
    /// A site goes, with the rights that were given on it; its users stay, without a site.
    RemoveSite(String),
    /// A user's stations: these and no others.
    SetStations {
        /// User id.
        user: String,
        /// Where he sits.
        stations: Vec<Station>,
    },
    /// A user's rights beyond his role: these and no others.
    SetGrants {
        /// User id.
        user: String,
        /// What is given.
        grants: Vec<(Right, Scope)>,
    },
}

impl Write {
    /// Writes it.
    pub(super) async fn run(&self, transaction: &Transaction<'_>) -> Result<(), Denied> {
        let to = To(transaction);
        match self {
            Self::AddUsers(users) => {
                for user in users {
                    to.user(ADD_USER, user).await?;
                }
                Ok(())
            }
            Self::SetUser(user) => to.set_user(user).await,
            Self::SetPassword { user, to: password, but } => {
                to.password(user, password, but.as_deref()).await
            }
            Self::SetPicture { user, picture } => to.picture(user, picture.as_ref()).await,
            Self::RemoveUser(id) => to.one("delete from vigie.users where id = $1", &[id]).await,
            Self::AddGroup(group) => to.group(ADD_GROUP, group).await,
            Self::SetGroup(group) => to.group(SET_GROUP, group).await,
            Self::RemoveGroup(id) => {
                to.one("delete from vigie.groups where id = $1", &[id]).await?;
                to.rights_on("group", id).await
            }
            Self::AddSite(site) => to.site(ADD_SITE, site).await,
            Self::SetSite(site) => to.site(SET_SITE, site).await,
            Self::RemoveSite(id) => {
                to.one("delete from vigie.sites where id = $1", &[id]).await?;
                to.rights_on("site", id).await
            }
            Self::SetStations { user, stations } => to.stations(user, stations).await,
            Self::SetGrants { user, grants } => to.grants(user, grants).await,
        }
    }
}

const ADD_USER: &str = "insert into vigie.users (id, login_id, first_name, last_name, email, role, active, site_id, \
     agent_profile_id, mobile_number, mobile_as_station, planning_enabled, campaign_ids, password, must_change) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const SET_USER: &str = "update vigie.users set login_id = $2, first_name = $3, last_name = $4, email = $5, role = $6, \
     active = $7, site_id = $8, agent_profile_id = $9, mobile_number = $10, mobile_as_station = $11, \
     planning_enabled = $12, campaign_ids = $13, password = coalesce($14, password), \
     must_change = case when $14 is null then must_change else $15 end, updated = now() where id = $1";
const ADD_GROUP: &str = "insert into vigie.groups (id, name) values ($1, $2)";
const SET_GROUP: &str = "update vigie.groups set name = $2, updated = now() where id = $1";
const ADD_SITE: &str = "insert into vigie.sites (id, name, ip_address, physical_extensions, direct_media, time_zone, day_start, \
     trunks, queues, outbound_context, transfer_context, numbers, listening_reason, listening_told) \
     values ($1, $2, $3, $4, $5, $6, $7::text::time, $8, $9, $10, $11, $12, $13, $14)";
const SET_SITE: &str = "update vigie.sites set name = $2, ip_address = $3, physical_extensions = $4, direct_media = $5, \
     time_zone = $6, day_start = $7::text::time, trunks = $8, queues = $9, outbound_context = $10, \
     transfer_context = $11, numbers = $12, listening_reason = $13, listening_told = $14, updated = now() \
     where id = $1";

/// Statements of one transaction.
struct To<'a>(&'a Transaction<'a>);

type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

impl To<'_> {
    /// On however many rows.
    async fn any(&self, text: &str, values: Values<'_>) -> Result<u64, Denied> {
        self.0.execute(text, values).await.map_err(denied)
    }

    /// On one that must be there.
    async fn one(&self, text: &str, values: Values<'_>) -> Result<(), Denied> {
        if self.any(text, values).await? == 0 { Err(Denied::Gone) } else { Ok(()) }
    }

    async fn set_user(&self, user: &UserChange) -> Result<(), Denied> {
        self.any("delete from vigie.group_members where user_id = $1", &[&user.id]).await?;
        self.user(SET_USER, user).await?;
        if user.ends_sessions() { self.end_sessions(&user.id, None, "changed").await } else { Ok(()) }
    }

    /// In the same transaction: nothing that fails after it leaves one alive that began with the old password.
    async fn end_sessions(&self, user: &str, but: Option<&str>, why: &str) -> Result<(), Denied> {
        self.any(REVOKE_ALL, &[&user, &but, &why]).await.map(drop)
    }

    async fn user(&self, text: &str, user: &UserChange) -> Result<(), Denied> {
        let role = user.role.name();
        let (hash, must_change) = user.password.parts();
        let values: Values<'_> = &[
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
        self.one(text, values).await?;
        let fill = "insert into vigie.group_members (group_id, user_id) select unnest($2::text[]), $1";
        self.any(fill, &[&user.id, &user.group_ids]).await.map(drop)
    }

    async fn password(&self, user: &str, to: &PasswordChange, but: Option<&str>) -> Result<(), Denied> {
        let (Some(hash), must_change) = to.parts() else { return Ok(()) };
        let text = "update vigie.users set password = $2, must_change = $3, updated = now() where id = $1";
        self.one(text, &[&user, &hash, &must_change]).await?;
        self.end_sessions(user, but, "password").await
    }

    async fn picture(&self, user: &str, picture: Option<&Picture>) -> Result<(), Denied> {
        let Some(picture) = picture else {
            return self.any("delete from vigie.pictures where user_id = $1", &[&user]).await.map(drop);
        };
        let text = "insert into vigie.pictures (user_id, bytes, hash) values ($1, $2, $3) \
             on conflict (user_id) do update set bytes = $2, hash = $3";
        self.one(text, &[&user, &picture.bytes, &picture.hash()]).await
    }

    async fn group(&self, text: &str, group: &GroupChange) -> Result<(), Denied> {
        self.one(text, &[&group.id, &group.name]).await?;
        self.any("delete from vigie.group_members where group_id = $1", &[&group.id]).await?;
        let fill = "insert into vigie.group_members (group_id, user_id) select $1, unnest($2::text[])";
        self.any(fill, &[&group.id, &group.member_ids]).await.map(drop)
    }

    async fn site(&self, text: &str, site: &SiteChange) -> Result<(), Denied> {
        let values: Values<'_> = &[
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
        self.one(text, values).await
    }

    async fn rights_on(&self, kind: &str, id: &str) -> Result<(), Denied> {
        let text = "delete from vigie.grants where scope_kind = $1 and scope_id = $2";
        self.any(text, &[&kind, &id]).await.map(drop)
    }

    async fn stations(&self, user: &str, stations: &[Station]) -> Result<(), Denied> {
        self.any("delete from vigie.stations where user_id = $1", &[&user]).await?;
        for s in stations {
            let text = "insert into vigie.stations (user_id, pbx, station, endpoint, interface) \
                values ($1, $2, $3, $4, $5)";
            self.any(text, &[&user, &s.pbx, &s.station, &s.endpoint, &s.member_interface]).await?;
        }
        Ok(())
    }

    async fn grants(&self, user: &str, grants: &[(Right, Scope)]) -> Result<(), Denied> {
        self.any("delete from vigie.grants where user_id = $1", &[&user]).await?;
        for (right, scope) in grants {
            let text =
                "insert into vigie.grants (user_id, verb, scope_kind, scope_id) values ($1, $2, $3, $4)";
            self.any(text, &[&user, &right.slug(), &scope.kind(), &scope.id()]).await?;
        }
        Ok(())
    }
}
