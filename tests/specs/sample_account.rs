//! The AMI account that an operator copies has the least rights, and only from where Vigie is.

use std::collections::BTreeMap;

const SAMPLE: &str = include_str!("../../asterisk/conf/manager.conf");

/// Sections of the sample; a line that is commented out is not there.
fn sections() -> BTreeMap<String, Vec<(String, String)>> {
    let mut sections: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let mut name = String::new();
    for line in SAMPLE.lines().map(|line| line.split(';').next().unwrap_or("").trim()) {
        if let Some(section) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            name = section.into();
        } else if let Some((key, value)) = line.split_once('=') {
            sections
                .entry(name.clone())
                .or_default()
                .push((key.trim().into(), value.trim().trim_start_matches('>').trim().into()));
        }
    }
    sections
}

fn values(section: &str, key: &str) -> Vec<String> {
    sections().get(section).into_iter().flatten().filter(|(k, _)| k == key).map(|(_, v)| v.clone()).collect()
}

fn rights(key: &str) -> Vec<String> {
    values("vigie", key).iter().flat_map(|v| v.split(',')).map(|right| right.trim().to_owned()).collect()
}

#[test]
fn s05_the_sample_account_has_no_dangerous_right() {
    assert_eq!(sections().keys().collect::<Vec<_>>(), ["general", "vigie"], "one account and no other");
    for key in ["read", "write"] {
        let has = rights(key);
        assert!(!has.is_empty(), "{key} is said");
        for never in ["all", "command", "config", "log", "verbose"] {
            assert!(!has.iter().any(|right| right == never), "{key} holds {never}");
        }
    }
    assert!(!rights("write").contains(&"system".to_owned()), "system loads modules and stops the PBX");
    assert_eq!(
        (rights("read").len(), rights("write").len()),
        (4, 4),
        "another right needs its reason here and in the file"
    );
}

/// Two rights are offered, for the one verb and for the callers that need them, and stand there as comments.
#[test]
fn s05_the_lines_for_recordings_and_async_agi_are_the_sample_s_own_and_one_right_more() {
    let offered = |key: &str| {
        let begins = format!("; {key} = ");
        SAMPLE.lines().filter_map(|line| line.strip_prefix(&begins)).map(str::to_owned).collect::<Vec<_>>()
    };
    let own = |key: &str, more: &str| format!("{},{more}", rights(key).join(","));
    assert_eq!(offered("write"), [own("write", "system"), own("write", "agi")]);
    assert_eq!(offered("read"), [own("read", "agi")]);
}

#[test]
fn s05_every_right_of_the_sample_says_what_it_is_for() {
    for right in rights("read").into_iter().chain(rights("write")) {
        let says = SAMPLE
            .lines()
            .filter(|l| l.starts_with(';'))
            .any(|l| l.trim_start_matches([';', ' ']).starts_with(&format!("{right} ")));
        assert!(says, "no comment says what {right} is for");
    }
}

#[test]
fn s05_the_sample_account_is_for_loopback_or_tls() {
    assert_eq!(values("general", "bindaddr"), ["127.0.0.1"]);
    assert_eq!(values("general", "webenabled"), ["no"]);
    assert_eq!(values("vigie", "deny"), ["0.0.0.0/0.0.0.0"], "everybody is denied first");
    let permitted = values("vigie", "permit");
    assert!(
        !permitted.is_empty() && permitted.iter().all(|net| net.ends_with("/255.255.255.255")),
        "single addresses only: {permitted:?}"
    );
}

#[test]
fn l01_the_sample_account_outlives_a_hiccup_and_stamps_its_events() {
    let timeout: u32 = values("vigie", "writetimeout").concat().parse().unwrap_or(0);
    assert!(timeout >= 1_000, "Asterisk's own 100 ms hangs up on a slow moment");
    assert_eq!(values("general", "timestampevents"), ["yes"]);
}
