//! How a dialogue is written, and what of it is wrong.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

/// Bytes of a dialogue.
const MOST_BYTES: usize = 256 << 10;
/// States, answers of one, words of one, sentences of one.
const MOST: usize = 200;
/// Letters of a sentence or of words.
const MOST_LETTERS: usize = 1_000;
/// States that lead on without a question, in a row.
pub(super) const MOST_STEPS: usize = 20;

/// One dialogue, checked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialogue {
    /// `fr`, `en`.
    pub language: String,
    /// Said first, where the assistant has no greeting of its own; the first question of `start`.
    pub greeting: String,
    /// The state after the greeting.
    pub start: String,
    /// Answers that are understood everywhere: words for a human.
    #[serde(default)]
    pub anywhere: Vec<Answer>,
    /// By name.
    pub states: BTreeMap<String, State>,
}

/// Where a caller may stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Said when he comes here; `{name}` is what was kept by that name.
    #[serde(default)]
    pub say: Vec<String>,
    /// Said when he was not understood here: which keys there are.
    #[serde(default)]
    pub keys: String,
    /// What he may answer.
    #[serde(default)]
    pub answers: Vec<Answer>,
    /// A number that he may answer, in keys or spoken digits.
    pub digits: Option<Digits>,
    /// Where it goes on without a question.
    pub to: Option<String>,
    /// How it ends here.
    pub end: Option<Ends>,
}

/// What he may answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Any of these words, or the key.
    #[serde(default)]
    pub words: Vec<String>,
    /// Instead of the words.
    pub key: Option<char>,
    /// Where it leads.
    pub to: String,
    /// What is kept of it, by name.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
}

/// A number.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Digits {
    /// Digits that it has at least.
    pub least: usize,
    /// And at most.
    pub most: usize,
    /// The name by which it is kept.
    pub keep: String,
    /// Where it leads.
    pub to: String,
}

/// An end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ends {
    /// The caller is brought to a human.
    Transfer,
    /// Goodbye.
    Hangup,
}

impl Dialogue {
    /// The one of an after-sales line that everybody has: internet, mobile, an invoice, or a person.
    ///
    /// # Errors
    /// Never, as the tests hold: it is ours.
    pub fn usual(english: bool) -> Result<Self, String> {
        Self::read(if english { include_str!("en.toml") } else { include_str!("fr.toml") })
    }

    /// # Errors
    /// What is wrong in it, and where.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.len() > MOST_BYTES {
            return Err(format!("{} bytes, expected at most {MOST_BYTES}", text.len()));
        }
        let this: Self = toml::from_str(text).map_err(|problem| problem.to_string())?;
        this.check()?;
        Ok(this)
    }

    fn check(&self) -> Result<(), String> {
        if !["fr", "en"].contains(&self.language.as_str()) {
            return Err(format!("language: `{}`, expected fr or en", self.language));
        }
        if self.states.is_empty() || self.states.len() > MOST {
            return Err(format!("states: {} of them, expected 1 to {MOST}", self.states.len()));
        }
        sentence("greeting", &self.greeting)?;
        self.leads("start", &self.start)?;
        if self.states.get(&self.start).is_some_and(|state| state.end.is_some() || state.to.is_some()) {
            return Err(format!("start: `{}` asks nothing, expected a state with answers", self.start));
        }
        let kept = self.kept();
        self.answers("anywhere", &self.anywhere)?;
        for (name, state) in &self.states {
            self.state(&format!("states.{name}"), state, &kept)?;
        }
        self.comes_to_an_end()
    }

    /// All names by which something is kept.
    fn kept(&self) -> HashSet<&str> {
        let states = || self.states.values();
        let answers = states().flat_map(|state| &state.answers).chain(&self.anywhere);
        let names = answers.flat_map(|answer| answer.keep.keys()).map(String::as_str);
        names.chain(states().filter_map(|state| Some(state.digits.as_ref()?.keep.as_str()))).collect()
    }

    fn state(&self, place: &str, state: &State, kept: &HashSet<&str>) -> Result<(), String> {
        let asks = !state.answers.is_empty() || state.digits.is_some();
        let ways = usize::from(asks) + usize::from(state.to.is_some()) + usize::from(state.end.is_some());
        if ways != 1 {
            return Err(format!("{place}: expected one of answers (or digits), to, and end; it has {ways}"));
        }
        if state.say.len() > MOST {
            return Err(format!("{place}.say: expected at most {MOST} sentences"));
        }
        for said in &state.say {
            sentence(&format!("{place}.say"), said)?;
            if let Some(name) = slots(said).find(|name| !kept.contains(name)) {
                return Err(format!("{place}.say: {{{name}}} is kept by no answer"));
            }
        }
        if asks {
            sentence(&format!("{place}.keys"), &state.keys)?;
        }
        self.answers(&format!("{place}.answers"), &state.answers)?;
        if let Some(to) = &state.to {
            self.leads(&format!("{place}.to"), to)?;
        }
        if let Some(digits) = &state.digits {
            let Digits { least, most, to, .. } = digits;
            if !(1..=32).contains(least) || !(*least..=32).contains(most) {
                return Err(format!("{place}.digits: {least} to {most}, expected 1 to 32"));
            }
            self.leads(&format!("{place}.digits.to"), to)?;
        }
        Ok(())
    }

    fn answers(&self, place: &str, answers: &[Answer]) -> Result<(), String> {
        if answers.len() > MOST {
            return Err(format!("{place}: expected at most {MOST}"));
        }
        let (mut words, mut keys) = (HashSet::new(), HashSet::new());
        for (n, answer) in answers.iter().enumerate() {
            let place = format!("{place}[{n}]");
            if answer.words.is_empty() && answer.key.is_none() {
                return Err(format!("{place}: expected words, or a key"));
            }
            for said in &answer.words {
                sentence(&format!("{place}.words"), said)?;
                if !words.insert(super::walk::plain(said)) {
                    return Err(format!("{place}.words: `{said}` is another answer's too"));
                }
            }
            if let Some(key) = answer.key {
                if !"0123456789*".contains(key) {
                    return Err(format!("{place}.key: `{key}`, expected 0 to 9 or *"));
                }
                if !keys.insert(key) {
                    return Err(format!("{place}.key: `{key}` is another answer's too"));
                }
            }
            self.leads(&format!("{place}.to"), &answer.to)?;
        }
        Ok(())
    }

    fn leads(&self, place: &str, to: &str) -> Result<(), String> {
        if self.states.contains_key(to) {
            return Ok(());
        }
        Err(format!("{place}: there is no state `{to}`"))
    }

    /// No state leads on and on without a question.
    fn comes_to_an_end(&self) -> Result<(), String> {
        for name in self.states.keys() {
            let (mut at, mut steps) = (name, 0);
            while let Some(to) = self.states.get(at).and_then(|state| state.to.as_ref()) {
                (at, steps) = (to, steps + 1);
                if steps > MOST_STEPS {
                    return Err(format!("states.{name}.to: it leads on without ever asking or ending"));
                }
            }
        }
        Ok(())
    }
}

fn sentence(place: &str, text: &str) -> Result<(), String> {
    if text.trim().is_empty() || text.chars().count() > MOST_LETTERS {
        return Err(format!("{place}: expected 1 to {MOST_LETTERS} letters"));
    }
    Ok(())
}

/// The names in braces.
fn slots(text: &str) -> impl Iterator<Item = &str> {
    text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0))
}
