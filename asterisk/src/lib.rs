//! Asterisk's wire formats, and the event socket of FreeSWITCH, without I/O: bytes in, messages out, and the reverse.
//!
//! Nothing here opens a socket, reads a clock or knows an actor. A codec never awaits; a codec fed
//! byte by byte yields what it yields when fed whole; every limit is explicit and passing one is an
//! error that names it.

pub mod agi;
pub mod ami;
pub mod audiosocket;
#[cfg(feature = "fixtures")]
pub mod fixtures;
pub mod freeswitch;
#[cfg(feature = "fixtures")]
pub mod fuzz;
