//! The FastAGI port against peers that are no Asterisk: F39 to F41, F43, S13.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use actors::ivr::End;
use serde_json::json;

use crate::support::flows::{OneFlow, Served, serve};

const SOON: Duration = Duration::from_secs(20);

fn flow() -> Arc<OneFlow> {
    OneFlow::of(
        &json!([["s", "start", {}], ["hello", "media", {"prompt": "hello-world"}], ["bye", "hangup", {}]]),
        &json!([["s", "out", "hello"], ["hello", "out", "bye"]]),
    )
}

fn environment(query: &str) -> String {
    format!(
        "agi_network: yes\nagi_network_script: 0170000001{query}\nagi_request: agi://vigie/0170000001{query}\n\
         agi_channel: PJSIP/trunk-00000001\nagi_uniqueid: 1795224837.294\nagi_callerid: 0612345678\n\n"
    )
}

struct Peer(TcpStream);

impl Peer {
    fn at(served: &Served) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", served.port)).expect("the port is open");
        stream.set_read_timeout(Some(SOON)).expect("a timeout");
        Self(stream)
    }

    fn says(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).expect("it is taken");
    }

    /// One command: what came in one piece (F43: with its line end).
    fn told(&mut self) -> String {
        let mut piece = [0; 4_096];
        let n = self.0.read(&mut piece).expect("a command");
        let text = String::from_utf8_lossy(&piece[..n]).into_owned();
        assert_eq!(text.matches('\n').count(), 1, "F43, S11: {text:?}");
        assert!(text.ends_with('\n'), "F43: {text:?}");
        text
    }

    fn is_closed(&mut self) -> bool {
        let mut rest = Vec::new();
        match self.0.read_to_end(&mut rest) {
            Ok(_) => rest.is_empty(),
            Err(problem) => problem.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}

fn until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + SOON;
    while !so() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn count(counter: &AtomicU64) -> u64 {
    counter.load(Relaxed)
}

fn nobody(counter: &AtomicUsize) {
    until("a conversation is left", || counter.load(Relaxed) == 0);
}

#[test]
fn f39_who_says_nothing_or_half_of_it_is_gone_and_others_are_served_meanwhile() {
    let flows = flow();
    let served = serve(&flows, None);
    let mut mute: Vec<Peer> = (0..200).map(|_| Peer::at(&served)).collect();
    for half in mute.iter_mut().take(100) {
        half.says("agi_network: yes\nagi_cha");
    }
    let mut good = Peer::at(&served);
    good.says(&environment(""));
    assert_eq!(good.told(), "ANSWER\n");
    good.says("200 result=0\n");
    assert_eq!(good.told(), "STREAM FILE hello-world \"0123456789*#D\"\n");
    assert!(mute.iter_mut().all(Peer::is_closed), "F39");
    assert_eq!(count(&served.counters.mute), 200);
    good.says("200 result=0 endpos=1120\n");
    assert_eq!(good.told(), "SET VARIABLE VIGIE_DONE \"1\"\n");
    good.says("200 result=1\n");
    assert_eq!(good.told(), "HANGUP\n");
    good.says("200 result=1\n");
    assert!(good.is_closed());
    assert_eq!(flows.ended(0).end, End::HungUp);
    nobody(&served.counters.now);
}

#[test]
fn f40_every_way_to_hang_up_is_abandoned_at_the_node_where_it_was() {
    let flows = flow();
    let served = serve(&flows, None);
    for (n, how) in
        ["HANGUP\n", "511 Command Not Permitted on a dead channel or intercept routine\n", "", "reset"]
            .into_iter()
            .enumerate()
    {
        let mut peer = Peer::at(&served);
        peer.says(&environment(""));
        assert_eq!(peer.told(), "ANSWER\n");
        peer.says("200 result=0\n");
        assert!(peer.told().starts_with("STREAM FILE"));
        match how {
            "reset" => {
                let socket = socket2::SockRef::from(&peer.0);
                socket.set_linger(Some(Duration::ZERO)).expect("linger");
                drop(peer);
            }
            "" => drop(peer),
            line => peer.says(line),
        }
        let ended = flows.ended(n);
        let node = ended.visits.last().map(|visit| visit.node.to_string());
        assert_eq!((ended.end, node.as_deref()), (End::Abandoned, Some("hello")), "{how:?}");
    }
    nobody(&served.counters.now);
}

#[test]
fn f41_what_is_no_answer_ends_the_conversation_and_never_answers_another_command() {
    let flows = flow();
    let served = serve(&flows, None);
    for (n, garbage) in [
        "nonsense\n",
        "510 Invalid or unknown command\n",
        "520-Invalid command syntax.\nUsage\n520 End of proper usage.\n",
    ]
    .into_iter()
    .enumerate()
    {
        let mut peer = Peer::at(&served);
        peer.says(&environment(""));
        assert_eq!(peer.told(), "ANSWER\n");
        peer.says(garbage);
        assert!(peer.is_closed(), "{garbage:?}");
        assert!(matches!(flows.ended(n).end, End::Failed(_)), "{garbage:?}");
    }
    let mut peer = Peer::at(&served);
    peer.says("GET / HTTP/1.1\r\nHost: vigie\r\n\r\n");
    assert!(peer.is_closed());
    assert_eq!(count(&served.counters.mute), 1);
    nobody(&served.counters.now);
}

#[test]
fn s13_without_the_token_no_flow_is_walked() {
    let flows = flow();
    let served = serve(&flows, Some("k3y"));
    for query in ["", "?token=", "?token=k3", "?token=k3yy", "?tokens=k3y"] {
        let mut peer = Peer::at(&served);
        peer.says(&environment(query));
        assert!(peer.is_closed(), "{query}");
    }
    assert_eq!((count(&served.counters.without_token), count(&served.counters.began)), (5, 0));
    let mut peer = Peer::at(&served);
    peer.says(&environment("?flow=x&token=k3y"));
    assert_eq!(peer.told(), "ANSWER\n");
}

#[test]
fn s13_who_is_no_pbx_of_the_settings_is_turned_away() {
    let flows = flow();
    let served = serve(&flows, None);
    // all of 127/8 is this machine, and only 127.0.0.1 is in the settings
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    let from: std::net::SocketAddr = "127.0.0.9:0".parse().expect("an address");
    let to: std::net::SocketAddr = ([127, 0, 0, 1], served.port).into();
    socket.bind(&from.into()).expect("it is ours");
    socket.connect(&to.into()).expect("the port is open");
    let stream: TcpStream = socket.into();
    stream.set_read_timeout(Some(SOON)).expect("a timeout");
    assert!(Peer(stream).is_closed());
    assert_eq!(count(&served.counters.strangers), 1);
}

#[test]
fn a_crash_in_one_conversation_touches_no_other() {
    let flows = flow();
    let served = serve(&flows, None);
    let mut peers: Vec<Peer> = (0..3).map(|_| Peer::at(&served)).collect();
    for peer in &mut peers {
        peer.says(&environment(""));
        assert_eq!(peer.told(), "ANSWER\n");
    }
    let all = || served.root.parts().iter().flat_map(|part| part.workers()).collect::<Vec<_>>();
    let one = all().remove(0);
    assert!(served.root.parts().iter().any(|part| part.kill_one(one.id())));
    let mut closed = 0;
    for peer in &mut peers {
        // who was killed takes nothing any more
        let _ = peer.0.write_all(b"200 result=0\n");
        let mut piece = [0; 64];
        closed += usize::from(!matches!(peer.0.read(&mut piece), Ok(n) if n > 0));
    }
    assert_eq!(closed, 1);
    until("two are left", || served.counters.now.load(Relaxed) == 2);
    assert!(matches!(flows.ended(0).end, End::Failed(_)), "how it ended is told all the same");
}
