//! What is read from the database: everything at once, of one moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio_postgres::{IsolationLevel, Row, Transaction};

use super::directory::{Directory, Group, Person, Site, Station, User};
use super::pictures;
use crate::auth::{Right, Rights, Role, Scope};
use crate::config::Secret;
use crate::db::{self, Db, Unavailable};

/// Reads people.
pub(super) struct Store {
    pub(super) db: Db,
}

/// ISO 8601 in UTC with milliseconds, as browsers write it.
macro_rules! iso {
    ($column:literal) => {
        concat!("to_char(", $column, " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
    };
}

const USERS: &str = concat!(
    "select id, login_id, first_name, last_name, email, role, active, password, must_change, site_id, \
     agent_profile_id, mobile_number, mobile_as_station, planning_enabled, campaign_ids, hash as picture, ",
    iso!("created"),
    " as created_at, ",
    iso!("updated"),
    " as updated_at from vigie.users left join vigie.pictures on user_id = id order by last_name, first_name, id"
);
const SITES: &str = concat!(
    "select id, name, ip_address, physical_extensions, direct_media, time_zone, to_char(day_start, 'HH24:MI') as day_start, \
     trunks, queues, outbound_context, transfer_context, listening_reason, listening_told, numbers, ",
    iso!("created"),
    " as created_at, ",
    iso!("updated"),
    " as updated_at from vigie.sites order by name, id"
);
const GROUPS: &str = "select g.id, g.name, \
    coalesce(array_agg(m.user_id order by m.user_id) filter (where m.user_id is not null), '{}') as members \
    from vigie.groups g left join vigie.group_members m on m.group_id = g.id group by g.id order by g.name, g.id";
const STATIONS: &str =
    "select user_id, pbx, station, endpoint, interface from vigie.stations order by pbx, endpoint";
const GRANTS: &str = "select user_id, verb, scope_kind, scope_id from vigie.grants order by user_id, verb, scope_kind, scope_id";

impl Store {
    /// The version that the database is at.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub(super) async fn version(&self) -> Result<i64, Unavailable> {
        let connection = self.db.get().await?;
        let row = connection.query_one("select version from vigie.people_version", &[]).await;
        Ok(row.map_err(away)?.get(0))
    }

    /// Everything.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub(super) async fn load(&self) -> Result<Directory, Unavailable> {
        let mut connection = self.db.get().await?;
        let begin =
            connection.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
        let transaction = begin.start().await.map_err(away)?;
        let directory = read(&transaction).await.map_err(away)?;
        transaction.commit().await.map_err(away)?;
        Ok(directory)
    }
}

pub(super) fn away(error: tokio_postgres::Error) -> Unavailable {
    let why = db::words(&error);
    log::warn!("people: {why}");
    Unavailable::Away(why)
}

pub(super) async fn read(transaction: &Transaction<'_>) -> Result<Directory, tokio_postgres::Error> {
    let version = transaction.query_one("select version from vigie.people_version", &[]).await?.get(0);
    let groups: Vec<Group> = transaction.query(GROUPS, &[]).await?.iter().map(group).collect();
    let mut grants: BTreeMap<String, Vec<(Right, Scope)>> = BTreeMap::new();
    for row in transaction.query(GRANTS, &[]).await? {
        // a right of a newer version is none of ours: it gives nothing
        let given = Right::of(row.get("verb")).zip(Scope::of(row.get("scope_kind"), row.get("scope_id")));
        if let Some(given) = given {
            grants.entry(row.get("user_id")).or_default().push(given);
        }
    }
    let rows = transaction.query(USERS, &[]).await?;
    let people = rows.iter().filter_map(|row| person(row, &groups, &mut grants)).collect();
    let sites = transaction.query(SITES, &[]).await?.iter().map(site).collect();
    let stations = transaction.query(STATIONS, &[]).await?.iter().map(station).collect();
    Ok(Directory::new(version, people, groups, sites, stations))
}

fn person(row: &Row, groups: &[Group], grants: &mut BTreeMap<String, Vec<(Right, Scope)>>) -> Option<Person> {
    let id: String = row.get("id");
    let member = |group: &&Group| group.member_ids.contains(&id);
    let user = User {
        login_id: row.get("login_id"),
        first_name: row.get("first_name"),
        last_name: row.get("last_name"),
        email: row.get("email"),
        // the table's check has the same words
        role: Role::of(row.get("role"))?,
        is_active: row.get("active"),
        site_id: row.get("site_id"),
        agent_profile_id: row.get("agent_profile_id"),
        mobile_number: row.get("mobile_number"),
        use_mobile_as_station: row.get("mobile_as_station"),
        planning_enabled: row.get("planning_enabled"),
        profile_picture_url: row.get::<_, Option<&str>>("picture").map(|hash| pictures::address(&id, hash)),
        campaign_ids: row.get("campaign_ids"),
        group_ids: groups.iter().filter(member).map(|group| group.id.clone()).collect(),
        must_change_password: row.get("must_change"),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
        id,
    };
    let grants = grants.remove(&user.id).unwrap_or_default();
    let rights = match user.must_change_password {
        true => Rights::default(),
        false => Rights::of(&user.id, user.role, user.site_id.as_deref(), &grants),
    };
    let password: Option<String> = row.get("password");
    Some(Person { user, password: password.map(Secret::new), grants, rights: Arc::new(rights) })
}

fn group(row: &Row) -> Group {
    Group { id: row.get("id"), name: row.get("name"), member_ids: row.get("members") }
}

fn site(row: &Row) -> Site {
    Site {
        id: row.get("id"),
        name: row.get("name"),
        ip_address: row.get("ip_address"),
        physical_extensions: row.get("physical_extensions"),
        direct_media_enabled: row.get("direct_media"),
        time_zone: row.get("time_zone"),
        day_start: row.get("day_start"),
        trunks: row.get("trunks"),
        queues: row.get("queues"),
        outbound_context: row.get("outbound_context"),
        transfer_context: row.get("transfer_context"),
        listening_reason: row.get("listening_reason"),
        listening_told: row.get("listening_told"),
        numbers: row.get("numbers"),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
    }
}

fn station(row: &Row) -> Station {
    Station {
        user_id: row.get("user_id"),
        pbx: row.get("pbx"),
        station: row.get("station"),
        endpoint: row.get("endpoint"),
        member_interface: row.get("interface"),
    }
}
