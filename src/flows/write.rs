//! What is written, refused by name where it cannot be.

use actors::ivr::{Fault, Gravity};
use serde_json::Value;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Row, Transaction};

use super::MOST_VERSIONS;
use super::book::{judge, unreadable};
use super::store::away;
use crate::db::Unavailable;

pub(super) type Failed = tokio_postgres::Error;

/// Why a change was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// There is one already with that; which field.
    Taken(&'static str),
    /// It names something that does not exist; which field.
    Unknown(&'static str),
    /// It is not there (any more).
    Gone,
    /// It cannot be walked: what is wrong.
    Faulty(Vec<Fault>),
    /// The connection was lost as it was written: whether it was is unknown.
    Unknowable,
    /// The database cannot be asked.
    Unavailable(Unavailable),
}

impl From<Unavailable> for Denied {
    fn from(why: Unavailable) -> Self {
        Self::Unavailable(why)
    }
}

/// A refusal by one of the tables' rules, by the rule's name.
pub(super) fn denied(error: Failed) -> Denied {
    let Some(refused) = error.as_db_error() else { return Denied::Unavailable(away(error)) };
    let rule = refused.constraint().unwrap_or("");
    match (refused.code(), rule) {
        (&SqlState::UNIQUE_VIOLATION, "dids_number_key") => Denied::Taken("number"),
        (&SqlState::UNIQUE_VIOLATION, _) => Denied::Taken("id"),
        (&SqlState::FOREIGN_KEY_VIOLATION, "dids_flow_id_fkey") => Denied::Unknown("ivrFlowId"),
        (&SqlState::FOREIGN_KEY_VIOLATION, _) => Denied::Gone,
        _ => Denied::Unavailable(away(error)),
    }
}

/// Who publishes, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Publish {
    /// May be empty.
    pub note: String,
    /// User id; empty where nobody logs in.
    pub by: String,
}

/// A flow as it shall be.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowChange {
    /// Stands in addresses.
    pub id: String,
    /// For people.
    pub name: String,
    /// The drawing.
    pub draft: Value,
    /// It is published with it.
    pub publish: Option<Publish>,
}

/// A called number as it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)] // as in `Did`
pub struct DidChange {
    pub id: String,
    pub number: String,
    pub description: String,
    pub trunk_id: Option<String>,
    pub ivr_flow_id: Option<String>,
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A new flow.
    AddFlow(FlowChange),
    /// A flow as it shall be.
    SetFlow(FlowChange),
    /// A flow is gone, with its versions; numbers that led to it lead to none.
    RemoveFlow(String),
    /// What was drawn last is the next version.
    PublishDraft(String, Publish),
    /// What was that version once is the next one.
    PublishVersion(String, i32, Publish),
    /// It is for numbers that lead to none; no other is.
    Default(String),
    /// No flow is the default one, if it is that one.
    NoDefault(String),
    /// A new number.
    AddDid(DidChange),
    /// A number as it shall be.
    SetDid(DidChange),
    /// A number is gone.
    RemoveDid(String),
}

impl Write {
    /// Writes it.
    pub(super) async fn run(self, transaction: &Transaction<'_>) -> Result<(), Denied> {
        match self {
            Self::AddFlow(flow) => {
                let add = "insert into vigie.flows (id, name, draft) values ($1, $2, $3)";
                let done = transaction.execute(add, &[&flow.id, &flow.name, &flow.draft]).await;
                one(done)?;
                publish(transaction, &flow).await
            }
            Self::SetFlow(flow) => {
                // it tells one drawing from the next, as it is shown: in ms
                let set = "update vigie.flows set name = $2, draft = $3, \
                    updated_at = greatest(now(), updated_at + interval '1 ms') where id = $1";
                one(transaction.execute(set, &[&flow.id, &flow.name, &flow.draft]).await)?;
                publish(transaction, &flow).await
            }
            Self::RemoveFlow(id) => {
                one(transaction.execute("delete from vigie.flows where id = $1", &[&id]).await)
            }
            Self::PublishDraft(id, with) => {
                let drawing = "select draft || jsonb_build_object('id', id, 'name', name) from vigie.flows \
                    where id = $1";
                let row = transaction.query_opt(drawing, &[&id]).await.map_err(denied)?;
                next_version(transaction, &id, drawing_of(row)?, &with).await
            }
            Self::PublishVersion(id, version, with) => {
                let drawing = "select jsonb_build_object('name', f.name) || v.drawing \
                    from vigie.flow_versions v join vigie.flows f on f.id = v.flow_id \
                    where v.flow_id = $1 and v.version = $2";
                let row = transaction.query_opt(drawing, &[&id, &version]).await.map_err(denied)?;
                next_version(transaction, &id, drawing_of(row)?, &with).await
            }
            Self::Default(id) => {
                // the other one first: at no time there are two
                let none = "update vigie.flows set is_default = false where is_default and id <> $1";
                transaction.execute(none, &[&id]).await.map_err(denied)?;
                one(transaction
                    .execute("update vigie.flows set is_default = true where id = $1", &[&id])
                    .await)
            }
            Self::NoDefault(id) => one(transaction
                .execute("update vigie.flows set is_default = false where id = $1", &[&id])
                .await),
            Self::AddDid(did) => {
                let add = "insert into vigie.dids (id, number, description, trunk_id, flow_id) \
                    values ($1, $2, $3, $4, $5)";
                one(write_did(transaction, add, &did).await)
            }
            Self::SetDid(did) => {
                let set = "update vigie.dids set number = $2, description = $3, trunk_id = $4, flow_id = $5, \
                    updated_at = now() where id = $1";
                one(write_did(transaction, set, &did).await)
            }
            Self::RemoveDid(id) => {
                one(transaction.execute("delete from vigie.dids where id = $1", &[&id]).await)
            }
        }
    }
}

/// What was imported by hand may lack a name, or hold what cannot be read.
fn drawing_of(row: Option<Row>) -> Result<Value, Denied> {
    let row = row.ok_or(Denied::Gone)?;
    row.try_get(0).map_err(|problem| Denied::Faulty(vec![unreadable(&problem.to_string())]))
}

async fn write_did(transaction: &Transaction<'_>, statement: &str, did: &DidChange) -> Result<u64, Failed> {
    let DidChange { id, number, description, trunk_id, ivr_flow_id } = did;
    transaction.execute(statement, &[id, number, description, trunk_id, ivr_flow_id]).await
}

async fn publish(transaction: &Transaction<'_>, flow: &FlowChange) -> Result<(), Denied> {
    match &flow.publish {
        Some(with) => next_version(transaction, &flow.id, flow.draft.clone(), with).await,
        None => Ok(()),
    }
}

/// That drawing is what callers walk from now on.
async fn next_version(
    transaction: &Transaction<'_>,
    id: &str,
    drawing: Value,
    with: &Publish,
) -> Result<(), Denied> {
    let (_, faults) = judge(&drawing);
    if faults.iter().any(|fault| fault.gravity == Gravity::Broken) {
        return Err(Denied::Faulty(faults));
    }
    let next = "with next as (insert into vigie.flow_versions (flow_id, version, drawing, note, by) \
          select f.id, greatest(coalesce(f.published, 0), \
            (select coalesce(max(version), 0) from vigie.flow_versions where flow_id = f.id)) + 1, $2, $3, $4 \
          from vigie.flows f where f.id = $1 returning version) \
        update vigie.flows set published = next.version from next where id = $1 returning next.version";
    let row = transaction.query_opt(next, &[&id, &drawing, &with.note, &with.by]).await.map_err(denied)?;
    let version: i32 = row.ok_or(Denied::Gone)?.get(0);
    let old = "delete from vigie.flow_versions where flow_id = $1 and version <= $2";
    transaction.execute(old, &[&id, &version.saturating_sub(MOST_VERSIONS)]).await.map_err(denied)?;
    Ok(())
}

fn one(done: Result<u64, Failed>) -> Result<(), Denied> {
    match done.map_err(denied)? {
        0 => Err(Denied::Gone),
        _ => Ok(()),
    }
}
