//! The whole picture at one version.

use std::collections::BTreeMap;
use std::sync::Arc;

use ahash::AHashMap;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::auth::{Right, Rights, Role, Scope};
use crate::config::Secret;

/// A user as the API shows him; dates are ISO 8601 in UTC.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Text id.
    pub id: String,
    /// What he logs in with.
    pub login_id: String,
    /// First name, or empty.
    pub first_name: String,
    /// Last name, or empty.
    pub last_name: String,
    /// E-mail address.
    pub email: Option<String>,
    /// What he is.
    pub role: Role,
    /// Whether he may log in.
    pub is_active: bool,
    /// Where he works.
    pub site_id: Option<String>,
    /// Kept for front ends that have profiles.
    pub agent_profile_id: Option<String>,
    /// His mobile number.
    pub mobile_number: Option<String>,
    /// Calls for him go there.
    pub use_mobile_as_station: bool,
    /// Kept for front ends that plan.
    pub planning_enabled: bool,
    /// Where his picture is served; another one has another address.
    pub profile_picture_url: Option<String>,
    /// Kept for front ends that have campaigns.
    pub campaign_ids: Vec<String>,
    /// His groups.
    pub group_ids: Vec<String>,
    /// His password was made by another: he may do nothing before he has one of his own.
    pub must_change_password: bool,
    /// ISO 8601.
    pub created_at: String,
    /// ISO 8601.
    pub updated_at: String,
}

/// A user with what is not shown.
#[derive(Debug, Clone)]
pub struct Person {
    /// What is shown.
    pub user: User,
    /// Argon2id; `None`: he cannot log in.
    pub password: Option<Secret>,
    /// What was given to him besides his role.
    pub grants: Vec<(Right, Scope)>,
    /// What he may: by role and grants.
    pub rights: Arc<Rights>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// Text id.
    pub id: String,
    /// Name.
    pub name: String,
    /// User ids.
    pub member_ids: Vec<String>,
}

/// A site.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// Text id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Of its gateway; shown only.
    pub ip_address: Option<String>,
    /// Kept for front ends.
    pub physical_extensions: Value,
    /// Kept for front ends.
    pub direct_media_enabled: bool,
    /// IANA name.
    pub time_zone: String,
    /// `HH:MM`, local time.
    pub day_start: String,
    /// Endpoints or patterns with `*` and `?`.
    pub trunks: Vec<String>,
    /// `pbx~queue`: its own queues.
    pub queues: Vec<String>,
    /// Where calls of its people begin.
    pub outbound_context: Option<String>,
    /// Where their transfers go.
    pub transfer_context: Option<String>,
    /// Whoever listens to its people says why (S35).
    pub listening_reason: bool,
    /// They see that they are listened to.
    pub listening_told: bool,
    /// Number rules and dial template.
    pub numbers: Value,
    /// ISO 8601.
    pub created_at: String,
    /// ISO 8601.
    pub updated_at: String,
}

/// One line of the identity map: user, station, endpoint, member interface.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Station {
    /// Whose.
    pub user_id: String,
    /// On which PBX.
    pub pbx: String,
    /// The number to ring it by.
    pub station: String,
    /// `PJSIP/1001`.
    pub endpoint: String,
    /// As a queue member.
    pub member_interface: String,
}

/// See the module. Never changed.
#[derive(Debug, Default)]
pub struct Directory {
    /// Of the database.
    pub version: i64,
    /// By id.
    pub people: BTreeMap<String, Arc<Person>>,
    /// By id.
    pub groups: BTreeMap<String, Arc<Group>>,
    /// By id.
    pub sites: BTreeMap<String, Arc<Site>>,
    /// By PBX and endpoint.
    pub stations: Vec<Arc<Station>>,
    by_login: AHashMap<String, String>,
    by_endpoint: AHashMap<(String, String), usize>,
    by_interface: AHashMap<(String, String), usize>,
}

impl Directory {
    /// Of what was read.
    pub fn new(
        version: i64,
        people: Vec<Person>,
        groups: Vec<Group>,
        sites: Vec<Site>,
        stations: Vec<Station>,
    ) -> Self {
        let login = |person: &Person| (person.user.login_id.to_lowercase(), person.user.id.clone());
        let by_login = people.iter().map(login).collect();
        let index = |key: fn(&Station) -> &String| {
            stations.iter().enumerate().map(|(n, s)| ((s.pbx.clone(), key(s).clone()), n)).collect()
        };
        Self {
            version,
            by_login,
            by_endpoint: index(|s| &s.endpoint),
            by_interface: index(|s| &s.member_interface),
            people: people.into_iter().map(|p| (p.user.id.clone(), Arc::new(p))).collect(),
            groups: groups.into_iter().map(|g| (g.id.clone(), Arc::new(g))).collect(),
            sites: sites.into_iter().map(|s| (s.id.clone(), Arc::new(s))).collect(),
            stations: stations.into_iter().map(Arc::new).collect(),
        }
    }

    /// Who logs in with that, in any case.
    pub fn by_login(&self, login: &str) -> Option<&Arc<Person>> {
        self.people.get(self.by_login.get(&login.to_lowercase())?)
    }

    /// Who sits at that endpoint.
    pub fn at_endpoint(&self, pbx: &str, endpoint: &str) -> Option<&Arc<Person>> {
        self.of(self.by_endpoint.get(&(pbx.to_owned(), endpoint.to_owned())))
    }

    /// Whom queues know by that interface.
    pub fn at_interface(&self, pbx: &str, interface: &str) -> Option<&Arc<Person>> {
        self.of(self.by_interface.get(&(pbx.to_owned(), interface.to_owned())))
    }

    fn of(&self, station: Option<&usize>) -> Option<&Arc<Person>> {
        self.people.get(&self.stations.get(*station?)?.user_id)
    }

    /// Users who have that role and may log in.
    pub fn active(&self, role: Role) -> usize {
        self.people.values().filter(|p| p.user.role == role && p.user.is_active).count()
    }
}
