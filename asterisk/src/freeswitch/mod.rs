//! FreeSWITCH's event socket without I/O: what it sends, and the few commands that it is sent.
//!
//! * [`Decoder`] cuts messages out of bytes: lines that end with LF, a blank one, and a body of `Content-Length`;
//! * [`Heard`] is what a message says, [`Happening`] what an event tells of a channel;
//! * [`Command`] is what is sent. Its words can carry neither a space nor a line break: no second command follows.

mod command;
mod decoder;
mod heard;

pub use command::{ChannelId, Command, CommandError, FilePath, Place};
pub use decoder::{Decoder, EventSocketError, LONGEST_BODY, LONGEST_HEAD, Message};
pub use heard::{Happening, Heard};
