//! A conversation of a caller with an assistant: what is said, when, and when it is over.
//!
//! ```text
//! ears, voice, model, PBX, supervisor ─Input─▶ Session ─Act─▶ voice, model, tools, PBX
//!                                                 └─▶ phase, transcript
//! ```
//!
//! * [`Assistant`] is one version of an assistant: its phrases, its times, its words;
//! * [`Session`] is one conversation: pure, fed with what happens and the time. Audio never comes here, only that somebody
//!   began to speak, what he said, and how much of a sentence was played.
//!
//! * `told` is what a conversation tells the floor of itself, and what it is ordered; `orders` says which orders it takes when.
//!
//! Everything that is said has a generation. Who interrupts begins the next one: what is older is silenced, and what
//! a model or a voice still brings of it is dropped wherever it arrives.
//!
//! No socket, no clock and no engine lives here.

mod assistant;
mod events;
mod orders;
mod playing;
mod session;
#[cfg(test)]
mod tests;
mod told;
mod transcript;

pub use assistant::{Assistant, Phrases, Times, Words};
pub use events::{Act, After, Generation, Input, Next, Order, Part, Phase, ToolUse};
pub use playing::Position;
pub use session::Session;
pub(crate) use told::whole_ms;
pub use told::{SessionCaller, SessionOrder, SessionTold};
pub use transcript::{Line, Who};
