//! Sentences spoken by espeak-ng, at the rate of telephones.

use worker::protocol::{MOST_SAMPLES, RATE};

use crate::engines::espeak::Espeak;
use worker::rate::resample;

pub(crate) struct Mouth {
    engine: Espeak,
    voice: String,
}

impl Mouth {
    pub(crate) fn open() -> Result<Self, String> {
        Ok(Self { engine: Espeak::open()?, voice: String::new() })
    }

    pub(crate) fn speak(&mut self, language: &str, voice: &str, text: &str) -> Result<Vec<i16>, String> {
        let voice = if voice.is_empty() { language } else { voice };
        if self.voice != voice {
            self.voice.clear();
            self.engine.voice(voice)?;
            voice.clone_into(&mut self.voice);
        }
        let rate = self.engine.rate;
        let most = MOST_SAMPLES * rate as usize / RATE as usize;
        resample(&self.engine.speak(text, most)?, rate, RATE)
    }
}
