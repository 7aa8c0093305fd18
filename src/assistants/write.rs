//! What is written, refused by name where it cannot be.

use serde_json::Value;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Row, Transaction};

use super::MOST_VERSIONS;
use super::form::Form;
use super::store::away;
use crate::db::Unavailable;

pub(super) type Failed = tokio_postgres::Error;

/// Why a change was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// There is one already with that; which field.
    Taken(&'static str),
    /// It is not there (any more).
    Gone,
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
    match (refused.code(), refused.constraint().unwrap_or("")) {
        (&SqlState::UNIQUE_VIOLATION, "assistant_numbers_pkey") => Denied::Taken("numbers"),
        (&SqlState::UNIQUE_VIOLATION, _) => Denied::Taken("id"),
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

/// An assistant as it shall be.
#[derive(Debug, Clone, PartialEq)]
pub struct AssistantChange {
    /// Stands in addresses.
    pub id: String,
    /// What is written.
    pub form: Form,
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A new one, with what is its draft.
    Add(AssistantChange),
    /// A new one that answers at once whom nobody else does.
    AddDefault(AssistantChange, Publish),
    /// Its draft as it shall be.
    Set(AssistantChange),
    /// It is gone, with its versions and numbers.
    Remove(String),
    /// What was written last is the next version.
    PublishDraft(String, Publish),
    /// What was that version once is the next one.
    PublishVersion(String, i32, Publish),
    /// It is for callers who are nobody's; no other is.
    Default(String),
    /// It is not, if it was.
    NoDefault(String),
    /// Whether new callers go to its fallback.
    Paused(String, bool),
    /// Which numbers lead to it.
    Numbers(String, Vec<String>),
    /// It is as it shall be already.
    Nothing,
}

impl Write {
    /// Writes it.
    pub(super) async fn run(self, transaction: &Transaction<'_>) -> Result<(), Denied> {
        match self {
            Self::Nothing => Ok(()),
            Self::Add(of) => add(transaction, &of).await,
            Self::AddDefault(of, with) => {
                add(transaction, &of).await?;
                next_version(transaction, &of.id, value(&of.form)?, &with).await?;
                default(transaction, &of.id).await
            }
            Self::Set(of) => {
                // it tells one draft from the next, as it is shown: in ms
                let set = "update vigie.assistants set name = $2, draft = $3, \
                    updated_at = greatest(now(), updated_at + interval '1 ms') where id = $1";
                one(transaction.execute(set, &[&of.id, &of.form.name, &value(&of.form)?]).await)
            }
            Self::Remove(id) => {
                one(transaction.execute("delete from vigie.assistants where id = $1", &[&id]).await)
            }
            Self::PublishDraft(id, with) => {
                let form =
                    "select draft || jsonb_build_object('name', name) from vigie.assistants where id = $1";
                let row = transaction.query_opt(form, &[&id]).await.map_err(denied)?;
                next_version(transaction, &id, form_of(row)?, &with).await
            }
            Self::PublishVersion(id, version, with) => {
                let form =
                    "select form from vigie.assistant_versions where assistant_id = $1 and version = $2";
                let row = transaction.query_opt(form, &[&id, &version]).await.map_err(denied)?;
                next_version(transaction, &id, form_of(row)?, &with).await
            }
            Self::Default(id) => default(transaction, &id).await,
            Self::NoDefault(id) => one(transaction
                .execute("update vigie.assistants set is_default = false where id = $1", &[&id])
                .await),
            Self::Paused(id, paused) => one(transaction
                .execute("update vigie.assistants set paused = $2 where id = $1", &[&id, &paused])
                .await),
            Self::Numbers(id, numbers) => {
                let none = "delete from vigie.assistant_numbers where assistant_id = $1";
                transaction.execute(none, &[&id]).await.map_err(denied)?;
                let add = "insert into vigie.assistant_numbers (number, assistant_id) \
                    select n, $1 from unnest($2::text[]) n";
                transaction.execute(add, &[&id, &numbers]).await.map_err(denied)?;
                Ok(())
            }
        }
    }
}

async fn add(transaction: &Transaction<'_>, of: &AssistantChange) -> Result<(), Denied> {
    let add = "insert into vigie.assistants (id, name, draft) values ($1, $2, $3)";
    one(transaction.execute(add, &[&of.id, &of.form.name, &value(&of.form)?]).await)
}

async fn default(transaction: &Transaction<'_>, id: &str) -> Result<(), Denied> {
    // the other one first: at no time there are two
    let none = "update vigie.assistants set is_default = false where is_default and id <> $1";
    transaction.execute(none, &[&id]).await.map_err(denied)?;
    one(transaction.execute("update vigie.assistants set is_default = true where id = $1", &[&id]).await)
}

fn value(form: &Form) -> Result<Value, Denied> {
    serde_json::to_value(form).map_err(|problem| Unavailable::Away(problem.to_string()).into())
}

/// What was written by hand may hold what cannot be read.
fn form_of(row: Option<Row>) -> Result<Value, Denied> {
    let row = row.ok_or(Denied::Gone)?;
    row.try_get(0).map_err(|problem| Denied::Unavailable(away(problem)))
}

/// That form is what answers from now on.
async fn next_version(
    transaction: &Transaction<'_>,
    id: &str,
    form: Value,
    with: &Publish,
) -> Result<(), Denied> {
    let next = "with next as (insert into vigie.assistant_versions (assistant_id, version, form, note, by) \
          select a.id, greatest(coalesce(a.published, 0), \
            (select coalesce(max(version), 0) from vigie.assistant_versions where assistant_id = a.id)) + 1, \
            $2, $3, $4 \
          from vigie.assistants a where a.id = $1 returning version) \
        update vigie.assistants set published = next.version from next where id = $1 returning next.version";
    let row = transaction.query_opt(next, &[&id, &form, &with.note, &with.by]).await.map_err(denied)?;
    let version: i32 = row.ok_or(Denied::Gone)?.get(0);
    let old = "delete from vigie.assistant_versions where assistant_id = $1 and version <= $2";
    transaction.execute(old, &[&id, &version.saturating_sub(MOST_VERSIONS)]).await.map_err(denied)?;
    Ok(())
}

fn one(done: Result<u64, Failed>) -> Result<(), Denied> {
    match done.map_err(denied)? {
        0 => Err(Denied::Gone),
        _ => Ok(()),
    }
}
