//! `Originate`: we ring somebody first, then send them somewhere.

use super::super::dialplan;
use super::super::truth::{ChanRef, ChannelState, Job, Party, Text};
use super::super::wire::{Class, Headers as _, or_unknown};
use super::{Exchange, Timer};

/// Where the answered leg goes.
#[derive(Debug, Clone)]
pub enum Then {
    /// Context, extension, priority.
    Dialplan(String, String, u32),
    /// An application and its data; it only listens to it.
    Application(String, String),
}

/// What an `Originate` asks for.
#[derive(Debug, Clone)]
pub struct Originate {
    /// Its ActionID, for `OriginateResponse`.
    pub action_id: String,
    /// `PJSIP/1001`.
    pub channel: String,
    /// Where to.
    pub then: Then,
    /// Caller shown.
    pub caller: Option<Party>,
    /// Account code.
    pub account: String,
    /// Variables.
    pub variables: Vec<(String, String)>,
    /// Uniqueid to be; empty for one of the PBX's own.
    pub uniqueid: String,
    /// Milliseconds to ring.
    pub timeout_ms: u64,
}

/// Why it was refused at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OriginateError {
    /// No such extension.
    NoSuchExtension,
}

/// Originated legs that ring at once; more fail.
const MAX_RINGING: usize = 1_000;

/// One that still rings.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    leg: ChanRef,
    request: Originate,
}

impl Exchange {
    /// Starts it; `OriginateResponse` says how it went.
    pub fn originate(&mut self, request: Originate) -> Result<(), OriginateError> {
        if let Then::Dialplan(context, exten, _) = &request.then
            && !dialplan::exists(&self.truth, context, exten)
        {
            return Err(OriginateError::NoSuchExtension);
        }
        let target = request
            .channel
            .strip_prefix("PJSIP/")
            .and_then(|name| self.truth.endpoint_named(name))
            .and_then(|id| self.truth.endpoint(id).filter(|e| e.reachable).map(|e| (id, e)));
        let Some((endpoint, e)) = target.filter(|_| self.originates.len() < MAX_RINGING) else {
            self.originate_response(&request, None, 0);
            return Ok(());
        };
        let (party, context, name) = (e.party.clone(), e.context.clone(), e.name.clone());
        self.next_uniqueid = Some(request.uniqueid.as_str().into()).filter(|id: &Text| !id.is_empty());
        let leg = self.create(endpoint, ChannelState::Down, party, (context, "s".into()), None);
        self.change(leg, |c| {
            c.app = "AppDial2".into();
            c.data = "(Outgoing Line)".into();
        });
        for (variable, value) in &request.variables {
            self.set_var(leg, variable, value);
        }
        if let Some(caller) = &request.caller {
            self.change(leg, |c| {
                c.caller = caller.clone();
                c.connected = caller.clone();
            });
        }
        if !request.account.is_empty()
            && let Some(channel) = self.truth.chan_mut(leg)
        {
            channel.account = request.account.as_str().into();
            let channel = &*channel;
            self.out
                .event("NewAccountCode", Class::Call, self.now)
                .chan("", channel)
                .line("OldAccountCode", "");
        }
        self.dial_event("DialBegin", None, leg, ("DialString", &name));
        self.after_s(request.timeout_ms.div_ceil(1_000).max(1), Timer::OriginateTimeout(leg));
        self.originates.push(Pending { leg, request });
        self.ring(None, leg);
        Ok(())
    }

    fn take_pending(&mut self, leg: ChanRef) -> Option<Originate> {
        let place = self.originates.iter().position(|p| p.leg == leg)?;
        Some(self.originates.swap_remove(place).request)
    }

    pub(super) fn originate_answered(&mut self, leg: ChanRef) {
        let Some(request) = self.take_pending(leg) else { return };
        self.leg_up(leg);
        self.dial_event("DialEnd", None, leg, ("DialStatus", "ANSWER"));
        self.originate_response(&request, Some(leg), 4);
        match request.then {
            Then::Dialplan(context, exten, priority) => {
                self.send_to(leg, context.into(), exten.into(), priority);
            }
            Then::Application(app, data) => {
                self.change(leg, |c| {
                    c.threaded = true;
                    c.app = app.as_str().into();
                    c.data = data.as_str().into();
                    c.job = Job::Media;
                });
                self.cues.push(super::Cue::Listens(leg));
            }
        }
    }

    pub(super) fn originate_timed_out(&mut self, leg: ChanRef) {
        if self.originates.iter().any(|p| p.leg == leg) {
            self.originate_failed(leg, 3);
            self.finish(leg, 0);
        }
    }

    pub(super) fn originate_failed(&mut self, leg: ChanRef, reason: u64) {
        if let Some(request) = self.take_pending(leg) {
            self.originate_response(&request, None, reason);
        }
    }

    pub(super) fn originate_gone(&mut self, leg: ChanRef) {
        self.originate_failed(leg, 0);
    }

    fn originate_response(&mut self, request: &Originate, leg: Option<ChanRef>, reason: u64) {
        let channel = leg.and_then(|l| self.truth.chan(l));
        let name: Text = channel.map_or_else(|| request.channel.as_str().into(), |c| c.name.clone());
        let uniqueid = channel.map(|c| c.uniqueid.clone()).unwrap_or_default();
        let caller = request.caller.clone().unwrap_or_default();
        let mut frame = self.out.event("OriginateResponse", Class::Call, self.now);
        frame
            .line("ActionID", &request.action_id)
            .line("Response", if leg.is_some() { "Success" } else { "Failure" })
            .line("Channel", &name);
        match &request.then {
            Then::Dialplan(context, exten, _) => frame.line("Context", context).line("Exten", exten),
            Then::Application(app, data) => frame.line("Application", app).line("Data", data),
        };
        frame
            .num("Reason", reason)
            .line("Uniqueid", or_unknown(&uniqueid))
            .line("CallerIDNum", or_unknown(&caller.num))
            .line("CallerIDName", or_unknown(&caller.name));
        if let Some(channel) = channel {
            let variable = format!("ChanVariable({})", channel.name);
            let (site, campaign) =
                (format!("SITE={}", channel.site), format!("CAMPAIGN={}", channel.campaign));
            frame.line(&variable, &site).line(&variable, &campaign);
        }
    }
}
