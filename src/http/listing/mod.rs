//! One table of the board with filter, sort and pages, as a query string asks.
//!
//! `?page=2&limit=50&sort=-started&phase=waiting`: `page` from 1, `limit` 1 to 500 (500 unless
//! told), `sort` one of the table's keys (with `-` in front for the other way), and the table's own
//! filters, all of which must hold. Which keys and filters a table has stands in `fields.rs`. A
//! parameter that is not one of these, is given twice or has a bad value is refused by its name.

mod fields;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use actix_web::web;
use actors::board::Line;
use actors::view::{Table, View};
use bytes::Bytes;

use super::error::ApiError;
use super::openapi::SchemaOf;

const MOST: usize = 500;
const LONGEST_VALUE: usize = 200;

/// One filter of a table: makes a test of the value that was asked for, or says what was expected.
struct Filter<V> {
    name: &'static str,
    /// Of what its values are, for the description of the API.
    values: SchemaOf,
    test: fn(&str) -> Result<Test<V>, String>,
}

type Test<V> = Box<dyn Fn(&V) -> bool>;

/// One way to sort a table.
struct Sort<V> {
    name: &'static str,
    order: fn(&V, &V) -> Ordering,
}

/// What a table can be asked.
struct Fields<V: 'static> {
    of: fn(&View) -> Option<&V>,
    filters: &'static [Filter<V>],
    sorts: &'static [Sort<V>],
}

/// One page of a table.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) rows: Bytes,
    pub(super) total: usize,
    pub(super) page: usize,
    pub(super) limit: usize,
    pub(super) has_next: bool,
    pub(super) seq: u64,
}

/// Refuses every parameter.
pub(super) fn no_parameters(query: &str) -> Result<(), ApiError> {
    let bad: BTreeMap<_, _> = parameters(query)?
        .into_iter()
        .map(|(name, _)| (shown(&name), "unknown parameter".to_owned()))
        .collect();
    if bad.is_empty() { Ok(()) } else { Err(ApiError::BadFields(bad)) }
}

/// What a table can be filtered by, with the kind of the values, and sorted by.
pub(super) fn questions(table: Table) -> (Vec<(&'static str, SchemaOf)>, Vec<&'static str>) {
    fn of<V>(fields: &Fields<V>) -> (Vec<(&'static str, SchemaOf)>, Vec<&'static str>) {
        let filters = fields.filters.iter().map(|filter| (filter.name, filter.values)).collect();
        (filters, fields.sorts.iter().map(|sort| sort.name).collect())
    }
    match table {
        Table::Pbxs => of(&fields::PBXS),
        Table::Calls => of(&fields::CALLS),
        Table::Agents => of(&fields::AGENTS),
        Table::Queues => of(&fields::QUEUES),
        Table::Trunks => of(&fields::TRUNKS),
        Table::Alarms => of(&fields::ALARMS),
        Table::Desks => of(&fields::DESKS),
        Table::Sessions => of(&fields::SESSIONS),
    }
}

/// The page that was asked for; `lines` is only called when the question is right.
pub(super) fn page(
    table: Table,
    query: &str,
    lines: impl FnOnce() -> (u64, Vec<Line>),
) -> Result<Page, ApiError> {
    match table {
        Table::Pbxs => answer(&fields::PBXS, query, lines),
        Table::Calls => answer(&fields::CALLS, query, lines),
        Table::Agents => answer(&fields::AGENTS, query, lines),
        Table::Queues => answer(&fields::QUEUES, query, lines),
        Table::Trunks => answer(&fields::TRUNKS, query, lines),
        Table::Alarms => answer(&fields::ALARMS, query, lines),
        Table::Desks => answer(&fields::DESKS, query, lines),
        Table::Sessions => answer(&fields::SESSIONS, query, lines),
    }
}

pub(super) fn parameters(query: &str) -> Result<Vec<(String, String)>, ApiError> {
    web::Query::<Vec<(String, String)>>::from_query(query)
        .map(web::Query::into_inner)
        .map_err(|_| ApiError::field("query", "expected name=value pairs"))
}

/// The same, each name once.
pub(super) fn parameters_once(query: &str) -> Result<Vec<(String, String)>, ApiError> {
    let all = parameters(query)?;
    let mut seen = std::collections::BTreeSet::new();
    match all.iter().find(|(name, _)| !seen.insert(name.as_str())) {
        Some((name, _)) => Err(ApiError::field(shown(name), "given twice")),
        None => Ok(all),
    }
}

pub(super) fn shown(name: &str) -> String {
    name.chars().take(64).collect()
}

/// What a query asks of a table.
struct Question<V: 'static> {
    page: usize,
    limit: usize,
    sort: Option<(&'static Sort<V>, bool)>,
    tests: Vec<Test<V>>,
}

impl<V> Question<V> {
    fn read(fields: &Fields<V>, query: &str) -> Result<Self, ApiError> {
        let mut question = Self { page: 1, limit: MOST, sort: None, tests: Vec::new() };
        let mut bad = BTreeMap::new();
        let mut seen = Vec::new();
        for (name, value) in parameters(query)? {
            let problem = if seen.contains(&name) {
                Err("given twice".to_owned())
            } else {
                question.parameter(fields, &name, &value)
            };
            if let Err(reason) = problem {
                bad.insert(shown(&name), reason);
            }
            seen.push(name);
        }
        if bad.is_empty() { Ok(question) } else { Err(ApiError::BadFields(bad)) }
    }

    fn parameter(&mut self, fields: &Fields<V>, name: &str, value: &str) -> Result<(), String> {
        match name {
            "page" => self.page = number(value, usize::MAX).ok_or("expected a whole number from 1")?,
            "limit" => {
                self.limit = number(value, MOST).ok_or("expected a whole number from 1 to 500")?;
            }
            "sort" => self.sort = Some(sort(fields.sorts, value)?),
            _ => {
                let filter = fields.filters.iter().find(|filter| filter.name == name);
                let filter = filter.ok_or("unknown parameter")?;
                if value.is_empty() || value.len() > LONGEST_VALUE || value.chars().any(char::is_control) {
                    return Err("expected 1 to 200 bytes without control characters".into());
                }
                self.tests.push((filter.test)(value)?);
            }
        }
        Ok(())
    }
}

/// ASCII digits only, at least 1.
pub(super) fn number(text: &str, most: usize) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|n| digits && (1..=most).contains(n))
}

/// One of the table's keys, never free text.
fn sort<V>(sorts: &'static [Sort<V>], value: &str) -> Result<(&'static Sort<V>, bool), String> {
    let (name, falling) = value.strip_prefix('-').map_or((value, false), |name| (name, true));
    sorts.iter().find(|sort| sort.name == name).map(|sort| (sort, falling)).ok_or_else(|| {
        let names: Vec<_> = sorts.iter().map(|sort| sort.name).collect();
        format!("expected one of {}, or with - in front", names.join(", "))
    })
}

fn answer<V>(
    fields: &Fields<V>,
    query: &str,
    lines: impl FnOnce() -> (u64, Vec<Line>),
) -> Result<Page, ApiError> {
    let question = Question::read(fields, query)?;
    let (seq, lines) = lines();
    let mut rows: Vec<(&V, &Line)> = lines
        .iter()
        .filter_map(|line| (fields.of)(&line.view).map(|row| (row, line)))
        .filter(|(row, _)| question.tests.iter().all(|test| test(row)))
        .collect();
    let by_id = |a: &Line, b: &Line| a.view.id().cmp(b.view.id());
    rows.sort_unstable_by(|(a, a_line), (b, b_line)| {
        let order = match question.sort {
            Some((sort, false)) => (sort.order)(a, b),
            Some((sort, true)) => (sort.order)(b, a),
            None => Ordering::Equal,
        };
        order.then_with(|| by_id(a_line, b_line))
    });
    let start = (question.page - 1).saturating_mul(question.limit).min(rows.len());
    let end = start.saturating_add(question.limit).min(rows.len());
    let mut json =
        Vec::with_capacity(rows[start..end].iter().map(|(_, line)| line.json.len() + 1).sum::<usize>() + 2);
    json.push(b'[');
    for (n, (_, line)) in rows[start..end].iter().enumerate() {
        if n > 0 {
            json.push(b',');
        }
        json.extend_from_slice(line.json.as_bytes());
    }
    json.push(b']');
    Ok(Page {
        rows: json.into(),
        total: rows.len(),
        page: question.page,
        limit: question.limit,
        has_next: end < rows.len(),
        seq,
    })
}
