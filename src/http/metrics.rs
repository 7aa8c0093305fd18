//! `/metrics`, Prometheus text. Read from counters and from the board; no actor is asked.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use actix_web::{HttpResponse, web};
use actors::board::LATENCY_BUCKETS_US;
use actors::view::{CallPhase, LinkPhase, Table, View};
use prometheus::TextEncoder;
use prometheus::proto::{Bucket, Counter, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType};

use super::Site;
use super::error::ApiError;

pub(super) async fn metrics(site: web::Data<Site>) -> Result<HttpResponse, ApiError> {
    let text = TextEncoder::new().encode_to_string(&families(&site)).map_err(|problem| {
        log::error!("could not write the metrics: {problem}");
        ApiError::Internal("metrics".into())
    })?;
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text))
}

fn families(site: &Site) -> Vec<MetricFamily> {
    let (board, vitals) = (&site.parts.board, &site.parts.vitals);
    let figures = board.figures();
    let mut live: BTreeMap<String, f64> = BTreeMap::new();
    let mut up = Vec::new();
    for line in board.lines(Table::Pbxs) {
        if let View::Pbx(pbx) = &*line.view {
            if pbx.known_since_ms.is_some() {
                live.insert(pbx.id.to_string(), 0.0); // of one never seen, how many is unknown
            }
            up.push((pbx.id.to_string(), f64::from(u8::from(pbx.link == LinkPhase::Live))));
        }
    }
    for line in board.lines(Table::Calls) {
        if let View::Call(call) = &*line.view
            && call.phase != CallPhase::Ended
        {
            *live.entry(call.pbx.to_string()).or_default() += 1.0;
        }
    }
    up.sort_by(|a, b| a.0.cmp(&b.0));
    let pbxs = vitals.pbxs();
    let events = pbxs.iter().map(|pbx| (pbx.pbx.clone(), pbx.events as f64));
    let unrouted = pbxs.iter().map(|pbx| (pbx.pbx.clone(), pbx.unrouted as f64));
    let restarts = vitals.restarts().into_iter().map(|(kind, n)| (kind, n as f64));
    let rows = Table::ALL.map(|table| (table.name().to_owned(), board.len(table) as f64));
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed) as f64;
    let hub = site.hub.figures();
    let mut families = vec![
        counters("vigie_ami_events_total", "Events read from a PBX.", "pbx", events),
        counters(
            "vigie_ami_events_unrouted_total",
            "Events that belonged to nothing known.",
            "pbx",
            unrouted,
        ),
        gauges("vigie_calls_live", "Calls that are not over; none for a PBX never seen.", "pbx", live),
        gauges("vigie_link_live", "1 while the link to the PBX is live.", "pbx", up),
        counters("vigie_actor_restarts_total", "Restarts of actors by their kind.", "kind", restarts),
        gauges("vigie_board_rows", "Rows on the board.", "table", rows),
        delays(figures.delays()),
    ];
    type Counts<'a> = BTreeMap<&'a str, (&'a str, Vec<(String, f64)>)>;
    let mut counts: Counts<'_> = BTreeMap::new();
    for count in vitals.counts() {
        counts.entry(count.name).or_insert((count.help, Vec::new())).1.push((count.pbx, count.value as f64));
    }
    let named = |(name, (help, values))| counters(&format!("vigie_ami_{name}_total"), help, "pbx", values);
    families.extend(counts.into_iter().map(named));
    families.extend(
        [
            ("vigie_board_publications_total", "Publications of the board.", count(&figures.published)),
            ("vigie_board_rows_serialised_total", "Rows written as JSON.", count(&figures.rows_serialised)),
            (
                "vigie_board_history_dropped_total",
                "Past changes dropped from history.",
                count(&figures.ring_evictions),
            ),
            (
                "vigie_board_rows_refused_total",
                "Rows refused because the board is full.",
                count(&figures.rows_refused),
            ),
            (
                "vigie_ws_refused_total",
                "WebSocket clients refused because there are too many.",
                count(&hub.refused),
            ),
            (
                "vigie_ws_closed_slow_total",
                "WebSocket clients closed because they did not read.",
                count(&hub.closed_slow),
            ),
            (
                "vigie_ws_closed_silent_total",
                "WebSocket clients closed because they did not answer.",
                count(&hub.closed_silent),
            ),
            (
                "vigie_ws_closed_flood_total",
                "WebSocket clients closed because they sent too much.",
                count(&hub.closed_flood),
            ),
            (
                "vigie_ws_merged_frames_total",
                "Times a slow WebSocket client was given merged changes or a snapshot.",
                count(&hub.caught_up),
            ),
        ]
        .map(|(name, help, value)| family(name, help, MetricType::COUNTER, vec![counter(None, value)])),
    );
    families.extend(
        [
            ("vigie_board_dirty_rows", "Rows changed and not yet published.", board.dirty() as f64),
            ("vigie_board_history_bytes", "Bytes of past changes kept.", board.ring_bytes() as f64),
            ("vigie_ws_clients", "WebSocket clients.", site.hub.len() as f64),
        ]
        .map(|(name, help, value)| family(name, help, MetricType::GAUGE, vec![gauge(None, value)])),
    );
    for callers in vitals.callers() {
        let (name, way) = (callers.name, callers.way);
        let outcomes = callers.outcomes.into_iter().map(|(outcome, n)| (outcome.to_owned(), n as f64));
        let help = format!("Callers over {name} by what became of them.");
        families.push(counters(&format!("vigie_{way}_connections_total"), &help, "outcome", outcomes));
        let help = format!("Callers over {name} now.");
        let now = vec![gauge(None, callers.now as f64)];
        families.push(family(&format!("vigie_{way}_connections"), &help, MetricType::GAUGE, now));
    }
    if let Some(voices) = vitals.voices() {
        let named = |all: Vec<(&str, u64)>| {
            all.into_iter().map(|(name, n)| (name.to_owned(), n as f64)).collect::<Vec<_>>()
        };
        let help = "Connections over AudioSocket by what became of them.";
        families.push(counters(
            "vigie_audiosocket_connections_total",
            help,
            "outcome",
            named(voices.connections),
        ));
        let help = "Frames over AudioSocket that went another way than usual.";
        families.push(counters("vigie_audiosocket_frames_total", help, "kind", named(voices.frames)));
        let (help, now) = ("Connections over AudioSocket now.", voices.now as f64);
        families.push(family(
            "vigie_audiosocket_connections",
            help,
            MetricType::GAUGE,
            vec![gauge(None, now)],
        ));
    }
    if let Some(history) = &site.parts.history {
        let figures = history.figures();
        let outcomes = [("stored", &figures.written), ("refused", &figures.refused), ("lost", &figures.lost)]
            .map(|(outcome, of)| (outcome.to_owned(), count(of)));
        let help = "Facts by what became of them: stored, refused by the database and kept aside, lost.";
        families.push(counters("vigie_journal_facts_total", help, "outcome", outcomes));
        let (help, waiting) = ("Facts that wait on disk for the database.", count(&figures.spooled));
        families.push(family("vigie_journal_waiting", help, MetricType::GAUGE, vec![gauge(None, waiting)]));
    }
    if let Some(deleted) = &site.parts.deleted {
        let rows = deleted.rows().map(|(kind, rows)| (kind.to_owned(), rows as f64));
        let help = "Rows, and files of recordings, deleted because they were kept long enough.";
        families.push(counters("vigie_retention_deleted_total", help, "kind", rows));
        let (name, help) = (
            "vigie_retention_overdue_seconds",
            "How much too old the oldest row or recording is that was left.",
        );
        let overdue = deleted.overdue_s() as f64;
        families.push(family(name, help, MetricType::GAUGE, vec![gauge(None, overdue)]));
    }
    families.retain(|family| !family.get_metric().is_empty());
    families
}

fn family(name: &str, help: &str, kind: MetricType, metrics: Vec<Metric>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(kind);
    family.set_metric(metrics);
    family
}

fn labelled(label: Option<(&str, String)>) -> Metric {
    let labels = label.map(|(name, value)| {
        let mut pair = LabelPair::default();
        pair.set_name(name.to_owned());
        pair.set_value(value);
        pair
    });
    Metric::from_label(labels.into_iter().collect())
}

fn counter(label: Option<(&str, String)>, value: f64) -> Metric {
    let mut counter = Counter::default();
    counter.set_value(value);
    let mut metric = labelled(label);
    metric.set_counter(counter);
    metric
}

fn gauge(label: Option<(&str, String)>, value: f64) -> Metric {
    let mut gauge = Gauge::default();
    gauge.set_value(value);
    let mut metric = labelled(label);
    metric.set_gauge(gauge);
    metric
}

type Labelled = (String, f64);

fn counters(name: &str, help: &str, label: &str, values: impl IntoIterator<Item = Labelled>) -> MetricFamily {
    let metrics = values.into_iter().map(|(of, value)| counter(Some((label, of)), value)).collect();
    family(name, help, MetricType::COUNTER, metrics)
}

fn gauges(name: &str, help: &str, label: &str, values: impl IntoIterator<Item = Labelled>) -> MetricFamily {
    let metrics = values.into_iter().map(|(of, value)| gauge(Some((label, of)), value)).collect();
    family(name, help, MetricType::GAUGE, metrics)
}

/// `vigie_event_to_publish_seconds`.
fn delays((buckets, sum_us): ([u64; LATENCY_BUCKETS_US.len() + 1], u64)) -> MetricFamily {
    let mut total = 0;
    let mut ends = Vec::with_capacity(LATENCY_BUCKETS_US.len());
    for (end_us, count) in LATENCY_BUCKETS_US.iter().zip(buckets) {
        total += count;
        let mut bucket = Bucket::default();
        bucket.set_upper_bound(*end_us as f64 / 1e6);
        bucket.set_cumulative_count(total);
        ends.push(bucket);
    }
    let mut histogram = Histogram::default();
    histogram.set_bucket(ends);
    histogram.set_sample_count(buckets.iter().sum());
    histogram.set_sample_sum(sum_us as f64 / 1e6);
    let mut metric = labelled(None);
    metric.set_histogram(histogram);
    let help = "From the receipt of an event to the publication of the row it changed.";
    family("vigie_event_to_publish_seconds", help, MetricType::HISTOGRAM, vec![metric])
}
