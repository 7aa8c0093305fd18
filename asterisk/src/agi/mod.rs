//! FastAGI: the line protocol that Asterisk speaks to a server of ours, port 4573; and AsyncAGI, the same over AMI.
//!
//! ```text
//! connection ─▶ Lines ─▶ Session ─▶ Environment, once; then one Reply for each Command; Hangup, once
//! Command ─▶ Session::send ─▶ the bytes of one write
//! ```
//!
//! * [`Environment`] is what Asterisk says first: the channel, the caller, what was called;
//! * [`Command`] is what we may send: built from values that cannot carry a line break, end their quotes or be
//!   evaluated (S11, S12), one write for each (F43);
//! * [`Reply`] is the answer; [`Session`] knows which command it is of, and ends rather than give one command
//!   the answer of another (F41);
//! * [`by_ami`]: the same commands and answers where AMI carries them.
//!
//! What does not live here: sockets, clocks, what a caller is to hear.

pub mod by_ami;
mod command;
mod environment;
mod lines;
mod reply;
mod session;

pub use command::{App, Arg, Command, CommandError, Digits, LONGEST_LINE, Prompt, Text, Variable};
pub use environment::{Environment, EnvironmentError};
pub use reply::{Reply, Success};
pub use session::{AgiError, Heard, SendError, Session};
