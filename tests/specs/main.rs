//! Specs of the whole server, one module a story.

#![allow(clippy::unwrap_used)] // a panic is how a spec fails

#[allow(unreachable_pub)] // one binary: everything in it is for itself
#[path = "../support/mod.rs"]
mod support;

mod accounts;
#[cfg(feature = "lab")]
mod agi_lab;
mod architecture;
mod built_in_pbx;
mod demo;
mod drift;
mod exports;
mod figures;
mod floor;
mod history;
#[cfg(all(feature = "lab", feature = "fault-injection"))]
mod isolation;
mod keeping;
mod kept_ai;
mod kept_walks;
mod link;
mod messages;
mod real_asterisk;
mod sample_account;
mod voice;
#[cfg(feature = "lab")]
mod voice_lab;
mod web;
