//! Fuzz targets as plain functions: any bytes in, no panic, and what must hold holds. They are called
//! by a test with seeded inputs (S60) and can be called by any fuzzing engine. Feature `fixtures`.

use std::time::Duration;

use bytes::{Bytes, BytesMut};

use crate::agi;
use crate::ami::session::{Received, Session, SessionLimits};
use crate::ami::{Action, DecodeError, Decoder, Event, Frame, Kind, Limits, Message, Value};
use crate::{audiosocket, freeswitch};

/// A PBX that sends anything at all: the first four bytes choose the segmentation and the limits, the
/// rest is what it sends after its banner.
///
/// # Panics
/// When whole and in pieces differ, a byte is unaccounted for, a limit does not hold, or a session
/// keeps or gives out what it must not.
pub fn fuzz_ami(data: &[u8]) {
    let (choice, sent) = data.split_at(data.len().min(4));
    let choice = choice.iter().fold(1_u32, |all, b| all << 8 | u32::from(*b));
    let limits =
        if choice & 1 == 0 { Limits::default() } else { Limits { line: 64, headers: 8, message: 300 } };
    let stream = [&b"Asterisk Call Manager/11.0.0\r\n"[..], sent].concat();

    let whole = decode(limits, std::iter::once(&stream[..]));
    let in_pieces = decode(limits, Pieces { rest: &stream, state: choice });
    assert_eq!(in_pieces, whole, "whole and in pieces");
    if whole.error.is_none() {
        let framed: usize = whole.messages.iter().map(Bytes::len).sum();
        assert_eq!(30 + framed + whole.skipped + whole.left, stream.len(), "every byte is somewhere");
    }

    let mut session = Session::new("z", SessionLimits { waiting: 2, items: 3, bytes: 1_000 });
    let mut out = Vec::new();
    for token in 0..2 {
        let sent = session.send(&Action::ping(), token, Duration::from_secs(token), &mut out);
        assert_eq!(sent, Ok(()));
    }
    let mut answered = [0; 2];
    for bytes in whole.messages {
        assert!(bytes.len() <= limits.message);
        let message = Message::new(bytes);
        look_at(&message, limits);
        let read = Event::read(&message);
        assert!(message.kind() == Kind::Event || read.is_err());
        if let Ok(event) = &read {
            assert!(message.bytes()[7..].starts_with(event.name().as_bytes()));
            show(event);
        }
        if Event::read_unasked(&message).is_ok() {
            assert!(read.is_ok() && message.privilege_is_second());
        }
        match session.receive(message) {
            Received::Event(event) => assert!(event.privilege_is_second()),
            Received::Answer(token, reply) => {
                answered[token as usize] += 1;
                assert!(reply.is_ok_and(|r| r.items.len() <= 3) || session.waiting() < 2);
            }
            Received::Odd(message) => {
                assert!(message.kind() == Kind::Other || !message.privilege_is_second());
            }
            Received::Part | Received::Stray => {}
        }
    }
    assert!(answered.iter().all(|times| *times <= 1), "no action is answered twice");
    let waited = session.waiting();
    assert_eq!(session.disconnected().len(), waited);
    assert_eq!(waited + answered.iter().sum::<usize>(), 2, "no action is lost");
}

#[derive(Debug, PartialEq, Eq)]
struct Decoded {
    messages: Vec<Bytes>,
    error: Option<DecodeError>,
    skipped: usize,
    left: usize,
}

fn decode<'a>(limits: Limits, pieces: impl Iterator<Item = &'a [u8]>) -> Decoded {
    let mut decoder = Decoder::new(limits);
    let mut buffer = BytesMut::new();
    let mut decoded = Decoded { messages: Vec::new(), error: None, skipped: 0, left: 0 };
    'stream: for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match decoder.next(&mut buffer) {
                Ok(Some(Frame::Message(message))) => decoded.messages.push(message.bytes().clone()),
                Ok(Some(Frame::Banner(_))) => {}
                Ok(None) => break,
                Err(error) => {
                    decoded.error = Some(error);
                    break 'stream;
                }
            }
        }
    }
    if decoded.error.is_none() {
        decoded.skipped = decoder.skipped() as usize;
        decoded.left = buffer.len();
    }
    decoded
}

/// Everything a reader of a message may do with it.
fn look_at(message: &Message, limits: Limits) {
    let mut headers = 0;
    for (name, value) in message.headers() {
        headers += 1;
        assert!(name.len() + value.len() <= limits.line);
        assert!(!name.windows(2).chain(value.windows(2)).any(|two| two == b"\r\n"));
        let shown = Value::new(value).display().into_owned();
        assert!(!shown.chars().any(|c| c.is_ascii_control()), "{shown:?}");
    }
    assert!(headers <= limits.headers);
    let _ = (message.event(), message.timestamp(), message.text("ActionID"), agi::by_ami::read(message));
}

fn show(event: &Event<'_>) {
    let chan = match event {
        Event::Newchannel(e) => Some(e.chan),
        Event::Hangup(e) => Some(e.chan),
        Event::VarSet(e) => e.chan,
        Event::UserEvent(e) => {
            let _ = (e.body().count(), e.get("Agent"));
            e.chan
        }
        Event::DialBegin(e) => Some(e.dest),
        _ => None,
    };
    if let Some(chan) = chan {
        assert!(![chan.channel, chan.uniqueid, chan.linkedid].contains(&""));
        let _ = (chan.variables().count(), chan.variable("SITE"));
    }
}

/// Pieces of 1 to 64 bytes, the same for the same state.
struct Pieces<'a> {
    rest: &'a [u8],
    state: u32,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a [u8];
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        self.state ^= self.state << 13;
        self.state ^= self.state >> 17;
        self.state ^= self.state << 5;
        let (piece, rest) = self.rest.split_at(self.rest.len().min(1 + self.state as usize % 64));
        self.rest = rest;
        Some(piece)
    }
}

/// What begins a session that is not about its beginning.
const ENVIRONMENT: &[u8] =
    b"agi_request: agi://vigie/1\nagi_channel: PJSIP/1001-00000001\nagi_uniqueid: 1.7\nagi_callerid: 0612345678\n\n";

/// An Asterisk that answers anything at all: the first four bytes choose the segmentation and whether a sound
/// environment comes first, the rest is what it sends. Commands are sent whenever it is our turn, each second one of
/// the kind whose answer holds foreign text.
///
/// # Panics
/// When whole and in pieces differ, something is answered that was not sent, the caller is gone twice, or a command
/// would be more or less than one line.
pub fn fuzz_agi(data: &[u8]) {
    let (choice, sent) = data.split_at(data.len().min(4));
    let choice = choice.iter().fold(1_u32, |all, b| all << 8 | u32::from(*b));
    let stream = if choice & 1 == 0 { [ENVIRONMENT, sent].concat() } else { sent.to_vec() };
    let whole = converse(std::iter::once(&stream[..]));
    let in_pieces = converse(Pieces { rest: &stream, state: choice });
    assert_eq!(in_pieces, whole, "whole and in pieces");
}

/// What was heard, and why it ended.
fn converse<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<agi::Heard>, Option<agi::AgiError>) {
    let mut session = agi::Session::new("z");
    let mut buffer = BytesMut::new();
    let mut all = Vec::new();
    let (mut commands, mut replies) = (0, 0);
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match session.receive(&mut buffer) {
                Ok(Some(heard)) => {
                    if let agi::Heard::Write(bytes) = &heard {
                        assert_eq!(bytes.iter().filter(|b| **b == b'\n').count(), 1, "F43: one line");
                    }
                    replies += usize::from(matches!(heard, agi::Heard::Reply(_)));
                    all.push(heard);
                }
                Ok(None) => break,
                Err(why) => return (all, Some(why)),
            }
            let command = match agi::Variable::new("V") {
                Ok(name) if commands % 2 == 1 => agi::Command::get_variable(&name),
                _ => agi::Command::answer(),
            };
            if session.send(&command).is_ok() {
                commands += 1;
            }
            assert!(replies <= commands, "F41: an answer to nothing");
        }
    }
    let gone = all.iter().filter(|heard| matches!(heard, agi::Heard::Hangup)).count();
    assert!(gone <= 1 && (gone == 1) == session.has_hung_up(), "F40: told once");
    (all, None)
}

/// A PBX that sends anything at all over AudioSocket: the first four bytes choose the segmentation, and whether a UUID
/// comes first.
///
/// # Panics
/// When whole and in pieces differ, a byte is unaccounted for, or what is heard breaks a promise.
pub fn fuzz_audiosocket(data: &[u8]) {
    let (choice, sent) = data.split_at(data.len().min(4));
    let choice = choice.iter().fold(1_u32, |all, b| all << 8 | u32::from(*b));
    let beginning = [&[1, 0, 16][..], &[7; 16]].concat();
    let stream = if choice & 1 == 0 { [&beginning[..], sent].concat() } else { sent.to_vec() };
    let (whole, error, left) = listen(std::iter::once(&stream[..]));
    let (in_pieces, error_in_pieces, _) = listen(Pieces { rest: &stream, state: choice });
    assert_eq!((&in_pieces, error_in_pieces), (&whole, error), "whole and in pieces");
    assert!(error.is_some() || left < 65_538, "a whole frame was left lying");
    for (at, heard) in whole.iter().enumerate() {
        assert_eq!(matches!(heard, audiosocket::Heard::Begins(_)), at == 0, "F44: the UUID first, and once");
        if let audiosocket::Heard::Audio(_, samples) = heard {
            assert!(samples.len() % 2 == 0, "no half of a sample");
        }
    }
}

type Listened = (Vec<audiosocket::Heard>, Option<audiosocket::AudioSocketError>, usize);

/// What was heard, why it ended, and the bytes that are left.
fn listen<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Listened {
    let (mut decoder, mut buffer, mut all) = (audiosocket::Decoder::new(), BytesMut::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match decoder.receive(&mut buffer) {
                Ok(Some(heard)) => all.push(heard),
                Ok(None) => break,
                Err(why) => return (all, Some(why), buffer.len()),
            }
        }
    }
    (all, None, buffer.len())
}

/// A FreeSWITCH that sends anything at all: the first four bytes choose the segmentation.
///
/// # Panics
/// When whole and in pieces differ, or more is kept than may be.
pub fn fuzz_event_socket(data: &[u8]) {
    let (choice, sent) = data.split_at(data.len().min(4));
    let choice = choice.iter().fold(1_u32, |all, b| all << 8 | u32::from(*b));
    let whole = told(std::iter::once(sent));
    let in_pieces = told(Pieces { rest: sent, state: choice });
    assert_eq!((&in_pieces.0, in_pieces.1), (&whole.0, whole.1), "whole and in pieces");
    for heard in whole.0 {
        if let freeswitch::Heard::Event(freeswitch::Happening::Key { key, .. }) = heard {
            assert!("0123456789*#ABCD".contains(key), "{key:?}");
        }
    }
}

type Told = (Vec<freeswitch::Heard>, Option<freeswitch::EventSocketError>);

/// What was heard, and why it ended.
fn told<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Told {
    let (mut decoder, mut buffer, mut all) = (freeswitch::Decoder::new(), BytesMut::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match decoder.receive(&mut buffer) {
                Ok(Some(message)) => all.push(freeswitch::Heard::read(&message)),
                Ok(None) => break,
                Err(why) => return (all, Some(why)),
            }
        }
        assert!(buffer.len() <= freeswitch::LONGEST_BODY + freeswitch::LONGEST_HEAD + piece.len(), "bounded");
    }
    (all, None)
}
