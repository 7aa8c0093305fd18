//! `.env`: lines of `KEY=VALUE`, read without running or exporting anything.
//!
//! `#` begins a comment at the start of a line or after a space; `export ` before a key is allowed;
//! a value may stand in single quotes (as it is) or double quotes (`\"` and `\\` unescaped). No
//! variable is expanded.

use super::{ConfigError, Found};

/// Every key with its value and place, in order; a later line wins over an earlier one.
pub(super) fn parse(text: &str, file: &str) -> Result<Vec<(String, Found)>, ConfigError> {
    let mut keys = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let place = format!("{file}:{}", n + 1);
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((key, value)) = line.split_once('=') else {
            // The line is not shown: it may be a secret that lost its key.
            return Err(ConfigError {
                place,
                key: String::new(),
                problem: "no `=` in the line, expected KEY=VALUE".to_owned(),
            });
        };
        let key = key.trim();
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(ConfigError {
                place,
                key: String::new(),
                problem: "a key that is not made of letters, digits and _, expected KEY=VALUE".to_owned(),
            });
        }
        let text = unquote(value.trim()).ok_or_else(|| ConfigError {
            place: place.clone(),
            key: key.to_owned(),
            problem: "a quote that is not closed, expected the same quote at the end".to_owned(),
        })?;
        keys.push((key.to_owned(), Found { text, place }));
    }
    Ok(keys)
}

fn unquote(value: &str) -> Option<String> {
    if let Some(rest) = value.strip_prefix('\'') {
        return rest.split_once('\'').map(|(inside, _)| inside.to_owned());
    }
    if let Some(rest) = value.strip_prefix('"') {
        let mut text = String::new();
        let mut chars = rest.chars();
        loop {
            match chars.next()? {
                '"' => return Some(text),
                '\\' => match chars.next()? {
                    c @ ('"' | '\\') => text.push(c),
                    c => text.extend(['\\', c]),
                },
                c => text.push(c),
            }
        }
    }
    Some(value.split_once(" #").map_or(value, |(before, _)| before.trim_end()).to_owned())
}
