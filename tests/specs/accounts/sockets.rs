//! Who gets a WebSocket, and what it tells of people.

use serde_json::json;

use super::desk::{Desk, Pass};
use crate::web::socket::{Heard, Socket};

#[test]
fn s33_who_sees_nothing_gets_no_socket() {
    let (desk, root) = Desk::set_up();
    let reply =
        desk.post(&root, "/api/users", &json!({"id": "paul", "loginId": "paul", "role": "Superviseur"}));
    let given = reply.json()["oneTimePassword"].as_str().expect("told once").to_owned();
    let paul = Pass::of(&desk.try_login("paul", &given)).token_of();
    assert_eq!(desk.ask(&paul, "POST", "/api/auth/ticket", None).told(), "403 no_right");
    let bearer = format!("Authorization: Bearer {}\r\n", paul.token);
    assert_eq!(Socket::at(&desk.server.address, "", &bearer).err(), Some(403));
    // who sees something does, and loses it with his rights
    let bearer = format!("Authorization: Bearer {}\r\n", root.token);
    assert!(Socket::at(&desk.server.address, "", &bearer).is_ok());
}

#[test]
fn s33_a_socket_names_no_group_that_its_reader_sees_in_part() {
    let (desk, root) = Desk::set_up();
    for site in ["paris", "lyon"] {
        desk.site(&root, site);
        desk.user(&root, &format!("agent-{site}"), "Agent", Some(site), None);
    }
    desk.user(&root, "chef", "Superviseur", Some("paris"), None);
    let chef = desk.login("chef");
    let mut socket = desk.socket(&chef);
    assert!(matches!(socket.hear(), Heard::Text(_)), "a snapshot");
    let group = |id: &str, members: &[&str]| json!({"id": id, "name": id, "memberIds": members});
    for body in [group("both", &["agent-paris", "agent-lyon"]), group("own", &["agent-paris"])] {
        assert_eq!(desk.post(&root, "/api/user-groups", &body).status, 201, "{body}");
    }
    let mut named = Vec::new();
    while !named.contains(&json!("own")) {
        let Heard::Text(frame) = socket.hear() else { panic!("closed") };
        assert_ne!(frame["all"], true, "{frame}");
        named.extend(frame["groups"].as_array().into_iter().flatten().cloned());
    }
    assert_eq!(named, [json!("own")]);
    assert_eq!(desk.get(&chef, "/api/user-groups/both").told(), "404 not_found", "as over REST");
}
