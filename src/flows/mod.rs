//! Flows that callers walk, what of them is published, and which called number leads to which: kept in PostgreSQL,
//! read from memory.
//!
//! ```text
//! REST ─▶ change: lock, read, decide, write (one transaction) ─▶ flows_version moves ─▶ FlowBook ─▶ who answers a call
//! ```
//!
//! A [`FlowBook`] is a whole picture that nobody changes, with the published versions compiled. [`Flows`] has the newest;
//! it looks at the database's version every second, so that what another process (or an administrator in psql)
//! changes holds within seconds. When the database is away the last picture stays: callers are served, nothing can be
//! changed.
//!
//! What is drawn and what is published are two things: a draft may be anything that can be read as a drawing, what is
//! published can be walked. What does not live here: what a flow means (`actors::ivr`), who may change one
//! (`http::flows`).

mod book;
mod follow;
mod store;
mod write;

pub use book::{Choice, Chosen, Did, FlowBook, StoredFlow, judge, judge_knowing};
pub use follow::Flows;
pub use store::Version;
pub use write::{Denied, DidChange, FlowChange, Publish, Write};

/// Flows at once.
pub const MOST_FLOWS: usize = 200;
/// Called numbers at once.
pub const MOST_DIDS: usize = 5_000;
/// Published versions of one flow; the oldest goes for a new one.
pub const MOST_VERSIONS: i32 = 100;
