//! Ears: `speech:recognize`, one utterance of at most a minute.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::{Account, GoogleConfig, Server, Wire, whole_language};
use crate::voice::{Ears, Pcm, Pending, Understood};

/// Bytes of an answer.
const MOST: usize = 256 * 1024;
/// It refuses more; a caller who talks longer is heard to here.
const MOST_SAMPLES: usize = 59 * 8_000;

/// See the module.
pub struct Hearing {
    server: Server,
    language: String,
}

impl Hearing {
    /// By that account.
    pub fn new(config: &GoogleConfig, wire: &Wire, account: &Arc<Account>) -> Self {
        Self { server: Server::new(&config.ears, wire, account), language: config.language.clone() }
    }
}

impl Ears for Hearing {
    fn name(&self) -> &str {
        "google"
    }

    fn understand(&self, utterance: Pcm, language: &str) -> Pending<Understood> {
        let (server, language) = (self.server.clone(), whole_language(language, &self.language));
        Box::pin(async move {
            let heard = utterance.get(..MOST_SAMPLES).unwrap_or(&utterance);
            let bytes: Vec<u8> = heard.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            // as the telephone has it: it is best at what was not made wider
            let body = json!({
                "config": {
                    "encoding": "LINEAR16",
                    "sampleRateHertz": 8_000,
                    "languageCode": language,
                    "enableAutomaticPunctuation": true,
                },
                "audio": {"content": STANDARD.encode(bytes)},
            });
            let answer = server.ask("speech:recognize", body, MOST).await?;
            let answer: Answer = serde_json::from_slice(&answer)
                .map_err(|_| server.refused("its answer is no JSON of a recognition"))?;
            Ok(answer.understood())
        })
    }
}

#[derive(Deserialize)]
struct Answer {
    /// Absent where nobody said anything.
    #[serde(default)]
    results: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    alternatives: Vec<Alternative>,
}

#[derive(Deserialize)]
struct Alternative {
    #[serde(default)]
    transcript: String,
    confidence: Option<f64>,
}

impl Answer {
    fn understood(self) -> Understood {
        let best: Vec<_> =
            self.results.into_iter().filter_map(|part| part.alternatives.into_iter().next()).collect();
        let text = best.iter().map(|best| best.transcript.trim()).collect::<Vec<_>>().join(" ");
        // 0 is how it says that it does not know
        let sure: Vec<f64> =
            best.iter().filter_map(|best| best.confidence).filter(|sure| *sure > 0.0).collect();
        let mean = sure.iter().sum::<f64>() / sure.len().max(1) as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
        let percent = (mean.clamp(0.0, 1.0) * 100.0).round() as u8;
        Understood { confidence: (!sure.is_empty() && !text.is_empty()).then_some(percent), text }
    }
}
