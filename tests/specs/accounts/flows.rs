//! Flows and called numbers over REST: shapes of the contract, what is published, and which number leads where.

use std::sync::Arc;
use std::thread::JoinHandle;

use actors::numbers::NumberPlan;
use serde_json::{Value, json};
use vigie::db::{Db, Source};
use vigie::flows::{Choice, Flows};

use super::desk::{Desk, Pass, until};

/// As a front end that knows no publishing sends it.
fn drawn() -> Value {
    let text = include_str!("../../../actors/fixtures/ivr/front-end.json");
    let mut drawn: Value = serde_json::from_str(text).expect("JSON");
    drawn.as_object_mut().expect("an object").remove("id");
    drawn
}

/// One that says that and hangs up, without any fault.
fn small(name: &str, prompt: &str) -> Value {
    json!({"id": name, "name": name, "nodes": [
        {"id": "s", "type": "start", "name": "Start", "x": 0, "y": 0, "content": {}},
        {"id": "m", "type": "media", "name": "Hello", "x": 1.5, "y": 0, "content": {"prompt": prompt, "other_key": 1}},
        {"id": "h", "type": "hangup", "name": "End", "x": 9, "y": 0, "content": {}}],
      "connections": [
        {"id": "c1", "fromNodeId": "s", "fromPortId": "out", "toNodeId": "m", "toPortId": "in"},
        {"id": "c2", "fromNodeId": "m", "fromPortId": "out", "toNodeId": "h", "toPortId": "in"}]})
}

/// The same without the way out of its start.
fn broken(name: &str) -> Value {
    let mut flow = small(name, "x");
    flow["nodes"][0]["type"] = json!("fax");
    flow
}

fn made(desk: &Desk, pass: &Pass, flow: &Value) -> Value {
    let reply = desk.post(pass, "/api/ivr-flows", flow);
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.json()
}

fn slugs(faults: &Value) -> Vec<(&str, &str)> {
    let all = faults.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().map(|f| (f["node"].as_str().unwrap_or(""), f["slug"].as_str().unwrap_or(""))).collect()
}

#[test]
fn a_flow_has_the_shape_that_front_ends_know_and_is_published_as_it_is_saved() {
    let (desk, root) = Desk::set_up();
    let sent = drawn();
    let flow = made(&desk, &root, &sent);
    for part in ["name", "nodes", "connections"] {
        assert_eq!(flow[part], sent[part], "{part} is kept as it came");
    }
    let id = flow["id"].as_str().expect("the server made one").to_owned();
    for at in ["createdAt", "updatedAt"] {
        assert!(flow[at].as_str().is_some_and(|at| at.len() == 24 && at.ends_with('Z')), "{flow}");
    }
    assert_eq!(
        (&flow["published"], &flow["isDefault"], &flow["changed"]),
        (&json!(1), &json!(false), &json!(false))
    );
    assert!(
        slugs(&flow["faults"]).iter().all(|(_, slug)| *slug == "missing_exit"),
        "flawed, and walked: {flow}"
    );
    let path = format!("/api/ivr-flows/{id}");
    assert_eq!(desk.get(&root, &path).json(), flow);
    assert_eq!(desk.get(&root, "/api/ivr-flows").json(), json!([flow]));
    // what was read is sent back whole
    let same = desk.put(&root, &path, &flow);
    assert_eq!(
        (same.status, &same.json()["published"]),
        (200, &json!(1)),
        "nothing changed: {}",
        same.text()
    );
    let mut back = flow.clone();
    back["name"] = json!("Demo IVR v2");
    back["nodes"][0]["x"] = json!(60);
    let changed = desk.put(&root, &path, &back).json();
    assert_eq!((&changed["name"], &changed["published"]), (&json!("Demo IVR v2"), &json!(2)));
    assert_eq!((&changed["id"], &changed["createdAt"]), (&flow["id"], &flow["createdAt"]));
    let copy = desk.ask(&root, "POST", &format!("{path}/duplicate"), None);
    assert_eq!(copy.status, 201, "{}", copy.text());
    let copy = copy.json();
    assert_eq!((&copy["name"], &copy["nodes"]), (&json!("Demo IVR v2 (copy)"), &back["nodes"]));
    assert!(copy["id"] != flow["id"] && copy["published"] == 1, "{copy}");
    assert_eq!(desk.ask(&root, "DELETE", &path, None).status, 204);
    assert_eq!(desk.get(&root, &path).told(), "404 not_found");
    assert_eq!(desk.put(&root, &path, &back).told(), "404 not_found");
    let left = desk.get(&root, "/api/ivr-flows").json();
    assert_eq!(left.as_array().map(Vec::len), Some(1));
    assert_eq!(
        desk.post(&root, "/api/ivr-flows", &json!({"id": copy["id"], "name": "x"})).told(),
        "409 taken"
    );
}

#[test]
fn what_is_wrong_is_named_and_only_what_is_right_is_published() {
    let (desk, root) = Desk::set_up();
    let flow = made(&desk, &root, &broken("menu"));
    assert_eq!(flow["published"], Value::Null, "what is broken stays a draft: {flow}");
    assert_eq!(slugs(&flow["faults"]), [("s", "unknown_type"), ("", "no_start")]);
    assert_eq!(desk.get(&root, "/api/ivr-flows/menu/faults").json(), flow["faults"]);
    let refused = desk.post(&root, "/api/ivr-flows/menu/publish", &json!({}));
    assert_eq!(refused.told(), "409 flow_has_faults");
    let details = refused.json()["details"].clone();
    assert!(
        details["s"].as_str().is_some_and(|words| words.contains("unknown_type") && words.contains("fax"))
    );
    assert!(details["flow"].as_str().is_some_and(|words| words.contains("no_start")), "{details}");
    // a flaw is published by who knows no publishing, and not by who asks for it
    let mut flawed = small("menu", "x");
    flawed["connections"] = json!([flawed["connections"][0]]);
    flawed["draft"] = json!(true);
    let put = |body: &Value| desk.put(&root, "/api/ivr-flows/menu", body).json();
    let draft = put(&flawed);
    assert_eq!((&draft["published"], &draft["changed"]), (&Value::Null, &json!(true)));
    assert_eq!(desk.post(&root, "/api/ivr-flows/menu/publish", &json!({})).told(), "409 flow_has_faults");
    flawed["draft"] = json!(false);
    assert_eq!(put(&flawed)["published"], 1);
    // a broken draft leaves what is published
    let after = put(&broken("menu"));
    assert_eq!((&after["published"], &after["changed"]), (&json!(1), &json!(true)));
    for (body, place) in [
        (json!({"nodes": [{"type": "start"}]}), "nodes[0]"),
        (json!({"nodes": [{"id": "s", "type": "start", "x": "left"}]}), "nodes[0]"),
        (json!({"connections": [["s", "out", "m"]]}), "connections[0]"),
        (json!({"connections": "none"}), "connections"),
        (json!({"name": ""}), "name"),
        (json!({"id": "other"}), "id"),
        (json!({"owner": "x"}), "owner"),
    ] {
        let reply = desk.put(&root, "/api/ivr-flows/menu", &body);
        assert_eq!(reply.told(), "422 bad_value", "{body}");
        assert!(reply.json()["details"][place].is_string(), "{place}: {}", reply.text());
    }
    let long = json!({"name": "x", "nodes": [{"id": "m", "type": "media", "content": {"prompt": "x".repeat(1 << 20)}}]});
    assert_eq!(desk.post(&root, "/api/ivr-flows", &long).told(), "413 too_large");
}

#[test]
fn a_draft_is_published_and_an_old_version_published_anew() {
    let (desk, root) = Desk::set_up();
    let (path, note) = ("/api/ivr-flows/day", |note: &str| json!({"note": note}));
    let mut flow = small("day", "first");
    flow["draft"] = json!(true);
    assert_eq!(made(&desk, &root, &flow)["published"], Value::Null);
    let publish = |note: &Value| desk.post(&root, "/api/ivr-flows/day/publish", note).json();
    assert_eq!(publish(&note("the first"))["published"], 1);
    let mut second = small("day", "second");
    second["draft"] = json!(true);
    let drawn = desk.put(&root, path, &second).json();
    assert_eq!((&drawn["published"], &drawn["changed"]), (&json!(1), &json!(true)));
    assert_eq!(drawn["nodes"][1]["content"]["prompt"], "second");
    let published = publish(&note("the second"));
    assert_eq!((&published["published"], &published["changed"]), (&json!(2), &json!(false)));
    let back = desk.post(&root, "/api/ivr-flows/day/versions/1/publish", &note("back"));
    assert_eq!(back.status, 200, "{}", back.text());
    let back = back.json();
    assert_eq!(
        (&back["published"], &back["changed"]),
        (&json!(3), &json!(true)),
        "what was drawn last stays"
    );
    assert_eq!(back["nodes"][1]["content"]["prompt"], "second");
    for gone in ["4", "0", "x", "99999999999"] {
        let reply = desk.post(&root, &format!("{path}/versions/{gone}/publish"), &json!({}));
        assert_eq!(reply.told(), "404 not_found", "{gone}");
    }
    let versions = desk.get(&root, "/api/ivr-flows/day/versions").json();
    let all = versions.as_array().expect("a list");
    let told: Vec<_> =
        all.iter().map(|v| (v["version"].as_i64(), v["note"].as_str(), v["published"].as_bool())).collect();
    let expected = [(3, "back", true), (2, "the second", false), (1, "the first", false)];
    assert_eq!(told, expected.map(|(version, note, now)| (Some(version), Some(note), Some(now))));
    assert!(all.iter().all(|v| v["by"] == "user-first" && v["at"].is_string()), "{versions}");
    // a version is not changed, in psql neither
    desk.database.run(
        "do $$ begin update vigie.flow_versions set note = 'x'; raise 'it was'; \
        exception when others then if sqlerrm like '%is not changed%' then null; else raise; end if; end $$",
    );
    until("the audit log", || {
        let entries = desk.get(&root, "/api/audit").json();
        let all = entries["entries"].as_array().cloned().unwrap_or_default();
        all.iter().any(|e| e["act"] == "publish_flow" && e["with"]["of"] == 1 && e["with"]["note"] == "back")
            && all
                .iter()
                .any(|e| e["act"] == "publish_flow" && e["outcome"] == "done" && e["with"]["version"] == 3)
    });
    // one default at a time
    made(&desk, &root, &small("night", "n"));
    for (id, other) in [("day", "night"), ("night", "day"), ("night", "day")] {
        let reply = desk.ask(&root, "PUT", &format!("/api/ivr-flows/{id}/default"), None);
        assert_eq!((reply.status, &reply.json()["isDefault"]), (200, &json!(true)), "{}", reply.text());
        assert_eq!(desk.get(&root, &format!("/api/ivr-flows/{other}")).json()["isDefault"], false);
    }
    assert_eq!(desk.ask(&root, "PUT", "/api/ivr-flows/none/default", None).told(), "404 not_found");
    // and none, as often as it is said, and not by the name of another
    let default = || {
        let flows = desk.get(&root, "/api/ivr-flows").json();
        let all = flows.as_array().cloned().unwrap_or_default();
        all.iter().find(|flow| flow["isDefault"] == true).map_or(json!(null), |flow| flow["id"].clone())
    };
    for (id, left) in [("day", json!("night")), ("night", json!(null)), ("night", json!(null))] {
        let reply = desk.ask(&root, "DELETE", &format!("/api/ivr-flows/{id}/default"), None);
        assert_eq!((reply.status, &reply.json()["isDefault"]), (200, &json!(false)), "{}", reply.text());
        assert_eq!(default(), left);
    }
    assert_eq!(desk.ask(&root, "DELETE", "/api/ivr-flows/none/default", None).told(), "404 not_found");
}

#[test]
fn a_called_number_is_one_in_every_spelling() {
    let (desk, root) = Desk::set_up();
    made(&desk, &root, &small("ivr-flow-1", "x"));
    let did = json!({"id": "did-1", "number": "33100000099", "description": "Demo DID", "trunkId": "trunk-1",
        "ivrFlowId": "ivr-flow-1"});
    let reply = desk.post(&root, "/api/dids", &did);
    assert_eq!(reply.status, 201, "{}", reply.text());
    let first = reply.json();
    for (field, value) in did.as_object().expect("an object") {
        assert_eq!(first[field], *value, "{field}");
    }
    assert!(first["createdAt"].is_string() && first["updatedAt"].is_string());
    let add = |number: &str| desk.post(&root, "/api/dids", &json!({"number": number}));
    for same in ["33100000099", "+33100000099", "0033 1 00 00 00 99", "01.00.00.00.99"] {
        assert_eq!(add(same).told(), "409 taken", "{same}");
    }
    let second = add("0100000098");
    assert_eq!((second.status, &second.json()["ivrFlowId"]), (201, &Value::Null), "{}", second.text());
    let second = format!("/api/dids/{}", second.json()["id"].as_str().expect("an id"));
    let set = |path: &str, body: Value| desk.put(&root, path, &body);
    assert_eq!(set(&second, json!({"number": "+33 1 00 00 00 99"})).told(), "409 taken");
    assert_eq!(
        set("/api/dids/did-1", json!({"number": "+33 1 00 00 00 99"})).json()["number"],
        "+33 1 00 00 00 99"
    );
    for (body, field) in [
        (json!({"ivrFlowId": "nowhere"}), "ivrFlowId"),
        (json!({"number": "drop table"}), ""),
        (json!({"number": "1;2"}), "number"),
        (json!({"number": ""}), "number"),
        (json!({"description": "x".repeat(201)}), "description"),
        (json!({"flow": "x"}), "flow"),
    ] {
        let reply = set(&second, body.clone());
        match field {
            "" => assert_eq!(reply.status, 200, "letters and a space: {body}"),
            field => assert!(
                reply.told() == "422 bad_value" && reply.json()["details"][field].is_string(),
                "{body}"
            ),
        }
    }
    assert_eq!(desk.ask(&root, "DELETE", "/api/ivr-flows/ivr-flow-1", None).status, 204);
    let all = desk.get(&root, "/api/dids").json();
    let kept = all.as_array().expect("a list").iter().find(|did| did["id"] == "did-1").expect("it stays");
    assert_eq!((&kept["ivrFlowId"], &kept["trunkId"]), (&Value::Null, &json!("trunk-1")));
    assert_eq!(desk.ask(&root, "DELETE", &second, None).status, 204);
    assert_eq!(desk.ask(&root, "DELETE", &second, None).told(), "404 not_found");
}

/// Another process that follows the same database, as far as callers go.
struct Other {
    flows: Arc<Flows>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Other {
    fn start(desk: &Desk) -> Self {
        let source = Source::Server(Box::new(desk.database.url().parse().expect("an address")));
        let (started, flows) = std::sync::mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let db = Db::new(source);
                db.prepare().await.expect("the database");
                started.send(Flows::start(db, NumberPlan::default())).expect("somebody waits");
                let _ = stopped.await; // also when the spec has failed
            });
        });
        Self { flows: flows.recv().expect("it starts"), stop: Some(stop), thread: Some(thread) }
    }

    fn told(&self, called: &str) -> String {
        match self.flows.for_called(called) {
            Choice::Flow { flow, version, chosen } => format!("{} {version} {chosen:?}", flow.id),
            Choice::Nothing => "nothing".into(),
        }
    }

    fn until(&self, called: &str, expected: &str) {
        until(&format!("{called}: {expected}"), || self.told(called) == expected);
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        drop(self.stop.take());
        let _ = self.thread.take().map(JoinHandle::join); // its panic was told already
    }
}

#[test]
fn all_of_it_outlives_a_crash_and_a_change_by_sql_reaches_every_picture() {
    let (mut desk, root) = Desk::set_up();
    let other = Other::start(&desk);
    assert_eq!(other.told("0100000001"), "nothing");
    made(&desk, &root, &small("old", "x"));
    made(&desk, &root, &small("sales", "x"));
    let did = json!({"id": "d", "number": "0100000001", "ivrFlowId": "sales"});
    assert_eq!(desk.post(&root, "/api/dids", &did).status, 201);
    other.until("+33100000001", "sales 1 ByNumber");
    other.until("0100000002", "old 1 ByAge");
    assert_eq!(desk.ask(&root, "PUT", "/api/ivr-flows/sales/default", None).status, 200);
    other.until("0100000002", "sales 1 ByDefault");
    let before = (desk.get(&root, "/api/ivr-flows").json(), desk.get(&root, "/api/dids").json());
    desk.restart();
    let root = desk.login("root");
    until("the flows", || desk.get(&root, "/api/ivr-flows").status == 200);
    assert_eq!((desk.get(&root, "/api/ivr-flows").json(), desk.get(&root, "/api/dids").json()), before);
    // by hand: a new version whose drawing nobody can walk
    desk.database.run("begin; insert into vigie.flow_versions (flow_id, version, drawing) values \
        ('sales', 5, '{\"name\": \"x\", \"nodes\": []}'); update vigie.flows set published = 5 where id = 'sales'; commit");
    other.until("0100000001", "old 1 ByAge");
    until("the server's own picture", || desk.get(&root, "/api/ivr-flows/sales").json()["published"] == 5);
    assert!(desk.server.log().contains("flow sales: version 5, which is published, cannot be walked"));
    let mended = desk.post(&root, "/api/ivr-flows/sales/versions/1/publish", &json!({})).json();
    assert_eq!(mended["published"], 6, "{mended}");
    other.until("0100000001", "sales 6 ByNumber");
    // what was imported and is no drawing at all is shown, and nobody's fault but its own
    desk.database.run("insert into vigie.flows (id, name, draft) values ('odd', 'Odd', '{\"nodes\": [5]}')");
    until("the import", || desk.get(&root, "/api/ivr-flows/odd").status == 200);
    assert_eq!(slugs(&desk.get(&root, "/api/ivr-flows/odd").json()["faults"]), [("", "unreadable")]);
    desk.database.run("insert into vigie.flows (id, name, draft, created_at) values ('far', 'Far', '{\"n\": 1e400}', 'infinity')");
    until("the import", || desk.get(&root, "/api/ivr-flows/far").status == 200);
    assert_eq!(slugs(&desk.get(&root, "/api/ivr-flows/far").json()["faults"]), [("", "unreadable")]);
    assert_eq!(desk.post(&root, "/api/ivr-flows/far/publish", &json!({})).told(), "409 flow_has_faults");
    // one without a name within it, as exports of others are
    desk.database.run(
        "insert into vigie.flows (id, name, draft) select 'bare', 'Bare', draft - 'name' - 'id' from vigie.flows where id = 'old'",
    );
    until("the import", || desk.get(&root, "/api/ivr-flows/bare").json()["faults"] == json!([]));
    let bare = desk.post(&root, "/api/ivr-flows/bare/publish", &json!({})).json();
    assert_eq!((&bare["published"], &bare["changed"]), (&json!(1), &json!(false)), "{bare}");
    // the database away: callers go on, nothing is changed
    desk.database.kill();
    until("the refusal", || desk.put(&root, "/api/ivr-flows/old", &json!({"name": "new"})).status == 503);
    assert_eq!(other.told("0100000001"), "sales 6 ByNumber");
    assert_eq!(desk.get(&root, "/api/ivr-flows/old").json()["name"], "old");
    desk.database.start();
    until("the change", || desk.put(&root, "/api/ivr-flows/old", &json!({"name": "new"})).status == 200);
}

#[test]
fn who_has_a_part_of_the_right_has_none_of_it_and_there_are_only_so_many() {
    let (desk, root) = Desk::set_up();
    desk.site(&root, "paris");
    desk.user(&root, "chef", "Superviseur", Some("paris"), None);
    desk.user(&root, "admin", "Administrateur", None, None);
    let chef = desk.login("chef");
    assert_eq!(desk.get(&chef, "/api/ivr-flows").told(), "403 no_right");
    let grant = |kind: &str, id: &str| {
        let grants = json!({"grants": [{"verb": "flows", "scope": {"kind": kind, "id": id}}]});
        assert_eq!(desk.put(&root, "/api/users/chef/grants", &grants).status, 200);
    };
    grant("site", "paris");
    for (method, path) in [("GET", "/api/ivr-flows"), ("GET", "/api/dids"), ("DELETE", "/api/ivr-flows/none")]
    {
        assert_eq!(desk.ask(&chef, method, path, None).told(), "403 no_right", "{method} {path}");
    }
    grant("all", "");
    assert_eq!(desk.get(&chef, "/api/ivr-flows").status, 200);
    let admin = desk.login("admin");
    made(&desk, &admin, &small("one", "x"));
    desk.database.run(
        "insert into vigie.flows (id, name, draft) select 'f' || n, 'f', '{}' from generate_series(1, 199) n",
    );
    assert_eq!(desk.post(&admin, "/api/ivr-flows", &small("more", "x")).told(), "409 too_many_flows");
    assert_eq!(desk.ask(&admin, "POST", "/api/ivr-flows/one/duplicate", None).told(), "409 too_many_flows");
    desk.database
        .run("insert into vigie.dids (id, number) select 'd' || n, n::text from generate_series(1, 5000) n");
    assert_eq!(desk.post(&admin, "/api/dids", &json!({"number": "0100000001"})).told(), "409 too_many_dids");
}

#[test]
fn who_saves_over_what_another_saved_meanwhile_is_told_and_nothing_is_lost() {
    let (desk, root) = Desk::set_up();
    let read = made(&desk, &root, &small("menu", "x"));
    let put = |body: &Value| desk.put(&root, "/api/ivr-flows/menu", body);
    let mine = json!({"name": "Mine", "draft": true, "base": read["updatedAt"]});
    let theirs = json!({"name": "Theirs", "draft": true, "base": read["updatedAt"]});
    let saved = put(&theirs);
    assert_eq!(saved.status, 200, "{}", saved.text());
    let saved = saved.json();
    assert_ne!(saved["updatedAt"], read["updatedAt"], "each save has a time of its own");
    assert_eq!(put(&mine).told(), "409 flow_changed");
    assert_eq!(desk.get(&root, "/api/ivr-flows/menu").json()["name"], "Theirs");
    // publishing and the default mark change no drawing
    assert_eq!(desk.post(&root, "/api/ivr-flows/menu/publish", &json!({})).status, 200);
    assert_eq!(desk.put(&root, "/api/ivr-flows/menu/default", &json!({})).status, 200);
    assert_eq!(put(&json!({"name": "Mine", "draft": true, "base": saved["updatedAt"]})).status, 200);
    // who names none replaces what is there, as front ends of before do
    assert_eq!(put(&json!({"name": "Anybody", "draft": true})).status, 200);
    assert_eq!(
        desk.post(&root, "/api/ivr-flows", &json!({"name": "x", "base": "x"})).told(),
        "422 bad_value",
        "of a new one there is nothing to compare with"
    );
}

#[test]
fn what_might_be_drawn_is_checked_and_what_a_version_was_is_shown() {
    let (desk, root) = Desk::set_up();
    let first = made(&desk, &root, &small("menu", "first"));
    let checked = desk.post(&root, "/api/ivr-flows/menu/check", &json!({"nodes": broken("menu")["nodes"]}));
    assert_eq!(checked.status, 200, "{}", checked.text());
    assert_eq!(slugs(&checked.json()), [("s", "unknown_type"), ("", "no_start")]);
    assert_eq!(desk.get(&root, "/api/ivr-flows/menu").json(), first, "nothing was stored");
    assert_eq!(desk.post(&root, "/api/ivr-flows/menu/check", &json!({})).json(), json!([]), "as it is");
    assert_eq!(desk.post(&root, "/api/ivr-flows/menu/check", &json!({"nodes": 1})).told(), "422 bad_value");
    assert_eq!(desk.post(&root, "/api/ivr-flows/other/check", &json!({})).told(), "404 not_found");
    let second = small("menu", "second");
    assert_eq!(desk.put(&root, "/api/ivr-flows/menu", &second).json()["published"], 2);
    let was = desk.get(&root, "/api/ivr-flows/menu/versions/1").json();
    assert_eq!(
        (&was["version"], &was["name"], &was["nodes"], &was["connections"]),
        (&json!(1), &json!("menu"), &first["nodes"], &first["connections"])
    );
    let is = desk.get(&root, "/api/ivr-flows/menu/versions/2").json();
    assert_eq!(is["nodes"], second["nodes"]);
    for none in ["3", "0", "x", "99999999999"] {
        let path = format!("/api/ivr-flows/menu/versions/{none}");
        assert_eq!(desk.get(&root, &path).told(), "404 not_found", "{none}");
    }
}
