//! F28, F55: an order under an `Idempotency-Key` is done once, though Vigie is killed meanwhile.

use serde_json::{Value, json};

use super::{Floor, SOON, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};
use crate::support::server::{Server, keyed};

on_both!(f28_f55_a_kill_of_vigie_makes_nobodys_call_twice,);

const ORIGINATE: &str = "/api/calls/originate";

fn vigie(pbx: &Asterisk, data: &tempfile::TempDir) -> Server {
    let (port, data) = (pbx.port("ami").to_string(), data.path().display().to_string());
    let settings = [
        ("AMI_HOST", "127.0.0.1"),
        ("AMI_PORT", port.as_str()),
        ("AMI_USERNAME", "vigie"),
        ("AMI_SECRET", "vigie"),
        ("VIGIE_DATA", data.as_str()),
    ];
    Server::start(
        &settings,
        &[("vigie.toml", "[[pbx]]\nname = \"lab\"\ntransfer_context = \"from-phones\"\n")],
    )
}

fn killed_and_started(mut floor: Floor, data: &tempfile::TempDir) -> Floor {
    floor.vigie.crash();
    let Floor { looks, vigie: first, phones, pbx } = floor;
    drop((looks, first));
    let again = vigie(&pbx, data);
    Floor::look(pbx, phones, again)
}

/// How many calls Asterisk was ever asked for: a second ringing of a phone counts.
fn calls_ever(pbx: &Asterisk) -> String {
    let said = pbx.cli("core show calls");
    said.lines().find(|line| line.contains("processed")).unwrap_or_else(|| panic!("{said}")).to_owned()
}

fn f28_f55_a_kill_of_vigie_makes_nobodys_call_twice(version: Version) {
    let data = tempfile::tempdir().expect("a temporary folder");
    let pbx = Asterisk::start(version);
    let mut phones = Phones::at(&pbx);
    phones.phone("1001", json!("ring"));
    phones.phone("1002", json!("ring"));
    let first = vigie(&pbx, &data);
    let floor = Floor::look(pbx, phones, first);
    let body = json!({"agent": floor.endpoint("1001"), "destination": "1002"});

    // killed while the agent's phone rings: nobody was answered
    let (address, asked) = (floor.vigie.address.clone(), body.clone());
    let asks = std::thread::spawn(move || keyed(&address, ORIGINATE, &asked, "under-way"));
    let mut floor = floor;
    floor.phones.take("1001", "rung");
    let ever = calls_ever(&floor.pbx);
    let mut floor = killed_and_started(floor, &data);
    assert_eq!(asks.join().expect("who asked"), None, "his connection broke");
    let (status, answer) = again(&floor, &body, "under-way");
    assert_eq!((status, &answer["error"]), (503, &json!("interrupted")), "{answer}");
    floor.phones.answer("rung");
    floor.phones.take("1002", "other");
    floor.phones.hang_up("rung");
    floor.all_is_quiet();

    // killed after the answer: it is given again
    floor.phones.set("1001", "auto", json!(["answer", 0]));
    let (status, done) = again(&floor, &body, "done");
    assert_eq!((status, &done["outcome"]), (200, &json!("dialing")), "{done}");
    floor.phones.take("1002", "rung again");
    floor.looks.until("the call", SOON, |board| board.calls().next().map(|_| ()));
    let floor = killed_and_started(floor, &data);
    assert_ne!(calls_ever(&floor.pbx), ever, "the count counts");
    let ever = calls_ever(&floor.pbx);
    assert_eq!(again(&floor, &body, "done"), (200, done));
    let other = json!({"agent": body["agent"], "destination": "1003"});
    assert_eq!(again(&floor, &other, "done").1["error"], "key_used");
    assert_eq!(calls_ever(&floor.pbx), ever);
}

fn again(floor: &Floor, body: &Value, key: &str) -> (u16, Value) {
    keyed(&floor.vigie.address, ORIGINATE, body, key).expect("an answer")
}
