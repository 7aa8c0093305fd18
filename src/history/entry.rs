//! A fact as it is stored: one row, which also is one line of the spool.

use actors::call::record::CallRecord;
use actors::fact::{Fact, What};
use actors::keys::{CallKey, Micros, PbxName, is_local};
use actors::view::AtLeast;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ai::AiSession;
use crate::figures::{Contact, Stay};

/// One row. Times are microseconds since 1970 UTC on the PBX's clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Entry {
    Call(Box<CallRow>),
    AgentState {
        pbx: String,
        endpoint: String,
        at: i64,
        availability: String,
        reason: Option<String>,
    },
    Activity {
        pbx: String,
        endpoint: String,
        at: i64,
        activity: String,
        queue: Option<String>,
        arrived: Option<i64>,
        ends: Option<i64>,
    },
    Membership {
        pbx: String,
        queue: String,
        interface: String,
        #[serde(default)]
        endpoint: Option<String>,
        at: i64,
        member: bool,
    },
    Stay(Stay),
    Contact(Contact),
    /// A walk through a flow; told again when it is over.
    Walk {
        pbx: String,
        epoch: i64,
        linkedid: String,
        uniqueid: String,
        began: i64,
        flow: String,
        flow_name: String,
        called: String,
        ended: Option<i64>,
        how: Option<String>,
        why: Option<String>,
    },
    /// A stay at a node of it.
    Visit {
        pbx: String,
        epoch: i64,
        linkedid: String,
        uniqueid: String,
        began: i64,
        n: usize,
        flow: String,
        node: String,
        node_name: String,
        entered: i64,
        left: i64,
        port: Option<String>,
        key: Option<String>,
    },
    /// A conversation with an assistant.
    AiSession(Box<AiSession>),
    /// That run followed that PBX from then until then.
    Watched {
        pbx: String,
        run: i64,
        since: i64,
        until: i64,
    },
}

/// An ended call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CallRow {
    pub(super) pbx: String,
    pub(super) epoch: i64,
    pub(super) linkedid: String,
    pub(super) started: i64,
    pub(super) answered: Option<i64>,
    pub(super) ended: i64,
    pub(super) direction: String,
    pub(super) caller_number: String,
    pub(super) caller_name: String,
    pub(super) called: String,
    pub(super) queues: Vec<String>,
    pub(super) endpoints: Vec<String>,
    pub(super) outcome: Option<String>,
    pub(super) hangup_cause: Option<i16>,
    pub(super) talk_ms: i64,
    pub(super) wait_ms: i64,
    pub(super) record: Value,
    /// Times of it that are bounds: absent in what older versions left on disk.
    #[serde(default)]
    pub(super) at_least: Vec<String>,
}

impl Entry {
    /// The row of a fact.
    pub(super) fn of(pbx: &PbxName, fact: &Fact) -> Self {
        let pbx = text(&pbx.0);
        let at = fact.at.0;
        match &fact.what {
            What::CallEnded(key, record) => Self::Call(Box::new(CallRow::of(key, record))),
            What::Availability { endpoint, availability, reason } => Self::AgentState {
                pbx,
                endpoint: text(endpoint),
                at,
                availability: word(availability),
                reason: reason.as_deref().map(text),
            },
            What::Activity { endpoint, activity, queue, arrived, ends } => Self::Activity {
                pbx,
                endpoint: text(endpoint),
                at,
                activity: word(activity),
                queue: queue.as_deref().map(text),
                arrived: arrived.map(|at| at.0),
                ends: ends.map(|at| at.0),
            },
            What::Membership { queue, interface, endpoint, member } => Self::Membership {
                pbx,
                queue: text(queue),
                interface: text(interface),
                endpoint: Some(text(endpoint)),
                at,
                member: *member,
            },
            What::Walk(walk) => Self::Walk {
                pbx,
                epoch: walk.call.epoch.0,
                linkedid: text(&walk.call.linkedid),
                uniqueid: text(&walk.uniqueid),
                began: walk.began.0,
                flow: text(&walk.flow),
                flow_name: text(&walk.name),
                called: text(&walk.called),
                ended: walk.ended.as_ref().map(|(at, ..)| at.0),
                how: walk.ended.as_ref().map(|(_, how, _)| word(how)),
                why: walk.ended.as_ref().and_then(|(.., why)| why.as_deref().map(text)),
            },
            What::Visit(stay) => Self::Visit {
                pbx,
                epoch: stay.call.epoch.0,
                linkedid: text(&stay.call.linkedid),
                uniqueid: text(&stay.uniqueid),
                began: stay.began.0,
                n: stay.n,
                flow: text(&stay.flow),
                node: text(&stay.visit.node),
                node_name: text(&stay.visit.name),
                entered: stay.visit.at_ms.0,
                left: stay.visit.left_ms.unwrap_or(fact.at).0,
                port: stay.visit.port.as_deref().map(text),
                key: stay.visit.key.as_deref().map(text),
            },
            What::QueueStay(stay) => {
                let stay = Stay::of(stay);
                Self::Stay(Stay { queue: text(&stay.queue), agent: stay.agent.as_deref().map(text), ..stay })
            }
            What::Contact(contact) => {
                let contact = Contact::of(contact);
                Self::Contact(Contact {
                    queue: contact.queue.as_deref().map(text),
                    endpoint: text(&contact.endpoint),
                    ..contact
                })
            }
        }
    }
}

impl Entry {
    /// The row of a conversation.
    pub(super) fn of_session(mut session: AiSession) -> Self {
        let AiSession { pbx, id, uniqueid, caller_number, called, assistant, how, mouth, ears, mind, .. } =
            &mut session;
        for value in [pbx, id, uniqueid, caller_number, called, assistant, how, mouth, ears, mind] {
            *value = text(value);
        }
        for line in &mut session.lines {
            line.text = text(&line.text);
        }
        for turn in &mut session.turns {
            for value in
                [&mut turn.heard, &mut turn.said, &mut turn.played].into_iter().chain(&mut turn.tools)
            {
                *value = text(value);
            }
        }
        Self::AiSession(Box::new(session))
    }
}

impl CallRow {
    fn of(key: &CallKey, record: &CallRecord) -> Self {
        let micros = |at: Micros| at.0;
        let ms = |seconds: f64| (seconds * 1000.0).round() as i64;
        let mut endpoints: Vec<String> =
            record.legs.iter().filter(|leg| !is_local(&leg.channel)).map(|leg| text(&leg.endpoint)).collect();
        endpoints.sort_unstable();
        endpoints.dedup();
        let mut whole = whole(record);
        without_nul(&mut whole);
        Self {
            pbx: text(&key.pbx.0),
            epoch: key.epoch.0,
            linkedid: text(&record.linkedid),
            started: micros(record.started.0),
            answered: record.answered.map(|at| micros(at.0)),
            ended: micros(record.ended.unwrap_or(record.started).0),
            direction: word(&record.direction),
            caller_number: text(&record.caller.number),
            caller_name: text(&record.caller.name),
            called: text(&record.called),
            queues: record.queues.iter().map(|stay| text(&stay.name)).collect(),
            endpoints,
            outcome: record.queues.last().and_then(|stay| stay.outcome).map(|outcome| word(&outcome)),
            hangup_cause: record.hangup_cause.and_then(|cause| i16::try_from(cause).ok()),
            talk_ms: record.talks.iter().map(|talk| ms(talk.seconds)).max().unwrap_or(0),
            wait_ms: record.queues.iter().filter_map(|stay| stay.wait_s).map(ms).sum(),
            at_least: bounds(record.at_least),
            record: whole,
        }
    }
}

/// A record as `vigie replay` prints it, and what history keeps besides: when things were, and which times
/// are bounds. What there is nothing of is absent.
fn whole(record: &CallRecord) -> Value {
    let mut whole = json(record);
    if let Some(until) = &record.unseen_until {
        whole["unseen_until"] = json(until);
    }
    if !record.at_least.is_none() {
        whole["at_least"] = json(&bounds(record.at_least));
    }
    for (n, stay) in record.queues.iter().enumerate() {
        whole["queues"][n]["joined"] = json(&stay.joined);
        whole["queues"][n]["left"] = json(&stay.left);
    }
    for (n, leg) in record.legs.iter().enumerate().filter(|(_, leg)| !leg.at_least.is_none()) {
        whole["legs"][n]["at_least"] = json(&bounds(leg.at_least));
    }
    for (n, transfer) in record.transfers.iter().enumerate() {
        whole["transfers"][n]["at"] = json(&transfer.at);
    }
    whole["conversations"] = json(&record.conversations);
    whole
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// `started`, `answered`: without the unit, which is not ms in a record.
fn bounds(at_least: AtLeast) -> Vec<String> {
    let names = serde_json::to_value(at_least).unwrap_or_default();
    let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
    names.filter_map(|name| name.strip_suffix("_ms")).map(str::to_owned).collect()
}

/// The word that the API has for it.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// PostgreSQL's text cannot hold a NUL, which a caller's name can (F08).
fn text(value: &str) -> String {
    value.replace('\0', "\u{fffd}")
}

fn without_nul(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{fffd}"),
        Value::Array(items) => items.iter_mut().for_each(without_nul),
        Value::Object(fields) => fields.values_mut().for_each(without_nul),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use actors::call::CallState;
    use actors::call::record::Seconds;
    use actors::keys::Epoch;
    use actors::settings::Settings;

    use super::*;

    #[test]
    fn f01_a_call_that_was_seen_in_part_is_kept_as_such() {
        let pbx = PbxName("a".into());
        let key = CallKey { pbx: pbx.clone(), epoch: Epoch(1), linkedid: "1.1".into() };
        let call = CallState::new(Arc::new(Settings::new(pbx)), key.clone(), Micros(1_000_000));
        let mut record = call.record(Micros(2_000_000));
        assert_eq!(CallRow::of(&key, &record).record.get("unseen_until"), None, "it was followed whole");
        record.unseen_until = Some(Seconds(Micros(1_500_000)));
        assert_eq!(CallRow::of(&key, &record).record["unseen_until"], serde_json::json!(1.5));
    }
}
