//! Calls that are held: neither they nor their recordings are deleted when they are too old (S37).

use schemars::JsonSchema;
use serde::Serialize;
use tokio_postgres::{Client, Error, Row};

use super::Reader;
use crate::db::Unavailable;

/// Why a call is kept.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Hold {
    /// In the words of who wants it.
    pub reason: String,
    /// Name of who wants it; empty where nobody logs in.
    pub by: String,
    /// Since when, ms since 1970.
    pub at_ms: i64,
}

impl Hold {
    fn of(row: &Row) -> Self {
        Self { reason: row.get("reason"), by: row.get("by"), at_ms: row.get("at_ms") }
    }
}

impl Reader {
    /// Holds a call from now on, or says anew why; `None`: there is no call of exactly that id.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn hold(
        &self,
        pbx: &str,
        epoch: i64,
        linkedid: &str,
        reason: &str,
        by: &str,
    ) -> Result<Option<Hold>, Unavailable> {
        // what a dialplan may name its recordings by: any of its channels, and itself
        let text = "insert into vigie.holds (pbx, epoch, linkedid, uniqueids, reason, by, at)
            select pbx, epoch, linkedid, array(
              select leg ->> 'uniqueid' from jsonb_array_elements(record -> 'legs') leg where leg ->> 'uniqueid' is not null
              union select jsonb_array_elements_text(record -> 'merged')
              union select linkedid), $4, $5, now()
            from vigie.calls where pbx = $1 and epoch = $2 and linkedid = $3
            on conflict (pbx, epoch, linkedid) do update set reason = excluded.reason, by = excluded.by, at = excluded.at
            returning reason, by, (extract(epoch from at) * 1000)::bigint as at_ms";
        let rows = self.ask(text, &[&pbx, &epoch, &linkedid, &reason, &by]).await?;
        Ok(rows.first().map(Hold::of))
    }

    /// Holds a call no more.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn release(&self, pbx: &str, epoch: i64, linkedid: &str) -> Result<(), Unavailable> {
        let text = "delete from vigie.holds where pbx = $1 and epoch = $2 and linkedid = $3";
        self.ask(text, &[&pbx, &epoch, &linkedid]).await.map(drop)
    }
}

/// What recordings of held calls are named by.
pub(super) async fn uniqueids(client: &Client) -> Result<Vec<String>, Error> {
    let rows = client.query("select distinct unnest(uniqueids) from vigie.holds", &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// From here to the end of the transaction nobody begins to hold a call, nor ends that.
pub(super) async fn stand_still(client: &Client) -> Result<(), Error> {
    client.batch_execute("lock table vigie.holds in share mode").await
}
