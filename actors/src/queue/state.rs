//! The pure state of a queue.

use std::sync::Arc;

use asterisk::ami::Event;
use asterisk::ami::event::Member;

use super::messages::CallerNews;
use crate::call::Difference;
use crate::fact::Outbox;
use crate::keys::{CallKey, Micros};
use crate::settings::Settings;
use crate::view::{Party, QueueMemberView, QueueOutcome, QueueView, Said, Text, Trust, WaitingView};

#[derive(Debug, Clone, PartialEq)]
struct Caller {
    uniqueid: Text,
    channel: Text,
    call: Option<Arc<CallKey>>,
    party: Party,
    position: u32,
    joined: Micros,
    /// Out of the line, its end not yet known.
    left: bool,
}

/// Callers and members of one queue; further ones are dropped and counted.
const MAX: usize = 100_000;

/// A queue.
#[derive(Debug, Clone)]
pub struct QueueState {
    settings: Arc<Settings>,
    name: Text,
    strategy: Text,
    service_level: Option<u32>,
    callers: Vec<Caller>,
    members: Vec<Arc<QueueMemberView>>,
    counts_since: Micros,
    offered: u32,
    answered: u32,
    abandoned: u32,
    flowed_out: u32,
    mark: Trust,
    dropped: u32,
}

impl QueueState {
    /// A queue of which only the name is known.
    pub fn new(settings: Arc<Settings>, name: Text, at: Micros) -> Self {
        Self {
            settings,
            name,
            strategy: Text::default(),
            service_level: None,
            callers: Vec::new(),
            members: Vec::new(),
            counts_since: at,
            offered: 0,
            answered: 0,
            abandoned: 0,
            flowed_out: 0,
            mark: Trust::Live,
            dropped: 0,
        }
    }

    /// Its name.
    pub fn name(&self) -> &Text {
        &self.name
    }

    /// Things not kept because of a limit.
    pub fn dropped(&self) -> u32 {
        self.dropped
    }

    /// Takes an event about its members.
    pub fn event(&mut self, e: &Event<'_>, _at: Micros, out: &mut Outbox) {
        match e {
            Event::QueueMemberRemoved(e) => {
                let before = self.members.len();
                self.members.retain(|m| m.interface != e.member.interface);
                if self.members.len() != before {
                    out.urge();
                }
            }
            Event::QueueMemberAdded(e) => self.member(&e.member, out),
            Event::QueueMemberPause(e) => {
                self.member(&e.member, out);
                out.urgent |= out.changed;
            }
            Event::QueueMemberPenalty(e) => self.member(&e.member, out),
            Event::QueueMemberRinginuse(e) => self.member(&e.member, out),
            Event::QueueMemberStatus(e) => self.member(&e.member, out),
            _ => {}
        }
    }

    fn member(&mut self, m: &Member<'_>, out: &mut Outbox) {
        let station = if m.state_interface.contains('/') { m.state_interface } else { m.interface };
        let place = self.members.iter().position(|known| known.interface == m.interface);
        if place.is_some_and(|at| says_the_same(&self.members[at], m, station)) {
            return; // most do: a device's every change is told for each of its queues
        }
        let view = QueueMemberView {
            interface: m.interface.into(),
            name: Text::from(m.name.display()),
            agent: (!station.starts_with("Local/"))
                .then(|| format!("{}~{station}", self.settings.pbx).into()),
            status: m.status,
            paused: m.paused,
            reason: (m.paused && !m.paused_reason.is_empty()).then(|| m.paused_reason.display().into()),
            penalty: m.penalty,
            in_call: m.in_call,
            calls_taken: m.calls_taken,
            last_call_ms: (m.last_call > 0).then_some(Micros(m.last_call.saturating_mul(1_000_000))),
        };
        if let Some(at) = place {
            if *self.members[at] == view {
                return;
            }
            self.members[at] = Arc::new(view);
        } else if self.members.len() < MAX {
            self.members.push(Arc::new(view));
        } else {
            self.dropped += 1;
            return;
        }
        out.change();
    }

    /// Takes news of a caller.
    pub fn caller(&mut self, news: &CallerNews, out: &mut Outbox) {
        match news {
            CallerNews::Waiting { uniqueid, channel, call, party, position, joined } => {
                let caller = Caller {
                    uniqueid: uniqueid.clone(),
                    channel: channel.clone(),
                    call: Some(call.clone()),
                    party: party.clone(),
                    position: *position,
                    joined: *joined,
                    left: false,
                };
                match self.find(uniqueid, *joined) {
                    Some(n) => {
                        let left = self.callers[n].left;
                        self.callers[n] = Caller { left, ..caller };
                    }
                    None if self.callers.len() < MAX => {
                        self.callers.push(caller);
                        self.offered += 1;
                    }
                    None => self.dropped += 1,
                }
                out.urge();
            }
            CallerNews::Replaced { uniqueid, joined, by } => {
                if let Some(n) = self.find(uniqueid, *joined) {
                    self.callers[n].uniqueid = by.clone();
                    out.change();
                }
            }
            CallerNews::Left { uniqueid, joined, .. } => {
                let Some(n) = self.find(uniqueid, *joined) else { return };
                if std::mem::replace(&mut self.callers[n].left, true) {
                    return;
                }
                let place = self.callers[n].position;
                // a list may have closed the gap before we knew who left: then somebody stands there
                let closed = self.callers.iter().any(|c| !c.left && c.position == place);
                for c in &mut self.callers {
                    if !c.left && !closed && place > 0 && c.position > place {
                        c.position -= 1;
                    }
                }
                out.urge();
            }
            CallerNews::Closed { uniqueid, joined, outcome, .. } => {
                let Some(n) = self.find(uniqueid, *joined) else { return };
                self.callers.remove(n);
                match outcome {
                    QueueOutcome::Answered => self.answered += 1,
                    QueueOutcome::Abandoned => self.abandoned += 1,
                    _ => self.flowed_out += 1,
                }
                out.change();
            }
        }
    }

    fn find(&self, uniqueid: &str, joined: Micros) -> Option<usize> {
        self.callers.iter().position(|c| c.uniqueid == uniqueid && c.joined == joined)
    }

    /// A list item about it (`QueueParams`, `QueueMember`): sets right what differs and says so.
    pub fn listed(&mut self, e: &Event<'_>, _at: Micros, out: &mut Outbox) -> Option<Difference> {
        match e {
            Event::QueueParams(e) => {
                if self.strategy != e.strategy || self.service_level != e.service_level {
                    self.strategy = e.strategy.into();
                    self.service_level = e.service_level;
                    out.change();
                }
                None
            }
            Event::QueueMember(e) => {
                let known = self.members.iter().find(|m| m.interface == e.member.interface).cloned();
                self.member(&e.member, out);
                let now = self.members.iter().find(|m| m.interface == e.member.interface);
                let interface = e.member.interface;
                (now != known.as_ref()).then(|| match known {
                    Some(_) => {
                        let text = format!("{interface} differed in queue {}", self.name);
                        Said::new("member_differed", [interface, &self.name], text)
                    }
                    None => {
                        let text = format!("{interface} is a member of queue {}", self.name);
                        Said::new("member_unknown", [interface, &self.name], text)
                    }
                })
            }
            _ => None,
        }
    }

    /// A whole list of this queue does not have that member.
    pub fn member_not_listed(&mut self, interface: &str, out: &mut Outbox) -> Option<Difference> {
        let before = self.members.len();
        self.members.retain(|m| m.interface != interface);
        (self.members.len() != before).then(|| {
            out.urge();
            let text = format!("{interface} is no member of queue {}", self.name);
            Said::new("member_gone", [interface, &self.name], text)
        })
    }

    /// A whole list of this queue does not have that caller: he is out of the line.
    pub fn caller_not_listed(&mut self, uniqueid: &str, out: &mut Outbox) -> Option<Difference> {
        let before = self.callers.len();
        self.callers.retain(|c| c.uniqueid != uniqueid || c.left);
        (self.callers.len() != before).then(|| {
            self.flowed_out += 1;
            out.urge();
            let text = format!("{uniqueid} no longer waits in queue {}", self.name);
            Said::new("caller_gone", [uniqueid, &self.name], text)
        })
    }

    /// Who stands in it: callers and members.
    pub fn size(&self) -> usize {
        self.callers.len() + self.members.len()
    }

    /// Uniqueids of who waits, and when each joined.
    pub fn waiting(&self) -> impl Iterator<Item = (&Text, Micros)> {
        self.callers.iter().filter(|c| !c.left).map(|c| (&c.uniqueid, c.joined))
    }

    /// Interfaces of its members.
    pub fn interfaces(&self) -> impl Iterator<Item = &Text> {
        self.members.iter().map(|m| &m.interface)
    }

    /// The PBX restarted: nobody waits.
    pub fn forget_callers(&mut self, out: &mut Outbox) {
        self.abandoned += self.callers.len() as u32;
        self.callers.clear();
        out.change();
    }

    /// Something is doubtful.
    pub fn distrust(&mut self, mark: Trust, out: &mut Outbox) {
        if mark > self.mark {
            self.mark = mark;
            out.change();
        }
    }

    /// Compared with the PBX and right.
    pub fn confirmed(&mut self, out: &mut Outbox) {
        if self.mark != Trust::Live && self.mark != Trust::Degraded {
            self.mark = Trust::Live;
            out.change();
        }
    }

    /// `pbx~name`.
    pub fn id(&self) -> Text {
        compact_str::format_compact!("{}~{}", self.settings.pbx, self.name)
    }

    /// The row.
    pub fn view(&self) -> QueueView {
        let mut line: Vec<&Caller> = self.callers.iter().filter(|c| !c.left).collect();
        line.sort_by_key(|c| (c.position, c.joined));
        QueueView {
            id: self.id(),
            pbx: self.settings.pbx.0.clone(),
            name: self.name.clone(),
            strategy: self.strategy.clone(),
            service_level_s: self.service_level,
            waiting: line
                .into_iter()
                .map(|c| WaitingView {
                    position: c.position,
                    uniqueid: c.uniqueid.clone(),
                    channel: c.channel.clone(),
                    call: c.call.as_ref().map_or_else(Text::default, |key| key.id()),
                    party: c.party.clone(),
                    joined_ms: c.joined,
                })
                .collect(),
            members: self.members.clone(),
            counts_since_ms: self.counts_since,
            offered: self.offered,
            answered: self.answered,
            abandoned: self.abandoned,
            flowed_out: self.flowed_out,
            trust: self.mark,
        }
    }
}

/// Whether a member's row would be the one that stands, as far as that can be told without making it.
fn says_the_same(known: &QueueMemberView, m: &Member<'_>, station: &str) -> bool {
    known.status == m.status
        && known.paused == m.paused
        && !m.paused
        && known.penalty == m.penalty
        && known.in_call == m.in_call
        && known.calls_taken == m.calls_taken
        && known.last_call_ms.map_or(0, |at| at.0 / 1_000_000) == m.last_call.max(0)
        && known.name.as_bytes() == m.name.bytes()
        && match known.agent.as_deref().and_then(|agent| agent.strip_suffix(station)) {
            Some(pbx) => pbx.ends_with('~'),
            None => known.agent.is_none() && station.starts_with("Local/"),
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Epoch, PbxName};

    fn waiting(uniqueid: &str, position: u32) -> CallerNews {
        CallerNews::Waiting {
            uniqueid: uniqueid.into(),
            channel: Text::default(),
            call: Arc::new(CallKey { pbx: PbxName("p".into()), epoch: Epoch(1), linkedid: uniqueid.into() }),
            party: Party::default(),
            position,
            joined: Micros(1),
        }
    }

    #[test]
    fn f01_a_line_that_a_list_closed_up_is_not_closed_up_again() {
        let settings = Arc::new(Settings::new(PbxName("p".into())));
        let mut queue = QueueState::new(settings, "support".into(), Micros(0));
        let mut out = Outbox::default();
        let mut tell = |queue: &mut QueueState, news: &CallerNews| queue.caller(news, &mut out);
        for (id, place) in [("a", 1), ("b", 2), ("c", 3)] {
            tell(&mut queue, &waiting(id, place));
        }
        let places = |queue: &QueueState| queue.view().waiting.iter().map(|w| w.position).collect::<Vec<_>>();
        let left = |id: &str| CallerNews::Left { uniqueid: id.into(), joined: Micros(1), at: Micros(9) };
        // after a gap: the list shows b and c moved up before a comparison finds that a is gone
        tell(&mut queue, &waiting("b", 1));
        tell(&mut queue, &waiting("c", 2));
        tell(&mut queue, &left("a"));
        assert_eq!(places(&queue), [1, 2]);
        tell(&mut queue, &left("b"));
        assert_eq!(places(&queue), [1]);
    }
}
