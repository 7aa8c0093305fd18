//! Sound that is heard while it comes: raw PCM of a server, made what telephony has, part by part.

use tokio::sync::mpsc;

use super::wire::{Heard, Hearing};
use super::{Spoken, VoiceError};

/// Samples of a part: 100 ms, unless it is the end.
const PART: usize = 800;

/// Tells the parts as they come, and that it was all.
///
/// # Errors
/// It is no PCM at a rate that is taken, it broke off, or there is none, or more than so many bytes.
pub(super) async fn pour(
    mut hearing: Hearing,
    usual: u32,
    most: usize,
    to: &mpsc::Sender<Result<Spoken, VoiceError>>,
    refused: impl Fn(&str) -> VoiceError,
) -> Result<(), VoiceError> {
    let mut down = Down::new(usual).map_err(|why| refused(&why))?;
    let (mut odd, mut made, mut came) = (None, Vec::new(), 0);
    loop {
        match hearing.recv().await {
            Some(Ok(Heard::Began { content_type })) => {
                let rate = rate_of(&content_type, usual).map_err(|why| refused(&why))?;
                down = Down::new(rate).map_err(|why| refused(&why))?;
            }
            Some(Ok(Heard::Bytes(part))) => {
                // a file of sound is none: its head would be heard
                if came == 0 && (part.starts_with(b"RIFF") || part.starts_with(b"ID3")) {
                    return Err(refused("it answers a file where raw PCM is expected"));
                }
                came += part.len();
                if came > most {
                    return Err(refused("its sound is too long"));
                }
                for byte in part {
                    match odd.take() {
                        None => odd = Some(byte),
                        Some(low) => made.extend(down.push(i16::from_le_bytes([low, byte]))),
                    }
                }
                if made.len() >= PART
                    && to.send(Ok(Spoken::Part(std::mem::take(&mut made).into()))).await.is_err()
                {
                    return Ok(());
                }
            }
            Some(Ok(Heard::Whole)) if came == 0 => return Err(refused("there is no sound in it")),
            Some(Ok(Heard::Whole)) if odd.is_some() => return Err(refused("its sound broke off")),
            Some(Ok(Heard::Whole)) => {
                if !made.is_empty() {
                    let _ = to.send(Ok(Spoken::Part(made.into()))).await;
                }
                let _ = to.send(Ok(Spoken::Whole)).await;
                return Ok(());
            }
            Some(Err(why)) => return Err(why),
            None => return Err(refused("its sound broke off")),
        }
    }
}

/// The rate that it says, Hz.
fn rate_of(kind: &str, usual: u32) -> Result<u32, String> {
    if ["json", "html", "text/", "mpeg", "ogg", "wav"].iter().any(|other| kind.contains(other)) {
        return Err(format!("it answers `{kind}` where raw PCM is expected"));
    }
    let Some((_, rate)) = kind.split_once("rate=") else { return Ok(usual) };
    let digits = rate.trim_matches('"').split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().map_err(|_| format!("it answers `{kind}`: no such rate is taken"))
}

/// From a multiple of 8 kHz to that, through a low-pass filter: what telephony cannot hear would be heard as something else.
struct Down {
    /// Samples that become one.
    ratio: usize,
    taps: Vec<f32>,
    /// The last of what came, as many as there are taps.
    last: std::collections::VecDeque<f32>,
    phase: usize,
}

impl Down {
    fn new(rate: u32) -> Result<Self, String> {
        let ratio = match rate {
            8_000 => 1,
            16_000 => 2,
            24_000 => 3,
            32_000 => 4,
            48_000 => 6,
            other => return Err(format!("its sound has {other} Hz, expected 8, 16, 24, 32 or 48 kHz")),
        };
        let taps = if ratio == 1 { vec![1.0] } else { taps(ratio) };
        let last = std::iter::repeat_n(0.0, taps.len()).collect();
        Ok(Self { ratio, taps, last, phase: 0 })
    }

    fn push(&mut self, sample: i16) -> Option<i16> {
        self.last.pop_front();
        self.last.push_back(f32::from(sample));
        self.phase += 1;
        if self.phase < self.ratio {
            return None;
        }
        self.phase = 0;
        let sum: f32 = self.last.iter().zip(&self.taps).map(|(sample, tap)| sample * tap).sum();
        #[expect(clippy::cast_possible_truncation, reason = "within its range")]
        let sample = sum.clamp(-32_768.0, 32_767.0).round() as i16;
        Some(sample)
    }
}

/// A sinc that ends at 3.6 kHz, under a Blackman window.
fn taps(ratio: usize) -> Vec<f32> {
    use std::f32::consts::{PI, TAU};
    let count = 32 * ratio + 1;
    let cut = 3_600.0 / (8_000.0 * ratio as f32);
    let middle = (count / 2) as f32;
    let tap = |n: usize| {
        let x = n as f32 - middle;
        let sinc = if x == 0.0 { 2.0 * cut } else { (TAU * cut * x).sin() / (PI * x) };
        let at = n as f32 / (count - 1) as f32;
        sinc * (0.42 - 0.5 * (TAU * at).cos() + 0.08 * (2.0 * TAU * at).cos())
    };
    let taps: Vec<f32> = (0..count).map(tap).collect();
    let sum: f32 = taps.iter().sum();
    taps.into_iter().map(|tap| tap / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How loud a tone of that many Hz comes out, of 10,000.
    fn heard(rate: u32, hz: f32) -> i16 {
        let mut down = Down::new(rate).expect("it is taken");
        let tone = (0..rate / 2).map(|n| {
            let at = n as f32 * hz * std::f32::consts::TAU / rate as f32;
            (at.sin() * 10_000.0) as i16
        });
        let out: Vec<i16> = tone.filter_map(|sample| down.push(sample)).collect();
        assert_eq!(out.len(), 4_000);
        out[500..].iter().map(|sample| sample.saturating_abs()).max().unwrap_or(0)
    }

    #[test]
    fn a_voice_comes_through_and_what_telephony_cannot_hear_does_not() {
        for rate in [16_000, 24_000, 32_000, 48_000] {
            for hz in [300.0, 1_000.0, 3_000.0] {
                assert!((9_000..=10_500).contains(&heard(rate, hz)), "{rate} {hz}: {}", heard(rate, hz));
            }
            for hz in [4_800.0, 7_000.0] {
                assert!(heard(rate, hz) < 300, "{rate} {hz}: {}", heard(rate, hz));
            }
        }
        assert!((9_990..=10_000).contains(&heard(8_000, 1_000.0)), "what is ours is left as it is");
    }

    #[test]
    fn f49_what_is_no_raw_sound_is_refused() {
        for (kind, rate) in [
            ("audio/pcm", 24_000),
            ("", 24_000),
            ("audio/pcm;rate=8000", 8_000),
            ("audio/l16; rate=16000; channels=1", 16_000),
        ] {
            assert_eq!(rate_of(kind, 24_000), Ok(rate), "{kind}");
        }
        for kind in ["application/json", "text/html", "audio/mpeg", "audio/pcm;rate=a lot"] {
            assert!(rate_of(kind, 24_000).is_err(), "{kind}");
        }
        assert!(Down::new(22_050).is_err() && Down::new(0).is_err());
    }
}
