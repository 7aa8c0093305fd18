//! What messages of an event socket say.

use super::decoder::Message;

/// Lines `Name: value`, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// What is no such line is passed over.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let line = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        };
        Self(text.split('\n').filter_map(line).collect())
    }

    /// The first of that name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What a connection says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It wants the password.
    AuthRequest,
    /// To a command, in the order in which they were sent.
    Reply {
        /// Whether it was taken.
        is_ok: bool,
        /// In its words.
        text: String,
        /// Of a command that is done later.
        job: Option<String>,
    },
    /// Something happened.
    Event(Happening),
    /// It closes.
    Closing,
    /// Our address may not connect.
    Rejected,
    /// Nothing that we know.
    Other,
}

/// What an event tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// A command was done, or could not be.
    Done {
        /// As its reply named it.
        job: String,
        /// Whether it was.
        is_ok: bool,
        /// In FreeSWITCH's words.
        text: String,
    },
    /// A caller pressed a key.
    Key {
        /// His channel.
        channel: String,
        /// `0` to `9`, `*`, `#`, `A` to `D`.
        key: char,
    },
    /// He is gone.
    HungUp {
        /// His channel.
        channel: String,
    },
    /// A file begins to play to him.
    Started {
        /// His channel.
        channel: String,
        /// Its name.
        file: String,
    },
    /// It does not any more.
    Stopped {
        /// His channel.
        channel: String,
        /// Its name.
        file: String,
    },
    /// mod_audio_stream wrote a file of what it was sent.
    FileWritten {
        /// For that channel.
        channel: String,
        /// What it says of it: JSON.
        about: String,
    },
    /// It is alive.
    Heartbeat,
    /// Nothing that we know.
    Other,
}

impl Heard {
    /// Reads a message.
    pub fn read(message: &Message) -> Self {
        match message.head.get("Content-Type").unwrap_or_default() {
            "auth/request" => Self::AuthRequest,
            "command/reply" => {
                let text = message.head.get("Reply-Text").unwrap_or_default();
                let job =
                    message.head.get("Job-UUID").or_else(|| text.split_once("Job-UUID: ").map(|(_, id)| id));
                Self::Reply {
                    is_ok: text.starts_with("+OK"),
                    text: text.to_owned(),
                    job: job.map(|job| job.trim().to_owned()),
                }
            }
            "text/event-plain" => Self::Event(Happening::read(&message.body)),
            "text/disconnect-notice" => Self::Closing,
            "text/rude-rejection" => Self::Rejected,
            _ => Self::Other,
        }
    }
}

impl Happening {
    fn read(body: &[u8]) -> Self {
        let end = memchr::memmem::find(body, b"\n\n");
        let (head, rest) = match end {
            Some(end) => (&body[..end], &body[end + 2..]),
            None => (body, &[][..]),
        };
        let fields = Fields::read(head);
        let of = |name: &str| fields.get(name).map(decoded);
        let channel = || of("Unique-ID").filter(|id| !id.is_empty());
        let text = || String::from_utf8_lossy(rest).trim().to_owned();
        let happening = || {
            Some(match fields.get("Event-Name")? {
                "BACKGROUND_JOB" => {
                    let text = text();
                    Self::Done { job: of("Job-UUID")?, is_ok: text.starts_with("+OK"), text }
                }
                "DTMF" => Self::Key { channel: channel()?, key: key(&of("DTMF-Digit")?)? },
                "CHANNEL_HANGUP_COMPLETE" => Self::HungUp { channel: channel()? },
                "PLAYBACK_START" => Self::Started { channel: channel()?, file: of("Playback-File-Path")? },
                "PLAYBACK_STOP" => Self::Stopped { channel: channel()?, file: of("Playback-File-Path")? },
                "CUSTOM" if of("Event-Subclass")? == "mod_audio_stream::play" => {
                    Self::FileWritten { channel: channel()?, about: text() }
                }
                "HEARTBEAT" => Self::Heartbeat,
                _ => return None,
            })
        };
        happening().unwrap_or(Self::Other)
    }
}

/// A key that a telephone has.
fn key(text: &str) -> Option<char> {
    let mut keys = text.chars();
    let key = keys.next()?.to_ascii_uppercase();
    (keys.next().is_none() && "0123456789*#ABCD".contains(key)).then_some(key)
}

/// `%20` is a space.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let pair = bytes.get(at + 1..at + 3).and_then(|two| std::str::from_utf8(two).ok());
        match pair.filter(|_| *byte == b'%').and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(decoded) => {
                out.push(decoded);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
