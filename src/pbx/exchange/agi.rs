//! `AGI`: somebody else leads the channel, one command at a time, until he lets go of it or it is hung up.
//!
//! ```text
//!  enter ─▶ Connecting ─connected─▶ Idle ─command─▶ Busy ─answered─▶ Idle ... ─closed─▶ the dialplan goes on (F42)
//!               └─refused─▶ AGISTATUS=FAILURE         │ hung up: -1, HANGUP              └─ dead: `Hangup`
//!                                                     └ sent elsewhere: the session is over
//! ```
//!
//! A channel that is hung up stays until who leads it closes: as on the real thing its `Hangup` comes then. What it
//! runs when the connection breaks is ended first.

use std::net::SocketAddr;

use super::super::agi::environment::environment;
use super::super::agi::session::Busy;
use super::super::agi::words::{self, NoCommand};
use super::super::agi::{Does, Session, Stage, Tell};
use super::super::truth::{ChanRef, Text};
use super::super::wire::{Class, Headers as _};
use super::{Exchange, Timer};

impl Exchange {
    /// The dialplan hands the channel over.
    pub(super) fn enter_agi(&mut self, at: ChanRef, to: SocketAddr, request: &str) {
        self.agi.made += 1;
        let id = self.agi.made;
        if let Some(channel) = self.truth.chan_mut(at) {
            channel.agi = Some(id);
        }
        self.agi.all.insert(id, Session::new(at, request));
        self.agi.said.push(Tell::Connect(id, to));
    }

    /// The conversation of that channel, once it is connected.
    fn led(&self, at: ChanRef) -> Option<(u64, &Session)> {
        let id = self.truth.chan(at)?.agi?;
        let session = self.agi.all.get(&id)?;
        (!matches!(session.stage, Stage::Connecting)).then_some((id, session))
    }

    /// Whether somebody leads that channel.
    pub(super) fn is_led(&self, at: ChanRef) -> bool {
        self.led(at).is_some()
    }

    /// Whether it was hung up, and is there only for who leads it.
    pub(super) fn is_dead(&self, at: ChanRef) -> bool {
        self.led(at).is_some_and(|(_, session)| session.dead)
    }

    /// The connection is made: who it is comes first.
    pub fn agi_connected(&mut self, id: u64) {
        let Some(session) = self.agi.all.get_mut(&id) else { return };
        let Some(channel) = self.truth.chan(session.at) else { return };
        session.stage = Stage::Idle;
        let text = environment(channel, &session.request, id);
        self.agi.said.push(Tell::Bytes(id, text.into_bytes()));
    }

    /// There is nobody there: the dialplan goes on.
    pub fn agi_refused(&mut self, id: u64) {
        self.agi_over(id, "FAILURE");
    }

    /// Commands, in whatever pieces.
    pub fn agi_heard(&mut self, id: u64, bytes: &[u8]) {
        let Some(session) = self.agi.all.get_mut(&id) else { return };
        if session.hear(bytes) {
            self.agi_next(id);
        } else {
            self.agi_closed(id);
        }
        self.settle();
    }

    /// The connection is gone.
    pub fn agi_closed(&mut self, id: u64) {
        if let Some(session) = self.agi.all.get_mut(&id) {
            session.closed = true;
            self.agi_next(id);
        }
    }

    /// Runs what came until something takes its time.
    fn agi_next(&mut self, id: u64) {
        loop {
            let Some(session) = self.agi.all.get_mut(&id) else { return };
            let (at, dead) = (session.at, session.dead);
            let Some(line) = session.next() else { break };
            let event = self.rng.bits() as u32;
            if let Some(session) = self.agi.all.get_mut(&id) {
                session.turn += 1;
                session.stage = Stage::Busy(Busy { id: event, line: line.clone(), does: Does::Nothing });
            }
            self.exec_event("AGIExecStart", at, event, &line, None);
            match words::read(&line, dead) {
                Ok(command) => self.agi_run(id, at, command),
                Err(NoCommand::Unknown) => {
                    self.answered(id, "510 Invalid or unknown command", (510, "Invalid or unknown command"));
                }
                Err(NoCommand::Dead) => {
                    let words = "511 Command Not Permitted on a dead channel or intercept routine";
                    let told = "Command not permitted on a dead channel or intercept routine";
                    self.answered(id, words, (511, told));
                }
                Err(NoCommand::Usage(usage)) => {
                    let begins = "520-Invalid command syntax.  Proper usage follows:";
                    let text = format!("{begins}\n{usage}\n520 End of proper usage.");
                    self.answered(id, &text, (520, "Usage"));
                }
            }
        }
        let over =
            |session: &Session| session.closed && matches!(session.stage, Stage::Idle | Stage::Connecting);
        if self.agi.all.get(&id).is_some_and(over) {
            let dead = self.agi.all.get(&id).is_some_and(|session| session.dead);
            self.agi_over(id, if dead { "HANGUP" } else { "SUCCESS" });
        }
    }

    fn exec_event(
        &mut self,
        event: &'static str,
        at: ChanRef,
        id: u32,
        line: &str,
        ended: Option<(i64, &str)>,
    ) {
        let Some(channel) = self.truth.chan(at) else { return };
        let mut frame = self.out.event(event, Class::Agi, self.now);
        frame.chan("", channel).num("CommandId", u64::from(id)).line("Command", line);
        if let Some((code, words)) = ended {
            frame.line("ResultCode", &code.to_string()).line("Result", words);
        }
    }

    /// What ran is over and answered; what follows is another's to run.
    fn answered(&mut self, id: u64, text: &str, result: (i64, &str)) {
        let Some(session) = self.agi.all.get_mut(&id) else { return };
        let Stage::Busy(busy) = std::mem::replace(&mut session.stage, Stage::Idle) else { return };
        let at = session.at;
        self.agi.say(id, text);
        self.exec_event("AGIExecEnd", at, busy.id, &busy.line, Some(result));
    }

    /// `200 result=...`
    pub(super) fn agi_answer(&mut self, id: u64, result: &str) {
        self.answered(id, &format!("200 result={result}"), (200, "Success"));
    }

    /// It takes its time: so many ms, or until it says so itself.
    pub(super) fn agi_takes(&mut self, id: u64, ms: Option<u64>, does: Does) {
        let Some(session) = self.agi.all.get_mut(&id) else { return };
        let Stage::Busy(busy) = &mut session.stage else { return };
        busy.does = does;
        session.turn += 1;
        let turn = session.turn;
        if let Some(ms) = ms {
            self.after_ms(ms, Timer::Agi { session: id, turn });
        }
    }

    /// Time passed for what runs.
    pub(super) fn agi_timed_out(&mut self, id: u64, turn: u64) {
        let Some(session) = self.agi.all.get(&id).filter(|session| session.turn == turn) else { return };
        let (at, Some(does)) = (session.at, session.does().cloned()) else { return };
        self.agi_ran(id, at, &does, None);
        self.agi_next(id);
    }

    /// A key: of the caller, or sent over AMI as if he had pressed it.
    pub fn press(&mut self, at: ChanRef, key: char) {
        let Some(channel) = self.truth.chan(at) else { return };
        let digit = key.to_string();
        let mut frame = self.out.event("DTMFBegin", Class::Dtmf, self.now);
        frame.chan("", channel).line("Digit", &digit).line("Direction", "Received");
        drop(frame);
        let mut frame = self.out.event("DTMFEnd", Class::Dtmf, self.now);
        frame.chan("", channel).line("Digit", &digit).num("DurationMs", 120).line("Direction", "Received");
        drop(frame);
        let Some((id, session)) = self.led(at) else { return };
        let Some(does) = session.does().cloned() else { return };
        self.agi_ran(id, at, &does, Some(key));
        self.agi_next(id);
        self.settle();
    }

    /// `Dial` or `Queue` of that channel is over, and it is there; true when the dialplan has nothing to do with it.
    pub(super) fn agi_goes_on(&mut self, at: ChanRef) -> bool {
        let led = self.is_led(at);
        if led {
            self.agi_connected_over(at, 0);
        }
        led
    }

    /// The same, with what the application gave back.
    pub(super) fn agi_connected_over(&mut self, at: ChanRef, result: i32) {
        let Some((id, session)) = self.led(at) else { return };
        if matches!(session.does(), Some(Does::Connects)) {
            self.agi_app_over(id, at, result);
            self.agi_next(id);
        }
    }

    /// The caller has hung up, or was hung up: who leads him is told, and lets go of the channel.
    pub(super) fn agi_caller_gone(&mut self, at: ChanRef) {
        let Some((id, session)) = self.led(at) else { return };
        if session.dead {
            return;
        }
        if let Some(channel) = self.truth.chan_mut(at) {
            channel.cause.get_or_insert(16);
        }
        self.agi_dies(id);
        self.agi_next(id);
    }

    /// What runs is over, and that the channel is gone is said once.
    pub(super) fn agi_dies(&mut self, id: u64) {
        let Some(session) = self.agi.all.get_mut(&id) else { return };
        session.dead = true;
        if let (at, Some(does)) = (session.at, session.does().cloned()) {
            self.agi_cut(id, at, &does);
        }
        self.agi.say(id, "HANGUP");
    }

    /// The channel goes on elsewhere: who led it is told as if it was gone.
    pub(super) fn agi_taken(&mut self, at: ChanRef) {
        let Some((id, _)) = self.led(at) else { return self.agi_dropped(at) };
        self.agi_dies(id);
        self.var_set(at, "AGISTATUS", "HANGUP");
        self.agi_dropped(at);
    }

    /// The channel is no longer led, whatever becomes of it.
    pub(super) fn agi_dropped(&mut self, at: ChanRef) {
        if let Some(id) = self.truth.chan_mut(at).and_then(|channel| channel.agi.take()) {
            self.agi.all.remove(&id);
            self.agi.said.push(Tell::Close(id));
        }
    }

    /// The session is over: the dialplan goes on, or the channel is let go.
    fn agi_over(&mut self, id: u64, status: &str) {
        let Some(session) = self.agi.all.get(&id) else { return };
        let (at, dead) = (session.at, session.dead);
        self.var_set(at, "AGISTATUS", status);
        self.agi_dropped(at);
        if dead {
            self.finish(at, 0);
        } else {
            self.next_priority(at);
            self.run(at);
        }
        self.settle();
    }

    /// The application of the dialplan, or of `EXEC`.
    pub(super) fn agi_app(&mut self, at: ChanRef, app: &str, data: &str) {
        self.change(at, |c| {
            c.app = app.into();
            c.data = Text::from(data);
        });
    }
}
