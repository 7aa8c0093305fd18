//! The API and the WebSocket, in one process with a board that the spec writes: no PBX behind it.

#![allow(clippy::unwrap_used)] // helpers of specs: a failed unwrap is a failed spec

mod agents;
mod desks;
mod guard;
mod operator;
mod reading;
pub(crate) mod site;
mod slow_client;
pub(crate) mod socket;
mod verbs;
