//! Messages in PostgreSQL.

use schemars::JsonSchema;
use serde::Serialize;
use tokio_postgres::{Error, Row};

use crate::db::{self, Db, Unavailable};

/// Messages of one list.
const MOST: i64 = 500;
/// Mails that are tried again so often, and then no more.
const MOST_TRIES: i32 = 30;

macro_rules! columns {
    () => {
        "id, pbx, flow_id, flow_name, node_id, site_id, caller, called, file, duration_ms, heard_by, \
         to_char(began_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') as began_at, \
         to_char(heard_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') as heard_at, \
         to_char(mailed_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') as mailed_at"
    };
}

/// What a caller said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CallersMessage")]
pub struct Message {
    /// Stands in addresses.
    pub id: String,
    /// On that PBX.
    pub pbx: String,
    /// The flow that he walked.
    pub flow_id: String,
    /// As it was called then.
    pub flow_name: String,
    /// The node at which he spoke.
    pub node_id: String,
    /// Whose it is, as the node says (`siteId`); `null`: for who reaches everything.
    pub site_id: Option<String>,
    /// His number; empty when withheld.
    pub caller: String,
    /// What he dialled.
    pub called: String,
    /// ISO 8601.
    pub began_at: String,
    /// How long it is.
    pub duration_ms: i32,
    /// Who heard it first, a user's id; empty where nobody logs in.
    pub heard_by: String,
    /// When, ISO 8601; `null`: nobody yet.
    pub heard_at: Option<String>,
    /// When it was mailed, ISO 8601.
    pub mailed_at: Option<String>,
    #[serde(skip)]
    pub(super) file: String,
}

/// Whose messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sites {
    /// Everybody's.
    All,
    /// Those of these sites.
    Of(Vec<String>),
}

/// A recording that began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Begun {
    pub(super) id: String,
    pub(super) pbx: String,
    pub(super) uniqueid: String,
    pub(super) caller: String,
    pub(super) called: String,
    /// ms since 1970.
    pub(super) at_ms: i64,
    pub(super) file: String,
    /// Known when it is over.
    pub(super) flow: String,
    pub(super) node: String,
}

pub(super) struct Store {
    pub(super) db: Db,
}

impl Store {
    /// There, or there already.
    pub(super) async fn begin(&self, begun: &Begun) -> Result<(), Unavailable> {
        let connection = self.db.get().await?;
        let add = "insert into vigie.voicemails (id, pbx, uniqueid, caller, called, began_at, file, flow_id, node_id, flow_name, site_id) \
            select $1, $2, $3, $4, $5, to_timestamp($6::bigint / 1000.0), $7, $8, $9, coalesce(f.name, ''), \
              (select nullif(n #>> '{content,siteId}', '') from vigie.flow_versions v, jsonb_path_query(v.drawing, '$.nodes[*]') n \
               where v.flow_id = f.id and v.version = f.published and n ->> 'id' = $9 limit 1) \
            from (select 1) as one left join vigie.flows f on f.id = $8 \
            on conflict (id) do update set flow_id = excluded.flow_id, node_id = excluded.node_id, \
              flow_name = excluded.flow_name, site_id = excluded.site_id";
        let Begun { id, pbx, uniqueid, caller, called, at_ms, file, flow, node } = begun;
        connection
            .execute(add, &[id, pbx, uniqueid, caller, called, at_ms, file, flow, node])
            .await
            .map(drop)
            .map_err(away)
    }

    /// It is a message of that length; mailed when `mail`.
    pub(super) async fn keep(&self, id: &str, ms: u32, mail: bool) -> Result<(), Unavailable> {
        let set = "update vigie.voicemails set duration_ms = $2, mail_due_at = case when $3 then now() end where id = $1";
        let ms = i32::try_from(ms).unwrap_or(i32::MAX);
        self.db.get().await?.execute(set, &[&id, &ms, &mail]).await.map(drop).map_err(away)
    }

    /// It is no more; whether it was there.
    pub(super) async fn remove(&self, id: &str) -> Result<bool, Unavailable> {
        let delete = "delete from vigie.voicemails where id = $1";
        let gone = self.db.get().await?.execute(delete, &[&id]).await;
        gone.map(|rows| rows > 0).map_err(away)
    }

    /// Those that were recorded when a process ended: since so many ms nobody can be speaking.
    pub(super) async fn unfinished(
        &self,
        since_ms: i64,
    ) -> Result<Vec<(String, String, String)>, Unavailable> {
        let ask = "select id, pbx, file from vigie.voicemails \
            where duration_ms is null and began_at < now() - make_interval(secs => $1::bigint / 1000.0) limit 500";
        let rows = self.db.get().await?.query(ask, &[&since_ms]).await.map_err(away)?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
    }

    /// Which of these files no row has.
    pub(super) async fn unknown(&self, pbx: &str, files: &[String]) -> Result<Vec<String>, Unavailable> {
        let ask = "select f from unnest($2::text[]) f \
            where not exists (select 1 from vigie.voicemails where pbx = $1 and file = f)";
        let rows = self.db.get().await?.query(ask, &[&pbx, &files]).await.map_err(away)?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// The newest of these sites.
    pub(super) async fn list(&self, sites: &Sites) -> Result<Vec<Message>, Unavailable> {
        let ask = concat!(
            "select ",
            columns!(),
            " from vigie.voicemails m where duration_ms is not null and ($1 or site_id = any($2)) \
              order by m.began_at desc, id limit $3"
        );
        let (all, of) = parts(sites);
        let rows = self.db.get().await?.query(ask, &[&all, &of, &MOST]).await.map_err(away)?;
        Ok(rows.iter().map(message).collect())
    }

    /// That one, when it is of these sites.
    pub(super) async fn one(&self, id: &str, sites: &Sites) -> Result<Option<Message>, Unavailable> {
        let ask = concat!(
            "select ",
            columns!(),
            " from vigie.voicemails where id = $3 and duration_ms is not null and ($1 or site_id = any($2))"
        );
        let (all, of) = parts(sites);
        let row = self.db.get().await?.query_opt(ask, &[&all, &of, &id]).await.map_err(away)?;
        Ok(row.as_ref().map(message))
    }

    /// Who hears it first is kept.
    pub(super) async fn heard(&self, id: &str, by: &str) -> Result<(), Unavailable> {
        let set =
            "update vigie.voicemails set heard_at = now(), heard_by = $2 where id = $1 and heard_at is null";
        self.db.get().await?.execute(set, &[&id, &by]).await.map(drop).map_err(away)
    }

    /// Those that are older than so many days.
    pub(super) async fn old(&self, days: i32) -> Result<Vec<Message>, Unavailable> {
        let ask = concat!(
            "select ",
            columns!(),
            " from vigie.voicemails m where duration_ms is not null and m.began_at < now() - make_interval(days => $1) \
              order by m.began_at limit 500"
        );
        let rows = self.db.get().await?.query(ask, &[&days]).await.map_err(away)?;
        Ok(rows.iter().map(message).collect())
    }

    /// The next that is to be mailed, which nobody else takes meanwhile: it is due again later, should this fail.
    pub(super) async fn next_mail(&self) -> Result<Option<Message>, Unavailable> {
        let take = concat!(
            "update vigie.voicemails set mail_tries = mail_tries + 1, \
              mail_due_at = case when mail_tries < $1 then now() + least(interval '1 hour', interval '5 s' * power(2, mail_tries)) end \
             where id = (select id from vigie.voicemails where mail_due_at <= now() order by mail_due_at limit 1 \
               for update skip locked) returning ",
            columns!()
        );
        let row = self.db.get().await?.query_opt(take, &[&MOST_TRIES]).await.map_err(away)?;
        Ok(row.as_ref().map(message))
    }

    /// It was taken by the mail server.
    pub(super) async fn mailed(&self, id: &str) -> Result<(), Unavailable> {
        let set = "update vigie.voicemails set mailed_at = now(), mail_due_at = null where id = $1";
        self.db.get().await?.execute(set, &[&id]).await.map(drop).map_err(away)
    }
}

fn parts(sites: &Sites) -> (bool, &[String]) {
    match sites {
        Sites::All => (true, &[]),
        Sites::Of(sites) => (false, sites),
    }
}

fn message(row: &Row) -> Message {
    Message {
        id: row.get("id"),
        pbx: row.get("pbx"),
        flow_id: row.get("flow_id"),
        flow_name: row.get("flow_name"),
        node_id: row.get("node_id"),
        site_id: row.get("site_id"),
        caller: row.get("caller"),
        called: row.get("called"),
        began_at: row.get("began_at"),
        duration_ms: row.get("duration_ms"),
        heard_by: row.get("heard_by"),
        heard_at: row.get("heard_at"),
        mailed_at: row.get("mailed_at"),
        file: row.get("file"),
    }
}

fn away(error: Error) -> Unavailable {
    let why = db::words(&error);
    log::warn!("messages: {why}");
    Unavailable::Away(why)
}
