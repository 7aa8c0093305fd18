//! What servers say when they say no, so that it can be shown.

use super::VoiceError;
use crate::config::Secret;

/// Why it said no. What is not set up, no second asking mends.
pub(super) fn refusal(host: &str, status: u16, body: &[u8], key: Option<&Secret>) -> VoiceError {
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let text = json.as_ref().and_then(|json| {
        let error = json.get("error").unwrap_or(json);
        let detail = json.get("detail").or(json.get("message")).and_then(serde_json::Value::as_str);
        error.get("message").and_then(serde_json::Value::as_str).or(error.as_str()).or(detail)
    });
    let words = match text {
        Some(text) => format!("{host}: {status}, {}", without_secrets(text, key)),
        // a page of some machine between
        None => format!("{host}: {status}"),
    };
    match status {
        401 | 403 | 404 => VoiceError::Missing(words),
        _ => VoiceError::Refused(words),
    }
}

/// Words of a server that may be shown: on one line, not long, and without a key, of which some repeat a part.
pub(super) fn without_secrets(text: &str, key: Option<&Secret>) -> String {
    const MOST: usize = 200;
    let start =
        key.map(|key| key.reveal().get(..6).unwrap_or(key.reveal())).filter(|start| !start.is_empty());
    let words = text.split_whitespace().map(|word| {
        let is_key = word.contains("sk-") || start.is_some_and(|start| word.contains(start));
        if is_key { "<key>" } else { word }
    });
    let line = words.collect::<Vec<_>>().join(" ");
    line.chars().filter(|letter| !letter.is_control()).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s18_an_error_repeats_no_key() {
        let key = Secret::new("gsk_0123456789abcdef");
        let said =
            |status, body: &str| refusal("ai.example", status, body.as_bytes(), Some(&key)).to_string();
        let wrong = said(
            401,
            r#"{"error":{"message":"Incorrect API key provided: gsk_01********cdef.\nSee sk-proj-1*2"}}"#,
        );
        assert_eq!(wrong, "not set up: ai.example: 401, Incorrect API key provided: <key> See <key>");
        assert_eq!(said(500, "<html>gsk_0123456789abcdef</html>"), "ai.example: 500");
        assert_eq!(said(429, r#"{"error":"slow\u001b[31m down"}"#), "ai.example: 429, slow[31m down");
        assert_eq!(said(422, r#"{"detail":"no model"}"#), "ai.example: 422, no model");
        assert!(said(400, &format!(r#"{{"message":"{}"}}"#, "mot ".repeat(1_000))).len() < 230);
    }
}
