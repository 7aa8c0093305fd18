//! `vigie.toml` as it is written, before any meaning is given to it.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{ConfigError, Found};

/// The file, its values with the line they stand on.
#[derive(Default)]
pub(super) struct File {
    pub(super) http_addr: Option<Found>,
    pub(super) allow_plain_ami: bool,
    pub(super) pbxs: Vec<Section>,
    pub(super) numbers: Option<super::NumbersSection>,
    /// `[figures]`, and where it stands.
    pub(super) figures: Option<(String, RawFigures)>,
    pub(super) retention: Option<RawRetention>,
    /// `[assistant]`, and where it stands.
    pub(super) assistant: Option<(String, RawAssistant)>,
}

/// One `[[pbx]]`.
#[derive(Default)]
pub(super) struct Section {
    pub(super) place: String,
    pub(super) raw: RawPbx,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    http_addr: Option<Spanned<String>>,
    #[serde(default)]
    allow_plain_ami: bool,
    #[serde(default)]
    pbx: Vec<Spanned<RawPbx>>,
    numbers: Option<Spanned<toml::Table>>,
    figures: Option<Spanned<RawFigures>>,
    retention: Option<RawRetention>,
    assistant: Option<Spanned<RawAssistant>>,
}

/// The keys of `[assistant]`; what they mean is said at [`super::AssistantConfig`].
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAssistant {
    pub(super) name: Option<String>,
    pub(super) language: Option<String>,
    pub(super) greeting: Option<String>,
    pub(super) reminder: Option<String>,
    pub(super) sorry: Option<String>,
    pub(super) handing_over: Option<String>,
    pub(super) goodbye: Option<String>,
    pub(super) fillers: Option<Vec<String>>,
    pub(super) human_key: Option<String>,
    pub(super) human_words: Option<Vec<String>>,
    pub(super) anger_words: Option<Vec<String>>,
    pub(super) fallback: Option<String>,
    pub(super) takes_unknown: Option<bool>,
    pub(super) prompt: Option<String>,
    pub(super) tools: Option<Vec<String>>,
    pub(super) places: Option<BTreeMap<String, String>>,
    pub(super) tags: Option<Vec<String>>,
    pub(super) silence_s: Option<u32>,
    pub(super) longest_s: Option<u32>,
}

/// The keys of `[retention]`; what they mean is said at [`super::RetentionConfig`].
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRetention {
    pub(super) calls_days: Option<u32>,
    pub(super) queues_days: Option<u32>,
    pub(super) agents_days: Option<u32>,
    pub(super) recordings_days: Option<u32>,
    pub(super) messages_days: Option<u32>,
    pub(super) ai_days: Option<u32>,
}

/// The keys of `[figures]`; what they mean is said at [`super::FiguresConfig`].
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFigures {
    pub(super) zone: Option<String>,
    pub(super) day_start: Option<String>,
    pub(super) threshold_s: Option<u32>,
    pub(super) short_abandon_s: Option<u32>,
}

/// The keys of a `[[pbx]]`; what they mean is said at [`super::PbxConfig`].
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPbx {
    pub(super) name: Option<String>,
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) username: Option<String>,
    pub(super) secret: Option<String>,
    pub(super) tls: Option<bool>,
    pub(super) tls_ca: Option<String>,
    pub(super) tls_name: Option<String>,
    pub(super) trunks: Option<Vec<String>>,
    pub(super) agents: Option<Vec<String>>,
    pub(super) wrap_up_s: Option<u32>,
    #[serde(default)]
    pub(super) wrap_up_s_by_queue: std::collections::BTreeMap<String, u32>,
    pub(super) transfer_context: Option<String>,
    pub(super) transfer_contexts: Option<Vec<String>>,
    pub(super) recordings: Option<String>,
    pub(super) sounds: Option<String>,
}

pub(super) fn parse(text: &str, file: &str) -> Result<File, ConfigError> {
    let raw: RawFile = toml::from_str(text).map_err(|e| {
        if let Some(mistake) = super::toml_words::first_mistake(text) {
            let place = format!("{file}:{}", line_of(text, mistake.at));
            return ConfigError { place, key: mistake.key, problem: mistake.words };
        }
        let place = match e.span() {
            Some(span) => format!("{file}:{}", line_of(text, span.start)),
            None => file.to_owned(),
        };
        // `message` names the key and what was expected; the full text would quote the line, which
        // may hold a secret.
        ConfigError { place, key: String::new(), problem: e.message().to_owned() }
    })?;
    Ok(File {
        http_addr: raw.http_addr.map(|v| Found {
            place: format!("{file}:{}", line_of(text, v.span().start)),
            text: v.into_inner(),
        }),
        allow_plain_ami: raw.allow_plain_ami,
        numbers: raw.numbers.map(|v| super::NumbersSection {
            place: format!("{file}:{}", line_of(text, v.span().start)),
            plan: v.into_inner(),
        }),
        pbxs: raw
            .pbx
            .into_iter()
            .map(|v| Section {
                place: format!("{file}:{}", line_of(text, v.span().start)),
                raw: v.into_inner(),
            })
            .collect(),
        retention: raw.retention,
        assistant: raw
            .assistant
            .map(|v| (format!("{file}:{}", line_of(text, v.span().start)), v.into_inner())),
        figures: raw.figures.map(|v| (format!("{file}:{}", line_of(text, v.span().start)), v.into_inner())),
    })
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|b| *b == b'\n').count()
}
