//! How a record stands in the log: whatever a caller is called, no line of it looks like another record (S32).

use std::fmt::Write;

/// The words of a record: controls by their number, and what follows a line break indented, where no record begins.
pub fn words(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut all = text.chars().peekable();
    while let Some(c) = all.next() {
        match c {
            '\n' if all.peek() == Some(&'\n') => shown.push(c),
            '\n' => shown.push_str("\n  "),
            '\t' => shown.push(c),
            // that a terminal would obey, or that turns the text around it
            c if c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}') =>
            {
                // to a text: this cannot fail
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s32_no_name_makes_a_record_of_its_own_or_moves_a_terminal() {
        let forged = "Bob\r\n[2026-11-27T10:00:00Z INFO  vigie] logged in: root\x1b[2J\u{9b}31m\0\u{202e}";
        let shown = words(forged);
        assert!(shown.lines().skip(1).all(|line| line.starts_with("  ")), "{shown}");
        assert!(!shown.contains(|c: char| c.is_control() && c != '\n'), "{shown}");
        assert!(shown.contains("\\u{1b}[2J\\u{9b}31m\\u{0}\\u{202e}"), "{shown}");
        assert_eq!(words("the code:\n\n    ABCD\n"), "the code:\n\n      ABCD\n  ");
        assert_eq!(words("Émile, 3 appels"), "Émile, 3 appels");
    }
}
