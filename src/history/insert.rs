//! Rows into their tables: one statement a kind, by key once.
//!
//! What is told again changes nothing, or adds what was not known: so a batch whose outcome is unknown is
//! simply written again (F25, F28).

use std::collections::BTreeMap;

use serde_json::Value;
use tokio_postgres::Client;
use tokio_postgres::types::Json;

use super::entry::Entry;

/// Writes a batch, whole or not at all.
pub(super) async fn write(client: &mut Client, batch: &[Entry]) -> Result<(), tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    for (kind, statement) in KINDS {
        let entries: Vec<&Entry> = batch.iter().filter(|entry| entry.kind() == kind).collect();
        match entries.first() {
            None => continue,
            // written as they are
            Some(first) if first.key().is_empty() => {
                transaction.execute(statement, &[&Json(entries)]).await?
            }
            Some(_) => transaction.execute(statement, &[&Json(rows_of(&entries))]).await?,
        };
    }
    transaction.commit().await
}

/// The rows of a kind that can be told again. A statement must not change a row twice: each key stands once,
/// with all that is known of it.
fn rows_of(entries: &[&Entry]) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut places: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for entry in entries {
        // a call's row is what its variant holds; the others are flat with their kind beside
        let Ok(row) = serde_json::to_value(entry) else { continue };
        let key: Vec<String> = entry.key().iter().map(|field| row[*field].to_string()).collect();
        match places.get(&key) {
            Some(&place) => {
                let before = std::mem::replace(&mut rows[place], row);
                for flag in ["transferred", "missed"] {
                    if before[flag] == Value::Bool(true) {
                        rows[place][flag] = Value::Bool(true);
                    }
                }
            }
            None => {
                places.insert(key, rows.len());
                rows.push(row);
            }
        }
    }
    rows
}

impl Entry {
    fn kind(&self) -> &'static str {
        match self {
            Self::Call(_) => "call",
            Self::AgentState { .. } => "agent_state",
            Self::Activity { .. } => "activity",
            Self::Membership { .. } => "membership",
            Self::Stay(_) => "stay",
            Self::Contact(_) => "contact",
            Self::Walk { .. } => "walk",
            Self::Visit { .. } => "visit",
            Self::AiSession(_) => "ai_session",
            Self::Watched { .. } => "watched",
        }
    }

    /// The key of a row that a later one of the same key replaces; empty where the first one stays.
    fn key(&self) -> &'static [&'static str] {
        match self {
            Self::Contact(_) => &["pbx", "epoch", "uniqueid"],
            Self::Walk { .. } => &["pbx", "epoch", "uniqueid", "began"],
            Self::Watched { .. } => &["pbx", "run", "since"],
            Self::Activity { .. } | Self::AgentState { .. } => &["pbx", "endpoint", "at"],
            Self::Call(_)
            | Self::Membership { .. }
            | Self::Stay(_)
            | Self::Visit { .. }
            | Self::AiSession(_) => &[],
        }
    }
}

const KINDS: [(&str, &str); 10] = [
    (
        "call",
        "
  insert into vigie.calls (pbx, epoch, linkedid, started, answered, ended, direction, caller_number, caller_name,
                           called, queues, endpoints, outcome, hangup_cause, talk_ms, wait_ms, record, at_least)
  select pbx, epoch, linkedid, to_timestamp(started / 1e6), to_timestamp(answered / 1e6), to_timestamp(ended / 1e6),
         direction, caller_number, caller_name, called, queues, endpoints, outcome, hangup_cause, talk_ms, wait_ms, record, at_least
  from jsonb_to_recordset($1::jsonb) as r (
    pbx text, epoch bigint, linkedid text, started bigint, answered bigint, ended bigint, direction text,
    caller_number text, caller_name text, called text, queues text[], endpoints text[], outcome text, hangup_cause smallint,
    talk_ms bigint, wait_ms bigint, record jsonb, at_least text[])
  on conflict do nothing",
    ),
    (
        "agent_state",
        "
  insert into vigie.agent_states as t (pbx, endpoint, at, availability, reason)
  select pbx, endpoint, to_timestamp(at / 1e6), availability, reason
  from jsonb_to_recordset($1::jsonb) as r (pbx text, endpoint text, at bigint, availability text, reason text)
  on conflict (pbx, endpoint, at) do update set availability = excluded.availability, reason = excluded.reason
    where (t.availability, t.reason) is distinct from (excluded.availability, excluded.reason)",
    ),
    (
        "activity",
        "
  insert into vigie.agent_activities as t (pbx, endpoint, at, activity, queue, arrived, ends)
  select pbx, endpoint, to_timestamp(at / 1e6), activity, queue, to_timestamp(arrived / 1e6), to_timestamp(ends / 1e6)
  from jsonb_to_recordset($1::jsonb) as r (pbx text, endpoint text, at bigint, activity text, queue text,
    arrived bigint, ends bigint)
  on conflict (pbx, endpoint, at) do update set activity = excluded.activity, queue = excluded.queue,
    arrived = excluded.arrived, ends = excluded.ends
    where (t.activity, t.queue) is distinct from (excluded.activity, excluded.queue)",
    ),
    (
        "membership",
        "
  insert into vigie.memberships (pbx, queue, interface, endpoint, at, member)
  select pbx, queue, interface, endpoint, to_timestamp(at / 1e6), member
  from jsonb_to_recordset($1::jsonb) as r (pbx text, queue text, interface text, endpoint text, at bigint, member boolean)
  on conflict do nothing",
    ),
    (
        "stay",
        "
  insert into vigie.queue_stays (pbx, epoch, linkedid, uniqueid, queue, joined, left_at, outcome, agent, met)
  select pbx, epoch, linkedid, uniqueid, queue, to_timestamp(joined / 1e6), to_timestamp(\"left\" / 1e6), outcome, agent, met
  from jsonb_to_recordset($1::jsonb) as r (pbx text, epoch bigint, linkedid text, uniqueid text, queue text,
    joined bigint, \"left\" bigint, outcome text, agent text, met boolean)
  on conflict do nothing",
    ),
    (
        "contact",
        "
  insert into vigie.contacts as t (pbx, epoch, linkedid, uniqueid, endpoint, queue, arrived, started, answered, ended,
                              talk_us, hold_us, holds, consult_us, transferred, missed, met)
  select pbx, epoch, linkedid, uniqueid, endpoint, queue, to_timestamp(arrived / 1e6), to_timestamp(started / 1e6),
         to_timestamp(answered / 1e6), to_timestamp(ended / 1e6), talk, hold, holds, consult, transferred, missed, met
  from jsonb_to_recordset($1::jsonb) as r (pbx text, epoch bigint, linkedid text, uniqueid text, endpoint text,
    queue text, arrived bigint, started bigint, answered bigint, ended bigint, talk bigint, hold bigint, holds smallint,
    consult bigint, transferred boolean, missed boolean, met boolean)
  on conflict (pbx, epoch, uniqueid) do update
    set transferred = t.transferred or excluded.transferred, missed = t.missed or excluded.missed
    where excluded.transferred and not t.transferred or excluded.missed and not t.missed",
    ),
    (
        "walk",
        "
  insert into vigie.walks as t (pbx, epoch, linkedid, uniqueid, began, flow, flow_name, called, ended, how, why)
  select pbx, epoch, linkedid, uniqueid, to_timestamp(began / 1e6), flow, flow_name, called, to_timestamp(ended / 1e6), how, why
  from jsonb_to_recordset($1::jsonb) as r (pbx text, epoch bigint, linkedid text, uniqueid text, began bigint, flow text,
    flow_name text, called text, ended bigint, how text, why text)
  on conflict (pbx, epoch, uniqueid, began) do update set flow = excluded.flow, flow_name = excluded.flow_name,
    ended = excluded.ended, how = excluded.how, why = excluded.why
    where t.how is null and excluded.how is not null",
    ),
    (
        "visit",
        "
  insert into vigie.visits (pbx, epoch, linkedid, uniqueid, began, n, flow, node, node_name, entered, left_at, port, key)
  select pbx, epoch, linkedid, uniqueid, to_timestamp(began / 1e6), n, flow, node, node_name,
         to_timestamp(entered / 1e6), to_timestamp(\"left\" / 1e6), port, key
  from jsonb_to_recordset($1::jsonb) as r (pbx text, epoch bigint, linkedid text, uniqueid text, began bigint, n int,
    flow text, node text, node_name text, entered bigint, \"left\" bigint, port text, key text)
  on conflict do nothing",
    ),
    ("ai_session", super::ai::INSERT),
    (
        "watched",
        "
  insert into vigie.watched as t (pbx, run, since, until)
  select pbx, run, to_timestamp(since / 1e6), to_timestamp(until / 1e6)
  from jsonb_to_recordset($1::jsonb) as r (pbx text, run bigint, since bigint, until bigint)
  on conflict (pbx, run, since) do update set until = greatest(t.until, excluded.until)",
    ),
];
