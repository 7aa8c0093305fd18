//! Desks in the database.

use actors::keys::Micros;
use actors::view::{DeskView, HandView, MessageView, Text};
use ahash::AHashMap;
use tokio_postgres::types::ToSql;

use super::{Change, HAND_STAYS_S, MOST_DESKS, MOST_MESSAGES, READ_STAYS_S, UNREAD_STAYS_S};
use crate::db::{self, Db, Unavailable};

pub(super) struct Store {
    db: Db,
}

const MESSAGES: &str = "select id, agent, sender, said, (extract(epoch from at) * 1000000)::bigint as at, \
    (extract(epoch from read) * 1000000)::bigint as read from vigie.messages order by id";
const HANDS: &str =
    "select agent, (extract(epoch from since) * 1000000)::bigint as since, said from vigie.hands";

impl Store {
    pub(super) fn new(db: Db) -> Self {
        Self { db }
    }

    /// All of them; what is too old is deleted.
    pub(super) async fn all(&self) -> Result<AHashMap<Text, DeskView>, Unavailable> {
        let connection = self.db.get().await?;
        let reading = async {
            let old = "delete from vigie.messages where read < now() - $1 * interval '1 second' \
                or at < now() - $2 * interval '1 second'";
            connection.execute(old, &[&seconds(READ_STAYS_S), &seconds(UNREAD_STAYS_S)]).await?;
            let old = "delete from vigie.hands where since < now() - $1 * interval '1 second'";
            connection.execute(old, &[&seconds(HAND_STAYS_S)]).await?;
            let (messages, hands) =
                (connection.query(MESSAGES, &[]).await?, connection.query(HANDS, &[]).await?);
            Ok((messages, hands))
        };
        let (messages, hands) = reading.await.map_err(away)?;
        let mut desks: AHashMap<Text, DeskView> = AHashMap::new();
        for row in hands {
            let hand = HandView { since_ms: Micros(row.get("since")), text: text(row.get("said")) };
            if let Some(desk) = desk(&mut desks, row.get("agent")) {
                desk.hand = Some(hand);
            }
        }
        for row in messages {
            let read: Option<i64> = row.get("read");
            let message = MessageView {
                id: u64::try_from(row.get::<_, i64>("id")).unwrap_or_default(),
                from: text(row.get("sender")),
                text: text(row.get("said")),
                at_ms: Micros(row.get("at")),
                read_ms: read.map(Micros),
            };
            if let Some(desk) = desk(&mut desks, row.get("agent")) {
                desk.messages.push(message);
            }
        }
        Ok(desks)
    }

    /// Stores a change; gives the number of the message, if it is one.
    pub(super) async fn change(&self, agent: &str, change: &Change, at: Micros) -> Result<u64, Unavailable> {
        #[allow(clippy::cast_precision_loss)] // exact to the microsecond until the year 2255
        let at = at.0 as f64 / 1e6;
        let room = i64::try_from(MOST_MESSAGES - 1).unwrap_or_default();
        let (statement, values): (&str, Vec<&(dyn ToSql + Sync)>) = match change {
            Change::Message { from, text } => (
                "with gone as (delete from vigie.messages where agent = $1 and id in \
                   (select id from vigie.messages where agent = $1 order by id desc offset $5)) \
                 insert into vigie.messages (agent, sender, said, at) values ($1, $2, $3, to_timestamp($4)) \
                 returning id",
                vec![&agent, from, text, &at, &room],
            ),
            Change::Read => (
                "update vigie.messages set read = to_timestamp($2) where agent = $1 and read is null returning 0::bigint",
                vec![&agent, &at],
            ),
            Change::Raise(text) => (
                "insert into vigie.hands (agent, since, said) values ($1, to_timestamp($2), $3) \
                 on conflict (agent) do update set said = excluded.said returning 0::bigint",
                vec![&agent, &at, text],
            ),
            Change::Lower => ("delete from vigie.hands where agent = $1 returning 0::bigint", vec![&agent]),
        };
        let connection = self.db.get().await?;
        let rows = connection.query(statement, &values).await.map_err(away)?;
        Ok(rows.first().map_or(0, |row| u64::try_from(row.get::<_, i64>(0)).unwrap_or_default()))
    }
}

/// The desk of that agent, made when there is none yet and room for one.
fn desk<'a>(desks: &'a mut AHashMap<Text, DeskView>, agent: &str) -> Option<&'a mut DeskView> {
    if !desks.contains_key(agent) && desks.len() >= MOST_DESKS {
        return None;
    }
    let (pbx, _) = agent.split_once('~')?;
    let empty = || super::empty(agent, &pbx.into());
    Some(desks.entry(agent.into()).or_insert_with(empty))
}

fn text(text: &str) -> Text {
    text.into()
}

#[allow(clippy::cast_precision_loss)] // days
fn seconds(n: i64) -> f64 {
    n as f64
}

fn away(error: tokio_postgres::Error) -> Unavailable {
    let why = db::words(&error);
    log::warn!("desks: {why}");
    Unavailable::Away(why)
}
