//! The Asterisk Manager Interface: the line protocol on port 5038.
//!
//! * [`Decoder`] cuts bytes into the banner and [`Message`]s (responses, events, list items);
//! * [`Message`] is a slice of the read buffer; a header is found when it is asked for;
//! * [`Action`] is what we send: built from values that cannot carry a line break.

mod action;
mod decoder;
pub mod event;
mod message;

pub use action::{Action, ActionError};
pub use decoder::{Banner, DecodeError, Decoder, Frame, Limits};
pub use event::{Event, ShapeError, Value};
pub use message::{Kind, Message};
