//! What Vigie's people did to a call that is over, beside what its PBX told of it.

use actors::command::Verb;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Site;
use super::access::Caller;
use super::desk::name_of_user;
use super::error::ApiError;
use crate::access::Access;
use crate::audit::{self, Done};
use crate::db::{self, Unavailable};

/// What everybody is told who sees the call; who listened to it is the audit log's.
const TOLD: [Verb; 13] = [
    Verb::Hangup,
    Verb::Transfer,
    Verb::Consult,
    Verb::Complete,
    Verb::Cancel,
    Verb::Park,
    Verb::Retrieve,
    Verb::TakeOver,
    Verb::Pick,
    Verb::Move,
    Verb::ToNode,
    Verb::Kick,
    Verb::Mute,
];
/// The clock of a PBX may differ from ours by that, in ms.
const CLOCKS_MS: i64 = 60_000;

/// An act, with the name of who did it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ActOnCall")]
pub(super) struct Named {
    #[serde(flatten)]
    done: Done,
    /// His name; his id when he is no more.
    by: String,
}

/// The record of a call with `acts`, the oldest first. Where nobody logs in there are none.
///
/// # Errors
/// When the database cannot be asked.
pub(super) async fn with_acts(
    site: &Site,
    caller: &Caller,
    pbx: &str,
    record: String,
) -> Result<String, ApiError> {
    let Access::Accounts(accounts) = &site.parts.access else { return Ok(record) };
    let internal = |problem: serde_json::Error| ApiError::Internal(problem.to_string());
    let mut record: Map<String, Value> = serde_json::from_str(&record).map_err(internal)?;
    let legs = record.get("legs").and_then(Value::as_array);
    let channel = |leg: &Value| leg["channel"].as_str().map(str::to_owned);
    let channels: Vec<String> = legs.into_iter().flatten().filter_map(channel).collect();
    let acts = TOLD.map(Verb::slug);
    let connection = accounts.db.get().await?;
    let done = audit::done_to(&connection, pbx, &channels, &acts, around(&record)).await;
    let done = done.map_err(|problem| {
        log::warn!("history: {}", db::words(&problem));
        Unavailable::Away(String::new())
    })?;
    let name = |id: &str| name_of_user(caller, id).unwrap_or_else(|| id.to_owned());
    let named: Vec<Named> = done.into_iter().map(|done| Named { by: name(&done.who), done }).collect();
    record.insert("acts".into(), serde_json::to_value(named).map_err(internal)?);
    serde_json::to_string(&record).map_err(internal)
}

/// From when to when something can have been done to it, ms since 1970.
fn around(record: &Map<String, Value>) -> (i64, i64) {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and is compared only")]
    let ms = |name: &str| record.get(name).and_then(Value::as_f64).map(|seconds| (seconds * 1_000.0) as i64);
    let began = ms("started").unwrap_or_default();
    (began.saturating_sub(CLOCKS_MS), ms("ended").unwrap_or(began).saturating_add(CLOCKS_MS))
}
