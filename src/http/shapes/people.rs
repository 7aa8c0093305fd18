//! Groups, sites, who sits where, rights, the check and the audit log.

use actors::numbers::NumberPlan;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::auth::Held;
use super::id;
use super::texts::{
    Address, ContextName, EndpointName, Extension, Id, NotLookedAt, OrEmpty, PbxName, QueueId, TimeOfDay,
    Title, TrunkPattern, Zone,
};
use super::users::USER;
use crate::audit::Entry;
use crate::auth::Right;
use crate::http::openapi::{Answer, Parameter, Shape, Values};
use crate::http::people::check::Mismatch;
use crate::people::{Group, Site, Station};

/// Entries of the audit log, the newest first.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Entries {
    #[schemars(with = "Vec<Entry<'static>>")]
    pub(in crate::http) entries: Vec<Value>,
    /// To be asked with as `before`; `null` at the end.
    pub(in crate::http) next: Option<String>,
}

/// A verb that a right can be given for.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Verb {
    pub(in crate::http) verb: Right,
    /// It comes with no role.
    pub(in crate::http) intrusive: bool,
}

/// A user's rights.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Grants {
    /// Given to him besides his role.
    pub(in crate::http) grants: Vec<Grant>,
    /// What he has with his role.
    pub(in crate::http) holds: Vec<Held>,
}

/// A right, and where it holds.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::http) struct Grant {
    pub(in crate::http) verb: Right,
    pub(in crate::http) scope: Scope,
}

/// Where it holds.
#[derive(Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(in crate::http) struct Scope {
    #[schemars(extend("enum" = ["all", "site", "group", "queue"]))]
    pub(in crate::http) kind: &'static str,
    /// Of the site or the group, or `pbx~queue`; empty of `all`.
    #[serde(default)]
    pub(in crate::http) id: String,
}

/// What does not match.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct Checked {
    /// Stations that were looked at.
    pub(in crate::http) checked: usize,
    /// PBXs that were not reached since the start: nothing is said of them.
    pub(in crate::http) unknown_pbxs: Vec<String>,
    pub(in crate::http) problems: Vec<Mismatch>,
}

macro_rules! bodies {
    ($($(#[$words:meta])* $name:ident { $($fields:tt)* })*) => {$(
        $(#[$words])*
        #[derive(JsonSchema)]
        #[schemars(rename_all = "camelCase", deny_unknown_fields)]
        #[expect(dead_code, reason = "a shape")]
        struct $name { $($fields)* }
    )*};
}

bodies! {
    /// A new group.
    NewGroup {
        id: Option<Id>,
        name: Title,
        /// The whole set; at least one, unless groups everywhere are managed.
        #[schemars(length(max = 5000))]
        member_ids: Option<Vec<Id>>,
        created_at: Option<NotLookedAt>,
        updated_at: Option<NotLookedAt>,
    }
    /// A group as it shall be.
    ChangedGroup {
        id: Option<Id>,
        name: Option<Title>,
        /// The whole set.
        #[schemars(length(max = 5000))]
        member_ids: Option<Vec<Id>>,
        created_at: Option<NotLookedAt>,
        updated_at: Option<NotLookedAt>,
    }
    /// Who sits where: these and no others.
    Stations {
        #[schemars(length(max = 20))]
        stations: Vec<NewStation>,
    }
    /// A place.
    NewStation {
        pbx: PbxName,
        /// The number to ring it by.
        station: Extension,
        endpoint: EndpointName,
        /// As a queue member; the endpoint unless told.
        member_interface: Option<OrEmpty<EndpointName>>,
        user_id: Option<NotLookedAt>,
    }
    /// Rights besides the role: these and no others.
    NewGrants {
        #[schemars(length(max = 500))]
        grants: Vec<Grant>,
    }
}

macro_rules! sites {
    ($($(#[$words:meta])* $name:ident { $($fields:tt)* })*) => {bodies! {$(
        $(#[$words])*
        $name {
            $($fields)*
            id: Option<Id>,
            /// Of its gateway; shown only.
            ip_address: Option<OrEmpty<Address>>,
            /// Kept for front ends.
            physical_extensions: Option<Vec<Value>>,
            direct_media_enabled: Option<bool>,
            /// Europe/Paris unless told.
            time_zone: Option<Zone>,
            /// 00:00 unless told.
            day_start: Option<TimeOfDay>,
            #[schemars(length(max = 500))]
            trunks: Option<Vec<TrunkPattern>>,
            /// Its own queues.
            #[schemars(length(max = 500))]
            queues: Option<Vec<QueueId>>,
            /// Where calls of its people begin.
            outbound_context: Option<OrEmpty<ContextName>>,
            /// Where their transfers go.
            transfer_context: Option<OrEmpty<ContextName>>,
            /// Whoever listens to its agents says why; so it is unless told.
            listening_reason: Option<bool>,
            /// Its agents see that somebody listens; not so unless told.
            listening_told: Option<bool>,
            /// Number rules and dial template; those of the server unless told.
            numbers: Option<NumberPlan>,
            created_at: Option<NotLookedAt>,
            updated_at: Option<NotLookedAt>,
        }
    )*}};
}

sites! {
    /// A new site.
    NewSite { name: Title, }
    /// A site as it shall be; what is absent stays.
    ChangedSite { name: Option<Title>, }
}

const GROUP: &[Parameter] = &[id("Id of a group.", "hotline")];
const SITE: &[Parameter] = &[id("Id of a site.", "paris")];
const TAKEN: &[(u16, &str)] = &[(409, "taken"), (404, "not_found")];

pub(in crate::http) const GROUPS: Shape = Shape::gives::<Vec<Group>>("The groups within reach, by name.");
pub(in crate::http) const GROUP_ONE: Shape =
    Shape::gives::<Group>("One group.").at(GROUP).refuses(&[(404, "not_found")]);
pub(in crate::http) const GROUP_ADD: Shape = Shape::makes::<Group>("Makes a group.")
    .takes::<NewGroup>(r#"{"name": "Hotline", "memberIds": ["jeanne"]}"#)
    .refuses(TAKEN);
pub(in crate::http) const GROUP_SET: Shape = Shape::gives::<Group>("Changes a group.")
    .at(GROUP)
    .takes::<ChangedGroup>(r#"{"name": "Hotline", "memberIds": ["jeanne", "paul"]}"#)
    .refuses(&[(403, "rights_on_group"), (404, "not_found"), (409, "taken")]);
pub(in crate::http) const GROUP_REMOVE: Shape =
    Shape::new("Takes a group away, with the rights that were given on it.", 204, Answer::Empty)
        .at(GROUP)
        .refuses(&[(403, "rights_on_group"), (404, "not_found")]);

pub(in crate::http) const SITES: Shape = Shape::gives::<Vec<Site>>("The sites within reach, by name.");
pub(in crate::http) const SITE_ONE: Shape =
    Shape::gives::<Site>("One site.").at(SITE).refuses(&[(404, "not_found")]);
pub(in crate::http) const SITE_ADD: Shape = Shape::makes::<Site>("Makes a site.")
    .takes::<NewSite>(r#"{"name": "Lyon", "timeZone": "Europe/Paris", "queues": ["demo~support"]}"#)
    .refuses(TAKEN);
pub(in crate::http) const SITE_SET: Shape = Shape::gives::<Site>("Changes a site.")
    .at(SITE)
    .takes::<ChangedSite>(r#"{"dayStart": "06:00", "trunks": ["PJSIP/trunk-*"]}"#)
    .refuses(&[(403, "site_borders"), (404, "not_found"), (409, "taken")]);
pub(in crate::http) const SITE_REMOVE: Shape =
    Shape::new("Takes a site away; its users stay, without a site.", 204, Answer::Empty)
        .at(SITE)
        .refuses(&[(404, "not_found")]);

pub(in crate::http) const STATIONS: Shape =
    Shape::gives::<Vec<Station>>("Who sits where, of the users within reach.");
pub(in crate::http) const STATIONS_OF: Shape =
    Shape::gives::<Vec<Station>>("Where a user sits.").at(USER).refuses(&[(404, "not_found")]);
pub(in crate::http) const STATIONS_SET: Shape = Shape::gives::<Vec<Station>>("Says where a user sits.")
    .at(USER)
    .takes::<Stations>(r#"{"stations": [{"pbx": "demo", "station": "1001", "endpoint": "PJSIP/1001"}]}"#)
    .refuses(&[(403, "higher_role"), (403, "oneself"), (404, "not_found"), (409, "taken")]);

pub(in crate::http) const RIGHTS: Shape =
    Shape::gives::<Vec<Verb>>("Every verb that a right can be given for.");
pub(in crate::http) const GRANTS_OF: Shape =
    Shape::gives::<Grants>("A user's rights.").at(USER).refuses(&[(404, "not_found")]);
pub(in crate::http) const GRANTS_SET: Shape =
    Shape::gives::<Grants>("Says which rights a user has besides his role.")
        .at(USER)
        .takes::<NewGrants>(r#"{"grants": [{"verb": "listen", "scope": {"kind": "site", "id": "paris"}}]}"#)
        .refuses(&[(403, "higher_role"), (403, "oneself"), (403, "not_yours_to_give"), (404, "not_found")]);

pub(in crate::http) const CHECK: Shape =
    Shape::gives::<Checked>("What of who sits where does not match what the PBXs show.");
pub(in crate::http) const AUDIT: Shape = Shape::gives::<Entries>("Who did what, the newest first.")
    .asks(
        const {
            &[
                Parameter::new(
                    "who",
                    Values::Text("^[^\\u0000-\\u001f\\u007f-\\u009f]{0,100}$"),
                    "Id of a user.",
                    "jeanne",
                ),
                Parameter::new("limit", Values::Whole(1, 500), "100 unless told.", "100"),
                Parameter::new(
                    "before",
                    Values::Text("^[0-9]{1,15}~[0-9]{1,15}$"),
                    "What `next` of the page before said.",
                    "",
                ),
            ]
        },
    )
    .refuses(&[(404, "no_accounts"), (503, "database_away"), (503, "busy")]);
