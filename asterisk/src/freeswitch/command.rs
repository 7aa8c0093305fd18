//! What is sent to FreeSWITCH: built of words that hold no space and no line break.

use std::fmt;

/// Bytes of a channel's id; they have 36.
const LONGEST_ID: usize = 64;
/// Bytes of an extension, a dialplan or a context.
const LONGEST_WORD: usize = 80;
/// Bytes of the name of a file.
const LONGEST_PATH: usize = 512;
/// Bytes of a password.
const LONGEST_PASSWORD: usize = 200;

/// What events are wanted.
const EVENTS: &str = "event plain HEARTBEAT BACKGROUND_JOB CHANNEL_HANGUP_COMPLETE DTMF PLAYBACK_START PLAYBACK_STOP \
    CUSTOM mod_audio_stream::play";

/// Why something cannot go into a command; it names what, never the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandError {
    /// Not 1 to 64 letters, digits and `-_.`.
    NoChannel,
    /// Not `extension`, or `extension dialplan context`.
    NoPlace,
    /// No path from / on, of letters, digits and `-_./`.
    NoPath,
    /// Empty, too long, or with a control character.
    NoPassword,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoChannel => "no id of a channel: expected 1 to 64 letters, digits and -_.",
            Self::NoPlace => {
                "no place: expected an extension, or extension, dialplan and context such as 500 XML default"
            }
            Self::NoPath => "no file: expected a path from / on, of letters, digits and -_./",
            Self::NoPassword => "no password: expected 1 to 200 characters without a line break",
        })
    }
}

impl std::error::Error for CommandError {}

/// A word: it is never taken for an option.
fn is_word(text: &str, longest: usize, signs: &[u8]) -> bool {
    (1..=longest).contains(&text.len())
        && !text.starts_with('-')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || signs.contains(&b))
}

/// A channel's id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChannelId(String);

impl ChannelId {
    /// Reads one.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(text: &str) -> Result<Self, CommandError> {
        if is_word(text, LONGEST_ID, b"-_.") {
            Ok(Self(text.to_owned()))
        } else {
            Err(CommandError::NoChannel)
        }
    }

    /// As FreeSWITCH writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a call goes: an extension, and of which dialplan and context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    extension: String,
    within: Option<(String, String)>,
}

impl Place {
    /// Reads `500` or `500 XML default`.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, CommandError> {
        let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        if !words.iter().all(|word| is_word(word, LONGEST_WORD, b"*#+_.-")) {
            return Err(CommandError::NoPlace);
        }
        match words[..] {
            [extension] => Ok(Self { extension: extension.to_owned(), within: None }),
            [extension, dialplan, context] => {
                let within = Some((dialplan.to_owned(), context.to_owned()));
                Ok(Self { extension: extension.to_owned(), within })
            }
            _ => Err(CommandError::NoPlace),
        }
    }
}

/// A file that FreeSWITCH wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePath(String);

impl FilePath {
    /// Reads one. Anything with a colon could be an application instead of a file.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(text: &str) -> Result<Self, CommandError> {
        let sound = text.starts_with('/') && is_word(text, LONGEST_PATH, b"-_./") && !text.contains("..");
        if sound { Ok(Self(text.to_owned())) } else { Err(CommandError::NoPath) }
    }

    /// As FreeSWITCH writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One command. `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    line: String,
    is_secret: bool,
}

impl Command {
    fn of(line: String) -> Self {
        Self { line, is_secret: false }
    }

    /// Logs in.
    ///
    /// # Errors
    /// When the password could not be sent in one line.
    pub fn auth(password: &str) -> Result<Self, CommandError> {
        let sound = (1..=LONGEST_PASSWORD).contains(&password.len())
            && !password.bytes().any(|b| b < 0x20 || b == 0x7f);
        if !sound {
            return Err(CommandError::NoPassword);
        }
        Ok(Self { line: format!("auth {password}"), is_secret: true })
    }

    /// Asks for the events that [`Happening`](super::Happening) knows.
    pub fn events() -> Self {
        Self::of(EVENTS.to_owned())
    }

    /// Asks whether it is there.
    pub fn status() -> Self {
        Self::of("bgapi status".to_owned())
    }

    /// Hangs up.
    pub fn kill(channel: &ChannelId) -> Self {
        Self::of(format!("bgapi uuid_kill {} NORMAL_CLEARING", channel.0))
    }

    /// Sends the call elsewhere.
    pub fn transfer(channel: &ChannelId, to: &Place) -> Self {
        let Place { extension, within } = to;
        Self::of(match within {
            None => format!("bgapi uuid_transfer {} {extension}", channel.0),
            Some((dialplan, context)) => {
                format!("bgapi uuid_transfer {} {extension} {dialplan} {context}", channel.0)
            }
        })
    }

    /// Plays a file to the caller.
    pub fn broadcast(channel: &ChannelId, file: &FilePath) -> Self {
        Self::of(format!("bgapi uuid_broadcast {} {} aleg", channel.0, file.0))
    }

    /// Ends what plays, and what waits to be played.
    pub fn break_all(channel: &ChannelId) -> Self {
        Self::of(format!("bgapi uuid_break {} all", channel.0))
    }

    /// Its line, and the blank one that ends it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.line.as_bytes());
        out.extend_from_slice(b"\n\n");
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Command({})", if self.is_secret { "auth ..." } else { &self.line })
    }
}
