//! What a caller hears: flows of nodes, and one walk through a flow for each caller.
//!
//! ```text
//! Drawing (JSON, as it is stored) ─compile─▶ Flow + faults ─▶ Walk ⇄ FastAGI commands and their answers
//!                                      ▲                       └───⇄ what others are asked, and what they say
//!                                    Known: queues, flows, trunks, prompts
//! ```
//!
//! * [`Drawing`] is what a front end draws and what stands in the database, with everything in it that is not ours;
//! * [`Flow`] is what can be walked; [`Fault`]s name the node and what is wrong with it;
//! * [`Walk`] is one caller's way: pure, fed with answers and the time, it says what to send next, or whom to ask;
//! * [`Variables`] are what a call knows. Text with variables in it is a [`Template`]; where it goes says how values are
//!   written there, so that none means anything but itself.
//!
//! No socket, no database and no clock lives here.

mod compile;
mod condition;
mod drawing;
mod fault;
mod flow;
mod opening;
mod read;
mod request;
mod template;
#[cfg(test)]
mod tests;
mod told;
mod variables;
mod walk;

pub use compile::{compile, compile_knowing};
pub use condition::{Case, Is, Test};
pub use drawing::{Connection, Drawing, DrawnNode};
pub use fault::{Fault, Gravity, Known, Unasked};
pub use flow::WantsCallback;
pub use flow::{Assign, Does, Entry, Flow, Language, Menu, MenuOption, Node, Say, Stay, To, Transfer};
pub use opening::{Event, Opening};
pub use request::{Body, HttpAnswer, HttpAsk, Method, Request, Save};
pub use template::Template;
pub use told::{CannotGo, WalkOrder, WalkTold};
pub use variables::{LONGEST_VALUE, MOST_VARIABLES, Variables};
pub use walk::{Ask, CallbackAsk, Caller, Conversation, End, Next, SENT_ON, Stays, Told, Visit, Walk, World};
