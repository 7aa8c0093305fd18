//! `fanout`: from an event on the AMI socket to a frame on every client's.

use serde::Serialize;
use serde_json::Value;

use crate::child::Child;
use crate::product::Product;
use crate::{fanfloor, usage};

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Clients, one run each.
    #[arg(long, value_delimiter = ',', default_value = "1,100,1000,5000")]
    clients: Vec<usize>,
    /// Live calls.
    #[arg(long, default_value_t = 1_000)]
    calls: usize,
    /// Events a second.
    #[arg(long, default_value_t = 5_000)]
    rate: u64,
    /// How long, s.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// One run.
#[derive(Serialize)]
struct Run {
    clients: usize,
    connected: u64,
    rate: u64,
    /// What the clients saw of Vigie.
    vigie: Value,
    /// The same of the floor.
    floor: Value,
    server_cpu_s: f64,
    server_memory_bytes: u64,
}

const MARK_EVERY_MS: u64 = 25;

/// Runs each size.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    let mut runs = Vec::new();
    for clients in &args.clients {
        let run = measure(*clients, args)?;
        if !args.json {
            let ms = |of: &Value, what: &str| of[what].as_f64().unwrap_or(f64::NAN);
            println!(
                "{:>5} clients, {} events/s: p50 {:.1} p95 {:.1} p99 {:.1} max {:.1} ms; floor p50 {:.1} p99 {:.1} ms; \
                 {} frames, {} closed; server CPU {:.1} s in {} s, {} MB",
                run.connected,
                run.rate,
                ms(&run.vigie, "p50_ms"),
                ms(&run.vigie, "p95_ms"),
                ms(&run.vigie, "p99_ms"),
                ms(&run.vigie, "max_ms"),
                ms(&run.floor, "p50_ms"),
                ms(&run.floor, "p99_ms"),
                run.vigie["frames"],
                run.vigie["closed"],
                run.server_cpu_s,
                args.seconds,
                run.server_memory_bytes / 1_000_000,
            );
        }
        runs.push(run);
    }
    if args.json {
        let report = serde_json::json!({ "machine": usage::machine(), "runs": runs });
        println!("{}", serde_json::to_string_pretty(&report).map_err(|e| e.to_string())?);
    }
    Ok(())
}

fn measure(clients: usize, args: &Args) -> Result<Run, String> {
    let (floor, _) = actix::System::new().block_on(async {
        let mut peer = peer(args, true)?;
        let addr = fanfloor::start(peer.port).await?;
        peer.tell("ramp")?;
        peer.expect("ramp")?;
        marked(peer, addr, clients, args).await
    })?;
    actix::System::new().block_on(async {
        let mut peer = peer(args, false)?;
        let (product, server) = Product::serve(&peer).await?;
        product.sent(&mut peer, "ramp").await?;
        let cpu = usage::cpu_seconds(None);
        let (vigie, connected) = marked(peer, server.addr, clients, args).await?;
        let run = Run {
            clients,
            connected,
            rate: args.rate,
            vigie,
            floor,
            server_cpu_s: usage::cpu_seconds(None) - cpu,
            server_memory_bytes: usage::memory().0,
        };
        server.stop().await;
        product.core.stop().await;
        Ok(run)
    })
}

fn peer(args: &Args, bare: bool) -> Result<Child, String> {
    let mut list = vec![format!("--calls={}", args.calls), format!("--rate={}", args.rate)];
    if bare {
        list.push("--bare".to_owned());
    }
    Child::peer(&list)
}

/// Connects the clients, sends the stream with marks in it, and gives what the clients saw.
async fn marked(
    mut peer: Child,
    addr: std::net::SocketAddr,
    clients: usize,
    args: &Args,
) -> Result<(Value, u64), String> {
    let list = [format!("--addr={addr}"), format!("--clients={clients}")];
    let mut watchers = Child::start("clients", &list)?;
    let (mut watchers, connected) = blocking(move || {
        let connected = watchers.expect("connected")?;
        Ok((watchers, connected))
    })
    .await?;
    let events = args.rate * args.seconds;
    let marks = format!("marks {} {MARK_EVERY_MS}", args.seconds * 1000 / (2 * MARK_EVERY_MS));
    let peer = blocking(move || {
        peer.render(events)?;
        peer.tell(&marks)?;
        peer.tell("send")?;
        peer.expect("sent")?;
        Ok(peer)
    })
    .await?;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    drop(peer);
    let seen = blocking(move || watchers.last_words()).await?;
    Ok((serde_json::from_str(&seen).map_err(|e| format!("clients said {seen:?}: {e}"))?, connected))
}

/// Off the arbiter, which serves what we measure.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|e| e.to_string())?
}
