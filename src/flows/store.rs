//! What is read from the database: everything at once, of one moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use actors::numbers::NumberPlan;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use tokio_postgres::{IsolationLevel, Row, Transaction};

use super::book::{Did, FlowBook, StoredFlow, judge, unreadable};
use super::write::Failed;
use crate::db::{self, Db, Unavailable};

/// ISO 8601 in UTC with milliseconds, as browsers write it; empty of what is no instant (`infinity`).
macro_rules! iso {
    ($column:literal) => {
        concat!(
            "coalesce(to_char(",
            $column,
            " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), '')"
        )
    };
}

/// The transaction that wrote a row last says whether it is the one that is known.
const MARKS: &str = "select id, xmin::text::bigint as mark from vigie.flows";
const FLOWS: &str = concat!(
    "select f.id, f.name, f.is_default, f.draft, f.published, f.xmin::text::bigint as mark, v.drawing, ",
    iso!("f.created_at"),
    " as created_at, ",
    iso!("f.updated_at"),
    " as updated_at from vigie.flows f \
      left join vigie.flow_versions v on v.flow_id = f.id and v.version = f.published where f.id = any($1)"
);
const DIDS: &str = concat!(
    "select id, number, description, trunk_id, flow_id, ",
    iso!("created_at"),
    " as created_at, ",
    iso!("updated_at"),
    " as updated_at from vigie.dids"
);
const VERSIONS: &str = concat!(
    "select version, note, by, ",
    iso!("at"),
    " as at from vigie.flow_versions where flow_id = $1 order by version desc"
);

/// What was published once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "FlowVersion")]
pub struct Version {
    /// From 1.
    pub version: i32,
    /// Why; may be empty.
    pub note: String,
    /// Id of who published it; empty where nobody logs in.
    pub by: String,
    /// When, ISO 8601.
    pub at: String,
}

/// Reads flows.
pub(super) struct Store {
    pub(super) db: Db,
    pub(super) plan: Arc<NumberPlan>,
}

impl Store {
    /// The version that the database is at.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub(super) async fn version(&self) -> Result<i64, Unavailable> {
        let connection = self.db.get().await?;
        let row = connection.query_one("select version from vigie.flows_version", &[]).await;
        Ok(row.map_err(away)?.get(0))
    }

    /// Everything; what did not change is as it is known.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub(super) async fn load(&self, known: Option<&FlowBook>) -> Result<FlowBook, Unavailable> {
        let mut connection = self.db.get().await?;
        let begin =
            connection.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
        let transaction = begin.start().await.map_err(away)?;
        let book = self.read(&transaction, known).await.map_err(away)?;
        transaction.commit().await.map_err(away)?;
        Ok(book)
    }

    /// The same within a transaction.
    pub(super) async fn read(
        &self,
        transaction: &Transaction<'_>,
        known: Option<&FlowBook>,
    ) -> Result<FlowBook, Failed> {
        let version = transaction.query_one("select version from vigie.flows_version", &[]).await?.get(0);
        let marks: BTreeMap<String, i64> =
            transaction.query(MARKS, &[]).await?.iter().map(|row| (row.get("id"), row.get("mark"))).collect();
        let same = |flow: &&Arc<StoredFlow>| marks.get(&flow.id) == Some(&flow.mark);
        let kept = known.into_iter().flat_map(|book| book.flows.values());
        let mut flows: Vec<Arc<StoredFlow>> = kept.filter(same).cloned().collect();
        let new: Vec<&String> = marks.keys().filter(|id| !flows.iter().any(|flow| flow.id == **id)).collect();
        if !new.is_empty() {
            flows.extend(transaction.query(FLOWS, &[&new]).await?.iter().map(|row| Arc::new(flow(row))));
        }
        let dids = transaction.query(DIDS, &[]).await?.iter().map(did).collect();
        Ok(FlowBook::new(version, flows, dids, self.plan.clone()))
    }

    /// Published versions of a flow, the newest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub(super) async fn versions(&self, id: &str) -> Result<Vec<Version>, Unavailable> {
        let connection = self.db.get().await?;
        let rows = connection.query(VERSIONS, &[&id]).await.map_err(away)?;
        let one = |row: &Row| Version {
            version: row.get("version"),
            note: row.get("note"),
            by: row.get("by"),
            at: row.get("at"),
        };
        Ok(rows.iter().map(one).collect())
    }

    /// What that version of a flow was; `None` when there is none, or when it cannot be read.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub(super) async fn drawing(&self, id: &str, version: i32) -> Result<Option<Value>, Unavailable> {
        let connection = self.db.get().await?;
        let drawing = "select drawing from vigie.flow_versions where flow_id = $1 and version = $2";
        let row = connection.query_opt(drawing, &[&id, &version]).await.map_err(away)?;
        Ok(row.and_then(|row| row.try_get(0).ok()))
    }
}

pub(super) fn away(error: Failed) -> Unavailable {
    let why = db::words(&error);
    log::warn!("flows: {why}");
    Unavailable::Away(why)
}

fn flow(row: &Row) -> StoredFlow {
    let (id, name): (String, String) = (row.get("id"), row.get("name"));
    // PostgreSQL holds more than is read here: 1e400
    let (mut draft, problem) = match row.try_get("draft") {
        Ok(draft) => (draft, None),
        Err(problem) => (json!({}), Some(problem.to_string())),
    };
    // the columns are right, whatever was imported beside them
    draft["id"] = json!(id);
    draft["name"] = json!(name);
    let faults = problem.map_or_else(|| judge(&draft).1, |problem| vec![unreadable(&problem)]);
    let published: Option<i32> = row.get("published");
    let drawing: Option<Value> = row.try_get("drawing").unwrap_or_else(|problem| {
        log::error!("flow {id}: what is published cannot be read: {problem}");
        None
    });
    StoredFlow {
        is_default: row.get("is_default"),
        faults,
        changed: drawing.as_ref().is_none_or(|drawing| !is_same(drawing, &draft)),
        walkable: published.and_then(|version| walkable(&id, &name, version, drawing)).map(Arc::new),
        published,
        draft,
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
        mark: row.get("mark"),
        id,
        name,
    }
}

fn is_same(drawing: &Value, draft: &Value) -> bool {
    ["name", "nodes", "connections"].iter().all(|part| drawing.get(part) == draft.get(part))
}

/// Told once for each change of it.
fn walkable(id: &str, name: &str, version: i32, drawing: Option<Value>) -> Option<actors::ivr::Flow> {
    let Some(mut drawing) = drawing else {
        log::error!("flow {id}: version {version}, which is published, is not there: nobody walks it");
        return None;
    };
    drawing["id"] = json!(id);
    if drawing.get("name").is_none() {
        drawing["name"] = json!(name);
    }
    let (flow, faults) = judge(&drawing);
    if flow.is_none() {
        let first = faults.first().map_or("", |fault| fault.words.as_str());
        log::error!("flow {id}: version {version}, which is published, cannot be walked: {first}");
    }
    flow
}

fn did(row: &Row) -> Did {
    Did {
        id: row.get("id"),
        number: row.get("number"),
        description: row.get("description"),
        trunk_id: row.get("trunk_id"),
        ivr_flow_id: row.get("flow_id"),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
    }
}
