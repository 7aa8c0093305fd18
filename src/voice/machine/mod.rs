//! The engines of this machine: C libraries in worker processes (`vigie-voice`), watched as actors are.
//!
//! ```text
//! conversation ─▶ MachineMouth, MachineEars ─▶ Pool (bounded queue) ─▶ Process ⇄ vigie-voice
//!                                                ├─ dead, late or talking nonsense: killed, and another in its place
//!                                                └─ its question once more, on another
//! ```
//!
//! A fault in a library costs the worker that had it, and nobody his conversation. What is said through the pipe is
//! `worker::protocol`.

mod pool;
mod process;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use pool::{Figures, Limits, Pool};
use worker::protocol::{Answer, Question};

use super::{About, Ears, Espeak, Mouth, Pcm, Pending, Understood, VoiceError};

/// The program of the workers, beside our own.
pub const WORKER: &str = "vigie-voice";

/// Which half of the voice a worker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Text to speech: espeak-ng.
    Speak,
    /// Speech to one of the answers that are expected: pocketsphinx.
    Hear,
}

impl Role {
    /// As the worker is told.
    pub fn word(self) -> &'static str {
        match self {
            Self::Speak => "speak",
            Self::Hear => "hear",
        }
    }
}

/// Where the program is: beside the one that runs, or one folder up, where tests run from.
pub fn beside() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let folders = own.ancestors().skip(1).take(2);
    folders.map(|folder| folder.join(WORKER)).find(|program| program.is_file())
}

/// Speaks with the library; with the program where that cannot.
pub struct MachineMouth {
    pool: Arc<Pool>,
    instead: Espeak,
}

impl MachineMouth {
    /// `instead`: the program that speaks.
    pub fn new(pool: Arc<Pool>, instead: Option<PathBuf>) -> Self {
        Self { pool, instead: Espeak::new(instead) }
    }
}

impl Mouth for MachineMouth {
    fn speak(&self, text: &str, language: &str) -> Pending<Pcm> {
        let question = Question::Speak {
            id: 0,
            language: language.to_owned(),
            voice: String::new(),
            text: text.to_owned(),
        };
        let spoken = self.pool.ask(question);
        let (instead, text, language) = (self.instead.clone(), text.to_owned(), language.to_owned());
        Box::pin(async move {
            match spoken.await {
                Ok(Answer::Sound { sound, .. }) if !sound.is_empty() => Ok(sound.into()),
                Ok(_) => Err(VoiceError::Refused("the voice of this machine made nothing of it".into())),
                Err(why) => {
                    log::warn!("the library does not speak, and the program does instead: {why}");
                    instead.speak(&text, &language).await
                }
            }
        })
    }
}

/// Hears which of the answers that are expected was said.
pub struct MachineEars(Arc<Pool>);

impl MachineEars {
    /// With these workers.
    pub fn new(pool: Arc<Pool>) -> Self {
        Self(pool)
    }
}

impl Ears for MachineEars {
    fn understand(&self, _utterance: Pcm, _language: &str) -> Pending<Understood> {
        let why = "the ears of this machine hear only answers that are expected, and nobody said which";
        Box::pin(async move { Err(VoiceError::Missing(why.into())) })
    }

    fn understand_about(&self, utterance: Pcm, about: &About) -> Pending<Understood> {
        if about.expects.is_empty() {
            return self.understand(utterance, &about.language);
        }
        let heard = self.0.ask(Question::Understand {
            id: 0,
            language: about.language.clone(),
            expects: about.expects.clone(),
            sound: utterance.to_vec(),
        });
        Box::pin(async move {
            match heard.await? {
                // what was rejected was not understood
                Answer::Understood { rejected: true, .. } => {
                    Ok(Understood { text: String::new(), confidence: None })
                }
                Answer::Understood { text, confidence, .. } => {
                    Ok(Understood { text, confidence: Some(confidence.min(100)) })
                }
                _ => Err(VoiceError::Refused("it answers something else".into())),
            }
        })
    }
}

/// Workers of both halves, where that program is and its libraries are.
pub fn start(program: &Path, ears: usize) -> (Result<Arc<Pool>, VoiceError>, Result<Arc<Pool>, VoiceError>) {
    let limits = Limits::default();
    // one speaks a sentence in 10 ms: two of them are enough for hundreds of callers, and one may be killed
    let mouth = Pool::start(program, Role::Speak, Limits { workers: 2, ..limits.clone() });
    let ears = Pool::start(program, Role::Hear, Limits { workers: ears.max(2), ..limits });
    (mouth, ears)
}
