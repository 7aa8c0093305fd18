//! The rules against tables of what people and attackers type, and against random plans.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

const AT: Duration = Duration::from_secs(1_000_000);

fn with_line() -> NumberPlan {
    NumberPlan { outside_line: "0".into(), ..NumberPlan::default() }
}

fn dials(plan: &NumberPlan, typed: &str) -> Result<(String, String), NumberRefusal> {
    plan.dialable(typed).map(|d| (d.number.to_string(), d.extension.to_string()))
}

#[test]
fn s22_every_spelling_of_a_number_is_the_same_number() {
    for typed in [
        "0612345678",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "+33612345678",
        "+33 6 12 34 56 78",
        "+330612345678",
        "0033612345678",
        "tel:+33612345678",
        "tel:+33-6-12-34-56-78;ext=99",
    ] {
        let one = ("+33612345678".to_owned(), "0612345678".to_owned());
        assert_eq!(dials(&NumberPlan::default(), typed), Ok(one.clone()), "{typed}");
        assert_eq!(dials(&with_line(), typed), Ok((one.0, "00612345678".to_owned())), "{typed}");
    }
    // with a digit for the outside line people dial that first
    for typed in ["00612345678", "0 06 12 34 56 78", "00033612345678"] {
        assert_eq!(dials(&with_line(), typed).unwrap().0, "+33612345678", "{typed}");
    }
}

#[test]
fn s22_s19_no_spelling_of_a_paid_number_passes() {
    let plans = [NumberPlan::default(), with_line()];
    for typed in [
        "0899123456",
        "0 899 12 34 56",
        "08.99.12.34.56",
        "+33899123456",
        "+330899123456",
        "0033899123456",
        "00899123456",
        "0 0899123456",
        "tel:+33899123456",
        "tel:0899123456;ext=1",
        "0890123456",
        "0812345678",
        "0825123456",
        "3617",
        "03617",
        "3 6 1 7",
        "+333617",
        "00333617",
        "118218",
        "0118218",
        "118 218",
        "+33118218",
        "1013",
    ] {
        for plan in &plans {
            // 1013 is an extension of four digits unless the site says that it has none
            let plan = &NumberPlan { inside: vec!["20XX".into()], ..plan.clone() };
            assert!(plan.dialable(typed).is_err(), "{typed}: {:?}", plan.dialable(typed));
        }
    }
    for (typed, why) in [
        ("0899123456", NumberRefusal::Denied),
        ("3617", NumberRefusal::Denied),
        ("118218", NumberRefusal::Denied),
        ("+881612345678", NumberRefusal::Denied),
        ("+88213123456", NumberRefusal::Denied),
        ("+870773123456", NumberRefusal::Denied),
        ("+979123456789", NumberRefusal::Denied),
        ("+442071234567", NumberRefusal::NotAllowed),
        ("00442071234567", NumberRefusal::NotAllowed),
        ("+2135512345678", NumberRefusal::NotAllowed),
        ("+590590123456", NumberRefusal::NotAllowed),
    ] {
        assert_eq!(plans[0].dialable(typed), Err(why), "{typed}");
    }
}

#[test]
fn a_site_may_allow_more_and_a_longer_denial_wins() {
    let plan = NumberPlan {
        allow: vec!["+33".into(), "+44".into(), "+3380".into()],
        deny: vec!["+338".into(), "+4490".into()],
        dial: "9{e164}".into(),
        ..NumberPlan::default()
    };
    assert_eq!(dials(&plan, "+442071234567").unwrap().1, "9442071234567");
    assert_eq!(plan.dialable("+449012345678"), Err(NumberRefusal::Denied));
    assert_eq!(
        dials(&plan, "0800123456").unwrap().1,
        "933800123456",
        "a free number, allowed by its longer prefix"
    );
    assert_eq!(plan.dialable("0810123456"), Err(NumberRefusal::Denied));
    let equal = NumberPlan { allow: vec!["+338".into()], ..NumberPlan::default() };
    assert_eq!(equal.dialable("0899123456"), Err(NumberRefusal::Denied), "as long: the denial wins");
}

#[test]
fn extensions_inside_pass_as_they_are() {
    for inside in ["1003", "500", "700", "42", "4999", "10001"] {
        let dialable = NumberPlan::default().dialable(inside).unwrap();
        assert_eq!((dialable.kind, dialable.extension.as_str()), (Kind::Inside, inside));
    }
    let plan =
        NumberPlan { inside: vec!["3XXX".into(), "*45".into(), "ivr-main".into()], ..NumberPlan::default() };
    for inside in ["3617", "*45", "ivr-main"] {
        assert_eq!(plan.dialable(inside).unwrap().kind, Kind::Inside, "{inside}");
    }
    for other in ["1003", "*46", "ivr", "IVR-MAIN", "+3617", "3 617"] {
        assert!(plan.dialable(other).is_err(), "{other}");
    }
}

#[test]
fn s21_an_emergency_number_wins_over_everything() {
    let mut plan = with_line();
    plan.inside = vec!["XX".into(), "XXX".into(), "XXXXXX".into()];
    plan.short_denied = plan.inside.clone();
    plan.allow = Vec::new();
    plan.deny = (1..=9).map(|n| compact_str::format_compact!("+{n}")).collect();
    plan.limits.agent = Limit { minute: Some(0), hour: Some(0), day: Some(0) };
    let numbers = Numbers::new(plan).unwrap();
    for number in ["15", "17", "18", "112", "114", "115", "116000", "119", "191", "196"] {
        for typed in
            [number.to_owned(), format!("0{number}"), format!("+33{number}"), format!("tel:{number}")]
        {
            for _ in 0..50 {
                let dialable = numbers.dial(&typed, &By::default(), AT).unwrap();
                assert_eq!(
                    (dialable.kind, dialable.extension.to_string()),
                    (Kind::Emergency, format!("0{number}"))
                );
            }
        }
    }
    assert!(NumberPlan { emergency: vec!["112".into()], ..NumberPlan::default() }.check().is_err());
}

/// Texts that dial something else, or run something, where a dialplan takes them as they are.
pub(crate) const HOSTILE: [&str; 44] = [
    "0612345678&SIP/evil",
    "0612345678,30,g",
    "0612345678|30",
    "0612345678@evil",
    "SIP/evil",
    "0612345678/1",
    "0612345678^0899",
    "0612345678!",
    "0612345678;ext=1",
    "tel:0612345678;ext=1;phone-context=x",
    "tel:",
    "tel:+",
    "tel:0612345678;ext=",
    "tel:0612345678;ext=*1",
    "tel:0612345678;isub=1",
    "$",
    "${EXTEN}",
    "${SHELL(id)}",
    "{number}",
    "(0)612345678",
    "+33(0)612345678",
    "%30612345678",
    "0612345678%0d",
    "",
    " ",
    "0",
    "+",
    "++33612345678",
    "+0612345678",
    "00",
    "000",
    "06 12  34 56 78",
    " 0612345678",
    "0612345678 ",
    "-0612345678",
    "0612345678-",
    "06\u{a0}12345678",
    "\u{ff0b}33612345678",
    "\u{0660}\u{0661}12345678",
    "0612345678\r\nAction: Hangup",
    "0612345678\0",
    "0612345678\n",
    "s",
    "h",
];

#[test]
fn s09_s10_hostile_texts_are_no_numbers() {
    for plan in [NumberPlan::default(), with_line()] {
        for typed in HOSTILE {
            assert!(
                matches!(plan.dialable(typed), Err(NumberRefusal::Malformed(_))),
                "{typed:?}: {:?}",
                plan.dialable(typed)
            );
        }
        for length in [0, 1, 16, 20, 21, 64, 65, 79, 80, 4_096] {
            assert!(plan.dialable(&"1".repeat(length)).is_err(), "{length} digits");
        }
    }
}

#[test]
fn s19_a_limit_trips_at_one_more_and_is_over_after_its_time() {
    let mut plan = NumberPlan::default();
    plan.limits.agent = Limit { minute: Some(3), hour: Some(5), day: Some(6) };
    plan.limits.site = Limit { minute: Some(4), ..Limit::default() };
    let numbers = Numbers::new(plan).unwrap();
    let by = |agent: &str| By { agent: Some(agent.into()), ..By::default() };
    let dial = |agent: &str, s: u64| numbers.dial("0612345678", &by(agent), AT + Duration::from_secs(s));
    for _ in 0..3 {
        dial("a", 0).unwrap();
    }
    assert_eq!(dial("a", 1), Err(NumberRefusal::Limit));
    dial("b", 1).unwrap();
    assert_eq!(dial("c", 2), Err(NumberRefusal::Limit), "the site's four are used up");
    assert_eq!(
        numbers.dial("1003", &by("a"), AT).unwrap().kind,
        Kind::Inside,
        "inside calls are not counted"
    );
    dial("a", 61).unwrap();
    dial("a", 122).unwrap();
    assert_eq!(dial("a", 300), Err(NumberRefusal::Limit), "five in the hour");
    dial("a", 3_700).unwrap();
    assert_eq!(dial("a", 8_000), Err(NumberRefusal::Limit), "six in the day");
    dial("a", 86_401).unwrap();
}

#[test]
fn a_site_has_a_plan_of_its_own() {
    let numbers = Numbers::default();
    let lyon = NumberPlan { outside_line: "9".into(), ..NumberPlan::default() };
    let at_lyon = By { site: Some("lyon".into()), plan: Some(Arc::new(lyon)), ..By::default() };
    assert_eq!(numbers.dial("0612345678", &at_lyon, AT).unwrap().extension, "90612345678");
    assert_eq!(numbers.dial("0612345678", &By::default(), AT).unwrap().extension, "0612345678");
    let bad = NumberPlan { dial: "${EXTEN}{number}".into(), ..NumberPlan::default() };
    assert_eq!(bad.check().unwrap_err().field, "dial");
}

#[test]
fn s22_no_short_number_hides_behind_the_outside_line_as_an_extension() {
    let lyon = NumberPlan { outside_line: "9".into(), ..NumberPlan::default() };
    let at_lyon = By { site: Some("lyon".into()), plan: Some(Arc::new(lyon)), ..By::default() };
    let dial = |typed: &str| Numbers::default().dial(typed, &at_lyon, AT).map(|to| to.extension.to_string());
    assert_eq!(dial("93949"), Err(NumberRefusal::Denied), "the PBX would dial 3949");
    assert_eq!(dial("1001"), Ok("1001".to_owned()));
}

#[test]
fn a_plan_is_read_and_an_unknown_field_is_refused() {
    let plan: NumberPlan =
        serde_json::from_str(r#"{"outside_line": "0", "limits": {"agent": {"minute": 2}}}"#).unwrap();
    assert_eq!(
        (plan.outside_line.as_str(), plan.limits.agent.minute, plan.limits.agent.day),
        ("0", Some(2), None)
    );
    assert!(serde_json::from_str::<NumberPlan>(r#"{"outsideline": "0"}"#).is_err());
    assert!(NumberPlan::default().check().is_ok());
}

fn plans() -> impl Strategy<Value = NumberPlan> {
    let prefixes = || prop::collection::vec("\\+[1-9][0-9]{0,4}", 0..6);
    let patterns = || prop::collection::vec("[XZN0-9]{1,7}", 0..5);
    (prefixes(), prefixes(), patterns(), patterns(), "0?9?").prop_map(|(allow, deny, inside, short, line)| {
        let texts = |all: Vec<String>| all.into_iter().map(Text::from).collect();
        NumberPlan {
            allow: texts(allow),
            deny: texts(deny),
            inside: texts(inside),
            short_denied: texts(short),
            outside_line: line.into(),
            ..NumberPlan::default()
        }
    })
}

proptest! {
    #[test]
    fn s21_no_plan_blocks_or_counts_an_emergency_number(plan in plans(), which in 0_usize..10, dialled in 0_u32..40) {
        let numbers = Numbers::new(plan.clone()).unwrap();
        let number = plan.emergency[which].to_string();
        for _ in 0..dialled {
            prop_assert_eq!(numbers.dial(&number, &By::default(), AT).unwrap().kind, Kind::Emergency);
        }
        prop_assert!(numbers.counts.lock().is_empty());
    }

    #[test]
    fn s09_what_is_dialled_is_digits_or_an_extension_that_was_listed(plan in plans(), typed in "\\PC{0,24}|[0-9+ .;,&@/$(){}-]{0,20}") {
        if let Ok(dialable) = plan.dialable(&typed) {
            prop_assert!(dialable.extension.bytes().all(|b| b.is_ascii_digit()), "{dialable:?}");
            if dialable.kind == Kind::Inside {
                prop_assert_eq!(dialable.extension.as_str(), typed.as_str());
            }
        }
    }

    #[test]
    fn s19_outside_the_allowed_prefixes_nothing_is_dialled(typed in "(tel:)?[+]?[0 ]{0,3}[0-9]{2,15}") {
        if let Ok(dialable) = NumberPlan::default().dialable(&typed)
            && dialable.kind == Kind::Outside
        {
            let allowed = ["+331", "+332", "+333", "+334", "+335", "+336", "+337", "+339"];
            prop_assert!(allowed.iter().any(|p| dialable.number.starts_with(p)) && dialable.number.len() == 12);
        }
    }

    #[test]
    fn s22_spelling_a_number_otherwise_does_not_change_the_answer(rest in "[1-9][0-9]{8}", line in "0?") {
        let plan = NumberPlan { outside_line: line.into(), ..NumberPlan::default() };
        let first = plan.dialable(&format!("+33{rest}"));
        for typed in [format!("0{rest}"), format!("0033{rest}"), format!("tel:+33{rest}"), format!("+330{rest}")] {
            prop_assert_eq!(plan.dialable(&typed), first.clone(), "{}", typed);
        }
    }
}

/// S20: what was dialled before a restart counts on, for as long as it would have without one.
#[test]
fn s20_limits_hold_over_a_restart() {
    let limits = Limits { agent: Limit { hour: Some(2), ..Limit::default() }, ..Limits::default() };
    let numbers = Numbers::new(NumberPlan { limits, ..NumberPlan::default() }).unwrap();
    let by = |agent: &str| By { agent: Some(agent.into()), ..By::default() };
    let minutes = |n: u64| Duration::from_secs(n * 60);
    for (typed, before) in
        [("0612345678", 90), ("0612345678", 50), ("1002", 40), ("112", 30), ("+33612345678", 20)]
    {
        numbers.dialled(typed, &by("marie"), minutes(before));
    }
    assert_eq!(numbers.dial("0612345678", &by("marie"), minutes(5)), Err(NumberRefusal::Limit));
    assert!(numbers.dial("1002", &by("marie"), minutes(5)).is_ok(), "inside calls are not counted");
    assert!(numbers.dial("0612345678", &by("paul"), minutes(5)).is_ok(), "another's are his own");
    assert!(
        numbers.dial("0612345678", &by("marie"), minutes(11)).is_ok(),
        "the one of 50 minutes ago is over an hour old"
    );
    assert_eq!(numbers.dial("0612345678", &by("marie"), minutes(12)), Err(NumberRefusal::Limit));
}
