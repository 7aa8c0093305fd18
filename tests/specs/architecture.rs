//! The import table of ARCHITECTURE.md, held by a test: absence cannot be read from code.

use std::fs;
use std::path::{Path, PathBuf};

/// A room, and words that no line of code in it may hold.
struct Room {
    files: fn(&Path) -> bool,
    name: &'static str,
    never: &'static [&'static str],
    why: &'static str,
}

const ROOMS: [Room; 14] = [
    Room {
        name: "asterisk/src",
        files: |path| path.starts_with("asterisk/src"),
        never: &["tokio", "actix", "actors::", "vigie::", "std::net", "std::fs", "std::thread"],
        why: "wire formats do no I/O and know nobody of ours",
    },
    Room {
        name: "actors: state.rs, policy.rs",
        files: |path| {
            path.starts_with("actors/src") && (path.ends_with("state.rs") || path.ends_with("policy.rs"))
        },
        never: &["actix", "tokio", "Instant::now", "SystemTime", "std::net", "std::fs"],
        why: "state machines are pure: no actor, no clock, no I/O",
    },
    Room {
        name: "actors/src",
        files: |path| path.starts_with("actors/src"),
        never: &["actix_web", "std::net", "tokio::net", "std::env", "redis", "sqlx", "tokio_postgres"],
        why: "actors hold no socket, no SQL and no environment",
    },
    Room {
        name: "src/links",
        files: |path| path.starts_with("src/links"),
        never: &["crate::http", "crate::ws", "crate::db", "actix_web"],
        why: "links are towards a PBX",
    },
    Room {
        name: "src/http, src/ws",
        files: |path| path.starts_with("src/http") || path.starts_with("src/ws"),
        never: &["asterisk::", "crate::links", "crate::pbx"],
        why: "pages and API see the board and the registry, never a PBX",
    },
    Room {
        name: "src/db",
        files: |path| path.starts_with("src/db"),
        never: &["crate::", "actors::", "asterisk::", "actix"],
        why: "the database is a leaf: it knows no table's owner",
    },
    Room {
        name: "src/history",
        files: |path| path.starts_with("src/history"),
        never: &["crate::http", "crate::ws", "crate::links", "crate::pbx", "asterisk::", "actix"],
        why: "history turns facts into rows and rows into answers",
    },
    Room {
        name: "src/flows",
        files: |path| path.starts_with("src/flows"),
        never: &["crate::http", "crate::ws", "crate::links", "crate::pbx", "asterisk::", "actix"],
        why: "which flow is for whom is known without a call and without a page",
    },
    Room {
        name: "src/errands",
        files: |path| path.starts_with("src/errands"),
        never: &[
            "crate::http",
            "crate::ws",
            "crate::links",
            "crate::pbx",
            "crate::flows",
            "asterisk::",
            "actix",
        ],
        why: "an errand is run for whoever asks: without a call and without a page",
    },
    Room {
        name: "src/prompts, src/messages, src/tickets",
        files: |path| {
            ["src/prompts", "src/messages", "src/tickets"].iter().any(|room| path.starts_with(room))
        },
        never: &["crate::http", "crate::ws", "crate::links", "crate::pbx", "asterisk::", "actix"],
        why: "what is heard and left is kept without a page and without a PBX",
    },
    Room {
        name: "src/voice",
        files: |path| path.starts_with("src/voice"),
        never: &[
            "crate::http",
            "crate::ws",
            "crate::links",
            "crate::pbx",
            "crate::flows",
            "crate::db",
            "asterisk::",
            "actix::",
            "actix_web",
            "actix_rt",
        ],
        why: "engines hear, think and speak for whoever asks: they know no call",
    },
    Room {
        name: "src/figures",
        files: |path| path.starts_with("src/figures"),
        never: &["crate::http", "crate::ws", "crate::links", "crate::db", "crate::history", "tokio", "actix"],
        why: "figures are sums over facts, wherever these come from",
    },
    Room {
        name: "src/config",
        files: |path| path.starts_with("src/config"),
        never: &[
            "actors::",
            "asterisk::",
            "crate::http",
            "crate::links",
            "crate::ws",
            "crate::app",
            "crate::pbx",
        ],
        why: "settings know nobody",
    },
    Room {
        name: "all but app",
        files: |path| {
            path.starts_with("src")
                && !path.ends_with("main.rs")
                && !path.starts_with("src/app")
                && !path.ends_with("app.rs")
        },
        never: &["crate::app"],
        why: "app knows everyone, nobody knows app",
    },
];

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("an entry of a folder").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|end| end == "rs") {
            into.push(path);
        }
    }
}

#[test]
fn no_room_imports_what_it_must_not_know() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["asterisk/src", "actors/src", "src"] {
        sources(&root.join(folder), &mut files);
    }
    let mut wrong = Vec::new();
    let mut empty: Vec<_> = ROOMS.iter().map(|room| room.name).collect();
    for file in &files {
        let path = file.strip_prefix(root).expect("it is below the root");
        // What is there for tests plays the other side, and may use what its room may not.
        let names = path.components().map(|part| part.as_os_str().to_string_lossy());
        if names.into_iter().any(|name| name.contains("test") || name == "fixtures.rs") {
            continue;
        }
        let text = fs::read_to_string(file).expect("a source is text");
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or("");
        for room in ROOMS.iter().filter(|room| (room.files)(path)) {
            empty.retain(|name| *name != room.name);
            for (n, line) in code.lines().enumerate() {
                let line = line.split("//").next().unwrap_or("");
                for word in room.never.iter().filter(|word| line.contains(**word)) {
                    wrong.push(format!(
                        "{}:{}: {word} in {}: {}",
                        path.display(),
                        n + 1,
                        room.name,
                        room.why
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(empty.is_empty(), "rooms without a file, so this test sees nothing there: {empty:?}");
}
