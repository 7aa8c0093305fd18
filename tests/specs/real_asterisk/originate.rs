//! Calls from a phone, which ring it first; and what the rules of numbers let through to a trunk.

use serde_json::{Value, json};

use super::{Floor, SOON, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};

on_both!(
    a_call_from_a_phone_rings_it_first,
    s19_s20_an_outside_number_goes_through_the_trunk_and_a_paid_one_nowhere,
    a_mobile_is_called_first,
);

const SETTINGS: &str =
    "[[pbx]]\nname = \"lab\"\ntransfer_context = \"from-phones\"\n\n[numbers]\noutside_line = \"0\"\n";

fn open(version: Version, auto: Value) -> Floor {
    let pbx = Asterisk::start(version);
    let mut phones = Phones::at(&pbx);
    phones.phone("1001", auto);
    phones.phone("1002", json!("ring"));
    phones.provider(&pbx, "trunk-a", json!("ring"));
    pbx.until_reachable("trunk-a");
    Floor::attach_with(pbx, phones, &[("vigie.toml", SETTINGS)])
}

fn call(floor: &Floor, to: &str) -> Value {
    json!({"agent": floor.endpoint("1001"), "destination": to})
}

fn a_call_from_a_phone_rings_it_first(version: Version) {
    let mut floor = open(version, json!(["answer", 0]));
    let answer = floor.done("/api/calls/originate", &call(&floor, "1002"));
    assert_eq!(answer["outcome"], "dialing", "{answer}");
    floor.phones.take("1001", "own");
    floor.phones.take("1002", "other");
    floor.phones.answer("other");
    floor.until_talking("1001", "1002");
    floor.phones.hang_up("own");
    floor.all_is_quiet();
    floor.phones.set("1001", "auto", json!(["reject", 486]));
    assert_eq!(floor.refused("/api/calls/originate", &call(&floor, "1002")), (409, "station_busy".into()));
    let nobody = json!({"agent": floor.endpoint("1999"), "destination": "1002"});
    assert_eq!(floor.refused("/api/calls/originate", &nobody), (404, "no_such_agent".into()));
    for (field, value) in
        [("application", "System"), ("data", "id"), ("variable", "A=b"), ("context", "parkedcalls")]
    {
        let mut body = call(&floor, "1002");
        body[field] = json!(value);
        assert_eq!(
            floor.refused("/api/calls/originate", &body),
            (422, "bad_value".into()),
            "S03, S04: {field}"
        );
    }
    floor.all_is_quiet();
}

fn s19_s20_an_outside_number_goes_through_the_trunk_and_a_paid_one_nowhere(version: Version) {
    let mut floor = open(version, json!(["answer", 0]));
    for (number, name) in [
        ("0899123456", "number_denied"),
        ("00899123456", "number_denied"),
        ("+33 8 99 12 34 56", "number_denied"),
        ("118218", "number_denied"),
        ("+442071234567", "number_not_allowed"),
        ("000442071234567", "number_not_allowed"),
    ] {
        assert_eq!(
            floor.refused("/api/calls/originate", &call(&floor, number)),
            (409, name.into()),
            "{number}"
        );
    }
    assert_eq!(floor.pbx.channels(), Vec::new(), "nothing rang");
    floor.done("/api/calls/originate", &call(&floor, "+33 6 12 34 56 78"));
    floor.phones.take("1001", "own");
    floor.phones.take("trunk-a", "outside");
    floor.phones.answer("outside");
    floor.looks.until("an outbound call that talks", SOON, |board| {
        board
            .calls()
            .find(|c| c["phase"] == "talking" && c["direction"] == "outbound" && c["called"] == "00612345678")
            .map(|_| ())
    });
    let channel = floor.channel_of("1001");
    let paid = json!({"channel": channel, "destination": "0899 12 34 56"});
    assert_eq!(floor.refused("/api/calls/transfer", &paid), (409, "number_denied".into()), "S20");
    assert_eq!(floor.refused("/api/calls/consult", &paid), (409, "number_denied".into()), "S20");
    floor.phones.hang_up("own");
    floor.all_is_quiet();
}

fn a_mobile_is_called_first(version: Version) {
    let mut floor = open(version, json!("ring"));
    floor.phones.set("trunk-a", "auto", json!(["answer", 0]));
    let mut body = call(&floor, "1002");
    body["mobile"] = json!("06 98 76 54 32");
    assert_eq!(floor.done("/api/calls/originate", &body)["outcome"], "dialing");
    floor.phones.take("trunk-a", "mobile");
    floor.phones.take("1002", "other");
    floor.phones.answer("other");
    floor.phones.wait("other", "up");
    floor.looks.until("the mobile and 1002 talking", SOON, |board| {
        let groups = board.calls().flat_map(|c| c["talking"].as_array().cloned().unwrap_or_default());
        groups.filter(|g| g.as_array().is_some_and(|g| g.len() == 2)).map(|_| ()).next()
    });
    floor.phones.hang_up("other");
    floor.all_is_quiet();
    body["mobile"] = json!("0899123456");
    assert_eq!(floor.refused("/api/calls/originate", &body), (409, "number_denied".into()));
}
