use std::fs;
use std::os::unix::fs::symlink;

use super::*;

const NOW: f64 = 1_795_224_500.0;

fn of(uniqueids: &[&str]) -> Of {
    Of {
        pbx: "paris".into(),
        uniqueids: uniqueids.iter().map(|id| (*id).to_owned()).collect(),
        started: NOW,
        ended: NOW + 60.0,
    }
}

fn folder() -> (tempfile::TempDir, Recordings) {
    let folder = tempfile::tempdir().expect("a folder");
    let recordings = Recordings::new(BTreeMap::from([("paris".to_owned(), folder.path().join("monitor"))]));
    fs::create_dir(folder.path().join("monitor")).expect("its folder");
    (folder, recordings)
}

/// A file that was written at that instant.
fn write(path: &Path, text: &str, at: f64) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("its folder");
    fs::write(path, text).expect("written");
    File::options().write(true).open(path).expect("there").set_modified(moment(at)).expect("its time");
}

fn names(found: &Found) -> Vec<&str> {
    found.recordings.iter().map(|one| one.name.as_str()).collect()
}

#[test]
fn those_of_a_calls_legs_are_found_in_the_folder_and_in_those_of_its_days() {
    let (kept, recordings) = folder();
    let root = kept.path().join("monitor");
    write(&root.join("b-1795224500.2.wav"), "two", NOW);
    write(&root.join("a-1795224500.1.mp3"), "one", NOW);
    write(&root.join("2026/11/21/c-1795224500.1.wav"), "day", NOW);
    write(&root.join("2026-11-20/d-1795224500.1.wav"), "the day before", NOW);
    write(&root.join("other-1795224500.3.wav"), "another call's", NOW);
    write(&root.join("2026/01/01/e-1795224500.1.wav"), "another day's", NOW);
    write(&root.join("f-1795224500.1.html"), "no sound", NOW);
    write(&root.join("g-1795224500.1.wav"), "of a channel of that name long ago", NOW - 86_400.0);
    let found = recordings.find(&of(&["1795224500.1", "1795224500.2"]));
    assert!(found.reachable && found.complete);
    assert_eq!(
        names(&found),
        ["a-1795224500.1.mp3", "b-1795224500.2.wav", "c-1795224500.1.wav", "d-1795224500.1.wav"]
    );
    assert_eq!(found.recordings.iter().map(|one| one.n).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let text = io::read_to_string(recordings.open("paris", &found.recordings[1]).expect("opened"));
    assert_eq!(text.expect("read"), "two");
}

#[test]
fn a_folder_that_is_not_set_or_not_there_is_not_reachable() {
    let (kept, recordings) = folder();
    assert!(!recordings.find(&Of { pbx: "lyon".into(), ..of(&["1795224500.1"]) }).reachable);
    fs::remove_dir(kept.path().join("monitor")).expect("gone");
    assert!(!recordings.find(&of(&["1795224500.1"])).reachable);
}

#[test]
fn s26_nothing_outside_of_the_folder_is_found_or_opened() {
    let (kept, recordings) = folder();
    let root = kept.path().join("monitor");
    let secret = kept.path().join("secret.wav");
    write(&secret, "secret", NOW);
    write(&kept.path().join("elsewhere/h-1795224500.1.wav"), "secret", NOW);
    symlink(&secret, root.join("link-1795224500.1.wav")).expect("a link");
    symlink(kept.path().join("elsewhere"), root.join("20261121")).expect("a link");
    fs::create_dir(root.join("folder-1795224500.1.wav")).expect("a folder");
    assert_eq!(names(&recordings.find(&of(&["1795224500.1"]))), Vec::<&str>::new());
    for hostile in [
        "..",
        "../secret",
        "../../etc/passwd",
        "%2e%2e%2f",
        "..\\secret",
        "1.1/../../secret",
        "/etc/passwd",
        "\0",
        "",
    ] {
        assert_eq!(names(&recordings.find(&of(&[hostile]))), Vec::<&str>::new(), "{hostile:?}");
    }

    // put in its place between finding and opening
    let honest = root.join("i-1795224500.1.wav");
    write(&honest, "honest", NOW);
    let found = recordings.find(&of(&["1795224500.1"]));
    assert_eq!(names(&found), ["i-1795224500.1.wav"]);
    fs::remove_file(&honest).expect("gone");
    symlink(&secret, &honest).expect("a link");
    assert!(recordings.open("paris", &found.recordings[0]).is_err());

    // the folder of a day becomes a link
    write(&root.join("2026/11/21/h-1795224500.1.wav"), "honest", NOW);
    let found = recordings.find(&of(&["1795224500.1"]));
    assert_eq!(names(&found), ["h-1795224500.1.wav"]);
    fs::remove_dir_all(root.join("2026/11/21")).expect("gone");
    symlink(kept.path().join("elsewhere"), root.join("2026/11/21")).expect("a link");
    assert!(recordings.open("paris", &found.recordings[0]).is_err(), "what lies elsewhere is not given");
    assert!(recordings.open("lyon", &found.recordings[0]).is_err(), "nor under another PBX's name");
}
