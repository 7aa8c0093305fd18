//! Trunks: registered or not, reachable or not, and how many calls they carry.

use std::time::Duration;

use serde_json::json;

use super::{Floor, SOON, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};

on_both!(
    a_provider_that_refuses_is_seen,
    a_provider_that_falls_silent_is_unreachable,
    an_outbound_call_counts_on_its_trunk
);

/// Asterisk asks every 2 s, waits 1 s, and chan_sip sleeps 10 s after a failure.
const QUALIFIED: Duration = Duration::from_secs(25);

/// A floor whose provider A is there before Vigie looks, with registrations that last 4 s.
fn with_provider(version: Version) -> Floor {
    let pbx = Asterisk::start(version);
    let mut phones = Phones::at(&pbx);
    phones.provider(&pbx, "trunk-a", json!(["answer", 0]));
    phones.set("trunk-a", "expires", json!(4));
    phones.phone("1001", json!("ring"));
    Floor::attach(pbx, phones)
}

/// Makes Asterisk register again now; chan_sip does so by itself.
fn register_again(floor: &Floor) {
    if floor.pbx.version == Version::V22 {
        floor.pbx.cli("pjsip send unregister trunk-a");
        floor.pbx.cli("pjsip send register trunk-a");
    }
}

fn a_provider_that_refuses_is_seen(version: Version) {
    let mut floor = with_provider(version);
    let trunk = floor.endpoint("trunk-a");
    register_again(&floor);
    floor.looks.until("a registered trunk", QUALIFIED, |board| {
        (board.trunk(&trunk)["registration"] == "registered").then_some(())
    });
    floor.phones.set("trunk-a", "refuse_register", json!(403));
    register_again(&floor);
    floor.looks.until("a trunk that is not registered any more", QUALIFIED, |board| {
        matches!(board.trunk(&trunk)["registration"].as_str(), Some("rejected" | "unregistered"))
            .then_some(())
    });
    floor.phones.set("trunk-a", "refuse_register", json!(null));
    register_again(&floor);
    if version == Version::V16 {
        floor.pbx.cli("sip reload"); // chan_sip gives up for good on a 403
    }
    floor.looks.until("a registered trunk again", QUALIFIED, |board| {
        (board.trunk(&trunk)["registration"] == "registered").then_some(())
    });
}

fn a_provider_that_falls_silent_is_unreachable(version: Version) {
    let mut floor = with_provider(version);
    let trunk = floor.endpoint("trunk-a");
    // PJSIP's contacts are not for this account: who answered before Vigie came is known by his next change
    let unchanged = if version == Version::V22 { "unknown" } else { "reachable" };
    floor.looks.until("a trunk that is up", QUALIFIED, |board| {
        let row = board.trunk(&trunk);
        let told = row["reachability"] == "reachable" || row["reachability"] == unchanged;
        (told && row["device"] == "NOT_INUSE").then_some(())
    });
    floor.phones.set("trunk-a", "answer_options", json!(false));
    floor.looks.until("an unreachable trunk", QUALIFIED, |board| {
        (board.trunk(&trunk)["reachability"] == "unreachable").then_some(())
    });
    floor.phones.set("trunk-a", "answer_options", json!(true));
    floor.looks.until("a reachable trunk again", QUALIFIED, |board| {
        (board.trunk(&trunk)["reachability"] == "reachable").then_some(())
    });
}

fn an_outbound_call_counts_on_its_trunk(version: Version) {
    let mut floor = with_provider(version);
    let trunk = floor.endpoint("trunk-a");
    floor.pbx.until_reachable("trunk-a");
    floor.looks.until("a trunk that can be called", QUALIFIED, |board| {
        (board.trunk(&trunk)["device"] == "NOT_INUSE").then_some(())
    });
    floor.phones.dial("1001", "00612345678", "out");
    floor.phones.wait("out", "up");
    floor.looks.until("an outbound call on one leg of the trunk", SOON, |board| {
        let call = board.calls().find(|call| call["phase"] == "talking")?;
        (call["direction"] == "outbound" && board.trunk(&trunk)["legs"] == 1).then_some(())
    });
    floor.phones.hang_up("out");
    floor.all_is_quiet();
    floor.looks.until("a free trunk", SOON, |board| (board.trunk(&trunk)["legs"] == 0).then_some(()));
}
