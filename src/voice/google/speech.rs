//! A mouth: `text:synthesize`, whose LINEAR16 has the head of a WAV.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::json;

use super::{Account, GoogleConfig, Server, Wire, whole_language};
use crate::prompts::Sound;
use crate::voice::{Mouth, Pcm, Pending};

/// Bytes of an answer: two minutes in base64.
const MOST: usize = 120 * 8_000 * 2 * 4 / 3 + 4_096;
/// It refuses more bytes; letters of two are counted so.
const MOST_LETTERS: usize = 2_400;

/// See the module.
pub struct Speech {
    server: Server,
    voice: String,
    language: String,
}

impl Speech {
    /// By that account.
    pub fn new(config: &GoogleConfig, wire: &Wire, account: &Arc<Account>) -> Self {
        let (voice, language) = (config.voice.clone(), config.language.clone());
        Self { server: Server::new(&config.mouth, wire, account), voice, language }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    audio_content: String,
}

impl Mouth for Speech {
    fn name(&self) -> &str {
        "google"
    }

    fn speak(&self, text: &str, language: &str) -> Pending<Pcm> {
        let (server, language) = (self.server.clone(), whole_language(language, &self.language));
        let text: String = text.chars().take(MOST_LETTERS).collect();
        // a voice speaks one language: of another Google chooses
        let voice = match self.voice.starts_with(&language) {
            true => json!({"languageCode": language, "name": self.voice}),
            false => json!({"languageCode": language}),
        };
        let audio = json!({"audioEncoding": "LINEAR16", "sampleRateHertz": 8_000});
        let body = json!({"input": {"text": text}, "voice": voice, "audioConfig": audio});
        Box::pin(async move {
            let answer = server.ask("text:synthesize", body, MOST).await?;
            let answer: Answer = serde_json::from_slice(&answer)
                .map_err(|_| server.refused("its answer is no JSON of a synthesis"))?;
            let sound = STANDARD.decode(answer.audio_content);
            let sound = sound.map_err(|_| server.refused("its sound is no base64"))?;
            let made = tokio::task::spawn_blocking(move || Sound::decode(sound)).await;
            match made {
                Ok(Ok(sound)) => Ok(Pcm::from(sound.samples())),
                Ok(Err(why)) => Err(server.refused(why.words())),
                Err(_) => Err(server.refused("its sound cannot be read")),
            }
        })
    }
}
