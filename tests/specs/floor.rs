//! The whole of Vigie on a busy floor, from the binary to a browser's socket: the board ends up
//! showing exactly what the PBX does. The PBX's own truth is the judge; no type of the product is
//! used. What gets lost on the way is the matter of `drift`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;
use vigie::pbx::life::Pace;
use vigie::pbx::session::Malformed;
use vigie::pbx::truth::Job;
use vigie::pbx::{Hub, Running, Settings, start};

use crate::support::board::{Follower, text};
use crate::support::server::Server;

/// What is compared: each line says one fact.
type Facts = BTreeMap<String, String>;

/// The floor as the PBX has it.
fn truth(hub: &mut Hub) -> Facts {
    let truth = &hub.life.exchange.truth;
    let mut facts = Facts::new();
    for channel in truth.channels() {
        facts.insert(format!("channel {}", channel.name), format!("in call {}", channel.linkedid));
        if let Job::Queue(waiting) = &channel.job
            && waiting.agent.is_none()
        {
            let queue = &truth.queues[waiting.queue.0 as usize].name;
            facts.insert(format!("caller {}", channel.uniqueid), format!("waits in {queue}"));
        }
    }
    for parked in &truth.parked {
        let linkedid = &truth.chan(parked.channel).expect("a parked channel lives").linkedid;
        facts.insert(format!("space {}", parked.space), format!("holds {linkedid}"));
    }
    for queue in &truth.queues {
        for member in &queue.members {
            let state = format!("paused {} {}", member.paused, member.reason);
            facts.insert(format!("member {} of {}", member.interface, queue.name), state);
        }
    }
    for endpoint in &truth.endpoints {
        facts.insert(format!("device {}", endpoint.interface), endpoint.told.name().to_owned());
    }
    facts
}

/// The same from the board.
fn board(follower: &Follower) -> Facts {
    let board = follower.now();
    let mut facts = Facts::new();
    let legs = |call: &Value| call["legs"].as_array().cloned().unwrap_or_default();
    for call in board.calls() {
        for leg in legs(call).iter().filter(|leg| leg["phase"] != "ended") {
            facts.insert(
                format!("channel {}", text(&leg["channel"])),
                format!("in call {}", text(&call["linkedid"])),
            );
        }
        if let Some(space) = call["parked"]["space"].as_str() {
            facts.insert(format!("space {space}"), format!("holds {}", text(&call["linkedid"])));
        }
    }
    for queue in board.rows("queues") {
        for caller in queue["waiting"].as_array().into_iter().flatten() {
            let id = text(&caller["uniqueid"]);
            facts.insert(format!("caller {id}"), format!("waits in {}", text(&queue["name"])));
        }
        for member in queue["members"].as_array().into_iter().flatten() {
            let state = format!("paused {} {}", member["paused"], text(&member["reason"]));
            facts.insert(format!("member {} of {}", text(&member["interface"]), text(&queue["name"])), state);
        }
    }
    for agent in board.rows("agents") {
        facts.insert(format!("device {}", text(&agent["endpoint"])), text(&agent["device"]));
    }
    for trunk in board.rows("trunks") {
        facts.insert(format!("device {}", text(&trunk["endpoint"])), text(&trunk["device"]));
    }
    facts
}

fn difference(pbx: &Facts, shown: &Facts) -> Vec<String> {
    let keys = pbx.keys().chain(shown.keys());
    let mut lines: Vec<String> = keys
        .filter(|key| pbx.get(*key) != shown.get(*key))
        .map(|key| format!("{key}: PBX {:?}, board {:?}", pbx.get(key), shown.get(key)))
        .collect();
    lines.sort();
    lines.dedup();
    lines
}

struct Floor {
    pbx: Running,
    server: Server,
    board: Follower,
}

impl Floor {
    /// A floor where much happens in little time.
    fn busy(seed: u64) -> Self {
        let mut settings = Settings::default();
        settings.size.seed = seed;
        settings.size.agents = 40;
        settings.pace = Pace { calls_per_minute: 240.0, talk_s: 5.0, incidents: true };
        let pbx = start(settings).expect("a PBX");
        let port = pbx.address().port().to_string();
        let server = Server::start(
            &[
                ("AMI_HOST", "127.0.0.1"),
                ("AMI_PORT", &port),
                ("AMI_USERNAME", "vigie"),
                ("AMI_SECRET", "vigie"),
            ],
            &[],
        );
        let board = Follower::follow(&server.address);
        board.until("a live link", Duration::from_secs(10), |b| (b.pbx()["link"] == "live").then_some(()));
        Self { pbx, server, board }
    }

    fn lives(&self, seconds: u64) {
        // The floor lives in real time: there is nothing to wait for but the time itself.
        std::thread::sleep(Duration::from_secs(seconds));
    }

    /// Everybody stands still: from now on the board has that long to be right.
    fn is_right_within(&self, limit: Duration) -> Duration {
        self.pbx.with(|hub| hub.life.stand_still()).expect("a running PBX");
        let still = Instant::now();
        loop {
            let wrong = difference(&self.pbx.with(truth).expect("a running PBX"), &board(&self.board));
            if wrong.is_empty() {
                return still.elapsed();
            }
            let pbx = self.board.now().pbx().clone();
            assert!(
                still.elapsed() < limit,
                "{} facts differ after {limit:?}:\n{}\n{pbx}",
                wrong.len(),
                wrong.join("\n")
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn metric(&self, name: &str) -> f64 {
        let url = format!("http://{}/metrics", self.server.address);
        let text = actix_web::rt::System::new().block_on(async {
            let mut reply = awc::Client::default().get(&url).send().await.expect("metrics");
            String::from_utf8(reply.body().limit(8 << 20).await.expect("a body").to_vec()).expect("text")
        });
        let value = text.lines().find(|l| l.starts_with(name)).and_then(|l| l.rsplit(' ').next());
        value.unwrap_or_else(|| panic!("no {name} in\n{text}")).parse().expect("a number")
    }
}

#[test]
fn after_twenty_busy_seconds_the_board_shows_exactly_what_the_pbx_does() {
    let floor = Floor::busy(11);
    floor.lives(20);
    floor.is_right_within(Duration::from_secs(2));
    assert!(floor.metric("vigie_ami_events_total") > 2_000.0, "much happened");
    assert!(!floor.board.now().pbx()["suspect"].as_bool().unwrap_or(true), "and nothing odd");
}

#[test]
fn s02_forged_frames_change_no_call() {
    let floor = Floor::busy(15);
    floor.lives(3);
    for kind in [Malformed::ForgedHangup, Malformed::DoubledHeaders, Malformed::NoEvent] {
        floor.pbx.with(move |hub| hub.send_malformed(kind)).expect("a running PBX");
        floor.lives(1);
    }
    floor.is_right_within(Duration::from_secs(5));
}
