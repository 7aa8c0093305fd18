//! The JSON that clients read: change frames.
//!
//! Rows are already JSON here; a frame only strings them together. The shapes are in the server's
//! `ws/protocol.rs`, whose tests read these bytes back.

use std::fmt::Write as _;
use std::ops::Range;

use bytestring::ByteString;

use crate::view::{Table, Text};

/// One row in a change frame: where its JSON stands, or `None` when the row is gone.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) table: Table,
    pub(super) id: Text,
    pub(super) at: Option<Range<u32>>,
}

/// A row to be framed.
pub(super) struct Change<'a> {
    pub(super) table: Table,
    pub(super) id: &'a Text,
    pub(super) json: Option<&'a str>,
}

/// `{"type":"changes","run":R,"after":A,"seq":S,"now_ms":N,"set":{...},"gone":{...}}`
pub(super) fn changes(
    run: &str,
    after: u64,
    seq: u64,
    now_ms: i64,
    rows: &[Change<'_>],
) -> (ByteString, Vec<Entry>) {
    let bytes: usize = rows.iter().map(|r| r.json.map_or(r.id.len(), str::len) + 4).sum();
    let mut out = String::with_capacity(bytes + 192);
    let mut entries = Vec::with_capacity(rows.len());
    // writing into a String cannot fail
    let _ = write!(
        out,
        "{{\"type\":\"changes\",\"run\":\"{run}\",\"after\":{after},\"seq\":{seq},\"now_ms\":{now_ms},\"set\":{{"
    );
    let mut separator = "";
    for table in Table::ALL {
        let mut of_table = rows.iter().filter(|r| r.table == table && r.json.is_some()).peekable();
        if of_table.peek().is_none() {
            continue;
        }
        let _ = write!(out, "{separator}\"{}\":[", table.name());
        separator = ",";
        for (n, row) in of_table.enumerate() {
            if n > 0 {
                out.push(',');
            }
            let start = out.len();
            out.push_str(row.json.unwrap_or_default());
            entries.push(Entry { table, id: row.id.clone(), at: Some(start as u32..out.len() as u32) });
        }
        out.push(']');
    }
    out.push_str("},\"gone\":{");
    separator = "";
    for table in Table::ALL {
        let mut of_table = rows.iter().filter(|r| r.table == table && r.json.is_none()).peekable();
        if of_table.peek().is_none() {
            continue;
        }
        let _ = write!(out, "{separator}\"{}\":[", table.name());
        separator = ",";
        for (n, row) in of_table.enumerate() {
            if n > 0 {
                out.push(',');
            }
            text(&mut out, row.id);
            entries.push(Entry { table, id: row.id.clone(), at: None });
        }
        out.push(']');
    }
    out.push_str("}}");
    (out.into(), entries)
}

fn text(out: &mut String, value: &str) {
    // an id is text: quoting it as JSON cannot fail
    out.push_str(&serde_json::to_string(value).unwrap_or_default());
}

/// Milliseconds since 1970 on our clock.
pub(super) fn now_ms() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
