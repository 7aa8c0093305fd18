//! Callers whom somebody leads over FastAGI: the dialogue is that of the transcripts of a real Asterisk 22.

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
pub(super) struct Led {
    pub(super) lab: Lab,
    /// The newest session.
    pub(super) id: u64,
    pub(super) caller: ChanRef,
    /// What was said in it and not taken yet.
    pub(super) said: String,
    pub(super) closed: bool,
}

impl Led {
    /// A caller who was handed over, connected; his environment.
    pub(super) fn begun() -> (Self, String) {
        let mut led = Self::handed_over();
        led.lab.x.agi_connected(led.id);
        let environment = led.heard().join("\n");
        (led, environment)
    }

    pub(super) fn handed_over() -> Self {
        let mut lab = Lab::new();
        lab.x.truth.handover = Some(Handover { to: ([127, 0, 0, 1], 4573).into(), token: None });
        let party = super::super::truth::Party::new("0612345678", "Zoé \"\" <x>");
        let caller = lab.x.trunk_brings(lab.phone("trunk-a"), party, "0170000900").unwrap();
        let mut led = Self { lab, id: 0, caller, said: String::new(), closed: false };
        led.take();
        led
    }

    pub(super) fn take(&mut self) {
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
    pub(super) fn heard(&mut self) -> Vec<String> {
        self.take();
        std::mem::take(&mut self.said).lines().map(str::to_owned).collect()
    }

    pub(super) fn send(&mut self, line: &str) {
        self.lab.x.agi_heard(self.id, format!("{line}\n").as_bytes());
    }

    /// Sends a command and lives until it is answered.
    pub(super) fn ask(&mut self, line: &str) -> Vec<String> {
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

    pub(super) fn press(&mut self, keys: &str) {
        keys.chars().for_each(|key| self.lab.x.press(self.caller, key));
    }

    pub(super) fn application(&self) -> String {
        self.lab.x.truth.chan(self.caller).map(|channel| channel.app.to_string()).unwrap_or_default()
    }

    pub(super) fn told(&self) -> Vec<Message> {
        messages(self.lab.x.out.bytes())
    }

    /// Values that a variable was set to, as told.
    pub(super) fn values(&self, name: &str) -> Vec<String> {
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
