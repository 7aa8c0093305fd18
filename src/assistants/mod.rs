//! Assistants that answer callers, what of them is published, and which is for whom: kept in PostgreSQL, read from memory.
//!
//! ```text
//! REST ─▶ change: lock, read, decide, write (one transaction) ─▶ assistants_version moves ─▶ AssistantBook ─▶ who answers
//! ```
//!
//! As flows are (`flows`), and smaller: an assistant is a form. A draft may lack an engine that this server has not; what
//! is published does not. Whether one is paused, its numbers and whether it is the default one are no part of a version:
//! they hold at once. How each stands ([`Standing`]) is told by who makes them ready to speak (`app`), and read by REST.
//!
//! What does not live here: how an assistant talks (`actors::ai`), its engines (`voice`), who may change one
//! (`http::assistants`).

mod book;
mod faults;
mod follow;
mod form;
mod standing;
mod store;
mod write;

pub use book::{AssistantBook, Chosen, StoredAssistant};
pub use faults::{Fault, Gravity, Offered, judge};
pub use follow::Assistants;
pub use form::{
    Closing, DAYS, Form, Hours, Language, MOST_HOLIDAYS, MOST_HOURS, MOST_PLACES, MOST_PROMPT, MOST_SENTENCE,
    MOST_WORDS,
};
pub use standing::{Counted, Seat, Seats, Standing, State};
pub use store::Version;
pub use write::{AssistantChange, Denied, Publish, Write};

/// Assistants at once.
pub const MOST_ASSISTANTS: usize = 200;
/// Called numbers of one assistant.
pub const MOST_NUMBERS: usize = 500;
/// Published versions of one assistant; the oldest goes for a new one.
pub const MOST_VERSIONS: i32 = 100;
