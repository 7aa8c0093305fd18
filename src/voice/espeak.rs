//! A voice of this machine: the program that speaks sentences of flows too.

use std::path::PathBuf;

use super::{Mouth, Pcm, Pending, VoiceError};
use crate::prompts::{Language, USUAL, say};

/// `espeak-ng`, or a program that takes the same; one process for each sentence, killed when it is not wanted any more.
#[derive(Debug, Clone, Default)]
pub struct Espeak {
    program: Option<PathBuf>,
}

impl Espeak {
    /// Without a program it says that it is missing.
    pub fn new(program: Option<PathBuf>) -> Self {
        Self { program }
    }
}

impl Mouth for Espeak {
    fn name(&self) -> &str {
        "espeak-ng"
    }

    fn speak(&self, text: &str, language: &str) -> Pending<Pcm> {
        let (program, text) = (self.program.clone(), text.to_owned());
        let language = Language::of(language).unwrap_or_default();
        Box::pin(async move {
            let program = program.ok_or_else(|| VoiceError::Missing(format!("{USUAL} is not installed")))?;
            let sound = say(&program, &text, language).await.map_err(VoiceError::Refused)?;
            Ok(sound.samples().into())
        })
    }
}
