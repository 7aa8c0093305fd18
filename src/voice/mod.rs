//! The ports of an AI session to whoever hears, thinks and speaks for it; each engine is a module of its own.

mod espeak;
mod ready;

pub use espeak::Espeak;
pub use ready::Ready;

/// Samples: 16 bit, mono, 8 kHz, as telephony has them.
pub type Pcm = std::sync::Arc<[i16]>;

/// Why an engine could not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoiceError {
    /// It is not there, or not set up: what is missing.
    Missing(String),
    /// Not within its time, ms.
    TimedOut(u64),
    /// It said no, or nonsense: in its words, without secrets.
    Refused(String),
}

impl std::fmt::Display for VoiceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(what) => f.write_str(what),
            Self::TimedOut(ms) => write!(f, "it took longer than {ms} ms"),
            Self::Refused(why) => f.write_str(why),
        }
    }
}

/// What comes later.
pub type Pending<T> = std::pin::Pin<Box<dyn std::future::Future<Output = Result<T, VoiceError>> + Send>>;

/// Text to speech. Dropping the future cancels it.
pub trait Mouth: Send + Sync {
    /// That text, in that language (`fr`, `en`).
    fn speak(&self, text: &str, language: &str) -> Pending<Pcm>;
}

/// Speech to text, one utterance whole (from its beginning, with 200 ms before it, to the end of the turn).
pub trait Ears: Send + Sync {
    /// What was said.
    fn understand(&self, utterance: Pcm, language: &str) -> Pending<Understood>;
}

/// What was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Understood {
    /// In words.
    pub text: String,
    /// percent
    pub confidence: Option<u8>,
}

/// The model. Pieces come as they are made; dropping the receiver cancels it.
pub trait Mind: Send + Sync {
    /// What the assistant says next.
    fn answer(&self, conversation: Conversation) -> tokio::sync::mpsc::Receiver<Result<Piece, VoiceError>>;
}

/// What was said so far.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// Who the assistant is.
    pub prompt: String,
    /// In order.
    pub lines: Vec<(Speaker, String)>,
}

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// The caller.
    Caller,
    /// The assistant.
    Assistant,
    /// A supervisor, whom the caller does not hear.
    Supervisor,
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A whole sentence, to be said.
    Sentence(String),
    /// A tool, its name and its arguments as JSON.
    Tool {
        /// As the assistant has it.
        name: String,
        /// JSON.
        arguments: String,
    },
    /// It is whole; what it cost.
    Over {
        /// Read.
        tokens_in: u32,
        /// Written.
        tokens_out: u32,
    },
}
