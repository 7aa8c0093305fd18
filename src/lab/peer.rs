//! The PBX's side of `ingest`, in a process of its own so that its work is not counted as ours:
//! answers a login and empty listings, then sends a rendered stream as fast as it is read.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::stream::Stream;
use crate::template::{self, Template};

/// Hidden arguments.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Live calls.
    #[arg(long)]
    calls: usize,
    /// Events after the ramp.
    #[arg(long)]
    events: u64,
    /// Events a second at most; 0 for as fast as they are read.
    #[arg(long, default_value_t = 0)]
    rate: u64,
    /// Seed of the interleaving.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// No AMI dialogue: the floor reads bytes only.
    #[arg(long)]
    bare: bool,
}

/// Listens on a free port and says it on standard output; sends the ramp when it is told `ramp` on
/// standard input, the measured part when told `go`; says how many events each had.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    let templates = template::load()?;
    let (ramp, body) = rendered_body(&templates, args);
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| format!("bind: {e}"))?;
    let port = listener.local_addr().map_err(|e| e.to_string())?.port();
    println!("port {port}");
    let (socket, _) = listener.accept().map_err(|e| format!("accept: {e}"))?;
    socket.set_nodelay(true).map_err(|e| e.to_string())?;
    let reader = socket.try_clone().map_err(|e| e.to_string())?;
    let socket = Arc::new(Mutex::new(socket));
    if !args.bare {
        send(&socket, b"Asterisk Call Manager/11.0.0\r\n", 0)?;
        answer_in_background(reader, Arc::clone(&socket));
    }
    let mut commands = std::io::stdin().lock().lines();
    wait_for(&mut commands, "ramp")?;
    println!("ramp {ramp}");
    send_ramp(&socket, &templates, args)?;
    wait_for(&mut commands, "go")?;
    let rate = args.rate * body.len() as u64 / args.events.max(1);
    send(&socket, &body, rate)?;
    println!("sent {}", args.events);
    wait_for(&mut commands, "end")
}

/// The measured part continues where a ramp of the same seed stops, so the ramp is rendered twice:
/// here to get past it, later to send it in pieces, since 100,000 calls of it are gigabytes.
fn rendered_body(templates: &[Template], args: &Args) -> (u64, Vec<u8>) {
    let mut stream = Stream::new(templates, args.calls, 300_000, args.seed);
    let mut skipped = Vec::new();
    let mut ramp = 0;
    for slot in 0..args.calls {
        skipped.clear();
        ramp += stream.ramp(slot, &mut skipped);
    }
    let mut body = Vec::new();
    for _ in 0..args.events {
        stream.step(&mut body);
    }
    (ramp, body)
}

fn send_ramp(socket: &Mutex<TcpStream>, templates: &[Template], args: &Args) -> Result<(), String> {
    let mut stream = Stream::new(templates, args.calls, 300_000, args.seed);
    let mut out = Vec::new();
    for slot in 0..args.calls {
        stream.ramp(slot, &mut out);
        if out.len() > 64 * 1024 || slot + 1 == args.calls {
            send(socket, &out, 0)?;
            out.clear();
        }
    }
    Ok(())
}

fn wait_for(lines: &mut impl Iterator<Item = std::io::Result<String>>, word: &str) -> Result<(), String> {
    match lines.next() {
        Some(Ok(line)) if line == word => Ok(()),
        Some(Ok(line)) => Err(format!("expected {word}, got {line}")),
        _ => Err(format!("expected {word}, got the end")),
    }
}

/// Frames may interleave with answers only at frame borders: chunks end at the end of a frame.
fn send(socket: &Mutex<TcpStream>, bytes: &[u8], bytes_per_s: u64) -> Result<(), String> {
    const CHUNK: usize = 64 * 1024;
    let began = Instant::now();
    let mut at = 0;
    while at < bytes.len() {
        let want = if bytes_per_s == 0 { CHUNK } else { 4096 };
        let mut end = (at + want).min(bytes.len());
        if let Some(border) = frame_end(&bytes[..end]) {
            if border > at {
                end = border;
            }
        }
        lock(socket).write_all(&bytes[at..end]).map_err(|e| format!("send: {e}"))?;
        at = end;
        if let Some(due) = (at as u64 * 1_000_000).checked_div(bytes_per_s) {
            let due = Duration::from_micros(due);
            if let Some(wait) = due.checked_sub(began.elapsed()) {
                std::thread::sleep(wait);
            }
        }
    }
    Ok(())
}

fn lock(socket: &Mutex<TcpStream>) -> std::sync::MutexGuard<'_, TcpStream> {
    socket.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn frame_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).rposition(|w| w == b"\r\n\r\n").map(|p| p + 4)
}

/// Success for everything, an empty list for what is a list.
fn answer_in_background(socket: TcpStream, out: Arc<Mutex<TcpStream>>) {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(socket);
        let mut action = String::new();
        let mut id = String::new();
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|n| n > 0) {
            let text = line.trim_end();
            if let Some(name) = text.strip_prefix("Action: ") {
                action = name.to_owned();
            } else if let Some(value) = text.strip_prefix("ActionID: ") {
                id = value.to_owned();
            } else if text.is_empty() && !action.is_empty() {
                let reply = reply_to(&action, &id);
                if lock(&out).write_all(reply.as_bytes()).is_err() {
                    return;
                }
                action.clear();
            }
            line.clear();
        }
    });
}

fn reply_to(action: &str, id: &str) -> String {
    let head = format!("Response: Success\r\nActionID: {id}\r\n");
    match action {
        "Challenge" => format!("{head}Challenge: 123456789\r\n\r\n"),
        "Login" => format!(
            "{head}Message: Authentication accepted\r\n\r\nEvent: FullyBooted\r\nPrivilege: system,all\r\nUptime: 9\r\nLastReload: 9\r\nStatus: Fully Booted\r\n\r\n"
        ),
        "Ping" => format!("{head}Ping: Pong\r\nTimestamp: 1795000000.000000\r\n\r\n"),
        "CoreStatus" => format!(
            "{head}CoreStartupDate: 2026-11-18\r\nCoreStartupTime: 11:06:40\r\nCoreReloadDate: 2026-11-18\r\nCoreReloadTime: 11:06:40\r\nCoreCurrentCalls: 0\r\n\r\n"
        ),
        "CoreSettings" => format!("{head}AMIversion: 11.0.0\r\nAsteriskVersion: 22.10.1\r\n\r\n"),
        _ => format!(
            "{head}EventList: start\r\nMessage: list follows\r\n\r\nEvent: {action}Complete\r\nActionID: {id}\r\nEventList: Complete\r\nListItems: 0\r\n\r\n"
        ),
    }
}
