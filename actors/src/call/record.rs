//! The record of a call: what history keeps and what `vigie replay` prints.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use crate::keys::Micros;
use crate::view::{AtLeast, Direction, Party, QueueOutcome, Text, TransferKind};

/// Seconds since 1970 with microseconds, as replay prints times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub Micros);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        #[allow(clippy::cast_precision_loss)] // exact to the microsecond until the year 2255
        s.serialize_f64(self.0.0 as f64 / 1e6)
    }
}

impl JsonSchema for Seconds {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Seconds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number"})
    }
}

/// One call, whole.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct CallRecord {
    /// The oldest Linkedid.
    #[schemars(with = "String")]
    pub linkedid: Text,
    /// Linkedids that were calls of their own and were absorbed.
    #[schemars(with = "Vec<String>")]
    pub merged: Vec<Text>,
    /// First channel.
    pub started: Seconds,
    /// First leg Up.
    pub answered: Option<Seconds>,
    /// Last channel gone.
    pub ended: Option<Seconds>,
    /// Which way.
    pub direction: Direction,
    /// Of the first leg.
    pub caller: Party,
    /// First extension the first leg asked for.
    #[schemars(with = "String")]
    pub called: Text,
    /// Stays in queues.
    pub queues: Vec<QueueRecord>,
    /// Of the leg whose Uniqueid is the Linkedid.
    pub hangup_cause: Option<u16>,
    /// Every channel.
    pub legs: Vec<LegRecord>,
    /// Who shared a bridge with whom, summed per pair.
    pub talks: Vec<TalkRecord>,
    /// Transfers.
    pub transfers: Vec<TransferRecord>,
    /// Until then it was not followed whole: what the record has of the time before are bounds, or it is
    /// missing. Kept by history; a replay, which compares what streams tell, does not print it.
    #[serde(skip)]
    pub unseen_until: Option<Seconds>,
    /// Which of its times are bounds; kept by history as well.
    #[serde(skip)]
    pub at_least: AtLeast,
    /// Who shared a bridge with whom when, in order; of a call with very many, the first. Kept by history.
    #[serde(skip)]
    pub conversations: Vec<Conversation>,
}

/// A time that two ends shared a bridge.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct Conversation {
    /// Endpoint, the first of both in order of the alphabet.
    #[schemars(with = "String")]
    pub a: Text,
    /// Endpoint.
    #[schemars(with = "String")]
    pub b: Text,
    /// From.
    pub began: Seconds,
    /// To.
    pub ended: Seconds,
}

/// A stay in a queue.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct QueueRecord {
    /// Queue.
    #[schemars(with = "String")]
    pub name: Text,
    /// How it ended; `null` while waiting.
    pub outcome: Option<QueueOutcome>,
    /// From joining to leaving, s; `null` while waiting.
    pub wait_s: Option<f64>,
    /// Endpoint of the agent who took it.
    #[schemars(with = "Option<String>")]
    pub agent: Option<Text>,
    /// Joined; where he was met while served, unknown. Kept by history.
    #[serde(skip)]
    pub joined: Option<Seconds>,
    /// Out of the line. Kept by history.
    #[serde(skip)]
    pub left: Option<Seconds>,
}

/// A channel.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct LegRecord {
    /// Uniqueid.
    #[schemars(with = "String")]
    pub uniqueid: Text,
    /// Channel.
    #[schemars(with = "String")]
    pub channel: Text,
    /// Channel without its unique tail.
    #[schemars(with = "String")]
    pub endpoint: Text,
    /// First seen.
    pub started: Seconds,
    /// Up.
    pub answered: Option<Seconds>,
    /// Gone.
    pub ended: Option<Seconds>,
    /// Hangup cause.
    pub cause: Option<u16>,
    /// Which of its times are bounds; kept by history.
    #[serde(skip)]
    pub at_least: AtLeast,
}

/// A pair and how long.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct TalkRecord {
    /// Endpoint, the first of both in order of the alphabet.
    #[schemars(with = "String")]
    pub a: Text,
    /// Endpoint.
    #[schemars(with = "String")]
    pub b: Text,
    /// How long, s.
    pub seconds: f64,
}

/// A transfer.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct TransferRecord {
    /// How.
    pub kind: TransferKind,
    /// Endpoint that transferred.
    #[schemars(with = "Option<String>")]
    pub by: Option<Text>,
    /// Extension (or, where none is known, endpoint) it was transferred to.
    #[schemars(with = "String")]
    pub to: Text,
    /// `success` or `fail`.
    pub result: TransferResult,
    /// When. Kept by history.
    #[serde(skip)]
    pub at: Seconds,
}

/// Whether it worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TransferResult {
    /// It did.
    Success,
    /// It did not.
    Fail,
}
