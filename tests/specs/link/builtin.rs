//! The link on the built-in PBX: the other half of our own protocol, and floods too large to script.

use std::time::{Duration, Instant};

use actors::ports::LinkChange;
use actors::view::LinkPhase;
use vigie::pbx::{Running, Settings};

use crate::support::link::{LinkUnderTest, config};
use crate::support::server::Server;

const SOON: Duration = Duration::from_secs(5);

async fn live(pbx: &Running) -> LinkUnderTest {
    let mut link = LinkUnderTest::start(&config(pbx.address().port()));
    link.until("a live link", SOON, |l| l.phase() == LinkPhase::Live).await;
    link
}

#[actix_web::test]
async fn the_built_in_pbx_is_listed_whole_and_says_nothing_odd() {
    let pbx = vigie::pbx::start(Settings::default()).unwrap();
    let mut link = live(&pbx).await;
    for (part, listed) in [
        ("channels", link.listed(|l| l.channels.is_some())),
        ("status", link.listed(|l| l.status.is_some())),
        ("bridges", link.listed(|l| l.bridges.is_some())),
        ("queues", link.listed(|l| l.queues.as_ref().is_some_and(|q| !q.is_empty()))),
        ("devices", link.listed(|l| l.devices.as_ref().is_some_and(|d| !d.is_empty()))),
        ("endpoints", link.listed(|l| l.endpoints.is_some())),
        ("contacts", link.listed(|l| l.contacts.is_some())),
        ("registrations", link.listed(|l| l.registrations.as_ref().is_some_and(|r| !r.is_empty()))),
        ("parked", link.listed(|l| l.parked.is_some())),
        ("conferences", link.listed(|l| l.conferences.is_some())),
    ] {
        assert!(listed, "{part}");
    }
    let view = link.pbx();
    assert!(view.epoch > 0 && !view.version.is_empty() && view.unknown.is_empty(), "{view:?}");
    link.until("events", SOON, |l| l.events > 50).await;
    assert!(!link.pbx().suspect);
    assert_eq!(link.counter("stray_answers"), 0);
}

/// In a process of its own, so that no other test's memory is measured.
#[test]
fn f05_a_hundred_megabytes_without_a_line_end_cost_one_megabyte_at_most() {
    let pbx = vigie::pbx::start(Settings::scripted()).unwrap();
    let port = pbx.address().port().to_string();
    let account = [
        ("AMI_HOST", "127.0.0.1"),
        ("AMI_PORT", port.as_str()),
        ("AMI_USERNAME", "vigie"),
        ("AMI_SECRET", "vigie"),
    ];
    let server = Server::start(&account, &[]);
    let wait = |what: &str, so: &dyn Fn() -> bool| {
        let end = Instant::now() + Duration::from_secs(10);
        while !so() {
            assert!(Instant::now() < end, "never: {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let live_after = |connections: f64| {
        server.metric("vigie_ami_connections_total") >= connections
            && server.get("/api/board/pbxs").1.to_string().contains("\"live\"")
            && pbx.with(|hub| hub.clients()).unwrap() == 1
    };
    let passed = || server.metric("vigie_ami_limits_passed_total");
    wait("live", &|| live_after(1.0));
    // The first time shows what the machinery itself costs.
    pbx.with(|hub| hub.send_endless_line(1 << 20)).unwrap();
    wait("the limit to be counted", &|| passed() >= 1.0);
    wait("live again", &|| live_after(2.0));
    let mut before = server.memory_kb();
    // An allocator takes memory in pieces of 2 MB, when it likes: one of four rounds may show one, none of
    // the others more than a megabyte, and all of them together no more than one round might alone.
    let (first, mut pieces) = (before, 0);
    for times in [2.0, 3.0, 4.0, 5.0] {
        pbx.with(|hub| hub.send_endless_line(100 << 20)).unwrap();
        wait("the limit to be counted", &|| passed() >= times);
        wait("live again", &|| live_after(times + 1.0));
        let now = server.memory_kb();
        let (grown, in_all) = (now.saturating_sub(before), now.saturating_sub(first));
        println!("F05: {grown} KB more after 100 MB without a line end");
        pieces += u32::from(grown > 1_024);
        assert!(in_all <= 4_096 && pieces <= 1, "{grown} KB more, {in_all} KB in all");
        before = now;
    }
}

#[actix_web::test]
async fn f17_f18_a_restart_is_a_new_epoch_within_three_seconds_whatever_ids_it_uses() {
    let pbx = vigie::pbx::start(Settings::default()).unwrap();
    let mut link = live(&pbx).await;
    for (in_order, reuse_ids) in [(true, false), (false, true)] {
        let before = link.pbx().epoch;
        pbx.with(move |hub| hub.restart(in_order, reuse_ids)).unwrap();
        let took = link
            .until("the new boot", SOON, |l| l.pbx().epoch > before && l.phase() == LinkPhase::Live)
            .await;
        assert!(took <= Duration::from_secs(3), "{took:?}");
    }
    let epochs = link.changes.iter().filter(|c| matches!(c, LinkChange::Epoch(_))).count();
    assert_eq!(epochs, 3, "{:?}", link.changes);
}

#[actix_web::test]
async fn f19_a_kicked_user_comes_back_at_once_and_to_the_same_epoch() {
    let pbx = vigie::pbx::start(Settings::default()).unwrap();
    let mut link = live(&pbx).await;
    let epoch = link.pbx().epoch;
    pbx.with(|hub| hub.kick_everyone()).unwrap();
    link.until("stale", SOON, |l| l.changes.last() == Some(&LinkChange::Stale)).await;
    let took = link.until("live again", SOON, |l| l.phase() == LinkPhase::Live).await;
    assert!(took <= Duration::from_secs(1), "{took:?}");
    assert_eq!(link.pbx().epoch, epoch);
}
