//! What holds at every operation that is described: how much it reads, what it reads, what it says of itself, and
//! what may be asked of all together.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::desk::{Desk, PASSWORD, Pass, until};

use crate::support::sound;
use crate::web::site::Reply;

/// Method, path with its examples, and the operation.
type Asked = (String, String, Value);

fn operations(document: &Value) -> Vec<Asked> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, of) in item.as_object().expect("methods") {
            let mut path = path.clone();
            for parameter in of["parameters"].as_array().into_iter().flatten() {
                let (name, example) = (&parameter["name"], parameter["example"].as_str().unwrap_or_default());
                let name = name.as_str().expect("a name");
                path = path.replace(&format!("{{{name}}}"), &example.replace('/', "%2F"));
            }
            all.push((method.to_uppercase(), path, of.clone()));
        }
    }
    all
}

/// Who may everything, also what comes with no role, and whom the examples of the description name.
fn who_may_everything() -> (Desk, Pass, String) {
    let (desk, root) = Desk::set_up();
    let rights = desk.get(&root, "/api/rights").json();
    let one = |right: &Value| json!({"verb": right["verb"], "scope": {"kind": "all"}});
    let all: Vec<_> = rights.as_array().expect("rights").iter().map(one).collect();
    let reply = desk.put(&root, "/api/users/user-first/grants", &json!({"grants": all}));
    assert_eq!(reply.status, 200, "{}", reply.text());
    // whom the examples name
    desk.site(&root, "paris");
    desk.user(&root, "jeanne", "Agent", Some("paris"), None);
    let group = json!({"id": "hotline", "name": "Hotline", "memberIds": ["jeanne"]});
    assert_eq!(desk.post(&root, "/api/user-groups", &group).status, 201);
    let flow = json!({"id": "welcome", "name": "Welcome", "nodes": [], "connections": []});
    assert_eq!(desk.post(&root, "/api/ivr-flows", &flow).status, 201);
    let did = json!({"id": "did-1", "number": "0170000001", "ivrFlowId": "welcome"});
    assert_eq!(desk.post(&root, "/api/dids", &did).status, 201);
    assert_eq!(desk.post(&root, "/api/assistants", &json!({"id": "lea", "name": "Lea"})).status, 201);
    assert_eq!(desk.post(&root, "/api/assistants/lea/publish", &json!({})).status, 200);
    until("the prompts", || desk.get(&root, "/api/prompts").status == 200);
    let tone = sound::wav(8_000, &sound::tone(440.0, 8_000, 0.5));
    let made = desk.send(&root, "POST", "/api/prompts?name=Hello", &tone);
    assert_eq!(made.status, 201, "{}", made.text());
    let prompt = made.json()["id"].as_str().expect("an id").to_owned();
    (desk, root, prompt)
}

/// Where an operation is asked: what the server named itself is named so, and a new file has a name.
fn asked_at(path: &str, prompt: &str) -> String {
    match path {
        "/api/prompts" => "/api/prompts?name=Other".to_owned(),
        path => path.replace("prompt-1", prompt),
    }
}

/// Those that take JSON, and those that take a file.
fn bodies(document: &Value) -> (Vec<Asked>, Vec<Asked>) {
    let all = operations(document).into_iter().filter(|(.., of)| of["requestBody"].is_object());
    let (json, files): (Vec<_>, Vec<_>) =
        all.partition(|(.., of)| of["requestBody"]["content"]["application/json"].is_object());
    assert!(json.len() > 40 && files.len() > 1, "{} bodies, {} files", json.len(), files.len());
    (json, files)
}

fn limit_of(operation: &Value) -> usize {
    operation["x-body-limit"].as_u64().and_then(|n| usize::try_from(n).ok()).expect("a limit")
}

fn protected(reply: &Reply, what: &str) {
    let header = |name: &str| reply.header(name).unwrap_or_default();
    assert!(header("content-security-policy").contains("frame-ancestors 'none'"), "{what}: {reply:?}");
    assert!(!header("content-security-policy").contains("unsafe-"), "{what}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(header(name), value, "{what}");
    }
    assert_eq!(header("cache-control"), "no-store", "{what}");
}

#[test]
fn s59_every_answer_of_every_operation_has_the_security_headers() {
    let (desk, root) = Desk::set_up();
    let document = desk.get(&root, "/api/openapi.json").json();
    for (method, path, of) in operations(&document) {
        // the page is kept by browsers, the socket is no answer, and the end comes last
        if ["/api/docs", "/ws", "/api/auth/logout"].contains(&path.as_str()) {
            continue;
        }
        let example = of.pointer("/requestBody/content/application~1json/example");
        for (who, pass) in [("nobody", &Pass::default()), ("root", &root)] {
            // what would change the session of who asks, or take long, is asked with nothing in it
            let body = (method != "GET" && example.is_some()).then(|| json!({}));
            let reply = desk.ask(pass, &method, &path, body.as_ref());
            protected(&reply, &format!("{who}: {method} {path}: {}", reply.status));
        }
        let reply = desk.ask(&root, "PATCH", &path, None);
        protected(&reply, &format!("PATCH {path}"));
        assert_eq!(reply.status, 405, "PATCH {path}");
        let allowed = reply.header("allow").unwrap_or_default();
        assert!(allowed.contains(&method), "{method} {path}: Allow: {allowed}");
    }
    protected(&desk.ask(&root, "POST", "/api/auth/logout", None), "logout");
}

#[test]
fn s34_s50_a_body_has_the_fields_that_are_described_and_no_others() {
    let (desk, root, prompt) = who_may_everything();
    let document = desk.get(&root, "/api/openapi.json").json();
    for (method, path, of) in bodies(&document).0 {
        let path = asked_at(&path, &prompt);
        let schema = &of["requestBody"]["content"]["application/json"]["schema"];
        let name = schema["$ref"].as_str().and_then(|at| at.strip_prefix('#')).expect("a reference");
        let schema = document.pointer(name).expect("what it stands for");
        let nobody = Pass::default();
        // these take nobody's word for who he is
        let pass = if of["security"] == json!([]) { &nobody } else { &root };
        // a value of no kind that any field has: each is complained of by its name
        let fields: Vec<&String> =
            schema["properties"].as_object().map(|all| all.keys().collect()).unwrap_or_default();
        let looked_at = |field: &&&String| {
            let of = &schema["properties"][field.as_str()];
            !of["description"].as_str().unwrap_or_default().contains("not looked at")
        };
        let mut body = json!({"surprise": 1});
        for field in &fields {
            body[field.as_str()] = json!({"no": [["such value"]]});
        }
        let reply = desk.ask(pass, &method, &path, Some(&body));
        assert_eq!(reply.told(), "422 bad_value", "{method} {path}: {}", reply.text());
        let details = reply.json()["details"].clone();
        assert_eq!(details["surprise"], "unknown field", "{method} {path}: {details}");
        for field in fields.iter().filter(looked_at) {
            let told = details[field.as_str()].as_str().unwrap_or_default();
            assert!(!told.is_empty() && told != "unknown field", "{method} {path}: {field}: {details}");
        }
        let reply = desk.ask(pass, &method, &path, Some(&json!({})));
        let details = reply.json()["details"].clone();
        for needed in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            assert!(details[needed].is_string(), "{method} {path}: {needed}: {}", reply.text());
        }
    }
}

#[test]
fn s50_bodies_have_a_size_a_kind_and_a_depth_at_every_operation() {
    let (desk, root, prompt) = who_may_everything();
    let document = desk.get(&root, "/api/openapi.json").json();
    let ask = |method: &str, path: &str, kind: &str, body: &str| {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {}\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            desk.server.address,
            root.token,
            body.len()
        );
        desk.raw(&request).told()
    };
    let (json, files) = bodies(&document);
    for (method, path, of) in files {
        let path = asked_at(&path, &prompt);
        let most = limit_of(&of);
        assert!((1..=10 << 20).contains(&most), "{path}: {most}");
        let told = ask(&method, &path, "application/octet-stream", &" ".repeat(most + 1));
        assert_eq!(told, "413 too_large", "{method} {path}");
    }
    for (method, path, of) in json {
        let path = asked_at(&path, &prompt);
        let most = limit_of(&of);
        assert!((1..=5 << 20).contains(&most), "{path}: {most}");
        let what = format!("{method} {path}");
        let large = format!("{{{}}}", " ".repeat(most));
        assert_eq!(ask(&method, &path, "application/json", &large), "413 too_large", "{what}");
        assert_eq!(ask(&method, &path, "text/plain", "{}"), "415 not_json", "{what}");
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(4_000), "]".repeat(4_000));
        assert_eq!(ask(&method, &path, "application/json", &deep), "400 malformed_json", "{what}");
        let twins = r#"{"a":{"b":1,"b":2}}"#;
        assert_eq!(ask(&method, &path, "application/json", twins), "422 bad_value", "{what}");
    }
}

#[test]
fn s50_a_body_that_does_not_come_and_one_of_two_lengths_hold_nobody_up() {
    let desk = Desk::start();
    let head = format!(
        "POST /api/auth/login HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n",
        desk.server.address
    );
    let mut slow = TcpStream::connect(&desk.server.address).expect("it listens");
    slow.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    slow.write_all(format!("{head}Content-Length: 50\r\n\r\n{{").as_bytes()).expect("it reads");
    // others are answered meanwhile
    assert_eq!(desk.get(&Pass::default(), "/api/health").status, 200);
    let mut answer = [0; 12];
    slow.read_exact(&mut answer).expect("it answers");
    assert_eq!(&answer, b"HTTP/1.1 408");
    let smuggled = "GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n";
    for lengths in [
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 2\r\nContent-Length: 40\r\n",
        "Content-Length: +2\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
    ] {
        let reply = desk.raw(&format!("{head}Connection: close\r\n{lengths}\r\n{{}}{smuggled}"));
        assert!((400..500).contains(&reply.status), "{lengths}: {}", reply.status);
        assert!(!reply.text().contains("alive"), "{lengths}: a second request was answered");
    }
}

#[test]
fn s50_one_client_asks_so_much_and_others_are_answered() {
    let (desk, root) = Desk::set_up();
    desk.user(&root, "marie", "Superviseur", None, None);
    let marie = desk.login("marie").token_of();
    let mut socket = TcpStream::connect(&desk.server.address).expect("it listens");
    socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    let one = format!(
        "GET /api/auth/me HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
        desk.server.address, marie.token
    );
    let last = one.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let writer = {
        let mut socket = socket.try_clone().expect("a handle");
        std::thread::spawn(move || {
            // enough for a server that takes a minute over it
            let _ = socket.write_all((one.repeat(11_999) + &last).as_bytes());
        })
    };
    let mut answers = Vec::new();
    socket.read_to_end(&mut answers).expect("it answers");
    writer.join().expect("it was written");
    let answers = String::from_utf8_lossy(&answers);
    let count = |status: &str| answers.matches(&format!("HTTP/1.1 {status} ")).count();
    let (good, refused) = (count("200"), count("429"));
    assert_eq!(good + refused, 12_000, "{good} answered, {refused} refused");
    assert!(good >= 3_000 && refused > 0, "{good} answered, {refused} refused");
    assert!(answers.contains("retry-after: 1\r\n") && answers.contains("\"too_much\""));
    assert_eq!(desk.get(&root, "/api/auth/me").status, 200, "another is answered");
    assert_eq!(desk.get(&Pass::default(), "/api/health").status, 200);
}

#[test]
fn s32_no_login_makes_a_line_of_its_own_in_the_log() {
    let (desk, root) = Desk::set_up();
    let forged = "x\r\n[2026-01-01T00:00:00Z ERROR vigie] forged\u{1b}[31m";
    for login in [forged, "a\nb", "\u{9b}31m"] {
        assert_ne!(desk.try_login(login, PASSWORD).status, 200);
    }
    let agent = json!({"agent": forged, "queue": forged, "reason": forged});
    desk.post(&root, "/api/agents/pause", &agent);
    desk.get(&root, "/api/history/calls?q=%0d%0a[2026-01-01T00:00:00Z%20ERROR%20vigie]%20forged%1b[31m");
    let log = desk.server.log();
    assert!(!log.is_empty() && !log.contains('\u{1b}') && !log.contains('\r'), "{log}");
    assert!(!log.lines().any(|line| line.starts_with('[') && line.ends_with("forged")), "{log}");
}
