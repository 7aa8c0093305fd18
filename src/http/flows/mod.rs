//! Flows and called numbers over REST.
//!
//! Who has the right `flows` everywhere sees and changes all of them: what callers hear is nobody's part. Each change
//! is an audited act, decided on what is stored while nobody else changes it.
//!
//! Front ends of before know no publishing: what they save is published at once when it can be walked. Ours says
//! `"draft": true` and publishes by an act of its own.

pub(super) mod callbacks;
pub(super) mod callers;
pub(super) mod contacts;
pub(super) mod dids;
pub(super) mod drawing;
pub(super) mod ivr;
mod known;
pub(super) mod publish;

use std::collections::BTreeMap;
use std::sync::Arc;

use actors::ivr::Fault;
use serde_json::{Map, Value};

use super::Site;
use super::access::Caller;
use super::acts::Act;
use super::error::ApiError;
use crate::auth::Right;
use crate::flows::{Denied, FlowBook, Flows, Publish, StoredFlow, Write};

/// Bytes of a flow.
pub(super) const BODY: usize = 1 << 20;
/// Nodes of a flow.
pub(super) const MOST_NODES: usize = 500;
/// Lines of a flow.
pub(super) const MOST_LINES: usize = 5_000;

/// Whether he may, and where flows are kept.
fn flows<'a>(site: &'a Site, caller: &Caller) -> Result<&'a Arc<Flows>, ApiError> {
    if !caller.who().reach(Right::Flows).is_some_and(|reach| reach.all) {
        return Err(ApiError::NoRight(Right::Flows));
    }
    site.parts.flows.as_ref().ok_or(ApiError::NothingKept)
}

/// The newest picture, for who may see it.
fn book(site: &Site, caller: &Caller) -> Result<Arc<FlowBook>, ApiError> {
    flows(site, caller)?.now().ok_or(ApiError::DatabaseAway)
}

fn found<'a>(book: &'a FlowBook, id: &str) -> Result<&'a Arc<StoredFlow>, ApiError> {
    book.flows.get(id).ok_or(ApiError::NotFound)
}

/// Notes an act and does it; gives back what it came to. `of`: the flow whose published version the log shall say.
async fn change(
    site: &Site,
    caller: &Caller,
    act: Act<'_>,
    of: Option<&str>,
    decide: impl FnOnce(&FlowBook) -> Result<Write, ApiError>,
) -> Result<Arc<FlowBook>, ApiError> {
    let flows = flows(site, caller)?;
    act.run_saying(site, caller, async {
        let after = flows.change(decide).await?;
        let version = of.and_then(|id| after.flows.get(id)?.published);
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

/// Words of all faults of each node; those of the whole under `flow`.
pub(super) fn by_node(faults: &[Fault]) -> BTreeMap<String, String> {
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    for fault in faults {
        let words = told.entry(fault.node.clone().unwrap_or_else(|| "flow".to_owned())).or_default();
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
            Denied::Unknown(field) => Self::field(field, "names something that does not exist"),
            Denied::Gone => Self::NotFound,
            Denied::Faulty(faults) => Self::Faulty(faults),
            Denied::Unknowable => Self::OutcomeUnknown,
            Denied::Unavailable(why) => why.into(),
        }
    }
}
