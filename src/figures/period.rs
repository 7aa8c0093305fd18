//! Which instants a day is made of: a zone, and the hour at which its days begin (L36).

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// From an instant until before another, µs since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first that is in it.
    pub from: i64,
    /// The first that is not.
    pub to: i64,
}

impl Period {
    /// Whether that instant is in it.
    pub fn has(&self, at: i64) -> bool {
        (self.from..self.to).contains(&at)
    }
}

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    zone: TimeZone,
    name: String,
    day_start: Time,
}

impl Calendar {
    /// `Europe/Paris` and `06:00`.
    ///
    /// # Errors
    /// What was expected.
    pub fn new(zone: &str, day_start: &str) -> Result<Self, &'static str> {
        let expected = "expected the name of a time zone such as Europe/Paris or UTC";
        let found = TimeZone::get(zone).map_err(|_| expected)?;
        let start =
            Time::strptime("%H:%M", day_start).map_err(|_| "expected an hour such as 00:00 or 06:30")?;
        Ok(Self { zone: found, name: zone.to_owned(), day_start: start })
    }

    /// The system's zone, where it has a name, else UTC; days begin at midnight.
    pub fn of_system() -> Self {
        let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
        let (zone, name) = match zone.iana_name().map(str::to_owned) {
            Some(name) => (zone, name),
            None => (TimeZone::UTC, "UTC".to_owned()),
        };
        Self { zone, name, day_start: Time::midnight() }
    }

    /// The same with another beginning of days.
    ///
    /// # Errors
    /// What was expected.
    pub fn starting(&self, day_start: &str) -> Result<Self, &'static str> {
        Self::new(&self.name, day_start)
    }

    /// The same in another zone.
    ///
    /// # Errors
    /// What was expected.
    pub fn in_zone(&self, zone: &str) -> Result<Self, &'static str> {
        Ok(Self { day_start: self.day_start, ..Self::new(zone, "00:00")? })
    }

    /// Name of the zone.
    pub fn zone(&self) -> &str {
        &self.name
    }

    /// `06:00`
    pub fn day_start(&self) -> String {
        self.day_start.strftime("%H:%M").to_string()
    }

    /// The instant of that time of the zone's clocks; where they skip it, the one as long after the skip;
    /// where they show it twice, the first.
    fn instant(&self, local: DateTime) -> Option<i64> {
        local.to_zoned(self.zone.clone()).ok().map(|zoned| zoned.timestamp().as_microsecond())
    }

    /// An instant on the zone's clocks with their offset, `2026-03-29T03:30:00.000+02:00`.
    pub fn written(&self, at: i64) -> String {
        Timestamp::from_microsecond(at).map_or_else(
            |_| String::new(),
            |instant| instant.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string(),
        )
    }

    /// The day in which that instant lies.
    pub fn day_at(&self, at: i64) -> Option<Date> {
        let local = Timestamp::from_microsecond(at).ok()?.to_zoned(self.zone.clone());
        let date = local.date();
        // by instants: on the day of a switch the clock may show the hour twice, or not at all
        if at < self.instant(date.to_datetime(self.day_start))? { date.yesterday().ok() } else { Some(date) }
    }

    /// From its beginning to that of the next day: 23 or 25 hours when the clocks are changed.
    pub fn day(&self, date: Date) -> Option<Period> {
        let from = self.instant(date.to_datetime(self.day_start))?;
        let to = self.instant(date.tomorrow().ok()?.to_datetime(self.day_start))?;
        Some(Period { from, to })
    }

    /// The day in which that instant lies, as a period.
    pub fn today(&self, now: i64) -> Option<Period> {
        self.day(self.day_at(now)?)
    }

    /// An instant as people write it: `2026-03-29` (the beginning of that day or, as an end, its end),
    /// `2026-03-29T14:30` on the zone's clocks, `2026-03-29T12:30:00Z`, or ms since 1970.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(&self, text: &str, is_end: bool) -> Result<i64, &'static str> {
        const EXPECTED: &str =
            "expected 2026-03-29, 2026-03-29T14:30, 2026-03-29T12:30:00Z or milliseconds since 1970";
        let sound = |us: &i64| (0..4_102_444_800_000_000).contains(us); // until 2100
        if text.len() > 40 {
            return Err(EXPECTED);
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return text
                .parse::<i64>()
                .ok()
                .and_then(|ms| ms.checked_mul(1000))
                .filter(sound)
                .ok_or(EXPECTED);
        }
        let found = if text.len() == 10 {
            let date: Date = text.parse().map_err(|_| EXPECTED)?;
            self.day(date).map(|day| if is_end { day.to } else { day.from })
        } else if let Ok(instant) = text.parse::<Timestamp>() {
            Some(instant.as_microsecond())
        } else {
            self.instant(text.parse::<DateTime>().map_err(|_| EXPECTED)?)
        };
        found.filter(sound).ok_or(EXPECTED)
    }

    /// The days that begin in a period, each as far as it is in it.
    pub fn days(&self, period: Period) -> Vec<(Date, Period)> {
        let mut days = Vec::new();
        let Some(mut date) = self.day_at(period.from) else { return days };
        while let Some(day) = self.day(date).filter(|day| day.from < period.to) {
            days.push((date, Period { from: day.from.max(period.from), to: day.to.min(period.to) }));
            let Ok(next) = date.checked_add(1.day()) else { break };
            date = next;
        }
        days
    }
}
