//! When days begin and what counts as in time, until a site says otherwise.

use super::toml_file::RawFigures;
use super::{ConfigError, Found, Keys};

/// What figures are made by, where nobody asks otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiguresConfig {
    /// Name of the zone whose days are meant, checked; `None`: the system's.
    pub zone: Option<String>,
    /// When they begin, `HH:MM`, checked.
    pub day_start: String,
    /// Answered within that many s is in time.
    pub threshold_s: u32,
    /// Who hangs up before that many s did not really wait.
    pub short_abandon_s: u32,
}

impl Default for FiguresConfig {
    fn default() -> Self {
        Self { zone: None, day_start: "00:00".to_owned(), threshold_s: 20, short_abandon_s: 5 }
    }
}

impl FiguresConfig {
    pub(super) fn read(keys: &Keys, file: Option<(String, RawFigures)>) -> Result<Self, ConfigError> {
        let (place, raw) = file.unwrap_or_default();
        let written = |text: Option<String>| text.map(|text| Found { text, place: place.clone() });
        let of = |key: &str, text: Option<String>| keys.get(key).cloned().or_else(|| written(text));
        let usual = Self::default();
        let zone = of("VIGIE_ZONE", raw.zone);
        if let Some(zone) = zone.as_ref().filter(|zone| jiff::tz::TimeZone::get(&zone.text).is_err()) {
            let problem = format!("`{}`, expected the name of a time zone such as Europe/Paris", zone.text);
            return Err(zone.error("VIGIE_ZONE (zone of [figures])", problem));
        }
        let start = of("VIGIE_DAY_START", raw.day_start);
        if let Some(start) = &start
            && (start.text.len() != 5 || jiff::civil::Time::strptime("%H:%M", &start.text).is_err())
        {
            let problem = format!("`{}`, expected an hour such as 00:00 or 06:30", start.text);
            return Err(start.error("VIGIE_DAY_START (day_start of [figures])", problem));
        }
        let seconds = |key: &str, raw: Option<u32>, usual: u32| match keys.get(key) {
            None => Ok(raw.unwrap_or(usual)),
            Some(found) => found.text.parse().ok().filter(|s| *s <= 86_400).ok_or_else(|| {
                found.error(key, format!("`{}`, expected a whole number of seconds up to 86400", found.text))
            }),
        };
        Ok(Self {
            zone: zone.map(|found| found.text),
            day_start: start.map_or(usual.day_start, |found| found.text),
            threshold_s: seconds("VIGIE_THRESHOLD_S", raw.threshold_s, usual.threshold_s)?,
            short_abandon_s: seconds("VIGIE_SHORT_ABANDON_S", raw.short_abandon_s, usual.short_abandon_s)?,
        })
    }
}
