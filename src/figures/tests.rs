//! Days counted by hand.

use actors::view::{Activity, Availability, QueueOutcome};
use jiff::civil::date;

use super::*;

const S: i64 = 1_000_000;
const H: i64 = 3_600 * S;

fn paris(start: &str) -> Calendar {
    Calendar::new("Europe/Paris", start).expect("a zone")
}

fn at(calendar: &Calendar, local: &str) -> i64 {
    calendar.parse(local, false).expect("a time")
}

fn stay(joined: i64, waited: i64, outcome: QueueOutcome) -> Happened {
    Happened::Stay(Stay {
        pbx: "a".into(),
        epoch: 1,
        linkedid: format!("{joined}.1"),
        uniqueid: format!("{joined}.1"),
        queue: "support".into(),
        joined,
        left: joined + waited,
        outcome,
        agent: (outcome == QueueOutcome::Answered).then(|| "PJSIP/1001".into()),
        met: false,
    })
}

/// Rung `waited` after the caller came, and answered then.
fn contact(joined: i64, waited: i64, talk: i64, hold: i64) -> Contact {
    Contact {
        pbx: "a".into(),
        epoch: 1,
        linkedid: format!("{joined}.1"),
        uniqueid: format!("{joined}.2"),
        endpoint: "PJSIP/1001".into(),
        queue: Some("support".into()),
        arrived: joined,
        started: joined + waited,
        answered: Some(joined + waited),
        ended: joined + waited + talk + hold,
        talk,
        hold,
        holds: i16::from(hold > 0),
        consult: 0,
        transferred: false,
        missed: false,
        met: false,
    }
}

fn watched(at: i64, run: i64, on: bool) -> Happened {
    Happened::Watched { pbx: "a".into(), run, at, on }
}

fn is(at: i64, availability: Availability, reason: &str) -> Happened {
    let reason = (!reason.is_empty()).then(|| reason.to_owned());
    Happened::Availability { pbx: "a".into(), endpoint: "PJSIP/1001".into(), at, availability, reason }
}

fn does(at: i64, activity: Activity) -> Happened {
    let queue = (activity != Activity::Idle).then(|| "support".to_owned());
    let (arrived, ends) = (None, None);
    Happened::Activity { pbx: "a".into(), endpoint: "PJSIP/1001".into(), at, activity, queue, arrived, ends }
}

fn member(at: i64, member: bool) -> Happened {
    Happened::Membership {
        pbx: "a".into(),
        queue: "support".into(),
        endpoint: "PJSIP/1001".into(),
        at,
        member,
    }
}

fn place(name: &str) -> Place {
    ("a".into(), name.into())
}

struct Counted(Report);

impl Counted {
    fn of(period: Period, charge: Charge, happened: &[Happened]) -> Self {
        let mut book = Book::new(period, Rules::default(), charge);
        happened.iter().for_each(|happened| book.take(happened));
        Self(book.report(period.to))
    }

    fn queue(&self, name: &str) -> Figure {
        self.0.queues[&place("support")].figure(formula(name).expect("a figure of that name"))
    }

    /// Numerator and denominator.
    fn share(&self, name: &str) -> (i64, i64) {
        let figure = self.queue(name);
        (figure.numerator, figure.denominator.expect("it has a denominator"))
    }

    fn count(&self, name: &str) -> i64 {
        self.queue(name).numerator
    }

    fn agent(&self) -> &AgentDay {
        &self.0.agents[&place("PJSIP/1001")]
    }

    /// Hours in that state.
    fn hours(&self, state: &str) -> f64 {
        let ms: i64 = self.agent().states.iter().filter(|s| s.state.state == state).map(|s| s.ms).sum();
        ms as f64 / 3_600_000.0
    }
}

/// Ten callers: answered after 2, 10, 20 and 40 s; gave up after 3, 8 and 60 s; time-out after 90 s; left by
/// a key after 15 s; not let in. Threshold 20 s, short under 5 s.
fn ten(from: i64) -> Vec<Happened> {
    use QueueOutcome::{Abandoned, Answered, Full, Other, Timeout};
    let callers = [
        (2, Answered),
        (10, Answered),
        (20, Answered),
        (40, Answered),
        (3, Abandoned),
        (8, Abandoned),
        (60, Abandoned),
        (90, Timeout),
        (15, Other),
        (0, Full),
    ];
    let each = callers.iter().enumerate();
    each.map(|(n, (waited, outcome))| stay(from + n as i64 * 100 * S, waited * S, *outcome)).collect()
}

#[test]
fn a_morning_counted_by_hand_by_every_family_of_formulas() {
    let calendar = paris("00:00");
    let day = calendar.day(date(2026, 6, 1)).expect("a day");
    let mut happened = ten(day.from + 9 * H);
    // of the four answered: talk 100, 200, 300, 400 s; the last held 50 s and was transferred; one rang in vain before
    for (n, (waited, talk, hold)) in
        [(2, 100, 0), (10, 200, 0), (20, 300, 0), (40, 400, 50)].into_iter().enumerate()
    {
        let leg = contact(day.from + 9 * H + n as i64 * 100 * S, waited * S, talk * S, hold * S);
        happened.push(Happened::Contact(Contact { transferred: n == 3, ..leg }));
    }
    let rang = contact(day.from + 9 * H, S, 0, 0);
    happened.push(Happened::Contact(Contact {
        uniqueid: "9.9".into(),
        answered: None,
        missed: true,
        ..rang
    }));
    let (arrived, since) = (day.from + 9 * H, day.from + 9 * H + 102 * S);
    happened.push(Happened::WrapUp(WrapUp {
        pbx: "a".into(),
        endpoint: "PJSIP/1001".into(),
        queue: "support".into(),
        arrived,
        since,
        until: since + 30 * S,
    }));
    let counted = Counted::of(day, Charge::Arrival, &happened);
    let counts = [
        "offered",
        "answered",
        "answered_in_time",
        "abandoned",
        "short_abandoned",
        "timeouts",
        "flow_outs",
        "refused",
    ];
    assert_eq!(counts.map(|name| counted.count(name)), [9, 4, 3, 2, 1, 1, 2, 1]);
    let shares = [
        ("service_level", (3, 6)), // 4 answered + 2 abandoned
        ("genesys_service_level", (3, 7)),
        ("genesys_service_level_flow_outs", (3, 9)),
        ("genesys_service_level_no_short", (3, 8)),
        ("wazo_service_level", (3, 4)),
        ("wazo_answer_rate", (4, 10)),
        ("twilio_service_level", (3, 9)),
        ("amazon_abandon_rate", (3, 9)),
        ("asterisk_service_level", (3, 4)),
        ("asterisk_service_level_2", (5, 7)), // 3 + the two who gave up after 3 and 8 s, of 4 + 3
        ("abandon_rate", (2, 9)),
        ("answer_rate", (4, 9)),
        ("transfer_rate", (1, 4)),
        ("hold_rate", (1, 4)),
        ("rona_rate", (1, 5)),
        ("asa", (72_000, 4)),
        ("aht", (1_000_000 + 50_000 + 30_000, 4)),
        ("abandon_wait", (68_000, 2)),
    ];
    for (name, share) in shares {
        assert_eq!(counted.share(name), share, "{name}");
    }
    assert_eq!(counted.queue("service_level").value, Some(0.5));
    assert_eq!(counted.queue("asa").value, Some(18_000.0));
    assert_eq!(counted.queue("aht").value, Some(270_000.0));
    let sums = &counted.0.queues[&place("support")];
    assert_eq!(sums.longest_wait_ms(), 90_000);
    // 2, then (3*2+10)/4 = 4, (3*4+20)/4 = 8, (3*8+40)/4 = 16: no mean, which is 18
    assert_eq!(sums.hold_time_s(), Some(16));
}

#[test]
fn an_empty_denominator_is_no_number() {
    let day = paris("00:00").day(date(2026, 6, 1)).expect("a day");
    let counted = Counted::of(day, Charge::Arrival, &[stay(day.from, 0, QueueOutcome::Full)]);
    for name in ["service_level", "asa", "aht", "occupancy", "abandon_rate", "asterisk_service_level"] {
        assert_eq!(counted.queue(name).value, None, "{name}");
    }
    assert_eq!(counted.queue("offered").value, Some(0.0));
}

#[test]
fn l36_a_day_has_23_hours_when_the_clocks_go_forward_and_25_when_they_go_back() {
    for (day, hours) in [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)] {
        let calendar = paris("00:00");
        let period = calendar.day(day).expect("a day");
        assert_eq!(period.to - period.from, hours * H, "{day}");
        // logged in all day, one hour of lunch; who counts local hours is an hour off
        let happened = [
            watched(period.from - H, 1, true),
            is(period.from - H, Availability::Available, ""),
            does(period.from - H, Activity::Idle),
            is(period.from + 12 * H, Availability::Paused, "lunch"),
            is(period.from + 13 * H, Availability::Available, ""),
        ];
        let counted = Counted::of(period, Charge::Arrival, &happened);
        assert_eq!(counted.hours("available"), (hours - 1) as f64, "{day}");
        assert_eq!((counted.hours("paused"), counted.agent().unknown_ms), (1.0, 0), "{day}");
        // a caller a minute before the day, at its first instant, in its last minute, and at the next one's
        let callers = [period.from - 60 * S, period.from, period.to - 60 * S, period.to];
        let callers = callers.map(|joined| stay(joined, S, QueueOutcome::Answered));
        assert_eq!(Counted::of(period, Charge::Arrival, &callers).count("offered"), 2, "{day}");
    }
}

#[test]
fn l36_the_hour_that_the_clocks_show_twice_is_in_one_day_once() {
    let calendar = paris("02:30");
    let (before, after) = (date(2026, 10, 24), date(2026, 10, 25));
    let (before, after) = (calendar.day(before).expect("a day"), calendar.day(after).expect("a day"));
    // the day begins at the first of the two half past two: 00:30 UTC
    assert_eq!((before.to, after.from), (after.from, at(&calendar, "2026-10-25T00:30:00Z")));
    assert_eq!((before.to - before.from, after.to - after.from), (24 * H, 25 * H));
    for (instant, day) in
        [("2026-10-25T00:29:59Z", 24), ("2026-10-25T00:30:00Z", 25), ("2026-10-25T01:15:00Z", 25)]
    {
        assert_eq!(calendar.day_at(at(&calendar, instant)), Some(date(2026, 10, day)), "{instant}");
    }
    // and in spring half past two does not exist: that day begins at half past three
    let spring = calendar.day(date(2026, 3, 29)).expect("a day");
    assert_eq!(spring.from, at(&calendar, "2026-03-29T01:30:00Z"));
    assert_eq!(calendar.days(Period { from: before.from, to: after.to }).len(), 2);
}

#[test]
fn a_call_across_midnight_is_of_the_day_it_came_or_of_the_day_it_ended_as_asked() {
    let calendar = paris("00:00");
    let (first, second) = (calendar.day(date(2026, 3, 28)), calendar.day(date(2026, 3, 29)));
    let (first, second) = (first.expect("a day"), second.expect("a day"));
    // came 30 s before midnight, waited 40 s, talked 60 s, wrapped up 20 s
    let joined = first.to - 30 * S;
    let over = joined + 100 * S;
    let wrap_up = WrapUp {
        pbx: "a".into(),
        endpoint: "PJSIP/1001".into(),
        queue: "support".into(),
        arrived: joined,
        since: over,
        until: over + 20 * S,
    };
    let happened = [
        stay(joined, 40 * S, QueueOutcome::Answered),
        Happened::Contact(contact(joined, 40 * S, 60 * S, 0)),
        Happened::WrapUp(wrap_up),
    ];
    for (period, charge, n) in [
        (first, Charge::Arrival, 1),
        (second, Charge::Arrival, 0),
        (first, Charge::End, 0),
        (second, Charge::End, 1),
    ] {
        let counted = Counted::of(period, charge, &happened);
        if n == 0 {
            assert!(counted.0.queues.is_empty(), "{charge:?}");
        } else {
            assert_eq!((counted.count("offered"), counted.count("handled")), (1, 1), "{charge:?}");
            assert_eq!(counted.share("aht"), (80_000, 1), "talk and wrap-up stay together: {charge:?}");
        }
    }
}

#[test]
fn an_agents_states_are_cut_at_the_edges_of_the_period() {
    let calendar = paris("08:00");
    let period = calendar.day(date(2026, 6, 1)).expect("a day");
    let nine = period.from + H;
    let happened = [
        watched(period.from - 5 * H, 1, true),
        member(period.from - 5 * H, true),
        is(period.from - 5 * H, Availability::Available, ""),
        does(period.from - 5 * H, Activity::Idle),
        does(period.from - 60 * S, Activity::OnCall), // a call over the day's start
        does(period.from + 60 * S, Activity::WrapUp),
        does(period.from + 90 * S, Activity::Idle),
        does(nine, Activity::Ringing),
        does(nine + 5 * S, Activity::OnCall),
        does(nine + 65 * S, Activity::OnHold),
        does(nine + 95 * S, Activity::OnCall),
        does(nine + 120 * S, Activity::Idle),
        is(nine + 120 * S, Availability::Paused, "lunch"),
        is(nine + 1_000 * S, Availability::Paused, "meeting"),
        is(nine + 1_300 * S, Availability::LoggedOut, ""),
        member(nine + 1_300 * S, false),
        does(nine + 1_400 * S, Activity::Unreachable), // his phone is off: nobody looks for it
    ];
    let counted = Counted::of(period, Charge::Arrival, &happened);
    let day = counted.agent();
    let ms = |state: &str, reason: Option<&str>| {
        let found = day.states.iter().find(|s| s.state.state == state && s.state.reason.as_deref() == reason);
        found.map_or(0, |s| s.ms)
    };
    assert_eq!(ms("on_call", None), 60_000 + 60_000 + 25_000);
    assert_eq!((ms("on_hold", None), ms("wrap_up", None), ms("ringing", None)), (30_000, 30_000, 5_000));
    assert_eq!((ms("paused", Some("lunch")), ms("paused", Some("meeting"))), (880_000, 300_000), "L32");
    let idle = 3_600_000 - 90_000;
    assert_eq!(ms("available", None), idle);
    assert_eq!(ms("unreachable", None), 0);
    assert_eq!(ms("logged_out", None), 24 * 3_600_000 - 3_600_000 - 1_300_000);
    let all: i64 = day.states.iter().map(|s| s.ms).sum();
    assert_eq!((all, day.unknown_ms), (24 * 3_600_000, 0), "the whole day is accounted for");
    // 205 s on contacts and wrap-up, and he was a member of the queue all that time
    let busy = 145_000 + 30_000 + 30_000;
    let occupancy = day.sums.figure(formula("occupancy").expect("a figure"));
    assert_eq!((occupancy.numerator, occupancy.denominator), (busy, Some(busy + idle)));
    assert_eq!(counted.share("occupancy"), (busy, busy + idle));
}

#[test]
fn what_was_not_followed_is_unknown_and_nobodys_state() {
    let period = paris("00:00").day(date(2026, 6, 1)).expect("a day");
    let (from, hour) = (period.from, |n: i64| period.from + n * H);
    let happened = [
        watched(from, 1, true),
        is(from, Availability::Available, ""),
        does(from, Activity::Idle),
        watched(hour(2), 1, false), // the link was away for an hour: the same process knows him still
        watched(hour(3), 1, true),
        watched(hour(5), 1, false), // another process: it knows nobody until it is told
        watched(hour(6), 2, true),
        is(hour(7), Availability::Paused, ""),
        watched(hour(9), 2, false), // told by the next process before its link was compared: that counts
        is(hour(10), Availability::Available, ""),
        watched(hour(11), 3, true),
    ];
    let counted = Counted::of(period, Charge::Arrival, &happened);
    assert_eq!(counted.hours("available"), (2 + 2 + 13) as f64);
    assert_eq!(counted.hours("paused"), 2.0);
    assert_eq!(counted.agent().unknown_ms, (1 + 1 + 1 + 2) * 3_600_000);
}

#[test]
fn f14_facts_told_again_count_once_and_what_is_known_later_is_put_right() {
    let period = paris("00:00").day(date(2026, 6, 1)).expect("a day");
    let mut book = Book::new(period, Rules::default(), Charge::Arrival).told_again();
    let leg = contact(period.from, 10 * S, 60 * S, 0);
    for _ in 0..3 {
        book.take(&stay(period.from, 10 * S, QueueOutcome::Answered));
        book.take(&Happened::Contact(leg.clone()));
    }
    book.take(&Happened::Contact(Contact { transferred: true, ..leg })); // told after the hangup
    let counted = Counted(book.report(period.to));
    assert_eq!((counted.count("offered"), counted.count("handled")), (1, 1));
    assert_eq!(counted.share("transfer_rate"), (1, 1));
    assert_eq!(counted.share("aht"), (60_000, 1));
}

#[test]
fn l35_live_and_a_period_read_afterwards_give_the_same() {
    let calendar = paris("00:00");
    let period = calendar.day(date(2026, 6, 1)).expect("a day");
    let live = Live::new(calendar, Rules::default(), period.from);
    let mut happened = vec![watched(period.from, 1, true), member(period.from, true)];
    happened.push(is(period.from, Availability::Available, ""));
    let over = period.from + 9 * H + 300 * S;
    happened.extend(ten(period.from + 9 * H));
    let wrapping = Happened::Activity {
        pbx: "a".into(),
        endpoint: "PJSIP/1001".into(),
        at: over,
        activity: Activity::WrapUp,
        queue: Some("support".into()),
        arrived: Some(period.from + 9 * H),
        ends: Some(over + 10 * S),
    };
    happened.extend([does(over - 100 * S, Activity::OnCall), wrapping, does(over + 30 * S, Activity::Idle)]);
    let half = happened.len() / 2;
    happened[half..].iter().for_each(|happened| live.take(happened));
    assert!(live.wants_loading());
    live.load(period, &happened); // all of it is stored by then: nothing counts twice
    let today = live.today(period.to - 1);
    assert!(today.whole);
    let mut book = Book::new(period, Rules::default(), Charge::Arrival);
    happened.iter().for_each(|happened| book.take(happened));
    book.take(&Happened::WrapUp(WrapUp {
        pbx: "a".into(),
        endpoint: "PJSIP/1001".into(),
        queue: "support".into(),
        arrived: period.from + 9 * H,
        since: over,
        until: over + 10 * S,
    }));
    let read = book.report(period.to - 1);
    assert_eq!(today.report.queues, read.queues);
    assert_eq!(today.report.agents, read.agents);
    // and the next day begins with who is what, and nothing else
    let next = live.today(period.to + H);
    assert_eq!(next.period, Period { from: period.to, to: period.to + H });
    let agent = &next.report.agents[&place("PJSIP/1001")];
    assert_eq!((agent.states[0].state.state, agent.states[0].ms), ("available", 3_600_000));
    assert!(next.report.queues[&place("support")].figure(&FORMULAS[0]).value == Some(0.0));
}
