//! What a session tells of people: that something changed which its reader may see.

use super::protocol::ToBrowser;
use crate::access::{Access, Bearer, Who};
use crate::auth::Right;
use crate::people::{Changes, Sight};

/// See the module.
pub(super) struct People {
    access: Access,
    bearer: Bearer,
    /// As of the last time that something was told.
    who: Who,
    version: i64,
}

impl People {
    pub(super) fn new(access: Access, who: Who) -> Self {
        Self { access, bearer: who.bearer(), version: who.directory().version, who }
    }

    pub(super) fn access(&self) -> &Access {
        &self.access
    }

    /// What there is to tell now.
    pub(super) fn news(&mut self) -> Option<ToBrowser> {
        let Access::Accounts(accounts) = &self.access else { return None };
        let version = self.access.version();
        if version == self.version {
            return None;
        }
        let changes = accounts.people.changes_since(self.version);
        // who is no longer let in is sent away by the watch thread
        let now = self.access.still(&self.bearer)?;
        let before = std::mem::replace(&mut self.who, now);
        self.version = version;
        let Some(changes) = changes else {
            return Some(ToBrowser::Directory { version, all: true, changes: Changes::default() });
        };
        let seen = visible(&changes, &[&before, &self.who]);
        (!seen.is_nothing()).then_some(ToBrowser::Directory { version, all: false, changes: seen })
    }
}

/// Of these changes what one of them sees: also who just came into his reach, or left it.
fn visible(changes: &Changes, eyes: &[&Who]) -> Changes {
    let mut seen = Changes { after: changes.after, version: changes.version, ..Changes::default() };
    for who in eyes {
        let sight: Sight = who.sight(Right::People);
        let directory = who.directory();
        let user = |id: &&String| {
            *id == who.id() || directory.people.get(*id).is_some_and(|person| sight.person(person))
        };
        seen.users.extend(changes.users.iter().filter(user).cloned());
        // as over REST; one that is gone is told to whom it was there
        let group = |id: &&String| directory.groups.get(*id).is_some_and(|group| sight.group(group));
        seen.groups.extend(changes.groups.iter().filter(group).cloned());
        let reach = who.reach(Right::People);
        let own = who.person().and_then(|person| person.user.site_id.clone());
        let site = |id: &&String| {
            own.as_ref() == Some(*id) || reach.is_some_and(|reach| reach.all || reach.sites.contains(*id))
        };
        seen.sites.extend(changes.sites.iter().filter(site).cloned());
    }
    seen
}
