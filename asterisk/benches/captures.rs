//! How many events a second the codec takes, on the real mix of every capture.
//!
//! `cargo bench -p vigie-asterisk`; one core, best of five, the floor (`memmem` on the empty line)
//! measured in the same run.

use std::hint::black_box;
use std::time::{Duration, Instant};

use asterisk::ami::{Decoder, Event, Frame, Limits, Message};
use asterisk::fixtures;
use bytes::BytesMut;

/// What a socket read gives.
const READ: usize = 64 * 1024;
const ROUNDS: usize = 20;

fn main() {
    let captures = fixtures::all().expect("the captures are there");
    let banner = b"Asterisk Call Manager/11.0.0\r\n";
    let mut stream = banner.to_vec();
    for connection in captures.iter().flat_map(|c| &c.connections) {
        for message in connection.messages().expect("a healthy stream") {
            stream.extend_from_slice(message.bytes());
        }
    }
    let messages = decode(&stream, |_| {});
    println!("{messages} messages, {} bytes each on average, best of five", stream.len() / messages);

    let floor = best(|| {
        let finder = memchr::memmem::Finder::new(b"\r\n\r\n");
        black_box(finder.find_iter(&stream).count());
    });
    report("floor: memmem on the empty line", messages, floor);
    report(
        "decode",
        messages,
        best(|| {
            black_box(decode(&stream, |_| {}));
        }),
    );
    let read = best(|| {
        decode(&stream, |message| {
            let _ = black_box(Event::read(message));
        });
    });
    report("decode and read every event", messages, read);

    let mut kept: Vec<Message> = Vec::new();
    decode(&stream, |message| kept.push(message.clone()));
    let only_read = best(|| {
        for message in &kept {
            let _ = black_box(Event::read(message));
        }
    });
    report("read every event, decoded before", messages, only_read);
}

fn decode(stream: &[u8], mut each: impl FnMut(&Message)) -> usize {
    let mut decoder = Decoder::new(Limits::default());
    let mut buffer = BytesMut::with_capacity(READ);
    let mut messages = 0;
    for piece in stream.chunks(READ) {
        buffer.extend_from_slice(piece);
        while let Ok(Some(frame)) = decoder.next(&mut buffer) {
            if let Frame::Message(message) = frame {
                each(&message);
                messages += 1;
            }
        }
    }
    messages
}

fn best(mut run: impl FnMut()) -> Duration {
    let one = |run: &mut dyn FnMut()| {
        let began = Instant::now();
        for _ in 0..ROUNDS {
            run();
        }
        began.elapsed() / ROUNDS as u32
    };
    (0..5).map(|_| one(&mut run)).min().unwrap_or_default()
}

fn report(what: &str, messages: usize, took: Duration) {
    let seconds = took.as_secs_f64();
    println!(
        "{what:<40} {:>8.2} M/s {:>8.0} ns each",
        messages as f64 / seconds / 1e6,
        seconds * 1e9 / messages as f64
    );
}
