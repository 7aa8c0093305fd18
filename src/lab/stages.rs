//! `stages`: the same stream through the codec alone and through the pure states, on one core and
//! without sockets or actors: where the time of `ingest` goes.

use std::time::Instant;

use asterisk::ami::{Decoder, Event, Frame, Limits};
use bytes::BytesMut;

use crate::stream::Stream;
use crate::{template, usage};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Live calls.
    #[arg(long, default_value_t = 10_000)]
    calls: usize,
    /// Events of the measured part.
    #[arg(long, default_value_t = 500_000)]
    events: u64,
}

/// Prints a line a stage.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    let templates = template::load()?;
    let mut stream = Stream::new(&templates, args.calls, 300_000, 1);
    let mut ramp = b"Asterisk Call Manager/11.0.0\r\n".to_vec();
    for slot in 0..args.calls {
        stream.ramp(slot, &mut ramp);
    }
    let mut body = Vec::new();
    for _ in 0..args.events {
        stream.step(&mut body);
    }
    println!(
        "{}; {} calls, {} bytes an event",
        usage::machine(),
        args.calls,
        body.len() as u64 / args.events
    );
    let mut mix: Vec<_> = template::mix(&templates).into_iter().collect();
    mix.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    println!("mix: {mix:?}");
    let say = |name: &str, began: Instant| {
        let s = began.elapsed().as_secs_f64();
        println!("{name:<24} {:>6.0} ns an event", s * 1e9 / args.events as f64);
    };
    let began = Instant::now();
    each_message(&body, |_| ())?;
    say("decode", began);
    let began = Instant::now();
    let mut odd = 0_u64;
    each_message(&body, |m| odd += u64::from(Event::read(&m).is_err()))?;
    say("decode, read", began);
    let mut floor =
        actors::replay::Floor::new(actors::settings::Settings::new(actors::keys::PbxName("lab".into())));
    floor.connection(&ramp).map_err(|e| e.to_string())?;
    let began = Instant::now();
    each_message(&body, |m| floor.message(&m))?;
    say("decode, read, states", began);
    if odd > 0 {
        return Err(format!("{odd} events of the stream have a wrong shape"));
    }
    Ok(())
}

fn each_message(bytes: &[u8], mut then: impl FnMut(asterisk::ami::Message)) -> Result<(), String> {
    let mut decoder = Decoder::new(Limits::default());
    let mut buffer = BytesMut::from(&b"Asterisk Call Manager/11.0.0\r\n"[..]);
    for chunk in bytes.chunks(64 * 1024) {
        buffer.extend_from_slice(chunk);
        while let Some(frame) = decoder.next(&mut buffer).map_err(|e| e.to_string())? {
            if let Frame::Message(message) = frame {
                then(message);
            }
        }
    }
    Ok(())
}
