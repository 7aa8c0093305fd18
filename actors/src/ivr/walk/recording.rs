//! Messages.

use asterisk::agi::{Command, Digits, Success};

use super::{Doing, End, Next, Walk, World};

/// Longest message, in ms.
const MESSAGE_MS: u32 = 180_000;
/// A key during the beep begins the message anew, so often.
const RECORDED_TIMES: u8 = 3;
/// A message ends after so many seconds of silence.
const SILENCE_S: u16 = 5;

impl Walk {
    pub(super) fn leave_message(&mut self, prompt: &str, world: &dyn World) -> Next {
        match world.sound(prompt) {
            Some(sound) => self.send(Doing::Speaking, Command::stream_file(&sound, &Digits::all())),
            None => self.record(1, world),
        }
    }

    pub(super) fn record(&mut self, times: u8, world: &dyn World) -> Next {
        match world.message(&self.caller) {
            Some(file) => {
                let command = Command::record_file(&file, &Digits::all(), MESSAGE_MS, SILENCE_S);
                self.send(Doing::Recording(times), command)
            }
            None => self.end(End::Failed("there is no place for messages".into())),
        }
    }

    pub(super) fn recorded(&mut self, times: u8, done: &Success, gone: bool, world: &dyn World) -> Next {
        match (done.data.as_deref(), done.endpos) {
            (Some("writefile"), _) => self.fail("Asterisk cannot write the message".into()),
            (_, Some(samples)) if samples > 0 => self.end(End::Message),
            _ if gone => Next::Over(End::Abandoned),
            // a key during the beep
            _ if times < RECORDED_TIMES => self.record(times + 1, world),
            _ => self.end(End::NoMessage),
        }
    }
}
