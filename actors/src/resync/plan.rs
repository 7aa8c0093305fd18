//! The order of the questions and what becomes of the answers.

use asterisk::ami::{Action, Message};
use compact_str::CompactString;

use crate::command::Verb;
use crate::keys::{Epoch, Micros};
use crate::ports::{Abilities, ActionFailure, Answer, Listing};
use crate::view::Said;

/// `BridgeInfo` is asked for that many bridges; beyond, what channels say of their bridge must do.
const MOST_BRIDGES: usize = 200;
/// Conference rooms whose members are asked for.
const MOST_ROOMS: usize = 200;

/// What an answer told besides its part of the listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Nothing of use at once.
    Nothing,
    /// The PBX's clock, now.
    Clock(Micros),
    /// Which boot of the PBX this is.
    Epoch(Epoch),
    /// `Asterisk 22.10.1`.
    Version(CompactString),
    /// What verbs lack there.
    Abilities(Box<Abilities>),
    /// The listing is not whole and proves nothing: begin again later (F22).
    Broken(&'static str),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Clock,
    Boot,
    Version,
    Rights,
    /// Whether the dialplan has that context.
    Context(&'static str),
    Channels,
    Status,
    Bridges,
    Bridge(String),
    Queues,
    Devices,
    PjsipEndpoints,
    PjsipContacts,
    PjsipRegistrations,
    SipPeers,
    SipRegistrations,
    Parked,
    Rooms,
    Room(String),
    /// The parts so far are whole.
    Give,
}

const BOOT: [Step; 3] = [Step::Boot, Step::Version, Step::Rights];
const CONTEXTS: [Step; 3] =
    [Step::Context(Verb::CONTEXTS[0]), Step::Context(Verb::CONTEXTS[1]), Step::Context(Verb::CONTEXTS[2])];
const CHANNELS: [Step; 5] = [Step::Clock, Step::Channels, Step::Status, Step::Bridges, Step::Give];
const CHANNELS_AGAIN: [Step; 4] = [Step::Clock, Step::Channels, Step::Status, Step::Give];
const DEVICES: [Step; 3] = [Step::Clock, Step::Devices, Step::Give];
const ENDPOINTS: [Step; 5] =
    [Step::Clock, Step::PjsipEndpoints, Step::PjsipContacts, Step::SipPeers, Step::Give];
const REGISTRATIONS: [Step; 4] = [Step::Clock, Step::PjsipRegistrations, Step::SipRegistrations, Step::Give];
const QUEUES: [Step; 3] = [Step::Clock, Step::Queues, Step::Give];
const ROOMS: [Step; 4] = [Step::Clock, Step::Parked, Step::Rooms, Step::Give];

/// What comes next.
#[derive(Debug)]
pub enum Next {
    /// Ask this; the answer goes to [`Plan::answered`].
    Ask(Action),
    /// Hand this over now: whatever comes on the connection after it happened after it.
    Give(Box<Listing>),
    /// Nothing is left.
    Done,
}

/// Questions to ask, one after another; see the module.
#[derive(Debug)]
pub struct Plan {
    todo: Vec<Step>,
    asked: Option<Step>,
    round: u8,
    listing: Listing,
    unknown: Vec<(Step, Said)>,
    /// A driver's endpoints were not told: what the other listed is not all.
    endpoints_partly: bool,
    uses_pjsip: bool,
    uses_sip: bool,
    whole: bool,
    abilities: Abilities,
}

impl Plan {
    /// Everything.
    pub fn first_look() -> Self {
        let parts = [&BOOT[..], &CONTEXTS, &CHANNELS, &DEVICES, &ENDPOINTS, &REGISTRATIONS, &QUEUES, &ROOMS];
        let mut plan = Self { whole: true, ..Self::new(1, &parts) };
        plan.listing.after_gap = true;
        plan
    }

    /// What may have ended, once more.
    pub fn second_look() -> Self {
        Self::new(2, &[&CHANNELS_AGAIN, &QUEUES])
    }

    /// Everything that a comparison needs, once the boot and the rights are known.
    pub fn comparison() -> Self {
        Self::new(1, &[&CHANNELS, &DEVICES, &ENDPOINTS, &REGISTRATIONS, &QUEUES, &ROOMS])
    }

    /// What a reload may have changed: everything but channels.
    pub fn after_reload() -> Self {
        Self::new(1, &[&DEVICES, &ENDPOINTS, &REGISTRATIONS, &QUEUES, &BOOT[2..], &CONTEXTS])
    }

    /// Whether it asks for everything.
    pub fn is_first_look(&self) -> bool {
        self.whole
    }

    fn new(round: u8, parts: &[&[Step]]) -> Self {
        let mut todo = parts.concat();
        todo.reverse();
        Self {
            todo,
            asked: None,
            round,
            listing: Listing { round, ..Listing::default() },
            unknown: Vec::new(),
            endpoints_partly: false,
            uses_pjsip: false,
            uses_sip: false,
            whole: false,
            abilities: Abilities::default(),
        }
    }

    /// The next question, or a listing that is whole, or the end.
    pub fn next_step(&mut self) -> Next {
        loop {
            let Some(step) = self.todo.pop() else { return Next::Done };
            let action = match &step {
                Step::Clock => Ok(Action::new("Ping")),
                Step::Boot => Ok(Action::new("CoreStatus")),
                Step::Version => Ok(Action::new("CoreSettings")),
                Step::Rights => Ok(Action::new("ListCommands")),
                Step::Context(name) => Action::new("ShowDialPlan").header("Context", *name),
                Step::Channels => Ok(Action::new("CoreShowChannels")),
                Step::Status => Ok(Action::new("Status")),
                Step::Bridges => Ok(Action::new("BridgeList")),
                Step::Bridge(id) => Action::new("BridgeInfo").header("BridgeUniqueid", id.as_str()),
                Step::Queues => Ok(Action::new("QueueStatus")),
                Step::Devices => Ok(Action::new("DeviceStateList")),
                Step::PjsipEndpoints => Ok(Action::new("PJSIPShowEndpoints")),
                Step::PjsipContacts => Ok(Action::new("PJSIPShowContacts")),
                Step::PjsipRegistrations => Ok(Action::new("PJSIPShowRegistrationsOutbound")),
                Step::SipPeers => Ok(Action::new("SIPpeers")),
                Step::SipRegistrations => Ok(Action::new("SIPshowregistry")),
                Step::Parked => Ok(Action::new("ParkedCalls")),
                Step::Rooms => Ok(Action::new("ConfbridgeListRooms")),
                Step::Room(name) => Action::new("ConfbridgeList").header("Conference", name.as_str()),
                Step::Give => return Next::Give(Box::new(self.give())),
            };
            // A name that cannot be asked for (a control byte in it) leaves its part out.
            if let Ok(action) = action {
                self.asked = Some(step);
                return Next::Ask(action);
            }
            self.leave_out(&step);
        }
    }

    /// The answer to the last question.
    pub fn answered(&mut self, answer: Result<Answer, ActionFailure>) -> Told {
        let Some(step) = self.asked.take() else { return Told::Nothing };
        if matches!(step, Step::Context(_)) && answer.is_err() {
            return self.no_context(&step, &answer);
        }
        match answer {
            Ok(answer) => self.take(step, answer),
            Err(ActionFailure::Refused(words)) => self.refused(&step, &words),
            Err(ActionFailure::Incomplete | ActionFailure::TimedOut) if step == Step::Channels => {
                Told::Broken("the list of channels was not whole")
            }
            // No listing without its channels; every other part may be absent.
            Err(ActionFailure::LinkDown | ActionFailure::LinkLost | ActionFailure::Busy) => {
                Told::Broken("the link went down")
            }
            Err(ActionFailure::Incomplete | ActionFailure::TimedOut) => {
                self.leave_out(&step);
                Told::Nothing
            }
        }
    }

    fn take(&mut self, step: Step, answer: Answer) -> Told {
        let Answer { response, items } = answer;
        let listing = &mut self.listing;
        match step {
            Step::Clock => {
                let Some(now) = response.get("Timestamp").and_then(Micros::parse) else {
                    return Told::Nothing;
                };
                listing.asked_at = now;
                return Told::Clock(now);
            }
            Step::Boot => return epoch_of(&response).map_or(Told::Nothing, Told::Epoch),
            Step::Version => return version_of(&response).map_or(Told::Nothing, Told::Version),
            Step::Rights => self.rights(&response),
            Step::Context(_) => return self.asked_contexts(),
            Step::Channels => listing.channels = Some(items),
            Step::Status => listing.status = Some(items),
            Step::Bridges => {
                listing.bridges = (items.len() <= MOST_BRIDGES).then(Vec::new);
                if listing.bridges.is_some() {
                    self.todo.extend(texts(&items, "BridgeUniqueid").map(Step::Bridge));
                }
            }
            Step::Bridge(id) => {
                if let Some(bridges) = &mut listing.bridges {
                    bridges.push((id, items));
                }
            }
            Step::Queues => listing.queues = Some(items),
            Step::Devices => {
                self.uses_pjsip = items.iter().any(is_pjsip);
                listing.devices = Some(items);
            }
            Step::PjsipEndpoints => add(&mut listing.endpoints, items),
            Step::PjsipContacts => add(&mut listing.contacts, items),
            Step::PjsipRegistrations | Step::SipRegistrations => add(&mut listing.registrations, items),
            Step::SipPeers => {
                self.uses_sip = !items.is_empty();
                add(&mut listing.contacts, items.clone());
                add(&mut listing.endpoints, items);
            }
            Step::Parked => listing.parked = Some(items),
            Step::Rooms => {
                listing.conferences = (items.len() <= MOST_ROOMS).then(Vec::new);
                if listing.conferences.is_some() {
                    self.todo.extend(texts(&items, "Conference").map(Step::Room));
                }
            }
            Step::Room(_) => add(&mut listing.conferences, items),
            Step::Give => {}
        }
        Told::Nothing
    }

    /// A context that is not there; whoever may not ask does not know.
    fn no_context(&mut self, step: &Step, answer: &Result<Answer, ActionFailure>) -> Told {
        if let (Step::Context(name), Err(ActionFailure::Refused(words))) = (step, answer)
            && words.starts_with("Did not find context")
        {
            self.abilities.no_context.push(name);
        }
        self.asked_contexts()
    }

    fn asked_contexts(&self) -> Told {
        let more = self.todo.iter().any(|step| matches!(step, Step::Context(_)));
        if more { Told::Nothing } else { Told::Abilities(Box::new(self.abilities.clone())) }
    }

    /// `ListCommands` names the actions that this account may send (`write =`).
    fn rights(&mut self, commands: &Message) {
        for action in Verb::ALL.iter().flat_map(|verb| verb.actions()) {
            if commands.get(action).is_none() && !self.abilities.no_action.contains(action) {
                self.abilities.no_action.push(action);
            }
        }
        for (action, what) in
            [("Hangup", "calls cannot be hung up"), ("Redirect", "calls cannot be transferred")]
        {
            if commands.get(action).is_none() {
                let sentence = format!("The account may not send {action}: {what} from here.");
                self.unknown.push((Step::Rights, Said::new("may_not_send", [action], sentence)));
            }
        }
    }

    fn refused(&mut self, step: &Step, words: &str) -> Told {
        let what = match step {
            Step::Clock | Step::Rights | Step::Context(_) | Step::Give => return Told::Nothing,
            // The bridge or the room ended between the two questions.
            Step::Bridge(_) | Step::Room(_) => return Told::Nothing,
            Step::Boot => "CoreStatus: a restart of the PBX cannot be told from a lost connection",
            Step::Version => "CoreSettings: its version",
            Step::Channels => "CoreShowChannels: calls cannot be compared after a loss",
            Step::Status => "Status: what application a call is in cannot be compared",
            Step::Bridges => "BridgeList: who is with whom cannot be compared",
            Step::Queues => "QueueStatus: queues cannot be compared",
            Step::Devices => "DeviceStateList: states of phones before their first change",
            Step::PjsipEndpoints => "PJSIPShowEndpoints: phones that never registered",
            Step::PjsipContacts => "PJSIPShowContacts: reachability of phones before its first change",
            Step::PjsipRegistrations => "PJSIPShowRegistrationsOutbound: registrations of trunks",
            Step::SipPeers => "SIPpeers: phones and their reachability",
            Step::SipRegistrations => "SIPshowregistry: registrations of trunks",
            Step::Parked => "ParkedCalls: parked calls cannot be compared",
            Step::Rooms => "ConfbridgeListRooms: conferences cannot be compared",
        };
        let action = what.split(':').next().unwrap_or(what);
        if words.contains("ermission") {
            let right = right_for(action);
            let needs =
                if right.is_empty() { String::new() } else { format!(" It would need `write = {right}`.") };
            let sentence = format!("The account may not ask for {what}.{needs}");
            self.unknown.push((step.clone(), Said::new("may_not_ask", [action, right], sentence)));
            self.leave_out(step);
        } else if words.starts_with("Invalid/unknown command") {
            self.absent(step);
        } else if words.starts_with("No ") {
            // "No active conferences.": an empty list.
            let response = Message::new(bytes::Bytes::new());
            return self.take(step.clone(), Answer { response, items: Vec::new() });
        } else {
            let sentence = format!("The PBX does not answer {what}. It says: {words}");
            self.unknown.push((step.clone(), Said::new("does_not_answer", [action, words], sentence)));
            self.leave_out(step);
        }
        Told::Nothing
    }

    /// That action does not exist there: a channel driver or a module is not loaded, and what it
    /// would list does not exist either.
    fn absent(&mut self, step: &Step) {
        match step {
            Step::PjsipEndpoints => {
                self.todo.retain(|s| !matches!(s, Step::PjsipContacts | Step::PjsipRegistrations));
            }
            Step::SipPeers => self.todo.retain(|s| *s != Step::SipRegistrations),
            Step::PjsipContacts | Step::PjsipRegistrations | Step::SipRegistrations => {}
            Step::Queues => self.listing.queues = Some(Vec::new()),
            Step::Parked => self.listing.parked = Some(Vec::new()),
            Step::Rooms => self.listing.conferences = Some(Vec::new()),
            other => self.leave_out(other),
        }
    }

    fn leave_out(&mut self, step: &Step) {
        match step {
            Step::Bridge(_) => self.listing.bridges = None,
            Step::Room(_) => self.listing.conferences = None,
            Step::PjsipEndpoints | Step::PjsipContacts | Step::SipPeers => self.endpoints_partly = true,
            Step::PjsipRegistrations | Step::SipRegistrations => self.listing.registrations = None,
            _ => {}
        }
    }

    /// What the account or the version does not tell, a sentence each. Both drivers may be loaded:
    /// what PJSIP does not tell is left unsaid where no phone uses it.
    pub fn unknown(&self) -> Vec<Said> {
        let Self { uses_pjsip, uses_sip, .. } = *self;
        let said = self.unknown.iter().filter(|(step, _)| match step {
            Step::PjsipEndpoints | Step::PjsipContacts | Step::PjsipRegistrations => uses_pjsip || !uses_sip,
            _ => true,
        });
        said.map(|(_, sentence)| sentence.clone()).collect()
    }

    fn give(&mut self) -> Listing {
        let next = Listing { round: self.round, after_gap: self.whole, ..Listing::default() };
        let mut listing = std::mem::replace(&mut self.listing, next);
        if self.endpoints_partly && self.uses_pjsip {
            listing.endpoints = None;
            listing.contacts = None;
        }
        listing
    }
}

/// The right of `write =` in `manager.conf` that an action needs; empty for one that needs none.
fn right_for(action: &str) -> &'static str {
    match action {
        "QueueStatus" | "BridgeList" => "",
        "Status" | "DeviceStateList" | "ParkedCalls" => "call",
        "PJSIPShowEndpoints" | "PJSIPShowContacts" => "system",
        _ => "reporting",
    }
}

fn is_pjsip(device: &Message) -> bool {
    device.get("Device").is_some_and(|d| d.starts_with(b"PJSIP/"))
}

fn add(part: &mut Option<Vec<Message>>, items: Vec<Message>) {
    part.get_or_insert_default().extend(items);
}

fn texts<'a>(items: &'a [Message], header: &'a str) -> impl Iterator<Item = String> + 'a {
    items.iter().filter_map(move |m| m.text(header)).map(|t| t.trim().to_owned())
}

/// The boot of `CoreStatus`: its date and time read as UTC, since the PBX does not tell its zone;
/// the number is an identity, not an instant. `None` before the boot is complete (1970).
pub fn epoch_of(core_status: &Message) -> Option<Epoch> {
    let date = core_status.text("CoreStartupDate")?;
    let time = core_status.text("CoreStartupTime")?;
    let mut ymd = date.trim().splitn(3, '-').map(|n| n.parse::<i64>().ok());
    let mut hms = time.trim().splitn(3, ':').map(|n| n.parse::<i64>().ok());
    let (y, m, d) = (ymd.next()??, ymd.next()??, ymd.next()??);
    let (h, min, s) = (hms.next()??, hms.next()??, hms.next()??);
    if !(1971..=9999).contains(&y) || !(1..=12).contains(&m) || !(1..=31).contains(&d) {
        return None;
    }
    Some(Epoch(days_from_civil(y, m, d) * 86_400 + h * 3_600 + min * 60 + s))
}

/// Days since 1970-01-01 of a Gregorian date.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// `Asterisk 22.10.1` of `AsteriskVersion: 22.10.1+dfsg+~cs6...`.
fn version_of(core_settings: &Message) -> Option<CompactString> {
    let text = core_settings.text("AsteriskVersion")?;
    let text = text.trim();
    let short = text.split(['+', '~']).next().unwrap_or(text);
    let short: String = short.chars().filter(|c| !c.is_control()).take(60).collect();
    Some(format!("Asterisk {short}").into())
}
