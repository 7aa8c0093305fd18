//! A ticket, and how it may stand.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        $(#[$doc])*
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$of])* $variant),+ }

        impl $name {
            /// Of its word.
            pub fn of(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            /// On the wire and in the database.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words! {
    /// How it stands.
    #[schemars(rename = "TicketState")]
    State {
        /// Somebody is to look at it.
        Open = "open",
        /// The caller was brought to a human.
        Transferred = "transferred",
        /// It is mended.
        Resolved = "resolved",
        /// The conversation came to nothing.
        Failed = "failed",
    }
}

words! {
    /// How bad it is.
    Severity {
        /// It can wait.
        Low = "low",
        /// It cannot wait long.
        Medium = "medium",
        /// Nothing works.
        High = "high",
    }
}

words! {
    /// How the caller was.
    Sentiment {
        /// Content.
        Positive = "positive",
        /// Neither.
        Neutral = "neutral",
        /// Not content.
        Negative = "negative",
    }
}

/// What an assistant tells when it opens one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opening {
    /// The conversation.
    pub session: String,
    /// Its PBX.
    pub pbx: String,
    /// Of the caller, in one spelling; empty: not told.
    pub number: String,
    /// His name; empty: not told.
    pub name: String,
    /// His address; empty: not told.
    pub email: String,
    /// The assistant's id.
    pub assistant: String,
    /// What is wrong, as he told it.
    pub fault: String,
    /// One of the assistant's; empty: none.
    pub tag: String,
    /// How bad it is.
    pub severity: Option<Severity>,
}

/// What its conversation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conclusion {
    /// One sentence; empty: nobody could make one.
    pub summary: String,
    /// One of the assistant's; empty: none.
    pub tag: String,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// How the caller was.
    pub sentiment: Option<Sentiment>,
    /// How it stands.
    pub state: State,
    /// From its beginning to its end.
    pub took: Duration,
}

/// A ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CallerTicket")]
pub struct Ticket {
    /// Its number.
    pub id: i64,
    /// The conversation that it is of.
    pub session: String,
    /// Its PBX.
    pub pbx: String,
    /// Of the caller, in one spelling; empty: not told.
    pub number: String,
    /// His name; may be empty.
    pub name: String,
    /// His address; may be empty.
    pub email: String,
    /// The assistant's id.
    pub assistant: String,
    /// What is wrong, as he told it.
    pub fault: String,
    /// Of the whole conversation; may be empty.
    pub summary: String,
    /// What it is about; may be empty.
    pub tag: String,
    /// How bad it is; `null`: nobody said.
    pub severity: Option<Severity>,
    /// How the caller was; `null`: nobody said.
    pub sentiment: Option<Sentiment>,
    /// How it stands.
    pub state: State,
    /// How long the conversation took.
    pub took_ms: i64,
    /// ISO 8601, UTC.
    pub created_at: String,
    /// ISO 8601, UTC.
    pub updated_at: String,
}
