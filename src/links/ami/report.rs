//! What the link shows of itself: its row on the board, its alarms, its counters, the PBX's clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use actors::board::{Board, Urgency};
use actors::keys::{Epoch, Micros};
use actors::ports::Compared;
use actors::view::{AlarmView, ComparisonView, LinkPhase, PbxView, Said, Text, Trust, View};
use asterisk::ami::Message;

use super::clock::Clock;
use super::machine::At;
use super::rights::Rights;
use super::sync::Listed;
use crate::config::PbxConfig;

/// Events later than this are not live any more; below half of it they are again.
const TOO_LATE: Duration = Duration::from_secs(2);

/// What happened on one link since the start, for `/metrics`.
#[derive(Debug, Default)]
pub struct LinkCounters {
    bytes: AtomicU64,
    connections: AtomicU64,
    limits_passed: AtomicU64,
    strays: AtomicU64,
    timeouts: AtomicU64,
    busy: AtomicU64,
    asks_dropped: AtomicU64,
    questions: AtomicU64,
}

impl LinkCounters {
    pub(super) fn question(&self) {
        self.questions.fetch_add(1, Ordering::Relaxed);
    }
    pub(super) fn connected(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }
    pub(super) fn limit_passed(&self) {
        self.limits_passed.fetch_add(1, Ordering::Relaxed);
    }
    pub(super) fn stray(&self) {
        self.strays.fetch_add(1, Ordering::Relaxed);
    }
    pub(super) fn timed_out(&self) {
        self.timeouts.fetch_add(1, Ordering::Relaxed);
    }
    pub(super) fn busy(&self) {
        self.busy.fetch_add(1, Ordering::Relaxed);
    }
    pub(super) fn ask_dropped(&self) {
        self.asks_dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// Name (as in `vigie_ami_<name>_total`), help and value of each.
    pub fn read(&self) -> [(&'static str, &'static str, u64); 8] {
        let get = |c: &AtomicU64| c.load(Ordering::Relaxed);
        [
            ("bytes", "Bytes read.", get(&self.bytes)),
            ("connections", "Connections opened.", get(&self.connections)),
            (
                "limits_passed",
                "Connections dropped for a line or message past its limit.",
                get(&self.limits_passed),
            ),
            ("stray_answers", "Answers that belonged to no action.", get(&self.strays)),
            ("action_timeouts", "Actions not answered in time.", get(&self.timeouts)),
            ("actions_busy", "Actions refused because too many waited.", get(&self.busy)),
            ("questions", "Channels and queues asked about one by one.", get(&self.questions)),
            ("doubts_dropped", "Doubts not asked about because too many waited.", get(&self.asks_dropped)),
        ]
    }
}

/// The link's row and what belongs to it.
pub(super) struct Report {
    view: PbxView,
    pub(super) board: Arc<Board>,
    trust: Option<Trust>,
    pub(super) counters: Arc<LinkCounters>,
    clock: Clock,
    pub(super) rights: Rights,
    not_listed: Vec<Said>,
    started: (At, Micros),
    alarms: Vec<AlarmView>,
    read_since_open: bool,
    shutdown: bool,
    dirty: bool,
}

impl Report {
    pub(super) fn new(config: &PbxConfig, board: Arc<Board>) -> Self {
        let now = wall();
        let view = PbxView {
            id: config.name.as_str().into(),
            link: LinkPhase::Connecting,
            since_ms: now,
            known_since_ms: None,
            problem: Text::default(),
            problem_slug: Text::default(),
            problem_with: Vec::new(),
            version: Text::default(),
            epoch: 0,
            last_read_ms: None,
            clock_offset_ms: None,
            comparison: None,
            suspect: false,
            plain_text: config.plain_text,
            unknown: Vec::new(),
        };
        let mut report = Self {
            view,
            board,
            trust: None,
            counters: Arc::default(),
            clock: Clock::default(),
            rights: Rights::default(),
            not_listed: Vec::new(),
            started: (At::ZERO, now),
            alarms: Vec::new(),
            read_since_open: false,
            shutdown: false,
            dirty: true,
        };
        let text = format!(
            "the AMI secret of {} travels unencrypted to {}: VIGIE_ALLOW_PLAIN_AMI",
            config.name, config.host
        );
        let said = Said::new("plain_text", [&config.name, &config.host], text);
        report.alarm("plain_text", config.plain_text, &said);
        report.publish();
        report
    }

    /// The link's state, shown when it differs from what is.
    pub(super) fn link(&mut self, now: At, phase: LinkPhase, since: At, problem: &Said) {
        if self.view.link != phase || self.view.problem != problem.text {
            match phase {
                LinkPhase::Down | LinkPhase::Refused | LinkPhase::Stale => {
                    log::warn!("{}: link {phase:?}: {}", self.view.id, problem.text);
                }
                LinkPhase::Connecting | LinkPhase::Authenticating | LinkPhase::Syncing | LinkPhase::Live => {
                    log::info!("{}: link {phase:?} {}", self.view.id, problem.text);
                }
            }
            self.view.link = phase;
            self.view.since_ms = self.wall_at(now, since);
            // Late is live too: it was compared before.
            if matches!(phase, LinkPhase::Live | LinkPhase::Stale) {
                self.view.known_since_ms.get_or_insert_with(wall);
            }
            self.view.problem = problem.text.clone();
            self.view.problem_slug = problem.slug.into();
            self.view.problem_with.clone_from(&problem.with);
            let down = matches!(phase, LinkPhase::Down);
            let refused = matches!(phase, LinkPhase::Refused);
            // While a retry is under way the alarm of before stands.
            if !matches!(phase, LinkPhase::Connecting | LinkPhase::Authenticating) {
                self.alarm("link_down", down, problem);
                self.alarm("link_refused", refused, problem);
                self.alarm("link_late", phase == LinkPhase::Stale, problem);
            }
            if matches!(phase, LinkPhase::Down | LinkPhase::Refused) {
                self.clock = Clock::default();
                self.read_since_open = false;
                self.shutdown = false;
            }
            self.dirty = true;
        }
        if self.dirty {
            self.publish();
        }
    }

    fn publish(&mut self) {
        self.dirty = false;
        let trust = match self.view.link {
            LinkPhase::Live if self.view.suspect => Trust::Suspect,
            LinkPhase::Live => Trust::Live,
            // Listing after a doubt: connected and complete, but not to be believed yet.
            LinkPhase::Syncing if self.view.suspect => Trust::Suspect,
            _ => Trust::Stale,
        };
        let urgency = if self.trust == Some(trust) { Urgency::Soon } else { Urgency::Urgent };
        if self.trust != Some(trust) {
            self.trust = Some(trust);
            self.board.pbx_trust(&self.view.id, trust);
        }
        self.board.put(View::Pbx(self.view.clone()), urgency);
    }

    fn wall_at(&self, now: At, then: At) -> Micros {
        let ago = now.saturating_sub(then);
        Micros(wall().0 - i64::try_from(ago.as_micros()).unwrap_or(0)).max(self.started.1)
    }

    /// Begins or ends an alarm; nothing happens when it stands (or not) already.
    pub(super) fn alarm(&mut self, kind: &str, stands: bool, said: &Said) {
        let known = self.alarms.iter().position(|a| a.kind == kind);
        match (known, stands) {
            (None, true) => {
                let alarm = AlarmView {
                    id: format!("{kind}~{}", self.view.id).into(),
                    kind: kind.into(),
                    subject: self.view.id.clone(),
                    text: said.text.clone(),
                    slug: said.slug.into(),
                    with: said.with.clone(),
                    began_ms: wall(),
                    ended_ms: None,
                };
                self.alarms.push(alarm.clone());
                self.board.put(View::Alarm(alarm), Urgency::Urgent);
            }
            (Some(n), false) => {
                let mut alarm = self.alarms.swap_remove(n);
                alarm.ended_ms = Some(wall());
                self.board.put(View::Alarm(alarm), Urgency::Urgent);
            }
            _ => {}
        }
    }

    pub(super) fn read(&mut self, bytes: usize) {
        self.counters.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.read_since_open = true;
        self.view.last_read_ms = Some(wall());
    }

    /// The PBX's time of an event, just read.
    pub(super) fn event_time(&mut self, now: At, theirs: Micros) {
        self.clock.event(now, wall(), theirs);
    }

    /// A ping's answer: the PBX's clock at hand, and a row that is a few seconds old at most.
    pub(super) fn pong(&mut self, now: At, round_trip: Duration, response: &Message) {
        if let Some(theirs) = response.get("Timestamp").and_then(Micros::parse) {
            self.clock.pong(now, wall(), theirs, round_trip);
        }
        self.view.clock_offset_ms = self.clock.offset_ms();
        self.dirty = true;
    }

    /// Now on the PBX's clock, as far as it is known.
    pub(super) fn pbx_time(&self) -> Micros {
        self.clock.theirs(wall())
    }

    /// The PBX's clock, just told.
    pub(super) fn clock_at_hand(&mut self, now: At, theirs: Micros) {
        self.clock.event(now, wall(), theirs);
        self.view.clock_offset_ms = self.clock.offset_ms();
        self.dirty = true;
    }

    /// Words when events arrive too late.
    pub(super) fn lag(&self) -> Option<Said> {
        let limit = if self.view.link == LinkPhase::Stale { TOO_LATE / 2 } else { TOO_LATE };
        let lag = self.clock.lag()?;
        (lag >= limit).then(|| Said::new("events_late", [], "its events arrive seconds late"))
    }

    pub(super) fn shutdown_announced(&mut self) {
        self.shutdown = true;
    }

    pub(super) fn why_closed(&self, phase: LinkPhase) -> Said {
        if self.shutdown {
            Said::new("shut_down", [], "the PBX shut down")
        } else if phase == LinkPhase::Authenticating {
            Said::new("closed_in_login", [], "the PBX closed the connection during the login")
        } else if !self.read_since_open {
            let words = "the PBX closed the connection before its banner: it is stopping, or has too many logins \
                         under way (authlimit)";
            Said::new("closed_before_banner", [], words)
        } else {
            super::io::closed()
        }
    }

    /// Which boot this is; whether it is another than before.
    pub(super) fn epoch(&mut self, epoch: Epoch) -> bool {
        self.dirty = true;
        std::mem::replace(&mut self.view.epoch, epoch.0) != epoch.0
    }

    pub(super) fn version(&mut self, version: Text) {
        self.view.version = version;
        self.dirty = true;
    }

    /// What the last listing could not tell.
    pub(super) fn unknown(&mut self, sentences: Vec<Said>) {
        self.not_listed = sentences;
        self.rights_changed();
    }

    /// What the events do not tell changed.
    pub(super) fn rights_changed(&mut self) {
        let rights = self.rights.sentences();
        self.view.unknown = self.not_listed.iter().cloned().chain(rights).collect();
        self.dirty = true;
    }

    pub(super) fn suspect(&mut self, suspect: bool, why: &Said) {
        self.view.suspect = suspect;
        self.alarm("suspect_link", suspect, why);
        self.dirty = true;
    }

    pub(super) fn compared(&mut self, compared: &Compared, listed: Listed, took: Duration) {
        let of = |listed: bool, n: u32| listed.then_some(n);
        let channels = of(listed.channels, compared.channels);
        let queue_entries = of(listed.queues, compared.queue_entries);
        let devices = of(listed.devices, compared.devices);
        let said = |n: Option<u32>| n.map_or_else(|| "no list of".to_owned(), |n| n.to_string());
        log::info!(
            "{}: compared: {} channels, {} queue entries, {} devices; {} differences",
            self.view.id,
            said(channels),
            said(queue_entries),
            said(devices),
            compared.differences
        );
        self.view.comparison = Some(ComparisonView {
            at_ms: wall(),
            took_ms: i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
            channels,
            queue_entries,
            devices,
            differences: compared.differences,
            examples: compared.examples.iter().take(20).cloned().collect(),
        });
        self.dirty = true;
    }
}

/// Our clock, microseconds since 1970.
pub(super) fn wall() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
