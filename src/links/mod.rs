//! Links to PBXs: the only room where bytes enter from one or leave for one.
//!
//! [`ami`] is the Asterisk Manager link, [`agi`] the port to which Asterisk hands callers over. Nothing here knows calls, agents or pages.

pub mod agi;
pub mod ami;
