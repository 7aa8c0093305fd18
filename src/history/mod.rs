//! What happened: facts to rows, and rows to pages.
//!
//! ```text
//! actors ─fact─▶ Journal ─bounded channel─▶ writer thread ─▶ PostgreSQL ─▶ Reader ─▶ http
//!                                              └─ away? ─▶ spool on disk, in order ─▶ back
//! ```
//!
//! * The floor never waits: noting a fact is one `try_send`; when even the channel is full the fact is
//!   lost and counted ([`Figures::lost`]).
//! * A fact is stored once, however often it is told: its key is what it is about, and a second one of
//!   the same key changes nothing. So a batch whose outcome is unknown is simply written again (F25, F28).
//! * While the database is away facts wait on disk, up to a ceiling, and go in the order they came.
//!
//! What does not live here: where the database is (`db`), and what a fact is (`actors::fact`).

mod ai;
mod entry;
mod export;
mod figures;
mod happened;
mod holds;
mod insert;
mod journal;
mod old_recordings;
mod read;
mod retention;
mod spool;
mod summed;
mod walks;
mod writer;

pub use ai::{AiLine, AiSession, AiTurn};
pub use export::{Export, Kind, MOST_ROWS, Refused, Wanted};
pub use figures::{Figures, Keeping};
pub use happened::Scope;
pub use holds::Hold;
pub use journal::Journal;
pub use old_recordings::{OldRecordings, Swept};
pub use read::{Found, Reader, Search, Within};
pub use retention::{Days, Deleted, MOST_OVERDUE_S, Retention, Sweep};
pub use walks::Left;
