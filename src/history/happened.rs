//! What happened in a period, read row by row for figures: nothing holds a whole period in memory.

use std::pin::pin;

use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Transaction};

use super::Reader;
use crate::db::{self, Unavailable};
use crate::figures::{Charge, Contact, Happened, Period, Stay, WrapUp};

/// How long a reading of a period may take.
const WITHIN_MS: u32 = 30_000;
/// What an agent was before a period is looked for so far back.
const LOOK_BACK_US: i64 = 31 * 86_400_000_000;
/// A watch that was moved on not longer ago goes on.
const STILL_US: i64 = 90_000_000;

/// Which part of what happened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope<'a> {
    /// On that PBX.
    pub pbx: Option<&'a str>,
    /// Of that queue.
    pub queue: Option<&'a str>,
    /// Of that endpoint.
    pub endpoint: Option<&'a str>,
}

impl Reader {
    /// Everything that figures of that period are made of, told in order. `now` (µs) is where it ends for
    /// what goes on.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn happened(
        &self,
        period: Period,
        charge: Charge,
        now: i64,
        mut tell: impl FnMut(&Happened),
    ) -> Result<(), Unavailable> {
        let _turn = self.readings.try_acquire().map_err(|_| Unavailable::Busy)?;
        let mut connection = self.db.get().await?;
        let reading = async {
            let transaction = begin(&mut connection).await?;
            let scope = Scope::default();
            stays(&transaction, period, charge, scope, |stay| tell(&Happened::Stay(stay))).await?;
            contacts(&transaction, period, charge, scope, |c| tell(&Happened::Contact(c))).await?;
            wrap_ups(&transaction, period, charge, |w| tell(&Happened::WrapUp(w))).await?;
            states(&transaction, period, now, scope, tell).await
        };
        reading.await.map_err(said)
    }

    /// Who was what in that period: of one agent, or of all.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn states(
        &self,
        period: Period,
        now: i64,
        scope: Scope<'_>,
        tell: impl FnMut(&Happened),
    ) -> Result<(), Unavailable> {
        let mut connection = self.db.get().await?;
        let reading = async { states(&begin(&mut connection).await?, period, now, scope, tell).await };
        reading.await.map_err(said)
    }

    /// Stays, legs and wrap-ups of one queue or one agent in that period, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn behind(
        &self,
        period: Period,
        charge: Charge,
        scope: Scope<'_>,
        mut tell: impl FnMut(Happened),
    ) -> Result<(), Unavailable> {
        let _turn = self.readings.try_acquire().map_err(|_| Unavailable::Busy)?;
        let mut connection = self.db.get().await?;
        let reading = async {
            let transaction = begin(&mut connection).await?;
            if scope.endpoint.is_none() {
                stays(&transaction, period, charge, scope, |stay| tell(Happened::Stay(stay))).await?;
            }
            contacts(&transaction, period, charge, scope, |contact| tell(Happened::Contact(contact))).await?;
            wrap_ups(&transaction, period, charge, |w| {
                if scope.queue.is_none_or(|queue| queue == w.queue)
                    && scope.endpoint.is_none_or(|endpoint| endpoint == w.endpoint)
                    && scope.pbx.is_none_or(|pbx| pbx == w.pbx)
                {
                    tell(Happened::WrapUp(w));
                }
            })
            .await
        };
        reading.await.map_err(said)
    }
}

pub(super) fn said(error: tokio_postgres::Error) -> Unavailable {
    let why = db::words(&error);
    log::warn!("history: {why}");
    Unavailable::Away(why)
}

pub(super) type Told = Result<(), tokio_postgres::Error>;

pub(super) async fn begin<'a>(
    connection: &'a mut db::Connection<'_>,
) -> Result<Transaction<'a>, tokio_postgres::Error> {
    let transaction = connection.build_transaction().read_only(true).start().await?;
    transaction.batch_execute(&format!("set local statement_timeout = {WITHIN_MS}")).await?;
    Ok(transaction)
}

pub(super) async fn each(
    transaction: &Transaction<'_>,
    text: &str,
    values: &[&(dyn ToSql + Sync)],
    mut tell: impl FnMut(&Row),
) -> Told {
    let rows = transaction.query_raw(text, values.iter().copied()).await?;
    let mut rows = pin!(rows);
    while let Some(row) = rows.next().await {
        tell(&row?);
    }
    Ok(())
}

/// Where a period begins and ends, as the statements want it.
pub(super) fn seconds(us: i64) -> f64 {
    us as f64 / 1e6
}

const STAYS_ARRIVED: &str = "
  select pbx, epoch, linkedid, uniqueid, queue, (extract(epoch from joined) * 1000000)::bigint as joined,
         (extract(epoch from left_at) * 1000000)::bigint as left, outcome, agent, met
  from vigie.queue_stays where joined >= to_timestamp($1) and joined < to_timestamp($2)
    and ($3::text is null or pbx = $3) and ($4::text is null or queue = $4) order by left_at";
const STAYS_ENDED: &str = "
  select pbx, epoch, linkedid, uniqueid, queue, (extract(epoch from joined) * 1000000)::bigint as joined,
         (extract(epoch from left_at) * 1000000)::bigint as left, outcome, agent, met
  from vigie.queue_stays where left_at >= to_timestamp($1) and left_at < to_timestamp($2)
    and ($3::text is null or pbx = $3) and ($4::text is null or queue = $4) order by left_at";

async fn stays(
    transaction: &Transaction<'_>,
    period: Period,
    charge: Charge,
    scope: Scope<'_>,
    mut tell: impl FnMut(Stay),
) -> Told {
    let text = if charge == Charge::Arrival { STAYS_ARRIVED } else { STAYS_ENDED };
    let (from, to) = (seconds(period.from), seconds(period.to));
    each(transaction, text, &[&from, &to, &scope.pbx, &scope.queue], |row| {
        let Some(outcome) = word(row.get("outcome")) else { return };
        tell(Stay {
            pbx: row.get("pbx"),
            epoch: row.get("epoch"),
            linkedid: row.get("linkedid"),
            uniqueid: row.get("uniqueid"),
            queue: row.get("queue"),
            joined: row.get("joined"),
            left: row.get("left"),
            outcome,
            agent: row.get("agent"),
            met: row.get("met"),
        });
    })
    .await
}

const CONTACTS_ARRIVED: &str = "
  select pbx, epoch, linkedid, uniqueid, endpoint, queue, (extract(epoch from arrived) * 1000000)::bigint as arrived,
         (extract(epoch from started) * 1000000)::bigint as started,
         (extract(epoch from answered) * 1000000)::bigint as answered,
         (extract(epoch from ended) * 1000000)::bigint as ended, talk_us, hold_us, holds, consult_us, transferred, missed, met
  from vigie.contacts where arrived >= to_timestamp($1) and arrived < to_timestamp($2)
    and ($3::text is null or pbx = $3) and ($4::text is null or queue = $4) and ($5::text is null or endpoint = $5)
  order by arrived";
const CONTACTS_ENDED: &str = "
  select pbx, epoch, linkedid, uniqueid, endpoint, queue, (extract(epoch from arrived) * 1000000)::bigint as arrived,
         (extract(epoch from started) * 1000000)::bigint as started,
         (extract(epoch from answered) * 1000000)::bigint as answered,
         (extract(epoch from ended) * 1000000)::bigint as ended, talk_us, hold_us, holds, consult_us, transferred, missed, met
  from vigie.contacts where ended >= to_timestamp($1) and ended < to_timestamp($2)
    and ($3::text is null or pbx = $3) and ($4::text is null or queue = $4) and ($5::text is null or endpoint = $5)
  order by ended";

async fn contacts(
    transaction: &Transaction<'_>,
    period: Period,
    charge: Charge,
    scope: Scope<'_>,
    mut tell: impl FnMut(Contact),
) -> Told {
    let text = if charge == Charge::Arrival { CONTACTS_ARRIVED } else { CONTACTS_ENDED };
    let (from, to) = (seconds(period.from), seconds(period.to));
    each(transaction, text, &[&from, &to, &scope.pbx, &scope.queue, &scope.endpoint], |row| {
        tell(Contact {
            pbx: row.get("pbx"),
            epoch: row.get("epoch"),
            linkedid: row.get("linkedid"),
            uniqueid: row.get("uniqueid"),
            endpoint: row.get("endpoint"),
            queue: row.get("queue"),
            arrived: row.get("arrived"),
            started: row.get("started"),
            answered: row.get("answered"),
            ended: row.get("ended"),
            talk: row.get("talk_us"),
            hold: row.get("hold_us"),
            holds: row.get("holds"),
            consult: row.get("consult_us"),
            transferred: row.get("transferred"),
            missed: row.get("missed"),
            met: row.get("met"),
        });
    })
    .await
}

/// Each ends with what the agent did next, or with its timer.
pub(super) const WRAP_UPS: &str = "
  select a.pbx, a.endpoint, a.queue, (extract(epoch from a.arrived) * 1000000)::bigint as arrived,
         (extract(epoch from a.at) * 1000000)::bigint as since,
         (extract(epoch from least(a.ends, coalesce(next.at, a.ends, a.at))) * 1000000)::bigint as until
  from vigie.agent_activities a
  left join lateral (select min(b.at) as at from vigie.agent_activities b
    where b.pbx = a.pbx and b.endpoint = a.endpoint and b.at > a.at) next on true
  where a.activity = 'wrap_up' and a.queue is not null and a.arrived is not null and next.at is not null
    and (case when $3 then a.arrived else a.at end) >= to_timestamp($1)
    and (case when $3 then a.arrived else a.at end) < to_timestamp($2)
    and a.at >= to_timestamp($1)";

async fn wrap_ups(
    transaction: &Transaction<'_>,
    period: Period,
    charge: Charge,
    mut tell: impl FnMut(WrapUp),
) -> Told {
    let (from, to, arrival) = (seconds(period.from), seconds(period.to), charge == Charge::Arrival);
    each(transaction, WRAP_UPS, &[&from, &to, &arrival], |row| {
        tell(WrapUp {
            pbx: row.get("pbx"),
            endpoint: row.get("endpoint"),
            queue: row.get("queue"),
            arrived: row.get("arrived"),
            since: row.get("since"),
            until: row.get("until"),
        });
    })
    .await
}

/// Everything that moves an agent's time, in order; of what was before the period the last only.
const STATES: &str = "
  with watch as (
    select pbx, run, since, case when until > to_timestamp($4) then greatest(until, to_timestamp($5)) else until end as until
    from vigie.watched where until >= to_timestamp($3) and since < to_timestamp($2) and ($6::text is null or pbx = $6)),
  agent as (
    select distinct pbx, endpoint from vigie.agent_states
    where at >= to_timestamp($3) and at < to_timestamp($2)
      and ($6::text is null or pbx = $6) and ($7::text is null or endpoint = $7)),
  told as (
    select at, 1 as rank, pbx, endpoint, 'availability' as kind, availability as word, reason as more,
           null::timestamptz as arrived, null::timestamptz as ends from vigie.agent_states
      where at >= to_timestamp($1) and at < to_timestamp($2)
        and ($6::text is null or pbx = $6) and ($7::text is null or endpoint = $7)
    union all
    select last.at, 1, agent.pbx, agent.endpoint, 'availability', last.availability, last.reason, null, null from agent
      cross join lateral (select * from vigie.agent_states s where s.pbx = agent.pbx and s.endpoint = agent.endpoint
        and s.at < to_timestamp($1) order by s.at desc limit 1) last
    union all
    select at, 1, pbx, endpoint, 'activity', activity, queue, arrived, ends from vigie.agent_activities
      where at >= to_timestamp($1) and at < to_timestamp($2)
        and ($6::text is null or pbx = $6) and ($7::text is null or endpoint = $7)
    union all
    select last.at, 1, agent.pbx, agent.endpoint, 'activity', last.activity, last.queue, last.arrived, last.ends from agent
      cross join lateral (select * from vigie.agent_activities s where s.pbx = agent.pbx and s.endpoint = agent.endpoint
        and s.at < to_timestamp($1) order by s.at desc limit 1) last
    union all
    select at, 1, pbx, endpoint, case when member then 'member' else 'no_member' end, queue, null, null, null from vigie.memberships
      where endpoint is not null and at >= to_timestamp($3) and at < to_timestamp($2)
        and ($6::text is null or pbx = $6) and ($7::text is null or endpoint = $7)
    union all
    select since, 2, pbx, run::text, 'on', '', null, null, null from watch
    union all
    select until, 0, pbx, run::text, 'off', '', null, null, null from watch)
  select (extract(epoch from at) * 1000000)::bigint as at, pbx, endpoint, kind, word, more,
         (extract(epoch from arrived) * 1000000)::bigint as arrived, (extract(epoch from ends) * 1000000)::bigint as ends
  from told order by at, rank";

pub(super) async fn states(
    transaction: &Transaction<'_>,
    period: Period,
    now: i64,
    scope: Scope<'_>,
    mut tell: impl FnMut(&Happened),
) -> Told {
    let (from, to) = (seconds(period.from), seconds(period.to));
    let back = seconds(period.from - LOOK_BACK_US);
    let (still, now) = (seconds(now - STILL_US), seconds(now));
    let values: [&(dyn ToSql + Sync); 7] = [&from, &to, &back, &still, &now, &scope.pbx, &scope.endpoint];
    each(transaction, STATES, &values, |row| {
        if let Some(happened) = state(row) {
            tell(&happened);
        }
    })
    .await
}

fn state(row: &Row) -> Option<Happened> {
    let (pbx, endpoint): (String, String) = (row.get("pbx"), row.get("endpoint"));
    let (at, kind): (i64, &str) = (row.get("at"), row.get("kind"));
    let said: &str = row.get("word");
    Some(match kind {
        "availability" => {
            Happened::Availability { pbx, endpoint, at, availability: word(said)?, reason: row.get("more") }
        }
        "activity" => {
            let (queue, arrived, ends) = (row.get("more"), row.get("arrived"), row.get("ends"));
            Happened::Activity { pbx, endpoint, at, activity: word(said)?, queue, arrived, ends }
        }
        "on" | "off" => Happened::Watched { pbx, run: endpoint.parse().ok()?, at, on: kind == "on" },
        _ => Happened::Membership { pbx, queue: said.to_owned(), endpoint, at, member: kind == "member" },
    })
}

/// A word of ours, as it is written in JSON.
pub(super) fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}
