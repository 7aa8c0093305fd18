//! The machine on a clock of its own: no socket, no waiting.

use super::*;

fn ms(n: u64) -> At {
    At::from_millis(n)
}

fn said(text: &str) -> Said {
    Said::new("test", [], text)
}

/// Logged in and live since `now`.
fn live(now: At) -> Machine {
    let mut m = Machine::new(now);
    m.tick(now);
    m.opened(now);
    m.banner(now);
    m.challenged(now, Ok("1".into()));
    m.logged_in(now, Ok(()));
    m.fully_booted(now);
    m.synced(now);
    let todo = m.take_todo();
    assert_eq!(
        todo,
        [Do::Open, Do::Challenge, Do::Login("1".into()), Do::Sync, Do::TellLive],
        "the whole way up"
    );
    assert_eq!(m.phase(), LinkPhase::Live);
    m
}

/// Ticks at each of its own deadlines until one of its orders is `wanted`; when that was.
fn tick_until(m: &mut Machine, wanted: &Do) -> At {
    for _ in 0..100 {
        let now = m.next_deadline();
        m.tick(now);
        if m.take_todo().contains(wanted) {
            return now;
        }
    }
    panic!("never {wanted:?}");
}

#[test]
fn f01_a_lost_link_is_retried_at_least_every_second_for_as_long_as_it_takes() {
    let mut m = live(ms(0));
    m.lost(ms(1_000), said("closed"));
    assert_eq!(m.take_todo(), [Do::Close, Do::TellStale]);
    let mut before = ms(1_000);
    for _ in 0..1_000 {
        let open = tick_until(&mut m, &Do::Open);
        assert!(open - before < ms(1_000), "{before:?} then {open:?}");
        assert_eq!(m.phase(), LinkPhase::Down, "shown as down during a retry too");
        m.lost(open, said("refused"));
        before = open;
    }
    assert_eq!(m.since(), ms(1_000), "down since it was lost, not since the last retry");
}

#[test]
fn a_link_that_breaks_after_each_login_is_tried_again_once_a_second() {
    let again = |m: &mut Machine| {
        let open = tick_until(m, &Do::Open);
        m.opened(open);
        m.banner(open);
        m.challenged(open, Ok("1".into()));
        m.logged_in(open, Ok(()));
        m.fully_booted(open);
        m.take_todo();
        open
    };
    let mut m = live(ms(0));
    let mut waits = Vec::new();
    let mut now = ms(1_000);
    for _ in 0..5 {
        m.lost(now, said("closed"));
        let open = again(&mut m);
        waits.push((open - now).as_millis());
        now = open + ms(20);
    }
    assert_eq!(waits, [100, 900, 900, 900, 900]);
    now += ms(10_000);
    m.synced(now);
    m.lost(now, said("closed"));
    assert_eq!(again(&mut m) - now, ms(100), "a link that held for ten seconds is tried at once again");
}

#[test]
fn f01_a_lost_syn_is_sent_anew_within_a_second() {
    let mut m = Machine::new(ms(0));
    assert_eq!(tick_until(&mut m, &Do::Open), ms(0));
    assert_eq!(tick_until(&mut m, &Do::Close), ms(900));
    assert_eq!(tick_until(&mut m, &Do::Open), ms(1_700));
}

#[test]
fn f03_silence_is_a_dead_link_within_four_seconds_whenever_it_begins() {
    for silent_from in (0..10_000).step_by(10) {
        let silent_from = ms(silent_from);
        let mut m = live(ms(0));
        let dead = loop {
            let now = m.next_deadline();
            m.tick(now);
            let todo = m.take_todo();
            if todo.contains(&Do::Close) {
                break now;
            }
            // Answered at once as long as the peer lives.
            if todo.contains(&Do::Ping) && now < silent_from {
                m.read(now);
                m.pong(now);
            }
        };
        assert!(dead - silent_from <= ms(4_000), "silent from {silent_from:?}, dead at {dead:?}");
        assert_eq!(m.phase(), LinkPhase::Down);
    }
}

#[test]
fn f03_a_peer_with_a_backlog_is_late_for_ten_seconds_before_it_is_given_up() {
    let mut m = live(ms(0));
    let ping = tick_until(&mut m, &Do::Ping);
    let (mut stale, mut now) = (None, ping);
    let dead = loop {
        now += ms(100);
        m.read(now);
        m.tick(now);
        let todo = m.take_todo();
        if todo.contains(&Do::TellStale) && stale.is_none() {
            stale = Some(now);
        }
        if todo.contains(&Do::Close) {
            break now;
        }
    };
    assert_eq!((stale, dead), (Some(ping + ms(1_900)), ping + ms(10_000)));
}

#[test]
fn f16_time_in_which_we_stood_still_is_not_the_silence_of_the_pbx() {
    let mut m = live(ms(0));
    let ping = tick_until(&mut m, &Do::Ping);
    m.stood_still(ms(30_000));
    let now = ping + ms(31_000);
    m.tick(now);
    assert_eq!(m.take_todo(), [], "what it sent meanwhile is read first");
    m.read(now);
    m.pong(now);
    assert_eq!(m.phase(), LinkPhase::Live);
    m.stood_still(ms(0));
    let silent = tick_until(&mut m, &Do::Close);
    assert!(silent - now <= ms(4_000), "{silent:?}");
}

#[test]
fn f20_a_refused_login_backs_off_to_thirty_seconds() {
    let mut m = Machine::new(ms(0));
    let mut gaps = Vec::new();
    let mut before = tick_until(&mut m, &Do::Open);
    for _ in 0..7 {
        m.opened(before);
        m.banner(before);
        m.challenged(before, Ok("1".into()));
        m.logged_in(before, Err(said("Authentication failed")));
        assert_eq!(m.phase(), LinkPhase::Refused);
        m.take_todo();
        let open = tick_until(&mut m, &Do::Open);
        gaps.push((open - before).as_secs());
        before = open;
    }
    assert_eq!(gaps, [5, 10, 20, 30, 30, 30, 30]);
}

#[test]
fn f20_a_pbx_that_is_down_between_two_refusals_is_no_way_around_the_back_off() {
    let mut m = Machine::new(ms(0));
    let open = tick_until(&mut m, &Do::Open);
    m.opened(open);
    m.banner(open);
    m.challenged(open, Err(said("Permission denied")));
    m.take_todo();
    assert_eq!(tick_until(&mut m, &Do::Open), ms(5_000));
    m.lost(ms(5_000), said("connection refused"));
    assert_eq!(m.phase(), LinkPhase::Refused, "still the reason to show");
}

#[test]
fn a_login_that_is_never_answered_is_given_up_after_five_seconds() {
    let mut m = Machine::new(ms(0));
    tick_until(&mut m, &Do::Open);
    m.opened(ms(100));
    m.banner(ms(4_000));
    assert_eq!(tick_until(&mut m, &Do::Close), ms(5_100));
    assert_eq!(m.phase(), LinkPhase::Down);
}

#[test]
fn f17_while_the_pbx_boots_it_is_asked_each_second_and_believed_only_when_it_says_so() {
    let mut m = Machine::new(ms(0));
    m.tick(ms(0));
    m.opened(ms(0));
    m.banner(ms(0));
    m.challenged(ms(0), Ok("1".into()));
    m.logged_in(ms(0), Ok(()));
    m.take_todo();
    assert_eq!(tick_until(&mut m, &Do::AskBooted), ms(1_000));
    m.boot_status(ms(1_001), Some(false));
    assert_eq!(m.take_todo(), []);
    m.boot_status(ms(4_999), None);
    assert_eq!(m.take_todo(), [], "an account that may not ask waits for the event for a while");
    m.boot_status(ms(5_000), None);
    assert_eq!(m.take_todo(), [Do::Sync]);
}

#[test]
fn what_happens_in_the_wrong_state_changes_nothing() {
    let mut m = Machine::new(ms(0));
    m.opened(ms(1));
    m.banner(ms(1));
    m.challenged(ms(1), Ok("1".into()));
    m.logged_in(ms(1), Ok(()));
    m.synced(ms(1));
    m.pong(ms(1));
    m.boot_status(ms(1), Some(true));
    m.lost(ms(1), said("x"));
    assert!(!m.doubt(ms(1), said("x")));
    assert_eq!((m.take_todo(), m.phase()), (Vec::new(), LinkPhase::Connecting));
}
