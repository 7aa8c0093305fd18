//! Who wants to be called back: listed, taken by somebody, tried, and closed with an outcome.
//!
//! ```text
//!          ┌──────────── no_answer, busy, while attempts are left; later ──────────┐
//!          ▼                                                                        │
//! asked ─▶ open ─take─▶ taken ─outcome─▶ done (reached, not_wanted) · failed (wrong_number, no attempt left)
//!             ▲           │
//!             └─ 30 min ──┘  who took it and says nothing has it no more
//! ```

use actors::ivr::CallbackAsk;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use super::contacts::away;
use crate::db::{Db, Unavailable};

/// That wait at once.
pub const MOST_OPEN: i64 = 10_000;
/// Of one list.
const MOST_LISTED: i64 = 1_000;

macro_rules! iso {
    ($column:literal) => {
        concat!("to_char(", $column, " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
    };
}

macro_rules! columns {
    () => {
        concat!(
            "id, number, pbx, called, flow_id, node_id, note, asked, attempts, most, state, taken_by, outcome, \
             remark, ",
            iso!("due_at"),
            " as due_at, ",
            iso!("created_at"),
            " as created_at"
        )
    };
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "CallbackState")]
pub enum State {
    /// It waits.
    Open,
    /// Somebody is at it.
    Taken,
    /// It is over.
    Done,
    /// It is over, and nobody was reached.
    Failed,
}

impl State {
    /// Of its word.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Open, Self::Taken, Self::Done, Self::Failed].into_iter().find(|state| state.word() == word)
    }

    /// On the wire and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Taken => "taken",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// What came of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "snake_case", rename = "CallbackOutcome")]
pub enum Outcome {
    /// He was talked to.
    Reached,
    /// He did not answer.
    NoAnswer,
    /// He was talking.
    Busy,
    /// It is not his number.
    WrongNumber,
    /// He wants it no more.
    NotWanted,
    /// It was no attempt: it is given back.
    Later,
}

impl Outcome {
    /// Every one.
    pub const ALL: [Self; 6] =
        [Self::Reached, Self::NoAnswer, Self::Busy, Self::WrongNumber, Self::NotWanted, Self::Later];

    /// Of its word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    /// On the wire and in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::NoAnswer => "no_answer",
            Self::Busy => "busy",
            Self::WrongNumber => "wrong_number",
            Self::NotWanted => "not_wanted",
            Self::Later => "later",
        }
    }
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Callback")]
pub struct Callback {
    /// Stands in what is asked of it.
    pub id: String,
    /// Whom to call.
    pub number: String,
    /// Where he called.
    pub pbx: String,
    /// What he dialled.
    pub called: String,
    /// The flow in which he asked.
    pub flow_id: String,
    /// The node.
    pub node_id: String,
    /// What the flow says of it.
    pub note: String,
    /// How often he asked for it.
    pub asked: i32,
    /// How often he was called.
    pub attempts: i32,
    /// How often he is at most.
    pub most: i32,
    /// How it stands.
    pub state: State,
    /// Id of who took it; empty: nobody.
    pub taken_by: String,
    /// Of the last attempt; empty before.
    pub outcome: String,
    /// What was said of it.
    pub remark: String,
    /// Not before, ISO 8601.
    pub due_at: String,
    /// ISO 8601.
    pub created_at: String,
}

/// Why it is not changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotTaken {
    /// There is none of that number.
    Gone,
    /// Somebody else has it, or it is over.
    NotYours,
    /// The database cannot be asked.
    Unavailable(Unavailable),
}

impl From<Unavailable> for NotTaken {
    fn from(why: Unavailable) -> Self {
        Self::Unavailable(why)
    }
}

/// See the module.
#[derive(Clone)]
pub struct Callbacks {
    db: Db,
}

impl Callbacks {
    /// Kept there.
    pub(super) fn new(db: Db) -> Self {
        Self { db }
    }

    /// Notes that he wants it. Who asks again while he waits is noted once, with the newer words.
    ///
    /// # Errors
    /// When the database cannot be asked, or too many wait.
    pub async fn ask(&self, pbx: &str, number: &str, ask: &CallbackAsk) -> Result<(), Unavailable> {
        let connection = self.db.get().await?;
        let old = "delete from vigie.callbacks where state in ('done', 'failed') \
            and updated_at < now() - interval '1 year'";
        connection.execute(old, &[]).await.map_err(away)?;
        let add = "insert into vigie.callbacks (number, pbx, called, flow_id, node_id, note, most) \
            select $1, $2, $3, $4, $5, $6, $7 \
            where (select count(*) from vigie.callbacks where state in ('open', 'taken')) < $8 \
            on conflict (number) where state in ('open', 'taken') do update \
              set asked = callbacks.asked + 1, note = excluded.note, updated_at = now()";
        let (called, flow, node) = (ask.called.as_str(), ask.flow.as_str(), ask.node.as_str());
        let most = i32::from(ask.attempts);
        let added = connection
            .execute(add, &[&number, &pbx, &called, &flow, &node, &ask.note, &most, &MOST_OPEN])
            .await
            .map_err(away)?;
        if added == 0 {
            Err(Unavailable::Away(format!("{MOST_OPEN} callbacks wait already")))
        } else {
            Ok(())
        }
    }

    /// Those that stand so, the most urgent first; without a state those that wait or are taken.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn list(&self, state: Option<State>) -> Result<Vec<Callback>, Unavailable> {
        let connection = self.db.get().await?;
        let states: Vec<&str> = match state {
            Some(state) => vec![state.word()],
            None => vec!["open", "taken"],
        };
        let select = concat!(
            "select ",
            columns!(),
            " from vigie.callbacks where state = any($1) order by vigie.callbacks.due_at, id limit $2"
        );
        let rows = connection.query(select, &[&states, &MOST_LISTED]).await.map_err(away)?;
        Ok(rows.iter().map(callback).collect())
    }

    /// Somebody is at it: nobody else is for 30 minutes.
    ///
    /// # Errors
    /// Why he is not.
    pub async fn take(&self, id: i64, by: &str) -> Result<Callback, NotTaken> {
        let take = concat!(
            "update vigie.callbacks set state = 'taken', taken_by = $2, taken_at = now(), updated_at = now() \
             where id = $1 and (state = 'open' or (state = 'taken' \
               and (taken_by = $2 or taken_at < now() - interval '30 minutes'))) returning ",
            columns!()
        );
        self.changed(id, take, &[&id, &by]).await
    }

    /// What came of it, by who took it.
    ///
    /// # Errors
    /// Why it is not noted.
    pub async fn close(
        &self,
        id: i64,
        by: &str,
        outcome: Outcome,
        remark: &str,
    ) -> Result<Callback, NotTaken> {
        let again = concat!(
            "update vigie.callbacks set attempts = attempts + 1, outcome = $3, remark = $4, taken_by = '', \
             taken_at = null, updated_at = now(), due_at = now() + (attempts + 1) * interval '15 minutes', \
             state = case when attempts + 1 >= most then 'failed' else 'open' end \
             where id = $1 and state = 'taken' and taken_by = $2 returning ",
            columns!()
        );
        let over = concat!(
            "update vigie.callbacks set attempts = attempts + 1, outcome = $3, remark = $4, taken_at = null, \
             updated_at = now(), state = case when $3 = 'wrong_number' then 'failed' else 'done' end \
             where id = $1 and state = 'taken' and taken_by = $2 returning ",
            columns!()
        );
        let back = concat!(
            "update vigie.callbacks set outcome = $3, remark = $4, taken_by = '', taken_at = null, \
             updated_at = now(), state = 'open' \
             where id = $1 and state = 'taken' and taken_by = $2 returning ",
            columns!()
        );
        let statement = match outcome {
            Outcome::NoAnswer | Outcome::Busy => again,
            Outcome::Reached | Outcome::WrongNumber | Outcome::NotWanted => over,
            Outcome::Later => back,
        };
        self.changed(id, statement, &[&id, &by, &outcome.word(), &remark]).await
    }

    async fn changed(
        &self,
        id: i64,
        statement: &str,
        values: &[&(dyn tokio_postgres::types::ToSql + Sync)],
    ) -> Result<Callback, NotTaken> {
        let connection = self.db.get().await?;
        if let Some(row) = connection.query_opt(statement, values).await.map_err(away)? {
            return Ok(callback(&row));
        }
        let known = connection.query_opt("select 1 from vigie.callbacks where id = $1", &[&id]).await;
        Err(if known.map_err(away)?.is_some() { NotTaken::NotYours } else { NotTaken::Gone })
    }
}

fn callback(row: &Row) -> Callback {
    let state: String = row.get("state");
    Callback {
        id: row.get::<_, i64>("id").to_string(),
        number: row.get("number"),
        pbx: row.get("pbx"),
        called: row.get("called"),
        flow_id: row.get("flow_id"),
        node_id: row.get("node_id"),
        note: row.get("note"),
        asked: row.get("asked"),
        attempts: row.get("attempts"),
        most: row.get("most"),
        // a rule of the table
        state: State::of(&state).unwrap_or(State::Open),
        taken_by: row.get("taken_by"),
        outcome: row.get("outcome"),
        remark: row.get("remark"),
        due_at: row.get("due_at"),
        created_at: row.get("created_at"),
    }
}
