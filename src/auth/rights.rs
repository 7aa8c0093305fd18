//! Rights: a verb on a scope. Whoever has no reach for a verb may not do it; nobody has one for
//! listening by his role alone (S35).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

macro_rules! rights {
    ($($name:ident = $slug:literal, $words:literal;)*) => {
        /// What can be done or seen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Right {
            $(#[doc = $words] $name,)*
        }

        impl Right {
            /// Every right, in the order in which they are shown.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its stable word.
            pub fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }
        }
    };
}

rights! {
    See = "see", "The floor: agents, calls, queues.";
    History = "history", "What happened.";
    Figures = "figures", "Figures of queues and agents.";
    Export = "export", "Taking what happened away in a file.";
    Hold = "hold", "Keeping a call from being deleted when it is old.";
    Hangup = "hangup", "Hanging up a leg.";
    Transfer = "transfer", "Transferring a call.";
    Park = "park", "Parking a call and taking it back.";
    Originate = "originate", "Having a station call.";
    Pause = "pause", "Pausing an agent and ending his pause.";
    QueueLog = "queue_log", "Logging an agent in and out of queues.";
    Penalty = "penalty", "The penalty of a member.";
    Pick = "pick", "Picking or moving a waiting caller.";
    Dtmf = "dtmf", "Sending digits.";
    Conference = "conference", "Muting and removing in a conference.";
    Message = "message", "Messages to an agent.";
    Listen = "listen", "Listening to a call.";
    Whisper = "whisper", "Speaking to the agent alone.";
    Barge = "barge", "Speaking to all.";
    TakeOver = "take_over", "Taking a call over.";
    Record = "record", "Recording a call, pausing and ending that.";
    Recordings = "recordings", "Hearing what was recorded.";
    People = "people", "Seeing users and groups.";
    ManageGroups = "manage_groups", "Making and changing groups.";
    ManagePeople = "manage_people", "Making and changing users and their stations.";
    ManageSites = "manage_sites", "Making and changing sites.";
    ManageGrants = "manage_grants", "Giving and taking rights.";
    Flows = "flows", "Seeing and changing IVR flows, and where called numbers lead.";
    Voicemail = "voicemail", "Hearing messages that callers left, and deleting them.";
    Audit = "audit", "Reading the audit log.";
    System = "system", "Metrics, and what concerns the server itself.";
}

impl Right {
    /// Of that word.
    pub fn of(slug: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|right| right.slug() == slug)
    }

    /// Those that nobody has by his role: somebody hears or speaks where he is not a party.
    pub fn is_intrusive(self) -> bool {
        matches!(
            self,
            Self::Listen | Self::Whisper | Self::Barge | Self::TakeOver | Self::Record | Self::Recordings
        )
    }
}

impl Serialize for Right {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.slug())
    }
}

impl JsonSchema for Right {
    fn schema_name() -> Cow<'static, str> {
        "Right".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let slugs: Vec<_> = Self::ALL.iter().map(|right| right.slug()).collect();
        json_schema!({"type": "string", "enum": slugs, "description": "What can be done or seen."})
    }
}

/// What somebody is.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, JsonSchema, Serialize, Deserialize,
)]
pub enum Role {
    /// Takes calls.
    #[default]
    Agent,
    /// Looks after the agents of a site.
    Superviseur,
    /// Sets up people and sites.
    Administrateur,
    /// Everything, and alone may touch others of his kind.
    SuperAdmin,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Agent, Self::Superviseur, Self::Administrateur, Self::SuperAdmin];

    /// Its word, on the wire and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "Agent",
            Self::Superviseur => "Superviseur",
            Self::Administrateur => "Administrateur",
            Self::SuperAdmin => "SuperAdmin",
        }
    }

    /// Of that word.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Where a right that was given holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everywhere.
    All,
    /// At a site, by its id.
    Site(String),
    /// For a group, by its id.
    Group(String),
    /// For a queue: `pbx~queue`.
    Queue(String),
}

impl Scope {
    /// `all`, `site`, `group`, `queue`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Site(_) => "site",
            Self::Group(_) => "group",
            Self::Queue(_) => "queue",
        }
    }

    /// What it is of; empty for all.
    pub fn id(&self) -> &str {
        match self {
            Self::All => "",
            Self::Site(id) | Self::Group(id) | Self::Queue(id) => id,
        }
    }

    /// Of these two words.
    pub fn of(kind: &str, id: &str) -> Option<Self> {
        match (kind, id) {
            ("all", "") => Some(Self::All),
            ("site", id) if !id.is_empty() => Some(Self::Site(id.into())),
            ("group", id) if !id.is_empty() => Some(Self::Group(id.into())),
            ("queue", id) if !id.is_empty() => Some(Self::Queue(id.into())),
            _ => None,
        }
    }
}

/// How far one right reaches: the sum of its scopes.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reach {
    /// Everywhere; then the rest is empty.
    pub all: bool,
    /// Site ids.
    pub sites: BTreeSet<String>,
    /// Group ids.
    pub groups: BTreeSet<String>,
    /// `pbx~queue`.
    pub queues: BTreeSet<String>,
    /// The user himself: his own stations and their calls.
    pub own: Option<String>,
}

impl Reach {
    /// Everywhere.
    pub fn everywhere() -> Self {
        Self { all: true, ..Self::default() }
    }

    /// Only what is his.
    pub fn own(user: &str) -> Self {
        Self { own: Some(user.to_owned()), ..Self::default() }
    }

    fn add(&mut self, scope: &Scope) {
        match scope {
            _ if self.all => {}
            Scope::All => *self = Self::everywhere(),
            Scope::Site(id) => drop(self.sites.insert(id.clone())),
            Scope::Group(id) => drop(self.groups.insert(id.clone())),
            Scope::Queue(id) => drop(self.queues.insert(id.clone())),
        }
    }

    /// Whether it reaches anything at all.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it reaches others than himself.
    pub fn is_of_others(&self) -> bool {
        self.all || !self.sites.is_empty() || !self.groups.is_empty() || !self.queues.is_empty()
    }

    /// Whether everything that the other reaches is reached too.
    pub fn covers(&self, scope: &Scope) -> bool {
        self.all
            || match scope {
                Scope::All => false,
                Scope::Site(id) => self.sites.contains(id),
                Scope::Group(id) => self.groups.contains(id),
                Scope::Queue(id) => self.queues.contains(id),
            }
    }
}

/// What one user may.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights(BTreeMap<Right, Reach>);

impl Rights {
    /// Everything everywhere: where there are no accounts.
    pub fn unlimited() -> Self {
        Self(Right::ALL.iter().map(|right| (*right, Reach::everywhere())).collect())
    }

    /// Of a role, for who works at that site, and what was given besides.
    pub fn of(user: &str, role: Role, site: Option<&str>, grants: &[(Right, Scope)]) -> Self {
        let mut rights = Self::default();
        for right in Right::ALL {
            let reach = by_role(role, *right, user, site);
            if !reach.is_nothing() {
                rights.0.insert(*right, reach);
            }
        }
        for (right, scope) in grants {
            rights.0.entry(*right).or_default().add(scope);
        }
        rights
    }

    /// How far that right reaches; `None`: not at all.
    pub fn reach(&self, right: Right) -> Option<&Reach> {
        self.0.get(&right)
    }

    /// Each with its reach.
    pub fn iter(&self) -> impl Iterator<Item = (Right, &Reach)> {
        self.0.iter().map(|(right, reach)| (*right, reach))
    }
}

/// The one table of what a role has.
fn by_role(role: Role, right: Right, user: &str, site: Option<&str>) -> Reach {
    use Right::*;
    if right.is_intrusive() {
        return Reach::default();
    }
    match role {
        Role::Agent => match right {
            See | History | Figures | Hangup | Transfer | Park | Originate | Pause | QueueLog | Dtmf
            | Message => Reach::own(user),
            _ => Reach::default(),
        },
        Role::Superviseur => match right {
            See | History | Figures | Hangup | Transfer | Park | Originate | Pause | QueueLog | Penalty
            | Pick | Dtmf | Conference | Message | People | ManageGroups | Voicemail => {
                let mut reach = Reach::own(user);
                reach.sites.extend(site.map(str::to_owned));
                reach
            }
            _ => Reach::default(),
        },
        Role::Administrateur | Role::SuperAdmin => Reach::everywhere(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s35_nobody_listens_by_his_role_alone() {
        for role in Role::ALL {
            let rights = Rights::of("u", role, Some("s"), &[]);
            for right in Right::ALL.iter().filter(|right| right.is_intrusive()) {
                assert_eq!(rights.reach(*right), None, "{role:?} {}", right.slug());
            }
        }
        let given =
            Rights::of("u", Role::Superviseur, Some("s"), &[(Right::Listen, Scope::Group("g".into()))]);
        assert!(given.reach(Right::Listen).unwrap().covers(&Scope::Group("g".into())));
        assert!(!given.reach(Right::Listen).unwrap().covers(&Scope::Site("s".into())));
    }

    #[test]
    fn s33_a_supervisor_reaches_his_site_and_an_agent_himself() {
        let supervisor = Rights::of("u", Role::Superviseur, Some("paris"), &[]);
        let reach = supervisor.reach(Right::See).unwrap();
        assert!(!reach.all && reach.covers(&Scope::Site("paris".into())));
        assert!(!reach.covers(&Scope::Site("lyon".into())) && !reach.covers(&Scope::All));
        assert_eq!(supervisor.reach(Right::ManagePeople), None);
        let agent = Rights::of("u", Role::Agent, Some("paris"), &[]);
        assert_eq!(agent.reach(Right::See), Some(&Reach::own("u")));
        assert_eq!(agent.reach(Right::People), None);
        let nowhere = Rights::of("u", Role::Superviseur, None, &[]);
        assert_eq!(nowhere.reach(Right::See), Some(&Reach::own("u")), "no site: only himself");
    }

    #[test]
    fn everywhere_swallows_the_rest() {
        let all = Rights::of("u", Role::Superviseur, Some("s"), &[(Right::See, Scope::All)]);
        assert_eq!(all.reach(Right::See), Some(&Reach::everywhere()));
    }

    #[test]
    fn words_are_read_back() {
        for right in Right::ALL {
            assert_eq!(Right::of(right.slug()), Some(*right));
        }
        for role in Role::ALL {
            assert_eq!(Role::of(role.name()), Some(role));
        }
        assert_eq!(Role::of("superadmin"), None);
        assert_eq!(Scope::of("site", ""), None);
        assert_eq!(Scope::of("all", "x"), None);
    }
}
