//! What is wrong with a drawing, and what must be asked of others to know it.

use schemars::JsonSchema;
use serde::Serialize;

use super::flow::Node;

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gravity {
    /// It may be meant: published all the same.
    Warning,
    /// It can be walked, and is not what anybody wants: not published without a mend.
    Flaw,
    /// It cannot be walked.
    Broken,
}

/// What is wrong, where, in words that name what was expected.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Fault {
    /// How bad.
    pub gravity: Gravity,
    /// Id of the node; `null` of the flow as a whole.
    pub node: Option<String>,
    /// Stable: `missing_exit`, `unreachable`, `bad_content` ...
    pub slug: &'static str,
    /// For people.
    pub words: String,
}

/// What there is outside of a drawing; what is not known is taken to be there.
pub trait Known {
    /// A queue of that name.
    fn queue(&self, _name: &str) -> bool {
        true
    }

    /// A published flow of that id.
    fn flow(&self, _id: &str) -> bool {
        true
    }

    /// A trunk of that name, with its technology: `PJSIP/trunk-a`.
    fn trunk(&self, _name: &str) -> bool {
        true
    }

    /// Something to play for what a node says.
    fn prompt(&self, _prompt: &str) -> bool {
        true
    }

    /// Whether callers can talk with assistants at all.
    fn has_assistants(&self) -> bool {
        true
    }

    /// An assistant of that id.
    fn assistant(&self, _id: &str) -> bool {
        true
    }
}

/// Nothing is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unasked;

impl Known for Unasked {}

/// Those of one drawing.
#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<Fault>);

impl Faults {
    pub(super) fn warning(&mut self, node: &Node, slug: &'static str, words: String) {
        self.add(Gravity::Warning, Some(node), slug, words);
    }

    pub(super) fn flaw(&mut self, node: Option<&Node>, slug: &'static str, words: String) {
        self.add(Gravity::Flaw, node, slug, words);
    }

    pub(super) fn broken(&mut self, node: Option<&Node>, slug: &'static str, words: String) {
        self.add(Gravity::Broken, node, slug, words);
    }

    fn add(&mut self, gravity: Gravity, node: Option<&Node>, slug: &'static str, words: String) {
        self.0.push(Fault { gravity, node: node.map(|node| node.id.to_string()), slug, words });
    }
}
