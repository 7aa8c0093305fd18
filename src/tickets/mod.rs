//! Tickets: what callers told an assistant, one a conversation at most.
//!
//! An assistant opens one while it talks, or its conversation leaves one when it is over; either way the end of the
//! conversation says how it stands. What does not live here: what a model may write into one (`app`), who may read them
//! (`http`).

mod ticket;

use tokio_postgres::Row;

pub use ticket::{Conclusion, Opening, Sentiment, Severity, State, Ticket};

use crate::db::{self, Db, Unavailable};

/// Of one list.
const MOST_LISTED: i64 = 500;
/// They are kept so long after the last change, days.
const KEPT_DAYS: i32 = 730;

macro_rules! iso {
    ($column:literal) => {
        concat!("to_char(", $column, " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
    };
}

macro_rules! select {
    () => {
        concat!(
            "select id, session, pbx, number, name, email, assistant, fault, summary, tag, severity, sentiment, state, \
             took_ms, ",
            iso!("created_at"),
            " as created_at, ",
            iso!("updated_at"),
            " as updated_at from vigie.tickets "
        )
    };
}

/// See the module.
#[derive(Clone)]
pub struct Tickets {
    db: Db,
}

impl Tickets {
    /// Kept there.
    pub fn new(db: &Db) -> Self {
        Self { db: db.clone() }
    }

    /// Opens the ticket of a conversation; when it has one, what is told newly is put there. Its number.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn open(&self, opening: &Opening) -> Result<i64, Unavailable> {
        let connection = self.db.get().await?;
        let open = "insert into vigie.tickets (session, pbx, number, name, email, assistant, fault, tag, severity) \
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
            on conflict (session) do update set \
              name = coalesce(nullif(excluded.name, ''), tickets.name), \
              email = coalesce(nullif(excluded.email, ''), tickets.email), \
              fault = coalesce(nullif(excluded.fault, ''), tickets.fault), \
              tag = coalesce(nullif(excluded.tag, ''), tickets.tag), \
              severity = coalesce(nullif(excluded.severity, ''), tickets.severity), \
              updated_at = now() \
            returning id";
        let Opening { session, pbx, number, name, email, assistant, fault, tag, severity } = opening;
        let severity = severity.map_or("", Severity::word);
        let row = connection
            .query_one(open, &[session, pbx, number, name, email, assistant, fault, tag, &severity])
            .await
            .map_err(away)?;
        Ok(row.get(0))
    }

    /// The conversation is over: its ticket says how. Without one, and with something to say, it leaves one.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn conclude(&self, opening: &Opening, conclusion: &Conclusion) -> Result<(), Unavailable> {
        let connection = self.db.get().await?;
        let old = "delete from vigie.tickets where updated_at < now() - make_interval(days => $1) \
            and state <> 'open'";
        connection.execute(old, &[&KEPT_DAYS]).await.map_err(away)?;
        let conclude = "insert into vigie.tickets as t \
              (session, pbx, number, name, assistant, fault, summary, tag, severity, sentiment, state, took_ms) \
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
            on conflict (session) do update set \
              summary = excluded.summary, \
              tag = coalesce(nullif(t.tag, ''), excluded.tag), \
              severity = coalesce(nullif(t.severity, ''), excluded.severity), \
              sentiment = excluded.sentiment, state = excluded.state, took_ms = excluded.took_ms, updated_at = now()";
        let Opening { session, pbx, number, name, assistant, fault, .. } = opening;
        let Conclusion { summary, tag, severity, sentiment, state, took } = conclusion;
        let took_ms = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
        let (severity, sentiment) =
            (severity.map_or("", Severity::word), sentiment.map_or("", Sentiment::word));
        let state = state.word();
        connection
            .execute(
                conclude,
                &[
                    session, pbx, number, name, assistant, fault, summary, tag, &severity, &sentiment,
                    &state, &took_ms,
                ],
            )
            .await
            .map_err(away)?;
        Ok(())
    }

    /// Of that caller those that are not mended, the newest first, at most so many.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn unmended(&self, number: &str, most: i64) -> Result<Vec<Ticket>, Unavailable> {
        if number.is_empty() {
            return Ok(Vec::new());
        }
        let connection = self.db.get().await?;
        let select = concat!(
            select!(),
            "where number = $1 and state in ('open', 'transferred') order by id desc limit $2"
        );
        let rows = connection.query(select, &[&number, &most]).await.map_err(away)?;
        Ok(rows.iter().map(ticket).collect())
    }

    /// Those that stand so, of that caller, before that one; without any of that all: the newest first, 500 at most.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn list(
        &self,
        state: Option<State>,
        number: Option<&str>,
        before: Option<i64>,
    ) -> Result<Vec<Ticket>, Unavailable> {
        let connection = self.db.get().await?;
        let select = concat!(
            select!(),
            "where ($1::text is null or state = $1) and ($2::text is null or number = $2) \
             and ($3::bigint is null or id < $3) order by id desc limit $4"
        );
        let state = state.map(State::word);
        let rows = connection.query(select, &[&state, &number, &before, &MOST_LISTED]).await.map_err(away)?;
        Ok(rows.iter().map(ticket).collect())
    }

    /// It stands so from now on; `None`: there is none.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn stands(&self, id: i64, state: State) -> Result<Option<Ticket>, Unavailable> {
        let connection = self.db.get().await?;
        let set = "update vigie.tickets set state = $2, updated_at = now() where id = $1";
        if connection.execute(set, &[&id, &state.word()]).await.map_err(away)? == 0 {
            return Ok(None);
        }
        let row = connection.query_opt(concat!(select!(), "where id = $1"), &[&id]).await.map_err(away)?;
        Ok(row.as_ref().map(ticket))
    }
}

fn ticket(row: &Row) -> Ticket {
    let text = |name: &str| row.get::<_, String>(name);
    Ticket {
        id: row.get("id"),
        session: text("session"),
        pbx: text("pbx"),
        number: text("number"),
        name: text("name"),
        email: text("email"),
        assistant: text("assistant"),
        fault: text("fault"),
        summary: text("summary"),
        tag: text("tag"),
        severity: Severity::of(&text("severity")),
        sentiment: Sentiment::of(&text("sentiment")),
        // the table takes no other
        state: State::of(&text("state")).unwrap_or(State::Open),
        took_ms: row.get("took_ms"),
        created_at: text("created_at"),
        updated_at: text("updated_at"),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed on as map_err gives it")]
fn away(error: tokio_postgres::Error) -> Unavailable {
    let why = db::words(&error);
    log::warn!("tickets: {why}");
    Unavailable::Away(why)
}
