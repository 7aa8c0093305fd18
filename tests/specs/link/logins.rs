//! A login that is refused, in all the ways that can be told apart.

use std::time::{Duration, Instant};

use actors::view::LinkPhase;
use vigie::config::Secret;

use crate::support::ami::{Ami, Login};
use crate::support::link::{LinkUnderTest, config};

const SOON: Duration = Duration::from_secs(5);

/// The least time between two of them.
fn least_gap(times: &[Instant]) -> Duration {
    times.windows(2).map(|w| w[1] - w[0]).min().unwrap_or(Duration::MAX)
}

#[actix_web::test]
async fn f20_a_wrong_secret_is_refused_with_words_and_tried_again_ever_more_slowly() {
    let pbx = Ami::start();
    let mut wrong = config(pbx.port);
    wrong.secret = Secret::new("canary-wrong-secret");
    let mut link = LinkUnderTest::start(&wrong);
    link.until("refused", SOON, |l| l.phase() == LinkPhase::Refused).await;
    let view = link.pbx();
    assert!(view.problem.contains("wrong username or secret") && view.problem.contains("permit"), "{view:?}");
    assert_eq!((&*view.problem_slug, view.problem_with.len()), ("login_wrong", 2), "{view:?}");
    assert!(!format!("{view:?}").contains("canary"), "{view:?}");
    assert_eq!(link.alarms("link_refused").len(), 1);
    link.read_for(Duration::from_secs(11)).await;
    let logins = pbx.actions("Login");
    assert_eq!(logins.len(), 2, "the next comes 5 s after the first, then 10 s later");
    assert!(least_gap(&logins) >= Duration::from_secs(5));
    assert_eq!(link.phase(), LinkPhase::Refused, "shown as refused during a retry too");
    assert_eq!(link.pbx().known_since_ms, None, "nothing of it was ever seen");
}

#[actix_web::test]
async fn f20_a_secret_set_right_on_the_pbx_brings_the_link_to_life() {
    let pbx = Ami::start();
    pbx.set(|s| s.login = Login::Refused);
    let mut link = LinkUnderTest::start(&config(pbx.port));
    link.until("refused", SOON, |l| l.phase() == LinkPhase::Refused).await;
    pbx.set(|s| s.login = Login::Checked);
    link.until("live", Duration::from_secs(7), |l| l.phase() == LinkPhase::Live).await;
    assert!(link.alarms("link_refused").is_empty());
    assert!(link.pbx().known_since_ms.is_some());
}

#[actix_web::test]
async fn f20_connections_closed_before_the_banner_are_no_login_and_soon_spaced() {
    let pbx = Ami::start();
    pbx.set(|s| s.login = Login::ClosedAtOnce);
    let mut link = LinkUnderTest::start(&config(pbx.port));
    link.until("refused", Duration::from_secs(12), |l| l.phase() == LinkPhase::Refused).await;
    assert!(link.pbx().problem.contains("authlimit"), "{:?}", link.pbx());
    assert!(pbx.actions("Login").is_empty());
    let so_far = pbx.accepted().len();
    link.read_for(Duration::from_secs(6)).await;
    assert!(pbx.accepted().len() <= so_far + 2, "{so_far} then {}", pbx.accepted().len());
}

#[actix_web::test]
async fn a_port_that_is_not_ami_is_named_as_such() {
    let pbx = Ami::start();
    pbx.set(|s| s.login = Login::Mute);
    let mut link = LinkUnderTest::start(&config(pbx.port));
    link.until("down", Duration::from_secs(7), |l| l.phase() == LinkPhase::Down).await;
    assert!(link.pbx().problem.contains("no AMI banner"), "{:?}", link.pbx());
}

#[actix_web::test]
async fn what_an_account_may_not_ask_is_said_on_the_row() {
    let pbx = Ami::start();
    pbx.set(|s| s.denied = vec!["CoreStatus", "QueueStatus"]);
    let mut link = LinkUnderTest::start(&config(pbx.port));
    link.until("live", SOON, |l| l.phase() == LinkPhase::Live).await;
    let unknown = link.pbx().unknown;
    assert_eq!(unknown.len(), 2, "{unknown:?}");
    assert_eq!(
        (unknown[0].slug, &*unknown[0].with),
        ("may_not_ask", &["CoreStatus".into(), "reporting".into()][..])
    );
    assert!(unknown[0].starts_with("The account may not ask for CoreStatus: a restart"), "{unknown:?}");
    assert!(unknown[0].ends_with("It would need `write = reporting`."), "{unknown:?}");
    let compared = link.pbx().comparison.expect("what may be listed was compared");
    assert!(compared.channels.is_some() && compared.queue_entries.is_none(), "{compared:?}");
}

#[actix_web::test]
async fn a_pbx_that_refuses_every_list_is_said_to_be_compared_with_nothing() {
    let pbx = Ami::start();
    pbx.set(|s| {
        s.denied = vec![
            "CoreShowChannels",
            "Status",
            "BridgeList",
            "QueueStatus",
            "DeviceStateList",
            "PJSIPShowEndpoints",
            "PJSIPShowContacts",
            "PJSIPShowRegistrationsOutbound",
            "SIPpeers",
            "SIPshowregistry",
            "ParkedCalls",
            "ConfbridgeListRooms",
        ];
    });
    let mut link = LinkUnderTest::start(&config(pbx.port));
    link.until("live", SOON, |l| l.phase() == LinkPhase::Live).await;
    let view = link.pbx();
    let compared = view.comparison.expect("an attempt at least");
    assert_eq!((compared.channels, compared.queue_entries, compared.devices), (None, None, None));
    let asked = |said: &&actors::view::Said| said.slug == "may_not_ask" && said.with[0] == "CoreShowChannels";
    let right = view.unknown.iter().find(asked).map(|said| said.with[1].clone());
    assert_eq!(right.as_deref(), Some("reporting"), "{:?}", view.unknown);
}
