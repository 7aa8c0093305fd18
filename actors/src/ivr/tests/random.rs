//! Any flow, any content and any answers: no panic, and an end.

use proptest::prelude::*;

use super::*;
use crate::ivr::{HttpAnswer, Told};

fn content() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "prompt",
        "options",
        "number",
        "to",
        "queue",
        "text",
        "variable",
        "min",
        "max",
        "tries",
        "terminator",
        "cases",
        "variables",
        "channel",
        "flow",
        "url",
        "save",
        "body",
        "cause",
        "events",
        "timezone",
        "assistant",
    ]);
    let leaf = prop_oneof![
        Just(json!(null)),
        Just(json!(true)),
        any::<i64>().prop_map(|n| json!(n)),
        (0..40_u8).prop_map(|n| json!(n)),
        prop::sample::select(vec![
            "",
            "x",
            "queue",
            "{caller}",
            "{",
            "http://a.example/{digits}",
            "pin",
            "#",
            "busy",
            "f"
        ])
        .prop_map(|text| json!(text)),
        ".{0,20}".prop_map(|text| json!(text)),
    ];
    let row = json!([
        {"key": "1", "portId": "out", "name": "FLOW_A", "variable": "pin", "field": "name", "pointer": "/a",
         "value": "{digits}", "all": [{"of": "caller", "is": "prefix", "value": "+33"}]},
        {"key": "2", "portId": "out-ok", "name": "x", "variable": "x", "field": "x", "value": "",
         "all": [{"of": "time", "from": "09:00", "until": "17:00"}]}
    ]);
    let value = prop_oneof![3 => leaf, 1 => Just(row.clone()), 1 => Just(json!([row[0]])), 1 => Just(json!([row[1]]))];
    prop::collection::btree_map(name.prop_map(str::to_owned), value, 0..8)
        .prop_map(|all| Value::Object(all.into_iter().collect()))
}

fn kinds() -> Vec<&'static str> {
    vec![
        "media",
        "menu",
        "calendar",
        "transfer",
        "voicemail",
        "hangup",
        "say",
        "digits",
        "queue",
        "condition",
        "set",
        "goto",
        "http",
        "lookup",
        "callback",
        "ai",
    ]
}

/// Content that each type can read.
fn sound(kind: &str) -> Value {
    match kind {
        "menu" => json!({"prompt": "m", "options": [{"key": "1", "portId": "out"}], "repeats": 2}),
        "transfer" => json!({"number": "{digits}"}),
        "say" => json!({"text": "{caller}"}),
        "digits" => json!({"variable": "pin", "prompt": "p", "terminator": "*"}),
        "queue" => json!({"queue": "support", "position": 3}),
        "condition" => {
            json!({"cases": [{"portId": "out", "all": [{"of": "digits", "is": "less", "value": "5"}]}]})
        }
        "set" => {
            json!({"variables": [{"name": "x", "value": "{caller}"}], "channel": [{"name": "FLOW_X", "value": "{x}"}]})
        }
        "goto" => json!({"flow": "f"}),
        "http" => json!({"url": "http://a.example/{digits}", "save": [{"pointer": "/a", "variable": "x"}]}),
        "lookup" => json!({"save": [{"field": "name", "variable": "x"}]}),
        _ => json!({"prompt": "p"}),
    }
}

fn ports() -> Vec<&'static str> {
    vec![
        "out",
        "out-ok",
        "out-failed",
        "out-timeout",
        "out-invalid",
        "out-default",
        "out-found",
        "out-unknown",
        "out-answered",
        "out-busy",
        "out-human",
    ]
}

fn replies() -> impl Strategy<Value = Reply> {
    prop_oneof![
        4 => Just(ok()),
        4 => prop::sample::select(vec!['1', '2', '*', '#', '7']).prop_map(key),
        1 => prop::sample::select(vec!["-1", "", "12", "6", "999999999999"]).prop_map(|r| says(r, None)),
        2 => prop::sample::select(vec![
            "ANSWER", "BUSY", "CANCEL", "TIMEOUT", "CONTINUE", "TRUE", "timeout", "writefile", "hangup", "",
        ])
        .prop_map(|data| says("1", Some(data))),
        1 => prop::sample::select(vec![Reply::Dead, Reply::Unknown, Reply::Spoilt, Reply::Usage]),
    ]
}

struct Round(Desk, Arc<Flow>);

impl World for Round {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
    fn sound(&self, prompt: &str) -> Option<Prompt> {
        self.0.sound(prompt)
    }
    fn device(&self, number: &str) -> Result<String, String> {
        self.0.device(number)
    }
    fn message(&self, caller: &Caller) -> Option<Prompt> {
        self.0.message(caller)
    }
    fn conversation(&self, caller: &Caller, assistant: &str) -> Result<Conversation, String> {
        self.0.conversation(caller, assistant)
    }
    fn flow(&self, id: &str) -> Option<Arc<Flow>> {
        (id == "f").then(|| self.1.clone())
    }
}

proptest! {
    #[test]
    fn any_content_is_read_or_named(kind in prop::sample::select(kinds()), content in content()) {
        let drawn = drawing(
            &json!([["s", "start", {}], ["n", kind, content], ["h", "hangup", {}]]),
            &json!([["s", "out", "n"], ["n", "out", "h"]]),
        );
        if let Err(faults) = compile(&drawn) {
            prop_assert!(faults.iter().any(|fault| fault.node.as_deref() == Some("n")));
        }
    }

    #[test]
    fn any_walk_ends(
        kinds in prop::collection::vec(prop::sample::select(kinds()), 1..12),
        lines in prop::collection::vec((0..13_usize, prop::sample::select(ports()), 0..13_usize), 0..60),
        replies in prop::collection::vec(replies(), 1..40),
        tells in prop::collection::vec(any::<bool>(), 1..8),
    ) {
        let mut nodes = vec![json!(["0", "start", {}])];
        nodes.extend(kinds.iter().enumerate().map(|(n, kind)| json!([(n + 1).to_string(), kind, sound(kind)])));
        let count = nodes.len();
        let lines: Vec<Value> = [(0, "out", 1)].iter().chain(&lines)
            .map(|(from, port, to)| json!([(from % count).to_string(), port, (to % count).to_string()]))
            .collect();
        let Ok((flow, _)) = compile(&drawing(&json!(nodes), &json!(lines))) else { return Ok(()) };
        let flow = Arc::new(flow);
        let world = Round(noon(), flow.clone());
        let caller = Caller { number: "0612345678".into(), ..Caller::default() };
        let (mut walk, mut next) = Walk::begin(flow, caller);
        for step in 0.. {
            // 100 nodes, each of which asks for digits ten times ten
            prop_assert!(step < 20_000, "it goes on for ever");
            next = match next {
                Next::Send(_) => walk.answered(&replies[step % replies.len()], &world),
                Next::Ask(ask) => {
                    let good = tells[step % tells.len()];
                    let told = match ask {
                        crate::ivr::Ask::Http(_) if good => {
                            Told::Http(Ok(HttpAnswer { status: 200, body: b"{\"a\": 1}".to_vec() }))
                        }
                        crate::ivr::Ask::Http(_) => Told::Http(Err("no".into())),
                        crate::ivr::Ask::Contact(_) => Told::Contact(Ok(good.then(Default::default))),
                        crate::ivr::Ask::Callback(_) => Told::Callback(Ok(())),
                        crate::ivr::Ask::Speech(..) => Told::Speech(None),
                    };
                    walk.told(told, &world)
                }
                Next::Over(_) => break,
            };
        }
        prop_assert!(walk.visits().len() <= 100);
    }
}
