//! A flow brings callers of a real Asterisk to an assistant, over FastAGI and over AMI: what they hear, how they leave it, and
//! where they go then. Asterisk 16 has no AudioSocket: there they go the way for that.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Floor, SOON, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};
use crate::support::postgres::Postgres;
use crate::support::server::Server;
use crate::support::voices::until;
use crate::support::walks::{connected, drawn, stored};

on_both!(
    a_caller_talks_with_the_assistant_of_his_node_and_reaches_an_agent,
    a_caller_talks_with_the_assistant_of_his_node_also_over_ami,
);

const TOML: &str = "[[pbx]]\nname = \"lab\"\ntransfer_context = \"from-phones\"\n\n[assistant]\nname = \"After sales\"\n\
    greeting = \"Hello, this is a test.\"\nlanguage = \"en\"\n";
/// For a program that speaks six sentences, on a loaded machine.
const SPOKEN: Duration = Duration::from_secs(60);
/// What the assistant sounds like.
const VOICE_HZ: f32 = 600.0;

struct Line {
    floor: Floor,
    _database: Postgres,
    _folders: [tempfile::TempDir; 2],
}

/// 9003 brings callers to the assistant: who wants a human comes to a queue, who is not answered hears a sentence and goes.
fn line(version: Version, over_ami: bool) -> Line {
    let (database, data) = (Postgres::new(), tempfile::tempdir().expect("a folder"));
    database.start();
    let pbx = Asterisk::start(version);
    if over_ami {
        pbx.grant_async_agi();
    }
    let mut phones = Phones::at(&pbx);
    for phone in ["1001", "1002"] {
        phones.phone(phone, json!("ring"));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let voice = crate::support::voices::tone_program(folder.path(), VOICE_HZ, 3.0);
    let free =
        || std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("one").port();
    let (agi, audio) = (free(), free());
    let (port, step) = match over_ami {
        true => ("off".to_owned(), "AGI(agi:async,0170000001)".to_owned()),
        false => (agi.to_string(), format!("AGI(agi://127.0.0.1:{agi}/0170000001)")),
    };
    let (ami, audio, url) = (pbx.port("ami").to_string(), audio.to_string(), database.url());
    let settings = [
        ("AMI_HOST", "127.0.0.1"),
        ("AMI_PORT", ami.as_str()),
        ("AMI_USERNAME", "vigie"),
        ("AMI_SECRET", "vigie"),
        ("AGI_PORT", &port),
        ("AUDIOSOCKET_PORT", &audio),
        ("VIGIE_VOICE", voice.to_str().expect("text")),
        ("DATABASE_URL", &url),
        ("VIGIE_DATA", data.path().to_str().expect("text")),
    ];
    let floor = Floor::look(pbx, phones, Server::start(&settings, &[("vigie.toml", TOML)]));
    let steps = ["1,Answer()", &format!("2,{step}"), "3,NoOp(${VIGIE_DONE}-${VIGIE_NEXT})", "4,Hangup()"];
    for step in steps {
        floor.pbx.cli(&format!("dialplan add extension 9003,{step} into from-phones"));
    }
    Line { floor, _database: database, _folders: [data, folder] }
}

fn flow(assistant: &str) -> Value {
    let nodes = [
        drawn("s", "start", "Start", &json!({})),
        drawn("talk", "ai", "The assistant", &json!({"assistant": assistant})),
        drawn("humans", "queue", "Humans", &json!({"queue": "support"})),
        drawn("sorry", "media", "Sorry", &json!({"prompt": "demo-instruct"})),
        drawn("bye", "hangup", "End", &json!({})),
    ];
    let lines = [
        connected("s", "out", "talk"),
        connected("talk", "out", "bye"),
        connected("talk", "out-human", "humans"),
        connected("talk", "out-failed", "sorry"),
        connected("humans", "out", "bye"),
        connected("sorry", "out", "bye"),
    ];
    json!({"name": "Hotline", "nodes": nodes, "connections": lines})
}

impl Line {
    /// The call's id, once he is at that node.
    fn until_at(&mut self, node: &str) -> String {
        self.floor.looks.until(&format!("a caller at {node}"), SOON, |board| {
            let at = |call: &&Value| {
                let last = call["flows"][0]["visits"].as_array().and_then(|visits| visits.last());
                last.is_some_and(|visit| visit["node"] == node)
            };
            board.calls().find(at).and_then(|call| call["id"].as_str().map(str::to_owned))
        })
    }

    /// His way and how it ended, once it is told.
    fn went(&self, id: &str) -> (String, Value) {
        let end = Instant::now() + SOON;
        loop {
            let (status, call) = self.floor.vigie.get(&format!("/api/history/calls/{id}"));
            if status == 200 && !call["flows"][0]["how"].is_null() {
                return (super::walks::way(&call["flows"][0]), call["flows"][0]["how"].clone());
            }
            assert!(Instant::now() < end, "{status} {call}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn dials(&mut self) {
        self.floor.phones.dial("1001", "9003", "caller");
        self.floor.phones.wait("caller", "up");
    }

    fn hears_the_assistant(&mut self) {
        self.floor.phones.command(json!({"do": "hear", "call": "caller", "hz": VOICE_HZ, "within": 20}));
    }
}

fn a_caller_talks_with_the_assistant_of_his_node_and_reaches_an_agent(version: Version) {
    talks(version, false);
}

fn a_caller_talks_with_the_assistant_of_his_node_also_over_ami(version: Version) {
    talks(version, true);
}

fn talks(version: Version, over_ami: bool) {
    let mut line = line(version, over_ami);
    let made = stored(&line.floor.vigie, "/api/ivr-flows", &flow("after-sales"));
    assert!(made["id"].is_string(), "{made}");
    let nobody = line.floor.vigie.post("/api/ivr-flows", &flow("nobody")).1;
    let path = format!("/api/ivr-flows/{}/faults", nobody["id"].as_str().expect("an id"));
    let faults = line.floor.vigie.get(&path).1.to_string();
    assert!(faults.contains("unknown_assistant"), "{faults}");
    let spoken = Instant::now() + SPOKEN;
    while !line.floor.vigie.log().contains("After sales is ready") {
        assert!(Instant::now() < spoken, "it never could speak: {}", line.floor.vigie.log());
        std::thread::sleep(Duration::from_millis(50));
    }

    if version == Version::V16 {
        line.dials();
        let id = line.until_at("sorry");
        line.floor.phones.hang_up("caller");
        let went = line.went(&id);
        assert_eq!(went, ("s:out talk:out-failed sorry:".into(), json!("abandoned")));
        return;
    }

    // he wants a human, and talks to one
    line.dials();
    line.hears_the_assistant();
    line.until_at("talk");
    line.floor.phones.command(json!({"do": "dtmf", "call": "caller", "digits": "0"}));
    let id = line.until_at("humans");
    line.floor.phones.take("1002", "agent");
    line.floor.phones.answer("agent");
    line.floor.until_talking("1001", "1002");
    line.floor.phones.hang_up("agent");
    line.floor.phones.wait("caller", "ended");
    let went = line.went(&id);
    assert_eq!(went, ("s:out talk:out-human humans:".into(), json!("connected")));

    // a supervisor sends him on in the middle of what is said
    line.dials();
    line.hears_the_assistant();
    let id = line.until_at("talk");
    let channel = line.floor.channel_of("1001");
    let to = json!({"channel": channel, "node": "sorry"});
    assert_eq!(line.floor.done("/api/calls/to_node", &to)["outcome"], "moved");
    line.until_at("sorry");
    // and back: it is another conversation
    let to = json!({"channel": channel, "node": "talk"});
    assert_eq!(line.floor.done("/api/calls/to_node", &to)["outcome"], "moved");
    until("the third conversation begins", || {
        line.floor.vigie.metric("vigie_audiosocket_connections_total{outcome=\"began\"}") >= 3.0
    });
    line.hears_the_assistant();
    // who hangs up on it has talked
    line.floor.phones.hang_up("caller");
    let went = line.went(&id);
    assert_eq!(went, ("s:out talk:sent_on sorry:sent_on talk:".into(), json!("connected")));
    until("it is told how that ended", || line.floor.vigie.log().contains(": SentOn"));

    // to a queue, away from the flow
    line.dials();
    line.hears_the_assistant();
    let id = line.until_at("talk");
    let to = json!({"channel": line.floor.channel_of("1001"), "queue": "support"});
    assert_eq!(line.floor.done("/api/queues/move", &to)["outcome"], "moved");
    line.floor.phones.hang_up("caller");
    assert_eq!(line.went(&id), ("s:out talk:".into(), json!("taken_away")));
    let log = line.floor.vigie.log();
    assert!(!log.contains("could not be told") && !log.contains("nothing is known of the call"), "{log}");
    line.floor.all_is_quiet();
}
