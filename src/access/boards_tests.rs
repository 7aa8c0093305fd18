//! The boards of all kinds of reaches against the whole one, while the built-in PBX lives: whatever is shown,
//! changed and taken away, and whoever moves, each shows exactly what is within (S33). A row's owners, who alone
//! are asked, must never miss somebody who may see it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::*;
use crate::app::Core;
use crate::auth::{Right, Rights, Role, Scope};
use crate::config::{Config, Database, Doors};
use crate::people::{Group, Person, Site, Station, User};

fn person(n: usize, site: &str, group: bool) -> Person {
    let user = User {
        id: format!("u{n}"),
        login_id: format!("u{n}"),
        first_name: String::new(),
        last_name: String::new(),
        email: None,
        role: Role::Agent,
        is_active: true,
        site_id: Some(site.to_owned()),
        agent_profile_id: None,
        mobile_number: None,
        use_mobile_as_station: false,
        planning_enabled: false,
        profile_picture_url: None,
        campaign_ids: vec![],
        group_ids: group.then(|| "g".to_owned()).into_iter().collect(),
        must_change_password: false,
        created_at: String::new(),
        updated_at: String::new(),
    };
    Person { user, password: None, grants: vec![], rights: Arc::new(Rights::default()) }
}

fn site(id: &str, trunks: &[&str], queues: &[String]) -> Site {
    Site {
        id: id.into(),
        name: id.into(),
        ip_address: None,
        physical_extensions: serde_json::json!([]),
        direct_media_enabled: false,
        time_zone: "Europe/Paris".into(),
        day_start: "00:00".into(),
        trunks: trunks.iter().map(|text| (*text).to_owned()).collect(),
        queues: queues.to_vec(),
        outbound_context: None,
        transfer_context: None,
        listening_reason: true,
        listening_told: false,
        numbers: serde_json::json!({}),
        created_at: String::new(),
        updated_at: String::new(),
    }
}

/// Every agent of the board but the last at one of two sites, each third in a group; with each version others
/// change their site.
fn directory(board: &Board, version: i64) -> Arc<Directory> {
    let mut endpoints: Vec<String> = board
        .lines(Table::Agents)
        .iter()
        .filter_map(|line| match &*line.view {
            View::Agent(agent) => Some(agent.endpoint.to_string()),
            _ => None,
        })
        .collect();
    endpoints.sort();
    endpoints.pop();
    let moved = usize::try_from(version).unwrap();
    let at = |n: usize| if (n * (1 + moved)).is_multiple_of(3) { "paris" } else { "lyon" };
    let group = |n: usize| n.is_multiple_of(3);
    let people = (0..endpoints.len()).map(|n| person(n, at(n), group(n))).collect();
    let member_ids = (0..endpoints.len()).filter(|n| group(*n)).map(|n| format!("u{n}")).collect();
    let stations = endpoints.iter().enumerate().map(|(n, endpoint)| Station {
        user_id: format!("u{n}"),
        pbx: "demo".into(),
        station: n.to_string(),
        endpoint: endpoint.clone(),
        member_interface: endpoint.clone(),
    });
    let sites = vec![site("paris", &["trunk-a"], &queues(board)[..1]), site("lyon", &[], &[])];
    let groups = vec![Group { id: "g".into(), name: "g".into(), member_ids }];
    Arc::new(Directory::new(version, people, groups, sites, stations.collect()))
}

fn queues(board: &Board) -> Vec<String> {
    let mut ids: Vec<_> = board.lines(Table::Queues).iter().map(|line| line.view.id().to_string()).collect();
    ids.sort();
    ids
}

fn reaches(board: &Board) -> Vec<Reach> {
    let queues = queues(board);
    let site = |id: &str| Scope::Site(id.into());
    let of = |scopes: &[Scope]| {
        let grants: Vec<_> = scopes.iter().map(|scope| (Right::Figures, scope.clone())).collect();
        let rights = Rights::of("nobody", Role::Superviseur, None, &grants);
        let mut reach = rights.reach(Right::Figures).cloned().unwrap();
        reach.own = None;
        reach
    };
    vec![
        Reach::own("u0"),
        Reach::own("u1"),
        of(&[site("paris")]),
        of(&[site("lyon")]),
        of(&[Scope::Group("g".into())]),
        of(&[Scope::Queue(queues[1].clone())]),
        of(&[site("lyon"), Scope::Queue(queues[0].clone()), Scope::Group("g".into())]),
        Reach::default(),
    ]
}

type Rows = BTreeMap<(Table, Text), String>;

fn shown(board: &Board) -> Rows {
    let lines =
        Table::ALL.into_iter().flat_map(|table| board.lines(table).into_iter().map(move |l| (table, l)));
    lines.map(|(table, line)| ((table, line.view.id().clone()), line.json.to_string())).collect()
}

/// What of the whole board that sight lets see, row by row.
fn within(whole: &Board, sight: &Sight) -> Rows {
    let lines =
        Table::ALL.into_iter().flat_map(|table| whole.lines(table).into_iter().map(move |l| (table, l)));
    let seen = lines.filter_map(|(table, line)| Some((table, sight.row(&line.view, whole)?)));
    seen.map(|(table, view)| ((table, view.id().clone()), serde_json::to_string(&*view).unwrap())).collect()
}

#[test]
fn s33_each_board_shows_exactly_what_is_within() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::read(
        folder.path(),
        None,
        [("DATABASE_URL", "none"), ("VIGIE_AUTH", "off")].map(|(k, v)| (k.to_owned(), v.to_owned())),
    );
    let config = Config { captures: folder.path().join("captures"), ..config.unwrap() };
    assert!(matches!(config.database, Database::Nothing) && config.doors.origins == Doors::default().origins);
    actix::System::new().block_on(async {
        let core = Core::start(config).await.unwrap();
        let whole = core.board.clone();
        let end = Instant::now() + Duration::from_secs(30);
        while whole.len(Table::Agents) < 10 || queues(&whole).len() < 2 {
            assert!(Instant::now() < end, "the built-in PBX does not fill the board");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let mut feed = Feed::default();
        let mut version = 1;
        feed.advance(&whole, directory(&whole, version));
        let all: Vec<usize> = reaches(&whole).iter().map(|reach| feed.add(reach)).collect();
        feed.fill(&whole, &all);
        let (mut compared, mut rows, mut round) = (0, 0, 0);
        let end = Instant::now() + Duration::from_secs(6);
        while Instant::now() < end || compared < 20 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            round += 1;
            if round % 40 == 0 {
                version += 1;
            }
            feed.advance(&whole, directory(&whole, version));
            let before = whole.seq();
            let truth: Vec<Rows> = all.iter().map(|n| within(&whole, &feed.scoped[n].sight)).collect();
            // the whole board went on meanwhile: nothing can be said of this moment
            if before != feed.at || whole.seq() != before {
                assert!(Instant::now() < end + Duration::from_secs(30), "the board never stands still");
                continue;
            }
            for (n, truth) in all.iter().zip(truth) {
                let shown = shown(&feed.scoped[n].board);
                assert_eq!(shown, truth, "{:?}", feed.scoped[n].reach);
                rows += shown.len();
            }
            compared += 1;
        }
        assert!(version > 3 && rows > 1000, "{compared} moments with {rows} rows, {version} versions");
        core.stop().await;
    });
}
