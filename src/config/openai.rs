//! A server that hears, thinks and speaks as OpenAI's does.

use super::{ConfigError, Found, Keys, Secret};

const BASE_URL: &str = "OPENAI_BASE_URL";
const API_KEY: &str = "OPENAI_API_KEY";

/// OpenAI's, or any that speaks its API.
#[derive(Debug, Clone)]
pub struct OpenAiConfig {
    /// `OPENAI_BASE_URL`.
    pub server: BaseUrl,
    /// `OPENAI_API_KEY`; servers of one's own often want none.
    pub key: Option<Secret>,
    /// `OPENAI_MODEL`.
    pub model: String,
    /// `OPENAI_SYSTEM_PROMPT`: for assistants without one of their own.
    pub prompt: String,
    /// `OPENAI_STT_BASE_URL`: who hears; asked without the key where that is another server.
    pub ears_server: BaseUrl,
    /// `OPENAI_STT_MODEL`.
    pub ears: String,
    /// `OPENAI_TTS_BASE_URL`: who speaks; the same.
    pub mouth_server: BaseUrl,
    /// `OPENAI_TTS_MODEL`.
    pub mouth: String,
    /// `OPENAI_TTS_VOICE`.
    pub voice: String,
}

/// Where an API begins: `https://api.openai.com/v1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    /// TLS.
    pub secure: bool,
    /// Its name or address, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// With a slash before it and none behind it; may be empty.
    pub path: String,
}

impl BaseUrl {
    /// The address of a part of it.
    pub fn of(&self, part: &str) -> String {
        let Self { secure, host, port, path } = self;
        let scheme = if *secure { "https" } else { "http" };
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        // no port where it is the usual one: some servers compare the header Host
        match (secure, port) {
            (true, 443) | (false, 80) => format!("{scheme}://{host}{path}/{part}"),
            _ => format!("{scheme}://{host}:{port}{path}/{part}"),
        }
    }

    /// Without a version at its end it is that of version 1, unless it has a path of its own.
    pub fn parse(text: &str) -> Option<Self> {
        let (secure, rest) = match text.split_once("://")? {
            ("https", rest) => (true, rest),
            ("http", rest) => (false, rest),
            _ => return None,
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()?),
            _ => (authority, if secure { 443 } else { 80 }),
        };
        let host = match host.strip_prefix('[') {
            Some(inner) => inner.strip_suffix(']').filter(|inner| inner.contains(':'))?,
            None if host.contains(':') => return None,
            None => host,
        };
        let path = path.trim_end_matches('/');
        let sound_host = !host.is_empty()
            && host.len() <= 253
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:".contains(&b));
        let sound_path = path.len() <= 200
            && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/".contains(&b))
            && !path.ends_with("/chat/completions");
        let path = if path.is_empty() { "/v1" } else { path };
        let host = host.to_ascii_lowercase();
        (sound_host && sound_path && port > 0).then(|| Self { secure, host, port, path: path.to_owned() })
    }
}

impl OpenAiConfig {
    /// `None` without a key and an address.
    pub(super) fn read(keys: &Keys) -> Result<Option<Self>, ConfigError> {
        let (key, address) = (keys.get(API_KEY), keys.get(BASE_URL));
        if key.is_none() && address.is_none() {
            return Ok(None);
        }
        let server = match address {
            Some(found) => address_of(BASE_URL, found)?,
            None => BaseUrl { secure: true, host: "api.openai.com".into(), port: 443, path: "/v1".into() },
        };
        let other =
            |key: &str| keys.get(key).map_or_else(|| Ok(server.clone()), |found| address_of(key, found));
        let key = key.map(|found| {
            let sound = found.text.len() <= 1_000 && found.text.bytes().all(|b| b.is_ascii_graphic());
            // it is not shown: it is a secret
            let wrong = || found.error(API_KEY, "expected at most 1000 letters, digits and signs".to_owned());
            if sound { Ok(Secret::new(found.text.clone())) } else { Err(wrong()) }
        });
        let word = |key: &str, usual: &str| match keys.get(key) {
            None => Ok(usual.to_owned()),
            Some(found) if found.text.len() <= 200 && !found.text.contains(char::is_control) => {
                Ok(found.text.clone())
            }
            Some(found) => Err(found.error(key, "expected a name of at most 200 letters".to_owned())),
        };
        Ok(Some(Self {
            ears_server: other("OPENAI_STT_BASE_URL")?,
            mouth_server: other("OPENAI_TTS_BASE_URL")?,
            server,
            key: key.transpose()?,
            model: word("OPENAI_MODEL", "gpt-4o-mini")?,
            prompt: keys.get("OPENAI_SYSTEM_PROMPT").map_or_else(String::new, |found| found.text.clone()),
            ears: word("OPENAI_STT_MODEL", "whisper-1")?,
            mouth: word("OPENAI_TTS_MODEL", "tts-1")?,
            voice: word("OPENAI_TTS_VOICE", "alloy")?,
        }))
    }
}

/// One may hold a password: it is not shown.
fn address_of(key: &str, found: &Found) -> Result<BaseUrl, ConfigError> {
    let problem = "expected an address such as https://api.openai.com/v1 or http://127.0.0.1:11434/v1";
    BaseUrl::parse(&found.text).ok_or_else(|| found.error(key, problem.to_owned()))
}
