//! Servers that speak OpenAI's API: OpenAI's own, vLLM, Ollama, Groq, LocalAI, faster-whisper.
//!
//! ```text
//! Chat    POST chat/completions, streamed ─▶ sse ─▶ answer ─▶ sentences, tools
//! Hearing POST audio/transcriptions, one WAV ─▶ words
//! Speech  POST audio/speech ─▶ PCM of 24 kHz ─▶ 8 kHz
//! ```
//!
//! Each asks once and says honestly what came; times, retries and the breaker are [`super::guard`]'s. The key goes into a
//! header of the request and nowhere else.

mod answer;
mod chat;
mod hearing;
mod sentences;
mod speech;
mod sse;
mod thoughts;

use std::sync::Arc;

use bytes::Bytes;

pub use chat::Chat;
pub use hearing::Hearing;
pub use speech::Speech;

use super::VoiceError;
use super::wire::{KeyIn, Post, Wire};
use crate::config::{BaseUrl, OpenAiConfig, Secret};

/// The server, as the three ask it.
#[derive(Clone)]
struct Server {
    wire: Wire,
    address: Arc<BaseUrl>,
    key: Option<Secret>,
}

impl Server {
    /// The key is for the one server that it was given for.
    fn new(config: &OpenAiConfig, address: &BaseUrl, wire: &Wire) -> Self {
        let key = config.key.clone().filter(|_| *address == config.server);
        Self { wire: wire.clone(), address: Arc::new(address.clone()), key }
    }

    fn post(&self, path: &'static str, content_type: String, body: Vec<u8>) -> super::wire::Hearing {
        let (server, key) = (self.address.clone(), self.key.clone());
        self.wire.post(Post {
            server,
            key,
            key_in: KeyIn::Bearer,
            path: path.into(),
            content_type,
            body: Bytes::from(body),
        })
    }

    /// In its words, without the key.
    fn refused(&self, why: &str) -> VoiceError {
        let words = super::words::without_secrets(why, self.key.as_ref());
        VoiceError::Refused(format!("{}: {words}", self.address.host))
    }
}
