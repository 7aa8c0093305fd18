//! `/ws?protocol=operator`: the five events, as such consoles expect them.

use std::collections::BTreeSet;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use actors::board::Urgency;
use actors::keys::Micros;
use actors::view::{CallPhase, LegPhase, LegView, LinkPhase, Reachability, Registration, Table, View};
use serde_json::{Value, json};

use super::site::{Site, call, pbx, trunk};
use super::socket::Socket;

fn leg(uniqueid: &str, channel: &str, phase: LegPhase, cause: Option<u16>) -> LegView {
    LegView {
        uniqueid: uniqueid.into(),
        channel: channel.into(),
        endpoint: channel.split('-').next().unwrap().into(),
        local: false,
        agent: None,
        trunk: false,
        phase,
        phase_since_ms: Micros(0),
        party: Default::default(),
        application: "".into(),
        started_ms: Micros(0),
        answered_ms: None,
        ended_ms: None,
        cause,
        spies_on: None,
        spies_how: None,
        recorded: None,
        muted: false,
        at_least: Default::default(),
    }
}

/// The n-th call with a first leg that does that.
fn with_leg(n: u32, phase: CallPhase, leg_phase: LegPhase, cause: Option<u16>) -> View {
    let View::Call(mut view) = call("a", n, phase) else { unreachable!() };
    let other = leg("1.2", "PJSIP/1001-00000002", LegPhase::Ringing, None);
    view.legs = vec![other, leg(&format!("1795224504.{n}"), "PJSIP/trunk-a-00000001", leg_phase, cause)];
    View::Call(view)
}

fn registered(reachability: Reachability, registration: Registration) -> View {
    let View::Trunk(mut view) = trunk("PJSIP/trunk-a", 0, 1) else { unreachable!() };
    (view.reachability, view.registration) = (reachability, registration);
    View::Trunk(view)
}

/// The next event, totals aside.
fn event(socket: &mut Socket) -> Value {
    loop {
        let told = socket.text();
        if told["event"] != "stats:update" {
            return told;
        }
    }
}

#[test]
fn a_console_is_told_of_the_calls_there_are_and_of_each_change_once() {
    let site = Site::start();
    let View::Pbx(mut row) = pbx("a", LinkPhase::Live) else { unreachable!() };
    row.clock_offset_ms = Some(250);
    site.show(View::Pbx(row));
    site.show(registered(Reachability::Reachable, Registration::Registered));
    site.show(with_leg(1, CallPhase::Waiting, LegPhase::Up, None));
    let mut socket = Socket::open(&site, "?protocol=operator");
    let new = json!({"event": "call:new", "data": {"id": "1795224504.1", "callerId": "01", "destination": "500",
        "startTime": 251, "duration": 0, "channel": "PJSIP/trunk-a-00000001", "state": "Up"}});
    assert_eq!(socket.text(), new);
    let stats =
        json!({"activeCalls": 1, "registeredExtensions": 0, "registeredTrunks": 1, "activeConferences": 0});
    assert_eq!(socket.text(), json!({"event": "stats:update", "data": stats}));

    site.show(with_leg(2, CallPhase::Dialing, LegPhase::Dialing, None));
    let second = event(&mut socket);
    assert_eq!((&second["event"], &second["data"]["state"]), (&json!("call:new"), &json!("Ringing")));
    site.show(with_leg(2, CallPhase::Ringing, LegPhase::Dialing, None)); // nothing that a console shows
    site.show(with_leg(2, CallPhase::Talking, LegPhase::Up, None));
    let data = json!({"id": "1795224504.2", "state": "Up", "channel": "PJSIP/trunk-a-00000001"});
    assert_eq!(event(&mut socket), json!({"event": "call:state-change", "data": data}));
    site.show(with_leg(2, CallPhase::Ended, LegPhase::Ended, Some(17)));
    let data = json!({"id": "1795224504.2", "channel": "PJSIP/trunk-a-00000001", "cause": 17, "causeText": "User busy"});
    assert_eq!(event(&mut socket), json!({"event": "call:hangup", "data": data}));
    site.board.remove(Table::Calls, "a~1~1795224504.2", Urgency::Urgent); // the row goes: told already
    site.show(registered(Reachability::Unreachable, Registration::Unregistered));
    let data = json!({"type": "trunk", "id": "a~PJSIP/trunk-a", "status": "Unreachable"});
    assert_eq!(event(&mut socket), json!({"event": "peer:status", "data": data}));
    // totals follow when they changed, within two seconds
    let told = socket.text();
    assert_eq!((&told["event"], &told["data"]["registeredTrunks"]), (&json!("stats:update"), &json!(0)));
    // a call whose row goes without its end being seen is over as well
    site.board.remove(Table::Calls, "a~1~1795224504.1", Urgency::Urgent);
    site.board.publish();
    let over = event(&mut socket);
    assert_eq!((&over["event"], &over["data"]["id"]), (&json!("call:hangup"), &json!("1795224504.1")));
}

#[test]
fn f50_a_console_that_reads_late_is_told_what_is_and_nothing_twice() {
    let site = Site::start();
    site.show(pbx("a", LinkPhase::Live));
    let mut socket = Socket::open(&site, "?protocol=operator");
    let mut live = BTreeSet::new();
    // far more than history and buffers hold, while nobody reads
    for round in 0..40_u32 {
        for n in 0..100 {
            let id = round * 100 + n;
            site.board.put(with_leg(id, CallPhase::Talking, LegPhase::Up, None), Urgency::Urgent);
        }
        site.board.publish();
        if round >= 20 {
            for n in 0..100 {
                site.board.remove(
                    Table::Calls,
                    &format!("a~1~1795224504.{}", (round - 20) * 100 + n),
                    Urgency::Urgent,
                );
            }
            site.board.publish();
        }
    }
    let end = Instant::now() + Duration::from_secs(20);
    while live.len() != 2_000 || live.contains("1795224504.1999") {
        assert!(Instant::now() < end, "{} calls", live.len());
        let told = socket.text();
        let id = told["data"]["id"].as_str().unwrap_or_default().to_owned();
        match told["event"].as_str().unwrap() {
            "call:new" => assert!(live.insert(id), "told twice: {told}"),
            "call:hangup" => assert!(live.remove(&id), "never told: {told}"),
            _ => {}
        }
    }
    let there: BTreeSet<String> = (2_000..4_000).map(|n| format!("1795224504.{n}")).collect();
    assert_eq!(live, there);
}

#[test]
fn another_protocol_is_refused_by_its_name() {
    let site = Site::start();
    let refused = Socket::on(TcpStream::connect(site.addr).unwrap(), &site, "?protocol=socket.io", "");
    assert_eq!(refused.err(), Some(422));
}
