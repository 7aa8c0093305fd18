//! What a recording's name says: of which channel it is, and what is in it.

/// What a file of that name is, by its end; `None`: nothing that is a recording.
pub(super) fn kind(name: &str) -> Option<&'static str> {
    let (_, end) = name.rsplit_once('.')?;
    Some(match end.to_ascii_lowercase().as_str() {
        "wav" | "wav49" => "audio/wav",
        "mp3" => "audio/mpeg",
        "ogg" | "opus" => "audio/ogg",
        "flac" => "audio/flac",
        "m4a" => "audio/mp4",
        "gsm" => "audio/gsm",
        _ => return None,
    })
}

/// Whether it is of the channel of that Uniqueid: the last number of a name that has the form of one is it, alone
/// or behind the name of its system.
pub(super) fn is_of(name: &str, uniqueid: &str) -> bool {
    if !uniqueid.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
        return false;
    }
    let Some(end) = end_of_last(name) else { return false };
    let Some(before) = name[..end].strip_suffix(uniqueid) else { return false };
    end_of_last(uniqueid) == Some(uniqueid.len())
        && !before.ends_with(|c: char| c.is_alphanumeric() || c == '.')
}

/// Whether a file of that name is a recording of some channel.
pub(super) fn is_recording(name: &str) -> bool {
    kind(name).is_some() && last_number(name).is_some()
}

/// Whether Vigie itself began it: `vigie-<Uniqueid>-<ms>.wav`, as its order to record names files.
pub(super) fn is_own(name: &str) -> bool {
    let stem = name.strip_prefix("vigie-").and_then(|rest| rest.strip_suffix(".wav"));
    stem.and_then(|stem| stem.rsplit_once('-')).is_some_and(|(uniqueid, ms)| {
        !ms.is_empty()
            && ms.bytes().all(|b| b.is_ascii_digit())
            && uniqueid.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b))
            && end_of_last(uniqueid) == Some(uniqueid.len())
    })
}

/// The last `digits.digits` of a text: that of a Uniqueid, without the name of its system.
pub(super) fn last_number(text: &str) -> Option<&str> {
    let before = &text[..end_of_last(text)?];
    let from = before.char_indices().rfind(|(_, c)| !c.is_ascii_digit() && *c != '.');
    Some(before[from.map_or(0, |(at, c)| at + c.len_utf8())..].trim_start_matches('.'))
}

/// Where the last `digits.digits` of a text ends.
fn end_of_last(text: &str) -> Option<usize> {
    let part = |c: char| c.is_ascii_digit() || c == '.';
    let mut last = None;
    let mut rest = 0;
    while let Some(from) = text[rest..].find(part).map(|at| rest + at) {
        let to = text[from..].find(|c| !part(c)).map_or(text.len(), |at| from + at);
        let run = text[from..to].trim_end_matches('.');
        if run.split('.').count() == 2 && run.split('.').all(|digits| !digits.is_empty()) {
            last = Some(from + run.len());
        }
        rest = to;
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_of_which_channel_it_is() {
        for name in [
            "1795224500.12.wav",
            "lab-1795224500.12.wav",
            "vigie-1795224500.12-1795224509123.wav",
            "internal-1002-1001-20261120-101010-1795224500.12.wav",
            "1795224500.12-in.mp3",
            "été_1795224500.12.WAV",
        ] {
            assert!(is_of(name, "1795224500.12"), "{name}");
        }
        assert!(is_of("vigie-paris-1795224500.12-1.wav", "paris-1795224500.12"));
        for other in [
            "1795224500.1.wav",
            "1795224500.123.wav",
            "11795224500.12.wav",
            "x1795224500.12.wav",
            "1795224500.12.1.wav",
            "1795224500x12.wav",
            "1795224500.wav",
            "",
        ] {
            assert!(!is_of(other, "1795224500.12"), "{other}");
        }
        for none in ["", "12", "1795224500", "1795224500.12/..", "../1795224500.12", ".", "%2e1.1"] {
            assert!(!is_of("1795224500.12.wav", none), "{none}");
        }
    }

    #[test]
    fn s26_a_caller_who_puts_another_calls_id_into_a_name_does_not_make_it_that_calls() {
        let name = "in-1795224500.12-1795229999.7.wav";
        assert!(!is_of(name, "1795224500.12") && is_of(name, "1795229999.7"));
    }

    #[test]
    fn s37_what_vigie_began_is_known_by_its_name() {
        for own in ["vigie-1795224500.12-1795224509123.wav", "vigie-paris-1795224500.12-1.wav"] {
            assert!(is_own(own) && is_recording(own), "{own}");
        }
        for foreign in [
            "vigie-1795224500.12.wav",
            "vigie-1795224500.12-.wav",
            "vigie-1795224500.12-1.mp3",
            "vigie-1795224500-1.wav",
            "Vigie-1795224500.12-1.wav",
            "vigie-été-1795224500.12-1.wav",
            "vigie-1795224500.12-1.wav.gz",
            "queue-vigie-1795224500.12-1.wav",
            "1795224500.12.wav",
        ] {
            assert!(!is_own(foreign), "{foreign}");
        }
        assert!(is_recording("q-600-1795224500.12.mp3"));
        for other in ["notes-1795224500.12.txt", "music.wav", "20261120.wav", "1795224500.wav"] {
            assert!(!is_recording(other), "{other}");
        }
    }

    #[test]
    fn the_last_number_is_that_of_the_channel() {
        for (text, number) in [
            ("vigie-paris-1795224500.12-1.wav", Some("1795224500.12")),
            ("in-1795224500.12-1795229999.7.wav", Some("1795229999.7")),
            ("paris-1795224500.12", Some("1795224500.12")),
            ("été1795224500.12.wav", Some("1795224500.12")),
            ("1795224500.wav", None),
            ("", None),
        ] {
            assert_eq!(last_number(text), number, "{text}");
        }
    }

    #[test]
    fn what_is_no_sound_is_no_recording() {
        assert_eq!(kind("a.wav"), Some("audio/wav"));
        for other in ["a.html", "a.svg", "a.wav.html", "wav", "a.", ".."] {
            assert_eq!(kind(other), None, "{other}");
        }
    }
}
