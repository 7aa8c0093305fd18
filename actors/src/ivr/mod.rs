//! What a caller hears: flows of nodes, and one walk through a flow for each caller.
//!
//! ```text
//! Drawing (JSON, as it is stored) ─compile─▶ Flow + faults ─▶ Walk ⇄ FastAGI commands and their answers
//! ```
//!
//! * [`Drawing`] is what a front end draws and what stands in the database, with everything in it that is not ours;
//! * [`Flow`] is what can be walked; [`Fault`]s name the node and what is wrong with it;
//! * [`Walk`] is one caller's way: pure, fed with answers and the time, it says what to send next.
//!
//! No socket, no database and no clock lives here.

mod drawing;
mod flow;
mod opening;
#[cfg(test)]
mod tests;
mod told;
mod walk;

pub use drawing::{Connection, Drawing, DrawnNode};
pub use flow::{Does, Fault, Flow, Gravity, Menu, MenuOption, Node, compile};
pub use opening::{Event, Opening};
pub use told::{CannotGo, Told, WalkOrder};
pub use walk::{Caller, End, Next, SENT_ON, Stays, Visit, Walk, World};
