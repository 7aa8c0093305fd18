//! Figures on a real PostgreSQL: live and stored are the same, days are the zone's, a number opens its calls.

mod summed;

use std::time::{Duration, Instant};

use serde_json::Value;
use vigie::pbx::life::Pace;
use vigie::pbx::{Running, Settings, start};

use crate::support::postgres::Postgres;
use crate::support::server::Server;

fn on(database: &Postgres, data: &tempfile::TempDir, port: u16) -> Server {
    let (port, url) = (port.to_string(), database.url());
    let settings = [
        ("AMI_HOST", "127.0.0.1"),
        ("AMI_PORT", port.as_str()),
        ("AMI_USERNAME", "vigie"),
        ("AMI_SECRET", "vigie"),
        ("DATABASE_URL", url.as_str()),
        ("VIGIE_DATA", data.path().to_str().expect("text")),
        ("VIGIE_ZONE", "Europe/Paris"),
    ];
    Server::start(&settings, &[])
}

fn busy() -> Running {
    let pace = Pace { calls_per_minute: 400.0, talk_s: 1.0, incidents: true };
    start(Settings { pace, ..Settings::default() }).expect("the built-in PBX starts")
}

fn until(what: &str, mut seen: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !seen() {
        assert!(Instant::now() < end, "waited for {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Every queue's figures but occupancy, which goes on with the clock.
fn queues(server: &Server, query: &str) -> Value {
    let (status, mut told) = server.get(&format!("/api/figures/queues{query}"));
    assert_eq!(status, 200, "{told}");
    for row in told["rows"].as_array_mut().expect("rows") {
        row["figures"].as_object_mut().expect("figures").remove("occupancy");
    }
    told
}

fn offered(told: &Value) -> f64 {
    told["total"]["figures"]["offered"]["value"].as_f64().expect("a count")
}

/// Whether that agent's stored day has a call of a queue and one session that is still open; its
/// intervals never overlap.
fn day_with_a_call(server: &Server, agent: &str) -> bool {
    let day = server.get(&format!("/api/history/agents/{}", agent.replace('/', "%2F"))).1;
    let spans = day["intervals"].as_array().expect("intervals");
    assert!(spans.windows(2).all(|w| w[0]["to_ms"].as_i64() <= w[1]["from_ms"].as_i64()), "{day}");
    let open = day["sessions"].as_array().expect("sessions").iter().filter(|s| s["open"] == true).count();
    spans.iter().any(|span| span["state"] == "on_call" && span["queue"].is_string()) && open == 1
}

#[test]
fn l35_today_from_memory_is_what_is_stored_also_after_a_restart() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
    database.start();
    let pbx = busy();
    let port = pbx.address().port();
    let server = on(&database, &data, port);
    until("the schema", || server.get("/api/history/calls").0 == 200);
    until("callers", || offered(&queues(&server, "")) > 15.0);
    until("somebody's day", || {
        let agents = server.get("/api/figures/agents").1["rows"].as_array().expect("agents").clone();
        agents.iter().any(|agent| {
            assert!(!agent["states"].as_array().expect("states").is_empty(), "was something: {agent}");
            day_with_a_call(&server, agent["id"].as_str().expect("an id"))
        })
    });
    // a call taken from the first listing was answered then or before, in the list and in its record
    until("a call that was met while it was served", || {
        let list = server.get("/api/history/calls?limit=500").1;
        let met =
            list["calls"].as_array().expect("calls").iter().find(|call| call["at_least"].is_array()).cloned();
        let Some(met) = met else { return false };
        let record = server.get(&format!("/api/history/calls/{}", met["id"].as_str().expect("an id"))).1;
        assert_eq!(record["at_least"], met["at_least"], "{record}");
        true
    });
    until("a call with its conversation and its stay in order", || {
        let calls = server.get("/api/history/calls?talked=true&limit=50").1["calls"]
            .as_array()
            .expect("calls")
            .clone();
        calls.iter().filter(|call| call["outcome"] == "answered").any(|call| {
            let record = server.get(&format!("/api/history/calls/{}", call["id"].as_str().expect("an id"))).1;
            let (stay, talk) = (&record["queues"][0], &record["conversations"][0]);
            assert!(stay["left"].as_f64() <= talk["ended"].as_f64(), "{record}");
            stay["joined"].is_f64() && talk["began"].as_f64() < talk["ended"].as_f64()
        })
    });
    drop(pbx); // from now on nothing happens
    until("the end of what happens", || server.metric("vigie_link_live") == 0.0);
    // a threshold of its own is not kept in memory
    let stored =
        |server: &Server| queues(server, "?threshold_ms=20000&interval=arrival&day_start=00:00&zone=UTC");
    let rows = |told: &Value| told["rows"].clone();
    let live = || queues(&server, "");
    until("everything is stored", || {
        let stored = queues(&server, "?short_abandon_ms=4999");
        (stored["source"].as_str(), offered(&stored)) == (Some("stored"), offered(&live()))
    });
    assert_eq!(live()["source"], "live");
    // the same rules from the database: a period that begins a second before the day
    let (from, to) =
        (live()["from_ms"].as_i64().unwrap() - 1000, live()["as_of_ms"].as_i64().unwrap() + 60_000);
    until("the same from what is stored", || {
        let read = queues(&server, &format!("?from={from}&to={to}"));
        assert_eq!(read["source"], "stored");
        rows(&read) == rows(&live())
    });
    assert!(offered(&stored(&server)) > 0.0);
    let before = rows(&live());
    drop(server);
    let again = on(&database, &data, port);
    until("today is loaded", || {
        let told = queues(&again, "");
        told["whole"] == true && rows(&told) == before
    });
}

#[test]
fn l36_l37_the_days_of_paris_read_over_rest_and_each_number_opens_its_calls() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
    database.start();
    let server = on(&database, &data, 1);
    until("the schema", || server.get("/api/history/calls").0 == 200);
    for day in ["2026-03-29", "2026-10-25"] {
        // at 00:30, 12:00 and 23:30 of the day on the zone's clocks, and half an hour to either side of it
        database.run(&format!(
            "insert into vigie.queue_stays select 'a', 1, t::text, extract(epoch from t)::text, 'support', t, \
             t + w * interval '1 second', case when w = 40 then 'abandoned' else 'answered' end, 'PJSIP/1001', false \
             from (values (timestamp '{day} 00:30', 10), ('{day} 12:00', 40), ('{day} 23:30', 15), \
               (timestamp '{day} 00:00' - interval '30 minutes', 10), (timestamp '{day} 00:00' + interval '1 day 30 minutes', 10)) \
             v(l, w), lateral (select l at time zone 'Europe/Paris' as t) z"
        ));
        database.run(&format!(
            "insert into vigie.watched values ('a', 1, (timestamp '{day}' at time zone 'Europe/Paris') - interval '2 hours', \
             (timestamp '{day}' at time zone 'Europe/Paris') + interval '40 hours') on conflict do nothing"
        ));
        database.run(&format!(
            "insert into vigie.agent_states values ('a', 'PJSIP/1001', (timestamp '{day}' at time zone 'Europe/Paris') - interval '1 hour', \
             'available', null), ('a', 'PJSIP/1001', timestamp '{day} 12:00' at time zone 'Europe/Paris', 'paused', 'lunch')"
        ));
    }
    for (day, before_noon) in [("2026-03-29", 11), ("2026-10-25", 13)] {
        let told = queues(&server, &format!("?from={day}&to={day}&zone=Europe/Paris"));
        let figures = &told["rows"][0]["figures"];
        assert_eq!((&told["source"], &told["zone"]), (&"stored".into(), &"Europe/Paris".into()));
        assert_eq!(
            told["to_ms"].as_i64().unwrap() - told["from_ms"].as_i64().unwrap(),
            (before_noon + 12) * 3_600_000
        );
        assert_eq!((&figures["offered"]["value"], &figures["answered"]["value"]), (&3.0.into(), &2.0.into()));
        let level = &figures["service_level"];
        assert_eq!((&level["numerator"], &level["denominator"]), (&2.into(), &3.into()));
        assert_eq!(figures["asa"]["value"], 12_500.0);
        assert_eq!(figures["aht"]["value"], Value::Null, "nobody handled one: no number");
        let agents = server.get(&format!("/api/figures/agents?from={day}&to={day}&zone=Europe/Paris")).1;
        let states = agents["rows"][0]["states"].as_array().expect("states");
        let ms = |state: &str| states.iter().find(|s| s["state"] == state).and_then(|s| s["ms"].as_i64());
        assert_eq!(
            (ms("available"), ms("paused")),
            (Some(before_noon * 3_600_000), Some(12 * 3_600_000)),
            "{day}"
        );
        let behind =
            format!("/api/figures/queues/a~support/service_level?from={day}&to={day}&zone=Europe/Paris");
        let (status, behind) = server.get(&behind);
        assert_eq!(status, 200, "{behind}");
        let calls = behind["calls"].as_array().expect("calls");
        let adds = |side: &str| calls.iter().filter_map(|call| call[side].as_i64()).sum::<i64>();
        assert_eq!((adds("numerator"), adds("denominator")), (2, 3), "the calls are the number: {behind}");
        assert_eq!(behind["figure"]["value"], level["value"]);
        assert_eq!(behind["definition"]["denominator"], "answered + abandoned");
        let page = server.get(&format!(
            "/api/figures/queues/a~support/offered?from={day}&to={day}&zone=Europe/Paris&limit=2&page=2"
        ));
        assert_eq!((page.1["calls"].as_array().unwrap().len(), &page.1["total"]), (1, &3.into()));
    }
    let occupancy =
        "/api/figures/agents/a~PJSIP%2F1001/occupancy?from=2026-03-29&to=2026-03-29&zone=Europe/Paris";
    assert_eq!(server.get(occupancy).1["figure"]["value"], 0.0);
    for wrong in [
        "from=yesterday",
        "zone=Mars/Olympus",
        "interval=never",
        "threshold_ms=-1",
        "from=2026-01-02&to=2026-01-01",
        "from=2020-01-01",
        "day_start=25:00",
        "page=0",
        "who=me",
    ] {
        assert_eq!(server.get(&format!("/api/figures/queues?{wrong}")).0, 422, "{wrong}");
    }
    for wrong in ["queues/a~support/speed", "queues/support/asa", "agents/a~PJSIP%2F1/offered", "nothing"] {
        assert!([404, 405].contains(&server.get(&format!("/api/figures/{wrong}")).0), "{wrong}");
    }
    // S23: a name is a value
    let hostile = "/api/figures/queues/a~%27%3B%20drop%20table%20vigie.calls%3B--/offered";
    assert_eq!(server.get(hostile).1["figure"]["value"], 0.0);
}

/// A morning of two agents, by hand. 1001 serves both queues from 08:00 to 12:00, with 30 minutes of call and 10 of
/// wrap-up in it; 1002 serves `sales` only, idle from 10:00 to 11:00.
const MORNING: &str = "
  insert into vigie.watched values ('a', 1, '2026-03-02', '2026-03-03');
  insert into vigie.memberships values
    ('a', 'support', 'PJSIP/1001', '2026-03-02 07:00Z', true, 'PJSIP/1001'),
    ('a', 'sales', 'PJSIP/1001', '2026-03-02 07:00Z', true, 'PJSIP/1001'),
    ('a', 'sales', 'PJSIP/1002', '2026-03-02 07:00Z', true, 'PJSIP/1002');
  insert into vigie.agent_states values
    ('a', 'PJSIP/1001', '2026-03-02 08:00Z', 'available', null), ('a', 'PJSIP/1001', '2026-03-02 12:00Z', 'logged_out', null),
    ('a', 'PJSIP/1002', '2026-03-02 10:00Z', 'available', null), ('a', 'PJSIP/1002', '2026-03-02 11:00Z', 'logged_out', null);
  insert into vigie.agent_activities values
    ('a', 'PJSIP/1001', '2026-03-02 09:00Z', 'on_call', 'support', null, null),
    ('a', 'PJSIP/1001', '2026-03-02 09:30Z', 'wrap_up', 'support', '2026-03-02 08:59Z', '2026-03-02 09:40Z'),
    ('a', 'PJSIP/1001', '2026-03-02 09:40Z', 'idle', null, null, null)";

#[test]
fn an_agents_time_is_in_the_total_of_several_queues_once() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
    database.start();
    let server = on(&database, &data, 1);
    until("the schema", || server.get("/api/history/calls").0 == 200);
    database.run(MORNING);
    let day = "from=2026-03-02&to=2026-03-02&zone=UTC";
    let share = |of: &Value| {
        let occupancy = &of["figures"]["occupancy"];
        (occupancy["numerator"].as_i64().unwrap(), occupancy["denominator"].as_i64().unwrap())
    };
    let minutes = |busy: i64, all: i64| (busy * 60_000, all * 60_000);
    let told = |query: &str| server.get(&format!("/api/figures/queues?{day}{query}")).1;
    let both = told("");
    let queue = |name: &str| {
        share(both["rows"].as_array().expect("rows").iter().find(|row| row["queue"] == name).expect("a row"))
    };
    assert_eq!((queue("support"), queue("sales")), (minutes(40, 240), minutes(40, 300)));
    assert_eq!(share(&both["total"]), minutes(40, 300), "240 of 1001 and 60 of 1002, not 540");
    assert_eq!(share(&told("&queue=support")["total"]), minutes(40, 240));
    assert_eq!(share(&told("&queue=support,sales")["total"]), minutes(40, 300));
    let agents = server.get(&format!("/api/figures/agents?{day}")).1;
    assert_eq!(share(&agents["total"]), minutes(40, 300), "{agents}");
    // what is of calls adds up
    let wrapped = |of: &Value| of["figures"]["wrap_up"]["numerator"].as_i64().unwrap();
    assert_eq!(wrapped(&both["total"]), 10 * 60_000);
}

#[test]
#[ignore = "a measure: cargo test --test specs a_year_of_figures -- --ignored --nocapture"]
fn a_year_of_figures_over_a_million_calls() {
    let (database, data) = (Postgres::new(), tempfile::tempdir().unwrap());
    database.start();
    let server = on(&database, &data, 1);
    until("the schema", || server.get("/api/history/calls").0 == 200);
    database.run(
        "insert into vigie.queue_stays select 'a', 1, n::text, n::text, 'q' || n % 20, to_timestamp(1767222000 + n * 30), \
         to_timestamp(1767222000 + n * 30 + abs(hashint4(n)) % 90), case when n % 7 = 0 then 'abandoned' else 'answered' end, \
         'PJSIP/' || 1000 + n % 300, false from generate_series(1, 1000000) n",
    );
    database.run(
        "insert into vigie.contacts select 'a', 1, n::text, n::text, 'PJSIP/' || 1000 + n % 300, 'q' || n % 20, \
         to_timestamp(1767222000 + n * 30), to_timestamp(1767222000 + n * 30), to_timestamp(1767222000 + n * 30 + n % 90), \
         to_timestamp(1767222000 + n * 30 + 300), 200000000, 0, 0, 0, false, false, false from generate_series(1, 1000000) n",
    );
    database.run("vacuum analyze"); // as rows of long ago are
    measure(&server);
    let began = Instant::now();
    let behind = server.get("/api/figures/queues/a~q7/service_level?from=2026-03-01&to=2026-03-31").1;
    println!(
        "{:34} {:>9} calls behind in {:?}",
        "one queue's service level",
        behind["total"],
        began.elapsed()
    );
    // what 300 agents did meanwhile: a call, its wrap-up and idle again, and each day in and out
    database.run(
        "insert into vigie.watched values ('a', 1, '2025-12-01', '2027-02-01'); \
         insert into vigie.memberships select 'a', 'q' || n % 20, 'PJSIP/' || 1000 + n, '2025-12-20', true, 'PJSIP/' || 1000 + n \
         from generate_series(0, 299) n; \
         insert into vigie.agent_states select 'a', 'PJSIP/' || 1000 + n, to_timestamp(1767222000 + d * 43200), \
         case when d % 2 = 0 then 'available' else 'logged_out' end, null from generate_series(0, 299) n, generate_series(0, 729) d; \
         insert into vigie.agent_activities select 'a', 'PJSIP/' || 1000 + n % 300, to_timestamp(1767222000 + n * 30 + at), does, \
         'q' || n % 20, to_timestamp(1767222000 + n * 30), to_timestamp(1767222000 + n * 30 + 330) from generate_series(1, 1000000) n, \
         (values (90, 'on_call'), (300, 'wrap_up'), (330, 'idle')) as did(at, does)",
    );
    database.run("vacuum analyze"); // as rows of long ago are
    println!("with three million activities of agents:");
    measure(&server);
}

fn measure(server: &Server) {
    for query in [
        "",
        "?from=2026-03-02&to=2026-03-02",
        "?from=2026-03-02&to=2026-03-08",
        "?from=2026-03-01&to=2026-03-31",
        "?from=2026-01-01&to=2026-12-31",
    ] {
        let (before, began) = (server.memory_kb(), Instant::now());
        let told: Value = actix_web::rt::System::new().block_on(async {
            let client = awc::Client::builder().timeout(Duration::from_secs(120)).finish();
            let url = format!("http://{}/api/figures/queues{query}", server.address);
            let body = client.get(&url).send().await.expect("an answer").body().await.expect("a body");
            serde_json::from_slice(&body).expect("JSON")
        });
        let grown = server.memory_kb().saturating_sub(before);
        println!("{query:34} {:>9} offered in {:?}, {grown} KB more", offered(&told), began.elapsed());
    }
}
