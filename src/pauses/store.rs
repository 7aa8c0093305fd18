//! The table of pauses.

use std::collections::BTreeMap;

use tokio_postgres::Row;

use super::fate::{Kept, Of};
use crate::db::{self, Db, Unavailable};

/// Those of all PBXs.
pub(super) async fn load(db: &Db) -> Result<BTreeMap<Of, Kept>, Unavailable> {
    let connection = db.get().await?;
    let text = "select pbx, endpoint, queue, after_call, reason, epoch from vigie.pauses";
    let rows = connection.query(text, &[]).await.map_err(away)?;
    let read = |row: &Row| {
        let of = Of {
            pbx: row.get("pbx"),
            endpoint: row.get("endpoint"),
            queue: row.get("queue"),
            after_call: row.get("after_call"),
        };
        (of, Kept { reason: row.get("reason"), epoch: row.get("epoch") })
    };
    Ok(rows.iter().map(read).collect())
}

/// What is kept of that one now, if anything.
pub(super) async fn put(db: &Db, changes: &[(Of, Option<Kept>)]) -> Result<(), Unavailable> {
    let mut connection = db.get().await?;
    let transaction = connection.transaction().await.map_err(away)?;
    for (of, kept) in changes {
        match kept {
            Some(kept) => {
                let text = "insert into vigie.pauses (pbx, endpoint, queue, after_call, reason, epoch) \
                    values ($1, $2, $3, $4, $5, $6) on conflict (pbx, endpoint, queue, after_call) \
                    do update set reason = excluded.reason, epoch = excluded.epoch, noted = now()";
                transaction
                    .execute(
                        text,
                        &[&of.pbx, &of.endpoint, &of.queue, &of.after_call, &kept.reason, &kept.epoch],
                    )
                    .await
                    .map_err(away)?
            }
            None => {
                let text = "delete from vigie.pauses \
                    where pbx = $1 and endpoint = $2 and queue = $3 and after_call = $4";
                transaction
                    .execute(text, &[&of.pbx, &of.endpoint, &of.queue, &of.after_call])
                    .await
                    .map_err(away)?
            }
        };
    }
    transaction.commit().await.map_err(away)
}

fn away(problem: tokio_postgres::Error) -> Unavailable {
    Unavailable::Away(db::words(&problem))
}
