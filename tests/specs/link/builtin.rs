//! The link on the built-in PBX: the other half of our own protocol, and floods too large to script.

use std::time::Duration;

use actors::ports::{FeedItem, LinkChange};
use actors::view::LinkPhase;
use vigie::pbx::{Running, Settings};

use crate::support::link::{LinkUnderTest, config};

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
    let Some(FeedItem::Listing(listing)) = link.items.first() else { panic!("{:?}", link.items) };
    for (part, listed) in [
        ("channels", listing.channels.is_some()),
        ("status", listing.status.is_some()),
        ("bridges", listing.bridges.is_some()),
        ("queues", listing.queues.as_ref().is_some_and(|q| !q.is_empty())),
        ("devices", listing.devices.as_ref().is_some_and(|d| !d.is_empty())),
        ("endpoints", listing.endpoints.is_some()),
        ("contacts", listing.contacts.is_some()),
        ("registrations", listing.registrations.as_ref().is_some_and(|r| !r.is_empty())),
        ("parked", listing.parked.is_some()),
        ("conferences", listing.conferences.is_some()),
    ] {
        assert!(listed, "{part}");
    }
    let view = link.pbx();
    assert!(view.epoch > 0 && !view.version.is_empty() && view.unknown.is_empty(), "{view:?}");
    link.until("events", SOON, |l| l.events > 50).await;
    assert!(!link.pbx().suspect);
    assert_eq!(link.counter("stray_answers"), 0);
}

#[actix_web::test]
async fn f05_a_hundred_megabytes_without_a_line_end_cost_one_megabyte_at_most() {
    let pbx = vigie::pbx::start(Settings::scripted()).unwrap();
    let mut link = live(&pbx).await;
    pbx.with(|hub| hub.send_endless_line(1 << 20)).unwrap();
    link.until("the limit to be counted", SOON, |l| l.counter("limits_passed") == 1).await;
    link.until("live again", SOON, |l| l.phase() == LinkPhase::Live).await;
    let before = memory_kb();
    pbx.with(|hub| hub.send_endless_line(100 << 20)).unwrap();
    link.until("the limit to be counted", SOON, |l| l.counter("limits_passed") == 2).await;
    let grown = memory_kb().saturating_sub(before);
    assert!(grown <= 1_024, "{grown} KB more");
    link.until("live again", SOON, |l| l.phase() == LinkPhase::Live).await;
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

/// Resident memory of this process.
fn memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).expect("VmRSS");
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number")
}
