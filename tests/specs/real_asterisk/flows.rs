//! Callers of a real Asterisk walk a flow over FastAGI: real keys, real sounds, real transfers.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use actors::ivr::End;
use serde_json::{Value, json};

use super::{Floor, SOON, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};
use crate::support::flows::{OneFlow, Served, serve};
use crate::support::postgres::Postgres;
use crate::support::server::Server;

on_both!(
    a_caller_presses_a_key_and_talks_to_whom_it_leads_to,
    f40_a_caller_may_hang_up_at_any_node,
    who_does_not_answer_is_left_by_the_other_exit,
    a_message_is_recorded,
    f42_a_flow_that_breaks_off_leaves_the_caller_to_the_dialplan,
    a_number_without_a_flow_is_said_to_be_none,
    a_flow_is_swapped_under_fifty_callers_and_loses_none,
    what_was_published_for_a_number_is_what_its_callers_walk,
);

/// Longer than a schema takes on a loaded machine.
const STORED: Duration = Duration::from_secs(60);

pub(super) struct Line {
    pub(super) pbx: Asterisk,
    pub(super) phones: Phones,
    pub(super) flows: Arc<OneFlow>,
    served: Served,
}

/// 9001 is handed over, and goes to 9002 when the flow did not come to its end.
pub(super) fn line(version: Version, people: &[&str], nodes: &Value, lines: &Value) -> Line {
    let flows = OneFlow::of(nodes, lines);
    let served = serve(&flows, None);
    let pbx = Asterisk::start(version);
    let agi = format!("AGI(agi://127.0.0.1:{}/0170000001)", served.port);
    for step in [
        "1,Answer()".to_owned(),
        format!("2,{agi}"),
        "3,GotoIf($[\"${VIGIE_DONE}\"=\"1\"]?5)".to_owned(),
        "4,Goto(1003,1)".to_owned(),
        "5,Hangup()".to_owned(),
    ] {
        pbx.cli(&format!("dialplan add extension 9001,{step} into from-phones"));
    }
    let mut phones = Phones::at(&pbx);
    for phone in ["1001"].iter().chain(people) {
        phones.phone(phone, json!("ring"));
    }
    Line { pbx, phones, flows, served }
}

impl Line {
    pub(super) fn calls(&mut self) {
        self.phones.dial("1001", "9001", "caller");
        self.phones.wait("caller", "up");
    }

    pub(super) fn presses(&mut self, digits: &str) {
        self.phones.command(json!({"do": "dtmf", "call": "caller", "digits": digits}));
    }

    /// How it went: the end and the nodes with their ports.
    pub(super) fn went(&self, n: usize) -> (End, String) {
        let ended = self.flows.ended(n);
        assert_eq!(ended.called, "0170000001");
        let way = ended.visits.iter().map(|visit| format!("{}:{}", visit.node, visit.port));
        (ended.end, way.collect::<Vec<_>>().join(" "))
    }
}

fn menu() -> (Value, Value) {
    let options = json!([{"key": "1", "portId": "out-1"}, {"key": "2", "portId": "out-2"}]);
    (
        json!([
            ["s", "start", {}],
            ["hello", "media", {"prompt": "hello-world"}],
            ["m", "menu", {"prompt": "vm-goodbye", "options": options}],
            ["sales", "transfer", {"number": "1002"}],
            ["vm", "voicemail", {"prompt": "vm-goodbye"}],
            ["bye", "hangup", {}]
        ]),
        json!([
            ["s", "out", "hello"],
            ["hello", "out", "m"],
            ["m", "out-1", "sales"],
            ["m", "out-2", "vm"],
            ["m", "out-timeout", "bye"],
            ["sales", "out", "bye"]
        ]),
    )
}

fn a_caller_presses_a_key_and_talks_to_whom_it_leads_to(version: Version) {
    let (nodes, lines) = menu();
    let mut line = line(version, &["1002"], &nodes, &lines);
    line.calls();
    line.presses("1");
    line.phones.take("1002", "sales");
    line.phones.answer("sales");
    line.phones.wait("sales", "up");
    line.phones.hang_up("sales");
    assert_eq!(line.went(0), (End::Connected, "s:out hello:out m:out-1 sales:".into()));
    line.phones.wait("caller", "ended");
}

fn f40_a_caller_may_hang_up_at_any_node(version: Version) {
    let (nodes, lines) = menu();
    let mut line = line(version, &["1002"], &nodes, &lines);
    line.calls();
    line.flows.until_played("hello-world", 1);
    line.phones.hang_up("caller");
    assert_eq!(line.went(0), (End::Abandoned, "s:out hello:".into()));
    line.calls();
    line.flows.until_played("hello-world", 2);
    line.presses("9");
    line.flows.until_played("vm-goodbye", 1);
    line.phones.hang_up("caller");
    assert_eq!(line.went(1), (End::Abandoned, "s:out hello:out m:".into()));
    line.calls();
    line.presses("1");
    line.phones.take("1002", "sales");
    line.phones.hang_up("caller");
    assert_eq!(line.went(2), (End::Abandoned, "s:out hello:out m:out-1 sales:".into()));
    assert_eq!(line.served.counters.now.load(Relaxed), 0, "none is left");
}

fn who_does_not_answer_is_left_by_the_other_exit(version: Version) {
    let (nodes, lines) = menu();
    let mut line = line(version, &["1002"], &nodes, &lines);
    line.phones.set("1002", "auto", json!(["reject", 486]));
    line.calls();
    line.presses("1");
    assert_eq!(line.went(0), (End::HungUp, "s:out hello:out m:out-1 sales:out bye:".into()));
    line.phones.wait("caller", "ended");
}

fn a_message_is_recorded(version: Version) {
    let (nodes, lines) = menu();
    let mut line = line(version, &[], &nodes, &lines);
    line.calls();
    line.presses("2");
    line.flows.until_played("vm-goodbye", 1);
    line.presses("3"); // cuts what is said before
    let files = line.pbx.inside("tmp");
    let size = || {
        let all = std::fs::read_dir(&files).expect("its folder of messages").filter_map(Result::ok);
        let ours = all.filter(|file| file.file_name().to_string_lossy().starts_with("message-"));
        ours.filter_map(|file| file.metadata().ok()).map(|file| file.len()).max().unwrap_or(0)
    };
    let end = Instant::now() + SOON;
    while size() < 4_000 {
        assert!(Instant::now() < end, "nothing is recorded");
    }
    line.presses("#");
    let (end, way) = line.went(0);
    assert_eq!((end, way.as_str()), (End::Message, "s:out hello:out m:out-2 vm:"));
    line.phones.wait("caller", "ended");
    for file in std::fs::read_dir(&files).expect("its folder").filter_map(Result::ok) {
        if file.file_name().to_string_lossy().starts_with("message-") {
            std::fs::remove_file(file.path()).expect("it is ours");
        }
    }
}

fn f42_a_flow_that_breaks_off_leaves_the_caller_to_the_dialplan(version: Version) {
    let (nodes, lines) = menu();
    let mut line = line(version, &["1003"], &nodes, &lines);
    line.calls();
    line.flows.until_played("hello-world", 1);
    for worker in line.served.root.parts().iter().flat_map(|part| part.workers()) {
        assert!(line.served.root.kill_one(worker.id()), "{}", worker.name());
    }
    line.phones.take("1003", "instead");
    line.phones.answer("instead");
    line.phones.hang_up("caller");
    line.phones.wait("instead", "ended");
}

fn a_number_without_a_flow_is_said_to_be_none(version: Version) {
    let mut line = line(version, &[], &json!([]), &json!([]));
    line.calls();
    line.phones.wait("caller", "ended");
    let ended = line.flows.ended(0);
    assert_eq!((ended.flow, ended.end), (None, End::HungUp));
}

/// And one of them breaks off, which nobody else notices.
fn a_flow_is_swapped_under_fifty_callers_and_loses_none(version: Version) {
    let options = json!([{"key": "1", "portId": "out-1"}]);
    let waits = json!({"prompt": "vm-goodbye", "options": options, "timeout": 60, "repeats": 0});
    let nodes =
        json!([["s", "start", {}], ["m", "menu", waits], ["key", "hangup", {}], ["bye", "hangup", {}]]);
    let lines = json!([["s", "out", "m"], ["m", "out-1", "key"], ["m", "out-timeout", "bye"]]);
    let mut line = line(version, &["1002"], &nodes, &lines);
    line.calls();
    line.pbx.callers(50, "9001@from-phones");
    line.flows.until_played("vm-goodbye", 51);
    let workers = line.served.root.parts().into_iter().flat_map(|part| part.workers()).collect::<Vec<_>>();
    let last = workers.last().expect("they all walk");
    assert!(line.served.root.kill_one(last.id()), "{}", last.name());
    line.flows.swap(&json!([["s", "start", {}], ["new", "hangup", {}]]), &json!([["s", "out", "new"]]));
    line.phones.dial("1002", "9001", "second");
    line.phones.wait("second", "ended");
    line.presses("1");
    line.phones.wait("caller", "ended");
    let mut ways = std::collections::BTreeMap::new();
    for n in 0..52 {
        if n == 3 {
            // three are gone, the other 49 stand where they stood until Asterisk is asked to end them
            let (end, now) = (Instant::now() + SOON, || line.served.counters.now.load(Relaxed));
            while now() != 49 {
                assert!(Instant::now() < end, "{} are left", now());
                std::thread::yield_now();
            }
            line.pbx.cli("channel request hangup all");
        }
        let (end, way) = line.went(n);
        let end = if matches!(end, End::Failed(_)) { "broke off".to_owned() } else { format!("{end:?}") };
        *ways.entry(format!("{end} {way}")).or_insert(0) += 1;
    }
    let expected = [
        ("Abandoned s:out m:", 49),
        ("HungUp s:out m:out-1 key:", 1), // of the phone, which was there before
        ("HungUp s:out new:", 1),
        ("broke off s:out m:", 1),
    ];
    assert_eq!(ways.iter().map(|(way, n)| (way.as_str(), *n)).collect::<Vec<_>>(), expected);
    assert_eq!(line.served.counters.began.load(Relaxed), 52);
}

/// The whole of it: the server as it is shipped, a flow over REST, and Asterisk's one line of dialplan.
fn what_was_published_for_a_number_is_what_its_callers_walk(version: Version) {
    let (database, data) = (Postgres::new(), tempfile::tempdir().expect("a folder"));
    database.start();
    let pbx = Asterisk::start(version);
    let mut phones = Phones::at(&pbx);
    for phone in ["1001", "1002"] {
        phones.phone(phone, json!("ring"));
    }
    let free =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    let (port, agi, url) = (pbx.port("ami").to_string(), free.to_string(), database.url());
    let sounds = data.path().join("sounds");
    let settings = [
        ("AMI_HOST", "127.0.0.1"),
        ("AMI_PORT", &port),
        ("AMI_USERNAME", "vigie"),
        ("AMI_SECRET", "vigie"),
        ("AGI_PORT", &agi),
        ("AGI_TOKEN", "a-long-token"),
        ("DATABASE_URL", &url),
        ("VIGIE_DATA", data.path().to_str().expect("text")),
        ("VIGIE_SOUNDS", sounds.to_str().expect("text")),
    ];
    let toml = "[[pbx]]\nname = \"lab\"\ntransfer_context = \"from-phones\"\n";
    let vigie = Server::start(&settings, &[("vigie.toml", toml)]);
    let mut floor = Floor::look(pbx, phones, vigie);

    let node = |id: &str, kind: &str, content: Value| json!({"id": id, "type": kind, "name": id, "x": 0, "y": 0, "content": content});
    let line = |from: &str, port: &str, to: &str| json!({"id": format!("{from}-{port}"), "fromNodeId": from, "fromPortId": port, "toNodeId": to, "toPortId": "in"});
    let drawn = |number: &str| {
        json!({
            "name": format!("to {number}"),
            "nodes": [node("s", "start", json!({})), node("t", "transfer", json!({"number": number})), node("h", "hangup", json!({}))],
            "connections": [line("s", "out", "t"), line("t", "out", "h")],
        })
    };
    let made = |path: &str, body: &Value| {
        let end = Instant::now() + STORED;
        loop {
            match floor.vigie.post(path, body) {
                (201, answer) => return answer,
                // a schema is being made
                (503, answer) => assert!(Instant::now() < end, "{path}: {answer}"),
                (status, answer) => panic!("{path}: {status} {answer}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    made("/api/ivr-flows", &drawn("1999"));
    let flow = made("/api/ivr-flows", &drawn("1002"));
    made("/api/dids", &json!({"number": "+33 1 70 00 00 01", "description": "", "ivrFlowId": flow["id"]}));

    for (number, query) in [("0170000001", ""), ("0170000001", "?token=a-long-token")] {
        let step =
            |step: &str| floor.pbx.cli(&format!("dialplan add extension 9003,{step} into from-phones"));
        floor.pbx.cli("dialplan remove extension 9003@from-phones");
        step("1,Answer()");
        step(&format!("2,AGI(agi://127.0.0.1:{free}/{number}{query})"));
        step("3,Hangup()");
        floor.phones.dial("1001", "9003", "caller");
        if query.is_empty() {
            // S13: without the token nobody walks anything, and the dialplan goes on
            floor.phones.wait("caller", "ended");
        }
    }
    floor.phones.take("1002", "reached");
    floor.phones.answer("reached");
    floor.until_talking("1001", "1002");
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
    let end = Instant::now() + SOON;
    while !floor.vigie.log().contains("ended at node t") {
        assert!(Instant::now() < end, "{}", floor.vigie.log());
    }
}
