//! Nodes of ours on a real Asterisk: what callers press, how queues and transfers are left, and what is asked of a
//! server meanwhile.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::flows::{Line, line};
use super::{Floor, SOON, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};
use crate::support::postgres::Postgres;
use crate::support::server::Server;
use crate::support::tiny_server::TinyServer;

on_both!(
    what_is_pressed_is_gathered_and_decides,
    f40_a_caller_may_hang_up_at_any_node_of_ours,
    a_queue_is_left_by_each_exit_that_it_has,
    who_was_answered_in_a_queue_goes_on_where_that_is_drawn,
    a_transfer_is_left_by_busy_no_answer_or_failed,
    a_number_is_reached_through_a_trunk,
    a_call_ends_with_the_cause_that_is_drawn,
    a_server_is_asked_while_a_caller_waits,
    what_is_set_on_the_channel_is_there_for_the_dialplan,
    a_known_caller_is_led_on_and_asks_to_be_called_back,
);

/// Start, the node under test `n`, and a hangup named after each port behind it.
fn around(kind: &str, content: &Value, ports: &[&str]) -> (Value, Value) {
    let mut nodes = vec![json!(["s", "start", {}]), json!(["n", kind, content])];
    let mut lines = vec![json!(["s", "out", "n"])];
    for port in ports {
        nodes.push(json!([port, "hangup", {}]));
        lines.push(json!(["n", port, port]));
    }
    (json!(nodes), json!(lines))
}

impl Line {
    /// The next caller walks that.
    fn draws(&self, kind: &str, content: &Value, ports: &[&str]) {
        let (nodes, lines) = around(kind, content, ports);
        self.flows.swap(&nodes, &lines);
    }

    /// How the n-th left the node under test.
    fn left(&self, n: usize) -> String {
        let (end, way) = self.went(n);
        let ports = way.split(' ').filter_map(|visit| visit.strip_prefix("n:"));
        format!("{} {end:?}", ports.collect::<String>())
    }

    fn until_cli(&self, command: &str, so: impl Fn(&str) -> bool) {
        let end = Instant::now() + SOON;
        loop {
            let text = self.pbx.cli(command);
            if so(&text) {
                return;
            }
            assert!(Instant::now() < end, "{command}: {text}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn until_waiting(&self, queue: &str) {
        self.until_cli(&format!("queue show {queue}"), |text| text.contains("Callers:"));
    }
}

fn what_is_pressed_is_gathered_and_decides(version: Version) {
    let digits = |terminator: &str, max: u8| {
        json!({"prompt": "vm-goodbye", "variable": "pin", "min": 2, "max": max, "terminator": terminator,
               "timeoutMs": 3000, "tries": 1})
    };
    let ports = ["out-ok", "out-timeout", "out-invalid"];
    let (nodes, lines) = around("digits", &digits("#", 4), &ports);
    let mut line = line(version, &[], &nodes, &lines);
    for (n, (terminator, max, pressed, port)) in [
        ("#", 4, "4711", "out-ok"),
        ("#", 9, "4711#", "out-ok"),
        ("#", 9, "4*11", "out-ok"), // time ends it
        ("#", 4, "", "out-timeout"),
        ("#", 4, "4", "out-invalid"),
        ("*", 9, "47#1*", "out-ok"),
        ("", 4, "47#1", "out-ok"),
        ("*", 9, "*", "out-invalid"),
        ("", 9, "", "out-timeout"),
    ]
    .into_iter()
    .enumerate()
    {
        line.draws("digits", &digits(terminator, max), &ports);
        line.calls();
        line.flows.until_played("vm-goodbye", n + 1);
        if !pressed.is_empty() {
            line.presses(pressed);
        }
        assert_eq!(line.left(n), format!("{port} HungUp"), "{terminator:?} {max} {pressed:?}");
        line.phones.wait("caller", "ended");
        let kept = line.flows.variable(n, "pin");
        let expected = pressed.trim_end_matches(['#', '*']);
        if port == "out-ok" {
            assert_eq!(kept, expected, "{terminator:?} {pressed:?}");
        }
    }
}

fn f40_a_caller_may_hang_up_at_any_node_of_ours(version: Version) {
    let server = TinyServer::start();
    let (nodes, lines) = around("say", &json!({"text": "bonjour {caller}"}), &["out"]);
    let mut line = line(version, &["1004"], &nodes, &lines);
    let nodes: [(&str, Value, &[&str]); 5] = [
        ("say", json!({"text": "bonjour {caller}"}), &["out"]),
        ("digits", json!({"prompt": "hello-world", "variable": "pin"}), &["out-ok", "out-timeout"]),
        (
            "digits",
            json!({"prompt": "hello-world", "variable": "pin", "terminator": "*"}),
            &["out-ok", "out-timeout"],
        ),
        ("queue", json!({"queue": "sales"}), &["out"]),
        ("http", json!({"url": server.url("/slow"), "timeoutMs": 10_000}), &["out-ok", "out-failed"]),
    ];
    for (n, (kind, content, ports)) in nodes.iter().enumerate() {
        line.draws(kind, content, ports);
        line.calls();
        match *kind {
            "say" => line.flows.until_played("fr: bonjour 1001", 1),
            "digits" => line.flows.until_played("hello-world", n),
            "queue" => line.until_waiting("sales"),
            _ => {
                let end = Instant::now() + SOON;
                while server.asked().is_empty() {
                    assert!(Instant::now() < end, "nobody asks");
                    std::thread::yield_now();
                }
            }
        }
        line.phones.hang_up("caller");
        assert_eq!(line.left(n), " Abandoned", "{kind}");
    }
    line.pbx.until_channels(&[]);
}

fn a_queue_is_left_by_each_exit_that_it_has(version: Version) {
    let ports = ["out", "out-timeout", "out-full", "out-joinempty", "out-leaveempty", "out-failed"];
    let (nodes, lines) = around("queue", &json!({"queue": "empty"}), &ports);
    let mut line = line(version, &["1002", "1004"], &nodes, &lines);
    let file = line.pbx.folder().join("etc/queues.conf");
    let mut queues = std::fs::read_to_string(&file).expect("its queues");
    let tech = version.tech();
    write!(queues, "\n[tiny]\nmaxlen = 1\njoinempty = yes\nringinuse = no\n").expect("a text");
    std::fs::write(&file, queues).expect("its folder is ours");
    line.pbx.cli("queue reload all");
    line.until_cli("queue show tiny", |text| text.contains("tiny has 0 calls"));

    line.calls();
    assert_eq!(line.left(0), "out-joinempty HungUp");
    line.phones.wait("caller", "ended");

    line.draws("queue", &json!({"queue": "nowhere"}), &ports);
    line.calls();
    assert_eq!(line.left(1), "out-failed HungUp");
    line.phones.wait("caller", "ended");

    line.draws("queue", &json!({"queue": "tiny", "timeoutS": 2, "position": 1, "priority": 3}), &ports);
    line.calls();
    line.until_cli("queue show tiny", |text| text.contains("prio: 3"));
    assert_eq!(line.left(2), "out-timeout HungUp");
    line.phones.wait("caller", "ended");

    // the one place is taken, and who comes later finds it full; then who waits leaves
    line.draws("queue", &json!({"queue": "tiny"}), &ports);
    line.phones.dial("1002", "9001", "first");
    line.phones.wait("first", "up");
    line.until_waiting("tiny");
    line.calls();
    assert_eq!(line.left(3), "out-full HungUp");
    line.phones.wait("caller", "ended");
    line.phones.hang_up("first");
    assert_eq!(line.left(4), " Abandoned");

    // its only member leaves while somebody waits
    line.pbx.cli(&format!("queue add member {tech}/1004 to empty"));
    line.draws("queue", &json!({"queue": "empty"}), &ports);
    line.calls();
    line.until_waiting("empty");
    line.pbx.cli(&format!("queue remove member {tech}/1004 from empty"));
    assert_eq!(line.left(5), "out-leaveempty HungUp");
}

fn who_was_answered_in_a_queue_goes_on_where_that_is_drawn(version: Version) {
    let (nodes, lines) = around("queue", &json!({"queue": "sales"}), &["out"]);
    let mut line = line(version, &["1004"], &nodes, &lines);
    for (n, (ports, who, left)) in [
        (&["out"][..], "agent", " Connected"),
        (&["out"], "caller", " Connected"),
        (&["out", "out-answered"], "agent", "out-answered HungUp"),
        (&["out", "out-answered"], "caller", " Connected"),
    ]
    .into_iter()
    .enumerate()
    {
        line.draws("queue", &json!({"queue": "sales"}), ports);
        line.calls();
        line.phones.take("1004", "agent");
        line.phones.answer("agent");
        line.until_cli("core show channels concise", |text| {
            // both in one bridge: the last field names it
            text.lines().filter(|line| line.contains("!Up!") && !line.ends_with('!')).count() >= 2
        });
        line.phones.hang_up(who);
        assert_eq!(line.left(n), left, "{ports:?} {who}");
        line.phones.wait("caller", "ended");
        line.phones.wait("agent", "ended");
    }
}

fn a_transfer_is_left_by_busy_no_answer_or_failed(version: Version) {
    let ports = ["out", "out-busy", "out-noanswer", "out-failed"];
    let (nodes, lines) = around("transfer", &json!({"number": "1002"}), &ports);
    let mut line = line(version, &["1002"], &nodes, &lines);
    line.phones.set("1002", "auto", json!(["reject", 486]));
    line.calls();
    assert_eq!(line.left(0), "out-busy HungUp");
    line.phones.wait("caller", "ended");
    line.phones.set("1002", "auto", json!("ring"));
    line.draws("transfer", &json!({"number": "1002", "timeoutS": 5}), &ports);
    line.calls();
    assert_eq!(line.left(1), "out-noanswer HungUp");
    line.phones.wait("caller", "ended");
    // no phone is registered there
    line.draws("transfer", &json!({"number": "1005"}), &ports);
    line.calls();
    assert_eq!(line.left(2), "out-failed HungUp");
    line.phones.wait("caller", "ended");
    line.draws("transfer", &json!({"number": "empty", "to": "queue"}), &ports);
    line.calls();
    assert_eq!(line.left(3), "out-failed HungUp");
}

fn a_number_is_reached_through_a_trunk(version: Version) {
    let trunk = format!("{}/trunk-a", version.tech());
    let content = json!({"number": "0612345678", "to": "trunk", "trunk": trunk});
    let (nodes, lines) = around("transfer", &content, &["out"]);
    let mut line = line(version, &[], &nodes, &lines);
    let Line { phones, pbx, .. } = &mut line;
    phones.provider(pbx, "trunk-a", json!("ring"));
    line.pbx.until_reachable("trunk-a");
    line.calls();
    line.phones.take("trunk-a", "outside");
    line.phones.answer("outside");
    line.phones.wait("outside", "up");
    line.phones.hang_up("outside");
    assert_eq!(line.left(0), " Connected");
}

fn a_call_ends_with_the_cause_that_is_drawn(version: Version) {
    let (nodes, lines) = around("hangup", &json!({"cause": "congestion"}), &[]);
    let mut line = line(version, &[], &nodes, &lines);
    line.pbx.cli("dialplan add extension h,1,Set(GLOBAL(CAUSE_SEEN)=${HANGUPCAUSE}) into from-phones");
    line.calls();
    assert_eq!(line.left(0), " HungUp");
    line.phones.wait("caller", "ended");
    line.until_cli("dialplan show globals", |text| text.contains("CAUSE_SEEN=34"));
}

fn a_server_is_asked_while_a_caller_waits(version: Version) {
    let server = TinyServer::start();
    let ports = ["out-ok", "out-failed"];
    let (nodes, lines) = around("http", &json!({"url": server.url("/good")}), &ports);
    let mut line = line(version, &[], &nodes, &lines);
    for (n, (path, port)) in [
        ("/good?from={caller}", "out-ok"),
        ("/error", "out-failed"),
        ("/moved", "out-failed"),
        ("/text", "out-failed"),
        ("/broken", "out-failed"),
        ("/huge", "out-failed"),
        ("/slow", "out-failed"),
    ]
    .into_iter()
    .enumerate()
    {
        let save = json!([{"pointer": "/customer/name", "variable": "name"}]);
        let content = json!({"url": server.url(path), "method": "POST", "body": {"who": "{caller}"}, "save": save,
                   "timeoutMs": 2000});
        line.draws("http", &content, &ports);
        line.calls();
        assert_eq!(line.left(n), format!("{port} HungUp"), "{path}");
        line.phones.wait("caller", "ended");
    }
    let asked = server.asked();
    assert!(asked[0].starts_with("POST /good?from=1001 HTTP/1.1") && asked[0].ends_with(r#"{"who":"1001"}"#));
    assert_eq!(asked.len(), 7, "a move is not followed");
    assert_eq!(line.flows.variable(0, "name"), "Alice");
}

fn what_is_set_on_the_channel_is_there_for_the_dialplan(version: Version) {
    let content = json!({
        "variables": [{"name": "who", "value": "caller {caller}"}],
        "channel": [{"name": "FLOW_WHO", "value": "{who}; $[1+1] \"x\""}],
    });
    let (nodes, lines) = around("set", &content, &["out"]);
    let mut line = line(version, &[], &nodes, &lines);
    line.pbx.cli("dialplan add extension h,1,Set(GLOBAL(WHO_SEEN)=${FLOW_WHO}) into from-phones");
    line.calls();
    assert_eq!(line.left(0), "out HungUp");
    line.phones.wait("caller", "ended");
    line.until_cli("dialplan show globals", |text| text.contains("WHO_SEEN=caller 1001; $[1+1] \"x\""));
}

/// The whole of it: a known caller is led into another flow, and is listed to be called back.
fn a_known_caller_is_led_on_and_asks_to_be_called_back(version: Version) {
    let (database, data) = (Postgres::new(), tempfile::tempdir().expect("a folder"));
    database.start();
    let pbx = Asterisk::start(version);
    let mut phones = Phones::at(&pbx);
    phones.phone("1001", json!("ring"));
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
    let free = free.expect("a free port").port();
    let (port, agi, url) = (pbx.port("ami").to_string(), free.to_string(), database.url());
    let settings = [
        ("AMI_HOST", "127.0.0.1"),
        ("AMI_PORT", &port),
        ("AMI_USERNAME", "vigie"),
        ("AMI_SECRET", "vigie"),
        ("AGI_PORT", &agi),
        ("DATABASE_URL", &url),
        ("VIGIE_DATA", data.path().to_str().expect("text")),
    ];
    let vigie = Server::start(&settings, &[("vigie.toml", "[[pbx]]\nname = \"lab\"\n")]);
    let mut floor = Floor::look(pbx, phones, vigie);

    let node = |id: &str, kind: &str, content: Value| json!({"id": id, "type": kind, "name": id, "content": content});
    let line =
        |from: &str, port: &str, to: &str| json!({"fromNodeId": from, "fromPortId": port, "toNodeId": to});
    let vip = json!([{"portId": "vip", "all": [{"of": "vip", "is": "equals", "value": "yes"}]}]);
    let night = json!({"id": "night", "name": "Night",
    "nodes": [
        node("s", "start", json!({"expects": [{"name": "vip"}]})),
        node("c", "condition", json!({"cases": vip})),
        node("back", "callback", json!({"note": "vip {vip}", "attempts": 2})),
        node("h", "hangup", json!({})),
    ],
    "connections": [
        line("s", "out", "c"), line("c", "vip", "back"), line("c", "out-default", "h"),
        line("back", "out-ok", "h"), line("back", "out-failed", "h"),
    ]});
    let save = json!({"save": [{"field": "vip", "variable": "vip"}]});
    let welcome = json!({"id": "welcome", "name": "Welcome", "draft": true,
    "nodes": [
        node("s", "start", json!({})), node("who", "lookup", save), node("on", "goto", json!({"flow": "night"})),
        node("q", "queue", json!({"queue": "nowhere"})), node("h", "hangup", json!({})),
    ],
    "connections": [
        line("s", "out", "who"), line("who", "out-found", "on"), line("who", "out-unknown", "q"),
        line("q", "out", "h"),
    ]});
    let end = Instant::now() + SOON * 6;
    loop {
        match floor.vigie.post("/api/ivr-flows", &welcome) {
            (201, _) => break,
            // a schema is being made
            (503, answer) => assert!(Instant::now() < end, "{answer}"),
            (status, answer) => panic!("{status} {answer}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    // what it names is not there yet
    floor.looks.until("queues", SOON, |board| board.rows("queues").next().map(drop));
    let publish = |floor: &Floor| floor.vigie.post("/api/ivr-flows/welcome/publish", &json!({}));
    let (status, answer) = publish(&floor);
    assert_eq!((status, answer["error"].as_str()), (409, Some("flow_has_faults")), "{answer}");
    let of = |node: &str| answer["details"][node].as_str().unwrap_or_default().to_owned();
    assert!(of("on").starts_with("unknown_flow") && of("q").starts_with("unknown_queue"), "{answer}");
    assert_eq!(floor.vigie.post("/api/ivr-flows", &night).0, 201);
    let mut mended = welcome.clone();
    mended["nodes"][3]["content"]["queue"] = json!("sales");
    assert_eq!(floor.vigie.put("/api/ivr-flows/welcome", &mended).0, 200);
    let (status, answer) = publish(&floor);
    assert_eq!((status, &answer["published"]), (200, &json!(1)), "{answer}");
    assert_eq!(floor.vigie.put("/api/ivr-flows/welcome/default", &json!({})).0, 200);
    let contact = json!({"number": "1001", "name": "Alice", "data": {"vip": "yes"}});
    assert_eq!(floor.vigie.post("/api/flow-contacts", &contact).0, 200);

    floor.pbx.cli(&format!(
        "dialplan add extension 9003,1,AGI(agi://127.0.0.1:{free}/0170000001) into from-phones"
    ));
    floor.phones.dial("1001", "9003", "caller");
    floor.phones.wait("caller", "ended");
    let end = Instant::now() + SOON;
    let listed = loop {
        let (_, listed) = floor.vigie.get("/api/callbacks");
        if listed.as_array().is_some_and(|listed| !listed.is_empty()) {
            break listed;
        }
        assert!(Instant::now() < end, "{}", floor.vigie.log());
        std::thread::sleep(Duration::from_millis(50));
    };
    let row = &listed[0];
    assert_eq!(
        (&row["number"], &row["note"], &row["nodeId"]),
        (&json!("1001"), &json!("vip yes"), &json!("back"))
    );
    assert_eq!((&row["flowId"], &row["pbx"], &row["most"]), (&json!("night"), &json!("lab"), &json!(2)));
}
