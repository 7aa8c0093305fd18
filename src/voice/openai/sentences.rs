//! What a model writes, cut into sentences while it comes: each is spoken while the next is written.
//!
//! It is read letter by letter, so that it does not matter how it was cut. A full stop ends a sentence when a blank and
//! what may begin one follow: not in `3.5`, not behind `M.`, `e.g.` or `J.`, not before a small letter. What a voice would
//! read aloud of a text that was meant for the eye, stars and grids, is left out.

/// Letters after which a sentence is cut where it can be: nobody waits for its end.
const LONGEST: usize = 250;

/// Before a name or a number, never last: French, then English.
const NEVER_LAST: &[&str] = &[
    "mm", "mme", "mmes", "mlle", "dr", "pr", "st", "ste", "av", "bd", "boul", "cf", "tél", "p. ex", "réf",
    "mr", "mrs", "ms", "prof", "vs", "e.g", "i.e", "approx", "dept", "mt", "gen", "sgt",
];
/// Before a number; else they are words: `No.`
const BEFORE_NUMBERS: &[&str] =
    &["no", "nos", "art", "fig", "vol", "chap", "max", "min", "ext", "env", "pp", "p"];

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Sentences {
    held: String,
    letters: usize,
    /// A stop and a blank came: what follows says if it was the end.
    stopped: bool,
}

impl Sentences {
    /// The next letter; a sentence, when that shows its end.
    pub(super) fn take(&mut self, letter: char) -> Option<String> {
        match letter {
            '*' | '`' | '#' | '\u{fffd}' => return None,
            '\n' | '\r' => return self.whole(),
            letter if letter.is_control() => return None,
            letter if letter.is_whitespace() => {
                // a narrow blank before `!` and `»` is for the eye as well
                if !self.stopped && ends_with_stop(&self.held) {
                    self.stopped = true;
                } else if !self.stopped && !self.held.is_empty() && !self.held.ends_with(' ') {
                    self.push(' ');
                }
                return None;
            }
            _ => {}
        }
        let mut done = None;
        if self.stopped {
            if matches!(letter, '»' | '”' | '!' | '?') {
                self.push(' ');
                self.push(letter);
                self.stopped = ends_with_stop(&self.held);
                return None;
            }
            self.stopped = false;
            if is_end(&self.held, letter) {
                done = self.whole();
            } else {
                self.push(' ');
            }
        }
        self.push(letter);
        if matches!(letter, '。' | '！' | '？') {
            return done.or_else(|| self.whole());
        }
        done.or_else(|| self.too_long())
    }

    /// What is left at the end.
    pub(super) fn finish(&mut self) -> Option<String> {
        self.whole()
    }

    fn push(&mut self, letter: char) {
        self.held.push(letter);
        self.letters += 1;
    }

    fn whole(&mut self) -> Option<String> {
        self.stopped = false;
        self.letters = 0;
        spoken(&std::mem::take(&mut self.held))
    }

    /// At the last comma, else at the last blank, else there.
    fn too_long(&mut self) -> Option<String> {
        if self.letters <= LONGEST {
            return None;
        }
        let comma = self.held.rfind(", ").or_else(|| self.held.rfind("; ")).map(|at| at + 1);
        let cut = comma.filter(|at| *at > 40).or_else(|| self.held.rfind(' '));
        let rest = cut.map_or_else(String::new, |at| self.held.split_off(at));
        let first = self.whole();
        self.held = rest.trim_start().to_owned();
        self.letters = self.held.chars().count();
        first
    }
}

/// `None`: nothing of it can be said.
fn spoken(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches(['-', '–', '—', '•', '>']).trim_start();
    text.chars().any(char::is_alphanumeric).then(|| text.to_owned())
}

/// `.`, `!`, `?` or `…`, and what closes behind it.
fn ends_with_stop(text: &str) -> bool {
    let inner = text.trim_end_matches([')', ']', '"', '»', '”', '’', '\'']).trim_end();
    inner.ends_with(['.', '!', '?', '…'])
}

/// Whether the stop at its end is one, when that follows behind a blank.
fn is_end(text: &str, next: char) -> bool {
    if text.ends_with(['!', '?']) {
        return true;
    }
    if next.is_lowercase() {
        return false;
    }
    let Some(before) = text.strip_suffix('.') else { return true };
    let words = before.rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '«' | '’' | '\''));
    let word = words.map(str::to_lowercase).next().unwrap_or_default();
    let alone = before.trim() == word;
    let mut letters = word.chars();
    match (letters.next(), letters.next()) {
        // a number of a list, `1.`, or an initial, `J.`
        (Some(first), None) if first.is_numeric() => !alone,
        (Some(_), None) if before.ends_with(char::is_uppercase) => before.ends_with('I'),
        _ if NEVER_LAST.contains(&word.as_str()) || before.to_lowercase().ends_with("p. ex") => false,
        _ if BEFORE_NUMBERS.contains(&word.as_str()) => !next.is_numeric(),
        _ if word.chars().all(char::is_numeric) => !alone,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Vec<String> {
        let mut sentences = Sentences::default();
        let mut all: Vec<String> = text.chars().filter_map(|letter| sentences.take(letter)).collect();
        all.extend(sentences.finish());
        all
    }

    #[test]
    fn sentences_end_where_a_reader_breathes() {
        for (text, sentences) in [
            ("Bonjour. Que puis-je faire ?", &["Bonjour.", "Que puis-je faire ?"][..]),
            ("Bonjour ! Ça va ?! Bien…  Merci.", &["Bonjour !", "Ça va ?!", "Bien…", "Merci."]),
            ("Il coûte 3.5 euros. Ou 3,50 €.", &["Il coûte 3.5 euros.", "Ou 3,50 €."]),
            ("M. Dupont et Mme. Durand, p. ex. Paul.", &["M. Dupont et Mme. Durand, p. ex. Paul."]),
            ("Le Dr. Martin est là. Il attend.", &["Le Dr. Martin est là.", "Il attend."]),
            (
                "Mr. J. Smith, e.g. Bob, is in. So am I. Bye.",
                &["Mr. J. Smith, e.g. Bob, is in.", "So am I.", "Bye."],
            ),
            (
                "Box, câble, etc. Essayez. Box, etc. et câble.",
                &["Box, câble, etc.", "Essayez.", "Box, etc. et câble."],
            ),
            ("No. We close at 6 p.m. Then we sleep.", &["No.", "We close at 6 p.m.", "Then we sleep."]),
            ("See No. 5, max. 3 times.", &["See No. 5, max. 3 times."]),
            ("1. Débranchez la box. 2. Attendez.", &["1. Débranchez la box.", "2. Attendez."]),
            ("Cela fait 30. Voulez-vous ?", &["Cela fait 30.", "Voulez-vous ?"]),
            ("Il a dit « Oui. » Puis rien.", &["Il a dit « Oui. »", "Puis rien."]),
            ("Allez sur vigie.example.fr. Merci.", &["Allez sur vigie.example.fr.", "Merci."]),
            ("Hum... attendez. Voilà", &["Hum... attendez.", "Voilà"]),
            ("- **Un** câble\n- Une `box`\n\n", &["Un câble", "Une box"]),
            ("Two lines\r\nhere", &["Two lines", "here"]),
            ("こんにちは。元気？", &["こんにちは。", "元気？"]),
            (" \n… . ! \n", &[]),
        ] {
            assert_eq!(cut(text), sentences, "{text}");
        }
    }

    #[test]
    fn f49_what_has_no_end_is_cut_all_the_same() {
        let sentence = "un mot, ".repeat(200);
        let parts = cut(&sentence);
        assert!(parts.len() > 5 && parts.iter().all(|part| part.chars().count() <= LONGEST + 1), "{parts:?}");
        assert!(parts.iter().all(|part| part.ends_with(',')), "{parts:?}");
        assert_eq!(parts.join(" "), sentence.trim());
        let token = "é".repeat(100_000);
        assert_eq!(cut(&token).concat(), token);
        assert!(cut(&token).iter().all(|part| part.chars().count() <= LONGEST + 1));
    }

    proptest! {
        #[test]
        fn no_letter_is_lost_or_made_up(text in "[A-Za-zé0-9 .,!?«»\n]{0,400}") {
            let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            prop_assert_eq!(letters(&cut(&text).concat()), letters(&text));
        }
    }
}
