//! Conversations with assistants on a real PostgreSQL: stored once, read with their call, gone when their days are over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actors::call::CallState;
use actors::call::record::{LegRecord, Seconds};
use actors::fact::{Fact, What};
use actors::keys::{CallKey, Epoch, Micros, PbxName};
use actors::registry::Journal as _;
use actors::settings::Settings;
use actors::view::AtLeast;
use serde_json::{Value, json};
use vigie::db::{Db, Source};
use vigie::history::{AiLine, AiSession, AiTurn, Days, Journal, Reader, Retention};

use crate::support::postgres::Postgres;

/// 2026-11-21, s since 1970.
const NOW: i64 = 1_795_220_000;
const DAY: i64 = 86_400;

/// One of that channel.
fn session(id: &str, uniqueid: &str) -> AiSession {
    let line = |who: &str, text: &str, at_ms: i64, confidence: Option<i16>| AiLine {
        who: who.into(),
        text: text.into(),
        at_ms,
        confidence,
        interrupted: false,
    };
    let turn = AiTurn {
        t_speech_end: Some(4_000),
        t_decided: 4_700,
        t_stt_final: Some(4_900),
        t_llm_first: Some(5_200),
        t_tts_first: Some(5_300),
        t_audio_out: Some(5_310),
        interrupted_at_ms: Some(800),
        heard: "my line is dead".into(),
        said: "Is the light red?".into(),
        played: "Is the".into(),
        tools: vec!["ticket".into()],
        tokens_in: 70,
        tokens_out: 5,
    };
    AiSession {
        pbx: "lab".into(),
        id: id.into(),
        uniqueid: uniqueid.into(),
        began: NOW * 1_000_000 + 250_000,
        took_ms: 9_000,
        caller_number: "0612345678".into(),
        called: "0170000001".into(),
        assistant: "after-sales".into(),
        version: Some(3),
        how: "fallback".into(),
        mouth: "espeak-ng".into(),
        ears: "openai".into(),
        mind: "openai".into(),
        lines: vec![
            line("assistant", "Hello.", 900, None),
            // a NUL is none of PostgreSQL's letters
            line("caller", "my line\0 is dead", 4_900, Some(87)),
            AiLine { interrupted: true, ..line("assistant", "Is the", 6_100, None) },
        ],
        turns: vec![turn.clone(), AiTurn { t_decided: 7_000, heard: "9".into(), ..AiTurn::default() }],
    }
}

/// A call, one of whose legs is that channel.
fn ended(linkedid: &str, leg: &str) -> Fact {
    let key = CallKey { pbx: PbxName("lab".into()), epoch: Epoch(1), linkedid: linkedid.into() };
    let at = |seconds: i64| Micros((NOW + seconds) * 1_000_000);
    let settings = Arc::new(Settings::new(PbxName("lab".into())));
    let mut record = CallState::new(settings, key.clone(), at(0)).record(at(20));
    record.legs.push(LegRecord {
        channel: "PJSIP/trunk-1".into(),
        uniqueid: leg.into(),
        endpoint: "PJSIP/trunk".into(),
        started: Seconds(at(0)),
        answered: None,
        ended: Some(Seconds(at(20))),
        cause: Some(16),
        at_least: AtLeast::default(),
    });
    Fact { at: at(20), what: What::CallEnded(key, Arc::new(record)) }
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

    fn up(&self) {
        self.database.start();
        self.runtime.block_on(self.db.prepare()).unwrap();
    }

    /// Notes them, and returns when they are stored, or on disk.
    fn note(&self, facts: &[Fact], sessions: &[AiSession]) {
        let _in = self.runtime.enter();
        let journal =
            Journal::start(self.db.clone(), self.folder.path().join("journal"), Box::new(|_| {})).unwrap();
        facts.iter().for_each(|fact| journal.note(&PbxName("lab".into()), fact));
        sessions.iter().for_each(|session| journal.ai_session(session.clone()));
        journal.close();
    }

    fn reader(&self) -> Reader {
        Reader::new(self.db.clone(), Arc::default())
    }

    fn of_call(&self, linkedid: &str) -> Value {
        let told = self.runtime.block_on(self.reader().ai_sessions("lab", 1, linkedid, None)).unwrap();
        serde_json::from_str(&told.expect("the call is kept")).unwrap()
    }

    fn count(&self, table: &str) -> String {
        self.database.run(&format!("select count(*) from vigie.{table}")).trim().to_owned()
    }
}

#[test]
fn f28_a_conversation_that_is_told_twice_stands_once_and_is_read_with_the_call_of_its_channel() {
    let store = Store::new();
    store.up();
    let one = session("b03e1453-b79a-46d1-aaeb-ff0eeef93d1c", "1795220000.7");
    store.note(&[ended("1795220000.1", "1795220000.7")], &[one.clone(), one.clone()]);
    store.note(&[ended("1795220000.2", "1795220000.2")], &[one]);
    let told = store.of_call("1795220000.1");
    let [told] = told["sessions"].as_array().expect("a list").as_slice() else { panic!("one: {told}") };
    assert_eq!(told["began"], json!(NOW as f64 + 0.25));
    assert_eq!(told["lines"].as_array().map(Vec::len), Some(3));
    let second = json!({"who": "caller", "text": "my line\u{fffd} is dead", "at_ms": 4_900, "confidence": 87,
        "interrupted": false});
    assert_eq!(told["lines"][1], second);
    assert_eq!(told["lines"][2]["interrupted"], true);
    let first = json!({"t_speech_end": 4_000, "t_decided": 4_700, "t_stt_final": 4_900, "t_llm_first": 5_200,
        "t_tts_first": 5_300, "t_audio_out": 5_310, "interrupted_at_ms": 800, "heard": "my line is dead",
        "said": "Is the light red?", "played": "Is the", "tools": ["ticket"], "tokens_in": 70, "tokens_out": 5});
    assert_eq!(told["turns"][0], first);
    assert_eq!((&told["turns"][1]["t_audio_out"], &told["turns"][1]["tools"]), (&Value::Null, &json!([])));
    assert_eq!(
        (&told["tokens_in"], &told["version"], &told["how"]),
        (&70.into(), &3.into(), &"fallback".into())
    );
    assert_eq!(store.of_call("1795220000.2"), json!({"sessions": []}), "of another call");
}

#[test]
fn f25_conversations_wait_on_disk_while_the_database_is_away() {
    let store = Store::new();
    store.note(&[ended("1795220000.1", "1795220000.7")], &[session("a", "1795220000.7"), session("b", "")]);
    store.up();
    let end = Instant::now() + Duration::from_secs(60);
    while store.database.run("select to_regclass('vigie.ai_turns')").trim().is_empty()
        || store.count("ai_turns") != "4"
    {
        assert!(Instant::now() < end, "they are still on disk");
        store.note(&[], &[]);
    }
    assert_eq!(store.of_call("1795220000.1")["sessions"].as_array().map(Vec::len), Some(1));
    assert_eq!(store.count("ai_sessions"), "2", "of whom nothing was told is kept too");
}

#[test]
fn s37_conversations_go_when_their_days_are_over_and_stay_with_a_call_that_is_held() {
    let store = Store::new();
    store.up();
    let calls = [ended("1795220000.1", "1795220000.7"), ended("1795220000.2", "1795220000.8")];
    store.note(&calls, &[session("a", "1795220000.7"), session("b", "1795220000.8")]);
    store.runtime.block_on(store.reader().hold("lab", 1, "1795220000.2", "complaint", "Ann")).unwrap();
    let retention = Retention::new(store.db.clone(), Days { calls: 0, queues: 0, agents: 0, ai: 30 });
    let sweep = |days: i64| store.runtime.block_on(retention.sweep((NOW + days * DAY) * 1_000_000)).unwrap();
    assert_eq!(sweep(29).rows, 0);
    let swept = sweep(31);
    assert_eq!((swept.rows, swept.overdue), (1, None));
    let left = [store.count("ai_sessions"), store.count("ai_lines"), store.count("ai_turns")];
    assert_eq!(left, ["1", "3", "2"], "what was said goes with it");
    assert_eq!(store.of_call("1795220000.2")["sessions"][0]["id"], "b");
}
