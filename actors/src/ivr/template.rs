//! Text with variables in it: `Hello {name}`; `{{` and `}}` are braces. What a variable holds is never read as a
//! template, and each place where a text goes says how values are written there.

use super::variables::{Variables, is_name};
use crate::view::Text;

/// Parts of one text.
const MOST_PARTS: usize = 100;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(Text),
}

impl Template {
    /// Of what stands in a drawing.
    ///
    /// # Errors
    /// What was expected.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let (brace, after) = rest[at..].split_at(1);
            if let Some(after) = after.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
                continue;
            }
            let name = (brace == "{").then(|| after.split_once('}')).flatten();
            let Some((name, after)) = name.filter(|(name, _)| is_name(name)) else {
                return Err("expected {name} of a variable; a brace itself is written twice".into());
            };
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(Part::Variable(name.into()));
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        if parts.len() > MOST_PARTS { Err("expected at most 50 variables".into()) } else { Ok(Self(parts)) }
    }

    /// The variables in it.
    pub fn names(&self) -> impl Iterator<Item = &Text> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name),
            Part::Text(_) => None,
        })
    }

    /// What it begins with, before the first variable.
    pub fn beginning(&self) -> &str {
        match self.0.first() {
            Some(Part::Text(text)) => text,
            Some(Part::Variable(_)) | None => "",
        }
    }

    /// Whether one of its variables is secret.
    pub fn tells_secrets(&self, variables: &Variables) -> bool {
        self.names().any(|name| variables.is_secret(name))
    }

    /// With values as they are.
    pub fn filled(&self, variables: &Variables) -> String {
        self.written(variables, |value| value.to_owned())
    }

    /// With each value written so that it means nothing but itself.
    pub fn written(&self, variables: &Variables, write: impl Fn(&str) -> String) -> String {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Variable(name) => text.push_str(&write(variables.get(name))),
            }
        }
        text
    }
}
