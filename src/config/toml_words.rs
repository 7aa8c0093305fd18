//! What is wrong with a value of `vigie.toml`, in the words of its field and not of a parser.
//!
//! Only looked at once the file was refused: it finds the first value that is not of its field's kind.
//! A text is never repeated, since it may be a secret that stands in the wrong place.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What a key takes, and how that is said.
enum Kind {
    Flag,
    Port,
    Seconds,
    SecondsByName,
    Text(&'static str),
    Texts(&'static str),
}

use Kind::{Flag, Port, Seconds, SecondsByName, Text, Texts};

const FILE: [(&str, Kind); 2] = [
    ("http_addr", Text("an address and a port in quotes, such as \"127.0.0.1:8080\"")),
    ("allow_plain_ami", Flag),
];

const PBX: [(&str, Kind); 16] = [
    ("name", Text("a name in quotes")),
    ("host", Text("a host name or an address in quotes")),
    ("port", Port),
    ("username", Text("the account's name in quotes")),
    ("secret", Text("the account's secret in quotes")),
    ("tls", Flag),
    ("tls_ca", Text("the path of a PEM file in quotes")),
    ("tls_name", Text("the name in the PBX's certificate, in quotes")),
    ("trunks", Texts("a list of patterns such as [\"trunk-*\"]")),
    ("agents", Texts("a list of patterns such as [\"digits\"]")),
    ("wrap_up_s", Seconds),
    ("wrap_up_s_by_queue", SecondsByName),
    ("transfer_context", Text("a context in quotes")),
    ("recordings", Text("the path of a folder in quotes")),
    ("sounds", Text("the path of a folder in quotes")),
    ("transfer_contexts", Texts("a list of contexts such as [\"ivr\"]")),
];

impl Kind {
    fn words(&self) -> &'static str {
        match self {
            Flag => "true or false, without quotes",
            Port => "a port from 1 to 65535, without quotes",
            Seconds => "a whole number of seconds from 0, without quotes",
            SecondsByName => "a section [pbx.wrap_up_s_by_queue] with a number of seconds for each queue",
            Text(words) | Texts(words) => words,
        }
    }

    fn takes(&self, value: &DeValue<'_>) -> bool {
        match self {
            Flag => value.is_bool(),
            Port => number(value).is_some_and(|n| (1..=65_535).contains(&n)),
            Seconds => number(value).is_some_and(|n| (0..=i64::from(u32::MAX)).contains(&n)),
            SecondsByName => value.is_table(),
            Text(_) => value.is_str(),
            Texts(_) => value.as_array().is_some_and(|all| all.iter().all(|one| one.get_ref().is_str())),
        }
    }
}

fn number(value: &DeValue<'_>) -> Option<i64> {
    let n = value.as_integer()?;
    i64::from_str_radix(n.as_str(), n.radix()).ok()
}

/// A value that is not what its key takes.
pub(super) struct Mistake {
    /// Where the value begins, in bytes.
    pub(super) at: usize,
    pub(super) key: String,
    pub(super) words: String,
}

/// The first one; `None` when the text is no TOML or all values are of their kind.
pub(super) fn first_mistake(text: &str) -> Option<Mistake> {
    let file = DeTable::parse(text).ok()?;
    let file = file.get_ref();
    if let Some(mistake) = in_table(file, &FILE, "") {
        return Some(mistake);
    }
    let (_, sections) = file.iter().find(|(key, _)| key.get_ref() == "pbx")?;
    let Some(all) = sections.get_ref().as_array() else {
        return Some(wrong(sections, "pbx", "", "sections that each begin with [[pbx]]"));
    };
    all.iter().enumerate().find_map(|(n, section)| {
        let Some(pbx) = section.get_ref().as_table() else {
            return Some(wrong(section, "pbx", "", "sections that each begin with [[pbx]]"));
        };
        let name = pbx.get("name").and_then(|name| name.get_ref().as_str());
        let place = match name {
            Some(name) => format!(" in [[pbx]] `{name}`"),
            None => format!(" in [[pbx]] no. {}", n + 1),
        };
        in_table(pbx, &PBX, &place).or_else(|| in_wrap_up(pbx, &place))
    })
}

fn in_table(table: &DeTable<'_>, keys: &[(&str, Kind)], place: &str) -> Option<Mistake> {
    let mut found: Vec<_> = table
        .iter()
        .filter_map(|(key, value)| {
            let (name, kind) = keys.iter().find(|(name, _)| key.get_ref() == name)?;
            (!kind.takes(value.get_ref())).then(|| wrong(value, name, place, kind.words()))
        })
        .collect();
    found.sort_by_key(|mistake| mistake.at);
    found.into_iter().next()
}

fn in_wrap_up(pbx: &DeTable<'_>, place: &str) -> Option<Mistake> {
    let queues = pbx.get("wrap_up_s_by_queue")?.get_ref().as_table()?;
    queues.iter().find_map(|(queue, value)| {
        let key = format!("wrap_up_s_by_queue.{}", queue.get_ref());
        (!Seconds.takes(value.get_ref())).then(|| wrong(value, &key, place, Seconds.words()))
    })
}

fn wrong(value: &Spanned<DeValue<'_>>, key: &str, place: &str, expected: &str) -> Mistake {
    let shown = match value.get_ref() {
        _ if key == "secret" => "no text".to_owned(),
        DeValue::Integer(n) => format!("`{}`", n.as_str()),
        DeValue::Float(n) => format!("`{}`", n.as_str()),
        DeValue::Boolean(flag) => format!("`{flag}`"),
        DeValue::String(_) => "a text in quotes".to_owned(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a section".to_owned(),
    };
    Mistake {
        at: value.span().start,
        key: key.to_owned(),
        words: format!("{shown}{place}, expected {expected}"),
    }
}
