//! Users, groups, sites and rights over REST: shapes, and who may change whom.

use serde_json::{Value, json};

use super::desk::{Desk, PASSWORD, Pass};

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
}

#[test]
fn a_user_has_the_shape_that_front_ends_know() {
    let (desk, first) = Desk::set_up();
    desk.site(&first, "north");
    let user = json!({"id": "new-1", "loginId": "1001", "firstName": "Zoé", "lastName": "O'Neil", "email": null,
        "role": "Agent", "isActive": true, "siteId": "north", "agentProfileId": null, "mobileNumber": "+33 6 12 34 56 78",
        "useMobileAsStation": true, "planningEnabled": false, "campaignIds": [], "groupIds": [], "password": PASSWORD});
    let reply = desk.post(&first, "/api/users", &user);
    assert_eq!(reply.status, 201, "{}", reply.text());
    let made = reply.json();
    for key in [
        "id",
        "loginId",
        "firstName",
        "lastName",
        "email",
        "role",
        "isActive",
        "siteId",
        "agentProfileId",
        "createdAt",
        "updatedAt",
        "mobileNumber",
        "useMobileAsStation",
        "profilePictureUrl",
        "planningEnabled",
        "campaignIds",
    ] {
        assert!(keys(&made).contains(&key), "{key}");
    }
    assert_eq!(
        (&made["id"], &made["firstName"], &made["campaignIds"]),
        (&json!("new-1"), &json!("Zoé"), &json!([]))
    );
    assert!(made["createdAt"].as_str().is_some_and(|at| at.len() == 24 && at.ends_with('Z')), "{made}");
    assert!(!reply.text().contains("argon2"));
    // what was read is sent back whole
    let mut back = made.clone();
    back["lastName"] = json!("Neil");
    let reply = desk.put(&first, "/api/users/new-1", &back);
    assert_eq!((reply.status, &reply.json()["lastName"]), (200, &json!("Neil")), "{}", reply.text());
    assert_eq!(desk.try_login("1001", PASSWORD).status, 200, "the password stays");
    let twice =
        desk.post(&first, "/api/users", &json!({"loginId": "1001", "role": "Agent", "password": PASSWORD}));
    assert_eq!(twice.told(), "409 taken");
    let active = desk.ask(&first, "DELETE", "/api/users/new-1", None);
    assert_eq!(active.told(), "400 still_active");
    assert_eq!(desk.get(&first, "/api/users/new-1").json()["isActive"], true, "he is still there");
    desk.put(&first, "/api/users/new-1", &json!({"isActive": false}));
    assert_eq!(desk.ask(&first, "DELETE", "/api/users/new-1", None).status, 204);
    assert_eq!(desk.get(&first, "/api/users/new-1").told(), "404 not_found");
}

#[test]
fn many_users_are_made_at_once_or_none() {
    let (desk, first) = Desk::set_up();
    let bulk = |users: Value| desk.post(&first, "/api/users/bulk", &json!({ "users": users }));
    let user = |id: &str, login: &str| json!({"id": id, "loginId": login, "role": "Agent"});
    let made = bulk(json!([user("a-1", "2001"), user("a-2", "2002"), user("a-3", "2003")]));
    assert_eq!(made.status, 201, "{}", made.text());
    let told = made.json();
    let passwords = told["oneTimePasswords"].as_array().expect("one for each").clone();
    assert_eq!(passwords.len(), 3, "{told}");
    for (id, login, given) in
        [("a-1", "2001", &passwords[0]), ("a-2", "2002", &passwords[1]), ("a-3", "2003", &passwords[2])]
    {
        assert_eq!(given["id"], id, "in the order of the users");
        let password = given["oneTimePassword"].as_str().expect("a password");
        assert_ne!(desk.try_login(login, password).status, 401, "{id}");
    }
    for wrong in [
        json!([user("b-1", "3001"), user("b-1", "3002")]),
        json!([user("b-1", "3001"), user("b-2", "3001")]),
        json!([user("b-1", "3001"), user("b-2", "2001")]),
        json!([user("b-1", "3001"), user("a-1", "3002")]),
    ] {
        assert_eq!(bulk(wrong.clone()).told(), "409 taken", "{wrong}");
    }
    let unknown = bulk(json!([user("b-1", "3001"), {"id": "b-2", "loginId": "3002", "role": "King"}]));
    assert_eq!(unknown.status, 422, "{}", unknown.text());
    assert!(unknown.text().contains("users[1].role"), "{}", unknown.text());
    assert_eq!(bulk(json!([])).status, 422);
    assert_eq!(desk.get(&first, "/api/users/b-1").told(), "404 not_found", "none of a refused request");
}

#[test]
fn s33_who_manages_a_part_reaches_nothing_beyond_it() {
    let (desk, first) = Desk::set_up();
    desk.site(&first, "lyon");
    for (login, role, endpoint) in [
        ("head", "Superviseur", Some("PJSIP/1001")),
        ("peer", "Superviseur", None),
        ("agent", "Agent", Some("PJSIP/1002")),
        ("trusted", "Agent", None),
    ] {
        desk.user(&first, login, role, Some("lyon"), endpoint);
    }
    let grant = |user: &str, verb: &str, kind: &str, id: &str| {
        let grants = json!({"grants": [{"verb": verb, "scope": {"kind": kind, "id": id}}]});
        let reply = desk.put(&first, &format!("/api/users/{user}/grants"), &grants);
        assert_eq!(reply.status, 200, "{}", reply.text());
    };
    let part = |verb: &str| json!({"verb": verb, "scope": {"kind": "site", "id": "lyon"}});
    let rights = json!({"grants": [part("manage_people"), part("manage_sites")]});
    assert_eq!(desk.put(&first, "/api/users/head/grants", &rights).status, 200);
    grant("trusted", "listen", "all", "");
    let head = desk.login("head");
    let one_time =
        |user: &str| desk.ask(&head, "POST", &format!("/api/users/{user}/one-time-password"), None);
    assert_eq!(one_time("peer").told(), "403 higher_role", "an equal");
    assert_eq!(one_time("trusted").told(), "403 more_rights", "he would listen everywhere with it");
    let set = desk.put(&head, "/api/users/trusted", &json!({"password": PASSWORD}));
    assert_eq!(set.told(), "403 more_rights");
    assert_eq!(one_time("agent").status, 200);
    let sits = |user: &str, endpoint: &str, interface: &str| {
        let station =
            json!({"pbx": "demo", "station": "1", "endpoint": endpoint, "memberInterface": interface});
        desk.put(&head, &format!("/api/users/{user}/stations"), &json!({"stations": [station]})).told()
    };
    assert_eq!(sits("head", "PJSIP/nobody", "PJSIP/1003"), "403 oneself");
    assert_eq!(
        sits("trusted", "PJSIP/nobody", "PJSIP/1002"),
        "409 taken",
        "who is at it already sees its calls"
    );
    let site = |change: Value| desk.put(&head, "/api/sites/lyon", &change).told();
    for beyond in [
        json!({"trunks": ["*"]}),
        json!({"queues": ["demo~support"]}),
        json!({"transferContext": "secret"}),
        json!({"listeningReason": false}),
    ] {
        assert_eq!(site(beyond.clone()), "403 site_borders", "{beyond}");
    }
    assert_eq!(desk.put(&head, "/api/sites/lyon", &json!({"dayStart": "06:00"})).status, 200);
    // a group on which rights were given is not changed through its members either
    let made = desk.post(&first, "/api/user-groups", &json!({"id": "vip", "name": "VIP", "memberIds": []}));
    assert_eq!(made.status, 201, "{}", made.text());
    grant("peer", "see", "group", "vip");
    grant("head", "manage_people", "all", "");
    let groups = json!({"groupIds": ["vip", "vip"]});
    assert_eq!(desk.put(&head, "/api/users/agent", &groups).told(), "403 rights_on_group");
    assert_eq!(desk.put(&first, "/api/users/agent", &groups).json()["groupIds"], json!(["vip"]));
    assert_eq!(desk.put(&head, "/api/users/agent", &json!({"groupIds": []})).told(), "403 rights_on_group");
}

#[test]
fn s34_fields_that_nobody_asked_for_are_refused() {
    let (desk, first) = Desk::set_up();
    desk.user(&first, "marie", "Agent", None, None);
    for (method, path, body) in [
        (
            "POST",
            "/api/users",
            json!({"loginId": "x", "role": "Agent", "password": PASSWORD, "password_hash": "x"}),
        ),
        ("PUT", "/api/users/marie", json!({"rights": ["listen"]})),
        ("PUT", "/api/users/marie", json!({"id": "root"})),
        ("PUT", "/api/users/marie", json!({"role": "Root"})),
        ("PUT", "/api/users/marie", json!({"isActive": "yes"})),
        ("PUT", "/api/users/marie", json!({"siteId": "nowhere"})),
        ("PUT", "/api/users/marie", json!({"groupIds": ["nothing"]})),
        ("POST", "/api/sites", json!({"name": "x", "owner": "marie"})),
        ("POST", "/api/sites", json!({"name": "x", "timeZone": "Europe/Atlantis"})),
        ("POST", "/api/sites", json!({"name": "x", "dayStart": "24:00"})),
        ("POST", "/api/sites", json!({"name": "x", "numbers": []})),
        ("POST", "/api/sites", json!({"name": "x", "numbers": {"allow": ["everything"]}})),
        ("POST", "/api/sites", json!({"name": "x", "numbers": {"rule": 1}})),
        ("POST", "/api/user-groups", json!({"name": "x", "memberIds": ["marie"], "rights": []})),
        ("POST", "/api/user-groups", json!({"name": "x", "memberIds": ["nobody"]})),
        ("PUT", "/api/users/marie/grants", json!({"grants": [{"verb": "fly", "scope": {"kind": "all"}}]})),
        (
            "PUT",
            "/api/users/marie/grants",
            json!({"grants": [{"verb": "see", "scope": {"kind": "site", "id": "no"}}]}),
        ),
        (
            "PUT",
            "/api/users/marie/grants",
            json!({"grants": [{"verb": "see", "scope": {"kind": "all"}, "by": "x"}]}),
        ),
        (
            "PUT",
            "/api/users/marie/stations",
            json!({"stations": [{"pbx": "demo", "station": "1", "endpoint": "a\r\nb"}]}),
        ),
        (
            "PUT",
            "/api/users/marie/stations",
            json!({"stations": [{"pbx": "demo", "station": "1", "endpoint": "PJSIP/1", "user": "x"}]}),
        ),
        ("POST", "/api/auth/login", json!({"loginId": "x", "password": "y", "role": "SuperAdmin"})),
    ] {
        let reply = desk.ask(&first, method, path, Some(&body));
        assert_eq!(reply.told(), "422 bad_value", "{method} {path} {body}");
        assert!(!keys(&reply.json()["details"]).is_empty(), "it names what was wrong: {}", reply.text());
    }
}

#[test]
fn s33_nobody_makes_himself_or_others_more_than_he_is() {
    let (desk, root) = Desk::set_up();
    desk.user(&root, "admin", "Administrateur", None, None);
    desk.user(&root, "chef", "Superviseur", None, None);
    let admin = desk.login("admin");
    let chef = desk.login("chef");
    let told =
        |pass: &Pass, method: &str, path: &str, body: Value| desk.ask(pass, method, path, Some(&body)).told();
    let new = |role: &str| json!({"loginId": format!("x{role}"), "role": role, "password": PASSWORD});
    assert_eq!(told(&chef, "POST", "/api/users", new("Agent")), "403 no_right");
    assert_eq!(told(&admin, "POST", "/api/users", new("SuperAdmin")), "403 higher_role");
    assert_eq!(told(&admin, "PUT", "/api/users/user-first", json!({"lastName": "x"})), "403 higher_role");
    assert_eq!(told(&admin, "PUT", "/api/users/chef", json!({"role": "SuperAdmin"})), "403 higher_role");
    assert_eq!(told(&admin, "PUT", "/api/users/admin", json!({"role": "Agent"})), "403 oneself");
    assert_eq!(told(&root, "PUT", "/api/users/user-first", json!({"role": "Agent"})), "403 oneself");
    let listen = json!({"grants": [{"verb": "listen", "scope": {"kind": "all"}}]});
    assert_eq!(told(&admin, "PUT", "/api/users/admin/grants", listen.clone()), "403 oneself");
    assert_eq!(told(&chef, "PUT", "/api/users/chef/grants", listen.clone()), "403 no_right");
    assert_eq!(told(&admin, "PUT", "/api/users/chef/grants", listen), "200");
    let me = desk.get(&chef, "/api/auth/me").json();
    let rights = me["rights"].as_array().expect("rights");
    assert!(rights.iter().any(|right| right["verb"] == "listen"), "{me}");
    assert!(!rights.iter().any(|right| right["verb"] == "barge"), "S35: {me}");
    assert_eq!(told(&admin, "DELETE", "/api/users/admin", json!({})), "403 oneself");
    // refusals for want of a right are in the log, and those of who had one and wanted more
    super::desk::until("the audit log", || {
        let entries = desk.get(&root, "/api/audit?who=admin").json();
        let has = |on: &str, outcome: &str| {
            let all = entries["entries"].as_array();
            all.is_some_and(|all| all.iter().any(|e| e["on"] == on && e["outcome"] == outcome))
        };
        has("/api/users/user-first", "higher_role") && has("/api/users/admin/grants", "oneself")
    });
    super::desk::until("the audit log", || {
        let entries = desk.get(&root, "/api/audit?who=chef").json();
        entries["entries"]
            .as_array()
            .is_some_and(|all| all.iter().any(|e| e["act"] == "manage_people" && e["outcome"] == "no_right"))
    });
}

#[test]
fn s33_a_supervisor_knows_the_people_of_his_site_only() {
    let (desk, root) = Desk::set_up();
    for site in ["paris", "lyon"] {
        desk.site(&root, site);
        desk.user(&root, &format!("chef-{site}"), "Superviseur", Some(site), None);
        desk.user(&root, &format!("agent-{site}"), "Agent", Some(site), None);
        let group = json!({"id": format!("g-{site}"), "name": site, "memberIds": [format!("agent-{site}")]});
        assert_eq!(desk.post(&root, "/api/user-groups", &group).status, 201);
    }
    let paris = desk.login("chef-paris");
    let ids = |path: &str| -> Vec<String> {
        let all = desk.get(&paris, path).json();
        let mut ids: Vec<_> = all
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|x| x["id"].as_str().map(str::to_owned))
            .collect();
        ids.sort();
        ids
    };
    assert_eq!(ids("/api/users"), ["agent-paris", "chef-paris"]);
    assert_eq!(ids("/api/user-groups"), ["g-paris"]);
    assert_eq!(ids("/api/sites"), ["paris"]);
    for path in [
        "/api/users/agent-lyon",
        "/api/users/agent-lyon/stations",
        "/api/user-groups/g-lyon",
        "/api/sites/lyon",
    ] {
        assert_eq!(desk.get(&paris, path).told(), "404 not_found", "{path}");
        let never = path.replace("lyon", "nowhere");
        assert_eq!(
            desk.get(&paris, &never).text(),
            desk.get(&paris, path).text(),
            "foreign and absent are told alike"
        );
    }
    let change = json!({"name": "x", "memberIds": ["agent-paris"]});
    assert_eq!(desk.put(&paris, "/api/user-groups/g-lyon", &change).told(), "404 not_found");
    assert_eq!(desk.ask(&paris, "DELETE", "/api/user-groups/g-lyon", None).told(), "404 not_found");
    let both = json!({"name": "both", "memberIds": ["agent-paris", "agent-lyon"]});
    assert_eq!(desk.post(&paris, "/api/user-groups", &both).told(), "422 bad_value");
    assert_eq!(
        desk.post(&paris, "/api/user-groups", &json!({"name": "own", "memberIds": ["agent-paris"]})).status,
        201
    );
    // rights that were given on a group are not widened by who fills it
    let listen = json!({"grants": [{"verb": "listen", "scope": {"kind": "group", "id": "g-paris"}}]});
    assert_eq!(desk.put(&root, "/api/users/chef-paris/grants", &listen).status, 200);
    assert_eq!(desk.put(&paris, "/api/user-groups/g-paris", &change).told(), "403 rights_on_group");
    // a site that goes leaves its people without one
    assert_eq!(desk.ask(&root, "DELETE", "/api/sites/lyon", None).status, 204);
    assert_eq!(desk.get(&root, "/api/users/agent-lyon").json()["siteId"], Value::Null);
}

#[test]
fn the_check_names_what_does_not_match_the_board() {
    let (desk, root) = Desk::set_up();
    desk.until_live(&root);
    let agents = desk.rows(&root, "agents");
    let endpoint = agents[0]["endpoint"].as_str().expect("an endpoint").to_owned();
    desk.user(&root, "right", "Agent", None, Some(&endpoint));
    desk.user(&root, "wrong", "Agent", None, Some("PJSIP/nowhere"));
    desk.user(&root, "none", "Agent", None, None);
    let check = desk.get(&root, "/api/people/check").json();
    let slug_of = |user: &str| -> Vec<String> {
        let of_him = check["problems"].as_array().into_iter().flatten().filter(|p| p["userId"] == user);
        of_him.filter_map(|p| p["slug"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(slug_of("right"), Vec::<String>::new(), "{check}");
    assert_eq!(slug_of("wrong"), ["no_such_endpoint"]);
    assert_eq!(slug_of("none"), ["no_station"]);
    let nobody =
        check["problems"].as_array().into_iter().flatten().filter(|p| p["slug"] == "nobody_there").count();
    assert_eq!(nobody, agents.len() - 1);
}

#[test]
fn s33_a_superadmin_is_not_taken_away_as_one() {
    let (desk, root) = Desk::set_up();
    desk.user(&root, "second", "SuperAdmin", None, None);
    let remove = |user: &str| desk.ask(&root, "DELETE", &format!("/api/users/{user}"), None).told();
    assert_eq!(remove("user-first"), "403 oneself");
    assert_eq!(desk.put(&root, "/api/users/second", &json!({"isActive": false})).status, 200);
    assert_eq!(remove("second"), "403 superadmin_stays");
    assert_eq!(desk.put(&root, "/api/users/second", &json!({"role": "Agent"})).status, 200);
    assert_eq!(remove("second"), "204");
}
