//! Who somebody is, and what he may: passwords, tokens, sessions, tickets, throttling, rights.
//!
//! ```text
//! login ─▶ throttle ─▶ password ─▶ session: refresh token (rotated), cookie, access token
//! request ─▶ bearer or cookie ─▶ Who ─▶ rights: a verb on a scope
//! socket ─▶ ticket (once, 30 s) ─▶ Who, looked at again for each message and four times a second
//! ```
//!
//! Nothing here knows HTTP, and nothing here is believed for longer than it can be looked up: a token
//! names a user and a session, what they may is read from the directory of `people` each time, which
//! follows the database. So a logout, another role or a disabled account hold at once (S44).
//!
//! Secrets are kept as hashes and compared in constant time; the key of access tokens and the setup
//! code stand in files of the data folder or in memory, never in the database.

pub mod password;
pub mod rights;
pub mod secrets;
pub mod sessions;
pub mod setup;
pub mod throttle;
pub mod ticket;
pub mod token;

pub use rights::{Reach, Right, Rights, Role, Scope};
