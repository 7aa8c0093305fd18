//! What happened, on a real PostgreSQL: stored once whatever breaks, and found again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;
use vigie::pbx::life::Pace;
use vigie::pbx::{Running, Settings, start};

use crate::support::postgres::Postgres;
use crate::support::server::Server;

/// A busy built-in PBX, and Vigie on it with that database.
fn floor(database: &Postgres, data: &tempfile::TempDir) -> (Running, Server) {
    let pace = Pace { calls_per_minute: 400.0, talk_s: 1.0, incidents: true };
    floor_of(Settings { pace, ..Settings::default() }, database, data)
}

fn floor_of(settings: Settings, database: &Postgres, data: &tempfile::TempDir) -> (Running, Server) {
    let pbx = start(settings).expect("the built-in PBX starts");
    let (port, url) = (pbx.address().port().to_string(), database.url());
    let settings = [
        ("AMI_HOST", "127.0.0.1"),
        ("AMI_PORT", port.as_str()),
        ("AMI_USERNAME", "vigie"),
        ("AMI_SECRET", "vigie"),
        ("DATABASE_URL", url.as_str()),
        ("VIGIE_DATA", data.path().to_str().expect("text")),
    ];
    let server = Server::start(&settings, &[]);
    (pbx, server)
}

fn until(what: &str, seen: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !seen() {
        assert!(Instant::now() < end, "waited for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Ids of the calls that the board shows.
fn shown(server: &Server) -> BTreeSet<String> {
    let (_, rows) = server.get("/api/board/calls");
    rows.as_array().into_iter().flatten().filter_map(|call| call["id"].as_str().map(str::to_owned)).collect()
}

/// Looks at the board for a while; every call that was on it.
fn watch(server: &Server, seconds: u64) -> BTreeSet<String> {
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut seen = BTreeSet::new();
    while Instant::now() < end {
        seen.extend(shown(server));
        std::thread::sleep(Duration::from_millis(100));
    }
    seen
}

/// Every call of the history, page by page.
fn stored(server: &Server) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let (status, page) = server.get(&format!("/api/history/calls?limit=100{after}"));
        assert_eq!(status, 200, "{page}");
        ids.extend(
            page["calls"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|c| c["id"].as_str().map(str::to_owned)),
        );
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return ids,
        }
    }
}

/// Every call that was seen and is over stands in the history, and stands there once.
fn nothing_lost_or_doubled(server: &Server, database: &Postgres, seen: &BTreeSet<String>) {
    assert!(seen.len() > 10, "a floor on which something happens: {}", seen.len());
    until("the database", || server.get("/api/history/calls").0 == 200);
    // one that became part of an older call has no record of its own
    let merged = || database.run("select jsonb_array_elements_text(record->'merged') from vigie.calls");
    let missing = || {
        let (live, stored, merged) = (shown(server), stored(server), merged());
        let merged: Vec<&str> = merged.lines().collect();
        let part = |id: &str| id.rsplit('~').next().is_some_and(|linkedid| merged.contains(&linkedid));
        seen.iter().filter(|id| !live.contains(*id) && !stored.contains(id) && !part(id)).cloned().collect()
    };
    let end = Instant::now() + Duration::from_secs(30);
    let mut left: Vec<String> = missing();
    while !left.is_empty() {
        assert!(Instant::now() < end, "not stored: {left:?}");
        std::thread::sleep(Duration::from_millis(100));
        left = missing();
    }
    let stored = stored(server);
    let once: BTreeSet<_> = stored.iter().cloned().collect();
    assert_eq!(once.len(), stored.len(), "a call stands twice");
    for outcome in ["lost", "refused"] {
        let name = format!("vigie_journal_facts_total{{outcome=\"{outcome}\"}}");
        assert_eq!(server.metric(&name), 0.0, "{outcome}");
    }
}

#[test]
fn f24_a_floor_whose_database_is_down_lives_and_stores_later_what_happened() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
    let (_pbx, server) = floor(&database, &data);
    let seen = watch(&server, 6);
    let (status, refused) = server.get("/api/history/calls");
    assert_eq!((status, &refused["error"]), (503, &Value::from("database_away")));
    let (status, ready) = server.get("/api/ready");
    assert_eq!((status, &ready["degraded"][0]), (200, &Value::from("the database is away")));
    until("facts to wait on disk", || server.metric("vigie_journal_waiting") > 0.0);
    let (_, alarms) = server.get("/api/board/alarms");
    assert_eq!(alarms[0]["kind"], "database_away", "{alarms}");
    database.start();
    until("what waited to be stored", || {
        server.metric("vigie_journal_waiting") == 0.0 && server.get("/api/history/calls").0 == 200
    });
    nothing_lost_or_doubled(&server, &database, &seen);
    assert_eq!(server.get("/api/ready").1["degraded"], serde_json::json!([]));
}

#[test]
fn f25_f28_a_database_killed_in_mid_run_loses_and_doubles_nothing() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
    database.start();
    let (_pbx, server) = floor(&database, &data);
    until("the first call", || server.get("/api/history/calls?limit=1").1["calls"][0].is_object());
    let mut seen = BTreeSet::new();
    for _ in 0..2 {
        database.kill();
        seen.extend(watch(&server, 3));
        let began = Instant::now();
        assert_eq!(server.get("/api/history/calls").0, 503);
        assert!(began.elapsed() < Duration::from_secs(8), "an answer within a second or little more");
        database.start();
        seen.extend(watch(&server, 2));
    }
    nothing_lost_or_doubled(&server, &database, &seen);
}

/// The database answers nobody who asks for calls, and takes none.
#[test]
fn f26_f27_while_every_query_hangs_the_floor_goes_on_and_whoever_asks_is_told() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
    database.start();
    let (_pbx, server) = floor(&database, &data);
    until("the first call", || server.get("/api/history/calls?limit=1").1["calls"][0].is_object());
    let mut seen = shown(&server);
    let held = database.hold("lock table vigie.calls in access exclusive mode; select 1");
    let told: Vec<(u16, Value)> = std::thread::scope(|scope| {
        let ask = || server.get_within("/api/history/calls", Duration::from_secs(60));
        let asked: Vec<_> = (0..30).map(|_| scope.spawn(ask)).collect();
        // more of them than there are connections, and new calls come and go on the floor meanwhile
        let before = seen.clone();
        until("new calls on the floor", || shown(&server).difference(&before).count() > 5);
        seen.extend(shown(&server));
        asked.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    assert!(told.iter().all(|(status, _)| *status == 503), "{told:?}");
    let busy = told.iter().filter(|(_, body)| body["error"] == "busy").count();
    assert!(busy > 15, "who finds no connection is told so, and waits in no queue: {busy}");
    seen.extend(watch(&server, 3));
    drop(held);
    nothing_lost_or_doubled(&server, &database, &seen);
}

/// A quiet night: no fact tries the dead connection.
#[test]
fn f25_a_database_that_dies_while_nothing_happens_is_told_and_taken_back() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
    database.start();
    let pace = Pace { calls_per_minute: 0.0, incidents: false, ..Pace::default() };
    let (_pbx, server) = floor_of(Settings { pace, warm_up_s: 0, ..Settings::default() }, &database, &data);
    let degraded = || server.get("/api/ready").1["degraded"].as_array().map_or(0, Vec::len);
    until("the database", || server.get("/api/history/calls").0 == 200 && degraded() == 0);
    let stored = || server.metric("vigie_journal_facts_total{outcome=\"stored\"}");
    until("what attaching told to be stored, and nothing more", || {
        let before = stored();
        std::thread::sleep(Duration::from_secs(1));
        before > 0.0 && stored() == before
    });
    database.kill();
    until("the loss to be told", || degraded() == 1);
    database.start();
    until("its return", || degraded() == 0 && server.get("/api/history/calls").0 == 200);
}

#[test]
fn the_schema_is_made_once_whoever_starts_and_however_often() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
    database.start();
    for _ in 0..2 {
        let (_pbx, server) = floor(&database, &data);
        until("the schema", || server.get("/api/history/calls").0 == 200);
    }
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations")).unwrap();
    let files =
        folder.filter(|e| e.as_ref().unwrap().path().extension().is_some_and(|end| end == "sql")).count();
    assert_eq!(database.run("select count(*) from vigie.vigie_migrations"), files.to_string());
    assert_eq!(database.run("select count(*) from pg_tables where schemaname = 'public'"), "0");
}

#[test]
fn f55_what_waited_on_disk_survives_the_process() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
    let (pbx, server) = floor(&database, &data);
    let seen = watch(&server, 5);
    until("facts to wait on disk", || server.metric("vigie_journal_waiting") > 5.0);
    let over: BTreeSet<_> = seen.difference(&shown(&server)).cloned().collect();
    std::thread::sleep(Duration::from_millis(500)); // a batch is on disk within 200 ms
    drop(server); // killed
    drop(pbx);
    database.start();
    let (_pbx, server) = floor(&database, &data);
    until("what waited to be stored", || {
        server.get("/api/history/calls").0 == 200 && server.metric("vigie_journal_waiting") == 0.0
    });
    let stored: BTreeSet<_> = stored(&server).into_iter().collect();
    let lost: Vec<_> = over.difference(&stored).collect();
    assert!(!over.is_empty() && lost.is_empty(), "{} of {} lost: {lost:?}", lost.len(), over.len());
}

#[test]
fn a_call_is_found_by_what_a_person_knows_of_it() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
    database.start();
    let (_pbx, server) = floor(&database, &data);
    until("the schema", || server.get("/api/history/calls").0 == 200);
    let found = |query: &str| {
        let (status, page) = server.get(&format!("/api/history/calls?{query}"));
        assert_eq!(status, 200, "{query}: {page}");
        page["calls"].as_array().cloned().unwrap_or_default()
    };
    until("an answered queue call from outside", || {
        found("direction=inbound&talked=true").iter().any(|call| call["queues"][0].is_string())
    });
    let call =
        found("direction=inbound&talked=true").into_iter().find(|c| c["queues"][0].is_string()).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (id, number) = (text(&call["id"]), text(&call["caller"]["number"]));
    let has = |query: String| found(&query).iter().any(|c| c["id"] == call["id"]);
    assert!(
        has(format!("limit=500&q={}", &number[number.len().saturating_sub(6)..])),
        "by the end of a number"
    );
    assert!(has(format!("limit=500&queue={}", text(&call["queues"][0]))));
    assert!(has(format!("limit=500&endpoint={}", text(&call["endpoints"][0]))));
    let started = call["started_ms"].as_i64().unwrap();
    assert!(has(format!("limit=500&from={started}&to={}", started + 1)));
    assert!(!has(format!("limit=500&to={started}")));
    assert!(found("q=%25&limit=5").is_empty() && found("q=_&limit=5").is_empty(), "no pattern of ours");
    let (status, whole) = server.get(&format!("/api/history/calls/{id}"));
    assert_eq!(status, 200);
    assert_eq!(whole["linkedid"], call["linkedid"]);
    assert!(whole["legs"].as_array().is_some_and(|legs| !legs.is_empty()), "{whole}");
    for wrong in ["nothing", "a~b~c", "demo~1~2"] {
        assert_eq!(server.get(&format!("/api/history/calls/{wrong}")).0, 404, "{wrong}");
    }
    for wrong in
        ["from=x", "limit=0", "limit=501", "direction=up", "after=1", "after=x~y", "q=", "what=1", "q=a&q=b"]
    {
        assert_eq!(server.get(&format!("/api/history/calls?{wrong}")).0, 422, "{wrong}");
    }
    // S23: text is text
    assert!(found("q=%27%3B%20drop%20table%20vigie.calls%3B--").is_empty());
    assert!(!found("limit=1").is_empty());
}

#[test]
#[ignore = "a measure: cargo test --test specs a_million -- --ignored --nocapture"]
fn a_million_calls_are_searched_in_less_than_a_second() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
    database.start();
    let (_pbx, server) = floor(&database, &data);
    until("the schema", || server.get("/api/history/calls").0 == 200);
    database.run(
        "insert into vigie.calls (pbx, epoch, linkedid, started, answered, ended, direction, caller_number, caller_name, \
         called, queues, endpoints, hangup_cause, talk_ms, wait_ms, record) select 'a', 1, (1700000000 + n)::text || '.' || n, to_timestamp(1700000000 + n * 30), null, \
         to_timestamp(1700000000 + n * 30 + 60), 'inbound', '06' || lpad((n * 7919 % 100000000)::text, 8, '0'), \
         'Name ' || md5(n::text), '01700000' || n % 100, array['q' || n % 20], array['PJSIP/' || 1000 + n % 300, 'PJSIP/trunk-a'], \
         16, n % 600000, n % 90000, '{}' from generate_series(1::bigint, 1000000) n",
    );
    database.run("analyze vigie.calls");
    for query in [
        "",
        "q=12345678",
        "q=abcdef",
        "queue=q7",
        "endpoint=PJSIP/1042",
        "q=zzzzzz",
        "queue=q7&endpoint=PJSIP/1042&q=99",
    ] {
        let began = Instant::now();
        let (status, page) = server.get(&format!("/api/history/calls?{query}"));
        println!(
            "{query:45} {} calls in {:?}",
            page["calls"].as_array().map_or(0, Vec::len),
            began.elapsed()
        );
        assert_eq!(status, 200);
    }
}
