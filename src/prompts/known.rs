//! What the words of a node mean.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use super::book::{Prompt, PromptBook};

/// Sounds that Asterisk brings, in English or in French, without folders.
static SOUNDS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("sounds.txt").split_whitespace().collect());

/// What a node says.
#[derive(Debug, Clone, PartialEq)]
pub enum Means {
    /// Nothing.
    Nothing,
    /// That prompt.
    Prompt(Arc<Prompt>),
    /// A sound of the PBX; whether it has it is known of those that Asterisk brings, and of a folder of his own
    /// (`custom/welcome`) it is taken for granted.
    Sound {
        /// It has it, or may have.
        known: bool,
    },
    /// A sentence, for the voice.
    Sentence,
}

impl PromptBook {
    /// What these words of a node mean.
    pub fn means(&self, words: &str) -> Means {
        let words = words.trim();
        if words.is_empty() {
            return Means::Nothing;
        }
        match self.named(words) {
            Some(prompt) => Means::Prompt(prompt.clone()),
            None if sound_of_asterisk(words) => {
                Means::Sound { known: words.contains('/') || SOUNDS.contains(words) }
            }
            None => Means::Sentence,
        }
    }
}

/// Whether that is how sounds are named: small letters, and a sign that no word has unless Asterisk brings a sound of
/// that name. `hello-world` and `beep` are, `Bonjour` and `bonjour` are not.
pub fn sound_of_asterisk(words: &str) -> bool {
    let signs = |b: u8| b.is_ascii_digit() || b"-_/".contains(&b);
    (1..=200).contains(&words.len())
        && words.bytes().all(|b| b.is_ascii_lowercase() || signs(b) || b == b'.')
        && !words.split('/').any(|part| part == "..")
        && (words.bytes().any(signs) || SOUNDS.contains(words))
}

#[cfg(test)]
mod tests {
    use super::super::book::{Kind, Language};
    use super::*;

    #[test]
    fn words_of_a_node_are_a_prompt_or_a_sound_or_a_sentence() {
        let prompt = |id: &str, name: &str| Prompt {
            id: id.into(),
            name: name.into(),
            language: Language::French,
            kind: Kind::Uploaded,
            text: None,
            duration_ms: 1,
            size: 46,
            checksum: "0123456789abcdef01".into(),
            made_by: String::new(),
            created_at: String::new(),
            updated_at: String::new(),
        };
        let book =
            PromptBook::new(1, vec![prompt("prompt-1", "Accueil du soir"), prompt("prompt-2", "beep")]);
        let told = |words: &str| match book.means(words) {
            Means::Nothing => "nothing".to_owned(),
            Means::Prompt(prompt) => prompt.stem(),
            Means::Sound { known } => format!("sound {known}"),
            Means::Sentence => "sentence".to_owned(),
        };
        for (words, expected) in [
            ("prompt-1", "prompt-1-0123456789abcdef"),
            (" accueil DU soir ", "prompt-1-0123456789abcdef"),
            ("beep", "prompt-2-0123456789abcdef"),
            ("hello-world", "sound true"),
            ("goodbye", "sound true"),
            ("custom/welcome", "sound true"),
            ("hello-wrold", "sound false"),
            ("prompt-3", "sound false"),
            ("Bonjour", "sentence"),
            ("bonjour", "sentence"),
            ("Bienvenue chez nous, tapez 1.", "sentence"),
            ("../../etc/passwd", "sentence"),
            ("", "nothing"),
            (" ", "nothing"),
        ] {
            assert_eq!(told(words), expected, "{words:?}");
        }
    }
}
