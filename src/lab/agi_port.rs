//! The product's FastAGI port, with one flow for everybody.

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::sync::Arc;

use actors::ivr::{Ask, Caller, Drawing, Flow, HttpAnswer, Told, World, compile};
use actors::registry::{Registry, WalkLine};
use actors::supervision::Node;
use asterisk::agi::{Environment, Prompt};
use jiff::Timestamp;
use serde_json::json;
use vigie::links::agi::{Ended, Guide, Peer, Port, Settings, Telling};

use crate::agi::Stop;
use crate::product::PBX;

const SOUNDS: usize = 7;

/// Serves; the calls of that registry are told where their callers stand.
pub(crate) fn serve(listener: TcpListener, calls: Option<Registry>) -> Result<Stop, String> {
    let guide = Arc::new(Everybody { flow: flow()?, calls });
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let thread = std::thread::spawn(move || {
        actix::System::new().block_on(async {
            let peer = Peer { pbx: PBX.into(), addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)] };
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
    calls: Option<Registry>,
}

impl Guide for Everybody {
    fn flow(&self, _pbx: &str, _environment: &Environment) -> Option<Arc<Flow>> {
        Some(self.flow.clone())
    }

    fn world(&self, _pbx: &str) -> Arc<dyn World + Send + Sync> {
        Arc::new(Sounds)
    }

    fn line(&self, pbx: &str) -> Option<WalkLine> {
        self.calls.as_ref()?.walks(pbx)
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
