//! Prompts in PostgreSQL, with their sound.

use serde_json::Value;
use tokio_postgres::error::SqlState;
use tokio_postgres::{GenericClient, IsolationLevel, Row, Transaction};

use super::audio::Sound;
use super::book::{Kind, Language, Prompt, PromptBook};
use super::uses::{self, Use};
use super::{MOST_PROMPTS, hex};
use crate::db::{self, Db, Unavailable};

const PROMPTS: &str = "select id, name, language, kind, said, duration_ms, octet_length(sound) as size, checksum, made_by, \
    to_char(created_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') as created_at, \
    to_char(updated_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') as updated_at from vigie.prompts";
const VERSION: &str = "select version from vigie.prompts_version";
const FLOWS: &str = "select f.id, f.name, f.draft::text as draft, v.drawing::text as published from vigie.flows f \
    left join vigie.flow_versions v on v.flow_id = f.id and v.version = f.published order by lower(f.name), f.id";

/// Why a change was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// There is one already of that name.
    Taken,
    /// There are as many as may be.
    TooMany,
    /// It is not there (any more).
    Gone,
    /// These flows name it.
    Used(Vec<Use>),
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

/// The sound of a prompt.
#[derive(Debug, Clone)]
pub struct New {
    /// Where it comes from.
    pub kind: Kind,
    /// What was spoken.
    pub text: Option<String>,
    /// User id; empty where nobody logs in.
    pub by: String,
    /// What is heard.
    pub sound: Sound,
}

/// One change.
pub(super) enum Write {
    /// A new prompt: id, name, language, sound.
    Add(String, String, Language, New),
    /// Another sound for that one.
    Replace(String, New),
    /// Another name or language for that one.
    Name(String, String, Language),
    /// That one is no more.
    Remove(String),
}

pub(super) struct Store {
    pub(super) db: Db,
}

impl Store {
    pub(super) async fn version(&self) -> Result<i64, Unavailable> {
        let connection = self.db.get().await?;
        Ok(connection.query_one(VERSION, &[]).await.map_err(away)?.get(0))
    }

    /// All of them, of one moment.
    pub(super) async fn load(&self) -> Result<PromptBook, Unavailable> {
        let mut connection = self.db.get().await?;
        let begin =
            connection.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
        let transaction = begin.start().await.map_err(away)?;
        let book = read(&transaction).await.map_err(away)?;
        transaction.commit().await.map_err(away)?;
        Ok(book)
    }

    /// The file of that one, when its sound is still that.
    pub(super) async fn sound(&self, id: &str, checksum: &str) -> Result<Option<Vec<u8>>, Unavailable> {
        let connection = self.db.get().await?;
        let ask = "select sound from vigie.prompts where id = $1 and checksum = $2";
        Ok(connection.query_opt(ask, &[&id, &checksum]).await.map_err(away)?.map(|row| row.get(0)))
    }

    /// Which flows name that prompt.
    pub(super) async fn uses(&self, prompt: &Prompt) -> Result<Vec<Use>, Unavailable> {
        let connection = self.db.get().await?;
        uses_of(&*connection, &prompt.id, &prompt.name).await.map_err(away)
    }

    /// What callers' flows say, with its language.
    pub(super) async fn said(&self) -> Result<Vec<(String, Option<String>)>, Unavailable> {
        let connection = self.db.get().await?;
        let rows = connection.query(FLOWS, &[]).await.map_err(away)?;
        let published = rows.iter().filter_map(|row| drawing(row, "published"));
        Ok(published.flat_map(|drawing| uses::said(&drawing)).collect())
    }

    /// Moves when something is published or drawn.
    pub(super) async fn flows_version(&self) -> Result<i64, Unavailable> {
        let connection = self.db.get().await?;
        let ask = "select version from vigie.flows_version";
        Ok(connection.query_one(ask, &[]).await.map_err(away)?.get(0))
    }

    /// Changes them; gives what they are then.
    pub(super) async fn change(&self, write: Write) -> Result<PromptBook, Denied> {
        let mut connection = self.db.get().await?;
        let transaction = connection.transaction().await.map_err(denied)?;
        if let Write::Remove(_) = write {
            // no flow comes to name it meanwhile: flows are locked first, as who changes those does
            let lock = "select version from vigie.flows_version for update";
            transaction.query_one(lock, &[]).await.map_err(denied)?;
        }
        let lock = "select version from vigie.prompts_version for update";
        transaction.query_one(lock, &[]).await.map_err(denied)?;
        write.run(&transaction).await?;
        let after = read(&transaction).await.map_err(denied)?;
        match transaction.commit().await {
            Ok(()) => Ok(after),
            Err(error) if error.as_db_error().is_some() => Err(denied(error)),
            Err(error) => {
                log::warn!("prompts: the connection was lost at a commit: {error}");
                Err(Denied::Unknowable)
            }
        }
    }
}

impl Write {
    async fn run(self, transaction: &Transaction<'_>) -> Result<(), Denied> {
        match self {
            Self::Add(id, name, language, new) => {
                let count: i64 = transaction
                    .query_one("select count(*) from vigie.prompts", &[])
                    .await
                    .map_err(denied)?
                    .get(0);
                if usize::try_from(count).is_ok_and(|count| count >= MOST_PROMPTS) {
                    return Err(Denied::TooMany);
                }
                let Parts { kind, said, by, ms, checksum, file } = Parts::of(new);
                let add = "insert into vigie.prompts (id, name, language, kind, said, made_by, duration_ms, checksum, sound) \
                    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
                let language = language.word();
                let all: [&(dyn tokio_postgres::types::ToSql + Sync); 9] =
                    [&id, &name, &language, &kind, &said, &by, &ms, &checksum, &file];
                one(transaction.execute(add, &all).await)
            }
            Self::Replace(id, new) => {
                let Parts { kind, said, by, ms, checksum, file } = Parts::of(new);
                let set = "update vigie.prompts set kind = $2, said = $3, made_by = $4, duration_ms = $5, checksum = $6, \
                    sound = $7, updated_at = now() where id = $1";
                let all: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
                    [&id, &kind, &said, &by, &ms, &checksum, &file];
                one(transaction.execute(set, &all).await)
            }
            Self::Name(id, name, language) => {
                let row = transaction.query_opt("select name from vigie.prompts where id = $1", &[&id]).await;
                let before: String = row.map_err(denied)?.ok_or(Denied::Gone)?.get(0);
                if before.to_lowercase() != name.to_lowercase() {
                    // who names it by its name would find it no more
                    let used = uses_of(transaction, "", &before).await.map_err(denied)?;
                    if !used.is_empty() {
                        return Err(Denied::Used(used));
                    }
                }
                let set =
                    "update vigie.prompts set name = $2, language = $3, updated_at = now() where id = $1";
                one(transaction.execute(set, &[&id, &name, &language.word()]).await)
            }
            Self::Remove(id) => {
                let row = transaction.query_opt("select name from vigie.prompts where id = $1", &[&id]).await;
                let name: String = row.map_err(denied)?.ok_or(Denied::Gone)?.get(0);
                let used = uses_of(transaction, &id, &name).await.map_err(denied)?;
                if !used.is_empty() {
                    return Err(Denied::Used(used));
                }
                one(transaction.execute("delete from vigie.prompts where id = $1", &[&id]).await)
            }
        }
    }
}

struct Parts {
    kind: &'static str,
    said: Option<String>,
    by: String,
    ms: i32,
    checksum: String,
    file: Vec<u8>,
}

impl Parts {
    fn of(new: New) -> Self {
        let file = new.sound.wav();
        let checksum = hex(ring::digest::digest(&ring::digest::SHA256, &file).as_ref());
        let ms = i32::try_from(new.sound.ms()).unwrap_or(i32::MAX);
        Self { kind: new.kind.word(), said: new.text, by: new.by, ms, checksum, file }
    }
}

async fn read(client: &impl GenericClient) -> Result<PromptBook, tokio_postgres::Error> {
    let version = client.query_one(VERSION, &[]).await?.get(0);
    let rows = client.query(PROMPTS, &[]).await?;
    Ok(PromptBook::new(version, rows.iter().map(prompt).collect()))
}

fn prompt(row: &Row) -> Prompt {
    // the table takes no other words
    let language = Language::of(row.get("language")).unwrap_or_default();
    let kind = Kind::of(row.get("kind")).unwrap_or(Kind::Uploaded);
    Prompt {
        id: row.get("id"),
        name: row.get("name"),
        language,
        kind,
        text: row.get("said"),
        duration_ms: row.get("duration_ms"),
        size: row.get("size"),
        checksum: row.get("checksum"),
        made_by: row.get("made_by"),
        created_at: row.get("created_at"),
        updated_at: row.get("updated_at"),
    }
}

async fn uses_of(
    client: &impl GenericClient,
    id: &str,
    name: &str,
) -> Result<Vec<Use>, tokio_postgres::Error> {
    let rows = client.query(FLOWS, &[]).await?;
    let one = |row: &Row| {
        let names =
            |column: &str| drawing(row, column).is_some_and(|drawing| uses::names(&drawing, id, name));
        let (draft, published) = (names("draft"), names("published"));
        (draft || published).then(|| Use { id: row.get("id"), name: row.get("name"), draft, published })
    };
    Ok(rows.iter().filter_map(one).collect())
}

/// What was written by hand may be no drawing.
fn drawing(row: &Row, column: &str) -> Option<Value> {
    serde_json::from_str(row.get::<_, Option<&str>>(column)?).ok()
}

fn one(done: Result<u64, tokio_postgres::Error>) -> Result<(), Denied> {
    match done.map_err(denied)? {
        0 => Err(Denied::Gone),
        _ => Ok(()),
    }
}

fn denied(error: tokio_postgres::Error) -> Denied {
    match error.as_db_error() {
        Some(refused) if *refused.code() == SqlState::UNIQUE_VIOLATION => Denied::Taken,
        _ => Denied::Unavailable(away(error)),
    }
}

fn away(error: tokio_postgres::Error) -> Unavailable {
    let why = db::words(&error);
    log::warn!("prompts: {why}");
    Unavailable::Away(why)
}
