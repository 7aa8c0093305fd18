//! Who speaks, hears and thinks on this server: each engine that is set up, by its name, under one watch.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::super::machine::{self, Machine};
use super::super::sounds;
use crate::assistants::{Language, Offered};
use crate::config::{Config, DeepgramConfig, ElevenLabsConfig, GoogleConfig, OpenAiConfig};
use crate::voice::dialogue::{Dialogue, Scripted};
use crate::voice::guard::{Guard, Guarded, Limits};
use crate::voice::{Ears, Espeak, Mind, Mouth, Wire, deepgram, elevenlabs, google, openai};

/// This machine.
const MACHINE: &str = "machine";
/// What is written down, in place of a model.
const DIALOGUE: &str = "dialogue";
const DEEPGRAM: &str = "deepgram";
const ELEVENLABS: &str = "elevenlabs";
const GOOGLE: &str = "google";
const OPENAI: &str = "openai";

/// A mouth, with that of its voices; `None`: the one of the settings.
type WithVoice = Box<dyn Fn(Option<&str>) -> Arc<dyn Mouth>>;

/// What answers callers in words.
pub(super) struct Thinking {
    /// `None`: nobody does.
    pub(super) mind: Option<Arc<dyn Mind>>,
    /// What it follows, where it is no model.
    pub(super) dialogue: Option<Arc<Dialogue>>,
}

/// See the module.
pub(super) struct Engines {
    mouths: BTreeMap<&'static str, WithVoice>,
    ears: BTreeMap<&'static str, Arc<dyn Ears>>,
    minds: BTreeMap<&'static str, Arc<dyn Mind>>,
    french: Arc<Dialogue>,
    english: Arc<Dialogue>,
    usual: Usual,
}

/// Who does it where an assistant names nobody.
struct Usual {
    mouth: &'static str,
    ears: Option<&'static str>,
    mind: &'static str,
}

impl Usual {
    /// Deepgram hears and ElevenLabs speaks where their keys are configured; else Google; else this machine speaks, and a
    /// server of OpenAI's API hears. That server thinks; where it is not there a dialogue is followed. Where there is none of
    /// them, this machine hears the answers that a dialogue expects, and no account is needed.
    fn of(config: &Config) -> Self {
        let own = sounds::voice(config);
        let mouth = match (&config.elevenlabs, &config.google, &config.openai) {
            (Some(_), ..) => ELEVENLABS,
            (None, Some(_), _) => GOOGLE,
            // one that is named, or the only one
            (None, None, Some(openai)) if own.is_none() || openai.mouth_server != openai.server => OPENAI,
            (None, None, _) => MACHINE,
        };
        let ears = match (&config.deepgram, &config.google, &config.openai) {
            (Some(_), ..) => Some(DEEPGRAM),
            (None, Some(_), _) => Some(GOOGLE),
            (None, None, Some(_)) => Some(OPENAI),
            (None, None, None) => (!has_account(config)).then_some(MACHINE),
        };
        Self { mouth, ears, mind: if config.openai.is_some() { OPENAI } else { DIALOGUE } }
    }
}

impl Engines {
    /// Begins those of this machine, and reads what those of others need.
    ///
    /// # Errors
    /// When a file of the settings cannot be read, or is wrong.
    pub(super) fn start(config: &Config) -> io::Result<Self> {
        let mut french = machine::usual_dialogue(false)?;
        let mut english = machine::usual_dialogue(true)?;
        if let Some(own) = &config.assistant {
            // that of the settings is what assistants of its language follow
            let dialogue = machine::dialogue(config, own)?;
            let of_its_language =
                if dialogue.language == Language::En.word() { &mut english } else { &mut french };
            *of_its_language = dialogue;
        }
        let mut this = Self {
            mouths: BTreeMap::new(),
            ears: BTreeMap::new(),
            minds: BTreeMap::new(),
            french,
            english,
            usual: Usual::of(config),
        };
        this.machine(config);
        if !has_account(config) {
            return Ok(this);
        }
        let wire = Wire::start()?;
        if let Some(openai) = &config.openai {
            this.openai(openai, &wire);
        }
        if let Some(google) = &config.google {
            let account = google::Account::read(&google.credentials);
            let account =
                account.map_err(|why| io::Error::other(format!("GOOGLE_APPLICATION_CREDENTIALS: {why}")))?;
            this.google(google, &wire, &account);
        }
        if let Some(deepgram) = &config.deepgram {
            this.deepgram(deepgram, &wire);
        }
        if let Some(elevenlabs) = &config.elevenlabs {
            this.elevenlabs(elevenlabs, &wire);
        }
        Ok(this)
    }

    fn machine(&mut self, config: &Config) {
        let own = sounds::voice(config);
        let machine = Machine::start(config);
        let library = machine.mouth();
        if library.is_some() || own.is_some() || self.usual.mouth == MACHINE {
            let speaks: Arc<dyn Mouth> = match library {
                Some(library) => library,
                None if has_account(config) => watched(Espeak::new(own), &guard("the voice of this machine")),
                None => Arc::new(Espeak::new(own)),
            };
            self.mouths.insert(MACHINE, Box::new(move |_| speaks.clone()));
        }
        if let Some(ears) = machine.ears() {
            self.ears.insert(MACHINE, ears);
        }
    }

    fn openai(&mut self, config: &OpenAiConfig, wire: &Wire) {
        let (of, over, watch) = (config.clone(), wire.clone(), guard("the voice"));
        self.mouths.insert(
            OPENAI,
            Box::new(move |voice| {
                let voice = voice.unwrap_or(&of.voice).to_owned();
                watched(openai::Speech::new(&OpenAiConfig { voice, ..of.clone() }, &over), &watch)
            }),
        );
        self.ears.insert(OPENAI, watched(openai::Hearing::new(config, wire), &guard("speech to text")));
        self.minds.insert(OPENAI, watched(openai::Chat::new(config, wire), &guard("the model")));
    }

    fn google(&mut self, config: &GoogleConfig, wire: &Wire, account: &Arc<google::Account>) {
        let (of, over, account_of) = (config.clone(), wire.clone(), account.clone());
        let watch = guard("Google's voice");
        self.mouths.insert(
            GOOGLE,
            Box::new(move |voice| {
                let voice = voice.unwrap_or(&of.voice).to_owned();
                watched(
                    google::Speech::new(&GoogleConfig { voice, ..of.clone() }, &over, &account_of),
                    &watch,
                )
            }),
        );
        let hears = google::Hearing::new(config, wire, account);
        self.ears.insert(GOOGLE, watched(hears, &guard("Google's ears")));
    }

    fn deepgram(&mut self, config: &DeepgramConfig, wire: &Wire) {
        let hears = deepgram::Hearing::new(config, wire);
        self.ears.insert(DEEPGRAM, watched(hears, &guard("Deepgram's ears")));
    }

    fn elevenlabs(&mut self, config: &ElevenLabsConfig, wire: &Wire) {
        let (of, over, watch) = (config.clone(), wire.clone(), guard("ElevenLabs' voice"));
        self.mouths.insert(
            ELEVENLABS,
            Box::new(move |voice| {
                let voice = voice.unwrap_or(&of.voice).to_owned();
                watched(elevenlabs::Speech::new(&ElevenLabsConfig { voice, ..of.clone() }, &over), &watch)
            }),
        );
    }

    /// What assistants may name.
    pub(super) fn offered(&self) -> Offered {
        let minds = self.minds.keys().copied().chain([DIALOGUE]).collect();
        offered(
            self.mouths.keys().copied().collect(),
            self.ears.keys().copied().collect(),
            minds,
            &self.usual,
        )
    }

    /// Who speaks by that name, with that voice.
    ///
    /// # Errors
    /// When nobody does here.
    pub(super) fn mouth(&self, name: Option<&str>, voice: Option<&str>) -> Result<Arc<dyn Mouth>, String> {
        let name = name.unwrap_or(self.usual.mouth);
        self.mouths.get(name).map(|with| with(voice)).ok_or_else(|| missing(name))
    }

    /// Who hears by that name.
    ///
    /// # Errors
    /// When nobody does here.
    pub(super) fn ears(&self, name: Option<&str>) -> Result<Option<Arc<dyn Ears>>, String> {
        match name {
            Some("none") => Ok(None),
            Some(name) => self.ears.get(name).cloned().map(Some).ok_or_else(|| missing(name)),
            None => Ok(self.usual.ears.and_then(|name| self.ears.get(name)).cloned()),
        }
    }

    /// Who thinks by that name, in that language.
    ///
    /// # Errors
    /// When nobody does here.
    pub(super) fn mind(&self, name: Option<&str>, language: Language) -> Result<Thinking, String> {
        match name.unwrap_or(self.usual.mind) {
            "none" => Ok(Thinking { mind: None, dialogue: None }),
            DIALOGUE => {
                let dialogue = self.dialogue(language).clone();
                let mind: Arc<dyn Mind> = Arc::new(Scripted::new(dialogue.clone()));
                Ok(Thinking { mind: Some(mind), dialogue: Some(dialogue) })
            }
            name => {
                let mind = self.minds.get(name).cloned().ok_or_else(|| missing(name))?;
                Ok(Thinking { mind: Some(mind), dialogue: None })
            }
        }
    }

    fn dialogue(&self, language: Language) -> &Arc<Dialogue> {
        match language {
            Language::Fr => &self.french,
            Language::En => &self.english,
        }
    }

    /// In words, of who names no engine.
    pub(super) fn understand(&self) -> &'static str {
        let hears = self.usual.ears.is_some_and(|name| self.ears.contains_key(name));
        match (hears, self.usual.mind == DIALOGUE) {
            (true, false) => "what they say is understood and answered",
            (true, true) => "they follow a dialogue, in words and by keys",
            (false, _) => "it is heard that they speak, and keys only are understood",
        }
    }
}

/// What assistants may name once a port is configured: nothing is begun for it.
pub(super) fn set_up(config: &Config) -> Offered {
    let usual = Usual::of(config);
    let (openai, google) = (config.openai.is_some(), config.google.is_some());
    let named = |all: &[(&'static str, bool)]| -> Vec<&'static str> {
        all.iter().filter(|(_, is_there)| *is_there).map(|(name, _)| *name).collect()
    };
    let speaks = sounds::voice(config).is_some() || usual.mouth == MACHINE;
    let elevenlabs = config.elevenlabs.is_some();
    let mouths = [(ELEVENLABS, elevenlabs), (GOOGLE, google), (MACHINE, speaks), (OPENAI, openai)];
    let hears = machine::worker(config).is_some();
    let deepgram = config.deepgram.is_some();
    let ears = [(DEEPGRAM, deepgram), (GOOGLE, google), (MACHINE, hears), (OPENAI, openai)];
    offered(named(&mouths), named(&ears), named(&[(DIALOGUE, true), (OPENAI, openai)]), &usual)
}

fn offered(
    mouths: Vec<&'static str>,
    ears: Vec<&'static str>,
    minds: Vec<&'static str>,
    usual: &Usual,
) -> Offered {
    let settings = [
        (MACHINE, "VIGIE_VOICE, VIGIE_VOICE_WORKER"),
        (OPENAI, "OPENAI_BASE_URL"),
        (GOOGLE, "GOOGLE_APPLICATION_CREDENTIALS"),
        (DEEPGRAM, "DEEPGRAM_API_KEY"),
        (ELEVENLABS, "ELEVENLABS_API_KEY"),
    ];
    Offered {
        voices: mouths.iter().copied().filter(|name| *name != MACHINE).collect(),
        mouths,
        ears,
        minds,
        usual_ears: usual.ears,
        usual_mind: usual.mind,
        known: settings.into(),
    }
}

/// Whether somebody else's engine is configured.
fn has_account(config: &Config) -> bool {
    config.openai.is_some()
        || config.google.is_some()
        || config.deepgram.is_some()
        || config.elevenlabs.is_some()
}

fn missing(name: &str) -> String {
    format!("`{name}` is not set up on this server")
}

fn guard(name: &str) -> Arc<Guard> {
    Guard::new(name, Limits::default())
}

fn watched<T>(engine: T, guard: &Arc<Guard>) -> Arc<Guarded<T>> {
    Arc::new(Guarded::new(Arc::new(engine), guard.clone()))
}
