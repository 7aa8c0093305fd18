//! Who wants to be called back: listed, taken by somebody, tried, and closed with an outcome.
//!
//! ```text
//!          ┌──────────── no_answer, busy, while attempts are left; later ──────────┐
//!          ▼                                                                        │
//! asked ─▶ open ─take─▶ taken ─outcome─▶ done (reached, not_wanted) · failed (wrong_number, no attempt left)
//!             ▲           │
//!             └─ 30 min ──┘  who took it and says nothing has it no more, unless he talks (`keep`)
//! ```

use std::sync::Arc;
use std::time::{Duration, Instant};

use actors::ivr::CallbackAsk;
use tokio::sync::Mutex;
use tokio_postgres::Row;

use super::callback::{Callback, Counts, Outcome, State};
use super::contacts::away;
use crate::db::{Db, Unavailable};

/// That wait at once.
pub const MOST_OPEN: i64 = 10_000;
/// Of one list.
const MOST_LISTED: i64 = 1_000;
/// How old a count may be.
const COUNTED_FOR: Duration = Duration::from_secs(1);

macro_rules! iso {
    ($column:literal) => {
        concat!("to_char(", $column, " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
    };
}

/// One row each, with what is known of who waits and what was tried lately.
macro_rules! select {
    () => {
        concat!(
            "select c.id, c.number, coalesce(k.name, '') as name, pbx, called, flow_id, node_id, note, asked, attempts, \
             most, state, taken_by, outcome, remark, ",
            iso!("due_at"),
            " as due_at, due_at <= now() and (state = 'open' or (state = 'taken' \
             and taken_at < now() - interval '30 minutes')) as due, ",
            iso!("created_at"),
            " as created_at, (select coalesce(json_agg(json_build_object('by', t.by, 'byName', '', 'at', ",
            iso!("t.at"),
            ", 'outcome', t.outcome, 'remark', t.remark) order by t.id), '[]') from (select * from vigie.callback_tries \
             where callback_id = c.id order by id desc limit 10) t) as tries \
             from vigie.callbacks c left join vigie.flow_contacts k on k.number = c.number "
        )
    };
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
    counted: Arc<Mutex<Option<(Instant, Counts)>>>,
}

impl Callbacks {
    /// Kept there.
    pub(super) fn new(db: Db) -> Self {
        Self { db, counted: Arc::default() }
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

    /// Those that stand so, the most urgent first, of those that are over the newest; without a state those that wait or are taken.
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
            select!(),
            "where state = any($1) \
             order by case when state in ('done', 'failed') then c.updated_at end desc, c.due_at, c.id limit $2"
        );
        let rows = connection.query(select, &[&states, &MOST_LISTED]).await.map_err(away)?;
        Ok(rows.iter().map(callback).collect())
    }

    /// How many wait now, a second old at most: every floor that is open asks.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn counts(&self) -> Result<Counts, Unavailable> {
        // who comes meanwhile waits for the same answer
        let mut counted = self.counted.lock().await;
        if let Some((at, counts)) = &*counted
            && at.elapsed() < COUNTED_FOR
        {
            return Ok(counts.clone());
        }
        let asked = Instant::now();
        let connection = self.db.get().await?;
        let select = "select taken_by, state = 'taken' and taken_at > now() - interval '30 minutes' as taken, due_at <= now() as due, count(*) as many \
            from vigie.callbacks where state in ('open', 'taken') group by 1, 2, 3";
        let mut counts = Counts::default();
        for row in connection.query(select, &[]).await.map_err(away)? {
            let many: i64 = row.get("many");
            if row.get("taken") {
                *counts.taken.entry(row.get("taken_by")).or_default() += many;
            } else if row.get("due") {
                counts.due += many;
            } else {
                counts.later += many;
            }
        }
        let newest = "select coalesce((extract(epoch from max(updated_at)) * 1000000)::bigint, 0) as at \
            from vigie.callbacks";
        let newest: i64 = connection.query_one(newest, &[]).await.map_err(away)?.get("at");
        // one that becomes due changes no row
        counts.version = format!("{newest}-{}-{}", counts.due, counts.later);
        *counted = Some((asked, counts.clone()));
        Ok(counts)
    }

    /// Somebody is at it: nobody else is for 30 minutes.
    ///
    /// # Errors
    /// Why he is not.
    pub async fn take(&self, id: i64, by: &str) -> Result<Callback, NotTaken> {
        let take = "update vigie.callbacks set state = 'taken', taken_by = $2, taken_at = now(), updated_at = now() \
             where id = $1 and (state = 'open' or (state = 'taken' \
               and (taken_by = $2 or taken_at < now() - interval '30 minutes')))";
        self.changed(id, take, &[&id, &by]).await
    }

    /// As it stands now; `None`: there is none of that number.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn one(&self, id: i64) -> Result<Option<Callback>, Unavailable> {
        let connection = self.db.get().await?;
        let select = concat!(select!(), "where c.id = $1");
        Ok(connection.query_opt(select, &[&id]).await.map_err(away)?.as_ref().map(callback))
    }

    /// Who took it is still at it: his 30 minutes begin anew. `false`: it is his no more.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn keep(&self, id: i64, by: &str) -> Result<bool, Unavailable> {
        let connection = self.db.get().await?;
        let keep =
            "update vigie.callbacks set taken_at = now() where id = $1 and state = 'taken' and taken_by = $2";
        Ok(connection.execute(keep, &[&id, &by]).await.map_err(away)? > 0)
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
        macro_rules! noted {
            ($set:literal) => {
                concat!(
                    "with c as (update vigie.callbacks set outcome = $3, remark = $4, taken_at = null, \
                     updated_at = now(), ",
                    $set,
                    " where id = $1 and state = 'taken' and taken_by = $2 returning id) \
                     insert into vigie.callback_tries (callback_id, by, outcome, remark) select id, $2, $3, $4 from c"
                )
            };
        }
        let again = noted!(
            "attempts = attempts + 1, taken_by = '', due_at = now() + (attempts + 1) * interval '15 minutes', \
             state = case when attempts + 1 >= most then 'failed' else 'open' end"
        );
        let over = noted!(
            "attempts = attempts + 1, state = case when $3 = 'wrong_number' then 'failed' else 'done' end"
        );
        let back = noted!("taken_by = '', state = 'open'");
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
        let changed = connection.execute(statement, values).await.map_err(away)?;
        // a page that changed something asks at once what there is
        *self.counted.lock().await = None;
        let select = concat!(select!(), "where c.id = $1");
        match connection.query_opt(select, &[&id]).await.map_err(away)? {
            Some(row) if changed > 0 => Ok(callback(&row)),
            Some(_) => Err(NotTaken::NotYours),
            None => Err(NotTaken::Gone),
        }
    }
}

fn callback(row: &Row) -> Callback {
    let state: String = row.get("state");
    Callback {
        id: row.get::<_, i64>("id").to_string(),
        number: row.get("number"),
        name: row.get("name"),
        pbx: row.get("pbx"),
        called: row.get("called"),
        flow_id: row.get("flow_id"),
        flow_name: String::new(),
        node_id: row.get("node_id"),
        note: row.get("note"),
        asked: row.get("asked"),
        attempts: row.get("attempts"),
        most: row.get("most"),
        // a rule of the table
        state: State::of(&state).unwrap_or(State::Open),
        taken_by: row.get("taken_by"),
        taken_by_name: String::new(),
        outcome: row.get("outcome"),
        remark: row.get("remark"),
        due_at: row.get("due_at"),
        due: row.get("due"),
        created_at: row.get("created_at"),
        tries: serde_json::from_value(row.get("tries")).unwrap_or_default(),
    }
}
