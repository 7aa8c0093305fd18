//! An agent's time: one state at a time, from his two axes, as long as his PBX is followed.

use std::collections::BTreeMap;

use actors::view::{Activity, Availability};
use schemars::JsonSchema;
use serde::Serialize;

use super::period::Period;
use super::sums::Sums;

/// What an agent is, in one word: what he does, and while he does nothing what he chose. Nobody looks for
/// the phone of who is logged out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
pub struct State {
    /// A word of [`Activity`] but `idle`, or of [`Availability`].
    pub state: &'static str,
    /// Why he is paused, where a reason was given: each is a state of its own (L32).
    pub reason: Option<String>,
}

/// How long an agent was something.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
pub struct StateTime {
    /// What.
    #[serde(flatten)]
    pub state: State,
    /// How long in the period, ms.
    pub ms: i64,
}

/// An interval of an agent's day.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Span {
    /// What.
    #[serde(flatten)]
    pub state: State,
    /// Queue whose call it was about.
    pub queue: Option<String>,
    /// Began (the period did, where it began before), ms since 1970.
    pub from_ms: i64,
    /// Ended.
    pub to_ms: i64,
}

/// From logging in (to his first queue) to logging out.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Session {
    /// Logged in (the period began, where he did before; or he was first seen to be), ms since 1970.
    pub from_ms: i64,
    /// Logged out.
    pub to_ms: i64,
    /// It goes on, or it is not known how it went on.
    pub open: bool,
}

/// What became of an agent's period.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentDay {
    /// Made of his legs, and of his time.
    pub sums: Sums,
    /// Time in each state, in the order of the states' names.
    pub states: Vec<StateTime>,
    /// Time that is no state's: nothing is known of it, ms.
    pub unknown_ms: i64,
    /// His intervals, where they were asked for.
    pub spans: Vec<Span>,
    /// His sessions, where they were asked for.
    pub sessions: Vec<Session>,
    /// His time, by the queues that he was a member of.
    pub in_queues: Vec<InQueues>,
}

/// Time of an agent as a member of certain queues, and of no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InQueues {
    /// Which.
    pub queues: Vec<String>,
    /// On contacts, ms.
    pub busy_ms: i64,
    /// Idle, ms.
    pub idle_ms: i64,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(super) struct Desk {
    availability: Option<(Availability, Option<String>)>,
    activity: Option<(Activity, Option<String>)>,
    /// Charged until then.
    since: i64,
    /// His axes were told last then.
    told: i64,
    /// Queues he is a member of, and when that was told.
    pub(super) queues: BTreeMap<String, i64>,
    time: BTreeMap<State, i64>,
    in_queues: BTreeMap<Vec<String>, (i64, i64)>,
    spans: Vec<Span>,
    sessions: Vec<Session>,
    pub(super) sums: Sums,
}

/// Sets of queues of one agent that are told apart; beyond them the time of further ones is counted in none.
const MOST_SETS: usize = 500;

/// Spans of one agent that are kept; more are in no period that a page asks for.
const MOST_SPANS: usize = 20_000;

impl Desk {
    fn state(&self) -> Option<State> {
        let (availability, reason) = self.availability.as_ref()?;
        let activity = self.activity.as_ref().map_or(Activity::Idle, |(activity, _)| *activity);
        let out = *availability == Availability::LoggedOut;
        if activity != Activity::Idle && !(activity == Activity::Unreachable && out) {
            return Some(State { state: doing(activity), reason: None });
        }
        let reason = reason.clone().filter(|_| !out);
        Some(State { state: being(*availability), reason })
    }

    /// Charges what he was until then; gives µs on contacts and µs idle.
    pub(super) fn charge(&mut self, until: i64, watched: bool, period: &Period, spans: bool) -> (i64, i64) {
        let (from, to) = (self.since.max(period.from), until.min(period.to));
        self.since = self.since.max(until);
        if !watched || to <= from {
            return (0, 0);
        }
        let Some(state) = self.state() else { return (0, 0) };
        let micros = to - from;
        *self.time.entry(state.clone()).or_default() += micros;
        let word = state.state;
        if spans && self.sessions.len() < MOST_SPANS {
            self.session(from / 1000, to / 1000);
        }
        if spans && self.spans.len() < MOST_SPANS {
            let queue = self.activity.as_ref().and_then(|(_, queue)| queue.clone());
            let (from_ms, to_ms) = (from / 1000, to / 1000);
            match self.spans.last_mut() {
                Some(last) if last.to_ms == from_ms && last.state == state && last.queue == queue => {
                    last.to_ms = to_ms;
                }
                _ => self.spans.push(Span { state, queue, from_ms, to_ms }),
            }
        }
        match word {
            "wrap_up" | "dead_call" | "dialing" | "on_call" | "on_hold" | "consulting" | "three_way" => {
                (micros, 0)
            }
            "available" | "partly_paused" => (0, micros),
            _ => (0, 0),
        }
    }

    /// Time as a member of the queues that he is in now, ms.
    pub(super) fn in_queues(&mut self, busy: i64, idle: i64) {
        let queues: Vec<String> = self.queues.keys().cloned().collect();
        if queues.is_empty() || self.in_queues.len() >= MOST_SETS && !self.in_queues.contains_key(&queues) {
            return;
        }
        let sum = self.in_queues.entry(queues).or_default();
        *sum = (sum.0 + busy, sum.1 + idle);
    }

    /// He is logged in, or out, from then until then.
    fn session(&mut self, from_ms: i64, to_ms: i64) {
        let out = self.availability.as_ref().is_none_or(|(what, _)| *what == Availability::LoggedOut);
        match self.sessions.last_mut().filter(|last| last.open) {
            Some(last) if out => last.open = false,
            Some(last) if last.to_ms == from_ms => last.to_ms = to_ms,
            _ if out => {}
            _ => self.sessions.push(Session { from_ms, to_ms, open: true }),
        }
    }

    /// An axis was told; `false`: it was so before what is known already.
    fn tell(&mut self, at: i64) -> bool {
        let news = at >= self.told;
        self.told = self.told.max(at);
        news
    }

    pub(super) fn availability(&mut self, at: i64, availability: Availability, reason: Option<String>) {
        if self.tell(at) {
            self.availability = Some((availability, reason));
        }
    }

    pub(super) fn activity(&mut self, at: i64, activity: Activity, queue: Option<String>) {
        if self.tell(at) {
            self.activity = Some((activity, queue));
        }
    }

    /// Another run follows the PBX: what was told before it lost sight is no longer known.
    pub(super) fn forget(&mut self, told_before: i64) {
        if self.told < told_before {
            (self.availability, self.activity) = (None, None);
        }
        self.queues.retain(|_, told| *told >= told_before);
    }

    /// The same agent at the beginning of another period.
    pub(super) fn carried(&self) -> Self {
        Self {
            time: BTreeMap::new(),
            in_queues: BTreeMap::new(),
            spans: Vec::new(),
            sessions: Vec::new(),
            sums: Sums::default(),
            ..self.clone()
        }
    }

    /// Nothing is known of him at all, or only that nothing was.
    pub(super) fn is_blank(&self) -> bool {
        self.time.is_empty() && self.sums == Sums::default()
    }

    pub(super) fn day(self, period: &Period) -> AgentDay {
        let known: i64 = self.time.values().sum();
        AgentDay {
            sums: self.sums,
            states: self.time.into_iter().map(|(state, us)| StateTime { state, ms: us / 1000 }).collect(),
            unknown_ms: (period.to - period.from - known).max(0) / 1000,
            spans: self.spans,
            sessions: self.sessions,
            in_queues: self
                .in_queues
                .into_iter()
                .map(|(queues, (busy_ms, idle_ms))| InQueues { queues, busy_ms, idle_ms })
                .collect(),
        }
    }
}

fn doing(activity: Activity) -> &'static str {
    match activity {
        Activity::Idle => "idle",
        Activity::WrapUp => "wrap_up",
        Activity::NotResponding => "not_responding",
        Activity::Ringing => "ringing",
        Activity::DeadCall => "dead_call",
        Activity::Dialing => "dialing",
        Activity::OnCall => "on_call",
        Activity::OnHold => "on_hold",
        Activity::Consulting => "consulting",
        Activity::ThreeWay => "three_way",
        Activity::Unreachable => "unreachable",
    }
}

fn being(availability: Availability) -> &'static str {
    match availability {
        Availability::LoggedOut => "logged_out",
        Availability::Available => "available",
        Availability::PartlyPaused => "partly_paused",
        Availability::Paused => "paused",
    }
}
