//! Who asks.

use std::sync::Arc;

use crate::auth::{Reach, Right, Rights};
use crate::people::{Directory, Person, Sight};

/// Somebody, as he was when he was looked up: a request asks once, a socket again and again.
#[derive(Debug, Clone)]
pub struct Who {
    person: Option<(Arc<Person>, String)>,
    directory: Arc<Directory>,
    rights: Arc<Rights>,
}

/// What somebody is looked up by again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    /// Where there are no accounts.
    Anybody,
    /// A session.
    Session {
        /// User id.
        user: String,
        /// Session id.
        session: String,
    },
}

impl Who {
    /// Where there are no accounts.
    pub fn anybody() -> Self {
        Self { person: None, directory: Arc::default(), rights: Arc::new(Rights::unlimited()) }
    }

    pub(super) fn new(person: Arc<Person>, session: &str, directory: Arc<Directory>) -> Self {
        let rights = person.rights.clone();
        Self { person: Some((person, session.to_owned())), directory, rights }
    }

    /// The user; `None` where there are no accounts.
    pub fn person(&self) -> Option<&Arc<Person>> {
        self.person.as_ref().map(|(person, _)| person)
    }

    /// User id, or empty.
    pub fn id(&self) -> &str {
        self.person().map_or("", |person| &person.user.id)
    }

    /// Session id; `None` where there are no accounts.
    pub fn session(&self) -> Option<&str> {
        self.person.as_ref().map(|(_, session)| session.as_str())
    }

    /// To look him up again.
    pub fn bearer(&self) -> Bearer {
        match &self.person {
            None => Bearer::Anybody,
            Some((person, session)) => {
                Bearer::Session { user: person.user.id.clone(), session: session.clone() }
            }
        }
    }

    /// What he may.
    pub fn rights(&self) -> &Rights {
        &self.rights
    }

    /// How far that right of his reaches; `None`: not at all.
    pub fn reach(&self, right: Right) -> Option<&Reach> {
        self.rights.reach(right)
    }

    /// What he sees with that right; nothing without it.
    pub fn sight(&self, right: Right) -> Sight {
        let reach = self.reach(right).cloned().unwrap_or_default();
        Sight::new(self.directory.clone(), reach)
    }

    /// People as they were when he was looked up.
    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }
}
