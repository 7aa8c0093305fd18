//! Callers of a real Asterisk talk with an assistant: what they hear, and that they reach a human in the end. Asterisk 16 has no
//! AudioSocket: there the sample dialplan brings them to the queue at once.

use serde_json::json;

use super::{Floor, SOON, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};
use crate::support::board::text;
use crate::support::server::Server;
use crate::support::voices::until;

on_both!(a_caller_is_greeted_presses_a_key_and_reaches_an_agent_also_when_vigie_dies);

const SETTINGS: &str = "[assistant]\nname = \"Accueil\"\ngreeting = \"Hello, this is a test.\"\nlanguage = \"en\"\nfallback = \"queues,500,1\"\n";
/// For a program that speaks six sentences, on a loaded machine.
const SPOKEN: std::time::Duration = std::time::Duration::from_secs(60);

fn a_caller_is_greeted_presses_a_key_and_reaches_an_agent_also_when_vigie_dies(version: Version) {
    let pbx = Asterisk::start(version);
    let mut phones = Phones::at(&pbx);
    phones.phone("1001", json!("ring"));
    // a voice whose tone is known: what is heard is checked, not only that there is something
    let folder = tempfile::tempdir().expect("a folder");
    let voice = crate::support::voices::tone_program(folder.path(), 600.0, 3.0);
    let (ami, port) = (pbx.port("ami").to_string(), pbx.port("voice").to_string());
    let settings = [
        ("AMI_HOST", "127.0.0.1"),
        ("AMI_PORT", ami.as_str()),
        ("AMI_USERNAME", "vigie"),
        ("AMI_SECRET", "vigie"),
        ("AUDIOSOCKET_PORT", &port),
        ("VIGIE_VOICE", voice.to_str().expect("text")),
    ];
    let vigie = Server::start(&settings, &[("vigie.toml", SETTINGS)]);
    let mut floor = Floor::look(pbx, phones, vigie);
    floor.phones.provider(&floor.pbx, "trunk-a", json!("ring"));
    let spoken = std::time::Instant::now() + SPOKEN;
    while !floor.vigie.log().contains("Accueil is ready") {
        assert!(std::time::Instant::now() < spoken, "it never could speak: {}", floor.vigie.log());
        std::thread::sleep(std::time::Duration::from_millis(50));
    }

    floor.phones.dial_in("trunk-a", "0612345678", "0170000003", "customer");
    floor.phones.wait("customer", "up");
    if version == Version::V22 {
        floor.phones.command(json!({"do": "hear", "call": "customer", "hz": 600, "within": 20}));
        floor.phones.command(json!({"do": "dtmf", "call": "customer", "digits": "0"}));
    }
    let id = floor.looks.until("he waits for a human", SOON, |board| {
        let waiting = board.queue("support")["waiting"].as_array()?.first()?;
        (waiting["party"]["number"] == "0612345678").then(|| text(&waiting["call"]))
    });
    if version == Version::V22 {
        let channels = floor.pbx.cli("core show channels concise");
        assert!(
            channels.contains("!queues!500!"),
            "where the settings say, not behind the assistant: {channels}"
        );
    }
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
    if version == Version::V16 {
        return;
    }
    until("it is told how that ended", || floor.vigie.log().contains(": Fallback"));
    assert_eq!(floor.vigie.metric("vigie_audiosocket_connections_total{outcome=\"began\"}"), 1.0);
    until("the connection is closed", || floor.vigie.metric("vigie_audiosocket_connections ") == 0.0);
    assert!(!floor.vigie.log().contains("could not be told"), "{}", floor.vigie.log());

    // F47: it dies in the middle of a word, and he reaches a human all the same
    floor.phones.dial_in("trunk-a", "0612345679", "0170000003", "second");
    floor.phones.command(json!({"do": "hear", "call": "second", "hz": 600, "within": 20}));
    floor.vigie.crash();
    floor.phones.take("1001", "again");
    floor.phones.answer("again");
    floor.phones.wait("again", "up");
    floor.phones.hang_up("again");
    floor.phones.wait("second", "ended");
}
