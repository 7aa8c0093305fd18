//! What is sent to Asterisk, and the words that both directions share.

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};

use super::{HEADER, kind};

/// The longest frame that may be sent, in ms: what is written cannot be taken back, and Asterisk plays it at once.
pub const LONGEST_FRAME_MS: u32 = 60;

/// Samples a second. Asterisk before 18.26, 20.17, 21.12, 22.7 and 23.1 knows 8 kHz alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rate {
    /// 8,000: `AudioSocket()` of the dialplan has no other.
    Hz8000,
    /// 12,000
    Hz12000,
    /// 16,000
    Hz16000,
    /// 24,000
    Hz24000,
    /// 32,000
    Hz32000,
    /// 44,100
    Hz44100,
    /// 48,000
    Hz48000,
    /// 96,000
    Hz96000,
    /// 192,000
    Hz192000,
}

impl Rate {
    /// Every one, in the order of their kinds on the wire.
    pub const ALL: [Self; 9] = [
        Self::Hz8000,
        Self::Hz12000,
        Self::Hz16000,
        Self::Hz24000,
        Self::Hz32000,
        Self::Hz44100,
        Self::Hz48000,
        Self::Hz96000,
        Self::Hz192000,
    ];

    /// Samples a second.
    pub const fn hz(self) -> u32 {
        match self {
            Self::Hz8000 => 8_000,
            Self::Hz12000 => 12_000,
            Self::Hz16000 => 16_000,
            Self::Hz24000 => 24_000,
            Self::Hz32000 => 32_000,
            Self::Hz44100 => 44_100,
            Self::Hz48000 => 48_000,
            Self::Hz96000 => 96_000,
            Self::Hz192000 => 192_000,
        }
    }

    /// Bytes of 20 ms: 320 at 8 kHz.
    pub const fn bytes_of_20_ms(self) -> usize {
        (self.hz() / 50 * 2) as usize
    }

    pub(super) const fn kind(self) -> u8 {
        match self {
            Self::Hz8000 => 0x10,
            Self::Hz12000 => 0x11,
            Self::Hz16000 => 0x12,
            Self::Hz24000 => 0x13,
            Self::Hz32000 => 0x14,
            Self::Hz44100 => 0x15,
            Self::Hz48000 => 0x16,
            Self::Hz96000 => 0x17,
            Self::Hz192000 => 0x18,
        }
    }

    pub(super) fn of(kind: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|rate| rate.kind() == kind)
    }
}

/// By what a connection says whose call it is: 16 bytes, shown as `8-4-4-4-12` small hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(pub [u8; 16]);

impl Uuid {
    /// Of these random bytes, as version 4 has them.
    pub fn random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }

    /// From its text, `b03e1453-b79a-46d1-aaeb-ff0eeef93d1c`, as `AudioSocket()` takes it: 36 characters.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
        if text.len() != 36 || !plain {
            return None;
        }
        let number = u128::from_str_radix(&text.replace('-', ""), 16).ok()?;
        Some(Self(number.to_be_bytes()))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// One frame for Asterisk, whole: it is to be written at once. A gap of 20 ms within one made 22.10 hang up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame(Bytes);

/// Why audio is no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameError {
    /// Asterisk hangs up on audio of no length.
    Empty,
    /// Half a sample would be lost.
    Odd,
    /// More than [`LONGEST_FRAME_MS`].
    TooLong,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("audio of no length"),
            Self::Odd => f.write_str("audio that ends within a sample"),
            Self::TooLong => write!(f, "audio of more than {LONGEST_FRAME_MS} ms"),
        }
    }
}

impl std::error::Error for FrameError {}

impl Frame {
    /// Audio: samples of 16 bit, little endian.
    ///
    /// # Errors
    /// What Asterisk would hang up on, or play as a burst.
    pub fn audio(rate: Rate, samples: &[u8]) -> Result<Self, FrameError> {
        if samples.is_empty() {
            return Err(FrameError::Empty);
        }
        if !samples.len().is_multiple_of(2) {
            return Err(FrameError::Odd);
        }
        // at 192 kHz 60 ms are 23,040 bytes: always within the 65,535 of a length
        if samples.len() > rate.hz() as usize * 2 * LONGEST_FRAME_MS as usize / 1_000 {
            return Err(FrameError::TooLong);
        }
        let mut bytes = BytesMut::with_capacity(HEADER + samples.len());
        bytes.put_u8(rate.kind());
        bytes.put_u16(samples.len() as u16);
        bytes.put_slice(samples);
        Ok(Self(bytes.freeze()))
    }

    /// 20 ms of silence.
    pub fn silence(rate: Rate) -> Self {
        let mut bytes = BytesMut::zeroed(HEADER + rate.bytes_of_20_ms());
        let length = rate.bytes_of_20_ms() as u16;
        bytes[0] = rate.kind();
        bytes[1..HEADER].copy_from_slice(&length.to_be_bytes());
        Self(bytes.freeze())
    }

    /// The session is over: the dialplan goes on. Asterisk 18 needs it before the connection closes.
    pub fn hangup() -> Self {
        Self(Bytes::from_static(&[kind::HANGUP, 0, 0]))
    }

    /// For one write.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }
}
