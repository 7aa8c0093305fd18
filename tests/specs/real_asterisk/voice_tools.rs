//! What an assistant's model wants done for a caller of a real Asterisk: noted in a ticket, refused, and connected where it
//! may connect him. The model is a server that answers as it was told to.

use serde_json::{Value, json};

use super::{Floor, SOON};
use crate::support::ai_server::{AiServer, Answers};
use crate::support::asterisk::{Asterisk, Phones, Version};
use crate::support::board::text;
use crate::support::postgres::Postgres;
use crate::support::server::Server;
use crate::support::voices::{tone_program, until};

const SETTINGS: &str = r#"
[assistant]
name = "Accueil"
language = "en"
fallback = "queues,501,1"
prompt = "Mend what is broken."
tools = ["look_up_caller", "open_ticket", "transfer"]
places = { support = "queues,500,1" }
tags = ["FIBRE_SYNCHRO", "WIFI_FAIBLE"]
anger_words = ["bloody"]
"#;
/// For a program that speaks six sentences, on a loaded machine.
const SPOKEN: std::time::Duration = std::time::Duration::from_secs(60);

/// An answer that says that, and wants those tools.
fn answer(says: &str, tools: &[(&str, Value)]) -> Answers {
    let chunk = |delta: Value, reason: Value| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": reason});
        format!("data: {}\n\n", json!({"object": "chat.completion.chunk", "choices": [choice]}))
    };
    let mut stream = chunk(json!({"role": "assistant", "content": says}), Value::Null);
    for (index, (name, arguments)) in tools.iter().enumerate() {
        let function = json!({"name": name, "arguments": arguments.to_string()});
        let call =
            json!({"index": index, "id": format!("c{index}"), "type": "function", "function": function});
        stream.push_str(&chunk(json!({"tool_calls": [call]}), Value::Null));
    }
    stream.push_str(&chunk(json!({}), json!(if tools.is_empty() { "stop" } else { "tool_calls" })));
    stream.push_str("data: [DONE]\n\n");
    Answers::Whole("text/event-stream", stream.into_bytes(), 64)
}

/// What the model was told with that request, as one text for each role.
fn told(server: &AiServer, request: usize, role: &str) -> Vec<String> {
    let body: Value = serde_json::from_slice(&server.asked()[request].body).expect("JSON");
    let messages = body["messages"].as_array().expect("messages").clone();
    messages.iter().filter(|one| one["role"] == role).map(|one| text(&one["content"])).collect()
}

#[test]
#[ignore = "needs a real Asterisk: ./test runs it"]
fn s17_what_a_model_wants_is_done_only_as_far_as_it_may_and_a_ticket_says_what_it_came_to() {
    let summary = r#"{"summary": "His bloody box blinks red.", "tag": "WIFI_FAIBLE", "severity": "medium", "sentiment": "negative"}"#;
    let ticket = json!({"fault": "The box\nblinks red.", "tag": "FIBRE_SYNCHRO", "severity": "high"});
    let model = AiServer::start([
        answer("I note it.", &[("open_ticket", ticket)]),
        answer(
            "",
            &[
                ("transfer", json!({"to": "0899123456", "summary": "x"})),
                ("look_up_caller", json!({"number": "0611111111"})),
                ("pay", json!({"amount": 1_000})),
            ],
        ),
        answer("I connect you.", &[("transfer", json!({"to": "support", "summary": "The box blinks red."}))]),
        answer(summary, &[]),
    ]);
    let (database, data) = (Postgres::new(), tempfile::tempdir().expect("a folder"));
    database.start();
    let pbx = Asterisk::start(Version::V22);
    let mut phones = Phones::at(&pbx);
    phones.phone("1001", json!("ring"));
    let voice = tone_program(data.path(), 600.0, 0.5);
    let (ami, port) = (pbx.port("ami").to_string(), pbx.port("voice").to_string());
    let (url, address) = (database.url(), format!("http://127.0.0.1:{}", model.port));
    let settings = [
        ("AMI_HOST", "127.0.0.1"),
        ("AMI_PORT", ami.as_str()),
        ("AMI_USERNAME", "vigie"),
        ("AMI_SECRET", "vigie"),
        ("AUDIOSOCKET_PORT", &port),
        ("VIGIE_VOICE", voice.to_str().expect("text")),
        ("DATABASE_URL", &url),
        ("VIGIE_DATA", data.path().to_str().expect("text")),
        ("OPENAI_BASE_URL", &address),
        ("OPENAI_API_KEY", "a-key"),
    ];
    let vigie = Server::start(&settings, &[("vigie.toml", SETTINGS)]);
    let mut floor = Floor::look(pbx, phones, vigie);
    floor.phones.provider(&floor.pbx, "trunk-a", json!("ring"));
    let contact = json!({"number": "0612345678", "name": "Marie Martin", "data": {"box": "v6"}});
    until("there is a database", || floor.vigie.post("/api/flow-contacts", &contact).0 == 200);
    let spoken = std::time::Instant::now() + SPOKEN;
    while !floor.vigie.log().contains("Accueil is ready") {
        assert!(std::time::Instant::now() < spoken, "it never could speak: {}", floor.vigie.log());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }

    floor.phones.dial_in("trunk-a", "0612345678", "0170000003", "customer");
    floor.phones.wait("customer", "up");
    floor.phones.command(json!({"do": "hear", "call": "customer", "hz": 600, "within": 20}));
    floor.phones.command(json!({"do": "dtmf", "call": "customer", "digits": "1"}));
    let id = floor.looks.until("he waits where the model may connect him", SOON, |board| {
        let waiting = board.queue("support")["waiting"].as_array()?.first()?;
        (waiting["party"]["number"] == "0612345678").then(|| text(&waiting["call"]))
    });
    floor.phones.take("1001", "agent");
    floor.phones.answer("agent");
    let alice = floor.endpoint("1001");
    floor.looks.until("Alice talks to him", SOON, |board| {
        let row = board.agent(&alice);
        (row["activity"] == "on_call" && row["call"] == json!(id)).then_some(())
    });
    floor.phones.hang_up("agent");
    floor.phones.wait("customer", "ended");
    floor.all_is_quiet();

    let end = std::time::Instant::now() + SOON;
    while model.asked().len() < 4 {
        let asked: Vec<_> =
            model.asked().iter().map(|one| String::from_utf8_lossy(&one.body).into_owned()).collect();
        assert!(std::time::Instant::now() < end, "it was asked {asked:#?}: {}", floor.vigie.log());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let system = told(&model, 0, "system").concat();
    assert!(system.starts_with("Mend what is broken."), "{system}");
    assert!(system.contains("name: Marie Martin") && system.contains("box: v6"), "{system}");
    assert_eq!(told(&model, 1, "tool"), ["Ticket 1 is open."]);
    let refused = told(&model, 2, "tool");
    assert_eq!(refused[1], "There is no \"0899123456\": he can be connected to support.");
    assert!(refused[2].contains("Marie Martin"), "of the number that he calls from: {refused:?}");
    assert_eq!(refused[3], "There is no such tool.");

    let row = "select number, fault, summary, tag, severity, sentiment, state from vigie.tickets";
    let expected =
        "+33612345678|The box blinks red.|His ****** box blinks red.|FIBRE_SYNCHRO|high|negative|transferred";
    until("the ticket says what it came to", || database.run(row) == expected);
    assert_eq!(database.run("select count(*) from vigie.tickets"), "1");
}
