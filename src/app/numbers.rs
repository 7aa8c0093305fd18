//! The rules of numbers where a site has none of its own.

use std::io;

use actors::numbers::{NumberPlan, Numbers};

use crate::config::Config;

/// From `[numbers]`, or the default plan.
pub(super) fn from_settings(config: &Config) -> io::Result<Numbers> {
    let Some(section) = &config.numbers else { return Ok(Numbers::default()) };
    let wrong = |problem: String| io::Error::other(format!("{}: [numbers]: {problem}", section.place));
    let plan: NumberPlan =
        section.plan.clone().try_into().map_err(|e: toml::de::Error| wrong(e.message().to_owned()))?;
    Numbers::new(plan).map_err(|bad| wrong(bad.to_string()))
}
