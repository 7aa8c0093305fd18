//! What was done to the channels of a call, for whoever reads what happened to it.

use schemars::JsonSchema;
use serde::Serialize;
use tokio_postgres::{Client, Row};

/// Acts of one call that are told.
const MOST: i64 = 200;

/// An act that was done.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Done {
    /// When it was asked, our clock, ms since 1970.
    pub at_ms: i64,
    /// User id.
    pub who: String,
    /// `transfer`, `park` ...
    pub act: String,
    /// The channel.
    pub on: String,
    /// The number, queue or station that was named with it.
    pub to: Option<String>,
}

const TEXT: &str = "with lines as (select journal, n, at_ms, who, act, entry::jsonb as entry from vigie.audit \
        where at_ms between $1 and $2 and act = any($3)) \
    select asked.at_ms, asked.who, asked.act, asked.entry ->> 'on' as channel, \
        coalesce(asked.entry -> 'with' ->> 'destination', asked.entry -> 'with' ->> 'queue', asked.entry -> 'with' ->> 'station') as target \
    from lines done join lines asked on asked.journal = done.journal and asked.n = (done.entry ->> 'of')::bigint \
    where done.entry ->> 'outcome' = 'done' and asked.entry ->> 'on' = any($4) \
        and coalesce(asked.entry -> 'with' ->> 'pbx', $5) = $5 \
    order by asked.at_ms, asked.n limit $6";

/// Those of these acts that were done to these channels of a PBX in a time, ms since 1970, the oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn done_to(
    client: &Client,
    pbx: &str,
    channels: &[String],
    acts: &[&str],
    (from_ms, to_ms): (i64, i64),
) -> Result<Vec<Done>, tokio_postgres::Error> {
    let rows = client.query(TEXT, &[&from_ms, &to_ms, &acts, &channels, &pbx, &MOST]).await?;
    Ok(rows.iter().map(done).collect())
}

fn done(row: &Row) -> Done {
    Done {
        at_ms: row.get("at_ms"),
        who: row.get("who"),
        act: row.get("act"),
        on: row.get("channel"),
        to: row.get("target"),
    }
}
