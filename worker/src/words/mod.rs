//! How words sound: the dictionary of English that comes with the model, and a few French words in its phones.

use std::collections::HashMap;
use std::path::Path;

/// In the phones of the English model.
const FRENCH: &str = include_str!("french.dict");
/// Ways to say one word.
const MOST_WAYS: usize = 6;

/// Word to the ways to say it, in phones.
#[derive(Default)]
pub(crate) struct Words(HashMap<Box<str>, Vec<Box<str>>>);

impl Words {
    pub(crate) fn french() -> Self {
        Self::read(FRENCH)
    }

    pub(crate) fn english(dictionary: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(dictionary);
        let text = text.map_err(|problem| format!("{}: {problem}", dictionary.display()))?;
        Ok(Self::read(&text))
    }

    /// Lines of a word and its phones; `word(2)` is another way to say it.
    fn read(text: &str) -> Self {
        let mut all = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((word, phones)) = line.split_once(char::is_whitespace) else { continue };
            let word = word.split_once('(').map_or(word, |(word, _)| word);
            let ways = all.0.entry(word.into()).or_default();
            if ways.len() < MOST_WAYS {
                ways.push(phones.split_whitespace().collect::<Vec<_>>().join(" ").into());
            }
        }
        all
    }

    pub(crate) fn ways(&self, word: &str) -> Option<&[Box<str>]> {
        self.0.get(word).map(Vec::as_slice)
    }
}

/// The words of a phrase, small.
pub(crate) fn of(phrase: &str) -> Vec<String> {
    let small = phrase.to_lowercase().replace('’', "'");
    let parts = small.split(|letter: char| !(letter.is_alphanumeric() || letter == '\''));
    parts.map(|word| word.trim_matches('\'').to_owned()).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_with_all_their_ways() {
        let words = Words::read("a  AH\na(2) EY\n# no word\nb\nagent EY JH AH N T\n");
        assert_eq!(words.ways("a").unwrap().len(), 2);
        assert_eq!(&*words.ways("agent").unwrap()[0], "EY JH AH N T");
        assert!(words.ways("b").is_none());
        let french = Words::french();
        for word in ["oui", "non", "internet", "mobile", "technicien", "facture", "conseiller", "panne"] {
            assert!(french.ways(word).is_some(), "{word}");
        }
        assert_eq!(of("It's “My  Internet”, isn’t it?"), ["it's", "my", "internet", "isn't", "it"]);
    }
}
