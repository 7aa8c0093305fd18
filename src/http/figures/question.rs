//! What is asked of figures.
//!
//! `from`, `to` (a day, a time on the zone's clocks, an instant, or ms since 1970; today unless told), `zone`,
//! `day_start`, `threshold_ms`, `short_abandon_ms`, `interval` (`arrival` or `end`), `pbx`, `queue` or
//! `endpoint` (one name, or several with commas between), `site` (queues and agents of that site, in its zone and
//! with its days unless told otherwise).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Asked;
use crate::auth::{Reach, Right, Scope};
use crate::figures::{Calendar, Charge, Period, Place, Rules, VERSION};
use crate::http::Site;
use crate::http::access::Caller;
use crate::http::error::ApiError;
use crate::http::listing::{number, parameters, shown};
use crate::people::{Sight, Site as Workplace};

/// Days of one period at most.
const MOST_DAYS: i64 = 400;
const DAY_US: i64 = 86_400_000_000;
const LONGEST_VALUE: usize = 2000;

pub(in crate::http) struct Question {
    pub(in crate::http) period: Period,
    pub(in crate::http) charge: Charge,
    pub(in crate::http) rules: Rules,
    pub(in crate::http) calendar: Calendar,
    /// µs since 1970.
    pub(in crate::http) now: i64,
    /// It is what is kept in memory.
    pub(in crate::http) is_live: bool,
    /// Page and rows of a list.
    pub(in crate::http) page: usize,
    pub(in crate::http) limit: usize,
    /// The mark of UTF-8 in front of a file.
    pub(in crate::http) bom: bool,
    pub(in crate::http) pbx: Option<String>,
    pub(in crate::http) queue: Option<String>,
    pub(in crate::http) endpoint: Option<String>,
    names: Option<Vec<String>>,
    workplace: Option<OfSite>,
}

/// What belongs to a site.
struct OfSite {
    queues: BTreeSet<Place>,
    endpoints: BTreeSet<Place>,
}

impl OfSite {
    /// Those that a right on that site alone would reach.
    fn new(id: &str, caller: &Caller) -> Self {
        let reach = Reach { sites: BTreeSet::from([id.to_owned()]), ..Reach::default() };
        let sight = Sight::new(caller.who().directory().clone(), reach);
        Self {
            queues: sight.queues().into_iter().collect(),
            endpoints: sight.endpoints().into_iter().collect(),
        }
    }
}

impl Question {
    /// Of what is not a site's.
    pub(in crate::http) fn read(query: &str, site: &Site) -> Result<Self, ApiError> {
        let given = Self::given(query)?;
        match given.contains_key("site") {
            true => Err(ApiError::field("site", "unknown parameter")),
            false => Self::of(&given, site, None),
        }
    }

    /// Of all, or of a site.
    pub(in crate::http) fn of_site(query: &str, site: &Site, caller: &Caller) -> Result<Self, ApiError> {
        let given = Self::given(query)?;
        let Some(id) = given.get("site") else { return Self::of(&given, site, None) };
        let reach = caller.who().reach(Right::Figures);
        let reached = reach.is_some_and(|reach| reach.covers(&Scope::Site(id.clone())));
        let workplace = caller.who().directory().sites.get(id).filter(|_| reached);
        // one that is not his is as one that is not there
        let unknown = || ApiError::field("site", "expected the id of a site whose figures you may see");
        let mut question = Self::of(&given, site, Some(workplace.ok_or_else(unknown)?))?;
        question.workplace = Some(OfSite::new(id, caller));
        Ok(question)
    }

    fn given(query: &str) -> Result<BTreeMap<String, String>, ApiError> {
        let mut given = BTreeMap::new();
        let mut bad = BTreeMap::new();
        for (name, value) in parameters(query)? {
            let known = [
                "from",
                "to",
                "zone",
                "day_start",
                "threshold_ms",
                "short_abandon_ms",
                "interval",
                "pbx",
                "queue",
                "endpoint",
                "site",
                "page",
                "limit",
                "bom",
            ];
            let sound =
                !value.is_empty() && value.len() <= LONGEST_VALUE && !value.chars().any(char::is_control);
            let reason = if !known.contains(&name.as_str()) {
                "unknown parameter"
            } else if !sound {
                "expected 1 to 2000 bytes without control characters"
            } else if given.insert(name.clone(), value).is_some() {
                "given twice"
            } else {
                continue;
            };
            bad.insert(shown(&name), reason.to_owned());
        }
        if bad.is_empty() { Ok(given) } else { Err(ApiError::BadFields(bad)) }
    }

    fn of(
        given: &BTreeMap<String, String>,
        site: &Site,
        workplace: Option<&Arc<Workplace>>,
    ) -> Result<Self, ApiError> {
        let live = site.parts.figures.as_ref();
        let usual = live.map_or_else(Calendar::of_system, |live| live.calendar().clone());
        let usual_rules = live.map_or_else(Rules::default, |live| live.rules());
        let get = |name: &str| given.get(name).map(String::as_str);
        let field = |name: &str| {
            let name = name.to_owned();
            move |reason: &'static str| ApiError::field(&name, reason)
        };
        let mut calendar = usual.clone();
        if let Some(workplace) = workplace {
            // both were checked when they were set
            calendar = Calendar::new(&workplace.time_zone, &workplace.day_start).unwrap_or(calendar);
        }
        if let Some(zone) = get("zone") {
            calendar = calendar.in_zone(zone).map_err(field("zone"))?;
        }
        if let Some(start) = get("day_start") {
            calendar = calendar.starting(start).map_err(field("day_start"))?;
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(now.as_micros()).unwrap_or(i64::MAX);
        let today = calendar.today(now).ok_or_else(|| ApiError::field("zone", "expected another zone"))?;
        let from = get("from").map(|text| calendar.parse(text, false)).transpose().map_err(field("from"))?;
        let to = get("to").map(|text| calendar.parse(text, true)).transpose().map_err(field("to"))?;
        let from = from.unwrap_or(today.from);
        let to = to.unwrap_or_else(|| today.to.max(from + 1));
        if to <= from {
            return Err(ApiError::field("to", "expected an end that is after the beginning"));
        }
        if to - from > MOST_DAYS * DAY_US {
            return Err(ApiError::field("to", "expected a period of 400 days at most"));
        }
        let ms = |name: &str, usual: i64| match get(name) {
            None => Ok(usual),
            Some(text) => text.parse::<i64>().ok().filter(|ms| (0..=86_400_000).contains(ms)).map_or_else(
                || Err(ApiError::field(name, "expected milliseconds, up to 86400000")),
                |ms| Ok(ms * 1000),
            ),
        };
        let rules = Rules {
            threshold_us: ms("threshold_ms", usual_rules.threshold_us)?,
            short_us: ms("short_abandon_ms", usual_rules.short_us)?,
        };
        let charge = match get("interval") {
            None | Some("arrival") => Charge::Arrival,
            Some("end") => Charge::End,
            Some(_) => return Err(ApiError::field("interval", "expected arrival or end")),
        };
        let count = |name: &str, most: usize, usual: usize| match get(name) {
            None => Ok(usual),
            Some(text) => number(text, most)
                .ok_or_else(|| ApiError::field(name, format!("expected a whole number from 1 to {most}"))),
        };
        let period = Period { from, to };
        let names = get("queue").or(get("endpoint"));
        Ok(Self {
            period,
            charge,
            rules,
            is_live: live.is_some()
                && period == today
                && calendar == usual
                && rules == usual_rules
                && charge == Charge::Arrival,
            calendar,
            now,
            page: count("page", 100_000, 1)?,
            limit: count("limit", 500, 100)?,
            bom: match get("bom") {
                None | Some("false") => false,
                Some("true") => true,
                Some(_) => return Err(ApiError::field("bom", "expected true or false")),
            },
            pbx: get("pbx").map(str::to_owned),
            queue: get("queue").map(str::to_owned),
            endpoint: get("endpoint").map(str::to_owned),
            names: names.map(|names| names.split(',').map(str::to_owned).collect()),
            workplace: None,
        })
    }

    /// Whether that queue was asked for.
    pub(in crate::http) fn wants_queue(&self, place: &Place) -> bool {
        self.names(place) && self.workplace.as_ref().is_none_or(|site| site.queues.contains(place))
    }

    /// Whether the agent at that endpoint was.
    pub(in crate::http) fn wants_agent(&self, place: &Place) -> bool {
        self.names(place) && self.workplace.as_ref().is_none_or(|site| site.endpoints.contains(place))
    }

    fn names(&self, (pbx, name): &Place) -> bool {
        self.pbx.as_ref().is_none_or(|only| only == pbx)
            && self.names.as_ref().is_none_or(|names| names.iter().any(|only| only == name))
    }

    /// The period as far as it is over.
    pub(in crate::http) fn until_now(&self) -> Period {
        Period { to: self.period.to.min(self.now).max(self.period.from), ..self.period }
    }

    pub(in crate::http) fn asked(
        &self,
        source: &'static str,
        as_of: i64,
        counted: Period,
        whole: bool,
    ) -> Asked {
        Asked {
            version: VERSION,
            zone: self.calendar.zone().to_owned(),
            day_start: self.calendar.day_start(),
            from_ms: counted.from / 1000,
            to_ms: counted.to / 1000,
            interval: self.charge,
            threshold_ms: self.rules.threshold_us / 1000,
            short_abandon_ms: self.rules.short_us / 1000,
            source,
            as_of_ms: as_of / 1000,
            whole,
        }
    }
}
