//! The engines of this machine, for assistants: found, begun, and told of when they are not there.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::config::{AssistantConfig, Config, Voice};
use crate::voice::dialogue::Dialogue;
use crate::voice::machine::{self, MachineEars, MachineMouth, Pool};
use crate::voice::{Ears, Mouth, VoiceError};

use super::sounds;

/// See the module.
pub(super) struct Machine {
    mouth: Option<Arc<Pool>>,
    ears: Option<Arc<Pool>>,
    /// The program that speaks.
    program: Option<PathBuf>,
}

impl Machine {
    /// Begins a worker of each half, and waits for none: the floor is there before them.
    pub(super) fn start(config: &Config) -> Self {
        let program = sounds::voice(config);
        let none = Self { mouth: None, ears: None, program: program.clone() };
        let Some(worker) = worker(config) else {
            if config.voice_worker == Voice::Usual {
                log::warn!("there is no {} beside this program (VIGIE_VOICE_WORKER)", machine::WORKER);
            }
            return none;
        };
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let (mouth, ears) = machine::start(&worker, cores);
        let there = |pool: Result<Arc<Pool>, VoiceError>, what: &str| match pool {
            Ok(pool) => Some(pool),
            Err(why) => {
                log::warn!("this machine does not {what}: {why}");
                None
            }
        };
        // a program that was named speaks itself
        let mouth = there(mouth, "speak").filter(|_| matches!(config.voice, Voice::Usual));
        Self { mouth, ears: there(ears, "hear"), program }
    }

    /// The library where it is there, else the program.
    pub(super) fn mouth(&self) -> Option<Arc<dyn Mouth>> {
        let pool = self.mouth.clone()?;
        Some(Arc::new(MachineMouth::new(pool, self.program.clone())))
    }

    pub(super) fn ears(&self) -> Option<Arc<dyn Ears>> {
        self.ears.clone().map(|pool| -> Arc<dyn Ears> { Arc::new(MachineEars::new(pool)) })
    }
}

/// The program of the workers.
pub(super) fn worker(config: &Config) -> Option<PathBuf> {
    match &config.voice_worker {
        Voice::Off => None,
        Voice::Program(program) => Some(program.clone()),
        Voice::Usual => machine::beside(),
    }
}

/// What assistants of that language follow, where the settings name no other.
///
/// # Errors
/// When it is wrong.
pub(super) fn usual_dialogue(english: bool) -> io::Result<Arc<Dialogue>> {
    Dialogue::usual(english).map(Arc::new).map_err(io::Error::other)
}

/// What an assistant follows where no model is configured.
///
/// # Errors
/// When its file cannot be read, or is wrong.
pub(super) fn dialogue(config: &Config, of: &AssistantConfig) -> io::Result<Arc<Dialogue>> {
    let english = of.language.as_deref().map_or(config.english, |language| language == "en");
    let wrong = |why: String| {
        let file = of.dialogue.as_ref().map(|file| format!("{}: ", file.display())).unwrap_or_default();
        io::Error::other(format!("assistant.dialogue: {file}{why}"))
    };
    let dialogue = match &of.dialogue {
        None => Dialogue::usual(english),
        Some(file) => std::fs::read_to_string(file)
            .map_err(|problem| problem.to_string())
            .and_then(|text| Dialogue::read(&text)),
    };
    let dialogue = dialogue.map_err(wrong)?;
    let language = if english { "en" } else { "fr" };
    if dialogue.language != language {
        return Err(wrong(format!("language: `{}`, and the assistant speaks {language}", dialogue.language)));
    }
    Ok(Arc::new(dialogue))
}
