//! When the caller speaks, and what: frames of 20 ms in, "he began" and "he stopped" out, and his words as sound.
//!
//! Every 16 ms are judged by a small network (`earshot`), which also takes keys and tones for a voice: around a key nothing
//! is heard, and a tone ([`Steady`]) is no voice.

use std::collections::VecDeque;
use std::sync::Arc;

use earshot::Detector;

use super::play::FRAME;
use super::steady::Steady;
use crate::voice::Inlet;

/// Samples that are judged at once, at 16 kHz.
const JUDGED: usize = 256;
/// A voice, of 0 to 1.
const VOICE: f32 = 0.5;
/// What is softer on average is the noise of a line.
const NOISE: i64 = 40;
/// Frames with a voice in a row until he speaks: 60 ms.
const BEGINS: u8 = 3;
/// Frames without one until he has stopped: 160 ms.
const ENDS: u8 = 8;
/// Frames after a key in which nothing is heard: 200 ms.
const MASKED: u8 = 10;
/// Samples before he began that belong to what he says: 200 ms, and what it took to know that he speaks.
const BEFORE: usize = 1_600 + FRAME * BEGINS as usize;
/// The longest that is kept of what he says, samples: 30 s. What is older is forgotten.
const MOST: usize = 240_000;

/// What he does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::links) enum Voice {
    /// He began to speak.
    Began,
    /// He stopped.
    Ended,
}

/// See the module.
pub(in crate::links) struct Hearing {
    detector: Box<Detector>,
    /// At 16 kHz, not judged yet.
    wide: Vec<i16>,
    last: i16,
    is_voice: bool,
    steady: Steady,
    speaks: bool,
    /// Frames in a row that say otherwise.
    against: u8,
    masked: u8,
    /// Whether his words are wanted.
    keeps: bool,
    kept: VecDeque<i16>,
    /// He began since his words were taken last.
    begun: bool,
    /// Hears him while he speaks; then nothing is kept.
    ear: Option<Arc<Inlet>>,
}

impl Hearing {
    /// `keeps`: somebody will want his words.
    pub(super) fn new(keeps: bool) -> Self {
        Self {
            detector: Detector::default_boxed(),
            wide: Vec::with_capacity(JUDGED * 3),
            last: 0,
            is_voice: false,
            steady: Steady::default(),
            speaks: false,
            against: 0,
            masked: 0,
            keeps,
            kept: VecDeque::new(),
            begun: false,
            ear: None,
        }
    }

    /// 20 ms more.
    pub(in crate::links) fn frame(&mut self, frame: &[i16; FRAME]) -> Option<Voice> {
        self.keep(frame);
        self.judge(frame);
        let tone = self.steady.frame(frame);
        let loud = frame.iter().map(|sample| i64::from(sample.unsigned_abs())).sum::<i64>() / FRAME as i64;
        let masked = self.masked > 0;
        self.masked = self.masked.saturating_sub(1);
        let is_voice = self.is_voice && !tone && !masked && loud > NOISE;
        if is_voice == self.speaks {
            self.against = 0;
            return None;
        }
        self.against += 1;
        // a tone that was taken for a voice is none at once
        if self.against < if self.speaks { ENDS } else { BEGINS } && !(self.speaks && tone) {
            return None;
        }
        self.against = 0;
        self.speaks = is_voice;
        self.begun |= is_voice;
        Some(if is_voice { Voice::Began } else { Voice::Ended })
    }

    /// A key was pressed.
    pub(in crate::links) fn key(&mut self) {
        self.masked = MASKED;
    }

    /// What he said, from 200 ms before he began; what follows is of the next turn.
    pub(super) fn words(&mut self) -> Vec<i16> {
        self.begun = self.speaks;
        std::mem::take(&mut self.kept).into()
    }

    /// From now on an ear hears him; `None`: what he says is kept until it is wanted, `before` with it.
    pub(super) fn opens(&mut self, ear: Option<Arc<Inlet>>, before: impl IntoIterator<Item = [i16; FRAME]>) {
        self.ear = ear;
        self.kept = before.into_iter().flatten().collect();
        self.begun |= !self.kept.is_empty();
    }

    fn keep(&mut self, frame: &[i16; FRAME]) {
        if let Some(ear) = &self.ear {
            return ear.push(frame);
        }
        if !self.keeps {
            return;
        }
        self.kept.extend(frame);
        let most = if self.begun { MOST } else { BEFORE };
        let over = self.kept.len().saturating_sub(most);
        self.kept.drain(..over);
    }

    fn judge(&mut self, frame: &[i16; FRAME]) {
        for sample in frame {
            let between = (i32::from(self.last) + i32::from(*sample)) / 2;
            self.wide.extend([between as i16, *sample]);
            self.last = *sample;
        }
        while self.wide.len() >= JUDGED {
            self.is_voice = self.detector.predict_i16(&self.wide[..JUDGED]) > VOICE;
            self.wide.drain(..JUDGED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(samples: &[i16]) -> impl Iterator<Item = [i16; FRAME]> {
        samples.chunks_exact(FRAME).map(|frame| frame.try_into().unwrap())
    }

    /// In ms, what was heard of it.
    fn heard(hearing: &mut Hearing, samples: &[i16]) -> Vec<(usize, Voice)> {
        frames(samples).enumerate().filter_map(|(n, f)| Some((n * 20, hearing.frame(&f)?))).collect()
    }

    fn tone(hz: f64, ms: usize) -> Vec<i16> {
        (0..ms * 8)
            .map(|n| ((n as f64 * hz * std::f64::consts::TAU / 8_000.0).sin() * 8_000.0) as i16)
            .collect()
    }

    /// A vowel as a throat makes it: pulses whose distance wanders, through three resonances, swelling and fading.
    fn voice(ms: usize) -> Vec<i16> {
        let mut out = vec![0.0_f64; ms * 8];
        let (mut next, mut count) = (0.0_f64, 0_u32);
        let mut pulses = vec![0.0; out.len()];
        while (next as usize) < out.len() {
            pulses[next as usize] = 1.0;
            count += 1;
            next += 8_000.0 / (125.0 + 15.0 * (f64::from(count) * 0.21).sin());
        }
        for (hz, width, loud) in [(650.0, 80.0, 1.0), (1_100.0, 90.0, 0.6), (2_500.0, 120.0, 0.3)] {
            let r = (-std::f64::consts::PI * width / 8_000.0_f64).exp();
            let a = 2.0 * r * (std::f64::consts::TAU * hz / 8_000.0_f64).cos();
            let (mut one, mut two) = (0.0, 0.0);
            for (n, pulse) in pulses.iter().enumerate() {
                let y = pulse + a * one - r * r * two;
                (two, one) = (one, y);
                out[n] += y * loud;
            }
        }
        let swell = |n: usize| 0.6 + 0.4 * (n as f64 * std::f64::consts::TAU * 4.0 / 8_000.0).sin();
        out.iter()
            .enumerate()
            .map(|(n, y)| (y * swell(n) * 5_000.0).clamp(-32_000.0, 32_000.0) as i16)
            .collect()
    }

    #[test]
    fn a_voice_begins_and_ends_and_its_words_have_what_came_before() {
        let mut hearing = Hearing::new(true);
        assert_eq!(heard(&mut hearing, &vec![0; 16_000]), []);
        let all = heard(&mut hearing, &voice(1_000));
        assert!(matches!(all[..], [(0..=200, Voice::Began)]), "{all:?}");
        let end = heard(&mut hearing, &vec![0; 8_000]);
        assert!(matches!(end[..], [(100..=400, Voice::Ended)]), "{end:?}");
        let words = hearing.words();
        let first = words.iter().position(|sample| sample.unsigned_abs() > 500).expect("his voice");
        assert!((1_000..=2_200).contains(&first), "{first} samples before it");
        assert!(words.len() >= 16_000, "all of it and what followed: {}", words.len());
        assert_eq!(hearing.words().len(), 0);
        heard(&mut hearing, &vec![0; 80_000]);
        assert!(hearing.words().len() <= BEFORE, "of silence little is kept");
    }

    #[test]
    fn what_nobody_wants_is_not_kept_and_a_long_speech_is_bounded() {
        let mut hearing = Hearing::new(false);
        heard(&mut hearing, &voice(1_000));
        assert!(hearing.words().is_empty());
        let mut hearing = Hearing::new(true);
        let speech = voice(1_000);
        for _ in 0..40 {
            heard(&mut hearing, &speech);
        }
        assert_eq!(hearing.words().len(), MOST);
    }

    #[test]
    fn silence_noise_keys_and_tones_are_no_voice() {
        let mut hearing = Hearing::new(true);
        let noise: Vec<i16> =
            (0..16_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 21) as i16 - 1_024).collect();
        assert_eq!(heard(&mut hearing, &noise), [], "noise");
        // a tone may be taken for a voice for the time in which nobody can know
        for hz in [425.0, 1_000.0] {
            let all = heard(&mut hearing, &tone(hz, 4_000));
            assert!(all.iter().all(|(at, _)| *at < 200) && all.len() != 1, "{hz} Hz: {all:?}");
            heard(&mut hearing, &vec![0; 8_000]);
        }
        hearing.key();
        let key: Vec<i16> =
            tone(697.0, 160).iter().zip(tone(1_336.0, 160)).map(|(a, b)| a / 2 + b / 2).collect();
        assert_eq!(heard(&mut hearing, &key), [], "a key");
    }
}
