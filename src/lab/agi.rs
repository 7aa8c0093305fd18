//! `agi`: FastAGI sessions through the real port, an actor and a walk for each, beside a minimal responder.
//!
//! Both are asked by the same client in a process of its own, for the same ten commands a session, which it answers at
//! once. The client sets the rate, so the figure to trust is CPU for each command. What is in the path: protocol, actor,
//! flow. What is not: the call that is told where its caller stands, the journal, the sounds.

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::Arc;

use actors::ivr::{Ask, Caller, Drawing, Flow, HttpAnswer, Told, World, compile};
use actors::supervision::Node;
use asterisk::agi::{Environment, Prompt};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use vigie::links::agi::{Ended, Guide, Peer, Port, Settings, Telling};

use crate::child::Child;
use crate::{agi_floor, usage};

/// Commands of one session, and what the flow sends for them: an answer, sounds, the mark for the dialplan, the hangup.
pub(crate) const COMMANDS: u64 = 10;
const SOUNDS: usize = 7;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Sessions at once, one run each.
    #[arg(long, value_delimiter = ',', default_value = "1,100,1000")]
    sessions: Vec<usize>,
    /// Sessions of one run.
    #[arg(long, default_value_t = 20_000)]
    total: usize,
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
struct Side {
    #[serde(flatten)]
    asked: Asked,
    sessions_per_s: f64,
    cpu_us_per_command: f64,
}

#[derive(Serialize)]
struct Run {
    at_once: usize,
    vigie: Side,
    floor: Side,
    cpu_ratio: f64,
    p99_ratio: f64,
}

#[derive(Serialize)]
struct Report {
    machine: String,
    commands_per_session: u64,
    runs: Vec<Run>,
}

/// Runs each size.
pub(crate) fn run(args: &Args) -> Result<(), String> {
    let mut runs = Vec::new();
    for at_once in &args.sessions {
        let floor = side(*at_once, args.total, agi_floor::serve)?;
        let vigie = side(*at_once, args.total, serve)?;
        let run = Run {
            at_once: *at_once,
            cpu_ratio: vigie.cpu_us_per_command / floor.cpu_us_per_command,
            p99_ratio: vigie.asked.p99_us as f64 / floor.asked.p99_us.max(1) as f64,
            vigie,
            floor,
        };
        if !args.json {
            say(&run);
        }
        runs.push(run);
    }
    let lost = runs.iter().map(|run| run.vigie.asked.lost + run.floor.asked.lost).sum::<u64>();
    if args.json {
        let report = Report { machine: usage::machine(), commands_per_session: COMMANDS, runs };
        println!("{}", serde_json::to_string_pretty(&report).map_err(|e| e.to_string())?);
    }
    if lost > 0 { Err(format!("{lost} sessions were lost")) } else { Ok(()) }
}

fn say(run: &Run) {
    let (vigie, floor) = (&run.vigie, &run.floor);
    println!(
        "{:>5} at once: {:>6.0} sessions/s (floor {:>6.0}); CPU {:.1} µs a command (floor {:.1}, ratio {:.2}); \
         p50 {} µs, p99 {} µs (floor {}, {}, ratio {:.2}); {} lost; {}",
        run.at_once,
        vigie.sessions_per_s,
        floor.sessions_per_s,
        vigie.cpu_us_per_command,
        floor.cpu_us_per_command,
        run.cpu_ratio,
        vigie.asked.p50_us,
        vigie.asked.p99_us,
        floor.asked.p50_us,
        floor.asked.p99_us,
        run.p99_ratio,
        vigie.asked.lost,
        usage::machine(),
    );
}

/// Serves on a port of its own until what it gives is called.
pub(crate) type Stop = Box<dyn FnOnce()>;

fn side(
    at_once: usize,
    total: usize,
    serve: fn(TcpListener) -> Result<Stop, String>,
) -> Result<Side, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|e| format!("bind: {e}"))?;
    let port = listener.local_addr().map_err(|e| e.to_string())?.port();
    let stop = serve(listener)?;
    let arguments = [format!("--port={port}"), format!("--sessions={at_once}"), format!("--total={total}")];
    let mut client = Child::start("agi-client", &arguments)?;
    client.expect("ready")?;
    let cpu = usage::cpu_seconds(None);
    let told = client.last_words()?;
    let cpu = usage::cpu_seconds(None) - cpu;
    stop();
    let asked: Asked = serde_json::from_str(&told).map_err(|e| format!("the client said {told:?}: {e}"))?;
    Ok(Side {
        sessions_per_s: asked.sessions as f64 / asked.seconds,
        cpu_us_per_command: cpu * 1e6 / asked.commands.max(1) as f64,
        asked,
    })
}

/// The product's port, with one flow for everybody.
fn serve(listener: TcpListener) -> Result<Stop, String> {
    let guide = Arc::new(Everybody { flow: flow()? });
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let thread = std::thread::spawn(move || {
        actix::System::new().block_on(async {
            let peer = Peer { pbx: "lab".into(), addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)] };
            let settings = Settings { peers: vec![peer], token: None };
            let root = Node::root("lab");
            match Port::serve(listener, settings, guide, &root) {
                Ok(port) => {
                    // whoever measures is done, or is gone
                    let _ = stopped.await;
                    port.stop();
                }
                Err(problem) => eprintln!("vigie-lab: port: {problem}"),
            }
        });
    });
    Ok(Box::new(move || {
        let _ = stop.send(());
        let _ = thread.join();
    }))
}

struct Everybody {
    flow: Arc<Flow>,
}

impl Guide for Everybody {
    fn flow(&self, _pbx: &str, _environment: &Environment) -> Option<Arc<Flow>> {
        Some(self.flow.clone())
    }

    fn world(&self, _pbx: &str) -> Arc<dyn World + Send + Sync> {
        Arc::new(Sounds)
    }

    fn ask(&self, _pbx: &str, _ask: Ask) -> Telling {
        Box::pin(async { Told::Http(Err::<HttpAnswer, _>("nobody is asked here".into())) })
    }

    /// The client counts.
    fn ended(&self, _ended: Ended) {}
}

/// Each name is a sound.
struct Sounds;

impl World for Sounds {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sound(&self, prompt: &str) -> Option<Prompt> {
        Prompt::new(prompt).ok()
    }

    fn device(&self, number: &str) -> Result<String, String> {
        Err(format!("{number} is not dialled here"))
    }

    fn message(&self, _caller: &Caller) -> Option<Prompt> {
        None
    }
}

fn flow() -> Result<Arc<Flow>, String> {
    let mut nodes = vec![json!({"id": "s", "type": "start"})];
    nodes.extend(
        (0..SOUNDS)
            .map(|n| json!({"id": format!("m{n}"), "type": "media", "content": {"prompt": "hello-world"}})),
    );
    nodes.push(json!({"id": "h", "type": "hangup"}));
    let ids: Vec<String> = nodes.iter().filter_map(|node| node["id"].as_str().map(str::to_owned)).collect();
    let lines: Vec<_> = ids
        .windows(2)
        .map(|pair| json!({"fromNodeId": pair[0], "fromPortId": "out", "toNodeId": pair[1]}))
        .collect();
    let drawn = json!({"id": "lab", "name": "lab", "nodes": nodes, "connections": lines});
    let drawing: Drawing = serde_json::from_value(drawn).map_err(|e| e.to_string())?;
    compile(&drawing).map(|(flow, _)| Arc::new(flow)).map_err(|faults| format!("{faults:?}"))
}
