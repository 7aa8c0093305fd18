//! A request to be called back: how it stands, what was tried, and how many there are.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "CallbackState")]
pub enum State {
    /// It waits.
    Open,
    /// Somebody is at it.
    Taken,
    /// It is over.
    Done,
    /// It is over, and nobody was reached.
    Failed,
}

impl State {
    /// Of its word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Open, Self::Taken, Self::Done, Self::Failed].into_iter().find(|state| state.word() == word)
    }

    /// On the wire and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Taken => "taken",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "CallbackOutcome")]
pub enum Outcome {
    /// He was talked to.
    Reached,
    /// He did not answer.
    NoAnswer,
    /// He was talking.
    Busy,
    /// It is not his number.
    WrongNumber,
    /// He wants it no more.
    NotWanted,
    /// It was no attempt: it is given back.
    Later,
}

impl Outcome {
    /// Every one.
    pub const ALL: [Self; 6] =
        [Self::Reached, Self::NoAnswer, Self::Busy, Self::WrongNumber, Self::NotWanted, Self::Later];

    /// Of its word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    /// On the wire and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::NoAnswer => "no_answer",
            Self::Busy => "busy",
            Self::WrongNumber => "wrong_number",
            Self::NotWanted => "not_wanted",
            Self::Later => "later",
        }
    }
}

/// What somebody tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CallbackTry")]
pub struct Try {
    /// Id of who; empty: no account.
    pub by: String,
    /// What he is called; empty: he is no more.
    pub by_name: String,
    /// ISO 8601.
    pub at: String,
    /// What came of it.
    pub outcome: Outcome,
    /// What was said of it.
    pub remark: String,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Callback")]
pub struct Callback {
    /// Stands in what is asked of it.
    pub id: String,
    /// Whom to call.
    pub number: String,
    /// Who that is, as contacts have it; empty: they have not.
    pub name: String,
    /// Where he called.
    pub pbx: String,
    /// What he dialled.
    pub called: String,
    /// The flow in which he asked.
    pub flow_id: String,
    /// What that is called; empty: it is no more.
    pub flow_name: String,
    /// The node.
    pub node_id: String,
    /// What the flow says of it.
    pub note: String,
    /// How often he asked for it.
    pub asked: i32,
    /// How often he was called.
    pub attempts: i32,
    /// How often he is at most.
    pub most: i32,
    /// How it stands.
    pub state: State,
    /// Id of who took it; empty: nobody.
    pub taken_by: String,
    /// What he is called.
    pub taken_by_name: String,
    /// Of the last attempt; empty before.
    pub outcome: String,
    /// What was said of it.
    pub remark: String,
    /// Not before, ISO 8601.
    pub due_at: String,
    /// Whether it is that time, and nobody is at it.
    pub due: bool,
    /// ISO 8601.
    pub created_at: String,
    /// The last ten, the oldest first.
    pub tries: Vec<Try>,
}

/// How many wait, at one instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Moves with every change.
    pub version: String,
    /// Nobody is at it, and it is time.
    pub due: i64,
    /// Nobody is at it, and it is not time yet.
    pub later: i64,
    /// Somebody is at it, by his id.
    pub taken: BTreeMap<String, i64>,
}
