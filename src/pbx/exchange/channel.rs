//! Channels: made, changed, told.

use super::super::dialplan;
use super::super::truth::{
    CdrPart, ChanRef, Channel, ChannelState, EndpointId, EndpointKind, Job, Micros, Party, Text, Told,
};
use super::super::wire::{Class, Headers as _, Stream};
use super::queue::Stay;
use super::{Cue, Exchange};

/// Lines of call records of one channel; what comes after is not recorded.
const MAX_CDR_PARTS: usize = 64;

impl Exchange {
    /// A phone dials: the channel runs through the dialplan until something makes it wait.
    /// `None` when there is no such phone or it cannot reach us.
    pub fn phone_dials(&mut self, from: EndpointId, exten: &str) -> Option<ChanRef> {
        let endpoint = self.truth.endpoint(from)?;
        if !endpoint.reachable {
            return None;
        }
        let (context, party) = (endpoint.context.clone(), endpoint.party.clone());
        Some(self.incoming(from, party, context, exten))
    }

    /// A provider brings a call for one of our numbers.
    pub fn trunk_brings(&mut self, from: EndpointId, caller: Party, did: &str) -> Option<ChanRef> {
        let endpoint = self.truth.endpoint(from)?;
        if !endpoint.reachable {
            return None;
        }
        let context = endpoint.context.clone();
        Some(self.incoming(from, caller, context, did))
    }

    fn incoming(&mut self, from: EndpointId, caller: Party, context: Text, exten: &str) -> ChanRef {
        let at = self.create(from, ChannelState::Ring, caller, (context, exten.into()), None);
        self.set_var(at, "SIPDOMAIN", "127.0.0.1");
        self.touch(from);
        self.run(at);
        self.settle();
        at
    }

    /// Makes a channel; a dialled one inherits the call of `dialled_by`.
    pub(super) fn create(
        &mut self,
        of: EndpointId,
        state: ChannelState,
        caller: Party,
        (context, exten): (Text, Text),
        dialled_by: Option<ChanRef>,
    ) -> ChanRef {
        let now = self.now;
        let (endpoint_name, site) =
            self.truth.endpoint(of).map(|e| (e.name.clone(), e.site.clone())).unwrap_or_default();
        let link = dialled_by.and_then(|by| self.truth.chan(by)).map(|c| (c.linkedid.clone(), c.link_age));
        let made = self.truth.made;
        let seconds = self.fixed_id_seconds.unwrap_or(now / 1_000_000);
        let chosen = self.next_uniqueid.take();
        let at = self.truth.add_channel(|at| {
            let uniqueid: Text = chosen.unwrap_or_else(|| format!("{seconds}.{made}").into());
            let (linkedid, link_age) = link.unwrap_or((uniqueid.clone(), made));
            Channel {
                at,
                name: format!("PJSIP/{endpoint_name}-{made:08x}").into(),
                uniqueid,
                linkedid,
                link_age,
                endpoint: of,
                state,
                told: Told {
                    place: (context.clone(), exten.clone(), 1),
                    app: false,
                    caller: caller.clone(),
                    connected: Party::default(),
                    state: Some(state),
                },
                caller,
                connected: Party::default(),
                context,
                dnid: exten.clone(),
                exten,
                priority: 1,
                account: Text::default(),
                site: Text::default(),
                campaign: Text::default(),
                vars: Vec::new(),
                app: Text::default(),
                data: Text::default(),
                bridge: None,
                created: now,
                answered: None,
                recorded: false,
                held: false,
                job: Job::Leg,
                dialled_by,
                cdr: Vec::new(),
                cause: None,
                tech_cause: None,
                threaded: false,
                dial_status: "",
                agi: None,
            }
        });
        self.chan_event(at, "Newchannel", Class::Call);
        if !site.is_empty() {
            if let Some(channel) = self.truth.chan_mut(at) {
                channel.site = site.clone();
            }
            self.var_set(at, "SITE", &site);
        }
        at
    }

    /// An event that is one channel snapshot and nothing more.
    pub(super) fn chan_event(&mut self, at: ChanRef, event: &'static str, class: Class) {
        if let Some(channel) = self.truth.chan(at) {
            self.out.event(event, class, self.now).chan("", channel);
        }
    }

    /// `VarSet`, without keeping the value, unless somebody leads the channel who may ask for it.
    pub(super) fn var_set(&mut self, at: ChanRef, variable: &str, value: &str) {
        if let Some(channel) = self.truth.chan_mut(at) {
            if channel.agi.is_some() {
                channel.keep(variable, value);
            }
            let channel = &*channel;
            self.out
                .event("VarSet", Class::Dialplan, self.now)
                .chan("", channel)
                .line("Variable", variable)
                .line("Value", value);
        }
    }

    /// Sets a channel variable for good and tells it.
    pub fn set_var(&mut self, at: ChanRef, variable: &str, value: &str) {
        let Some(channel) = self.truth.chan_mut(at) else { return };
        match variable {
            "SITE" => channel.site = value.into(),
            "CAMPAIGN" => channel.campaign = value.into(),
            _ => channel.keep(variable, value),
        }
        self.var_set(at, variable, value);
    }

    /// Tells what changed of a channel since it was told last, in Asterisk's order.
    pub(super) fn publish(&mut self, at: ChanRef) {
        let Self { truth, out, now, .. } = self;
        let Some(channel) = truth.chan_mut(at) else { return };
        let place = (channel.context.clone(), channel.exten.clone(), channel.priority);
        let app = !channel.app.is_empty();
        let new_state = channel.told.state != Some(channel.state);
        let new_place = app && (channel.told.place != place || !channel.told.app);
        let new_caller = channel.told.caller != channel.caller;
        let new_connected = channel.told.connected != channel.connected;
        channel.told = Told {
            place,
            app,
            caller: channel.caller.clone(),
            connected: channel.connected.clone(),
            state: Some(channel.state),
        };
        let channel = &*channel;
        if new_state {
            out.event("Newstate", Class::Call, *now).chan("", channel);
        }
        if new_place {
            out.event("Newexten", Class::Dialplan, *now)
                .chan("", channel)
                .line("Extension", &channel.exten)
                .line("Application", &channel.app)
                .line("AppData", &channel.data);
        }
        if new_caller {
            out.event("NewCallerid", Class::Call, *now)
                .chan("", channel)
                .line("CID-CallingPres", "0 (Presentation Allowed, Not Screened)");
        }
        if new_connected {
            out.event("NewConnectedLine", Class::Call, *now).chan("", channel);
        }
    }

    /// Changes a channel, then tells the difference.
    pub(super) fn change(&mut self, at: ChanRef, how: impl FnOnce(&mut Channel)) {
        if let Some(channel) = self.truth.chan_mut(at) {
            how(channel);
            self.publish(at);
        }
    }

    /// Goes through the dialplan until an application waits or the channel is gone.
    pub(super) fn run(&mut self, at: ChanRef) {
        if self.agi_goes_on(at) {
            return;
        }
        // A dialplan that only jumps must not hang us.
        for _ in 0..32 {
            let Some(channel) = self.truth.chan(at) else { return };
            let Some(step) = dialplan::step(&self.truth, channel) else {
                self.finish_with(at, 1);
                return;
            };
            self.change(at, |c| {
                c.threaded = true;
                c.app = step.app.into();
                c.data = step.data.as_str().into();
            });
            if !self.execute(at, step) {
                return;
            }
        }
        self.finish_with(at, 41);
    }

    /// An application is over: the dialplan's next priority, unless somebody else than the dialplan ran it.
    pub(super) fn next_priority(&mut self, at: ChanRef) {
        if let Some(channel) = self.truth.chan_mut(at).filter(|c| c.agi.is_none()) {
            channel.priority += 1;
        }
    }

    /// True when the dialplan goes on at once.
    fn execute(&mut self, at: ChanRef, step: dialplan::Step) -> bool {
        use dialplan::Run;
        match step.run {
            Run::Next => {}
            Run::Campaign(name) => self.set_var(at, "CAMPAIGN", &name),
            Run::Goto(context, exten) => {
                if let Some(channel) = self.truth.chan_mut(at) {
                    channel.context = context;
                    channel.exten = exten;
                    channel.priority = 1;
                }
                return true;
            }
            Run::Answer => self.answer_here(at),
            Run::Record => {
                self.record(at, true);
            }
            Run::Dial { endpoint, number, seconds } => return self.dial(at, endpoint, &number, seconds),
            Run::Queue(queue) => return self.enter_queue(at, queue, &Stay::default()),
            Run::Lead(to, request) => {
                self.enter_agi(at, to, &request);
                return false;
            }
            Run::Skip(priority) => {
                if let Some(channel) = self.truth.chan_mut(at) {
                    channel.priority = priority;
                }
                return true;
            }
            Run::Conference(room) => {
                self.enter_conference(at, &room);
                return false;
            }
            Run::Park => {
                self.park_self(at);
                return false;
            }
            Run::Retrieve(space) => return self.retrieve(at, space),
            Run::UserEvent(name, headers) => self.user_event(Some(at), &name, &headers),
            Run::Listen => {
                if let Some(channel) = self.truth.chan_mut(at) {
                    channel.job = Job::Media;
                }
                self.cues.push(Cue::Listens(at));
                return false;
            }
            Run::Spy(on) => return self.spy(at, &on),
            Run::Hangup(cause) => {
                self.finish_with(at, cause);
                return false;
            }
        }
        if let Some(channel) = self.truth.chan_mut(at) {
            channel.priority += 1;
        }
        true
    }

    /// Our side answers the channel (`Answer`, `ParkedCall`, a dialled leg that answered).
    pub(super) fn answer_here(&mut self, at: ChanRef) {
        let now = self.now;
        let Some(channel) = self.truth.chan_mut(at) else { return };
        if channel.state == ChannelState::Up {
            return;
        }
        channel.state = ChannelState::Up;
        channel.answered = Some(now);
        let endpoint = channel.endpoint;
        self.publish(at);
        self.touch(endpoint);
        self.settle();
    }

    /// `MixMonitor` starts or stops; false when it was so already.
    pub fn record(&mut self, at: ChanRef, on: bool) -> bool {
        let Some(channel) = self.truth.chan_mut(at) else { return false };
        if channel.recorded == on {
            return false;
        }
        channel.recorded = on;
        self.chan_event(at, if on { "MixMonitorStart" } else { "MixMonitorStop" }, Class::Call);
        true
    }

    /// `UserEvent`, of a channel or of an action.
    pub fn user_event(&mut self, at: Option<ChanRef>, name: &str, headers: &[(String, String)]) {
        let mut frame = self.out.event("UserEvent", Class::User, self.now);
        if let Some(channel) = at.and_then(|c| self.truth.chan(c)) {
            frame.chan("", channel);
        }
        frame.line("UserEvent", name);
        for (header, value) in headers {
            frame.line(header, value);
        }
    }

    /// Opens a line of call records for what this channel does now.
    pub(super) fn cdr_open(&mut self, at: ChanRef, destination: Text) {
        let now = self.now;
        if let Some(channel) = self.truth.chan_mut(at).filter(|c| c.cdr.len() < MAX_CDR_PARTS) {
            let part = CdrPart {
                destination,
                exten: channel.exten.clone(),
                context: channel.context.clone(),
                app: (channel.app.clone(), channel.data.clone()),
                start: channel.cdr.last().and_then(|p| p.end).unwrap_or(channel.created),
                answer: channel.answered.map(|_| now),
                end: None,
                disposition: "NO ANSWER",
            };
            channel.cdr.push(part);
        }
    }

    /// Says how the open line of that destination ended.
    pub(super) fn cdr_close(&mut self, at: ChanRef, destination: &str, disposition: Option<&'static str>) {
        let now = self.now;
        if let Some(channel) = self.truth.chan_mut(at)
            && let Some(part) =
                channel.cdr.iter_mut().rev().find(|p| p.end.is_none() && &*p.destination == destination)
        {
            part.end = Some(now);
            part.disposition = disposition.unwrap_or(part.disposition);
        }
    }

    pub(super) fn is_phone(&self, id: EndpointId) -> bool {
        self.truth.endpoint(id).is_some_and(|e| e.kind == EndpointKind::Phone)
    }
}

/// `Cdr`, from one finished line.
pub(super) fn write_cdr(out: &mut Stream, now: Micros, channel: &Channel, part: &CdrPart) {
    use super::super::wire::date_time;
    let end = part.end.unwrap_or(now);
    let answer = part.answer.map(date_time).unwrap_or_default();
    let caller_id = format!("\"{}\" <{}>", channel.caller.name, channel.caller.num);
    out.event("Cdr", Class::Cdr, now)
        .line("AccountCode", &channel.account)
        .line("Source", &channel.caller.num)
        .line("Destination", &part.exten)
        .line("DestinationContext", &part.context)
        .line("CallerID", &caller_id)
        .line("Channel", &channel.name)
        .line("DestinationChannel", &part.destination)
        .line("LastApplication", &part.app.0)
        .line("LastData", &part.app.1)
        .line("StartTime", &date_time(part.start))
        .line("AnswerTime", &answer)
        .line("EndTime", &date_time(end))
        .num("Duration", end.saturating_sub(part.start) / 1_000_000)
        .num("BillableSeconds", part.answer.map_or(0, |a| end.saturating_sub(a)) / 1_000_000)
        .line("Disposition", part.disposition)
        .line("AMAFlags", "DOCUMENTATION")
        .line("UniqueID", &channel.uniqueid)
        .line("UserField", "")
        .line("LinkedID", &channel.linkedid);
}
