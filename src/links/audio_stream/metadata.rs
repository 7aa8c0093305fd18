//! What the module is told to say of a call: JSON of its first TEXT frame and of later ones, the URL, and headers.

use std::fmt;

use asterisk::audiosocket::Rate;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::links::voices::Caller;

/// Values longer than that are cut: nothing that we read is longer.
const LONGEST: usize = 128;
/// Names of one object.
const MOST_NAMES: usize = 64;

/// Names and plain values of an object of JSON; what lies deeper is passed over.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Metadata(Vec<(String, String)>);

impl Metadata {
    /// Reads a TEXT frame.
    ///
    /// # Errors
    /// When it is no object, or has a name twice.
    pub(super) fn json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// One more, as a header or a parameter has it; the first of a name counts.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.0.push((name.to_ascii_lowercase(), cut(value)));
        }
    }

    /// The first value that has one of these names.
    fn get(&self, names: &[&str]) -> Option<&str> {
        let of = |name: &&str| self.0.iter().find(|(own, value)| own == name && !value.is_empty());
        names.iter().find_map(of).map(|(_, value)| value.as_str())
    }

    /// The channel's id.
    pub(super) fn uuid(&self) -> Option<&str> {
        self.get(&["uuid", "call_uuid", "callid", "call_id", "unique-id", "channel_uuid"])
    }

    /// Whose call it is, where they tell of it; what `other` tells is of less worth.
    pub(super) fn caller(&self, other: &Self) -> Option<Caller> {
        let get = |names: &[&str]| self.get(names).or_else(|| other.get(names));
        let text = |names: &[&str]| get(names).unwrap_or_default().to_owned();
        let uuid = self.uuid().or_else(|| other.uuid());
        let number = text(&["caller", "from", "caller_id_number", "caller_number", "callerid", "number"]);
        if uuid.is_none() && number.is_empty() {
            return None;
        }
        Some(Caller {
            channel: get(&["channel", "channel_name"]).or(uuid).map(str::to_owned),
            uniqueid: uuid.unwrap_or_default().to_owned(),
            number,
            name: text(&["caller_name", "caller_id_name", "name"]),
            called: text(&["called", "to", "destination", "destination_number", "callee"]),
            assistant: text(&["assistant"]),
        })
    }

    /// At which rate the caller's voice comes, where they tell; the text where it is none that we take.
    pub(super) fn rate(&self) -> Option<Result<Rate, String>> {
        let text = self.get(&["rate", "samplerate", "sample_rate"])?;
        Some(match text {
            "8000" | "8k" => Ok(Rate::Hz8000),
            "16000" | "16k" => Ok(Rate::Hz16000),
            other => Err(other.to_owned()),
        })
    }

    /// Two channels in one.
    pub(super) fn is_stereo(&self) -> bool {
        self.get(&["channels"]) == Some("2") || self.get(&["mix", "mixtype", "mix_type"]) == Some("stereo")
    }

    /// Keys: `{"dtmf":"5"}`, `{"type":"dtmf","digit":"5"}`, `{"event":"DTMF","digits":"12#"}`.
    pub(super) fn keys(&self) -> impl Iterator<Item = char> + '_ {
        let is_named = self.get(&["type", "event"]).is_some_and(|kind| kind.eq_ignore_ascii_case("dtmf"));
        let named = if is_named { self.get(&["digit", "digits", "key", "data"]) } else { None };
        let text = self.get(&["dtmf"]).or(named).unwrap_or_default();
        text.chars().map(|key| key.to_ascii_uppercase()).filter(|key| "0123456789*#ABCD".contains(*key))
    }
}

fn cut(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

/// A plain value; `None`: a list, an object, or nothing.
struct Plain(Option<String>);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Plain;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_str<E>(self, text: &str) -> Result<Plain, E> {
                Ok(Plain(Some(cut(text))))
            }
            fn visit_u64<E>(self, n: u64) -> Result<Plain, E> {
                Ok(Plain(Some(n.to_string())))
            }
            fn visit_i64<E>(self, n: i64) -> Result<Plain, E> {
                Ok(Plain(Some(n.to_string())))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Plain, E> {
                Ok(Plain(None))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Plain, E> {
                Ok(Plain(None))
            }
            fn visit_unit<E>(self) -> Result<Plain, E> {
                Ok(Plain(None))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut all: A) -> Result<Plain, A::Error> {
                while all.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Plain(None))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Plain, A::Error> {
                while all.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Plain(None))
            }
        }
        from.deserialize_any(Any)
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Metadata;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object such as {\"uuid\":\"...\",\"caller\":\"...\"}")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Metadata, A::Error> {
                let mut read = Metadata::default();
                while let Some((name, value)) = all.next_entry::<String, Plain>()? {
                    if read.0.len() >= MOST_NAMES {
                        return Err(A::Error::custom(format!("more than {MOST_NAMES} names")));
                    }
                    let name = name.to_ascii_lowercase();
                    if read.0.iter().any(|(own, _)| *own == name) {
                        return Err(A::Error::custom("a name is there twice"));
                    }
                    read.0.push((name, value.0.unwrap_or_default()));
                }
                Ok(read)
            }
        }
        from.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_call_it_is_stands_in_the_first_frame_or_in_the_url() {
        let told =
            Metadata::json(r#"{"uuid":"a-1","caller":"0612","called":8000,"x":{"uuid":"b"},"y":[1,[2]]}"#)
                .unwrap();
        let mut url = Metadata::default();
        url.add("Assistant", "accueil");
        url.add("caller", "of less worth");
        let caller = told.caller(&url).unwrap();
        assert_eq!(
            (caller.uniqueid.as_str(), caller.number.as_str(), caller.called.as_str()),
            ("a-1", "0612", "8000")
        );
        assert_eq!((caller.channel.as_deref(), caller.assistant.as_str()), (Some("a-1"), "accueil"));
        assert_eq!(Metadata::default().caller(&Metadata::default()), None);
        assert_eq!(url.caller(&Metadata::default()).unwrap().number, "of less worth");
        for wrong in ["", "x", "[]", "\"a\"", "{", r#"{"uuid":"a","uuid":"b"}"#, &"[".repeat(10_000)] {
            assert!(Metadata::json(wrong).is_err(), "{wrong}");
        }
        let broken = Metadata::json("{\"caller\":\"06\\n12\"}").unwrap();
        assert_eq!(broken.caller(&url).unwrap().number, "0612", "no line break comes in");
    }

    #[test]
    fn keys_rates_and_stereo_are_told_in_the_ways_that_users_have() {
        let keys = |text: &str| Metadata::json(text).unwrap().keys().collect::<String>();
        assert_eq!(keys(r#"{"dtmf":"5"}"#), "5");
        assert_eq!(keys(r#"{"dtmf":5}"#), "5");
        assert_eq!(keys(r#"{"type":"dtmf","digit":"a"}"#), "A");
        assert_eq!(keys(r##"{"event":"DTMF","digits":"1x2#"}"##), "12#");
        assert_eq!(keys(r#"{"type":"other","digit":"5"}"#), "");
        let rate = |text: &str| Metadata::json(text).unwrap().rate();
        assert_eq!(rate(r#"{"rate":16000}"#), Some(Ok(Rate::Hz16000)));
        assert_eq!(rate(r#"{"sampleRate":"8k"}"#), Some(Ok(Rate::Hz8000)));
        assert_eq!((rate("{}"), rate(r#"{"rate":44100}"#)), (None, Some(Err("44100".into()))));
        assert!(Metadata::json(r#"{"channels":2}"#).unwrap().is_stereo());
        assert!(!Metadata::json(r#"{"mix":"mono"}"#).unwrap().is_stereo());
    }
}
