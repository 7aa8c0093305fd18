//! What we send: built from values that cannot carry a line break.

/// An action without its ActionID, which the link adds when it sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    name: &'static str,
    headers: Vec<(&'static str, String)>,
}

/// Why a value cannot go into an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionError {
    /// A byte below 0x20 or 0x7F in the value of that header.
    ControlByte(&'static str),
    /// The line of that header would pass 1,020 bytes, which Asterisk refuses.
    LineTooLong(&'static str),
}

impl std::fmt::Display for ActionError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ControlByte(header) => write!(f, "{header}: a control character"),
            Self::LineTooLong(header) => write!(f, "{header}: longer than 1,020 bytes"),
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

    /// Adds a header, or says why its value cannot go on the wire.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Result<Self, ActionError> {
        let value = value.into();
        if value.bytes().any(|b| b < 0x20 || b == 0x7f) {
            return Err(ActionError::ControlByte(name));
        }
        if name.len() + 2 + value.len() > 1020 {
            return Err(ActionError::LineTooLong(name));
        }
        self.headers.push((name, value));
        Ok(self)
    }

    /// The bytes to send, with that ActionID.
    pub fn encode(&self, action_id: &str, out: &mut Vec<u8>) {
        let mut line = |n: &str, v: &str| {
            out.extend_from_slice(n.as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(v.as_bytes());
            out.extend_from_slice(b"\r\n");
        };
        line("Action", self.name);
        line("ActionID", action_id);
        for (n, v) in &self.headers {
            line(n, v);
        }
        out.extend_from_slice(b"\r\n");
    }
}
