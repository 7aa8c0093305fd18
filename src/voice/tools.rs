//! What a model may want done while a caller waits. What it may is the server's to say, and so is everything that it
//! names: a place, a number, a ticket (S17).

use std::time::Duration;

use actors::ai::After;
use actors::view::Text;
use serde_json::Value;

use super::{Pending, Said};

/// One of them, as a model is told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// Letters, digits and `_`.
    pub name: String,
    /// When to call it.
    pub description: String,
    /// JSON Schema of its arguments, an object.
    pub parameters: Value,
}

/// For whom something is done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whom {
    /// His PBX.
    pub pbx: String,
    /// His conversation.
    pub id: String,
    /// His number; empty: not told.
    pub number: String,
    /// What he called; empty: not told.
    pub called: String,
}

/// What came of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// For the model; of a refusal, why.
    pub result: String,
    /// What follows.
    pub after: After,
    /// Where a human is called; `None`: where the assistant's callers go.
    pub place: Option<String>,
}

impl Done {
    /// The model goes on with that.
    pub fn told(result: impl Into<String>) -> Self {
        Self { result: result.into(), after: After::GoOn, place: None }
    }
}

/// What is known of a caller before he has said anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// For the model; empty: nothing.
    pub facts: String,
    /// Said to him, behind the greeting.
    pub welcome: Option<Text>,
}

/// What a conversation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// The caller went to a human.
    ToHuman,
    /// The assistant had nothing more to say.
    ToEnd,
    /// The caller hung up.
    ToHangup,
    /// A fault of ours.
    ToNothing,
}

/// Whoever does what models want.
pub trait Tools: Send + Sync {
    /// What a model is told that it may want.
    fn offered(&self) -> Vec<Tool>;

    /// Who that is.
    fn known(&self, whom: Whom) -> Pending<Known>;

    /// His conversation is over: how, and what was said. Must not block.
    fn over(&self, whom: Whom, came: Came, lines: Vec<Said>, took: Duration);

    /// Does it, or refuses it with words for the model: an error is a fault of ours.
    fn run(&self, whom: Whom, name: String, arguments: Value) -> Pending<Done>;
}
