//! The Asterisk Manager Interface: the line protocol on port 5038.
//!
//! * [`Decoder`] cuts bytes into the banner and [`Message`]s (responses, events, list items);
//! * [`Message`] is a slice of the read buffer; a header is found when it is asked for;
//! * [`Event`] is a typed view of one, or the reason why no healthy Asterisk sent it;
//! * [`Action`] is what we send: built from values that cannot carry a line break;
//! * [`Session`] knows which answer belongs to which action, and when a list is whole.

mod action;
mod actions;
mod decoder;
pub mod event;
mod message;
pub mod session;

pub use action::{Action, ActionError, LONGEST_LINE, MOST_HEADERS};
pub use actions::{Member, Originate, Target};
pub use decoder::{Banner, DecodeError, Decoder, Frame, Limits};
pub use event::{Event, ShapeError, Value};
pub use message::{Kind, Message};
pub use session::Session;
