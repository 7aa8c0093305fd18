//! What a site may dial, and how its dialplan wants it written.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::Limit;
use super::pattern::{is_pattern, matches};
use super::read::{Read, read};
use super::{Dialable, Kind, NumberRefusal};
use crate::view::Text;

/// The rules of a site. Every field has a default; the whole default is a French site that dials France
/// and emergency numbers.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NumberPlan {
    /// Country code of the site, without plus: `33`.
    #[schemars(with = "String")]
    pub country: Text,
    /// What stands before a national number: `0`.
    #[schemars(with = "String")]
    pub national_prefix: Text,
    /// What stands before a country code: `00`.
    #[schemars(with = "String")]
    pub international_prefix: Text,
    /// Digits of a national number after its prefix: 9 in France.
    pub national_digits: u8,
    /// What people dial for an outside line, often `0`; empty for none.
    #[schemars(with = "String")]
    pub outside_line: Text,
    /// Extensions of the PBX itself, as patterns: `1XXX`, `*45`, `ivr`. They pass as they are.
    #[schemars(with = "Vec<String>")]
    pub inside: Vec<Text>,
    /// Emergency numbers: never refused, never counted.
    #[schemars(with = "Vec<String>")]
    pub emergency: Vec<Text>,
    /// Short numbers that are never dialled, as patterns: `118XXX`. An extension of the same digits that
    /// is listed inside wins.
    #[schemars(with = "Vec<String>")]
    pub short_denied: Vec<Text>,
    /// Prefixes that may be dialled, E.164 with plus: `+331`.
    #[schemars(with = "Vec<String>")]
    pub allow: Vec<Text>,
    /// Prefixes that are never dialled. Where one is longer than what allows, or as long, it wins.
    #[schemars(with = "Vec<String>")]
    pub deny: Vec<Text>,
    /// The extension for an outside number: text with `{outside}` (the outside line), `{number}` (as
    /// dialled in that country: `0612345678`, `0044...`), `{e164}` (digits alone: `33612345678`).
    #[schemars(with = "String")]
    pub dial: Text,
    /// The extension for an emergency number; the same places, of which `{number}` is needed.
    #[schemars(with = "String")]
    pub dial_emergency: Text,
    /// The trunk this leads to, for its limits.
    #[schemars(with = "String")]
    pub trunk: Text,
    /// How many outside calls, at most.
    pub limits: Limits,
}

/// Outside calls at most: of one person, of a site, of a trunk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Of one person.
    pub agent: Limit,
    /// Of a site.
    pub site: Limit,
    /// Of a trunk.
    pub trunk: Limit,
}

/// What is wrong in a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPlan {
    /// Which field.
    pub field: &'static str,
    /// What was expected, lowercase.
    pub expected: &'static str,
}

impl fmt::Display for BadPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}", self.field, self.expected)
    }
}

impl std::error::Error for BadPlan {}

impl Default for NumberPlan {
    fn default() -> Self {
        let texts = |all: &[&str]| all.iter().map(|text| Text::from(*text)).collect();
        Self {
            country: "33".into(),
            national_prefix: "0".into(),
            international_prefix: "00".into(),
            national_digits: 9,
            outside_line: Text::default(),
            // two to five digits, but none that begin like a national or a paid short number
            inside: texts(&[
                "ZX", "ZXX", "1XXX", "2XXX", "4XXX", "5XXX", "6XXX", "7XXX", "8XXX", "9XXX", "ZXXXX",
            ]),
            emergency: texts(&["15", "17", "18", "112", "114", "115", "116000", "119", "191", "196"]),
            short_denied: texts(&["3XXX", "118XXX", "10XX"]),
            // fixed of the five regions, mobile, fixed without a region
            allow: texts(&["+331", "+332", "+333", "+334", "+335", "+336", "+337", "+339"]),
            // premium; satellite and shared networks; international premium
            deny: texts(&["+338", "+870", "+878", "+88", "+979", "+808"]),
            dial: "{outside}{number}".into(),
            dial_emergency: "{outside}{number}".into(),
            trunk: Text::default(),
            limits: Limits {
                agent: Limit { minute: Some(20), hour: Some(200), day: Some(1_000) },
                ..Limits::default()
            },
        }
    }
}

const DIGITS: fn(&str) -> bool = |text| text.bytes().all(|b| b.is_ascii_digit());

impl NumberPlan {
    /// Whether it can be dialled by.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn check(&self) -> Result<(), BadPlan> {
        let wrong = |field, expected| Err(BadPlan { field, expected });
        if !(1..=3).contains(&self.country.len()) || !DIGITS(&self.country) || self.country.starts_with('0') {
            return wrong("country", "a country code of 1 to 3 digits such as \"33\"");
        }
        for (field, text) in [
            ("national_prefix", &self.national_prefix),
            ("international_prefix", &self.international_prefix),
            ("outside_line", &self.outside_line),
        ] {
            if text.len() > 4 || !DIGITS(text) {
                return wrong(field, "at most 4 digits");
            }
        }
        if self.international_prefix.is_empty() {
            return wrong("international_prefix", "1 to 4 digits such as \"00\"");
        }
        if !(4..=12).contains(&self.national_digits) {
            return wrong("national_digits", "a number from 4 to 12");
        }
        if !self.inside.iter().chain(&self.short_denied).all(|p| is_pattern(p)) {
            return wrong("inside, short_denied", "extensions such as \"1XXX\" or \"*45\"");
        }
        if !self.emergency.iter().all(|n| (2..=6).contains(&n.len()) && DIGITS(n)) {
            return wrong("emergency", "numbers of 2 to 6 digits such as \"112\"");
        }
        if !["15", "17", "18", "112"]
            .iter()
            .all(|n| self.country != "33" || self.emergency.iter().any(|e| e == n))
        {
            return wrong("emergency", "15, 17, 18 and 112 among them in France");
        }
        let prefix = |p: &Text| {
            p.strip_prefix('+')
                .is_some_and(|d| (1..=15).contains(&d.len()) && DIGITS(d) && !d.starts_with('0'))
        };
        if !self.allow.iter().chain(&self.deny).all(prefix) {
            return wrong("allow, deny", "prefixes with their country code such as \"+331\"");
        }
        for (field, template) in [("dial", &self.dial), ("dial_emergency", &self.dial_emergency)] {
            let bare = template.replace("{outside}", "").replace("{number}", "").replace("{e164}", "");
            let holds = template.contains("{number}") || field == "dial" && template.contains("{e164}");
            if !holds
                || bare.len() > 32
                || !bare.bytes().all(|b| b.is_ascii_alphanumeric() || b"*#+_-".contains(&b))
            {
                return wrong(
                    field,
                    "an extension with {number} or {e164} in it, such as \"{outside}{number}\"",
                );
            }
        }
        Ok(())
    }

    /// Reads, decides and composes; counts nothing.
    ///
    /// # Errors
    /// Why it is not dialled.
    pub fn dialable(&self, typed: &str) -> Result<Dialable, NumberRefusal> {
        match read(self, typed)? {
            Read::Emergency(number) => Ok(Dialable {
                extension: self.compose(&self.dial_emergency, number, number),
                kind: Kind::Emergency,
                number: number.into(),
            }),
            Read::Inside(extension) => {
                let extension = Text::from(extension);
                Ok(Dialable { number: extension.clone(), extension, kind: Kind::Inside })
            }
            Read::ShortDenied => Err(NumberRefusal::Denied),
            Read::Outside(digits) => {
                self.decide(&digits)?;
                let dialled = match digits.strip_prefix(self.country.as_str()) {
                    Some(rest) => compact_str::format_compact!("{}{rest}", self.national_prefix),
                    None => compact_str::format_compact!("{}{digits}", self.international_prefix),
                };
                Ok(Dialable {
                    extension: self.compose(&self.dial, &dialled, &digits),
                    kind: Kind::Outside,
                    number: compact_str::format_compact!("+{digits}"),
                })
            }
        }
    }

    /// The longest prefix decides; a denial wins over an equal one, and silence is no.
    fn decide(&self, digits: &str) -> Result<(), NumberRefusal> {
        let longest = |list: &[Text]| {
            let fits = |p: &&Text| p.strip_prefix('+').is_some_and(|p| digits.starts_with(p));
            list.iter().filter(fits).map(|p| p.len()).max().unwrap_or(0)
        };
        match (longest(&self.allow), longest(&self.deny)) {
            (allowed, denied) if denied > 0 && denied >= allowed => Err(NumberRefusal::Denied),
            (0, _) => Err(NumberRefusal::NotAllowed),
            _ => Ok(()),
        }
    }

    fn compose(&self, template: &str, number: &str, e164: &str) -> Text {
        let text = template.replace("{outside}", &self.outside_line).replace("{number}", number);
        text.replace("{e164}", e164).into()
    }

    pub(super) fn emergency_of(&self, digits: &str) -> Option<&str> {
        self.emergency.iter().find(|n| *n == digits).map(Text::as_str)
    }

    pub(super) fn is_inside(&self, text: &str) -> bool {
        self.inside.iter().any(|p| matches(p, text))
    }

    pub(super) fn is_short_denied(&self, digits: &str) -> bool {
        self.short_denied.iter().any(|p| matches(p, digits))
    }
}
