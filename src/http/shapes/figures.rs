//! Figures.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::row;
use crate::figures::{FORMULAS, Family, Figure, Unit};
pub(super) use crate::http::figures::Asked;
use crate::http::figures::{AgentRow, Part, QueueRow, Told};
use crate::http::openapi::{Parameter, Shape, Values};

/// Of all queues together.
#[derive(Serialize, JsonSchema)]
struct QueueTotals {
    longest_wait_ms: i64,
    figures: BTreeMap<String, Figure>,
}

/// Of all agents together.
#[derive(Serialize, JsonSchema)]
struct AgentTotals {
    figures: BTreeMap<String, Figure>,
}

/// A formula in words.
#[derive(Serialize, JsonSchema)]
struct FormulaSaid {
    name: String,
    family: Family,
    unit: Unit,
    of_queues: bool,
    of_agents: bool,
    /// What it tells.
    formula: String,
    /// What stands above the line.
    numerator: String,
    /// What stands below; empty without one.
    denominator: String,
}

/// Every formula.
#[derive(Serialize, JsonSchema)]
struct Formulas {
    /// Of all definitions together.
    version: u32,
    formulas: Vec<FormulaSaid>,
}

/// One figure, and what is behind it.
#[derive(Serialize, JsonSchema)]
struct Behind {
    id: String,
    definition: FormulaSaid,
    figure: Figure,
    asked: Asked,
    calls: Vec<Part>,
    total: usize,
    page: usize,
    limit: usize,
    has_next: bool,
}

const TEXT: Values = Values::Text("^[^\\u0000-\\u001f\\u007f-\\u009f]{1,40}$");
const FROM: Parameter = Parameter::new(
    "from",
    Values::Text("^(20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|1[5-9][0-9]{11})$"),
    "A day, a time on the zone's clocks, an instant, or ms since 1970; today unless told.",
    "2026-03-02",
);
const TO: Parameter = Parameter::new(
    "to",
    Values::Text("^(20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|1[5-9][0-9]{11})$"),
    "Likewise; a day is in it whole. 400 days at most.",
    "2026-03-08",
);
const ZONE: Parameter = Parameter::new(
    "zone",
    Values::One(&["Europe/Paris", "UTC", "America/Martinique"]),
    "Whose days; any IANA zone.",
    "",
);
const DAY_START: Parameter =
    Parameter::new("day_start", Values::Text("^([01][0-9]|2[0-3]):[0-5][0-9]$"), "When a day begins.", "");
const THRESHOLD: Parameter =
    Parameter::new("threshold_ms", Values::Whole(0, 86_400_000), "Answered within that is in time.", "20000");
const SHORT: Parameter = Parameter::new(
    "short_abandon_ms",
    Values::Whole(0, 86_400_000),
    "Who hangs up before that did not wait.",
    "5000",
);
const INTERVAL: Parameter = Parameter::new(
    "interval",
    Values::One(&["arrival", "end"]),
    "To which period a call belongs: that in which its caller came, or that in which it ended.",
    "",
);
const PBX: Parameter = Parameter::new("pbx", TEXT, "On that PBX.", "");
const QUEUE: Parameter = Parameter::new("queue", TEXT, "One queue, or several with commas between.", "");
const ENDPOINT: Parameter =
    Parameter::new("endpoint", TEXT, "One endpoint, or several with commas between.", "");
const SITE: Parameter = Parameter::new(
    "site",
    TEXT,
    "Queues and agents of that site, in its zone and with its days unless told otherwise. One whose figures may not \
     be seen is refused as one that is not there.",
    "",
);
const PAGE: Parameter = Parameter::new("page", Values::Whole(1, 100_000), "From 1.", "1");
const LIMIT: Parameter = Parameter::new("limit", Values::Whole(1, 500), "Of a page; 100 unless told.", "100");
const BOM: Parameter = Parameter::new(
    "bom",
    Values::One(&["true", "false"]),
    "Whether the mark of UTF-8 stands in front, by which some spreadsheets know it.",
    "",
);

pub(super) const PERIOD_ASKS: &[Parameter] = &[FROM, TO, ZONE, DAY_START];
pub(super) const PERIOD_OF_NAMES: &[Parameter] = &[FROM, TO, ZONE, DAY_START, PBX, QUEUE, ENDPOINT, BOM];
const OF_QUEUES: &[Parameter] = &[FROM, TO, ZONE, DAY_START, THRESHOLD, SHORT, INTERVAL, PBX, QUEUE, SITE];
const OF_AGENTS: &[Parameter] = &[FROM, TO, ZONE, DAY_START, THRESHOLD, SHORT, INTERVAL, PBX, ENDPOINT, SITE];
const OF_ONE: &[Parameter] = &[FROM, TO, ZONE, DAY_START, THRESHOLD, SHORT, INTERVAL, SITE, PAGE, LIMIT];

fn of_queues() -> Vec<&'static str> {
    FORMULAS.iter().filter(|formula| formula.of_queues).map(|formula| formula.name).collect()
}

fn of_agents() -> Vec<&'static str> {
    FORMULAS.iter().filter(|formula| formula.of_agents).map(|formula| formula.name).collect()
}

const KEPT: &[(u16, &str)] =
    &[(404, "not_found"), (503, "database_away"), (503, "busy"), (503, "nothing_kept")];

pub(in crate::http) const ALL_FORMULAS: Shape = Shape::gives::<Formulas>("Every formula in words.");
pub(in crate::http) const QUEUES: Shape =
    Shape::gives::<Told<QueueRow, QueueTotals>>("Figures of each queue, and of all together.")
        .words("Of today from memory, of other periods from what is stored.")
        .asks(OF_QUEUES)
        .refuses(&[(503, "database_away"), (503, "busy"), (503, "nothing_kept")]);
pub(in crate::http) const AGENTS: Shape =
    Shape::gives::<Told<AgentRow, AgentTotals>>("Figures of each agent, and of all together.")
        .words("Of today from memory, of other periods from what is stored.")
        .asks(OF_AGENTS)
        .refuses(&[(503, "database_away"), (503, "busy"), (503, "nothing_kept")]);
pub(in crate::http) const QUEUE_ONE: Shape =
    Shape::gives::<Behind>("One figure of a queue: its formula, its two sides, and the calls behind.")
        .at(const {
            &[
                row("Id of the queue's row: `pbx~queue`.", "demo~support"),
                Parameter::new("figure", Values::Known(of_queues), "Which.", "offered"),
            ]
        })
        .asks(OF_ONE)
        .refuses(KEPT);
pub(in crate::http) const AGENT_ONE: Shape =
    Shape::gives::<Behind>("One figure of an agent: its formula, its two sides, and the calls behind.")
        .at(const {
            &[
                row("Id of the agent's row; its slash is written `%2F`.", "demo~PJSIP/1001"),
                Parameter::new("figure", Values::Known(of_agents), "Which.", "handled"),
            ]
        })
        .asks(OF_ONE)
        .refuses(KEPT);
