//! Flows that callers walk, and called numbers.

use actors::ivr::Fault;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::id;
use super::texts::{Called, Id, NotLookedAt, OrEmpty, Remark, Title};
use crate::flows::{Did, Version};
use crate::http::flows::{BODY, MOST_LINES, MOST_NODES};
use crate::http::openapi::{Answer, Parameter, Shape, Values};

/// A flow as it was drawn last, and how it stands.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Flow")]
pub(in crate::http) struct FlowShown<'a> {
    pub(in crate::http) id: &'a str,
    pub(in crate::http) name: &'a str,
    #[schemars(with = "Vec<FlowNode>")]
    pub(in crate::http) nodes: &'a [Value],
    #[schemars(with = "Vec<FlowConnection>")]
    pub(in crate::http) connections: &'a [Value],
    /// ISO 8601.
    pub(in crate::http) created_at: &'a str,
    /// ISO 8601.
    pub(in crate::http) updated_at: &'a str,
    /// The version that callers walk; `null`: nobody does.
    pub(in crate::http) published: Option<i32>,
    /// What was drawn last is not what is published.
    pub(in crate::http) changed: bool,
    /// It is for numbers that lead to none.
    pub(in crate::http) is_default: bool,
    /// What is wrong with what was drawn last.
    pub(in crate::http) faults: &'a [Fault],
}

/// A flow that was just published.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PublishedFlow")]
pub(in crate::http) struct PublishedShown<'a> {
    #[serde(flatten)]
    pub(in crate::http) flow: FlowShown<'a>,
    /// What may be meant and may not: a prompt that is neither one of Vigie's nor a sound that Asterisk brings.
    pub(in crate::http) warnings: Vec<Fault>,
}

/// Callers in a flow.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct FlowCallers {
    pub(in crate::http) id: String,
    /// Who left is counted since then: today's begin.
    pub(in crate::http) since_ms: i64,
    /// The database was away: some who left are not counted yet.
    pub(in crate::http) behind: bool,
    /// Where somebody is, or was today.
    pub(in crate::http) nodes: Vec<NodeCallers>,
}

/// Callers at one node.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct NodeCallers {
    pub(in crate::http) node: String,
    /// How many are there now.
    pub(in crate::http) now: usize,
    /// The 100 who are there longest.
    pub(in crate::http) callers: Vec<AtNode>,
    /// How many left it today, by each port.
    pub(in crate::http) left: Vec<LeftBy>,
}

/// Somebody at a node.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct AtNode {
    /// Id of his call's row.
    pub(in crate::http) call: String,
    /// On the PBX's clock.
    pub(in crate::http) since_ms: i64,
}

/// Those who left by one port.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct LeftBy {
    /// `null`: the flow ended there; `sent_on`: a supervisor's doing.
    pub(in crate::http) port: Option<String>,
    /// How many.
    pub(in crate::http) callers: i64,
}

/// A version that was published.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PublishedVersion")]
pub(in crate::http) struct VersionShown {
    #[serde(flatten)]
    pub(in crate::http) version: Version,
    /// It is what callers walk.
    pub(in crate::http) published: bool,
}

/// What a version was.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VersionDrawing")]
pub(in crate::http) struct DrawingShown<'a> {
    pub(in crate::http) version: i32,
    pub(in crate::http) name: &'a str,
    #[schemars(with = "Vec<FlowNode>")]
    pub(in crate::http) nodes: &'a [Value],
    #[schemars(with = "Vec<FlowConnection>")]
    pub(in crate::http) connections: &'a [Value],
}

/// A node. What else stands in it is kept.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a shape")]
struct FlowNode {
    /// Within the flow.
    #[schemars(length(min = 1, max = 100))]
    id: String,
    /// `start`, `media`, `menu`, `calendar`, `transfer`, `voicemail`, `hangup`, `say`, `digits`, `queue`, `condition`,
    /// `set`, `goto`, `http`, `lookup`, `callback`; another can be drawn, and not published.
    #[schemars(length(max = 100))]
    r#type: String,
    #[schemars(default, length(max = 200))]
    name: String,
    #[schemars(default, range(min = -1_000_000, max = 1_000_000))]
    x: f64,
    #[schemars(default, range(min = -1_000_000, max = 1_000_000))]
    y: f64,
    /// What it does, by its type.
    #[schemars(default)]
    content: Map<String, Value>,
}

/// A line from a port of a node to a node. What else stands in it is kept.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "a shape")]
struct FlowConnection {
    #[schemars(default, length(max = 100))]
    id: String,
    #[schemars(length(max = 100))]
    from_node_id: String,
    /// `out`, `out-timeout`, that of an option.
    #[schemars(length(max = 100))]
    from_port_id: String,
    #[schemars(length(max = 100))]
    to_node_id: String,
    #[schemars(default, length(max = 100))]
    to_port_id: String,
}

macro_rules! flows {
    ($($(#[$words:meta])* $name:ident { $($fields:tt)* })*) => {$(
        $(#[$words])*
        #[derive(JsonSchema)]
        #[schemars(rename_all = "camelCase", deny_unknown_fields)]
        #[expect(dead_code, reason = "a shape")]
        struct $name {
            $($fields)*
            id: Option<Id>,
            #[schemars(length(max = MOST_NODES))]
            nodes: Option<Vec<FlowNode>>,
            #[schemars(length(max = MOST_LINES))]
            connections: Option<Vec<FlowConnection>>,
            /// It is not published, however right it is; unless told it is when it can be walked.
            draft: Option<bool>,
            published: Option<NotLookedAt>,
            changed: Option<NotLookedAt>,
            is_default: Option<NotLookedAt>,
            faults: Option<NotLookedAt>,
            created_at: Option<NotLookedAt>,
            updated_at: Option<NotLookedAt>,
        }
    )*};
}

flows! {
    /// A new flow.
    NewFlow { name: Title, }
    /// A flow as it shall be; what is absent stays.
    ChangedFlow {
        name: Option<Title>,
        /// `updatedAt` of what was changed: 409 `flow_changed` when somebody saved it since.
        base: Option<OrEmpty<Id>>,
    }
}

/// Why it is published.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct PublishFlow {
    note: Option<Remark>,
}

macro_rules! dids {
    ($($(#[$words:meta])* $name:ident { $($fields:tt)* })*) => {$(
        $(#[$words])*
        #[derive(JsonSchema)]
        #[schemars(rename_all = "camelCase", deny_unknown_fields)]
        #[expect(dead_code, reason = "a shape")]
        struct $name {
            $($fields)*
            id: Option<Id>,
            description: Option<Remark>,
            /// Kept for front ends.
            trunk_id: Option<OrEmpty<Id>>,
            /// The flow that it leads to; without one the default one.
            ivr_flow_id: Option<OrEmpty<Id>>,
            created_at: Option<NotLookedAt>,
            updated_at: Option<NotLookedAt>,
        }
    )*};
}

dids! {
    /// A new number.
    NewDid { number: Called, }
    /// A number as it shall be; what is absent stays.
    ChangedDid { number: Option<Called>, }
}

const FLOW: &[Parameter] = &[id("Id of a flow.", "welcome")];
const VERSION: &[Parameter] = &[
    id("Id of a flow.", "welcome"),
    Parameter::new("n", Values::Text("^[1-9][0-9]{0,8}$"), "A version that was published.", "1"),
];
const DID: &[Parameter] = &[id("Id of a called number.", "did-1")];
/// Where nothing is kept, and where the database was not reached yet.
const UNKNOWN: &[(u16, &str)] = &[(503, "nothing_kept"), (503, "database_away"), (503, "busy")];
const OF_ONE: &[(u16, &str)] =
    &[(404, "not_found"), (503, "nothing_kept"), (503, "database_away"), (503, "busy")];
const EXAMPLE: &str = r#"{"name": "Welcome", "nodes": [{"id": "s", "type": "start", "name": "Start", "x": 50, "y": 150,
    "content": {}}, {"id": "h", "type": "hangup", "name": "End", "x": 250, "y": 150, "content": {}}], "connections":
    [{"id": "c-1", "fromNodeId": "s", "fromPortId": "out", "toNodeId": "h", "toPortId": "in"}]}"#;
const WORDS: &str = "It is published at once when it can be walked, unless `draft` is true: what is flawed stands in \
    `faults`, and what is broken keeps it a draft.";

pub(in crate::http) const FLOWS: Shape =
    Shape::gives::<Vec<FlowShown<'_>>>("All flows, by name, as they were drawn last.").refuses(UNKNOWN);
pub(in crate::http) const FLOW_ONE: Shape =
    Shape::gives::<FlowShown<'_>>("One flow.").at(FLOW).refuses(OF_ONE);
pub(in crate::http) const FLOW_ADD: Shape = Shape::makes::<FlowShown<'_>>("Makes a flow.")
    .words(WORDS)
    .takes::<NewFlow>(EXAMPLE)
    .up_to(BODY)
    .refuses(&[
        (404, "not_found"),
        (409, "taken"),
        (409, "too_many_flows"),
        (503, "nothing_kept"),
        (503, "busy"),
    ]);
pub(in crate::http) const FLOW_SET: Shape = Shape::gives::<FlowShown<'_>>("Changes a flow.")
    .words(WORDS)
    .at(FLOW)
    .takes::<ChangedFlow>(r#"{"name": "Welcome and hours", "draft": true}"#)
    .up_to(BODY)
    .refuses(&[
        (404, "not_found"),
        (409, "flow_changed"),
        (503, "nothing_kept"),
        (503, "database_away"),
        (503, "busy"),
    ]);
pub(in crate::http) const FLOW_REMOVE: Shape = Shape::new(
    "Takes a flow away, with its versions; numbers that led to it lead to none.",
    204,
    Answer::Empty,
)
.at(FLOW)
.refuses(OF_ONE);
pub(in crate::http) const FLOW_DUPLICATE: Shape =
    Shape::makes::<FlowShown<'_>>("Copies a flow as it was drawn last, under another name.")
        .words("The copy of one that is published is published too, when it can be walked.")
        .at(FLOW)
        .refuses(&[
            (404, "not_found"),
            (409, "taken"),
            (409, "too_many_flows"),
            (503, "nothing_kept"),
            (503, "busy"),
        ]);
pub(in crate::http) const CALLERS: Shape =
    Shape::gives::<FlowCallers>("Callers at each node now, and by which ports they left today.")
        .at(FLOW)
        .refuses(OF_ONE);
pub(in crate::http) const FAULTS: Shape =
    Shape::gives::<Vec<Fault>>("What is wrong with what was drawn last.").at(FLOW).refuses(OF_ONE);
pub(in crate::http) const CHECK: Shape =
    Shape::gives::<Vec<Fault>>("What would be wrong with a drawing; nothing is stored.")
        .at(FLOW)
        .takes::<ChangedFlow>(EXAMPLE)
        .up_to(BODY)
        .refuses(OF_ONE);
pub(in crate::http) const PUBLISH: Shape =
    Shape::gives::<PublishedShown<'_>>("Callers walk what was drawn last: it is the next version.")
        .words("A prompt that nobody knows is a warning and no reason. 409 with what is wrong with which node in `details`; `flow` stands for the whole.")
        .at(FLOW)
        .takes::<PublishFlow>(r#"{"note": "Christmas"}"#)
        .refuses(&[(404, "not_found"), (409, "flow_has_faults"), (503, "nothing_kept"), (503, "busy")]);
pub(in crate::http) const VERSIONS: Shape =
    Shape::gives::<Vec<VersionShown>>("What of a flow was published, the newest first.")
        .at(FLOW)
        .refuses(OF_ONE);
pub(in crate::http) const VERSION_ONE: Shape =
    Shape::gives::<DrawingShown<'_>>("What a version was.").at(VERSION).refuses(OF_ONE);
pub(in crate::http) const PUBLISH_VERSION: Shape =
    Shape::gives::<FlowShown<'_>>("Callers walk what a version was: it is published anew, as the next one.")
        .words("What was drawn last stays.")
        .at(VERSION)
        .takes::<PublishFlow>(r#"{"note": "Back to before Christmas"}"#)
        .refuses(&[(404, "not_found"), (409, "flow_has_faults"), (503, "nothing_kept"), (503, "busy")]);
pub(in crate::http) const DEFAULT: Shape =
    Shape::gives::<FlowShown<'_>>("Numbers that lead to no flow lead to this one.").at(FLOW).refuses(OF_ONE);
pub(in crate::http) const NO_DEFAULT: Shape =
    Shape::gives::<FlowShown<'_>>("Numbers that lead to no flow do not lead to this one any more.")
        .words("They lead to the oldest flow that is published, until another is made the default one.")
        .at(FLOW)
        .refuses(OF_ONE);

pub(in crate::http) const DIDS: Shape = Shape::gives::<Vec<Did>>("All called numbers.").refuses(UNKNOWN);
pub(in crate::http) const DID_ADD: Shape = Shape::makes::<Did>("Makes a called number.")
    .words("409 when there is one already, in whatever spelling.")
    .takes::<NewDid>(r#"{"number": "+33 1 00 00 00 99", "description": "Hotline"}"#)
    .refuses(&[
        (404, "not_found"),
        (409, "taken"),
        (409, "too_many_dids"),
        (503, "nothing_kept"),
        (503, "busy"),
    ]);
pub(in crate::http) const DID_SET: Shape = Shape::gives::<Did>("Changes a called number.")
    .at(DID)
    .takes::<ChangedDid>(r#"{"description": "Hotline by night"}"#)
    .refuses(&[(404, "not_found"), (409, "taken"), (503, "nothing_kept"), (503, "busy")]);
pub(in crate::http) const DID_REMOVE: Shape =
    Shape::new("Takes a called number away.", 204, Answer::Empty).at(DID).refuses(OF_ONE);
