//! What the database sums is what is counted one by one: random days of Paris, both switches of its clocks among
//! them, facts that come late, every figure.

use std::collections::BTreeMap;

use actors::view::QueueOutcome;
use serde_json::{Value, json};
use vigie::figures::{
    Book, Calendar, Charge, Contact, FORMULAS, Happened, Period, Rules, Stay, Sums, WrapUp,
};

use super::{on, until};
use crate::support::postgres::Postgres;
use crate::support::server::Server;

const S: i64 = 1_000_000;
const QUEUES: [(&str, &str); 4] = [("a", "support"), ("a", "sales"), ("a", "o'ne~il"), ("b", "support")];
const ENDPOINTS: [&str; 3] = ["PJSIP/1001", "PJSIP/1002", "PJSIP/1003"];

/// A row of numbers that is the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, most: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 1).cast_signed() % most
    }

    fn one_in(&mut self, n: i64) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(i64::try_from(all.len()).unwrap())).unwrap()]
    }

    /// In the three days around a switch.
    fn instant(&mut self) -> i64 {
        let days = self.of(&["2025-03-29", "2025-10-25"]);
        paris("00:00").parse(days, false).unwrap() + self.below(3 * 86_400 * S)
    }

    /// Often one of the limits, to the µs or beside it.
    fn wait(&mut self) -> i64 {
        let around = self.of(&[0, 5 * S, 10 * S, 20 * S, 60 * S]);
        if self.one_in(3) { around + self.below(3) - 1 } else { self.below(90 * S) }
    }

    fn stay(&mut self, n: usize) -> Happened {
        use QueueOutcome::{Abandoned, Answered, Full, JoinEmpty, LeaveEmpty, Other, Timeout, Withdrawn};
        let (pbx, queue) = self.of(&QUEUES);
        let outcome = match self.one_in(2) {
            true => Answered,
            false => self.of(&[Abandoned, Abandoned, Timeout, LeaveEmpty, JoinEmpty, Full, Withdrawn, Other]),
        };
        let joined = self.instant();
        let taken = outcome == Answered && !self.one_in(10);
        Happened::Stay(Stay {
            pbx: pbx.into(),
            epoch: 1,
            linkedid: n.to_string(),
            uniqueid: n.to_string(),
            queue: queue.into(),
            joined,
            left: joined + self.wait(),
            outcome,
            agent: taken.then(|| self.of(&ENDPOINTS).to_owned()),
            met: self.one_in(12),
        })
    }

    fn contact(&mut self, n: usize) -> Happened {
        let (pbx, queue) = self.of(&QUEUES);
        let arrived = self.instant();
        let answered = (!self.one_in(4)).then(|| arrived + self.wait());
        let holds = self.below(3);
        Happened::Contact(Contact {
            pbx: pbx.into(),
            epoch: 1,
            linkedid: n.to_string(),
            uniqueid: n.to_string(),
            endpoint: self.of(&ENDPOINTS).into(),
            queue: (!self.one_in(4)).then(|| queue.to_owned()),
            arrived,
            started: arrived,
            answered,
            ended: arrived + 100 * S + self.below(600 * S),
            talk: answered.map_or(0, |_| self.below(500 * S)),
            hold: if holds > 0 { self.below(60 * S) } else { 0 },
            holds: i16::try_from(holds).unwrap(),
            consult: self.below(20 * S),
            transferred: self.one_in(5),
            missed: answered.is_none() && self.one_in(2),
            met: self.one_in(10),
        })
    }

    /// An agent's wrap-ups, each ended by its timer or by what came next, as statements and as what they come to.
    fn wrap_ups(&mut self, pbx: &str, endpoint: &str) -> (Vec<String>, Vec<Happened>) {
        let mut at: Vec<i64> = (0..60).map(|_| self.instant()).collect();
        at.sort_unstable();
        at.dedup();
        let (mut rows, mut all) = (Vec::new(), Vec::new());
        for pair in at.windows(2) {
            let (since, next) = (pair[0], pair[1]);
            let (arrived, ends) = (since - self.below(400 * S), since + self.below(60 * S));
            rows.push(format!(
                "insert into vigie.agent_activities values ('{pbx}', '{endpoint}', {}, 'wrap_up', 'support', {}, {})",
                time(since),
                time(arrived),
                time(ends)
            ));
            let (pbx, endpoint, queue) = (pbx.into(), endpoint.into(), "support".into());
            all.push(Happened::WrapUp(WrapUp {
                pbx,
                endpoint,
                queue,
                arrived,
                since,
                until: ends.min(next),
            }));
        }
        let last = at.last().map_or(0, |at| *at);
        rows.push(format!(
            "insert into vigie.agent_activities values ('{pbx}', '{endpoint}', {}, 'idle', null, null, null)",
            time(last)
        ));
        (rows, all)
    }
}

fn paris(start: &str) -> Calendar {
    Calendar::new("Europe/Paris", start).unwrap()
}

fn time(us: i64) -> String {
    format!("timestamptz 'epoch' + interval '{us} microseconds'")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn or_null(text: Option<String>) -> String {
    text.unwrap_or_else(|| "null".to_owned())
}

fn row(happened: &Happened) -> String {
    match happened {
        Happened::Stay(s) => format!(
            "insert into vigie.queue_stays values ({}, 1, '{id}', '{id}', {}, {}, {}, {}, {}, {})",
            quoted(&s.pbx),
            quoted(&s.queue),
            time(s.joined),
            time(s.left),
            quoted(serde_json::to_value(s.outcome).unwrap().as_str().unwrap()),
            or_null(s.agent.as_deref().map(quoted)),
            s.met,
            id = s.uniqueid
        ),
        Happened::Contact(c) => format!(
            "insert into vigie.contacts values ({}, 1, '{id}', '{id}', {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
            quoted(&c.pbx),
            quoted(&c.endpoint),
            or_null(c.queue.as_deref().map(quoted)),
            time(c.arrived),
            time(c.started),
            or_null(c.answered.map(time)),
            time(c.ended),
            c.talk,
            c.hold,
            c.holds,
            c.consult,
            c.transferred,
            c.missed,
            c.met,
            id = c.uniqueid
        ),
        other => panic!("{other:?} has no row here"),
    }
}

fn store(database: &Postgres, statements: &[String]) {
    for some in statements.chunks(200) {
        database.run(&some.join(";\n"));
    }
}

/// A question, and the same for a book.
struct Asked {
    query: String,
    period: Period,
    rules: Rules,
    charge: Charge,
}

fn questions() -> Vec<Asked> {
    let mut all = Vec::new();
    for (n, (start, from, to)) in [
        ("00:00", "2025-03-29", "2025-03-29"),
        ("00:00", "2025-03-30", "2025-03-30"),
        ("02:30", "2025-03-30", "2025-03-30"),
        ("00:00", "2025-10-26", "2025-10-26"),
        ("02:30", "2025-10-25", "2025-10-26"),
        ("06:00", "2025-03-28", "2025-11-01"),
    ]
    .into_iter()
    .enumerate()
    {
        for (charge, interval) in [(Charge::Arrival, "arrival"), (Charge::End, "end")] {
            // also with short ones that wait longer than those in time
            let (threshold, short) = [(20, 5), (10, 60)][n % 2];
            let calendar = paris(start);
            let period =
                Period { from: calendar.parse(from, false).unwrap(), to: calendar.parse(to, true).unwrap() };
            let query = format!(
                "zone=Europe/Paris&day_start={start}&from={from}&to={to}&interval={interval}\
                 &threshold_ms={threshold}000&short_abandon_ms={short}000"
            );
            let rules = Rules { threshold_us: threshold * S, short_us: short * S };
            all.push(Asked { query, period, rules, charge });
        }
    }
    all
}

/// Each figure that is not of time, which goes by other facts.
fn figures(sums: &Sums, of_agents: bool) -> Value {
    let has = FORMULAS.iter().filter(|f| if of_agents { f.of_agents } else { f.of_queues });
    let named = has.filter(|f| !f.is_of_time()).map(|f| (f.name.to_owned(), json!(sums.figure(f))));
    // written and read once, as the server's are: a float that is read may be the one beside it
    serde_json::from_str(&Value::Object(named.collect()).to_string()).unwrap()
}

fn rows(server: &Server, of: &str, query: &str) -> BTreeMap<String, Value> {
    let (status, told) = server.get(&format!("/api/figures/{of}?{query}"));
    assert_eq!((status, &told["source"]), (200, &json!("stored")), "{told}");
    let rows = told["rows"].as_array().expect("rows").iter().cloned();
    let without_time = rows.map(|mut row| {
        row["figures"].as_object_mut().expect("figures").remove("occupancy");
        (row["id"].as_str().expect("an id").to_owned(), row)
    });
    without_time.collect()
}

/// Every row that the server gives is what a book says that is told one thing after the other.
fn compare(server: &Server, happened: &[Happened]) -> usize {
    let mut compared = 0;
    for Asked { query, period, rules, charge } in questions() {
        let mut book = Book::new(period, rules, charge);
        happened.iter().for_each(|happened| book.take(happened));
        let report = book.report(period.to);
        let queues = rows(server, "queues", &query);
        assert_eq!(queues.len(), report.queues.len(), "{query}");
        for ((pbx, queue), sums) in &report.queues {
            let told = &queues[&format!("{pbx}~{queue}")];
            assert_eq!(told["figures"], figures(sums, false), "{queue} {query}");
            assert_eq!(told["longest_wait_ms"], sums.longest_wait_ms(), "{queue} {query}");
            assert_eq!(told["asterisk_hold_time_s"], json!(sums.hold_time_s()), "{queue} {query}");
            compared += 1;
        }
        let agents = rows(server, "agents", &query);
        for ((pbx, endpoint), day) in &report.agents {
            let told = &agents[&format!("{pbx}~{endpoint}")];
            assert_eq!(told["figures"], figures(&day.sums, true), "{endpoint} {query}");
            compared += 1;
        }
    }
    compared
}

#[test]
fn l35_l36_what_the_database_sums_is_what_is_counted_one_by_one_also_after_late_facts() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
    database.start();
    let server = on(&database, &data, 1);
    until("the schema", || server.get("/api/history/calls").0 == 200);
    let mut random = Random(20_251_026);
    let mut happened: Vec<Happened> = (0..1500).map(|n| random.stay(n)).collect();
    happened.extend((0..800).map(|n| random.contact(n)));
    // as they are stored: a Holdtime goes by the order in which callers were taken
    happened.sort_by_key(|happened| match happened {
        Happened::Stay(stay) => stay.left,
        _ => 0,
    });
    let (late, early): (Vec<_>, Vec<_>) = happened.iter().cloned().partition(|_| random.one_in(8));
    let mut statements: Vec<String> = early.iter().map(row).collect();
    let mut wrapped = Vec::new();
    for pbx in ["a", "b"] {
        statements.push(format!("insert into vigie.watched values ('{pbx}', 1, '2025-01-01', '2025-12-01')"));
        for endpoint in ENDPOINTS {
            let (rows, all) = random.wrap_ups(pbx, endpoint);
            statements.extend(rows);
            wrapped.extend(all);
            for day in ["2025-03-25", "2025-10-20"] {
                statements.push(format!(
                    "insert into vigie.agent_states values ('{pbx}', '{endpoint}', '{day}', 'available', null)"
                ));
            }
        }
    }
    store(&database, &statements);
    assert!(compare(&server, &[early, wrapped.clone()].concat()) > 80);
    // of days that were asked for already
    store(&database, &late.iter().map(row).collect::<Vec<_>>());
    happened.extend(wrapped);
    compare(&server, &happened);
    // one who waited 10 s, again and again: the last waits do not tell what was before
    database.run(
        "insert into vigie.queue_stays select 'a', 2, n::text, n::text, 'even', t, t + interval '10 seconds', 'answered', \
         'PJSIP/1001', false from generate_series(1, 9000) n, lateral (select timestamptz '2025-03-29 08:00Z' + n * interval '1 second' as t) z; \
         insert into vigie.queue_stays values ('a', 2, 'x', 'x', 'even', '2025-03-29 07:00Z', '2025-03-29 07:00:07Z', 'answered', 'PJSIP/1001', false)",
    );
    let even = &rows(&server, "queues", "zone=UTC&from=2025-03-29&to=2025-03-29&queue=even")["a~even"];
    assert_eq!(even["asterisk_hold_time_s"], 7, "7 s stay 7 s: (3 * 7 + 10) / 4 is 7 in whole seconds");
}
