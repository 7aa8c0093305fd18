//! One form for every spelling of a number, to compare them: nothing is decided by it and nothing dialled.

use super::plan::NumberPlan;
use super::read::{e164, national};
use crate::view::Text;

impl NumberPlan {
    /// E.164 with its plus where the text is a whole number, however it is written (`01 23...`, `+33 1...`,
    /// `0033...`, `331...` of the plan's own country); anything else without its separators.
    pub fn canonical(&self, written: &str) -> Text {
        let bare: String = written.chars().filter(|c| !is_separator(*c)).collect();
        let (plus, digits) = match bare.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, bare.as_str()),
        };
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return bare.into();
        }
        let whole = if plus {
            e164(self, digits)
        } else {
            national(self, digits)
                .or_else(|| e164(self, digits.strip_prefix(self.international_prefix.as_str())?))
                // as some providers send it; of other countries it cannot be told from a short number
                .or_else(|| e164(self, Some(digits).filter(|text| text.starts_with(self.country.as_str()))?))
        };
        whole.map_or_else(|| bare.as_str().into(), |whole| format!("+{whole}").into())
    }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '-' | '.' | '(' | ')' | '/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_number_is_one() {
        let plan = NumberPlan::default();
        for written in [
            "0100000099",
            "01 00 00 00 99",
            "01.00.00.00.99",
            "+33100000099",
            "+33 (0)1 00 00 00 99",
            "0033100000099",
            "33100000099",
            " +33-1-00-00-00-99\u{a0}",
        ] {
            assert_eq!(plan.canonical(written), "+33100000099", "{written}");
        }
        assert_eq!(plan.canonical("0044 20 7946 0000"), plan.canonical("+442079460000"));
        for (written, same) in
            [("1000", "1000"), ("*45", "*45"), ("ivr", "ivr"), ("", ""), ("+", "+"), ("33", "33")]
        {
            assert_eq!(plan.canonical(written), same, "{written}");
        }
        let german = NumberPlan { country: "49".into(), ..NumberPlan::default() };
        assert_ne!(german.canonical("0100000099"), "+33100000099", "by the plan's own country");
    }
}
