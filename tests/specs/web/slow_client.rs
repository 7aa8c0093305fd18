//! F50: a client that never reads, or never answers.

use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actors::board::{Limits, Urgency};
use socket2::{Domain, SockRef, Socket as RawSocket, Type};

use super::site::{Site, trunk};
use super::socket::{Copy, Ends, Heard, Socket};

/// A connected socket with a receive buffer of 4 KB.
fn narrow(site: &Site) -> TcpStream {
    let socket = RawSocket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&site.addr.into()).unwrap();
    socket.into()
}

/// How long until the socket is reset, without reading it.
fn reset_within(socket: &Socket, limit: Duration) -> Option<Duration> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if SockRef::from(&socket.tcp).take_error().unwrap().is_some() {
            return Some(start.elapsed());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    None
}

fn memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

const CLIENTS: u64 = 100;

#[test]
fn f50_clients_that_never_read_are_shut_while_others_see_every_change() {
    // little history, so that what grows is what the clients cost
    let site = Site::with(|_| {}, Limits { ring_bytes: 1 << 20, ..Limits::default() });
    let ends = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let _ends = Ends(&ends);
        // about 2 MB a second
        threads.spawn(|| {
            let mut n = 0;
            while !ends.load(Ordering::Relaxed) {
                n += 1;
                site.board.put(trunk(&(n % 50).to_string(), n, 4_000), Urgency::Urgent);
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let reader = threads.spawn(|| {
            let (mut socket, mut copy) = (Socket::open(&site, ""), Copy::default());
            let mut frames = 0_u32;
            while !ends.load(Ordering::Relaxed) {
                copy.apply(&socket.text()); // a gap would panic
                frames += 1;
            }
            frames
        });
        std::thread::sleep(Duration::from_millis(500));
        let before = memory_kb();
        let slow: Vec<_> = (0..CLIENTS).map(|_| Socket::on(narrow(&site), &site, "", "").unwrap()).collect();
        let mut most = 0;
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(3) {
            most = most.max(memory_kb().saturating_sub(before));
            std::thread::sleep(Duration::from_millis(50));
        }
        for socket in &slow {
            let left = Duration::from_secs(10).saturating_sub(start.elapsed());
            assert!(reset_within(socket, left).is_some(), "still open 10 s after it connected");
        }
        println!(
            "{CLIENTS} clients that never read: {} KB each, all shut after {:?}",
            most / CLIENTS,
            start.elapsed()
        );
        // what nobody reads would be 6 MB for each of them by now; other specs run in this process, and their memory
        // is in this figure as well
        assert!(most / CLIENTS <= 2_048, "{} KB a client", most / CLIENTS);
        ends.store(true, Ordering::Relaxed);
        site.show(trunk("last", 0, 0));
        assert!(reader.join().unwrap() > 100);
    });
    let metrics = site.get("/metrics").text();
    let count = |name: &str| -> f64 {
        metrics.lines().find_map(|l| l.strip_prefix(name)).unwrap().trim().parse().unwrap()
    };
    assert_eq!(count("vigie_ws_closed_slow_total"), CLIENTS as f64, "{metrics}");
}

#[test]
fn f50_a_client_that_never_reads_a_quiet_board_is_shut_within_10_s() {
    let site = Site::start();
    let socket = Socket::on(narrow(&site), &site, "", "").unwrap();
    let took = reset_within(&socket, Duration::from_secs(10)).expect("still open after 10 s");
    assert!(took > Duration::from_secs(8), "a client has {took:?} to answer its first pings");
}

#[test]
fn a_client_that_stopped_answering_is_shut() {
    let silent = Duration::from_secs(2);
    let site = Site::with(|s| s.ws.silent = silent, Limits::default());
    let mut socket = Socket::open(&site, "");
    socket.text();
    socket.send(0x81, br#"{"type":"ping"}"#);
    socket.text();
    assert!(reset_within(&socket, Duration::from_secs(5)).is_some(), "still open");
}

#[test]
fn a_slow_client_gets_the_latest_of_each_row_when_it_reads_again() {
    let site = Site::start();
    let mut socket = Socket::on(narrow(&site), &site, "", "").unwrap();
    let mut copy = Copy::default();
    copy.apply(&socket.text());
    for n in 1..=1_500 {
        site.show(trunk(&(n % 10).to_string(), n, 1_000));
    }
    let (mut frames, last) = (0, site.board.seq());
    while copy.seq < last {
        copy.apply(&socket.text());
        frames += 1;
    }
    assert!(frames < 1_000, "{frames} frames for 1,500 changes of 10 rows");
    assert_eq!(copy.rows.len(), 10);
    assert!(copy.rows.values().all(|row| row["legs"].as_u64().is_some_and(|legs| legs > 1_490)));
}

#[test]
fn f54_when_the_server_stops_clients_are_told_to_come_back() {
    let mut site = Site::start();
    let mut sockets: Vec<_> = (0..5).map(|_| Socket::open(&site, "")).collect();
    let stuck = Socket::on(narrow(&site), &site, "", "").unwrap();
    let start = Instant::now();
    site.stop();
    let mut retries = Vec::new();
    for socket in &mut sockets {
        loop {
            match socket.hear() {
                Heard::Text(text) if text["type"] == "bye" => {
                    assert_eq!(text["reason"], "restarting");
                    retries.push(text["retry_ms"].as_u64().unwrap());
                }
                Heard::Text(_) => {}
                Heard::Closed(code) => break assert_eq!(code, 1001),
            }
        }
    }
    retries.dedup();
    assert!(retries.len() > 1, "not all at once: {retries:?}");
    drop(site);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    drop(stuck);
}
