//! ElevenLabs: a mouth that is heard while it speaks.
//!
//! `POST text-to-speech/{voice}/stream` of its API, asked for PCM of 8 kHz, which is played as it comes.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::mpsc;

use super::pouring::pour;
use super::wire::{KeyIn, Post, Wire};
use super::{Mouth, Pcm, Pending, Spoken, VoiceError, on_runtime};
use crate::config::{BaseUrl, ElevenLabsConfig, Secret};

/// Of a sentence: two minutes.
const MOST: usize = 120 * 8_000 * 2;
/// What it is asked for, Hz.
const RATE: u32 = 8_000;
/// Letters that are spoken in one go.
const MOST_LETTERS: usize = 5_000;
/// Parts that wait to be played; then the server waits.
const MOST_PARTS: usize = 8;

/// See the module.
pub struct Speech {
    wire: Wire,
    server: Arc<BaseUrl>,
    key: Secret,
    voice: String,
    model: String,
}

impl Speech {
    /// The configured one.
    pub fn new(config: &ElevenLabsConfig, wire: &Wire) -> Self {
        Self {
            wire: wire.clone(),
            server: Arc::new(config.server.clone()),
            key: config.key.clone(),
            voice: config.voice.clone(),
            model: config.model.clone(),
        }
    }
}

impl Mouth for Speech {
    fn speak(&self, text: &str, language: &str) -> Pending<Pcm> {
        let parts = self.stream(text, language);
        Box::pin(super::gathered(parts))
    }

    fn stream(&self, text: &str, language: &str) -> mpsc::Receiver<Result<Spoken, VoiceError>> {
        let text: String = text.chars().take(MOST_LETTERS).collect();
        let mut body = json!({"text": text, "model_id": self.model});
        // other models hear it from the text, and refuse to be told
        if self.model.ends_with("_v2_5") && !language.is_empty() {
            body["language_code"] = language.split(['-', '_']).next().into();
        }
        let (server, voice) = (self.server.clone(), &self.voice);
        let post = Post {
            key: Some(self.key.clone()),
            key_in: KeyIn::Own,
            path: format!("text-to-speech/{voice}/stream?output_format=pcm_8000").into(),
            content_type: "application/json".into(),
            body: body.to_string().into(),
            server: server.clone(),
        };
        let (to, parts) = mpsc::channel(MOST_PARTS);
        let hearing = self.wire.post(post);
        on_runtime(to, move |to| async move {
            let refused = |why: &str| VoiceError::Refused(format!("{}: {why}", server.host));
            if let Err(why) = pour(hearing, RATE, MOST, &to, refused).await {
                let _ = to.send(Err(why)).await;
            }
        });
        parts
    }
}
