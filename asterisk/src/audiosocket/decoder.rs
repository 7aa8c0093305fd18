//! Bytes from Asterisk into what they say.

use std::fmt;

use bytes::{Buf, Bytes, BytesMut};

use super::{HEADER, Rate, Uuid, kind};

/// 20 ms of G.711, which Asterisk sends as if it were 8 kHz PCM when `Dial(AudioSocket/…)` names no codec.
const G711_LENGTH: usize = 160;
/// So many of them in a row, and nothing else, are no coincidence: half a second.
const G711_FRAMES: u32 = 25;

/// What a connection says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// First, and once: whose call it is.
    Begins(Uuid),
    /// The caller pressed a key: `0` to `9`, `*`, `#`, `A` to `D`.
    Digit(char),
    /// The caller's voice; samples of 16 bit, little endian, never half of one.
    Audio(Rate, Bytes),
    /// The other side says that it is over. Asterisk closes instead.
    Over,
    /// The other side failed, by a code of the protocol's: 1 the caller hung up, 2 a frame, 4 memory.
    Failed(u8),
    /// A kind that nobody knows, passed over: its number.
    Unknown(u8),
}

/// Why a connection must be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudioSocketError {
    /// The first frame was of that kind and length, and not the UUID: no Asterisk.
    NoUuid(u8, u16),
    /// A second UUID.
    TwoUuids,
    /// A key of that byte, or of another length than one.
    NoKey,
}

impl fmt::Display for AudioSocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoUuid(kind, length) => {
                write!(f, "the first frame is of kind 0x{kind:02x} and {length} bytes, not a UUID of 16")
            }
            Self::TwoUuids => f.write_str("a second UUID"),
            Self::NoKey => f.write_str("a key that no telephone has"),
        }
    }
}

impl std::error::Error for AudioSocketError {}

/// One connection's.
#[derive(Debug, Default)]
pub struct Decoder {
    begun: bool,
    failed: Option<AudioSocketError>,
    /// Frames in a row that look like G.711.
    suspicious: u32,
    other_audio: bool,
}

impl Decoder {
    /// Of a connection that is new.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one frame out of `buffer`; nothing when it is not whole yet. A frame is 65,538 bytes at most, and so
    /// is what `buffer` must be able to hold.
    ///
    /// # Errors
    /// When it is no AudioSocket, or is not any more; the same each time from then on.
    pub fn receive(&mut self, buffer: &mut BytesMut) -> Result<Option<Heard>, AudioSocketError> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        let heard = self.next(buffer);
        self.failed = heard.as_ref().err().copied();
        heard
    }

    fn next(&mut self, buffer: &mut BytesMut) -> Result<Option<Heard>, AudioSocketError> {
        let Some((&[of, high, low], rest)) = buffer.split_first_chunk::<HEADER>() else { return Ok(None) };
        let length = u16::from_be_bytes([high, low]);
        // told before its bytes are waited for: a scanner may never send them
        if !self.begun && (of, length) != (kind::UUID, 16) {
            return Err(AudioSocketError::NoUuid(of, length));
        }
        if rest.len() < usize::from(length) {
            return Ok(None);
        }
        buffer.advance(HEADER);
        let payload = buffer.split_to(usize::from(length)).freeze();
        self.read(of, payload).map(Some)
    }

    fn read(&mut self, of: u8, mut payload: Bytes) -> Result<Heard, AudioSocketError> {
        if let Some(rate) = Rate::of(of) {
            if payload.len() == G711_LENGTH && rate == Rate::Hz8000 {
                self.suspicious = self.suspicious.saturating_add(1);
            } else {
                self.other_audio = true;
            }
            payload.truncate(payload.len() & !1);
            return Ok(Heard::Audio(rate, payload));
        }
        match of {
            kind::UUID if self.begun => Err(AudioSocketError::TwoUuids),
            kind::UUID => {
                self.begun = true;
                let bytes = <[u8; 16]>::try_from(&payload[..]);
                bytes.map(|bytes| Heard::Begins(Uuid(bytes))).map_err(|_| AudioSocketError::TwoUuids)
            }
            kind::DIGIT => match payload[..] {
                [key @ (b'0'..=b'9' | b'*' | b'#' | b'A'..=b'D')] => Ok(Heard::Digit(char::from(key))),
                _ => Err(AudioSocketError::NoKey),
            },
            kind::HANGUP => Ok(Heard::Over),
            kind::ERROR => Ok(Heard::Failed(payload.first().copied().unwrap_or_default())),
            other => Ok(Heard::Unknown(other)),
        }
    }

    /// How many frames, from the first on, are G.711 by their lengths though they come as 8 kHz PCM: 25 and more, or none.
    /// It sounds as clicks, and wants `/c(slin)` in the dialplan. Frames of 10 ms of PCM are as long: who has a clock
    /// tells the two apart.
    pub fn like_g711(&self) -> Option<u32> {
        (!self.other_audio && self.suspicious >= G711_FRAMES).then_some(self.suspicious)
    }
}
