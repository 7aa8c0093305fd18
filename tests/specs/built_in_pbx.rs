//! The built-in PBX over TCP, and the network in front of it: what a client may count on.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use asterisk::ami::{Decoder, Frame, Kind, Limits, Message};
use bytes::BytesMut;
use vigie::pbx::{Running, Settings, start};

use crate::support::chaos::Chaos;
use crate::support::server::vigie;

const SOON: Duration = Duration::from_secs(5);

/// A client that reads what it is sent, message by message.
struct Client {
    socket: TcpStream,
    buffer: BytesMut,
    decoder: Decoder,
}

impl Client {
    fn connect(to: SocketAddr) -> Self {
        let socket = TcpStream::connect(to).expect("a connection");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a time-out");
        Self { socket, buffer: BytesMut::new(), decoder: Decoder::new(Limits::default()) }
    }

    fn logged_in(to: SocketAddr) -> Self {
        let mut client = Self::connect(to);
        let answer = client.ask("Action: Login\r\nUsername: vigie\r\nSecret: vigie\r\n");
        assert_eq!(answer.text("Message").as_deref(), Some("Authentication accepted"));
        client
    }

    fn send(&mut self, action: &str) {
        self.socket.write_all(format!("{action}\r\n").as_bytes()).expect("sent");
    }

    /// The next message, or `None` when the connection ended.
    fn next(&mut self) -> Option<Message> {
        let limit = Instant::now() + SOON;
        loop {
            match self.decoder.next(&mut self.buffer).expect("framing") {
                Some(Frame::Message(message)) => return Some(message),
                Some(Frame::Banner(_)) => continue,
                None => {}
            }
            let mut chunk = [0; 4096];
            match self.socket.read(&mut chunk) {
                Ok(0) => return None,
                Ok(n) => self.buffer.extend_from_slice(&chunk[..n]),
                Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(_) => assert!(Instant::now() < limit, "nothing came for 5 s"),
            }
        }
    }

    fn until(&mut self, mut is: impl FnMut(&Message) -> bool) -> Message {
        let limit = Instant::now() + SOON;
        loop {
            let message = self.next().expect("the connection ended");
            if is(&message) {
                return message;
            }
            assert!(Instant::now() < limit, "it did not come for 5 s");
        }
    }

    fn ask(&mut self, action: &str) -> Message {
        self.send(action);
        self.until(|m| m.kind() == Kind::Response)
    }

    fn ended(&mut self) -> bool {
        let limit = Instant::now() + SOON;
        while Instant::now() < limit {
            if self.next().is_none() {
                return true;
            }
        }
        false
    }
}

fn quiet() -> Running {
    start(Settings::scripted()).expect("a PBX")
}

#[test]
fn a_floor_that_just_started_soon_shows_a_fact_and_lists_its_calls() {
    let pbx = start(Settings::default()).unwrap();
    let mut client = Client::logged_in(pbx.address());
    let asked = Instant::now();
    client.until(|m| matches!(m.event(), "Newchannel" | "Newstate" | "Hangup" | "VarSet" | "BridgeEnter"));
    assert!(asked.elapsed() < Duration::from_secs(20), "after {:?}", asked.elapsed());
    let listed = client.ask("Action: CoreShowChannels\r\nActionID: 7\r\n");
    assert_eq!(listed.text("EventList").as_deref(), Some("start"));
    let complete = client.until(|m| m.event() == "CoreShowChannelsComplete");
    let channels: usize = complete.text("ListItems").unwrap().parse().unwrap();
    assert!(channels > 4, "{channels} channels after two minutes of work");
}

#[test]
fn only_the_right_secret_or_its_digest_opens_the_door() {
    use md5::{Digest as _, Md5};
    let pbx = quiet();
    let mut wrong = Client::connect(pbx.address());
    let refused = wrong.ask("Action: Login\r\nUsername: vigie\r\nSecret: Vigie\r\n");
    assert_eq!(refused.text("Message").as_deref(), Some("Authentication failed"));
    assert!(wrong.ended(), "and the connection is closed");

    let mut early = Client::connect(pbx.address());
    let refused = early.ask("Action: CoreStatus\r\n");
    assert_eq!(refused.text("Message").as_deref(), Some("Permission denied"));

    let challenge = early.ask("Action: Challenge\r\nAuthType: MD5\r\n");
    let number = challenge.text("Challenge").unwrap().into_owned();
    let key: String = Md5::digest(format!("{number}vigie")).iter().map(|b| format!("{b:02x}")).collect();
    let accepted = early.ask(&format!("Action: Login\r\nAuthType: MD5\r\nUsername: vigie\r\nKey: {key}\r\n"));
    assert_eq!(accepted.text("Message").as_deref(), Some("Authentication accepted"));
    assert_eq!(early.next().unwrap().event(), "FullyBooted");
}

#[test]
fn a_hangup_over_ami_is_answered_and_then_seen() {
    let pbx = quiet();
    let channel = pbx
        .with(|hub| {
            let x = &mut hub.life.exchange;
            let from = x.truth.endpoint_named("1001").unwrap();
            let at = x.phone_dials(from, "1002").unwrap();
            x.truth.chan(at).unwrap().name.to_string()
        })
        .unwrap();
    let mut client = Client::logged_in(pbx.address());
    let missing = client.ask("Action: Hangup\r\nChannel: PJSIP/1001-deadbeef\r\n");
    assert_eq!(missing.text("Message").as_deref(), Some("No such channel"));
    let done = client.ask(&format!("Action: Hangup\r\nActionID: h\r\nChannel: {channel}\r\nCause: 21\r\n"));
    assert_eq!(done.text("Message").as_deref(), Some("Channel Hungup"));
    let hangup = client.until(|m| m.event() == "Hangup" && m.text("Channel").as_deref() == Some(&channel));
    assert_eq!(hangup.text("Cause").as_deref(), Some("21"));
}

#[test]
fn a_client_that_does_not_read_is_closed_and_others_go_on() {
    let pbx = quiet();
    let mut deaf = Client::logged_in(pbx.address());
    let mut other = Client::logged_in(pbx.address());
    let limit = Instant::now() + Duration::from_secs(20);
    while pbx.with(|hub| hub.clients()).unwrap() == 2 {
        assert!(Instant::now() < limit, "still connected");
        pbx.with(|hub| {
            for _ in 0..500 {
                let headers = [("Filling".to_owned(), "x".repeat(900))];
                hub.life.exchange.user_event(None, "Noise", &headers);
            }
        })
        .unwrap();
        // This one reads all of it.
        let mut seen = 0;
        other.until(|m| {
            seen += usize::from(m.event() == "UserEvent");
            seen == 500
        });
    }
    assert_eq!(other.ask("Action: Ping\r\n").text("Ping").as_deref(), Some("Pong"));
    assert!(deaf.ended());
}

#[test]
fn f17_a_restart_in_order_ends_every_call_and_begins_a_new_epoch() {
    let pbx = quiet();
    pbx.with(|hub| {
        let x = &mut hub.life.exchange;
        let from = x.truth.endpoint_named("1001").unwrap();
        x.phone_dials(from, "1002").unwrap();
    })
    .unwrap();
    let started = |m: Message| {
        (m.text("CoreStartupDate").unwrap().into_owned(), m.text("CoreStartupTime").unwrap().into_owned())
    };
    let mut before = Client::logged_in(pbx.address());
    let first = started(before.ask("Action: CoreStatus\r\n"));
    pbx.with(|hub| hub.restart(true, true)).unwrap();
    let mut hangups = 0;
    before.until(|m| {
        hangups += usize::from(m.event() == "Hangup");
        m.event() == "Shutdown"
    });
    assert_eq!(hangups, 2);
    assert!(before.ended());
    let mut after = Client::logged_in(pbx.address());
    assert_ne!(started(after.ask("Action: CoreStatus\r\n")), first);
    after.send("Action: CoreShowChannels\r\n");
    let complete = after.until(|m| m.event() == "CoreShowChannelsComplete");
    assert_eq!(complete.text("ListItems").as_deref(), Some("0"));
}

#[test]
fn f21_f22_answers_are_spoilt_as_asked() {
    let pbx = quiet();
    pbx.with(|hub| {
        let x = &mut hub.life.exchange;
        for (from, to) in [("1001", "1002"), ("1003", "1004")] {
            let from = x.truth.endpoint_named(from).unwrap();
            x.phone_dials(from, to).unwrap();
        }
        for fault in
            ["never-answer:BridgeList", "twice:Ping", "wrong-id:CoreStatus", "cut-list:CoreShowChannels:3"]
        {
            hub.faults.add(fault.parse().unwrap());
        }
    })
    .unwrap();
    let mut client = Client::logged_in(pbx.address());
    client.send("Action: BridgeList\r\nActionID: never\r\n");
    let other = client.ask("Action: CoreStatus\r\nActionID: mine\r\n");
    assert_eq!(other.text("ActionID").as_deref(), Some("mine-other"));
    client.send("Action: CoreShowChannels\r\nActionID: cut\r\n");
    client.send("Action: Ping\r\nActionID: p\r\n");
    let mut items = 0;
    client.until(|m| {
        assert_ne!(m.event(), "CoreShowChannelsComplete");
        items += usize::from(m.event() == "CoreShowChannel");
        m.text("ActionID").as_deref() == Some("p")
    });
    assert_eq!(items, 3);
    assert_eq!(client.next().unwrap().text("ActionID").as_deref(), Some("p"), "twice");
}

mod behind_a_bad_network {
    use super::*;

    fn behind() -> (Running, Chaos) {
        let pbx = quiet();
        let chaos = Chaos::before(pbx.address());
        (pbx, chaos)
    }

    #[test]
    fn f04_one_byte_at_a_time_is_the_same_conversation() {
        let (_pbx, chaos) = behind();
        chaos.set(|w| (w.slice, w.record) = (Some(1), true));
        let mut client = Client::logged_in(chaos.address());
        client.send("Action: QueueStatus\r\nActionID: q\r\n");
        client.until(|m| m.event() == "QueueStatusComplete");
        let text = String::from_utf8(chaos.recorded()).unwrap();
        assert!(text.starts_with("Asterisk Call Manager/11.0.0\r\n") && text.contains("QueueStatusComplete"));
    }

    #[test]
    fn f01_closed_and_reset_connections_end_at_once_and_new_ones_work() {
        let (_pbx, chaos) = behind();
        for end in [Chaos::close_all, Chaos::reset_all] {
            let mut client = Client::logged_in(chaos.address());
            end(&chaos);
            let asked = Instant::now();
            assert!(client.ended() && asked.elapsed() < Duration::from_secs(10));
        }
        chaos.set(|w| w.refuse = true);
        assert!(Client::connect(chaos.address()).ended());
        chaos.set(|w| w.refuse = false);
        Client::logged_in(chaos.address());
        assert_eq!(chaos.accepted(), 4);
    }

    #[test]
    fn f03_half_open_says_nothing_and_goes_on_afterwards() {
        let (_pbx, chaos) = behind();
        let mut client = Client::logged_in(chaos.address());
        assert_eq!(client.next().unwrap().event(), "FullyBooted");
        chaos.set(|w| w.half_open = true);
        client.send("Action: Ping\r\nActionID: late\r\n");
        client.socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        assert!(client.socket.read(&mut [0; 64]).is_err(), "nothing may come");
        assert_eq!(chaos.open(), 1);
        chaos.set(|w| w.half_open = false);
        assert_eq!(client.until(|m| m.kind() == Kind::Response).text("Ping").as_deref(), Some("Pong"));
    }

    #[test]
    fn f02_a_cut_at_byte_n_passes_exactly_n_bytes() {
        let (_pbx, chaos) = behind();
        chaos.set(|w| w.cut_after = Some(11));
        let mut socket = TcpStream::connect(chaos.address()).unwrap();
        socket.set_read_timeout(Some(SOON)).unwrap();
        let mut all = Vec::new();
        // It may end in FIN or, with bytes of ours unread, in RST.
        let _ = socket.read_to_end(&mut all);
        assert_eq!(all, b"Asterisk Ca");
    }

    #[test]
    fn latency_delays_and_a_throttle_slows() {
        let (_pbx, chaos) = behind();
        let mut client = Client::logged_in(chaos.address());
        let ping = |client: &mut Client| {
            let asked = Instant::now();
            client.ask("Action: Ping\r\n");
            asked.elapsed()
        };
        chaos.set(|w| w.latency = Duration::from_millis(200));
        assert!(ping(&mut client) >= Duration::from_millis(200));
        chaos.set(|w| (w.latency, w.throttle) = (Duration::ZERO, Some(20_000)));
        let asked = Instant::now();
        client.send("Action: QueueStatus\r\nActionID: q\r\n");
        client.until(|m| m.event() == "QueueStatusComplete");
        assert!(asked.elapsed() >= Duration::from_millis(300), "{:?}", asked.elapsed());
    }
}

#[test]
fn a_rendered_stream_is_a_healthy_asterisk_s_to_vigie_replay() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("floor.ami");
    let rendered = vigie()
        .args(["pbx", "--live-calls", "60", "--events", "20000", "--seed", "9", "--render"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(rendered.status.success(), "{rendered:?}");
    let replayed = vigie().args(["replay", "--json"]).arg(&file).output().unwrap();
    assert!(replayed.status.success(), "{replayed:?}");
    let seen: serde_json::Value = serde_json::from_slice(&replayed.stdout).unwrap();
    assert_eq!(seen["violations"], serde_json::json!([]));
    assert_eq!(seen["unknown_events"], serde_json::json!({}));
    let live = seen["board"]["calls"].as_array().unwrap().len();
    assert!((50..=70).contains(&live), "{live} calls live at the end");
    let directions: std::collections::BTreeSet<&str> =
        seen["history"].as_array().unwrap().iter().filter_map(|c| c["direction"].as_str()).collect();
    assert_eq!(directions.into_iter().collect::<Vec<_>>(), ["inbound", "internal", "outbound"]);
}

/// Asterisk writes a list as fast as its client reads, however long it is: it closes only who reads nothing.
#[test]
fn a_list_of_many_megabytes_reaches_who_reads_it() {
    let mut settings = Settings { warm_up_s: 0, ..Settings::default() };
    settings.size.agents = 14_000;
    settings.size.queues = 40;
    let pbx = start(settings).expect("the built-in PBX starts");
    let mut client = Client::logged_in(pbx.address());
    client.send("Action: QueueStatus\r\nActionID: 1\r\n");
    let mut bytes = 0;
    loop {
        let message = client.next().expect("the list goes on to its end");
        bytes += message.bytes().len();
        if message.event() == "QueueStatusComplete" {
            break;
        }
    }
    assert!(bytes > 4 << 20, "more than may wait of events: {bytes} bytes");
}
