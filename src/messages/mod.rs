//! What callers leave: where it is recorded, that it is kept, and who is told by mail.
//!
//! ```text
//! voicemail node ─place─▶ RECORD FILE <shared>/messages/<pbx>/<name>.wav       row without a duration
//!        └─ended─▶ is there sound in it? ─ yes ─▶ row with its duration, mail due     no ─▶ row and file go
//! ```
//!
//! The PBX writes as another user: each PBX has a folder in which everybody may make a file and nobody but Vigie can
//! see which there are; names cannot be guessed. A file is opened through no link. What was being recorded when Vigie
//! ended is looked at when it is back, also where the database knew nothing of it yet.

mod keeper;
mod mail;
mod place;
mod store;

pub use keeper::{Messages, Settings};
pub use mail::{Mail, Tls};
pub use store::{Message, Sites};
