//! What each address is for, takes and gives: the shapes that stand in the table of rules.
//!
//! Answers are the types that handlers write. Bodies are read field by field (`body.rs`), so that a refusal can name
//! each field that is wrong; here stands a struct with the same fields for each, which nobody makes.

pub(super) mod ai_history;
pub(super) mod auth;
pub(super) mod desk;
pub(super) mod errands;
pub(super) mod figures;
pub(super) mod flows;
pub(super) mod history;
pub(super) mod messages;
pub(super) mod people;
pub(super) mod prompts;
pub(super) mod server;
mod texts;
pub(super) mod tickets;
pub(super) mod users;
pub(super) mod verbs;

use super::openapi::{Parameter, Values};

/// The id of something.
pub(super) const ID: &str = "^[A-Za-z0-9._@:-]{1,100}$";

/// `{id}` of something that clients name.
const fn id(words: &'static str, example: &'static str) -> Parameter {
    Parameter::new("id", Values::Text(ID), words, example)
}

/// `{id}` of a row of the board.
const fn row(words: &'static str, example: &'static str) -> Parameter {
    Parameter::new("id", Values::Text("^[^\\u0000-\\u001f\\u007f]{1,200}$"), words, example)
}
