//! A mouth: a sentence out, its sound back, made what telephony has.

use serde_json::json;

use super::{OpenAiConfig, Server, Wire};
use crate::prompts::Sound;
use crate::voice::wire::whole;
use crate::voice::{Mouth, Pcm, Pending};

/// Of a sentence: two minutes of PCM.
const MOST: usize = 120 * 24_000 * 2;
/// What `pcm` means where nothing else is said, Hz.
const RATE: u32 = 24_000;
/// Letters that are spoken in one go, which servers take.
const MOST_LETTERS: usize = 4_096;

/// See the module.
pub struct Speech {
    server: Server,
    model: String,
    voice: String,
}

impl Speech {
    /// The configured one.
    pub fn new(config: &OpenAiConfig, wire: &Wire) -> Self {
        Self {
            server: Server::new(config, &config.mouth_server, wire),
            model: config.mouth.clone(),
            voice: config.voice.clone(),
        }
    }
}

impl Mouth for Speech {
    fn name(&self) -> &str {
        "openai"
    }

    // it hears from the text which language that is
    fn speak(&self, text: &str, _language: &str) -> Pending<Pcm> {
        let server = self.server.clone();
        let input: String = text.chars().take(MOST_LETTERS).collect();
        let body =
            json!({"model": self.model, "voice": self.voice, "input": input, "response_format": "pcm"});
        Box::pin(async move {
            let hearing =
                server.post("audio/speech", "application/json".into(), body.to_string().into_bytes());
            let (kind, answer) = whole(hearing, MOST).await?;
            // it takes milliseconds of processor, which nobody else shall wait for
            let made = tokio::task::spawn_blocking(move || made(&kind, answer)).await;
            made.unwrap_or_else(|_| Err("its sound cannot be read".into()))
                .map_err(|why| server.refused(&why))
        })
    }
}

/// PCM, at the rate that it says; servers that know one form only send WAV or MP3 whatever they are asked.
fn made(kind: &str, answer: Vec<u8>) -> Result<Pcm, String> {
    if ["json", "html", "text/plain"].iter().any(|other| kind.contains(other)) {
        return Err(format!("it answers `{kind}` where sound is expected"));
    }
    let has_head = answer.starts_with(b"RIFF") || answer.starts_with(b"ID3") || kind.contains("mpeg");
    let sound = if has_head {
        Sound::decode(answer)
    } else {
        if !answer.len().is_multiple_of(2) {
            return Err("its sound broke off".into());
        }
        let rate = kind.split_once("rate=").map(|(_, rate)| rate.trim_matches('"'));
        let rate = match rate {
            None => RATE,
            Some(rate) => {
                let digits = rate.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
                let rate = digits.parse().ok().filter(|rate| (8_000..=48_000).contains(rate));
                rate.ok_or_else(|| format!("it answers `{kind}`: no such rate is taken"))?
            }
        };
        Sound::of_samples(answer.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])), rate)
    };
    sound.map(|sound| Pcm::from(sound.samples())).map_err(|why| format!("its sound: {}", why.words()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pcm(rate: u32) -> Vec<u8> {
        let at = |n: u32| (f64::from(n) * 700.0 * std::f64::consts::TAU / f64::from(rate)).sin() * 16_000.0;
        #[expect(clippy::cast_possible_truncation, reason = "within its range")]
        let bytes = (0..rate).flat_map(|n| (at(n) as i16).to_le_bytes());
        bytes.collect()
    }

    /// Times it goes through nought in a second.
    fn crossings(sound: &Pcm) -> usize {
        sound.windows(2).filter(|pair| (pair[0] < 0) != (pair[1] < 0)).count()
    }

    #[test]
    fn sound_of_any_rate_is_what_telephony_has() {
        for (kind, rate) in [
            ("audio/pcm", 24_000),
            ("application/octet-stream", 24_000),
            ("audio/pcm;rate=16000", 16_000),
            ("audio/l16; rate=8000; channels=1", 8_000),
        ] {
            let sound = made(kind, pcm(rate)).expect(kind);
            assert!((7_990..=8_000).contains(&sound.len()), "{kind}: {}", sound.len());
            assert!((1_380..=1_402).contains(&crossings(&sound)), "{kind}: {}", crossings(&sound));
        }
        let wav = Sound::of_samples(std::iter::repeat_n([9_000_i16, -9_000], 4_000).flatten(), 8_000)
            .expect("sound");
        assert_eq!(made("audio/pcm", wav.wav()).expect("a WAV").len(), 8_000, "a head is not played");
    }

    #[test]
    fn f49_what_is_no_sound_is_refused() {
        for (kind, answer, words) in [
            ("application/json", b"{}".to_vec(), "where sound is expected"),
            ("text/html; charset=utf-8", b"<html>".to_vec(), "where sound is expected"),
            ("audio/pcm", Vec::new(), "no sound in it"),
            ("audio/pcm", vec![0; 3], "broke off"),
            ("audio/pcm;rate=0", vec![0; 4], "no such rate"),
            ("audio/pcm;rate=999999999999", vec![0; 4], "no such rate"),
            ("audio/wav", b"RIFF\0\0\0\0WAVE".to_vec(), "its sound"),
        ] {
            let why = made(kind, answer).expect_err(kind);
            assert!(why.contains(words), "{kind}: {why}");
        }
    }
}
