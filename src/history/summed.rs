//! A period summed by the database: what no formula tells apart comes as one row with its number.
//!
//! No figure is made here. The statements group by what formulas look at (how it ended, whether a time is known,
//! on which side of the two limits of the rules it lies) and add up amounts; `figures` says what counts. Agents'
//! time depends on what was before, and is read in order.

use std::collections::BTreeMap;

use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Transaction};

use super::Reader;
use super::happened::Scope;
use super::happened::{Told, WRAP_UPS, begin, each, said, seconds, states, word};
use crate::db::Unavailable;
use crate::figures::{Book, Charge, Contact, Period, Place, Rules, Stay, Summed, WrapUp, hold_time};

impl Reader {
    /// Everything that figures of the book's period are made of, into the book. `now` (µs) is where it ends for
    /// what goes on.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn summed(&self, book: &mut Book, now: i64) -> Result<(), Unavailable> {
        let _turn = self.readings.try_acquire_many(2).map_err(|_| Unavailable::Busy)?;
        let mut connection = self.db.get().await?;
        let mut other = self.db.get().await?;
        let period = book.period();
        let asked = Asked { period, rules: book.rules(), charge: book.counted_by() };
        // two at once: a database of several cores has them sooner
        let of_queues = async {
            let mut told = Vec::new();
            let transaction = begin(&mut connection).await?;
            let taken = stays(&transaction, asked, &mut told).await?;
            hold_times(&transaction, asked, taken, &mut told).await?;
            Ok::<_, tokio_postgres::Error>((transaction, told))
        };
        let of_agents = async {
            let mut told = Vec::new();
            let transaction = begin(&mut other).await?;
            contacts(&transaction, asked, &mut told).await?;
            wrap_ups(&transaction, asked, &mut told).await?;
            Ok::<_, tokio_postgres::Error>(told)
        };
        let reading = async {
            let ((transaction, of_queues), of_agents) = tokio::try_join!(of_queues, of_agents)?;
            of_queues.iter().chain(&of_agents).for_each(|summed| book.take_summed(summed));
            states(&transaction, period, now, Scope::default(), |happened| book.take(happened)).await
        };
        reading.await.map_err(said)
    }
}

/// Of what, by which rules.
#[derive(Clone, Copy)]
struct Asked {
    period: Period,
    rules: Rules,
    charge: Charge,
}

/// By which column things belong to the period: words of ours.
fn charged(charge: Charge, arrival: &'static str, end: &'static str) -> &'static str {
    match charge {
        Charge::Arrival => arrival,
        Charge::End => end,
    }
}

fn bounds(period: Period) -> (f64, f64) {
    (seconds(period.from), seconds(period.to))
}

/// Those who were taken from a queue in the period.
struct Taken {
    number: i64,
    /// The first and the last of them left the line then, µs.
    first: i64,
    last: i64,
}

async fn stays(
    transaction: &Transaction<'_>,
    asked: Asked,
    told: &mut Vec<Summed>,
) -> Result<BTreeMap<Place, Taken>, tokio_postgres::Error> {
    // a wait is short enough for a float to have its µs exactly
    let text = format!(
        "select pbx, queue, outcome, agent is not null as taken, met, count(*) as times,
                (date_part('epoch', max(wait)) * 1000000)::bigint as longest,
                sum((date_part('epoch', wait) * 1000000)::bigint)::bigint as waits,
                (extract(epoch from min(left_at)) * 1000000)::bigint as first,
                (extract(epoch from max(left_at)) * 1000000)::bigint as last
         from (select pbx, queue, outcome, agent, met, left_at, greatest(left_at - joined, interval '0') as wait
               from vigie.queue_stays where {column} >= to_timestamp($1) and {column} < to_timestamp($2)) s
         group by pbx, queue, outcome, agent is not null, met,
                  wait <= make_interval(secs => $3), wait < make_interval(secs => $4)",
        column = charged(asked.charge, "joined", "left_at")
    );
    let (from, to) = bounds(asked.period);
    let rules = asked.rules;
    let (threshold, short) = (seconds(rules.threshold_us), seconds(rules.short_us));
    let mut taken: BTreeMap<Place, Taken> = BTreeMap::new();
    let values: [&(dyn ToSql + Sync); 4] = [&from, &to, &threshold, &short];
    each(transaction, &text, &values, |row| {
        let Some(one) = stay(row) else { return };
        let (times, known) = (row.get("times"), !one.met);
        let of_known = |name: &str| if known { row.get(name) } else { 0 };
        let (waits, longest) = (of_known("waits"), of_known("longest"));
        if one.was_taken() && known {
            let (first, last) = (row.get("first"), row.get("last"));
            let place = (one.pbx.clone(), one.queue.clone());
            let all = taken.entry(place).or_insert(Taken { number: 0, first, last });
            all.number += times;
            (all.first, all.last) = (all.first.min(first), all.last.max(last));
        }
        told.push(Summed::Stays { one, times, waits, longest });
    })
    .await?;
    Ok(taken)
}

fn stay(row: &Row) -> Option<Stay> {
    let taken: bool = row.get("taken");
    Some(Stay {
        pbx: row.get("pbx"),
        epoch: 0,
        linkedid: String::new(),
        uniqueid: String::new(),
        queue: row.get("queue"),
        joined: 0,
        left: row.get("longest"),
        outcome: word(row.get("outcome"))?,
        agent: taken.then(String::new),
        met: row.get("met"),
    })
}

/// Waits that are read at first of each queue: these many nearly always tell its Holdtime.
const LAST: i64 = 128;

/// Reads each queue's last waits until they tell its Holdtime; the longer they do not, the more.
async fn hold_times(
    transaction: &Transaction<'_>,
    asked: Asked,
    mut taken: BTreeMap<Place, Taken>,
    told: &mut Vec<Summed>,
) -> Told {
    let text = format!(
        "select q.pbx, q.queue, array(
           select floor(greatest(date_part('epoch', left_at - joined), 0))::bigint from vigie.queue_stays s
           where s.pbx = q.pbx and s.queue = q.queue and outcome = 'answered' and agent is not null and not met
             and left_at >= to_timestamp(q.first) and left_at <= to_timestamp(q.last)
             and {column} >= to_timestamp($5) and {column} < to_timestamp($6)
           order by left_at desc limit $7) as latest_first
         from unnest($1::text[], $2::text[], $3::float8[], $4::float8[]) q(pbx, queue, first, last)",
        column = charged(asked.charge, "joined", "left_at")
    );
    let (from, to) = bounds(asked.period);
    let mut limit = LAST;
    while !taken.is_empty() {
        let pbxs: Vec<&str> = taken.keys().map(|(pbx, _)| pbx.as_str()).collect();
        let queues: Vec<&str> = taken.keys().map(|(_, queue)| queue.as_str()).collect();
        let lasts: Vec<f64> = taken.values().map(|all| seconds(all.last)).collect();
        let firsts: Vec<f64> = taken.values().map(|all| seconds(all.first)).collect();
        let mut waits: BTreeMap<Place, Vec<i64>> = BTreeMap::new();
        let values: [&(dyn ToSql + Sync); 7] = [&pbxs, &queues, &firsts, &lasts, &from, &to, &limit];
        each(transaction, &text, &values, |row| {
            let mut of_queue: Vec<i64> = row.get("latest_first");
            of_queue.reverse();
            waits.insert((row.get("pbx"), row.get("queue")), of_queue);
        })
        .await?;
        taken.retain(|(pbx, queue), all| {
            let of_queue = waits.get(&(pbx.clone(), queue.clone())).map_or(&[][..], Vec::as_slice);
            let is_all = limit >= all.number;
            let found = hold_time(of_queue, is_all);
            if let Some(seconds) = found {
                let (pbx, queue) = (pbx.clone(), queue.clone());
                told.push(Summed::HoldTime { pbx, queue, seconds });
            }
            found.is_none() && !is_all
        });
        limit = limit.saturating_mul(64);
    }
    Ok(())
}

async fn contacts(transaction: &Transaction<'_>, asked: Asked, told: &mut Vec<Summed>) -> Told {
    let text = format!(
        "select pbx, endpoint, queue, holds > 0 as held, transferred, missed, met,
                answered - arrived <= make_interval(secs => $3) as in_time, count(*) as times,
                sum(talk_us)::bigint as talk, sum(hold_us)::bigint as hold, sum(consult_us)::bigint as consult
         from vigie.contacts where {column} >= to_timestamp($1) and {column} < to_timestamp($2)
         group by pbx, endpoint, queue, holds > 0, transferred, missed, met,
                  answered - arrived <= make_interval(secs => $3)",
        column = charged(asked.charge, "arrived", "ended")
    );
    let (from, to) = bounds(asked.period);
    let rules = asked.rules;
    each(transaction, &text, &[&from, &to, &seconds(rules.threshold_us)], |row| {
        let held: bool = row.get("held");
        let in_time: Option<bool> = row.get("in_time");
        let one = Contact {
            pbx: row.get("pbx"),
            epoch: 0,
            linkedid: String::new(),
            uniqueid: String::new(),
            endpoint: row.get("endpoint"),
            queue: row.get("queue"),
            arrived: 0,
            started: 0,
            // any instant on its side of the limit
            answered: in_time.map(|is| rules.threshold_us + i64::from(!is)),
            ended: 0,
            talk: row.get("talk"),
            hold: row.get("hold"),
            holds: i16::from(held),
            consult: row.get("consult"),
            transferred: row.get("transferred"),
            missed: row.get("missed"),
            met: row.get("met"),
        };
        told.push(Summed::Contacts { one, times: row.get("times") });
    })
    .await
}

/// Of a longer period it is faster to read all activities in order than to look for what follows each wrap-up.
const LONG_US: i64 = 31 * 86_400_000_000;

/// The same as [`WRAP_UPS`], with what follows found in passing: no call that arrived in the period is wrapped up
/// more than a week after it.
const WRAP_UPS_IN_PASSING: &str = "
  select pbx, endpoint, queue, 0::bigint as since,
         (date_part('epoch', greatest(least(ends, next) - at, interval '0')) * 1000000)::bigint as until
  from (select *, lead(at) over (partition by pbx, endpoint order by at) as next
        from vigie.agent_activities
        where at >= to_timestamp($1) and at < to_timestamp($2) + interval '7 days') a
  where activity = 'wrap_up' and queue is not null and arrived is not null and next is not null
    and (case when $3 then arrived else at end) >= to_timestamp($1)
    and (case when $3 then arrived else at end) < to_timestamp($2)";

async fn wrap_ups(transaction: &Transaction<'_>, asked: Asked, told: &mut Vec<Summed>) -> Told {
    let period = asked.period;
    let each_one = if period.to - period.from > LONG_US { WRAP_UPS_IN_PASSING } else { WRAP_UPS };
    let text = format!(
        "select pbx, endpoint, queue, sum(greatest(until - since, 0))::bigint as us from ({each_one}) w
         group by pbx, endpoint, queue"
    );
    let (from, to) = bounds(period);
    let arrival = asked.charge == Charge::Arrival;
    each(transaction, &text, &[&from, &to, &arrival], |row| {
        let (pbx, endpoint, queue) = (row.get("pbx"), row.get("endpoint"), row.get("queue"));
        let until = row.get("us");
        told.push(Summed::WrapUps(WrapUp { pbx, endpoint, queue, arrived: 0, since: 0, until }));
    })
    .await
}
