//! Small flows that the server walks and that the page tries (`tests/browser/unit/walk.test.mjs`): both come by the
//! same nodes, so that what is tried in the editor is what callers meet.

use std::sync::Arc;

use actors::ivr::{Caller, Conversation, Drawing, End, Flow, Gravity, Next, Walk, World, compile};
use asterisk::agi::{Prompt, Reply, Success};
use jiff::Timestamp;
use serde_json::{Value, json};

struct Desk(Timestamp);

impl World for Desk {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn sound(&self, prompt: &str) -> Option<Prompt> {
        Prompt::new(prompt).ok()
    }

    fn device(&self, number: &str) -> Result<String, String> {
        if number.is_empty() { Err("no number".into()) } else { Ok(format!("Local/{number}@from-phones/n")) }
    }

    fn message(&self, _: &Caller) -> Option<Prompt> {
        Prompt::new("messages/1.1").ok()
    }

    fn conversation(&self, _: &Caller, _: &str) -> Result<Conversation, String> {
        let (id, server) = ("bcb18b3e-e230-49e4-a3c4-d822c6520c7b".into(), "127.0.0.1:9090".into());
        Ok(Conversation { id, server })
    }
}

fn shared() -> Value {
    serde_json::from_str(include_str!("../fixtures/ivr/walks.json")).expect("JSON")
}

fn rows(of: &Value) -> &[Value] {
    of.as_array().map_or(&[], Vec::as_slice)
}

fn flow(drawn: &Value) -> Arc<Flow> {
    let node = |n: &Value| json!({"id": n[0], "type": n[1], "name": n[0], "content": n[2]});
    let line = |l: &Value| json!({"fromNodeId": l[0], "fromPortId": l[1], "toNodeId": l[2]});
    let whole = json!({"name": "F", "nodes": rows(&drawn["nodes"]).iter().map(node).collect::<Vec<_>>(),
        "connections": rows(&drawn["lines"]).iter().map(line).collect::<Vec<_>>()});
    let drawing: Drawing = serde_json::from_value(whole).expect("a drawing");
    let (flow, faults) = compile(&drawing).expect("it can be walked");
    assert!(faults.iter().all(|fault| fault.gravity == Gravity::Flaw), "{faults:?}");
    Arc::new(flow)
}

fn done(result: &str, data: Option<&str>, endpos: Option<u64>) -> Reply {
    Reply::Done(Success { result: result.into(), data: data.map(Into::into), endpos })
}

/// What Asterisk answers when a caller does that.
fn reply(line: &str, steps: &mut std::vec::IntoIter<String>, is_gone: &mut bool) -> Reply {
    // what an assistant said of him
    let said = steps.as_slice().first().map(String::as_str);
    match (line.trim_end(), said) {
        ("GET VARIABLE VIGIE_DONE", Some("done")) => {
            steps.next();
            return done("1", Some("1"), None);
        }
        ("GET VARIABLE VIGIE_DONE", _) => return done("0", None, None),
        ("GET VARIABLE VIGIE_NEXT", Some("human")) => {
            steps.next();
            return done("1", Some("queues,500,1"), None);
        }
        ("GET VARIABLE VIGIE_NEXT", Some("nobody")) => {
            steps.next();
            return done("0", None, None);
        }
        (line, Some("hang up")) if line.starts_with("EXEC AudioSocket") => {
            steps.next();
            *is_gone = true;
            return Reply::Dead;
        }
        _ => {}
    }
    let asks = ["STREAM FILE", "WAIT FOR DIGIT", "RECORD FILE", "GET VARIABLE"];
    if *is_gone {
        return done("-1", None, None);
    }
    if !asks.iter().any(|begin| line.starts_with(begin)) {
        return done("0", None, None);
    }
    let step = steps.next().unwrap_or_else(|| "nothing".into());
    match step.as_str() {
        "nothing" => done("0", None, Some(0)),
        "hang up" => {
            *is_gone = true;
            done("-1", None, None)
        }
        "said" => done("-1", Some("hangup"), Some(8_000)),
        key if key.chars().count() == 1 => done(&u32::from(key.as_bytes()[0]).to_string(), None, None),
        status => done("1", Some(status), None),
    }
}

fn word(end: &End) -> &'static str {
    match end {
        End::Abandoned => "abandoned",
        End::Connected => "connected",
        End::HungUp => "hung_up",
        End::Message => "message",
        End::NoMessage => "no_message",
        End::NoExit => "no_exit",
        End::TooLong => "too_long",
        End::Failed(_) => "failed",
    }
}

#[test]
fn what_the_page_tries_is_what_callers_meet() {
    let shared = shared();
    let walks = rows(&shared["walks"]);
    assert!(walks.len() >= 20, "{}", walks.len());
    for told in walks {
        let name = told["name"].as_str().expect("a name");
        let at = told["at"].as_str().unwrap_or("2026-11-26T12:00:00Z");
        let world = Desk(at.parse().expect("an instant"));
        let flow = flow(&shared["flows"][told["flow"].as_str().expect("a flow")]);
        let mut steps =
            rows(&told["steps"]).iter().map(|s| s.as_str().expect("a step").to_owned()).collect::<Vec<_>>();
        let mut steps = std::mem::take(&mut steps).into_iter();
        let mut is_gone = false;
        let (mut walk, mut next) = Walk::begin(flow, Caller::default());
        let end = loop {
            match next {
                Next::Send(command) => {
                    let line = String::from_utf8(command.bytes()).expect("text");
                    next = walk.answered(&reply(&line, &mut steps, &mut is_gone), &world);
                }
                Next::Ask(ask) => panic!("{name}: nobody is asked: {ask:?}"),
                Next::Over(end) => break end,
            }
        };
        assert_eq!(steps.next(), None, "{name}: it ended early");
        assert_eq!(word(&end), told["end"].as_str().expect("an end"), "{name}: {end:?}");
        let way: Vec<Value> =
            walk.visits().iter().map(|v| json!([v.node.as_str(), v.port.as_str()])).collect();
        match told["count"].as_u64() {
            Some(count) => assert_eq!(way.len() as u64, count, "{name}"),
            None => assert_eq!(way, rows(&told["visits"]), "{name}"),
        }
    }
}
