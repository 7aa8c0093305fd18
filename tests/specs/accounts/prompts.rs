//! Prompts over REST: what is sent, what Asterisk is given, who uses it, and what is no sound.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};

use super::desk::{Desk, Pass, until};
use crate::support::sound::{share, tone, wav};

/// With a folder of its own that it shares with a PBX.
fn set_up(settings: &[(&str, &str)]) -> (Desk, Pass, tempfile::TempDir) {
    let shared = tempfile::tempdir().expect("a folder");
    let folder = shared.path().join("shared");
    let mut all = vec![("VIGIE_SOUNDS", folder.to_str().expect("text"))];
    all.extend(settings);
    let desk = Desk::with(&all);
    let root = desk.first();
    until("the prompts", || desk.get(&root, "/api/prompts").status == 200);
    (desk, root, shared)
}

/// Names of files of prompts, in order.
fn files(shared: &tempfile::TempDir) -> Vec<String> {
    let Ok(all) = fs::read_dir(shared.path().join("shared/prompts")) else { return Vec::new() };
    let mut names: Vec<_> = all.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn flow(id: &str, prompt: &str) -> Value {
    json!({"id": id, "name": format!("Flow {id}"), "nodes": [
        {"id": "s", "type": "start"}, {"id": "m", "type": "media", "content": {"prompt": prompt}},
        {"id": "h", "type": "hangup"}],
      "connections": [{"fromNodeId": "s", "fromPortId": "out", "toNodeId": "m"},
        {"fromNodeId": "m", "fromPortId": "out", "toNodeId": "h"}]})
}

#[test]
fn a_prompt_is_sent_heard_replaced_and_taken_away() {
    let (desk, root, shared) = set_up(&[]);
    let sent = desk.send(&root, "POST", "/api/prompts?name=Bienvenue&language=fr", &tone(700.0, 44_100, 2.0));
    assert_eq!(sent.status, 201, "{}", sent.text());
    let prompt = sent.json();
    assert_eq!(
        (&prompt["name"], &prompt["language"], &prompt["kind"], &prompt["text"], &prompt["size"]),
        (&json!("Bienvenue"), &json!("fr"), &json!("uploaded"), &Value::Null, &json!(32_044)),
        "{prompt}"
    );
    assert_eq!((&prompt["durationMs"], &prompt["madeBy"]), (&json!(2_000), &json!("user-first")));
    let id = prompt["id"].as_str().expect("an id");
    let path = format!("/api/prompts/{id}");
    assert_eq!(desk.get(&root, &path).json(), prompt);
    assert_eq!(desk.get(&root, "/api/prompts").json(), json!({"voice": false, "prompts": [prompt]}));

    // what Asterisk is given: a name that Vigie chose, which everybody may read
    let first = files(&shared);
    assert_eq!(first.len(), 1, "{first:?}");
    assert!(first[0].starts_with(id) && first[0].ends_with(".wav"), "{first:?}");
    let file = shared.path().join("shared/prompts").join(&first[0]);
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o644);
    let given = fs::read(&file).expect("there");
    assert_eq!(&given[22..28], b"\x01\0\x40\x1f\0\0", "one channel, 8 kHz");
    assert!(share(&given, 700.0) > 0.98, "{}", share(&given, 700.0));

    // heard, whole and in part
    let sound = format!("{path}/sound");
    let whole = desk.get(&root, &sound);
    assert_eq!((whole.status, &whole.body), (200, &given));
    assert_eq!(whole.headers("content-type"), ["audio/wav"]);
    let part = |range: &str| desk.ask_with(&root, "GET", &sound, None, &format!("Range: {range}\r\n"));
    let some = part("bytes=100-199");
    assert_eq!((some.status, &some.body[..]), (206, &given[100..200]));
    assert_eq!(some.headers("content-range"), ["bytes 100-199/32044"]);
    assert_eq!(part("bytes=-4").body, &given[given.len() - 4..]);
    assert_eq!(part("bytes=32044-").status, 416);

    // another sound is another file; the one before stays for who hears it
    let mp3 = include_bytes!("../../support/tone.mp3");
    let replaced = desk.send(&root, "PUT", &sound, mp3);
    assert_eq!(replaced.status, 200, "{}", replaced.text());
    assert!(
        (900..1_200).contains(&replaced.json()["durationMs"].as_i64().expect("ms")),
        "{}",
        replaced.text()
    );
    let both = files(&shared);
    assert!(both.len() == 2 && both.contains(&first[0]), "{both:?}");
    assert!(share(&desk.get(&root, &sound).body, 800.0) > 0.8);

    let named = desk.put(&root, &path, &json!({"name": "Accueil", "language": "en"})).json();
    assert_eq!((&named["name"], &named["language"]), (&json!("Accueil"), &json!("en")));
    let taken = desk.send(&root, "POST", "/api/prompts?name=ACCUEIL", &tone(700.0, 8_000, 0.5));
    assert_eq!(taken.told(), "409 taken");
    assert_eq!(desk.ask(&root, "DELETE", &path, None).status, 204);
    assert_eq!(desk.get(&root, &path).told(), "404 not_found");
    assert_eq!(desk.send(&root, "PUT", &sound, mp3).told(), "404 not_found");
    until("the audit log", || {
        let noted = desk.get(&root, "/api/audit?limit=50").text().to_owned();
        ["add_prompt", "replace_prompt", "set_prompt", "remove_prompt"].iter().all(|act| noted.contains(act))
    });
}

#[test]
fn a_prompt_that_flows_name_stays_and_says_which() {
    let (desk, root, _shared) = set_up(&[]);
    let made = |name: &str| {
        let path = format!("/api/prompts?name={name}");
        desk.send(&root, "POST", &path, &tone(500.0, 8_000, 0.5)).json()["id"]
            .as_str()
            .expect("made")
            .to_owned()
    };
    let (welcome, closed) = (made("Bienvenue"), made("Closed"));
    for flow in [flow("by-id", &welcome), flow("by-name", "bienvenue"), flow("other", "hello-world")] {
        assert_eq!(desk.post(&root, "/api/ivr-flows", &flow).status, 201);
    }
    // what callers walk goes on naming it when the draft does not
    let mut draft = flow("by-name", "hello-world");
    draft["draft"] = json!(true);
    assert_eq!(desk.put(&root, "/api/ivr-flows/by-name", &draft).status, 200);
    let uses = desk.get(&root, &format!("/api/prompts/{welcome}/uses")).json();
    let row = |id: &str, draft: bool| json!({"id": id, "name": format!("Flow {id}"), "draft": draft, "published": true});
    assert_eq!(uses, json!([row("by-id", true), row("by-name", false)]));
    let refused = desk.ask(&root, "DELETE", &format!("/api/prompts/{welcome}"), None);
    assert_eq!(refused.told(), "409 prompt_used");
    assert_eq!(
        refused.json()["details"],
        json!({"by-id": "Flow by-id: draft and published", "by-name": "Flow by-name: published"})
    );
    let renamed = desk.put(&root, &format!("/api/prompts/{welcome}"), &json!({"name": "Hello"}));
    assert_eq!(renamed.told(), "409 prompt_used", "by its name it would not be found any more");
    assert_eq!(desk.ask(&root, "DELETE", &format!("/api/prompts/{closed}"), None).status, 204);
    for id in ["by-id", "by-name"] {
        assert_eq!(desk.ask(&root, "DELETE", &format!("/api/ivr-flows/{id}"), None).status, 204);
    }
    assert_eq!(desk.ask(&root, "DELETE", &format!("/api/prompts/{welcome}"), None).status, 204);
}

#[test]
fn s26_a_name_is_never_a_path() {
    let (desk, root, shared) = set_up(&[]);
    for name in ["..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fcron.d%2Fx", "a%5C..%5Cb", "x.wav%3Brm"] {
        let sent = desk.send(&root, "POST", &format!("/api/prompts?name={name}"), &tone(500.0, 8_000, 0.3));
        assert_eq!(sent.status, 201, "{name}: {}", sent.text());
    }
    assert_eq!(desk.send(&root, "POST", "/api/prompts?name=a%00b", b"x").told(), "422 bad_value");
    let names = files(&shared);
    let plain = |name: &String| name.starts_with("prompt-") && !name.trim_end_matches(".wav").contains('.');
    assert!(names.len() == 4 && names.iter().all(plain), "{names:?}");
    for id in ["..%2F..%2F..%2Fetc%2Fpasswd", "%2e%2e%2fsecrets", "..%5C", "x%00", "%2Fetc%2Fpasswd"] {
        let told = desk.get(&root, &format!("/api/prompts/{id}/sound")).told();
        assert_eq!(told, "404 not_found", "{id}");
    }
}

#[test]
fn s27_what_is_no_sound_is_refused_and_takes_nothing_with_it() {
    let (desk, root, shared) = set_up(&[]);
    let send = |file: &[u8]| desk.send(&root, "POST", "/api/prompts?name=x", file);
    assert_eq!(send(&tone(500.0, 8_000, 0.1)).status, 201);
    let before = desk.server.memory_kb();
    // sizes that are claimed and not there
    let mut claims = wav(8_000, &[]);
    claims[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    claims[16..20].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
    let tag = [&b"ID3\x04\0\0\x7f\x7f\x7f\x7f"[..], &[0; 1_000]].concat();
    let long = wav(4_000, &vec![0; 4_000 * 2 * 601]);
    for (what, file) in [
        ("nothing", Vec::new()),
        ("a page", b"<html><script>alert(1)</script></html>".to_vec()),
        ("an archive of noughts", [&b"PK\x03\x04"[..], &vec![0; 1 << 20]].concat()),
        ("claims", claims),
        ("a tag of 256 MB", tag),
        ("ten minutes and more", long),
        ("frames of nothing", [0xff, 0xfb, 0x90, 0x00].repeat(50_000)),
        ("an MP3 cut short", include_bytes!("../../support/tone.mp3")[..40].to_vec()),
    ] {
        let path = "/api/prompts?name=hostile";
        let reply = desk.send(&root, "POST", path, &file);
        // frames of nothing may be sound of nothing: what counts is that they are answered
        assert!(reply.told() == "422 bad_value" || what == "frames of nothing", "{what}: {}", reply.told());
        assert!(reply.status < 500, "{what}: {}", reply.text());
    }
    let large = desk.send(&root, "POST", "/api/prompts?name=large", &vec![0; (10 << 20) + 1]);
    assert_eq!(large.told(), "413 too_large");
    let grown = desk.server.memory_kb().saturating_sub(before);
    assert!(grown < 150_000, "{grown} kB more");
    assert!(files(&shared).len() <= 2);
    assert_eq!(desk.get(&root, "/api/prompts").status, 200);
}

#[test]
fn a_sentence_is_spoken_by_a_program_that_is_told_it_as_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let (voice, sound) = (folder.path().join("voice"), folder.path().join("sound.wav"));
    fs::write(&sound, tone(600.0, 22_050, 1.0)).expect("written");
    let told = folder.path().join("told");
    let script =
        format!("#!/bin/sh\necho \"$@\" >> {0}\ncat >> {0}\ncat {1}\n", told.display(), sound.display());
    fs::write(&voice, script).expect("written");
    fs::set_permissions(&voice, fs::Permissions::from_mode(0o755)).expect("ours");
    let (desk, root, shared) = set_up(&[("VIGIE_VOICE", voice.to_str().expect("text"))]);
    let body = json!({"name": "Fermé", "language": "en", "text": "--help; $(reboot) We are closed."});
    let made = desk.post(&root, "/api/prompts/spoken", &body);
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!((&made.json()["kind"], &made.json()["text"]), (&json!("spoken"), &body["text"]));
    let told = || fs::read_to_string(&told).unwrap_or_default();
    assert!(
        told().starts_with("-v en -s 150 --stdin --stdout\n--help; $(reboot) We are closed."),
        "{}",
        told()
    );
    // what a flow says is spoken as soon as it is published
    assert_eq!(desk.post(&root, "/api/ivr-flows", &flow("f", "Bonjour et bienvenue.")).status, 201);
    let speech = shared.path().join("shared/speech");
    until("the sentence", || fs::read_dir(&speech).is_ok_and(|all| all.count() == 1));
    assert!(told().contains("-v fr") && told().contains("Bonjour et bienvenue."), "{}", told());
    drop(desk);

    let (desk, root, _shared) = set_up(&[("VIGIE_VOICE", "off")]);
    assert_eq!(desk.get(&root, "/api/prompts").json()["voice"], false);
    assert_eq!(desk.post(&root, "/api/prompts/spoken", &body).told(), "409 no_voice");
}

#[test]
fn a_folder_that_was_lost_is_filled_again() {
    let (mut desk, root, shared) = set_up(&[]);
    assert_eq!(desk.send(&root, "POST", "/api/prompts?name=x", &tone(500.0, 8_000, 0.5)).status, 201);
    let before = files(&shared);
    desk.restart_after(|_| fs::remove_dir_all(shared.path().join("shared")).expect("lost"));
    until("the file", || files(&shared) == before);
    assert!(Path::new(&shared.path().join("shared/prompts").join(&before[0])).is_file());
}
