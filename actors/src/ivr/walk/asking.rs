//! What is played, and keys that answer it.

use asterisk::agi::{Command, Digits, Prompt, Success};

use super::{Doing, Next, Walk, World};
use crate::ivr::flow::{Does, Entry, Menu};
use crate::ivr::variables::DIGITS;

/// What GET DATA plays when there is nothing to play: it comes with Asterisk's core sounds.
const SILENCE: &str = "silence/1";

/// Digits on their way.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Entered {
    /// For the n-th time.
    times: u8,
    /// Those that came.
    digits: String,
    /// Something is played meanwhile: that no key came is not that time passed.
    played: bool,
    /// Asterisk gathers the others: it loses none that come quickly, and knows no end but `#`.
    at_once: bool,
}

impl std::fmt::Debug for Entered {
    /// They may be secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} digits, time {}", self.digits.len(), self.times)
    }
}

impl Walk {
    pub(super) fn play(&mut self, sound: Option<Prompt>, world: &dyn World) -> Next {
        match sound {
            Some(sound) => self.send(Doing::Playing, Command::stream_file(&sound, &Digits::all())),
            None => self.leave(&["out"], world),
        }
    }

    pub(super) fn ask(&mut self, menu: &Menu, times: u8, world: &dyn World) -> Next {
        match world.sound(&menu.prompt) {
            Some(sound) => self.send(Doing::Asking(times), Command::stream_file(&sound, &Digits::all())),
            None => self.wait(times),
        }
    }

    pub(super) fn wait(&mut self, times: u8) -> Next {
        let Does::Menu(menu) = &self.flow.node(self.at).does else { return self.lost() };
        let timeout_ms = menu.timeout_ms;
        self.send(Doing::Waiting(times), Ok(Command::wait_for_digit(timeout_ms)))
    }

    pub(super) fn chosen(&mut self, key: char, times: u8, world: &dyn World) -> Next {
        let flow = self.flow.clone();
        let Does::Menu(menu) = &flow.node(self.at).does else { return self.lost() };
        match menu.options.iter().find(|option| option.key == key) {
            Some(option) => {
                self.remember(DIGITS, &key.to_string(), false);
                self.leave(&[&option.port], world)
            }
            None if times < menu.tries => self.ask(menu, times + 1, world),
            None => self.leave(&["out-invalid", "out-timeout"], world),
        }
    }

    /// No key came.
    pub(super) fn silent(&mut self, times: u8, world: &dyn World) -> Next {
        let flow = self.flow.clone();
        let Does::Menu(menu) = &flow.node(self.at).does else { return self.lost() };
        if times <= menu.repeats {
            return self.ask(menu, times + 1, world);
        }
        self.leave(&["out-timeout"], world)
    }

    /// Asks for digits, for the n-th time.
    pub(super) fn enter(&mut self, entry: &Entry, times: u8, world: &dyn World) -> Next {
        let typed = self.typed.take();
        if typed.is_some() && typed == entry.terminator {
            return self.evaluate(entry, times, "", false, world);
        }
        let digits: String = typed.into_iter().collect();
        if digits.len() >= usize::from(entry.max) {
            return self.evaluate(entry, times, &digits, false, world);
        }
        // who typed already did not wait for what is said
        let sound = if typed.is_some() { None } else { world.sound(&entry.prompt) };
        let at_once = entry.terminator == Some('#');
        self.gather(entry, Entered { times, digits, at_once, played: sound.is_some() }, sound)
    }

    /// The rest of the digits, after that was played.
    fn gather(&mut self, entry: &Entry, entered: Entered, sound: Option<Prompt>) -> Next {
        let command = match (sound, entered.at_once) {
            (sound, true) => {
                let had = u16::try_from(entered.digits.len()).unwrap_or(entry.max);
                let sound = sound.map_or_else(|| Prompt::new(SILENCE), Ok);
                sound.and_then(|sound| {
                    Command::get_data(&sound, entry.timeout_ms, entry.max.saturating_sub(had))
                })
            }
            (Some(sound), false) => Command::stream_file(&sound, &Digits::all()),
            (None, false) => Ok(Command::wait_for_digit(entry.timeout_ms)),
        };
        self.send(Doing::Entering(entered), command)
    }

    pub(super) fn entered(&mut self, mut entered: Entered, done: &Success, world: &dyn World) -> Next {
        let flow = self.flow.clone();
        let Does::Digits(entry) = &flow.node(self.at).does else { return self.lost() };
        let times = entered.times;
        if entered.at_once {
            let timed_out = done.data.as_deref() == Some("timeout");
            let digits = format!("{}{}", entered.digits, done.result);
            return self.evaluate(entry, times, &digits, timed_out, world);
        }
        match done.digit() {
            Some(end) if Some(end) == entry.terminator => {
                self.evaluate(entry, times, &entered.digits, false, world)
            }
            Some(digit) => {
                entered.digits.push(digit);
                if entered.digits.len() >= usize::from(entry.max) {
                    return self.evaluate(entry, times, &entered.digits, false, world);
                }
                self.gather(entry, Entered { played: false, ..entered }, None)
            }
            None if entered.played => self.gather(entry, Entered { played: false, ..entered }, None),
            None => self.evaluate(entry, times, &entered.digits, true, world),
        }
    }

    fn evaluate(
        &mut self,
        entry: &Entry,
        times: u8,
        digits: &str,
        timed_out: bool,
        world: &dyn World,
    ) -> Next {
        if digits.len() >= usize::from(entry.min) {
            self.remember(&entry.variable, digits, entry.secret);
            if !entry.secret {
                self.remember(DIGITS, digits, false);
            }
            return self.leave(&["out-ok"], world);
        }
        if times < entry.tries {
            return self.enter(entry, times + 1, world);
        }
        let silent = timed_out && digits.is_empty();
        self.leave(if silent { &["out-timeout"] } else { &["out-invalid", "out-timeout"] }, world)
    }

    /// There was no sound for what was to be played, and he is there.
    pub(super) fn unheard(&mut self, before: &Doing, world: &dyn World) -> Next {
        log::warn!("flow {}, node {}: its sound is not on the PBX", self.flow.name, self.node());
        match before {
            Doing::Playing => self.leave(&["out"], world),
            Doing::Asking(times) => self.wait(*times),
            Doing::Speaking => self.record(1, world),
            // without silence to play they are heard one by one
            Doing::Entering(entered) if entered.played || entered.at_once => {
                let flow = self.flow.clone();
                let Does::Digits(entry) = &flow.node(self.at).does else { return self.lost() };
                let at_once = entered.at_once && entered.played;
                self.gather(entry, Entered { played: false, at_once, ..entered.clone() }, None)
            }
            _ => Next::Over(self.hung_up()),
        }
    }

    fn lost(&mut self) -> Next {
        self.fail("the answer is for another node".into())
    }
}
