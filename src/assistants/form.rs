//! What an assistant is, as people write it.

use std::collections::BTreeMap;

use actors::ivr::Opening;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Letters of a sentence, at most: as many as a voice takes.
pub const MOST_SENTENCE: usize = 1_000;
/// Letters of a prompt.
pub const MOST_PROMPT: usize = 8_000;
/// Words of one list, and fillers.
pub const MOST_WORDS: usize = 100;
/// Places where humans are.
pub const MOST_PLACES: usize = 50;
/// Rows of opening hours.
pub const MOST_HOURS: usize = 50;
/// Days on which it is closed.
pub const MOST_HOLIDAYS: usize = 200;
/// Days of a week, as they are written.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// In which it speaks and hears.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "AssistantLanguage")]
pub enum Language {
    /// French.
    #[default]
    Fr,
    /// English.
    En,
}

impl Language {
    /// Of its word.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "fr" => Some(Self::Fr),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// `fr`, `en`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }
}

/// Where who calls while it is closed goes, once he was told so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "WhenClosed")]
pub enum Closing {
    /// To a human.
    #[default]
    Fallback,
    /// Nowhere.
    Hangup,
}

impl Closing {
    /// Of its word.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "fallback" => Some(Self::Fallback),
            "hangup" => Some(Self::Hangup),
            _ => None,
        }
    }
}

/// When it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "OpeningHours")]
pub struct Hours {
    /// `mon` ... `sun`.
    pub days: Vec<String>,
    /// `09:00`
    pub from: String,
    /// Not included; before `from` it is that of the next day.
    pub until: String,
}

/// One version of an assistant, or its draft. `None` of a sentence: what everybody says in that language; of an engine:
/// the one that this server takes by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
#[schemars(rename = "AssistantForm")]
pub struct Form {
    /// As it is called on the floor.
    pub name: String,
    /// In which it speaks and hears.
    pub language: Language,
    /// First.
    pub greeting: Option<String>,
    /// To who says nothing.
    pub reminder: Option<String>,
    /// When it did not understand.
    pub sorry: Option<String>,
    /// Before a human.
    pub handing_over: Option<String>,
    /// Last.
    pub goodbye: Option<String>,
    /// While an answer takes long.
    pub fillers: Option<Vec<String>>,
    /// What the model is told.
    pub prompt: String,
    /// Who speaks: `machine`, `openai`, `google`...
    pub mouth: Option<String>,
    /// With which of its voices.
    pub voice: Option<String>,
    /// Who hears; `none`: nobody, keys only.
    pub ears: Option<String>,
    /// Who thinks; `none`: nobody.
    pub mind: Option<String>,
    /// What its model may have done.
    pub tools: Vec<String>,
    /// Where humans are, by the names that the model knows: `context,extension,priority`.
    pub places: BTreeMap<String, String>,
    /// What a ticket may be about; empty: anything.
    pub tags: Vec<String>,
    /// Seconds without a word, until it asks, and until it gives up.
    pub silence_s: u16,
    /// Seconds of a whole conversation.
    pub longest_s: u16,
    /// Callers at once.
    pub most_at_once: u16,
    /// Words that lead to a human.
    pub human_words: Vec<String>,
    /// Words of anger.
    pub anger_words: Vec<String>,
    /// The key for a human.
    pub human_key: Option<char>,
    /// IANA zone of its hours.
    pub timezone: String,
    /// When it answers; empty: always.
    pub hours: Vec<Hours>,
    /// Days on which it does not: `2026-12-25`.
    pub holidays: Vec<String>,
    /// What is said while it is closed.
    pub closed_words: Option<String>,
    /// What follows then.
    pub when_closed: Closing,
    /// Where callers go for a human: `context,extension,priority`; `None`: the dialplan knows.
    pub fallback: Option<String>,
    /// Whether its conversations are recorded.
    pub records: bool,
    /// How long what it recorded is kept; `None`: as everything.
    pub retention_days: Option<u16>,
    /// Whether it speaks with callers of whom the PBX tells nothing.
    pub takes_unknown: bool,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            name: String::new(),
            language: Language::Fr,
            greeting: None,
            reminder: None,
            sorry: None,
            handing_over: None,
            goodbye: None,
            fillers: None,
            prompt: String::new(),
            mouth: None,
            voice: None,
            ears: None,
            mind: None,
            tools: Vec::new(),
            places: BTreeMap::new(),
            tags: Vec::new(),
            silence_s: 10,
            longest_s: 600,
            most_at_once: 100,
            human_words: Vec::new(),
            anger_words: Vec::new(),
            human_key: Some('0'),
            timezone: "Europe/Paris".into(),
            hours: Vec::new(),
            holidays: Vec::new(),
            closed_words: None,
            when_closed: Closing::Fallback,
            fallback: None,
            records: false,
            retention_days: None,
            takes_unknown: false,
        }
    }
}

impl Form {
    /// When it answers; `None`: always.
    ///
    /// # Errors
    /// Which of its hours cannot be read.
    pub fn opening(&self) -> Result<Option<Opening>, String> {
        if self.hours.is_empty() && self.holidays.is_empty() {
            return Ok(None);
        }
        // the first that holds decides
        let closed = self.holidays.iter().map(|day| {
            json!({"id": CLOSED, "isRecurring": false, "allDay": true, "startDate": day, "endDate": day})
        });
        let open = self.hours.iter().map(|row| {
            json!({"id": OPEN, "isRecurring": true, "allDay": false, "days": row.days,
                "startTime": row.from, "endTime": row.until})
        });
        let always = self
            .hours
            .is_empty()
            .then(|| json!({"id": OPEN, "isRecurring": true, "allDay": true, "days": DAYS}));
        let events: Vec<_> = closed.chain(open).chain(always).collect();
        let content = json!({"timezone": self.timezone, "events": events});
        content.as_object().map(Opening::read).transpose()
    }

    /// Whether that holds then.
    pub fn is_open(opening: Option<&Opening>, at: jiff::Timestamp) -> bool {
        opening.is_none_or(|opening| opening.holds(at).is_some_and(|event| &**event == OPEN))
    }
}

const OPEN: &str = "open";
const CLOSED: &str = "closed";

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> jiff::Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn it_is_open_by_the_clock_of_its_zone_and_not_on_holidays() {
        let days = || vec!["mon".to_owned(), "fri".to_owned()];
        let hours = Hours { days: days(), from: "09:00".into(), until: "18:00".into() };
        let form = Form { hours: vec![hours], holidays: vec!["2026-12-25".into()], ..Form::default() };
        let opening = form.opening().expect("it can be read");
        for (instant, open) in [
            ("2026-11-30T07:59:59Z", false), // a Monday, 08:59:59 in Paris
            ("2026-11-30T08:00:00Z", true),
            ("2026-11-30T16:59:59Z", true),
            ("2026-11-30T17:00:00Z", false),
            ("2026-12-01T10:00:00Z", false), // a Tuesday
            ("2026-12-25T10:00:00Z", false), // a Friday, and Christmas
            ("2026-12-18T10:00:00Z", true),
        ] {
            assert_eq!(Form::is_open(opening.as_ref(), at(instant)), open, "{instant}");
        }
    }

    #[test]
    fn without_hours_it_is_always_open_but_on_holidays() {
        assert_eq!(Form::default().opening(), Ok(None));
        let form = Form { holidays: vec!["2026-12-25".into()], ..Form::default() };
        let opening = form.opening().expect("it can be read");
        assert!(Form::is_open(opening.as_ref(), at("2026-12-24T22:59:59Z")));
        assert!(!Form::is_open(opening.as_ref(), at("2026-12-24T23:00:00Z")), "midnight in Paris");
        let wrong = Form { timezone: "Moon/Base".into(), ..form };
        assert!(wrong.opening().expect_err("no such zone").contains("Moon/Base"));
    }

    #[test]
    fn what_is_stored_is_read_back_also_by_a_vigie_that_knows_more() {
        let form = Form { name: "Léa".into(), human_key: None, ..Form::default() };
        let stored = serde_json::to_value(&form).expect("JSON");
        assert_eq!(serde_json::from_value::<Form>(stored).expect("it is one"), form);
        let less: Form = serde_json::from_value(json!({"name": "Léa"})).expect("what is absent is usual");
        assert_eq!((less.silence_s, less.human_key), (10, Some('0')));
    }
}
