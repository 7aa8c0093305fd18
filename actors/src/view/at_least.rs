//! Which times of a row are only bounds.
//!
//! A listing tells what is, seldom since when. What is met that way, on attaching or after a gap,
//! began at the time shown or before it: a screen says "at least".

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{Serialize, SerializeSeq, Serializer};

/// A time of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Since {
    /// `started_ms`
    Started,
    /// `answered_ms`
    Answered,
    /// `phase_since_ms`
    Phase,
    /// `availability_since_ms`
    Availability,
    /// `activity_since_ms`
    Activity,
    /// `registration_since_ms`
    Registration,
    /// `reachability_since_ms`
    Reachability,
    /// `queue.left_ms`: a caller met while he was served left the line then or before
    QueueLeft,
}

impl Since {
    const ALL: [(Self, &'static str); 8] = [
        (Self::Started, "started_ms"),
        (Self::Answered, "answered_ms"),
        (Self::Phase, "phase_since_ms"),
        (Self::Availability, "availability_since_ms"),
        (Self::Activity, "activity_since_ms"),
        (Self::Registration, "registration_since_ms"),
        (Self::Reachability, "reachability_since_ms"),
        (Self::QueueLeft, "queue.left_ms"),
    ];
}

/// The times of one row that are bounds; in JSON the names of their fields, absent when there are none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AtLeast(u8);

impl AtLeast {
    /// Says of that time whether it is a bound.
    pub fn put(&mut self, time: Since, bound: bool) {
        let bit = 1 << time as u8;
        if bound { self.0 |= bit } else { self.0 &= !bit }
    }

    /// Whether that time is a bound.
    pub fn has(self, time: Since) -> bool {
        self.0 & (1 << time as u8) != 0
    }

    /// Every time is exact.
    #[allow(clippy::trivially_copy_pass_by_ref)] // the shape that serde asks for
    pub fn is_none(&self) -> bool {
        self.0 == 0
    }
}

impl JsonSchema for AtLeast {
    fn schema_name() -> Cow<'static, str> {
        "AtLeast".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = Since::ALL.map(|(_, name)| name);
        json_schema!({"type": "array", "items": {"type": "string", "enum": names}})
    }
}

impl Serialize for AtLeast {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut names = serializer.serialize_seq(None)?;
        for (time, name) in Since::ALL {
            if self.has(time) {
                names.serialize_element(name)?;
            }
        }
        names.end()
    }
}
