//! The pipe to a worker, without I/O: frames on its input and output.
//!
//! ```text
//! frame    = length u32 (of what follows, at most 8 MB), kind u8, body
//! text     = length u32, UTF-8         sound = length u32 (samples), s16 at 8 kHz        texts = count u16, text ...
//!
//! worker   0x80 Ready      version u16                     first, once its engine works; else
//!          0x81 Unfit      why text                        and it ends
//! vigie    0x01 Speak      id u32, language text, voice text (empty: the usual), text
//!          0x02 Understand id u32, language text, expects texts, sound
//! worker   0x82 Sound      id u32, sound
//!          0x83 Understood id u32, text, confidence u8 (percent), margin i16, rejected u8
//!          0x84 Failed     id u32, why text
//! ```
//!
//! Everything is big endian, the samples little. One question at a time: an answer bears the number of its question, and
//! what is no answer to it is a fault. A frame that is not whole, too long or not understood is one too: who sent it is
//! not listened to any more.

mod bytes;
#[cfg(test)]
mod tests;

use bytes::{Reads, Writes};

/// Of what is said here; who says another is not understood.
pub const VERSION: u16 = 1;
/// Bytes of a frame behind its length.
pub const MOST_FRAME: usize = 8 << 20;
/// Bytes of a sentence.
pub const MOST_TEXT: usize = 8_000;
/// Answers that are expected at once.
pub const MOST_EXPECTED: usize = 500;
/// Samples either way: two minutes.
pub const MOST_SAMPLES: usize = 960_000;
/// Samples a second.
pub const RATE: u32 = 8_000;

/// Why a frame is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Longer than any frame, or empty: its length.
    Length(u32),
    /// Of no kind that is known.
    Kind(u8),
    /// It ends in the middle of that field, or the field is longer than it may be.
    Field(&'static str),
    /// More bytes than its fields have.
    Rest(usize),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Length(bytes) => write!(f, "a frame of {bytes} bytes, expected 1 to {MOST_FRAME}"),
            Self::Kind(kind) => write!(f, "a frame of kind {kind:#04x}, which is none"),
            Self::Field(field) => write!(f, "a frame whose {field} is broken"),
            Self::Rest(bytes) => write!(f, "a frame with {bytes} bytes too many"),
        }
    }
}

/// What a worker is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Text to speech.
    Speak {
        /// The answer bears it.
        id: u32,
        /// `fr`, `en`.
        language: String,
        /// A name of the engine's; empty: the usual one of that language.
        voice: String,
        /// What is said.
        text: String,
    },
    /// Speech to one of the answers that are expected.
    Understand {
        /// The answer bears it.
        id: u32,
        /// `fr`, `en`.
        language: String,
        /// In words; `#`: spoken digits.
        expects: Vec<String>,
        /// At 8 kHz.
        sound: Vec<i16>,
    },
}

/// What a worker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It works.
    Ready {
        /// What it speaks: [`VERSION`].
        version: u16,
    },
    /// It cannot: a library or a model is missing.
    Unfit {
        /// Which.
        why: String,
    },
    /// Spoken.
    Sound {
        /// Of the question.
        id: u32,
        /// At 8 kHz.
        sound: Vec<i16>,
    },
    /// Heard.
    Understood {
        /// Of the question.
        id: u32,
        /// One of what was expected, the nearest; empty: none at all.
        text: String,
        /// Percent, by the margin.
        confidence: u8,
        /// How much nearer it is than any row of sounds; below its threshold it is rejected.
        margin: i16,
        /// It is nearer to something else than to what was expected.
        rejected: bool,
    },
    /// It could not.
    Failed {
        /// Of the question.
        id: u32,
        /// Why.
        why: String,
    },
}

/// Something that goes through the pipe.
pub trait Message: Sized {
    /// Its frame.
    fn frame(&self) -> Vec<u8>;

    /// What a frame says, without its length.
    ///
    /// # Errors
    /// When it says nothing that is known.
    fn read(frame: &[u8]) -> Result<Self, Fault>;
}

impl Message for Question {
    fn frame(&self) -> Vec<u8> {
        match self {
            Self::Speak { id, language, voice, text } => {
                Writes::kind(0x01).u32(*id).text(language).text(voice).text(text).whole()
            }
            Self::Understand { id, language, expects, sound } => {
                Writes::kind(0x02).u32(*id).text(language).texts(expects).sound(sound).whole()
            }
        }
    }

    fn read(frame: &[u8]) -> Result<Self, Fault> {
        let (kind, mut reads) = Reads::of(frame)?;
        let question = match kind {
            0x01 => Self::Speak {
                id: reads.u32("id")?,
                language: reads.text("language")?,
                voice: reads.text("voice")?,
                text: reads.text("text")?,
            },
            0x02 => Self::Understand {
                id: reads.u32("id")?,
                language: reads.text("language")?,
                expects: reads.texts("expects")?,
                sound: reads.sound("sound")?,
            },
            other => return Err(Fault::Kind(other)),
        };
        reads.end()?;
        Ok(question)
    }
}

impl Message for Answer {
    fn frame(&self) -> Vec<u8> {
        match self {
            Self::Ready { version } => Writes::kind(0x80).u16(*version).whole(),
            Self::Unfit { why } => Writes::kind(0x81).text(why).whole(),
            Self::Sound { id, sound } => Writes::kind(0x82).u32(*id).sound(sound).whole(),
            Self::Understood { id, text, confidence, margin, rejected } => {
                let of = Writes::kind(0x83).u32(*id).text(text).u8(*confidence);
                of.u16(margin.cast_unsigned()).u8(u8::from(*rejected)).whole()
            }
            Self::Failed { id, why } => Writes::kind(0x84).u32(*id).text(why).whole(),
        }
    }

    fn read(frame: &[u8]) -> Result<Self, Fault> {
        let (kind, mut reads) = Reads::of(frame)?;
        let answer = match kind {
            0x80 => Self::Ready { version: reads.u16("version")? },
            0x81 => Self::Unfit { why: reads.text("why")? },
            0x82 => Self::Sound { id: reads.u32("id")?, sound: reads.sound("sound")? },
            0x83 => Self::Understood {
                id: reads.u32("id")?,
                text: reads.text("text")?,
                confidence: reads.u8("confidence")?,
                margin: reads.u16("margin")?.cast_signed(),
                rejected: match reads.u8("rejected")? {
                    0 => false,
                    1 => true,
                    _ => return Err(Fault::Field("rejected")),
                },
            },
            0x84 => Self::Failed { id: reads.u32("id")?, why: reads.text("why")? },
            other => return Err(Fault::Kind(other)),
        };
        reads.end()?;
        Ok(answer)
    }
}

/// Frames out of bytes, in whatever pieces they come.
#[derive(Debug, Default)]
pub struct Decoder {
    bytes: Vec<u8>,
    /// Of these, what was read.
    at: usize,
}

impl Decoder {
    /// Some more bytes. Who feeds before asking for what is there keeps more than a frame.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.at);
        self.at = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// What is there whole.
    ///
    /// # Errors
    /// When it is no frame; nothing that follows is one either.
    pub fn next_message<M: Message>(&mut self) -> Result<Option<M>, Fault> {
        let rest = &self.bytes[self.at..];
        let Some((length, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_be_bytes(*length);
        let bytes = usize::try_from(length).ok().filter(|bytes| (1..=MOST_FRAME).contains(bytes));
        let bytes = bytes.ok_or(Fault::Length(length))?;
        let Some(frame) = rest.get(..bytes) else { return Ok(None) };
        let message = M::read(frame)?;
        self.at += 4 + bytes;
        Ok(Some(message))
    }

    /// Whether something is there that was not asked for.
    pub fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }
}
