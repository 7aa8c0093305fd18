//! Assistants over REST.
//!
//! Who has the right `flows` everywhere writes and publishes them: what callers hear is nobody's part. Who may pause others
//! sees how each stands, and pauses it. Each change is an audited act, decided on what is stored while nobody else changes it.

mod edit;
mod publish;
mod read;
mod stand;

pub(super) use edit::{add, check, list, offered, one, remove, set};
pub(super) use publish::{draft, version, version_one, versions};
pub(super) use read::BODY;
pub(super) use stand::{default, no_default, numbers, pause, resume};

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::Site;
use super::access::Caller;
use super::acts::Act;
use super::error::ApiError;
use super::shapes::assistants::{AssistantRow, AssistantShown, StandingShown};
use crate::assistants::{AssistantBook, Assistants, Denied, Fault, Publish, State, StoredAssistant, Write};
use crate::auth::Right;

/// Whether he may write them, and where they are kept.
fn writes<'a>(site: &'a Site, caller: &Caller) -> Result<&'a Arc<Assistants>, ApiError> {
    if !caller.who().reach(Right::Flows).is_some_and(|reach| reach.all) {
        return Err(ApiError::NoRight(Right::Flows));
    }
    kept(site)
}

/// The same of who may pause others than himself.
fn pauses<'a>(site: &'a Site, caller: &Caller) -> Result<&'a Arc<Assistants>, ApiError> {
    if !caller.who().reach(Right::Pause).is_some_and(|reach| reach.is_of_others()) {
        return Err(ApiError::NoRight(Right::Pause));
    }
    kept(site)
}

/// The same of who may do either.
fn sees<'a>(site: &'a Site, caller: &Caller) -> Result<&'a Arc<Assistants>, ApiError> {
    writes(site, caller).or_else(|_| pauses(site, caller))
}

fn kept(site: &Site) -> Result<&Arc<Assistants>, ApiError> {
    site.parts.assistants.as_ref().ok_or(ApiError::NothingKept)
}

fn book(assistants: &Assistants) -> Result<Arc<AssistantBook>, ApiError> {
    assistants.now().ok_or(ApiError::DatabaseAway)
}

fn found<'a>(book: &'a AssistantBook, id: &str) -> Result<&'a Arc<StoredAssistant>, ApiError> {
    book.assistants.get(id).ok_or(ApiError::NotFound)
}

/// Notes an act and does it; gives back what it came to. `of`: the assistant whose published version the log shall say.
async fn change(
    assistants: &Assistants,
    site: &Site,
    caller: &Caller,
    act: Act<'_>,
    of: Option<&str>,
    decide: impl FnOnce(&AssistantBook) -> Result<Write, ApiError>,
) -> Result<Arc<AssistantBook>, ApiError> {
    act.run_saying(site, caller, async {
        let after = assistants.change(decide).await?;
        let version = of.and_then(|id| after.assistants.get(id)?.published);
        let with: Map<String, Value> =
            version.map(|version| ("version".to_owned(), version.into())).into_iter().collect();
        Ok((after, with))
    })
    .await
}

/// By who asks.
fn by(caller: &Caller, note: String) -> Publish {
    Publish { note, by: caller.who().id().to_owned() }
}

fn standing<'a>(assistants: &Assistants, of: &'a StoredAssistant) -> StandingShown<'a> {
    let standing = assistants.standing(&of.id);
    let (state, why) = match standing.state {
        _ if of.published.is_none() => ("unpublished", None),
        State::Unpublished => ("unheard", None),
        State::Preparing => ("preparing", None),
        State::Ready => ("ready", None),
        State::Failed(why) => ("failed", Some(why)),
    };
    StandingShown {
        state,
        why,
        serves: standing.serves,
        published: of.published,
        changed: of.changed(),
        paused: of.paused,
        closed: standing.closed,
        is_default: of.is_default,
        numbers: &of.numbers,
        calls: standing.calls,
        sent_on_paused: standing.paused,
        sent_on_closed: standing.while_closed,
        sent_on_full: standing.full,
        created_at: &of.created_at,
        updated_at: &of.updated_at,
    }
}

fn row<'a>(assistants: &Assistants, of: &'a StoredAssistant) -> AssistantRow<'a> {
    let (id, name, language) = (&of.id, &of.draft.name, of.draft.language);
    AssistantRow { id, name, language, standing: standing(assistants, of) }
}

fn shown<'a>(site: &Site, assistants: &Assistants, of: &'a StoredAssistant) -> AssistantShown<'a> {
    let faults = faults(site, assistants, of);
    AssistantShown { id: &of.id, form: &of.draft, standing: standing(assistants, of), faults }
}

/// What hinders that it answers, and what may be meant.
fn faults(site: &Site, assistants: &Assistants, of: &StoredAssistant) -> Vec<Fault> {
    let mut all = assistants.judge(&of.draft);
    let flows = site.parts.flows.as_ref().and_then(|flows| flows.now());
    if let Some(flows) = flows {
        for number in of.numbers.iter().filter(|number| flows.did_of(number).is_some()) {
            let words = format!(
                "{number} is a called number of a flow too: the dialplan says which of the two is asked"
            );
            all.push(Fault::warning("numbers", "number_of_flow", words));
        }
    }
    all
}

/// Words of all faults of each field.
pub(super) fn by_field(faults: &[Fault]) -> BTreeMap<String, String> {
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    for fault in faults {
        let words = told.entry(fault.field.to_owned()).or_default();
        if !words.is_empty() {
            words.push_str("; ");
        }
        words.push_str(&format!("{}: {}", fault.slug, fault.words));
    }
    told
}

impl From<Denied> for ApiError {
    fn from(why: Denied) -> Self {
        match why {
            Denied::Taken(field) => Self::Taken(field),
            Denied::Gone => Self::NotFound,
            Denied::Unknowable => Self::OutcomeUnknown,
            Denied::Unavailable(why) => why.into(),
        }
    }
}
