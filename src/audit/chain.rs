//! A line and its place in the chain.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::auth::secrets;

/// What is noted. Nothing of it may be secret.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Note {
    /// User id; empty where nobody is logged in.
    pub who: String,
    /// The client's address.
    pub from: String,
    /// What: `login`, `hangup`, `set_user` ...
    pub act: &'static str,
    /// To whom or what.
    pub on: String,
    /// `asked` before it is done; then `done`, or the slug of the refusal.
    pub outcome: &'static str,
    /// The number of the entry in which it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// What else there is to say.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub with: Map<String, Value>,
}

/// What is stored of a note: it, its number and when.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuditEntry")]
pub struct Entry<'a> {
    /// Its number in its journal, from 1.
    n: u64,
    /// Our clock.
    at_ms: i64,
    #[serde(flatten)]
    note: &'a Note,
}

/// An entry as it is stored: `hash entry`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number in its journal, from 1.
    pub n: u64,
    /// JSON on one line.
    pub entry: String,
    /// SHA-256 over the hash before and the entry, hex.
    pub hash: String,
}

/// U+2400, the sign for it, in its place.
fn show_nul(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.replace('\0', "\u{2400}"),
        Value::Array(values) => values.iter_mut().for_each(show_nul),
        Value::Object(fields) => {
            *fields = std::mem::take(fields)
                .into_iter()
                .map(|(name, mut value)| {
                    show_nul(&mut value);
                    (name.replace('\0', "\u{2400}"), value)
                })
                .collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl Line {
    /// The next one after `before`.
    pub(super) fn next(before: &str, n: u64, at_ms: i64, note: &Note) -> Self {
        // texts and numbers: this cannot fail; JSON escapes every line break
        let mut entry = serde_json::to_string(&Entry { n, at_ms, note }).unwrap_or_default();
        if entry.contains("\\u0000") {
            // PostgreSQL's JSON knows no NUL: nothing after such an entry would ever be stored
            let mut value: Value = serde_json::from_str(&entry).unwrap_or_default();
            show_nul(&mut value);
            entry = value.to_string();
        }
        let hash = hash(before, &entry);
        Self { n, entry, hash }
    }

    /// As it stands on disk.
    pub(super) fn text(&self) -> String {
        format!("{} {}\n", self.hash, self.entry)
    }

    /// Of a line on disk, without its end.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (hash, entry) = text.split_once(' ')?;
        let n = serde_json::from_str::<Value>(entry).ok()?.get("n")?.as_u64()?;
        (hash.len() == 64).then(|| Self { n, entry: entry.to_owned(), hash: hash.to_owned() })
    }

    /// Whether it follows the entry of that hash, unchanged.
    pub(super) fn follows(&self, before: &str) -> bool {
        self.hash == hash(before, &self.entry)
    }
}

/// What the first entry of a journal follows.
pub(super) fn first(journal: &str) -> String {
    hash("", journal)
}

fn hash(before: &str, entry: &str) -> String {
    let hash = secrets::sha256(format!("{before}\n{entry}").as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s54_an_entry_with_a_nul_is_one_that_the_database_takes() {
        let with = Map::from_iter([("na\0me".to_owned(), serde_json::json!(["\0", "\\u0000"]))]);
        let line =
            Line::next(&first("j"), 1, 5, &Note { act: "login", on: "a\0b".into(), with, ..Note::default() });
        let entry: Value = serde_json::from_str(&line.entry).unwrap();
        assert_eq!(
            (&entry["on"], &entry["with"]["na␀me"]),
            (&"a␀b".into(), &serde_json::json!(["␀", "\\u0000"]))
        );
        assert_eq!((&entry["n"], &entry["act"]), (&1.into(), &"login".into()));
        assert!(line.follows(&first("j")));
    }

    #[test]
    fn s32_s54_an_entry_is_one_line_whatever_its_words_are() {
        let note = Note { act: "login", on: "a\r\nb\u{1b}[31m\u{2028}".into(), ..Note::default() };
        let line = Line::next(&first("j"), 1, 5, &note);
        let text = line.text();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains('\u{1b}'));
        assert_eq!(Line::parse(text.trim_end()), Some(line.clone()));
        assert!(line.follows(&first("j")) && !line.follows(&first("k")));
        let changed = Line { entry: line.entry.replace("login", "logon"), ..line };
        assert!(!changed.follows(&first("j")));
    }
}
