//! What leaves by export, and what is deleted in time, on a real PostgreSQL.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use vigie::db::{Db, Source};
use vigie::history::{Days, Retention};

use crate::support::postgres::Postgres;
use crate::support::server::Server;

pub(super) fn until(what: &str, mut seen: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !seen() {
        assert!(Instant::now() < end, "waited for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub(super) fn on(database: &Postgres, data: &tempfile::TempDir) -> Server {
    let url = database.url();
    let settings = [
        ("AMI_HOST", "127.0.0.1"),
        ("AMI_PORT", "1"),
        ("AMI_USERNAME", "vigie"),
        ("AMI_SECRET", "vigie"),
        ("DATABASE_URL", url.as_str()),
        ("VIGIE_DATA", data.path().to_str().expect("text")),
        ("VIGIE_ZONE", "Europe/Paris"),
    ];
    let server = Server::start(&settings, &[]);
    until("the schema", || server.get("/api/history/calls").0 == 200);
    server
}

/// A call each second from 2026-03-29 00:00 UTC on, with that expression for its caller's name.
pub(super) fn calls(database: &Postgres, count: u32, name: &str) {
    database.run(&format!(
        "insert into vigie.calls (pbx, epoch, linkedid, started, ended, direction, caller_number, caller_name, called, \
         queues, endpoints, talk_ms, wait_ms, record) select 'a', 1, n::text, \
         to_timestamp(1774742400 + n), to_timestamp(1774742460 + n), 'inbound', '+336' || lpad(n::text, 8, '0'), {name}, \
         '0170000001', array['support'], array['PJSIP/1001'], 1500, 250, '{{}}' from generate_series(0, {count} - 1) n"
    ));
}

/// Head and the whole body, or as much of it as comes.
fn ask(server: &Server, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(&server.address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time-out");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.address)
        .expect("sent");
    stream
}

fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("an answer") == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).expect("text").to_lowercase()
}

fn body(server: &Server, path: &str) -> (String, Vec<u8>) {
    actix_web::rt::System::new().block_on(async {
        let url = format!("http://{}{path}", server.address);
        let client = awc::Client::builder().timeout(Duration::from_secs(60)).finish();
        let mut reply = client.get(&url).send().await.expect("an answer");
        assert_eq!(reply.status(), 200);
        let total = reply.headers().get("x-total-rows").expect("a count").to_str().expect("text").to_owned();
        (total, reply.body().limit(256 << 20).await.expect("the whole body").to_vec())
    })
}

#[test]
fn s24_s29_twenty_hostile_names_are_exported_as_text_and_read_back() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
    database.start();
    let server = on(&database, &data);
    // the NUL of S29 cannot stand in PostgreSQL's text; the unit test of the writer has it
    let names = "(array['=cmd|'' /C calc''!A0', '=HYPERLINK(\"http://x\")', '+1', '-1', '@SUM(1)', E'\\t=1', E'\\r=1', E'\\n=1', \
                 ' =1', '<script>alert(1)</script>', '''; DROP TABLE vigie.calls; --', 'a,b', 'a\"b', E'a\\r\\nb', 'Zoé', \
                 '', '=1+1', '%00', 'O''Brien', '－1'])[n + 1]";
    calls(&database, 20, names);
    let (total, text) =
        body(&server, "/api/exports/calls.csv?from=2026-03-29T00:00:00Z&to=2026-03-30T00:00:00Z");
    assert_eq!(total, "20");
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let names: Vec<String> = reader.headers().expect("names").iter().map(str::to_owned).collect();
    let at = |name: &str| names.iter().position(|known| known == name).expect("a column");
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("well formed")).collect();
    assert_eq!(rows.len(), 20);
    let stored = database.run("select string_agg(encode(convert_to(caller_name, 'UTF8'), 'hex'), ' ' order by started) from vigie.calls");
    for (row, hex) in rows.iter().zip(stored.split(' ')) {
        for cell in row {
            assert!(
                !cell.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '－']),
                "{cell:?}"
            );
        }
        let cell = &row[at("caller_name")];
        let cell = cell.strip_prefix('\'').filter(|rest| !rest.starts_with("; ")).unwrap_or(cell);
        let as_hex: String = cell.bytes().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(as_hex, hex, "{cell:?}");
        assert!(row[at("caller_number")].starts_with("'+336"), "a number stays legible");
    }
    // an hour after the clocks went forward there, and one before
    assert_eq!(&rows[0][at("started")], "2026-03-29T01:00:00.000+01:00");
    assert_eq!(
        (&rows[0][at("talk_s")], &rows[0][at("wait_s")], &rows[0][at("answered")]),
        ("1.500", "0.250", "")
    );
    let (total, text) = body(&server, "/api/exports/states.csv?from=2026-03-29&bom=true");
    assert_eq!((total.as_str(), text.starts_with("\u{feff}pbx,endpoint".as_bytes())), ("0", true));
    for wrong in ["calls.csv?from=now", "calls.csv?q=1", "calls.csv?bom=maybe"] {
        assert_eq!(server.get(&format!("/api/exports/{wrong}")).0, 422, "{wrong}");
    }
    for wrong in ["users.csv", "calls", "calls.json"] {
        assert_eq!(server.get(&format!("/api/exports/{wrong}")).0, 404, "{wrong}");
    }
}

#[test]
fn s55_a_long_export_comes_in_pieces_can_be_stopped_and_is_not_had_without_end() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
    database.start();
    let server = on(&database, &data);
    calls(&database, 200_000, "md5(n::text) || md5(n::text)");
    let whole = "/api/exports/calls.csv?from=2026-03-28&to=2026-04-03";
    let (total, text) = body(&server, whole);
    assert_eq!((total.as_str(), text.iter().filter(|b| **b == b'\n').count()), ("200000", 200_001));
    let before = server.memory_kb();
    // two who read nothing hold both places ...
    let mut stalled = [ask(&server, whole), ask(&server, whole)];
    assert!(stalled.iter_mut().all(|stream| head(stream).contains("x-total-rows: 200000")));
    let grown = server.memory_kb().saturating_sub(before);
    assert!(grown < 32 << 10, "{} bytes of text, {grown} KB of memory", text.len());
    let (status, told) = server.get(whole);
    assert_eq!((status, &told["error"]), (503, &"busy".into()));
    // ... until they go away
    drop(stalled);
    until("a place", || {
        let mut next = ask(&server, "/api/exports/stays.csv?from=2026-03-28&to=2026-04-03");
        let head = head(&mut next);
        assert!(head.contains(" 200 ") || head.contains(" 503 ") || head.contains(" 429 "), "{head}");
        !head.contains(" 503 ")
    });
    until("the end of patience", || server.get(whole).0 == 429);
}

#[test]
fn s37_what_is_too_old_is_deleted_in_batches_but_what_is_held_stays() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
    database.start();
    let server = on(&database, &data);
    calls(&database, 10_000, "'x'");
    database.run("insert into vigie.queue_stays select pbx, epoch, linkedid, linkedid, 'support', started, ended, 'answered', null, false from vigie.calls where linkedid::int < 100");
    database.run("insert into vigie.agent_states select 'a', 'PJSIP/1001', started, 'available', null from vigie.calls where linkedid::int < 100");
    let (status, held) = put(&server, "/api/history/calls/a~1~5/hold", "{\"reason\": \"complaint 17\"}");
    assert_eq!((status, held.contains("complaint 17")), (200, true));
    assert_eq!(put(&server, "/api/history/calls/a~1~nobody/hold", "{\"reason\": \"x\"}").0, 404);
    assert_eq!(put(&server, "/api/history/calls/a~1~5/hold", "{\"reason\": \"\"}").0, 422);
    let config = database.url().parse().expect("a connection string");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let count = |table: &str| database.run(&format!("select count(*) from vigie.{table}"));
    runtime.block_on(async {
        let db = Db::new(Source::Server(Box::new(config)));
        db.prepare().await.expect("the database");
        let retention = Retention::new(db.clone(), Days { calls: 365, queues: 730, agents: 0, ai: 0 });
        let day = |n: i64| (1_774_742_400 + n * 86_400) * 1_000_000;
        // a year later but an hour: nothing is old enough
        let swept = retention.sweep(day(365) - 3_600_000_000).await.expect("a sweep");
        assert_eq!((swept.rows, swept.overdue), (0, None));
        // 5,000 s into the day after: the first 5,000 calls but the held one, and not one stay
        let now = day(365) + 5_000_000_000;
        let swept = retention.batches(now, 1).await.expect("a sweep");
        assert_eq!(
            (swept.rows, swept.overdue.map(|(kind, _)| kind)),
            (2_000, Some("calls")),
            "it falls behind"
        );
        let swept = retention.sweep(now).await.expect("a sweep");
        assert_eq!((swept.rows, swept.overdue), (2_999, None));
        assert_eq!(
            (count("calls"), count("queue_stays"), count("agent_states")),
            ("5001".into(), "100".into(), "100".into())
        );
        // when stays are too old as well, those of the held call stay with it; states are kept for ever
        retention.sweep(day(800)).await.expect("a sweep");
        assert_eq!(
            (count("calls"), count("queue_stays"), count("agent_states")),
            ("1".into(), "1".into(), "100".into())
        );
        let deleted: u64 = retention.deleted().rows().map(|(_, rows)| rows).sum();
        assert_eq!(deleted, 9_999 + 99);
        assert_eq!(
            database.run("select sum(rows) from vigie.deletions"),
            deleted.to_string(),
            "a line is left of each"
        );
        // a hold that is taken off
        assert_eq!(delete(&server, "/api/history/calls/a~1~5/hold"), 200);
        retention.sweep(day(801)).await.expect("a sweep");
        assert_eq!((count("calls"), count("queue_stays")), ("0".into(), "0".into()));
    });
    assert_eq!(server.metric("vigie_retention_overdue_seconds"), 0.0);
}

pub(super) fn put(server: &Server, path: &str, body: &str) -> (u16, String) {
    request(server, "PUT", path, body)
}

pub(super) fn delete(server: &Server, path: &str) -> u16 {
    request(server, "DELETE", path, "").0
}

fn request(server: &Server, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(&server.address).expect("it listens");
    let (address, length) = (&server.address, body.len());
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    (text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status"), text)
}
