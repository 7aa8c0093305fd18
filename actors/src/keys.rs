//! Names of things: which PBX, which boot of it, which call, endpoint, queue.
//!
//! Ids repeat after a restart of a PBX, so a call's key is (source, epoch, linkedid).

use std::borrow::Cow;
use std::fmt;

use compact_str::{CompactString, ToCompactString};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// An instant on a PBX's clock (or ours, where a name says so): microseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub i64);

impl Micros {
    /// From the text of a `Timestamp` header, `1795224504.809043`.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let whole: i64 = whole.parse().ok()?;
        if part.is_empty() || part.len() > 6 || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let scale = 10_i64.pow(6 - u32::try_from(part.len()).ok()?);
        let micros = part.parse::<i64>().ok()?.checked_mul(scale)?;
        whole.checked_mul(1_000_000)?.checked_add(micros).map(Self)
    }

    /// Milliseconds since 1970, as the board shows them.
    pub fn millis(self) -> i64 {
        self.0 / 1000
    }
}

/// JSON of the board speaks milliseconds.
impl Serialize for Micros {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_i64(self.millis())
    }
}

impl JsonSchema for Micros {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Milliseconds".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "format": "int64"})
    }
}

/// The configured name of a PBX (`[[pbx]] name`), the *source* of its calls.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PbxName(pub CompactString);

impl fmt::Display for PbxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One boot of a PBX: its `CoreStartupDate`/`Time` in seconds since 1970; 0 before it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Epoch(pub i64);

/// A call: the channels of one Linkedid, within one boot of one PBX.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey {
    /// The PBX it runs on.
    pub pbx: PbxName,
    /// That PBX's boot.
    pub epoch: Epoch,
    /// The oldest Linkedid of the call.
    pub linkedid: CompactString,
}

impl CallKey {
    /// `pbx~epoch~linkedid`: the id of its row.
    pub fn id(&self) -> CompactString {
        let epoch = self.epoch.0.to_compact_string();
        let parts = [self.pbx.0.as_str(), "~", &epoch, "~", &self.linkedid];
        let mut id = CompactString::with_capacity(parts.iter().map(|part| part.len()).sum());
        parts.iter().for_each(|part| id.push_str(part));
        id
    }
}

impl fmt::Display for CallKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id())
    }
}

/// When a channel was created, to the second: it stands in its Uniqueid.
pub fn created_at(uniqueid: &str) -> Option<Micros> {
    let id = uniqueid.rsplit_once('-').map_or(uniqueid, |(_, tail)| tail);
    let seconds: i64 = id.split_once('.')?.0.parse().ok()?;
    seconds.checked_mul(1_000_000).map(Micros)
}

/// Whether the Linkedid or Uniqueid `a` is older than `b`: `[systemname-]seconds.counter`,
/// compared as numbers, since `.9` is older than `.10`. An id that an `Originate` chose
/// (`ChannelId`) says nothing of its age: it is not older than anything.
pub fn older(a: &str, b: &str) -> bool {
    match (made(a), made(b)) {
        (Some(a), Some(b)) => a < b,
        _ => false,
    }
}

/// The second and the count in which Asterisk made an id; `None` for one that an `Originate` chose.
pub fn made(id: &str) -> Option<(i64, u64)> {
    let id = id.rsplit_once('-').map_or(id, |(_, tail)| tail);
    let (seconds, counter) = id.split_once('.')?;
    if seconds.len() < 9 {
        return None;
    }
    Some((seconds.parse().ok()?, counter.parse().ok()?))
}

/// The endpoint of a channel name: `PJSIP/1001-00000062` is `PJSIP/1001`,
/// `Local/1003@from-phones-00000016;1` is `Local/1003@from-phones;1`.
pub fn endpoint_of(channel: &str) -> CompactString {
    let (body, half) = match channel.rsplit_once(';') {
        Some((body, half @ ("1" | "2"))) => (body, half),
        _ => (channel, ""),
    };
    let stem = body.rsplit_once('-').map_or(body, |(stem, _)| stem);
    let mut endpoint = CompactString::from(stem);
    if !half.is_empty() {
        endpoint.push(';');
        endpoint.push_str(half);
    }
    endpoint
}

/// Whether this is half of a Local pair: collapsed for display, never filtered.
pub fn is_local(channel: &str) -> bool {
    channel.starts_with("Local/")
}
