//! What `vigie replay` prints.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Floor;
use crate::call::record::{CallRecord, Seconds};
use crate::view::{AgentView, CallView, QueueView, Text, TrunkView};

/// The whole, as `vigie replay` prints it. Times of calls are seconds since 1970; the rows of agents,
/// queues and trunks are those of the board, in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What is live at the end.
    pub board: Board,
    /// Ended calls, by start.
    pub history: Vec<CallRecord>,
    /// Most at once.
    pub peak: Peak,
    /// Messages read, answers to actions too.
    pub messages: u64,
    /// Events that no Asterisk we know sends.
    pub unknown_events: BTreeMap<String, u64>,
    /// Guarantees of Asterisk that the stream broke.
    pub violations: Vec<String>,
}

/// What is live at the end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Board {
    /// By start.
    pub calls: Vec<CallRecord>,
    /// By endpoint.
    pub agents: Vec<AgentView>,
    /// By name.
    pub queues: Vec<QueueView>,
    /// By endpoint.
    pub trunks: Vec<TrunkView>,
    /// Who is parked.
    pub parking: Vec<Parked>,
    /// Who confers.
    pub conferences: Vec<Conference>,
}

/// Most at once, at any moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Peak {
    /// Calls.
    pub calls: usize,
    /// Channels.
    pub channels: usize,
}

/// A parked call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parked {
    /// Parking lot.
    pub lot: Text,
    /// Space to dial.
    pub space: Text,
    /// Linkedid of the call.
    pub call: Text,
    /// Since.
    pub since: Seconds,
    /// Comes back at.
    pub until: Option<Seconds>,
}

/// A conference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conference {
    /// Its name.
    pub name: Text,
    /// Linkedids of the calls in it.
    pub calls: Vec<Text>,
    /// Channels in it.
    pub channels: Vec<Text>,
}

pub(super) fn of(floor: &Floor) -> Report {
    let views: Vec<CallView> = floor.live().map(crate::call::CallState::view).collect();
    let mut calls: Vec<CallRecord> = floor.live().map(|call| call.record(floor.now())).collect();
    calls.sort_by_key(|c| c.started);
    let mut history = floor.history.clone();
    history.sort_by_key(|c| c.started);
    let mut agents: Vec<AgentView> = floor.agents.iter().map(crate::agent::AgentState::view).collect();
    agents.sort_by(|a, b| a.endpoint.cmp(&b.endpoint));
    let mut queues: Vec<QueueView> = floor.queues.iter().map(crate::queue::QueueState::view).collect();
    queues.sort_by(|a, b| a.name.cmp(&b.name));
    let mut trunks: Vec<TrunkView> = floor.trunks.iter().map(crate::trunk::TrunkState::view).collect();
    trunks.sort_by(|a, b| a.endpoint.cmp(&b.endpoint));
    Report {
        board: Board {
            calls,
            agents,
            queues,
            trunks,
            parking: parking(&views),
            conferences: conferences(floor),
        },
        history,
        peak: Peak { calls: floor.peak_calls, channels: floor.peak_channels },
        messages: floor.messages,
        unknown_events: floor.unknown.clone(),
        violations: floor.violations(),
    }
}

fn parking(views: &[CallView]) -> Vec<Parked> {
    let parked = views.iter().filter_map(|v| {
        let p = v.parked.as_ref()?;
        Some(Parked {
            lot: p.lot.clone(),
            space: p.space.clone(),
            call: v.linkedid.clone(),
            since: Seconds(p.since_ms),
            until: p.until_ms.map(Seconds),
        })
    });
    parked.collect()
}

fn conferences(floor: &Floor) -> Vec<Conference> {
    let mut by_name: BTreeMap<Text, Conference> = BTreeMap::new();
    for call in floor.live() {
        for (name, channel) in call.in_conferences() {
            let c = by_name.entry(name.clone()).or_insert_with(|| Conference {
                name: name.clone(),
                calls: Vec::new(),
                channels: Vec::new(),
            });
            c.channels.push(channel.clone());
            if !c.calls.contains(&call.key().linkedid) {
                c.calls.push(call.key().linkedid.clone());
            }
        }
    }
    by_name.into_values().collect()
}
