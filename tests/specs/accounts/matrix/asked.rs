//! What is asked: each operation of the description, about each that it may be about.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::desk::{Desk, Pass};
use super::people::{GROUPS, PEOPLE, QUEUE, SITE_QUEUE, SITES, Subject, Target};
use super::{Class, Floor};

/// One of the description.
pub(super) struct Operation {
    pub(super) method: String,
    pub(super) path: String,
    /// The right that it needs.
    pub(super) right: Option<String>,
    pub(super) within: String,
    /// Whether nobody needs to log in for it.
    open: bool,
    /// An example of its body.
    pub(super) body: Option<Value>,
    parameters: Vec<Value>,
}

/// One question.
pub(super) struct Case {
    pub(super) path: String,
    pub(super) body: Option<Value>,
    pub(super) expected: Class,
    /// Made first: what is to be deleted is nothing that others need.
    pub(super) spare: Option<(&'static str, Value)>,
}

/// All that are described, but the end of a session, which comes last.
pub(super) fn operations(document: &Value) -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, of) in item.as_object().expect("methods") {
            let doors = of["security"].as_array().expect("security");
            all.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                right: of["x-right"].as_str().map(str::to_owned),
                within: of["x-within"].as_str().expect("x-within").to_owned(),
                // from this machine metrics are open
                open: doors.is_empty() || doors.contains(&json!({})),
                body: of["requestBody"]["content"]["application/json"].get("example").cloned(),
                parameters: of["parameters"].as_array().cloned().unwrap_or_default(),
            });
        }
    }
    all.retain(|operation| operation.path != "/api/auth/logout");
    all
}

/// Calls that are kept, as a list shows them.
pub(super) fn kept_calls(desk: &Desk, root: &Pass) -> Vec<Value> {
    let end = Instant::now() + Duration::from_secs(120);
    loop {
        let found = desk.get(root, "/api/history/calls?limit=20").json();
        let calls = found["calls"].as_array().cloned().unwrap_or_default();
        if calls.len() >= 6 {
            return calls;
        }
        assert!(Instant::now() < end, "waited for calls that are over");
        std::thread::sleep(Duration::from_millis(200));
    }
}

impl Operation {
    /// Its path with that `{id}`, and its examples for the rest.
    fn at(&self, id: &str) -> String {
        let mut path = self.path.replace("{id}", &id.replace('/', "%2F"));
        for parameter in self.parameters.iter().filter(|parameter| parameter["in"] == "path") {
            let name = parameter["name"].as_str().expect("a name");
            path = path.replace(&format!("{{{name}}}"), parameter["example"].as_str().unwrap_or_default());
        }
        path
    }

    /// A body that is understood and then refused: nothing is changed by it.
    fn spoilt(&self) -> Option<Value> {
        let mut body = self.body.clone()?;
        if let Some(first) = body.as_object_mut().and_then(|fields| fields.values_mut().next()) {
            *first = if first.is_array() { json!([5]) } else { json!({"no": "such value"}) };
        }
        Some(body)
    }

    /// Whether it has that parameter in its query.
    fn asks_for(&self, name: &str) -> bool {
        self.parameters.iter().any(|parameter| parameter["in"] == "query" && parameter["name"] == name)
    }

    fn case(&self, id: &str, body: Option<Value>, expected: Class) -> Case {
        Case { path: self.at(id), body, expected, spare: None }
    }

    /// About a group or a site, or where it deletes, about another that is like it.
    fn of_spare(&self, id: &str, members: &[&str], expected: Class) -> Case {
        if self.method != "DELETE" {
            return self.case(id, self.spoilt(), expected);
        }
        let (path, id) =
            (if members.is_empty() { "/api/sites" } else { "/api/user-groups" }, format!("{id}-spare"));
        let mut body = json!({"id": id, "name": id});
        if !members.is_empty() {
            body["memberIds"] = json!(members);
        }
        Case { spare: Some((path, body)), ..self.case(&id, None, expected) }
    }
}

/// Of one who asks.
pub(super) fn cases(operation: &Operation, subject: &Subject, calls: &[Value]) -> Vec<Case> {
    let whatever = |expected| vec![operation.case("nobody-has-this", operation.spoilt(), expected)];
    if operation.open {
        // it says so of a missing refresh token
        let refresh = operation.path == "/api/auth/refresh";
        return whatever(if refresh { Class::NotLoggedIn } else { Class::Past });
    }
    if !subject.is_somebody() {
        return whatever(Class::NotLoggedIn);
    }
    if operation.path == "/api/users/{id}/picture" {
        // one's own, and of whom one sees
        let seen = |target: &Target| {
            subject.is(target) || (subject.has("people") && subject.person("people", target))
        };
        return PEOPLE
            .iter()
            .map(|target| operation.case(target.id, None, Class::within(seen(target))))
            .collect();
    }
    let Some(right) = operation.right.as_deref() else { return whatever(Class::Past) };
    if !subject.has(right) {
        return whatever(Class::NoRight);
    }
    let of_id = operation.path.contains("{id}");
    let spoilt = |id: &str, reaches| operation.case(id, operation.spoilt(), Class::within(reaches));
    match operation.within.as_str() {
        "nothing" | "board" | "callbacks" | "tickets" => whatever(Class::Past),
        "everywhere" => {
            // about one that is not there, who may not is told that and no more
            let there = if of_id { Class::NotThere } else { Class::Past };
            let expected = if subject.is_everywhere(right) { there } else { Class::NoRight };
            vec![operation.case("nobody-has-this", operation.body.clone(), expected)]
        }
        "users" if of_id => {
            // who is given a password is out: not who asks here himself
            let out = |id: &str| operation.path.ends_with("/one-time-password") && id == "agent";
            let about = PEOPLE.iter().filter(|target| !out(target.id));
            about.map(|target| spoilt(target.id, subject.person(right, target))).collect()
        }
        "groups" if of_id => {
            let one = |group: &(&str, &str)| {
                operation.of_spare(group.0, &[group.1], Class::within(subject.group(right, *group)))
            };
            GROUPS.iter().map(one).collect()
        }
        "sites" if of_id => {
            let one = |site: &&str| operation.of_spare(site, &[], Class::within(subject.site(right, site)));
            SITES.iter().map(one).collect()
        }
        "users" | "groups" | "sites" => whatever(Class::Past),
        "agent" => on_agents(operation, subject, right),
        // live calls have a spec of their own
        "channel" => {
            vec![operation.case("", with(operation, "channel", "PJSIP/1001-ffffffff"), Class::NotThere)]
        }
        "history" if operation.path.ends_with("/recordings/{n}") => {
            // none of these calls was recorded: who may hear it is told so, as of its list
            let there = calls.iter().map(|call| of_call(operation, subject, right, call));
            there.map(|case| Case { expected: Class::NotThere, ..case }).collect()
        }
        "history" if operation.path.contains("/calls/{id}") => {
            calls.iter().map(|call| of_call(operation, subject, right, call)).collect()
        }
        "history" | "figures" if operation.path.contains("/agents/{id}") => {
            let at = |endpoint: &str| format!("demo~{endpoint}");
            let of = PEOPLE.iter().filter_map(|target| target.endpoint.map(|endpoint| (target, endpoint)));
            of.map(|(target, endpoint)| spoilt(&at(endpoint), subject.person(right, target))).collect()
        }
        "figures" if of_id => {
            [QUEUE, SITE_QUEUE, "demo~support"].map(|queue| spoilt(queue, subject.queue(right, queue))).into()
        }
        "figures" if operation.asks_for("site") => {
            let one = |site: &&str| {
                let expected = if subject.site(right, site) { Class::Past } else { Class::NoSuchSite };
                Case { path: format!("{}?site={site}", operation.path), ..operation.case("", None, expected) }
            };
            SITES.iter().map(one).chain(whatever(Class::Past)).collect()
        }
        "messages" => {
            // whose message is whose has a spec of its own
            whatever(if of_id { Class::NotThere } else { Class::Past })
        }
        "history" | "figures" => whatever(Class::Past),
        other => panic!("{}: nothing is known of being within {other}", operation.path),
    }
}

/// Its example with another value; a number that it dials is one that nobody may.
fn with(operation: &Operation, field: &str, value: &str) -> Option<Value> {
    let mut body = operation.body.clone()?;
    body[field] = json!(value);
    if body.get("destination").is_some() {
        body["destination"] = json!("0899123456");
    }
    if body.get("queue").is_some() {
        // one that no site lists: whose queues an order may name has a spec of its own
        body["queue"] = json!("facturation");
    }
    Some(body)
}

fn on_agents(operation: &Operation, subject: &Subject, right: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for target in &PEOPLE {
        let Some(endpoint) = target.endpoint else { continue };
        let id = format!("demo~{endpoint}");
        let of_path = operation.path.contains("{id}");
        let body = if of_path { operation.body.clone() } else { with(operation, "agent", &id) };
        let expected = match (subject.agent(right, target), subject.agent("see", target)) {
            (true, _) => Class::Past,
            (false, true) => Class::NoRight,
            (false, false) => Class::NotThere,
        };
        cases.push(operation.case(&id, body, expected));
    }
    cases
}

fn of_call(operation: &Operation, subject: &Subject, right: &str, call: &Value) -> Case {
    let has = |field: &str, wanted: &str| {
        call[field].as_array().into_iter().flatten().any(|one| one.as_str() == Some(wanted))
    };
    let queues = [QUEUE, SITE_QUEUE].into_iter().filter(|queue| subject.queue(right, queue));
    let reaches = subject.is_everywhere(right)
        || subject.endpoints(right).iter().any(|endpoint| has("endpoints", endpoint))
        || queues.filter_map(|id| id.split_once('~')).any(|(_, queue)| has("queues", queue));
    operation.case(call["id"].as_str().expect("an id"), operation.body.clone(), Class::within(reaches))
}

/// Channels that ring or talk, by the id of their call.
fn channels(floor: &Floor, pass: &Pass) -> Vec<String> {
    let calls = floor.desk.rows(pass, "calls");
    let legs = calls.iter().flat_map(|call| call["legs"].as_array().cloned().unwrap_or_default());
    let live = legs.filter(|leg| leg["phase"] != "ended" && leg["local"] == false);
    live.filter_map(|leg| leg["channel"].as_str().map(str::to_owned)).collect()
}

/// Asks `question` of a channel that is within (or not) before and after; calls come and go meanwhile.
fn of_channel<T>(floor: &Floor, pass: &Pass, his: bool, question: impl Fn(&str) -> T) -> Option<T> {
    let end = Instant::now() + Duration::from_secs(60);
    while Instant::now() < end {
        let (seen, all) = (channels(floor, pass), channels(floor, &floor.root));
        let found = all.into_iter().rev().find(|channel| seen.contains(channel) == his);
        let Some(channel) = found else {
            std::thread::sleep(Duration::from_millis(100));
            continue;
        };
        let answer = question(&channel);
        let still = channels(floor, pass).contains(&channel) == his;
        if still && channels(floor, &floor.root).contains(&channel) {
            return Some(answer);
        }
    }
    None
}

/// Asks a verb on a call that is not his; how many were asked.
pub(super) fn on_foreign_call(floor: &Floor, subject: &Subject, pass: &Pass, verb: &Operation) -> usize {
    let right = verb.right.as_deref().expect("a verb has a right");
    if subject.is_everywhere(right) || subject.is_everywhere("see") {
        return 0; // nothing is foreign to him
    }
    let told = of_channel(floor, pass, false, |channel| {
        floor.desk.post(pass, &verb.path, &with(verb, "channel", channel).expect("a body")).told()
    });
    let told = told.expect("a foreign call that lasts");
    let expected = if subject.has(right) { Class::NotThere } else { Class::NoRight };
    assert_eq!(Class::of(&told), expected, "{}: {}: {told}", subject.name, verb.path);
    1
}

/// Which verbs he is told to have on a call of his: those whose right he has. How many calls were looked at.
pub(super) fn on_own_call(floor: &Floor, subject: &Subject, pass: &Pass, verbs: &[Operation]) -> usize {
    let told = of_channel(floor, pass, true, |channel| {
        floor.desk.get(pass, &format!("/api/verbs?channel={}", channel.replace('/', "%2F"))).json()
    });
    // whose phone is silent for a minute has no call
    let Some(told) = told else { return 0 };
    let rows = told.as_array().unwrap_or_else(|| panic!("{}: {told}", subject.name));
    assert!(rows.len() > 10, "{}: {told}", subject.name);
    for row in rows {
        let Some(verb) = verbs.iter().find(|verb| row["path"] == *verb.path) else { continue };
        let right = verb.right.as_deref().expect("a verb has a right");
        assert_eq!(row["error"] == "no_right", !subject.has(right), "{}: {row}", subject.name);
    }
    1
}
