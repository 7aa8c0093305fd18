//! Every message of `/ws`, by where it goes. Text frames, one JSON object each.
//!
//! | To the browser | When |
//! |---|---|
//! | `snapshot` | first, unless it resumes; again when it lagged beyond history |
//! | `changes` | for each publication; `after` is the number it must stand at, else it reconnects |
//! | `directory` | people changed whom its reader may see: which users, groups, sites to read anew |
//! | `pong` | for each `ping` |
//! | `error` | for a message that is none of ours |
//! | `bye` | before a close, where that is possible |

use std::collections::BTreeSet;
use std::sync::Arc;

use actors::board::Snapshot;
use bytes::Bytes;
use bytestring::ByteString;
use serde::{Deserialize, Serialize};

use crate::people::Changes;

/// Longest frame that is read from a client, bytes; a longer one closes with 1009.
pub const MAX_FRAME: usize = 64 << 10;
/// Frames a client may send in a second; more closes with 1008.
pub const MAX_PER_SECOND: u32 = 50;

/// What we send.
#[derive(Debug, Clone)]
pub enum ToBrowser {
    /// `{"type":"snapshot","run":R,"seq":S,"now_ms":N,"pbxs":[...],"calls":[...],"agents":[...],
    /// "queues":[...],"trunks":[...],"alarms":[...]}`
    Snapshot(Arc<Snapshot>),
    /// `{"type":"changes","run":R,"after":A,"seq":S,"now_ms":N,"set":{"calls":[row...],...},
    /// "gone":{"calls":[id...],...}}`, shared by everyone who gets it.
    Changes(ByteString),
    /// `{"event":"...","data":{...}}`, to who asked for the operator's events.
    Event(ByteString),
    /// `{"type":"directory","version":V,"all":false,"users":[id...],"groups":[id...],"sites":[id...]}`;
    /// `all`: more than is known, read everything anew.
    Directory {
        /// Of people as a whole.
        version: i64,
        /// Everything may be different.
        all: bool,
        /// What is new, different or gone.
        changes: Changes,
    },
    /// `{"type":"pong","now_ms":N}`
    Pong {
        /// Our clock.
        now_ms: i64,
    },
    /// `{"type":"error","message":"..."}`
    Error {
        /// What was wrong with the client's message.
        message: String,
    },
    /// `{"type":"bye","reason":"...","retry_ms":N}`
    Bye {
        /// `restarting`, `slow`, `flood`, `too_large`, `bad_frame`, `logged_out`, `rights_changed`.
        reason: &'static str,
        /// When to come back; different for each client, so that they do not come back at once.
        retry_ms: u64,
    },
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Small<'a> {
    Directory {
        version: i64,
        all: bool,
        users: &'a BTreeSet<String>,
        groups: &'a BTreeSet<String>,
        sites: &'a BTreeSet<String>,
    },
    Pong {
        now_ms: i64,
    },
    Error {
        message: &'a str,
    },
    Bye {
        reason: &'a str,
        retry_ms: u64,
    },
}

impl ToBrowser {
    /// Its JSON, in two parts where the second is shared.
    pub fn into_parts(self) -> [Bytes; 2] {
        let small = |message: Small<'_>| {
            // three texts and a number: this cannot fail
            [Bytes::from(serde_json::to_string(&message).unwrap_or_default()), Bytes::new()]
        };
        match self {
            Self::Snapshot(snapshot) => {
                [Bytes::from(snapshot.head(true)), snapshot.tables.clone().into_bytes()]
            }
            Self::Changes(frame) | Self::Event(frame) => [frame.into_bytes(), Bytes::new()],
            Self::Directory { version, all, changes: Changes { users, groups, sites, .. } } => {
                small(Small::Directory { version, all, users: &users, groups: &groups, sites: &sites })
            }
            Self::Pong { now_ms } => small(Small::Pong { now_ms }),
            Self::Error { message } => small(Small::Error { message: &message }),
            Self::Bye { reason, retry_ms } => small(Small::Bye { reason, retry_ms }),
        }
    }
}

/// What we accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum FromBrowser {
    /// `{"type":"ping"}`: is anybody there? (A browser cannot send the protocol's own ping.)
    Ping {},
}

impl FromBrowser {
    /// Reads a text frame.
    ///
    /// # Errors
    /// What is wrong with it, in words that repeat nothing of it.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|_| "expected {\"type\":\"ping\"}".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(message: ToBrowser) -> String {
        let [head, tail] = message.into_parts();
        String::from_utf8([head, tail].concat()).unwrap()
    }

    #[test]
    fn small_messages_are_written_as_documented() {
        let changes = Changes { users: BTreeSet::from(["u".to_owned()]), ..Changes::default() };
        assert_eq!(
            json(ToBrowser::Directory { version: 3, all: false, changes }),
            r#"{"type":"directory","version":3,"all":false,"users":["u"],"groups":[],"sites":[]}"#
        );
        assert_eq!(json(ToBrowser::Pong { now_ms: 5 }), r#"{"type":"pong","now_ms":5}"#);
        assert_eq!(
            json(ToBrowser::Error { message: "a \"b\"".into() }),
            r#"{"type":"error","message":"a \"b\""}"#
        );
        assert_eq!(
            json(ToBrowser::Bye { reason: "slow", retry_ms: 7 }),
            r#"{"type":"bye","reason":"slow","retry_ms":7}"#
        );
    }

    #[test]
    fn only_a_ping_is_understood() {
        assert_eq!(FromBrowser::parse(r#"{"type":"ping"}"#), Ok(FromBrowser::Ping {}));
        for other in ["", "{", "[]", "1", r#"{"type":"hangup"}"#, r#"{"type":"ping","x":1}"#, r#"{"ping":1}"#]
        {
            assert!(FromBrowser::parse(other).is_err(), "{other}");
        }
    }
}
