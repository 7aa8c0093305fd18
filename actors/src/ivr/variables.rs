//! What a call knows while it walks: bounded in number and length, and never with a control character.

use std::collections::BTreeMap;
use std::fmt;

use crate::view::Text;

/// Of one call.
pub const MOST_VARIABLES: usize = 64;
/// Bytes of one value; more is cut.
pub const LONGEST_VALUE: usize = 500;
/// Who calls.
pub(super) const CALLER: &str = "caller";
/// What he dialled.
pub(super) const CALLED: &str = "called";
/// What he pressed last, unless it was secret.
pub(super) const DIGITS: &str = "digits";
/// What a request was answered with last.
pub(super) const HTTP_STATUS: &str = "http_status";
/// Those that are there in every flow.
pub(super) const ALWAYS: [&str; 4] = [CALLER, CALLED, DIGITS, HTTP_STATUS];
/// Those that no node sets by its content; the last is no variable at all.
const RESERVED: [&str; 5] = [CALLER, CALLED, DIGITS, HTTP_STATUS, "time"];

/// Whether a node may name a variable so: a letter, then letters, digits and `_`, all small, at most 40.
pub(super) fn is_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name.as_bytes()[0].is_ascii_lowercase()
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The same for one that it sets.
pub(super) fn may_be_set(name: &str) -> bool {
    is_name(name) && !RESERVED.contains(&name)
}

/// See the module.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Variables(BTreeMap<Text, Kept>);

#[derive(Clone, PartialEq, Eq)]
struct Kept {
    text: String,
    secret: bool,
}

impl Variables {
    /// Its value; empty when it is not set.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |kept| &kept.text)
    }

    /// Whether it must stand in no log, journal or address.
    pub fn is_secret(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|kept| kept.secret)
    }

    /// Sets it: control characters become blanks, what is too long is cut. `false`: there are too many already.
    pub fn set(&mut self, name: &str, value: &str, secret: bool) -> bool {
        if self.0.len() >= MOST_VARIABLES && !self.0.contains_key(name) {
            return false;
        }
        let mut text = String::new();
        for char in value.chars() {
            let char = if char.is_control() { ' ' } else { char };
            if text.len() + char.len_utf8() > LONGEST_VALUE {
                break;
            }
            text.push(char);
        }
        self.0.insert(name.into(), Kept { text, secret });
        true
    }

    /// All that may be shown, by name; of secret ones the name only.
    pub fn shown(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(name, kept)| (name.as_str(), (!kept.secret).then_some(kept.text.as_str())))
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.shown()).finish()
    }
}
