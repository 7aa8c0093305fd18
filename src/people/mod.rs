//! Users, groups, sites, and who sits where: kept in PostgreSQL, read from memory.
//!
//! ```text
//! REST ─▶ change: lock, read, decide, write (one transaction) ─▶ people_version moves ─▶ Directory ─▶ rights, scopes, pages
//! ```
//!
//! A [`Directory`] is a whole picture that nobody changes: who asks holds one and sees no half of a change.
//! [`People`] has the newest; it looks at the database's version every second, so that what another
//! process (or an administrator in psql) changes holds within seconds (S44). When the database is away the
//! last picture stays: the floor goes on, nothing can be changed.
//!
//! [`Sight`] says what of the board somebody sees. What does not live here: sessions and passwords
//! (`auth`), and the rules who may change whom (`http::people`).

mod change;
mod changes;
mod directory;
mod follow;
mod owner;
mod pictures;
mod sight;
mod store;
mod write;

pub use changes::Changes;
pub use directory::{Directory, Group, Person, Site, Station, User};
pub use follow::People;
pub use owner::Owner;
pub use pictures::{MOST_BYTES, NoPicture, Picture};
pub use sight::{Seen, Sight};
pub use write::{Denied, GroupChange, PasswordChange, SiteChange, UserChange, Write};
