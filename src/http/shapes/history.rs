//! What happened.

use actors::call::record::{CallRecord, Conversation};
use actors::view::FlowEnd;
use schemars::JsonSchema;
use serde::Serialize;

use super::figures::{Asked, PERIOD_ASKS, PERIOD_OF_NAMES};
use super::row;
use super::texts::Why;
use crate::figures::{Session, Span, StateTime};
use crate::history::{Found, Hold};
use crate::http::done::Named;
use crate::http::openapi::{Answer, Parameter, Shape, Values};
use crate::recordings;

/// A call as it was kept: times are seconds since 1970.
#[derive(Serialize, JsonSchema)]
struct KeptCall {
    #[serde(flatten)]
    record: CallRecord,
    /// Who shared a bridge with whom when.
    conversations: Vec<Conversation>,
    /// Until then it was not followed whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    unseen_until: Option<f64>,
    /// Times that are bounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<Vec<String>>,
    /// Flows that were walked in it.
    flows: Vec<KeptWalk>,
    /// Who wants it kept; `null`: it is deleted when it is too old.
    hold: Option<Hold>,
    /// What Vigie's people did to it, the oldest first; absent where nobody logs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    acts: Option<Vec<Named>>,
}

/// A walk through a flow.
#[derive(Serialize, JsonSchema)]
struct KeptWalk {
    uniqueid: String,
    /// Id of the flow; empty where the called number had none.
    flow: String,
    name: String,
    called: String,
    began: f64,
    /// `null`: nobody saw its end.
    ended: Option<f64>,
    how: Option<FlowEnd>,
    /// Where it failed.
    why: Option<String>,
    visits: Vec<KeptVisit>,
}

/// A stay at a node.
#[derive(Serialize, JsonSchema)]
struct KeptVisit {
    node: String,
    name: String,
    entered: f64,
    left: f64,
    /// `null`: the flow ended there; `sent_on`: a supervisor's doing.
    port: Option<String>,
    /// What was pressed for it.
    key: Option<String>,
}

/// Whether it is kept.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "KeptOrNot")]
struct Held {
    id: String,
    /// Who wants it kept; `null`: it is deleted when it is too old.
    hold: Option<Hold>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct Keep {
    reason: Why,
}

/// What an agent did in a period.
#[derive(Serialize, JsonSchema)]
struct AgentsPeriod {
    id: String,
    asked: Asked,
    sessions: Vec<Session>,
    intervals: Vec<Span>,
    states: Vec<StateTime>,
    /// Time of which nothing is known.
    unknown_ms: i64,
}

const TEXT: Values = Values::Text("^[^\\u0000-\\u001f\\u007f-\\u009f]{1,40}$");
const CALL_ID: Parameter = row("Id of a call: `pbx~epoch~linkedid`.", "demo~1795220000~1795224504.17");
pub(super) const CALL: &[Parameter] = &[CALL_ID];

pub(in crate::http) const CALLS: Shape = Shape::gives::<Found>("Ended calls, the newest first.")
    .asks(
        const {
            &[
                Parameter::new(
                    "from",
                    Values::Whole(0, 99_999_999_999_999),
                    "Began at or after, ms since 1970.",
                    "0",
                ),
                Parameter::new("to", Values::Whole(0, 99_999_999_999_999), "Began before.", ""),
                Parameter::new(
                    "q",
                    TEXT,
                    "A part of the caller's number or name, or of what he called.",
                    "0612",
                ),
                Parameter::new("queue", TEXT, "It stood in that queue.", ""),
                Parameter::new("endpoint", TEXT, "A leg was at that endpoint.", ""),
                Parameter::new("pbx", TEXT, "On that PBX.", ""),
                Parameter::new(
                    "direction",
                    Values::One(&["inbound", "outbound", "internal"]),
                    "Which way.",
                    "",
                ),
                Parameter::new("talked", Values::One(&["true", "false"]), "Whether two parties talked.", ""),
                Parameter::new("limit", Values::Whole(1, 500), "50 unless told.", "50"),
                Parameter::new(
                    "after",
                    Values::Text("^[0-9]{1,16}~[0-9]{1,12}\\.[0-9]{1,8}$"),
                    "What `next` of the page before said.",
                    "",
                ),
            ]
        },
    )
    .refuses(&[(503, "database_away"), (503, "busy"), (503, "nothing_kept")]);
pub(in crate::http) const CALL_ONE: Shape =
    Shape::gives::<KeptCall>("One ended call, whole: legs, talks, transfers, stays in queues, flows.")
        .words("Stays have `joined` and `left` besides, transfers `at`.")
        .at(CALL)
        .refuses(&[(404, "not_found"), (503, "database_away"), (503, "busy"), (503, "nothing_kept")]);
pub(super) const KEPT_AWAY: &[(u16, &str)] =
    &[(404, "not_found"), (503, "database_away"), (503, "busy"), (503, "nothing_kept")];
pub(in crate::http) const RECORDINGS: Shape =
    Shape::gives::<recordings::Found>("Recordings of an ended call in the folder of its PBX.")
        .at(CALL)
        .refuses(KEPT_AWAY);
pub(in crate::http) const RECORDING: Shape = Shape::new(
    "One of them, or the part that `Range` names (206).",
    200,
    Answer::Text("audio/*"),
)
.at(const { &[CALL_ID, Parameter::new("n", Values::Text("^[1-9][0-9]{0,2}$"), "Which, from 1.", "1")] })
.refuses(&[
    (404, "not_found"),
    (503, "audit_unwritten"),
    (503, "database_away"),
    (503, "busy"),
    (503, "nothing_kept"),
]);
pub(in crate::http) const AGENT: Shape =
    Shape::gives::<AgentsPeriod>("An agent's sessions and intervals in a period, and their sums.")
        .at(const { &[row("Id of the agent's row; its slash is written `%2F`.", "demo~PJSIP/1001")] })
        .asks(PERIOD_ASKS)
        .refuses(&[(404, "not_found"), (503, "database_away"), (503, "busy"), (503, "nothing_kept")]);
pub(in crate::http) const HOLD: Shape =
    Shape::gives::<Held>("Keeps a call and its recordings from being deleted when they are old.")
        .at(CALL)
        .takes::<Keep>(r#"{"reason": "complaint 4711"}"#)
        .refuses(&[(404, "not_found"), (503, "busy"), (503, "nothing_kept")]);
pub(in crate::http) const RELEASE: Shape =
    Shape::gives::<Held>("A call is deleted when it is too old, as others are.").at(CALL).refuses(&[
        (404, "not_found"),
        (503, "busy"),
        (503, "nothing_kept"),
    ]);
pub(in crate::http) const EXPORT: Shape = Shape::new(
    "Rows of a period as CSV.",
    200,
    Answer::Text("text/csv"),
)
.words(
    "A million rows at most, in pieces; a cell that a spreadsheet would take for a formula begins with `'`.",
)
.at(const {
    &[Parameter::new(
        "name",
        Values::One(&["calls.csv", "stays.csv", "legs.csv", "states.csv", "activities.csv"]),
        "Of what.",
        "calls.csv",
    )]
})
.asks(PERIOD_OF_NAMES)
.headers(&[("X-Total-Rows", "How many rows come."), ("Content-Disposition", "A name for the file.")])
.refuses(&[
    (404, "not_found"),
    (503, "audit_unwritten"),
    (503, "database_away"),
    (503, "busy"),
    (503, "nothing_kept"),
]);
