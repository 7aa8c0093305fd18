//! Callers in flows of a real Asterisk, seen on their calls and sent elsewhere by a supervisor.

use std::time::Instant;

use serde_json::{Value, json};

use super::{Floor, SOON, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};
use crate::support::board::Follower;
use crate::support::postgres::Postgres;
use crate::support::server::Server;
use crate::support::walks::{connected, drawn, stored};

on_both!(
    a_caller_is_seen_at_his_node_sent_to_another_and_read_again,
    a_caller_in_a_flow_is_sent_to_an_agent_and_to_a_queue,
);

/// How Asterisk hands callers over.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    Port,
    Ami,
    /// With `extensions_flows.conf` as it is shipped.
    Sample,
}

/// A server with a flow for 9003: `welcome` speaks for more than a minute, `menu` asks, `desk` rings 1002; `quiet`, to
/// which nothing leads, waits for a key for some seconds.
pub(super) struct Line {
    pub(super) floor: Floor,
    flow: String,
    settings: Vec<(&'static str, String)>,
    _database: Postgres,
    _data: tempfile::TempDir,
}

const TOML: &str = "[[pbx]]\nname = \"lab\"\ntransfer_context = \"from-phones\"\n";

fn serve(settings: &[(&'static str, String)]) -> Server {
    let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    Server::start(&settings, &[("vigie.toml", TOML)])
}

pub(super) fn line(version: Version, phones: &[&str], over: Over) -> Line {
    let (database, data) = (Postgres::new(), tempfile::tempdir().expect("a folder"));
    database.start();
    let pbx = Asterisk::start(version);
    if over == Over::Ami {
        pbx.grant_async_agi();
    }
    let mut people = Phones::at(&pbx);
    for phone in phones {
        people.phone(phone, json!("ring"));
    }
    let free =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    let (agi, step) = match over {
        Over::Port => (free.to_string(), format!("3,AGI(agi://127.0.0.1:{free}/0170000001)")),
        Over::Ami => ("off".to_owned(), "3,AGI(agi:async,0170000001)".to_owned()),
        Over::Sample => (pbx.port("agi").to_string(), "3,Goto(vigie-flows,0170000001,1)".to_owned()),
    };
    let settings = vec![
        ("AMI_HOST", "127.0.0.1".to_owned()),
        ("AMI_PORT", pbx.port("ami").to_string()),
        ("AMI_USERNAME", "vigie".to_owned()),
        ("AMI_SECRET", "vigie".to_owned()),
        ("AGI_PORT", agi),
        ("DATABASE_URL", database.url()),
        ("VIGIE_DATA", data.path().to_str().expect("text").to_owned()),
    ];
    let floor = Floor::look(pbx, people, serve(&settings));
    // as existing installations have it, and what a flow leaves undone
    let fallback = ["4,GotoIf($[\"${VIGIE_DONE}\"=\"1\"]?6)", "5,Queue(support,t)", "6,Hangup()"];
    for step in ["1,Answer()", "2,Verbose(1,flow)", step.as_str()].iter().chain(&fallback) {
        floor.pbx.cli(&format!("dialplan add extension 9003,{step} into from-phones"));
    }
    let options = json!([{"key": "1", "portId": "out-1"}, {"key": "2", "portId": "out-2"}]);
    let nodes = [
        drawn("s", "start", "Start", &json!({})),
        drawn("welcome", "media", "Welcome words", &json!({"prompt": "demo-instruct"})),
        drawn("menu", "menu", "Menu", &json!({"prompt": "demo-instruct", "options": options})),
        drawn(
            "quiet",
            "menu",
            "Silence",
            &json!({"prompt": "silence/1", "timeout": 5, "repeats": 0, "options": options}),
        ),
        drawn("desk", "transfer", "The desk", &json!({"number": "1002"})),
        drawn("bye", "hangup", "End", &json!({})),
    ];
    let lines = [
        connected("s", "out", "welcome"),
        connected("welcome", "out", "menu"),
        connected("menu", "out-1", "desk"),
        connected("menu", "out-2", "bye"),
        connected("menu", "out-timeout", "bye"),
        connected("desk", "out", "bye"),
    ];
    let made = stored(
        &floor.vigie,
        "/api/ivr-flows",
        &json!({"name": "Hotline", "nodes": nodes, "connections": lines}),
    );
    let flow = made["id"].as_str().expect("an id").to_owned();
    Line { floor, flow, settings, _database: database, _data: data }
}

impl Line {
    pub(super) fn calls(&mut self) -> String {
        self.floor.phones.dial("1001", "9003", "caller");
        self.floor.phones.wait("caller", "up");
        self.floor.channel_of("1001")
    }

    /// Until his call shows that walk, the n-th, at that node; gives the call's row.
    pub(super) fn until_at(&self, n: usize, node: &str) -> Value {
        self.floor.looks.until(&format!("a caller at {node}"), SOON, |board| {
            let at = |call: &&Value| {
                let walk = &call["flows"][n];
                let last = walk["visits"].as_array().and_then(|visits| visits.last());
                walk["ended_ms"].is_null() && last.is_some_and(|visit| visit["node"] == node)
            };
            board.calls().find(at).cloned()
        })
    }

    /// Vigie dies and is started anew.
    pub(super) fn starts_again(&mut self) {
        self.floor.vigie.crash();
        self.floor.vigie = serve(&self.settings);
        self.floor.looks = Follower::follow(&self.floor.vigie.address);
    }

    /// Who stands where, as the editor asks.
    fn callers(&self) -> Value {
        self.floor.vigie.get(&format!("/api/ivr-flows/{}/callers", self.flow)).1
    }

    /// The past call of that id, once it tells how all of so many walks ended.
    pub(super) fn past(&self, id: &str, walks: usize) -> Value {
        let end = Instant::now() + SOON;
        loop {
            let (status, call) = self.floor.vigie.get(&format!("/api/history/calls/{id}"));
            let all = call["flows"].as_array().cloned().unwrap_or_default();
            if status == 200 && all.len() == walks && all.iter().all(|walk| !walk["how"].is_null()) {
                return call;
            }
            assert!(Instant::now() < end, "{status} {call}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }
}

/// `node:port` of each visit.
pub(super) fn way(walk: &Value) -> String {
    let visits = walk["visits"].as_array().expect("visits").iter();
    let one = |visit: &Value| {
        format!("{}:{}", visit["node"].as_str().expect("a node"), visit["port"].as_str().unwrap_or(""))
    };
    visits.map(one).collect::<Vec<_>>().join(" ")
}

fn count_of<'a>(callers: &'a Value, node: &str) -> &'a Value {
    let nodes = callers["nodes"].as_array().expect("nodes");
    nodes.iter().find(|one| one["node"] == node).unwrap_or(&Value::Null)
}

fn a_caller_is_seen_at_his_node_sent_to_another_and_read_again(version: Version) {
    let mut line = line(version, &["1001", "1002"], Over::Port);
    let channel = line.calls();
    let call = line.until_at(0, "welcome");
    let id = call["id"].as_str().expect("an id").to_owned();
    let walk = &call["flows"][0];
    assert_eq!((&walk["name"], &walk["visits"][1]["name"]), (&json!("Hotline"), &json!("Welcome words")));
    assert!(
        walk["visits"][1]["at_ms"].as_i64().expect("a time")
            >= walk["began_ms"].as_i64().expect("a time") - 1
    );
    let now = line.callers();
    assert_eq!(
        (&count_of(&now, "welcome")["now"], &count_of(&now, "welcome")["callers"][0]["call"]),
        (&json!(1), &call["id"])
    );

    let verbs = line.floor.vigie.get(&format!("/api/verbs?channel={channel}")).1;
    let verb =
        verbs.as_array().expect("verbs").iter().find(|verb| verb["verb"] == "to_node").expect("it is there");
    assert_eq!((&verb["ok"], &verb["nodes"][2]), (&json!(true), &json!({"id": "menu", "name": "Menu"})));
    let to = |node: &str| json!({"channel": channel, "node": node});
    assert_eq!(line.floor.refused("/api/calls/to_node", &to("nosuch")), (409, "no_such_node".into()));
    // in the middle of what is said to him
    assert_eq!(line.floor.done("/api/calls/to_node", &to("menu"))["outcome"], "moved");
    line.until_at(0, "menu");
    assert_eq!(line.floor.done("/api/calls/to_node", &to("welcome"))["outcome"], "moved");
    assert_eq!(line.floor.done("/api/calls/to_node", &to("menu"))["outcome"], "moved");
    // it was no key of his: his own still counts
    line.floor.phones.command(json!({"do": "dtmf", "call": "caller", "digits": "1"}));
    line.floor.phones.take("1002", "desk");
    assert_eq!(line.floor.refused("/api/calls/to_node", &to("menu")), (409, "connected_by_flow".into()));
    line.floor.phones.answer("desk");
    line.floor.until_talking("1001", "1002");
    line.floor.phones.hang_up("desk");
    line.floor.phones.wait("caller", "ended");

    let past = line.past(&id, 1);
    let walk = &past["flows"][0];
    let all = "s:out welcome:sent_on menu:sent_on welcome:sent_on menu:out-1 desk:";
    assert_eq!(
        (way(walk).as_str(), &walk["how"], &walk["called"]),
        (all, &json!("connected"), &json!("0170000001"))
    );
    let visits = walk["visits"].as_array().expect("visits");
    assert_eq!(visits[4]["key"], "1", "what he pressed");
    let in_order = visits.windows(2).all(|two| two[0]["left"] == two[1]["entered"]);
    assert!(in_order, "each begins where the one before ends: {visits:?}");
    line.floor.all_is_quiet();
    let left = line.callers();
    let by = |port: &str, callers: i64| json!({"port": port, "callers": callers});
    assert_eq!(count_of(&left, "menu")["left"], json!([by("out-1", 1), by("sent_on", 1)]), "{left}");
    assert_eq!(count_of(&left, "welcome")["now"], 0, "{left}");
}

fn a_caller_in_a_flow_is_sent_to_an_agent_and_to_a_queue(version: Version) {
    let mut line = line(version, &["1001", "1006"], Over::Port);
    let channel = line.calls();
    let id = line.until_at(0, "welcome")["id"].as_str().expect("an id").to_owned();
    // nobody is in that one, and he hears the flow again
    let to = |queue: &str| json!({"channel": channel, "queue": queue});
    assert_eq!(line.floor.refused("/api/queues/move", &to("empty")), (409, "queue_took_nobody".into()));
    line.until_at(1, "welcome");
    assert_eq!(line.floor.done("/api/queues/move", &to("support"))["outcome"], "moved");
    line.floor.looks.until("a caller in support", SOON, |board| {
        board.calls().find(|c| c["phase"] == "waiting" && c["queue"]["name"] == "support").map(|_| ())
    });
    line.floor.phones.hang_up("caller");
    let past = line.past(&id, 2);
    for walk in past["flows"].as_array().expect("walks") {
        assert_eq!((way(walk).as_str(), &walk["how"]), ("s:out welcome:", &json!("taken_away")));
    }
    line.floor.looks.until("no call", SOON, |board| (board.calls().count() == 0).then_some(()));

    let channel = line.calls();
    let id = line.until_at(0, "welcome")["id"].as_str().expect("an id").to_owned();
    let to = json!({"channel": channel, "destination": "1006"});
    assert_eq!(line.floor.done("/api/calls/transfer", &to)["outcome"], "redirected");
    line.floor.phones.take("1006", "agent");
    line.floor.phones.answer("agent");
    line.floor.until_talking("1001", "1006");
    line.floor.phones.hang_up("agent");
    line.floor.phones.wait("caller", "ended");
    let past = line.past(&id, 1);
    assert_eq!(
        (way(&past["flows"][0]).as_str(), &past["flows"][0]["how"]),
        ("s:out welcome:", &json!("taken_away"))
    );
    line.floor.all_is_quiet();
}
