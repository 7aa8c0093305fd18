//! Flows that channels of a call walk: told by who walks them, not by the PBX.

use super::state::CallState;
use crate::fact::Outbox;
use crate::keys::Micros;
use crate::view::{FlowEnd, FlowView, FlowVisitView, Text};

/// Walks that a call remembers; the oldest goes.
const MOST_FLOWS: usize = 8;
/// Nodes of a walk that it shows.
const MOST_VISITS: usize = 20;

/// What is new of one walk. What it says again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowNews {
    /// Of the channel.
    pub uniqueid: Text,
    /// With the channel it names the walk.
    pub began: Micros,
    /// The flow that he walks now.
    pub flow: Text,
    /// Its name.
    pub name: Text,
    /// Place of the first of `visits` among all of that walk.
    pub from: usize,
    /// From there on.
    pub visits: Vec<FlowVisitView>,
    /// When and how it ended, and why where it failed.
    pub ended: Option<(Micros, FlowEnd, Option<Text>)>,
}

impl CallState {
    /// Takes what is new of a walk.
    pub fn flow_news(&mut self, news: &FlowNews, out: &mut Outbox) {
        let known = self.flows.iter().rposition(|f| f.uniqueid == news.uniqueid && f.began_ms == news.began);
        let at = known.unwrap_or_else(|| self.new_walk(news));
        let walk = &mut self.flows[at];
        walk.flow.clone_from(&news.flow);
        walk.name.clone_from(&news.name);
        for (n, visit) in news.visits.iter().enumerate() {
            // one that is not shown any more
            let Some(place) = (news.from + n).checked_sub(walk.earlier as usize) else { continue };
            match walk.visits.get_mut(place) {
                Some(known) => known.clone_from(visit),
                None => walk.visits.push(visit.clone()),
            }
        }
        if let Some(over) = walk.visits.len().checked_sub(MOST_VISITS) {
            walk.visits.drain(..over);
            walk.earlier += over as u32;
        }
        if let Some((at, how, why)) = &news.ended {
            (walk.ended_ms, walk.how) = (Some(*at), Some(*how));
            walk.why.clone_from(why);
        }
        if known.is_none() || news.ended.is_some() {
            out.urge();
        } else {
            out.change();
        }
    }

    fn new_walk(&mut self, news: &FlowNews) -> usize {
        if self.flows.len() == MOST_FLOWS {
            self.flows.remove(0);
            self.dropped += 1;
        }
        self.flows.push(FlowView {
            uniqueid: news.uniqueid.clone(),
            flow: Text::default(),
            name: Text::default(),
            began_ms: news.began,
            ended_ms: None,
            how: None,
            why: None,
            visits: Vec::new(),
            earlier: 0,
        });
        self.flows.len() - 1
    }

    /// The walk that a channel is in.
    pub(super) fn walk_of(&self, uniqueid: &str) -> Option<&FlowView> {
        self.flows.iter().rev().find(|f| f.uniqueid == uniqueid && f.ended_ms.is_none())
    }

    /// Whether a channel came to that node after so many: `None` while it may still.
    pub(super) fn came_to(&self, uniqueid: &str, node: &str, after: usize) -> Option<bool> {
        let walk = self.flows.iter().rev().find(|f| f.uniqueid == uniqueid)?;
        let skip = after.saturating_sub(walk.earlier as usize);
        let came = walk.visits.iter().skip(skip).any(|visit| visit.node == node);
        (came || walk.ended_ms.is_some()).then_some(came)
    }

    /// Those of a younger call.
    pub(super) fn absorb_flows(&mut self, theirs: Vec<FlowView>) {
        self.flows.extend(theirs);
        self.flows.sort_by_key(|walk| walk.began_ms);
        let over = self.flows.len().saturating_sub(MOST_FLOWS);
        self.flows.drain(..over);
        self.dropped += over as u32;
    }
}
