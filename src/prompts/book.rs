//! A picture of all prompts.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

/// Where a prompt comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "PromptKind")]
pub enum Kind {
    /// A file that was sent.
    Uploaded,
    /// A telephone.
    Recorded,
    /// A voice said its text.
    Spoken,
}

impl Kind {
    /// Its stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Uploaded => "uploaded",
            Self::Recorded => "recorded",
            Self::Spoken => "spoken",
        }
    }

    /// Of that word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Uploaded, Self::Recorded, Self::Spoken].into_iter().find(|kind| kind.word() == word)
    }
}

/// What is spoken in a prompt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "PromptLanguage")]
pub enum Language {
    /// French.
    #[default]
    #[serde(rename = "fr")]
    French,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// Its stable word, which is the voice's too.
    pub fn word(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::English => "en",
        }
    }

    /// Of that word, or of one that begins with it: `en_US`, `fr-CA`.
    pub fn of(word: &str) -> Option<Self> {
        let (short, rest) = (word.get(..2)?.to_ascii_lowercase(), word.as_bytes().get(2));
        let found = [Self::French, Self::English].into_iter().find(|language| language.word() == short);
        found.filter(|_| rest.is_none_or(|sign| b"-_".contains(sign)))
    }
}

/// A prompt, without its sound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Prompt {
    /// Stands in addresses and in flows.
    pub id: String,
    /// What flows may name it by, in whatever case.
    pub name: String,
    /// What is spoken in it.
    pub language: Language,
    /// Where it comes from.
    pub kind: Kind,
    /// What was spoken; `null` unless a voice did.
    pub text: Option<String>,
    /// How long it is.
    pub duration_ms: i32,
    /// Of its file, in bytes.
    pub size: i32,
    /// SHA-256 of its file.
    pub checksum: String,
    /// Id of who made its sound; empty where nobody logs in.
    pub made_by: String,
    /// ISO 8601.
    pub created_at: String,
    /// ISO 8601.
    pub updated_at: String,
}

impl Prompt {
    /// The name of its file, without its end: another sound is another file.
    pub fn stem(&self) -> String {
        format!("{}-{}", self.id, self.checksum.get(..16).unwrap_or_default())
    }
}

/// See the module.
#[derive(Debug, Default)]
pub struct PromptBook {
    /// Moves with every change.
    pub(super) version: i64,
    /// By id.
    pub prompts: BTreeMap<String, Arc<Prompt>>,
    by_name: HashMap<String, String>,
}

impl PromptBook {
    /// Of what is stored.
    pub(super) fn new(version: i64, prompts: Vec<Prompt>) -> Self {
        let by_name = prompts.iter().map(|prompt| (prompt.name.to_lowercase(), prompt.id.clone())).collect();
        let prompts = prompts.into_iter().map(|prompt| (prompt.id.clone(), Arc::new(prompt))).collect();
        Self { version, prompts, by_name }
    }

    /// Of that id, else of that name in whatever case.
    pub fn named(&self, name: &str) -> Option<&Arc<Prompt>> {
        let name = name.trim();
        self.prompts.get(name).or_else(|| self.prompts.get(self.by_name.get(&name.to_lowercase())?))
    }
}
