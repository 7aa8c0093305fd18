//! A flow as front ends draw it and as it is stored.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

/// A flow: `{"id", "name", "nodes": [...], "connections": [...]}`. What else stands in it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drawing {
    /// Chosen by whoever drew it, or made by the server.
    #[serde(default)]
    pub id: String,
    /// For people.
    pub name: String,
    /// In any order.
    #[serde(default)]
    pub nodes: Vec<DrawnNode>,
    /// In any order.
    #[serde(default)]
    pub connections: Vec<Connection>,
}

/// A node: `{"id", "type", "name", "x", "y", "content": {...}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DrawnNode {
    /// Within the flow.
    pub id: String,
    /// `start`, `media`, `menu` ...
    #[serde(rename = "type")]
    pub kind: String,
    /// For people.
    #[serde(default)]
    pub name: String,
    /// Where it stands on the canvas.
    #[serde(default = "nought")]
    pub x: Number,
    /// Where it stands on the canvas.
    #[serde(default = "nought")]
    pub y: Number,
    /// What it does, by its type.
    #[serde(default)]
    pub content: Map<String, Value>,
}

fn nought() -> Number {
    Number::from(0)
}

/// A line from an output port to a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// Within the flow.
    #[serde(default)]
    pub id: String,
    /// The node that is left.
    pub from_node_id: String,
    /// By which of its ports: `out`, `out-timeout`, an option's.
    pub from_port_id: String,
    /// The node that is reached.
    pub to_node_id: String,
    /// Always `in`.
    #[serde(default)]
    pub to_port_id: String,
}
