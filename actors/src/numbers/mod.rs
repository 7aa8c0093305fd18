//! Numbers that people dial: read, decided on, and only then made into an extension.
//!
//! ```text
//! what was typed ─read─▶ extension inside · emergency · +33612345678 ─decide─▶ allowed ─compose─▶ 0612345678
//!                  └▶ malformed                                        └▶ refused, by name
//! ```
//!
//! The order is the protection: nothing is decided on what was typed, and nothing of what was typed is
//! dialled, so that no spelling (`0033899`, `tel:`, `;ext=`, a leading digit for the outside line) passes a
//! rule that another spelling would not (S22). Everything that is not allowed is refused (S19). Emergency
//! numbers are looked for first: no rule, no list and no limit applies to them (S21).
//!
//! No I/O and no clock lives here: the caller says what time it is.

mod limits;
mod pattern;
mod plan;
mod read;
mod same;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use limits::Counts;
pub use limits::Limit;
pub use plan::{BadPlan, Limits, NumberPlan};
pub(crate) use read::is_number_like;

use crate::view::Text;

/// What kind of number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An extension of the PBX itself.
    Inside,
    /// Never refused, never counted.
    Emergency,
    /// Through a trunk.
    Outside,
}

/// A number that may be dialled, in the only form in which it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialable {
    /// What the dialplan is given, composed by the plan: `0612345678`.
    pub extension: Text,
    /// What it is.
    pub kind: Kind,
    /// E.164 with its plus for one outside; the extension or the emergency number itself otherwise.
    pub number: Text,
}

/// Why a number is not dialled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberRefusal {
    /// It is no number: what was expected.
    Malformed(&'static str),
    /// Its prefix is on the list of those never dialled: premium, short and satellite numbers.
    Denied,
    /// Its prefix is on no list of those that may be dialled.
    NotAllowed,
    /// Too many outside calls in that time.
    Limit,
}

impl NumberRefusal {
    /// Its stable name.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Malformed(_) => "bad_value",
            Self::Denied => "number_denied",
            Self::NotAllowed => "number_not_allowed",
            Self::Limit => "number_limit",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Malformed(expected) => expected,
            Self::Denied => "premium, short and satellite numbers are not dialled from here",
            Self::NotAllowed => "numbers of that country or kind are not dialled from here",
            Self::Limit => "too many outside calls were started in this minute, hour or day",
        }
    }
}

/// Who dials and by which rules; what is not known is not counted apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct By {
    /// The person, by id.
    pub agent: Option<Text>,
    /// His site, by id.
    pub site: Option<Text>,
    /// The plan of that site; the server's own without one.
    pub plan: Option<Arc<NumberPlan>>,
    /// Where calls of that site's people begin.
    pub outbound_context: Option<Text>,
    /// Where their transfers go.
    pub transfer_context: Option<Text>,
}

/// Whoever is not known.
static EVERYBODY: Text = Text::const_new("");
/// The clock of the counts begins so long before ours: longer than any limit.
const BEFORE: Duration = Duration::from_secs(2 * 86_400);

/// By what a call is counted, with the limits.
fn keys<'a>(plan: &'a NumberPlan, by: &'a By, everybody: &'a Text) -> [(char, &'a Text, Limit); 3] {
    [
        ('a', by.agent.as_ref().unwrap_or(everybody), plan.limits.agent),
        ('s', by.site.as_ref().unwrap_or(everybody), plan.limits.site),
        ('t', &plan.trunk, plan.limits.trunk),
    ]
}

/// The server's own plan, and what was dialled lately. Shared by all PBXs.
#[derive(Debug, Default)]
pub struct Numbers {
    default: NumberPlan,
    counts: Mutex<Counts>,
}

impl Numbers {
    /// With that plan where a site has none.
    ///
    /// # Errors
    /// What is wrong in the plan.
    pub fn new(default: NumberPlan) -> Result<Self, BadPlan> {
        default.check()?;
        Ok(Self { default, counts: Mutex::default() })
    }

    /// The server's own plan.
    pub fn plan(&self) -> &NumberPlan {
        &self.default
    }

    /// Reads, decides and composes; nothing is counted.
    ///
    /// # Errors
    /// Why it would not be dialled.
    pub fn may_dial(&self, typed: &str, by: &By) -> Result<Dialable, NumberRefusal> {
        by.plan.as_deref().unwrap_or(&self.default).dialable(typed)
    }

    /// Reads, decides and composes; an outside number is counted from then on. `now`: since any fixed
    /// instant.
    ///
    /// # Errors
    /// Why it is not dialled; nothing was counted.
    pub fn dial(&self, typed: &str, by: &By, now: Duration) -> Result<Dialable, NumberRefusal> {
        let plan = by.plan.as_deref().unwrap_or(&self.default);
        let dialable = self.may_dial(typed, by)?;
        let now = now.saturating_add(BEFORE);
        if dialable.kind == Kind::Outside && !self.counts.lock().count(&keys(plan, by, &EVERYBODY), now) {
            return Err(NumberRefusal::Limit);
        }
        Ok(dialable)
    }

    /// Counts what was dialled that long before the start, the oldest first: limits hold over a restart.
    pub fn dialled(&self, typed: &str, by: &By, before: Duration) {
        let plan = by.plan.as_deref().unwrap_or(&self.default);
        if plan.dialable(typed).is_ok_and(|dialable| dialable.kind == Kind::Outside) {
            let at = BEFORE.saturating_sub(before);
            self.counts.lock().add(&keys(plan, by, &EVERYBODY), at);
        }
    }
}
