//! Many WebSocket clients in a process of their own: how long after a mark was sent each sees it.

use std::io::BufRead;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{SystemTime, UNIX_EPOCH};

use hdrhistogram::Histogram;
use memchr::memmem;
use parking_lot::Mutex;

use crate::usage;
use crate::wsclient::Client;

/// Hidden arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to connect.
    #[arg(long)]
    addr: SocketAddr,
    /// How many.
    #[arg(long)]
    clients: usize,
}

struct Seen {
    delays: Mutex<Histogram<u64>>,
    frames: AtomicU64,
    bytes: AtomicU64,
    closed: AtomicU64,
}

/// Our clock, µs since 1970: both processes run on one machine.
pub(crate) fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

/// Connects all, says `connected N`, and at the end of standard input says what was seen, as JSON.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| format!("runtime: {e}"))?;
    let delays = Histogram::new_with_bounds(1, 60_000_000, 3).map_err(|e| e.to_string())?;
    let seen = Arc::new(Seen {
        delays: Mutex::new(delays),
        frames: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
        closed: AtomicU64::new(0),
    });
    let (ended, end) = tokio::sync::oneshot::channel();
    let local = tokio::task::LocalSet::new();
    let watched = seen.clone();
    local.block_on(&runtime, async move {
        let mut connected = 0;
        for _ in 0..args.clients {
            match Client::connect(args.addr).await {
                Ok(client) => {
                    connected += 1;
                    tokio::task::spawn_local(watch(client, watched.clone()));
                }
                Err(problem) => log::error!("{problem}"),
            }
        }
        println!("connected {connected}");
        std::thread::spawn(move || {
            for _ in std::io::stdin().lock().lines() {}
            // the receiver waits until the end
            let _ = ended.send(());
        });
        let _ = end.await;
    });
    let delays = seen.delays.lock();
    let report = serde_json::json!({
        "seen": delays.len(),
        "p50_ms": delays.value_at_quantile(0.5) as f64 / 1000.0,
        "p95_ms": delays.value_at_quantile(0.95) as f64 / 1000.0,
        "p99_ms": delays.value_at_quantile(0.99) as f64 / 1000.0,
        "max_ms": delays.max() as f64 / 1000.0,
        "frames": seen.frames.load(Relaxed),
        "bytes": seen.bytes.load(Relaxed),
        "closed": seen.closed.load(Relaxed),
        "cpu_s": usage::cpu_seconds(None),
    });
    println!("{report}");
    Ok(())
}

async fn watch(mut client: Client, seen: Arc<Seen>) {
    let mut last = 0;
    loop {
        let frame = client.frame(|frame| (frame.len() as u64, newest_mark(frame))).await;
        let Ok((bytes, mark)) = frame else {
            seen.closed.fetch_add(1, Relaxed);
            return;
        };
        seen.frames.fetch_add(1, Relaxed);
        seen.bytes.fetch_add(bytes, Relaxed);
        if let Some(mark) = mark.filter(|mark| *mark > last) {
            last = mark;
            let delay = now_us().saturating_sub(mark).clamp(1, 60_000_000);
            seen.delays.lock().saturating_record(delay);
        }
    }
}

fn newest_mark(frame: &[u8]) -> Option<u64> {
    memmem::find_iter(frame, b"mark-")
        .filter_map(|at| {
            let digits = frame[at + 5..].iter().take_while(|b| b.is_ascii_digit()).count();
            std::str::from_utf8(&frame[at + 5..at + 5 + digits]).ok()?.parse().ok()
        })
        .max()
}
