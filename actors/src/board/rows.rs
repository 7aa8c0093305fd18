//! The published rows: what the board shows as of its sequence number.

use std::sync::Arc;

use ahash::AHashMap;
use bytestring::ByteString;

use crate::view::{Table, Text, Trust, View};

/// A published row: its view for filters, its JSON for everybody.
#[derive(Debug, Clone)]
pub struct Line {
    /// As shown: its trust is the worst of its own and its PBX's.
    pub view: Arc<View>,
    /// The row's JSON, serialised once.
    pub json: ByteString,
}

pub(super) struct Row {
    pub(super) line: Line,
    /// What the entity itself said, before its PBX's trust was laid over it.
    pub(super) own: Option<Trust>,
}

#[derive(Default)]
pub(super) struct Rows {
    tables: [AHashMap<Text, Row>; Table::ALL.len()],
    count: usize,
    bytes: usize,
}

impl Rows {
    pub(super) fn get(&self, table: Table, id: &str) -> Option<&Row> {
        self.tables[table as usize].get(id)
    }

    pub(super) fn line(&self, table: Table, id: &str) -> Option<Line> {
        self.get(table, id).map(|row| row.line.clone())
    }

    pub(super) fn lines(&self, table: Table) -> Vec<Line> {
        self.tables[table as usize].values().map(|row| row.line.clone()).collect()
    }

    /// The JSON of every row of a table.
    pub(super) fn json(&self, table: Table) -> impl Iterator<Item = &ByteString> {
        self.tables[table as usize].values().map(|row| &row.line.json)
    }

    /// Rows whose PBX is that one.
    pub(super) fn of_pbx<'a>(&'a self, pbx: &'a str) -> impl Iterator<Item = (Table, &'a Row)> {
        Table::ALL
            .into_iter()
            .flat_map(|table| self.tables[table as usize].values().map(move |row| (table, row)))
            .filter(move |(_, row)| row.line.view.pbx().is_some_and(|p| p == pbx))
    }

    pub(super) fn len(&self, table: Table) -> usize {
        self.tables[table as usize].len()
    }

    /// Rows of all tables.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Bytes of JSON of all rows.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Puts or takes a row; gives back what stood there, to be dropped outside the lock.
    pub(super) fn set(&mut self, table: Table, id: &Text, row: Option<Row>) -> Option<Row> {
        let rows = &mut self.tables[table as usize];
        let old = match row {
            Some(row) => {
                self.bytes += row.line.json.len();
                self.count += 1;
                rows.insert(id.clone(), row)
            }
            None => rows.remove(id),
        };
        if let Some(old) = &old {
            self.bytes -= old.line.json.len();
            self.count -= 1;
        }
        if rows.capacity() > 64 && rows.len() * 8 < rows.capacity() {
            let twice = rows.len() * 2;
            rows.shrink_to(twice);
        }
        old
    }
}
