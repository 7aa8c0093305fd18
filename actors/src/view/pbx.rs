//! A PBX, our link to it, and alarms. Times here are on our clock.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Said, Text};
use crate::keys::Micros;

/// The state of a PBX's link.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkPhase {
    /// TCP or TLS is being opened.
    #[default]
    Connecting,
    /// Logging in.
    Authenticating,
    /// Listing and comparing.
    Syncing,
    /// What is shown is what happens.
    Live,
    /// Silent for too long, or late.
    Stale,
    /// Not connected; retried every second at least.
    Down,
    /// The PBX refuses the login; retried with growing pauses up to 30 s.
    Refused,
}

/// One PBX and our link to it. Its times are on **our** clock.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct PbxView {
    /// The configured name.
    #[schemars(with = "String")]
    pub id: Text,
    /// Link state.
    pub link: LinkPhase,
    /// Since when, our clock.
    pub since_ms: Micros,
    /// When the link was live for the first time since our start, our clock. `null`: nothing of this PBX
    /// is known yet, and that it has no rows says nothing.
    pub known_since_ms: Option<Micros>,
    /// Why it is down or refused, in words an administrator can use; empty otherwise.
    #[schemars(with = "String")]
    pub problem: Text,
    /// The same as a slug (`connect_refused` ...), see [`Said`]; empty with an empty problem.
    #[schemars(with = "String")]
    pub problem_slug: Text,
    /// What the slug's sentence is filled with.
    #[schemars(with = "Vec<String>")]
    pub problem_with: Vec<Text>,
    /// `Asterisk 22.10.1`, or empty.
    #[schemars(with = "String")]
    pub version: Text,
    /// Boot, seconds since 1970 on its clock; 0 until known.
    pub epoch: i64,
    /// Last byte read, our clock.
    pub last_read_ms: Option<Micros>,
    /// Our clock minus the PBX's, ms; `null` until an event carried a Timestamp.
    pub clock_offset_ms: Option<i64>,
    /// Last comparison with the PBX's own listings.
    pub comparison: Option<ComparisonView>,
    /// The link sent something malformed and is not yet compared again.
    pub suspect: bool,
    /// AMI secret travels unencrypted outside loopback (S07 override).
    pub plain_text: bool,
    /// What this account or this PBX does not tell, one sentence each.
    pub unknown: Vec<Said>,
}

/// "312 channels compared, 0 differences".
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct ComparisonView {
    /// When it ended, our clock.
    pub at_ms: Micros,
    /// How long it took, ms.
    pub took_ms: i64,
    /// Channels compared; `null` when their list was refused or not asked for, so that nothing is proven.
    pub channels: Option<u32>,
    /// Queue members and callers compared; `null` likewise.
    pub queue_entries: Option<u32>,
    /// Devices, registrations and contacts compared; `null` likewise.
    pub devices: Option<u32>,
    /// What differed and was set right.
    pub differences: u32,
    /// The first of them, 20 at most.
    pub examples: Vec<Said>,
}

/// An alarm: a beginning, an end, words.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct AlarmView {
    /// Stable id.
    #[schemars(with = "String")]
    pub id: Text,
    /// `link_down`, `suspect_link`, `actor_set_aside`, `arbiter_held` ...
    #[schemars(with = "String")]
    pub kind: Text,
    /// Id of what it is about.
    #[schemars(with = "String")]
    pub subject: Text,
    /// Words, English.
    #[schemars(with = "String")]
    pub text: Text,
    /// The same as a slug, see [`Said`].
    #[schemars(with = "String")]
    pub slug: Text,
    /// What the slug's sentence is filled with.
    #[schemars(with = "Vec<String>")]
    pub with: Vec<Text>,
    /// Began, our clock.
    pub began_ms: Micros,
    /// Ended, our clock.
    pub ended_ms: Option<Micros>,
}
