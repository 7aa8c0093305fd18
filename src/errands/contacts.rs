//! Contacts that a flow finds by the caller's number.

use std::collections::BTreeMap;
use std::sync::Arc;

use actors::numbers::NumberPlan;
use actors::view::Text;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use tokio_postgres::Row;

use crate::db::{self, Db, Unavailable};

/// Contacts at once.
pub const MOST_CONTACTS: i64 = 1_000_000;
/// Fields of one.
pub const MOST_FIELDS: usize = 50;
/// A page of the list.
const PAGE: i64 = 500;

/// Who calls from a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "FlowContact")]
pub struct Contact {
    /// In one spelling: E.164 with its plus, or an extension.
    pub number: String,
    /// For people; may be empty.
    pub name: String,
    /// What a flow may know of him.
    pub data: BTreeMap<String, String>,
}

/// See the module.
#[derive(Clone)]
pub struct Contacts {
    db: Db,
    plan: Arc<NumberPlan>,
}

impl Contacts {
    /// Kept there; numbers are compared by that plan.
    pub(super) fn new(db: Db, plan: Arc<NumberPlan>) -> Self {
        Self { db, plan }
    }

    /// The one spelling of a number.
    pub fn canonical(&self, number: &str) -> Text {
        self.plan.canonical(number)
    }

    /// What is known of who calls from that number, `name` with the others; `None`: nothing.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn fields(&self, number: &str) -> Result<Option<BTreeMap<String, String>>, Unavailable> {
        let number = self.plan.canonical(number);
        if number.is_empty() {
            return Ok(None);
        }
        let connection = self.db.get().await?;
        let select = "select number, name, data from vigie.flow_contacts where number = $1";
        let row = connection.query_opt(select, &[&number.as_str()]).await.map_err(away)?;
        Ok(row.map(|row| {
            let contact = contact(&row);
            let mut fields = contact.data;
            fields.insert("name".into(), contact.name);
            fields
        }))
    }

    /// Those after that number, in their order: a page of 500.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn page(&self, after: &str) -> Result<Vec<Contact>, Unavailable> {
        let connection = self.db.get().await?;
        let select = "select number, name, data from vigie.flow_contacts where number > $1 \
            order by number limit $2";
        let rows = connection.query(select, &[&after, &PAGE]).await.map_err(away)?;
        Ok(rows.iter().map(contact).collect())
    }

    /// Puts one there, in place of what is there of its number. `false`: there are too many.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn put(&self, contact: &Contact) -> Result<bool, Unavailable> {
        let connection = self.db.get().await?;
        let data = serde_json::to_value(&contact.data).unwrap_or_default();
        let set = "update vigie.flow_contacts set name = $2, data = $3, updated_at = now() where number = $1";
        let known = connection.execute(set, &[&contact.number, &contact.name, &data]).await.map_err(away)?;
        if known > 0 {
            return Ok(true);
        }
        let add = "insert into vigie.flow_contacts (number, name, data) select $1, $2, $3 \
            where (select count(*) from vigie.flow_contacts) < $4 \
            on conflict (number) do update set name = excluded.name, data = excluded.data, updated_at = now()";
        let added = connection.execute(add, &[&contact.number, &contact.name, &data, &MOST_CONTACTS]).await;
        Ok(added.map_err(away)? > 0)
    }

    /// Takes one away; whether it was there.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn remove(&self, number: &str) -> Result<bool, Unavailable> {
        let connection = self.db.get().await?;
        let remove = "delete from vigie.flow_contacts where number = $1";
        Ok(connection.execute(remove, &[&number]).await.map_err(away)? > 0)
    }
}

/// What was written by hand may hold other than texts.
fn contact(row: &Row) -> Contact {
    let data: Value = row.try_get("data").unwrap_or_default();
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let fields = data.as_object().into_iter().flatten();
    Contact {
        number: row.get("number"),
        name: row.get("name"),
        data: fields.take(MOST_FIELDS).map(|(name, value)| (name.clone(), text(value))).collect(),
    }
}

pub(super) fn away(error: tokio_postgres::Error) -> Unavailable {
    let why = db::words(&error);
    log::warn!("errands: {why}");
    Unavailable::Away(why)
}
