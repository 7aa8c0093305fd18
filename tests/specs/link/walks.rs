//! Callers in flows and the calls they are on, over real sockets: what breaks in one, and a supervisor's order.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use actors::command::{CallAct, ChannelName, Command, Done, NodeId, Refusal};
use actors::view::{FlowEnd, FlowView};
use serde_json::json;

use crate::support::flows::{OneFlow, Served, serve};
use crate::support::walks::Followed;

const SOON: Duration = Duration::from_secs(20);

struct Peer(TcpStream);

impl Peer {
    /// Asterisk hands that channel over; he is answered, and hears the first node.
    fn walks(served: &Served, uniqueid: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", served.port)).expect("the port is open");
        stream.set_read_timeout(Some(SOON)).expect("a timeout");
        let mut peer = Self(stream);
        peer.says(&format!(
            "agi_network: yes\nagi_network_script: 0170000001\nagi_request: agi://vigie/0170000001\n\
             agi_channel: PJSIP/trunk-1\nagi_uniqueid: {uniqueid}\nagi_callerid: 0612345678\n\n"
        ));
        assert_eq!(peer.told(), "ANSWER\n");
        peer.says("200 result=0\n");
        assert!(peer.told().starts_with("STREAM FILE hello-world "));
        peer
    }

    fn says(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).expect("it is taken");
    }

    fn told(&mut self) -> String {
        let mut piece = [0; 4_096];
        let n = self.0.read(&mut piece).expect("a command");
        String::from_utf8_lossy(&piece[..n]).into_owned()
    }
}

fn flow() -> Arc<OneFlow> {
    let options = json!([{"key": "1", "portId": "out-1"}]);
    OneFlow::of(
        &json!([
            ["s", "start", {}],
            ["hello", "media", {"prompt": "hello-world"}],
            ["m", "menu", {"prompt": "menu", "options": options}],
            ["bye", "hangup", {}]
        ]),
        &json!([
            ["s", "out", "hello"],
            ["hello", "out", "m"],
            ["m", "out-1", "bye"],
            ["m", "out-timeout", "bye"]
        ]),
    )
}

fn followed() -> (Arc<OneFlow>, Served, Followed) {
    let (flows, followed) = (flow(), Followed::start());
    flows.follow(followed.line.clone());
    let served = serve(&flows, None);
    (flows, served, followed)
}

fn node(walk: &FlowView) -> &str {
    walk.visits.last().map_or("", |visit| &visit.node)
}

fn to_node(uniqueid: &str, node: &str) -> Command {
    let channel = format!("PJSIP/trunk-{}", uniqueid.replace('.', ""));
    let node = NodeId::parse(node).expect("an id");
    Command::channel(ChannelName::parse(&channel).expect("a name"), CallAct::ToNode { node })
}

#[test]
fn f39_a_caller_who_is_told_before_his_call_is_on_it_when_it_comes() {
    let (_flows, served, followed) = followed();
    let mut early = Peer::walks(&served, "1795224837.1");
    followed.call("1795224837.1");
    followed.until("1795224837.1", "his flow", |call| call.flows.first().is_some_and(|w| node(w) == "hello"));
    early.says("200 result=0\n");
    assert!(early.told().starts_with("STREAM FILE menu "));
    let call = followed.until("1795224837.1", "the menu", |call| node(&call.flows[0]) == "m");
    assert_eq!(call.flows[0].visits[1].port.as_deref(), Some("out"));
    drop(early);
    let over = |call: &actors::view::CallView| call.flows[0].how == Some(FlowEnd::Abandoned);
    followed.until("1795224837.1", "his end", over);
}

#[test]
fn f42_a_conversation_that_is_killed_breaks_off_on_its_call_and_touches_no_other() {
    let (_flows, served, followed) = followed();
    let (killed, other) = ("1795224837.1", "1795224837.2");
    followed.call(killed);
    followed.call(other);
    let mut goes = Peer::walks(&served, killed);
    followed.until(killed, "his flow", |call| !call.flows.is_empty());
    for worker in served.root.parts().iter().flat_map(|part| part.workers()) {
        assert!(served.root.kill_one(worker.id()), "{}", worker.name());
    }
    let mut stays = Peer::walks(&served, other);
    let call = followed.until(killed, "its end", |call| call.flows[0].how.is_some());
    assert_eq!((call.flows[0].how, node(&call.flows[0])), (Some(FlowEnd::BrokeOff), "hello"));
    let mut rest = Vec::new();
    assert_eq!(
        goes.0.read_to_end(&mut rest).map(|_| rest.len()).unwrap_or(0),
        0,
        "his dialplan goes on with him"
    );
    stays.says("200 result=0\n");
    assert!(stays.told().starts_with("STREAM FILE menu "));
    let at_menu = |walk: &FlowView| walk.how.is_none() && node(walk) == "m";
    followed.until(other, "the menu", |call| call.flows.first().is_some_and(at_menu));
}

#[test]
fn a_caller_is_sent_to_a_node_when_what_runs_is_over_and_a_key_that_was_not_his_answers_nothing() {
    let (_flows, served, followed) = followed();
    let uniqueid = "1795224837.1";
    followed.call(uniqueid);
    let mut caller = Peer::walks(&served, uniqueid);
    followed.until(uniqueid, "his flow", |call| !call.flows.is_empty());
    let refused = followed.command(to_node(uniqueid, "nosuch"));
    assert!(matches!(refused, Err(Refusal::State("no_such_node", _))), "{refused:?}");
    // 68 is D: nobody asked for it any more, and what plays begins again
    caller.says("200 result=68 endpos=100\n");
    assert!(caller.told().starts_with("STREAM FILE hello-world "));
    let done = std::thread::scope(|scope| {
        let asked = scope.spawn(|| followed.command(to_node(uniqueid, "m")));
        loop {
            // until the order is there
            caller.says("200 result=68 endpos=100\n");
            let next = caller.told();
            if next.starts_with("STREAM FILE menu ") {
                return asked.join().expect("it ends");
            }
            assert!(next.starts_with("STREAM FILE hello-world "), "{next}");
        }
    });
    assert_eq!(done, Ok(Done::of("moved")));
    let call = followed.until(uniqueid, "the menu", |call| node(&call.flows[0]) == "m");
    let ports: Vec<_> = call.flows[0].visits.iter().map(|visit| visit.port.as_deref()).collect();
    assert_eq!(ports, [Some("out"), Some("sent_on"), None]);
    caller.says(&format!("200 result={} endpos=100\n", u32::from('1')));
    assert_eq!(caller.told(), "SET VARIABLE VIGIE_DONE \"1\"\n", "his own key counts");
}
