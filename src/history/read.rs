//! Questions about what happened, answered from the database.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::Figures;
use super::export::Exports;
use crate::db::{self, Db, Unavailable};

/// What to look for; all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// Began at or after, ms since 1970.
    pub from_ms: Option<i64>,
    /// Began before.
    pub to_ms: Option<i64>,
    /// A part of the caller's number or name, or of what he called.
    pub words: Option<String>,
    /// It stood in that queue.
    pub queue: Option<String>,
    /// A leg was at that endpoint (an agent's, a trunk's).
    pub endpoint: Option<String>,
    /// `inbound`, `outbound`, `internal`.
    pub direction: Option<String>,
    /// `true`: two parties talked; `false`: nobody did (not answered, abandoned, a prompt only).
    pub talked: Option<bool>,
    /// On that PBX.
    pub pbx: Option<String>,
    /// Only what concerns these; `None`: all.
    pub within: Option<Within>,
    /// Only those after this one in the list: its start in µs and its Linkedid.
    pub after: Option<(i64, String)>,
    /// At most so many.
    pub limit: u16,
}

/// Endpoints and queues, each with its PBX: calls of any of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Within {
    /// PBX, endpoint.
    pub endpoints: Vec<(String, String)>,
    /// PBX, queue.
    pub queues: Vec<(String, String)>,
}

/// Calls, the newest first.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Found {
    /// Of one page.
    pub calls: Vec<Ended>,
    /// To be asked with for the next page; `null` at the end.
    pub next: Option<String>,
}

/// An ended call in a list. Times are ms since 1970 UTC on the PBX's clock.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Ended {
    id: String,
    pbx: String,
    linkedid: String,
    #[serde(skip)]
    started_us: i64,
    started_ms: i64,
    answered_ms: Option<i64>,
    ended_ms: i64,
    direction: String,
    caller: Caller,
    called: String,
    queues: Vec<String>,
    endpoints: Vec<String>,
    /// Of its last stay in a queue.
    outcome: Option<String>,
    hangup_cause: Option<i16>,
    talk_ms: i64,
    wait_ms: i64,
    /// `answered`, `started`: it was so then or before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    at_least: Vec<String>,
    /// Somebody wants it kept.
    held: bool,
}

#[derive(Debug, JsonSchema, Serialize)]
struct Caller {
    number: String,
    name: String,
}

/// Reads history. Cloning gives another handle.
#[derive(Clone)]
pub struct Reader {
    pub(super) db: Db,
    figures: Arc<Figures>,
    /// Connections of those who read a whole period: a few at once, so that others are answered meanwhile.
    pub(super) readings: Arc<Semaphore>,
    pub(super) exports: Exports,
}

/// Connections that read whole periods at once, of the pool's eight.
const READINGS: usize = 4;

const COLUMNS: &str = "pbx, epoch, linkedid, (extract(epoch from started) * 1000000)::bigint as started_us, \
    (extract(epoch from answered) * 1000)::bigint as answered_ms, \
    (extract(epoch from ended) * 1000)::bigint as ended_ms, direction, caller_number, caller_name, called, queues, \
    endpoints, outcome, hangup_cause, talk_ms, wait_ms, at_least, exists (select from vigie.holds h \
    where (h.pbx, h.epoch, h.linkedid) = (calls.pbx, calls.epoch, calls.linkedid)) as held";

/// A call's record with its hold, and the flows that were walked in it.
const RECORD: &str = "(record || jsonb_build_object('flows', (select coalesce(jsonb_agg(jsonb_build_object(\
    'uniqueid', w.uniqueid, 'flow', w.flow, 'name', w.flow_name, 'called', w.called, \
    'began', extract(epoch from w.began), 'ended', extract(epoch from w.ended), 'how', w.how, 'why', w.why, \
    'visits', (select coalesce(jsonb_agg(jsonb_build_object('node', v.node, 'name', v.node_name, \
      'entered', extract(epoch from v.entered), 'left', extract(epoch from v.left_at), 'port', v.port, 'key', v.key) order by v.n), \
      '[]') from vigie.visits v where (v.pbx, v.epoch, v.uniqueid, v.began) = (w.pbx, w.epoch, w.uniqueid, w.began)) \
    ) order by w.began), '[]') from vigie.walks w where w.pbx = calls.pbx and w.epoch = calls.epoch \
    and w.linkedid = any(array(select calls.linkedid union all \
      select jsonb_array_elements_text(calls.record -> 'merged')))), 'hold', (select jsonb_build_object(\
    'reason', h.reason, 'by', h.by, 'at_ms', (extract(epoch from h.at) * 1000)::bigint) from vigie.holds h \
    where (h.pbx, h.epoch, h.linkedid) = (calls.pbx, calls.epoch, calls.linkedid))))::text";

impl Reader {
    /// Of that database, and of what the journal counts.
    pub fn new(db: Db, figures: Arc<Figures>) -> Self {
        Self { db, figures, readings: Arc::new(Semaphore::new(READINGS)), exports: Exports::default() }
    }

    /// Where it reads.
    pub fn db(&self) -> Db {
        self.db.clone()
    }

    /// What the journal counts.
    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// Whether facts wait on disk that an answer would have to hold.
    pub fn is_behind(&self) -> bool {
        self.figures.spooled.load(Relaxed) > 0
    }

    /// Whether it can answer now; else why not.
    pub fn problem(&self) -> Option<String> {
        self.db.problem()
    }

    /// A page of calls.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn calls(&self, search: &Search) -> Result<Found, Unavailable> {
        let question = Question::of(search);
        let rows = self.ask(&question.text, &question.values()).await?;
        let mut calls: Vec<Ended> = rows.iter().map(Ended::of).collect();
        let more = calls.len() > usize::from(search.limit);
        calls.truncate(usize::from(search.limit));
        let next = calls.last().filter(|_| more).map(|last| format!("{}~{}", last.started_us, last.linkedid));
        Ok(Found { calls, next })
    }

    /// One call, whole, as it was recorded, in JSON, with `hold`: who wants it kept and why, or `null`; `None`
    /// when there is none of that id.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn call(
        &self,
        pbx: &str,
        epoch: i64,
        linkedid: &str,
        within: Option<&Within>,
    ) -> Result<Option<String>, Unavailable> {
        self.of_call(RECORD, pbx, epoch, linkedid, within).await
    }

    /// `what` of one call.
    pub(super) async fn of_call(
        &self,
        what: &str,
        pbx: &str,
        epoch: i64,
        linkedid: &str,
        within: Option<&Within>,
    ) -> Result<Option<String>, Unavailable> {
        let text = format!("select {what} from vigie.calls where pbx = $1 and epoch = $2 and linkedid = $3");
        let mut question = Question { text, values: Vec::new() };
        question.values.push(Box::new(pbx.to_owned()));
        question.values.push(Box::new(epoch));
        question.values.push(Box::new(linkedid.to_owned()));
        if let Some(within) = within {
            question.within(within);
        }
        let rows = self.ask(&question.text, &question.values()).await?;
        if let Some(row) = rows.first() {
            return Ok(Some(row.get(0)));
        }
        // it may have become part of an older one
        question.text = question.text.replacen("linkedid = $3", "record -> 'merged' ? $3", 1);
        let rows = self.ask(&question.text, &question.values()).await?;
        Ok(rows.first().map(|row| row.get(0)))
    }

    pub(super) async fn ask(
        &self,
        text: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Unavailable> {
        let connection = self.db.get().await?;
        connection.query(text, values).await.map_err(|error| {
            let why = db::words(&error);
            log::warn!("history: {why}");
            Unavailable::Away(why)
        })
    }
}

impl Ended {
    fn of(row: &Row) -> Self {
        let (pbx, linkedid): (String, String) = (row.get("pbx"), row.get("linkedid"));
        let (epoch, started_us): (i64, i64) = (row.get("epoch"), row.get("started_us"));
        Self {
            id: format!("{pbx}~{epoch}~{linkedid}"),
            pbx,
            linkedid,
            started_us,
            started_ms: started_us / 1000,
            answered_ms: row.get("answered_ms"),
            ended_ms: row.get("ended_ms"),
            direction: row.get("direction"),
            caller: Caller { number: row.get("caller_number"), name: row.get("caller_name") },
            called: row.get("called"),
            queues: row.get("queues"),
            endpoints: row.get("endpoints"),
            outcome: row.get("outcome"),
            hangup_cause: row.get("hangup_cause"),
            talk_ms: row.get("talk_ms"),
            wait_ms: row.get("wait_ms"),
            at_least: row.get("at_least"),
            held: row.get("held"),
        }
    }
}

/// SQL of our own words, every value a parameter (S23).
struct Question {
    text: String,
    values: Vec<Box<dyn ToSql + Sync>>,
}

impl Question {
    fn of(search: &Search) -> Self {
        let mut question =
            Self { text: format!("select {COLUMNS} from vigie.calls where true"), values: Vec::new() };
        let seconds = |ms: i64| ms as f64 / 1000.0;
        if let Some(from) = search.from_ms {
            question.and("started >= to_timestamp(?)", seconds(from));
        }
        if let Some(to) = search.to_ms {
            question.and("started < to_timestamp(?)", seconds(to));
        }
        if let Some(words) = &search.words {
            question.and("words like ?", format!("%{}%", as_pattern(&words.to_lowercase())));
        }
        if let Some(queue) = &search.queue {
            question.and("queues @> ?", vec![queue.clone()]);
        }
        if let Some(endpoint) = &search.endpoint {
            question.and("endpoints @> ?", vec![endpoint.clone()]);
        }
        if let Some(direction) = &search.direction {
            question.and("direction = ?", direction.clone());
        }
        if let Some(talked) = search.talked {
            question.and("(talk_ms > 0) = ?", talked);
        }
        if let Some(pbx) = &search.pbx {
            question.and("pbx = ?", pbx.clone());
        }
        if let Some(within) = &search.within {
            question.within(within);
        }
        if let Some((started, linkedid)) = &search.after {
            question.and("(started, linkedid) < (to_timestamp(?)", *started as f64 / 1e6);
            question.text.push_str(&format!(", ${})", question.values.len() + 1));
            question.values.push(Box::new(linkedid.clone()));
        }
        question.text.push_str(" order by started desc, linkedid desc");
        question.text.push_str(&format!(" limit {}", u32::from(search.limit) + 1));
        question
    }

    /// One more condition, with a `?` for its value.
    fn and(&mut self, condition: &'static str, value: impl ToSql + Sync + 'static) {
        self.values.push(Box::new(value));
        let place = format!("${}", self.values.len());
        self.text.push_str(" and ");
        self.text.push_str(&condition.replacen('?', &place, 1));
    }

    /// In the question itself, not after it (S33). The bare names find rows by their index; with its PBX each
    /// is exact.
    fn within(&mut self, within: &Within) {
        let bare = |all: &[(String, String)]| all.iter().map(|(_, name)| name.clone()).collect::<Vec<_>>();
        let exact = |all: &[(String, String)]| {
            all.iter().map(|(pbx, name)| format!("{pbx}~{name}")).collect::<Vec<_>>()
        };
        let n = self.values.len();
        self.text.push_str(&format!(
            " and (endpoints && ${} and exists (select from unnest(endpoints) as e where pbx || '~' || e = any(${})) \
             or queues && ${} and exists (select from unnest(queues) as q where pbx || '~' || q = any(${})))",
            n + 1,
            n + 2,
            n + 3,
            n + 4
        ));
        for texts in
            [bare(&within.endpoints), exact(&within.endpoints), bare(&within.queues), exact(&within.queues)]
        {
            self.values.push(Box::new(texts));
        }
    }

    fn values(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.values.iter().map(|value| &**value).collect()
    }
}

/// A text that `like` takes as it is.
fn as_pattern(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s23_no_word_of_a_question_comes_from_outside() {
        let hostile = "'; drop table vigie.calls; --";
        let search = Search {
            from_ms: Some(1),
            to_ms: Some(2),
            words: Some(hostile.into()),
            queue: Some(hostile.into()),
            endpoint: Some(hostile.into()),
            direction: Some(hostile.into()),
            talked: Some(true),
            pbx: Some(hostile.into()),
            within: Some(Within {
                endpoints: vec![(hostile.into(), hostile.into())],
                queues: vec![(hostile.into(), hostile.into())],
            }),
            after: Some((3, hostile.into())),
            limit: 50,
        };
        let question = Question::of(&search);
        assert!(
            !question.text.contains("drop") && !question.text.contains('\''.to_string().repeat(2).as_str())
        );
        for place in 1..=question.values.len() {
            let here = format!("${place}");
            let mut after = question
                .text
                .split(&here)
                .skip(1)
                .filter(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
            assert!(after.next().is_some() && after.next().is_none(), "{here} once: {}", question.text);
        }
        assert_eq!(as_pattern("50%_\\"), "50\\%\\_\\\\");
    }
}
