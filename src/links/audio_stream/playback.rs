//! How the caller hears the assistant: by frames, or by whole sentences of which is reckoned what was heard.

use asterisk::audiosocket::Rate;
use asterisk::freeswitch::{ChannelId, Command, FilePath};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::links::event_socket::{EventSocket, Told};
use crate::links::voices::{FRAME, Shared, Widen};

/// Ticks in which a sentence must begin to be heard after it was sent: 3 s.
const BEGINS_WITHIN: u32 = 150;
/// The same after FreeSWITCH was told to play it: it may not say when it does. 300 ms.
const TAKEN_TO_BEGIN: u32 = 15;

/// By which way of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Playback {
    /// Frames of PCM at that rate (`STREAM_SAMPLE_RATE`): the commercial module with `STREAM_PLAYBACK=true`.
    ModuleBinary(Rate),
    /// Sentences as JSON, which the commercial module plays.
    ModuleJson,
    /// Sentences as JSON, of which the community module makes files, which FreeSWITCH is told to play.
    EslBroadcast,
}

/// What is to be sent now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Out {
    /// PCM.
    Binary(Vec<u8>),
    /// JSON.
    Text(String),
}

/// What one tick comes to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tick {
    pub(super) out: Option<Out>,
    /// That sentence was heard to its end.
    pub(super) played: Option<u32>,
    /// What is said cannot be heard: no one plays it.
    pub(super) failed: bool,
}

/// Where the sentence is that was sent last.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Sent {
    Nothing,
    /// The module makes a file of it.
    Written {
        number: u32,
        ticks: u32,
    },
    /// FreeSWITCH was told to play that file.
    Told {
        number: u32,
        file: FilePath,
        ticks: u32,
    },
    /// It is heard.
    Heard {
        number: u32,
        file: Option<FilePath>,
    },
}

impl Sent {
    fn number(&self) -> Option<u32> {
        match self {
            Self::Nothing => None,
            Self::Written { number, .. } | Self::Told { number, .. } | Self::Heard { number, .. } => {
                Some(*number)
            }
        }
    }
}

/// One caller's.
pub(super) struct Player {
    way: Playback,
    widen: Widen,
    sent: Sent,
    events: Option<EventSocket>,
    pub(super) channel: Option<ChannelId>,
}

impl Player {
    pub(super) fn new(way: Playback, events: Option<EventSocket>) -> Self {
        Self { way, widen: Widen::default(), sent: Sent::Nothing, events, channel: None }
    }

    /// 20 ms.
    pub(super) fn tick(&mut self, shared: &Shared) -> Tick {
        match self.way {
            Playback::ModuleBinary(rate) => self.frame(rate, shared),
            Playback::ModuleJson | Playback::EslBroadcast => self.sentence(shared),
        }
    }

    fn frame(&mut self, rate: Rate, shared: &Shared) -> Tick {
        let (samples, played) = shared.play.lock().next();
        let out = samples.map(|samples: [i16; FRAME]| Out::Binary(self.widen.frame(rate, &samples)));
        if out.is_none() {
            self.widen = Widen::default();
        }
        Tick { out, played, failed: false }
    }

    fn sentence(&mut self, shared: &Shared) -> Tick {
        let mut play = shared.play.lock();
        if self.sent.number().is_some() && self.sent.number() != play.front() {
            // the caller interrupted: what was sent is heard no further
            self.silence();
            self.sent = Sent::Nothing;
        }
        match &mut self.sent {
            Sent::Nothing => {
                let Some((number, Some(sound))) = play.entire() else { return Tick::default() };
                self.sent = match self.way {
                    Playback::EslBroadcast => Sent::Written { number, ticks: 0 },
                    Playback::ModuleBinary(_) | Playback::ModuleJson => Sent::Heard { number, file: None },
                };
                Tick { out: Some(Out::Text(sentence(&sound))), ..Tick::default() }
            }
            Sent::Written { ticks, .. } => {
                *ticks += 1;
                Tick { failed: *ticks > BEGINS_WITHIN, ..Tick::default() }
            }
            Sent::Told { number, file, ticks } => {
                *ticks += 1;
                if *ticks > TAKEN_TO_BEGIN {
                    self.sent = Sent::Heard { number: *number, file: Some(file.clone()) };
                }
                Tick::default()
            }
            Sent::Heard { .. } => {
                let (_, played) = play.next();
                if played.is_some() {
                    self.sent = Sent::Nothing;
                }
                Tick { played, ..Tick::default() }
            }
        }
    }

    /// What FreeSWITCH tells of what plays; a sentence that is over with it.
    pub(super) fn told(&mut self, told: &Told, shared: &Shared) -> Option<u32> {
        match (&self.sent, told) {
            (Sent::Written { number, .. }, Told::FileWritten(about)) => {
                let about: Value = serde_json::from_str(about).ok()?;
                let file = FilePath::new(about.get("file")?.as_str()?);
                let (events, channel) = (self.events.as_ref()?, self.channel.as_ref()?);
                match file {
                    Ok(file) => {
                        drop(events.order(Command::broadcast(channel, &file)));
                        self.sent = Sent::Told { number: *number, file, ticks: 0 };
                    }
                    Err(why) => log::warn!("audio_stream: the module wrote a sentence to {why}"),
                }
                None
            }
            (Sent::Told { number, file, .. }, Told::Started(began)) if file.as_str() == began => {
                self.sent = Sent::Heard { number: *number, file: Some(file.clone()) };
                None
            }
            // sooner than reckoned
            (Sent::Heard { file: Some(file), .. } | Sent::Told { file, .. }, Told::Stopped(ended))
                if file.as_str() == ended =>
            {
                let number = self.sent.number();
                self.sent = Sent::Nothing;
                let mut play = shared.play.lock();
                if play.front() != number {
                    return None;
                }
                loop {
                    match play.next() {
                        (Some(_), None) => {}
                        (_, played) => return played,
                    }
                }
            }
            _ => None,
        }
    }

    fn silence(&self) {
        if let (Some(events), Some(channel)) = (&self.events, &self.channel) {
            drop(events.order(Command::break_all(channel)));
        }
    }
}

/// As the module takes it: raw samples of 8 kHz.
fn sentence(sound: &[i16]) -> String {
    let bytes: Vec<u8> = sound.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let audio = json!({"audioDataType": "raw", "sampleRate": 8_000, "audioData": STANDARD.encode(bytes)});
    json!({"type": "streamAudio", "data": audio}).to_string()
}
