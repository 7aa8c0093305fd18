//! The ports of an AI session to whoever hears, thinks and speaks for it; each engine is a module of its own.
//!
//! ```text
//! session ─utterance─▶ Ears ─▶ words · conversation ─▶ Mind ─▶ sentences, tools · sentence ─▶ Mouth ─▶ sound
//!                        └────────────── Guarded: its time, one retry, a breaker ──────────────┘
//! ```
//!
//! What does not live here: what a conversation means (`actors::ai`), where its sound comes from and goes to (`links`).

mod ear;
mod espeak;
pub mod google;
pub mod guard;
pub mod openai;
mod ready;
mod tools;
mod wire;
mod words;

pub use ear::{Ear, Frame, Inlet, Next, Outlet, Told};
pub use espeak::Espeak;
pub use ready::{EngineNames, Ready};
pub use tools::{Came, Done, Known, Tool, Tools, Whom};
pub use wire::Wire;

/// Which assistants there are, for whoever names one.
pub trait Roster: Send + Sync {
    /// One of that id.
    fn has(&self, id: &str) -> bool;
}

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

/// What an engine will have. Dropping it cancels it.
pub type Pending<T> = std::pin::Pin<Box<dyn std::future::Future<Output = Result<T, VoiceError>> + Send>>;

/// Text to speech. Dropping the future cancels it.
pub trait Mouth: Send + Sync {
    /// Says it.
    fn speak(&self, text: &str, language: &str) -> Pending<Pcm>;

    /// As history calls it; empty: nobody's.
    fn name(&self) -> &str {
        ""
    }

    /// The same, piece by piece as it is made. Mouths that make a sentence whole say it in one.
    fn stream(&self, text: &str, language: &str) -> tokio::sync::mpsc::Receiver<Result<Spoken, VoiceError>> {
        let (to, pieces) = tokio::sync::mpsc::channel(2);
        let spoken = self.speak(text, language);
        on_runtime(to, |to| async move {
            match spoken.await {
                Ok(sound) => {
                    let _ = to.send(Ok(Spoken::Part(sound))).await;
                    let _ = to.send(Ok(Spoken::Whole)).await;
                }
                Err(why) => drop(to.send(Err(why)).await),
            }
        });
        pieces
    }
}

/// Of a sentence that is being spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spoken {
    /// What comes next of its sound.
    Part(Pcm),
    /// That was all.
    Whole,
}

/// Speech to text, one utterance whole (from its beginning, with 200 ms before it, to the end of the turn).
pub trait Ears: Send + Sync {
    /// What was said.
    fn understand(&self, utterance: Pcm, language: &str) -> Pending<Understood>;

    /// The same, where more is known of what it may be. Ears that write down whatever they hear do without.
    fn understand_about(&self, utterance: Pcm, about: &About) -> Pending<Understood> {
        self.understand(utterance, &about.language)
    }

    /// As history calls it; empty: nobody's.
    fn name(&self) -> &str {
        ""
    }

    /// One ear that hears the caller while he speaks; `None`: these are given utterances that are over.
    fn open(&self, _language: &str) -> Option<Ear> {
        None
    }
}

/// What ears know of an utterance before they hear it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// `fr`, `en`.
    pub language: String,
    /// The answers that make sense now, in words; empty: anything does.
    pub expects: Vec<String>,
}

/// What ears made of an utterance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Understood {
    /// Empty: nothing was said.
    pub text: String,
    /// percent
    pub confidence: Option<u8>,
}

/// The model. Pieces come as they are made; dropping the receiver cancels it.
pub trait Mind: Send + Sync {
    /// What the assistant says next.
    fn answer(&self, conversation: Conversation) -> tokio::sync::mpsc::Receiver<Result<Piece, VoiceError>>;

    /// The answers that it would understand now, in words; empty: any. For ears that choose among answers.
    fn expects(&self, _conversation: &Conversation) -> Vec<String> {
        Vec::new()
    }

    /// As history calls it; empty: nobody's.
    fn name(&self) -> &str {
        ""
    }
}

/// What a model is told.
#[derive(Debug, Clone, Default)]
pub struct Conversation {
    /// Who it is and what it shall do; empty: as its settings say.
    pub prompt: String,
    /// What is known of the caller; empty: nothing.
    pub facts: String,
    /// What was said, the oldest first.
    pub lines: Vec<Said>,
    /// What it may want done.
    pub tools: Vec<Tool>,
}

/// A line of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Words.
    By(Speaker, String),
    /// What the model wanted done, and what came of it.
    Tool(std::sync::Arc<actors::ai::ToolUse>),
}

/// Who said words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// Who called.
    Caller,
    /// The model itself, as far as it was heard.
    Assistant,
    /// Who whispers: the caller does not hear it.
    Supervisor,
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A whole sentence, to be said.
    Sentence(String),
    /// A tool, its name and its arguments as JSON. [`TRANSFER`] and [`HANG_UP`] every conversation has.
    Tool {
        /// As it was told to the model.
        name: String,
        /// An object of JSON.
        arguments: String,
    },
    /// It is whole; what it cost.
    Over {
        /// Read, as it counts them; 0 when it does not say.
        tokens_in: u32,
        /// Written.
        tokens_out: u32,
    },
}

/// The tool that brings the caller to a human, once what was said before is heard.
pub const TRANSFER: &str = "transfer";
/// The tool that says goodbye, once what was said before is heard.
pub const HANG_UP: &str = "hang_up";

impl std::fmt::Display for VoiceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(what) => write!(f, "not set up: {what}"),
            Self::TimedOut(ms) => write!(f, "no answer within {ms} ms"),
            Self::Refused(why) => f.write_str(why),
        }
    }
}

/// Works for who waits at the other end, and no longer than he does.
fn on_runtime<T, F>(
    to: tokio::sync::mpsc::Sender<Result<T, VoiceError>>,
    work: impl FnOnce(tokio::sync::mpsc::Sender<Result<T, VoiceError>>) -> F,
) where
    T: Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        let _ = to.try_send(Err(VoiceError::Missing("a model is asked where tasks can run".into())));
        return;
    };
    let waits = to.clone();
    let work = work(to);
    runtime.spawn(async move {
        tokio::select! {
            () = work => {}
            () = waits.closed() => {}
        }
    });
}
