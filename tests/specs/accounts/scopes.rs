//! What of the floor somebody sees, and may act on (S33).

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::desk::{Desk, Pass, until};
use crate::support::server::vigie;
use crate::web::socket::{Copy, Heard, Socket};

/// Two sites, each with half of the built-in PBX's agents.
pub(super) fn floor() -> (Desk, Pass, BTreeMap<String, &'static str>) {
    let (desk, root) = Desk::set_up();
    desk.until_live(&root);
    let mut whose = BTreeMap::new();
    for site in ["paris", "lyon"] {
        desk.site(&root, site);
        desk.user(&root, &format!("chef-{site}"), "Superviseur", Some(site), None);
    }
    let mut endpoints: Vec<_> =
        desk.rows(&root, "agents").iter().map(|a| a["endpoint"].as_str().expect("text").to_owned()).collect();
    endpoints.sort();
    for (n, endpoint) in endpoints.iter().enumerate() {
        let site = if n % 2 == 0 { "paris" } else { "lyon" };
        desk.user(&root, &format!("agent{n}"), "Agent", Some(site), Some(endpoint));
        whose.insert(endpoint.clone(), site);
    }
    (desk, root, whose)
}

/// Endpoints of agents that a row names.
fn named(row: &Value, whose: &BTreeMap<String, &'static str>) -> BTreeSet<&'static str> {
    let text = row.to_string();
    let quoted = |endpoint: &&String| text.contains(&format!("\"{endpoint}\""));
    whose.keys().filter(quoted).filter_map(|endpoint| whose.get(endpoint).copied()).collect()
}

/// Its caller stands in a queue.
fn waits(call: &Value) -> bool {
    call["queue"].is_object() && call["queue"]["outcome"].is_null()
}

#[test]
fn s33_a_supervisor_sees_the_agents_of_his_site_and_no_others() {
    let (desk, root, whose) = floor();
    let all = desk.rows(&root, "agents").len();
    for site in ["paris", "lyon"] {
        let chef = desk.login(&format!("chef-{site}"));
        let seen: BTreeSet<_> = desk
            .rows(&chef, "agents")
            .iter()
            .map(|a| a["endpoint"].as_str().expect("text").to_owned())
            .collect();
        let his: BTreeSet<_> = whose.iter().filter(|(_, s)| **s == site).map(|(e, _)| e.clone()).collect();
        assert_eq!(seen, his, "{site}");
        assert_eq!(seen.len() * 2, all);
        for queue in desk.rows(&chef, "queues") {
            for member in queue["members"].as_array().expect("members") {
                let interface = member["interface"].as_str().expect("text");
                assert!(his.contains(interface), "{site} sees {interface} in {}", queue["name"]);
            }
        }
        assert!(desk.rows(&chef, "alarms").is_empty() && desk.rows(&chef, "trunks").is_empty());
        let pbxs = desk.rows(&chef, "pbxs");
        assert_eq!(pbxs[0]["link"], "live", "the state of the link is everybody's");
    }
    let agent = desk.login("agent0");
    assert_eq!(desk.rows(&agent, "agents").len(), 1);
    assert_eq!(desk.get(&agent, "/api/users").told(), "403 no_right");
}

#[test]
fn s33_no_foreign_row_ever_reaches_a_socket() {
    let (desk, root, whose) = floor();
    let mut sockets: Vec<(&str, Socket, Copy)> = ["paris", "lyon"]
        .map(|site| (site, desk.socket(&desk.login(&format!("chef-{site}"))), Copy::default()))
        .into();
    let other = |site: &str| if site == "paris" { "lyon" } else { "paris" };
    let (mut calls, mut frames) = (0, 0);
    let end = Instant::now() + Duration::from_secs(8);
    while Instant::now() < end {
        for (site, socket, copy) in &mut sockets {
            let Heard::Text(frame) = socket.hear() else { panic!("closed") };
            frames += 1;
            copy.apply(&frame);
            for ((table, _), row) in &copy.rows {
                let sites = named(row, &whose);
                match table.as_str() {
                    "agents" | "queues" => assert!(!sites.contains(other(site)), "{site} {table}: {row}"),
                    // who waits is everybody's whose agents serve the queue, and a call of both is both's
                    "calls" if !sites.is_empty() && !waits(row) => {
                        calls += 1;
                        assert!(sites.contains(*site), "{site}: {row}");
                    }
                    _ => {}
                }
            }
        }
    }
    assert!(frames > 10 && calls > 0, "{frames} frames with {calls} calls: nothing was seen");
    // all of it at the end is what the whole board has of him
    for (site, socket, copy) in &mut sockets {
        let his: BTreeSet<_> =
            whose.iter().filter(|(_, s)| *s == site).map(|(e, _)| format!("demo~{e}")).collect();
        let on_socket: BTreeSet<_> =
            copy.rows.keys().filter(|(table, _)| table == "agents").map(|(_, id)| id.clone()).collect();
        assert_eq!(on_socket, his);
        drop(socket.tcp.shutdown(std::net::Shutdown::Both));
    }
    drop(root);
}

#[test]
fn s33_a_verb_on_a_foreign_call_is_answered_as_if_there_were_none() {
    let (desk, root, whose) = floor();
    let (paris, agent) = (desk.login("chef-paris"), desk.login("agent0"));
    let hangup = |pass: &Pass, channel: &str| {
        desk.post(pass, "/api/calls/hangup", &json!({"channel": channel})).told()
    };
    let (mut foreign, mut own) = (false, false);
    until("a call of each", || {
        for call in desk.rows(&root, "calls") {
            let sites = named(&call, &whose);
            let legs = call["legs"].as_array().cloned().unwrap_or_default();
            let Some(leg) = legs.iter().find(|leg| leg["ended_ms"].is_null() && !leg["agent"].is_null())
            else {
                continue;
            };
            let channel = leg["channel"].as_str().expect("text");
            if sites == BTreeSet::from(["lyon"]) && !waits(&call) && !foreign {
                assert_eq!(hangup(&paris, channel), "404 no_such_channel");
                assert_eq!(hangup(&agent, channel), "404 no_such_channel");
                let ids: Vec<_> = desk.rows(&paris, "calls").iter().map(|c| c["id"].clone()).collect();
                assert!(!ids.contains(&call["id"]), "and he does not see it");
                foreign = true;
            } else if sites == BTreeSet::from(["paris"]) && !own {
                let told = hangup(&paris, channel);
                own = told == "200";
                assert!(own || told == "404 no_such_channel", "{told}");
            }
        }
        foreign && own
    });
    until("both in the log", || {
        let log = desk.get(&root, "/api/audit?who=chef-paris&limit=500").json();
        let entries = log["entries"].as_array().cloned().unwrap_or_default();
        let has = |outcome: &str| entries.iter().any(|e| e["act"] == "hangup" && e["outcome"] == outcome);
        has("asked") && has("done")
    });
}

#[test]
fn s33_nobody_brings_an_agent_into_a_queue_of_another_site() {
    let (desk, root, whose) = floor();
    let queues = json!({"queues": ["demo~vip"]});
    assert_eq!(desk.put(&root, "/api/sites/lyon", &queues).status, 200);
    let of = |site: &str| whose.iter().find(|(_, of)| **of == site).map(|(endpoint, _)| endpoint.clone());
    let login = |chef: &str, site: &str, queue: &str| {
        let body = json!({"agent": of(site).expect("an agent"), "queue": queue});
        desk.post(&desk.login(chef), "/api/agents/login", &body).told()
    };
    assert_eq!(login("chef-paris", "paris", "vip"), "403 no_right", "Lyon lists it as its own");
    // the built-in PBX has neither, and says so
    let pbx = login("chef-lyon", "lyon", "vip");
    assert!(!pbx.starts_with("403"), "{pbx}");
    let unlisted = login("chef-paris", "paris", "everybodys");
    assert_eq!(unlisted, pbx, "a queue that no site lists is anybody's");
}

#[test]
fn s33_the_answer_to_a_key_is_its_owners_though_the_call_is_gone() {
    let (desk, root, whose) = floor();
    let (paris, lyon) = (desk.login("chef-paris"), desk.login("chef-lyon"));
    let hangup = |pass: &Pass, channel: &str| {
        let body = json!({"channel": channel});
        desk.ask_with(pass, "POST", "/api/calls/hangup", Some(&body), "Idempotency-Key: k1\r\n").told()
    };
    let mut done = None;
    until("a call of Paris is hung up", || {
        let own = |call: &Value| named(call, &whose) == BTreeSet::from(["paris"]) && !waits(call);
        let call = desk.rows(&root, "calls").into_iter().find(|call| own(call));
        let legs = call.map(|call| call["legs"].as_array().cloned().unwrap_or_default()).unwrap_or_default();
        let leg = legs.iter().find(|leg| leg["ended_ms"].is_null() && !leg["agent"].is_null());
        let channel = leg.and_then(|leg| leg["channel"].as_str()).map(str::to_owned);
        done = channel.filter(|channel| hangup(&paris, channel) == "200");
        done.is_some()
    });
    let channel = done.expect("a channel");
    until("it is gone", || !desk.get(&root, "/api/board/calls").text().contains(&channel));
    assert_eq!(hangup(&paris, &channel), "200", "what he was told before");
    assert_eq!(hangup(&lyon, &channel), "404 no_such_channel", "a key is one user's");
}

#[test]
fn s33_rights_that_are_given_are_seen_at_once() {
    let (desk, root, whose) = floor();
    let paris = desk.login("chef-paris");
    let before = desk.rows(&paris, "agents").len();
    let queue = desk.rows(&root, "queues")[0]["id"].as_str().expect("text").to_owned();
    let grants = json!({"grants": [{"verb": "see", "scope": {"kind": "site", "id": "lyon"}},
        {"verb": "see", "scope": {"kind": "queue", "id": queue}}]});
    assert_eq!(desk.put(&root, "/api/users/chef-paris/grants", &grants).status, 200);
    let rows = desk.rows(&paris, "agents");
    assert!(
        rows.len() > before && whose.keys().all(|e| rows.iter().any(|row| row["endpoint"] == e.as_str()))
    );
    let queues = desk.rows(&paris, "queues");
    let whole = queues.iter().find(|row| row["id"] == queue.as_str()).expect("the queue");
    let truth = desk.rows(&root, "queues");
    let truth = truth.iter().find(|row| row["id"] == queue.as_str()).expect("the queue");
    assert_eq!(whole["members"].as_array().map(Vec::len), truth["members"].as_array().map(Vec::len));
    assert_eq!(desk.put(&root, "/api/users/chef-paris/grants", &json!({"grants": []})).status, 200);
    assert_eq!(desk.rows(&paris, "agents").len(), before);
}

#[test]
fn s33_what_is_said_to_an_agent_is_seen_by_who_sees_him_and_signed_by_who_wrote_it() {
    let (desk, root, whose) = floor();
    let (endpoint, _) = whose.iter().find(|(_, site)| **site == "paris").expect("an agent of Paris");
    let agents = desk.rows(&root, "agents");
    let agent = agents.iter().find(|row| row["endpoint"] == *endpoint).expect("his row");
    let at = format!("/api/agents/{}", agent["id"].as_str().expect("an id").replace('/', "%2F"));
    let (paris, lyon) = (desk.login("chef-paris"), desk.login("chef-lyon"));
    let said = json!({"text": "well done", "from": "somebody else"});
    assert_eq!(desk.post(&paris, &format!("{at}/messages"), &said).status, 201);
    assert_eq!(desk.post(&lyon, &format!("{at}/messages"), &said).told(), "404 no_such_agent");
    assert_eq!(desk.post(&lyon, &format!("{at}/hand"), &json!({"raised": true})).told(), "404 no_such_agent");
    let own = (0..whose.len())
        .map(|n| desk.login(&format!("agent{n}")))
        .find(|pass| desk.rows(pass, "agents").iter().any(|row| row["endpoint"] == *endpoint));
    let own = own.expect("himself");
    until("his message on his desk", || desk.rows(&own, "desks").len() == 1);
    assert_ne!(desk.rows(&own, "desks")[0]["messages"][0]["from"], "somebody else");
    let (raise, lower) = (json!({"raised": true}), json!({"raised": false}));
    assert_eq!(desk.post(&paris, &format!("{at}/hand"), &raise).told(), "403 only_himself");
    assert_eq!(desk.post(&paris, &format!("{at}/messages/read"), &json!({})).told(), "403 only_himself");
    assert!(desk.rows(&own, "desks")[0]["messages"][0]["read_ms"].is_null(), "nobody read it for him");
    assert_eq!(desk.post(&own, &format!("{at}/messages/read"), &json!({})).status, 200);
    assert_eq!(desk.post(&own, &format!("{at}/hand"), &raise).status, 200);
    until("his hand before his supervisor", || {
        desk.rows(&paris, "desks").iter().any(|row| row["hand"].is_object())
    });
    assert!(desk.rows(&lyon, "desks").is_empty(), "nothing of Paris is seen in Lyon");
    assert_eq!(desk.post(&paris, &format!("{at}/hand"), &lower).status, 200, "whoever sees it may lower it");
}

/// A leg to listen to, and an agent whose phone could.
fn one_who_talks_and_one_who_does_not(desk: &Desk, pass: &Pass) -> Option<(Value, Value)> {
    let agents = desk.rows(pass, "agents");
    let idle = agents.iter().find(|a| a["activity"] == "idle" && a["call"].is_null())?;
    let calls = desk.rows(pass, "calls");
    let talking = calls.iter().filter(|call| call["phase"] == "talking" && call["trust"] == "live");
    let mut legs = talking.flat_map(|call| call["legs"].as_array().cloned().unwrap_or_default());
    let leg =
        legs.find(|leg| leg["phase"] == "up" && agents.iter().any(|agent| agent["id"] == leg["agent"]))?;
    Some((leg, idle.clone()))
}

#[test]
fn s35_who_listens_says_why_and_the_agent_sees_it_where_his_site_says_so() {
    let (desk, root, whose) = floor();
    let listen = json!({"grants": [{"verb": "listen", "scope": {"kind": "site", "id": "paris"}}]});
    assert_eq!(desk.put(&root, "/api/users/chef-paris/grants", &listen).status, 200);
    let site = desk.get(&root, "/api/sites/paris").json();
    assert_eq!((&site["listeningReason"], &site["listeningTold"]), (&json!(true), &json!(false)));
    let chef = desk.login("chef-paris");
    let agents: Vec<Pass> = (0..whose.len()).map(|n| desk.login(&format!("agent{n}"))).collect();
    for (reason, told) in [(true, true), (true, false), (false, false)] {
        let rule = json!({"listeningReason": reason, "listeningTold": told});
        // of two sites on one call the stricter rule holds
        for site in ["paris", "lyon"] {
            assert_eq!(desk.put(&root, &format!("/api/sites/{site}"), &rule).status, 200);
        }
        let (mut whom, mut started, mut answer) = (String::new(), String::new(), String::new());
        until("a call that is listened to", || {
            let Some((leg, idle)) = one_who_talks_and_one_who_does_not(&desk, &chef) else { return false };
            let mut body = json!({"channel": leg["channel"], "station": idle["endpoint"]});
            let channel = leg["channel"].as_str().expect("text").replace('/', "%2F");
            let verbs = desk.get(&chef, &format!("/api/verbs?channel={channel}"));
            if verbs.status != 200 {
                return false; // the call is over
            }
            let verbs = verbs.json();
            let row = verbs.as_array().expect("a list").iter().find(|row| row["verb"] == "listen").cloned();
            let row = row.expect("the verb");
            if reason {
                assert_eq!(row["reason"], "required", "{row}");
                let reply = desk.post(&chef, "/api/calls/listen", &body);
                let gone = reply.told() == "404 no_such_channel";
                assert!(
                    gone || reply.told() == "422 bad_value" && reply.text().contains("reason"),
                    "{}",
                    reply.text()
                );
                body["reason"] = json!("coaching of today");
            } else {
                assert_eq!(row["reason"], "optional", "{row}");
            }
            let reply = desk.post(&chef, "/api/calls/listen", &body);
            answer = reply.text().to_owned();
            started = reply.json()["started"].as_str().unwrap_or_default().to_owned();
            whom = leg["agent"].as_str().unwrap_or_default().to_owned();
            // a phone may be left ringing: what was to be seen is that nobody asked why
            reply.status == 200 || !reason && reply.told() == "409 station_no_answer"
        });
        let desks = |pass: &Pass| desk.rows(pass, "desks");
        if told {
            let his = |pass: &&Pass| desk.rows(pass, "agents").iter().any(|row| row["id"] == whom.as_str());
            let own = agents.iter().find(his).expect("himself");
            let listened = |mode: Option<&str>| {
                let row = desks(own).into_iter().find(|row| row["id"] == whom.as_str());
                row.as_ref().and_then(|row| row["listened"]["mode"].as_str()) == mode
            };
            until("that he sees it", || listened(Some("listen")));
            assert_eq!(
                desk.post(&chef, "/api/calls/stop_listening", &json!({"channel": started})).status,
                200
            );
            until("that he is listened to no more", || listened(None));
        } else {
            assert!(desks(&root).iter().all(|row| row["listened"].is_null()), "nobody is told: {answer}");
            let _ = desk.post(&chef, "/api/calls/stop_listening", &json!({"channel": started}));
        }
    }
    until("the reason in the log", || {
        let audit = desk.get(&root, "/api/audit?limit=100").json();
        let entries = audit["entries"].as_array().or(audit.as_array()).cloned().unwrap_or_default();
        entries.iter().any(|e| e["act"] == "listen" && e["with"]["reason"] == "coaching of today")
    });
}

#[test]
fn s36_listening_ends_with_its_right() {
    let (desk, root, _) = floor();
    let listen = json!({"grants": [{"verb": "listen", "scope": {"kind": "site", "id": "paris"}}]});
    assert_eq!(desk.put(&root, "/api/users/chef-paris/grants", &listen).status, 200);
    let chef = desk.login("chef-paris");
    let (mut started, mut told) = (String::new(), String::new());
    until("a call that is listened to", || {
        let Some((leg, idle)) = one_who_talks_and_one_who_does_not(&desk, &chef) else { return false };
        let body = json!({"channel": leg["channel"], "station": idle["endpoint"], "reason": "coaching"});
        let reply = desk.post(&chef, "/api/calls/listen", &body);
        told = reply.text();
        started = reply.json()["started"].as_str().unwrap_or_default().to_owned();
        reply.status == 200
    });
    assert!(!started.is_empty(), "{told}");
    let listens = || {
        let calls = desk.rows(&root, "calls");
        let mut legs = calls.iter().flat_map(|call| call["legs"].as_array().cloned().unwrap_or_default());
        legs.any(|leg| leg["channel"] == started.as_str() && leg["ended_ms"].is_null())
    };
    assert!(listens(), "{told}");
    assert_eq!(desk.put(&root, "/api/users/chef-paris/grants", &json!({"grants": []})).status, 200);
    let began = Instant::now();
    until("its end", || !listens());
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    until("its end in the log", || desk.get(&root, "/api/audit").text().contains("right_gone"));
}

#[test]
fn s36_a_listening_that_nobody_answers_for_any_more_ends() {
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let mut pbx = vigie();
    let pbx = pbx.args(["pbx", "--listen", &format!("127.0.0.1:{port}")]).stderr(std::process::Stdio::null());
    let mut pbx = pbx.spawn().expect("a PBX that outlives the server");
    let port = port.to_string();
    let account = [
        ("AMI_HOST", "127.0.0.1"),
        ("AMI_PORT", port.as_str()),
        ("AMI_USERNAME", "vigie"),
        ("AMI_SECRET", "vigie"),
    ];
    let mut desk = Desk::with(&account);
    let root = desk.first();
    desk.until_live(&root);
    let listen = json!({"grants": [{"verb": "listen", "scope": {"kind": "all", "id": ""}}]});
    let id = desk.get(&root, "/api/auth/me").json()["user"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(desk.put(&root, &format!("/api/users/{id}/grants"), &listen).status, 200);
    let mut started = String::new();
    until("a call that is listened to", || {
        let Some((leg, idle)) = one_who_talks_and_one_who_does_not(&desk, &root) else { return false };
        let body = json!({"channel": leg["channel"], "station": idle["endpoint"], "reason": "coaching"});
        started =
            desk.post(&root, "/api/calls/listen", &body).json()["started"].as_str().unwrap_or("").to_owned();
        !started.is_empty()
    });
    let listens = |desk: &Desk| {
        let calls = desk.rows(&root, "calls");
        let mut legs = calls.iter().flat_map(|call| call["legs"].as_array().cloned().unwrap_or_default());
        legs.any(|leg| leg["channel"] == started.as_str() && leg["ended_ms"].is_null())
    };
    desk.restart();
    desk.until_live(&root);
    // who asked for it is forgotten, and with him the right that would be looked at
    until("its end", || !listens(&desk));
    let _ = pbx.kill();
    let _ = pbx.wait();
}

#[test]
fn s35_who_listens_needs_the_right_and_rings_no_phone_but_his_own() {
    let (desk, root, whose) = floor();
    let endpoint =
        whose.iter().find(|(_, site)| **site == "paris").map(|(e, _)| e.clone()).expect("an agent");
    let foreign = whose.iter().find(|(_, site)| **site == "lyon").map(|(e, _)| e.clone()).expect("an agent");
    let chef = desk.login("chef-paris");
    let listen = |body: &Value| desk.post(&chef, "/api/calls/listen", body).told();
    let on =
        |channel: &str, station: &str| json!({"channel": channel, "station": station, "reason": "coaching"});
    assert_eq!(listen(&on("PJSIP/1-1", &endpoint)), "403 no_right", "not by his role");
    let given = json!({"grants": [{"verb": "listen", "scope": {"kind": "site", "id": "paris"}}]});
    assert_eq!(desk.put(&root, "/api/users/chef-paris/grants", &given).status, 200);
    let mut tried = false;
    until("a call of lyon alone and one of paris", || {
        let calls = desk.rows(&root, "calls");
        let channel = |site: &str| {
            let of = |call: &&Value| named(call, &whose) == BTreeSet::from([site]) && !waits(call);
            let legs = calls.iter().find(of)?["legs"].as_array()?.clone();
            let live = |leg: &&Value| leg["ended_ms"].is_null() && !leg["agent"].is_null();
            legs.iter().find(live).and_then(|leg| leg["channel"].as_str().map(str::to_owned))
        };
        let (Some(his), Some(other)) = (channel("paris"), channel("lyon")) else { return false };
        // a call may end at any moment, so each answer may be that it is gone
        let gone = "404 no_such_channel";
        assert_eq!(listen(&on(&other, &endpoint)), gone, "a call of another site");
        let told = listen(&on(&his, &foreign));
        assert!(
            [gone, "404 no_such_agent", "403 no_right"].contains(&told.as_str()),
            "another's phone: {told}"
        );
        let (status, verbs) = {
            let reply = desk.get(&chef, &format!("/api/verbs?channel={}", his.replace('/', "%2F")));
            (reply.status, reply.text().to_owned())
        };
        if told != gone && status == 200 {
            let verbs: Value = serde_json::from_str(&verbs).expect("JSON");
            let why = |verb: &str| {
                let all = verbs.as_array().expect("a list");
                let row = all.iter().find(|row| row["verb"] == verb).expect("the verb");
                row["error"].as_str().unwrap_or("ok").to_owned()
            };
            assert_eq!(why("barge"), "no_right");
            assert_ne!(why("listen"), "no_right");
            tried = true;
        }
        tried
    });
}
