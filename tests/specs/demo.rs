//! Callers in flows without an Asterisk: the built-in PBX hands them over as one would, to a Vigie with a database.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vigie::pbx::agi::Handover;
use vigie::pbx::exchange::Fate;
use vigie::pbx::server::Hub;
use vigie::pbx::truth::{ChanRef, ChannelState, Party};
use vigie::pbx::{Running, Settings, start};

use crate::support::board::{Follower, text};
use crate::support::postgres::Postgres;
use crate::support::server::Server;
use crate::support::walks::{connected, drawn, stored};

const SOON: Duration = Duration::from_secs(60);
/// Chance decides when the next caller comes for a flow.
const BY_CHANCE: Duration = Duration::from_secs(240);

/// Whether that call's last walk goes on, at that node.
fn is_at(call: &Value, node: &str) -> bool {
    let walk = call["flows"].as_array().and_then(|walks| walks.last()).unwrap_or(&Value::Null);
    let last = walk["visits"].as_array().and_then(|visits| visits.last()).unwrap_or(&Value::Null);
    !walk.is_null() && walk["ended_ms"].is_null() && last["node"] == node
}

/// How the walk of a call that is over ended, and where, once that is stored.
fn ended(vigie: &Server, id: &str) -> (String, String) {
    let end = Instant::now() + SOON;
    loop {
        let (status, call) = vigie.get(&format!("/api/history/calls/{id}"));
        let walk = &call["flows"][0];
        let node =
            walk["visits"].as_array().and_then(|visits| visits.last()).map(|visit| text(&visit["node"]));
        if let (200, Some(how), Some(node)) = (status, walk["how"].as_str(), node) {
            return (how.to_owned(), node);
        }
        assert!(Instant::now() < end, "{status} {call}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A floor that a test plays.
struct Played(Running);

impl Played {
    fn do_it<R: Send + 'static>(&self, what: impl FnOnce(&mut Hub) -> R + Send + 'static) -> R {
        self.0.with(what).expect("the built-in PBX runs")
    }

    fn somebody_calls(&self) -> ChanRef {
        self.do_it(|hub| {
            let x = &mut hub.life.exchange;
            let trunk = x.truth.endpoint_named("trunk-a").expect("a trunk");
            x.trunk_brings(trunk, Party::new("0612345678", "Zoé"), "0170000900").expect("it is there")
        })
    }

    /// The leg of the first who is rung.
    fn somebody_answers(&self) -> ChanRef {
        let end = Instant::now() + SOON;
        loop {
            let answered = self.do_it(|hub| {
                let x = &mut hub.life.exchange;
                let leg = x.truth.channels().find(|c| c.state == ChannelState::Ringing).map(|c| c.at);
                leg.inspect(|leg| x.answer(*leg))
            });
            if let Some(leg) = answered {
                return leg;
            }
            assert!(Instant::now() < end, "no agent is rung");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn application(&self, of: ChanRef) -> String {
        self.do_it(move |hub| hub.life.exchange.truth.chan(of).map(|c| c.app.to_string()).unwrap_or_default())
    }
}

#[test]
fn callers_of_the_built_in_pbx_leave_at_a_menu_talk_to_an_agent_and_outlive_vigie() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().expect("a folder"));
    database.start();
    let pbx = Played(start(Settings::scripted()).expect("a PBX"));
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port");
    let (port, agi, url) = (pbx.0.address().port().to_string(), free.port().to_string(), database.url());
    let settings = [
        ("AMI_HOST", "127.0.0.1"),
        ("AMI_PORT", port.as_str()),
        ("AMI_USERNAME", "vigie"),
        ("AMI_SECRET", "vigie"),
        ("AGI_PORT", agi.as_str()),
        ("AGI_TOKEN", "a-long-token"),
        ("DATABASE_URL", url.as_str()),
        ("VIGIE_DATA", data.path().to_str().expect("text")),
    ];
    let mut vigie = Server::start(&settings, &[]);
    let options = json!([{"key": "1", "portId": "out-1"}]);
    let content = json!({"prompt": "demo-instruct", "options": options, "timeoutMs": 60_000});
    let flow = json!({
        "name": "Hotline",
        "nodes": [
            drawn("s", "start", "Start", &json!({})),
            drawn("menu", "menu", "Menu", &content),
            drawn("line", "queue", "Support", &json!({"queue": "support", "timeoutS": 600})),
            drawn("bye", "hangup", "End", &json!({})),
        ],
        "connections": [
            connected("s", "out", "menu"),
            connected("menu", "out-1", "line"),
            connected("menu", "out-timeout", "bye"),
            connected("line", "out", "bye"),
        ],
    });
    stored(&vigie, "/api/ivr-flows", &flow);
    assert_eq!(
        vigie.get("/api/ivr-flows").1.as_array().map(Vec::len),
        Some(1),
        "a PBX that is configured has no demo"
    );
    let looks = Follower::follow(&vigie.address);
    let at = |node: &'static str| {
        let id = looks.until(&format!("a caller at {node}"), SOON, |board| {
            board.calls().find(|call| is_at(call, node)).map(|call| call["id"].clone())
        });
        id.as_str().expect("an id").to_owned()
    };
    let handover = Handover { to: free, token: Some("a-long-token".into()) };
    pbx.do_it(|hub| hub.hand_over(Some(handover)));

    // one leaves while he hears the menu
    let caller = pbx.somebody_calls();
    let call = at("menu");
    pbx.do_it(move |hub| hub.life.exchange.hang_up(caller, Fate::Phone));
    assert_eq!(ended(&vigie, &call), ("abandoned".to_owned(), "menu".to_owned()));
    let nobody = || looks.until("nobody", SOON, |board| board.calls().next().is_none().then_some(()));
    nobody();

    // one chooses, waits, and talks to who answers
    let caller = pbx.somebody_calls();
    let call = at("menu");
    let end = Instant::now() + SOON;
    while pbx.application(caller) != "Queue" {
        assert!(Instant::now() < end, "the key leads nowhere");
        pbx.do_it(move |hub| hub.life.exchange.press(caller, '1'));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(at("line"), call);
    let leg = pbx.somebody_answers();
    looks.until("him talking, in his flow", SOON, |board| {
        board
            .last("calls", &call)
            .filter(|call| call["phase"] == "talking" && is_at(call, "line"))
            .map(|_| ())
    });
    pbx.do_it(move |hub| hub.life.exchange.hang_up(leg, Fate::Phone));
    assert_eq!(ended(&vigie, &call), ("connected".to_owned(), "line".to_owned()));
    nobody();
    assert_eq!(pbx.do_it(|hub| hub.life.exchange.agi.count()), 0);

    // F42: Vigie dies, and the dialplan serves him when he has heard the sound
    let caller = pbx.somebody_calls();
    at("menu");
    vigie.crash();
    pbx.do_it(move |hub| {
        let later = hub.life.exchange.now() + 120_000_000;
        hub.life.advance(later);
    });
    let end = Instant::now() + SOON;
    while pbx.application(caller) != "Queue" {
        assert!(Instant::now() < end, "he is in {}", pbx.application(caller));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_demo_has_a_flow_in_an_empty_database_once() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().expect("a folder"));
    database.start();
    let url = database.url();
    let settings = [
        ("AGI_PORT", "0"),
        ("DATABASE_URL", url.as_str()),
        ("VIGIE_DATA", data.path().to_str().expect("text")),
        ("VIGIE_VOICE", "off"),
    ];
    let flows = |vigie: &Server, what: &str, is: &dyn Fn(&[Value]) -> bool| {
        let end = Instant::now() + SOON;
        loop {
            let (_, all) = vigie.get("/api/ivr-flows");
            if all.as_array().is_some_and(|all| is(all)) {
                return;
            }
            assert!(Instant::now() < end, "not {what}: {all}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let vigie = Server::start(&settings, &[]);
    flows(&vigie, "published", &|all| {
        all.iter().any(|flow| flow["id"] == "demo" && flow["published"] == 1 && flow["changed"] == false)
    });
    let looks = Follower::follow(&vigie.address);
    looks.until("a caller in the demo's flow", BY_CHANCE, |board| {
        let walks =
            |call: &&Value| call["flows"][0]["flow"] == "demo" && call["flows"][0]["visits"][0].is_object();
        board.calls().find(walks).map(|_| ())
    });
    let numbers = vigie.get("/api/dids").1;
    let numbers = numbers.as_array().expect("called numbers").iter();
    let numbers: Vec<_> = numbers.map(|did| (did["number"].clone(), did["ivrFlowId"].clone())).collect();
    assert_eq!(numbers, ["0170000900", "0170000901"].map(|number| (json!(number), json!("demo"))));
    // who takes it away does not find it there again
    database.run("delete from vigie.flows");
    drop(vigie);
    let vigie = Server::start(&settings, &[]);
    let end = Instant::now() + SOON;
    while !vigie.log().contains("callers walk flows from now on") {
        assert!(Instant::now() < end, "nobody is handed over");
        std::thread::sleep(Duration::from_millis(50));
    }
    flows(&vigie, "empty", &|all| all.is_empty());
}
