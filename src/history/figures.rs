//! What the journal counts, and whom it tells how it stands.

use std::sync::atomic::AtomicU64;

/// What is counted.
#[derive(Debug, Default)]
pub struct Figures {
    /// Facts stored, or found stored already.
    pub written: AtomicU64,
    /// Facts that wait on disk now.
    pub spooled: AtomicU64,
    /// Facts lost: neither the database nor the disk took them.
    pub lost: AtomicU64,
    /// Facts that the database refused for what they are; kept aside on disk.
    pub refused: AtomicU64,
}

/// Told when the state of keeping changes: `None` is well, else what is wrong, for an administrator.
pub type Keeping = Box<dyn Fn(Option<String>) + Send>;
