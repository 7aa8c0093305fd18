//! Every figure there is. Sources of the definitions that are not ours: each maker's documentation.

use actors::view::QueueOutcome as Outcome;

use super::formula::{Family, Formula, Rules, Unit, Words};
use super::happened::{Contact, Stay};

use Family::{Amazon, Asterisk, Genesys, Twilio, Vigie, Wazo};
use Unit::{Count, Ms, Ratio, TotalMs};

const fn say(formula: &'static str, numerator: &'static str, denominator: &'static str) -> Words {
    Words { formula, numerator, denominator }
}

const fn count(name: &'static str, words: &'static str) -> Formula {
    Formula::new(name, Vigie, Count, say(words, words, ""))
}

/// The figure of that name.
pub fn formula(name: &str) -> Option<&'static Formula> {
    FORMULAS.iter().find(|formula| formula.name == name)
}

/// He entered the queue: it refused him neither full nor empty.
fn offered(s: &Stay) -> bool {
    !matches!(s.outcome, Outcome::JoinEmpty | Outcome::Full)
}

fn answered(s: &Stay) -> bool {
    s.outcome == Outcome::Answered
}

/// Answered, and how long he waited is known.
fn timed(s: &Stay) -> bool {
    answered(s) && !s.met
}

fn in_time(s: &Stay, r: &Rules) -> bool {
    timed(s) && s.waited().is_some_and(|waited| waited <= r.threshold_us)
}

fn left(s: &Stay) -> bool {
    s.outcome == Outcome::Abandoned
}

fn short(s: &Stay, r: &Rules) -> bool {
    left(s) && s.waited().is_some_and(|waited| waited < r.short_us)
}

fn abandoned(s: &Stay, r: &Rules) -> bool {
    left(s) && !short(s, r)
}

fn flowed(s: &Stay) -> bool {
    matches!(s.outcome, Outcome::Timeout | Outcome::LeaveEmpty | Outcome::Withdrawn | Outcome::Other)
}

/// An agent took it from a queue.
fn handled(c: &Contact) -> bool {
    c.queue.is_some() && c.answered.is_some()
}

fn ended_in_time(c: &Contact, r: &Rules) -> bool {
    handled(c) && !c.met && c.answered.is_some_and(|at| at - c.arrived <= r.threshold_us)
}

fn if_so(yes: bool, amount: i64) -> i64 {
    if yes { amount } else { 0 }
}

/// In the order in which they are shown.
pub static FORMULAS: [Formula; 41] = [
    count("offered", "Callers who entered the queue").stays(|s, _| (s.n(offered(s)), 0)),
    count("answered", "Callers whom an agent took").stays(|s, _| (s.n(answered(s)), 0)),
    count("answered_in_time", "Callers whom an agent took within the threshold")
        .stays(|s, r| (s.n(in_time(s, r)), 0)),
    count("abandoned", "Callers who hung up while they waited, after the limit for short ones or later")
        .stays(|s, r| (s.n(abandoned(s, r)), 0)),
    count("short_abandoned", "Callers who hung up while they waited, before the limit for short ones")
        .stays(|s, r| (s.n(short(s, r)), 0)),
    count("timeouts", "Callers whom the queue gave up after its time-out")
        .stays(|s, _| (s.n(s.outcome == Outcome::Timeout), 0)),
    count("left_empty", "Callers whom the queue sent away because nobody was left to serve them")
        .stays(|s, _| (s.n(s.outcome == Outcome::LeaveEmpty), 0)),
    count("withdrawn", "Callers whom somebody took out of the queue")
        .stays(|s, _| (s.n(s.outcome == Outcome::Withdrawn), 0)),
    count("left_otherwise", "Callers who left with a key, were moved, or of whom it is not known how")
        .stays(|s, _| (s.n(s.outcome == Outcome::Other), 0)),
    count("flow_outs", "Callers who left neither answered nor by hanging up")
        .stays(|s, _| (s.n(flowed(s)), 0)),
    count("refused", "Callers whom the queue did not let in: full, or nobody to serve them")
        .stays(|s, _| (s.n(!offered(s)), 0)),
    count("wait_unknown", "Answered callers met while they were served: how long they waited is not known")
        .stays(|s, _| (s.n(answered(s) && s.met), 0)),
    Formula::new(
        "service_level",
        Vigie,
        Ratio,
        say("Share of callers taken in time", "answered within the threshold", "answered + abandoned"),
    )
    .stays(|s, r| s.of(in_time(s, r), timed(s) || abandoned(s, r))),
    Formula::new(
        "abandon_rate",
        Vigie,
        Ratio,
        say("Share of callers who gave up, short ones apart", "abandoned", "offered"),
    )
    .stays(|s, r| s.of(abandoned(s, r), offered(s))),
    Formula::new("answer_rate", Vigie, Ratio, say("Share of callers who were taken", "answered", "offered"))
        .stays(|s, _| s.of(answered(s), offered(s))),
    Formula::new("asa", Vigie, Ms, say("Mean wait of answered callers", "their waits", "answered"))
        .stays(|s, _| (s.waits(timed(s)), s.n(timed(s)))),
    Formula::new(
        "abandon_wait",
        Vigie,
        Ms,
        say("Mean wait of those who gave up", "waits of abandoned callers", "abandoned"),
    )
    .stays(|s, r| (s.waits(abandoned(s, r)), s.n(abandoned(s, r)))),
    Formula::new(
        "aht",
        Vigie,
        Ms,
        say("Mean time a call of the queue takes an agent", "talk + hold + wrap-up", "handled"),
    )
    .contacts(|c, _| (if_so(handled(c), c.talk + c.hold), c.n(handled(c))))
    .wrap_ups(|us| (us, 0)),
    count("handled", "Legs of agents that a queue rang and that were answered, and are over")
        .contacts(|c, _| (c.n(handled(c)), 0)),
    Formula::new("talk", Vigie, Ms, say("Mean talk, hold apart", "talk", "handled"))
        .contacts(|c, _| (if_so(handled(c), c.talk), c.n(handled(c)))),
    Formula::new("hold", Vigie, Ms, say("Mean hold", "hold", "handled"))
        .contacts(|c, _| (if_so(handled(c), c.hold), c.n(handled(c)))),
    Formula::new("wrap_up", Vigie, Ms, say("Mean wrap-up", "wrap-up", "handled"))
        .contacts(|c, _| (0, c.n(handled(c))))
        .wrap_ups(|us| (us, 0)),
    Formula::new(
        "occupancy",
        Vigie,
        Ratio,
        say(
            "Share of their time that agents are on contacts; of a queue, of the time of its members",
            "time on contacts of any kind, wrap-up included",
            "the same + time idle and available; ringing is in neither",
        ),
    )
    .times(|busy, idle| (busy, busy + idle)),
    Formula::new(
        "transfer_rate",
        Vigie,
        Ratio,
        say("Share of handled calls that the agent transferred", "handled with a transfer by him", "handled"),
    )
    .contacts(|c, _| c.of(handled(c) && c.transferred, handled(c))),
    Formula::new(
        "hold_rate",
        Vigie,
        Ratio,
        say("Share of handled calls with a hold", "handled with a hold", "handled"),
    )
    .contacts(|c, _| c.of(handled(c) && c.holds > 0, handled(c))),
    Formula::new(
        "rona_rate",
        Vigie,
        Ratio,
        say("Share of rings that nobody answered", "rung in vain", "rung in vain + handled"),
    )
    .contacts(|c, _| c.of(c.missed, c.missed || handled(c))),
    count("rung_in_vain", "Legs of agents that a queue rang until it gave up")
        .contacts(|c, _| (c.n(c.missed), 0)),
    Formula::new(
        "genesys_service_level",
        Genesys,
        Ratio,
        say("Genesys, usual", "answered - answered late", "answered + all abandoned, short ones too"),
    )
    .stays(|s, r| s.of(in_time(s, r), timed(s) || left(s))),
    Formula::new(
        "genesys_service_level_flow_outs",
        Genesys,
        Ratio,
        say("Genesys, with flow-outs", "answered - answered late", "answered + all abandoned + flow-outs"),
    )
    .stays(|s, r| s.of(in_time(s, r), timed(s) || left(s) || flowed(s))),
    Formula::new(
        "genesys_service_level_no_short",
        Genesys,
        Ratio,
        say(
            "Genesys, with flow-outs and without short abandons",
            "answered - answered late",
            "answered + all abandoned + flow-outs - short abandoned",
        ),
    )
    .stays(|s, r| s.of(in_time(s, r), timed(s) || abandoned(s, r) || flowed(s))),
    Formula::new("wazo_service_level", Wazo, Ratio, say("Wazo", "answered within the threshold", "answered"))
        .stays(|s, r| s.of(in_time(s, r), timed(s))),
    Formula::new(
        "wazo_answer_rate",
        Wazo,
        Ratio,
        say(
            "Wazo's answer rate; calls that a schedule turned away never reach the queue and are not in it",
            "answered",
            "received: offered + refused",
        ),
    )
    .stays(|s, _| (s.n(answered(s)), s.times)),
    Formula::new(
        "twilio_service_level",
        Twilio,
        Ratio,
        say("Twilio", "answered within the threshold", "every caller who waited"),
    )
    .stays(|s, r| s.of(in_time(s, r), offered(s) && !(answered(s) && s.met))),
    Formula::new(
        "amazon_abandon_rate",
        Amazon,
        Ratio,
        say("Amazon Connect's abandon rate", "all abandoned, short ones too", "queued"),
    )
    .stays(|s, _| s.of(left(s), offered(s))),
    Formula::new(
        "asterisk_service_level",
        Asterisk,
        Ratio,
        say("ServicelevelPerf: a call counts when it ends", "completed, answered in time", "completed"),
    )
    .contacts(|c, r| c.of(ended_in_time(c, r), handled(c) && !c.met))
    .queues_only(),
    Formula::new(
        "asterisk_service_level_2",
        Asterisk,
        Ratio,
        say(
            "ServicelevelPerf2",
            "completed, answered in time + abandoned within the threshold",
            "completed + all abandoned",
        ),
    )
    .stays(|s, r| s.of(left(s) && s.waited().is_some_and(|waited| waited <= r.threshold_us), left(s)))
    .contacts(|c, r| c.of(ended_in_time(c, r), handled(c) && !c.met))
    .queues_only(),
    count("calls", "Calls of the agent that were answered, of queues and others")
        .contacts(|c, _| (c.n(c.answered.is_some()), 0))
        .agents_only(),
    Formula::new("total_talk", Vigie, TotalMs, say("Talk on all calls", "talk", ""))
        .contacts(|c, _| (c.talk, 0))
        .agents_only(),
    Formula::new("total_hold", Vigie, TotalMs, say("Hold on all calls", "hold", ""))
        .contacts(|c, _| (c.hold, 0))
        .agents_only(),
    Formula::new(
        "total_consult",
        Vigie,
        TotalMs,
        say("Consultations on calls of queues", "consultations", ""),
    )
    .contacts(|c, _| (c.consult, 0))
    .agents_only(),
    Formula::new("total_wrap_up", Vigie, TotalMs, say("Wrap-up after all calls of queues", "wrap-up", ""))
        .wrap_ups(|us| (us, 0))
        .agents_only(),
];
