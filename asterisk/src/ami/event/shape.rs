//! Why a message is not a healthy event.

use std::fmt;

/// A message that a healthy Asterisk does not send: its link becomes *suspect* and is compared with
/// the PBX (S02, F10). It names the event and the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShapeError {
    event: Box<str>,
    fault: Fault,
}

/// What is wrong with its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The message does not start with `Event: ` and a name.
    NotAnEvent,
    /// A header that this event always has is absent: prefix of its group (`Dest`) and name.
    Missing(&'static str, &'static str),
    /// A header that stands once stands twice.
    Duplicate(&'static str),
    /// `Privilege` is not the second line, and there is no `ActionID`.
    PrivilegeNotSecond,
    /// The value is not what this header holds: an id that is empty or not UTF-8.
    Malformed(&'static str, &'static str),
}

impl ShapeError {
    fn new(event: &str, fault: Fault) -> Self {
        let end = event.char_indices().nth(64).map_or(event.len(), |(at, _)| at);
        Self { event: event[..end].into(), fault }
    }

    pub(super) fn not_an_event() -> Self {
        Self::new("", Fault::NotAnEvent)
    }

    #[cold]
    pub(super) fn missing(event: &str, prefix: &'static str, header: &'static str) -> Self {
        Self::new(event, Fault::Missing(prefix, header))
    }

    #[cold]
    pub(super) fn malformed(event: &str, prefix: &'static str, header: &'static str) -> Self {
        Self::new(event, Fault::Malformed(prefix, header))
    }

    #[cold]
    pub(super) fn duplicate(event: &str, header: &'static str) -> Self {
        Self::new(event, Fault::Duplicate(header))
    }

    #[cold]
    pub(super) fn privilege(event: &str) -> Self {
        Self::new(event, Fault::PrivilegeNotSecond)
    }

    /// The event's name as it stood in the message, 64 characters at most.
    pub fn event(&self) -> &str {
        &self.event
    }

    /// What is wrong.
    pub fn fault(&self) -> Fault {
        self.fault
    }
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let event = self.event.escape_debug();
        match self.fault {
            Fault::NotAnEvent => write!(f, "a message that is neither a response nor an event"),
            Fault::Missing(prefix, header) => write!(f, "event {event} without {prefix}{header}"),
            Fault::Duplicate(header) => write!(f, "event {event} with two headers {header}"),
            Fault::PrivilegeNotSecond => write!(f, "event {event}: its second line is not Privilege"),
            Fault::Malformed(prefix, header) => {
                write!(f, "event {event}: {prefix}{header} is empty or not UTF-8")
            }
        }
    }
}

impl std::error::Error for ShapeError {}
