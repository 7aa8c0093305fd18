//! The server itself, and the board.

use actors::keys::Micros;
use actors::view::{
    AgentView, AiSessionView, AlarmView, CallView, DeskView, LinkPhase, PbxView, QueueView, Table, Text,
    TrunkView,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::http::listing::questions;
use crate::http::openapi::{Answer, Parameter, SchemaOf, Shape, Values, Variant, schema_of};

/// The process answers.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Health {
    /// `alive`.
    pub(in crate::http) status: &'static str,
    /// Id of this run of the server.
    #[schemars(with = "String")]
    pub(in crate::http) run: Text,
}

/// Whether the server does its work.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Ready {
    pub(in crate::http) ready: bool,
    /// Why it is not.
    pub(in crate::http) reasons: Vec<String>,
    pub(in crate::http) links: Vec<Link>,
    /// What is away although it serves.
    pub(in crate::http) degraded: Vec<String>,
}

/// The link to a PBX.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Link {
    #[schemars(with = "String")]
    pub(in crate::http) pbx: Text,
    pub(in crate::http) link: LinkPhase,
    pub(in crate::http) since_ms: Micros,
}

/// Everything at one instant.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Board")]
pub(in crate::http) struct Whole {
    run: String,
    /// The number of this state.
    seq: u64,
    /// Our clock.
    now_ms: i64,
    pbxs: Vec<PbxView>,
    calls: Vec<CallView>,
    agents: Vec<AgentView>,
    queues: Vec<QueueView>,
    trunks: Vec<TrunkView>,
    alarms: Vec<AlarmView>,
    desks: Vec<DeskView>,
    sessions: Vec<AiSessionView>,
}

pub(in crate::http) const HEALTH: Shape = Shape::gives::<Health>("Whether the process answers.");
pub(in crate::http) const READY: Shape = Shape::gives::<Ready>("Whether the server does its work.")
    .or::<Ready>(503, "It does not: `reasons` says why.");
pub(in crate::http) const METRICS: Shape =
    Shape::new("Figures for Prometheus.", 200, Answer::Text("text/plain"));
pub(in crate::http) const DOCUMENT: Shape = Shape::gives::<Value>("This description, as OpenAPI 3.1.");
pub(in crate::http) const DOCS: Shape =
    Shape::new("A page that shows this description.", 200, Answer::Text("text/html"));

pub(in crate::http) const SOCKET: Shape = Shape::new("The board, pushed: a WebSocket.", 101, Answer::Empty)
    .asks(
        const {
            &[
                Parameter::new("run", Values::Of(schema_of::<String>), "Run that it knows, to resume.", ""),
                Parameter::new(
                    "seq",
                    Values::Whole(0, u64::MAX),
                    "Number at which it stands in that run.",
                    "",
                ),
                Parameter::new(
                    "protocol",
                    Values::One(&["board", "operator"]),
                    "`operator`: five plain events instead of the board.",
                    "",
                ),
            ]
        },
    )
    .refuses(&[(503, "busy"), (422, "bad_value")]);

pub(in crate::http) const BOARD: Shape = Shape::gives::<Whole>("Everything at one instant.")
    .words("With `If-None-Match` of the answer before it is 304 while nothing changed.")
    .headers(&[("ETag", "The run and its number.")])
    .refuses(&[(503, "busy")]);

pub(in crate::http) const TABLE: Shape = Shape::gives::<Value>("One table of the board.")
    .words("Filters must all hold. A filter compares exactly, `_contains` in any letter case.")
    .each(tables)
    .headers(&[
        ("X-Total-Count", "Rows of all pages."),
        ("X-Page", "This page."),
        ("X-Limit", "Rows of a page."),
        ("X-Has-Next", "`true` or `false`."),
        ("X-Run", "Run of the server."),
        ("X-Seq", "Number of the board."),
        ("X-Unknown-Pbxs", "PBXs of which nothing is known yet, so that their rows are missing."),
    ])
    .refuses(&[(503, "busy")]);

fn tables() -> Vec<Variant> {
    Table::ALL.map(table).into()
}

fn table(table: Table) -> Variant {
    let (summary, answer): (_, SchemaOf) = match table {
        Table::Pbxs => ("PBXs and their links.", schema_of::<Vec<PbxView>>),
        Table::Calls => ("Calls.", schema_of::<Vec<CallView>>),
        Table::Agents => ("Agents.", schema_of::<Vec<AgentView>>),
        Table::Queues => ("Queues, who waits in them and who serves them.", schema_of::<Vec<QueueView>>),
        Table::Trunks => ("Trunks.", schema_of::<Vec<TrunkView>>),
        Table::Alarms => ("Alarms.", schema_of::<Vec<AlarmView>>),
        Table::Desks => ("Messages to agents, and raised hands.", schema_of::<Vec<DeskView>>),
        Table::Sessions => ("Conversations with assistants.", schema_of::<Vec<AiSessionView>>),
    };
    let (filters, sorts) = questions(table);
    let mut asks = vec![
        Parameter::new("page", Values::Whole(1, u64::MAX), "From 1.", "1"),
        Parameter::new("limit", Values::Whole(1, 500), "Rows of a page; 500 unless told.", "50"),
    ];
    let falling = sorts.iter().map(|name| &*format!("-{name}").leak());
    let sorts: Vec<&'static str> = sorts.iter().copied().chain(falling).collect();
    asks.push(Parameter::new("sort", Values::OneOf(sorts), "With `-` in front the other way.", ""));
    let filter = |(name, values)| Parameter::new(name, Values::Of(values), "Only rows with this.", "");
    asks.extend(filters.into_iter().map(filter));
    Variant { value: table.name(), summary, asks, answer }
}
