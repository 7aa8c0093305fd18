//! `ingest`: from the socket to the board.

use std::time::{Duration, Instant};

use actors::view::Table;
use serde::Serialize;

use crate::child::Child;
use crate::floor::Floor;
use crate::product::Product;
use crate::usage;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Live calls, one run each.
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000")]
    calls: Vec<usize>,
    /// Events of the measured part.
    #[arg(long, default_value_t = 1_000_000)]
    events: u64,
    /// Seed of the interleaving.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// One run.
#[derive(Serialize)]
struct Run {
    calls: usize,
    events: u64,
    events_per_s: f64,
    floor_events_per_s: f64,
    ratio: f64,
    cpu_s_per_million_events: f64,
    floor_cpu_s_per_million_events: f64,
    /// Agents, with their rows: one a call, members of the lab's queues.
    bytes_per_agent: f64,
    /// What a live call adds, its row and what its agents then know of it included. The board's history
    /// of changes, which has a limit of its own, is left out.
    bytes_per_live_call: f64,
    peak_memory_bytes: u64,
    unrouted: u64,
    malformed: u64,
}

#[derive(Serialize)]
struct Report {
    machine: String,
    seed: u64,
    runs: Vec<Run>,
}

/// Runs each size.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    let mut runs = Vec::new();
    for calls in &args.calls {
        let run = measure(*calls, args)?;
        if !args.json {
            say(&run);
        }
        runs.push(run);
    }
    if args.json {
        let report = Report { machine: usage::machine(), seed: args.seed, runs };
        println!("{}", serde_json::to_string_pretty(&report).map_err(|e| e.to_string())?);
    }
    Ok(())
}

fn say(run: &Run) {
    println!(
        "{:>6} calls: {:>8.0} events/s; floor {:>8.0} (ratio {:.2}); CPU {:.2} s a million events (floor {:.2}); \
         {:.0} bytes a live call, {:.0} an agent; peak {} MB; {} unrouted, {} malformed; {}",
        run.calls,
        run.events_per_s,
        run.floor_events_per_s,
        run.ratio,
        run.cpu_s_per_million_events,
        run.floor_cpu_s_per_million_events,
        run.bytes_per_live_call,
        run.bytes_per_agent,
        run.peak_memory_bytes / 1_000_000,
        run.unrouted,
        run.malformed,
        usage::machine(),
    );
}

fn measure(calls: usize, args: &Args) -> Result<Run, String> {
    let (floor_s, floor_cpu) = floor(calls, args)?;
    let mut peer = Child::peer(&arguments(calls, args, false))?;
    let system = actix::System::new();
    system.block_on(async {
        let product = Product::start(&peer).await?;
        let empty = at_rest(&product).await;
        product.sent(&mut peer, "people").await?;
        let staffed = at_rest(&product).await;
        let before = product.sent(&mut peer, "ramp").await?;
        let full = at_rest(&product).await;
        let live = product.core.board.len(Table::Calls);
        if live == 0 {
            return Err("no call stands on the board after the ramp".to_owned());
        }
        peer.render(args.events)?;
        let cpu = usage::cpu_seconds(None);
        let began = Instant::now();
        peer.tell("send")?;
        product.until("the measured part", |p| p.counters.events() >= before + args.events).await?;
        let seconds = began.elapsed().as_secs_f64();
        product.settled(before + args.events).await?;
        let cpu = usage::cpu_seconds(None) - cpu;
        let millions = args.events as f64 / 1e6;
        let run = Run {
            calls,
            events: args.events,
            events_per_s: args.events as f64 / seconds,
            floor_events_per_s: args.events as f64 / floor_s,
            ratio: floor_s / seconds,
            cpu_s_per_million_events: cpu / millions,
            floor_cpu_s_per_million_events: floor_cpu / millions,
            bytes_per_agent: staffed.saturating_sub(empty) as f64 / calls as f64,
            bytes_per_live_call: full.saturating_sub(staffed) as f64 / live as f64,
            peak_memory_bytes: usage::memory().1,
            unrouted: product.counters.unrouted(),
            malformed: product.counters.malformed(),
        };
        peer.tell("end")?;
        product.core.stop().await;
        Ok(run)
    })
}

/// Bytes resident, the board's history aside, once quiet actors have let go of what they keep for a
/// restart (they are asked once a second).
async fn at_rest(product: &Product) -> u64 {
    tokio::time::sleep(Duration::from_secs(3)).await;
    usage::memory().0.saturating_sub(product.core.board.ring_bytes() as u64)
}

/// Seconds and CPU seconds of the floor for the same measured part.
fn floor(calls: usize, args: &Args) -> Result<(f64, f64), String> {
    let mut peer = Child::peer(&arguments(calls, args, true))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| format!("runtime: {e}"))?;
    runtime.block_on(async {
        let mut floor = Floor::connect(peer.port).await?;
        peer.tell("ramp")?;
        floor.read(peer.expect("ramp")?).await?;
        peer.render(args.events)?;
        let cpu = usage::cpu_seconds(None);
        peer.tell("send")?;
        let seconds = floor.read(args.events).await?;
        Ok((seconds, usage::cpu_seconds(None) - cpu))
    })
}

fn arguments(calls: usize, args: &Args, bare: bool) -> Vec<String> {
    let mut list = vec![format!("--calls={calls}"), format!("--seed={}", args.seed)];
    if bare {
        list.push("--bare".to_owned());
    }
    list
}
