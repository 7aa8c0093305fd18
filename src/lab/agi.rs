//! `agi`: FastAGI sessions beside a minimal responder, in three sides of one run:
//!
//! * the floor (`agi_floor`): one thread that writes ten commands and reads an answer to each;
//! * the protocol (`agi_port`): the product's port, with an actor and a flow for each caller, whom no call knows;
//! * the whole: the same beside a running core: each caller's call is on the floor, as a PBX told it over AMI, is told
//!   where he stands, is shown, and its journal is stored in a PostgreSQL of our own (whose CPU is its own).
//!
//! All are asked by the same client in a process of its own, for the same ten commands a session, which it answers at
//! once. The client sets the rate, so the figure to trust is CPU for each command. Each size is run several times, side
//! after side: ratios are the medians of those.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::child::Child;
use crate::{agi_floor, agi_port, agi_silent, agi_whole, usage};

/// Commands of one session, and what the flow sends for them: an answer, sounds, the mark for the dialplan, the hangup.
pub(crate) const COMMANDS: u64 = 10;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Sessions at once, one run each.
    #[arg(long, value_delimiter = ',', default_value = "1,100,1000")]
    sessions: Vec<usize>,
    /// Sessions of one side of a run.
    #[arg(long, default_value_t = 20_000)]
    total: usize,
    /// How often each size is run.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Clients that connect and say nothing, beside 100 sessions at once; 0 for none.
    #[arg(long, default_value_t = 3_000)]
    silent: usize,
    /// Nothing is stored: without PostgreSQL, the journal is not in the path.
    #[arg(long)]
    no_journal: bool,
    /// JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// What the client says of one run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// Sessions that came to their end.
    pub(crate) sessions: u64,
    /// Those that did not.
    pub(crate) lost: u64,
    /// Commands that it answered.
    pub(crate) commands: u64,
    /// All of it.
    pub(crate) seconds: f64,
    /// From an answer to the next command, in µs.
    pub(crate) p50_us: u64,
    /// The same.
    pub(crate) p99_us: u64,
}

/// One side of a run.
#[derive(Serialize)]
pub(crate) struct Side {
    #[serde(flatten)]
    pub(crate) asked: Asked,
    sessions_per_s: f64,
    pub(crate) cpu_us_per_command: f64,
}

#[derive(Serialize)]
struct Round {
    floor: Side,
    protocol: Side,
    whole: Side,
    journal: agi_whole::Journalled,
}

/// To the floor's.
#[derive(Serialize)]
struct Ratios {
    cpu: f64,
    p99: f64,
}

#[derive(Serialize)]
struct Run {
    at_once: usize,
    protocol: Ratios,
    whole: Ratios,
    lost: u64,
    rounds: Vec<Round>,
}

#[derive(Serialize)]
struct Report {
    machine: String,
    commands_per_session: u64,
    runs: Vec<Run>,
    silent: Option<agi_silent::Silent>,
}

/// Runs each size.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    let database = if args.no_journal { None } else { Some(agi_whole::Folder::new()?) };
    let mut runs = Vec::new();
    for at_once in &args.sessions {
        let round = |_| round(*at_once, args.total, database.as_ref());
        let rounds = (0..args.rounds.max(1)).map(round).collect::<Result<Vec<_>, _>>()?;
        let run = Run {
            at_once: *at_once,
            protocol: ratios(&rounds, |round| &round.protocol),
            whole: ratios(&rounds, |round| &round.whole),
            lost: rounds.iter().flat_map(Round::sides).map(|(_, side)| side.asked.lost).sum(),
            rounds,
        };
        if !args.json {
            say(&run);
        }
        runs.push(run);
    }
    let silent = (args.silent > 0).then(|| agi_silent::measure(args.silent, args.total)).transpose()?;
    let lost =
        runs.iter().map(|run| run.lost).sum::<u64>() + silent.as_ref().map_or(0, |silent| silent.lost());
    if args.json {
        let report = Report { machine: usage::machine(), commands_per_session: COMMANDS, runs, silent };
        println!("{}", serde_json::to_string_pretty(&report).map_err(|e| e.to_string())?);
    } else if let Some(silent) = silent {
        println!("{silent}");
    }
    if lost > 0 { Err(format!("{lost} sessions were lost")) } else { Ok(()) }
}

fn round(at_once: usize, total: usize, database: Option<&agi_whole::Folder>) -> Result<Round, String> {
    let nothing = || Ok(());
    let floor = side(at_once, total, agi_floor::serve, nothing)?;
    let protocol = side(at_once, total, |listener| agi_port::serve(listener, None), nothing)?;
    let core = agi_whole::Whole::start(total, database)?;
    let registry = core.registry.clone();
    let serve = |listener| agi_port::serve(listener, Some(registry));
    let whole = side(at_once, total, serve, || core.settled())?;
    let journal = core.stop();
    Ok(Round { floor, protocol, whole, journal })
}

impl Round {
    fn sides(&self) -> [(&'static str, &Side); 3] {
        [("floor", &self.floor), ("protocol", &self.protocol), ("whole", &self.whole)]
    }
}

fn ratios(rounds: &[Round], of: fn(&Round) -> &Side) -> Ratios {
    let median = |figure: fn(&Side) -> f64| {
        let mut all: Vec<f64> =
            rounds.iter().map(|round| figure(of(round)) / figure(&round.floor).max(1e-9)).collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
    };
    Ratios { cpu: median(|side| side.cpu_us_per_command), p99: median(|side| side.asked.p99_us as f64) }
}

fn say(run: &Run) {
    println!(
        "{} at once: CPU of protocol {:.2}, whole {:.2} times the floor's; p99 of protocol {:.2}, whole {:.2}; {} lost; {}",
        run.at_once,
        run.protocol.cpu,
        run.whole.cpu,
        run.protocol.p99,
        run.whole.p99,
        run.lost,
        usage::machine(),
    );
    for round in &run.rounds {
        for (name, side) in round.sides() {
            println!(
                "  {name:>8}: {:>6.0} sessions/s, CPU {:>5.1} µs a command, p50 {:>5} µs, p99 {:>6} µs",
                side.sessions_per_s, side.cpu_us_per_command, side.asked.p50_us, side.asked.p99_us,
            );
        }
        let agi_whole::Journalled { written, lost } = &round.journal;
        println!("  journal: {written} facts stored, {lost} more than it takes");
    }
}

/// Serves on a port of its own until what it gives is called.
pub(crate) type Stop = Box<dyn FnOnce()>;

/// One side: what was used until the client was done and all of it had settled.
pub(crate) fn side(
    at_once: usize,
    total: usize,
    serve: impl FnOnce(TcpListener) -> Result<Stop, String>,
    settled: impl FnOnce() -> Result<(), String>,
) -> Result<Side, String> {
    let (listener, port) = listener()?;
    let stop = serve(listener)?;
    let mut client = client(port, at_once, total, None)?;
    let side = asked(&mut client, settled);
    stop();
    side
}

pub(crate) fn listener() -> Result<(TcpListener, u16), String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| format!("bind: {e}"))?;
    let port = listener.local_addr().map_err(|e| e.to_string())?.port();
    Ok((listener, port))
}

/// With so many beside it that say nothing.
pub(crate) fn client(
    port: u16,
    at_once: usize,
    total: usize,
    silent: Option<usize>,
) -> Result<Child, String> {
    let mut arguments =
        vec![format!("--port={port}"), format!("--sessions={at_once}"), format!("--total={total}")];
    arguments.extend(silent.map(|silent| format!("--silent={silent}")));
    Child::start("agi-client", &arguments)
}

/// Once the client is ready, until it is done.
pub(crate) fn asked(
    client: &mut Child,
    settled: impl FnOnce() -> Result<(), String>,
) -> Result<Side, String> {
    client.expect("ready")?;
    // what the first session brought about is over
    std::thread::sleep(Duration::from_millis(100));
    let cpu = usage::cpu_seconds(None);
    client.tell("go")?;
    let told = client.last_words()?;
    settled()?;
    let cpu = usage::cpu_seconds(None) - cpu;
    let asked: Asked = serde_json::from_str(&told).map_err(|e| format!("the client said {told:?}: {e}"))?;
    Ok(Side {
        sessions_per_s: asked.sessions as f64 / asked.seconds,
        cpu_us_per_command: cpu * 1e6 / asked.commands.max(1) as f64,
        asked,
    })
}
