//! Who asks, whom it may be about, and who may: by hand, from the README's table of roles.

use serde_json::json;

use super::super::desk::{Desk, Pass};

/// Whom an operation may be about.
pub(super) struct Target {
    pub(super) id: &'static str,
    site: &'static str,
    pub(super) endpoint: Option<&'static str>,
}

/// In the supervisor's site; in another; in the group; in the queue (both in that other site); who asks himself.
pub(super) const PEOPLE: [Target; 5] = [
    Target { id: "of-paris", site: "paris", endpoint: Some("PJSIP/1003") },
    Target { id: "of-lyon", site: "lyon", endpoint: Some("PJSIP/1009") },
    Target { id: "of-group", site: "lyon", endpoint: Some("PJSIP/1024") },
    Target { id: "of-queue", site: "lyon", endpoint: Some("PJSIP/1019") },
    Target { id: "agent", site: "paris", endpoint: Some("PJSIP/1018") },
];

/// Of the queue that a right was given on.
pub(super) const QUEUE: &str = "demo~technique";
/// Of the supervisor's site.
pub(super) const SITE_QUEUE: &str = "demo~ventes";

/// Groups, each with its only member.
pub(super) const GROUPS: [(&str, &str); 3] =
    [("g-paris", "of-paris"), ("g-lyon", "of-lyon"), ("g-given", "of-group")];
pub(super) const SITES: [&str; 2] = ["paris", "lyon"];

/// Rights that an agent has on himself.
const AGENT: &str = "see history figures hangup transfer park originate pause queue_log dtmf message";
/// Those that a supervisor has besides, on his site.
const SUPERVISOR: &str = "penalty pick conference people manage_groups voicemail";
/// Those that come with no role.
const NOBODYS: &str = "listen whisper barge take_over record recordings";

/// How far somebody's rights reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nobody,
    Agent,
    Supervisor,
    Administrator,
    /// Every right, on the group, on the queue.
    ByGroup,
    ByQueue,
}

/// Who asks.
pub(super) struct Subject {
    pub(super) name: &'static str,
    kind: Kind,
}

impl Subject {
    pub(super) fn is_somebody(&self) -> bool {
        self.kind != Kind::Nobody
    }

    pub(super) fn is(&self, target: &Target) -> bool {
        self.kind == Kind::Agent && target.id == "agent"
    }

    pub(super) fn is_everywhere(&self, right: &str) -> bool {
        self.kind == Kind::Administrator && self.has(right)
    }

    /// Whether he has that right anywhere.
    pub(super) fn has(&self, right: &str) -> bool {
        let among = |all: &str| all.split(' ').any(|one| one == right);
        match self.kind {
            Kind::Nobody => false,
            Kind::Agent => among(AGENT),
            Kind::Supervisor => among(AGENT) || among(SUPERVISOR),
            Kind::Administrator => !among(NOBODYS),
            Kind::ByGroup | Kind::ByQueue => true,
        }
    }

    /// Whether it reaches others than himself.
    pub(super) fn has_for_others(&self, right: &str) -> bool {
        self.has(right) && self.kind != Kind::Agent
    }

    /// Whether that right of his reaches somebody.
    pub(super) fn person(&self, right: &str, target: &Target) -> bool {
        self.has(right)
            && match self.kind {
                Kind::Nobody | Kind::ByQueue => false,
                Kind::Agent => target.id == "agent",
                Kind::Supervisor => target.site == "paris",
                Kind::Administrator => true,
                Kind::ByGroup => target.id == "of-group",
            }
    }

    /// Whether it reaches his phone: also by the queue that he serves.
    pub(super) fn agent(&self, right: &str, target: &Target) -> bool {
        self.person(right, target) || self.kind == Kind::ByQueue && target.id == "of-queue"
    }

    /// Whether it reaches the whole group.
    pub(super) fn group(&self, right: &str, (group, member): (&str, &str)) -> bool {
        self.has(right)
            && match self.kind {
                Kind::Administrator => true,
                Kind::Supervisor => PEOPLE.iter().any(|p| p.id == member && p.site == "paris"),
                Kind::ByGroup => group == "g-given",
                _ => false,
            }
    }

    /// Whether it reaches the site; he sees his own with the right to see people.
    pub(super) fn site(&self, right: &str, site: &str) -> bool {
        self.has(right)
            && match self.kind {
                Kind::Administrator => true,
                Kind::Supervisor => site == "paris",
                _ => false,
            }
    }

    /// Whether it reaches the whole queue.
    pub(super) fn queue(&self, right: &str, queue: &str) -> bool {
        self.has(right)
            && match self.kind {
                Kind::Administrator => true,
                Kind::Supervisor => queue == SITE_QUEUE,
                Kind::ByQueue => queue == QUEUE,
                _ => false,
            }
    }

    /// Endpoints of the people whom it reaches.
    pub(super) fn endpoints(&self, right: &str) -> Vec<&'static str> {
        PEOPLE
            .iter()
            .filter(|target| self.person(right, target))
            .filter_map(|target| target.endpoint)
            .collect()
    }
}

/// Makes them all, and logs those in who ask.
pub(super) fn subjects(desk: &Desk, root: &Pass) -> Vec<(Subject, Pass)> {
    for site in SITES {
        desk.site(root, site);
    }
    let reply = desk.put(root, "/api/sites/paris", &json!({"queues": [SITE_QUEUE]}));
    assert_eq!(reply.status, 200, "{}", reply.text());
    for target in &PEOPLE {
        desk.user(root, target.id, "Agent", Some(target.site), target.endpoint);
    }
    for (group, member) in GROUPS {
        let body = json!({"id": group, "name": group, "memberIds": [member]});
        assert_eq!(desk.post(root, "/api/user-groups", &body).status, 201, "{group}");
    }
    desk.user(root, "supervisor", "Superviseur", Some("paris"), None);
    desk.user(root, "administrator", "Administrateur", None, None);
    desk.user(root, "superadmin", "SuperAdmin", None, None);
    let rights = desk.get(root, "/api/rights").json();
    let rights: Vec<_> = rights.as_array().expect("rights").iter().map(|one| one["verb"].clone()).collect();
    for (user, kind, id) in [("by-group", "group", "g-given"), ("by-queue", "queue", QUEUE)] {
        desk.user(root, user, "Agent", None, None);
        let scope = json!({"kind": kind, "id": id});
        let grants: Vec<_> = rights.iter().map(|verb| json!({"verb": verb, "scope": scope})).collect();
        let reply = desk.put(root, &format!("/api/users/{user}/grants"), &json!({"grants": grants}));
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    let all = [
        ("agent", Kind::Agent),
        ("supervisor", Kind::Supervisor),
        ("administrator", Kind::Administrator),
        ("superadmin", Kind::Administrator),
        ("by-group", Kind::ByGroup),
        ("by-queue", Kind::ByQueue),
    ];
    let nobody = (Subject { name: "nobody", kind: Kind::Nobody }, Pass::default());
    let in_turn = |(name, kind): (&'static str, Kind)| (Subject { name, kind }, desk.login(name).token_of());
    std::iter::once(nobody).chain(all.into_iter().map(in_turn)).collect()
}
