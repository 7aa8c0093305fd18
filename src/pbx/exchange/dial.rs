//! `Dial`: one leg rung, answered, refused, given up.

use super::super::truth::{ChanRef, ChannelState, Dial, EndpointId, Job, Party, Text};
use super::super::wire::{Class, Headers as _};
use super::{Cue, Exchange, Timer};

/// What `Dial` clears before it starts.
const DIAL_VARIABLES: [&str; 11] = [
    "DIALSTATUS",
    "DIALEDPEERNUMBER",
    "DIALEDPEERNAME",
    "ANSWEREDTIME",
    "ANSWEREDTIME_MS",
    "DIALEDTIME",
    "DIALEDTIME_MS",
    "RINGTIME",
    "RINGTIME_MS",
    "PROGRESSTIME",
    "PROGRESSTIME_MS",
];

impl Exchange {
    /// Rings `endpoint`. True when the dialplan goes on at once: nobody could be rung.
    pub(super) fn dial(&mut self, at: ChanRef, endpoint: EndpointId, number: &str, seconds: u32) -> bool {
        for variable in DIAL_VARIABLES {
            self.var_set(at, variable, "");
        }
        if !self.truth.endpoint(endpoint).is_some_and(|e| e.reachable) {
            self.cdr_open(at, Text::default());
            self.cdr_close(at, "", Some("NO ANSWER"));
            self.dial_status(at, "CHANUNAVAIL", 20, None);
            return true;
        }
        let Some(leg) = self.make_leg(at, endpoint, "AppDial") else { return true };
        self.cdr_open(at, self.name_of(leg));
        let trunk = !self.is_phone(endpoint);
        let named = self.truth.endpoint(endpoint).map(|e| e.name.clone()).unwrap_or_default();
        let dialled = if trunk { format!("{number}@{named}") } else { named.to_string() };
        self.dial_event("DialBegin", Some(at), leg, ("DialString", &dialled));
        let shown = self.truth.chan(leg).map(|c| c.caller.clone()).unwrap_or_default();
        self.change(at, |c| {
            c.connected = shown;
            c.job = Job::Dial(Dial { callee: leg, since: c.created, answered: None });
        });
        let now = self.now;
        if let Some(Job::Dial(dial)) = self.truth.chan_mut(at).map(|c| &mut c.job) {
            dial.since = now;
        }
        self.ring(Some(at), leg);
        self.after_s(u64::from(seconds), Timer::DialTimeout { caller: at, callee: leg });
        false
    }

    /// The leg of a `Dial` or a `Queue`: it inherits the call and shows who calls.
    pub(super) fn make_leg(&mut self, caller: ChanRef, of: EndpointId, app: &str) -> Option<ChanRef> {
        let endpoint = self.truth.endpoint(of)?;
        let phone = self.is_phone(of);
        let party = if phone { endpoint.party.clone() } else { Party::default() };
        let (context, number) = (endpoint.context.clone(), endpoint.name.clone());
        let from = self.truth.chan(caller)?;
        let (connected, exten) = (from.caller.clone(), from.exten.clone());
        let leg = self.create(of, ChannelState::Down, party, (context, "s".into()), Some(caller));
        if app == "AppDial" && phone {
            self.var_set(leg, "DIALEDPEERNUMBER", &number);
        }
        self.change(leg, |c| {
            c.connected = connected;
            if !phone {
                c.caller.num = exten.clone();
            }
            c.exten = exten;
            c.app = app.into();
            c.data = "(Outgoing Line)".into();
        });
        if app != "AppDial" {
            self.var_set(leg, "DIALEDPEERNUMBER", &number);
        }
        Some(leg)
    }

    /// `DialBegin`, `DialState`, `DialEnd`; without a caller for an originated leg.
    pub(super) fn dial_event(
        &mut self,
        event: &'static str,
        caller: Option<ChanRef>,
        leg: ChanRef,
        (header, value): (&str, &str),
    ) {
        let Some(dest) = self.truth.chan(leg) else { return };
        let mut frame = self.out.event(event, Class::Call, self.now);
        if let Some(channel) = caller.and_then(|c| self.truth.chan(c)) {
            frame.chan("", channel);
        }
        frame.chan("Dest", dest).line(header, value);
    }

    /// The far end starts to ring (a phone) or to progress (a provider).
    pub(super) fn ring(&mut self, caller: Option<ChanRef>, leg: ChanRef) {
        let Some(channel) = self.truth.chan(leg) else { return };
        let endpoint = channel.endpoint;
        let phone = self.is_phone(endpoint);
        if phone {
            self.change(leg, |c| c.state = ChannelState::Ringing);
        }
        if let Some(at) = caller
            && matches!(self.truth.chan(at).map(|c| &c.job), Some(Job::Dial(_)))
        {
            let (seconds, ms) =
                if phone { ("RINGTIME", "RINGTIME_MS") } else { ("PROGRESSTIME", "PROGRESSTIME_MS") };
            self.var_set(at, seconds, "0");
            self.var_set(at, ms, "4");
        }
        self.dial_event("DialState", caller, leg, ("DialStatus", if phone { "RINGING" } else { "PROGRESS" }));
        self.touch(endpoint);
        if let Some(from) = caller.and_then(|c| self.truth.chan(c)).map(|c| c.endpoint) {
            self.touch(from);
        }
        self.settle();
        self.cues.push(Cue::Rings(leg));
    }

    /// The phone or provider rung on this leg answers; anything else is ignored.
    pub fn answer(&mut self, leg: ChanRef) {
        let Some(channel) = self.truth.chan(leg) else { return };
        if channel.state == ChannelState::Up || channel.threaded {
            return;
        }
        let Some(caller) = channel.dialled_by else {
            self.originate_answered(leg);
            self.settle();
            return;
        };
        match self.truth.chan(caller).map(|c| &c.job) {
            Some(Job::Dial(dial)) if dial.callee == leg && dial.answered.is_none() => {
                self.dial_answered(caller, leg);
            }
            Some(Job::Queue(waiting)) if waiting.ringing.contains(&leg) => self.member_answered(caller, leg),
            _ => {}
        }
        self.settle();
    }

    fn dial_answered(&mut self, caller: ChanRef, leg: ChanRef) {
        self.leg_up(leg);
        let name = self.name_of(leg);
        let number = self.truth.chan(leg).map(|c| c.caller.num.clone()).unwrap_or_default();
        self.var_set(caller, "DIALSTATUS", "ANSWER");
        self.var_set(caller, "DIALEDPEERNAME", &name);
        self.var_set(caller, "DIALEDPEERNUMBER", &number);
        let now = self.now;
        if let Some(channel) = self.truth.chan_mut(caller) {
            channel.dial_status = "ANSWER";
            channel.cause = None;
            if let Job::Dial(dial) = &mut channel.job {
                dial.answered = Some(now);
            }
            if let Some(part) = channel.cdr.last_mut() {
                part.answer = Some(now);
                part.disposition = "ANSWERED";
            }
        }
        self.answer_bare(caller, leg);
        self.join(caller, leg);
        self.cues.push(Cue::Talk(caller, leg));
    }

    /// `DialEnd` with `DestExten` already empty, then the caller's own answer.
    fn answer_bare(&mut self, caller: ChanRef, leg: ChanRef) {
        if let Some(channel) = self.truth.chan_mut(leg) {
            channel.exten = Text::default();
        }
        self.dial_event("DialEnd", Some(caller), leg, ("DialStatus", "ANSWER"));
        self.answer_here(caller);
    }

    pub(super) fn leg_up(&mut self, leg: ChanRef) {
        let now = self.now;
        self.change(leg, |c| {
            c.state = ChannelState::Up;
            c.answered = Some(now);
        });
        if let Some(endpoint) = self.truth.chan(leg).map(|c| c.endpoint) {
            self.touch(endpoint);
        }
    }

    /// The phone or provider refuses the leg: ISDN cause and the SIP status behind it.
    pub fn reject(&mut self, leg: ChanRef, cause: u16, sip: u16) {
        let Some(channel) = self.truth.chan_mut(leg) else { return };
        if channel.state == ChannelState::Up {
            return;
        }
        channel.cause = Some(cause);
        channel.tech_cause = Some(sip);
        let caller = channel.dialled_by;
        self.hangup_request(leg, Some(cause), Some(sip));
        let (ended, status) = match cause {
            17 => ("BUSY", "BUSY"),
            34 | 38 | 41 | 42 => ("CONGESTION", "CONGESTION"),
            18 | 19 => ("NOANSWER", "NOANSWER"),
            _ => ("NOANSWER", "CHANUNAVAIL"),
        };
        match caller {
            Some(at) => match self.truth.chan(at).map(|c| &c.job) {
                Some(Job::Dial(dial)) if dial.callee == leg => {
                    self.dial_event("DialEnd", Some(at), leg, ("DialStatus", ended));
                    let name = self.name_of(leg);
                    self.finish(leg, cause);
                    let disposition = if cause == 17 { "BUSY" } else { "FAILED" };
                    self.cdr_close(at, &name, Some(disposition));
                    self.dial_over(at, status, cause, Some(sip));
                }
                Some(Job::Queue(_)) => {
                    self.dial_event("DialEnd", Some(at), leg, ("DialStatus", ended));
                    self.finish(leg, cause);
                    self.leg_gave_up(at, leg);
                }
                _ => self.finish(leg, cause),
            },
            None => {
                self.dial_event("DialEnd", None, leg, ("DialStatus", ended));
                self.originate_failed(leg, 0);
                self.finish(leg, cause);
            }
        }
        self.settle();
    }

    pub(super) fn dial_timed_out(&mut self, caller: ChanRef, callee: ChanRef) {
        match self.truth.chan(caller).map(|c| &c.job) {
            Some(Job::Dial(dial)) if dial.callee == callee && dial.answered.is_none() => {}
            _ => return,
        }
        self.dial_event("DialEnd", Some(caller), callee, ("DialStatus", "NOANSWER"));
        let name = self.name_of(callee);
        self.finish(callee, 0);
        self.cdr_close(caller, &name, Some("NO ANSWER"));
        self.dial_over(caller, "NOANSWER", 19, Some(480));
    }

    /// The leg is gone without an answer: the dialplan goes on.
    fn dial_over(&mut self, at: ChanRef, status: &'static str, cause: u16, sip: Option<u16>) {
        self.dial_status(at, status, cause, sip);
        self.run(at);
    }

    fn dial_status(&mut self, at: ChanRef, status: &'static str, cause: u16, sip: Option<u16>) {
        if let Some(channel) = self.truth.chan_mut(at) {
            channel.job = Job::Leg;
            channel.dial_status = status;
            channel.cause = Some(cause);
            channel.tech_cause = sip;
        }
        self.next_priority(at);
        self.var_set(at, "DIALSTATUS", status);
    }

    pub(super) fn name_of(&self, at: ChanRef) -> Text {
        self.truth.chan(at).map(|c| c.name.clone()).unwrap_or_default()
    }
}
