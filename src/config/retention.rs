//! How many days what happened is kept.

use super::toml_file::RawRetention;
use super::{ConfigError, Keys};

/// A century: more is a mistake.
const MOST_DAYS: u32 = 36_500;

/// Days of each kind; 0 keeps it for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionConfig {
    /// Ended calls with their callers' numbers and names.
    pub calls_days: u32,
    /// Stays in queues and agents' legs, which figures of queues are made of.
    pub queues_days: u32,
    /// What agents were and did.
    pub agents_days: u32,
    /// Recordings in the folders of the PBXs. Not set: those that Vigie began go after half a year, no other is
    /// touched, since what a PBX records by its own dialplan is its administrator's.
    pub recordings_days: Option<u32>,
    /// Messages of callers.
    pub messages_days: u32,
    /// Conversations of callers with assistants.
    pub ai_days: u32,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self {
            calls_days: 365,
            queues_days: 730,
            agents_days: 365,
            recordings_days: None,
            messages_days: 183,
            ai_days: 183,
        }
    }
}

impl RetentionConfig {
    pub(super) fn read(keys: &Keys, raw: Option<RawRetention>) -> Result<Self, ConfigError> {
        let (raw, usual) = (raw.unwrap_or_default(), Self::default());
        let set = |key: &str, raw: Option<u32>| match keys.get(key) {
            None => Ok(raw),
            Some(found) => {
                found.text.parse().ok().filter(|days| *days <= MOST_DAYS).map(Some).ok_or_else(|| {
                    found.error(key, format!("`{}`, expected a number of days, or 0 for ever", found.text))
                })
            }
        };
        let days = |key: &str, raw: Option<u32>, usual: u32| Ok(set(key, raw)?.unwrap_or(usual));
        Ok(Self {
            calls_days: days("VIGIE_KEEP_CALLS_DAYS", raw.calls_days, usual.calls_days)?,
            queues_days: days("VIGIE_KEEP_QUEUES_DAYS", raw.queues_days, usual.queues_days)?,
            agents_days: days("VIGIE_KEEP_AGENTS_DAYS", raw.agents_days, usual.agents_days)?,
            recordings_days: set("VIGIE_KEEP_RECORDINGS_DAYS", raw.recordings_days)?,
            messages_days: days("VIGIE_KEEP_MESSAGES_DAYS", raw.messages_days, usual.messages_days)?,
            ai_days: days("VIGIE_KEEP_AI_DAYS", raw.ai_days, usual.ai_days)?,
        })
    }
}
