//! Patterns of extensions, in the letters of a dialplan: `X` 0 to 9, `Z` 1 to 9, `N` 2 to 9, the rest as
//! it stands.

/// Whether it can be a pattern at all: 1 to 79 of what an extension may hold.
pub(super) fn is_pattern(pattern: &str) -> bool {
    (1..=79).contains(&pattern.len())
        && pattern.bytes().all(|b| b.is_ascii_alphanumeric() || b"*#+_-".contains(&b))
}

/// Whether that text is meant.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    pattern.len() == text.len()
        && pattern.bytes().zip(text.bytes()).all(|(p, b)| match p {
            b'X' => b.is_ascii_digit(),
            b'Z' => (b'1'..=b'9').contains(&b),
            b'N' => (b'2'..=b'9').contains(&b),
            _ => p == b,
        })
}
