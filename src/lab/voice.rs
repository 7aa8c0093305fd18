//! `voice`: callers who talk with an assistant over AudioSocket, all at once, beside a minimal echo that keeps the same pace.
//!
//! * The floor (`voice_floor`): one thread of tokio that reads each caller and writes 20 ms every 20 ms.
//! * Vigie (`voice_port`): the product's port with its conversations, as they take calls: the caller is heard, what speaks is
//!   this machine's voice where it has one. Ears and model are fake, and named so: they answer at once.
//!
//! The same client (`voice_client`) in a process of its own calls both. Most of its callers hold the line, with the noise of
//! one; so many a second have a turn, and every second one of them speaks into the answer. How late a frame is, is told by
//! the caller's clock: against the earliest frame of its stream, 20 ms for each one since.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::agi::listener;
use crate::child::Child;
use crate::{usage, voice_floor, voice_port};

/// What holds: 99 of 100 frames are less late than that, µs.
const MOST_JITTER_US: u64 = 5_000;
/// And of 100,000 so many are later than one frame.
const MOST_LATE: f64 = 1.0;
/// Streams that are tried, for how many hold.
const TRIED: [usize; 13] = [50, 100, 150, 200, 300, 400, 500, 600, 800, 1_000, 1_200, 1_600, 2_000];

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Callers at once.
    #[arg(long, default_value_t = 200)]
    streams: usize,
    /// For how long.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Turns that callers have, all together.
    #[arg(long, default_value_t = 4.0)]
    turns_per_s: f64,
    /// How many hold instead: more and more, until they do not. Each size is tried twice.
    #[arg(long)]
    find: bool,
    /// JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// What the client says of one run.
#[derive(Serialize, Deserialize)]
pub(crate) struct Told {
    /// Streams that lasted to the end.
    pub(crate) held: usize,
    /// Those that did not.
    pub(crate) lost: usize,
    pub(crate) frames: u64,
    /// Frames over 20 ms late.
    pub(crate) late: u64,
    /// How late frames are.
    pub(crate) jitter: Spread,
    /// From the UUID to the first frame that is no silence.
    pub(crate) greeting: Spread,
    /// From the caller's last syllable to the first frame of the answer.
    pub(crate) waited: Spread,
    /// From his first syllable, into the answer, to silence.
    pub(crate) barge_in: Spread,
}

/// In µs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Spread {
    pub(crate) count: u64,
    pub(crate) p50: u64,
    pub(crate) p95: u64,
    pub(crate) p99: u64,
    pub(crate) max: u64,
}

impl Spread {
    pub(crate) fn of(all: &Histogram<u64>) -> Self {
        let at = |quantile| all.value_at_quantile(quantile);
        Self { count: all.len(), p50: at(0.5), p95: at(0.95), p99: at(0.99), max: all.max() }
    }
}

/// Up to a minute.
pub(crate) fn histogram() -> Result<Histogram<u64>, String> {
    Histogram::new_with_bounds(1, 60_000_000, 3).map_err(|e| e.to_string())
}

#[derive(Serialize)]
struct Side {
    #[serde(flatten)]
    told: Told,
    late_per_100000: f64,
    cpu_us_per_frame: f64,
    /// Of the cores.
    cpu_cores: f64,
}

impl Side {
    fn holds(&self) -> bool {
        self.told.lost == 0 && self.told.jitter.p99 < MOST_JITTER_US && self.late_per_100000 <= MOST_LATE
    }
}

#[derive(Serialize)]
struct Report {
    machine: String,
    streams: usize,
    seconds: u64,
    engines: voice_port::Engines,
    jitter_p99_ms: f64,
    late_per_100000: f64,
    floor_jitter_p99_ms: f64,
    floor_late_per_100000: f64,
    greeting_p95_ms: f64,
    /// From the decision that the caller has finished to the first frame of the answer.
    turn_p50_s: f64,
    turn_p95_s: f64,
    /// What passed before that decision, from the caller's last syllable.
    decision_after_p50_s: f64,
    barge_in_p95_ms: f64,
    /// Of a turn, all but the engines.
    own_share_p95_ms: f64,
    holds: bool,
    floor_holds: bool,
    vigie: Side,
    turns: voice_port::Turns,
    floor: Side,
}

#[derive(Serialize)]
struct Held {
    machine: String,
    seconds: u64,
    engines: voice_port::Engines,
    /// The most that held, of those that were tried.
    streams: usize,
    floor_streams: usize,
    /// Of the floor's.
    share: f64,
    tried: Vec<Tried>,
}

#[derive(Serialize)]
struct Tried {
    side: &'static str,
    streams: usize,
    holds: bool,
    jitter_p99_ms: f64,
    late_per_100000: f64,
    lost: usize,
    cpu_cores: f64,
}

/// Measures.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    if args.find {
        return find(args);
    }
    let floor = floor(args, args.streams)?;
    let (vigie, turns, engines) = vigie(args, args.streams)?;
    let ms = |us: u64| us as f64 / 1e3;
    let s = |us: u64| us as f64 / 1e6;
    let report = Report {
        machine: usage::machine(),
        streams: args.streams,
        seconds: args.seconds,
        engines,
        jitter_p99_ms: ms(vigie.told.jitter.p99),
        late_per_100000: vigie.late_per_100000,
        floor_jitter_p99_ms: ms(floor.told.jitter.p99),
        floor_late_per_100000: floor.late_per_100000,
        greeting_p95_ms: ms(vigie.told.greeting.p95),
        turn_p50_s: s(turns.turn.p50),
        turn_p95_s: s(turns.turn.p95),
        decision_after_p50_s: s(vigie.told.waited.p50.saturating_sub(turns.turn.p50)),
        barge_in_p95_ms: ms(vigie.told.barge_in.p95),
        own_share_p95_ms: ms(turns.own_share.p95),
        holds: vigie.holds(),
        floor_holds: floor.holds(),
        vigie,
        turns,
        floor,
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(|e| e.to_string())?);
    } else {
        say(&report);
    }
    match report.vigie.told.lost + report.floor.told.lost {
        0 => Ok(()),
        lost => Err(format!("{lost} streams broke off")),
    }
}

fn say(report: &Report) {
    println!("{} streams for {} s; {}", report.streams, report.seconds, report.machine);
    for (name, side) in [("Vigie", &report.vigie), ("floor", &report.floor)] {
        let Spread { p50, p95, p99, .. } = side.told.jitter;
        println!(
            "  {name}: frames late by p50 {p50}, p95 {p95}, p99 {p99} µs; {:.1} of 100,000 over 20 ms; CPU {:.1} µs a frame, \
             {:.2} cores; {} broke off",
            side.late_per_100000, side.cpu_us_per_frame, side.cpu_cores, side.told.lost,
        );
    }
    let engines = &report.engines;
    println!("  voice: {}, ears: {}, model: {}", engines.mouth, engines.ears, engines.mind);
    let spreads = [
        ("greeting, from the UUID", &report.vigie.told.greeting),
        ("turn, from the decision", &report.turns.turn),
        ("of that our own", &report.turns.own_share),
        ("from the caller's last syllable", &report.vigie.told.waited),
        ("until we are silent", &report.vigie.told.barge_in),
    ];
    for (what, Spread { count, p50, p95, p99, .. }) in spreads {
        let [p50, p95, p99] = [p50, p95, p99].map(|us| *us as f64 / 1e3);
        println!("  {what}: p50 {p50:.0}, p95 {p95:.0}, p99 {p99:.0} ms ({count})");
    }
}

fn find(args: &Args) -> Result<(), String> {
    let mut tried = Vec::new();
    let mut engines = None;
    let floor_streams = most("floor", &mut tried, |streams| floor(args, streams))?;
    let streams = most("vigie", &mut tried, |streams| {
        let (side, _, of) = vigie(args, streams)?;
        engines = Some(of);
        Ok(side)
    })?;
    let held = Held {
        machine: usage::machine(),
        seconds: args.seconds,
        engines: engines.ok_or("nothing was tried")?,
        streams,
        floor_streams,
        share: streams as f64 / floor_streams.max(1) as f64,
        tried,
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&held).map_err(|e| e.to_string())?);
    } else {
        println!("{streams} streams hold, {floor_streams} of the floor's; {}", held.machine);
        for tried in &held.tried {
            let Tried { side, streams, holds, jitter_p99_ms, late_per_100000, lost, cpu_cores } = tried;
            println!(
                "  {side} {streams}: {} (p99 {jitter_p99_ms:.2} ms, {late_per_100000:.1} of 100,000 late, {lost} broke off, \
                 {cpu_cores:.2} cores)",
                if *holds { "holds" } else { "does not" },
            );
        }
    }
    Ok(())
}

/// The most that hold; one that does not is tried once more.
fn most(
    name: &'static str,
    tried: &mut Vec<Tried>,
    mut measure: impl FnMut(usize) -> Result<Side, String>,
) -> Result<usize, String> {
    let mut most = 0;
    'sizes: for streams in TRIED {
        for _ in 0..2 {
            let side = measure(streams)?;
            let holds = side.holds();
            tried.push(Tried {
                side: name,
                streams,
                holds,
                jitter_p99_ms: side.told.jitter.p99 as f64 / 1e3,
                late_per_100000: side.late_per_100000,
                lost: side.told.lost,
                cpu_cores: side.cpu_cores,
            });
            if holds {
                most = streams;
                continue 'sizes;
            }
        }
        break;
    }
    Ok(most)
}

fn floor(args: &Args, streams: usize) -> Result<Side, String> {
    let (listener, port) = listener()?;
    let stop = voice_floor::serve(listener)?;
    let side = called(args, port, streams, 0.0);
    stop();
    side
}

fn vigie(args: &Args, streams: usize) -> Result<(Side, voice_port::Turns, voice_port::Engines), String> {
    let (listener, port) = listener()?;
    let served = voice_port::serve(listener, streams)?;
    let side = called(args, port, streams, args.turns_per_s)?;
    let (turns, engines) = served.stop()?;
    Ok((side, turns, engines))
}

fn called(args: &Args, port: u16, streams: usize, turns_per_s: f64) -> Result<Side, String> {
    let arguments = [
        format!("--port={port}"),
        format!("--streams={streams}"),
        format!("--seconds={}", args.seconds),
        format!("--turns-per-s={turns_per_s}"),
    ];
    let mut client = Child::start("voice-client", &arguments)?;
    client.expect("connected")?;
    let cpu = usage::cpu_seconds(None);
    let told = client.last_words()?;
    let cpu = usage::cpu_seconds(None) - cpu;
    let told: Told = serde_json::from_str(&told).map_err(|e| format!("the client said {told:?}: {e}"))?;
    let frames = told.frames.max(1) as f64;
    Ok(Side {
        late_per_100000: told.late as f64 * 1e5 / frames,
        cpu_us_per_frame: cpu * 1e6 / frames,
        cpu_cores: cpu / args.seconds.max(1) as f64,
        told,
    })
}
