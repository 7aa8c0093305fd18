//! AudioSocket against streams recorded on a real Asterisk 22.10, and what no Asterisk would send.
#![allow(clippy::unwrap_used)] // tests

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use asterisk::audiosocket::{AudioSocketError, Decoder, Frame, FrameError, Heard, Rate, Uuid};
use bytes::BytesMut;
use proptest::prelude::*;

const BEGINNING: [u8; 19] = [
    1, 0, 16, 0xb0, 0x3e, 0x14, 0x53, 0xb7, 0x9a, 0x46, 0xd1, 0xaa, 0xeb, 0xff, 0x0e, 0xee, 0xf9, 0x3d, 0x1c,
];

/// What is heard, and what is left, of a stream that comes in these pieces.
fn hear<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Heard>, Option<AudioSocketError>, usize) {
    let (mut decoder, mut buffer, mut all) = (Decoder::new(), BytesMut::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            match decoder.receive(&mut buffer) {
                Ok(Some(heard)) => all.push(heard),
                Ok(None) => break,
                Err(why) => {
                    assert_eq!(decoder.receive(&mut buffer), Err(why), "it stays so");
                    return (all, Some(why), buffer.len());
                }
            }
        }
    }
    (all, None, buffer.len())
}

fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[kind], &length[..], payload].concat()
}

// ---------------------------------------------------------------- recorded streams

struct Told {
    name: String,
    uuid: String,
    digits: String,
    kinds: BTreeMap<u8, usize>,
    bytes: Vec<u8>,
}

fn streams() -> Vec<Told> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/audiosocket");
    let told = std::fs::read_to_string(folder.join("told.txt")).unwrap();
    let of = |line: &str| {
        let words: Vec<_> = line.split(' ').collect();
        let kinds = words[4..].iter().map(|kind| {
            let (kind, count) = kind.split_once(':').unwrap();
            (u8::from_str_radix(kind, 16).unwrap(), count.parse().unwrap())
        });
        let mut bytes = Vec::new();
        let file = std::fs::File::open(folder.join(format!("{}.bin.gz", words[0]))).unwrap();
        flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
        let digits = words[2].trim_start_matches('-').to_owned();
        Told { name: words[0].into(), uuid: words[1].into(), digits, kinds: kinds.collect(), bytes }
    };
    told.lines().filter(|line| !line.starts_with("# ")).map(of).collect()
}

#[test]
fn every_recorded_stream_says_what_was_seen_when_it_was_recorded() {
    let streams = streams();
    assert_eq!(streams.len(), 38);
    for told in &streams {
        let (all, error, left) = hear(std::iter::once(&told.bytes[..]));
        assert_eq!((error, left), (None, 0), "{}", told.name);
        let Heard::Begins(uuid) = &all[0] else { panic!("{}: {:?}", told.name, all[0]) };
        assert_eq!(uuid.to_string(), told.uuid);
        assert_eq!(Uuid::parse(&told.uuid), Some(*uuid));
        let digits: String =
            all.iter().filter_map(|h| if let Heard::Digit(d) = h { Some(*d) } else { None }).collect();
        assert_eq!(digits, told.digits, "{}", told.name);
        let mut kinds = BTreeMap::new();
        for heard in &all {
            let kind = match heard {
                Heard::Begins(_) => 1,
                Heard::Digit(_) => 3,
                Heard::Audio(rate, samples) => {
                    // Asterisk sends 20 ms; 44.1 kHz and a caller of G.711 have other lengths
                    assert!(samples.len() <= rate.bytes_of_20_ms(), "{}: {}", told.name, samples.len());
                    0x10 + u8::try_from(Rate::ALL.iter().position(|one| one == rate).unwrap()).unwrap()
                }
                other => panic!("{}: {other:?}", told.name),
            };
            *kinds.entry(kind).or_insert(0) += 1;
        }
        assert_eq!(kinds, told.kinds, "{}", told.name);
    }
}

#[test]
fn a_stream_says_the_same_byte_by_byte() {
    for told in streams() {
        let whole = hear(std::iter::once(&told.bytes[..]));
        assert!(hear(told.bytes.chunks(1)) == whole, "{}", told.name);
        assert!(hear(told.bytes.chunks(7)) == whole, "{}", told.name);
        assert!(hear(told.bytes.chunks(1_460)) == whole, "{}", told.name);
    }
}

#[test]
fn g711_under_the_name_of_pcm_is_seen_and_nothing_else_is() {
    for told in streams() {
        let (mut decoder, mut buffer) = (Decoder::new(), BytesMut::from(&told.bytes[..]));
        while decoder.receive(&mut buffer).unwrap().is_some() {}
        let g711 = matches!(told.name.as_str(), "channel-driver-ulaw" | "channel-driver-g722");
        assert_eq!(decoder.like_g711().is_some(), g711, "{}", told.name);
    }
}

// ---------------------------------------------------------------- what no Asterisk sends

#[test]
fn f44_who_does_not_begin_with_a_uuid_is_told_by_his_first_three_bytes() {
    for (sent, kind, length) in [
        (&b"GET / HTTP/1.1\r\n"[..], b'G', 0x4554),
        (b"\x16\x03\x01", 0x16, 0x0301),
        (b"\x01\0\x0f", 1, 15),
        (b"\x10\x01\x40", 0x10, 320),
        (b"\0\0\0", 0, 0),
    ] {
        let (all, error, _) = hear(std::iter::once(sent));
        assert_eq!((all, error), (Vec::new(), Some(AudioSocketError::NoUuid(kind, length))));
    }
    let (all, error, _) = hear([&BEGINNING[..], &BEGINNING[..]].into_iter());
    assert_eq!((all.len(), error), (1, Some(AudioSocketError::TwoUuids)));
}

#[test]
fn f46_odd_frames_cost_nothing_but_themselves() {
    let stream = [
        BEGINNING.to_vec(),
        frame(0x02, &[7; 40]),
        frame(0x10, &[]),
        frame(0x10, &[1, 2, 3]),
        frame(0x77, &[9; 65_535]),
        frame(0xff, &[2]),
        frame(0xff, &[]),
        frame(0x03, b"#"),
        frame(0x12, &[0; 65_535]),
        frame(0x00, &[]),
    ]
    .concat();
    let (all, error, left) = hear(stream.chunks(1_000));
    assert_eq!((error, left), (None, 0));
    let audio = |rate, samples: &[u8]| Heard::Audio(rate, samples.to_vec().into());
    assert_eq!(
        all[1..],
        [
            Heard::Unknown(0x02),
            audio(Rate::Hz8000, &[]),
            audio(Rate::Hz8000, &[1, 2]),
            Heard::Unknown(0x77),
            Heard::Failed(2),
            Heard::Failed(0),
            Heard::Digit('#'),
            audio(Rate::Hz16000, &[0; 65_534]),
            Heard::Over,
        ]
    );
    for key in [&b""[..], b"12", b"\n", b"E", b"\xff"] {
        let stream = [BEGINNING.to_vec(), frame(0x03, key)].concat();
        assert_eq!(hear(std::iter::once(&stream[..])).1, Some(AudioSocketError::NoKey), "{key:?}");
    }
}

#[test]
fn f45_what_is_sent_is_one_whole_frame_that_asterisk_takes() {
    let voice = Frame::audio(Rate::Hz16000, &[1, 2, 3, 4]).unwrap();
    assert_eq!(voice.bytes()[..], [0x12, 0, 4, 1, 2, 3, 4]);
    assert_eq!(Frame::hangup().bytes()[..], [0, 0, 0]);
    for rate in Rate::ALL {
        let silence = Frame::silence(rate);
        assert_eq!(silence.bytes().len(), 3 + rate.bytes_of_20_ms());
        assert_eq!(Frame::audio(rate, &silence.bytes()[3..]), Ok(silence.clone()));
        let most = rate.bytes_of_20_ms() * 3;
        assert!(Frame::audio(rate, &vec![0; most]).is_ok());
        assert_eq!(Frame::audio(rate, &vec![0; most + 2]), Err(FrameError::TooLong));
    }
    assert_eq!(Frame::audio(Rate::Hz8000, &[]), Err(FrameError::Empty));
    assert_eq!(Frame::audio(Rate::Hz8000, &[0; 321]), Err(FrameError::Odd));
}

#[test]
fn a_uniqueid_is_no_uuid() {
    for text in [
        "1763568391.4",
        "",
        "b03e1453b79a46d1aaebff0eeef93d1c",
        "b03e1453-b79a-46d1-aaeb-ff0eeef93d1",
        "b03e1453-b79a-46d1-aaeb_ff0eeef93d1c",
        "b03e1453-b79a-46d1-aaeb-ff0eeef93d1é",
        "+03e1453-b79a-46d1-aaeb-ff0eeef93d1c",
    ] {
        assert_eq!(Uuid::parse(text), None, "{text}");
    }
    let upper = Uuid::parse("B03E1453-B79A-46D1-AAEB-FF0EEEF93D1C").unwrap();
    assert_eq!(upper.to_string(), "b03e1453-b79a-46d1-aaeb-ff0eeef93d1c");
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_say_the_same_and_none_is_lost(
        frames in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..400)), 0..30),
        tail in prop::collection::vec(any::<u8>(), 0..10),
        cuts in prop::collection::vec(1_usize..97, 1..20),
    ) {
        let mut stream = BEGINNING.to_vec();
        for (kind, payload) in &frames {
            stream.extend(frame(*kind, payload));
        }
        stream.extend(&tail);
        let whole = hear(std::iter::once(&stream[..]));
        let mut rest = &stream[..];
        let mut pieces = Vec::new();
        for cut in cuts.iter().cycle() {
            let (piece, after) = rest.split_at((*cut).min(rest.len()));
            pieces.push(piece);
            rest = after;
            if rest.is_empty() { break; }
        }
        let in_pieces = hear(pieces.into_iter());
        prop_assert_eq!(&in_pieces.0, &whole.0);
        prop_assert_eq!(in_pieces.1, whole.1);
    }
}
