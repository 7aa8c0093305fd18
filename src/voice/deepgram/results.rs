//! What its messages mean.

use serde::Deserialize;

use super::{Channel, MOST_LETTERS};
use crate::voice::Told;

/// A message, as far as it is of use.
#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    /// Of a result an object, of an event a list.
    channel: Option<serde_json::Value>,
    #[serde(default)]
    is_final: bool,
    #[serde(default)]
    speech_final: bool,
    #[serde(default)]
    from_finalize: bool,
    #[serde(default)]
    start: f64,
    #[serde(default)]
    duration: f64,
    description: Option<String>,
    message: Option<String>,
}

/// What follows of one.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Means {
    pub(super) told: Vec<Told>,
    /// Of what was sent since it connected, so many ms are covered.
    pub(super) settled_ms: Option<u64>,
    /// It answers that he has finished.
    pub(super) finalized: bool,
}

/// # Errors
/// It is no message of its protocol, or one that says no.
pub(super) fn means(text: &[u8]) -> Result<Means, String> {
    let message: Message =
        serde_json::from_slice(text).map_err(|_| "what it says is no JSON of a result".to_owned())?;
    match message.kind.as_str() {
        "Results" => result(message),
        "UtteranceEnd" => Ok(Means { told: vec![Told::Finished], ..Means::default() }),
        "Error" => {
            let words = message.description.or(message.message);
            Err(words.unwrap_or_else(|| "it says that something is wrong".into()))
        }
        // Metadata, SpeechStarted, and what it may learn to say
        _ => Ok(Means::default()),
    }
}

fn result(message: Message) -> Result<Means, String> {
    let channel: Option<Channel> = message.channel.and_then(|channel| serde_json::from_value(channel).ok());
    let channel = channel.ok_or("a result of its has no channel")?;
    let best = channel.alternatives.into_iter().next().unwrap_or_default();
    if best.transcript.len() > MOST_LETTERS {
        return Err("nobody said so much".into());
    }
    let understood = best.understood();
    let last = message.is_final;
    let mut means = Means { finalized: message.from_finalize, ..Means::default() };
    if !understood.text.is_empty() {
        means.told.push(Told::Words { text: understood.text, confidence: understood.confidence, last });
    }
    if last {
        let end = (message.start + message.duration).clamp(0.0, 1e6) * 1_000.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let end = end.round() as u64;
        means.settled_ms = Some(end);
    }
    if message.speech_final || message.from_finalize {
        means.told.push(Told::Finished);
    }
    Ok(means)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_that_is_final_is_no_turn_that_is_over() {
        let result = |text: &str, is_final: bool, more: &str| {
            let text = format!(
                r#"{{"type":"Results","channel_index":[0,1],"duration":1.02,"start":0.5,"is_final":{is_final},{more}
                "channel":{{"alternatives":[{{"transcript":"{text}","confidence":0.914,"words":[]}}]}},"metadata":{{}}}}"#
            );
            means(text.as_bytes()).expect("a result")
        };
        let words = |text: &str, last| Told::Words { text: text.into(), confidence: Some(91), last };
        let interim = result("ma box", false, r#""speech_final":false,"#);
        assert_eq!(interim, Means { told: vec![words("ma box", false)], ..Means::default() });
        let piece = result("ma box clignote", true, "");
        assert_eq!((piece.told, piece.settled_ms), (vec![words("ma box clignote", true)], Some(1_520)));
        let turn = result("merci", true, r#""speech_final":true,"#);
        assert_eq!(turn.told, [words("merci", true), Told::Finished]);
        let asked = result("", true, r#""from_finalize":true,"#);
        assert_eq!((asked.told, asked.finalized), (vec![Told::Finished], true));
        let end = br#"{"type":"UtteranceEnd","channel":[0,1],"last_word_end":2.395}"#;
        assert_eq!(means(end).expect("an event").told, [Told::Finished]);
        for other in [r#"{"type":"SpeechStarted","channel":[0],"timestamp":1.2}"#, r#"{"type":"Metadata"}"#] {
            assert_eq!(means(other.as_bytes()), Ok(Means::default()));
        }
    }

    #[test]
    fn f49_nonsense_and_a_no_are_told_as_they_are() {
        for nonsense in
            ["", "<html>", "[]", "{}", r#"{"type":"Results"}"#, r#"{"type":"Results","channel":[0]}"#]
        {
            assert!(means(nonsense.as_bytes()).is_err(), "{nonsense}");
        }
        let long = format!(
            r#"{{"type":"Results","channel":{{"alternatives":[{{"transcript":"{}"}}]}}}}"#,
            "mot ".repeat(2_000)
        );
        assert!(means(long.as_bytes()).is_err());
        let no = br#"{"type":"Error","description":"no such model","variant":"INVALID"}"#;
        assert_eq!(means(no), Err("no such model".into()));
    }
}
