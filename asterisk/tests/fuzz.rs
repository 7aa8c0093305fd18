//! Any bytes from a PBX: no panic, and what must hold holds (S60).
#![allow(clippy::unwrap_used)] // tests

use std::time::{Duration, Instant};

use asterisk::fixtures;
use asterisk::fuzz::{fuzz_agi, fuzz_ami, fuzz_audiosocket, fuzz_event_socket};

/// A case may take that long; the longest is looked at again, since the machine may have been busy.
const LONGEST: Duration = Duration::from_millis(50);

/// What turns one shape into another.
const TOKENS: [&[u8]; 28] = [
    b"\r\n",
    b"\r\n\r\n",
    b"\r\n\n",
    b"\n",
    b"\r",
    b"\0",
    b"\xff\xe9",
    b": ",
    b":",
    b"Event: Hangup\r\n",
    b"Event: ",
    b"Response: Success\r\n",
    b"Response: Error\r\nMessage: no\r\n",
    b"Privilege: call,all\r\n",
    b"ActionID: v-z-1\r\n",
    b"ActionID: v-z-2\r\n",
    b"ActionID: v-z-3\r\n",
    b"EventList: start\r\n",
    b"EventList: Complete\r\n",
    b"ListItems: 1\r\n",
    b"Channel: PJSIP/1001-00000001\r\n",
    b"Uniqueid: 1.7\r\n",
    b"Linkedid: 1.7\r\n",
    b"ChannelState: 6\r\n",
    b"UserEvent: x\r\n",
    b"ChanVariable: A=b\r\n",
    b"<unknown>",
    b"\\",
];

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n.max(1)
    }
}

/// Up to three messages of different kinds, cut and mixed.
fn input(random: &mut Random, corpus: &[Vec<u8>], data: &mut Vec<u8>) {
    data.clear();
    data.extend((0..4).map(|_| random.below(256) as u8));
    if random.below(20) == 0 {
        data.extend((0..random.below(200)).map(|_| random.below(256) as u8));
        return;
    }
    for _ in 0..=random.below(3) {
        data.extend_from_slice(&corpus[random.below(corpus.len())]);
    }
    for _ in 0..random.below(6) {
        let at = random.below(data.len() + 1);
        match random.below(5) {
            0 if at < data.len() => data[at] = random.below(256) as u8,
            1 => drop(data.drain(at..data.len().min(at + random.below(40)))),
            2 => data.truncate(at.max(4)),
            3 => {
                let copy = data[at..data.len().min(at + random.below(60))].to_vec();
                let to = random.below(data.len() + 1);
                data.splice(to..to, copy);
            }
            _ => drop(data.splice(at..at, TOKENS[random.below(TOKENS.len())].iter().copied())),
        }
    }
}

/// One message of each event and list item that was ever seen, and of each answer.
fn corpus() -> Vec<Vec<u8>> {
    let mut corpus = std::collections::BTreeMap::new();
    for capture in fixtures::all().unwrap() {
        for message in capture.connections.iter().flat_map(|c| c.messages().unwrap()) {
            let kind =
                (message.event().to_owned(), message.text("ActionID").is_some(), message.headers().count());
            corpus.entry(kind).or_insert_with(|| message.bytes().to_vec());
        }
    }
    corpus.into_values().filter(|message| message.len() < 2_000).collect()
}

fn run(seed: u64, cases: usize) {
    let corpus = corpus();
    assert!(corpus.len() > 150, "{}", corpus.len());
    let mut random = Random(seed);
    let mut data = Vec::new();
    for case in 0..cases {
        input(&mut random, &corpus, &mut data);
        let began = Instant::now();
        let survived = std::panic::catch_unwind(|| fuzz_ami(&data));
        assert!(survived.is_ok(), "seed {seed} case {case}: {:?}", String::from_utf8_lossy(&data));
        if began.elapsed() > LONGEST {
            let again = (0..3).map(|_| {
                let began = Instant::now();
                fuzz_ami(&data);
                began.elapsed()
            });
            assert!(again.min().unwrap() <= LONGEST, "seed {seed} case {case}");
        }
    }
    println!("{cases} cases, seed {seed}");
}

/// 200,000 cases; with VIGIE_LONG=1 ten million, of another seed each day.
#[test]
fn s60_no_bytes_from_a_pbx_make_the_codec_panic() {
    if std::env::var_os("VIGIE_LONG").is_some_and(|v| v == "1") {
        let today = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() / 86_400;
        run(0x5eed + today, 10_000_000);
    } else {
        run(0x5eed, 200_000);
    }
}

#[test]
fn s60_the_shortest_inputs_are_no_special_case() {
    for length in 0..8 {
        fuzz_ami(&b"\r\n\r\n\r\n\r\n"[..length]);
        fuzz_ami(&b"\0\0\0\0Even"[..length]);
    }
}

/// What Asterisk said in each recorded session, line by line.
fn said_over_agi() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/agi");
    let mut lines: Vec<Vec<u8>> = [
        "HANGUP",
        "510 Invalid or unknown command",
        "511 Command Not Permitted on a dead channel or intercept routine",
        "520-Invalid command syntax.  Proper usage follows:",
        "520 End of proper usage.",
        "200 result=1 (a",
        "b)",
        "200 result=1 (vigie-z-1)",
        "200 result=1 (vigie-z-2)",
        "",
    ]
    .map(|line| format!("{line}\n").into_bytes())
    .into();
    for file in std::fs::read_dir(folder).unwrap().filter_map(Result::ok) {
        let text = std::fs::read_to_string(file.path()).unwrap();
        let said = text.lines().filter_map(|line| line.strip_prefix("< "));
        lines.extend(said.map(|line| format!("{line}\n").into_bytes()));
    }
    lines
}

#[test]
fn s60_no_bytes_over_agi_make_the_session_panic() {
    let lines = said_over_agi();
    assert!(lines.len() > 100, "{}", lines.len());
    let long = std::env::var_os("VIGIE_LONG").is_some_and(|v| v == "1");
    let mut random = Random(0xa61);
    let mut data = Vec::new();
    for case in 0..if long { 10_000_000 } else { 100_000 } {
        data.clear();
        data.extend((0..4).map(|_| random.below(256) as u8));
        for _ in 0..random.below(12) {
            data.extend_from_slice(&lines[random.below(lines.len())]);
        }
        for _ in 0..random.below(4) {
            let at = 4 + random.below(data.len() - 3);
            match random.below(3) {
                0 if at < data.len() => data[at] = random.below(256) as u8,
                1 => drop(data.splice(at.min(data.len())..at.min(data.len()), [b'\n'])),
                _ => data.truncate(at),
            }
        }
        let survived = std::panic::catch_unwind(|| fuzz_agi(&data));
        assert!(survived.is_ok(), "case {case}: {:?}", String::from_utf8_lossy(&data));
    }
}

#[test]
fn s60_no_bytes_over_audiosocket_make_the_decoder_panic() {
    const KINDS: [u8; 10] = [0x00, 0x01, 0x02, 0x03, 0x10, 0x12, 0x18, 0x19, 0xff, 0x80];
    let long = std::env::var_os("VIGIE_LONG").is_some_and(|v| v == "1");
    let mut random = Random(0xa50);
    let mut data = Vec::new();
    for case in 0..if long { 10_000_000 } else { 100_000 } {
        data.clear();
        data.extend((0..4).map(|_| random.below(256) as u8));
        for _ in 0..random.below(12) {
            let length = [0, 1, 2, 15, 16, 160, 320, random.below(700)][random.below(8)];
            data.push(KINDS[random.below(KINDS.len())]);
            data.extend((length as u16).to_be_bytes());
            // a frame that promises more than comes, now and then
            let comes = if random.below(10) == 0 { random.below(length + 1) } else { length };
            data.extend((0..comes).map(|_| random.below(256) as u8));
        }
        let survived = std::panic::catch_unwind(|| fuzz_audiosocket(&data));
        assert!(survived.is_ok(), "case {case}: {data:02x?}");
    }
}

#[test]
fn s60_no_bytes_over_an_event_socket_make_the_decoder_panic() {
    const PARTS: [&[u8]; 18] = [
        b"Content-Type: auth/request\n\n",
        b"Content-Type: command/reply\nReply-Text: +OK Job-UUID: j\n\n",
        b"Content-Type: command/reply\nReply-Text: -ERR invalid\n\n",
        b"Content-Type: text/event-plain\nContent-Length: 49\n\n",
        b"Content-Length: 9999999999999999999999\n",
        b"Content-Length: -1\n",
        b"Content-Length: 20\n",
        b"Content-Type: text/event-plain\n",
        b"Content-Type: text/disconnect-notice\n",
        b"Event-Name: DTMF\nUnique-ID: a%20b\nDTMF-Digit: %23\n\n",
        b"Event-Name: CUSTOM\nEvent-Subclass: mod_audio_stream%3A%3Aplay\nUnique-ID: a\n\n{}",
        b"Event-Name: BACKGROUND_JOB\nJob-UUID: j\n\n+OK",
        b"%",
        b"%f",
        b"\xff\xfe",
        b"\n",
        b"\n\n",
        b":",
    ];
    let long = std::env::var_os("VIGIE_LONG").is_some_and(|v| v == "1");
    let mut random = Random(0xe51);
    let mut data = Vec::new();
    for case in 0..if long { 10_000_000 } else { 100_000 } {
        data.clear();
        data.extend((0..4).map(|_| random.below(256) as u8));
        for _ in 0..random.below(12) {
            data.extend_from_slice(PARTS[random.below(PARTS.len())]);
        }
        if random.below(4) == 0 && data.len() > 4 {
            let at = 4 + random.below(data.len() - 4);
            data[at] = random.below(256) as u8;
        }
        let survived = std::panic::catch_unwind(|| fuzz_event_socket(&data));
        assert!(survived.is_ok(), "case {case}: {:?}", String::from_utf8_lossy(&data));
    }
}
