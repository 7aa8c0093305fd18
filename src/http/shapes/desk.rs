//! What is said to an agent, and his raised hand.

use schemars::JsonSchema;
use serde::Serialize;

use super::row;
use super::texts::{Saying, ShortSaying};
use crate::http::openapi::{Parameter, Shape};

/// Some words.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct Message {
    text: Saying,
    /// Counts where nobody logs in.
    from: Option<ShortSaying>,
}

/// Nothing.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Nothing {}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a shape")]
struct Hand {
    raised: bool,
    text: Option<ShortSaying>,
}

/// It was written.
#[derive(Serialize, JsonSchema)]
struct Written {
    /// `true`.
    ok: bool,
    /// Unique within a run of the server.
    id: u64,
}

/// It is so.
#[derive(Serialize, JsonSchema)]
struct Read {
    /// `true`.
    ok: bool,
}

/// It is so.
#[derive(Serialize, JsonSchema)]
struct Raised {
    /// `true`.
    ok: bool,
    raised: bool,
}

const AGENT: &[Parameter] = &[row("Id of the agent's row; its slash is written `%2F`.", "demo~PJSIP/1001")];

pub(in crate::http) const MESSAGE: Shape = Shape::makes::<Written>("Writes to an agent.")
    .at(AGENT)
    .takes::<Message>(r#"{"text": "Please take the next one."}"#)
    .refuses(&[(404, "no_such_agent"), (503, "busy")]);
pub(in crate::http) const READ: Shape = Shape::gives::<Read>("The agent has read what was written to him.")
    .at(AGENT)
    .takes::<Nothing>("{}")
    .refuses(&[(403, "only_himself"), (404, "no_such_agent"), (503, "busy")]);
pub(in crate::http) const HAND: Shape = Shape::gives::<Raised>("The agent asks for help, or no longer.")
    .words("He alone raises it; whoever sees him may lower it.")
    .at(AGENT)
    .takes::<Hand>(r#"{"raised": false}"#)
    .refuses(&[(403, "only_himself"), (404, "no_such_agent"), (503, "busy")]);
