//! A dialogue written as data, in place of a model: states with what is said, the answers that are expected, and where each
//! leads. Without an account anywhere an assistant holds a conversation by it, in words and by keys.
//!
//! ```text
//! TOML ─shape, checks─▶ Dialogue · what the caller said so far ─walk─▶ state, slots ─▶ sentences, an end
//! ```
//!
//! * `data` is how it is written, and what of it is wrong, by name;
//! * `walk` is where a caller stands, told from all that he said: nothing is kept between his turns.
//!
//! Who is not understood is told the keys; who is not understood twice in a row is brought to a human.

mod data;
#[cfg(test)]
mod tests;
mod walk;

use std::sync::Arc;

use tokio::sync::mpsc;

pub use data::Dialogue;
use walk::{End, Turn};

use super::{Conversation, HANG_UP, Mind, Piece, Said, Speaker, TRANSFER, VoiceError};

/// A mind that follows a dialogue.
pub struct Scripted(Arc<Dialogue>);

impl Scripted {
    /// That one.
    pub fn new(dialogue: Arc<Dialogue>) -> Self {
        Self(dialogue)
    }

    fn turn(&self, conversation: &Conversation) -> Turn<'_> {
        let said = conversation.lines.iter().filter_map(|line| match line {
            Said::By(Speaker::Caller, text) => Some(text.as_str()),
            Said::By(Speaker::Assistant | Speaker::Supervisor, _) | Said::Tool(_) => None,
        });
        walk::walk(&self.0, said)
    }
}

impl Mind for Scripted {
    fn answer(&self, conversation: Conversation) -> mpsc::Receiver<Result<Piece, VoiceError>> {
        let Turn { says, end, .. } = self.turn(&conversation);
        let tool = |name: &str| Piece::Tool { name: name.to_owned(), arguments: "{}".to_owned() };
        let mut pieces: Vec<Piece> = says.into_iter().map(Piece::Sentence).collect();
        pieces.extend(end.map(|end| match end {
            End::Human => tool(TRANSFER),
            End::Goodbye => tool(HANG_UP),
        }));
        pieces.push(Piece::Over { tokens_in: 0, tokens_out: 0 });
        let (to, told) = mpsc::channel(pieces.len());
        for piece in pieces {
            // there is room for all of them
            let _ = to.try_send(Ok(piece));
        }
        told
    }

    fn expects(&self, conversation: &Conversation) -> Vec<String> {
        self.turn(conversation).expects()
    }
}
