//! A connection that ends, is silent, is mad, or answers what was not asked.

use std::time::{Duration, Instant};

use actors::ports::{ActionFailure, AskLink, FeedItem, LinkChange};
use actors::view::LinkPhase;
use asterisk::ami::Action;

use crate::support::ami::{Ami, now};
use crate::support::link::{LinkUnderTest, config};

const SOON: Duration = Duration::from_secs(5);

async fn live(pbx: &Ami) -> LinkUnderTest {
    let mut link = LinkUnderTest::start(&config(pbx.port));
    link.until("a live link", SOON, |l| l.phase() == LinkPhase::Live).await;
    link
}

fn ping() -> Action {
    Action::new("Ping")
}

#[actix_web::test]
async fn a_link_logs_in_lists_compares_and_only_then_is_live() {
    let pbx = Ami::start();
    pbx.set(|s| s.channels = vec!["1.1".into(), "1.2".into()]);
    let link = live(&pbx).await;
    let view = link.pbx();
    assert_eq!((view.version.as_str(), view.epoch), ("Asterisk 22.10.1", 1_795_222_800));
    assert_eq!(view.comparison.as_ref().map(|c| (c.channels, c.differences)), Some((Some(2), 0)));
    assert!(view.clock_offset_ms.is_some_and(|ms| (0..1000).contains(&ms)), "{:?}", view.clock_offset_ms);
    assert!(matches!(link.changes[..], [LinkChange::Epoch(_), LinkChange::Live]), "{:?}", link.changes);
    let login = pbx.texts().into_iter().find(|t| t.starts_with("Action: Login")).unwrap();
    assert!(login.contains("Key: ") && !login.contains("Secret"), "the secret itself is never sent: {login}");
}

#[actix_web::test]
async fn f01_a_closed_link_is_stale_at_once_and_back_within_a_second() {
    let mut pbx = Ami::start();
    let mut link = live(&pbx).await;
    pbx.die();
    let stale = link.until("stale", SOON, |l| l.changes.last() == Some(&LinkChange::Stale)).await;
    assert!(stale < Duration::from_secs(1), "stale after {stale:?}");
    assert_eq!(link.phase(), LinkPhase::Down);
    assert_eq!(link.alarms("link_down").len(), 1);
    let sent = link.send(ping(), SOON).await;
    assert_eq!(sent.unwrap_err(), ActionFailure::LinkDown);
    link.read_for(Duration::from_millis(1500)).await;
    pbx.revive();
    let back = link.until("live again", SOON, |l| l.phase() == LinkPhase::Live).await;
    assert!(back < Duration::from_secs(5), "back after {back:?}");
    assert_eq!(link.changes.last(), Some(&LinkChange::Live));
    assert!(link.alarms("link_down").is_empty());
    assert_eq!(pbx.actions("CoreShowChannels").len(), 3, "compared again");
}

#[actix_web::test]
async fn f01_actions_under_way_fail_at_once_when_the_link_drops() {
    let pbx = Ami::start();
    let mut link = live(&pbx).await;
    pbx.set(|s| s.ignored = vec!["Getvar"]);
    let began = Instant::now();
    let asked = link.send(Action::new("Getvar"), Duration::from_secs(30));
    let close = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        pbx.close();
    };
    let (answer, ()) = tokio::join!(asked, close);
    assert_eq!(answer.unwrap_err(), ActionFailure::LinkLost);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[actix_web::test]
async fn f03_a_peer_that_falls_silent_is_declared_dead_within_four_seconds() {
    let pbx = Ami::start();
    let mut link = live(&pbx).await;
    pbx.set(|s| s.frozen = true);
    let took = link.until("stale", SOON, |l| l.changes.last() == Some(&LinkChange::Stale)).await;
    assert!(took <= Duration::from_secs(4), "{took:?}");
    let problem = link.pbx().problem;
    assert!(problem.contains("a ping was not answered"), "{problem}");
    pbx.set(|s| s.frozen = false);
    link.until("live again", SOON, |l| l.phase() == LinkPhase::Live).await;
}

#[actix_web::test]
async fn f03_a_peer_that_sends_but_answers_no_ping_is_late_and_not_cut_at_once() {
    let pbx = Ami::start();
    let mut link = live(&pbx).await;
    pbx.set(|s| s.ignored = vec!["Ping"]);
    let began = Instant::now();
    while link.phase() == LinkPhase::Live && began.elapsed() < SOON {
        pbx.event(&format!("Event: X\nPrivilege: call,all\nTimestamp: {}", now()));
        link.read_for(Duration::from_millis(100)).await;
    }
    assert_eq!(link.phase(), LinkPhase::Stale, "{:?}", link.pbx());
    assert_eq!(pbx.accepted().len(), 1, "the connection stays");
    assert_eq!(link.changes.last(), Some(&LinkChange::Stale));
}

#[actix_web::test]
async fn f06_a_message_without_end_drops_the_connection_at_once_and_all_is_compared_again() {
    let pbx = Ami::start();
    let mut link = live(&pbx).await;
    let headers: String = (0..100_000).map(|n| format!("H{n}: v\r\n")).collect();
    pbx.send(format!("Event: X\r\nPrivilege: call,all\r\n{headers}"));
    let took = link.until("the limit to be counted", SOON, |l| l.counter("limits_passed") == 1).await;
    assert!(took < Duration::from_secs(1), "{took:?}");
    link.until("live again", SOON, |l| l.phase() == LinkPhase::Live).await;
    assert_eq!(pbx.actions("CoreShowChannels").len(), 3);
}

#[actix_web::test]
async fn f17_f18_another_boot_of_the_pbx_is_another_epoch() {
    let mut pbx = Ami::start();
    let mut link = live(&pbx).await;
    pbx.die();
    pbx.set(|s| s.startup = ("2026-11-21", "01:00:07"));
    pbx.revive();
    let took = link
        .until("live again", SOON, |l| l.phase() == LinkPhase::Live && l.pbx().epoch == 1_795_222_807)
        .await;
    assert!(took <= Duration::from_secs(3), "{took:?}");
    let epochs: Vec<i64> = link
        .changes
        .iter()
        .filter_map(|c| if let LinkChange::Epoch(e) = c { Some(e.0) } else { None })
        .collect();
    assert_eq!(epochs, [1_795_222_800, 1_795_222_807]);
}

#[actix_web::test]
async fn f17_a_pbx_that_is_still_booting_is_not_listed_before_it_says_so() {
    let pbx = Ami::start();
    pbx.set(|s| {
        s.booted = false;
        s.startup = ("1970-01-01", "00:00:00");
    });
    let mut link = LinkUnderTest::start(&config(pbx.port));
    link.read_for(Duration::from_millis(2500)).await;
    assert_eq!(link.phase(), LinkPhase::Syncing);
    assert!(link.pbx().problem.contains("fully booted"), "{:?}", link.pbx());
    assert!(pbx.actions("CoreShowChannels").is_empty());
    pbx.set(|s| s.startup = ("2026-11-21", "01:00:00"));
    pbx.event("Event: FullyBooted\nPrivilege: system,all");
    link.until("a live link", SOON, |l| l.phase() == LinkPhase::Live).await;
}

#[actix_web::test]
async fn f17_an_account_without_the_system_class_learns_of_the_boot_by_asking() {
    let pbx = Ami::start();
    pbx.set(|s| s.booted = false);
    let mut link = LinkUnderTest::start(&config(pbx.port));
    link.until("a live link", SOON, |l| l.phase() == LinkPhase::Live).await;
}

#[actix_web::test]
async fn f19_a_reload_lists_queues_and_devices_again_while_everything_stays_live() {
    let pbx = Ami::start();
    let mut link = live(&pbx).await;
    let changes = link.changes.len();
    link.items.clear();
    for module in ["res_pjsip.so", "app_queue.so", "All"] {
        pbx.event(&format!("Event: Reload\nPrivilege: system,all\nModule: {module}\nStatus: 0"));
    }
    link.until("queues", SOON, |l| l.listed(|l| l.queues.is_some())).await;
    assert!(link.listed(|l| l.devices.is_some()) && !link.listed(|l| l.channels.is_some()));
    link.read_for(Duration::from_secs(2)).await;
    assert_eq!(pbx.actions("QueueStatus").len(), 3, "one listing for many events");
    assert_eq!(link.changes.len(), changes, "never stale: {:?}", link.changes);
}

#[actix_web::test]
async fn f21_an_action_without_an_answer_times_out_alone_and_late_or_double_answers_reach_nobody() {
    let pbx = Ami::start();
    let mut link = live(&pbx).await;
    pbx.set(|s| s.ignored = vec!["Getvar"]);
    let began = Instant::now();
    let lost = link.send(Action::new("Getvar"), Duration::from_millis(300)).await;
    assert_eq!(lost.unwrap_err(), ActionFailure::TimedOut);
    assert!((300..2000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    assert_eq!(link.counter("action_timeouts"), 1);
    pbx.set(|s| {
        s.ignored.clear();
        s.twice = true;
    });
    for n in 0..500 {
        let asked = Action::new("Getvar").header("Variable", format!("N{n}")).unwrap();
        let answer = link.send(asked, SOON).await.unwrap();
        assert_eq!(answer.response.text("Value").as_deref(), Some(format!("N{n}").as_str()));
    }
    link.until("the doubles to be counted", SOON, |l| l.counter("stray_answers") >= 500).await;
}

#[actix_web::test]
async fn f22_a_list_that_is_not_whole_is_never_used() {
    for cut in [false, true] {
        let pbx = Ami::start();
        pbx.set(|s| {
            s.channels = vec!["1.1".into()];
            s.miscount = usize::from(!cut);
            s.cut_lists = cut;
        });
        let mut link = LinkUnderTest::start(&config(pbx.port));
        link.read_for(Duration::from_millis(1500)).await;
        assert!(link.items.is_empty(), "no listing was given out: {:?}", link.items);
        assert!(!link.changes.contains(&LinkChange::Live));
        pbx.set(|s| {
            s.miscount = 0;
            s.cut_lists = false;
        });
        link.until("a live link", SOON, |l| l.phase() == LinkPhase::Live).await;
        let listing = link.items.iter().find_map(|item| match item {
            FeedItem::Listing(listing) => Some(listing),
            _ => None,
        });
        let Some(listing) = listing else { panic!("{:?}", link.items) };
        assert_eq!(listing.channels.as_ref().map(Vec::len), Some(1));
    }
}

#[actix_web::test]
async fn f10_a_malformed_message_makes_the_link_suspect_until_it_was_compared() {
    let pbx = Ami::start();
    let mut link = live(&pbx).await;
    let before = pbx.actions("CoreShowChannels").len();
    pbx.event("CallerIDName: B\nContext: sip\nUniqueid: 2.1\nLinkedid: 2.1");
    link.until("an alarm", SOON, |l| !l.alarms("suspect_link").is_empty()).await;
    let took = link.until("compared again", SOON, |l| l.alarms("suspect_link").is_empty()).await;
    // Just after the first comparison the second waits for its turn.
    assert!(took <= Duration::from_secs(2), "{took:?}");
    assert_eq!(pbx.actions("CoreShowChannels").len(), before + 1);
    assert_eq!(pbx.accepted().len(), 1, "the connection is kept");
    assert_eq!(link.phase(), LinkPhase::Live);
}

#[actix_web::test]
async fn f12_what_is_missing_from_a_listing_is_looked_at_twice() {
    let pbx = Ami::start();
    let mut link = LinkUnderTest::start(&config(pbx.port));
    link.look_again = true;
    link.until("a live link", SOON, |l| l.phase() == LinkPhase::Live).await;
    let of_channels = link.items.iter().filter_map(|item| match item {
        FeedItem::Listing(listing) if listing.channels.is_some() => Some(listing.round),
        _ => None,
    });
    let rounds: Vec<u8> = of_channels.collect();
    assert_eq!(rounds, [1, 1, 2], "taken over, compared, confirmed");
}

#[actix_web::test]
async fn f13_a_doubtful_channel_is_asked_about_alone() {
    let pbx = Ami::start();
    let mut link = live(&pbx).await;
    let channel = AskLink::Channel { uniqueid: "1.7".into(), channel: "SIP/7-00000001".into() };
    link.ask(channel);
    link.until("a probe", SOON, |l| matches!(l.items.last(), Some(FeedItem::Probe(_)))).await;
    let Some(FeedItem::Probe(probe)) = link.items.last() else { panic!() };
    assert!(probe.status.is_none() && probe.uniqueid == "1.7" && probe.asked_at.0 > 0);
    let asked = pbx.texts();
    assert!(asked.last().is_some_and(|t| t.contains("Channel: SIP/7-00000001")), "{asked:?}");
    assert_eq!(pbx.actions("CoreShowChannels").len(), 2, "no full list for one doubt");
}

#[actix_web::test]
async fn f23_a_dead_or_mad_pbx_does_not_disturb_another() {
    let (mut dead, mad, good) = (Ami::start(), Ami::start(), Ami::start());
    let mut well = live(&good).await;
    let (mut one, mut two) = (live(&dead).await, live(&mad).await);
    dead.die();
    mad.send(vec![b'x'; 1 << 20]);
    let run = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..100 {
            let began = Instant::now();
            well.send(ping(), SOON).await.expect("the good one answers");
            slowest = slowest.max(began.elapsed());
        }
        (slowest, well)
    };
    let others = async {
        tokio::join!(
            one.read_for(Duration::from_secs(2)),
            two.until("counted", SOON, |l| l.counter("limits_passed") >= 1)
        )
    };
    let ((slowest, well), _) = tokio::join!(run, others);
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
    assert_eq!(well.phase(), LinkPhase::Live);
    assert_eq!(good.accepted().len(), 1);
}

#[actix_web::test]
async fn a_pbx_whose_events_come_late_is_shown_as_stale_until_they_are_fresh() {
    let pbx = Ami::start();
    let mut link = live(&pbx).await;
    let old: f64 = now().parse::<f64>().unwrap() - 5.0;
    pbx.event(&format!("Event: X\nPrivilege: call,all\nTimestamp: {old:.6}"));
    link.until("stale", SOON, |l| l.phase() == LinkPhase::Stale).await;
    assert_eq!(link.changes.last(), Some(&LinkChange::Stale));
    link.until("live again", SOON, |l| l.phase() == LinkPhase::Live).await;
    assert_eq!(pbx.actions("CoreShowChannels").len(), 2, "nothing was lost, nothing is listed");
}

#[actix_web::test]
async fn a_pbx_that_takes_nothing_from_us_costs_a_bounded_buffer() {
    let pbx = Ami::start();
    let mut link = live(&pbx).await;
    pbx.set(|s| s.frozen = true);
    let big = Action::new("Getvar").header("Variable", "x".repeat(1000)).unwrap();
    let mut failures = Vec::new();
    for _ in 0..1_100 {
        if let Err(e) = link.send(big.clone(), Duration::from_millis(1)).await
            && !failures.contains(&e)
        {
            failures.push(e);
        }
    }
    assert!(failures.contains(&ActionFailure::TimedOut), "{failures:?}");
    assert!(link.until("given up", SOON, |l| l.phase() == LinkPhase::Down).await <= Duration::from_secs(4));
}

#[actix_web::test]
async fn f16_after_we_stood_still_the_link_reads_on_if_the_pbx_kept_it() {
    let pbx = Ami::start();
    let mut link = live(&pbx).await;
    for _ in 0..2 {
        std::thread::sleep(Duration::from_secs(5));
        pbx.event(&format!("Event: X\nPrivilege: call,all\nTimestamp: {}", now()));
        link.read_for(Duration::from_millis(500)).await;
    }
    assert_eq!((pbx.accepted().len(), link.phase()), (1, LinkPhase::Live), "{:?}", link.pbx());
    assert_eq!(link.events, 3, "FullyBooted and what came meanwhile");
}
