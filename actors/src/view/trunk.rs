//! A trunk.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{AtLeast, Text, Trust};
use crate::keys::Micros;

/// What a trunk's registration says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// No listing and no event told.
    #[default]
    Unknown,
    /// It does not register.
    None,
    /// Registered with the provider.
    Registered,
    /// Not registered.
    Unregistered,
    /// The provider refuses.
    Rejected,
}

/// Whether the other side answers OPTIONS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reachability {
    /// Not told, or not qualified.
    #[default]
    Unknown,
    /// It answers.
    Reachable,
    /// It does not.
    Unreachable,
}

/// One trunk.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct TrunkView {
    /// `pbx~endpoint`.
    #[schemars(with = "String")]
    pub id: Text,
    /// PBX name.
    #[schemars(with = "String")]
    pub pbx: Text,
    /// `PJSIP/trunk-a`.
    #[schemars(with = "String")]
    pub endpoint: Text,
    /// Registration.
    pub registration: Registration,
    /// Since when.
    pub registration_since_ms: Option<Micros>,
    /// OPTIONS.
    pub reachability: Reachability,
    /// Since when.
    pub reachability_since_ms: Option<Micros>,
    /// Round trip of the last OPTIONS, µs.
    pub round_trip_us: Option<u32>,
    /// Live legs on it.
    pub legs: u32,
    /// Most at once since we look.
    pub legs_peak: u32,
    /// Asterisk's word for the device, or empty.
    #[schemars(with = "String")]
    pub device: Text,
    /// Which of these times are bounds: it began then or before.
    #[serde(skip_serializing_if = "AtLeast::is_none")]
    pub at_least: AtLeast,
    /// How far to believe this.
    pub trust: Trust,
}
