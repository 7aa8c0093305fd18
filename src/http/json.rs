//! JSON that comes in: not deeper than is needed, and with the names that an object has twice (S50), which
//! serde would let pass.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Deepest nesting.
const DEEPEST: u8 = 32;
/// Names given twice that are told.
const MOST_TOLD: usize = 20;

/// The value, and where a name was given twice.
pub(super) fn read(text: &[u8]) -> serde_json::Result<(Value, Vec<String>)> {
    let mut twice = Vec::new();
    let mut from = serde_json::Deserializer::from_slice(text);
    let part = Part { place: String::new(), depth: 0, twice: &mut twice };
    let value = part.deserialize(&mut from)?;
    from.end()?;
    Ok((value, twice))
}

/// A value at its place.
struct Part<'a> {
    place: String,
    depth: u8,
    twice: &'a mut Vec<String>,
}

impl Part<'_> {
    fn within(&mut self, place: String) -> Part<'_> {
        Part { place, depth: self.depth + 1, twice: self.twice }
    }

    fn enter<E: Error>(&self) -> Result<(), E> {
        if self.depth < DEEPEST { Ok(()) } else { Err(E::custom("nested too deep")) }
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

/// What is no list and no object.
fn plain<'de, T, E: Error>(value: T) -> Result<Value, E>
where
    T: serde::de::IntoDeserializer<'de, E>,
{
    Value::deserialize(value.into_deserializer())
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        plain(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        plain(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        plain(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        plain(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut all: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut values = Vec::new();
        loop {
            let place = format!("{}[{}]", self.place, values.len());
            match all.next_element_seed(self.within(place))? {
                Some(value) => values.push(value),
                None => return Ok(Value::Array(values)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut all: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut values = Map::new();
        while let Some(name) = all.next_key::<String>()? {
            let shown: String = name.chars().take(64).collect();
            let place = if self.place.is_empty() { shown } else { format!("{}.{shown}", self.place) };
            let value = all.next_value_seed(self.within(place.clone()))?;
            if values.insert(name, value).is_some() && self.twice.len() < MOST_TOLD {
                self.twice.push(place);
            }
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_serde_reads_it() {
        for text in
            ["null", "true", "-1", "18446744073709551615", "1.5", r#""a\u0000b""#, r#"{"a":[1,{"b":null}]}"#]
        {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(read(text.as_bytes()).unwrap(), (value, vec![]), "{text}");
        }
        for text in ["", "{", "[1,]", "{} x", "\"\n\"", "{\"a\"}", "nul"] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn s50_what_is_nested_too_deep_is_refused_and_twins_are_named() {
        let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(read(deep(32).as_bytes()).is_ok());
        assert!(read(deep(33).as_bytes()).is_err());
        assert!(read(deep(30_000).as_bytes()).is_err());
        let (_, twice) = read(br#"{"a":1,"b":[{"c":1,"c":2}],"a":3}"#).unwrap();
        assert_eq!(twice, ["b[0].c", "a"]);
        let many = format!("{{{}\"x\":1}}", "\"x\":1,".repeat(5_000));
        assert_eq!(read(many.as_bytes()).unwrap().1.len(), MOST_TOLD);
    }
}
