//! The assistant of `[assistant]` in `vigie.toml`, as one of the database would be.

use crate::assistants::{Form, Language};
use crate::config::{AssistantConfig, Config};

/// With its id; `None`: there is no such section.
pub(super) fn form(config: &Config) -> Option<(String, Form)> {
    let of: &AssistantConfig = config.assistant.as_ref()?;
    let english = of.language.as_deref().map_or(config.english, |language| language == "en");
    // the settings were read within the same bounds
    let seconds = |s: u32| u16::try_from(s).unwrap_or(u16::MAX);
    let form = Form {
        name: of.name.clone(),
        language: if english { Language::En } else { Language::Fr },
        greeting: of.greeting.clone(),
        reminder: of.reminder.clone(),
        sorry: of.sorry.clone(),
        handing_over: of.handing_over.clone(),
        goodbye: of.goodbye.clone(),
        fillers: of.fillers.clone(),
        prompt: of.prompt.clone().unwrap_or_default(),
        tools: of.tools.clone(),
        places: of.places.clone(),
        tags: of.tags.clone(),
        silence_s: seconds(of.silence_s),
        longest_s: seconds(of.longest_s),
        human_words: of.human_words.clone(),
        anger_words: of.anger_words.clone(),
        human_key: of.human_key,
        fallback: of.fallback.clone(),
        takes_unknown: of.takes_unknown,
        ..Form::default()
    };
    Some((id_of(&of.name), form))
}

/// `After sales` is `after-sales`: it stands in addresses.
fn id_of(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    match words.join("-") {
        none if none.is_empty() => "assistant".to_owned(),
        id => id.chars().take(100).collect(),
    }
}
