//! What we send: lines built from values that stay what they are.
//!
//! Asterisk evaluates nothing in a command but in GET FULL VARIABLE, in the name of GET VARIABLE, which may be a
//! function such as one that runs a program, and in EXEC where a dialplan set AGIEXECFULL (S12). So names are
//! names, arguments of applications have no `$`, `{` or `}`, and any other text goes in quotes.

use std::fmt;

/// Bytes of one line; Asterisk's own buffer has 2,048.
pub const LONGEST_LINE: usize = 2_000;

/// Why a value cannot go into a command; it never says the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandError {
    /// A control character.
    Control,
    /// A character that means something where the value is to stand.
    Meaning(char),
    /// Nothing, or nothing of the kind that is expected.
    Expected(&'static str),
    /// The line would have more than 2,000 bytes.
    TooLong,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Control => f.write_str("a control character"),
            Self::Meaning(char) => write!(f, "the character {char:?}, which means something here"),
            Self::Expected(what) => write!(f, "expected {what}"),
            Self::TooLong => write!(f, "more than {LONGEST_LINE} bytes"),
        }
    }
}

impl std::error::Error for CommandError {}

/// Any text, in quotes that it cannot end (S11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// Of anything without a control character.
    ///
    /// # Errors
    /// Which rule it breaks.
    pub fn new(text: &str) -> Result<Self, CommandError> {
        if text.chars().any(char::is_control) {
            return Err(CommandError::Control);
        }
        let mut quoted = String::with_capacity(text.len() + 2);
        quoted.push('"');
        for char in text.chars() {
            if matches!(char, '"' | '\\') {
                quoted.push('\\');
            }
            quoted.push(char);
        }
        quoted.push('"');
        Ok(Self(quoted))
    }
}

/// The name of a sound without its format: a path of Asterisk's sounds, or an absolute one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt(String);

impl Prompt {
    /// Letters, digits and `-_/.`, 1 to 200 of them, and no way up.
    ///
    /// # Errors
    /// Which rule it breaks.
    pub fn new(name: &str) -> Result<Self, CommandError> {
        let expected = CommandError::Expected("the name of a sound: letters, digits and -_/. , at most 200");
        let sound = (1..=200).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_/.".contains(&b))
            && !name.split('/').any(|part| part == "..");
        if sound { Ok(Self(name.to_owned())) } else { Err(expected) }
    }
}

/// Digits that are heard while something plays; empty for none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digits(String);

impl Digits {
    /// What no phone's keys send: it ends what plays without being an answer of the caller.
    pub const BREAK: char = 'D';

    /// Every digit that a caller presses, and [`Digits::BREAK`].
    pub fn all() -> Self {
        Self("0123456789*#D".to_owned())
    }

    /// `0-9`, `*`, `#` and `A-D`, at most 16.
    ///
    /// # Errors
    /// Which rule it breaks.
    pub fn new(digits: &str) -> Result<Self, CommandError> {
        let sound =
            digits.len() <= 16 && digits.chars().all(|c| matches!(c, '0'..='9' | '*' | '#' | 'A'..='D'));
        if sound { Ok(Self(digits.to_owned())) } else { Err(CommandError::Expected("digits: 0-9 * # A-D")) }
    }
}

/// A channel variable, or one of few functions that run nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable(String);

impl Variable {
    /// A plain name: letters, digits and `_`, not beginning with a digit, at most 80.
    ///
    /// # Errors
    /// Which rule it breaks.
    pub fn new(name: &str) -> Result<Self, CommandError> {
        let sound = (1..=80).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !name.as_bytes()[0].is_ascii_digit();
        if sound { Ok(Self(name.to_owned())) } else { Err(CommandError::Expected("a variable's name")) }
    }

    /// The caller's number.
    pub fn caller_number() -> Self {
        Self("CALLERID(num)".to_owned())
    }

    /// The caller's name.
    pub fn caller_name() -> Self {
        Self("CALLERID(name)".to_owned())
    }

    /// The channel's language.
    pub fn language() -> Self {
        Self("CHANNEL(language)".to_owned())
    }
}

/// Applications that a flow may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum App {
    /// Rings somebody and connects; `DIALSTATUS` says how it went.
    Dial,
    /// Waits in a queue; `QUEUESTATUS` says how it went, and is unset when an agent answered.
    Queue,
    /// Plays a sound.
    Playback,
    /// Hands the audio to a server of ours.
    AudioSocket,
    /// Stands still for so many seconds.
    Wait,
    /// Records both sides.
    MixMonitor,
    /// Music while it stands still.
    MusicOnHold,
    /// Ends the call; its argument is the cause, of Q.850.
    Hangup,
}

impl App {
    fn name(self) -> &'static str {
        match self {
            Self::Dial => "Dial",
            Self::Queue => "Queue",
            Self::Playback => "Playback",
            Self::AudioSocket => "AudioSocket",
            Self::Wait => "Wait",
            Self::MixMonitor => "MixMonitor",
            Self::MusicOnHold => "MusicOnHold",
            Self::Hangup => "Hangup",
        }
    }
}

/// One argument of an application.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arg(String);

impl Arg {
    /// Text without control characters, quotes, `,`, `&`, `|`, `^`, `\`, `$`, `{` and `}`; it may be empty.
    ///
    /// # Errors
    /// Which rule it breaks.
    pub fn new(text: &str) -> Result<Self, CommandError> {
        for char in text.chars() {
            if char.is_control() {
                return Err(CommandError::Control);
            }
            if matches!(char, ',' | '&' | '|' | '^' | '\\' | '$' | '{' | '}' | '"' | '\'') {
                return Err(CommandError::Meaning(char));
            }
        }
        Ok(Self(text.to_owned()))
    }
}

/// A command, as one line that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// With its newline, which is the only one.
    line: String,
    foreign: bool,
}

impl Command {
    fn plain(mut line: String) -> Result<Self, CommandError> {
        if line.len() > LONGEST_LINE {
            return Err(CommandError::TooLong);
        }
        line.push('\n');
        Ok(Self { line, foreign: false })
    }

    fn ours(line: &str) -> Self {
        Self { line: format!("{line}\n"), foreign: false }
    }

    /// Answers the call: result 0, or -1.
    pub fn answer() -> Self {
        Self::ours("ANSWER")
    }

    /// Hangs the call up.
    pub fn hangup() -> Self {
        Self::ours("HANGUP")
    }

    /// Nothing; answered with 0.
    pub fn noop() -> Self {
        Self::ours("NOOP")
    }

    /// Result 6 when the call is up, 4 while it rings.
    pub fn channel_status() -> Self {
        Self::ours("CHANNEL STATUS")
    }

    /// Plays a sound until one of these digits comes: [`digit`](super::Success::digit); result -1: no such sound,
    /// or the caller is gone.
    ///
    /// # Errors
    /// When the line is too long, as of all that take a value.
    pub fn stream_file(prompt: &Prompt, until: &Digits) -> Result<Self, CommandError> {
        Self::plain(format!("STREAM FILE {} \"{}\"", prompt.0, until.0))
    }

    /// Plays a sound, and takes up to so many digits, each within that time, ms: they are the result. `#` ends
    /// them. Data `timeout`: time passed before there were enough.
    ///
    /// # Errors
    /// When the line is too long.
    pub fn get_data(prompt: &Prompt, timeout_ms: u32, most: u16) -> Result<Self, CommandError> {
        Self::plain(format!("GET DATA {} {timeout_ms} {most}", prompt.0))
    }

    /// One digit within that time, ms: result 0 when none came.
    pub fn wait_for_digit(timeout_ms: u32) -> Self {
        Self::ours(&format!("WAIT FOR DIGIT {timeout_ms}"))
    }

    /// Records until one of these digits, so much time, or so much silence; the format is `wav`.
    ///
    /// # Errors
    /// When the line is too long.
    pub fn record_file(
        file: &Prompt,
        until: &Digits,
        most_ms: u32,
        silence_s: u16,
    ) -> Result<Self, CommandError> {
        Self::plain(format!("RECORD FILE {} wav \"{}\" {most_ms} BEEP s={silence_s}", file.0, until.0))
    }

    /// Says digits one by one.
    ///
    /// # Errors
    /// When these are none.
    pub fn say_digits(digits: &str, until: &Digits) -> Result<Self, CommandError> {
        let sound = (1..=60).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if !sound {
            return Err(CommandError::Expected("digits, at most 60"));
        }
        Self::plain(format!("SAY DIGITS {digits} \"{}\"", until.0))
    }

    /// Says a number.
    pub fn say_number(number: i32, until: &Digits) -> Self {
        Self::ours(&format!("SAY NUMBER {number} \"{}\"", until.0))
    }

    /// Music while other commands run, or no more.
    pub fn music(on: bool) -> Self {
        Self::ours(if on { "SET MUSIC ON" } else { "SET MUSIC OFF" })
    }

    /// A variable's value is the data; result 0: it is not set, or empty.
    pub fn get_variable(name: &Variable) -> Self {
        Self { line: format!("GET VARIABLE {}\n", name.0), foreign: true }
    }

    /// Sets a variable.
    ///
    /// # Errors
    /// When the line is too long.
    pub fn set_variable(name: &Variable, value: &Text) -> Result<Self, CommandError> {
        Self::plain(format!("SET VARIABLE {} {}", name.0, value.0))
    }

    /// A line in Asterisk's own log, level 1 to 4.
    ///
    /// # Errors
    /// When the line is too long.
    pub fn verbose(text: &Text, level: u8) -> Result<Self, CommandError> {
        Self::plain(format!("VERBOSE {} {}", text.0, level.clamp(1, 4)))
    }

    /// Runs an application: result -2 when Asterisk has it not.
    ///
    /// # Errors
    /// When the line is too long.
    pub fn exec(app: App, arguments: &[Arg]) -> Result<Self, CommandError> {
        let arguments = arguments.iter().map(|argument| argument.0.as_str()).collect::<Vec<_>>().join(",");
        Self::plain(format!("EXEC {} \"{arguments}\"", app.name()))
    }

    /// Where the dialplan goes on when the session is over.
    ///
    /// # Errors
    /// When one of the two is no plain name.
    pub fn continue_at(context: &str, extension: &str) -> Result<[Self; 3], CommandError> {
        let plain = |text: &str| {
            let sound = (1..=79).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_+*#.".contains(&b));
            if sound { Ok(text.to_owned()) } else { Err(CommandError::Expected("a context or an extension")) }
        };
        let (context, extension) = (plain(context)?, plain(extension)?);
        Ok([
            Self::ours(&format!("SET CONTEXT {context}")),
            Self::ours(&format!("SET EXTENSION {extension}")),
            Self::ours("SET PRIORITY 1"),
        ])
    }

    /// A line as a recorded server sent it.
    #[cfg(feature = "fixtures")]
    pub fn recorded(line: &str) -> Self {
        Self::ours(line)
    }

    /// What is written, with its line end.
    pub fn bytes(&self) -> Vec<u8> {
        self.line.clone().into_bytes()
    }

    /// Lets the channel go from AsyncAGI: the dialplan goes on with it.
    pub fn leave_async() -> Self {
        Self::ours("ASYNCAGI BREAK")
    }

    /// Whether running it a second time is something else than having run it once: it connects, or records.
    pub fn is_for_once(&self) -> bool {
        self.line.starts_with("EXEC ") || self.line.starts_with("RECORD FILE ")
    }

    /// Whether its answer holds text that a caller may have chosen.
    pub(super) fn reads_foreign_text(&self) -> bool {
        self.foreign
    }
}
