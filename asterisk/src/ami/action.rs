//! What we send: built from values that cannot carry a line break.

use std::fmt;

/// Bytes of one line, CR LF aside, that Asterisk 16 and 22 take (they refuse 1,023).
pub const LONGEST_LINE: usize = 1_020;
/// Lines of one action, `Action` and `ActionID` included; Asterisk takes 128.
pub const MOST_HEADERS: usize = 120;

/// An action without its ActionID, which the session adds when it sends it.
///
/// `Debug` shows no secret: the values of `Secret` and `Key` are left out.
#[derive(Clone, PartialEq, Eq)]
pub struct Action {
    name: &'static str,
    headers: Vec<(&'static str, String)>,
}

/// Why a value cannot go into an action; it names the header, never the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionError {
    /// A byte below 0x20 or 0x7F in the value of that header.
    ControlByte(&'static str),
    /// The line of that header would pass [`LONGEST_LINE`].
    LineTooLong(&'static str),
    /// More than [`MOST_HEADERS`].
    TooManyHeaders,
    /// Empty, a pattern or an expression where an exact name is expected (S06, S08).
    NotExact(&'static str),
}

impl fmt::Display for ActionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ControlByte(header) => write!(f, "{header}: a control character"),
            Self::LineTooLong(header) => write!(f, "{header}: a line of more than 1,020 bytes"),
            Self::NotExact(header) => write!(f, "{header}: expected an exact name"),
            Self::TooManyHeaders => write!(f, "more than {MOST_HEADERS} headers"),
        }
    }
}

impl std::error::Error for ActionError {}

impl Action {
    /// An action of that name, without headers yet.
    pub fn new(name: &'static str) -> Self {
        Self { name, headers: Vec::new() }
    }

    /// The action's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The first value of that header.
    pub fn get(&self, header: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(header)).map(|(_, v)| v.as_str())
    }

    /// Adds a header, or says why its value cannot go on the wire.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Result<Self, ActionError> {
        let value = value.into();
        check(name, &value)?;
        if self.headers.len() + 3 > MOST_HEADERS {
            return Err(ActionError::TooManyHeaders);
        }
        self.headers.push((name, value));
        Ok(self)
    }

    /// A header whose value is ours and therefore sound; [`encode`](Self::encode) looks again.
    pub(super) fn ours(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Writes the action with that ActionID behind `out`. Every line is looked at once more (S01):
    /// when one is unsound, nothing is written.
    pub fn encode(&self, action_id: &str, out: &mut Vec<u8>) -> Result<(), ActionError> {
        check("Action", self.name)?;
        check("ActionID", action_id)?;
        for (name, value) in &self.headers {
            check(name, name)?;
            check(name, value)?;
        }
        let mut line = |name: &str, value: &str| {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        };
        line("Action", self.name);
        line("ActionID", action_id);
        for (name, value) in &self.headers {
            line(name, value);
        }
        out.extend_from_slice(b"\r\n");
        Ok(())
    }
}

fn check(name: &'static str, value: &str) -> Result<(), ActionError> {
    // bytes, so that every character above ASCII passes and no C0 control or DEL does
    if value.bytes().any(|b| b < 0x20 || b == 0x7f) {
        return Err(ActionError::ControlByte(name));
    }
    if name.len() + 2 + value.len() > LONGEST_LINE {
        return Err(ActionError::LineTooLong(name));
    }
    Ok(())
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Action({}", self.name)?;
        for (name, value) in &self.headers {
            match *name {
                "Secret" | "Key" => write!(f, ", {name}: ...")?,
                _ => write!(f, ", {name}: {value:?}")?,
            }
        }
        f.write_str(")")
    }
}
