//! Who did what: written on disk before it is done, then into the database, in a chain (S54).
//!
//! ```text
//! act ─note─▶ journal thread: line, fsync ─ack─▶ the act is done ─▶ a second line with its outcome
//!                   └─▶ upload: lines in order into vigie.audit
//! ```
//!
//! Each line's hash covers the one before: who changes or takes away an entry changes every hash after it,
//! and `vigie audit verify` names it. When the disk takes no line, the act is refused. The database may be
//! away for long: the lines wait on disk.
//!
//! Refusals have a budget (`refusals`): the log cannot be filled by who may nothing.
//!
//! What does not live here: which acts there are, and who may do them.

mod chain;
mod done;
mod journal;
mod lately;
mod refusals;
mod upload;
mod verify;

pub use chain::{Entry, Line, Note};
pub use done::{Done, done_to};
pub use journal::{Audit, Unwritten};
pub use lately::PastEntry;
pub use refusals::Refusals;
pub use verify::{Command, Report, run, verify};
