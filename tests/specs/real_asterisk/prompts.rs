//! What callers of a real Asterisk hear: files that were sent, sentences that a voice says; and what they leave.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Floor, on_both};
use crate::support::asterisk::{Asterisk, Phones, Version};
use crate::support::postgres::Postgres;
use crate::support::server::{Server, asked, bytes};
use crate::support::sound::{share, tone};

on_both!(
    what_was_sent_is_what_callers_hear,
    what_one_says_into_ones_phone_is_a_prompt_and_silence_is_none,
    a_sentence_of_a_flow_is_spoken_to_its_callers,
    what_a_caller_says_is_listed_and_heard_and_what_he_does_not_say_is_not,
);

/// Longer than a schema, or a sentence, takes on a loaded machine.
const LONG: Duration = Duration::from_secs(60);

struct Line {
    floor: Floor,
    /// The shared folder, as it is seen from here.
    shared: tempfile::TempDir,
    _database: Postgres,
    _data: tempfile::TempDir,
}

/// 9001 is handed over to whatever is published. The folder that both see has another name on either side.
fn open(version: Version, voice: &str) -> Line {
    let (database, data) = (Postgres::new(), tempfile::tempdir().expect("a folder"));
    database.start();
    let pbx = Asterisk::start(version);
    let mut phones = Phones::at(&pbx);
    phones.phone("1001", json!("ring"));
    let shared = tempfile::Builder::new().prefix("vigie").tempdir_in(pbx.inside("tmp")).expect("a folder");
    let there = PathBuf::from("/tmp").join(shared.path().file_name().expect("a name"));
    let free =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    let (port, agi, url) = (pbx.port("ami").to_string(), free.to_string(), database.url());
    let settings = [
        ("AMI_HOST", "127.0.0.1"),
        ("AMI_PORT", &port),
        ("AMI_USERNAME", "vigie"),
        ("AMI_SECRET", "vigie"),
        ("AMI_SOUNDS", there.to_str().expect("text")),
        ("AGI_PORT", &agi),
        ("DATABASE_URL", &url),
        ("VIGIE_DATA", data.path().to_str().expect("text")),
        ("VIGIE_SOUNDS", shared.path().to_str().expect("text")),
        ("VIGIE_VOICE", voice),
    ];
    let vigie = Server::start(&settings, &[]);
    for step in ["1,Answer()", &format!("2,AGI(agi://127.0.0.1:{free})"), "3,Hangup()"] {
        pbx.cli(&format!("dialplan add extension 9001,{step} into from-phones"));
    }
    let line = Line { floor: Floor::look(pbx, phones, vigie), shared, _database: database, _data: data };
    line.until("the prompts", || line.floor.vigie.get("/api/prompts").0 == 200);
    line
}

impl Line {
    fn until(&self, what: &str, mut is: impl FnMut() -> bool) {
        let end = Instant::now() + LONG;
        while !is() {
            assert!(Instant::now() < end, "waited for {what}: {}", self.floor.vigie.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn sends(&self, name: &str, file: &[u8]) -> Value {
        let path = format!("/api/prompts?name={name}");
        let (status, told) = asked(&self.floor.vigie.address, "POST", &path, file.to_vec());
        assert_eq!(status, 201, "{told}");
        told
    }

    /// A flow whose nodes come one after the other is what callers walk.
    fn publishes(&self, nodes: &[(&str, &str)]) -> String {
        let node = |n: usize, kind: &str, content: Value| json!({"id": format!("n{n}"), "type": kind, "content": content});
        let mut all = vec![node(0, "start", json!({}))];
        all.extend(
            nodes
                .iter()
                .enumerate()
                .map(|(n, (kind, said))| node(n + 1, kind, json!({"prompt": said, "text": said}))),
        );
        let lines = (1..all.len()).map(|n| json!({"fromNodeId": format!("n{}", n - 1), "fromPortId": "out", "toNodeId": format!("n{n}")}));
        let flow = json!({"name": "F", "nodes": all, "connections": lines.collect::<Vec<_>>()});
        let (status, told) = self.floor.vigie.post("/api/ivr-flows", &flow);
        assert_eq!((status, &told["published"]), (201, &json!(1)), "{told}");
        told["id"].as_str().expect("an id").to_owned()
    }

    fn calls(&mut self, call: &str) {
        self.floor.phones.dial("1001", "9001", call);
        self.floor.phones.wait(call, "up");
    }

    /// Names and sizes of files of messages.
    fn messages(&self) -> Vec<(String, u64)> {
        let Ok(all) = std::fs::read_dir(self.shared.path().join("messages/127-0-0-1")) else {
            return Vec::new();
        };
        let one = |file: std::io::Result<std::fs::DirEntry>| {
            let file = file.ok()?;
            Some((file.file_name().into_string().ok()?, file.metadata().ok()?.len()))
        };
        all.filter_map(one).collect()
    }
}

fn what_was_sent_is_what_callers_hear(version: Version) {
    let mut line = open(version, "off");
    let wav = line.sends("Bienvenue", &tone(700.0, 44_100, 4.0));
    line.sends("Musique", include_bytes!("../../support/tone.mp3"));
    let id = wav["id"].as_str().expect("an id").to_owned();
    line.publishes(&[("media", &id), ("media", "musique"), ("media", "musique"), ("hangup", "")]);
    line.calls("caller");
    line.floor.phones.command(json!({"do": "hear", "call": "caller", "hz": 700, "within": 20}));
    line.floor.phones.command(json!({"do": "hear", "call": "caller", "hz": 800, "within": 20}));
    line.floor.phones.wait("caller", "ended");

    // another sound in its place: who calls from now on hears that
    let path = format!("/api/prompts/{id}/sound");
    let (status, told) = asked(&line.floor.vigie.address, "PUT", &path, tone(1_000.0, 8_000, 4.0));
    assert_eq!(status, 200, "{told}");
    line.calls("later");
    line.floor.phones.command(json!({"do": "hear", "call": "later", "hz": 1000, "within": 20}));
    line.floor.phones.hang_up("later");
    line.floor.all_is_quiet();
}

fn what_one_says_into_ones_phone_is_a_prompt_and_silence_is_none(version: Version) {
    let mut line = open(version, "off");
    line.floor.phones.set("1001", "auto", json!(["answer", 0]));
    let body = |name: &str| json!({"name": name, "agent": line.floor.endpoint("1001")});
    let (first, second, third) = (body("Spoken"), body("Silent"), body("Nowhere"));
    let (status, told) = line.floor.vigie.post("/api/prompts/by_phone", &first);
    assert_eq!((status, &told["state"]), (202, &json!("recording")), "{told}");
    line.floor.phones.take("1001", "own");
    line.floor.phones.command(json!({"do": "tone", "call": "own", "hz": 600}));
    line.until("a recording", || line.messages().iter().any(|(_, size)| *size > 60_000));
    line.floor.phones.command(json!({"do": "dtmf", "call": "own", "digits": "#"}));
    line.floor.phones.command(json!({"do": "hear", "call": "own", "hz": 600, "within": 20}));
    line.floor.phones.wait("own", "ended");
    let mut prompts = Value::Null;
    line.until("the prompt", || {
        prompts = line.floor.vigie.get("/api/prompts").1["prompts"].clone();
        prompts.as_array().is_some_and(|all| all.len() == 1)
    });
    let prompt = &prompts[0];
    assert_eq!((&prompt["name"], &prompt["kind"]), (&json!("Spoken"), &json!("recorded")), "{prompt}");
    let path = format!("/api/prompts/{}/sound", prompt["id"].as_str().expect("an id"));
    let (status, sound) = bytes(&line.floor.vigie.address, &path, None);
    assert!(status == 200 && share(&sound, 600.0) > 0.8, "{status}: {}", share(&sound, 600.0));

    // who says nothing and hangs up has made none
    let (status, told) = line.floor.vigie.post("/api/prompts/by_phone", &second);
    assert_eq!(status, 202, "{told}");
    line.floor.phones.take("1001", "silent");
    line.until("a second recording", || line.messages().iter().any(|(_, size)| *size > 8_000));
    line.floor.phones.hang_up("silent");
    line.until("its end", || {
        let all = line.floor.vigie.get("/api/prompts/by_phone").1;
        all[1]["state"] == "failed" && all[1]["why"] == "nothing_said"
    });
    line.until("no file", || line.messages().is_empty());

    // where the dialplan has nothing for it no phone rings
    line.floor.pbx.cli("dialplan remove context vigie-record");
    let (status, told) = line.floor.vigie.post("/api/prompts/by_phone", &third);
    assert_eq!((status, &told["error"]), (409, &json!("no_context")), "{told}");
    line.floor.all_is_quiet();
}

fn a_sentence_of_a_flow_is_spoken_to_its_callers(version: Version) {
    let voice =
        vigie::prompts::on_the_path(vigie::prompts::USUAL).expect("espeak-ng is installed: run ./test");
    let mut line = open(version, voice.to_str().expect("text"));
    assert_eq!(line.floor.vigie.get("/api/prompts").1["voice"], true);
    line.publishes(&[
        ("media", "Bonjour, vous êtes bien chez nous. Nous vous répondons dans un instant."),
        ("hangup", ""),
    ]);
    let speech = line.shared.path().join("speech");
    line.until("the sentence", || std::fs::read_dir(&speech).is_ok_and(|all| all.count() == 1));
    line.calls("caller");
    line.floor.phones.command(json!({"do": "listen", "call": "caller", "ms": 1500, "within": 20}));
    line.floor.phones.wait("caller", "ended");
    // one that nobody could know before is heard by the first who hears of it, unless the voice was too slow for him
    let said = "Bonjour. Vous appelez du numéro {caller}. Nous vous répondons dans un instant.";
    let flow = line.publishes(&[("say", said), ("hangup", "")]);
    assert_eq!(line.floor.vigie.put(&format!("/api/ivr-flows/{flow}/default"), &json!({})).0, 200);
    for n in 1.. {
        let call = format!("first-{n}");
        line.calls(&call);
        let hears = json!({"do": "listen", "call": call, "ms": 1500, "within": 20});
        let heard = line.floor.phones.try_ask(hears);
        line.floor.phones.wait(&call, "ended");
        let late = line.floor.vigie.log().matches("the voice is not ready with it").count();
        match heard {
            Ok(_) => break,
            Err(why) => assert!(late >= n && n < 10, "call {n}, {late} times too late: {why}"),
        }
    }
    // one that is made by order is heard as well
    let body = json!({"name": "closed", "language": "en", "text": "We are closed today."});
    let (status, told) = line.floor.vigie.post("/api/prompts/spoken", &body);
    assert!(
        status == 201 && told["durationMs"].as_i64().is_some_and(|ms| (800..6_000).contains(&ms)),
        "{told}"
    );
}

fn what_a_caller_says_is_listed_and_heard_and_what_he_does_not_say_is_not(version: Version) {
    let mut line = open(version, "off");
    line.publishes(&[("voicemail", "vm-goodbye")]);
    line.calls("caller");
    line.floor.phones.command(json!({"do": "tone", "call": "caller", "hz": 600}));
    line.until("a recording", || line.messages().iter().any(|(_, size)| *size > 40_000));
    line.floor.phones.command(json!({"do": "dtmf", "call": "caller", "digits": "#"}));
    line.floor.phones.wait("caller", "ended");
    let mut told = Value::Null;
    line.until("the message", || {
        told = line.floor.vigie.get("/api/messages").1;
        told.as_array().is_some_and(|all| all.len() == 1)
    });
    let message = told[0].clone();
    assert_eq!(
        (
            &message["caller"],
            &message["called"],
            &message["flowName"],
            &message["nodeId"],
            &message["heardAt"]
        ),
        (&json!("1001"), &json!("9001"), &json!("F"), &json!("n1"), &Value::Null),
        "{message}"
    );
    assert!(message["durationMs"].as_i64().is_some_and(|ms| ms > 2_000), "{message}");
    let path = format!("/api/messages/{}", message["id"].as_str().expect("an id"));
    let (status, sound) = bytes(&line.floor.vigie.address, &format!("{path}/sound"), None);
    assert!(status == 200 && share(&sound, 600.0) > 0.8, "{status}: {}", share(&sound, 600.0));
    let (status, part) = bytes(&line.floor.vigie.address, &format!("{path}/sound"), Some("bytes=44-99"));
    assert_eq!((status, &part[..]), (206, &sound[44..100]));
    let (status, heard) = asked(&line.floor.vigie.address, "PUT", &format!("{path}/heard"), Vec::new());
    assert!(status == 200 && heard["heardAt"].is_string(), "{status}: {heard}");

    // what was said over the telephone may be what others hear
    let body = json!({"name": "spoken", "message": message["id"]});
    let (status, prompt) = line.floor.vigie.post("/api/prompts/recorded", &body);
    assert!(status == 201 && prompt["kind"] == "recorded", "{status}: {prompt}");

    // who says nothing has left nothing, whether he hangs up or waits
    line.calls("silent");
    line.until("a second recording", || {
        line.messages().iter().filter(|(_, size)| *size > 8_000).count() == 2
    });
    line.floor.phones.hang_up("silent");
    line.until("its end", || line.messages().len() == 1);
    assert_eq!(line.floor.vigie.get("/api/messages").1.as_array().map(Vec::len), Some(1));

    // who hangs up while he speaks has left what he said
    line.calls("gone");
    line.floor.phones.command(json!({"do": "tone", "call": "gone", "hz": 900}));
    line.until("a recording", || line.messages().iter().filter(|(_, size)| *size > 30_000).count() == 2);
    line.floor.phones.hang_up("gone");
    line.until("the message", || line.floor.vigie.get("/api/messages").1.as_array().map(Vec::len) == Some(2));

    let (status, _) = asked(&line.floor.vigie.address, "DELETE", &path, Vec::new());
    assert_eq!((status, line.messages().len()), (204, 1), "row and file are gone");
    assert_eq!(bytes(&line.floor.vigie.address, &format!("{path}/sound"), None).0, 404);
    line.floor.pbx.until_channels(&[]);
}
