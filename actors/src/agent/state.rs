//! The pure state of an agent.

use std::sync::Arc;

use asterisk::ami::Event;
use asterisk::ami::event::Member;
use smallvec::SmallVec;

use super::activity;
use super::messages::LegNews;
use crate::call::Difference;
use crate::fact::{Outbox, What};
use crate::keys::Micros;
use crate::settings::Settings;
use crate::view::{
    Activity, AgentView, AtLeast, Availability, LegPhase, MembershipView, PauseLaterView, Said, Since, Text,
    Trust,
};

/// A pause that is to come once his call is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PauseLater {
    /// In that queue only; in all without one.
    pub queue: Option<Text>,
    /// Why.
    pub reason: Option<Text>,
    /// Asked for.
    pub since: Micros,
}

/// A membership in one queue.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Membership {
    pub(super) queue: Text,
    pub(super) interface: Text,
    pub(super) paused: bool,
    pub(super) reason: Option<Text>,
    since: Option<Micros>,
    pub(super) penalty: i32,
    calls_taken: u32,
}

/// Wrap-up that runs.
#[derive(Debug, Clone, PartialEq)]
struct WrapUp {
    queue: Text,
    /// When the caller came whom he served.
    arrived: Micros,
    until: Micros,
}

/// Legs of one agent at once; more are an attack or a fault.
const MAX_LEGS: usize = 64;
/// Queues of one agent.
const MAX_QUEUES: usize = 2000;

/// An agent.
#[derive(Debug, Clone)]
pub struct AgentState {
    settings: Arc<Settings>,
    endpoint: Text,
    member_name: Text,
    party_name: Text,
    pub(super) memberships: Vec<Membership>,
    pause_later: Option<PauseLater>,
    seen_at: Micros,
    legs: SmallVec<[Arc<LegNews>; 2]>,
    device: Text,
    /// Contacts (PJSIP) that were told of, and whether each answers.
    contacts: SmallVec<[(Text, bool); 1]>,
    peer_unreachable: bool,
    wrap_up: Option<WrapUp>,
    not_responding: bool,
    availability: Availability,
    availability_since: Micros,
    reason: Option<Text>,
    activity: Activity,
    activity_since: Micros,
    at_least: AtLeast,
    /// What changes now is taken from a listing: it was so then or before.
    comparing: bool,
    /// What he was when he was met was told: from then on each change is.
    told: bool,
    /// Queue of the activity that was told last.
    told_queue: Option<Text>,
    mark: Trust,
    dropped: u32,
}

impl AgentState {
    /// Somebody at that endpoint, of whom nothing is known yet.
    pub fn new(settings: Arc<Settings>, endpoint: Text, at: Micros) -> Self {
        let mut at_least = AtLeast::default();
        at_least.put(Since::Availability, true);
        at_least.put(Since::Activity, true);
        Self {
            settings,
            endpoint,
            member_name: Text::default(),
            party_name: Text::default(),
            memberships: Vec::new(),
            pause_later: None,
            seen_at: at,
            legs: SmallVec::new(),
            device: Text::default(),
            contacts: SmallVec::new(),
            peer_unreachable: false,
            wrap_up: None,
            not_responding: false,
            availability: Availability::LoggedOut,
            availability_since: at,
            reason: None,
            activity: Activity::Idle,
            activity_since: at,
            at_least,
            comparing: false,
            told: false,
            told_queue: None,
            mark: Trust::Live,
            dropped: 0,
        }
    }

    /// `PJSIP/1001`
    pub fn endpoint(&self) -> &Text {
        &self.endpoint
    }

    /// The pause that is to come once his call is over.
    pub fn pause_later(&self) -> Option<&PauseLater> {
        self.pause_later.as_ref()
    }

    /// A pause is to come, or no longer.
    pub fn set_pause_later(&mut self, later: Option<PauseLater>, out: &mut Outbox) {
        self.pause_later = later;
        out.urge();
    }

    /// What he does.
    pub fn activity(&self) -> Activity {
        self.activity
    }

    /// Time of the last event about him.
    pub(super) fn seen_at(&self) -> Micros {
        self.seen_at
    }

    /// Things not kept because of a limit.
    pub fn dropped(&self) -> u32 {
        self.dropped
    }

    /// Takes an event about his memberships or his device.
    pub fn event(&mut self, e: &Event<'_>, at: Micros, out: &mut Outbox) {
        self.tick(at, out);
        // these show him in a queue; since when, they do not
        self.comparing = matches!(
            e,
            Event::QueueMemberStatus(_) | Event::QueueMemberPenalty(_) | Event::QueueMemberRinginuse(_)
        );
        match e {
            Event::QueueMemberRemoved(e) => self.removed(e.member.queue, e.member.interface, at, out),
            Event::QueueMemberAdded(e) => self.add(&e.member, at, out),
            Event::QueueMemberPause(e) => {
                self.add(&e.member, at, out);
                self.not_responding = false;
            }
            Event::QueueMemberPenalty(e) => self.add(&e.member, at, out),
            Event::QueueMemberRinginuse(e) => self.add(&e.member, at, out),
            Event::QueueMemberStatus(e) => self.add(&e.member, at, out),
            Event::DeviceStateChange(e) => {
                out.changed |= self.device != e.state;
                self.device = e.state.into();
            }
            Event::PeerStatus(e) => {
                self.peer_unreachable = matches!(e.peer_status, "Unreachable" | "Unregistered" | "Rejected");
            }
            Event::ContactStatus(e) => {
                self.contact(e.uri, e.contact_status);
            }
            _ => {}
        }
        self.settle(at, out);
        self.comparing = false;
    }

    /// Takes news of a leg at his endpoint.
    pub fn leg(&mut self, news: &Arc<LegNews>, at: Micros, out: &mut Outbox) {
        self.tick(at, out);
        let known = self.legs.iter().position(|l| l.uniqueid == news.uniqueid);
        if news.phase == LegPhase::Ended {
            if let Some(n) = known {
                self.legs.remove(n);
            }
            if news.missed {
                self.not_responding = true;
            }
            if known.is_some() && news.talked {
                self.begin_wrap_up(news);
            }
        } else {
            let acts = matches!(news.phase, LegPhase::Up | LegPhase::Holding | LegPhase::Dialing);
            if acts && news.queue.is_none() || matches!(news.phase, LegPhase::Up | LegPhase::Holding) {
                self.not_responding = false;
                self.wrap_up = None;
            }
            if !news.party.name.is_empty() {
                self.party_name = news.party.name.clone();
            }
            match known {
                Some(n) => self.legs[n] = Arc::clone(news),
                None if self.legs.len() < MAX_LEGS => self.legs.push(Arc::clone(news)),
                None => self.dropped += 1,
            }
        }
        out.change();
        self.comparing = news.bound;
        self.settle(at, out);
        self.comparing = false;
    }

    /// Ours, per queue; Asterisk raises no event for it.
    fn begin_wrap_up(&mut self, ended: &LegNews) {
        let Some(queue) = &ended.queue else { return };
        let seconds = self.settings.wrap_up_after(queue);
        if seconds > 0 && self.availability != Availability::Paused {
            let until = Micros(ended.at.0 + i64::from(seconds) * 1_000_000);
            self.wrap_up = Some(WrapUp { queue: queue.clone(), arrived: ended.arrived, until });
        }
    }

    /// When he must be looked at again, on the PBX's clock.
    pub fn next_deadline(&self) -> Option<Micros> {
        self.wrap_up.as_ref().map(|w| w.until)
    }

    /// The PBX's clock stands at `at`.
    pub fn tick(&mut self, at: Micros, out: &mut Outbox) {
        self.seen_at = self.seen_at.max(at);
        if let Some(until) = self.next_deadline()
            && until <= at
        {
            self.wrap_up = None;
            self.settle(until, out);
        }
    }

    fn add(&mut self, m: &Member<'_>, at: Micros, out: &mut Outbox) {
        out.changed |= self.member(m, at, out);
    }

    fn member(&mut self, m: &Member<'_>, at: Micros, out: &mut Outbox) -> bool {
        if !m.name.is_empty() && m.name.bytes() != m.interface.as_bytes() {
            self.member_name = m.name.display().into();
        }
        let reason = (m.paused && !m.paused_reason.is_empty()).then(|| Text::from(m.paused_reason.display()));
        let kept = self.memberships.iter_mut().find(|k| k.queue == m.queue && k.interface == m.interface);
        let Some(kept) = kept else {
            if self.memberships.len() >= MAX_QUEUES {
                self.dropped += 1;
                return false;
            }
            let since =
                (m.paused && m.last_pause > 0).then_some(Micros(m.last_pause.saturating_mul(1_000_000)));
            self.memberships.push(Membership {
                queue: m.queue.into(),
                interface: m.interface.into(),
                paused: m.paused,
                reason,
                since,
                penalty: m.penalty,
                calls_taken: m.calls_taken,
            });
            let (queue, interface, endpoint) = (m.queue.into(), m.interface.into(), self.endpoint.clone());
            out.fact(at, What::Membership { queue, interface, endpoint, member: true });
            return true;
        };
        let mut changed = kept.penalty != m.penalty || kept.calls_taken != m.calls_taken;
        kept.penalty = m.penalty;
        kept.calls_taken = m.calls_taken;
        if kept.paused != m.paused || kept.reason != reason {
            kept.paused = m.paused;
            kept.reason = reason;
            kept.since = Some(at);
            changed = true;
        }
        changed
    }

    fn removed(&mut self, queue: &str, interface: &str, at: Micros, out: &mut Outbox) {
        let before = self.memberships.len();
        self.memberships.retain(|k| !(k.queue == queue && k.interface == interface));
        if self.memberships.len() != before {
            let (queue, interface, endpoint) = (queue.into(), interface.into(), self.endpoint.clone());
            out.fact(at, What::Membership { queue, interface, endpoint, member: false });
        }
    }

    fn contact(&mut self, uri: &str, status: &str) -> bool {
        let before = self.contacts.clone();
        self.contacts.retain(|(known, _)| known != uri);
        let answers = !matches!(status, "Removed" | "Unreachable");
        if self.contacts.len() < 16 {
            self.contacts.push((uri.into(), answers));
        }
        if status == "Removed" && self.contacts.len() > 1 {
            self.contacts.retain(|(known, _)| known != uri); // another one is left
        }
        self.contacts != before
    }

    /// Whether his phone can be reached, as far as anything told.
    fn unreachable(&self) -> bool {
        self.device == "UNAVAILABLE"
            || self.peer_unreachable
            || (!self.contacts.is_empty() && self.contacts.iter().all(|(_, answers)| !answers))
    }

    fn availability_now(&self) -> (Availability, Option<Text>) {
        let paused = self.memberships.iter().filter(|k| k.paused).count();
        let availability = match (self.memberships.len(), paused) {
            (0, _) => Availability::LoggedOut,
            (_, 0) => Availability::Available,
            (all, paused) if all == paused => Availability::Paused,
            _ => Availability::PartlyPaused,
        };
        let reason = self
            .memberships
            .iter()
            .filter(|k| k.paused)
            .max_by_key(|k| k.since)
            .and_then(|k| k.reason.clone());
        (availability, reason)
    }

    fn settle(&mut self, at: Micros, out: &mut Outbox) {
        let (availability, reason) = self.availability_now();
        let first = !std::mem::replace(&mut self.told, true);
        if first && availability == self.availability && reason == self.reason {
            let endpoint = self.endpoint.clone();
            out.fact(at, What::Availability { endpoint, availability, reason: reason.clone() });
        }
        if availability != self.availability || reason != self.reason {
            if matches!(availability, Availability::Paused) {
                self.wrap_up = None;
            }
            self.availability = availability;
            self.reason = reason;
            // each change of a reason is a new interval (L32)
            self.availability_since = at;
            self.at_least.put(Since::Availability, self.comparing);
            out.urge();
            let (endpoint, reason) = (self.endpoint.clone(), self.reason.clone());
            out.fact(at, What::Availability { endpoint, availability, reason });
        }
        let floor = if self.unreachable() {
            Activity::Unreachable
        } else if self.not_responding {
            Activity::NotResponding
        } else if self.wrap_up.is_some() {
            Activity::WrapUp
        } else {
            Activity::Idle
        };
        let activity = activity::of(&self.legs).max(floor);
        let before = self.activity;
        if activity != self.activity {
            self.activity = activity;
            self.activity_since = at;
            self.at_least.put(Since::Activity, self.comparing);
            out.urge();
        }
        let queue = self.queue_now();
        if first || activity != before || queue != self.told_queue {
            self.told_queue.clone_from(&queue);
            let wrap_up = self.wrap_up.as_ref().filter(|_| activity == Activity::WrapUp);
            let (arrived, ends) = (wrap_up.map(|w| w.arrived), wrap_up.map(|w| w.until));
            let endpoint = self.endpoint.clone();
            out.fact(at, What::Activity { endpoint, activity, queue, arrived, ends });
        }
    }

    /// The queue whose call he is on, or wraps up.
    fn queue_now(&self) -> Option<Text> {
        activity::foremost(&self.legs).and_then(|l| l.queue.clone()).or_else(|| {
            self.wrap_up.as_ref().filter(|_| self.activity == Activity::WrapUp).map(|w| w.queue.clone())
        })
    }

    /// A list item about him (`QueueMember`, device, contact, peer): sets right what differs and says
    /// what it was. What no listing shows (who rang in vain, our wrap-up) stays.
    pub fn listed(&mut self, e: &Event<'_>, at: Micros, out: &mut Outbox) -> Option<Difference> {
        let words = match e {
            Event::QueueMember(e) => {
                let known = self.memberships.iter().any(|k| k.queue == e.member.queue);
                self.member(&e.member, at, out).then(|| {
                    out.change();
                    if known {
                        let text = format!("{} differed in queue {}", self.endpoint, e.member.queue);
                        Said::new("member_differed", [&self.endpoint, e.member.queue], text)
                    } else {
                        let text = format!("{} is a member of queue {}", self.endpoint, e.member.queue);
                        Said::new("member_unknown", [&self.endpoint, e.member.queue], text)
                    }
                })
            }
            Event::DeviceStateChange(e) if self.device != e.state => {
                let text = format!("device {} is {}, was {:?}", self.endpoint, e.state, self.device);
                let words = Said::new("device_differed", [&self.endpoint, e.state, &self.device], text);
                self.device = e.state.into();
                out.change();
                Some(words)
            }
            Event::ContactList(e) => self.listed_contact(e.uri, e.status),
            Event::ContactStatusDetail(e) => self.listed_contact(e.uri, e.status),
            Event::PeerEntry(e) => {
                let unreachable =
                    e.status.starts_with("UNREACHABLE") || e.dynamic && e.ip_address == "-none-";
                (std::mem::replace(&mut self.peer_unreachable, unreachable) != unreachable)
                    .then(|| self.contact_differed(e.status))
            }
            _ => None,
        };
        self.comparing = true;
        self.settle(at, out);
        self.comparing = false;
        words
    }

    fn listed_contact(&mut self, uri: &str, status: &str) -> Option<Difference> {
        self.contact(uri, status).then(|| self.contact_differed(status))
    }

    fn contact_differed(&self, status: &str) -> Difference {
        let text = format!("contact of {} is {status}", self.endpoint);
        Said::new("contact_differed", [&self.endpoint, status], text)
    }

    /// A whole list of queues does not have him in that queue any more.
    pub fn not_listed(
        &mut self,
        queue: &str,
        interface: &str,
        at: Micros,
        out: &mut Outbox,
    ) -> Option<Difference> {
        let before = self.memberships.len();
        self.removed(queue, interface, at, out);
        self.comparing = true;
        self.settle(at, out);
        self.comparing = false;
        (self.memberships.len() != before).then(|| {
            out.change();
            let text = format!("{} is no member of queue {queue}", self.endpoint);
            Said::new("member_gone", [&self.endpoint, queue], text)
        })
    }

    /// Queue and interface of each membership.
    pub fn memberships(&self) -> impl Iterator<Item = (&Text, &Text)> {
        self.memberships.iter().map(|k| (&k.queue, &k.interface))
    }

    /// The PBX restarted: no leg is left.
    pub fn forget_legs(&mut self, at: Micros, out: &mut Outbox) {
        self.legs.clear();
        self.not_responding = false;
        self.settle(at, out);
        out.change();
    }

    /// An event was skipped or something is doubtful.
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

    /// `pbx~endpoint`.
    pub fn id(&self) -> Text {
        compact_str::format_compact!("{}~{}", self.settings.pbx, self.endpoint)
    }

    /// The row.
    pub fn view(&self) -> AgentView {
        let leg = activity::foremost(&self.legs);
        let name = [&self.member_name, &self.party_name].into_iter().find(|n| !n.is_empty());
        AgentView {
            id: self.id(),
            pbx: self.settings.pbx.0.clone(),
            endpoint: self.endpoint.clone(),
            name: name.unwrap_or(&self.endpoint).clone(),
            availability: self.availability,
            availability_since_ms: self.availability_since,
            pause_reason: self.reason.clone(),
            pause_after_call: self.pause_later.as_ref().map(|later| PauseLaterView {
                queue: later.queue.clone(),
                reason: later.reason.clone(),
                since_ms: later.since,
            }),
            activity: self.activity,
            activity_since_ms: self.activity_since,
            call: leg.map(|l| l.call.id()),
            call_queue: self.queue_now(),
            with: leg.and_then(|l| l.with.clone()),
            wrap_up_until_ms: self.wrap_up.as_ref().map(|w| w.until),
            memberships: self
                .memberships
                .iter()
                .map(|k| MembershipView {
                    queue: k.queue.clone(),
                    interface: k.interface.clone(),
                    paused: k.paused,
                    reason: k.reason.clone(),
                    since_ms: k.since,
                    penalty: k.penalty,
                    calls_taken: k.calls_taken,
                })
                .collect(),
            device: self.device.clone(),
            at_least: self.at_least,
            trust: self.mark,
        }
    }
}
