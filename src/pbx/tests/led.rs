//! Callers whom somebody leads over FastAGI: the dialogue is that of the transcripts of a real Asterisk 22, and what
//! is run is run by the same exchange as everything else.

use std::path::Path;

use asterisk::ami::Message;

use super::super::agi::{Handover, Tell};
use super::super::exchange::Fate;
use super::*;

/// Who leads callers of a living floor, each through one of these, and lets go of him at its end.
#[derive(Default)]
pub(super) struct Leader {
    steps: std::collections::BTreeMap<u64, usize>,
}

const SCRIPTS: [&[&str]; 3] = [
    &["STREAM FILE hello-world \"\"", "WAIT FOR DIGIT 4000", "EXEC Queue \"support,t,,,30\"", "HANGUP"],
    &[
        "SET VARIABLE QUEUE_PRIO \"5\"",
        "EXEC Queue \"ventes,ct,,,20\"",
        "EXEC Dial \"Local/1005@from-phones/n,15\"",
        "HANGUP",
    ],
    &["RECORD FILE /nowhere/m wav \"#\" 60000 BEEP"],
];

impl Leader {
    /// Where a floor hands its callers over to it.
    pub(super) fn handover() -> Option<Handover> {
        Some(Handover { to: ([127, 0, 0, 1], 4573).into(), token: None })
    }

    /// Answers what was said since.
    pub(super) fn lead(&mut self, x: &mut Exchange) {
        loop {
            let said = x.agi.take_said();
            if said.is_empty() {
                return;
            }
            for tell in said {
                match tell {
                    Tell::Connect(id, _) => x.agi_connected(id),
                    Tell::Bytes(id, bytes) => {
                        let step = self.steps.entry(id).or_default();
                        let script = SCRIPTS[id as usize % SCRIPTS.len()];
                        match script.get(*step).filter(|_| !bytes.starts_with(b"HANGUP")) {
                            Some(line) => x.agi_heard(id, format!("{line}\n").as_bytes()),
                            None => x.agi_closed(id),
                        }
                        *step += 1;
                    }
                    Tell::Close(_) => {}
                }
            }
        }
    }

    /// Callers whom it led.
    pub(super) fn led(&self) -> usize {
        self.steps.len()
    }
}

/// A lab whose dialplan hands callers over.
struct Led {
    lab: Lab,
    /// The newest session.
    id: u64,
    caller: ChanRef,
    /// What was said in it and not taken yet.
    said: String,
    closed: bool,
}

impl Led {
    /// A caller who was handed over, connected; his environment.
    fn begun() -> (Self, String) {
        let mut led = Self::handed_over();
        led.lab.x.agi_connected(led.id);
        let environment = led.heard().join("\n");
        (led, environment)
    }

    fn handed_over() -> Self {
        let mut lab = Lab::new();
        lab.x.truth.handover = Some(Handover { to: ([127, 0, 0, 1], 4573).into(), token: None });
        let party = super::super::truth::Party::new("0612345678", "Zoé \"\" <x>");
        let caller = lab.x.trunk_brings(lab.phone("trunk-a"), party, "0170000900").unwrap();
        let mut led = Self { lab, id: 0, caller, said: String::new(), closed: false };
        led.take();
        led
    }

    fn take(&mut self) {
        for tell in self.lab.x.agi.take_said() {
            match tell {
                Tell::Connect(id, to) => {
                    assert_eq!(to.port(), 4573);
                    self.id = id;
                }
                Tell::Bytes(id, bytes) => {
                    assert_eq!(id, self.id);
                    self.said.push_str(std::str::from_utf8(&bytes).unwrap());
                }
                Tell::Close(_) => self.closed = true,
            }
        }
    }

    /// Lines that were said since.
    fn heard(&mut self) -> Vec<String> {
        self.take();
        std::mem::take(&mut self.said).lines().map(str::to_owned).collect()
    }

    fn send(&mut self, line: &str) {
        self.lab.x.agi_heard(self.id, format!("{line}\n").as_bytes());
    }

    /// Sends a command and lives until it is answered.
    fn ask(&mut self, line: &str) -> Vec<String> {
        self.send(line);
        let mut all = self.heard();
        let end = self.lab.x.now() + 600_000_000;
        while all.is_empty() {
            assert!(self.lab.x.now() < end, "{line} is never answered");
            self.lab.wait(0.1);
            all = self.heard();
        }
        all
    }

    fn press(&mut self, keys: &str) {
        keys.chars().for_each(|key| self.lab.x.press(self.caller, key));
    }

    fn application(&self) -> String {
        self.lab.x.truth.chan(self.caller).map(|channel| channel.app.to_string()).unwrap_or_default()
    }

    fn told(&self) -> Vec<Message> {
        messages(self.lab.x.out.bytes())
    }

    /// Values that a variable was set to, as told.
    fn values(&self, name: &str) -> Vec<String> {
        let told = self.told();
        let of = |m: &&Message| m.event() == "VarSet" && m.text("Variable").as_deref() == Some(name);
        told.iter().filter(of).map(|m| m.text("Value").unwrap_or_default().into_owned()).collect()
    }
}

/// Environment, commands and lines of a transcript of 22.
fn recorded(name: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("asterisk/fixtures/agi");
    let text = std::fs::read_to_string(folder.join(format!("{name}.22.txt"))).unwrap();
    let text = text.replace("\\xc3\\xa9", "é").replace("\\xc3\\xa0", "à");
    let of = |sign: &str| -> Vec<String> {
        text.lines()
            .filter_map(|line| line.strip_prefix(sign))
            .map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned())
            .collect()
    };
    let (mut heard, sent) = (of("<"), of(">"));
    let lines = heard.split_off(heard.iter().position(String::is_empty).unwrap() + 1);
    (heard, sent, lines)
}

#[test]
fn the_environment_has_the_lines_of_22_in_their_order() {
    let (_, environment) = Led::begun();
    let names = |lines: &mut dyn Iterator<Item = &str>| -> Vec<String> {
        lines.map(|line| line.split(':').next().unwrap_or_default().to_owned()).collect()
    };
    let (mut recorded, ..) = recorded("before-answer");
    assert_eq!(recorded.pop().as_deref(), Some(""));
    assert_eq!(names(&mut environment.lines()), names(&mut recorded.iter().map(String::as_str)));
    for line in [
        "agi_network_script: 0170000900",
        "agi_request: agi://127.0.0.1:4573/0170000900",
        "agi_type: PJSIP",
        "agi_callerid: 0612345678",
        "agi_calleridname: Zoé \"\" <x>",
        "agi_dnid: 0170000900",
        "agi_context: vigie-flows",
        "agi_priority: 2",
    ] {
        assert!(environment.lines().any(|own| own == line), "{line} is not in\n{environment}");
    }
}

/// Commands that the built-in PBX has not.
const NOT_HERE: [&str; 4] = ["DATABASE", "RECEIVE", "SEND", "TDD"];

#[test]
fn each_command_is_answered_as_22_answered_it() {
    let (_, sent, mut expected) = recorded("many-commands");
    let (mut led, _) = Led::begun();
    let name = led.lab.name(led.caller);
    let uniqueid = led.lab.x.truth.chan(led.caller).unwrap().uniqueid.to_string();
    let mut got = Vec::new();
    for (n, line) in sent.iter().enumerate() {
        if NOT_HERE.iter().any(|word| line.starts_with(word)) {
            // up to there each was answered with one line
            expected.remove(got.len());
            continue;
        }
        got.extend(led.ask(line));
        assert!(n > 46 || !got.is_empty());
    }
    let expected: Vec<String> = expected
        .iter()
        .map(|line| line.replace("Local/790@services-00000043;2", &name).replace("1795224837.294", &uniqueid))
        .collect();
    assert_eq!(got, expected);
    assert!(led.lab.x.truth.chan(led.caller).is_some(), "it is there until who leads it lets go");
    led.lab.x.agi_closed(led.id);
    assert!(led.lab.x.truth.chan(led.caller).is_none());
    assert_eq!(led.values("AGISTATUS"), ["HANGUP"]);
}

#[test]
fn keys_are_taken_as_22_takes_them() {
    let (_, sent, expected) = recorded("digits");
    let (mut led, _) = Led::begun();
    let mut got = Vec::new();
    for (line, keys) in sent.iter().zip(["12#", "5", "", ""]) {
        led.send(line);
        led.lab.wait(1.0);
        led.press(keys);
        if line.starts_with("GET DATA silence") {
            led.lab.x.hang_up(led.caller, Fate::Phone);
        }
        led.lab.wait(1.0);
        got.extend(led.heard());
    }
    assert_eq!(got.split_off(expected.len()), ["HANGUP"]);
    assert_eq!(got, expected);
    // a key ends what plays where it is one of those; as many as are wanted need no end
    let (mut led, _) = Led::begun();
    led.send("STREAM FILE ss-noservice \"1\"");
    led.lab.wait(1.0);
    led.press("2");
    assert_eq!(led.heard(), [] as [&str; 0]);
    led.press("1");
    assert_eq!(led.heard(), ["200 result=49 endpos=8000"]);
    led.send("GET DATA beep 3000 2");
    led.press("42");
    assert_eq!(led.heard(), ["200 result=42"]);
    led.send("GET DATA beep 3000 4");
    led.press("7");
    led.lab.wait(3.1);
    assert_eq!(led.heard(), ["200 result=7 (timeout)"]);
}

#[test]
fn who_hangs_up_ends_what_runs_and_the_server_is_told() {
    for (name, busy) in [("caller-hangs-up", true), ("caller-hangs-up-idle", false)] {
        let (_, sent, expected) = recorded(name);
        let (mut led, _) = Led::begun();
        let mut sent = sent.into_iter();
        if busy {
            led.send(&sent.next().unwrap());
        }
        led.lab.wait(1.0);
        led.lab.x.hang_up(led.caller, Fate::Phone);
        let mut got = led.heard();
        for line in sent.filter(|line| !line.contains("CDR(")) {
            got.extend(led.ask(&line));
        }
        let name = led.lab.name(led.caller);
        let expected: Vec<String> = expected
            .iter()
            .filter(|line| *line != "200 result=1 (1)")
            .map(|line| match line.split_once("Local/") {
                Some((before, _)) => format!("{before}{name})"),
                None => line.clone(),
            })
            .collect();
        assert_eq!(got, expected);
        led.lab.x.agi_closed(led.id);
        assert!(led.lab.x.truth.chan(led.caller).is_none());
    }
}

#[test]
fn commands_of_one_write_are_run_one_after_the_other() {
    let (mut led, _) = Led::begun();
    let uniqueid = led.lab.x.truth.chan(led.caller).unwrap().uniqueid.to_string();
    let long = "x".repeat(3_000);
    led.lab.x.agi_heard(led.id, b"NOOP 1\nSTREAM FILE beep \"\"\r\nGET VARIABLE UNIQ");
    assert_eq!(led.heard(), ["200 result=0"]);
    led.lab
        .x
        .agi_heard(led.id, format!("UEID\nSET VARIABLE LONG \"{long}\"\nGET VARIABLE LONG\n").as_bytes());
    led.lab.wait(1.0);
    let values =
        [format!("200 result=1 ({uniqueid})"), "200 result=1".into(), format!("200 result=1 ({long})")];
    assert_eq!(led.heard(), [&["200 result=0 endpos=3520".to_owned()], &values[..]].concat());
    led.ask("SET VARIABLE A \"line1\\nline2\"");
    assert_eq!(led.ask("GET VARIABLE A"), ["200 result=1 (line1nline2)"]);
}

#[test]
fn f42_without_its_end_the_dialplan_serves_the_caller() {
    // nobody is there
    let mut led = Led::handed_over();
    led.lab.x.agi_refused(led.id);
    assert_eq!((led.application().as_str(), led.values("AGISTATUS")), ("Queue", vec!["FAILURE".to_owned()]));
    // it dies while he hears something: that is heard to its end
    let (mut led, _) = Led::begun();
    led.send("STREAM FILE hello-world \"\"");
    led.lab.x.agi_closed(led.id);
    assert_eq!(led.application(), "AGI");
    led.lab.wait(1.2);
    assert_eq!((led.application().as_str(), led.values("AGISTATUS")), ("Queue", vec!["SUCCESS".to_owned()]));
    // it came to its end
    let (mut led, _) = Led::begun();
    led.ask("SET VARIABLE VIGIE_DONE \"1\"");
    led.lab.x.agi_closed(led.id);
    assert!(led.lab.x.truth.chan(led.caller).is_none());
    // he is to go on elsewhere
    let (mut led, _) = Led::begun();
    for line in ["SET CONTEXT from-phones", "SET EXTENSION 693", "SET PRIORITY 1"] {
        assert_eq!(led.ask(line), ["200 result=0"]);
    }
    led.lab.x.agi_closed(led.id);
    assert_eq!(led.application(), "MusicOnHold");
}

#[test]
fn a_queue_is_entered_and_what_became_of_it_is_known() {
    // an agent answers, and hangs up
    let (mut led, _) = Led::begun();
    led.send("EXEC Queue \"support,t,,,45\"");
    led.lab.wait(1.0);
    assert_eq!((led.application().as_str(), led.heard().len()), ("Queue", 0));
    let leg = led.lab.leg("1001");
    led.lab.x.answer(leg);
    led.lab.wait(2.0);
    led.lab.x.hang_up(leg, Fate::Phone);
    assert_eq!(led.heard(), ["200 result=-1"]);
    assert_eq!(
        (led.ask("GET VARIABLE QUEUESTATUS"), led.application().as_str()),
        (vec!["200 result=0".into()], "AGI")
    );
    // the same with `c`
    led.send("EXEC Queue \"support,ct,,,45\"");
    led.lab.wait(1.0);
    // who has just hung up is left alone for some seconds
    let leg = led.lab.leg("1002");
    led.lab.x.answer(leg);
    led.lab.x.hang_up(leg, Fate::Phone);
    assert_eq!(led.heard(), ["200 result=0"]);
    assert_eq!(led.ask("GET VARIABLE QUEUESTATUS"), ["200 result=1 (CONTINUE)"]);
    // nobody answers in time, nobody works there, there is no such queue
    assert_eq!(led.ask("EXEC Queue \"support,t,,,3\""), ["200 result=0"]);
    assert_eq!(led.ask("GET VARIABLE QUEUESTATUS"), ["200 result=1 (TIMEOUT)"]);
    led.lab.x.truth.queues[1].members.clear();
    assert_eq!(led.ask("EXEC Queue \"sales,t,,,3\""), ["200 result=0"]);
    assert_eq!(led.ask("GET VARIABLE QUEUESTATUS"), ["200 result=1 (JOINEMPTY)"]);
    assert_eq!(led.ask("EXEC Queue \"nowhere,t\""), ["200 result=-1"]);
    // he hangs up before: the waiting line is without him at once
    led.send("EXEC Queue \"support,t,,,45\"");
    led.lab.wait(1.0);
    led.lab.x.hang_up(led.caller, Fate::Phone);
    assert_eq!(led.heard(), ["200 result=-1", "HANGUP"]);
    assert_eq!(led.ask("GET VARIABLE ABANDONED"), ["200 result=1 (TRUE)"]);
    assert!(led.lab.x.truth.queues[0].callers.is_empty());
}

#[test]
fn who_has_priority_or_a_position_waits_before_others() {
    let mut lab = Lab::new();
    lab.x.truth.handover = Some(Handover { to: ([127, 0, 0, 1], 4573).into(), token: None });
    for member in ["PJSIP/1001", "PJSIP/1002", "PJSIP/1003"] {
        lab.x.pause(None, member, true, "").unwrap();
    }
    let plain = [lab.trunk_calls("0170000001"), lab.trunk_calls("0170000001")];
    let led: Vec<(u64, ChanRef)> = [1, 2, 3]
        .map(|id| {
            let caller = lab.trunk_calls("0170000900");
            lab.x.agi_connected(id);
            (id, caller)
        })
        .to_vec();
    lab.x.agi_heard(1, b"SET VARIABLE QUEUE_PRIO \"5\"\nEXEC Queue \"support,t,,,60\"\n");
    lab.x.agi_heard(2, b"EXEC Queue \"support,t,,,60,,,,2\"\n");
    lab.x.agi_heard(3, b"EXEC Queue \"support,t,,,60\"\n");
    let expected = [led[0].1, led[1].1, plain[0], plain[1], led[2].1];
    assert_eq!(lab.x.truth.queues[0].callers, expected);
    let joined: Vec<String> = messages(lab.x.out.bytes())
        .iter()
        .filter(|m| m.event() == "QueueCallerJoin")
        .map(|m| m.text("Position").unwrap_or_default().into_owned())
        .collect();
    assert_eq!(joined, ["1", "2", "1", "2", "5"]);
}

#[test]
fn a_phone_is_dialled_and_its_status_says_how_that_went() {
    let dial = "EXEC Dial \"Local/1004@from-phones/n,20\"";
    let (mut led, _) = Led::begun();
    led.send(dial);
    let leg = led.lab.leg("1004");
    led.lab.x.reject(leg, 17, 486);
    assert_eq!(led.heard(), ["200 result=0"]);
    assert_eq!(led.ask("GET VARIABLE DIALSTATUS"), ["200 result=1 (BUSY)"]);
    assert_eq!(led.ask(dial), ["200 result=0"], "nobody answers for 20 s");
    assert_eq!(led.ask("GET VARIABLE DIALSTATUS"), ["200 result=1 (NOANSWER)"]);
    for nobody in ["PJSIP/1999", "Local/1999@from-phones/n", "SIP/1004", "Local/500@from-phones/n"] {
        assert_eq!(led.ask(&format!("EXEC Dial \"{nobody},20\"")), ["200 result=0"]);
        assert_eq!(led.ask("GET VARIABLE DIALSTATUS"), ["200 result=1 (CHANUNAVAIL)"], "{nobody}");
    }
    led.send("EXEC Dial \"PJSIP/0612345678@trunk-b,20\"");
    let leg = led.lab.leg("trunk-b");
    led.lab.x.answer(leg);
    led.lab.wait(1.0);
    led.lab.x.hang_up(leg, Fate::Phone);
    assert_eq!(led.heard(), ["200 result=-1"]);
    assert_eq!(led.ask("GET VARIABLE DIALSTATUS"), ["200 result=1 (ANSWER)"]);
    assert_eq!(led.ask("EXEC Hangup \"21\""), ["200 result=-1"]);
    assert_eq!(led.ask("HANGUP"), ["200 result=1", "HANGUP"]);
    led.lab.x.agi_closed(led.id);
    let told = led.told();
    let cause = told.iter().rev().find(|m| m.event() == "Hangup").and_then(|m| m.text("Cause"));
    assert_eq!(cause.as_deref(), Some("21"));
    // he hangs up while it rings
    let (mut led, _) = Led::begun();
    led.send(dial);
    led.lab.x.hang_up(led.caller, Fate::Phone);
    assert_eq!(led.heard(), ["200 result=-1", "HANGUP"]);
    assert_eq!(led.ask("GET VARIABLE DIALSTATUS"), ["200 result=1 (CANCEL)"]);
    led.lab.x.agi_closed(led.id);
    assert_eq!(led.lab.x.truth.live_channels(), 0);
}

#[test]
fn who_is_sent_elsewhere_is_led_no_more() {
    let (mut led, _) = Led::begun();
    led.send("WAIT FOR DIGIT 60000");
    assert!(led.lab.x.redirect(led.caller, "vigie-queue", "sales", 1));
    assert_eq!(led.heard(), ["200 result=-1", "HANGUP"]);
    assert!(led.closed);
    assert_eq!(led.application(), "Queue");
    // what its server says late is about nobody
    led.send("HANGUP");
    led.lab.x.agi_closed(led.id);
    assert_eq!(led.application(), "Queue");
    // an agent who talks to one of a flow sends him on
    let (mut led, _) = Led::begun();
    led.send("EXEC Queue \"support,t,,,45\"");
    led.lab.wait(1.0);
    let leg = led.lab.leg("1001");
    led.lab.x.answer(leg);
    led.lab.x.blind_transfer(leg, Some("from-phones"), "1004").unwrap();
    assert_eq!(
        (led.application().as_str(), led.heard()),
        ("Dial", vec!["200 result=-1".to_owned(), "HANGUP".into()])
    );
}

#[test]
fn messages_are_recorded_until_a_key_or_the_end() {
    let (mut led, _) = Led::begun();
    led.send("RECORD FILE /nowhere/m wav \"0123456789*#D\" 180000 BEEP s=5");
    led.press("#");
    assert_eq!(led.heard(), ["200 result=35 (dtmf) endpos=0"], "a key during the beep");
    led.send("RECORD FILE /nowhere/m wav \"#\" 180000 BEEP s=5");
    led.lab.wait(2.44);
    led.press("#");
    assert_eq!(led.heard(), ["200 result=35 (dtmf) endpos=16000"]);
    assert_eq!(led.ask("RECORD FILE /nowhere/m wav \"#\" 1000"), ["200 result=0 (timeout) endpos=8000"]);
    led.send("RECORD FILE /nowhere/m wav \"#\" 60000");
    led.lab.wait(3.0);
    led.lab.x.hang_up(led.caller, Fate::Phone);
    assert_eq!(led.heard(), ["200 result=-1 (hangup) endpos=24000", "HANGUP"]);
    let (mut led, _) = Led::begun();
    led.lab.x.agi.sounds.keep = |_, _| false;
    assert_eq!(led.ask("RECORD FILE /nowhere/m wav \"#\" 60000"), ["200 result=-1 (writefile) endpos=0"]);
}

#[test]
fn a_message_on_disk_is_as_long_as_it_was_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("deep/message");
    let name = name.to_str().unwrap();
    let sounds = super::super::disk::ON_DISK;
    assert_eq!(sounds.ms(name), None);
    assert!((sounds.keep)(name, 2_500));
    assert_eq!(sounds.ms(name), Some(2_500));
    let bytes = std::fs::read(format!("{name}.wav")).unwrap();
    let loud = bytes[44..].chunks(2).filter(|two| i16::from_le_bytes([two[0], two[1]]).abs() > 1_000).count();
    assert!(loud > 8_000, "somebody speaks: {loud} samples");
    assert!(!(sounds.keep)("relative", 1) && !(sounds.keep)("/proc/nobody/may", 1));
    assert_eq!((sounds.ms("hello-world"), sounds.ms("no-such-sound")), (Some(1_100), None));
}

#[test]
fn a_living_floor_sends_callers_there_only_when_somebody_leads_them() {
    let mut life = Life::new(START, &Settings::default().size, Pace::default());
    life.exchange.truth.handover = Some(Handover { to: ([127, 0, 0, 1], 4573).into(), token: None });
    let mut environments = 0;
    for second in 0..300 {
        life.advance(START + second * 1_000_000);
        for tell in life.exchange.agi.take_said() {
            match tell {
                Tell::Connect(id, _) => life.exchange.agi_connected(id),
                // each is asked for a key, over and over
                Tell::Bytes(id, bytes) => {
                    let text = String::from_utf8(bytes).unwrap();
                    environments += usize::from(text.starts_with("agi_network"));
                    if text.contains("HANGUP") {
                        life.exchange.agi_closed(id);
                    } else {
                        life.exchange.agi_heard(id, b"WAIT FOR DIGIT 5000\n");
                    }
                }
                Tell::Close(_) => {}
            }
        }
    }
    let keys = messages(life.exchange.out.bytes()).iter().filter(|m| m.event() == "DTMFEnd").count();
    assert!(environments > 10 && keys > 30, "{environments} callers, {keys} keys");
    assert!(life.exchange.agi.count() < environments, "some have left");
    assert_eq!(lived(7, 300).exchange.agi.count(), 0);
}
