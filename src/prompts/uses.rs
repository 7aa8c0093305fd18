//! Which flows name a prompt, and which sentences they say.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A flow that names a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "PromptUse")]
pub struct Use {
    /// The flow's id.
    pub id: String,
    /// The flow's name.
    pub name: String,
    /// What was drawn last names it.
    pub draft: bool,
    /// What callers walk names it.
    pub published: bool,
}

/// Whether a node of that drawing names it: some text of its content is the prompt's id, or its name in whatever case.
pub(super) fn names(drawing: &Value, id: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    let mut found = false;
    texts(drawing, &mut |_, text| {
        let text = text.trim();
        found |= text == id || text.to_lowercase() == name;
    });
    found
}

/// What nodes of a drawing say, each with the language of its node: texts under names such as `prompt` and `text`.
pub(super) fn said(drawing: &Value) -> BTreeSet<(String, Option<String>)> {
    let mut all = BTreeSet::new();
    for content in contents(drawing) {
        let language = content.get("language").and_then(Value::as_str).map(str::to_owned);
        walk(content, "", &mut |field, text| {
            let field = field.to_ascii_lowercase();
            if ["prompt", "text", "announcement"].iter().any(|end| field.ends_with(end))
                && !text.trim().is_empty()
            {
                all.insert((text.to_owned(), language.clone()));
            }
        });
    }
    all
}

fn contents(drawing: &Value) -> impl Iterator<Item = &Value> {
    let nodes = drawing.get("nodes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    nodes.iter().filter_map(|node| node.get("content"))
}

fn texts(drawing: &Value, each: &mut dyn FnMut(&str, &str)) {
    for content in contents(drawing) {
        walk(content, "", each);
    }
}

/// Every text in it, with the name it stands under. Drawings are read to a depth of 32.
fn walk(value: &Value, under: &str, each: &mut dyn FnMut(&str, &str)) {
    match value {
        Value::String(text) => each(under, text),
        Value::Array(all) => all.iter().for_each(|one| walk(one, under, each)),
        Value::Object(fields) => fields.iter().for_each(|(name, one)| walk(one, name, each)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_prompt_is_used_wherever_a_node_names_it() {
        let drawing = json!({"nodes": [
            {"id": "m", "name": "prompt-9", "content": {"prompt": " BIENVENUE "}},
            {"id": "n", "content": {"invalid": {"prompts": ["prompt-2"]}, "language": "en", "text": "Hello there"}}]});
        assert!(names(&drawing, "prompt-1", "Bienvenue") && names(&drawing, "prompt-2", "x"));
        assert!(!names(&drawing, "prompt-9", "Hello"), "what a node is called plays nothing");
        let said: Vec<_> = said(&drawing).into_iter().collect();
        assert_eq!(
            said,
            [(" BIENVENUE ".to_owned(), None), ("Hello there".to_owned(), Some("en".to_owned()))]
        );
        assert!(!names(&json!({"nodes": "none"}), "a", "b"));
    }
}
