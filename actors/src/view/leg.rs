//! One channel of a call.

use schemars::JsonSchema;
use serde::Serialize;

use super::{AtLeast, Party, Text};
use crate::keys::Micros;

/// What one leg does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LegPhase {
    /// Created, nothing happened yet.
    #[default]
    Down,
    /// It calls: Asterisk's `Ring`.
    Dialing,
    /// The phone rings: Asterisk's `Ringing`.
    Ringing,
    /// Answered.
    Up,
    /// Answered and holding.
    Holding,
    /// Gone.
    Ended,
}

/// Who hears whoever listens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SpyMode {
    /// Nobody (L38).
    Listen,
    /// The leg that is listened to.
    Whisper,
    /// Both sides.
    Barge,
}

impl SpyMode {
    /// The context in which ours listen.
    const CONTEXT: &str = "vigie-spy";

    /// The extension of `vigie-spy` that does it.
    pub fn exten(self) -> &'static str {
        match self {
            Self::Listen => "listen",
            Self::Whisper => "whisper",
            Self::Barge => "barge",
        }
    }

    /// What is done there, as far as it is known: a dialplan's own listening says nothing of it.
    pub(crate) fn at(context: &str, exten: &str) -> Option<Self> {
        let ours = context == Self::CONTEXT;
        [Self::Listen, Self::Whisper, Self::Barge].into_iter().find(|mode| ours && mode.exten() == exten)
    }
}

/// One channel.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize)]
pub struct LegView {
    /// Uniqueid.
    #[schemars(with = "String")]
    pub uniqueid: Text,
    /// Channel name, as the verbs want it.
    #[schemars(with = "String")]
    pub channel: Text,
    /// The channel without its unique tail.
    #[schemars(with = "String")]
    pub endpoint: Text,
    /// Half of a Local pair: hidden by default.
    pub local: bool,
    /// Id of the agent at that endpoint, if it is an agent's.
    #[schemars(with = "Option<String>")]
    pub agent: Option<Text>,
    /// The endpoint is a trunk's.
    pub trunk: bool,
    /// What it does.
    pub phase: LegPhase,
    /// Since when.
    pub phase_since_ms: Micros,
    /// The leg's own caller id.
    pub party: Party,
    /// Dialplan application it runs, `Queue`, `Dial`, or empty.
    #[schemars(with = "String")]
    pub application: Text,
    /// First seen.
    pub started_ms: Micros,
    /// Up.
    pub answered_ms: Option<Micros>,
    /// Gone.
    pub ended_ms: Option<Micros>,
    /// Hangup cause.
    pub cause: Option<u16>,
    /// It listens to, whispers to or barges into this Uniqueid.
    #[schemars(with = "Option<String>")]
    pub spies_on: Option<Text>,
    /// Who hears it then; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spies_how: Option<SpyMode>,
    /// It is being recorded; `null` where that was not seen: no listing tells it.
    pub recorded: Option<bool>,
    /// Muted in its conference.
    pub muted: bool,
    /// Which of these times are bounds: it began then or before.
    #[serde(skip_serializing_if = "AtLeast::is_none")]
    pub at_least: AtLeast,
}

#[cfg(test)]
mod tests {
    use super::SpyMode;

    #[test]
    fn s35_how_one_listens_is_known_of_ours_alone() {
        for mode in [SpyMode::Listen, SpyMode::Whisper, SpyMode::Barge] {
            assert_eq!(SpyMode::at("vigie-spy", mode.exten()), Some(mode));
        }
        assert_eq!(SpyMode::at("from-phones", "listen"), None, "a dialplan's own");
        assert_eq!(SpyMode::at("vigie-spy", "*31001"), None);
    }
}
