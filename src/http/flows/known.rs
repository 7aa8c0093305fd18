//! What there is besides the drawings: queues and trunks as the board has them, flows as they are published.

use std::collections::BTreeSet;

use actors::ivr::{Fault, Known};
use actors::view::{Table, Text, View};
use serde_json::Value;

use crate::flows::{FlowBook, judge_knowing};
use crate::http::Parts;
use crate::prompts::Prompts;
use crate::voice::Roster;

/// For one flow.
struct Outside<'a> {
    queues: BTreeSet<Text>,
    trunks: BTreeSet<Text>,
    book: &'a FlowBook,
    own: &'a str,
    prompts: Option<&'a Prompts>,
    assistants: Option<&'a dyn Roster>,
}

/// What is wrong with what was drawn last, also by what it names. A PBX that listed nothing yet is no reason.
pub(super) fn faults(draft: &Value, id: &str, book: &FlowBook, parts: &Parts) -> Vec<Fault> {
    let board = &parts.board;
    let names = |table: Table, of: fn(&View) -> Option<&Text>| {
        board.lines(table).iter().filter_map(|line| of(&line.view).cloned()).collect()
    };
    let outside = Outside {
        queues: names(Table::Queues, |view| match view {
            View::Queue(queue) => Some(&queue.name),
            _ => None,
        }),
        trunks: names(Table::Trunks, |view| match view {
            View::Trunk(trunk) => Some(&trunk.endpoint),
            _ => None,
        }),
        book,
        own: id,
        prompts: parts.prompts.as_deref(),
        assistants: parts.assistants.as_deref(),
    };
    judge_knowing(draft, &outside).1
}

impl Known for Outside<'_> {
    fn queue(&self, name: &str) -> bool {
        self.queues.is_empty() || self.queues.contains(name)
    }

    fn trunk(&self, name: &str) -> bool {
        self.trunks.is_empty() || self.trunks.contains(name)
    }

    /// One that is published with this.
    fn flow(&self, id: &str) -> bool {
        id == self.own || self.book.published(id).is_some()
    }

    /// One of ours, a sound that Asterisk brings, or a sentence. Before the prompts were read every name may be one.
    fn prompt(&self, words: &str) -> bool {
        self.prompts.is_none_or(|prompts| prompts.now().is_none() || prompts.knows(words))
    }

    fn has_assistants(&self) -> bool {
        self.assistants.is_some()
    }

    fn assistant(&self, id: &str) -> bool {
        self.assistants.is_some_and(|roster| roster.has(id))
    }
}
