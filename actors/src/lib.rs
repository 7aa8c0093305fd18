//! Who lives in Vigie, who restarts, and what stands on the board.
//!
//! No socket, no HTTP, no SQL here: what reads from a PBX or writes to it comes in through [`ports`].

pub mod command;
pub mod keys;
pub mod ports;
pub mod view;
