//! What some models write before their answer, between `<think>` and `</think>`: nobody is told it.

const BEGINS: &str = "<think>";
const ENDS: &str = "</think>";

/// See the module.
#[derive(Debug)]
pub(super) enum Thoughts {
    /// So much of their beginning came.
    Perhaps(String),
    /// They are being written; the last letters.
    Inside(String),
    /// It answers.
    Over,
}

impl Default for Thoughts {
    fn default() -> Self {
        Self::Perhaps(String::new())
    }
}

impl Thoughts {
    /// The next letter; the letters that are of the answer.
    pub(super) fn take(&mut self, letter: char) -> String {
        match self {
            Self::Over => return letter.to_string(),
            Self::Perhaps(held) if held.is_empty() && letter.is_whitespace() => {}
            Self::Perhaps(held) => {
                held.push(letter);
                if held == BEGINS {
                    *self = Self::Inside(String::new());
                } else if !BEGINS.starts_with(held.as_str()) {
                    return self.finish();
                }
            }
            Self::Inside(last) => {
                last.push(letter);
                if last.ends_with(ENDS) {
                    *self = Self::Over;
                } else if !ENDS.starts_with(last.as_str()) {
                    // what still may be the beginning of their end
                    *last = if letter == '<' { letter.to_string() } else { String::new() };
                }
            }
        }
        String::new()
    }

    /// What was held back in vain.
    pub(super) fn finish(&mut self) -> String {
        match std::mem::replace(self, Self::Over) {
            Self::Perhaps(held) => held,
            Self::Inside(_) | Self::Over => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_answer_is_told() {
        for (text, answer) in [
            ("Bonjour.", "Bonjour."),
            ("<think>\nIs 3 < 4? </thin </ <</think>\n\nBonjour. <think>", "\n\nBonjour. <think>"),
            (" \n<think></think>Oui", "Oui"),
            ("<thing>", "<thing>"),
            ("<th", "<th"),
            ("<think>for ever", ""),
            ("", ""),
        ] {
            let mut thoughts = Thoughts::default();
            let mut told: String = text.chars().map(|letter| thoughts.take(letter)).collect();
            told.push_str(&thoughts.finish());
            assert_eq!(told, answer, "{text}");
        }
    }
}
