//! The rules of numbers where a site has none of its own, and what was dialled before the start.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actors::numbers::{NumberPlan, Numbers};

use parking_lot::Mutex;

use crate::access::Accounts;
use crate::audit::PastEntry;
use crate::config::Config;
use crate::http::by_rules;
use crate::people::Directory;

/// The longest period of a limit.
const DAY_MS: i64 = 86_400_000;
/// What became of an order that had a number dialled, or may have.
const DIALLED: [&str; 8] = [
    "done",
    "pbx_refused",
    "timed_out",
    "link_lost",
    "station_busy",
    "station_no_answer",
    "station_unreachable",
    "already_ended",
];

/// From `[numbers]`, or the default plan.
pub(super) fn from_settings(config: &Config) -> io::Result<Numbers> {
    let Some(section) = &config.numbers else { return Ok(Numbers::default()) };
    let wrong = |problem: String| io::Error::other(format!("{}: [numbers]: {problem}", section.place));
    let plan: NumberPlan =
        section.plan.clone().try_into().map_err(|e: toml::de::Error| wrong(e.message().to_owned()))?;
    Numbers::new(plan).map_err(|bad| wrong(bad.to_string()))
}

/// Counts what was dialled in the last day, by the audit log on disk: its lines are there before anything is
/// dialled, so that no crash makes room. As soon as people are known, which is before anybody may dial.
pub(super) fn reckon(numbers: &Arc<Numbers>, accounts: &Accounts) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let entries = accounts.audit.since(now - DAY_MS).unwrap_or_else(|problem| {
        log::error!("what was dialled before the start is not counted: {problem}");
        Vec::new()
    });
    let dialled = Mutex::new(dialled(entries));
    let numbers = numbers.clone();
    let reckon = move |directory: &Arc<Directory>| {
        for (entry, number) in std::mem::take(&mut *dialled.lock()) {
            let before = Duration::from_millis(u64::try_from(now - entry.at_ms).unwrap_or_default());
            count(&numbers, directory, &entry, &number, before);
        }
    };
    if let Some(directory) = accounts.people.now() {
        reckon(&directory);
    }
    accounts.people.listen(reckon);
}

fn count(numbers: &Numbers, directory: &Directory, entry: &PastEntry, number: &str, before: Duration) {
    // one who is gone dials no more
    let Some(person) = directory.people.get(&entry.who) else { return };
    let site = entry.with.get("site").and_then(|site| site.as_str());
    if let Ok(by) = by_rules(person, site, directory) {
        numbers.dialled(number, &by, before);
    }
}

/// Each number with the entry in which it was asked for.
fn dialled(entries: Vec<PastEntry>) -> Vec<(PastEntry, String)> {
    let outcomes: HashMap<u64, String> =
        entries.iter().filter_map(|entry| Some((entry.of?, entry.outcome.clone()))).collect();
    let mut all = Vec::new();
    for entry in entries {
        let asked = matches!(entry.act.as_str(), "originate" | "transfer" | "consult") && entry.of.is_none();
        // one of which no outcome stands was in hand when we died
        let made = outcomes.get(&entry.n).is_none_or(|outcome| DIALLED.contains(&outcome.as_str()));
        if asked && made {
            for name in ["destination", "mobile"] {
                if let Some(number) = entry.with.get(name).and_then(|number| number.as_str()) {
                    all.push((entry.clone(), number.to_owned()));
                }
            }
        }
    }
    all
}
