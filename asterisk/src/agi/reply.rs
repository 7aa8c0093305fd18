//! Answers to commands, as Asterisk 16 and 22 write them.

/// What a command led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// 200: it was run; how well is in its result.
    Done(Success),
    /// 200, with a value that has a line break: what it was cannot be told.
    Spoilt,
    /// 510: Asterisk has no such command.
    Unknown,
    /// 511: the channel is gone, and this command needs one.
    Dead,
    /// 520: arguments are missing or too many.
    Usage,
}

/// The parts of `200 result=R (data) endpos=N`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Success {
    /// A number, or digits that were pressed; empty when there was time for none.
    pub result: String,
    /// What stands in the parentheses: a value, or a word such as `timeout` or `hangup`.
    pub data: Option<String>,
    /// Where playing or recording ended, in samples at 8 kHz.
    pub endpos: Option<u64>,
}

impl Success {
    /// The result as a number.
    pub fn number(&self) -> Option<i64> {
        self.result.parse().ok()
    }

    /// A digit whose ASCII code is the result, as STREAM FILE and WAIT FOR DIGIT answer; `None` without one.
    pub fn digit(&self) -> Option<char> {
        let code = self.number().and_then(|code| u8::try_from(code).ok())?;
        Some(char::from(code)).filter(|digit| matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D'))
    }
}

/// A line, as an answer or its beginning.
pub(super) enum Line {
    /// Asterisk's word that the caller is gone, which is no answer.
    Hangup,
    /// The whole answer.
    Whole(Reply),
    /// `520-`: the lines of the usage follow, up to [`LAST_OF_USAGE`].
    Usage,
    /// 200 whose parenthesis does not end on this line.
    Broken,
    /// None of these.
    Odd,
}

/// Ends an answer of several lines.
pub(super) const LAST_OF_USAGE: &str = "520 End of proper usage.";

impl Line {
    pub(super) fn read(line: &str) -> Self {
        match line.get(..4) {
            _ if line == "HANGUP" => Self::Hangup,
            Some("200 ") => line[4..].strip_prefix("result=").map_or(Self::Odd, success),
            Some("510 ") => Self::Whole(Reply::Unknown),
            Some("511 ") => Self::Whole(Reply::Dead),
            Some("520-") => Self::Usage,
            Some("520 ") => Self::Whole(Reply::Usage),
            _ => Self::Odd,
        }
    }
}

fn success(text: &str) -> Line {
    let (result, rest) = text.split_once(' ').unwrap_or((text, ""));
    if result.len() > 1_024 || !result.bytes().all(|b| b.is_ascii_graphic()) {
        return Line::Odd;
    }
    let (rest, endpos) = match rest.rsplit_once("endpos=") {
        Some((before, samples)) if before.is_empty() || before.ends_with(") ") => match samples.parse() {
            Ok(samples) => (before.trim_end(), Some(samples)),
            Err(_) => (rest, None),
        },
        _ => (rest, None),
    };
    let data = match rest.strip_prefix('(') {
        None if rest.is_empty() => None,
        None => return Line::Odd,
        Some(value) => match value.strip_suffix(')') {
            Some(value) => Some(value.to_owned()),
            None => return Line::Broken,
        },
    };
    Line::Whole(Reply::Done(Success { result: result.to_owned(), data, endpos }))
}
