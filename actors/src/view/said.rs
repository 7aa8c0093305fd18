//! A sentence for people, in a form that can be said in another language.

use std::ops::Deref;

use schemars::JsonSchema;
use serde::Serialize;

use super::Text;

/// What is to be said: a slug that a page has its own sentence for, what that sentence is filled with,
/// and the whole in English for who has none.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Said {
    /// Which sentence: stable, `snake_case`; empty with an empty text.
    pub slug: &'static str,
    /// What it is filled with, in order; untrusted text.
    #[schemars(with = "Vec<String>")]
    pub with: Vec<Text>,
    /// The sentence in English.
    #[schemars(with = "String")]
    pub text: Text,
}

impl Said {
    /// A sentence that is filled with something.
    pub fn new<const N: usize>(slug: &'static str, with: [&str; N], text: impl Into<Text>) -> Self {
        Self { slug, with: with.map(Text::from).to_vec(), text: text.into() }
    }
}

impl Deref for Said {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}
