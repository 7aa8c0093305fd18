//! WAV: what of it is read, and the one form that is written.
//!
//! Read are PCM of 8 to 32 bits, floating point, A-law and µ-law, of any rate that telephones and studios know. Sizes
//! in headers are taken for claims: nothing is made room for that is not there.

/// Rates that are read, Hz.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;
/// Channels that are read.
const CHANNELS: std::ops::RangeInclusive<u16> = 1..=8;

/// How one sample is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Unsigned8,
    Signed16,
    Signed24,
    Signed32,
    Float32,
    ALaw,
    MuLaw,
}

/// A WAV file whose header was understood.
#[derive(Debug, PartialEq)]
pub(super) struct Wav<'a> {
    /// Hz.
    pub(super) rate: u32,
    channels: usize,
    coding: Coding,
    data: &'a [u8],
}

/// Whether it says that it is one.
pub(super) fn is_wav(bytes: &[u8]) -> bool {
    bytes.len() >= 12 && &bytes[..4] == b"RIFF" && &bytes[8..12] == b"WAVE"
}

impl<'a> Wav<'a> {
    /// `None` of what is none, or in a form that is not read.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        if !is_wav(bytes) {
            return None;
        }
        let (mut at, mut form) = (12, None);
        while let (Some(name), Some(size)) = (bytes.get(at..at + 4), number(bytes, at + 4)) {
            let from = at + 8;
            let to = from.checked_add(size as usize)?.min(bytes.len());
            match (name, form) {
                (b"fmt ", None) => form = Some(Form::read(bytes.get(from..to)?)?),
                (b"data", Some(Form { rate, channels, coding })) => {
                    // who was stopped while he wrote left no size
                    let to = if size == 0 { bytes.len() } else { to };
                    return Some(Self { rate, channels, coding, data: &bytes[from..to] });
                }
                _ => {}
            }
            at = from.checked_add(size as usize)?.checked_add((size & 1) as usize)?;
        }
        None
    }

    /// Its samples, all channels made one, from -1 to 1.
    pub(super) fn samples(&self) -> impl Iterator<Item = f32> {
        let (width, channels, coding) = (self.coding.bytes(), self.channels, self.coding);
        self.data.chunks_exact(width * channels).map(move |frame| {
            let sum: f32 = frame.chunks_exact(width).map(|sample| coding.value(sample)).sum();
            sum / channels as f32
        })
    }
}

#[derive(Clone, Copy)]
struct Form {
    rate: u32,
    channels: usize,
    coding: Coding,
}

impl Form {
    fn read(chunk: &[u8]) -> Option<Self> {
        let (channels, rate) = (short(chunk, 2)?, number(chunk, 4)?);
        let (align, bits) = (short(chunk, 12)?, short(chunk, 14)?);
        let kind = match short(chunk, 0)? {
            // extensible: the kind stands first in its sub-format
            0xfffe => short(chunk, 24)?,
            kind => kind,
        };
        let coding = match (kind, bits) {
            (1, 8) => Coding::Unsigned8,
            (1, 16) => Coding::Signed16,
            (1, 24) => Coding::Signed24,
            (1, 32) => Coding::Signed32,
            (3, 32) => Coding::Float32,
            (6, 8) => Coding::ALaw,
            (7, 8) => Coding::MuLaw,
            _ => return None,
        };
        let sound = RATES.contains(&rate)
            && CHANNELS.contains(&channels)
            && usize::from(align) == coding.bytes() * usize::from(channels);
        sound.then_some(Self { rate, channels: channels.into(), coding })
    }
}

impl Coding {
    fn bytes(self) -> usize {
        match self {
            Self::Unsigned8 | Self::ALaw | Self::MuLaw => 1,
            Self::Signed16 => 2,
            Self::Signed24 => 3,
            Self::Signed32 | Self::Float32 => 4,
        }
    }

    fn value(self, sample: &[u8]) -> f32 {
        match (self, sample) {
            (Self::Unsigned8, [a]) => (f32::from(*a) - 128.0) / 128.0,
            (Self::Signed16, [a, b]) => f32::from(i16::from_le_bytes([*a, *b])) / 32_768.0,
            (Self::Signed24, [a, b, c]) => i32::from_le_bytes([0, *a, *b, *c]) as f32 / 2_147_483_648.0,
            (Self::Signed32, [a, b, c, d]) => i32::from_le_bytes([*a, *b, *c, *d]) as f32 / 2_147_483_648.0,
            (Self::Float32, [a, b, c, d]) => {
                let value = f32::from_le_bytes([*a, *b, *c, *d]);
                if value.is_finite() { value.clamp(-1.0, 1.0) } else { 0.0 }
            }
            (Self::ALaw, [a]) => f32::from(a_law(*a)) / 32_768.0,
            (Self::MuLaw, [a]) => f32::from(mu_law(*a)) / 32_768.0,
            _ => 0.0,
        }
    }
}

/// G.711, A-law.
fn a_law(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let (part, step) = (i16::from((byte >> 4) & 7), i16::from(byte & 15));
    let size = match part {
        0 => (step << 4) + 8,
        _ => ((step << 4) + 0x108) << (part - 1),
    };
    if byte & 0x80 == 0 { -size } else { size }
}

/// G.711, µ-law.
fn mu_law(byte: u8) -> i16 {
    let byte = !byte;
    let (part, step) = ((byte >> 4) & 7, i16::from(byte & 15));
    let size = (((step << 3) + 0x84) << part) - 0x84;
    if byte & 0x80 == 0 { size } else { -size }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(two.try_into().ok()?))
}

/// PCM of 16 bits, one channel, at that rate.
pub(super) fn write(samples: &[i16], rate: u32) -> Vec<u8> {
    let data = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX);
    let mut file = Vec::with_capacity(44 + samples.len() * 2);
    file.extend(b"RIFF");
    file.extend((data.saturating_add(36)).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend([1, 0, 1, 0]); // PCM, one channel
    file.extend(rate.to_le_bytes());
    file.extend((rate * 2).to_le_bytes());
    file.extend([2, 0, 16, 0]);
    file.extend(b"data");
    file.extend(data.to_le_bytes());
    for sample in samples {
        file.extend(sample.to_le_bytes());
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kind: u16, bits: u16, channels: u16, rate: u32, data: &[u8]) -> Vec<u8> {
        let align = bits / 8 * channels;
        let mut file = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        file.extend(kind.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend((rate * u32::from(align)).to_le_bytes());
        file.extend(align.to_le_bytes());
        file.extend(bits.to_le_bytes());
        file.extend(b"data");
        file.extend((data.len() as u32).to_le_bytes());
        file.extend(data);
        file
    }

    fn told(file: &[u8]) -> Option<Vec<f32>> {
        Wav::read(file).map(|wav| wav.samples().map(|value| (value * 1000.0).round() / 1000.0).collect())
    }

    #[test]
    fn each_coding_is_read() {
        assert_eq!(told(&file(1, 8, 1, 8_000, &[128, 0, 192])), Some(vec![0.0, -1.0, 0.5]));
        assert_eq!(told(&file(1, 16, 2, 8_000, &[0, 64, 0, 64, 0, 64, 0, 192])), Some(vec![0.5, 0.0]));
        assert_eq!(told(&file(1, 24, 1, 8_000, &[0, 0, 64])), Some(vec![0.5]));
        assert_eq!(told(&file(1, 32, 1, 8_000, &[0, 0, 0, 192])), Some(vec![-0.5]));
        let floats: Vec<u8> =
            [0.25_f32, f32::NAN, 9.0].iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(told(&file(3, 32, 1, 8_000, &floats)), Some(vec![0.25, 0.0, 1.0]));
        assert_eq!(told(&file(7, 8, 1, 8_000, &[0xff, 0x80, 0x00])), Some(vec![0.0, 0.98, -0.98]));
        assert_eq!(told(&file(6, 8, 1, 8_000, &[0xd5, 0xaa, 0x2a])), Some(vec![0.0, 0.984, -0.984]));
    }

    #[test]
    fn s27_what_a_header_claims_is_not_believed() {
        let good = file(1, 16, 1, 8_000, &[0, 64, 0, 64]);
        let with = |at: usize, value: u32| {
            let mut file = good.clone();
            file[at..at + 4].copy_from_slice(&value.to_le_bytes());
            told(&file)
        };
        let data = good.len() - 8;
        assert_eq!(with(data, u32::MAX), Some(vec![0.5, 0.5]), "more than there is");
        assert_eq!(with(data, 0), Some(vec![0.5, 0.5]), "it was not closed");
        assert_eq!(with(16, u32::MAX), None, "a chunk beyond the end");
        assert_eq!(with(28, 3), None, "a form too short");
        assert_eq!(with(36, 0), None, "no rate");
        assert_eq!(with(36, u32::MAX), None, "no such rate");
        assert_eq!(with(34, 0), None, "no channel");
        for length in 0..good.len() - 4 {
            told(&good[..length]);
        }
        assert_eq!(told(&file(1, 12, 1, 8_000, &[0, 0])), None, "12 bits");
        assert_eq!(told(&file(85, 16, 1, 8_000, &[0, 0])), None, "MP3 in a WAV");
    }

    #[test]
    fn what_is_written_is_read() {
        let written = write(&[0, 16_384, -16_384], 8_000);
        assert_eq!(told(&written), Some(vec![0.0, 0.5, -0.5]));
        assert_eq!(Wav::read(&written).expect("one").rate, 8_000);
    }
}
