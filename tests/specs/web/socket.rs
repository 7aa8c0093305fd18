//! `/ws`: snapshot, changes, resume, and what a client may not do.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actors::board::{Limits, Urgency};
use actors::view::{CallPhase, LinkPhase, Table, Trust};
use serde_json::{Value, json};

use super::site::{Site, call, pbx, trunk};

/// A WebSocket client made of a plain socket, so that a spec sees and sends exactly what it wants.
pub(crate) struct Socket {
    pub(crate) tcp: TcpStream,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    Text(Value),
    Closed(u16),
}

impl Socket {
    pub(crate) fn open(site: &Site, query: &str) -> Self {
        let tcp = TcpStream::connect(site.addr).unwrap();
        Self::on(tcp, site, query, "").unwrap_or_else(|status| panic!("refused with {status}"))
    }

    /// The handshake on that socket; the status when it is refused.
    pub(crate) fn on(tcp: TcpStream, site: &Site, query: &str, headers: &str) -> Result<Self, u16> {
        Self::shake(tcp, &site.addr.to_string(), query, headers)
    }

    /// The same at that address.
    pub(crate) fn at(address: &str, query: &str, headers: &str) -> Result<Self, u16> {
        Self::shake(TcpStream::connect(address).unwrap(), address, query, headers)
    }

    fn shake(mut tcp: TcpStream, address: &str, query: &str, headers: &str) -> Result<Self, u16> {
        tcp.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let request = format!(
            "GET /ws{query} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n",
            address
        );
        tcp.write_all(request.as_bytes()).unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            tcp.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let status = std::str::from_utf8(&head[9..12]).unwrap().parse().unwrap();
        if status == 101 { Ok(Self { tcp }) } else { Err(status) }
    }

    fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut head = [0; 2];
        self.tcp.read_exact(&mut head).ok()?;
        let length = match head[1] {
            126 => {
                let mut long = [0; 2];
                self.tcp.read_exact(&mut long).ok()?;
                u64::from(u16::from_be_bytes(long))
            }
            127 => {
                let mut long = [0; 8];
                self.tcp.read_exact(&mut long).ok()?;
                u64::from_be_bytes(long)
            }
            short => u64::from(short),
        };
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.tcp.read_exact(&mut payload).ok()?;
        Some((head[0], payload))
    }

    /// The next message; pings are answered on the way. 1006 when the connection ends without a close,
    /// or after 20 s without a message.
    pub(crate) fn hear(&mut self) -> Heard {
        let (mut text, start) = (Vec::new(), Instant::now());
        loop {
            if start.elapsed() > Duration::from_secs(20) {
                return Heard::Closed(1006);
            }
            let Some((head, payload)) = self.frame() else { return Heard::Closed(1006) };
            match head & 0x0f {
                8 => {
                    return Heard::Closed(
                        payload.get(..2).map_or(1005, |c| u16::from_be_bytes([c[0], c[1]])),
                    );
                }
                9 => self.send(0x8a, &payload),
                10 => {}
                _ => {
                    text.extend_from_slice(&payload);
                    if head & 0x80 != 0 {
                        return Heard::Text(serde_json::from_slice(&text).unwrap());
                    }
                }
            }
        }
    }

    pub(crate) fn text(&mut self) -> Value {
        match self.hear() {
            Heard::Text(json) => json,
            Heard::Closed(code) => panic!("closed with {code}"),
        }
    }

    /// A text.
    pub(crate) fn say(&mut self, text: &str) {
        self.send(0x81, text.as_bytes());
    }

    /// A masked frame with that first byte. A connection that ended meanwhile is seen when reading.
    pub(crate) fn send(&mut self, head: u8, payload: &[u8]) {
        let mut frame = vec![head];
        match payload.len() {
            short @ 0..=125 => frame.push(0x80 | short as u8),
            long @ 126..=65535 => {
                frame.push(0x80 | 126);
                frame.extend_from_slice(&(long as u16).to_be_bytes());
            }
            huge => {
                frame.push(0x80 | 127);
                frame.extend_from_slice(&(huge as u64).to_be_bytes());
            }
        }
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(payload);
        let _ = self.tcp.write_all(&frame);
    }
}

/// Ends the other threads of a spec, also when it fails.
pub(crate) struct Ends<'a>(pub(super) &'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A browser's copy of the board.
#[derive(Default)]
pub(crate) struct Copy {
    run: String,
    pub(crate) seq: u64,
    pub(crate) rows: BTreeMap<(String, String), Value>,
}

impl Copy {
    pub(crate) fn apply(&mut self, message: &Value) {
        if message["type"] == "snapshot" {
            self.rows.clear();
            self.run = message["run"].as_str().unwrap().into();
            for table in Table::ALL {
                self.set(table.name(), &message[table.name()]);
            }
        } else {
            assert_eq!(message["type"], "changes", "{message}");
            assert_eq!(message["run"], self.run.as_str());
            assert_eq!(message["after"], self.seq, "a gap");
            for (table, rows) in message["set"].as_object().unwrap() {
                self.set(table, rows);
            }
            for (table, ids) in message["gone"].as_object().unwrap() {
                for id in ids.as_array().unwrap() {
                    self.rows.remove(&(table.clone(), id.as_str().unwrap().into()));
                }
            }
        }
        self.seq = message["seq"].as_u64().unwrap();
    }

    fn set(&mut self, table: &str, rows: &Value) {
        for row in rows.as_array().unwrap() {
            self.rows.insert((table.into(), row["id"].as_str().unwrap().into()), row.clone());
        }
    }
}

/// What the board itself says.
fn truth(site: &Site) -> BTreeMap<(String, String), Value> {
    let mut copy = Copy::default();
    for table in Table::ALL {
        for line in site.board.lines(table) {
            copy.set(table.name(), &json!([serde_json::from_str::<Value>(&line.json).unwrap()]));
        }
    }
    copy.rows
}

#[test]
fn a_browser_gets_the_board_and_then_each_change() {
    let site = Site::start();
    site.show(pbx("a", LinkPhase::Live));
    site.show(call("a", 1, CallPhase::Ringing));
    let mut socket = Socket::open(&site, "");
    let snapshot = socket.text();
    assert_eq!(snapshot["type"], "snapshot");
    assert_eq!(snapshot["run"], site.board.run().as_str());
    assert_eq!((&snapshot["seq"], snapshot.as_object().unwrap().len()), (&json!(2), 12));
    assert_eq!(snapshot["calls"][0]["phase"], "ringing");

    site.board.put(call("a", 1, CallPhase::Talking), Urgency::Urgent);
    let changes = socket.text();
    assert_eq!(
        (&changes["type"], &changes["after"], &changes["seq"]),
        (&json!("changes"), &json!(2), &json!(3))
    );
    assert_eq!(changes["set"]["calls"][0]["phase"], "talking");
    assert!(changes["now_ms"].as_i64().unwrap() > 1_700_000_000_000);
    site.board.remove(Table::Calls, "a~1~1795224504.1", Urgency::Urgent);
    assert_eq!(socket.text()["gone"], json!({"calls": ["a~1~1795224504.1"]}));
    site.board.pbx_trust("a", Trust::Stale);
    site.board.put(trunk("t", 1, 0), Urgency::Urgent);
    assert_eq!(socket.text()["set"]["trunks"][0]["trust"], "stale");
}

#[test]
fn who_comes_back_gets_what_it_missed_or_everything() {
    let site = Site::with(|_| {}, Limits { ring_count: 10, ..Limits::default() });
    for n in 1..=5 {
        site.show(trunk("t", n, 0));
    }
    let run = site.board.run().clone();
    let mut socket = Socket::open(&site, &format!("?run={run}&seq=3"));
    let first = socket.text();
    assert_eq!((&first["type"], &first["after"], &first["seq"]), (&json!("changes"), &json!(3), &json!(4)));
    assert_eq!(socket.text()["seq"], 5);

    let mut socket = Socket::open(&site, &format!("?run={run}&seq=5"));
    socket.send(0x81, br#"{"type":"ping"}"#);
    assert_eq!(socket.text()["type"], "pong", "it has everything: nothing is sent but the answer");

    for (query, why) in [
        (format!("?run={run}&seq=6"), "a number that is none of ours"),
        ("?run=another&seq=3".into(), "another run"),
        ("?seq=3".into(), "no run"),
    ] {
        assert_eq!(Socket::open(&site, &query).text()["type"], "snapshot", "{why}");
    }
    for n in 6..=30 {
        site.show(trunk("t", n, 0));
    }
    let mut late = Socket::open(&site, &format!("?run={run}&seq=3"));
    assert_eq!(late.text()["type"], "snapshot", "history no longer reaches");
    let bad = Socket::on(TcpStream::connect(site.addr).unwrap(), &site, "?run=x&seq=abc", "");
    assert_eq!(bad.err(), Some(422));
}

#[test]
fn snapshot_and_changes_have_no_hole_while_calls_come_and_go() {
    let site = Site::start();
    let ends = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let _ends = Ends(&ends);
        threads.spawn(|| {
            let mut n = 0_u32;
            while !ends.load(Ordering::Relaxed) {
                n += 1;
                let id = n.wrapping_mul(2_654_435_761) % 300;
                if n.is_multiple_of(3) {
                    site.board.remove(Table::Calls, &format!("a~1~1795224504.{id}"), Urgency::Urgent);
                } else {
                    let phase = if n.is_multiple_of(2) { CallPhase::Talking } else { CallPhase::Ringing };
                    site.board.put(call("a", id, phase), Urgency::Urgent);
                }
                std::thread::sleep(Duration::from_micros(50));
            }
        });
        let followers: Vec<_> = (0..8_u64)
            .map(|n| {
                let site = &site;
                threads.spawn(move || {
                    std::thread::sleep(Duration::from_millis(30 * n));
                    let (mut socket, mut copy) = (Socket::open(site, ""), Copy::default());
                    for _ in 0..100 {
                        copy.apply(&socket.text());
                    }
                    // a lost connection, and back again where it was
                    let at = format!("?run={}&seq={}", site.board.run(), copy.seq);
                    let mut socket = Socket::open(site, &at);
                    for _ in 0..50 {
                        copy.apply(&socket.text());
                    }
                    (socket, copy)
                })
            })
            .collect();
        let followers: Vec<_> = followers.into_iter().map(|f| f.join().unwrap()).collect();
        ends.store(true, Ordering::Relaxed);
        let end = Instant::now() + Duration::from_secs(5);
        while site.board.dirty() > 0 && Instant::now() < end {
            std::thread::yield_now();
        }
        site.show(trunk("last", 1, 0));
        let (seq, truth) = (site.board.seq(), truth(&site));
        for (mut socket, mut copy) in followers {
            while copy.seq < seq {
                copy.apply(&socket.text());
            }
            assert!(copy.rows == truth, "a follower differs from the board");
        }
    });
}

#[test]
fn a_board_of_many_megabytes_arrives_whole() {
    let site = Site::start();
    for n in 0..2_000 {
        site.board.put(trunk(&n.to_string(), n, 2_000), Urgency::Soon);
    }
    site.board.publish();
    let mut socket = Socket::open(&site, "");
    let mut copy = Copy::default();
    copy.apply(&socket.text());
    assert_eq!(copy.rows.len(), 2_000);
    site.show(trunk("after", 1, 0));
    while copy.seq < site.board.seq() {
        copy.apply(&socket.text());
    }
    assert_eq!(copy.rows, truth(&site));
}

#[test]
fn s46_the_page_of_another_site_opens_no_socket() {
    let site = Site::start();
    let addr = site.addr;
    let from = |origin: &str| {
        let tcp = TcpStream::connect(addr).unwrap();
        Socket::on(tcp, &site, "", &format!("Origin: {origin}\r\n")).err()
    };
    for origin in [
        "http://evil.example".to_owned(),
        "null".into(),
        "file://".into(),
        format!("https://{addr}"),
        format!("ws://{addr}"),
        format!("http://{addr}.evil.example"),
        format!("http://x{addr}"),
        format!("http://localhost:{}", addr.port()),
        "http://127.0.0.1".into(),
        format!("http://{addr}/"),
        format!("http://user@{addr}"),
    ] {
        assert_eq!(from(&origin), Some(403), "{origin}");
    }
    assert_eq!(from(&format!("http://{addr}")), None, "our own page");
    for path in ["/%77s", "/w%73", "/ws?x=1", "//ws"] {
        let reply = site.ask(&format!(
            "GET {path} HTTP/1.1\r\nHost: {addr}\r\nOrigin: http://evil.example\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ));
        assert_eq!(reply.status, 403, "{path}");
    }
}

#[test]
fn what_a_client_sends_is_a_ping_or_an_error() {
    let site = Site::start();
    let mut socket = Socket::open(&site, "");
    assert_eq!(socket.text()["type"], "snapshot");
    socket.send(0x81, br#"{"type":"ping"}"#);
    let pong = socket.text();
    assert_eq!(pong["type"], "pong");
    assert!(pong["now_ms"].is_i64());
    for bad in [&b"hello"[..], br#"{"type":"hangup","channel":"PJSIP/1-1"}"#, b""] {
        socket.send(0x81, bad);
        let error = socket.text();
        assert_eq!(error["type"], "error", "{error}");
        assert_eq!(error["message"], r#"expected {"type":"ping"}"#);
    }
    socket.send(0x82, b"binary");
    assert_eq!(socket.text()["type"], "error");
    socket.send(0x88, &1000_u16.to_be_bytes());
    assert_eq!(socket.hear(), Heard::Closed(1000));
}

#[test]
fn s49_a_client_that_floods_is_closed_with_a_reason() {
    let site = Site::start();
    let mut socket = Socket::open(&site, "");
    socket.text();
    for _ in 0..200 {
        socket.send(0x81, br#"{"type":"ping"}"#);
    }
    let start = Instant::now();
    let mut bye = Value::Null;
    let code = loop {
        match socket.hear() {
            Heard::Text(text) if text["type"] == "bye" => bye = text,
            Heard::Text(text) => assert_eq!(text["type"], "pong"),
            Heard::Closed(code) => break code,
        }
    };
    assert_eq!((code, &bye["reason"]), (1008, &json!("flood")));
    assert!(bye["retry_ms"].as_u64().is_some_and(|ms| (250..2_250).contains(&ms)));
    assert!(start.elapsed() < Duration::from_secs(10));

    let mut socket = Socket::open(&site, "");
    socket.text();
    socket.send(0x81, &[b' '; 70_000]);
    assert_eq!(socket.text()["reason"], "too_large");
    assert_eq!(socket.hear(), Heard::Closed(1009));

    let mut socket = Socket::open(&site, "");
    socket.text();
    socket.tcp.write_all(&[0x81, 0x05, b'h', b'e', b'l', b'l', b'o']).unwrap();
    assert_eq!(socket.text()["reason"], "bad_frame", "a frame without a mask");
    assert_eq!(socket.hear(), Heard::Closed(1002));
}

#[test]
fn there_is_a_last_place_and_it_is_given_back() {
    let site = Site::with(|s| s.ws.clients = 2, Limits::default());
    let mut first = Socket::open(&site, "");
    let _second = Socket::open(&site, "");
    let again = || Socket::on(TcpStream::connect(site.addr).unwrap(), &site, "", "");
    assert_eq!(again().err(), Some(503));
    first.send(0x88, &1000_u16.to_be_bytes());
    while first.hear() != Heard::Closed(1000) {}
    let end = Instant::now() + Duration::from_secs(5);
    while again().is_err() {
        assert!(Instant::now() < end, "the place was not given back");
    }
}

#[test]
fn an_urgent_change_reaches_a_client_within_milliseconds() {
    let site = Site::start();
    let mut socket = Socket::open(&site, "");
    socket.text();
    let mut delays = Vec::new();
    for n in 0..100 {
        let start = Instant::now();
        site.board.put(call("a", n, CallPhase::Ringing), Urgency::Urgent);
        socket.text();
        delays.push(start.elapsed());
    }
    delays.sort();
    println!("put to client: median {:?}, p90 {:?}, worst {:?}", delays[50], delays[90], delays[99]);
    assert!(delays[50] < Duration::from_millis(20), "median {:?} (debug build, shared machine)", delays[50]);
}
