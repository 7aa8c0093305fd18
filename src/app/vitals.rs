//! What HTTP may ask of the actors, answered by them.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use actors::registry::PbxCounters;
use actors::supervision::{Kind, Node, PartState, Watchdog, restarts_total};

use super::agi::CallerCounters;
use super::floor::Floor;
use crate::http::{CallerFigures, Count, PbxFigures, Vitals, VoiceFigures};
use crate::links::ami::LinkCounters;
use crate::links::audiosocket::Counters;

/// Read from counters, without asking an actor.
pub(super) struct Figures {
    pbxs: Vec<(String, Arc<PbxCounters>, Arc<LinkCounters>)>,
    root: Arc<Node>,
    watchdog: Arc<Watchdog>,
    voices: Option<Arc<Counters>>,
    callers: CallerCounters,
}

impl Figures {
    pub(super) fn new(
        floors: &[Floor],
        root: &Arc<Node>,
        watchdog: &Arc<Watchdog>,
        voices: Option<Arc<Counters>>,
        callers: CallerCounters,
    ) -> Self {
        let pbxs = floors.iter().map(|f| (f.name.clone(), f.counters.clone(), f.link.clone())).collect();
        Self { pbxs, root: root.clone(), watchdog: watchdog.clone(), voices, callers }
    }
}

impl Vitals for Figures {
    fn pbxs(&self) -> Vec<PbxFigures> {
        let figures = self.pbxs.iter().map(|(pbx, counters, _)| PbxFigures {
            pbx: pbx.clone(),
            events: counters.events(),
            unrouted: counters.unrouted(),
        });
        figures.collect()
    }

    fn counts(&self) -> Vec<Count> {
        let mut counts = Vec::new();
        for (pbx, router, link) in &self.pbxs {
            let of_router = [
                ("events_malformed", "Events whose shape no healthy Asterisk sends.", router.malformed()),
                ("guarantees_broken", "Broken guarantees of the event stream.", router.violations()),
                ("events_skipped", "Items that the router skipped after failing on them.", router.skipped()),
                ("events_undelivered", "Events for an actor that is set aside.", router.undelivered()),
            ];
            let count = |(name, help, value)| Count { pbx: pbx.clone(), name, help, value };
            counts.extend(of_router.map(count).into_iter().chain(link.read().map(count)));
        }
        counts
    }

    fn voices(&self) -> Option<VoiceFigures> {
        self.voices.as_ref().map(|counters| VoiceFigures {
            now: counters.now.load(Relaxed),
            connections: counters.outcomes().to_vec(),
            frames: counters.frames().to_vec(),
        })
    }

    fn callers(&self) -> Vec<CallerFigures> {
        let port = self.callers.port.as_ref().map(|of| CallerFigures {
            way: "agi",
            name: "FastAGI",
            now: of.now.load(Relaxed),
            outcomes: of.outcomes(),
        });
        let over_ami = self.callers.over_ami.as_ref().map(|of| CallerFigures {
            way: "async_agi",
            name: "AsyncAGI",
            now: of.now.load(Relaxed),
            outcomes: of.outcomes_over_ami(),
        });
        port.into_iter().chain(over_ami).collect()
    }

    fn restarts(&self) -> Vec<(String, u64)> {
        Kind::ALL.into_iter().map(|kind| (kind.name().to_owned(), restarts_total(kind))).collect()
    }

    fn troubles(&self) -> Vec<String> {
        let mut troubles = Vec::new();
        for held in self.watchdog.held() {
            if !self.watchdog.ready() {
                troubles.push(format!("{} holds its thread with {}", held.actor, held.message));
            }
        }
        degraded(&self.root, &mut troubles);
        troubles
    }
}

fn degraded(node: &Arc<Node>, troubles: &mut Vec<String>) {
    if node.state() == PartState::Degraded {
        troubles.push(format!("{} gave up and is tried again", node.name()));
    }
    for part in node.parts() {
        degraded(&part, troubles);
    }
}
