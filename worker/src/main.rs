//! `vigie-voice speak` and `vigie-voice hear`: one voice engine of this machine, asked through its input and output
//! (`worker::protocol`). It ends when its input does. `vigie` starts it, watches it, and starts another in its place.

mod ears;
mod engines;
mod mouth;

mod words;

use std::io::{self, Read, Write};
use std::process::ExitCode;

use worker::protocol::{Answer, Decoder, Message, Question, VERSION};

enum Engine {
    Mouth(mouth::Mouth),
    Ears(Box<ears::Ears>),
}

impl Engine {
    fn answer(&mut self, question: &Question) -> Answer {
        match (self, question) {
            (Self::Mouth(mouth), Question::Speak { id, language, voice, text }) => {
                match mouth.speak(language, voice, text) {
                    Ok(sound) => Answer::Sound { id: *id, sound },
                    Err(why) => Answer::Failed { id: *id, why },
                }
            }
            (Self::Ears(ears), Question::Understand { id, language, expects, sound }) => {
                match ears.understand(language, expects, sound) {
                    Ok(ears::Heard { text, confidence, margin, rejected }) => {
                        Answer::Understood { id: *id, text, confidence, margin, rejected }
                    }
                    Err(why) => Answer::Failed { id: *id, why },
                }
            }
            (_, Question::Speak { id, .. } | Question::Understand { id, .. }) => {
                Answer::Failed { id: *id, why: "this worker does the other half".to_owned() }
            }
        }
    }
}

fn main() -> ExitCode {
    let role = std::env::args().nth(1).unwrap_or_default();
    let engine = match role.as_str() {
        "speak" => mouth::Mouth::open().map(Engine::Mouth),
        "hear" => ears::Ears::open().map(|ears| Engine::Ears(Box::new(ears))),
        _ => {
            eprintln!("vigie-voice speak | hear: a worker of vigie, which starts it");
            return ExitCode::from(2);
        }
    };
    match engine {
        Ok(engine) => match serve(engine) {
            Ok(()) => ExitCode::SUCCESS,
            Err(problem) => {
                eprintln!("vigie-voice {role}: {problem}");
                ExitCode::FAILURE
            }
        },
        Err(why) => {
            let _ = io::stdout().write_all(&Answer::Unfit { why }.frame());
            ExitCode::FAILURE
        }
    }
}

fn serve(mut engine: Engine) -> io::Result<()> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut says = |answer: Answer| output.write_all(&answer.frame()).and_then(|()| output.flush());
    says(Answer::Ready { version: VERSION })?;
    let mut decoder = Decoder::default();
    let mut bytes = vec![0; 64 << 10];
    loop {
        while let Some(question) =
            decoder.next_message::<Question>().map_err(|fault| io::Error::other(fault.to_string()))?
        {
            says(engine.answer(&question))?;
        }
        match input.read(&mut bytes)? {
            0 => return Ok(()),
            count => decoder.feed(&bytes[..count]),
        }
    }
}
