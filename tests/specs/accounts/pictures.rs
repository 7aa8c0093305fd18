//! People's pictures.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::desk::{Desk, Pass};

/// The smallest GIF.
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

fn url(kind: &str, bytes: &[u8]) -> Value {
    json!({"pictureUrl": format!("data:{kind};base64,{}", STANDARD.encode(bytes))})
}

fn set(desk: &Desk, pass: &Pass, body: &Value) -> String {
    desk.put(pass, "/api/users/me/picture", body).told()
}

/// Where the user's picture is, as who asks is told.
fn address(desk: &Desk, pass: &Pass, user: &str) -> Option<String> {
    let told = desk.get(pass, &format!("/api/users/{user}")).json();
    told["profilePictureUrl"].as_str().map(str::to_owned)
}

/// A SuperAdmin, an agent of each of two sites, and the supervisor of the first.
fn people() -> (Desk, Pass, Pass, Pass, Pass) {
    let (desk, root) = Desk::set_up();
    for site in ["paris", "lyon"] {
        desk.site(&root, site);
    }
    for (id, role, site) in
        [("anne", "Agent", "paris"), ("paul", "Agent", "lyon"), ("chef", "Superviseur", "paris")]
    {
        desk.user(&root, id, role, Some(site), None);
    }
    let (anne, paul, chef) = (desk.login("anne"), desk.login("paul"), desk.login("chef"));
    (desk, root, anne, paul, chef)
}

#[test]
fn a_picture_is_seen_by_whom_its_owner_is_seen_by() {
    let (mut desk, root, anne, paul, chef) = people();
    assert_eq!(address(&desk, &root, "anne"), None);
    assert_eq!(desk.get(&anne, "/api/users/anne/picture").status, 204, "there is none");
    let told = desk.put(&anne, "/api/users/me/picture", &url("image/png", GIF)).json();
    let at = told["profilePictureUrl"].as_str().expect("an address").to_owned();
    for pass in [&root, &chef] {
        assert_eq!(address(&desk, pass, "anne"), Some(at.clone()));
    }
    desk.restart();
    for pass in [&root, &chef, &anne] {
        let shown = desk.get(pass, &at);
        assert_eq!(
            (shown.status, shown.header("content-type")),
            (200, Some("image/gif")),
            "what its bytes say"
        );
        assert_eq!(shown.body, GIF);
        assert_eq!(shown.header("x-content-type-options"), Some("nosniff"));
    }
    assert_eq!(
        desk.get(&paul, &at).told(),
        "404 not_found",
        "of another site, without the right to see people"
    );
    assert_eq!(desk.get(&paul, "/api/users/nobody/picture").told(), "404 not_found", "as of nobody");
    let other = [GIF, b"more"].concat();
    let next = desk.put(&anne, "/api/users/me/picture", &url("image/gif", &other)).json();
    assert_ne!(next["profilePictureUrl"].as_str(), Some(at.as_str()), "another picture, another address");
    assert_eq!(
        desk.ask(&anne, "DELETE", "/api/users/me/picture", None).json()["profilePictureUrl"],
        Value::Null
    );
    assert_eq!(address(&desk, &root, "anne"), None);
    assert_eq!(desk.get(&root, &at).status, 204);
}

#[test]
fn s30_what_is_no_picture_is_refused_and_nothing_changes() {
    let (desk, root, anne, ..) = people();
    assert_eq!(set(&desk, &anne, &url("image/gif", GIF)), "200");
    let before = address(&desk, &root, "anne");
    for (body, expected) in [
        (json!({}), "400 no_picture"),
        (json!({"pictureUrl": null}), "400 no_picture"),
        (json!({"pictureUrl": ""}), "400 no_picture"),
        (json!({"pictureUrl": "https://example.org/a.png"}), "400 no_picture"),
        (url("image/svg+xml", b"<svg onload='alert(1)'/>"), "400 no_picture"),
        (url("image/png", b"<script>alert(1)</script>"), "400 no_picture"),
        (json!({"pictureUrl": 5}), "422 bad_value"),
        (json!({"pictureUrl": "x", "id": "root"}), "422 bad_value"),
    ] {
        assert_eq!(set(&desk, &anne, &body), expected, "{body}");
    }
    let large = |bytes: usize| url("image/gif", &[GIF, &vec![0; bytes - GIF.len()]].concat());
    assert_eq!(set(&desk, &anne, &large(2_000_001)), "413 too_large");
    assert_eq!(set(&desk, &anne, &large(4_500_000)), "413 too_large", "beyond what a body may have");
    assert_eq!(address(&desk, &root, "anne"), before);
    assert_eq!(set(&desk, &anne, &large(2_000_000)), "200");
}
