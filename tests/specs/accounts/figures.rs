//! Figures of a site: its queues and its agents, by its clocks, for who may see that site's figures (S33).

use serde_json::{Value, json};

use super::desk::{Desk, Pass};

/// The queue and the agent of each site.
const SITES: [(&str, &str, &str); 2] =
    [("paris", "ventes", "PJSIP/1003"), ("martinique", "technique", "PJSIP/1009")];

/// Two sites with other clocks; callers and agents of a night, told in UTC.
fn night() -> (Desk, Pass) {
    let (desk, root) = Desk::set_up();
    for (site, queue, endpoint) in SITES {
        desk.site(&root, site);
        desk.user(&root, &format!("chef-{site}"), "Superviseur", Some(site), None);
        desk.user(&root, &format!("agent-{site}"), "Agent", Some(site), Some(endpoint));
        let clocks =
            if site == "paris" { ("Europe/Paris", "06:00") } else { ("America/Martinique", "00:00") };
        let body = json!({"queues": [format!("demo~{queue}")], "timeZone": clocks.0, "dayStart": clocks.1});
        assert_eq!(desk.put(&root, &format!("/api/sites/{site}"), &body).status, 200, "{site}");
        // in Paris 05:30 of the 3rd (still the day of the 2nd) and 06:30; in Martinique the 3rd at 00:30 and 01:30
        for (n, hour) in ["04:30", "05:30"].into_iter().enumerate() {
            desk.database.run(&format!(
                "insert into vigie.queue_stays values ('demo', 1, '{queue}{n}', '{queue}{n}', '{queue}', '2026-03-03 {hour}Z', \
                 timestamptz '2026-03-03 {hour}Z' + interval '{} seconds', 'answered', '{endpoint}', false)",
                10 + 20 * n
            ));
        }
        desk.database.run(&format!(
            "insert into vigie.agent_states values ('demo', '{endpoint}', '2026-03-02 20:00Z', 'available', null), \
             ('demo', '{endpoint}', '2026-03-03 05:15Z', 'paused', null)"
        ));
    }
    desk.database.run("insert into vigie.watched values ('demo', 1, '2026-03-01', '2026-03-05')");
    (desk, root)
}

fn ids(told: &Value) -> Vec<&str> {
    told["rows"].as_array().expect("rows").iter().filter_map(|row| row["id"].as_str()).collect()
}

#[test]
fn l36_a_sites_figures_are_of_its_queues_and_agents_by_its_clocks() {
    let (desk, root) = night();
    let get = |path: &str| {
        let reply = desk.get(&root, path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.json()
    };
    let value = |row: &Value, name: &str| row["figures"][name]["value"].clone();
    // the day of the 3rd: in Paris from 05:00Z on, in Martinique from 04:00Z on
    let paris = get("/api/figures/queues?site=paris&from=2026-03-03&to=2026-03-03");
    assert_eq!((&paris["zone"], &paris["day_start"]), (&json!("Europe/Paris"), &json!("06:00")));
    assert_eq!(paris["from_ms"], 1_772_514_000_000_i64);
    assert_eq!(ids(&paris), ["demo~ventes"]);
    assert_eq!(
        (value(&paris["total"], "offered"), value(&paris["total"], "asa")),
        (json!(1.0), json!(30_000.0))
    );
    let martinique = get("/api/figures/queues?site=martinique&from=2026-03-03&to=2026-03-03");
    assert_eq!(martinique["from_ms"], 1_772_510_400_000_i64);
    assert_eq!(ids(&martinique), ["demo~technique"]);
    let (total, row) = (&martinique["total"], &martinique["rows"][0]);
    assert_eq!((value(total, "offered"), value(total, "asa")), (json!(2.0), json!(20_000.0)));
    assert_eq!(total["figures"]["offered"], row["figures"]["offered"]);
    // asked for with other clocks, it is still that site's
    let utc = get("/api/figures/queues?site=paris&zone=UTC&day_start=00:00&from=2026-03-03&to=2026-03-03");
    assert_eq!((ids(&utc), value(&utc["total"], "offered")), (vec!["demo~ventes"], json!(2.0)));
    let other = get("/api/figures/queues?site=paris&queue=technique&from=2026-03-03&to=2026-03-03");
    assert!(ids(&other).is_empty(), "a queue of another site: {other}");
    // of the 24 hours of Paris' day the first quarter of an hour
    let agents = get("/api/figures/agents?site=paris&from=2026-03-03&to=2026-03-03");
    assert_eq!(ids(&agents), ["demo~PJSIP/1003"]);
    let states = &agents["rows"][0]["states"];
    assert_eq!(states[0], json!({"state": "available", "reason": null, "ms": 15 * 60_000}));
    assert_eq!(states[1], json!({"state": "paused", "reason": null, "ms": (24 * 60 - 15) * 60_000}));
    let behind = get("/api/figures/queues/demo~ventes/asa?site=paris&from=2026-03-03&to=2026-03-03");
    assert_eq!((&behind["total"], &behind["figure"]["value"]), (&json!(1), &json!(30_000.0)));
}

#[test]
fn s33_a_site_whose_figures_are_not_his_is_refused_as_one_that_is_not_there() {
    let (desk, root) = night();
    let (chef, agent) = (desk.login("chef-paris"), desk.login("agent-paris"));
    let day = "from=2026-03-03&to=2026-03-03";
    let mut refusals = Vec::new();
    for (who, pass, site, may) in [
        ("root", &root, "paris", true),
        ("root", &root, "martinique", true),
        ("root", &root, "nowhere", false),
        ("chef", &chef, "paris", true),
        ("chef", &chef, "martinique", false),
        ("chef", &chef, "nowhere", false),
        ("agent", &agent, "paris", false),
        ("agent", &agent, "nowhere", false),
    ] {
        for of in ["queues", "agents", "queues/demo~ventes/asa", "agents/demo~PJSIP%2F1003/handled"] {
            let reply = desk.get(pass, &format!("/api/figures/{of}?site={site}&{day}"));
            if of == "queues/demo~ventes/asa" && who == "agent" {
                assert_eq!(reply.told(), "404 not_found", "not his queue, whatever the site");
            } else if may {
                assert_eq!(reply.status, 200, "{who} {of} {site}: {}", reply.text());
            } else {
                assert_eq!(reply.told(), "422 bad_value", "{who} {of} {site}");
                refusals.push(reply.json()["details"].clone());
            }
        }
    }
    assert!(
        refusals.windows(2).all(|pair| pair[0] == pair[1]),
        "nothing tells which are there: {refusals:?}"
    );
    // without the parameter each has what is his
    assert_eq!(ids(&desk.get(&chef, &format!("/api/figures/agents?{day}")).json()), ["demo~PJSIP/1003"]);
    assert_eq!(desk.get(&agent, &format!("/api/history/calls?site=paris&{day}")).status, 422);
}
