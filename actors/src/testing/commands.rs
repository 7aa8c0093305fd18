//! Commands through handle, registry, call and link: what is sent, and what answers.

use std::time::Duration;

use super::differential::settings;
use super::five::alone;
use super::{Channel, Script, TestFloor, channel_event, success};
use crate::command::{
    BadValue, CallAct, ChannelName, Command, ContextName, Destination, Done, Order, Refusal,
};
use crate::keys::{Epoch, PbxName};
use crate::ports::{ActionFailure, FeedItem, LinkChange};
use crate::registry::Contexts;

const PHONE: Channel<'static> = Channel {
    name: "PJSIP/1001-00000001",
    uniqueid: "1.1",
    linkedid: "1.1",
    state: 6,
    number: "1001",
    exten: "1002",
};

fn command(act: CallAct) -> Command {
    Command::channel(ChannelName::parse(PHONE.name).unwrap(), act)
}

fn hangup() -> Command {
    command(CallAct::Hangup { cause: 16 })
}

fn transfer(context: Option<&str>) -> Command {
    command(CallAct::Transfer {
        destination: Destination::parse("1003").unwrap(),
        context: context.map(|c| ContextName::parse(c).unwrap()),
    })
}

fn contexts() -> Contexts {
    Contexts {
        default: Some(ContextName::parse("from-phones").unwrap()),
        allowed: vec![ContextName::parse("internal").unwrap()],
    }
}

/// One live call of one phone.
async fn floor(script: Script) -> TestFloor {
    let floor = TestFloor::start_with(settings(), contexts(), script);
    floor.feed(FeedItem::Link(LinkChange::Epoch(Epoch(1))));
    floor.event(channel_event("Newchannel", 1_000, &PHONE, &[]));
    floor.settled().await;
    floor
}

fn says(answer: Result<(), ActionFailure>) -> Script {
    Box::new(move |_| Some(answer.clone().map(|()| success())))
}

fn ask(floor: &TestFloor, command: Command) -> tokio::task::JoinHandle<Result<Done, Refusal>> {
    let registry = floor.registry.clone();
    actix::spawn(async move { registry.command(command).await })
}

fn hung_up(at_ms: i64) -> asterisk::ami::Message {
    channel_event("Hangup", at_ms, &PHONE, &[("Cause", "16"), ("Cause-txt", "Normal Clearing")])
}

#[test]
fn a_hangup_is_done_when_the_hangup_is_seen_and_not_when_it_is_answered() {
    alone(|| async {
        let floor = floor(says(Ok(()))).await;
        let asked = ask(&floor, hangup());
        floor.settled().await;
        assert!(!asked.is_finished(), "the PBX said Success, but no event shows it");
        let sent = floor.sent.borrow().actions.clone();
        assert_eq!(sent.len(), 1);
        assert!(sent[0].starts_with("Action: Hangup\r\n"), "{sent:?}");
        assert!(sent[0].contains("Channel: PJSIP/1001-00000001\r\nCause: 16\r\n"), "{sent:?}");
        floor.event(hung_up(3_000));
        assert_eq!(asked.await.unwrap(), Ok(Done::of("hangup")));
    });
}

#[test]
fn a_second_hangup_of_a_channel_being_hung_up_is_a_quiet_success_and_sent_once() {
    alone(|| async {
        let floor = floor(says(Ok(()))).await;
        let (first, second) = (ask(&floor, hangup()), ask(&floor, hangup()));
        floor.settled().await;
        floor.event(hung_up(3_000));
        assert_eq!(first.await.unwrap(), Ok(Done::of("hangup")));
        assert_eq!(second.await.unwrap(), Ok(Done::of("hangup")));
        assert_eq!(floor.sent.borrow().actions.len(), 1);
        floor.settled().await;
        assert_eq!(ask(&floor, hangup()).await.unwrap(), Err(Refusal::NoSuchChannel));
    });
}

#[test]
fn a_transfer_is_done_when_the_channel_runs_the_new_extension() {
    alone(|| async {
        let floor = floor(says(Ok(()))).await;
        let asked = ask(&floor, transfer(None));
        floor.settled().await;
        let sent = floor.sent.borrow().actions[0].clone();
        assert!(sent.contains("Context: from-phones\r\nExten: 1003\r\nPriority: 1\r\n"), "{sent}");
        assert!(!asked.is_finished());
        let moved = Channel { exten: "1003", ..PHONE };
        let more = [("Extension", "1003"), ("Application", "Dial"), ("AppData", "PJSIP/1003")];
        floor.event(channel_event("Newexten", 3_000, &moved, &more));
        assert_eq!(asked.await.unwrap(), Ok(Done::of("redirected")));
    });
}

/// Where the new extension is one application at priority 1, Asterisk shows nothing but the way there.
#[test]
fn a_transfer_is_done_when_the_channel_outlives_its_way() {
    let dials = |to: &'static str| {
        (
            Channel { exten: to, ..PHONE },
            [("Extension", to), ("Application", "Dial"), ("AppData", "PJSIP/1002")],
        )
    };
    for gone in [false, true] {
        alone(move || async move {
            let floor = floor(says(Ok(()))).await;
            let (before, more) = dials("1002");
            floor.event(channel_event("Newexten", 2_500, &before, &more));
            floor.settled().await;
            let asked = ask(&floor, transfer(None));
            floor.settled().await;
            let (sent, more) = dials("1003");
            floor.event(channel_event("Newexten", 3_000, &sent, &more));
            if gone {
                floor.event(channel_event("Hangup", 3_010, &sent, &[("Cause", "1")]));
            }
            let began = tokio::time::Instant::now();
            let answer = asked.await.unwrap();
            assert!(began.elapsed() < Duration::from_secs(3), "long before it would be told as timed out");
            match answer {
                Ok(done) => assert!(!gone && done == Done::of("redirected")),
                Err(refusal) => assert!(
                    gone && matches!(&refusal, Refusal::Pbx(words) if words.contains("cause 1")),
                    "{refusal:?}"
                ),
            }
        });
    }
}

#[test]
fn a_transfer_goes_only_to_contexts_that_are_allowed() {
    alone(|| async {
        let floor = floor(says(Ok(()))).await;
        let refused = ask(&floor, transfer(Some("macro-evil"))).await.unwrap();
        assert!(
            matches!(refused, Err(Refusal::NotAllowed(BadValue { field: "context", .. }))),
            "{refused:?}"
        );
        assert!(floor.sent.borrow().actions.is_empty());
        let _allowed = ask(&floor, transfer(Some("internal")));
        floor.settled().await;
        assert!(floor.sent.borrow().actions[0].contains("Context: internal\r\n"));
    });
}

#[test]
fn without_a_configured_context_a_transfer_goes_where_the_phones_of_the_call_dial() {
    alone(|| async {
        let floor = TestFloor::start_with(settings(), Contexts::default(), says(Ok(())));
        floor.feed(FeedItem::Link(LinkChange::Epoch(Epoch(1))));
        let trunk = Channel { name: "PJSIP/trunk-a-00000007", uniqueid: "1.7", linkedid: "1.7", ..PHONE };
        floor.event(channel_event("Newchannel", 1_000, &trunk, &[]));
        floor.settled().await;
        let outsider = || match transfer(None).order {
            Order::Channel(_, act) => Command::channel(ChannelName::parse(trunk.name).unwrap(), act),
            other => unreachable!("{other:?}"),
        };
        let refused = ask(&floor, outsider()).await.unwrap();
        assert!(
            matches!(refused, Err(Refusal::NotAllowed(BadValue { field: "context", .. }))),
            "{refused:?}"
        );
        floor.event(channel_event("Newchannel", 2_000, &Channel { linkedid: "1.7", ..PHONE }, &[]));
        floor.settled().await;
        let _accepted = ask(&floor, outsider());
        floor.settled().await;
        assert!(
            floor.sent.borrow().actions[0]
                .contains("Channel: PJSIP/trunk-a-00000007\r\nContext: from-phones\r\n")
        );
    });
}

#[test]
fn what_the_pbx_refuses_is_refused_in_its_words() {
    alone(|| async {
        let floor = floor(says(Err(ActionFailure::Refused("Permission denied".into())))).await;
        let (first, second) = (ask(&floor, hangup()), ask(&floor, hangup()));
        assert_eq!(first.await.unwrap(), Err(Refusal::Pbx("Permission denied".into())));
        assert_eq!(second.await.unwrap(), Err(Refusal::Pbx("Permission denied".into())));
        for (failure, refusal) in [
            (ActionFailure::LinkDown, Refusal::LinkDown),
            (ActionFailure::Busy, Refusal::Busy),
            (ActionFailure::TimedOut, Refusal::TimedOut),
        ] {
            let floor = self::floor(says(Err(failure))).await;
            assert_eq!(ask(&floor, hangup()).await.unwrap(), Err(refusal));
        }
    });
}

#[test]
fn f21_a_command_whose_event_never_comes_times_out() {
    alone(|| async {
        for script in [says(Ok(())), Box::new(|_: &str| None) as Script] {
            let floor = floor(script).await;
            let began = tokio::time::Instant::now();
            assert_eq!(ask(&floor, hangup()).await.unwrap(), Err(Refusal::TimedOut));
            assert!(began.elapsed() <= Duration::from_secs(6), "{:?}", began.elapsed());
        }
    });
}

#[test]
fn f01_a_command_while_the_link_is_down_is_refused_at_once() {
    alone(|| async {
        let floor = floor(says(Ok(()))).await;
        floor.feed(FeedItem::Link(LinkChange::Stale));
        floor.settled().await;
        assert_eq!(ask(&floor, hangup()).await.unwrap(), Err(Refusal::LinkDown));
        assert!(floor.sent.borrow().actions.is_empty());
    });
}

#[test]
fn a_phone_that_only_rings_is_not_transferred() {
    alone(|| async {
        let floor = TestFloor::start_with(settings(), contexts(), says(Ok(())));
        floor.feed(FeedItem::Link(LinkChange::Epoch(Epoch(1))));
        floor.event(channel_event("Newchannel", 1_000, &Channel { state: 5, ..PHONE }, &[]));
        floor.settled().await;
        let refused = ask(&floor, transfer(None)).await.unwrap();
        assert!(matches!(refused, Err(Refusal::State("not_answered", _))), "{refused:?}");
        assert!(floor.sent.borrow().actions.is_empty());
    });
}

#[test]
fn a_command_waiting_on_a_call_survives_a_panic_of_that_call() {
    alone(|| async {
        let floor = floor(says(Ok(()))).await;
        let asked = ask(&floor, hangup());
        floor.settled().await;
        let set = crate::supervision::fault::set("panic:call:Hangup@~1.1#1").unwrap();
        floor.event(hung_up(3_000));
        assert_eq!(asked.await.unwrap(), Ok(Done::of("hangup")));
        assert_eq!(set.left(), Some(0));
    });
}

#[test]
fn with_the_same_channel_name_on_two_pbxs_the_command_must_say_which() {
    alone(|| async {
        let one = floor(says(Ok(()))).await;
        let two = floor(says(Ok(()))).await;
        one.registry.add(PbxName("other".into()), two.actors.registry.clone());
        assert_eq!(ask(&one, hangup()).await.unwrap(), Err(Refusal::Ambiguous));
        let asked = ask(&one, Command { pbx: Some(PbxName("other".into())), ..hangup() });
        one.settled().await;
        two.event(hung_up(3_000));
        assert_eq!(asked.await.unwrap(), Ok(Done::of("hangup")));
        assert!(one.sent.borrow().actions.is_empty() && two.sent.borrow().actions.len() == 1);
        let nowhere = Command { pbx: Some(PbxName("nowhere".into())), ..hangup() };
        assert_eq!(ask(&one, nowhere).await.unwrap(), Err(Refusal::NoSuchChannel));
    });
}

#[test]
fn s20_s09_a_transfer_passes_the_rules_of_numbers() {
    alone(|| async {
        let floor = floor(says(Ok(()))).await;
        let to = |typed: &str| {
            let destination = Destination::parse(typed).unwrap();
            ask(&floor, command(CallAct::Transfer { destination, context: None }))
        };
        for (typed, slug) in [
            ("0899123456", "number_denied"),
            ("+33 8 99 12 34 56", "number_denied"),
            ("118218", "number_denied"),
            ("0033899123456", "number_denied"),
            ("tel:+33899123456;ext=1", "number_denied"),
            ("+442071234567", "number_not_allowed"),
        ] {
            let refused = to(typed).await.unwrap();
            assert!(matches!(refused, Err(Refusal::State(name, _)) if name == slug), "{typed}: {refused:?}");
        }
        for typed in ["ivr", "s", "0612345678-", "+", "061234567"] {
            let refused = to(typed).await.unwrap();
            let field = "destination";
            assert!(
                matches!(&refused, Err(Refusal::NotAllowed(bad)) if bad.field == field),
                "{typed}: {refused:?}"
            );
        }
        assert!(floor.sent.borrow().actions.is_empty(), "none of them reached the PBX");
        let _asked = (to("+33 6 12 34 56 78"), to("112"));
        floor.settled().await;
        let sent = floor.sent.borrow().actions.clone();
        assert!(sent.iter().any(|s| s.contains("Exten: 0612345678\r\n")), "{sent:?}");
        assert!(sent.iter().any(|s| s.contains("Exten: 112\r\n")), "{sent:?}");
    });
}
