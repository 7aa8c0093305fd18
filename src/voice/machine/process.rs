//! One worker: a process, and the pipe to it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;
use worker::protocol::{Answer, Decoder, Message, Question, VERSION};

use super::Role;
use crate::voice::VoiceError;

/// Killed when it is dropped.
pub(super) struct Process {
    _child: Child,
    input: ChildStdin,
    output: ChildStdout,
    decoder: Decoder,
    asked: u32,
}

impl Process {
    /// Ready to be asked.
    pub(super) async fn start(program: &Path, role: Role, within: Duration) -> Result<Self, VoiceError> {
        let missing =
            |why: String| VoiceError::Missing(format!("{} {}: {why}", program.display(), role.word()));
        let mut command = Command::new(program);
        command.arg(role.word()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // it needs nothing that we know
        command.env_clear().kill_on_drop(true);
        let mut child = command.spawn().map_err(|problem| missing(problem.to_string()))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(missing("it has no pipe".into()));
        };
        let mut this = Self { _child: child, input, output, decoder: Decoder::default(), asked: 0 };
        match timeout(within, this.says()).await {
            Ok(Ok(Answer::Ready { version: VERSION })) => Ok(this),
            Ok(Ok(Answer::Ready { version })) => {
                Err(missing(format!("it speaks version {version}, expected {VERSION}")))
            }
            Ok(Ok(Answer::Unfit { why })) => Err(missing(why)),
            Ok(Ok(_)) => Err(missing("it begins with an answer".into())),
            Ok(Err(why)) => Err(missing(why)),
            Err(_) => Err(VoiceError::TimedOut(ms(within))),
        }
    }

    /// Its answer. After an error it is of no use any more.
    pub(super) async fn ask(&mut self, question: &Question, within: Duration) -> Result<Answer, VoiceError> {
        self.asked = self.asked.wrapping_add(1);
        let own = self.asked;
        let frame = numbered(question, own).frame();
        let asked = async {
            // what it said unasked is no answer to this
            if !self.decoder.is_empty() {
                return Err("it talks without being asked".to_owned());
            }
            let written = self.input.write_all(&frame).await;
            written.map_err(|problem| format!("it takes no question: {problem}"))?;
            self.says().await
        };
        let answer = timeout(within, asked).await.map_err(|_| VoiceError::TimedOut(ms(within)))?;
        let answer = answer.map_err(VoiceError::Refused)?;
        match &answer {
            Answer::Sound { id, .. } | Answer::Understood { id, .. } | Answer::Failed { id, .. }
                if *id == own =>
            {
                Ok(answer)
            }
            _ => Err(VoiceError::Refused("it answers what was not asked".into())),
        }
    }

    async fn says(&mut self) -> Result<Answer, String> {
        let mut bytes = [0; 16 << 10];
        loop {
            if let Some(answer) =
                self.decoder.next_message().map_err(|fault| format!("it talks nonsense: {fault}"))?
            {
                return Ok(answer);
            }
            match self.output.read(&mut bytes).await {
                Ok(0) => return Err("it ended".into()),
                Ok(count) => self.decoder.feed(&bytes[..count]),
                Err(problem) => return Err(format!("it says nothing: {problem}")),
            }
        }
    }
}

fn numbered(question: &Question, own: u32) -> Question {
    let mut question = question.clone();
    match &mut question {
        Question::Speak { id, .. } | Question::Understand { id, .. } => *id = own,
    }
    question
}

fn ms(of: Duration) -> u64 {
    u64::try_from(of.as_millis()).unwrap_or(u64::MAX)
}
