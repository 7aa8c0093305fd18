//! Who lives in Vigie, who restarts, and what stands on the board.
//!
//! No socket, no HTTP, no SQL here: what reads from a PBX or writes to it comes in through [`ports`].

pub mod agent;
pub mod board;
pub mod call;
pub mod command;
pub mod fact;
pub mod keys;
pub mod ports;
pub mod queue;
pub mod registry;
pub mod replay;
pub mod resync;
pub mod router;
pub mod settings;
pub mod shell;
pub mod supervision;
#[cfg(any(test, feature = "fault-injection"))]
pub mod testing;
pub mod trunk;
pub mod view;
