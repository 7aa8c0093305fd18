//! What is read from the database: everything at once, of one moment.

use std::collections::HashMap;
use std::sync::Arc;

use actors::numbers::NumberPlan;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use tokio_postgres::{IsolationLevel, Row, Transaction};

use super::book::{AssistantBook, StoredAssistant};
use super::form::Form;
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

const ASSISTANTS: &str = concat!(
    "select a.id, a.name, a.is_default, a.paused, a.draft, a.published, v.form, ",
    iso!("a.created_at"),
    " as created_at, ",
    iso!("a.updated_at"),
    " as updated_at from vigie.assistants a \
      left join vigie.assistant_versions v on v.assistant_id = a.id and v.version = a.published order by a.id"
);
const NUMBERS: &str = "select assistant_id, number from vigie.assistant_numbers order by number";
const VERSIONS: &str = concat!(
    "select version, note, by, ",
    iso!("at"),
    " as at from vigie.assistant_versions where assistant_id = $1 order by version desc"
);

/// What was published once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "AssistantVersion")]
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

/// Reads assistants.
pub(super) struct Store {
    pub(super) db: Db,
    pub(super) plan: Arc<NumberPlan>,
}

impl Store {
    /// The version that the database is at.
    pub(super) async fn version(&self) -> Result<i64, Unavailable> {
        let connection = self.db.get().await?;
        let row = connection.query_one("select version from vigie.assistants_version", &[]).await;
        Ok(row.map_err(away)?.get(0))
    }

    /// Everything.
    pub(super) async fn load(&self) -> Result<AssistantBook, Unavailable> {
        let mut connection = self.db.get().await?;
        let begin =
            connection.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
        let transaction = begin.start().await.map_err(away)?;
        let book = self.read(&transaction).await.map_err(away)?;
        transaction.commit().await.map_err(away)?;
        Ok(book)
    }

    /// The same within a transaction.
    pub(super) async fn read(&self, transaction: &Transaction<'_>) -> Result<AssistantBook, Failed> {
        let version =
            transaction.query_one("select version from vigie.assistants_version", &[]).await?.get(0);
        let mut numbers: HashMap<String, Vec<String>> = HashMap::new();
        for row in transaction.query(NUMBERS, &[]).await? {
            numbers.entry(row.get("assistant_id")).or_default().push(row.get("number"));
        }
        let rows = transaction.query(ASSISTANTS, &[]).await?;
        let all = rows.iter().map(|row| {
            let mut one = assistant(row);
            one.numbers = numbers.remove(&one.id).unwrap_or_default();
            one
        });
        Ok(AssistantBook::new(version, all.collect(), self.plan.clone()))
    }

    /// Published versions of an assistant, the newest first.
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

    /// What that version of an assistant was; `None` when there is none, or when it cannot be read.
    pub(super) async fn form(&self, id: &str, version: i32) -> Result<Option<Form>, Unavailable> {
        let connection = self.db.get().await?;
        let form = "select form from vigie.assistant_versions where assistant_id = $1 and version = $2";
        let row = connection.query_opt(form, &[&id, &version]).await.map_err(away)?;
        Ok(row.and_then(|row| form_of(id, "a version", row.try_get(0))))
    }
}

pub(super) fn away(error: Failed) -> Unavailable {
    let why = db::words(&error);
    log::warn!("assistants: {why}");
    Unavailable::Away(why)
}

/// What was written by hand may not be one.
pub(super) fn form_of(id: &str, what: &str, stored: Result<Option<Value>, Failed>) -> Option<Form> {
    let read = stored.map_err(|problem| problem.to_string());
    let read =
        read.and_then(|value| value.map(serde_json::from_value).transpose().map_err(|e| e.to_string()));
    read.unwrap_or_else(|problem| {
        log::error!("assistant {id}: {what} cannot be read: {problem}");
        None
    })
}

fn assistant(row: &Row) -> StoredAssistant {
    let (id, name): (String, String) = (row.get("id"), row.get("name"));
    // the column is right, whatever was written by hand beside it
    let draft = Form { name, ..form_of(&id, "its draft", row.try_get("draft")).unwrap_or_default() };
    StoredAssistant {
        draft,
        published: row.get("published"),
        serving: form_of(&id, "what is published", row.try_get("form")).map(Arc::new),
        is_default: row.get("is_default"),
        paused: row.get("paused"),
        numbers: Vec::new(),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
        id,
    }
}
