//! Flows over REST, and the floor of a PBX whose events a test makes, followed while callers walk.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actors::board::Board;
use actors::command::{Command, Done, Refusal};
use actors::keys::{Epoch, PbxName};
use actors::ports::{FeedItem, LinkChange};
use actors::registry::{Registry, WalkLine};
use actors::settings::Settings;
use actors::testing::{Channel, TestFloor, channel_event};
use actors::view::{CallView, Table, View};
use serde_json::{Value, json};

use super::server::Server;

/// A node as it is drawn.
pub fn drawn(id: &str, kind: &str, name: &str, content: &Value) -> Value {
    json!({"id": id, "type": kind, "name": name, "x": 0, "y": 0, "content": content})
}

/// A line between two.
pub fn connected(from: &str, port: &str, to: &str) -> Value {
    json!({"id": format!("{from}-{port}"), "fromNodeId": from, "fromPortId": port, "toNodeId": to, "toPortId": "in"})
}

/// What is made there, as soon as the server's database has its schema.
pub fn stored(vigie: &Server, path: &str, body: &Value) -> Value {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        match vigie.post(path, body) {
            (201, answer) => return answer,
            (503, answer) => assert!(Instant::now() < end, "{path}: {answer}"),
            (status, answer) => panic!("{path}: {status} {answer}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A floor on a thread of its own, until this is dropped.
pub struct Followed {
    /// Where walks are told.
    pub line: WalkLine,
    board: Arc<Board>,
    registry: Registry,
    tell: tokio::sync::mpsc::UnboundedSender<asterisk::ami::Message>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Followed {
    /// The PBX is `lab`, and nothing happens there.
    pub fn start() -> Self {
        let (told, tells) = std::sync::mpsc::channel();
        let (tell, mut events) = tokio::sync::mpsc::unbounded_channel();
        let thread = std::thread::spawn(move || {
            actix::System::new().block_on(async move {
                let floor = TestFloor::start(Settings::new(PbxName("lab".into())));
                floor.feed(FeedItem::Link(LinkChange::Epoch(Epoch(1))));
                let line = floor.registry.walks("lab").expect("the floor's");
                told.send((line, floor.board.clone(), floor.registry.clone())).expect("somebody waits");
                while let Some(event) = events.recv().await {
                    floor.event(event);
                }
            });
        });
        let (line, board, registry) = tells.recv().expect("it starts");
        Self { line, board, registry, tell, thread: Some(thread) }
    }

    /// A channel of that Uniqueid is there, up, with a call of its own.
    pub fn call(&self, uniqueid: &str) {
        let name = format!("PJSIP/trunk-{}", uniqueid.replace('.', ""));
        let channel = Channel {
            name: &name,
            uniqueid,
            linkedid: uniqueid,
            state: 6,
            number: "0612345678",
            exten: "0170000001",
        };
        self.tell
            .send(channel_event("Newchannel", 1_795_224_837_000, &channel, &[]))
            .expect("the floor lives");
    }

    /// The call of that channel, once it is so.
    pub fn until(&self, uniqueid: &str, what: &str, so: impl Fn(&CallView) -> bool) -> CallView {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            while self.board.publish() {}
            let line = self.board.line(Table::Calls, &format!("lab~1~{uniqueid}"));
            let call = line.map(|line| (*line.view).clone());
            match call {
                Some(View::Call(call)) if so(&call) => return call,
                other => assert!(Instant::now() < end, "{what}: {other:?}"),
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Orders it.
    pub fn command(&self, command: Command) -> Result<Done, Refusal> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(self.registry.command(command))
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        let (last, _) = tokio::sync::mpsc::unbounded_channel();
        drop(std::mem::replace(&mut self.tell, last));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
