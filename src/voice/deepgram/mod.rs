//! Deepgram: ears that hear while the caller speaks, over a WebSocket; whole utterances over HTTP where that died.
//!
//! ```text
//! frames ─binary─▶ listen   KeepAlive every 4 s without a frame · Finalize when he has finished · CloseStream at the end
//!        ◀─text── Results (interim, is_final, speech_final, from_finalize) · UtteranceEnd · Error
//! ```
//!
//! `is_final` ends a piece of what he says, `speech_final` and `UtteranceEnd` his turn.

mod live;
mod results;

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;

use super::wire::{KeyIn, Post, Wire, whole};
use super::{Ear, Ears, Pcm, Pending, Understood, VoiceError};
use crate::config::{BaseUrl, DeepgramConfig, Secret};

/// Bytes of an answer.
const MOST: usize = 256 * 1024;
/// Letters of what was said.
const MOST_LETTERS: usize = 4_000;

/// See the module.
pub struct Hearing {
    wire: Wire,
    server: Arc<BaseUrl>,
    key: Secret,
    model: String,
    /// Empty: the assistant's.
    language: String,
}

impl Hearing {
    /// The configured one.
    pub fn new(config: &DeepgramConfig, wire: &Wire) -> Self {
        Self {
            wire: wire.clone(),
            server: Arc::new(config.server.clone()),
            key: config.key.clone(),
            model: config.model.clone(),
            language: config.language.clone(),
        }
    }

    /// What both ways say of what comes: values are letters and signs that need no escape.
    fn query(&self, language: &str) -> String {
        let language = if self.language.is_empty() { language } else { &self.language };
        format!(
            "listen?model={}&language={language}&encoding=linear16&sample_rate=8000&channels=1&punctuate=true",
            self.model
        )
    }
}

impl Ears for Hearing {
    fn understand(&self, utterance: Pcm, language: &str) -> Pending<Understood> {
        let (wire, server, key, path) =
            (self.wire.clone(), self.server.clone(), self.key.clone(), self.query(language));
        Box::pin(async move {
            let body = tokio::task::spawn_blocking(move || {
                Bytes::from_iter(utterance.iter().flat_map(|sample| sample.to_le_bytes()))
            });
            let host = server.host.clone();
            let refused = |why: &str| VoiceError::Refused(format!("{host}: {why}"));
            let body = body.await.map_err(|_| refused("what was said cannot be sent"))?;
            let content_type = "application/octet-stream".to_owned();
            let post =
                Post { server, key: Some(key), key_in: KeyIn::Token, path: path.into(), content_type, body };
            let (_, answer) = whole(wire.post(post), MOST).await?;
            let answer: Answer = serde_json::from_slice(&answer)
                .map_err(|_| refused("its answer is no JSON of a transcription"))?;
            let best = answer.results.channels.into_iter().next();
            let best = best.and_then(|channel| channel.alternatives.into_iter().next()).unwrap_or_default();
            if best.transcript.len() > MOST_LETTERS {
                return Err(refused("nobody said so much"));
            }
            Ok(best.understood())
        })
    }

    fn is_live(&self) -> bool {
        true
    }

    fn open(&self, language: &str) -> Option<Ear> {
        let (ear, outlet, to) = Ear::open();
        let (server, key) = (self.server.clone(), self.key.clone());
        let path = format!(
            "{}&interim_results=true&vad_events=true&endpointing=400&utterance_end_ms=1000",
            self.query(language)
        );
        self.wire.work(to, move |servers, to| live::listen(servers, server, key, path, outlet, to));
        Some(ear)
    }
}

#[derive(Deserialize)]
struct Answer {
    results: Channels,
}

#[derive(Deserialize)]
struct Channels {
    channels: Vec<Channel>,
}

#[derive(Deserialize)]
struct Channel {
    #[serde(default)]
    alternatives: Vec<Alternative>,
}

#[derive(Default, Deserialize)]
struct Alternative {
    #[serde(default)]
    transcript: String,
    confidence: Option<f64>,
}

impl Alternative {
    fn understood(self) -> Understood {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
        let percent = |sure: f64| (sure.clamp(0.0, 1.0) * 100.0).round() as u8;
        let text = self.transcript.trim().to_owned();
        let confidence = self.confidence.filter(|_| !text.is_empty()).map(percent);
        Understood { text, confidence }
    }
}
