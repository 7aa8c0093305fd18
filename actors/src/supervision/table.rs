//! The tree of supervision as rows, read without touching an actor.

use std::sync::Arc;

use serde::Serialize;

use super::meta::Meta;
use super::node::{Node, PartState};

/// One actor or supervisor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Names of the supervisors above, then its own, joined by ` > `.
    pub path: String,
    /// `call`, `router`, `supervisor` ...
    pub kind: &'static str,
    /// `running`, `pausing`, `parked`, `set_aside`, `degraded`, `stopped`.
    pub state: &'static str,
    /// Since it was started.
    pub restarts: u64,
    /// Of these, within the window.
    pub restarts_in_window: usize,
    /// How many are allowed in it.
    pub restarts_allowed: u8,
    /// Last fault, in words.
    pub last_fault: Option<String>,
    /// First fault of the current series, in words.
    pub root_cause: Option<String>,
    /// Messages begun.
    pub messages: u64,
    /// Time on its thread, estimated, ms.
    pub busy_ms: u64,
    /// The message it works on now.
    pub message: Option<&'static str>,
}

/// All below that node, parents before children, children in the order they started.
pub fn rows(node: &Arc<Node>) -> Vec<Row> {
    let mut out = Vec::new();
    collect(node, "", &mut out);
    out
}

fn collect(node: &Arc<Node>, above: &str, out: &mut Vec<Row>) {
    let path = if above.is_empty() { node.name().to_owned() } else { format!("{above} > {}", node.name()) };
    let (in_window, budget) = node.restarts_in_window();
    out.push(Row {
        path: path.clone(),
        kind: "supervisor",
        state: match node.state() {
            PartState::Running => "running",
            PartState::Degraded => "degraded",
            PartState::Stopped => "stopped",
        },
        restarts: 0,
        restarts_in_window: in_window,
        restarts_allowed: budget.restarts,
        last_fault: None,
        root_cause: node.root_cause().map(|r| r.to_string()),
        messages: 0,
        busy_ms: 0,
        message: None,
    });
    out.extend(node.workers().iter().map(|meta| row(meta, &path)));
    for part in node.parts() {
        collect(&part, &path, out);
    }
}

fn row(meta: &Arc<Meta>, above: &str) -> Row {
    let window = meta.restarts_in_window();
    Row {
        path: format!("{above} > {}", meta.name()),
        kind: meta.kind().name(),
        state: meta.state().word(),
        restarts: meta.restarts(),
        restarts_in_window: window.map_or(0, |(used, _)| used),
        restarts_allowed: window.map_or(0, |(_, budget)| budget.restarts),
        last_fault: meta.last_fault().map(|f| f.reason.to_string()),
        root_cause: meta.first_fault().map(|f| f.reason.to_string()),
        messages: meta.messages(),
        busy_ms: u64::try_from(meta.busy().as_millis()).unwrap_or(u64::MAX),
        message: meta.is_polling().then(|| meta.message()),
    }
}
