//! Reading the board over HTTP.

use actors::board::Limits;
use actors::view::{CallPhase, LinkPhase, Table, Trust};

use super::site::{Site, call, pbx, trunk};

#[test]
fn the_board_is_one_document_with_a_run_and_a_number() {
    let site = Site::start();
    site.show(pbx("a", LinkPhase::Live));
    site.show(call("a", 7, CallPhase::Waiting));
    let reply = site.get("/api/board");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let board = reply.json();
    assert_eq!(board["run"], site.board.run().as_str());
    assert_eq!(board["seq"], 2);
    assert!(board["now_ms"].as_i64().unwrap() > 1_700_000_000_000);
    assert_eq!(board["pbxs"][0]["version"], "Asterisk 22.10.1");
    assert_eq!(board["calls"][0]["caller"]["name"], "Zoé 7");
    for table in Table::ALL {
        assert!(board[table.name()].is_array(), "{}", table.name());
    }
    assert_eq!(board.as_object().unwrap().len(), 11);
}

/// Every filter and sort key of the tables is in the README, and nothing else.
#[test]
fn the_readme_names_every_parameter_of_every_table() {
    let site = Site::start();
    let readme = include_str!("../../../README.md");
    let mut named_filters = 0;
    for table in Table::ALL {
        let row =
            readme.lines().find(|l| l.starts_with(&format!("| `{}` |", table.name()))).unwrap_or_default();
        let cells: Vec<&str> = row.split('|').collect();
        assert_eq!(cells.len(), 5, "a row of {} in the README", table.name());
        let named = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
        let (filters, sorts) = (named(cells[2]), named(cells[3]));
        named_filters += filters.len();
        let path = format!("/api/board/{}", table.name());
        for filter in &filters {
            let problem = site.get(&format!("{path}?{filter}=")).json()["details"][filter].to_string();
            assert!(problem.contains("1 to 200 bytes"), "{path} {filter}: {problem}");
        }
        let all = site.get(&format!("{path}?sort=nothing")).json()["details"]["sort"].to_string();
        assert!(all.contains(&format!("expected one of {}, or", sorts.join(", "))), "{path}: {all}");
    }
    let fields = include_str!("../../../src/http/listing/fields.rs");
    assert_eq!(named_filters, fields.matches(" => |w| ").count(), "a filter that the README does not name");
}

#[test]
fn head_answers_wherever_get_does_and_without_a_body() {
    let site = Site::start();
    site.show(pbx("a", LinkPhase::Live));
    for path in [
        "/",
        "/main.js",
        "/api/board",
        "/api/board/calls",
        "/api/health",
        "/api/ready",
        "/metrics",
        "/api/nothing",
    ] {
        let ask = |method: &str| {
            site.ask(&format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        };
        let (head, get) = (ask("HEAD"), ask("GET"));
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
    let post = site
        .ask("POST /api/board HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(post.status, 405);
    let verb = site.ask("HEAD /api/calls/hangup HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!(verb.status, 405, "a verb is no reading");
}

#[test]
fn a_pbx_that_was_never_seen_is_unknown_and_not_empty() {
    let site = Site::start();
    site.show(pbx("a", LinkPhase::Live));
    site.show(pbx("b", LinkPhase::Down));
    let pbxs = site.get("/api/board/pbxs?sort=id").json();
    assert_eq!((&pbxs[0]["known_since_ms"], pbxs[1]["known_since_ms"].is_null()), (&1_000.into(), true));
    let calls = site.get("/api/board/calls");
    assert_eq!((calls.header("x-total-count"), calls.header("x-unknown-pbxs")), (Some("0"), Some("b")));
    let metrics = String::from_utf8(site.get("/metrics").body).expect("text");
    assert!(metrics.contains("vigie_calls_live{pbx=\"a\"} 0"), "{metrics}");
    assert!(!metrics.contains("vigie_calls_live{pbx=\"b\"}"), "{metrics}");
}

#[test]
fn who_has_the_board_already_is_told_so() {
    let site = Site::start();
    site.show(call("a", 1, CallPhase::Dialing));
    let tag = site.get("/api/board").header("etag").unwrap().to_owned();
    assert_eq!(tag, format!("W/\"{}-1\"", site.board.run()));
    let ask = |tag: &str| {
        site.ask(&format!(
            "GET /api/board HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nIf-None-Match: {tag}\r\n\r\n"
        ))
    };
    let reply = ask(&tag);
    assert_eq!((reply.status, reply.body.len()), (304, 0));
    site.show(call("a", 2, CallPhase::Dialing));
    assert_eq!(ask(&tag).status, 200);
}

#[test]
fn a_large_board_comes_compressed_to_who_accepts_it_and_whole_to_who_does_not() {
    let site = Site::start();
    for n in 0..400 {
        site.board.put(call("a", n, CallPhase::Talking), actors::board::Urgency::Soon);
    }
    site.board.publish();
    let plain = site.get("/api/board");
    assert!(plain.body.len() > 100_000, "{}", plain.body.len());
    assert_eq!(plain.json()["calls"].as_array().unwrap().len(), 400);
    let packed = site.ask(
        "GET /api/board HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n",
    );
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(packed.body[..2], [0x1f, 0x8b]);
    assert!(packed.body.len() * 4 < plain.body.len());
}

#[test]
fn a_table_is_read_page_by_page_filtered_and_sorted() {
    let site = Site::start();
    for n in 1..=25 {
        let phase = if n % 5 == 0 { CallPhase::Waiting } else { CallPhase::Talking };
        site.show(call(if n > 20 { "b" } else { "a" }, n, phase));
    }
    let reply = site.get("/api/board/calls?page=2&limit=10&sort=-started");
    let calls = reply.json();
    let numbers = |json: &serde_json::Value| -> Vec<String> {
        json.as_array().unwrap().iter().map(|c| c["caller"]["number"].as_str().unwrap().into()).collect()
    };
    assert_eq!(numbers(&calls), ["015", "014", "013", "012", "011", "010", "09", "08", "07", "06"]);
    for (name, value) in
        [("X-Total-Count", "25"), ("X-Page", "2"), ("X-Limit", "10"), ("X-Has-Next", "true"), ("X-Seq", "25")]
    {
        assert_eq!(reply.header(name), Some(value), "{name}");
    }
    let last = site.get("/api/board/calls?page=3&limit=10");
    assert_eq!((last.header("X-Has-Next"), last.json().as_array().unwrap().len()), (Some("false"), 5));
    assert_eq!(site.get("/api/board/calls?page=99999999999").json(), serde_json::json!([]));

    let count = |query: &str| site.get(&format!("/api/board/calls?{query}")).json().as_array().unwrap().len();
    assert_eq!(count(""), 25);
    assert_eq!(count("phase=waiting"), 5);
    assert_eq!(count("phase=waiting&pbx=a"), 4);
    assert_eq!(count("recording=true&pbx=b"), 2);
    assert_eq!(count("recording=false&pbx=b"), 2, "21 and 23: of 25 it is unknown");
    assert_eq!(count("caller_contains=zO%C3%89%202"), 7, "2 and 20 to 25");
    assert_eq!(count("linkedid=1795224504.3"), 1);
    assert_eq!(count("trust=stale"), 0);
    site.board.pbx_trust("a", Trust::Stale);
    site.board.publish();
    assert_eq!(count("trust=stale"), 20);
    for table in Table::ALL {
        assert_eq!(site.get(&format!("/api/board/{}?sort=id", table.name())).status, 200);
    }
}

#[test]
fn a_question_that_is_not_understood_is_refused_by_name() {
    let site = Site::start();
    site.show(call("a", 1, CallPhase::Talking));
    for (query, field, reason) in [
        ("page=0", "page", "expected a whole number from 1"),
        ("page=+1", "page", "expected a whole number from 1"),
        ("limit=0", "limit", "expected a whole number from 1 to 500"),
        ("limit=501", "limit", "expected a whole number from 1 to 500"),
        ("limit=%D9%A1", "limit", "expected a whole number from 1 to 500"),
        ("limit=1&limit=2", "limit", "given twice"),
        ("colour=red", "colour", "unknown parameter"),
        ("sort=started;drop", "sort", "expected one of id, started"),
        ("phase=sleeping", "phase", "unknown variant `sleeping`, expected one of `dialing`"),
        ("recording=yes", "recording", "expected true or false"),
        ("pbx=", "pbx", "expected 1 to 200 bytes"),
        ("pbx=a%0d%0ab", "pbx", "expected 1 to 200 bytes without control characters"),
    ] {
        let reply = site.get(&format!("/api/board/calls?{query}"));
        assert_eq!(reply.told(), "422 bad_value", "{query}");
        let told = reply.json()["details"][field].as_str().unwrap_or_default().to_owned();
        assert!(told.starts_with(reason), "{query}: {told}");
    }
    assert_eq!(site.get("/api/board?x=1").told(), "422 bad_value");
    assert_eq!(site.get("/api/board/people").told(), "404 not_found");
    assert_eq!(site.get("/api/nothing").told(), "404 not_found");
}

#[test]
fn when_the_link_is_stale_every_row_says_so_and_none_vanishes() {
    let site = Site::start();
    for n in 0..50 {
        site.show(call("a", n, CallPhase::Talking));
    }
    let start = std::time::Instant::now();
    site.board.pbx_trust("a", Trust::Stale);
    loop {
        let calls = site.get("/api/board").json()["calls"].as_array().unwrap().clone();
        assert_eq!(calls.len(), 50, "never emptied");
        if calls.iter().all(|call| call["trust"] == "stale") {
            break;
        }
        assert!(start.elapsed().as_secs_f64() < 1.0, "not stale within 1 s");
    }
}

#[test]
fn health_is_the_process_and_ready_is_its_work() {
    let site = Site::start();
    assert_eq!(site.get("/api/health").status, 200);
    let reply = site.get("/api/ready");
    assert_eq!(reply.status, 503);
    assert_eq!(reply.json()["reasons"][0], "no PBX is on the board yet");
    site.show(pbx("b", LinkPhase::Down));
    let reply = site.get("/api/ready");
    assert_eq!(
        (reply.status, &reply.json()["reasons"][0]),
        (503, &"no PBX was reached since the start".into())
    );
    site.show(pbx("a", LinkPhase::Live));
    let reply = site.get("/api/ready");
    assert_eq!((reply.status, &reply.json()["ready"]), (200, &true.into()), "one of two can be served");
    let down = serde_json::json!(["the link to b is down: connection refused"]);
    assert_eq!((&reply.json()["reasons"], &reply.json()["degraded"]), (&serde_json::json!([]), &down));
    assert_eq!(reply.json()["links"][1]["link"], "down");
    site.show(pbx("b", LinkPhase::Live));
    assert_eq!(site.get("/api/ready").json()["degraded"], serde_json::json!([]));
    site.pulse.troubles.lock().push("call/1 holds its thread for 6 s".into());
    let reply = site.get("/api/ready");
    assert_eq!((reply.status, &reply.json()["ready"]), (503, &serde_json::json!(false)));
    assert_eq!(site.get("/api/health").status, 200, "the process lives all the same");
}

#[test]
fn metrics_are_read_by_prometheus() {
    let site = Site::start();
    site.show(pbx("a", LinkPhase::Live));
    for n in 0..3 {
        site.show(call("a", n, CallPhase::Talking));
    }
    site.show(call("a", 9, CallPhase::Ended));
    let reply = site.get("/metrics");
    assert_eq!(reply.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = reply.text();
    for line in [
        "vigie_ami_events_total{pbx=\"a\"} 12",
        "vigie_ami_events_unrouted_total{pbx=\"a\"} 3",
        "vigie_calls_live{pbx=\"a\"} 3",
        "vigie_actor_restarts_total{kind=\"call\"} 2",
        "# TYPE vigie_event_to_publish_seconds histogram",
        "vigie_event_to_publish_seconds_count 5",
        "vigie_event_to_publish_seconds_bucket{le=\"+Inf\"} 5",
        "vigie_board_rows{table=\"calls\"} 4",
        "vigie_ws_clients 0",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} is not in\n{text}");
    }
}

#[test]
fn the_page_is_served_with_its_types_and_tags() {
    let site = Site::with(|_| {}, Limits::default());
    let page = site.get("/");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let tag = page.header("etag").unwrap();
    let again = site.ask(&format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nIf-None-Match: {tag}\r\n\r\n"
    ));
    assert_eq!(again.status, 304);
    let script = site.get("/main.js");
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    for path in [
        "/nothing.js",
        "/../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/..%2fCargo.toml",
        "/.gitignore",
        "//etc/passwd.txt",
    ] {
        assert_eq!(site.get(path).status, 404, "{path}");
    }
    site.show(trunk("t", 0, 0));
}

#[test]
fn where_nothing_is_kept_flows_are_told_to_be_nowhere() {
    let site = Site::start();
    for path in ["/api/ivr-flows", "/api/ivr-flows/x/versions", "/api/dids"] {
        let reply = site.get(path);
        assert_eq!((reply.status, &reply.json()["error"]), (503, &"nothing_kept".into()), "{path}");
    }
    let reply = site.post("/api/dids", r#"{"number": "0100000001"}"#);
    assert_eq!((reply.status, &reply.json()["error"]), (503, &"nothing_kept".into()));
}
