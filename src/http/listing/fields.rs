//! What each table can be filtered and sorted by. This is the documentation of the parameters.
//!
//! A filter compares exactly unless its name says `_contains` (then in any letter case). Words such
//! as phases and trusts are those of the rows' JSON; flags are `true` or `false`.

use actors::view::{
    Activity, AgentView, AiSessionView, AlarmView, Availability, CallPhase, CallView, DeskView, Direction,
    LinkPhase, PbxView, QueueView, Reachability, Registration, SessionPhase, TrunkView, Trust, View,
};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use super::{Fields, Filter, Sort, Test};
use crate::http::openapi::schema_of;

fn is<V: 'static>(wanted: &str, of: fn(&V) -> &str) -> Result<Test<V>, String> {
    let wanted = wanted.to_owned();
    Ok(Box::new(move |row| of(row) == wanted))
}

/// Whether any text of a row passes the test it is given.
type AnyText<V> = fn(&V, &dyn Fn(&str) -> bool) -> bool;

fn contains<V: 'static>(wanted: &str, holds: AnyText<V>) -> Result<Test<V>, String> {
    let wanted = wanted.to_lowercase();
    Ok(Box::new(move |row| holds(row, &|text| text.to_lowercase().contains(&wanted))))
}

fn any<V: 'static>(wanted: &str, holds: fn(&V, &str) -> bool) -> Result<Test<V>, String> {
    let wanted = wanted.to_owned();
    Ok(Box::new(move |row| holds(row, &wanted)))
}

/// One of the words of the JSON; the error lists them.
fn word<V: 'static, W>(wanted: &str, of: fn(&V) -> W) -> Result<Test<V>, String>
where
    W: for<'de> Deserialize<'de> + PartialEq + 'static,
{
    let words: StrDeserializer<'_, Error> = wanted.into_deserializer();
    let wanted = W::deserialize(words).map_err(|problem| problem.to_string())?;
    Ok(Box::new(move |row| of(row) == wanted))
}

/// A row of which it is unknown is neither.
fn flag<V: 'static>(wanted: &str, of: fn(&V) -> Option<bool>) -> Result<Test<V>, String> {
    let wanted: bool = wanted.parse().map_err(|_| "expected true or false".to_owned())?;
    Ok(Box::new(move |row| of(row) == Some(wanted)))
}

macro_rules! filters {
    ($($name:literal $(of $kind:ty)? => $make:expr),* $(,)?) => {
        &[$(Filter { name: $name, values: filters!(@values $($kind)?), test: $make }),*]
    };
    (@values) => { schema_of::<String> };
    (@values $kind:ty) => { schema_of::<$kind> };
}

macro_rules! sorts {
    ($($name:literal => |$row:ident| $key:expr),* $(,)?) => {
        &[$(Sort { name: $name, order: |a, b| order(a, b, |$row| $key) }),*]
    };
}

fn order<V, K: Ord>(a: &V, b: &V, key: impl Fn(&V) -> K) -> std::cmp::Ordering {
    key(a).cmp(&key(b))
}

pub(super) static PBXS: Fields<PbxView> = Fields {
    of: |view| if let View::Pbx(row) = view { Some(row) } else { None },
    filters: filters! {
        "id" => |w| is(w, |row| &row.id),
        "link" of LinkPhase => |w| word::<PbxView, LinkPhase>(w, |row| row.link),
    },
    sorts: sorts! { "id" => |row| row.id.clone(), "since" => |row| row.since_ms },
};

pub(super) static CALLS: Fields<CallView> = Fields {
    of: |view| if let View::Call(row) = view { Some(row) } else { None },
    filters: filters! {
        "id" => |w| is(w, |row| &row.id),
        "pbx" => |w| is(w, |row| &row.pbx),
        "linkedid" => |w| any(w, |row, w| row.linkedid == w || row.merged.iter().any(|id| id == w)),
        "phase" of CallPhase => |w| word::<CallView, CallPhase>(w, |row| row.phase),
        "direction" of Direction => |w| word::<CallView, Direction>(w, |row| row.direction),
        "trust" of Trust => |w| word::<CallView, Trust>(w, |row| row.trust),
        "queue" => |w| any(w, |row, w| row.queue.as_ref().is_some_and(|queue| queue.name == w)),
        "agent" => |w| any(w, |row, w| row.legs.iter().any(|leg| leg.agent.as_ref().is_some_and(|a| a == w))),
        "channel" => |w| any(w, |row, w| row.legs.iter().any(|leg| leg.channel == w)),
        "uniqueid" => |w| any(w, |row, w| row.legs.iter().any(|leg| leg.uniqueid == w)),
        "endpoint" => |w| any(w, |row, w| row.legs.iter().any(|leg| leg.endpoint == w)),
        "conference" => |w| any(w, |row, w| row.conference.as_ref().is_some_and(|room| room == w)),
        "recording" of bool => |w| flag(w, |row| row.recording),
        "caller_contains" => |w| contains(w, |row, has| has(&row.caller.number) || has(&row.caller.name)),
        "called_contains" => |w| contains(w, |row, has| has(&row.called)),
    },
    sorts: sorts! {
        "id" => |row| row.id.clone(),
        "started" => |row| row.started_ms,
        "phase_since" => |row| row.phase_since_ms,
        "phase" => |row| row.phase as u8,
        "caller" => |row| row.caller.number.clone(),
        "called" => |row| row.called.clone(),
        "queue" => |row| row.queue.as_ref().map(|queue| queue.name.clone()),
    },
};

pub(super) static AGENTS: Fields<AgentView> = Fields {
    of: |view| if let View::Agent(row) = view { Some(row) } else { None },
    filters: filters! {
        "id" => |w| is(w, |row| &row.id),
        "pbx" => |w| is(w, |row| &row.pbx),
        "endpoint" => |w| is(w, |row| &row.endpoint),
        "availability" of Availability => |w| word::<AgentView, Availability>(w, |row| row.availability),
        "activity" of Activity => |w| word::<AgentView, Activity>(w, |row| row.activity),
        "trust" of Trust => |w| word::<AgentView, Trust>(w, |row| row.trust),
        "queue" => |w| any(w, |row, w| row.memberships.iter().any(|member| member.queue == w)),
        "call" => |w| any(w, |row, w| row.call.as_ref().is_some_and(|call| call == w)),
        "pause_reason" => |w| any(w, |row, w| row.pause_reason.as_ref().is_some_and(|reason| reason == w)),
        "name_contains" => |w| contains(w, |row, has| has(&row.name)),
    },
    sorts: sorts! {
        "id" => |row| row.id.clone(),
        "name" => |row| row.name.to_lowercase(),
        "endpoint" => |row| row.endpoint.clone(),
        "availability" => |row| row.availability as u8,
        "availability_since" => |row| row.availability_since_ms,
        "activity" => |row| row.activity,
        "activity_since" => |row| row.activity_since_ms,
    },
};

pub(super) static QUEUES: Fields<QueueView> = Fields {
    of: |view| if let View::Queue(row) = view { Some(row) } else { None },
    filters: filters! {
        "id" => |w| is(w, |row| &row.id),
        "pbx" => |w| is(w, |row| &row.pbx),
        "name" => |w| is(w, |row| &row.name),
        "trust" of Trust => |w| word::<QueueView, Trust>(w, |row| row.trust),
        "member" => |w| any(w, |row, w| row.members.iter().any(|member| member.interface == w)),
        "agent" => |w| any(w, |row, w| row.members.iter().any(|m| m.agent.as_ref().is_some_and(|a| a == w))),
        "name_contains" => |w| contains(w, |row, has| has(&row.name)),
    },
    sorts: sorts! {
        "id" => |row| row.id.clone(),
        "name" => |row| row.name.to_lowercase(),
        "waiting" => |row| row.waiting.len(),
        "offered" => |row| row.offered,
        "answered" => |row| row.answered,
        "abandoned" => |row| row.abandoned,
    },
};

pub(super) static TRUNKS: Fields<TrunkView> = Fields {
    of: |view| if let View::Trunk(row) = view { Some(row) } else { None },
    filters: filters! {
        "id" => |w| is(w, |row| &row.id),
        "pbx" => |w| is(w, |row| &row.pbx),
        "endpoint" => |w| is(w, |row| &row.endpoint),
        "registration" of Registration => |w| word::<TrunkView, Registration>(w, |row| row.registration),
        "reachability" of Reachability => |w| word::<TrunkView, Reachability>(w, |row| row.reachability),
        "trust" of Trust => |w| word::<TrunkView, Trust>(w, |row| row.trust),
        "endpoint_contains" => |w| contains(w, |row, has| has(&row.endpoint)),
    },
    sorts: sorts! {
        "id" => |row| row.id.clone(),
        "endpoint" => |row| row.endpoint.clone(),
        "legs" => |row| row.legs,
        "registration" => |row| row.registration as u8,
        "registration_since" => |row| row.registration_since_ms,
    },
};

pub(super) static ALARMS: Fields<AlarmView> = Fields {
    of: |view| if let View::Alarm(row) = view { Some(row) } else { None },
    filters: filters! {
        "id" => |w| is(w, |row| &row.id),
        "kind" => |w| is(w, |row| &row.kind),
        "subject" => |w| is(w, |row| &row.subject),
        "active" of bool => |w| flag(w, |row| Some(row.ended_ms.is_none())),
    },
    sorts: sorts! {
        "id" => |row| row.id.clone(),
        "kind" => |row| row.kind.clone(),
        "began" => |row| row.began_ms,
    },
};

pub(super) static DESKS: Fields<DeskView> = Fields {
    of: |view| if let View::Desk(row) = view { Some(row) } else { None },
    filters: filters! {
        "id" => |w| is(w, |row| &row.id),
        "pbx" => |w| is(w, |row| &row.pbx),
        "hand" of bool => |w| flag(w, |row| Some(row.hand.is_some())),
    },
    sorts: sorts! {
        "id" => |row| row.id.clone(),
    },
};

pub(super) static SESSIONS: Fields<AiSessionView> = Fields {
    of: |view| if let View::Session(row) = view { Some(row) } else { None },
    filters: filters! {
        "id" => |w| is(w, |row| &row.id),
        "pbx" => |w| is(w, |row| &row.pbx),
        "assistant" => |w| is(w, |row| &row.assistant),
        "phase" of SessionPhase => |w| word(w, |row| row.phase),
        "call" => |w| is(w, |row| row.call.as_deref().unwrap_or_default()),
    },
    sorts: sorts! {
        "id" => |row| row.id.clone(),
        "assistant" => |row| row.assistant.clone(),
        "began" => |row| row.began_ms,
    },
};
