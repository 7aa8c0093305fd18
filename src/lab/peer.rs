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

/// Listens on a free port and says it on standard output; then obeys standard input, a line each:
/// `people` (say how many agents, make each a member of a queue), `ramp` (say how many events, send them),
/// `callers N` (say N; N calls of one leg that is up, for `agi`), `render N` (N more events, kept), `slot S N` (N events of
/// one slot, kept), `send` (send what is kept, say how many), `marks N MS` (meanwhile, N calls of one
/// leg, one every MS milliseconds, whose caller's name is `mark-` and our clock in µs), `end`.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    let templates = template::load()?;
    let mut stream = Stream::new(&templates, args.calls, 300_000, args.seed);
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
    let (mut kept, mut events) = (Vec::new(), 0);
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|e| e.to_string())?;
        let words: Vec<&str> = line.split(' ').collect();
        match (words[0], numbers(&words[1..])?.as_slice()) {
            ("people", []) => {
                println!("people {}", args.calls);
                let mut out = Vec::new();
                (0..args.calls).for_each(|slot| Stream::member(slot, &mut out));
                send(&socket, &out, 0)?;
            }
            ("callers", [n]) => {
                println!("callers {n} {n}");
                let out: String = (0..*n).map(caller_event).collect();
                send(&socket, out.as_bytes(), 0)?;
            }
            ("ramp", []) => send_ramp(&socket, &templates, &mut stream, args)?,
            ("render", [n]) => {
                (0..*n).for_each(|_| stream.step(&mut kept));
                events += n;
                println!("rendered {n}");
            }
            ("slot", [slot, n]) => {
                let slot = usize::try_from(*slot).map_err(|e| e.to_string())?;
                (0..*n).for_each(|_| stream.step_of(slot, &mut kept));
                events += n;
                println!("rendered {n}");
            }
            ("marks", [n, every_ms]) => marks_in_background(Arc::clone(&socket), *n, *every_ms),
            ("send", []) => {
                send(&socket, &kept, args.rate * kept.len() as u64 / events.max(1))?;
                println!("sent {events}");
                kept.clear();
                events = 0;
            }
            ("end", []) => return Ok(()),
            _ => return Err(format!("unknown order {line:?}")),
        }
    }
    Ok(())
}

fn numbers(words: &[&str]) -> Result<Vec<u64>, String> {
    words.iter().map(|w| w.parse().map_err(|_| format!("expected a number, got {w:?}"))).collect()
}

/// In pieces, since the ramp of 100,000 calls is gigabytes; rendered twice, since how many events it
/// has must be known before.
fn send_ramp(
    socket: &Mutex<TcpStream>,
    templates: &[Template],
    stream: &mut Stream<'_>,
    args: &Args,
) -> Result<(), String> {
    let mut counted = Stream::new(templates, args.calls, 300_000, args.seed);
    let (mut out, mut events) = (Vec::new(), 0);
    for slot in 0..args.calls {
        out.clear();
        events += counted.ramp(slot, &mut out);
    }
    println!("ramp {events}");
    out.clear();
    for slot in 0..args.calls {
        stream.ramp(slot, &mut out);
        if out.len() > 64 * 1024 || slot + 1 == args.calls {
            send(socket, &out, 0)?;
            out.clear();
        }
    }
    Ok(())
}

/// Frames may interleave with answers only at frame borders: chunks end at the end of a frame.
fn send(socket: &Mutex<TcpStream>, bytes: &[u8], bytes_per_s: u64) -> Result<(), String> {
    const CHUNK: usize = 64 * 1024;
    let began = Instant::now();
    let mut at = 0;
    while at < bytes.len() {
        let want = if bytes_per_s == 0 { CHUNK } else { 4096 };
        let mut end = (at + want).min(bytes.len());
        if let Some(border) = frame_end(&bytes[..end])
            && border > at
        {
            end = border;
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

fn marks_in_background(socket: Arc<Mutex<TcpStream>>, n: u64, every_ms: u64) {
    std::thread::spawn(move || {
        for serial in 0..n {
            std::thread::sleep(Duration::from_millis(every_ms));
            let begin = mark_event("Newchannel", "ChannelState: 4\r\nChannelStateDesc: Ring", serial);
            let end = mark_event("Hangup", "ChannelState: 6\r\nChannelStateDesc: Up", serial);
            let end = end.trim_end_matches("\r\n").to_owned()
                + "\r\nCause: 16\r\nCause-txt: Normal Clearing\r\n\r\n";
            if lock(&socket).write_all(begin.as_bytes()).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(every_ms));
            if lock(&socket).write_all(end.as_bytes()).is_err() {
                return;
            }
        }
    });
}

/// The channel of the n-th session of `agi`.
fn caller_event(n: u64) -> String {
    format!(
        "Event: Newchannel\r\nPrivilege: call,all\r\nChannel: PJSIP/trunk-{n:08x}\r\nChannelState: 6\r\n\
         ChannelStateDesc: Up\r\nCallerIDNum: 0612345678\r\nCallerIDName: <unknown>\r\n\
         ConnectedLineNum: <unknown>\r\nConnectedLineName: <unknown>\r\nLanguage: en\r\nAccountCode: \r\n\
         Context: from-provider\r\nExten: 0170000001\r\nPriority: 3\r\nUniqueid: 1795224837.{n}\r\n\
         Linkedid: 1795224837.{n}\r\n\r\n"
    )
}

/// Without a Timestamp: the stream has a clock of its own, and two clocks would look like a late link.
fn mark_event(event: &str, state: &str, serial: u64) -> String {
    let now = crate::clients::now_us();
    format!(
        "Event: {event}\r\nPrivilege: call,all\r\nChannel: PJSIP/trunk-m-{serial:08x}\r\n{state}\r\n\
         CallerIDNum: 0612345678\r\nCallerIDName: mark-{now}\r\nConnectedLineNum: <unknown>\r\n\
         ConnectedLineName: <unknown>\r\nLanguage: fr\r\nAccountCode: \r\nContext: from-sip-provider\r\n\
         Exten: 0170000001\r\nPriority: 1\r\nUniqueid: 1794000000.{serial}\r\nLinkedid: 1794000000.{serial}\r\n\r\n"
    )
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
        // it keeps no truth to tell about one channel: better no answer than a wrong one
        "Status" | "Getvar" => {
            format!("Response: Error\r\nActionID: {id}\r\nMessage: Permission denied\r\n\r\n")
        }
        _ => format!(
            "{head}EventList: start\r\nMessage: list follows\r\n\r\nEvent: {action}Complete\r\nActionID: {id}\r\nEventList: Complete\r\nListItems: 0\r\n\r\n"
        ),
    }
}
