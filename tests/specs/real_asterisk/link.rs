//! The link: a PBX that dies and comes back, one that restarts in order, and AMI over TLS.

use super::{Floor, SOON, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};
use crate::support::server::Server;

on_both!(
    f17_asterisk_killed_in_mid_call_is_stale_at_once_and_exact_again,
    f19_a_reload_costs_no_call,
    s07_ami_over_tls_is_followed_and_a_strange_certificate_is_not,
);

fn f17_asterisk_killed_in_mid_call_is_stale_at_once_and_exact_again(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002"]);
    let id = floor.two_talk();
    let boot = floor.looks.now().pbx()["epoch"].clone();
    floor.pbx.kill();
    floor.looks.until("a stale board that still shows the call", SOON, |board| {
        let call = board.last("calls", &id)?;
        (board.pbx()["link"] != "live" && call["trust"] == "stale" && call["phase"] == "talking")
            .then_some(())
    });
    let (status, answer) =
        floor.vigie.post("/api/calls/hangup", &serde_json::json!({"channel": floor.channel_of("1001")}));
    assert_eq!(status, 503, "nothing can be done without a link: {answer}");

    floor.pbx.start_again();
    floor.looks.until("a live link to another boot, without the old call", SOON, |board| {
        let pbx = board.pbx();
        (pbx["link"] == "live" && pbx["epoch"] != boot && board.calls().count() == 0).then_some(())
    });
    let alice = floor.endpoint("1001");
    floor.looks.until("agents and queues of the new boot, live", SOON, |board| {
        (board.agent(&alice)["trust"] == "live" && board.queue("support")["trust"] == "live").then_some(())
    });
    floor.phones = Phones::at(&floor.pbx);
    for phone in ["1001", "1002"] {
        floor.phones.phone(phone, serde_json::json!("ring"));
    }
    floor.two_talk();
    floor.channels_agree();
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}

fn f19_a_reload_costs_no_call(version: Version) {
    let mut floor = Floor::open(version, &["1001", "1002"]);
    let id = floor.two_talk();
    for command in ["core reload", "queue reload all", "manager reload"] {
        floor.pbx.cli(command);
    }
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
    let board = floor.looks.now();
    assert!(
        board.last("calls", &id).is_some_and(|call| call["answered_ms"].is_i64()),
        "the call was there until it was hung up"
    );
    let members = board.queue("support")["members"].as_array().map_or(0, Vec::len);
    assert_eq!(members, 3, "members are merged, not doubled");
}

fn s07_ami_over_tls_is_followed_and_a_strange_certificate_is_not(version: Version) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into(), "127.0.0.1".into()])
        .expect("a certificate");
    let pem = folder.path().join("ami.pem");
    std::fs::write(&pem, format!("{}{}", made.signing_key.serialize_pem(), made.cert.pem())).expect("a file");
    let pbx = Asterisk::start_with(version, Some(pem));
    let settings = |authority: &str| {
        let port = pbx.port("tls");
        format!(
            "[[pbx]]\nname = \"main\"\nhost = \"127.0.0.1\"\nport = {port}\nusername = \"vigie\"\nsecret = \"vigie\"\ntls = true\ntls_ca = \"{authority}\"\n"
        )
    };
    let other = rcgen::generate_simple_self_signed(vec!["localhost".into(), "127.0.0.1".into()])
        .expect("a certificate");

    let wary =
        Server::start(&[], &[("vigie.toml", &settings("other.pem")), ("other.pem", &other.cert.pem())]);
    let looks = crate::support::board::Follower::follow(&wary.address);
    looks.until("a link that does not trust that certificate", SOON, |board| {
        let pbx = board.pbx();
        (pbx["link"] != "live"
            && pbx["problem"].as_str().is_some_and(|words| words.to_lowercase().contains("certificate")))
        .then_some(())
    });
    drop(wary);

    let vigie = Server::start(&[], &[("vigie.toml", &settings("ours.pem")), ("ours.pem", &made.cert.pem())]);
    let phones = Phones::at(&pbx);
    let mut floor = Floor::look(pbx, phones, vigie);
    for phone in ["1001", "1002"] {
        floor.phones.phone(phone, serde_json::json!("ring"));
    }
    floor.two_talk();
    assert_eq!(floor.looks.now().pbx()["plain_text"], false);
    floor.phones.hang_up("caller");
    floor.all_is_quiet();
}
