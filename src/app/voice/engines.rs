//! Who speaks, hears and thinks on this server: each engine that is set up, by its name, under one watch.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::super::sounds;
use crate::assistants::Offered;
use crate::config::{Config, GoogleConfig, OpenAiConfig};
use crate::voice::guard::{Guard, Guarded, Limits};
use crate::voice::{Ears, Espeak, Mind, Mouth, Wire, google, openai};

/// This machine.
const MACHINE: &str = "machine";
const OPENAI: &str = "openai";
const GOOGLE: &str = "google";

/// A mouth, with that of its voices; `None`: the one of the settings.
type WithVoice = Box<dyn Fn(Option<&str>) -> Arc<dyn Mouth>>;

/// See the module.
pub(super) struct Engines {
    mouths: BTreeMap<&'static str, WithVoice>,
    ears: BTreeMap<&'static str, Arc<dyn Ears>>,
    minds: BTreeMap<&'static str, Arc<dyn Mind>>,
    /// Who speaks where nobody is named.
    mouth: &'static str,
}

impl Engines {
    /// Where nobody is named, Google hears and speaks where its key is configured; else this machine speaks, and a server
    /// of OpenAI's API hears. That server thinks.
    pub(super) fn of(config: &Config) -> io::Result<Self> {
        let own = sounds::voice(config);
        let (google, openai) = (&config.google, &config.openai);
        let mut this = Self {
            mouths: BTreeMap::new(),
            ears: BTreeMap::new(),
            minds: BTreeMap::new(),
            mouth: match (google, &own, openai) {
                (Some(_), ..) => GOOGLE,
                // one that is named, or the only one
                (None, own, Some(openai)) if own.is_none() || openai.mouth_server != openai.server => OPENAI,
                (None, ..) => MACHINE,
            },
        };
        if own.is_some() || this.mouth == MACHINE {
            let speaks: Arc<dyn Mouth> = match google.is_some() || openai.is_some() {
                true => watched(Espeak::new(own), &guard("the voice of this machine")),
                false => Arc::new(Espeak::new(own)),
            };
            this.mouths.insert(MACHINE, Box::new(move |_| speaks.clone()));
        }
        if google.is_none() && openai.is_none() {
            return Ok(this);
        }
        let wire = Wire::start()?;
        if let Some(openai) = openai {
            this.openai(openai, &wire);
        }
        if let Some(google) = google {
            let account = google::Account::read(&google.credentials);
            let account =
                account.map_err(|why| io::Error::other(format!("GOOGLE_APPLICATION_CREDENTIALS: {why}")))?;
            this.google(google, &wire, &account);
        }
        Ok(this)
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

    /// What assistants may name.
    pub(super) fn offered(&self) -> Offered {
        let settings = [
            (MACHINE, "VIGIE_VOICE"),
            (OPENAI, "OPENAI_BASE_URL"),
            (GOOGLE, "GOOGLE_APPLICATION_CREDENTIALS"),
        ];
        Offered {
            mouths: self.mouths.keys().copied().collect(),
            ears: self.ears.keys().copied().collect(),
            minds: self.minds.keys().copied().collect(),
            voices: self.mouths.keys().copied().filter(|name| *name != MACHINE).collect(),
            known: settings.into(),
        }
    }

    /// Who speaks by that name, with that voice.
    ///
    /// # Errors
    /// When nobody does here.
    pub(super) fn mouth(&self, name: Option<&str>, voice: Option<&str>) -> Result<Arc<dyn Mouth>, String> {
        let name = name.unwrap_or(self.mouth);
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
            None => Ok(self.ears.get(GOOGLE).or_else(|| self.ears.values().next()).cloned()),
        }
    }

    /// Who thinks by that name.
    ///
    /// # Errors
    /// When nobody does here.
    pub(super) fn mind(&self, name: Option<&str>) -> Result<Option<Arc<dyn Mind>>, String> {
        match name {
            Some("none") => Ok(None),
            Some(name) => self.minds.get(name).cloned().map(Some).ok_or_else(|| missing(name)),
            None => Ok(self.minds.get(OPENAI).or_else(|| self.minds.values().next()).cloned()),
        }
    }

    /// In words.
    pub(super) fn understand(&self) -> &'static str {
        match (self.ears.is_empty(), self.minds.is_empty()) {
            (false, false) => "what they say is understood and answered",
            (false, true) => "what they say is understood, and nobody thinks of an answer (OPENAI_BASE_URL)",
            (true, _) => "it is heard that they speak, and keys only are understood",
        }
    }
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
