//! An assistant that may take calls: what it says of itself is spoken already.

use std::collections::HashMap;
use std::sync::Arc;

use actors::ai::Assistant;
use actors::view::Text;

use super::{Ears, Mind, Mouth, Pcm, Tools, VoiceError};

/// What speaks, hears and thinks for an assistant, by name; empty where nothing does, or nobody said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineNames {
    /// Speaks.
    pub mouth: Text,
    /// Hears.
    pub ears: Text,
    /// Thinks.
    pub mind: Text,
}

/// See the module.
pub struct Ready {
    /// Its phrases, times and words.
    pub assistant: Arc<Assistant>,
    /// In which it speaks: `fr`, `en`.
    pub language: String,
    /// Who it is, for the model.
    pub prompt: String,
    /// Where callers go for a human: `context,extension,priority` of the dialplan; `None`: the dialplan knows.
    pub fallback: Option<String>,
    /// Speaks.
    pub mouth: Arc<dyn Mouth>,
    /// `None`: it understands keys only.
    pub ears: Option<Arc<dyn Ears>>,
    /// `None`: it answers nothing but with its own phrases.
    pub mind: Option<Arc<dyn Mind>>,
    /// What its model may want done; `None`: nothing.
    pub tools: Option<Arc<dyn Tools>>,
    spoken: HashMap<Text, Pcm>,
}

impl Ready {
    /// Speaks its phrases.
    ///
    /// # Errors
    /// When one of them cannot be spoken: who is not greeted is better off in a queue.
    pub async fn prepare(
        assistant: Assistant,
        language: &str,
        mouth: Arc<dyn Mouth>,
    ) -> Result<Self, VoiceError> {
        let phrases = &assistant.phrases;
        let own =
            [&phrases.greeting, &phrases.reminder, &phrases.sorry, &phrases.handing_over, &phrases.goodbye];
        let mut spoken = HashMap::new();
        for text in own.into_iter().chain(&phrases.fillers) {
            spoken.insert(text.clone(), mouth.speak(text, language).await?);
        }
        Ok(Self {
            assistant: Arc::new(assistant),
            language: language.to_owned(),
            prompt: String::new(),
            fallback: None,
            mouth,
            ears: None,
            mind: None,
            tools: None,
            spoken,
        })
    }

    /// As they stand in history.
    pub fn engines(&self) -> EngineNames {
        let name = |name: Option<&str>| Text::from(name.unwrap_or_default());
        EngineNames {
            mouth: name(Some(self.mouth.name())),
            ears: name(self.ears.as_deref().map(Ears::name)),
            mind: name(self.mind.as_deref().map(Mind::name)),
        }
    }

    /// That phrase, where it is one of its own.
    pub fn spoken(&self, text: &str) -> Option<Pcm> {
        self.spoken.get(text).cloned()
    }
}
