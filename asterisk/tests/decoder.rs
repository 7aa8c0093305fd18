//! Bytes to frames: whole, in any pieces, within limits, whatever a caller put into a value.
#![allow(clippy::unwrap_used)] // tests

use std::time::{Duration, Instant};

use asterisk::ami::{DecodeError, Decoder, Frame, Limits};
use asterisk::fixtures::{self, Connection};
use bytes::{Bytes, BytesMut};

const BANNER: &[u8] = b"Asterisk Call Manager/11.0.0\r\n";

/// What a stream yields, and what becomes of each of its bytes.
#[derive(Debug, PartialEq, Eq)]
struct Decoded {
    frames: Vec<Bytes>,
    error: Option<DecodeError>,
    skipped: u64,
    left: usize,
}

impl Decoded {
    /// Bytes of the stream that are in a frame, skipped, or still waited with.
    fn accounted(&self) -> usize {
        let banner = self.frames.first().map_or(0, |_| 2); // its CR LF is not part of it
        self.frames.iter().map(Bytes::len).sum::<usize>() + banner + self.skipped as usize + self.left
    }
}

fn decode<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Decoded {
    decode_within(Limits::default(), pieces)
}

fn decode_within<'a>(limits: Limits, pieces: impl Iterator<Item = &'a [u8]>) -> Decoded {
    let mut decoder = Decoder::new(limits);
    let mut buffer = BytesMut::new();
    let mut frames = Vec::new();
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match decoder.next(&mut buffer) {
                Ok(Some(Frame::Banner(banner))) => frames.push(banner.0),
                Ok(Some(Frame::Message(message))) => frames.push(message.bytes().clone()),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(decoder.next(&mut buffer), Err(error), "an error is for ever");
                    return Decoded { frames, error: Some(error), skipped: decoder.skipped(), left: 0 };
                }
            }
        }
    }
    Decoded { frames, error: None, skipped: decoder.skipped(), left: buffer.len() }
}

/// A connection that said that much after its banner.
fn after_banner(bytes: &[u8]) -> Vec<u8> {
    [BANNER, bytes].concat()
}

fn connections() -> Vec<(Connection, serde_json::Value)> {
    let mut all = Vec::new();
    for capture in fixtures::all().unwrap() {
        let facts: serde_json::Value = serde_json::from_str(&capture.json).unwrap();
        all.extend(capture.connections.into_iter().zip(facts["files"].as_array().unwrap().clone()));
    }
    assert!(all.len() > 100, "{}", all.len());
    all
}

#[test]
fn every_capture_decodes_with_no_byte_unaccounted_for() {
    for (connection, facts) in connections() {
        let decoded = decode(std::iter::once(&connection.bytes[..]));
        assert_eq!(decoded.error, None);
        assert_eq!(decoded.accounted(), connection.bytes.len(), "{}", connection.file);
        assert_eq!(decoded.left, 0, "{}", connection.file);
        // real streams have some: a TestEvent ends with two empty lines
        let doubled = connection.bytes.windows(6).filter(|w| w == b"\r\n\r\n\r\n").count();
        assert_eq!(decoded.skipped as usize, 2 * doubled, "{}", connection.file);
        let told = &facts["measured_from_stream"];
        assert_eq!(told["bytes"], connection.bytes.len());
        assert_eq!(told["frames"], decoded.frames.len() - 1, "{}", connection.file);
        assert!(decoded.frames[1..].iter().all(|f| f.ends_with(b"\r\n\r\n")));
    }
}

#[test]
fn f04_a_capture_byte_by_byte_or_in_64_kb_yields_the_same_frames() {
    for (connection, _) in connections() {
        let whole = decode(std::iter::once(&connection.bytes[..]));
        for size in [1, 64 * 1024, 16 * 1024, 7] {
            assert_eq!(decode(connection.bytes.chunks(size)), whole, "{} by {size}", connection.file);
        }
    }
}

#[test]
fn f04_a_capture_in_its_recorded_segments_yields_the_same_frames() {
    for (connection, facts) in connections() {
        let mut rest = &connection.bytes[..];
        let mut segments = Vec::new();
        for read in facts["arrival_s_and_bytes"].as_array().unwrap() {
            let (segment, after) = rest.split_at(read[1].as_u64().unwrap() as usize);
            segments.push(segment);
            rest = after;
        }
        assert_eq!(rest.len(), 0, "{}: the reads are the whole stream", connection.file);
        let whole = decode(std::iter::once(&connection.bytes[..]));
        assert_eq!(decode(segments.into_iter()), whole, "{}", connection.file);
    }
}

#[test]
fn f02_a_message_cut_anywhere_never_meets_the_next_connection() {
    let capture = fixtures::load(22, "simple_call").unwrap();
    let stream = &capture.connections[0].bytes[..2048];
    let next: Vec<u8> = after_banner(b"Event: FullyBooted\r\nPrivilege: system,all\r\n\r\n");
    let expected = decode(std::iter::once(&next[..])).frames;
    let whole = decode(std::iter::once(stream)).frames;
    for cut in 0..=stream.len() {
        let mut decoder = Decoder::default();
        let mut buffer = BytesMut::from(&stream[..cut]);
        let mut before = Vec::new();
        while let Some(frame) = decoder.next(&mut buffer).unwrap() {
            before.push(match frame {
                Frame::Banner(banner) => banner.0,
                Frame::Message(message) => message.bytes().clone(),
            });
        }
        assert_eq!(before, whole[..before.len()], "cut at {cut}");
        let half = buffer.len();
        assert_eq!(decoder.reset(&mut buffer), half);
        buffer.extend_from_slice(&next);
        let mut after = Vec::new();
        while let Some(frame) = decoder.next(&mut buffer).unwrap() {
            after.push(match frame {
                Frame::Banner(banner) => banner.0,
                Frame::Message(message) => message.bytes().clone(),
            });
        }
        assert_eq!(after, expected, "cut at {cut}");
    }
}

#[test]
fn f05_a_line_without_end_costs_no_more_than_the_limit() {
    let limits = Limits::default();
    let mut decoder = Decoder::new(limits);
    let mut buffer = BytesMut::from(BANNER);
    assert!(matches!(decoder.next(&mut buffer), Ok(Some(Frame::Banner(_)))));
    buffer.extend_from_slice(b"A: ");
    let piece = [b'x'; 4096];
    let mut sent = 3;
    let mut most = 0;
    let error = loop {
        assert!(sent < 100 * 1024 * 1024, "never refused");
        buffer.extend_from_slice(&piece);
        sent += piece.len();
        most = most.max(buffer.capacity());
        match decoder.next(&mut buffer) {
            Ok(frame) => assert_eq!(frame, None),
            Err(error) => break error,
        }
    };
    assert_eq!(error, DecodeError::LineTooLong(limits.line));
    assert!(sent <= limits.line + 2 * piece.len(), "refused at once: {sent}");
    assert!(most <= 4 * limits.line, "{most}");
    assert_eq!(error.to_string(), "a line of more than 65536 bytes");
}

#[test]
fn f06_a_message_of_100_000_headers_is_refused_at_the_513th() {
    let header = b"A: b\r\n";
    let mut stream = after_banner(&header.repeat(512));
    assert_eq!(decode(stream.chunks(1)).error, None);
    stream.extend_from_slice(header);
    for size in [1, 3, 4096, 1_000_000] {
        assert_eq!(decode(stream.chunks(size)).error, Some(DecodeError::TooManyHeaders(512)));
    }
    let endless = after_banner(&header.repeat(100_000));
    assert_eq!(decode(std::iter::once(&endless[..])).error, Some(DecodeError::TooManyHeaders(512)));
}

#[test]
fn f06_a_message_past_its_limit_of_bytes_is_refused_at_that_byte() {
    let header = [b"A: ", &b"x".repeat(60_000)[..], b"\r\n"].concat();
    let stream = after_banner(&header.repeat(5));
    let fits = &stream[..BANNER.len() + 256 * 1024];
    assert_eq!(decode(fits.chunks(4096)).error, None);
    let one_more = &stream[..BANNER.len() + 256 * 1024 + 1];
    for size in [1, 4096, 1_000_000] {
        assert_eq!(decode(one_more.chunks(size)).error, Some(DecodeError::MessageTooLong(256 * 1024)));
    }
}

#[test]
fn limits_are_the_same_whole_and_in_pieces() {
    let limits = Limits { line: 28, headers: 3, message: 60 }; // a banner is 28 bytes
    let fits = "x".repeat(28);
    for stream in [
        format!("{fits}\r\n\r\n"),
        format!("{fits}x\r\n\r\n"),
        format!("{fits}\rx"),
        format!("{fits}\r\n{fits}\r\n"),           // 60 bytes
        format!("{fits}\r\n{fits}\r\n\r\n"),       // 62
        format!("{fits}\r\nA\r\n{fits}x\r\n"),     // message before line
        format!("{fits}\r\n{fits}x"),              // line before message
        format!("{fits}\r\n{fits}\r\nA\r\nA\r\n"), // message before headers
        "A\r\nB\r\nC\r\n\r\n".to_owned(),
        "A\r\nB\r\nC\r\nD\r\n\r\n".to_owned(),
        "\r\n\r\n\n\r\nA\r\n\n\nB\r\n\r\n".to_owned(),
        "\r\r\n\n\r\r\n\r\n".to_owned(),
    ] {
        let stream = after_banner(stream.as_bytes());
        let whole = decode_within(limits, std::iter::once(&stream[..]));
        for size in 1..stream.len() {
            let pieces = decode_within(limits, stream.chunks(size));
            assert_eq!(pieces, whole, "{:?} by {size}", String::from_utf8_lossy(&stream));
        }
    }
}

#[test]
fn f07_extra_empty_lines_and_short_ones_lose_no_message() {
    let first = "Event: A\r\nX: 1\r\n\r\n";
    for between in ["", "\r\n", "\r\n\r\n", "\n", "\n\r\n", "\r\n\n"] {
        let stream = after_banner(format!("{between}{first}{between}Event: B\r\n\r\n").as_bytes());
        for size in [1, 2, 1000] {
            let decoded = decode(stream.chunks(size));
            assert_eq!(decoded.frames[1..], [first, "Event: B\r\n\r\n"], "{between:?} by {size}");
            assert_eq!(decoded.skipped as usize, 2 * between.len());
            assert_eq!(decoded.accounted(), stream.len());
        }
    }
    // issue 761: the item ends at CR LF LF
    let stream = after_banner(b"Event: Item\r\nChannel: x\r\n\nEvent: Complete\r\nActionID: 1\r\n\r\n");
    for size in [1, 2, 1000] {
        let decoded = decode(stream.chunks(size));
        assert_eq!(decoded.frames[1], "Event: Item\r\nChannel: x\r\n\n");
        assert_eq!(decoded.frames[2], "Event: Complete\r\nActionID: 1\r\n\r\n");
    }
}

#[test]
fn f07_a_line_feed_in_a_value_makes_no_header() {
    let stream = after_banner(
        b"Response: Success\r\nMessage: Park successful\n\r\n\r\n\
          Event: X\r\nCallerIDNum: 06\nUniqueid: 9.9\n\nEvent: Hangup\r\nUniqueid: 1.1\r\nNote: \n\r\n\r\n",
    );
    let mut decoder = Decoder::default();
    let mut buffer = BytesMut::from(&stream[..]);
    let mut messages = Vec::new();
    while let Some(frame) = decoder.next(&mut buffer).unwrap() {
        if let Frame::Message(message) = frame {
            messages.push(message);
        }
    }
    let [park, event] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(park.get("Message"), Some(&b"Park successful\n"[..]));
    assert_eq!(event.headers().count(), 4);
    assert_eq!(event.get("CallerIDNum"), Some(&b"06\nUniqueid: 9.9\n\nEvent: Hangup"[..]));
    assert_eq!(event.get("Uniqueid"), Some(&b"1.1"[..]));
    assert_eq!(event.get("Note"), Some(&b"\n"[..]));
}

#[test]
fn f08_every_byte_of_a_value_is_kept_as_it_came() {
    let mut value: Vec<u8> = (0..=255).filter(|b| *b != b'\r').collect();
    value.extend_from_slice(b"\r \r"); // CR without its LF
    value.push(b'!');
    let stream = after_banner(&[b"Event: X\r\nName: ", &value[..], b"\r\nNext: y\r\n\r\n"].concat());
    for size in [1, 5, 1000] {
        let decoded = decode(stream.chunks(size));
        let message = asterisk::ami::Message::new(decoded.frames[1].clone());
        assert_eq!(message.get("Name"), Some(&value[..]));
        assert_eq!(message.get("Next"), Some(&b"y"[..]));
        assert!(message.text("Name").unwrap().contains('\u{fffd}'));
    }
}

#[test]
fn what_is_not_asterisk_is_refused_at_its_first_wrong_byte() {
    for stream in [&b"HTTP/1.1 400 Bad Request\r\n"[..], b"SSH-2.0", b"Asterisk Call Mx", b"\x15\x03\x01"] {
        assert_eq!(decode(stream.chunks(1)).error, Some(DecodeError::NotAmi));
    }
    assert_eq!(decode(b"Asterisk Call Man".chunks(1)).error, None);
    let endless = [&b"Asterisk Call Manager/"[..], &b"1".repeat(70_000)].concat();
    assert_eq!(decode(endless.chunks(100)).error, Some(DecodeError::LineTooLong(64 * 1024)));
}

/// Searching again from the start would need 32 thousand million steps here, half an hour.
#[test]
fn a_long_message_in_small_pieces_is_looked_at_once() {
    let line = [b"A: ", &b"x".repeat(62_000)[..], b"\r\n"].concat();
    let message = [&b"Event: X\r\n"[..], &line.repeat(4), b"\r\n"].concat();
    assert!(message.len() > 240_000);
    let stream = after_banner(&message);
    let began = Instant::now();
    let decoded = decode(stream.chunks(1));
    assert_eq!(decoded.frames.len(), 2);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}
