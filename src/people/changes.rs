//! What changed between two pictures, so that open pages are told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::directory::Directory;

/// Changes that are remembered; who comes later reads everything anew.
const KEPT: usize = 64;

/// Ids of what is new, different or gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// From this version,
    pub after: i64,
    /// to this one.
    pub version: i64,
    /// Users, also those whose stations or rights changed.
    pub users: BTreeSet<String>,
    /// Groups.
    pub groups: BTreeSet<String>,
    /// Sites.
    pub sites: BTreeSet<String>,
}

impl Changes {
    /// Between these two.
    pub(super) fn between(before: &Directory, after: &Directory) -> Self {
        let mut users =
            differing(&before.people, &after.people, |a, b| a.user == b.user && a.grants == b.grants);
        let stations = |directory: &Directory| {
            let key = |s: &Arc<super::Station>| (**s).clone();
            directory.stations.iter().map(key).collect::<Vec<_>>()
        };
        let (old, new) = (stations(before), stations(after));
        if old != new {
            let other = |all: &[super::Station], in_all: &[super::Station]| {
                all.iter().filter(|s| !in_all.contains(s)).map(|s| s.user_id.clone()).collect::<Vec<_>>()
            };
            users.extend(other(&old, &new));
            users.extend(other(&new, &old));
        }
        Self {
            after: before.version,
            version: after.version,
            users,
            groups: differing(&before.groups, &after.groups, |a, b| a == b),
            sites: differing(&before.sites, &after.sites, |a, b| a == b),
        }
    }

    /// Whether nothing that is shown changed.
    pub fn is_nothing(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty() && self.sites.is_empty()
    }
}

fn differing<T>(
    before: &BTreeMap<String, Arc<T>>,
    after: &BTreeMap<String, Arc<T>>,
    same: impl Fn(&T, &T) -> bool,
) -> BTreeSet<String> {
    let changed = after.iter().filter(|(id, new)| before.get(*id).is_none_or(|old| !same(old, new)));
    let gone = before.keys().filter(|id| !after.contains_key(*id));
    changed.map(|(id, _)| id).chain(gone).cloned().collect()
}

/// The last changes, each following the one before.
#[derive(Default)]
pub(super) struct Recent(VecDeque<Changes>);

impl Recent {
    pub(super) fn add(&mut self, changes: Changes) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(changes);
    }

    pub(super) fn since(&self, version: i64) -> Option<Changes> {
        let from = self.0.iter().position(|changes| changes.after == version)?;
        let mut all = Changes { after: version, ..Changes::default() };
        for changes in self.0.range(from..) {
            all.version = changes.version;
            all.users.extend(changes.users.iter().cloned());
            all.groups.extend(changes.groups.iter().cloned());
            all.sites.extend(changes.sites.iter().cloned());
        }
        Some(all)
    }
}
