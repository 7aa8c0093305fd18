//! Deepgram, which hears, and ElevenLabs, which speaks.

use super::{BaseUrl, ConfigError, Keys, Secret};

/// Who hears at Deepgram's.
#[derive(Debug, Clone)]
pub struct DeepgramConfig {
    /// `DEEPGRAM_BASE_URL`.
    pub server: BaseUrl,
    /// `DEEPGRAM_API_KEY`.
    pub key: Secret,
    /// `DEEPGRAM_MODEL`.
    pub model: String,
    /// `DEEPGRAM_LANGUAGE`; empty: the assistant's.
    pub language: String,
}

/// Who speaks at ElevenLabs'.
#[derive(Debug, Clone)]
pub struct ElevenLabsConfig {
    /// `ELEVENLABS_BASE_URL`.
    pub server: BaseUrl,
    /// `ELEVENLABS_API_KEY`.
    pub key: Secret,
    /// `ELEVENLABS_VOICE`: its id.
    pub voice: String,
    /// `ELEVENLABS_MODEL`.
    pub model: String,
}

impl DeepgramConfig {
    /// `None` without a key.
    pub(super) fn read(keys: &Keys) -> Result<Option<Self>, ConfigError> {
        let Some(key) = key(keys, "DEEPGRAM_API_KEY")? else { return Ok(None) };
        Ok(Some(Self {
            server: server(keys, "DEEPGRAM_BASE_URL", "https://api.deepgram.com/v1")?,
            key,
            model: word(keys, "DEEPGRAM_MODEL", "nova-2")?,
            language: word(keys, "DEEPGRAM_LANGUAGE", "")?,
        }))
    }
}

impl ElevenLabsConfig {
    /// `None` without a key.
    pub(super) fn read(keys: &Keys) -> Result<Option<Self>, ConfigError> {
        let Some(key) = key(keys, "ELEVENLABS_API_KEY")? else { return Ok(None) };
        Ok(Some(Self {
            server: server(keys, "ELEVENLABS_BASE_URL", "https://api.elevenlabs.io/v1")?,
            key,
            voice: word(keys, "ELEVENLABS_VOICE", "JBFqnCBsd6RMkjVDRZzb")?,
            model: word(keys, "ELEVENLABS_MODEL", "eleven_turbo_v2_5")?,
        }))
    }
}

fn key(keys: &Keys, name: &str) -> Result<Option<Secret>, ConfigError> {
    let Some(found) = keys.get(name) else { return Ok(None) };
    let sound = found.text.len() <= 1_000 && found.text.bytes().all(|b| b.is_ascii_graphic());
    // it is not shown: it is a secret
    let wrong = || found.error(name, "expected at most 1000 letters, digits and signs".to_owned());
    if sound { Ok(Some(Secret::new(found.text.clone()))) } else { Err(wrong()) }
}

/// It may hold a password: it is not shown.
fn server(keys: &Keys, name: &str, usual: &str) -> Result<BaseUrl, ConfigError> {
    let text = keys.get(name).map_or(usual, |found| found.text.as_str());
    BaseUrl::parse(text).ok_or_else(|| {
        let problem = format!("expected an address such as {usual}");
        let place = keys.get(name).map_or_else(String::new, |found| found.place.clone());
        ConfigError { place, key: name.to_owned(), problem }
    })
}

/// Part of an address: letters, digits and what needs no escape there.
fn word(keys: &Keys, name: &str, usual: &str) -> Result<String, ConfigError> {
    let Some(found) = keys.get(name) else { return Ok(usual.to_owned()) };
    let sound = found.text.len() <= 100
        && found.text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let example = if usual.is_empty() { "fr" } else { usual };
    if sound {
        Ok(found.text.clone())
    } else {
        Err(found.error(name, format!("expected a name such as {example}")))
    }
}
