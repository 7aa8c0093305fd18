//! What comes from outside made into what Asterisk plays: one channel, 8 kHz, 16 bits.
//!
//! ```text
//! bytes ─by their first ones─▶ WAV (`wav`) or MP3 (symphonia) ─one channel─▶ 8 kHz (rubato) ─▶ Sound, at most so long
//! ```
//!
//! What it is is said by its content, never by a name or a header of HTTP. Memory is bounded by the bytes that came
//! and the seconds that may become of them; a panic of a decoder is one refusal (S27). It takes up to seconds of
//! processor: for a thread that nobody waits for.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use rubato::{FftFixedIn, Resampler};
use symphonia::core::audio::{AudioBufferRef, Signal};
use symphonia::core::codecs::DecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::default::formats::MpaReader;

use super::wav::{self, Wav};

/// What Asterisk is given, Hz.
pub(super) const RATE: u32 = 8_000;
/// Longest prompt, s.
pub const MOST_S: u32 = 600;
/// A decoder that takes longer is given up.
const WITHIN: Duration = Duration::from_secs(20);
/// Samples that are made narrower in one go.
const PIECE: usize = 4_096;
/// Spoilt packets of an MP3 that are passed over.
const MOST_SPOILT: usize = 100;

/// Why no prompt can be made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Neither WAV nor MP3, or in a form that is not read.
    Unknown,
    /// It begins as one, and cannot be read.
    Broken,
    /// There is nothing in it.
    Empty,
    /// Longer than may be.
    TooLong,
    /// It took too long.
    TooSlow,
}

impl Unfit {
    /// For who sent it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Unknown => "expected WAV (PCM, floating point, A-law or µ-law) or MP3",
            Self::Broken => "it begins as sound, and cannot be read",
            Self::Empty => "there is no sound in it",
            Self::TooLong => "expected at most 600 seconds",
            Self::TooSlow => "it takes too long to read",
        }
    }
}

/// Sound as Asterisk is given it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    samples: Vec<i16>,
}

impl Sound {
    /// Of what came.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, Unfit> {
        Self::decode_until(bytes, Instant::now() + WITHIN)
    }

    fn decode_until(bytes: Vec<u8>, end: Instant) -> Result<Self, Unfit> {
        let read = || match () {
            () if wav::is_wav(&bytes) => of_wav(&bytes, end),
            () if is_mp3(&bytes) => of_mp3(bytes, end),
            () => Err(Unfit::Unknown),
        };
        let samples = catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| {
            log::warn!("a decoder panicked at a file that was sent: it is refused");
            Err(Unfit::Broken)
        })?;
        if samples.is_empty() { Err(Unfit::Empty) } else { Ok(Self { samples }) }
    }

    /// 8 kHz, one channel.
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// As a file.
    pub fn wav(&self) -> Vec<u8> {
        wav::write(&self.samples, RATE)
    }

    /// How long it is.
    pub fn ms(&self) -> u32 {
        u32::try_from(self.samples.len() as u64 * 1_000 / u64::from(RATE)).unwrap_or(u32::MAX).max(1)
    }

    /// How much of it is louder than the noise of a line, ms.
    pub fn loud_ms(&self) -> u32 {
        const FRAME: usize = 160; // 20 ms
        const NOISE: u32 = 64;
        let loud = |frame: &&[i16]| {
            let sum: u32 = frame.iter().map(|sample| u32::from(sample.unsigned_abs())).sum();
            sum / FRAME as u32 > NOISE
        };
        u32::try_from(self.samples.chunks_exact(FRAME).filter(loud).count() * 20).unwrap_or(u32::MAX)
    }
}

fn of_wav(bytes: &[u8], end: Instant) -> Result<Vec<i16>, Unfit> {
    let wav = Wav::read(bytes).ok_or(Unfit::Unknown)?;
    let mut narrow = Narrow::from(wav.rate, end)?;
    for sample in wav.samples() {
        narrow.push(sample)?;
    }
    narrow.finish()
}

/// A tag of a song, or a frame of layer III.
fn is_mp3(bytes: &[u8]) -> bool {
    match bytes {
        [b'I', b'D', b'3', ..] => true,
        // no reserved version, and neither rate nor speed that does not exist
        [0xff, a, b, ..] => {
            a & 0xe0 == 0xe0
                && (a >> 3) & 3 != 1
                && (a >> 1) & 3 == 1
                && !matches!(b >> 4, 0 | 15)
                && (b >> 2) & 3 != 3
        }
        _ => false,
    }
}

/// Where its frames begin: behind a tag, whose size is a claim.
fn behind_tag(bytes: &[u8]) -> usize {
    match bytes {
        [b'I', b'D', b'3', _, _, _, a, b, c, d, ..] => {
            let size = [a, b, c, d].iter().fold(0, |size, part| (size << 7) | usize::from(**part & 0x7f));
            (size + 10).min(bytes.len())
        }
        _ => 0,
    }
}

fn of_mp3(mut bytes: Vec<u8>, end: Instant) -> Result<Vec<i16>, Unfit> {
    bytes.drain(..behind_tag(&bytes));
    let source = MediaSourceStream::new(Box::new(Cursor::new(bytes)), MediaSourceStreamOptions::default());
    let mut reader = MpaReader::try_new(source, &FormatOptions::default()).map_err(|_| Unfit::Broken)?;
    let track = reader.default_track().ok_or(Unfit::Broken)?;
    let parameters = track.codec_params.clone();
    let rate = parameters.sample_rate.ok_or(Unfit::Broken)?;
    let mut decoder = symphonia::default::get_codecs()
        .make(&parameters, &DecoderOptions::default())
        .map_err(|_| Unfit::Broken)?;
    let mut narrow = Narrow::from(rate, end)?;
    let mut spoilt = 0;
    loop {
        let packet = match reader.next_packet() {
            Ok(packet) => packet,
            // an end, whatever it is called
            Err(Error::IoError(_) | Error::ResetRequired) => break,
            Err(_) => return Err(Unfit::Broken),
        };
        match decoder.decode(&packet) {
            Ok(AudioBufferRef::F32(buffer)) if buffer.spec().rate == rate => {
                let channels = buffer.spec().channels.count();
                for at in 0..buffer.frames() {
                    let sum: f32 = (0..channels).map(|channel| buffer.chan(channel)[at]).sum();
                    narrow.push(sum / channels as f32)?;
                }
            }
            Err(Error::DecodeError(_)) if spoilt < MOST_SPOILT => spoilt += 1,
            Err(Error::IoError(_)) => break,
            Ok(_) | Err(_) => return Err(Unfit::Broken),
        }
    }
    narrow.finish()
}

/// Takes samples of any rate, gives those of ours.
struct Narrow {
    /// `None`: it is ours already.
    by: Option<FftFixedIn<f32>>,
    held: Vec<f32>,
    made: Vec<i16>,
    /// What the filter puts before the first sample.
    delay: usize,
    /// Samples that came, and how many may.
    came: u64,
    most: u64,
    rate: u32,
    end: Instant,
}

impl Narrow {
    fn from(rate: u32, end: Instant) -> Result<Self, Unfit> {
        let by = match rate {
            RATE => None,
            _ => Some(FftFixedIn::new(rate as usize, RATE as usize, PIECE, 1, 1).map_err(|_| Unfit::Broken)?),
        };
        let delay = by.as_ref().map_or(0, Resampler::output_delay);
        let most = u64::from(rate) * u64::from(MOST_S);
        Ok(Self { by, held: Vec::new(), made: Vec::new(), delay, came: 0, most, rate, end })
    }

    fn push(&mut self, sample: f32) -> Result<(), Unfit> {
        self.came += 1;
        if self.came > self.most {
            return Err(Unfit::TooLong);
        }
        self.held.push(sample);
        let full = self.by.as_ref().map_or(PIECE, Resampler::input_frames_next);
        if self.held.len() < full { Ok(()) } else { self.turn(false) }
    }

    /// Makes of what is held; of less than a piece at the end.
    fn turn(&mut self, last: bool) -> Result<(), Unfit> {
        if Instant::now() > self.end {
            return Err(Unfit::TooSlow);
        }
        let made = match &mut self.by {
            None => std::mem::take(&mut self.held),
            Some(by) => {
                let made = match last {
                    false => by.process(&[&self.held], None),
                    true => by.process_partial((!self.held.is_empty()).then_some(&[&self.held][..]), None),
                };
                self.held.clear();
                made.map_err(|_| Unfit::Broken)?.pop().unwrap_or_default()
            }
        };
        #[expect(clippy::cast_possible_truncation, reason = "within its range")]
        let whole = |value: &f32| (value.clamp(-1.0, 1.0) * 32_767.0).round() as i16;
        self.made.extend(made.iter().map(whole));
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<i16>, Unfit> {
        let wanted = usize::try_from(self.came * u64::from(RATE) / u64::from(self.rate)).unwrap_or(0);
        self.turn(true)?;
        // until the last sample is through the filter
        for _ in 0..4 {
            if self.made.len() < wanted + self.delay {
                self.turn(true)?;
            }
        }
        self.made.drain(..self.delay.min(self.made.len()));
        self.made.truncate(wanted);
        Ok(self.made)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A tone in a WAV of that rate.
    fn tone(hz: f32, rate: u32, seconds: f32) -> Vec<u8> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a test")]
        let count = (rate as f32 * seconds) as usize;
        let at = |n: usize| (n as f32 * hz * std::f32::consts::TAU / rate as f32).sin() * 16_000.0;
        #[expect(clippy::cast_possible_truncation, reason = "within its range")]
        let samples: Vec<i16> = (0..count).map(|n| at(n) as i16).collect();
        wav::write(&samples, rate)
    }

    /// How much of it is that tone, 0 to 1.
    fn share(sound: &Sound, hz: f32) -> f32 {
        let (mut re, mut im, mut all) = (0.0_f32, 0.0_f32, 0.0_f32);
        for (n, sample) in sound.samples.iter().enumerate() {
            let (value, angle) = (f32::from(*sample), n as f32 * hz * std::f32::consts::TAU / RATE as f32);
            re += value * angle.cos();
            im += value * angle.sin();
            all += value * value;
        }
        2.0 * (re * re + im * im) / (all * sound.samples.len() as f32)
    }

    #[test]
    fn a_tone_stays_a_tone_at_our_rate() {
        for rate in [8_000, 16_000, 44_100, 48_000, 11_025, 22_050, 96_000, 7_999] {
            let sound = Sound::decode(tone(700.0, rate, 1.5)).expect("sound");
            assert!((1_498..=1_500).contains(&sound.ms()), "{rate}: {} ms", sound.ms());
            assert!(share(&sound, 700.0) > 0.98, "{rate}: {}", share(&sound, 700.0));
            assert!(sound.loud_ms() > 1_400);
        }
        // what a telephone cannot carry is not folded into what it can
        let high = Sound::decode(tone(7_300.0, 44_100, 1.0)).expect("sound");
        assert!(high.loud_ms() < 100, "{}", high.loud_ms());
    }

    #[test]
    fn an_mp3_is_read_by_its_content() {
        let sound = Sound::decode(include_bytes!("../../tests/support/tone.mp3").to_vec()).expect("sound");
        assert!((900..=1_200).contains(&sound.ms()), "{} ms", sound.ms());
        assert!(share(&sound, 800.0) > 0.8, "{}", share(&sound, 800.0));
    }

    #[test]
    fn s27_what_is_no_sound_is_refused_by_name() {
        let page = b"<html><script>alert(1)</script></html>".to_vec();
        for (what, bytes, why) in [
            ("nothing", Vec::new(), Unfit::Unknown),
            ("a page", page, Unfit::Unknown),
            ("an archive", b"PK\x03\x04".repeat(1000), Unfit::Unknown),
            ("a header alone", tone(1.0, 8_000, 0.0), Unfit::Empty),
            ("an empty tag", b"ID3\x04\0\0\x7f\x7f\x7f\x7f".to_vec(), Unfit::Broken),
            ("eleven minutes", tone(1.0, 4_000, 660.0), Unfit::TooLong),
        ] {
            assert_eq!(Sound::decode(bytes).expect_err(what), why, "{what}");
        }
        let late = Instant::now().checked_sub(Duration::from_secs(1)).expect("a clock that runs");
        assert_eq!(Sound::decode_until(tone(1.0, 8_000, 2.0), late), Err(Unfit::TooSlow));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn s27_whatever_is_spoilt_is_sound_or_refused(
            is_mp3 in any::<bool>(),
            spoils in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = match is_mp3 {
                true => include_bytes!("../../tests/support/tone.mp3").to_vec(),
                false => tone(440.0, 11_025, 0.3),
            };
            for (at, value) in spoils {
                // heads are where sizes stand
                let at = at.index(bytes.len());
                let at = if at % 2 == 0 { at % 64 } else { at };
                bytes[at] = value;
            }
            bytes.truncate(cut.index(bytes.len()).max(64));
            if let Ok(sound) = Sound::decode(bytes) {
                prop_assert!(sound.ms() <= MOST_S * 1_000);
            }
        }
    }
}
