//! What a figure is: a name, its words, and what each thing that happened adds to it.

use schemars::JsonSchema;
use serde::Serialize;

use super::alike::{Contacts, Stays};

/// Of all definitions together: a figure that is defined anew gets the next one.
pub const VERSION: u32 = 1;

/// What one thing adds to the numerator and to the denominator.
pub type Share = (i64, i64);

/// What a supervisor sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Rules {
    /// Answered within that many µs is answered in time.
    #[serde(skip)]
    pub threshold_us: i64,
    /// Who leaves before that many µs did not really wait.
    #[serde(skip)]
    pub short_us: i64,
}

impl Default for Rules {
    /// 20 s and 5 s.
    fn default() -> Self {
        Self { threshold_us: 20_000_000, short_us: 5_000_000 }
    }
}

/// To which period a call belongs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Charge {
    /// That in which its caller came.
    #[default]
    Arrival,
    /// That in which its wait, or the agent's leg, ended.
    End,
}

/// Whose definition it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Ours.
    Vigie,
    /// As Genesys defines it.
    Genesys,
    /// As Wazo does.
    Wazo,
    /// As Twilio does.
    Twilio,
    /// As Amazon Connect does.
    Amazon,
    /// As `app_queue` counts.
    Asterisk,
}

/// What the number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// How many; there is no denominator.
    Count,
    /// From 0 to 1.
    Ratio,
    /// A mean, ms.
    Ms,
    /// A sum, ms; there is no denominator.
    TotalMs,
}

/// A formula in words; the page has its own in each language, by the figure's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Words {
    /// What it tells.
    pub formula: &'static str,
    /// What stands above the line.
    pub numerator: &'static str,
    /// What stands below; empty without one.
    pub denominator: &'static str,
}

/// One figure.
#[derive(Debug, Clone, Copy)]
pub struct Formula {
    /// Stable name.
    pub name: &'static str,
    /// Whose definition.
    pub family: Family,
    /// What the number is.
    pub unit: Unit,
    /// Agents have it.
    pub of_agents: bool,
    /// Queues have it.
    pub of_queues: bool,
    /// In words.
    pub words: Words,
    /// What stays in a queue that are alike add.
    pub stays: fn(&Stays, &Rules) -> Share,
    /// What an agent's legs that are alike add.
    pub contacts: fn(&Contacts, &Rules) -> Share,
    /// What µs of wrap-up add.
    pub wrap_up: fn(i64) -> Share,
    /// What µs of an agent's time add: on contacts (wrap-up included), idle and available.
    pub time: fn(i64, i64) -> Share,
}

impl Formula {
    /// A queue's figure to which nothing adds yet.
    pub(super) const fn new(name: &'static str, family: Family, unit: Unit, words: Words) -> Self {
        Self {
            name,
            family,
            unit,
            of_agents: false,
            of_queues: true,
            words,
            stays: |_, _| (0, 0),
            contacts: |_, _| (0, 0),
            wrap_up: |_| (0, 0),
            time: |_, _| (0, 0),
        }
    }

    /// It is made of agents' time, not of calls.
    pub fn is_of_time(&self) -> bool {
        (self.time)(1, 1) != (0, 0)
    }

    pub(super) const fn stays(self, stays: fn(&Stays, &Rules) -> Share) -> Self {
        Self { stays, ..self }
    }

    /// Agents have what is made of their legs.
    pub(super) const fn contacts(self, contacts: fn(&Contacts, &Rules) -> Share) -> Self {
        Self { contacts, of_agents: true, ..self }
    }

    pub(super) const fn wrap_ups(self, wrap_up: fn(i64) -> Share) -> Self {
        Self { wrap_up, of_agents: true, ..self }
    }

    pub(super) const fn times(self, time: fn(i64, i64) -> Share) -> Self {
        Self { time, of_agents: true, ..self }
    }

    pub(super) const fn queues_only(self) -> Self {
        Self { of_agents: false, ..self }
    }

    pub(super) const fn agents_only(self) -> Self {
        Self { of_queues: false, ..self }
    }
}
