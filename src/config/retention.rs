//! How many days what happened is kept.

use super::toml_file::RawRetention;
use super::{ConfigError, Keys};

/// Days of each kind; 0 keeps it for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionConfig {
    /// Ended calls with their callers' numbers and names.
    pub calls_days: u32,
    /// Stays in queues and agents' legs, which figures of queues are made of.
    pub queues_days: u32,
    /// What agents were and did.
    pub agents_days: u32,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        Self { calls_days: 365, queues_days: 730, agents_days: 365 }
    }
}

impl RetentionConfig {
    pub(super) fn read(keys: &Keys, raw: Option<RawRetention>) -> Result<Self, ConfigError> {
        let (raw, usual) = (raw.unwrap_or_default(), Self::default());
        let days = |key: &str, raw: Option<u32>, usual: u32| match keys.get(key) {
            None => Ok(raw.unwrap_or(usual)),
            Some(found) => found.text.parse().ok().filter(|days| *days <= 36_500).ok_or_else(|| {
                found.error(key, format!("`{}`, expected a number of days, or 0 for ever", found.text))
            }),
        };
        Ok(Self {
            calls_days: days("VIGIE_KEEP_CALLS_DAYS", raw.calls_days, usual.calls_days)?,
            queues_days: days("VIGIE_KEEP_QUEUES_DAYS", raw.queues_days, usual.queues_days)?,
            agents_days: days("VIGIE_KEEP_AGENTS_DAYS", raw.agents_days, usual.agents_days)?,
        })
    }
}
