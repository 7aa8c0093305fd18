//! What callers hear: prompts that were uploaded, recorded or spoken, and sentences of flows that a voice says.
//!
//! ```text
//! upload ─▶ audio (8 kHz, one channel) ─▶ PostgreSQL ─version moves─▶ PromptBook ─▶ shelf (files) ─▶ STREAM FILE
//! sentence of a flow ─▶ voice (espeak-ng, in the background) ─▶ shelf
//! ```
//!
//! The database has the sound itself: a folder that was lost, or that of another machine, is filled again from it. A
//! [`PromptBook`] is a whole picture that nobody changes; [`Prompts`] has the newest and looks at the database's version
//! every second. What a node names is looked up in this order ([`Means`]): a prompt by its id, a prompt by its name, a
//! sound of Asterisk's, else it is a sentence.
//!
//! What does not live here: who may change prompts (`http::prompts`), how a file is named for a PBX (`app::agi`).

mod audio;
mod book;
mod follow;
mod known;
mod shelf;
mod store;
mod uses;
mod voice;
mod wav;

pub use audio::{MOST_S, Sound, Unfit};
pub use book::{Kind, Language, Prompt, PromptBook};
pub use follow::{Prompts, Settings};
pub use known::{Means, sound_of_asterisk};
pub use store::{Denied, New};
pub use uses::Use;
pub use voice::{MOST_LETTERS, USUAL, on_the_path, say};

/// Bytes of an upload.
pub const MOST_BYTES: usize = 10 << 20;
/// Prompts at once.
pub const MOST_PROMPTS: usize = 500;

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
