//! Opening hours: which event of a calendar holds at an instant, by the clocks of its own zone.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::view::Text;

/// Events in the order in which they are looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Opening {
    zone: TimeZone,
    /// The first that holds decides.
    pub events: Vec<Event>,
}

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its port.
    pub id: Text,
    when: When,
    /// From, until (not included); until before from is over midnight. `None`: all day.
    hours: Option<(Time, Time)>,
}

#[derive(Debug, Clone, PartialEq)]
enum When {
    Days(Vec<Weekday>),
    /// Both included.
    Dates(Date, Date),
}

impl Opening {
    /// `{"timezone", "events": [{"id", "isRecurring", "allDay", "days", "startTime", "endTime", "startDate",
    /// "endDate"}]}`.
    ///
    /// # Errors
    /// Where something cannot be read.
    pub fn read(content: &Map<String, Value>) -> Result<Self, String> {
        let name = content.get("timezone").and_then(Value::as_str).unwrap_or("UTC");
        let zone =
            TimeZone::get(name).map_err(|_| format!("timezone: {name:?} is no zone such as Europe/Paris"))?;
        let rows = match content.get("events") {
            Some(Value::Array(rows)) => rows.as_slice(),
            None | Some(Value::Null) => &[],
            Some(_) => return Err("events: expected a list".into()),
        };
        let events =
            rows.iter().enumerate().map(|(n, row)| event(row).map_err(|why| format!("events[{n}].{why}")));
        Ok(Self { zone, events: events.collect::<Result<_, _>>()? })
    }

    /// The port of the first event that holds then.
    pub fn holds(&self, at: Timestamp) -> Option<&Text> {
        let local = at.to_zoned(self.zone.clone()).datetime();
        self.events.iter().find(|event| event.holds(local)).map(|event| &event.id)
    }
}

impl Event {
    fn holds(&self, at: DateTime) -> bool {
        match self.hours {
            None => self.is_on(at.date()),
            Some((from, until)) if from <= until => {
                self.is_on(at.date()) && from <= at.time() && at.time() < until
            }
            // over midnight: what is after it belongs to the day before
            Some((from, until)) => {
                let yesterday = at.date().yesterday().is_ok_and(|date| self.is_on(date));
                self.is_on(at.date()) && at.time() >= from || yesterday && at.time() < until
            }
        }
    }

    fn is_on(&self, date: Date) -> bool {
        match &self.when {
            When::Days(days) => days.contains(&date.weekday()),
            When::Dates(first, last) => (*first..=*last).contains(&date),
        }
    }
}

fn event(row: &Value) -> Result<Event, String> {
    let field = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
    let flag = |name: &str| row.get(name).and_then(Value::as_bool).unwrap_or(false);
    let id = match field("id") {
        "" => return Err("id: missing".into()),
        id => Text::from(id),
    };
    let when = if flag("isRecurring") {
        let days = row.get("days").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        When::Days(days.iter().map(day).collect::<Result<_, _>>()?)
    } else {
        let date = |name: &str| {
            // a front end may send an instant: its date is meant
            let text = field(name).get(..10).unwrap_or_default();
            text.parse::<Date>().map_err(|_| format!("{name}: expected a date such as 2026-12-25"))
        };
        When::Dates(date("startDate")?, date("endDate")?)
    };
    let time = |name: &str| {
        let text = field(name);
        text.parse::<Time>().map_err(|_| format!("{name}: expected a time such as 09:00"))
    };
    let hours = if flag("allDay") { None } else { Some((time("startTime")?, time("endTime")?)) };
    Ok(Event { id, when, hours })
}

fn day(name: &Value) -> Result<Weekday, String> {
    match name.as_str().unwrap_or_default() {
        "mon" => Ok(Weekday::Monday),
        "tue" => Ok(Weekday::Tuesday),
        "wed" => Ok(Weekday::Wednesday),
        "thu" => Ok(Weekday::Thursday),
        "fri" => Ok(Weekday::Friday),
        "sat" => Ok(Weekday::Saturday),
        "sun" => Ok(Weekday::Sunday),
        _ => Err("days: expected mon, tue, wed, thu, fri, sat or sun".into()),
    }
}
