//! Free text of a message: raw bytes first, text only for display.

use std::borrow::Cow;
use std::fmt;

/// A name, a number, a variable: whatever a caller or a dialplan may put there. Compare its bytes,
/// show its [`display`](Self::display).
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Value<'a>(&'a [u8]);

impl<'a> Value<'a> {
    /// Those bytes, as received.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// A party's name or number, where Asterisk writes `<unknown>` for none.
    pub(super) fn party(bytes: &'a [u8]) -> Self {
        Self(if bytes == b"<unknown>" { b"" } else { bytes })
    }

    /// As received. Equality is decided on these (F08).
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// Nothing in it, or `<unknown>` where that stands for nothing.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// As text; bytes that are not UTF-8 (Asterisk 16 sends some) become U+FFFD.
    pub fn text(self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.0)
    }

    /// For a screen: C escapes undone once (F09), then control characters shown as U+FFFD. That is the
    /// name as Asterisk holds it; Asterisk 22 holds SIP's own escapes of quotes as well, 16 does not.
    pub fn display(self) -> Cow<'a, str> {
        let text = self.text();
        // 0xc2 begins the controls from U+0080 to U+009F, among others
        if !text.bytes().any(|b| b == b'\\' || b < 0x20 || b == 0x7f || b == 0xc2) {
            return text;
        }
        let mut shown = String::with_capacity(text.len());
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let c = if c == '\\' { unescaped(&mut chars) } else { c };
            shown.push(if c.is_control() { char::REPLACEMENT_CHARACTER } else { c });
        }
        Cow::Owned(shown)
    }
}

/// The character that the escape whose backslash was just read stands for. What is no escape keeps
/// its backslash.
fn unescaped(chars: &mut std::str::Chars<'_>) -> char {
    let c = match chars.clone().next() {
        Some('"') => '"',
        Some('\\') => '\\',
        Some('\'') => '\'',
        Some('?') => '?',
        Some('a') => '\x07',
        Some('b') => '\x08',
        Some('f') => '\x0c',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('v') => '\x0b',
        _ => return '\\',
    };
    chars.next();
    c
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text())
    }
}
