//! Ears: one utterance as a WAV in a form, its words back.

use ring::rand::{SecureRandom, SystemRandom};
use serde::Deserialize;

use super::{OpenAiConfig, Server, Wire};
use crate::prompts::Sound;
use crate::voice::wire::whole;
use crate::voice::{Ears, Pcm, Pending, Understood};

/// Bytes of an answer.
const MOST: usize = 256 * 1024;
/// Letters of what was said.
const MOST_LETTERS: usize = 4_000;

/// See the module.
pub struct Hearing {
    server: Server,
    model: String,
}

impl Hearing {
    /// The configured one.
    pub fn new(config: &OpenAiConfig, wire: &Wire) -> Self {
        Self { server: Server::new(config, &config.ears_server, wire), model: config.ears.clone() }
    }
}

impl Ears for Hearing {
    fn name(&self) -> &str {
        "openai"
    }

    fn understand(&self, utterance: Pcm, language: &str) -> Pending<Understood> {
        let (server, model, language) = (self.server.clone(), self.model.clone(), language.to_owned());
        Box::pin(async move {
            let sound = Sound::of_samples(utterance.iter().copied(), 8_000);
            let sound = sound.map_err(|why| server.refused(why.words()))?;
            let boundary = boundary().ok_or_else(|| server.refused("there is no chance on this machine"))?;
            // only models of that name say how sure they are; others refuse to be asked
            let format = if model.contains("whisper") { "verbose_json" } else { "json" };
            let fields = [
                ("model", model.as_str()),
                ("language", language_alone(&language)),
                ("response_format", format),
            ];
            let body = form(&boundary, &fields, &sound.wav());
            let kind = format!("multipart/form-data; boundary={boundary}");
            let hearing = server.post("audio/transcriptions", kind, body);
            let (_, answer) = whole(hearing, MOST).await?;
            read(&answer).map_err(|why| server.refused(why))
        })
    }
}

#[derive(Deserialize)]
struct Transcription {
    text: String,
    #[serde(default)]
    segments: Vec<Segment>,
}

#[derive(Deserialize)]
struct Segment {
    #[serde(default)]
    text: String,
    avg_logprob: Option<f64>,
    no_speech_prob: Option<f64>,
}

fn read(answer: &[u8]) -> Result<Understood, &'static str> {
    let answer: Transcription =
        serde_json::from_slice(answer).map_err(|_| "its answer is no JSON of a transcription")?;
    if answer.text.len() > MOST_LETTERS {
        return Err("nobody said so much");
    }
    // by its makers' own rule: in silence it makes words up
    let is_silence = |part: &Segment| {
        part.no_speech_prob.is_some_and(|no| no > 0.6) && part.avg_logprob.is_some_and(|log| log < -1.0)
    };
    let silent = answer.segments.iter().filter(|part| is_silence(part)).count();
    let heard: Vec<&Segment> = answer.segments.iter().filter(|part| !is_silence(part)).collect();
    let text = match silent {
        0 => answer.text.trim().to_owned(),
        _ => heard.iter().map(|part| part.text.trim()).collect::<Vec<_>>().join(" "),
    };
    let logs: Vec<f64> =
        heard.iter().filter_map(|part| part.avg_logprob).filter(|log| log.is_finite()).collect();
    let mean = logs.iter().sum::<f64>() / logs.len().max(1) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 100")]
    let percent = || (mean.min(0.0).exp() * 100.0).round() as u8;
    let confidence = (!logs.is_empty() && !text.is_empty()).then(percent);
    Ok(Understood { text, confidence })
}

/// `fr` of `fr-FR`.
fn language_alone(language: &str) -> &str {
    language.split(['-', '_']).next().unwrap_or_default()
}

/// Nothing that is sent can hold it.
fn boundary() -> Option<String> {
    let mut chance = [0_u8; 16];
    SystemRandom::new().fill(&mut chance).ok()?;
    Some(chance.iter().fold("vigie-".to_owned(), |text, byte| format!("{text}{byte:02x}")))
}

fn form(boundary: &str, fields: &[(&str, &str)], wav: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(wav.len() + 1_024);
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        let field =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(field.into_bytes());
    }
    let head = "Content-Disposition: form-data; name=\"file\"; filename=\"utterance.wav\"\r\nContent-Type: audio/wav";
    body.extend(format!("--{boundary}\r\n{head}\r\n\r\n").into_bytes());
    body.extend_from_slice(wav);
    body.extend(format!("\r\n--{boundary}--\r\n").into_bytes());
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_nobody_and_words_are_as_sure_as_they_are() {
        let whole = r#"{"task":"transcribe","language":"french","duration":2.4,"text":" Ma box clignote. Merci.","segments":[
            {"id":0,"text":" Ma box clignote.","avg_logprob":-0.2,"compression_ratio":0.9,"no_speech_prob":0.01},
            {"id":1,"text":" Sous-titres","avg_logprob":-1.4,"no_speech_prob":0.93}]}"#;
        let words = read(whole.as_bytes()).expect("words");
        assert_eq!(words, Understood { text: "Ma box clignote.".into(), confidence: Some(82) });
        let plain = read(br#"{"text":" Oui. ","usage":{"type":"tokens"}}"#).expect("words");
        assert_eq!(plain, Understood { text: "Oui.".into(), confidence: None });
        let nobody = read(
            br#"{"text":"Merci.","segments":[{"text":"Merci.","avg_logprob":-1.2,"no_speech_prob":0.9}]}"#,
        );
        assert_eq!(nobody, Ok(Understood { text: String::new(), confidence: None }));
        for nonsense in ["", "<html>", "{}", "[]", r#"{"text":3}"#] {
            assert!(read(nonsense.as_bytes()).is_err(), "{nonsense}");
        }
        assert!(read(format!(r#"{{"text":"{}"}}"#, "mot ".repeat(2_000)).as_bytes()).is_err());
    }
}
