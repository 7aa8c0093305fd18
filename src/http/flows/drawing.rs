//! A drawing that comes in: whether it can be kept as it came. Whether it can be walked is another question.

use actors::ivr::{Connection, DrawnNode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{MOST_LINES, MOST_NODES};
use crate::auth::secrets;
use crate::flows::StoredFlow;
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::people::parse;

/// Letters of an id within a drawing, a type or a port.
const SHORT: usize = 100;
/// Letters of a node's name.
const NAME: usize = 200;
/// How far from the middle a node may stand.
const FARTHEST: f64 = 1e6;

/// What was asked for.
pub(super) struct Wanted {
    pub(super) id: String,
    pub(super) name: String,
    /// `{"id", "name", "nodes", "connections"}`.
    pub(super) draft: Value,
    /// It is not to be published yet.
    pub(super) stays_draft: bool,
    /// `updatedAt` of what was changed; `None`: whatever it is by now.
    pub(super) base: Option<String>,
}

/// An id that nobody has.
pub(in crate::http) fn new_id(kind: &str) -> Result<String, ApiError> {
    Ok(format!("{kind}-{}", secrets::id().map_err(|e| ApiError::Internal(e.to_string()))?))
}

/// A new flow, or that one as it shall be: what is absent stays.
pub(super) fn read(mut fields: Fields, before: Option<&StoredFlow>) -> Result<Wanted, ApiError> {
    let id = fields.text("id", parse::id);
    if let (Some(before), Some(id)) = (before, &id)
        && *id != before.id
    {
        fields.wrong("id", "another than in the address");
    }
    let name = match before {
        None => fields.required("name", parse::title),
        Some(before) => Some(fields.text("name", parse::title).unwrap_or_else(|| before.name.clone())),
    };
    let kept =
        |part: &str| before.and_then(|flow| flow.draft.get(part).cloned()).unwrap_or_else(|| json!([]));
    let nodes = list(&mut fields, "nodes", MOST_NODES, node).unwrap_or_else(|| kept("nodes"));
    let lines = list(&mut fields, "connections", MOST_LINES, line).unwrap_or_else(|| kept("connections"));
    let stays_draft = fields.flag("draft").unwrap_or(false);
    let base = before.and_then(|_| fields.text("base", |text| parse::plain(text, 40)));
    fields.ignore(&["createdAt", "updatedAt", "published", "changed", "isDefault", "faults"]);
    fields.end()?;
    let id = match (before, id) {
        (Some(before), _) => before.id.clone(),
        (None, Some(id)) => id,
        (None, None) => new_id("ivr-flow")?,
    };
    let name = name.unwrap_or_default();
    let draft = json!({"id": id, "name": name, "nodes": nodes, "connections": lines});
    Ok(Wanted { id, name, draft, stays_draft, base })
}

fn list(
    fields: &mut Fields,
    name: &'static str,
    most: usize,
    right: fn(&Value) -> Result<(), String>,
) -> Option<Value> {
    let values = fields.list(name, most)?;
    for (n, value) in values.iter().enumerate() {
        if let Err(reason) = object(value).and_then(|()| right(value)) {
            fields.wrong(&format!("{name}[{n}]"), &reason.chars().take(200).collect::<String>());
        }
    }
    Some(Value::Array(values))
}

fn object(value: &Value) -> Result<(), String> {
    match value {
        // serde would take a list of values for an object
        Value::Object(_) if !parse::has_nul(value) && is_tame(value) => Ok(()),
        Value::Object(_) => {
            Err("expected no NUL, and no number beyond 1e15 or nearer to 0 than 1e-6".to_owned())
        }
        _ => Err("expected a JSON object".to_owned()),
    }
}

fn node(value: &Value) -> Result<(), String> {
    let node = DrawnNode::deserialize(value).map_err(|problem| problem.to_string())?;
    if node.id.is_empty() {
        return Err("id: expected one".to_owned());
    }
    at_most(&[("id", &node.id, SHORT), ("type", &node.kind, SHORT), ("name", &node.name, NAME)])?;
    let near = |at: &serde_json::Number| at.as_f64().is_some_and(|at| at.abs() <= FARTHEST);
    if near(&node.x) && near(&node.y) { Ok(()) } else { Err("x, y: expected at most 1000000".to_owned()) }
}

fn line(value: &Value) -> Result<(), String> {
    let line = Connection::deserialize(value).map_err(|problem| problem.to_string())?;
    at_most(&[
        ("id", &line.id, SHORT),
        ("fromNodeId", &line.from_node_id, SHORT),
        ("fromPortId", &line.from_port_id, SHORT),
        ("toNodeId", &line.to_node_id, SHORT),
        ("toPortId", &line.to_port_id, SHORT),
    ])
}

fn at_most(texts: &[(&str, &str, usize)]) -> Result<(), String> {
    match texts.iter().find(|(_, text, most)| text.chars().count() > *most) {
        Some((name, _, most)) => Err(format!("{name}: expected at most {most} characters")),
        None => Ok(()),
    }
}

/// PostgreSQL writes numbers in JSON out: `1e308` would come back as 309 digits.
fn is_tame(value: &Value) -> bool {
    match value {
        Value::Number(number) => {
            number.as_f64().is_some_and(|n| n == 0.0 || (1e-6..=1e15).contains(&n.abs()))
        }
        Value::Array(all) => all.iter().all(is_tame),
        Value::Object(all) => all.values().all(is_tame),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: Value) -> String {
        let fields = Fields::of(body).expect("an object");
        match read(fields, None) {
            Ok(wanted) => wanted.draft["nodes"].as_array().expect("a list").len().to_string(),
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn a_drawing_is_kept_as_it_came_or_it_is_said_what_of_it_cannot_be() {
        let with = |node: Value| told(json!({"name": "x", "nodes": [node]}));
        assert_eq!(with(json!({"id": "s", "type": "start", "colour": "red"})), "1");
        assert_eq!(told(json!({"name": "x"})), "0");
        assert_eq!(with(json!(["s", "start"])), "nodes[0]: expected a JSON object");
        assert_eq!(with(json!({"type": "start"})), "nodes[0]: missing field `id`");
        assert!(with(json!({"id": "", "type": "start"})).contains("expected one"));
        assert!(with(json!({"id": "s", "type": "start", "x": 2e6})).contains("1000000"));
        assert!(with(json!({"id": "s", "type": "start", "name": "n".repeat(201)})).contains("name"));
        assert!(with(json!({"id": "s", "type": "media", "content": {"prompt": "a\u{0}"}})).contains("NUL"));
        assert!(with(json!({"id": "s", "type": "media", "content": {"n": 1e300}})).contains("1e15"));
        assert!(told(json!({"name": "x", "nodes": {}})).contains("expected a list"));
        assert!(told(json!({"name": "x", "connections": [{"fromNodeId": "s"}]})).contains("fromPortId"));
        assert_eq!(told(json!({"nodes": []})), "name: missing");
        assert_eq!(told(json!({"name": "x", "walkable": true})), "walkable: unknown field");
    }
}
