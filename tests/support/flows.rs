//! A FastAGI port of this process, with one flow for everybody.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actors::ivr::{Ask, Caller, Drawing, Flow, Language, Told, World, compile};
use actors::registry::WalkLine;
use actors::supervision::Node;
use asterisk::agi::{Environment, Prompt};
use jiff::Timestamp;
use parking_lot::Mutex;
use serde_json::{Value, json};
use vigie::config::HttpHost;
use vigie::errands::{Hosts, ask_server};
use vigie::links::agi::{Counters, Ended, Guide, Peer, Port, Settings, Telling};

/// What every caller walks, and how each ended.
pub struct OneFlow {
    flow: Mutex<Option<Arc<Flow>>>,
    ended: Mutex<Vec<Ended>>,
    played: Arc<Mutex<Vec<String>>>,
    line: Mutex<Option<WalkLine>>,
    may_send: Mutex<Option<bool>>,
}

impl OneFlow {
    /// Nodes by `[id, type, content]`, lines by `[from, port, to]`; nobody has a flow without nodes.
    pub fn of(nodes: &Value, lines: &Value) -> Arc<Self> {
        let this = Self {
            flow: Mutex::new(None),
            ended: Mutex::default(),
            played: Arc::default(),
            line: Mutex::default(),
            may_send: Mutex::default(),
        };
        if nodes.as_array().is_some_and(|nodes| !nodes.is_empty()) {
            *this.flow.lock() = Some(flow(nodes, lines));
        }
        Arc::new(this)
    }

    /// Who begins from now on walks another.
    pub fn swap(&self, nodes: &Value, lines: &Value) {
        *self.flow.lock() = Some(flow(nodes, lines));
    }

    /// Whether the last command over AMI was taken, once there was one.
    pub fn may_send(&self) -> Option<bool> {
        *self.may_send.lock()
    }

    /// Calls are told there who walks.
    pub fn follow(&self, line: WalkLine) {
        *self.line.lock() = Some(line);
    }

    /// The n-th that ended, once it has.
    pub fn ended(&self, n: usize) -> Ended {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(ended) = self.ended.lock().get(n) {
                return ended.clone();
            }
            assert!(Instant::now() < end, "only {} ended", self.ended.lock().len());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// How many ended.
    pub fn how_many_ended(&self) -> usize {
        self.ended.lock().len()
    }

    /// What the n-th that ended knew by that name.
    pub fn variable(&self, n: usize, name: &str) -> String {
        self.ended(n).variables.get(name).to_owned()
    }

    /// Waits until that was played so often.
    pub fn until_played(&self, prompt: &str, times: usize) {
        let end = Instant::now() + Duration::from_secs(30);
        while self.played.lock().iter().filter(|one| *one == prompt).count() < times {
            assert!(Instant::now() < end, "{prompt}: only {:?}", self.played.lock());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn flow(nodes: &Value, lines: &Value) -> Arc<Flow> {
    let rows = |rows: &Value, of: &dyn Fn(&Value) -> Value| {
        rows.as_array().expect("a list").iter().map(of).collect::<Vec<_>>()
    };
    let node = |n: &Value| json!({"id": n[0], "type": n[1], "name": n[0], "content": n[2]});
    let line = |l: &Value| json!({"fromNodeId": l[0], "fromPortId": l[1], "toNodeId": l[2]});
    let drawn =
        json!({"id": "f", "name": "F", "nodes": rows(nodes, &node), "connections": rows(lines, &line)});
    let drawing: Drawing = serde_json::from_value(drawn).expect("a drawing");
    Arc::new(compile(&drawing).expect("it can be walked").0)
}

impl Guide for OneFlow {
    fn flow(&self, _pbx: &str, _environment: &Environment) -> Option<Arc<Flow>> {
        self.flow.lock().clone()
    }

    fn world(&self, _pbx: &str) -> Arc<dyn World + Send + Sync> {
        Arc::new(Lab(self.played.clone()))
    }

    fn line(&self, _pbx: &str) -> Option<WalkLine> {
        self.line.lock().clone()
    }

    fn ask(&self, _pbx: &str, ask: Ask) -> Telling {
        let contact = |number: &str| {
            (number == "1001").then(|| [("name".to_owned(), "Alice".to_owned())].into_iter().collect())
        };
        Box::pin(async move {
            match ask {
                Ask::Http(ask) => {
                    let here = HttpHost { host: "127.0.0.1".into(), port: None, below: false };
                    Told::Http(ask_server(&Hosts::new(Some(vec![here])), ask).await)
                }
                Ask::Contact(number) => Told::Contact(Ok(contact(&number))),
                Ask::Callback(_) => Told::Callback(Ok(())),
                Ask::Speech(..) => Told::Speech(None),
            }
        })
    }

    fn may_send(&self, _pbx: &str, may: bool) {
        *self.may_send.lock() = Some(may);
    }

    fn ended(&self, ended: Ended) {
        self.ended.lock().push(ended);
    }
}

struct Lab(Arc<Mutex<Vec<String>>>);

impl World for Lab {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sound(&self, prompt: &str) -> Option<Prompt> {
        self.0.lock().push(prompt.to_owned());
        Prompt::new(prompt).ok()
    }

    fn device(&self, number: &str) -> Result<String, String> {
        Ok(format!("Local/{number}@from-phones/n"))
    }

    fn speech(&self, text: &str, language: Language) -> Option<Prompt> {
        self.0.lock().push(format!("{}: {text}", language.code()));
        Prompt::new("hello-world").ok()
    }

    fn through(&self, trunk: &str, number: &str) -> Result<String, String> {
        match trunk.split_once('/') {
            Some(("PJSIP", name)) => Ok(format!("PJSIP/{number}@{name}")),
            _ => Ok(format!("{trunk}/{number}")),
        }
    }

    fn message(&self, caller: &Caller) -> Option<Prompt> {
        Prompt::new(&format!("/tmp/message-{}", caller.uniqueid)).ok()
    }
}

/// A port that is served until this is dropped.
pub struct Served {
    /// Where.
    pub port: u16,
    /// What it counts.
    pub counters: Arc<Counters>,
    /// Its conversations.
    pub root: Arc<Node>,
    stop: Option<std::sync::mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Serves that flow to loopback.
pub fn serve(flows: &Arc<OneFlow>, token: Option<&str>) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let settings = Settings {
        peers: vec![Peer { pbx: "lab".into(), addresses: vec![[127, 0, 0, 1].into()] }],
        token: token.map(|token| vigie::config::Secret::new(token.to_owned())),
    };
    let (stop, stopped) = std::sync::mpsc::channel();
    let (tell, told) = std::sync::mpsc::channel();
    let flows: Arc<dyn Guide> = flows.clone();
    let thread = std::thread::spawn(move || {
        actix::System::new().block_on(async move {
            let root = Node::root("test");
            let served = Port::serve(listener, settings, flows, &root).expect("it serves");
            tell.send((served.counters(), root.clone())).expect("somebody waits");
            let _ = actix_web::rt::task::spawn_blocking(move || stopped.recv()).await;
            root.shutdown().await;
            served.stop();
        });
    });
    let (counters, root) = told.recv().expect("it serves");
    Served { port, counters, root, stop: Some(stop), thread: Some(thread) }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
