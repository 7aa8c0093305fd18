//! A form that comes in, field by field: whether it can be kept. Whether it can answer callers here is another question.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::assistants::{
    Closing, DAYS, Form, Hours, Language, MOST_HOLIDAYS, MOST_HOURS, MOST_PLACES, MOST_PROMPT, MOST_SENTENCE,
    MOST_WORDS,
};
use crate::config::{TOOLS, is_place};
use crate::http::body::Fields;
use crate::http::error::ApiError;
use crate::http::people::parse;

/// Bytes of a form.
pub(in crate::http) const BODY: usize = 512 << 10;

/// What was asked for.
pub(super) struct Wanted {
    /// `None`: none was told.
    pub(super) id: Option<String>,
    pub(super) form: Form,
    /// `updatedAt` of what was changed; `None`: whatever it is by now.
    pub(super) base: Option<String>,
}

/// A new one, or that one as it shall be: what is absent stays.
pub(super) fn read(mut fields: Fields, before: Option<(&str, &Form)>) -> Result<Wanted, ApiError> {
    let id = fields.text("id", parse::id);
    if let (Some((before, _)), Some(id)) = (before, &id)
        && id != before
    {
        fields.wrong("id", "another than in the address");
    }
    let base = before.and_then(|_| fields.text("base", |text| parse::plain(text, 40)));
    let is_new = before.is_none();
    let mut form = before.map(|(_, form)| form.clone()).unwrap_or_default();
    let name = if is_new { fields.required("name", parse::title) } else { fields.text("name", parse::title) };
    put(&mut form.name, name);
    put(&mut form.language, fields.text("language", |word| one_of(Language::of(word), "fr or en")));
    form.greeting = fields.kept("greeting", form.greeting, sentence);
    form.reminder = fields.kept("reminder", form.reminder, sentence);
    form.sorry = fields.kept("sorry", form.sorry, sentence);
    form.handing_over = fields.kept("handingOver", form.handing_over, sentence);
    form.goodbye = fields.kept("goodbye", form.goodbye, sentence);
    if let Some(fillers) = fields.texts("fillers", MOST_WORDS, sentence) {
        // without any it says what everybody says
        form.fillers = Some(fillers).filter(|all| !all.is_empty());
    }
    put(&mut form.prompt, fields.text("prompt", prompt));
    form.mouth = fields.kept("mouth", form.mouth, engine);
    form.voice = fields.kept("voice", form.voice, sentence_of_100);
    form.ears = fields.kept("ears", form.ears, engine);
    form.mind = fields.kept("mind", form.mind, engine);
    if let Some(mut tools) = fields.texts("tools", TOOLS.len(), tool) {
        tools.sort_unstable();
        tools.dedup();
        form.tools = tools;
    }
    put(
        &mut form.places,
        fields.json("places", |value| places(value).map(drop)).and_then(|v| places(&v).ok()),
    );
    put(&mut form.tags, fields.texts("tags", MOST_WORDS, sentence_of_100));
    put(&mut form.silence_s, fields.number("silenceS", 1, 60));
    put(&mut form.longest_s, fields.number("longestS", 1, 7_200));
    put(&mut form.most_at_once, fields.number("mostAtOnce", 1, 1_000));
    put(&mut form.human_words, fields.texts("humanWords", MOST_WORDS, small));
    put(&mut form.anger_words, fields.texts("angerWords", MOST_WORDS, small));
    form.human_key = fields.kept("humanKey", form.human_key, key);
    put(&mut form.timezone, fields.text("timezone", parse::zone));
    put(&mut form.hours, fields.json("hours", |value| hours(value).map(drop)).and_then(|v| hours(&v).ok()));
    put(&mut form.holidays, fields.texts("holidays", MOST_HOLIDAYS, date));
    form.closed_words = fields.kept("closedWords", form.closed_words, sentence);
    let closing = fields.text("whenClosed", |word| one_of(Closing::of(word), "fallback or hangup"));
    put(&mut form.when_closed, closing);
    form.fallback = fields.kept("fallback", form.fallback, place);
    put(&mut form.records, fields.flag("records"));
    form.retention_days = match fields.number("retentionDays", 0, 3_650) {
        Some(0) => None,
        Some(days) => Some(days),
        None => form.retention_days,
    };
    put(&mut form.takes_unknown, fields.flag("takesUnknown"));
    fields.ignore(&[
        "state",
        "why",
        "serves",
        "published",
        "changed",
        "paused",
        "closed",
        "isDefault",
        "numbers",
        "calls",
        "sentOnPaused",
        "sentOnClosed",
        "sentOnFull",
        "createdAt",
        "updatedAt",
        "faults",
    ]);
    fields.end()?;
    Ok(Wanted { id, form, base })
}

fn put<T>(at: &mut T, new: Option<T>) {
    if let Some(new) = new {
        *at = new;
    }
}

fn one_of<T>(found: Option<T>, expected: &str) -> Result<T, String> {
    found.ok_or_else(|| format!("expected {expected}"))
}

/// One that is said.
fn sentence(text: &str) -> Result<String, String> {
    match parse::plain(text, MOST_SENTENCE)? {
        empty if empty.is_empty() => Err("expected a sentence".to_owned()),
        said => Ok(said),
    }
}

fn sentence_of_100(text: &str) -> Result<String, String> {
    parse::title(text)
}

/// A word of callers.
fn small(text: &str) -> Result<String, String> {
    parse::title(text).map(|word| word.to_lowercase())
}

/// On lines.
fn prompt(text: &str) -> Result<String, String> {
    let sound = text.chars().count() <= MOST_PROMPT
        && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    if sound {
        Ok(text.trim().to_owned())
    } else {
        Err(format!("expected at most {MOST_PROMPT} characters, on lines that end with a line feed"))
    }
}

/// Its name; whether it is set up here is said when it is checked.
fn engine(text: &str) -> Result<String, String> {
    let sound = (1..=40).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b));
    if sound { Ok(text.to_owned()) } else { Err("expected the name of an engine such as openai".to_owned()) }
}

fn tool(text: &str) -> Result<String, String> {
    if TOOLS.contains(&text) {
        Ok(text.to_owned())
    } else {
        Err(format!("expected some of {}", TOOLS.join(", ")))
    }
}

fn key(text: &str) -> Result<char, String> {
    let mut keys = text.chars();
    let key = keys.next().filter(|key| "0123456789*#".contains(*key) && keys.next().is_none());
    key.ok_or_else(|| "expected one key: 0 to 9, * or #".to_owned())
}

fn date(text: &str) -> Result<String, String> {
    let date = (text.len() == 10).then(|| text.parse::<jiff::civil::Date>().ok()).flatten();
    date.map(|date| date.to_string()).ok_or_else(|| "expected dates such as 2026-12-25".to_owned())
}

/// Of the dialplan.
fn place(text: &str) -> Result<String, String> {
    if is_place(text) {
        Ok(text.to_owned())
    } else {
        Err("expected context,extension,priority such as queues,500,1".to_owned())
    }
}

/// By name.
fn places(value: &Value) -> Result<BTreeMap<String, String>, String> {
    let all = value.as_object().filter(|all| all.len() <= MOST_PLACES);
    let all = all.ok_or_else(|| format!("expected at most {MOST_PLACES} places by their names"))?;
    let one = |(name, at): (&String, &Value)| {
        let at = at.as_str().ok_or_else(|| format!("{}: expected text", short(name)))?;
        let at = place(at).map_err(|why| format!("{}: {why}", short(name)))?;
        Ok((parse::title(name).map_err(|why| format!("{}: {why}", short(name)))?, at))
    };
    all.iter().map(one).collect()
}

fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect()
}

fn hours(value: &Value) -> Result<Vec<Hours>, String> {
    let rows = value.as_array().filter(|rows| rows.len() <= MOST_HOURS);
    let rows = rows.ok_or_else(|| format!("expected a list of at most {MOST_HOURS} rows"))?;
    let one = |(n, row): (usize, &Value)| hours_of(row).map_err(|why| format!("[{n}]: {why}"));
    rows.iter().enumerate().map(one).collect()
}

fn hours_of(row: &Value) -> Result<Hours, String> {
    let row = row.as_object().ok_or("expected an object")?;
    if let Some(other) = row.keys().find(|name| !["days", "from", "until"].contains(&name.as_str())) {
        return Err(format!("{}: unknown field", short(other)));
    }
    let days = row.get("days").and_then(Value::as_array).ok_or("days: expected a list")?;
    let day = |day: &Value| {
        let known = day.as_str().filter(|day| DAYS.contains(day));
        known.map(str::to_owned).ok_or_else(|| format!("days: expected some of {}", DAYS.join(", ")))
    };
    let days: Vec<String> = days.iter().take(8).map(day).collect::<Result<_, _>>()?;
    if days.is_empty() || days.len() > DAYS.len() {
        return Err("days: expected 1 to 7".to_owned());
    }
    let time = |name: &str| {
        let text = row.get(name).and_then(Value::as_str).unwrap_or_default();
        parse::time(text).map_err(|why| format!("{name}: {why}"))
    };
    Ok(Hours { days, from: time("from")?, until: time("until")? })
}
