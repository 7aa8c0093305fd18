//! Assistants as data: written, published, chosen by the number that was called, paused; and what callers hear meanwhile.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::desk::{Desk, Pass, until};
use crate::support::ami::Ami;
use crate::support::sound::{self, share, wav};
use crate::support::voices::{Caller, uuid};

const SALES_HZ: f32 = 500.0;
const NIGHT_HZ: f32 = 1_000.0;
const NEW_HZ: f32 = 2_000.0;
const HUMAN_HZ: f32 = 1_500.0;
const CLOSED_HZ: f32 = 2_500.0;

/// A voice whose sentences are tones, by a word of theirs; the word `broken` it cannot say.
fn voice(folder: &Path) -> PathBuf {
    let tones = [
        ("sales", SALES_HZ),
        ("night", NIGHT_HZ),
        ("new", NEW_HZ),
        ("human", HUMAN_HZ),
        ("closed", CLOSED_HZ),
        ("other", 3_000.0),
    ];
    for (word, hz) in tones {
        std::fs::write(folder.join(word), sound::tone(hz, 22_050, 0.5)).expect("a sound");
    }
    let said = |word: &str| format!("*{word}*) cat {} ;;", folder.join(word).display());
    let cases: Vec<String> = tones[..5].iter().map(|(word, _)| said(word)).collect();
    let other = folder.join("other");
    let does = format!(
        "#!/bin/sh\ncase \"$(cat)\" in *broken*) exit 1 ;; {} *) cat {} ;; esac\n",
        cases.join(" "),
        other.display()
    );
    let program = folder.join("voice");
    std::fs::write(&program, does).expect("a program");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("ours");
    program
}

/// A server with a PBX that follows a script, and a voice.
struct Floor {
    desk: Desk,
    root: Pass,
    pbx: Ami,
    port: u16,
    _sounds: tempfile::TempDir,
}

impl Floor {
    fn start() -> Self {
        let pbx = Ami::start();
        let sounds = tempfile::tempdir().expect("a folder");
        let program = voice(sounds.path());
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
        let port = free.expect("a free port").port();
        let (ami, own) = (pbx.port.to_string(), port.to_string());
        let desk = Desk::with(&[
            ("AMI_HOST", "127.0.0.1"),
            ("AMI_PORT", &ami),
            ("AMI_USERNAME", "vigie"),
            ("AMI_SECRET", "vigie"),
            ("AUDIOSOCKET_PORT", &own),
            ("AUDIOSOCKET_HOST", "127.0.0.1"),
            ("VIGIE_VOICE", program.to_str().expect("text")),
        ]);
        let root = desk.first();
        until("the link", || {
            let rows = desk.get(&root, "/api/board/pbxs").json();
            rows.to_string().contains("\"live\"")
        });
        Self { desk, root, pbx, port, _sounds: sounds }
    }

    fn asks(&self, method: &str, path: &str, body: &Value, status: u16) -> Value {
        let reply = self.desk.ask(&self.root, method, &format!("/api/assistants{path}"), Some(body));
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.text());
        if status == 204 { Value::Null } else { reply.json() }
    }

    /// Makes one that greets so, publishes it, and waits until it answers.
    fn publishes(&self, id: &str, form: &Value) {
        let mut form = form.clone();
        form["id"] = json!(id);
        form["name"] = json!(format!("The {id}"));
        self.asks("POST", "", &form, 201);
        self.asks("POST", &format!("/{id}/publish"), &json!({"note": "first"}), 200);
        self.stands(id, "ready", 1);
    }

    fn stands(&self, id: &str, state: &str, serves: i64) {
        until(&format!("{id} is {state}"), || {
            let one = self.desk.get(&self.root, &format!("/api/assistants/{id}")).json();
            one["state"] == state && one["serves"] == serves
        });
    }

    /// Somebody calls that number; the dialplan may name an assistant.
    fn calls(&self, number: &str, named: Option<&str>) -> Caller {
        let own = uuid();
        let channel = format!("PJSIP/{}", &own.to_string()[24..]);
        if let Some(name) = named {
            self.pbx.event(&format!(
                "Event: VarSet\nPrivilege: dialplan,all\nChannel: {channel}\nChannelState: 4\nChannelStateDesc: Ring\n\
                 CallerIDNum: 0612345678\nCallerIDName: <unknown>\nConnectedLineNum: <unknown>\nConnectedLineName: <unknown>\n\
                 AccountCode: \nContext: in\nExten: {number}\nPriority: 1\nUniqueid: 1.1\nLinkedid: 1.1\nVariable: VIGIE_ASSISTANT\nValue: {name}"
            ));
        }
        self.pbx.event(&format!(
            "Event: Newexten\nPrivilege: dialplan,all\nChannel: {channel}\nChannelState: 6\nChannelStateDesc: Up\n\
             CallerIDNum: 0612345678\nCallerIDName: <unknown>\nConnectedLineNum: <unknown>\nConnectedLineName: <unknown>\n\
             AccountCode: \nContext: in\nExten: {number}\nPriority: 1\nUniqueid: 1.1\nLinkedid: 1.1\nExtension: {number}\n\
             Application: AudioSocket\nAppData: {own},127.0.0.1:9090"
        ));
        // what is sent is read in order: the answer to who asks behind it says that it was
        let seen = || self.desk.server.metric("vigie_ami_events_total");
        let before = seen();
        self.pbx.event("Event: Reload\nPrivilege: system,all\nModule: a\nStatus: 0");
        until("AMI told of him", || seen() > before);
        Caller::named(self.port, own)
    }
}

/// Whether what he hears within two seconds is that tone first of all.
fn hears(caller: &mut Caller, hz: f32) -> bool {
    for _ in 0..100 {
        let frame = caller.hears(1);
        if frame.iter().any(|byte| *byte != 0) {
            let rest = caller.hears(20);
            return share(&wav(8_000, &rest), hz) > 0.9;
        }
    }
    false
}

#[test]
fn the_number_the_name_or_nobody_chooses_who_answers_and_a_call_keeps_its_version() {
    let floor = Floor::start();
    floor.publishes(
        "sales",
        &json!({"greeting": "sales", "handingOver": "human", "fallback": "queues,500,1"}),
    );
    floor.publishes("night", &json!({"greeting": "night", "handingOver": "human"}));
    floor.asks("PUT", "/sales/numbers", &json!({"numbers": ["+33 1 70 00 00 01"]}), 200);
    let taken = floor.asks("PUT", "/night/numbers", &json!({"numbers": ["0170000001"]}), 409);
    assert_eq!(taken["error"], "taken", "it is another's, in whatever spelling");
    floor.asks("PUT", "/night/default", &json!({}), 200);

    let mut of_number = floor.calls("0170000001", None);
    assert!(hears(&mut of_number, SALES_HZ), "the number chooses");
    assert!(hears(&mut floor.calls("0170000002", None), NIGHT_HZ), "else the default one");
    assert!(hears(&mut floor.calls("0170000001", Some("night")), NIGHT_HZ), "who is named comes first");
    assert!(
        hears(&mut floor.calls("0170000001", Some("nobody")), SALES_HZ),
        "a name that nobody has is none"
    );

    // another version is published while he talks
    floor.asks("PUT", "/sales", &json!({"greeting": "new", "handingOver": "new"}), 200);
    floor.asks("POST", "/sales/publish", &json!({"note": "another"}), 200);
    floor.stands("sales", "ready", 2);
    assert!(hears(&mut floor.calls("0170000001", None), NEW_HZ), "who comes then has the new one");
    of_number.sends(0x03, b"0");
    let (heard, over) = of_number.rest();
    // he was silent for a while: what was said last, whole frames of it
    let said: Vec<&[u8]> = heard.chunks(320).filter(|frame| frame.iter().any(|byte| *byte != 0)).collect();
    let last = said[said.len().saturating_sub(15)..].concat();
    assert!(
        over && share(&wav(8_000, &last), HUMAN_HZ) > 0.5,
        "and who was there the version that he began with"
    );

    // and back again
    floor.asks("POST", "/sales/versions/1/publish", &json!({"note": "back"}), 200);
    floor.stands("sales", "ready", 3);
    assert!(hears(&mut floor.calls("0170000001", None), SALES_HZ));
    let versions = floor.desk.get(&floor.root, "/api/assistants/sales/versions").json();
    let notes: Vec<_> = versions.as_array().expect("a list").iter().map(|one| one["note"].clone()).collect();
    assert_eq!(notes, ["back", "another", "first"]);
}

#[test]
fn who_is_paused_full_or_closed_sends_callers_on_and_tells_them() {
    let floor = Floor::start();
    let form = json!({"greeting": "sales", "handingOver": "human", "closedWords": "closed",
        "fallback": "queues,500,1", "mostAtOnce": 1});
    floor.publishes("sales", &form);
    floor.asks("PUT", "/sales/default", &json!({}), 200);
    let sent_on = |caller: &mut Caller, hz: f32, place: Option<&str>| {
        let before = floor.pbx.texts().len();
        assert!(hears(caller, hz));
        assert!(caller.rest().1, "0x00: the dialplan goes on");
        let told: Vec<String> = floor.pbx.texts().split_off(before);
        let set = told.iter().find(|action| action.contains("Setvar"));
        assert_eq!(
            set.is_some_and(|action| action.contains("Value: queues,500,1")),
            place.is_some(),
            "{told:?}"
        );
    };
    // paused
    floor.asks("POST", "/sales/pause", &json!({}), 200);
    sent_on(&mut floor.calls("600", None), HUMAN_HZ, Some("queues,500,1"));
    floor.asks("POST", "/sales/resume", &json!({}), 200);
    // full: one is there
    let mut first = floor.calls("600", None);
    assert!(hears(&mut first, SALES_HZ));
    sent_on(&mut floor.calls("600", None), HUMAN_HZ, Some("queues,500,1"));
    drop(first);
    until("his place is free", || floor.asks("GET", "/sales", &json!({}), 200)["calls"] == 0);
    // closed: it has hours, and they are over
    let today = jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date();
    let days = [today.yesterday().expect("one"), today, today.tomorrow().expect("one")];
    let holidays: Vec<String> = days.iter().map(ToString::to_string).collect();
    floor.asks(
        "PUT",
        "/sales",
        &json!({"holidays": holidays, "timezone": "UTC", "whenClosed": "hangup"}),
        200,
    );
    floor.asks("POST", "/sales/publish", &json!({}), 200);
    floor.stands("sales", "ready", 2);
    sent_on(&mut floor.calls("600", None), CLOSED_HZ, None);
    let told = floor.pbx.texts();
    assert!(told.iter().any(|action| action.contains("VIGIE_DONE")), "the call is over: {told:?}");
    let one = floor.asks("GET", "/sales", &json!({}), 200);
    let counted =
        ["sentOnPaused", "sentOnFull", "sentOnClosed"].map(|name| one[name].as_u64().unwrap_or_default());
    assert_eq!((counted, &one["closed"]), ([1, 1, 1], &json!(true)), "{one}");
}

#[test]
fn what_cannot_speak_leaves_the_version_before_and_what_is_not_set_up_is_refused_by_name() {
    let floor = Floor::start();
    floor.publishes("sales", &json!({"greeting": "sales"}));
    floor.asks("PUT", "/sales/default", &json!({}), 200);
    floor.asks("PUT", "/sales", &json!({"greeting": "it is broken"}), 200);
    floor.asks("POST", "/sales/publish", &json!({}), 200);
    floor.stands("sales", "failed", 1);
    assert!(hears(&mut floor.calls("600", None), SALES_HZ), "the version before answers on");
    let alarms = || floor.desk.get(&floor.root, "/api/board/alarms").text();
    until("an alarm", || alarms().contains("assistant_failed"));
    // an engine without its key
    floor.asks("PUT", "/sales", &json!({"greeting": "sales", "ears": "google"}), 200);
    let refused = floor.asks("POST", "/sales/publish", &json!({}), 409);
    assert_eq!(refused["error"], "assistant_has_faults");
    let why = refused["details"]["ears"].as_str().unwrap_or_default();
    assert!(why.contains("GOOGLE_APPLICATION_CREDENTIALS"), "{refused}");
    // callers are led to it
    let used = floor.asks("DELETE", "/sales", &json!({}), 409);
    assert_eq!(
        (used["error"].as_str(), used["details"]["default"].is_string()),
        (Some("assistant_used"), true)
    );
    floor.asks("DELETE", "/sales/default", &json!({}), 200);
    floor.asks("DELETE", "/sales", &json!({}), 204);
}

#[test]
fn a_form_is_refused_field_by_field_and_a_supervisor_pauses_and_no_more() {
    let (desk, root) = Desk::set_up();
    until("assistants", || desk.get(&root, "/api/assistants").status == 200);
    for (field, value) in [
        ("language", json!("de")),
        ("greeting", json!("a\nb")),
        ("tools", json!(["call_anybody"])),
        ("fallback", json!("queues,500,1\r\nAction: x")),
        ("places", json!({"support": "Local/0899@x"})),
        ("humanKey", json!("00")),
        ("silenceS", json!(0)),
        ("timezone", json!("Mars/Base")),
        ("hours", json!([{"days": ["monday"], "from": "09:00", "until": "18:00"}])),
        ("holidays", json!(["2026-02-30"])),
        ("whenClosed", json!("voicemail")),
        ("mouth", json!("Open AI")),
    ] {
        let mut body = json!({"name": "Lea"});
        body[field] = value;
        let reply = desk.post(&root, "/api/assistants", &body);
        assert_eq!(reply.told(), "422 bad_value", "{field}: {}", reply.text());
        assert!(reply.json()["details"][field].is_string(), "{field}: {}", reply.text());
    }
    assert_eq!(desk.post(&root, "/api/assistants", &json!({"id": "lea", "name": "Lea"})).status, 201);
    assert_eq!(desk.post(&root, "/api/assistants", &json!({"name": "LEA"})).told(), "409 taken");
    desk.site(&root, "paris");
    desk.user(&root, "sam", "Superviseur", Some("paris"), None);
    desk.user(&root, "jeanne", "Agent", Some("paris"), None);
    let (sam, jeanne) = (desk.login("sam"), desk.login("jeanne"));
    let paused = desk.post(&sam, "/api/assistants/lea/pause", &json!({}));
    assert_eq!((paused.status, paused.json()["paused"].as_bool()), (200, Some(true)), "{}", paused.text());
    assert_eq!(desk.post(&sam, "/api/assistants/lea/publish", &json!({})).told(), "403 no_right");
    assert_eq!(desk.post(&jeanne, "/api/assistants/lea/resume", &json!({})).told(), "403 no_right");
    assert_eq!(desk.get(&jeanne, "/api/assistants").told(), "403 no_right");
    // what is paused stays so over a restart, and is no part of a version
    let mut desk = desk;
    desk.restart();
    until("assistants", || desk.get(&root, "/api/assistants").status == 200);
    assert_eq!(desk.get(&root, "/api/assistants/lea").json()["paused"], true);
    let audit = desk.get(&root, "/api/audit?limit=100").json();
    let acts = audit.to_string();
    assert!(["add_assistant", "pause_assistant"].iter().all(|act| acts.contains(act)), "{acts}");
}
