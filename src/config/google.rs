//! Google's speech: whose key, and which voice.

use std::path::{Path, PathBuf};

use super::{BaseUrl, ConfigError, Keys, resolve};

/// Who hears and speaks at Google's.
#[derive(Debug, Clone)]
pub struct GoogleConfig {
    /// `GOOGLE_APPLICATION_CREDENTIALS`: read when it is used.
    pub credentials: PathBuf,
    /// `GOOGLE_TTS_VOICE`.
    pub voice: String,
    /// `GOOGLE_TTS_LANGUAGE`: where none is told.
    pub language: String,
    /// Who speaks.
    pub mouth: BaseUrl,
    /// Who hears.
    pub ears: BaseUrl,
}

impl GoogleConfig {
    /// `None` without a key.
    pub(super) fn read(keys: &Keys, folder: &Path) -> Result<Option<Self>, ConfigError> {
        let Some(credentials) = keys.get("GOOGLE_APPLICATION_CREDENTIALS") else { return Ok(None) };
        let word = |key: &str, usual: &str| match keys.get(key) {
            None => Ok(usual.to_owned()),
            Some(found) if found.text.len() <= 100 && found.text.bytes().all(|b| b.is_ascii_graphic()) => {
                Ok(found.text.clone())
            }
            Some(found) => Err(found.error(key, format!("expected a name such as {usual}"))),
        };
        let at = |host: &str| BaseUrl { secure: true, host: host.into(), port: 443, path: "/v1".into() };
        Ok(Some(Self {
            credentials: resolve(folder, &credentials.text),
            voice: word("GOOGLE_TTS_VOICE", "fr-FR-Wavenet-A")?,
            language: word("GOOGLE_TTS_LANGUAGE", "fr-FR")?,
            mouth: at("texttospeech.googleapis.com"),
            ears: at("speech.googleapis.com"),
        }))
    }
}
