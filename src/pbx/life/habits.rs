//! What people do: who calls whom, how long they let it ring, what they do while they talk.

use super::super::dialplan::FLOW_NUMBERS;
use super::super::exchange::Fate;
use super::super::floor;
use super::super::truth::{ChanRef, DeviceState, EndpointId, EndpointKind, Job, Party, Registration};
use super::{Intent, Life};

/// Reasons of a pause, as agents type them.
const REASONS: [&str; 10] = [
    "Pause café",
    "Déjeuner",
    "Réunion d'équipe",
    "Formation",
    "Back-office",
    "Coaching",
    "Lunch",
    "Break",
    "Meeting",
    "Rappel client",
];

/// Of a hundred callers for the queues, those who come through a flow.
const FLOW_SHARE: f64 = 45.0;

impl Life {
    /// A new call: mostly callers for the queues, some within the house, some going out.
    pub(super) fn somebody_calls(&mut self) {
        let kind = self.rng.unit();
        if kind < 0.70 {
            self.calls_a_queue();
        } else if kind < 0.74 {
            self.calls_a_desk();
        } else if kind < 0.84 {
            self.calls_a_colleague();
        } else if kind < 0.985 {
            self.calls_out();
        } else {
            self.meets();
        }
    }

    fn outsider(&mut self) -> Party {
        self.callers += 1;
        let area = [1, 2, 3, 4, 5, 6, 6, 6, 7, 9][self.rng.below(10)];
        let number = format!("0{area}{:08}", self.rng.below(100_000_000));
        // Providers show a name for some callers only.
        let named = self.rng.percent(35.0);
        Party::new(&number, &if named { floor::name(self.callers * 7 + 3) } else { String::new() })
    }

    fn reachable_trunk(&mut self) -> Option<EndpointId> {
        let from = self.rng.below(self.trunks.len());
        let n = self.trunks.len();
        (0..n)
            .filter_map(|i| self.trunks.get((from + i) % n).copied())
            .find(|t| self.exchange.truth.endpoint(*t).is_some_and(|e| e.reachable))
    }

    fn calls_a_queue(&mut self) {
        let Some(trunk) = self.reachable_trunk() else { return };
        let caller = self.outsider();
        // some numbers lead to a menu, where there is somebody who plays it
        if self.exchange.truth.handover.is_some() && self.rng.percent(FLOW_SHARE) {
            if let Some(number) = self.rng.pick(&FLOW_NUMBERS) {
                self.exchange.trunk_brings(trunk, caller, number);
            }
            return;
        }
        let queue = floor::busy_queue(&mut self.rng, self.exchange.truth.queues.len());
        self.exchange.trunk_brings(trunk, caller, &format!("01700{:05}", queue + 1));
    }

    fn calls_a_desk(&mut self) {
        let (Some(trunk), Some(phone)) = (self.reachable_trunk(), self.idle_phone()) else { return };
        let caller = self.outsider();
        let Some(name) = self.exchange.truth.endpoint(phone).map(|e| e.name.clone()) else { return };
        self.exchange.trunk_brings(trunk, caller, &format!("01700{name:0>5}"));
    }

    /// A phone nobody uses now, if one is found soon.
    fn idle_phone(&mut self) -> Option<EndpointId> {
        for _ in 0..12 {
            let phone = *self.rng.pick(&self.phones)?;
            let endpoint = self.exchange.truth.endpoint(phone)?;
            if endpoint.told == DeviceState::NotInUse && endpoint.channels.is_empty() {
                return Some(phone);
            }
        }
        None
    }

    fn calls_a_colleague(&mut self) {
        let (Some(from), Some(to)) = (self.idle_phone(), self.rng.pick(&self.phones).copied()) else {
            return;
        };
        if from == to {
            return;
        }
        let Some(exten) = self.exchange.truth.endpoint(to).map(|e| e.name.clone()) else { return };
        self.exchange.phone_dials(from, &exten);
    }

    fn calls_out(&mut self) {
        let Some(from) = self.idle_phone() else { return };
        let number = self.outsider().num;
        let prefix = if self.trunks.len() > 1 && self.rng.percent(40.0) { "9" } else { "" };
        self.exchange.phone_dials(from, &format!("{prefix}0{number}"));
    }

    fn meets(&mut self) {
        for _ in 0..2 + self.rng.below(2) {
            let Some(phone) = self.idle_phone() else { return };
            self.exchange.phone_dials(phone, "600");
        }
    }

    /// A leg rings: a person at a desk, or the outside world behind a trunk.
    pub(super) fn hears_ringing(&mut self, leg: ChanRef) {
        let Some(channel) = self.exchange.truth.chan(leg) else { return };
        let Some(endpoint) = self.exchange.truth.endpoint(channel.endpoint) else { return };
        if endpoint.kind == EndpointKind::Trunk {
            let fate = self.rng.unit();
            let after = self.rng.human_us(6.0, 0.5);
            let intent = match fate {
                f if f < 0.72 => Intent::Answer(leg),
                f if f < 0.82 => Intent::Refuse(leg, 17, 486),
                f if f < 0.86 => Intent::Refuse(leg, 1, 404),
                f if f < 0.88 => Intent::Refuse(leg, 34, 503),
                // Nobody answers: the dialplan gives up.
                _ => return,
            };
            self.plan(after, intent);
            return;
        }
        let busy = endpoint.channels.len() > 1;
        let after = self.rng.human_us(3.0, 0.5);
        let fate = self.rng.unit();
        if busy && fate < 0.8 {
            self.plan(after / 4, Intent::Refuse(leg, 17, 486));
        } else if fate < 0.93 {
            self.plan(after, Intent::Answer(leg));
        }
    }

    /// Two people talk: how long, and what happens on the way.
    pub(super) fn talks(&mut self, caller: ChanRef, callee: ChanRef) {
        let talk = self.rng.human_us(self.pace.talk_s, 0.6);
        let ends_first = if self.rng.percent(55.0) { callee } else { caller };
        self.plan(talk, Intent::HangUp(ends_first));
        // Desks hold, transfer and park; outsiders do not.
        let desk = [callee, caller].into_iter().find(|c| {
            let of = self.exchange.truth.chan(*c).and_then(|c| self.exchange.truth.endpoint(c.endpoint));
            of.is_some_and(|e| e.kind == EndpointKind::Phone)
        });
        let Some(desk) = desk else { return };
        let midway = (talk as f64 * (0.25 + 0.4 * self.rng.unit())) as u64;
        match self.rng.unit() {
            x if x < 0.14 => self.plan(midway, Intent::Hold(desk)),
            x if x < 0.19 => self.plan(midway, Intent::SendOn(desk)),
            x if x < 0.23 => self.plan(midway, Intent::Consult(desk)),
            x if x < 0.245 => self.plan(midway, Intent::ParkPeer(desk)),
            _ => {}
        }
    }

    /// Hangs up, unless what it was about has changed: a caller who meant to give up waiting and
    /// is talking now stays; a desk in the middle of a consultation does not drop it.
    pub(super) fn gives_up_or_ends(&mut self, at: ChanRef) {
        let truth = &self.exchange.truth;
        let Some(channel) = truth.chan(at) else { return };
        if let Job::Queue(waiting) = &channel.job
            && let Some((_, since)) = waiting.agent
            && self.exchange.now().saturating_sub(since) < 4_000_000
        {
            return;
        }
        let consulting = truth
            .endpoint(channel.endpoint)
            .is_some_and(|e| e.kind == EndpointKind::Phone && e.channels.len() > 1);
        if consulting {
            let later = self.rng.human_us(8.0, 0.3);
            self.plan(later, Intent::HangUp(at));
            return;
        }
        self.exchange.hang_up(at, Fate::Phone);
    }

    pub(super) fn sends_on(&mut self, at: ChanRef) {
        let to_queue = self.rng.percent(40.0);
        let target = if to_queue {
            self.rng.pick(&self.exchange.truth.queues).map(|q| q.exten.clone())
        } else {
            self.idle_phone().and_then(|p| self.exchange.truth.endpoint(p)).map(|e| e.name.clone())
        };
        if let Some(exten) = target {
            // A refusal leaves them talking.
            let _ = self.exchange.blind_transfer(at, None, &exten);
        }
    }

    /// Holds the caller and asks a colleague; hands over if the colleague answers.
    pub(super) fn consults(&mut self, at: ChanRef) {
        if self.exchange.truth.peer(at).is_none() {
            return;
        }
        let Some(phone) = self.exchange.truth.chan(at).map(|c| c.endpoint) else { return };
        let Some(colleague) = self.idle_phone() else { return };
        let Some(exten) = self.exchange.truth.endpoint(colleague).map(|e| e.name.clone()) else { return };
        self.exchange.hold(at);
        if let Some(second) = self.exchange.phone_dials(phone, &exten) {
            let after = self.rng.human_us(14.0, 0.4);
            self.plan(after, Intent::HandOver(at, second));
        }
    }

    pub(super) fn fetches(&mut self, space: u32) {
        if self.exchange.truth.parked.iter().any(|p| p.space == space)
            && let Some(phone) = self.idle_phone()
        {
            self.exchange.phone_dials(phone, &space.to_string());
        }
    }

    pub(super) fn pauses(&mut self, phone: EndpointId) {
        let Some(endpoint) = self.exchange.truth.endpoint(phone) else { return };
        let (interface, talking) = (endpoint.interface.clone(), !endpoint.channels.is_empty());
        if talking {
            self.plan(10_000_000, Intent::Pause(phone));
            return;
        }
        let reason = self.rng.pick(&REASONS).copied().unwrap_or("Pause");
        // An agent of no queue has nothing to pause.
        let _ = self.exchange.pause(None, &interface, true, reason);
        let length = self.rng.human_us(100.0, 0.7);
        self.plan(length, Intent::Unpause(phone));
    }

    pub(super) fn unpauses(&mut self, phone: EndpointId) {
        let Some(interface) = self.exchange.truth.endpoint(phone).map(|e| e.interface.clone()) else {
            return;
        };
        let _ = self.exchange.pause(None, &interface, false, "");
        let next = self.rng.exponential_us(900.0);
        self.plan(next, Intent::Pause(phone));
    }

    /// Now and then a phone loses its registration, or a trunk stops answering.
    pub(super) fn incident(&mut self) {
        let next = self.rng.exponential_us(150.0);
        self.plan(next, Intent::Incident);
        if self.rng.percent(75.0) {
            let Some(phone) = self.idle_phone() else { return };
            self.exchange.set_reachable(phone, false);
            let back = self.rng.human_us(30.0, 0.5);
            self.plan(back, Intent::Back(phone));
        } else if self.trunks.len() > 1
            && let Some(trunk) = self.rng.pick(&self.trunks).copied()
        {
            self.exchange.set_reachable(trunk, false);
            self.exchange.set_registration(trunk, Registration::Rejected);
            let back = self.rng.human_us(15.0, 0.4);
            self.plan(back, Intent::Back(trunk));
        }
    }

    pub(super) fn comes_back(&mut self, endpoint: EndpointId) {
        self.exchange.set_reachable(endpoint, true);
        if self.trunks.contains(&endpoint) {
            self.exchange.set_registration(endpoint, Registration::Registered);
        }
    }

    /// Trunks register again and again; each time is told.
    pub(super) fn registers(&mut self) {
        for trunk in self.trunks.clone() {
            if self.exchange.truth.endpoint(trunk).is_some_and(|e| e.reachable) {
                self.exchange.set_registration(trunk, Registration::Registered);
            }
        }
        self.plan(55_000_000, Intent::Register);
    }

    /// Calls in progress: distinct Linkedids.
    pub fn calls_live(&self) -> usize {
        let mut ages: Vec<u64> = self.exchange.truth.channels().map(|c| c.link_age).collect();
        ages.sort_unstable();
        ages.dedup();
        ages.len()
    }
}
