//! What the commands of `AGI` do to a channel, and what each is answered.

use super::super::agi::words::Command;
use super::super::agi::{Does, Stage};
use super::super::dialplan;
use super::super::truth::{ChanRef, ChannelState, Micros, Party};
use super::super::wire::{Class, Headers as _};
use super::queue::Stay;
use super::{Cue, Exchange};

/// Samples a millisecond, at 8 kHz.
const SAMPLES_MS: u64 = 8;
/// One syllable of what is said.
const SYLLABLE_MS: u64 = 600;
/// Before a message.
const BEEP: &str = "beep";
/// What `Dial` rings without a time.
const RINGS_S: u32 = 136;

impl Exchange {
    /// Runs a command: answers it, or lets it take its time.
    pub(super) fn agi_run(&mut self, id: u64, at: ChanRef, command: Command) {
        let now = self.now;
        match command {
            Command::Answer => {
                self.answer_here(at);
                self.agi_answer(id, "0");
            }
            Command::Nothing | Command::Music(_) => self.agi_answer(id, "0"),
            Command::Verbose => self.agi_answer(id, "1"),
            Command::Hangup => {
                if let Some(channel) = self.truth.chan(at) {
                    let mut frame = self.out.event("SoftHangupRequest", Class::Call, now);
                    frame.chan("", channel).num("Cause", 32);
                }
                self.agi_answer(id, "1");
                self.agi_dies(id);
            }
            Command::Status(name) => {
                let asked = name.map_or(Some(at), |name| self.truth.by_name(&name));
                let state = asked.and_then(|at| self.truth.chan(at)).map(|channel| channel.state as i32);
                self.agi_answer(id, &state.unwrap_or(-1).to_string());
            }
            Command::Get(name) => match self.variable(at, &name) {
                Some(value) => self.agi_answer(id, &format!("1 ({value})")),
                None => self.agi_answer(id, "0"),
            },
            Command::GetFull(text) => {
                let text = self.filled(at, &text);
                self.agi_answer(id, &format!("1 ({text})"));
            }
            Command::Set(name, value) => {
                self.set_from_outside(at, &name, &value);
                self.agi_answer(id, "1");
            }
            Command::CallerId(text) => {
                let (name, number) = text.split_once('<').unwrap_or(("", text.as_str()));
                let party = Party::new(number.trim_matches(['<', '>', ' ']), name.trim_matches(['"', ' ']));
                self.change(at, |c| c.caller = party);
                self.agi_answer(id, "1");
            }
            Command::Context(name) => self.agi_place(id, at, |c| c.context = name.as_str().into()),
            Command::Extension(name) => self.agi_place(id, at, |c| c.exten = name.as_str().into()),
            // the session's end goes to the next one
            Command::Priority(number) => self.agi_place(id, at, |c| c.priority = number.saturating_sub(1)),
            Command::Play { file, until, wait_ms } => match self.agi.sounds.ms(&file) {
                Some(ms) => {
                    self.cues.push(Cue::Hears(at, ms, !until.is_empty()));
                    self.agi_takes(id, Some(ms + wait_ms), Does::Plays { since: now, ms, until });
                }
                None => self.agi_answer(id, "-1 endpos=0"),
            },
            Command::Say { syllables, until } => {
                self.agi_takes(id, Some(syllables as u64 * SYLLABLE_MS), Does::Says(until));
            }
            Command::Wait(ms) => {
                self.cues.push(Cue::Asked(at, 1, 0));
                self.agi_takes(id, u64::try_from(ms).ok(), Does::Waits);
            }
            Command::Gather { file, each_ms, most } => match self.agi.sounds.ms(&file) {
                Some(ms) => {
                    self.cues.push(Cue::Asked(at, most.min(20) as u16, ms));
                    let does = Does::Gathers { got: String::new(), most, each_ms };
                    self.agi_takes(id, Some(ms + each_ms), does);
                }
                None => self.agi_answer(id, "-1"),
            },
            Command::Record { file, until, most_ms, beep } => {
                if !(self.agi.sounds.keep)(&file, 0) {
                    return self.agi_answer(id, "-1 (writefile) endpos=0");
                }
                let beep_ms = if beep { self.agi.sounds.ms(BEEP).unwrap_or(0) } else { 0 };
                let whole = u64::try_from(most_ms).ok().map(|ms| ms + beep_ms);
                self.cues.push(Cue::Speaks(at));
                let since = now + beep_ms * 1_000;
                self.agi_takes(id, whole, Does::Records { file, since, until });
            }
            Command::Exec(app, data) => self.agi_exec(id, at, &app, &data),
        }
    }

    /// Where the dialplan goes on; it is told when it goes.
    fn agi_place(&mut self, id: u64, at: ChanRef, how: impl FnOnce(&mut super::super::truth::Channel)) {
        if let Some(channel) = self.truth.chan_mut(at) {
            how(channel);
        }
        self.agi_answer(id, "0");
    }

    /// Time passed, or a key came, for what runs.
    pub(super) fn agi_ran(&mut self, id: u64, at: ChanRef, does: &Does, key: Option<char>) {
        let code = |key: Option<char>| key.map_or(0, |key| key as u32);
        let taken = |until: &str| key.is_none_or(|key| until.contains(key));
        match does {
            Does::Plays { since, ms, until } if taken(until) => {
                let endpos = self.heard_ms(*since).min(*ms) * SAMPLES_MS;
                if key.is_none() {
                    self.var_set(at, "PLAYBACKSTATUS", "SUCCESS");
                }
                self.agi_answer(id, &format!("{} endpos={endpos}", code(key)));
            }
            Does::Says(until) if taken(until) => self.agi_answer(id, &code(key).to_string()),
            Does::Waits => self.agi_answer(id, &code(key).to_string()),
            Does::Gathers { got, most, each_ms } => match key {
                None => self.agi_answer(id, &format!("{got} (timeout)")),
                Some('#') => self.agi_answer(id, got),
                Some(key) => {
                    let got = format!("{got}{key}");
                    if got.chars().count() >= *most {
                        return self.agi_answer(id, &got);
                    }
                    self.agi_takes(id, Some(*each_ms), Does::Gathers { got, most: *most, each_ms: *each_ms });
                }
            },
            Does::Records { file, since, until } if taken(until) => {
                let word = if key.is_some() { "dtmf" } else { "timeout" };
                self.recorded(id, file, *since, &format!("{} ({word})", code(key)));
            }
            Does::Sleeps if key.is_none() => self.agi_app_over(id, at, 0),
            Does::Plays { .. } | Does::Says(_) | Does::Records { .. } | Does::Sleeps => {}
            Does::Nothing | Does::Connects => {}
        }
    }

    /// The channel is gone from under what runs.
    pub(super) fn agi_cut(&mut self, id: u64, at: ChanRef, does: &Does) {
        match does {
            Does::Plays { since, ms, .. } => {
                let endpos = self.heard_ms(*since).min(*ms) * SAMPLES_MS;
                self.agi_answer(id, &format!("-1 endpos={endpos}"));
            }
            Does::Says(_) | Does::Waits | Does::Gathers { .. } | Does::Nothing => self.agi_answer(id, "-1"),
            Does::Records { file, since, .. } => self.recorded(id, file, *since, "-1 (hangup)"),
            Does::Sleeps | Does::Connects => self.agi_app_over(id, at, -1),
        }
    }

    fn heard_ms(&self, since: Micros) -> u64 {
        self.now.saturating_sub(since) / 1_000
    }

    fn recorded(&mut self, id: u64, file: &str, since: Micros, result: &str) {
        let ms = self.heard_ms(since);
        (self.agi.sounds.keep)(file, ms);
        self.agi_answer(id, &format!("{result} endpos={}", ms * SAMPLES_MS));
    }

    /// `EXEC`: an application, as the dialplan would run it.
    fn agi_exec(&mut self, id: u64, at: ChanRef, app: &str, data: &str) {
        let arguments: Vec<&str> = data.split(',').collect();
        let argument = |n: usize| arguments.get(n).copied().unwrap_or_default();
        match app.to_ascii_lowercase().as_str() {
            "dial" => {
                self.agi_app(at, "Dial", data);
                self.agi_takes(id, None, Does::Connects);
                let device = dialplan::device(&self.truth, argument(0));
                let seconds = argument(1).parse().unwrap_or(RINGS_S);
                let over = match device {
                    Some((endpoint, number)) => self.dial(at, endpoint, &number, seconds),
                    None => self.no_such_device(at),
                };
                if over {
                    self.agi_app_over(id, at, 0);
                }
            }
            "queue" => {
                self.agi_app(at, "Queue", data);
                self.agi_takes(id, None, Does::Connects);
                let stay = Stay {
                    max_wait_s: argument(4).parse().ok(),
                    priority: self.variable(at, "QUEUE_PRIO").and_then(|n| n.parse().ok()).unwrap_or(0),
                    position: argument(8).parse().ok(),
                    goes_on: argument(1).contains('c'),
                };
                match self.truth.queue_named(argument(0)) {
                    // Queue of a name that there is not ends the call's dialplan
                    None => self.agi_app_over(id, at, -1),
                    Some(queue) => {
                        if self.enter_queue(at, queue, &stay) {
                            self.agi_app_over(id, at, 0);
                        }
                    }
                }
            }
            "playback" => {
                let sounds = argument(0).split('&').map(|name| self.agi.sounds.ms(name));
                let ms: Option<u64> = sounds.sum();
                self.var_set(at, "PLAYBACKSTATUS", if ms.is_some() { "SUCCESS" } else { "FAILED" });
                self.agi_sleeps(id, at, ("Playback", data), ms.unwrap_or(0));
            }
            "wait" => {
                let seconds = argument(0).parse().unwrap_or(0.0_f64).clamp(0.0, 86_400.0);
                self.agi_sleeps(id, at, ("Wait", data), (seconds * 1_000.0) as u64);
            }
            "musiconhold" => {
                let seconds = argument(1).parse().unwrap_or(86_400_u64).min(86_400);
                self.agi_sleeps(id, at, ("MusicOnHold", data), seconds * 1_000);
            }
            "answer" => {
                self.answer_here(at);
                self.agi_answer(id, "0");
            }
            "noop" | "verbose" => self.agi_answer(id, "0"),
            "set" => {
                let (name, value) = data.split_once('=').unwrap_or((data, ""));
                self.set_from_outside(at, name, value);
                self.agi_answer(id, "0");
            }
            "mixmonitor" | "stopmixmonitor" => {
                self.record(at, app.eq_ignore_ascii_case("mixmonitor"));
                self.agi_answer(id, "0");
            }
            "hangup" => {
                if let (Some(channel), Ok(cause)) = (self.truth.chan_mut(at), argument(0).parse()) {
                    channel.cause = Some(cause);
                }
                self.agi_answer(id, "-1");
            }
            _ => self.agi_answer(id, "-2"),
        }
    }

    fn agi_sleeps(&mut self, id: u64, at: ChanRef, (app, data): (&str, &str), ms: u64) {
        self.agi_app(at, app, data);
        self.agi_takes(id, Some(ms), Does::Sleeps);
    }

    /// The channel is in `AGI` again.
    pub(super) fn agi_app_over(&mut self, id: u64, at: ChanRef, result: i32) {
        let Some(session) = self.agi.all.get(&id).filter(|session| matches!(session.stage, Stage::Busy(_)))
        else {
            return;
        };
        let request = session.request.clone();
        self.agi_app(at, "AGI", &request);
        self.agi_answer(id, &result.to_string());
    }

    fn no_such_device(&mut self, at: ChanRef) -> bool {
        if let Some(channel) = self.truth.chan_mut(at) {
            channel.dial_status = "CHANUNAVAIL";
        }
        self.var_set(at, "DIALSTATUS", "CHANUNAVAIL");
        true
    }

    /// `__NAME` is inherited by who is called; here nobody asks for it there.
    fn set_from_outside(&mut self, at: ChanRef, name: &str, value: &str) {
        match name {
            "CALLERID(num)" => self.change(at, |c| c.caller.num = value.into()),
            "CALLERID(name)" => self.change(at, |c| c.caller.name = value.into()),
            name => self.set_var(at, name.trim_start_matches('_'), value),
        }
    }

    /// What a variable, or one of few functions, is for that channel; an empty one is none.
    fn variable(&self, at: ChanRef, name: &str) -> Option<String> {
        let channel = self.truth.chan(at)?;
        let value = match name {
            "CHANNEL" | "CHANNEL(name)" => channel.name.to_string(),
            "UNIQUEID" | "CHANNEL(uniqueid)" => channel.uniqueid.to_string(),
            "LINKEDID" | "CHANNEL(linkedid)" => channel.linkedid.to_string(),
            "CHANNEL(language)" => "fr".to_owned(),
            "CHANNEL(state)" => channel.state.desc().to_owned(),
            "CONTEXT" => channel.context.to_string(),
            "EXTEN" => channel.exten.to_string(),
            "PRIORITY" => channel.priority.to_string(),
            "CALLERID(num)" | "CALLERID(number)" => channel.caller.num.to_string(),
            "CALLERID(name)" => channel.caller.name.to_string(),
            "CALLERID(all)" => format!("\"{}\" <{}>", channel.caller.name, channel.caller.num),
            "SITE" => channel.site.to_string(),
            "CAMPAIGN" => channel.campaign.to_string(),
            "ANSWEREDTIME" if channel.state != ChannelState::Up => String::new(),
            name => channel.variable(name).unwrap_or_default().to_owned(),
        };
        (!value.is_empty()).then_some(value)
    }

    /// A text with `${NAME}` in it.
    fn filled(&self, at: ChanRef, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            filled.push_str(before);
            let Some((name, left)) = after.split_once('}') else {
                rest = after;
                break;
            };
            filled.push_str(&self.variable(at, name).unwrap_or_default());
            rest = left;
        }
        filled.push_str(rest);
        filled
    }
}
