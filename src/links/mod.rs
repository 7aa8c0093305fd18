//! Links to PBXs: the only room where bytes enter from one or leave for one.
//!
//! [`ami`] is the Asterisk Manager link. Nothing here knows calls, agents or pages.

pub mod ami;
