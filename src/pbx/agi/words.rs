//! Lines to commands, as Asterisk 22 reads them.

/// A command whose arguments are right in number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// `ANSWER`
    Answer,
    /// `NOOP`, `ASYNCAGI BREAK`: nothing.
    Nothing,
    /// `VERBOSE`
    Verbose,
    /// `HANGUP`
    Hangup,
    /// `CHANNEL STATUS`, of another channel by its name.
    Status(Option<String>),
    /// `GET VARIABLE`
    Get(String),
    /// `GET FULL VARIABLE`: a text with `${...}` in it.
    GetFull(String),
    /// `SET VARIABLE`
    Set(String, String),
    /// `STREAM FILE`; with how long a key is waited for afterwards in ms, `GET OPTION`.
    Play { file: String, until: String, wait_ms: u64 },
    /// `SAY ...`: so many syllables, about.
    Say { syllables: usize, until: String },
    /// `WAIT FOR DIGIT`, in ms; negative: for ever.
    Wait(i64),
    /// `GET DATA`
    Gather { file: String, each_ms: u64, most: usize },
    /// `RECORD FILE`
    Record { file: String, until: String, most_ms: i64, beep: bool },
    /// `EXEC`
    Exec(String, String),
    /// `SET CALLERID`
    CallerId(String),
    /// `SET CONTEXT`, `SET EXTENSION`, `SET PRIORITY`
    Context(String),
    /// See there.
    Extension(String),
    /// See there.
    Priority(u32),
    /// `SET MUSIC`
    Music(bool),
}

/// Why a line is no command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoCommand {
    /// 510
    Unknown,
    /// 511: it needs a channel that is there.
    Dead,
    /// 520, with its usage.
    Usage(&'static str),
}

/// A command's words, how many arguments it takes, whether a dead channel may have it, and its usage.
type Row = (&'static [&'static str], std::ops::RangeInclusive<usize>, bool, &'static str);

/// The longest of those that begin alike stands first.
const COMMANDS: [Row; 28] = [
    (&["answer"], 0..=0, false, ""),
    (&["asyncagi", "break"], 0..=0, true, ""),
    (
        &["channel", "status"],
        0..=1,
        false,
        "Returns the status of the specified <replaceable>channelname</replaceable>.",
    ),
    (
        &["exec"],
        1..=MANY,
        true,
        "Executes <replaceable>application</replaceable> with given <replaceable>options</replaceable>.\nReturns whatever the <replaceable>application</replaceable> returns, or <literal>-2</literal> on failure to find <replaceable>application</replaceable>.\n<note>NOTE:</note> exec does not evaluate dialplan functions and variables unless it is explicitly enabled by setting the <variable>AGIEXECFULL</variable> variable to <literal>yes</literal>.",
    ),
    (
        &["get", "data"],
        1..=3,
        false,
        "Stream the given <replaceable>file</replaceable>, and receive DTMF data.",
    ),
    (
        &["get", "full", "variable"],
        1..=2,
        true,
        "Evaluates the given <replaceable>expression</replaceable> against the channel.",
    ),
    (&["get", "option"], 2..=3, false, "Behaves similar to STREAM FILE but used with a timeout option."),
    (
        &["get", "variable"],
        1..=1,
        true,
        "Returns <literal>0</literal> if <replaceable>variablename</replaceable> is not set. Returns <literal>1</literal> if <replaceable>variablename</replaceable> is set and returns the variable in parentheses.\nExample return code: 200 result=1 (testvariable)",
    ),
    (&["hangup"], 0..=1, false, ""),
    (&["noop"], 0..=MANY, true, ""),
    (
        &["record", "file"],
        4..=7,
        false,
        "Record to a file until a given dtmf digit in the sequence is received.",
    ),
    (
        &["say", "alpha"],
        2..=3,
        false,
        "Say a given character string, returning early if any of the given DTMF digits are received on the channel.",
    ),
    (
        &["say", "date"],
        2..=2,
        false,
        "Say a given date, returning early if any of the given DTMF digits are received on the channel.",
    ),
    (
        &["say", "datetime"],
        2..=4,
        false,
        "Say a given time, returning early if any of the given DTMF digits are received on the channel.",
    ),
    (
        &["say", "digits"],
        2..=2,
        false,
        "Say a given digit string, returning early if any of the given DTMF digits are received on the channel.",
    ),
    (
        &["say", "number"],
        2..=3,
        false,
        "Say a given number, returning early if any of the given DTMF digits are received on the channel.  Returns <literal>0</literal> if playback completes without a digit being pressed, or the ASCII numerical value of the digit if one was pressed or <literal>-1</literal> on error/hangup.",
    ),
    (
        &["say", "phonetic"],
        2..=2,
        false,
        "Say a given character string with phonetics, returning early if any of the given DTMF digits are received on the channel.",
    ),
    (
        &["say", "time"],
        2..=2,
        false,
        "Say a given time, returning early if any of the given DTMF digits are received on the channel.",
    ),
    (
        &["set", "autohangup"],
        1..=1,
        false,
        "Cause the channel to automatically hangup at <replaceable>time</replaceable> seconds in the future.",
    ),
    (&["set", "callerid"], 1..=1, false, "Changes the callerid of the current channel."),
    (&["set", "context"], 1..=1, false, "Sets the context for continuation upon exiting the application."),
    (
        &["set", "extension"],
        1..=1,
        false,
        "Changes the extension for continuation upon exiting the application.",
    ),
    (&["set", "music"], 1..=2, false, "Enables/Disables the music on hold generator."),
    (
        &["set", "priority"],
        1..=1,
        false,
        "Changes the priority for continuation upon exiting the application.",
    ),
    (&["set", "variable"], 2..=2, true, "Sets a variable to the current channel."),
    (
        &["stream", "file"],
        2..=3,
        false,
        "Send the given file, allowing playback to be interrupted by the given digits, if any.",
    ),
    (
        &["verbose"],
        1..=2,
        true,
        "Sends <replaceable>message</replaceable> to the console via verbose message system.",
    ),
    (
        &["wait", "for", "digit"],
        1..=1,
        false,
        "Waits up to <replaceable>timeout</replaceable> milliseconds for channel to receive a DTMF digit.",
    ),
];
/// As many as anybody writes.
const MANY: usize = 1_000;

/// A line cut as Asterisk cuts it: at blanks, except in quotes or behind a `\`, which takes any sign as it is.
pub(crate) fn split(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut quoted, mut escaped, mut between) = (false, false, true);
    for char in line.chars() {
        match char {
            '"' if !escaped => {
                quoted = !quoted;
                if quoted && between {
                    words.push(String::new());
                    between = false;
                }
            }
            ' ' | '\t' if !quoted && !escaped => between = true,
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            char => {
                if std::mem::take(&mut between) {
                    words.push(String::new());
                }
                if let Some(word) = words.last_mut() {
                    word.push(char);
                }
            }
        }
        escaped = false;
    }
    words
}

/// The command of that line, for a channel that is there or is dead.
///
/// # Errors
/// What it is answered instead.
pub(crate) fn read(line: &str, dead: bool) -> Result<Command, NoCommand> {
    let words = split(line);
    let is = |row: &&Row| {
        row.0.len() <= words.len()
            && row.0.iter().zip(&words).all(|(own, word)| word.eq_ignore_ascii_case(own))
    };
    let row = COMMANDS.iter().find(is).ok_or(NoCommand::Unknown)?;
    let (own, count, on_dead, usage) = row;
    if dead && !on_dead {
        return Err(NoCommand::Dead);
    }
    let arguments = words.get(own.len()..).unwrap_or_default();
    if !count.contains(&arguments.len()) {
        return Err(NoCommand::Usage(usage));
    }
    command(own, arguments).ok_or(NoCommand::Usage(usage))
}

/// `None` when an argument is not what it must be.
fn command(own: &[&str], arguments: &[String]) -> Option<Command> {
    let text = |n: usize| arguments.get(n).cloned().unwrap_or_default();
    let ms = |n: usize, otherwise: u64| match arguments.get(n) {
        None => Some(otherwise),
        Some(number) => number.parse::<i64>().ok().map(|ms| u64::try_from(ms).unwrap_or(otherwise)),
    };
    Some(match own {
        ["answer"] => Command::Answer,
        ["verbose"] => Command::Verbose,
        ["hangup"] => Command::Hangup,
        ["channel", _] => Command::Status(arguments.first().cloned()),
        ["get", "variable"] => Command::Get(text(0)),
        ["get", "full", _] => Command::GetFull(text(0)),
        ["set", "variable"] => Command::Set(text(0), text(1)),
        ["stream", _] => Command::Play { file: text(0), until: text(1), wait_ms: 0 },
        ["get", "option"] => Command::Play { file: text(0), until: text(1), wait_ms: ms(2, 5_000)? },
        ["get", "data"] => Command::Gather {
            file: text(0),
            each_ms: ms(1, 6_000)?,
            most: arguments.get(2).map_or(Some(1_024), |most| most.parse().ok())?,
        },
        ["wait", ..] => Command::Wait(text(0).parse().ok()?),
        ["say", ..] => Command::Say { syllables: text(0).chars().count(), until: text(1) },
        ["record", _] => Command::Record {
            file: text(0),
            until: text(2),
            most_ms: text(3).parse().ok()?,
            beep: arguments.iter().skip(4).any(|word| word.eq_ignore_ascii_case("beep")),
        },
        ["exec"] => Command::Exec(text(0), arguments.get(1..).unwrap_or_default().join(" ")),
        ["set", "callerid"] => Command::CallerId(text(0)),
        ["set", "context"] => Command::Context(text(0)),
        ["set", "extension"] => Command::Extension(text(0)),
        ["set", "priority"] => Command::Priority(text(0).parse().ok()?),
        ["set", "music"] => Command::Music(text(0).eq_ignore_ascii_case("on")),
        _ => Command::Nothing,
    })
}
