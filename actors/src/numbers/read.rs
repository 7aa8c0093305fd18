//! What was typed, read as one of four things or as nothing.

use super::NumberRefusal;
use super::plan::NumberPlan;

/// What a text is under a plan.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Read<'a> {
    /// An emergency number, as the plan has it.
    Emergency(&'a str),
    /// An extension of the PBX.
    Inside(&'a str),
    /// A short number that is never dialled.
    ShortDenied,
    /// Digits of an E.164 number.
    Outside(String),
}

/// Longest text that is looked at.
const LONGEST: usize = 64;
const EXPECTED: &str = "an extension of the PBX, or a number such as 0612345678 or +33612345678";

/// Whether the text could be a whole number as people write it, with separators (the shortest so written
/// is `116 000`); decides nothing.
pub(crate) fn is_number_like(typed: &str) -> bool {
    typed.len() <= LONGEST && digits(typed).is_some_and(|(_, digits)| digits.len() >= 6)
}

/// See [`Read`]. Emergency numbers are looked for before anything may refuse.
pub(super) fn read<'a>(plan: &'a NumberPlan, typed: &'a str) -> Result<Read<'a>, NumberRefusal> {
    let malformed = NumberRefusal::Malformed(EXPECTED);
    if typed.is_empty() || typed.len() > LONGEST {
        return Err(malformed);
    }
    let Some((plus, digits)) = digits(typed) else {
        return if plan.is_inside(typed) { Ok(Read::Inside(typed)) } else { Err(malformed) };
    };
    let spellings = spellings(plan, plus, &digits);
    if let Some(number) = spellings.iter().find_map(|s| plan.emergency_of(s)) {
        return Ok(Read::Emergency(number));
    }
    // before extensions: the PBX takes the outside line off, and dials the rest
    if without_line(plan, plus, &digits).is_some_and(|rest| plan.is_short_denied(rest)) {
        return Ok(Read::ShortDenied);
    }
    if !plus && plan.is_inside(typed) {
        return Ok(Read::Inside(typed));
    }
    if spellings.iter().any(|s| plan.is_short_denied(s)) {
        return Ok(Read::ShortDenied);
    }
    outside(plan, plus, &digits).map(Read::Outside).ok_or(malformed)
}

/// A leading plus and the digits, out of `+33 6 12 34 56 78`, `06.12.34.56.78`, `tel:+33-6...;ext=12`. One
/// separator at a time, between digits; anything else is no number.
fn digits(typed: &str) -> Option<(bool, String)> {
    let mut text = typed;
    if let Some(uri) = typed.strip_prefix("tel:") {
        // an extension behind the number is dialled by nobody: it is left out, whatever it is
        text = match uri.split_once(";ext=") {
            Some((number, ext)) if !ext.is_empty() && ext.bytes().all(|b| b.is_ascii_digit()) => number,
            Some(_) => return None,
            None => uri,
        };
    }
    let (plus, text) = match text.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut digits = String::with_capacity(text.len());
    let mut between = true; // nothing may stand before the first digit
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => {
                digits.push(char::from(byte));
                between = false;
            }
            b' ' | b'-' | b'.' if !between => between = true,
            _ => return None,
        }
    }
    (!between).then_some((plus, digits))
}

/// What follows an outside line, where these digits begin with one.
fn without_line<'d>(plan: &NumberPlan, plus: bool, digits: &'d str) -> Option<&'d str> {
    let has_one = !plus && !plan.outside_line.is_empty();
    digits.strip_prefix(plan.outside_line.as_str()).filter(|_| has_one)
}

/// The same digits as they may be meant when they are a short number: as they are, after an outside line,
/// after the country code.
fn spellings(plan: &NumberPlan, plus: bool, digits: &str) -> Vec<String> {
    let mut all = vec![digits.to_owned()];
    all.extend(without_line(plan, plus, digits).map(str::to_owned));
    let mut more = Vec::new();
    for text in &all {
        let abroad =
            if plus { Some(text.as_str()) } else { text.strip_prefix(plan.international_prefix.as_str()) };
        more.extend(abroad.and_then(|t| t.strip_prefix(plan.country.as_str())).map(str::to_owned));
    }
    all.extend(more);
    if plus {
        all.remove(0); // with a plus the digits begin with a country code
    }
    all
}

/// E.164 digits. An outside line is taken off only before what is a whole number then.
fn outside(plan: &NumberPlan, plus: bool, digits: &str) -> Option<String> {
    if plus {
        return e164(plan, digits);
    }
    let without = without_line(plan, plus, digits);
    national(plan, digits)
        .or_else(|| national(plan, without?))
        .or_else(|| e164(plan, without?.strip_prefix(plan.international_prefix.as_str())?))
        .or_else(|| e164(plan, digits.strip_prefix(plan.international_prefix.as_str())?))
}

pub(super) fn national(plan: &NumberPlan, digits: &str) -> Option<String> {
    let rest = digits.strip_prefix(plan.national_prefix.as_str())?;
    let whole = rest.len() == usize::from(plan.national_digits) && !rest.starts_with('0');
    whole.then(|| format!("{}{rest}", plan.country))
}

/// 8 to 15 digits, the first not 0; of our own country exactly as many as it has. A national prefix
/// behind the country code (`+33 06...`) is a common slip and is taken off.
pub(super) fn e164(plan: &NumberPlan, digits: &str) -> Option<String> {
    if !(8..=15).contains(&digits.len()) || digits.starts_with('0') {
        return None;
    }
    let Some(rest) = digits.strip_prefix(plan.country.as_str()) else { return Some(digits.to_owned()) };
    let whole = |rest: &str| rest.len() == usize::from(plan.national_digits) && !rest.starts_with('0');
    if whole(rest) {
        return Some(digits.to_owned());
    }
    let slip = (!plan.national_prefix.is_empty())
        .then(|| rest.strip_prefix(plan.national_prefix.as_str()))
        .flatten();
    slip.filter(|rest| whole(rest)).map(|rest| format!("{}{rest}", plan.country))
}
