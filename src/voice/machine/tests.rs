//! Pools of the real worker and of some that misbehave. The real one is built by `cargo test --workspace`, or by
//! `cargo build -p vigie-voice`.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use tempfile::TempDir;
use worker::rate::resample;

use super::*;
use crate::voice::dialogue::{Dialogue, Scripted};
use crate::voice::{Conversation, Mind, Piece, Said, Speaker};

fn real() -> PathBuf {
    beside().expect("vigie-voice is built: cargo build -p vigie-voice")
}

/// A worker whose first few processes say that they are ready, and then do that; the later ones are real.
fn misbehaves(folder: &TempDir, first: usize, does: &str) -> PathBuf {
    let (at, real) = (folder.path().display(), real());
    let program = folder.path().join("worker");
    let script = format!(
        "#!/bin/sh\necho x >> {at}/begun\nif [ $(wc -l < {at}/begun) -gt {first} ]; then exec {} \"$1\"; fi\n\
         printf '\\000\\000\\000\\003\\200\\000\\001'\n{does}\n",
        real.display()
    );
    std::fs::write(&program, script).expect("a program");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("ours");
    program
}

fn limits(workers: usize) -> Limits {
    // generous where it must work, short where it waits for who hangs
    Limits { workers, answer: Duration::from_secs(5), ..Limits::default() }
}

fn question() -> Question {
    Question::Speak { id: 0, language: "en".into(), voice: String::new(), text: "Hello.".into() }
}

async fn is_answered(pool: &Pool) {
    match pool.ask(question()).await {
        Ok(Answer::Sound { sound, .. }) => assert!(sound.len() > 2_000, "{} samples", sound.len()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn s35_who_asks_is_answered_by_another_when_a_worker_dies_or_talks_nonsense() {
    for (what, does) in [
        ("it dies in the middle of a question", "head -c 5 > /dev/null; kill -9 $$"),
        ("garbage", "head -c 5 > /dev/null; printf 'GET / HTTP/1.1\\r\\n\\r\\n'; exec sleep 1000"),
        ("a flood", "exec yes"),
        (
            "an answer to nobody",
            "printf '\\000\\000\\000\\011\\202\\000\\000\\000\\143\\000\\000\\000\\000'; exec sleep 1000",
        ),
        ("it hangs", "exec sleep 1000"),
        ("it does not take questions", "exec 0<&-; exec sleep 1000"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let within = if what == "it hangs" { Duration::from_millis(300) } else { Duration::from_secs(5) };
        let of = Limits { answer: within, ..limits(2) };
        let pool = Pool::start(&misbehaves(&folder, 1, does), Role::Speak, of).expect(what);
        is_answered(&pool).await;
        let figures = pool.figures();
        assert_eq!((figures.answered, figures.killed, figures.again), (1, 1, 1), "{what}");
    }
}

#[tokio::test]
async fn others_go_on_while_one_hangs_and_who_fails_again_and_again_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let pool =
        Pool::start(&misbehaves(&folder, 1, "exec sleep 1000"), Role::Speak, limits(3)).expect("it begins");
    let stuck = pool.ask(question());
    for _ in 0..5 {
        is_answered(&pool).await;
    }
    assert_eq!(pool.figures().killed, 0, "they were answered before the first was given up");
    assert!(matches!(stuck.await, Ok(Answer::Sound { .. })), "and so is it, by another");

    let folder = tempfile::tempdir().expect("a folder");
    let dies = misbehaves(&folder, usize::MAX >> 1, "exit 1");
    let of = Limits { rest: Duration::from_secs(20), ..limits(1) };
    let pool = Pool::start(&dies, Role::Speak, of).expect("it begins");
    assert!(pool.ask(question()).await.is_err());
    assert_eq!(pool.figures().again, 1);
    let why = pool.ask(question()).await.expect_err("nobody answers").to_string();
    assert!(why.contains("left alone"), "{why}");
    assert_eq!(pool.figures().begun, 2, "and nobody was begun for it");
}

#[tokio::test]
async fn a_program_or_an_answer_that_is_missing_is_told_and_too_much_is_refused() {
    let none = Pool::start(Path::new("/nowhere/vigie-voice"), Role::Hear, limits(1)).err().expect("none");
    assert!(matches!(&none, VoiceError::Missing(why) if why.contains("/nowhere/vigie-voice hear")), "{none}");
    let folder = tempfile::tempdir().expect("a folder");
    let of = Limits { waiting: 2, ..limits(1) };
    let pool = Pool::start(&misbehaves(&folder, 1, "exec sleep 1000"), Role::Speak, of).expect("it begins");
    let asked: Vec<_> = (0..20).map(|_| pool.ask(question())).collect();
    assert!(pool.figures().refused >= 10, "{:?}", pool.figures());
    drop(asked);
    let ears = MachineEars::new(Pool::start(&real(), Role::Hear, limits(1)).expect("it hears"));
    let why = ears.understand(Pcm::from([0; 800]), "en").await.expect_err("nothing is expected");
    assert!(why.to_string().contains("answers that are expected"), "{why}");
}

#[tokio::test]
async fn the_program_speaks_where_the_library_cannot() {
    let folder = tempfile::tempdir().expect("a folder");
    let dies = misbehaves(&folder, usize::MAX >> 1, "exit 1");
    let pool = Pool::start(&dies, Role::Speak, limits(1)).expect("it begins");
    let mouth = MachineMouth::new(pool, crate::prompts::on_the_path(crate::prompts::USUAL));
    let sound = mouth.speak("Bonjour à tous.", "fr").await.expect("it speaks");
    assert!(sound.len() > 4_000, "{} samples", sound.len());
}

/// As somebody says it into a telephone.
fn said(voice: &str, text: &str) -> Pcm {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("said.wav");
    let done =
        std::process::Command::new("flite").args(["-voice", voice, "-t", text, "-o"]).arg(&file).status();
    assert!(done.expect("flite is installed").success());
    let wav = std::fs::read(&file).expect("a file");
    let rate = u32::from_le_bytes(wav[24..28].try_into().expect("four bytes"));
    let samples: Vec<i16> = wav[44..].chunks_exact(2).map(|s| i16::from_le_bytes([s[0], s[1]])).collect();
    [vec![0; 1_600], resample(&samples, rate, 8_000).expect("a rate"), vec![0; 4_000]].concat().into()
}

#[tokio::test]
async fn a_conversation_is_held_with_no_account_at_all() {
    let ears = MachineEars::new(Pool::start(&real(), Role::Hear, limits(2)).expect("it hears"));
    let mind = Scripted::new(Arc::new(Dialogue::usual(true).expect("it is ours")));
    let mut conversation = Conversation::default();
    for (text, answer) in [
        ("my internet does not work", "I see. Please switch your box off"),
        ("yes", "I am glad."),
        ("no", "hang_up"),
    ] {
        let about = About { language: "en".into(), expects: mind.expects(&conversation) };
        let heard = ears.understand_about(said("rms", text), &about).await.expect("it hears");
        // it tells "no" from "nope" by chance only
        let same = heard.text == text || (text, heard.text.as_str()) == ("no", "nope");
        assert!(same, "{} for {text}: {:?}", heard.text, heard.confidence);
        conversation.lines.push(Said::By(Speaker::Caller, heard.text));
        let first = mind.answer(conversation.clone()).recv().await.expect("an answer").expect("no fault");
        match first {
            Piece::Sentence(words) => assert!(words.starts_with(answer), "{words}"),
            Piece::Tool { name, .. } => assert_eq!(name, answer),
            Piece::Over { .. } => panic!("nothing to {text}"),
        }
    }
    let about = About { language: "en".into(), expects: mind.expects(&Conversation::default()) };
    let heard = ears.understand_about(said("rms", "I would like to order a pizza"), &about).await;
    assert_eq!(heard.expect("it hears").text, "", "what nobody expects is not understood");
}
