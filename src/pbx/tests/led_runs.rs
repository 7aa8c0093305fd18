//! What commands of FastAGI run is run by the same exchange as everything else: queues, phones, messages, and the
//! dialplan when who leads a caller lets go of him.

use super::super::agi::Tell;
use super::super::exchange::Fate;
use super::led::{Leader, Led};
use super::*;

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
    lab.x.truth.handover = Leader::handover();
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
    life.exchange.truth.handover = Leader::handover();
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
