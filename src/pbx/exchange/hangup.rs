//! Endings: who hung up, what that does to the other side, and the last words of a channel.

use super::super::truth::{CdrPart, ChanRef, Job, Text};
use super::super::wire::{Class, Headers as _, cause_text};
use super::channel::write_cdr;
use super::{Cue, Exchange};

/// Who ends a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The person at its phone, or the outside party.
    Phone,
    /// An AMI `Hangup`, with its cause.
    Manager(Option<u16>),
    /// It is sent elsewhere (redirect, transfer): only its present job ends.
    Moved,
}

impl Exchange {
    /// Ends a channel on behalf of whoever wants it.
    pub fn hang_up(&mut self, at: ChanRef, fate: Fate) {
        let Some(channel) = self.truth.chan(at) else { return };
        let unanswered_leg = channel.answered.is_none() && !channel.threaded;
        if self.is_dead(at) {
            return;
        }
        match fate {
            Fate::Phone if unanswered_leg => return self.reject(at, 17, 486),
            Fate::Phone => {
                self.quality(at);
                let (cause, sip) = self.requested_cause(at);
                self.hangup_request(at, cause, sip);
                if let (Some(channel), Some(127)) = (self.truth.chan_mut(at), cause) {
                    channel.cause = Some(127);
                    channel.tech_cause = sip;
                }
            }
            Fate::Manager(cause) => {
                if let (Some(channel), Some(cause)) = (self.truth.chan_mut(at), cause) {
                    channel.cause = Some(cause);
                    channel.tech_cause = sip_status(cause);
                }
            }
            Fate::Moved => {}
        }
        self.end_job(at, fate);
        if fate == Fate::Moved {
            self.agi_taken(at);
        } else {
            self.agi_caller_gone(at);
        }
        self.settle();
    }

    /// What `HangupRequest` says: a cause once the channel was in a `Dial`, none otherwise (22).
    fn requested_cause(&self, at: ChanRef) -> (Option<u16>, Option<u16>) {
        let Some(channel) = self.truth.chan(at) else { return (None, None) };
        let dialled = !channel.dial_status.is_empty() || &*channel.app == "AppDial";
        match &channel.job {
            Job::Dial(dial) if dial.answered.is_none() => (Some(127), Some(487)),
            _ if dialled => (Some(16), None),
            _ => (None, None),
        }
    }

    /// `HangupRequest`.
    pub(super) fn hangup_request(&mut self, at: ChanRef, cause: Option<u16>, sip: Option<u16>) {
        let Some(channel) = self.truth.chan(at) else { return };
        let mut frame = self.out.event("HangupRequest", Class::Call, self.now);
        frame.chan("", channel);
        if let Some(cause) = cause {
            frame.num("Cause", cause.into());
        }
        if let Some(sip) = sip {
            frame.num("TechCause", sip.into());
        }
    }

    /// Ends what the channel does, and its peers with it; then the channel, unless it is moved, or somebody leads it:
    /// then it is there until he has let go of it.
    fn end_job(&mut self, at: ChanRef, fate: Fate) {
        let Some(channel) = self.truth.chan(at) else { return };
        let moved = fate == Fate::Moved;
        let stays = moved || self.is_led(at);
        match &channel.job {
            Job::Queue(waiting) if waiting.agent.is_none() => {
                let legs = self.abandon(at);
                if !stays {
                    self.finish(at, 0);
                }
                for leg in legs {
                    self.finish(leg, 0);
                }
            }
            Job::Dial(dial) if dial.answered.is_none() => {
                let callee = dial.callee;
                self.dial_event("DialEnd", Some(at), callee, ("DialStatus", "CANCEL"));
                self.var_set(at, "DIALSTATUS", "CANCEL");
                let name = self.name_of(callee);
                if let Some(channel) = self.truth.chan_mut(callee) {
                    channel.tech_cause = Some(500);
                }
                self.finish(callee, 127);
                self.cdr_close(at, &name, Some("NO ANSWER"));
                if !stays {
                    self.finish(at, 16);
                }
            }
            Job::Parked => {
                self.give_up_space(at);
                if !moved {
                    self.finish(at, 16);
                }
            }
            Job::Conference => {
                self.leave_conference(at);
                if !moved {
                    self.finish(at, 16);
                }
            }
            Job::Spy(_) => {
                self.spy_stops(at);
                if !moved {
                    self.finish(at, 16);
                }
            }
            Job::Queue(_) | Job::Dial(_) | Job::Bridged | Job::Leg | Job::Media => {
                let peer = self.part(at, if moved { "transfer" } else { "" });
                if stays {
                    self.closing_variables(at);
                } else {
                    self.finish(at, 16);
                }
                if let Some(peer) = peer {
                    self.let_go(peer);
                }
            }
        }
        if stays && let Some(channel) = self.truth.chan_mut(at) {
            channel.job = Job::Leg;
        }
    }

    /// Whom he talked to is gone: that is his end too, unless somebody leads him on.
    fn let_go(&mut self, at: ChanRef) {
        let goes_on = self.waiting(at).is_some_and(|waiting| waiting.goes_on);
        if !self.is_led(at) {
            return self.finish(at, 16);
        }
        self.closing_variables(at);
        if goes_on {
            self.set_var(at, "QUEUESTATUS", "CONTINUE");
        }
        if let Some(channel) = self.truth.chan_mut(at) {
            channel.job = Job::Leg;
        }
        self.agi_connected_over(at, if goes_on { 0 } else { -1 });
    }

    /// Leaves a two-party bridge, completing a queue's call when there is one.
    pub(super) fn part(&mut self, at: ChanRef, reason: &'static str) -> Option<ChanRef> {
        let peer = self.truth.peer(at);
        let talks_to_member = |c: &ChanRef| matches!(self.truth.chan(*c).map(|c| &c.job), Some(Job::Queue(w)) if w.agent.is_some());
        if let Some(caller) = [Some(at), peer].into_iter().flatten().find(talks_to_member) {
            let by = if caller == at { "caller" } else { "agent" };
            self.complete(caller, if reason.is_empty() { by } else { reason });
        }
        self.separate(at)
    }

    /// The dialplan hangs up with that cause, or runs out.
    pub(super) fn finish_with(&mut self, at: ChanRef, cause: u16) {
        if let Some(channel) = self.truth.chan_mut(at) {
            channel.cause = Some(cause);
            channel.tech_cause = if channel.answered.is_none() { sip_status(cause) } else { None };
        }
        self.finish(at, cause);
    }

    /// What `Dial` and `Queue` leave in variables.
    pub(super) fn closing_variables(&mut self, at: ChanRef) {
        let Some(channel) = self.truth.chan(at) else { return };
        let (since, answered, dial) = match &channel.job {
            Job::Dial(dial) if dial.answered.is_some() => (dial.since, dial.answered, true),
            Job::Queue(waiting) if waiting.agent.is_some() => {
                (waiting.ring_since, waiting.agent.map(|(_, at)| at), false)
            }
            _ => return,
        };
        let talk = self.now.saturating_sub(answered.unwrap_or(self.now)) / 1_000;
        let whole = self.now.saturating_sub(since) / 1_000;
        for (name, ms) in [("ANSWEREDTIME", talk), ("DIALEDTIME", whole)] {
            self.var_set(at, name, &(ms / 1_000).to_string());
            self.var_set(at, &format!("{name}_MS"), &ms.to_string());
        }
        if dial {
            self.var_set(at, "DIALSTATUS", "ANSWER");
        }
    }

    /// What the RTP stack leaves in variables when the sound ends.
    fn quality(&mut self, at: ChanRef) {
        let Some(channel) = self.truth.chan(at) else { return };
        let Some(answered) = channel.answered else { return };
        let packets = self.now.saturating_sub(answered) / 20_000;
        let (ours, theirs) = (self.rng.bits() as u32, self.rng.bits() as u32);
        let jitter = self.rng.below(1_800) as f64 / 1e6;
        let all = format!(
            "ssrc={ours};themssrc={theirs};lp=0;rxjitter=0.000000;rxcount={packets};txjitter={jitter:.6};\
             txcount={packets};rlp=0;rtt=0.000000;rxmes=0.000000;txmes=0.000000"
        );
        let spread = format!(
            "minrxjitter=000.000000;maxrxjitter=00{:.6};avgrxjitter=00{jitter:.6};stdevrxjitter=000.000189;\
             mintxjitter=000.000000;maxtxjitter=000.000000;avgtxjitter=000.000000;stdevtxjitter=000.000000;",
            jitter * 2.0
        );
        self.var_set(at, "RTPAUDIOQOS", &all);
        self.var_set(at, "RTPAUDIOQOSJITTER", &spread);
        self.var_set(
            at,
            "RTPAUDIOQOSLOSS",
            "minrxlost=000.000000;  maxrxlost=000.000000;  avgrxlost=000.000000;  stdevrxlost=000.000000;  \
             mintxlost=000.000000;  maxtxlost=000.000000;  avgtxlost=000.000000;  stdevtxlost=000.000000;",
        );
        self.var_set(
            at,
            "RTPAUDIOQOSRTT",
            "minrtt=000.000000;     maxrtt=000.000000;     avgrtt=000.000000;     stdevrtt=000.000000;",
        );
    }

    /// The last words of a channel: `SoftHangupRequest`, `Hangup`, its call records.
    pub(super) fn finish(&mut self, at: ChanRef, cause: u16) {
        self.closing_variables(at);
        self.agi_dropped(at);
        let Some(channel) = self.truth.chan_mut(at) else { return };
        let cause = *channel.cause.get_or_insert(cause);
        let channel = &*channel;
        if channel.threaded {
            self.out.event("SoftHangupRequest", Class::Call, self.now).chan("", channel).num("Cause", 16);
        }
        if self.truth.chan(at).is_some_and(|c| c.cause != Some(127)) {
            self.quality(at);
        }
        let Some(channel) = self.truth.remove_channel(at) else { return };
        let mut frame = self.out.event("Hangup", Class::Call, self.now);
        frame.chan("", &channel).num("Cause", cause.into()).line("Cause-txt", cause_text(cause));
        if let Some(sip) = channel.tech_cause {
            frame.num("TechCause", sip.into());
        }
        drop(frame);
        self.originate_gone(at);
        self.spies_end(at);
        self.touch(channel.endpoint);
        for part in &channel.cdr {
            write_cdr(&mut self.out, self.now, &channel, part);
        }
        if channel.threaded && channel.cdr.is_empty() {
            let part = CdrPart {
                destination: Text::default(),
                exten: channel.exten.clone(),
                context: channel.context.clone(),
                app: (channel.app.clone(), channel.data.clone()),
                start: channel.created,
                answer: channel.answered,
                end: Some(self.now),
                disposition: if channel.answered.is_some() { "ANSWERED" } else { "FAILED" },
            };
            write_cdr(&mut self.out, self.now, &channel, &part);
        }
        self.cues.push(Cue::Gone(channel.endpoint));
    }

    /// `core reload`: configuration is read again, nothing else happens.
    pub fn reload(&mut self) {
        for module in ["res_pjsip.so", "app_queue.so"] {
            self.out.event("Reload", Class::System, self.now).line("Module", module).line("Status", "0");
        }
    }

    /// The PBX stops in order: a `Hangup` for every channel, then `Shutdown`.
    pub fn shut_down(&mut self, restart: bool) {
        let all: Vec<ChanRef> = self.truth.channels().map(|c| c.at).collect();
        for at in all {
            self.hang_up(at, Fate::Manager(None));
            self.finish(at, 16);
        }
        self.out
            .event("Shutdown", Class::System, self.now)
            .line("Shutdown", "Cleanly")
            .line("Restart", if restart { "True" } else { "False" });
    }
}

/// The SIP status Asterisk 22 answers an unanswered leg with, for that ISDN cause.
fn sip_status(cause: u16) -> Option<u16> {
    match cause {
        1 => Some(404),
        17 => Some(486),
        18 => Some(408),
        19 | 20 => Some(480),
        21 => Some(403),
        34 | 38 | 41 | 42 | 44 => Some(503),
        _ => None,
    }
}
