//! What Asterisk says first: lines `agi_name: value`, then an empty one.

use std::fmt;

/// Lines of one environment; Asterisk 22 sends 22 and one for each argument, of which it takes 127.
const MOST_LINES: usize = 160;
/// Bytes of all of them.
const MOST_BYTES: usize = 64 * 1024;
/// Without these there is no session.
const NEEDED: [&str; 3] = ["agi_request", "agi_channel", "agi_uniqueid"];

/// Why what came first is no environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvironmentError {
    /// A line that is not `agi_name: value`.
    NotAgi,
    /// A name came twice: a caller's text broke out of its line, and what is true cannot be told.
    Twice(String),
    /// Of that name there was no line.
    Missing(&'static str),
    /// More than 160 lines or 64 KiB.
    TooMuch,
    /// Without its end: what it is for, which comes last, is not known.
    Cut,
}

impl fmt::Display for EnvironmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAgi => f.write_str("expected lines \"agi_name: value\""),
            Self::Twice(name) => write!(f, "{name} came twice"),
            Self::Missing(name) => write!(f, "{name} did not come"),
            Self::TooMuch => {
                write!(f, "more than {MOST_LINES} lines or {MOST_BYTES} bytes before the empty line")
            }
            Self::Cut => f.write_str("Asterisk cut it after 1,023 bytes: what it is for is not known"),
        }
    }
}

impl std::error::Error for EnvironmentError {}

/// The channel that a session is for, and why it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Names and values, one after the other.
    text: String,
    fields: Vec<Field>,
}

/// Where they stand in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Field {
    name: usize,
    value: usize,
    end: usize,
}

impl Environment {
    fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|at| (&self.text[at.name..at.value], &self.text[at.value..at.end]))
    }

    fn push(&mut self, name: &str, value: &str) {
        let at = self.text.len();
        self.text.extend([name, value]);
        self.fields.push(Field { name: at, value: at + name.len(), end: self.text.len() });
    }

    /// The value of that name, such as `agi_language`; the empty one and Asterisk's `unknown` are none.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.fields().find(|(own, _)| *own == name);
        found.map(|(_, value)| value).filter(|value| !matches!(*value, "" | "unknown"))
    }

    /// The channel's name.
    pub fn channel(&self) -> &str {
        self.get("agi_channel").unwrap_or_default()
    }

    /// The channel's uniqueid.
    pub fn uniqueid(&self) -> &str {
        self.get("agi_uniqueid").unwrap_or_default()
    }

    /// What was called: the path of the AGI address (in AsyncAGI, which has none, the first argument), else the
    /// dialled number, else the extension.
    pub fn called(&self) -> Option<&str> {
        let path =
            if self.is_async() { self.arguments().next().unwrap_or_default() } else { self.script().0 };
        (!path.is_empty())
            .then_some(path)
            .or_else(|| self.get("agi_dnid"))
            .or_else(|| self.get("agi_extension"))
    }

    /// It came over AMI.
    pub fn is_async(&self) -> bool {
        self.get("agi_request") == Some("async")
    }

    /// A parameter of the query of the AGI address, as it stands there: `agi://host/path?name=value`.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let pairs = self.script().1.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Arguments of the dialplan's line, in order.
    pub fn arguments(&self) -> impl Iterator<Item = &str> {
        self.fields().filter(|(name, _)| name.starts_with("agi_arg_")).map(|(_, value)| value)
    }

    /// Path and query of the AGI address.
    fn script(&self) -> (&str, &str) {
        let script = self.get("agi_network_script").unwrap_or_default();
        script.split_once('?').unwrap_or((script, ""))
    }
}

/// Takes its lines.
#[derive(Debug, Default)]
pub(super) struct Building {
    so_far: Environment,
    bytes: usize,
}

impl Building {
    /// One line; the whole when it was the last.
    pub(super) fn take(&mut self, line: &str) -> Result<Option<Environment>, EnvironmentError> {
        if line.is_empty() {
            let whole = std::mem::take(&mut self.so_far);
            let missing = NEEDED
                .iter()
                .find(|needed| !whole.fields().any(|(name, value)| name == **needed && !value.is_empty()));
            return missing.map_or(Ok(Some(whole)), |name| Err(EnvironmentError::Missing(name)));
        }
        self.bytes += line.len();
        if self.so_far.fields.len() == MOST_LINES || self.bytes > MOST_BYTES {
            return Err(EnvironmentError::TooMuch);
        }
        let (name, value) =
            line.split_once(':').filter(|(name, _)| is_name(name)).ok_or(EnvironmentError::NotAgi)?;
        if self.so_far.fields().any(|(own, _)| own == name) {
            return Err(EnvironmentError::Twice(name.to_owned()));
        }
        self.so_far.push(name, value.strip_prefix(' ').unwrap_or(value));
        Ok(None)
    }
}

fn is_name(name: &str) -> bool {
    let rest = name.strip_prefix("agi_").unwrap_or_default();
    (1..=40).contains(&rest.len())
        && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}
