//! `[assistant]`: who answers callers that Asterisk brings over AudioSocket.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use super::toml_file::RawAssistant;
use super::{ConfigError, Keys, PbxConfig, agi};

/// Letters of a sentence, at most: as many as a voice takes.
const MOST_LETTERS: usize = 1_000;
/// Words that lead to a human, and fillers.
const MOST: usize = 100;
/// Letters of what a model is told of itself.
const MOST_PROMPT: usize = 20_000;
/// AudioSocket's port, as the voicebots of others have it.
const USUAL: u16 = 9090;

/// Where Asterisk brings voices, and who answers there.
#[derive(Debug, Clone)]
pub struct AssistantConfig {
    /// `AUDIOSOCKET_HOST`, `AUDIOSOCKET_PORT`.
    pub addr: SocketAddr,
    /// As it is called.
    pub name: String,
    /// `fr`, `en`; `None`: the language of the settings.
    pub language: Option<String>,
    /// What it says, where it is not what everybody says in that language.
    pub greeting: Option<String>,
    /// To who says nothing.
    pub reminder: Option<String>,
    /// When it did not understand.
    pub sorry: Option<String>,
    /// Before a human.
    pub handing_over: Option<String>,
    /// Last.
    pub goodbye: Option<String>,
    /// While an answer takes long.
    pub fillers: Option<Vec<String>>,
    /// The key for a human.
    pub human_key: Option<char>,
    /// Words for one.
    pub human_words: Vec<String>,
    /// Words of anger.
    pub anger_words: Vec<String>,
    /// Where callers go for a human: `context,extension,priority`.
    pub fallback: Option<String>,
    /// Whether it speaks with callers of whom AMI tells nothing.
    pub takes_unknown: bool,
    /// Who it is, for its model; `None`: `OPENAI_SYSTEM_PROMPT`.
    pub prompt: Option<String>,
    /// What its model may have done, of [`TOOLS`].
    pub tools: Vec<String>,
    /// Where its model may have callers connected, by name: `context,extension,priority`.
    pub places: BTreeMap<String, String>,
    /// What its tickets may be about; empty: anything.
    pub tags: Vec<String>,
    /// Seconds without a word, until it asks, and until it gives up.
    pub silence_s: u32,
    /// Seconds of a whole conversation.
    pub longest_s: u32,
}

/// What an assistant's model may have done.
pub const TOOLS: [&str; 5] = ["look_up_caller", "open_ticket", "call_back", "transfer", "hang_up"];

impl AssistantConfig {
    /// `None` without the section, and with `AUDIOSOCKET_PORT=off`.
    pub(super) fn read(
        keys: &Keys,
        pbxs: &[PbxConfig],
        section: Option<(String, RawAssistant)>,
    ) -> Result<Option<Self>, ConfigError> {
        let Some((place, raw)) = section else { return Ok(None) };
        let Some(addr) = addr(keys, pbxs)? else { return Ok(None) };
        let wrong = |key: &str, problem: String| ConfigError {
            place: place.clone(),
            key: format!("assistant.{key}"),
            problem,
        };
        let sentence = |key: &str, text: &Option<String>| match text.as_deref().map(str::trim) {
            Some(said) if said.is_empty() || said.chars().count() > MOST_LETTERS => {
                Err(wrong(key, format!("expected a sentence of 1 to {MOST_LETTERS} letters")))
            }
            _ => Ok(()),
        };
        for (key, text) in [
            ("name", &raw.name),
            ("greeting", &raw.greeting),
            ("reminder", &raw.reminder),
            ("sorry", &raw.sorry),
            ("handing_over", &raw.handing_over),
            ("goodbye", &raw.goodbye),
        ] {
            sentence(key, text)?;
        }
        let all = [
            ("fillers", &raw.fillers),
            ("human_words", &raw.human_words),
            ("anger_words", &raw.anger_words),
            ("tags", &raw.tags),
        ];
        for (key, texts) in all {
            let texts = texts.as_deref().unwrap_or_default();
            if texts.len() > MOST {
                return Err(wrong(key, format!("expected at most {MOST}")));
            }
            texts.iter().try_for_each(|text| sentence(key, &Some(text.clone())))?;
        }
        if let Some(language) = raw.language.as_deref().filter(|word| !["fr", "en"].contains(word)) {
            return Err(wrong("language", format!("`{language}`, expected fr or en")));
        }
        let human_key = match raw.human_key.as_deref() {
            None => Some('0'),
            Some("off") => None,
            Some(text) => {
                let mut keys = text.chars();
                let key = keys.next().filter(|key| "0123456789*#".contains(*key) && keys.next().is_none());
                let problem = || format!("`{text}`, expected one key such as \"0\", or \"off\"");
                Some(key.ok_or_else(|| wrong("human_key", problem()))?)
            }
        };
        if let Some(fallback) = raw.fallback.as_deref().filter(|text| !is_place(text)) {
            let problem =
                format!("`{fallback}`, expected context,extension,priority such as \"queues,500,1\"");
            return Err(wrong("fallback", problem));
        }
        if let Some(tool) = raw.tools.iter().flatten().find(|tool| !TOOLS.contains(&tool.as_str())) {
            return Err(wrong("tools", format!("`{tool}`, expected some of {}", TOOLS.join(", "))));
        }
        let places = raw.places.unwrap_or_default();
        if places.len() > MOST {
            return Err(wrong("places", format!("expected at most {MOST}")));
        }
        for (name, place) in &places {
            sentence("places", &Some(name.clone()))?;
            if !is_place(place) {
                let problem =
                    format!("`{place}`, expected context,extension,priority such as \"queues,500,1\"");
                return Err(wrong(&format!("places.{name}"), problem));
            }
        }
        if raw.prompt.as_ref().is_some_and(|prompt| prompt.chars().count() > MOST_PROMPT) {
            return Err(wrong("prompt", format!("expected at most {MOST_PROMPT} letters")));
        }
        let seconds = |key: &str, value: Option<u32>, usual: u32, most: u32| match value.unwrap_or(usual) {
            s if (1..=most).contains(&s) => Ok(s),
            s => Err(wrong(key, format!("`{s}`, expected 1 to {most} seconds"))),
        };
        let small = |words: Option<Vec<String>>| {
            words.unwrap_or_default().iter().map(|word| word.trim().to_lowercase()).collect()
        };
        Ok(Some(Self {
            addr,
            silence_s: seconds("silence_s", raw.silence_s, 10, 60)?,
            longest_s: seconds("longest_s", raw.longest_s, 600, 7_200)?,
            name: raw.name.unwrap_or_else(|| "Assistant".to_owned()),
            language: raw.language,
            greeting: raw.greeting,
            reminder: raw.reminder,
            sorry: raw.sorry,
            handing_over: raw.handing_over,
            goodbye: raw.goodbye,
            fillers: raw.fillers,
            human_key,
            human_words: small(raw.human_words),
            anger_words: small(raw.anger_words),
            fallback: raw.fallback,
            takes_unknown: raw.takes_unknown.unwrap_or(false),
            prompt: raw.prompt,
            tools: raw.tools.unwrap_or_default(),
            places,
            tags: raw.tags.unwrap_or_default(),
        }))
    }
}

fn addr(keys: &Keys, pbxs: &[PbxConfig]) -> Result<Option<SocketAddr>, ConfigError> {
    let port = match keys.get("AUDIOSOCKET_PORT") {
        None => USUAL,
        Some(found) if found.text == "off" => return Ok(None),
        Some(found) => {
            let wrong =
                |_| found.error("AUDIOSOCKET_PORT", format!("`{}`, expected a port, or off", found.text));
            found.text.parse::<u16>().map_err(wrong)?
        }
    };
    let host = match keys.get("AUDIOSOCKET_HOST") {
        Some(found) => {
            let problem = || format!("`{}`, expected an address of this machine", found.text);
            found.text.parse::<IpAddr>().map_err(|_| found.error("AUDIOSOCKET_HOST", problem()))?
        }
        None => agi::usual_host(pbxs),
    };
    Ok(Some(SocketAddr::new(host, port)))
}

/// `context,extension,priority`, of names that a dialplan can have: it goes there as it is written.
fn is_place(text: &str) -> bool {
    let parts: Vec<&str> = text.split(',').collect();
    let plain = |name: &&str| {
        (1..=80).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"*#+_.-".contains(&b))
    };
    parts.len() == 3 && parts.iter().all(plain)
}

/// `AUDIOSOCKET_DIAL`: it goes to Asterisk as it is written.
pub(super) fn dial(keys: &Keys) -> Result<Option<String>, ConfigError> {
    let Some(found) = keys.get("AUDIOSOCKET_DIAL") else { return Ok(None) };
    let host = |host: &str| match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(v6) => v6.parse::<Ipv6Addr>().is_ok(),
        None => {
            (1..=253).contains(&host.len())
                && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        }
    };
    let sound = found
        .text
        .rsplit_once(':')
        .is_some_and(|(name, port)| host(name) && port.parse::<u16>().is_ok_and(|port| port > 0));
    match sound {
        true => Ok(Some(found.text.clone())),
        false => {
            let problem = format!("`{}`, expected host:port such as vigie.example:9090", found.text);
            Err(found.error("AUDIOSOCKET_DIAL", problem))
        }
    }
}
