//! The rules of numbers: the default plan from the settings, each site's from the people's directory.

use std::io;
use std::sync::Arc;

use actors::numbers::{NumberPlan, Numbers};
use actors::view::Text;
use ahash::AHashSet;
use parking_lot::Mutex;
use serde::Deserialize;

use crate::access::Access;
use crate::config::Config;
use crate::people::Directory;

/// From `[numbers]`, or the default plan.
pub(super) fn from_settings(config: &Config) -> io::Result<Numbers> {
    let Some(section) = &config.numbers else { return Ok(Numbers::default()) };
    let wrong = |problem: String| io::Error::other(format!("{}: [numbers]: {problem}", section.place));
    let plan: NumberPlan =
        section.plan.clone().try_into().map_err(|e: toml::de::Error| wrong(e.message().to_owned()))?;
    Numbers::new(plan).map_err(|bad| wrong(bad.to_string()))
}

/// A site dials by its own plan as soon as it has one.
pub(super) fn follow_sites(numbers: &Arc<Numbers>, access: &Access) {
    let Access::Accounts(accounts) = access else { return };
    let (numbers, known) = (numbers.clone(), Mutex::new(AHashSet::new()));
    accounts.people.listen(move |directory| {
        let mut known = known.lock();
        let gone: Vec<Text> =
            known.iter().filter(|id: &&Text| !directory.sites.contains_key(id.as_str())).cloned().collect();
        for id in gone {
            known.remove(&id);
            // taking a plan away cannot fail
            let _ = numbers.set_site(id, None);
        }
        known.extend(directory.sites.keys().map(|id| Text::from(id.as_str())));
        set(&numbers, directory);
    });
}

fn set(numbers: &Numbers, directory: &Directory) {
    for site in directory.sites.values() {
        let own = site.numbers.as_object().is_some_and(|fields| !fields.is_empty());
        let plan = match own.then(|| NumberPlan::deserialize(&site.numbers)).transpose() {
            Ok(plan) => plan,
            Err(problem) => {
                log::error!(
                    "site {}: its number rules cannot be read, those before stay: {problem}",
                    site.id
                );
                continue;
            }
        };
        if let Err(bad) = numbers.set_site(site.id.as_str().into(), plan) {
            log::error!("site {}: its number rules are wrong, those before stay: {bad}", site.id);
        }
    }
}
