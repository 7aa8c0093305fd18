//! Links to PBXs: the only room where bytes enter from one or leave for one.
//!
//! [`ami`] is the Asterisk Manager link, [`agi`] the port to which Asterisk hands callers over,
//! [`audiosocket`] the one to which it brings their voice. Nothing here knows calls, agents or pages.

pub mod agi;
pub mod ami;
pub mod audiosocket;
