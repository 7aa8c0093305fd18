//! Flows as the front end draws them, walked with answers as Asterisk gives them.

mod faults;
mod own;
mod random;
mod talking;

use std::cell::Cell;
use std::sync::Arc;

use asterisk::agi::{Prompt, Reply, Success};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Caller, Conversation, Drawing, End, Fault, Flow, Gravity, Next, SENT_ON, Stays, Walk, World, compile,
};

const UUID: &str = "bcb18b3e-e230-49e4-a3c4-d822c6520c7b";

struct Desk {
    now: Cell<Timestamp>,
}

impl World for Desk {
    fn now(&self) -> Timestamp {
        self.now.get()
    }

    fn sound(&self, prompt: &str) -> Option<Prompt> {
        Prompt::new(prompt).ok()
    }

    fn device(&self, number: &str) -> Result<String, String> {
        if number.is_empty() { Err("no number".into()) } else { Ok(format!("Local/{number}@from-phones/n")) }
    }

    fn spellings(&self, number: &str) -> Vec<crate::view::Text> {
        vec![number.into(), number.replacen('0', "+33", 1).into()]
    }

    fn message(&self, caller: &Caller) -> Option<Prompt> {
        Prompt::new(&format!("messages/{}", caller.uniqueid)).ok()
    }

    fn conversation(&self, _: &Caller, assistant: &str) -> Result<Conversation, String> {
        if assistant == "nobody" {
            return Err("there is no assistant nobody".into());
        }
        Ok(Conversation { id: UUID.into(), server: "127.0.0.1:9090".into() })
    }
}

fn at(time: &str) -> Desk {
    Desk { now: Cell::new(time.parse().unwrap()) }
}

fn noon() -> Desk {
    at("2026-11-26T12:00:00Z") // a Thursday
}

/// Nodes by `[id, type, content]`, lines by `[from, port, to]`.
fn drawing(nodes: &Value, lines: &Value) -> Drawing {
    let node = |n: &Value| json!({"id": n[0], "type": n[1], "name": n[0], "x": 1, "y": 2, "content": n[2]});
    let line = |l: &Value| json!({"id": "c", "fromNodeId": l[0], "fromPortId": l[1], "toNodeId": l[2], "toPortId": "in"});
    let all = |rows: &Value, of: &dyn Fn(&Value) -> Value| {
        rows.as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let whole = json!({"id": "f", "name": "F", "nodes": all(nodes, &node), "connections": all(lines, &line)});
    serde_json::from_value(whole).unwrap()
}

fn desk_flow() -> Drawing {
    drawing(
        &json!([
            ["s", "start", {}],
            ["hello", "media", {"prompt": "hello-world"}],
            ["m", "menu", {"prompt": "menu", "options": [{"key": "1", "portId": "out-1", "label": "Sales"}]}],
            ["sales", "transfer", {"number": "1002"}],
            ["vm", "voicemail", {"prompt": "leave"}],
            ["bye", "hangup", {}]
        ]),
        &json!([
            ["s", "out", "hello"],
            ["hello", "out", "m"],
            ["m", "out-1", "sales"],
            ["m", "out-timeout", "vm"],
            ["sales", "out", "bye"]
        ]),
    )
}

fn flow(drawing: &Drawing) -> Arc<Flow> {
    let (flow, faults) = compile(drawing).unwrap();
    assert_eq!(faults, []);
    Arc::new(flow)
}

fn says(result: &str, data: Option<&str>) -> Reply {
    Reply::Done(Success { result: result.into(), data: data.map(Into::into), endpos: None })
}

fn key(key: char) -> Reply {
    says(&u32::from(key).to_string(), None)
}

/// What is sent, line by line, as each answer comes; the end last.
fn walked(flow: &Arc<Flow>, world: &Desk, answers: &[Reply]) -> (Vec<String>, Walk) {
    let caller = Caller {
        uniqueid: "1.1".into(),
        number: "0612345678".into(),
        called: "0170000001".into(),
        ..Caller::default()
    };
    let (mut walk, first) = Walk::begin(flow.clone(), caller);
    let line = |next: &Next| match next {
        Next::Send(command) => String::from_utf8(command.bytes()).unwrap().trim_end().to_owned(),
        Next::Ask(ask) => format!("{ask:?}"),
        Next::Over(end) => format!("{end:?}"),
    };
    let mut said = vec![line(&first)];
    for answer in answers {
        let next = walk.answered(answer, world);
        said.push(line(&next));
    }
    (said, walk)
}

fn ok() -> Reply {
    says("0", None)
}

#[test]
fn a_key_in_the_menu_leads_to_who_talks() {
    let answers =
        [ok(), ok(), ok(), key('1'), ok(), says("1", Some("ANSWER")), says("1", None), says("1", None)];
    let (said, walk) = walked(&flow(&desk_flow()), &noon(), &answers);
    assert_eq!(
        said,
        [
            "ANSWER",
            "STREAM FILE hello-world \"0123456789*#D\"",
            "STREAM FILE menu \"0123456789*#D\"",
            "WAIT FOR DIGIT 5000",
            "EXEC Dial \"Local/1002@from-phones/n,30\"",
            "GET VARIABLE DIALSTATUS",
            "SET VARIABLE VIGIE_DONE \"1\"",
            "HANGUP",
            "Connected",
        ]
    );
    let way: Vec<_> = walk.visits().iter().map(|v| (v.node.as_str(), v.port.as_str())).collect();
    assert_eq!(way, [("s", "out"), ("hello", "out"), ("m", "out-1"), ("sales", "")]);
}

#[test]
fn a_key_during_what_is_played_before_a_menu_answers_it() {
    let (said, _) = walked(&flow(&desk_flow()), &noon(), &[ok(), key('1')]);
    assert_eq!(said.last().unwrap(), "EXEC Dial \"Local/1002@from-phones/n,30\"");
}

#[test]
fn wrong_keys_are_asked_again_twice_and_then_it_is_as_if_none_came() {
    let answers = [ok(), ok(), key('7'), key('8'), key('9')];
    let (said, _) = walked(&flow(&desk_flow()), &noon(), &answers);
    let asked = said.iter().filter(|line| line.starts_with("STREAM FILE menu")).count();
    assert_eq!((asked, said.last().unwrap().as_str()), (3, "STREAM FILE leave \"0123456789*#D\""));
}

#[test]
fn silence_in_the_menu_leads_to_a_message_that_is_recorded() {
    let answers = [ok(), ok(), ok(), ok(), ok()];
    let (said, mut walk) = walked(&flow(&desk_flow()), &noon(), &answers);
    assert_eq!(said.last().unwrap(), "RECORD FILE messages/1.1 wav \"0123456789*#D\" 180000 BEEP s=5");
    assert_eq!(walk.hung_up(), End::Message, "who hangs up after his message has left it");
}

#[test]
fn a_message_is_one_when_something_was_said() {
    let recorded = |result: &str, data: Option<&str>, samples: u64| {
        let (data, endpos) = (data.map(Into::into), Some(samples));
        let told = Reply::Done(Success { result: result.into(), data, endpos });
        let answers = [ok(), ok(), ok(), ok(), ok(), told];
        walked(&flow(&desk_flow()), &noon(), &answers).0.pop().unwrap()
    };
    let mark = "SET VARIABLE VIGIE_DONE \"1\"";
    assert_eq!(recorded("35", Some("dtmf"), 8_000), mark);
    assert_eq!(recorded("-1", Some("hangup"), 8_000), mark);
    assert_eq!(recorded("-1", Some("hangup"), 0), "Abandoned");
    assert!(recorded("35", Some("randomerror"), 0).starts_with("RECORD FILE"), "a key during the beep");
    assert!(recorded("-1", Some("writefile"), 0).starts_with("Failed("));
}

#[test]
fn who_does_not_answer_is_left_by_the_exit_for_failures() {
    for status in ["NOANSWER", "BUSY", "CHANUNAVAIL", "CONGESTION"] {
        let answers = [ok(), key('1'), ok(), says("1", Some(status)), says("1", None)];
        let (said, walk) = walked(&flow(&desk_flow()), &noon(), &answers);
        assert_eq!((said.last().unwrap().as_str(), walk.node().as_str()), ("HANGUP", "bye"), "{status}");
    }
}

#[test]
fn f40_the_node_where_somebody_hangs_up_is_known() {
    for (answers, node) in [
        (vec![ok(), says("-1", None), Reply::Dead], "hello"),
        (vec![ok(), ok(), says("-1", None), says("-1", None)], "m"),
        (vec![ok(), ok(), ok(), Reply::Dead], "m"),
        (vec![ok(), key('1'), says("-1", None), says("1", Some("CANCEL"))], "sales"),
    ] {
        let (said, walk) = walked(&flow(&desk_flow()), &noon(), &answers);
        assert_eq!((said.last().unwrap().as_str(), walk.node().as_str()), ("Abandoned", node));
        assert_eq!(walk.visits().last().unwrap().port, "");
    }
}

#[test]
fn f41_an_answer_that_is_none_fails_and_the_dialplan_goes_on_with_him() {
    for reply in [Reply::Unknown, Reply::Usage, Reply::Spoilt] {
        let (said, _) = walked(&flow(&desk_flow()), &noon(), &[ok(), reply]);
        assert!(said.last().unwrap().starts_with("Failed("), "{said:?}");
        assert!(!said.iter().any(|line| line.contains("VIGIE_DONE")));
    }
}

#[test]
fn opening_hours_go_by_the_zones_clocks_also_across_summer_time_and_midnight() {
    let event = |id: &str, more: Value| {
        let mut event = json!({"id": id, "isRecurring": true, "allDay": false, "days": ["mon", "thu", "sat"],
            "startTime": "09:00", "endTime": "17:00", "startDate": "", "endDate": ""});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let content = json!({"timezone": "Europe/Paris", "events": [
        event("noel", json!({"isRecurring": false, "allDay": true, "startDate": "2026-12-25", "endDate": "2026-12-26T00:00:00Z"})),
        event("day", json!({})),
        event("night", json!({"days": ["sat"], "startTime": "22:00", "endTime": "02:00"})),
    ]});
    let lines = json!([
        ["s", "out", "c"],
        ["c", "noel", "h"],
        ["c", "day", "h"],
        ["c", "night", "h"],
        ["c", "out-default", "h"]
    ]);
    let drawn =
        drawing(&json!([["s", "start", {}], ["c", "calendar", content], ["h", "hangup", {}]]), &lines);
    let flow = flow(&drawn);
    for (instant, port) in [
        ("2026-11-26T07:59:59Z", "out-default"), // 08:59:59 in winter
        ("2026-11-26T08:00:00Z", "day"),
        ("2026-11-26T16:00:00Z", "out-default"), // 17:00 sharp
        ("2026-07-23T07:00:00Z", "day"),         // 09:00 in summer
        ("2026-07-23T15:00:00Z", "out-default"),
        ("2026-11-27T10:00:00Z", "out-default"), // a Friday
        ("2026-12-25T10:00:00Z", "noel"),
        ("2026-12-26T22:59:59Z", "noel"),
        ("2026-11-28T21:00:00Z", "night"), // Saturday 22:00
        ("2026-11-29T00:59:59Z", "night"), // Sunday 01:59:59
        ("2026-11-29T01:00:00Z", "out-default"),
        ("2026-10-25T00:30:00Z", "night"), // 02:30 in summer is 02:30 again in winter: neither is before 02:00
    ] {
        let (_, walk) = walked(&flow, &at(instant), &[ok()]);
        let expected = if instant.starts_with("2026-10-25") { "out-default" } else { port };
        assert_eq!(walk.visits()[1].port, expected, "{instant}");
    }
}

#[test]
fn a_flow_that_goes_round_and_round_ends() {
    let drawn = drawing(
        &json!([["s", "start", {}], ["a", "media", {"prompt": "a"}]]),
        &json!([["s", "out", "a"], ["a", "out", "a"]]),
    );
    let flow = flow(&drawn);
    let (said, _) = walked(&flow, &noon(), &vec![ok(); 102]);
    assert_eq!(&said[said.len() - 3..], ["SET VARIABLE VIGIE_DONE \"1\"", "HANGUP", "TooLong"]);
}

#[test]
fn faults_name_the_node_and_what_was_expected() {
    let faults = |nodes: Value, lines: Value| -> Vec<(Gravity, String, &'static str)> {
        let all: Vec<Fault> = match compile(&drawing(&nodes, &lines)) {
            Ok((_, faults)) | Err(faults) => faults,
        };
        all.into_iter().map(|fault| (fault.gravity, fault.node.unwrap_or_default(), fault.slug)).collect()
    };
    use Gravity::{Broken, Flaw};
    let none = json!([]);
    assert_eq!(faults(json!([]), none.clone()), [(Broken, String::new(), "no_start")]);
    assert_eq!(
        faults(json!([["s", "start", {}], ["t", "start", {}]]), none.clone()),
        [(Broken, "t".into(), "two_starts")]
    );
    assert_eq!(
        faults(json!([["s", "start", {}], ["h", "hangup", {}]]), none.clone()),
        [(Flaw, "s".into(), "missing_exit"), (Flaw, "h".into(), "unreachable")]
    );
    let odd = json!([["s", "start", {}], ["x", "fax", {}]]);
    assert_eq!(faults(odd, json!([["s", "out", "x"]])), [(Broken, "x".into(), "unknown_type")]);
    let two = json!([["s", "start", {}], ["m", "menu", {"options": [{"key": "12", "portId": "p"}]}]]);
    assert_eq!(faults(two, json!([["s", "out", "m"]])), [(Broken, "m".into(), "bad_content")]);
    let away = json!([["s", "start", {}]]);
    assert!(faults(away, json!([["s", "out", "gone"]])).contains(&(Broken, "s".into(), "unknown_node")));
}

#[test]
fn what_the_front_end_stores_is_read_unchanged_and_can_be_walked() {
    let text = include_str!("../../../fixtures/ivr/front-end.json");
    let stored: Value = serde_json::from_str(text).unwrap();
    let drawing: Drawing = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(serde_json::to_value(&drawing).unwrap(), stored);
    let (flow, faults) = compile(&drawing).unwrap();
    assert_eq!(flow.node(flow.start()).id, "start-node");
    assert!(faults.iter().all(|fault| fault.slug == "missing_exit"), "{faults:?}");
}

#[test]
fn a_supervisor_sends_a_caller_to_another_node() {
    let flow = flow(&desk_flow());
    let (_, mut walk) = walked(&flow, &noon(), &[ok(), ok()]); // in the menu's prompt
    assert_eq!(walk.stays(), None);
    let Next::Send(command) = walk.send_on(flow.place_of("vm").unwrap(), &noon()) else {
        panic!("he goes on")
    };
    assert_eq!(String::from_utf8(command.bytes()).unwrap(), "STREAM FILE leave \"0123456789*#D\"\n");
    let way: Vec<_> = walk.visits().iter().map(|visit| (visit.node.as_str(), visit.port.as_str())).collect();
    assert_eq!(way, [("s", "out"), ("hello", "out"), ("m", SENT_ON), ("vm", "")]);
    walk.answered(&ok(), &noon());
    assert_eq!(walk.stays(), Some(Stays::Recording), "his message would be lost");
    let (_, walk) = walked(&flow, &noon(), &[ok(), ok(), ok(), key('1')]);
    assert_eq!(walk.stays(), Some(Stays::Connected), "he talks");
}
