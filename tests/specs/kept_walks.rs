//! Callers in flows on a real PostgreSQL: stored once, read with their call, gone with it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actors::call::CallState;
use actors::fact::{Fact, VisitFact, WalkFact, What};
use actors::keys::{CallKey, Epoch, Micros, PbxName};
use actors::registry::Journal as _;
use actors::settings::Settings;
use actors::view::{FlowEnd, FlowVisitView};
use serde_json::{Value, json};
use vigie::db::{Db, Source};
use vigie::history::{Days, Journal, Left, Reader, Retention};

use crate::support::postgres::Postgres;

/// 2026-11-21, s since 1970.
const NOW: i64 = 1_795_220_000;
const DAY: i64 = 86_400;

fn pbx() -> PbxName {
    PbxName("lab".into())
}

fn key(linkedid: &str) -> CallKey {
    CallKey { pbx: pbx(), epoch: Epoch(1), linkedid: linkedid.into() }
}

fn at(seconds: i64) -> Micros {
    Micros((NOW + seconds) * 1_000_000 + 250_000)
}

/// A walk that began then, and whether it is over.
fn walk(call: &str, began: i64, over: bool) -> Fact {
    let ended = over.then(|| (at(began + 9), FlowEnd::Connected, None));
    let what = WalkFact {
        call: key(call),
        uniqueid: "1795220000.1".into(),
        began: at(began),
        flow: "hotline".into(),
        name: "Hotline".into(),
        called: "0170000001".into(),
        ended,
    };
    Fact { at: at(began), what: What::Walk(Arc::new(what)) }
}

/// The n-th node of it, left by that port.
fn visit(
    call: &str,
    began: i64,
    n: usize,
    node: &str,
    port: Option<&str>,
    key_pressed: Option<&str>,
) -> Fact {
    let entered = began + n as i64;
    let visit = FlowVisitView {
        node: node.into(),
        name: format!("The {node}").into(),
        at_ms: at(entered),
        left_ms: Some(at(entered + 1)),
        port: port.map(Into::into),
        key: key_pressed.map(Into::into),
    };
    let (uniqueid, flow) = ("1795220000.1".into(), "hotline".into());
    let what = VisitFact { call: key(call), uniqueid, began: at(began), n, flow, visit };
    Fact { at: at(entered + 1), what: What::Visit(Arc::new(what)) }
}

/// The record of a call that absorbed another.
fn ended(linkedid: &str, merged: &[&str], began: i64) -> Fact {
    let settings = Arc::new(Settings::new(pbx()));
    let mut record = CallState::new(settings, key(linkedid), at(began)).record(at(began + 20));
    record.merged = merged.iter().map(|other| (*other).into()).collect();
    Fact { at: at(began + 20), what: What::CallEnded(key(linkedid), Arc::new(record)) }
}

fn whole_call() -> Vec<Fact> {
    vec![
        walk("1795220000.1", 0, false),
        visit("1795220000.1", 0, 0, "start", Some("out"), None),
        visit("1795220000.1", 0, 1, "menu", Some("out-2"), Some("2")),
        // it became part of an older call meanwhile
        visit("1795219999.9", 0, 2, "desk", None, None),
        walk("1795219999.9", 0, true),
        ended("1795219999.9", &["1795220000.1"], 0),
    ]
}

struct Store {
    database: Postgres,
    runtime: tokio::runtime::Runtime,
    db: Db,
    folder: tempfile::TempDir,
}

impl Store {
    fn new() -> Self {
        let database = Postgres::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let url = database.url().parse().unwrap();
        let db = runtime.block_on(async { Db::new(Source::Server(Box::new(url))) });
        Self { database, runtime, db, folder: tempfile::tempdir().unwrap() }
    }

    fn up(&self) -> &Self {
        self.database.start();
        self.runtime.block_on(self.db.prepare()).unwrap();
        self
    }

    /// Notes them, and returns when they are stored, or on disk.
    fn note(&self, facts: &[Fact]) {
        let _in = self.runtime.enter();
        let journal =
            Journal::start(self.db.clone(), self.folder.path().join("journal"), Box::new(|_| {})).unwrap();
        facts.iter().for_each(|fact| journal.note(&pbx(), fact));
        journal.close();
    }

    fn reader(&self) -> Reader {
        Reader::new(self.db.clone(), Arc::default())
    }

    fn call(&self, linkedid: &str) -> Value {
        let record = self.runtime.block_on(self.reader().call("lab", 1, linkedid, None)).unwrap();
        serde_json::from_str(&record.expect("it is kept")).unwrap()
    }

    fn left(&self, since: i64) -> Vec<Left> {
        self.runtime.block_on(self.reader().left("hotline", since * 1_000_000)).unwrap()
    }
}

#[test]
fn f28_a_walk_that_is_told_twice_stands_once_and_is_read_with_its_call_in_order() {
    let store = Store::new();
    store.up();
    let mut facts = whole_call();
    facts.extend(whole_call());
    store.note(&facts);
    store.note(&whole_call()[..1]); // late, and old
    for id in ["1795219999.9", "1795220000.1"] {
        let call = store.call(id);
        let seconds = |n: i64| NOW as f64 + n as f64 + 0.25;
        let node = |node: &str, n: i64, port: Value, key: Value| json!({"node": node, "name": format!("The {node}"), "entered": seconds(n), "left": seconds(n + 1), "port": port, "key": key});
        let expected = json!([{
            "uniqueid": "1795220000.1", "flow": "hotline", "name": "Hotline", "called": "0170000001",
            "began": seconds(0), "ended": seconds(9), "how": "connected", "why": null,
            "visits": [
                node("start", 0, json!("out"), Value::Null),
                node("menu", 1, json!("out-2"), json!("2")),
                node("desk", 2, Value::Null, Value::Null),
            ],
        }]);
        assert_eq!(call["flows"], expected, "{id}");
    }
    let left =
        |node: &str, port: Option<&str>| Left { node: node.into(), port: port.map(Into::into), callers: 1 };
    let all = [left("desk", None), left("menu", Some("out-2")), left("start", Some("out"))];
    assert_eq!(store.left(NOW), all);
    assert_eq!(store.left(NOW + 3), [left("desk", None)], "who left before is not of today");
}

#[test]
fn f25_walks_wait_on_disk_while_the_database_is_away() {
    let store = Store::new();
    store.note(&whole_call());
    store.up();
    store.note(&[]);
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if store.database.run("select count(*) from vigie.visits").trim() == "3" {
            break;
        }
        assert!(Instant::now() < end, "they are still on disk");
        store.note(&[]);
    }
    assert_eq!(store.call("1795219999.9")["flows"][0]["visits"].as_array().map(Vec::len), Some(3));
}

#[test]
fn s37_walks_go_when_their_calls_go_and_stay_with_what_is_held() {
    let store = Store::new();
    store.up();
    store.note(&whole_call());
    let held = [
        walk("1795220100.1", 100, true),
        visit("1795220100.1", 100, 0, "start", None, None),
        ended("1795220100.1", &[], 100),
    ];
    store.note(&held);
    let reader = store.reader();
    let hold = reader.hold("lab", 1, "1795220100.1", "complaint", "Ann");
    store.runtime.block_on(hold).unwrap();
    let retention = Retention::new(store.db.clone(), Days { calls: 30, queues: 0, agents: 0, ai: 0 });
    let sweep = |days: i64| store.runtime.block_on(retention.sweep((NOW + days * DAY) * 1_000_000)).unwrap();
    assert_eq!(sweep(29).rows, 0);
    let swept = sweep(31);
    assert_eq!((swept.rows, swept.overdue), (1 + 1 + 3, None), "a call, its walk, three stays");
    assert_eq!(store.database.run("select count(*) from vigie.walks").trim(), "1");
    assert_eq!(store.call("1795220100.1")["flows"].as_array().map(Vec::len), Some(1));
}
