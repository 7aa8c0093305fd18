//! Free text: raw for equality, unescaped once for a screen (F08, F09).
#![allow(clippy::unwrap_used)] // tests

use asterisk::ami::{Event, Value};
use asterisk::fixtures;

#[test]
fn f09_an_escape_is_undone_once_and_what_is_none_is_kept() {
    for (raw, shown) in [
        ("plain", "plain"),
        ("", ""),
        (r#"\"D\" <x>"#, r#""D" <x>"#),
        (r"a\\b", r"a\b"),
        (r"a\\\\b", r"a\\b"),
        (r#"\\\"D\\\""#, r#"\"D\""#),
        (r"C:\dir", r"C:\dir"),
        (r"end\", r"end\"),
        (r"two\r\nlines", "two\u{fffd}\u{fffd}lines"),
        (r"bell\a tab\t", "bell\u{fffd} tab\u{fffd}"),
        ("raw\ttab\x1b[31m\x7f", "raw\u{fffd}tab\u{fffd}[31m\u{fffd}"),
        ("a second kind: \u{80}\u{9f}", "a second kind: \u{fffd}\u{fffd}"),
        ("déjà – 漢字, n° 3", "déjà – 漢字, n° 3"),
    ] {
        assert_eq!(Value::new(raw.as_bytes()).display(), shown, "{raw}");
        assert_eq!(Value::new(raw.as_bytes()).bytes(), raw.as_bytes());
    }
}

#[test]
fn f08_bytes_that_are_no_text_are_shown_and_kept() {
    let value = Value::new(b"Ren\xe9\0\xff");
    assert_eq!(value.text(), "Ren\u{fffd}\0\u{fffd}");
    assert_eq!(value.display(), "Ren\u{fffd}\u{fffd}\u{fffd}");
    assert_eq!(value.bytes(), b"Ren\xe9\0\xff");
    assert_ne!(value, Value::new(b"Ren\xea\0\xff"), "equality is of the bytes");
    assert!(serde_json::to_string(&value.display()).is_ok());
}

/// The caller names that a trunk really sent, as both versions told them.
#[test]
fn f09_recorded_names_of_both_versions_are_shown_as_asterisk_holds_them() {
    for (version, quoted) in
        [(16, r#"Jean "Le Bon" O'Hara \ fils"#), (22, r#"Jean \"Le Bon\" O'Hara \\ fils"#)]
    {
        let capture = fixtures::load(version, "odd_callerid_utf8_and_quotes").unwrap();
        let mut names = std::collections::BTreeSet::new();
        for message in capture.connections[0].messages().unwrap() {
            let Ok(Event::Newstate(event)) = Event::read(&message) else { continue };
            let shown = event.chan.caller_name.display().into_owned();
            assert!(!shown.chars().any(char::is_control), "{shown:?}");
            names.insert(shown);
        }
        for name in [quoted, "Éloïse Müller 漢字 😀", "a<b>c <sip:x@y>", "Event: Hangup", ""] {
            assert!(names.contains(name), "{version}: {name} is not in {names:?}");
        }
    }
}
